"""Lists whose address says what of them is wanted: `/{sort}/{window}/{page}`, each to be left out, from the right."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING

from pyimgur.server.http.api import path
from pyimgur.server.http.parameters import view_in, yes

if TYPE_CHECKING:
    from starlette.routing import Route

    from pyimgur.server.http.api import Call, Handler
    from pyimgur.server.services.gallery import View


def optional(address: str, *names: str, **handlers: Handler) -> list[Route]:
    """A route for each number of segments behind an address."""
    addresses = (address + "".join(f"/{{{name}}}" for name in names[:count]) for count in range(len(names) + 1))
    return [path(each, costs=None, **handlers) for each in addresses]


def view_of(
    call: Call, sorts: Collection[str], names: Iterable[str], *, sort: str, window: str = "all", always: bool = False
) -> View:
    """What the segments of these names ask for; the window counts where the sort is top, or always."""
    asked = [call.query(name) or call.request.path_params.get(name, "") for name in names]
    return view_in(asked, sorts, sort=sort, window=window, always=always, mature=flag(call, "mature"))


def flag(call: Call, name: str, *, otherwise: bool = False) -> bool:
    """A yes or no in the query."""
    said = yes(call.query(name))
    return otherwise if said is None else said
