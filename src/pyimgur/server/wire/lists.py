"""What the last segments of a list's address ask for.

Programs leave out any of them, so a segment is told by its value: a number is a page, a word is a sort or a window.
"""

from __future__ import annotations

from collections.abc import Collection

from pyimgur.server.library.gallery import WINDOWS, View

LONGEST_PAGE = 6
"""How many digits a page has; seven are an id."""


def is_page(text: str) -> bool:
    """Whether a segment says which page."""
    return text.isascii() and text.isdecimal() and len(text) <= LONGEST_PAGE


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
