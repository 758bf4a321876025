"""What downloaded pictures are called: a template with fields, filled so that it is a name on every system.

A `/` of the template begins a folder; one that comes from Imgur does not, and nothing leads out of
the folder that all of it stands in. A folder whose fields are all empty falls away.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import PurePath
from string import Formatter

from ..exceptions import ArgumentError, FileError

FIELDS: Mapping[str, str] = {
    "album": "the title of the album or post it stands in, or its id; empty for a single picture",
    "album_id": "the id of that",
    "index": "its place there, from 1; {index:03} for three digits",
    "number": "its place among all of this download, from 1",
    "title": "its title",
    "id": "its id",
    "author": "whose it is",
    "date": "the day it was uploaded, as 2026-11-25",
    "file": "what its file was called when it was uploaded",
    "source": "what the address names: a user, a tag, a subreddit, the words of a search",
}
"""The fields of a template, and what stands for them."""
NAME = "{album}/{index:03} {title} {id}"
JOINERS = "\u200c\u200d"
"""What joins or parts letters, in Persian, in scripts of India, in emoji made of several: unseen, but not nothing."""
_ENDS = f" .{JOINERS}"
"""What no file's name ends with."""
LONGEST_FIELD = 120
"""Bytes of one field that are taken, so that those after it have room."""
_LONGEST_NAME = 180
_LONGEST_SUFFIX = 10
_DEVICES = {"con", "prn", "aux", "nul", "conin$", "conout$"} | {
    f"{port}{number}" for port in ("com", "lpt") for number in "0123456789¹²³"
}
_SPEC = re.compile(r"(?:\.?\d{1,3})?")
_Piece = tuple[str, str | None, str]
"""Text, and the field behind it with its form."""


class Template:
    """A checked template.

    Raises:
        ArgumentError: it names an unknown field, or leads out of the folder.
    """

    def __init__(self, text: str) -> None:
        *folders, name = (_pieces(part) for part in text.split("/"))
        if not name:
            raise ArgumentError(f"{text!r} names a folder and no file")
        self._folders = [folder for folder in folders if folder]
        self._name = name

    def path(self, values: Mapping[str, str | int | None], suffix: str) -> PurePath:
        """Where a picture with these values goes, in its folder; its suffix is that of its link."""
        folders = [name for folder in self._folders if (name := _usable(_filled(folder, values)))]
        stem = _filled(self._name, values) or _strip_forbidden(values["id"]) or f"picture {values['number']}"
        return PurePath(*folders, safe_name(f"{stem}{suffix}"))


def _pieces(part: str) -> list[_Piece]:
    """One folder or the file of a template, taken apart."""
    if part in {".", ".."}:
        raise ArgumentError(f"{part!r} leads out of the folder")
    pieces: list[_Piece] = []
    try:
        parsed = list(Formatter().parse(part))
    except ValueError as error:
        raise ArgumentError(f"{part!r} is not a template: {error}") from None
    for text, field, form, conversion in parsed:
        if field is not None and field not in FIELDS:
            raise ArgumentError(f"there is no field {{{field}}}; there are {', '.join(FIELDS)}")
        if conversion or not _SPEC.fullmatch(form or ""):
            raise ArgumentError(f"{{{field}:{form}}} is not a valid field format: write {{{field}}}, or {{index:03}}")
        pieces.append((text, field, form or ""))
    return pieces


def _filled(pieces: list[_Piece], values: Mapping[str, str | int | None]) -> str:
    """The text, with single blanks, and none at its ends where a field is empty."""
    text = "".join(text + (_formed(values[field], form) if field else "") for text, field, form in pieces)
    return _strip_forbidden(text)


def _formed(value: str | int | None, form: str) -> str:
    if value is None or value == "":
        return ""
    if isinstance(value, int):
        return format(value, form.partition(".")[0])
    return truncate_utf8(format(_strip_forbidden(value), form), LONGEST_FIELD)


def _strip_forbidden(value: str | int | None) -> str:
    """Without what no file's name can hold or end with."""
    text = "".join(char if _may_stand(char) else " " for char in str(value or ""))
    return " ".join(text.split()).strip(_ENDS)


def _may_stand(char: str) -> bool:
    return char in JOINERS or (char.isprintable() and char not in '<>:"/\\|?*')


def _usable(name: str) -> str:
    try:
        return safe_name(name)
    except FileError:
        return ""


def safe_name(name: str) -> str:
    """`name` as the name of one file in one folder, on every system.

    Raises:
        FileError: nothing usable is left of it.
    """
    kept = "".join(filter(_may_stand, name)).strip()
    stem, dot, suffix = kept.rpartition(".")
    whole = dot and suffix.isalnum() and len(suffix) <= _LONGEST_SUFFIX
    kept = f"{truncate_utf8(stem, _LONGEST_NAME)}.{suffix}" if whole else truncate_utf8(kept, _LONGEST_NAME)
    kept = kept.strip().rstrip(". ")
    if not kept.strip(_ENDS):
        raise FileError(f"{name!r} cannot be the name of a file")
    return f"_{kept}" if kept.split(".")[0].strip().lower() in _DEVICES else kept


def truncate_utf8(text: str, size: int) -> str:
    """At most so many bytes of a text, without half a character."""
    return text.encode("utf-8", "ignore")[:size].decode("utf-8", "ignore")
