"""Choose the target path of each picture of a download: the same one in every run, and never one for two pictures.

A file counts as the picture if it has the size that Imgur reports and was not written since: a download sets the
file's modification time to that of the upload. Any other file is unverified: the picture is requested with the file's
SHA-256 and MD5 in `If-None-Match`, one of which is the server's ETag, so that a complete file costs one response
without a body. A truncated or damaged file is replaced, if its name contains the picture's id. A file whose name does
not contain the id may be another picture's, or the user's own: it is replaced only if it is the picture's beginning,
and otherwise the picture gets its id into its name.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path, PurePosixPath
from stat import S_ISREG
from typing import Any, Generic, Literal, Protocol, TypeAlias
from urllib.parse import urlsplit

from typing_extensions import TypeVar

from .._core.decode import to_int
from .filename_template import Template, safe_name, truncate_utf8

_MAX_STEM_BEFORE_ID = 120
_SECOND = 10**9
_TIME_TOLERANCE = 2 * _SECOND
"""Nanoseconds by which a file's modification time may differ from the one it was given: FAT has a resolution of 2 s."""
FileState: TypeAlias = Literal["nothing", "the picture", "touched", "unverified", "another"]
"""What is at a path, without a request; "touched" is a file of the right size with another modification time."""


class DownloadableImage(Protocol):
    """What a download needs of an image."""

    @property
    def raw(self) -> dict[str, Any]: ...
    def file_link(self, size: Any = None, *, mp4: bool = False) -> str: ...


class Downloadable(Protocol):
    """What a download needs of a picture."""

    @property
    def id(self) -> str: ...
    @property
    def image(self) -> DownloadableImage: ...
    def values(self) -> Mapping[str, str | int | None]: ...
    def metadata(self, *, with_secrets: bool = False) -> dict[str, Any]: ...


D = TypeVar("D", bound=Downloadable, default=Any)


@dataclass(frozen=True, slots=True)
class DownloadTarget(Generic[D]):
    """The URL of one picture, and the path where it is saved."""

    picture: D
    link: str
    path: Path
    exists: bool = False
    """Whether the picture is there, so that nothing is to be done."""
    unverified: Path | None = None
    """A file that may be the picture, complete or not: `path` itself, or one whose name does not contain the id."""
    has_right_size: bool = False
    """Whether the unverified file has the right size, so that it counts as the picture if the server has it no more."""


class DownloadPlan:
    """Assigns paths in `folder` to pictures, one after the other.

    A download may have a million pictures, so the assigned paths are in a temporary file instead of in memory. Close
    the plan when it is done.
    """

    def __init__(self, folder: Path, template: Template, *, size: str | None, mp4: bool) -> None:
        import sqlite3  # here, as most programs make no such plan

        self._folder = folder
        self._template = template
        self._size = size
        self._mp4 = mp4
        self._assigned = sqlite3.connect("", isolation_level=None, check_same_thread=False)  # a temporary file
        for pragma in ("journal_mode = OFF", "synchronous = OFF", "cache_size = -256"):
            self._assigned.execute(f"PRAGMA {pragma}")
        self._assigned.execute("CREATE TABLE taken (path BLOB PRIMARY KEY, id TEXT NOT NULL) WITHOUT ROWID")

    def close(self) -> None:
        """Remove the record of assigned paths."""
        self._assigned.close()

    def target_for(self, picture: D) -> DownloadTarget[D]:
        """Return the target of the next picture.

        Raises:
            ArgumentError: there is no thumbnail of this size.
        """
        link = picture.image.file_link(self._size, mp4=self._mp4)
        unverified, has_right_size = None, False
        for path in self._candidates(picture, ".jpg" if self._size else PurePosixPath(urlsplit(link).path).suffix):
            owner = self._assign(path, picture)
            if owner == picture.id:
                return DownloadTarget(picture, link, path, exists=True)  # the same picture for a second time
            state = self._file_state(path, picture) if owner is None else "another"
            if state == "nothing":
                return DownloadTarget(picture, link, path, unverified=unverified, has_right_size=has_right_size)
            if state == "the picture":
                return DownloadTarget(picture, link, path, exists=True)
            if state != "another" and picture.id in path.name:
                return DownloadTarget(picture, link, path, unverified=path, has_right_size=state == "touched")
            if state != "another" and unverified is None:
                unverified, has_right_size = path, state == "touched"
        raise AssertionError("there is always one more candidate")

    def _assign(self, path: Path, picture: Downloadable) -> str | None:
        """Assign a path to a picture, or return the id of the picture that has it already."""
        name = hashlib.blake2b(_folded(path).encode("utf-8", "surrogatepass"), digest_size=16).digest()
        row = self._assigned.execute("SELECT id FROM taken WHERE path = ?", (name,)).fetchone()
        if row is not None:
            return row[0]
        self._assigned.execute("INSERT INTO taken VALUES (?, ?)", (name, picture.id))
        return None

    def _candidates(self, picture: Downloadable, suffix: str) -> Iterator[Path]:
        """Yield the path by the template, then the same with the picture's id, then with a number."""
        path = self._folder / self._template.path(picture.values(), suffix)
        yield path
        for attempt in count(1):
            yield append_to_stem(path, picture.id if attempt == 1 else f"{picture.id} {attempt}")

    def _file_state(self, path: Path, picture: Downloadable) -> FileState:
        """Return what is at a path, by its size and modification time."""
        try:
            status = path.lstat()
        except OSError:
            return "nothing"
        with suppress(OSError):
            status = path.stat()
        if not S_ISREG(status.st_mode):
            return "another"
        raw, uploaded_at = picture.image.raw, uploaded_at_of(picture)
        size = None if self._size else to_int(raw.get("mp4_size" if self._mp4 and raw.get("mp4") else "size"))
        if size and status.st_size != size:
            return "unverified" if picture.id in path.name or status.st_size < size else "another"
        return "the picture" if uploaded_at is None or _is_untouched(status.st_mtime_ns, uploaded_at) else "touched"


def append_to_stem(path: Path, text: str) -> Path:
    """Return the path with a text at the end of its name, before the suffix."""
    return path.with_name(safe_name(f"{truncate_utf8(path.stem, _MAX_STEM_BEFORE_ID)} {text}{path.suffix}"))


def uploaded_at_of(picture: Downloadable) -> int | None:
    """Return when the picture was uploaded, in unix seconds; None if unknown."""
    return to_int(picture.image.raw.get("datetime")) or None


def _is_untouched(modified_ns: int, uploaded_at: int) -> bool:
    """Return whether a file has the time that a download gave it: whole seconds, which a clock hardly ever gives."""
    return modified_ns % _SECOND == 0 and abs(modified_ns - uploaded_at * _SECOND) <= _TIME_TOLERANCE


def _folded(path: Path) -> str:
    """Return a key that is equal for paths that any file system takes for the same."""
    return unicodedata.normalize("NFC", str(path)).casefold()
