"""Choose the target path of each picture of a download: the same one in every run, and never one for two pictures.

A file counts as the picture if it has the size that Imgur reports and was not written since: a download sets the
file's modification time to that of the upload. Any other file is unverified: the picture is requested with the file's
SHA-256 and MD5 in `If-None-Match`, one of which is the server's ETag, so that a complete file costs one response
without a body. A truncated or damaged file is replaced, if its name contains the picture's id. A file whose name does
not contain the id may be another picture's, or the user's own: it is replaced only if it is the picture's beginning,
and otherwise the picture gets its id into its name.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import sqlite3
import unicodedata
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from itertools import count
from pathlib import Path, PurePosixPath
from stat import S_ISREG
from typing import Any, Generic, Literal, Protocol, TypeAlias, TypeGuard
from urllib.parse import urlsplit

from typing_extensions import TypeVar

from .._core.decode import to_int
from .._core.effects import Flow, RunBlocking
from .._core.source import Progress
from .._policy.client_state import ClientState
from ..exceptions import FileError, FileOverwriteError, ResourceNotFoundError
from .download import download
from .file_sink import FileSink, make_folder, own_part
from .filename_template import Template, safe_name, truncate_utf8

_MAX_STEM_BEFORE_ID = 120
_SECOND = 10**9
_TIME_TOLERANCE = 2 * _SECOND
"""Nanoseconds by which a file's modification time may differ from the one it was given: FAT has a resolution of 2 s."""
_CHUNK_SIZE = 1 << 20
FileState: TypeAlias = Literal["nothing", "the picture", "touched", "doubted", "another"]
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
    touched: bool = False
    """Whether the doubted file has the right size, so that it counts as the picture if the server has it no more."""


class DownloadPlan:
    """Assigns paths in `folder` to pictures, one after the other.

    A download may have a million pictures, so the assigned paths are in a temporary file instead of in memory. Close
    the plan when it is done.
    """

    def __init__(self, folder: Path, template: Template, *, size: str | None, mp4: bool) -> None:
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
        doubted, touched = None, False
        for path in self._candidates(picture, ".jpg" if self._size else PurePosixPath(urlsplit(link).path).suffix):
            owner = self._assign(path, picture)
            if owner == picture.id:
                return DownloadTarget(picture, link, path, exists=True)  # the same picture for a second time
            state = self._file_state(path, picture) if owner is None else "another"
            if state == "nothing":
                return DownloadTarget(picture, link, path, unverified=doubted, touched=touched)
            if state == "the picture":
                return DownloadTarget(picture, link, path, exists=True)
            if state != "another" and picture.id in path.name:
                return DownloadTarget(picture, link, path, unverified=path, touched=state == "touched")
            if state != "another" and doubted is None:
                doubted, touched = path, state == "touched"
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
            yield _append_to_stem(path, picture.id if attempt == 1 else f"{picture.id} {attempt}")

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
        raw, uploaded_at = picture.image.raw, _uploaded_at(picture)
        size = None if self._size else to_int(raw.get("mp4_size" if self._mp4 and raw.get("mp4") else "size"))
        if size and status.st_size != size:
            return "doubted" if picture.id in path.name or status.st_size < size else "another"
        return "the picture" if uploaded_at is None or _is_untouched(status.st_mtime_ns, uploaded_at) else "touched"


def _append_to_stem(path: Path, text: str) -> Path:
    """Return the path with a text at the end of its name, before the suffix."""
    return path.with_name(safe_name(f"{truncate_utf8(path.stem, _MAX_STEM_BEFORE_ID)} {text}{path.suffix}"))


def _uploaded_at(picture: Downloadable) -> int | None:
    """Return when the picture was uploaded, in unix seconds; None if unknown."""
    return to_int(picture.image.raw.get("datetime")) or None


def _is_untouched(modified_ns: int, uploaded_at: int) -> bool:
    """Return whether a file has the time that a download gave it: whole seconds, which a clock hardly ever gives."""
    return modified_ns % _SECOND == 0 and abs(modified_ns - uploaded_at * _SECOND) <= _TIME_TOLERANCE


def _folded(path: Path) -> str:
    """Return a key that is equal for paths that any file system takes for the same."""
    return unicodedata.normalize("NFC", str(path)).casefold()


@dataclass(frozen=True, slots=True)
class Fetched:
    """The path of a downloaded picture, and whether it was there before."""

    path: Path
    was_there: bool = False


def download_target(state: ClientState, target: DownloadTarget, progress: Progress | None) -> Flow[Fetched]:
    """Download a picture to its path, unless a doubted file there turns out to be it."""
    make_folder(target.path.parent)
    try:
        return (yield from _download(state, target, progress))
    except FileOverwriteError:  # another program has saved a file there meanwhile, most likely this picture
        id, path = target.picture.id, target.path
        free = path if id in path.name else _append_to_stem(path, id)
        return (yield from _download(state, replace(target, path=free, unverified=path, touched=False), progress))


def _download(state: ClientState, target: DownloadTarget, progress: Progress | None) -> Flow[Fetched]:
    etags = "" if target.unverified is None else (yield RunBlocking(partial(_etags, target.unverified)))
    sink = FileSink(target.path, overwrite=target.unverified == target.path, progress=progress)
    try:
        path = yield from download(state, target.link, sink, etags)
    except ResourceNotFoundError:
        if target.unverified is None or not target.touched:
            raise
        return Fetched(target.unverified, was_there=True)  # perhaps the last copy there is
    return (yield RunBlocking(partial(_finish, target, path)))


def _etags(path: Path) -> str:
    """Return the ETags that servers may have for the bytes of a file: its SHA-256 here, its MD5 at Imgur.

    Raises:
        FileError: it cannot be read.
    """
    digests = hashlib.sha256(), hashlib.md5(usedforsecurity=False)
    try:
        with path.open("rb", buffering=0) as file:
            while chunk := file.read(_CHUNK_SIZE):
                for digest in digests:
                    digest.update(chunk)
    except OSError as error:
        raise FileError(f"cannot read {str(path)!r}: {error.strerror}") from error
    return ", ".join(f'"{digest.hexdigest()}"' for digest in digests)


def _finish(target: DownloadTarget, path: Path | None) -> Fetched:
    """Return where the picture is after a response; `path` is None if the doubted file is the picture."""
    was_there = path is None
    if path is None:
        assert target.unverified is not None
        path = target.unverified
    elif target.unverified is not None and target.unverified != path and _is_beginning(target.unverified, path):
        path.replace(target.unverified)  # it was truncated
        path = target.unverified
    if (uploaded_at := _uploaded_at(target.picture)) is not None:
        with suppress(OSError, OverflowError):  # without it, the next run verifies the file again
            os.utime(path, (uploaded_at, uploaded_at))
    return Fetched(path, was_there)


def _is_beginning(beginning: Path, picture: Path) -> bool:
    """Return whether a file consists of the first bytes of a picture."""
    with beginning.open("rb", buffering=0) as first, picture.open("rb") as second:
        while chunk := first.read(_CHUNK_SIZE):
            if second.read(len(chunk)) != chunk:
                return False
    return True


def write_metadata(target: DownloadTarget, path: Path, *, with_secrets: bool = False) -> None:
    """Write the picture's metadata to a file beside it, such as `beach.jpg.json`, unless that exists.

    With secrets, it contains delete hashes, and only its owner can read it; an existing file without them is replaced.

    Raises:
        FileError: it cannot be written.
    """
    metadata_path = path.with_name(f"{path.name}.json")
    metadata = target.picture.metadata(with_secrets=with_secrets)
    if os.path.lexists(metadata_path) and not (with_secrets and _lacks_secrets(metadata_path, metadata)):
        return
    part = own_part(metadata_path)
    try:
        with open(
            part, "x", encoding="utf-8", errors="replace", opener=_private_opener if with_secrets else None
        ) as file:
            file.write(f"{json.dumps(metadata, ensure_ascii=False, indent=2)}\n")
        part.replace(metadata_path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise FileError(f"cannot write {str(metadata_path)!r}: {error.strerror}") from error


def _private_opener(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _lacks_secrets(metadata_path: Path, metadata: dict[str, Any]) -> bool:
    """Return whether a file of an earlier run lacks one of these delete hashes, or can be read by others."""
    secrets = [fields["deletehash"] for fields in (metadata, metadata.get("album") or {}) if fields.get("deletehash")]
    try:
        text = metadata_path.read_text("utf-8", errors="replace")
        open_to_others = os.name == "posix" and bool(secrets) and bool(metadata_path.stat().st_mode & 0o077)
    except OSError:
        return True
    return open_to_others or not all(secret in text for secret in secrets)


def is_fatal_disk_error(error: object) -> TypeGuard[FileError]:
    """Return whether the next picture would fail as well: the disk is full, or cannot be written to."""
    cause = error.__cause__ if isinstance(error, FileError) else None
    return isinstance(cause, OSError) and cause.errno in {errno.ENOSPC, errno.EDQUOT, errno.EROFS}
