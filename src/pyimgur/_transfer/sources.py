"""What can be uploaded: a path, bytes, or a binary file object; nothing is ever held whole.

A `Source` is looked at before anything is sent (there, not empty, not over Imgur's limits) and read
anew, in steps, each time it is sent.
"""

from __future__ import annotations

import base64
import contextlib
import io
import os
import stat
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePath
from typing import IO, Any, TypeAlias

from .._core.source import Progress, Source, first_chunk
from ..exceptions import ArgumentError, EmptyFileError, FileError, FileTooLargeError, MissingFileError

STEP = 128 * 1024
MEGABYTE = 1_000_000
LARGEST_STILL = 20 * MEGABYTE
"""Bytes of a still picture Imgur takes (its site help; the API pages say half of that)."""
LARGEST = 200 * MEGABYTE
"""Bytes of an animation or video Imgur takes."""
_STILL_STARTS = (b"\xff\xd8\xff", b"BM", b"II*\x00", b"MM\x00*")

Uploadable: TypeAlias = "str | os.PathLike[str] | bytes | IO[bytes]"


@dataclass(frozen=True, slots=True)
class Upload:
    """One of many to upload: arguments of `upload_image`."""

    path: Uploadable | None = None
    url: str | None = None
    title: str | None = None
    description: str | None = None
    name: str | None = None
    progress: Progress | None = None


@dataclass(frozen=True)
class FileSource:
    """A file on the disk, of the size it had when it was looked at."""

    path: Path
    size: int | None

    @property
    def name(self) -> str:
        return self.path.name

    @property
    def repeatable(self) -> bool:
        return True

    def chunks(self) -> Iterator[bytes]:
        with _opened(self.path) as file:
            while chunk := self._read(file):
                yield chunk

    def _read(self, file: IO[bytes]) -> bytes:
        with _translate_errors(str(self.path)):
            return file.read(STEP)


@dataclass(frozen=True)
class BytesSource:
    """Bytes in memory."""

    data: bytes = field(repr=False)
    name: str = "upload"

    @property
    def size(self) -> int | None:
        return len(self.data)

    @property
    def repeatable(self) -> bool:
        return True

    def chunks(self) -> Iterator[bytes]:
        view = memoryview(self.data)
        for start in range(0, len(view), STEP):
            yield bytes(view[start : start + STEP])


class StreamSource:
    """An open binary file, from where it stands; it can be sent again only if it can go back there.

    Raises:
        FileError: it is closed, or cannot be read.
    """

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.name = PurePath(str(getattr(file, "name", "") or "upload")).name
        with _translate_errors(self.name):
            self._start = _position(file)
            self.size: int | None = _left(file, self._start)

    @property
    def repeatable(self) -> bool:
        return self._start is not None

    def chunks(self) -> Iterator[bytes]:
        with _translate_errors(self.name):
            if self._start is not None:
                self._file.seek(self._start)
        while chunk := self._read():
            yield chunk

    def _read(self) -> bytes:
        with _translate_errors(self.name):
            chunk: Any = self._file.read(STEP)
        if chunk is None or isinstance(chunk, str):
            what = (
                "has nothing to read yet, and does not wait" if chunk is None else "gives text: open it with mode 'rb'"
            )
            raise FileError(f"{self.name!r} {what}")
        return chunk


def _position(file: IO[bytes]) -> int | None:
    with contextlib.suppress(OSError, AttributeError):
        return file.tell() if file.seekable() else None
    return None


def _left(file: IO[bytes], start: int | None) -> int | None:
    if start is None:
        return None
    end = file.seek(0, io.SEEK_END)
    file.seek(start)
    return end - start


def open_source(what: Uploadable) -> Source:
    """What to upload, looked at: there, readable, not empty, within Imgur's limits.

    Raises:
        MissingFileError, FileError, EmptyFileError, FileTooLargeError: nothing was sent.
        TypeError: a file opened in text mode, or something else that holds no bytes.
    """
    found = _source(what)
    if found.size == 0:
        raise EmptyFileError(f"{found.name!r} is empty: there is nothing to upload")
    size = found.size or 0
    if size > LARGEST_STILL and size > (limit := size_limit(found)):  # what is small is not looked into
        has, most = size / MEGABYTE, limit / MEGABYTE
        raise FileTooLargeError(f"{found.name!r} has {has:,.1f} MB, and Imgur takes at most {most:,.0f} MB of it")
    return found


def decode_base64(text: str | bytes) -> bytes:
    """What base64 text, or a whole data URI, stands for; as the bytes, too, that base64.b64encode gives.

    Raises:
        ArgumentError: it is no base64.
    """
    text = text.decode("ascii", "replace") if isinstance(text, bytes) else text
    found = text.partition(",")[2] if text.startswith("data:") else text
    try:
        return base64.b64decode("".join(found.split()), validate=True)
    except ValueError as error:
        raise ArgumentError(f"this is not base64: {error}") from None


def _source(what: Uploadable) -> Source:
    if isinstance(what, (bytes, bytearray, memoryview)):
        return BytesSource(bytes(what))
    if isinstance(what, str) and what.lower().startswith(("http://", "https://")):
        raise MissingFileError(f"{what!r} is a URL, not a file: pass it as url=")
    if isinstance(what, (str, os.PathLike)):
        path = Path(what)
        with _opened(path) as file:
            return FileSource(path, os.fstat(file.fileno()).st_size)
    check_uploadable(what)
    return StreamSource(what)


def check_uploadable(what: object) -> None:
    """Refuse what can never be uploaded, before anything is.

    Raises:
        TypeError: it holds no bytes.
    """
    held = isinstance(what, (bytes, bytearray, memoryview, str, os.PathLike))
    if isinstance(what, io.TextIOBase) or not (held or hasattr(what, "read")):
        kind = what.__class__.__name__
        raise TypeError(f"cannot upload a {kind}: give a path, bytes, or a file opened with mode 'rb'")


def _opened(path: Path) -> IO[bytes]:
    """The file at `path`, open; anything that is no file is refused before it is opened, as a pipe would wait."""
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            raise FileError(f"{str(path)!r} is a folder: give the files in it")
        if not stat.S_ISREG(mode):
            raise FileError(f"{str(path)!r} is not a file: open it yourself, and pass the open file")
        return path.open("rb", buffering=0)
    except FileNotFoundError:
        home = ": Path.expanduser knows what ~ stands for" if str(path).startswith("~") else ""
        raise MissingFileError(f"there is no file {str(path)!r}{home}") from None
    except (OSError, ValueError) as error:
        raise _unread(str(path), error) from error


@contextlib.contextmanager
def _translate_errors(name: str) -> Generator[None]:
    """Within this block, what the disk or an open file refuses is a `FileError`."""
    try:
        yield
    except (OSError, ValueError) as error:
        raise _unread(name, error) from error


def _unread(name: str, error: OSError | ValueError) -> FileError:
    return FileError(f"cannot read {name!r}: {getattr(error, 'strerror', None) or error}")


def size_limit(found: Source) -> int:
    """The bytes Imgur takes of this: less for what begins like a still picture."""
    return LARGEST_STILL if first_chunk(found).startswith(_STILL_STARTS) else LARGEST
