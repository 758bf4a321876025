"""Sources of an upload: a path, bytes, or a binary file object; a file is never in memory as a whole.

A `Source` is checked before anything is sent (it exists, is not empty, not over Imgur's limits) and read from its
start, in chunks, each time it is sent.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import io
import os
import stat
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePath
from typing import IO, Any, TypeAlias

from .._core.source import Progress, Source, first_chunk
from ..exceptions import ArgumentError, EmptyFileError, FileError, FileTooLargeError, MissingFileError

CHUNK_SIZE = 128 * 1024
MEGABYTE = 1_000_000
MAX_STILL = 20 * MEGABYTE
"""Largest still image that Imgur accepts, in bytes (by its site's help; the API's documentation says half of that)."""
MAX_ANIMATED = 200 * MEGABYTE
"""Largest animation or video that Imgur accepts, in bytes."""
_STILL_STARTS = (b"\xff\xd8\xff", b"BM", b"II*\x00", b"MM\x00*")

_PROMPT = frozenset({io.FileIO, io.BytesIO})
"""Files that are read at once; any other object may have to wait, such as for another server."""

Uploadable: TypeAlias = "str | os.PathLike[str] | bytes | IO[bytes]"


@dataclass(frozen=True, slots=True)
class Upload:
    """One file for `upload_images`, with arguments of `upload_image`."""

    path: Uploadable | None = None
    url: str | None = None
    title: str | None = None
    description: str | None = None
    name: str | None = None
    progress: Progress | None = None


@dataclass(frozen=True)
class FileSource:
    """A file on the disk, with the size that it had when it was checked."""

    path: Path
    size: int | None

    @property
    def name(self) -> str:
        return self.path.name

    @property
    def repeatable(self) -> bool:
        return True

    @property
    def may_block(self) -> bool:
        return False

    def chunks(self) -> Iterator[bytes]:
        with _open(self.path) as file:
            while chunk := self._read(file):
                yield chunk

    def _read(self, file: IO[bytes]) -> bytes:
        with _translate_errors(str(self.path)):
            return file.read(CHUNK_SIZE)


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

    @property
    def may_block(self) -> bool:
        return False

    def chunks(self) -> Iterator[bytes]:
        view = memoryview(self.data)
        for start in range(0, len(view), CHUNK_SIZE):
            yield bytes(view[start : start + CHUNK_SIZE])


class StreamSource:
    """An open binary file, from its current position; it can be sent again only if it can seek.

    Raises:
        FileError: it is closed, or cannot be read.
    """

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.name = PurePath(str(getattr(file, "name", "") or "upload")).name
        with _translate_errors(self.name):
            self._start = _position(file)
            self.size: int | None = _remaining_size(file, self._start)

    @property
    def repeatable(self) -> bool:
        return self._start is not None

    @property
    def may_block(self) -> bool:
        return self._start is None or type(getattr(self._file, "raw", self._file)) not in _PROMPT

    def chunks(self) -> Iterator[bytes]:
        with _translate_errors(self.name):
            if self._start is not None:
                self._file.seek(self._start)
        while chunk := self._read():
            yield chunk

    def _read(self) -> bytes:
        with _translate_errors(self.name):
            chunk: Any = self._file.read(CHUNK_SIZE)
        if chunk is None or isinstance(chunk, str):
            problem = "has no data yet, and does not wait" if chunk is None else "gives text: open it with mode 'rb'"
            raise FileError(f"{self.name!r} {problem}")
        return chunk


def _position(file: IO[bytes]) -> int | None:
    with contextlib.suppress(OSError, AttributeError):
        return file.tell() if file.seekable() else None
    return None


def _remaining_size(file: IO[bytes], start: int | None) -> int | None:
    if start is None:
        return None
    end = file.seek(0, io.SEEK_END)
    file.seek(start)
    return end - start


def open_source(file: Uploadable) -> Source:
    """Return the source of an upload, after checking that it exists, can be read, and is within Imgur's limits.

    Raises:
        MissingFileError, FileError, EmptyFileError, FileTooLargeError: nothing was sent.
        TypeError: a file opened in text mode, or an object without bytes.
    """
    source = _source(file)
    if source.size == 0:
        raise EmptyFileError(f"{source.name!r} is empty: there is nothing to upload")
    size = source.size or 0
    if size > MAX_STILL and size > (limit := size_limit(source)):  # a smaller file needs no look at its type
        megabytes, max_megabytes = size / MEGABYTE, limit / MEGABYTE
        raise FileTooLargeError(
            f"{source.name!r} has {megabytes:,.1f} MB, and Imgur takes at most {max_megabytes:,.0f} MB of it"
        )
    return source


def decode_base64(text: str | bytes) -> bytes:
    """Decode base64, or a data URI with base64; given as text, or as the bytes that `base64.b64encode` returns.

    Raises:
        ArgumentError: it is not base64.
    """
    text = text.decode("ascii", "replace") if isinstance(text, bytes) else text
    encoded = text.partition(",")[2] if text.startswith("data:") else text
    try:
        return base64.b64decode("".join(encoded.split()), validate=True)
    except ValueError as error:
        raise ArgumentError(f"this is not base64: {error}") from None


def _source(file: Uploadable) -> Source:
    if isinstance(file, (bytes, bytearray, memoryview)):
        return BytesSource(bytes(file))
    if isinstance(file, str) and file.lower().startswith(("http://", "https://")):
        raise MissingFileError(f"{file!r} is a URL, not a file: pass it as url=")
    if isinstance(file, (str, os.PathLike)):
        path = Path(file)
        with _open(path) as opened:
            return FileSource(path, os.fstat(opened.fileno()).st_size)
    check_uploadable(file)
    return StreamSource(file)


def check_uploadable(file: object) -> None:
    """Check that an object is of a type that can be uploaded.

    Raises:
        TypeError: it is not.
    """
    is_bytes_or_path = isinstance(file, (bytes, bytearray, memoryview, str, os.PathLike))
    if isinstance(file, io.TextIOBase) or not (is_bytes_or_path or hasattr(file, "read")):
        kind = file.__class__.__name__
        raise TypeError(f"cannot upload a {kind}: give a path, bytes, or a file opened with mode 'rb'")


def _open(path: Path) -> IO[bytes]:
    """Open a file; anything but a regular file is rejected first, as opening a pipe would block."""
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            raise FileError(f"{str(path)!r} is a folder: give the files in it")
        if not stat.S_ISREG(mode):
            raise FileError(f"{str(path)!r} is not a file: open it yourself, and pass the open file")
        return path.open("rb", buffering=0)
    except FileNotFoundError:
        home = ": expand ~ with Path.expanduser" if str(path).startswith("~") else ""
        raise MissingFileError(f"there is no file {str(path)!r}{home}") from None
    except (OSError, ValueError) as error:
        raise _read_error(str(path), error) from error


@contextlib.contextmanager
def _translate_errors(name: str) -> Generator[None]:
    """Within this block, raise errors of the disk or the open file as `FileError`."""
    try:
        yield
    except (OSError, ValueError) as error:
        raise _read_error(name, error) from error


def _read_error(name: str, error: OSError | ValueError) -> FileError:
    return FileError(f"cannot read {name!r}: {getattr(error, 'strerror', None) or error}")


def size_limit(source: Source) -> int:
    """Return the most bytes that Imgur accepts of this source: fewer if it begins like a still image."""
    return MAX_STILL if first_chunk(source).startswith(_STILL_STARTS) else MAX_ANIMATED


def digest(file: Source) -> str:
    """Return the file's SHA-256 in hexadecimal."""
    sha256 = hashlib.sha256()
    for chunk in file.chunks():
        sha256.update(chunk)
    return sha256.hexdigest()
