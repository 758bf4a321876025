"""Where the pictures of one download go: a place for each, the same one in every run, and no two in one.

What stands at its place is skipped. A name that holds the picture's id is proof enough; at one that
does not, a file of another size is another picture's, and this one gets its id into its name. Of
thumbnails Imgur tells no size: there the name alone decides.
"""

from __future__ import annotations

import errno
import json
import os
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path, PurePosixPath
from typing import Any, TypeGuard
from urllib.parse import urlsplit

from .._decode import whole
from .._http.state import State
from .._http.steps import Flow
from .._media import Progress
from .._transfer.download import download
from .._transfer.names import Template, cut, safe_name
from .._transfer.sink import FileSink, make_folder, own_part
from ..exceptions import FileError
from ..objects import Size
from ..pictures import Picture

_ROOM_FOR_ID = 120


@dataclass(frozen=True, slots=True)
class Place:
    """Where one picture goes, and from where it comes."""

    picture: Picture[Any]
    link: str
    path: Path
    there: bool
    """Whether nothing is to be done."""


class Places:
    """The places in `folder`, handed out one after the other."""

    def __init__(self, folder: Path, template: Template, *, size: Size | None, mp4: bool) -> None:
        self._folder = folder
        self._template = template
        self._size: Size | None = size
        self._mp4 = mp4
        self._taken: dict[str, Picture[Any]] = {}

    def place(self, picture: Picture[Any]) -> Place:
        """The place of the next picture.

        Raises:
            ArgumentError: there is no thumbnail of this size.
        """
        link = picture.image.file_link(self._size, mp4=self._mp4)
        for path in self._candidates(picture, ".jpg" if self._size else PurePosixPath(urlsplit(link).path).suffix):
            owner = self._taken.setdefault(_folded(path), picture)
            if owner is not picture and owner.id == picture.id:
                return Place(picture, link, path, there=True)  # found a second time
            there = os.path.lexists(path)
            if owner is picture and (not there or self._is(path, picture)):
                return Place(picture, link, path, there)
        raise AssertionError("there is always one more candidate")

    def _candidates(self, picture: Picture[Any], suffix: str) -> Iterator[Path]:
        """What the template says, then the same with the picture's id, then with a number."""
        named = self._template.path(picture.values(), suffix)
        yield self._folder / named
        for attempt in count(1):
            more = picture.id if attempt == 1 else f"{picture.id} {attempt}"
            yield self._folder / named.with_name(safe_name(f"{cut(named.stem, _ROOM_FOR_ID)} {more}{named.suffix}"))

    def _is(self, path: Path, picture: Picture[Any]) -> bool:
        """Whether the file there is this picture, as far as can be told without reading it."""
        raw = picture.image.raw
        size = whole(raw.get("mp4_size" if self._mp4 and raw.get("mp4") else "size"))
        if picture.id in path.name or self._size or not size:
            return True
        return path.is_file() and path.stat().st_size == size


def _folded(path: Path) -> str:
    """Where file systems differ in what they take for the same name, the most careful of them."""
    return unicodedata.normalize("NFC", str(path)).casefold()


def fetched(state: State, place: Place, progress: Progress | None) -> Flow[Path]:
    """The steps that bring a picture to its place."""
    make_folder(place.path.parent)
    sink = FileSink(place.path, overwrite=False, progress=progress)
    return (yield from download(state, place.link, sink))


def write_metadata(place: Place) -> None:
    """Put what Imgur told of a picture beside it, unless it is there: `beach.jpg.json`.

    Raises:
        FileError: it cannot be written.
    """
    path = place.path.with_name(f"{place.path.name}.json")
    if os.path.lexists(path):
        return
    text = json.dumps(place.picture.metadata(), ensure_ascii=False, indent=2)
    part = own_part(path)
    try:
        part.write_text(f"{text}\n", "utf-8", errors="replace")
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise FileError(f"cannot write {str(path)!r}: {error.strerror}") from error


def is_hopeless(error: object) -> TypeGuard[FileError]:
    """Whether the next picture would fail alike: the disk is full, or cannot be written to."""
    cause = error.__cause__ if isinstance(error, FileError) else None
    return isinstance(cause, OSError) and cause.errno in {errno.ENOSPC, errno.EDQUOT, errno.EROFS}
