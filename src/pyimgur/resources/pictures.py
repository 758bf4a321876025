"""Pictures found behind a URL, and their outcomes in a download."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, Literal

from .._core.decode import to_int
from .._core.endpoint import Async, M
from ..exceptions import ImgurError
from .album import Album
from .image import Image

Outcome = Literal["saved", "there", "planned", "failed"]
"""'there': the file existed already; 'planned': it would be saved without `dry_run`."""
SECRET = "deletehash"


@dataclass(frozen=True, slots=True)
class Picture(Generic[M]):
    """One of many pictures, with its position in an album and in the results."""

    image: Image[M]
    album: Album[M] | None = None
    """The album or post it belongs to; None for a single picture."""
    index: int | None = None
    """Its position in the album, from 1."""
    number: int = 1
    """Its position among all results, from 1."""
    source: str = ""
    """The name in the URL: of a user, a tag or a subreddit, or the words of a search."""

    @property
    def id(self) -> str:
        """The id of the image."""
        return str(self.image.raw.get("id") or "")

    def values(self) -> dict[str, str | int | None]:
        """Return the values for the fields of a file name template."""
        image, album = self.image.raw, self.album.raw if self.album else dict[str, Any]()
        return {
            "album": _text(album.get("title") or album.get("id")),
            "album_id": _text(album.get("id")),
            "index": self.index,
            "number": self.number,
            "title": _text(image.get("title")),
            "id": self.id,
            "author": _text(image.get("account_url") or album.get("account_url")),
            "date": _day(image.get("datetime")),
            "file": _text(image.get("name")),
            "source": self.source,
        }

    def metadata(self, *, with_secrets: bool = False) -> dict[str, Any]:
        """Return all fields that Imgur sent of the image and its album; delete hashes only with secrets."""
        hidden = set[str]() if with_secrets else {SECRET}
        fields = {name: value for name, value in self.image.raw.items() if name not in hidden}
        if self.album is None:
            return fields
        album = {name: value for name, value in self.album.raw.items() if name not in {*hidden, "images"}}
        return {**fields, "index": self.index, "album": album}


@dataclass(frozen=True, slots=True)
class Download(Generic[M]):
    """The outcome of one picture, or of an album that could not be read."""

    link: str
    outcome: Outcome
    path: Path | None = None
    picture: Picture[M] | None = field(default=None, repr=False)
    error: ImgurError | None = None


def _text(value: object) -> str:
    return "" if value is None else str(value)


def _day(value: object) -> str:
    """Return the date of a unix time; empty if there is none."""
    seconds = to_int(value)
    try:
        return time.strftime("%Y-%m-%d", time.gmtime(seconds)) if seconds else ""
    except (OverflowError, OSError, ValueError):
        return ""


AsyncPicture = Picture[Async]
AsyncDownload = Download[Async]
