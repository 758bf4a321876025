"""File names of downloads: a template with fields, filled so that the name is valid on every system.

A `/` in the template separates folders; a `/` in a field's value does not, and no value leads out of the download's
folder. A folder whose fields are all empty is left out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import PurePath
from string import Formatter

from ..exceptions import ArgumentError, FileError

FIELDS: Mapping[str, str] = {
    "album": "title of the picture's album or post, or its id if it has none; empty for a single picture",
    "album_id": "id of the picture's album or post",
    "index": "position in the album or post, from 1; {index:03} for three digits",
    "number": "position in this download, from 1",
    "title": "title of the picture",
    "id": "id of the picture",
    "author": "name of the user who uploaded it",
    "date": "day of the upload, as 2026-11-25",
    "file": "file name at the time of the upload",
    "source": "name in the URL: a user, a tag, a subreddit, the words of a search",
}
"""The fields of a template, with their descriptions."""
DEFAULT_TEMPLATE = "{album}/{index:03} {title} {id}"
"""The default template."""
JOINERS = "\u200c\u200d"
"""Invisible characters that are kept: Persian, scripts of India and composed emoji need them."""
_FORBIDDEN_ENDS = f" .{JOINERS}"
"""Characters that a file name must not end with."""
MAX_FIELD = 120
"""Bytes of one field that are used, so that those after it have room."""
_MAX_NAME = 180
_MAX_SUFFIX = 10
_DEVICES = {"con", "prn", "aux", "nul", "conin$", "conout$"} | {
    f"{port}{number}" for port in ("com", "lpt") for number in "0123456789¹²³"
}
_SPEC = re.compile(r"(?:\.?\d{1,3})?")
_Piece = tuple[str, str | None, str]
"""Literal text, the field after it or None, and the field's format."""


class Template:
    """A valid template.

    Raises:
        ArgumentError: it has an unknown field, is no template, or leads out of the folder.
    """

    def __init__(self, text: str) -> None:
        *folders, name = (_pieces(part) for part in text.split("/"))
        if not name:
            raise ArgumentError(f"{text!r} names a folder and no file")
        self._folders = [folder for folder in folders if folder]
        self._name = name

    def path(self, values: Mapping[str, str | int | None], suffix: str) -> PurePath:
        """Return the path of a picture with these values, relative to the download's folder."""
        folders = [name for folder in self._folders if (name := _safe_name_or_empty(_fill(folder, values)))]
        stem = _fill(self._name, values) or _strip_forbidden(values["id"]) or f"picture {values['number']}"
        return PurePath(*folders, safe_name(f"{stem}{suffix}"))


def _pieces(part: str) -> list[_Piece]:
    """Parse one folder, or the file name, of a template."""
    if part in {".", ".."}:
        raise ArgumentError(f"{part!r} leads out of the folder")
    pieces: list[_Piece] = []
    try:
        parsed = list(Formatter().parse(part))
    except ValueError as error:
        raise ArgumentError(f"{part!r} is not a template: {error}") from None
    for text, field, spec, conversion in parsed:
        if field is not None and field not in FIELDS:
            raise ArgumentError(f"there is no field {{{field}}}; there are {', '.join(FIELDS)}")
        if conversion or not _SPEC.fullmatch(spec or ""):
            raise ArgumentError(f"{{{field}:{spec}}} is not a valid field format: write {{{field}}}, or {{index:03}}")
        pieces.append((text, field, spec or ""))
    return pieces


def _fill(pieces: list[_Piece], values: Mapping[str, str | int | None]) -> str:
    """Fill in the fields; spaces around empty fields are collapsed."""
    text = "".join(text + (_formatted(values[field], spec) if field else "") for text, field, spec in pieces)
    return _strip_forbidden(text)


def _formatted(value: str | int | None, spec: str) -> str:
    if value is None or value == "":
        return ""
    if isinstance(value, int):
        return format(value, spec.partition(".")[0])
    return truncate_utf8(format(_strip_forbidden(value), spec), MAX_FIELD)


def _strip_forbidden(value: str | int | None) -> str:
    """Return the value without characters that a file name must not contain or end with."""
    text = "".join(char if _is_allowed(char) else " " for char in str(value or ""))
    return " ".join(text.split()).strip(_FORBIDDEN_ENDS)


def _is_allowed(char: str) -> bool:
    return char in JOINERS or (char.isprintable() and char not in '<>:"/\\|?*')


def _safe_name_or_empty(name: str) -> str:
    try:
        return safe_name(name)
    except FileError:
        return ""


def safe_name(name: str) -> str:
    """Return the name without what a file name must not contain on any system, cut to a length that all support.

    Raises:
        FileError: nothing is left of it.
    """
    allowed = "".join(filter(_is_allowed, name)).strip()
    stem, dot, suffix = allowed.rpartition(".")
    has_suffix = dot and suffix.isalnum() and len(suffix) <= _MAX_SUFFIX
    allowed = f"{truncate_utf8(stem, _MAX_NAME)}.{suffix}" if has_suffix else truncate_utf8(allowed, _MAX_NAME)
    allowed = allowed.strip().rstrip(". ")
    if not allowed.strip(_FORBIDDEN_ENDS):
        raise FileError(f"{name!r} cannot be the name of a file")
    return f"_{allowed}" if allowed.split(".")[0].strip().lower() in _DEVICES else allowed


def truncate_utf8(text: str, size: int) -> str:
    """Return at most `size` bytes of a text, cut between two characters."""
    return text.encode("utf-8", "ignore")[:size].decode("utf-8", "ignore")
