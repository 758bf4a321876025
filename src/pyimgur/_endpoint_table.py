"""The table of all API calls that this package makes, generated from the methods, for the documentation and tests.

Each method describes its request, with placeholders for required arguments; nothing is sent.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeGuard, cast

from . import oauth, resources
from ._core.endpoint import HasExecutor, endpoint, listing
from ._core.executor import Executor
from ._core.request import UPLOAD_CREDITS, Evidence, Request, Who, post
from ._policy.client_state import ClientState
from .client import Client
from .resources._base import Object
from .resources.image import Image

PLACEHOLDER = "x"
_FIELDS = ("id", "name", "url", "username", "image_id", "parent_id", "with_account", "from", "featured")
_TOKEN = oauth.exchange("pin", client_id="", client_secret="")
_UPLOAD = post("3/image", Image[Any]).costing(UPLOAD_CREDITS)
_ACTIONS: Mapping[str, Request[Any]] = {
    "exchange_pin": _TOKEN,
    "exchange_code": _TOKEN,
    "refresh_access_token": _TOKEN,
    "revoke_token": oauth.revocation("", client_id="", client_secret=""),
    "upload_image": _UPLOAD,
    "upload_images": _UPLOAD,
}
"""The request of methods that run a flow; other such methods use only calls that are in the table."""
_ANY_CALL = "send_request"
_ONE_REQUIRED = frozenset({"q", "title"})
"""Optional parameters of which at least one is required."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A method, and the call it makes."""

    name: str
    """The name with its class: Imgur.get_image, Image.update."""
    method: str
    path: str
    who: Who
    cost: int
    evidence: Evidence
    ended: str
    doc: str


class _DescribingExecutor:
    """An executor that only has a state, which methods read to describe a request."""

    state = ClientState(access_token=PLACEHOLDER)


_EXECUTOR = cast("Executor", _DescribingExecutor())


def endpoint_table() -> list[Entry]:
    """Return all methods that make a call: those of the client, then those of each object."""
    client = Client[Any](_EXECUTOR)
    kinds = {kind.__name__: kind for kind in vars(resources).values() if _is_resource(kind)}
    return [
        *(entry for part in Client.__mro__ for entry in _entries_of(part, client, "Imgur")),
        *(
            entry
            for name, kind in sorted(kinds.items())
            for part in kind.__mro__
            if part is kind or part not in kinds.values()  # a public base has its own entries
            for entry in _entries_of(part, _placeholder_object(kind), name)
        ),
    ]


def _is_resource(kind: object) -> TypeGuard[type[Object[Any]]]:
    return isinstance(kind, type) and issubclass(kind, Object)


def _placeholder_object(kind: type[Object[Any]]) -> Object[Any]:
    return kind(dict.fromkeys(_FIELDS, PLACEHOLDER), HasExecutor(_EXECUTOR))


def _entries_of(kind: type, obj: object, prefix: str) -> Iterator[Entry]:
    """Yield the entries of the methods that this class itself defines."""
    for name, method in vars(kind).items():
        if name in _ACTIONS:
            request = _ACTIONS[name]
        elif isinstance(method, (endpoint, listing)) and name != _ANY_CALL and not name.startswith("_"):
            request = _describe(method.describe, obj)
        else:
            continue
        facts = (request.who, request.cost, request.evidence, request.deprecated_in)
        yield Entry(f"{prefix}.{name}", request.method, request.path, *facts, method.describe.__doc__ or "")


def _describe(describe: Any, obj: object) -> Request[Any]:
    """Call the description of a method with placeholders for its required arguments."""
    parameters = list(inspect.signature(describe).parameters.values())[1:]
    required = (item.name for item in parameters if item.default is item.empty or item.name in _ONE_REQUIRED)
    return describe(obj, **dict.fromkeys(required, PLACEHOLDER))
