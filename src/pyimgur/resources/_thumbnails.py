"""The six sizes of thumbnails, and their URLs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal

from ..exceptions import ArgumentError

Size = Literal[
    "Small Square", "Big Square", "Small Thumbnail", "Medium Thumbnail", "Large Thumbnail", "Huge Thumbnail",
    "small_square", "big_square", "small_thumbnail", "medium_thumbnail", "large_thumbnail", "huge_thumbnail",
    "s", "b", "t", "m", "l", "h",
]  # fmt: skip

THUMBNAILS: Mapping[str, str] = {
    "small_square": "s",
    "big_square": "b",
    "small_thumbnail": "t",
    "medium_thumbnail": "m",
    "large_thumbnail": "l",
    "huge_thumbnail": "h",
}
"""The letters of the six thumbnail sizes: 90 and 160 pixels cropped square, and the longer side at most 160, 320, 640
and 1,024 pixels. Thumbnails are JPEG, whatever extension the URL has."""
STILLS = frozenset({".jpg", ".jpeg", ".png", ".gif"})
"""Extensions of still images and GIFs; their thumbnails have the same extension."""
_LINK = re.compile(r"(https?://[^/?#]+/(?:[^?#]*/)?)[^/?#]*?(\.\w+)?(?:[?#].*)?")


def thumbnail_letter(size: Size) -> str:
    """Return the letter of a thumbnail size, which its URL has after the image's id.

    Raises:
        ArgumentError: there is no such size.
    """
    letter = size if size in THUMBNAILS.values() else THUMBNAILS.get(size.lower().replace(" ", "_"))
    if letter is None:
        raise ArgumentError(f"{size!r} is not a size; the sizes are {', '.join(THUMBNAILS)}")
    return letter


def folder_and_suffix(link: object) -> tuple[str | None, str]:
    """Return the folder and the suffix of thumbnail URLs, from the image's link; the folder is None if it has none."""
    match = _LINK.fullmatch(str(link or ""))
    folder, suffix = match.groups() if match else (None, None)
    return folder, suffix if suffix in STILLS else ".jpg"
