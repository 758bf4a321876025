"""What `vars(object)` gives: the object's own attributes, after every field that Imgur sent has become one of them.

As in PyImgur, whose programs print it, look into it for what no attribute is declared for, and write into it. Looking
sends no request, and what has not been fetched is not in it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any, TypeAlias

from .._core.decode import fields

Shown: TypeAlias = Any
"""An `Object`; what it keeps to itself is looked at here, on its behalf."""
OF_PYIMGUR = ("_has_fetched", "_imgur", "_info_url")
"""What every object of PyImgur has besides."""
COMPUTED: Mapping[str, str] = {
    "link_small_square": "link",
    "link_big_square": "link",
    "link_small_thumbnail": "link",
    "link_medium_thumbnail": "link",
    "link_large_thumbnail": "link",
    "link_huge_thumbnail": "link",
    "parent": "parent_id",
    "permalink": "image_id",
    "first_message": "parent_id",
}
"""What is made of other fields, and of which one it takes."""
OMITTED_FIELDS: Mapping[str, frozenset[str]] = {
    "Album": frozenset({"images_count"}),
    "Comment": frozenset({"author_id", "image_id", "parent_id"}),
    "Message": frozenset({"account_id", "parent_id"}),
}
"""What PyImgur leaves out of each kind: `len(images)`, `author.id`, `image.id` and `parent.id` say it."""


def fill(obj: Shown, attributes: dict[str, Any]) -> None:
    """Make attributes of all that is known of an object; what a program has made of one stays."""
    for name in _sent(obj):
        if name not in attributes and not hasattr(obj.__class__, name):  # a method of this name stays one
            with suppress(AttributeError):  # forgotten meanwhile
                attributes[name] = getattr(obj, name)
    if obj._loaded and "deletehash" in fields(obj.__class__):
        attributes.setdefault("deletehash", obj.deletehash)
    computed = [name for name, key in COMPUTED.items() if key in obj.raw and hasattr(obj.__class__, name)]
    for name in (*OF_PYIMGUR, *(computed if obj._key in obj.raw and obj._imgur else ())):
        with suppress(AttributeError):  # a program's own property of this name
            attributes[name] = getattr(obj, name)
    if isinstance(address := attributes.get("permalink"), str):  # to the letter; the attribute itself is encrypted
        attributes["permalink"] = address.replace("https://imgur.com/", "http://imgur.com/", 1)


def _sent(obj: Shown) -> Iterator[str]:
    """The names here of what Imgur sent."""
    names = {key: name for name, key in obj._aliases.items()}
    if obj.raw.get("account_url") is None:
        names.pop("account_url", None)  # nobody is no author
    left_out = said_twice(obj)
    for key in list(obj.raw):
        if isinstance(key, str) and (name := names.get(key, key)) not in left_out:
            yield name


def said_twice(obj: Shown) -> frozenset[str]:
    """The fields of an object that never become attributes of it."""
    return OMITTED_FIELDS.get(obj._kind(), frozenset())
