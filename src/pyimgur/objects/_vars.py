"""What `vars(object)` gives: what Imgur sent, under the names it has here, as in PyImgur's objects.

Programs print it, and look into it for what no attribute is declared for. It is made when it is asked for: that sends
no request, what has not been fetched is not in it, and changing it changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

from .._decode import fields

Shown: TypeAlias = Any
"""An `Object`; what it keeps to itself is looked at here, on its behalf."""
PLACES: Mapping[str, str] = {
    "Album": "3/album",
    "Comment": "3/comment",
    "Image": "3/image",
    "Message": "3/message",
    "Notification": "3/notification",
    "User": "3/account",
}
"""Where PyImgur asks for each kind of its objects."""
SAID_TWICE = frozenset({"author_id", "images_count"})
"""What PyImgur leaves out: `author.id` and `len(images)` say it."""


def shown(obj: Shown) -> dict[str, Any]:
    """What is known of an object."""
    names = {of_api: name for name, of_api in obj._aliases.items()}
    if obj.raw.get("account_url") is None:
        names.pop("account_url", None)  # nobody is no author
    sent = {names.get(name, name): value for name, value in obj.raw.items() if name not in SAID_TWICE}
    return {**sent, **dict(_of_pyimgur(obj))}


def _of_pyimgur(obj: Shown) -> Iterator[tuple[str, object]]:
    """What PyImgur has on its objects besides."""
    state = getattr(obj._runner, "state", None)  # there is none where there is no client
    key, place = obj.raw.get(obj._key), PLACES.get(obj._kind())
    yield "_has_fetched", obj._loaded
    yield "_imgur", state and obj._runner
    if state and place and key:
        yield "_info_url", f"{state.site.api}/{place}/{key}"
    if "deletehash" in fields(obj.__class__):
        yield "deletehash", obj.raw.get("deletehash")
    if state and key and "link" in obj.raw:
        yield from ((name, getattr(obj, name)) for name in dir(obj.__class__) if name.startswith("link_"))
