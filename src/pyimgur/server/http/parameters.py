"""Parse parameters of requests: numbers, booleans, and the sort, window and page of a list.

Programs leave out any of the last segments of a list's path, so a segment is known by its value: a number is a page, a
word is a sort or a window. A value that cannot be parsed is None or the default, as at Imgur.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from pyimgur.server.services.gallery import WINDOWS, ListView

LONGEST_PAGE = 6
"""How many digits a page has; seven are an id."""


_YES_AND_NO: Mapping[str, bool] = {
    **dict.fromkeys(("1", "true", "yes", "on"), True),
    **dict.fromkeys(("0", "false", "no", "off"), False),
}


def parse_bool(text: str | None) -> bool | None:
    """Yes or no, in any of the words that programs use; None for any other."""
    return _YES_AND_NO.get((text or "").lower())


def parse_int(text: str | None, digits: int) -> int | None:
    """A whole number of at most so many digits; None for anything else, signs and other scripts' digits too."""
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) <= digits else None


def is_page_number(text: str) -> bool:
    """Whether a segment says which page."""
    return text.isascii() and text.isdecimal() and len(text) <= LONGEST_PAGE


def parse_list_view(
    asked: Collection[str],
    sorts: Collection[str],
    *,
    sort: str,
    window: str,
    always: bool = False,
    mature: bool = False,
) -> ListView:
    """What these words and numbers ask for, in whatever order they come."""
    sort = next((text for text in asked if text in sorts), sort)
    window = next((text for text in asked if text in WINDOWS), window)
    page = next((int(text) for text in asked if is_page_number(text)), 0)
    return ListView(sort=sort, window=window if always or sort == "top" else "all", page=page, mature=mature)
