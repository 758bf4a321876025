"""The contents of `vars(object)`: the object's attributes, including every field that Imgur sent.

PyImgur works this way, and its programs print this dictionary, read undeclared fields from it, and write to it. Reading
it sends no request; fields that have not been fetched are not in it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any, TypeAlias

from .._core.decode import fields

AnyObject: TypeAlias = Any
"""An `Object`, whose private attributes this module may read."""
PYIMGUR_ATTRIBUTES = ("_has_fetched", "_imgur", "_info_url")
"""Attributes that every object of PyImgur has."""
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
"""Properties computed from other fields, mapped to the field that they need."""
OMITTED_FIELDS: Mapping[str, frozenset[str]] = {
    "Album": frozenset({"images_count"}),
    "Comment": frozenset({"author_id", "image_id", "parent_id"}),
    "Message": frozenset({"account_id", "parent_id"}),
}
"""Fields that PyImgur omits, by kind: they repeat `len(images)`, `author.id`, `image.id` and `parent.id`."""


def fill_attributes(obj: AnyObject, attributes: dict[str, Any]) -> None:
    """Add all known fields of an object to its attributes; those that a program has set stay."""
    for name in _sent_fields(obj):
        if name not in attributes and not hasattr(obj.__class__, name):  # a method of this name stays one
            with suppress(AttributeError):  # another thread removed the field
                attributes[name] = getattr(obj, name)
    if obj._loaded and "deletehash" in fields(obj.__class__):
        attributes.setdefault("deletehash", obj.deletehash)
    computed = [name for name, key in COMPUTED.items() if key in obj.raw and hasattr(obj.__class__, name)]
    for name in (*PYIMGUR_ATTRIBUTES, *(computed if obj._key in obj.raw and obj._imgur else ())):
        with suppress(AttributeError):  # a program's own property of this name
            attributes[name] = getattr(obj, name)
    if isinstance(url := attributes.get("permalink"), str):  # PyImgur's exact text; the attribute itself uses https
        attributes["permalink"] = url.replace("https://imgur.com/", "http://imgur.com/", 1)


def _sent_fields(obj: AnyObject) -> Iterator[str]:
    """Yield our names of the fields that Imgur sent."""
    names = {key: name for name, key in obj._aliases.items()}
    if obj.raw.get("account_url") is None:
        names.pop("account_url", None)  # anonymous: there is no author
    omitted = omitted_fields(obj)
    for key in list(obj.raw):
        if isinstance(key, str) and (name := names.get(key, key)) not in omitted:
            yield name


def omitted_fields(obj: AnyObject) -> frozenset[str]:
    """Return the fields of an object that never become attributes of it."""
    return OMITTED_FIELDS.get(obj._kind(), frozenset())
