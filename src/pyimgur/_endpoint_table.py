"""All calls of the API that this package makes, read off the methods themselves: what the documentation's table shows.

Each method is asked to describe its call, with something put in for what it must be given; nothing is sent.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeGuard, cast

from . import oauth, resources
from ._core.endpoint import Bound, endpoint, listing
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
"""The call behind a method that takes several steps; other such methods do with the calls of the table."""
_ANY_CALL = "send_request"
_ANY_OF_THESE = frozenset({"q", "title"})
"""Parameters that may be left out, but not all of their kind."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One method, and the call it makes."""

    name: str
    """As users write it: Imgur.get_image, Image.update."""
    method: str
    path: str
    who: Who
    cost: int
    evidence: Evidence
    ended: str
    doc: str


class _NoRunner:
    """What descriptions look at of a client: whom it acts for."""

    state = ClientState(access_token=PLACEHOLDER)


_RUNNER = cast("Executor", _NoRunner())


def endpoint_table() -> list[Entry]:
    """Every method that makes a call: the client's first, then each object's."""
    client = Client[Any](_RUNNER)
    kinds = {kind.__name__: kind for kind in vars(resources).values() if _is_resource(kind)}
    return [
        *(entry for part in Client.__mro__ for entry in _entries_of(part, client, "Imgur")),
        *(
            entry
            for name, kind in sorted(kinds.items())
            for part in kind.__mro__
            if part is kind or part not in kinds.values()  # what a public base defines stands under its own name
            for entry in _entries_of(part, _placeholder_object(kind), name)
        ),
    ]


def _is_resource(kind: object) -> TypeGuard[type[Object[Any]]]:
    return isinstance(kind, type) and issubclass(kind, Object)


def _placeholder_object(kind: type[Object[Any]]) -> Object[Any]:
    return kind(dict.fromkeys(_FIELDS, PLACEHOLDER), Bound(_RUNNER))


def _entries_of(kind: type, obj: object, prefix: str) -> Iterator[Entry]:
    """Yield the entries of the methods that this class itself defines."""
    for name, method in vars(kind).items():
        if name in _ACTIONS:
            request = _ACTIONS[name]
        elif isinstance(method, (endpoint, listing)) and name != _ANY_CALL and not name.startswith("_"):
            request = _described(method.describe, obj)
        else:
            continue
        facts = (request.who, request.cost, request.evidence, request.ended)
        yield Entry(f"{prefix}.{name}", request.method, request.path, *facts, method.describe.__doc__ or "")


def _described(describe: Any, obj: object) -> Request[Any]:
    parameters = list(inspect.signature(describe).parameters.values())[1:]
    needed = (one.name for one in parameters if one.default is one.empty or one.name in _ANY_OF_THESE)
    return describe(obj, **dict.fromkeys(needed, PLACEHOLDER))
