"""Parse parameters of requests: numbers, booleans, and the sort, window and page of a list.

Programs leave out trailing segments of a list's path, so a segment is recognized by its value: a number is a page, a
word is a sort or a window. As at Imgur, an invalid value is ignored.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from pyimgur.server.services.gallery import WINDOWS, ListView

PAGE_DIGITS = 6
"""Maximum length of a page number; seven digits are an id."""

_BOOLEANS: Mapping[str, bool] = {
    **dict.fromkeys(("1", "true", "yes", "on"), True),
    **dict.fromkeys(("0", "false", "no", "off"), False),
}


def parse_bool(text: str | None) -> bool | None:
    """Parse a boolean in any of the forms that programs use; None if it is none of them."""
    return _BOOLEANS.get((text or "").lower())


def parse_int(text: str | None, digits: int) -> int | None:
    """Parse a number of at most this many ASCII digits; None for anything else, signs included."""
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) <= digits else None


def is_page_number(text: str) -> bool:
    """Return whether a path segment is a page number."""
    return text.isascii() and text.isdecimal() and len(text) <= PAGE_DIGITS


def parse_list_view(
    segments: Collection[str],
    sorts: Collection[str],
    *,
    sort: str,
    window: str,
    always: bool = False,
    mature: bool = False,
) -> ListView:
    """Return sort, window and page from these segments, in any order."""
    sort = next((text for text in segments if text in sorts), sort)
    window = next((text for text in segments if text in WINDOWS), window)
    page = next((int(text) for text in segments if is_page_number(text)), 0)
    return ListView(sort=sort, window=window if always or sort == "top" else "all", page=page, mature=mature)
