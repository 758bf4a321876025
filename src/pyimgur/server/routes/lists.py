"""Lists whose address says what of them is wanted: `/{sort}/{window}/{page}`, each to be left out, from the right.

Programs leave out others too, so a segment is told by its value: a number is a page, a word is a sort or a window.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING

from pyimgur.server.library.gallery import WINDOWS, View
from pyimgur.server.wire.calls import path

if TYPE_CHECKING:
    from starlette.routing import Route

    from pyimgur.server.wire.calls import Call, Handler

TRUE = frozenset({"1", "true", "yes", "on"})
FALSE = frozenset({"0", "false", "no", "off"})
LONGEST_PAGE = 6
"""How many digits a page has; seven are an id."""


def optional(address: str, *names: str, **handlers: Handler) -> list[Route]:
    """A route for each number of segments behind an address."""
    addresses = (address + "".join(f"/{{{name}}}" for name in names[:count]) for count in range(len(names) + 1))
    return [path(each, costs=None, **handlers) for each in addresses]


def is_page(text: str) -> bool:
    """Whether a segment says which page."""
    return text.isascii() and text.isdecimal() and len(text) <= LONGEST_PAGE


def view_of(
    call: Call, sorts: Collection[str], names: Iterable[str], *, sort: str, window: str = "all", always: bool = False
) -> View:
    """What the segments of these names ask for; the window counts where the sort is top, or always."""
    asked = [call.query(name) or call.request.path_params.get(name, "") for name in names]
    return view_in(asked, sorts, sort=sort, window=window, always=always, mature=flag(call, "mature"))


def view_in(
    asked: Collection[str],
    sorts: Collection[str],
    *,
    sort: str,
    window: str,
    always: bool = False,
    mature: bool = False,
) -> View:
    """What these words and numbers ask for, in whatever order they come."""
    sort = next((text for text in asked if text in sorts), sort)
    window = next((text for text in asked if text in WINDOWS), window)
    page = next((int(text) for text in asked if is_page(text)), 0)
    return View(sort=sort, window=window if always or sort == "top" else "all", page=page, mature=mature)


def flag(call: Call, name: str, *, otherwise: bool = False) -> bool:
    """A yes or no in the query."""
    text = (call.query(name) or "").lower()
    return text in TRUE or (otherwise and text not in FALSE)
