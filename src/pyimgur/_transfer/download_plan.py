"""Where the pictures of one download go: a place for each, the same one in every run, and no two in one.

A file counts as the picture if it has the size that Imgur tells and nobody has written to it since: a download sets
the time of its last change to that of the upload. Any other file is doubted: the server is asked for the picture
unless it is what the file holds (its SHA-256 or MD5 is the ETag, so that a whole file costs one answer without a
body). What is truncated or damaged is replaced, if its name holds the picture's id. At a name without the id stands
another picture's file, or one of the user's: it is replaced only if it is the picture's beginning, and else the
picture gets its id into its name.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import sqlite3
import unicodedata
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from itertools import count
from pathlib import Path, PurePosixPath
from stat import S_ISREG
from typing import Any, Literal, TypeAlias, TypeGuard
from urllib.parse import urlsplit

from .._core.decode import to_int
from .._core.effects import Flow, RunBlocking
from .._core.source import Progress
from .._policy.client_state import ClientState
from ..exceptions import FileError, FileOverwriteError, ResourceNotFoundError
from ..pictures import Picture
from ..resources import Size
from .download import download
from .file_sink import FileSink, make_folder, own_part
from .filename_template import Template, safe_name, truncate_utf8

_ROOM_FOR_ID = 120
_SECOND = 10**9
_SAME_TIME = 2 * _SECOND
"""Nanoseconds by which the time of a file may differ from the one it was given: FAT counts in twos of seconds."""
_STEP = 1 << 20
Held: TypeAlias = Literal["nothing", "the picture", "touched", "doubted", "another"]
"""What stands at a place, as far as can be told without asking; what is touched has the right size at a wrong time."""


@dataclass(frozen=True, slots=True)
class DownloadTarget:
    """Where one picture goes, and from where it comes."""

    picture: Picture[Any]
    link: str
    path: Path
    exists: bool = False
    """Whether nothing is to be done."""
    doubted: Path | None = None
    """A file that may be the picture, whole or not: `path` itself, or one with a name that does not hold the id."""
    touched: bool = False
    """Whether the doubted file has the right size, so that it counts as the picture where nobody can be asked."""


class DownloadPlan:
    """The places in `folder`, handed out one after the other; those that are taken are kept on the disk.

    A download may hold a million pictures, so no list of them is in memory. Close it when it is done.
    """

    def __init__(self, folder: Path, template: Template, *, size: Size | None, mp4: bool) -> None:
        self._folder = folder
        self._template = template
        self._size: Size | None = size
        self._mp4 = mp4
        self._taken = sqlite3.connect("", isolation_level=None, check_same_thread=False)  # a file without a name
        for pragma in ("journal_mode = OFF", "synchronous = OFF", "cache_size = -256"):
            self._taken.execute(f"PRAGMA {pragma}")
        self._taken.execute("CREATE TABLE taken (path BLOB PRIMARY KEY, id TEXT NOT NULL) WITHOUT ROWID")

    def close(self) -> None:
        """Forget which places are taken."""
        self._taken.close()

    def place(self, picture: Picture[Any]) -> DownloadTarget:
        """The place of the next picture.

        Raises:
            ArgumentError: there is no thumbnail of this size.
        """
        link = picture.image.file_link(self._size, mp4=self._mp4)
        doubted, touched = None, False
        for path in self._candidates(picture, ".jpg" if self._size else PurePosixPath(urlsplit(link).path).suffix):
            owner = self._take(path, picture)
            if owner == picture.id:
                return DownloadTarget(picture, link, path, exists=True)  # found a second time
            held = self._held(path, picture) if owner is None else "another"
            if held == "nothing":
                return DownloadTarget(picture, link, path, doubted=doubted, touched=touched)
            if held == "the picture":
                return DownloadTarget(picture, link, path, exists=True)
            if held != "another" and picture.id in path.name:
                return DownloadTarget(picture, link, path, doubted=path, touched=held == "touched")
            if held != "another" and doubted is None:
                doubted, touched = path, held == "touched"
        raise AssertionError("there is always one more candidate")

    def _take(self, path: Path, picture: Picture[Any]) -> str | None:
        """Take a place, and give the id of the picture that has it already."""
        name = hashlib.blake2b(_folded(path).encode("utf-8", "surrogatepass"), digest_size=16).digest()
        found = self._taken.execute("SELECT id FROM taken WHERE path = ?", (name,)).fetchone()
        if found is not None:
            return found[0]
        self._taken.execute("INSERT INTO taken VALUES (?, ?)", (name, picture.id))
        return None

    def _candidates(self, picture: Picture[Any], suffix: str) -> Iterator[Path]:
        """What the template says, then the same with the picture's id, then with a number."""
        named = self._template.path(picture.values(), suffix)
        yield self._folder / named
        for attempt in count(1):
            more = picture.id if attempt == 1 else f"{picture.id} {attempt}"
            yield _with_more(self._folder / named, more)

    def _held(self, path: Path, picture: Picture[Any]) -> Held:
        """What stands there, by a look at its size and time."""
        try:
            found = path.lstat()
        except OSError:
            return "nothing"
        with suppress(OSError):
            found = path.stat()
        if not S_ISREG(found.st_mode):
            return "another"
        raw, at = picture.image.raw, _uploaded(picture)
        size = None if self._size else to_int(raw.get("mp4_size" if self._mp4 and raw.get("mp4") else "size"))
        if size and found.st_size != size:
            return "doubted" if picture.id in path.name or found.st_size < size else "another"
        return "the picture" if at is None or _untouched(found.st_mtime_ns, at) else "touched"


def _with_more(path: Path, more: str) -> Path:
    """The same place, with more in its name."""
    return path.with_name(safe_name(f"{truncate_utf8(path.stem, _ROOM_FOR_ID)} {more}{path.suffix}"))


def _uploaded(picture: Picture[Any]) -> int | None:
    """When the picture was uploaded, in unix seconds, where Imgur tells."""
    return to_int(picture.image.raw.get("datetime")) or None


def _untouched(changed: int, at: int) -> bool:
    """Whether a file has the time that a download gave it: whole seconds, as no clock gives them."""
    return changed % _SECOND == 0 and abs(changed - at * _SECOND) <= _SAME_TIME


def _folded(path: Path) -> str:
    """Where file systems differ in what they take for the same name, the most careful of them."""
    return unicodedata.normalize("NFC", str(path)).casefold()


@dataclass(frozen=True, slots=True)
class Fetched:
    """Where a picture is now, and whether it was there before."""

    path: Path
    there: bool = False


def download_target(state: ClientState, place: DownloadTarget, progress: Progress | None) -> Flow[Fetched]:
    """The steps that bring a picture to its place, unless a doubted file there holds it."""
    make_folder(place.path.parent)
    try:
        return (yield from _fetched(state, place, progress))
    except FileOverwriteError:  # another program has saved something there meanwhile, most likely this picture
        id, path = place.picture.id, place.path
        free = path if id in path.name else _with_more(path, id)
        return (yield from _fetched(state, replace(place, path=free, doubted=path, touched=False), progress))


def _fetched(state: ClientState, place: DownloadTarget, progress: Progress | None) -> Flow[Fetched]:
    unless = "" if place.doubted is None else (yield RunBlocking(partial(_etags, place.doubted)))
    sink = FileSink(place.path, overwrite=place.doubted == place.path, progress=progress)
    try:
        path = yield from download(state, place.link, sink, unless)
    except ResourceNotFoundError:
        if place.doubted is None or not place.touched:
            raise
        return Fetched(place.doubted, there=True)  # perhaps the last copy there is
    return (yield RunBlocking(partial(_settled, place, path)))


def _etags(path: Path) -> str:
    """The ETags under which servers may keep the bytes of a file: its SHA-256 here, its MD5 at Imgur.

    Raises:
        FileError: it cannot be read.
    """
    digests = hashlib.sha256(), hashlib.md5(usedforsecurity=False)
    try:
        with path.open("rb", buffering=0) as file:
            while chunk := file.read(_STEP):
                for digest in digests:
                    digest.update(chunk)
    except OSError as error:
        raise FileError(f"cannot read {str(path)!r}: {error.strerror}") from error
    return ", ".join(f'"{digest.hexdigest()}"' for digest in digests)


def _settled(place: DownloadTarget, path: Path | None) -> Fetched:
    """Where the picture is after an answer; None stands for one that the doubted file is it."""
    there = path is None
    if path is None:
        assert place.doubted is not None
        path = place.doubted
    elif place.doubted is not None and place.doubted != path and _begins(place.doubted, path):
        path.replace(place.doubted)  # it was truncated
        path = place.doubted
    if (at := _uploaded(place.picture)) is not None:
        with suppress(OSError, OverflowError):  # a file system may keep no such time: then it is asked again
            os.utime(path, (at, at))
    return Fetched(path, there)


def _begins(beginning: Path, picture: Path) -> bool:
    """Whether a file holds the first bytes of a picture, and no others."""
    with beginning.open("rb", buffering=0) as first, picture.open("rb") as second:
        while chunk := first.read(_STEP):
            if second.read(len(chunk)) != chunk:
                return False
    return True


def write_metadata(place: DownloadTarget, path: Path, *, with_secrets: bool = False) -> None:
    """Put what Imgur told of a picture beside it, unless it is there: `beach.jpg.json`.

    With secrets, delete hashes are in it, and only its owner can read it; a file without them is written anew.

    Raises:
        FileError: it cannot be written.
    """
    beside = path.with_name(f"{path.name}.json")
    told = place.picture.metadata(with_secrets=with_secrets)
    if os.path.lexists(beside) and not (with_secrets and _lacks_secrets(beside, told)):
        return
    part = own_part(beside)
    try:
        with open(
            part, "x", encoding="utf-8", errors="replace", opener=_for_its_owner if with_secrets else None
        ) as file:
            file.write(f"{json.dumps(told, ensure_ascii=False, indent=2)}\n")
        part.replace(beside)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise FileError(f"cannot write {str(beside)!r}: {error.strerror}") from error


def _for_its_owner(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _lacks_secrets(beside: Path, told: dict[str, Any]) -> bool:
    """Whether there are delete hashes that a file of an earlier run does not hold, or that others can read."""
    secrets = [one["deletehash"] for one in (told, told.get("album") or {}) if one.get("deletehash")]
    try:
        text = beside.read_text("utf-8", errors="replace")
        open_to_others = os.name == "posix" and bool(secrets) and bool(beside.stat().st_mode & 0o077)
    except OSError:
        return True
    return open_to_others or not all(secret in text for secret in secrets)


def is_fatal_disk_error(error: object) -> TypeGuard[FileError]:
    """Whether the next picture would fail alike: the disk is full, or cannot be written to."""
    cause = error.__cause__ if isinstance(error, FileError) else None
    return isinstance(cause, OSError) and cause.errno in {errno.ENOSPC, errno.EDQUOT, errno.EROFS}
