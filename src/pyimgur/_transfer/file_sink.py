"""Write a download to the disk: atomically, resumably, and over another file only if that is allowed.

The bytes go to a hidden file beside the target, one per download, which is renamed to the target when it is complete.
A large file whose download failed stays, with the picture's ETag at its end, and the next download of the same picture
to the same path resumes it (Range, If-Range).
"""

from __future__ import annotations

import contextlib
import os
import re
import secrets
from collections.abc import Generator, Mapping
from pathlib import Path
from stat import S_ISDIR
from typing import IO

from .._core.decode import to_int
from .._core.source import Progress
from ..exceptions import FileError, FileOverwriteError, MissingFileError, NoAnswerError
from .filename_template import truncate_utf8

MIN_RESUMABLE = 1_000_000
"""Bytes from which on a partial file is kept, to be resumed."""
CHUNK_SIZE = 128 * 1024
"""Bytes that are written at once: TLS delivers 16 KiB at most, and each write makes threads wait for each other."""
_RANGE = re.compile(r"bytes (\d{1,18})-\d+/(\d{1,18})")
_MAX_ETAG = 60
_OPEN_FLAGS = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)


class FileSink:
    """Writes a download to `target`, by way of a partial file.

    Raises:
        FileOverwriteError: the target exists, and `overwrite` is not set.
        FileError: the target is a folder, or cannot be written.
    """

    def __init__(self, target: Path, *, overwrite: bool, progress: Progress | None = None) -> None:
        with _translate_errors(f"cannot write {str(target)!r}"):
            _check_target(target, overwrite=overwrite)
            self._own = own_part(target)
            self._etag = _take_over_partial(target, self._own)
            self._part = self._own if self._etag else None
            self.size = self._own.stat().st_size if self._etag else 0
        self.target = target
        self._overwrite = overwrite
        self._progress = progress
        self._file: IO[bytes] | None = None
        self._expected: int | None = None

    def headers(self) -> dict[str, str]:
        """Return the headers that request the rest of a partial file; none without one."""
        if not self.size or not _is_strong_etag(self._etag):
            return {}
        return {"Range": f"bytes={self.size}-", "If-Range": self._etag}

    def accepts(self, status: int, headers: Mapping[str, str]) -> bool:
        """Return whether this response is the picture or the rest of it; then its bytes are written."""
        self.close()
        if status == 416:
            self.discard_partial()
        if not headers.get("content-type", "").startswith(("image/", "video/")):
            return False
        if status == 206 and self._part is not None:
            return self._resume(self._part, headers)
        return status == 200 and self._restart(headers)

    def _resume(self, part: Path, headers: Mapping[str, str]) -> bool:
        """Continue the partial file, unless this is the rest of another version of the picture."""
        rest = _RANGE.fullmatch(headers.get("content-range", ""))
        if rest is None or int(rest[1]) != self.size or headers.get("etag") != self._etag:
            self.discard_partial()
            return False
        self._expected = int(rest[2])
        self._file = self._open(part, os.O_WRONLY)
        self._file.seek(self.size)
        return True

    def _restart(self, headers: Mapping[str, str]) -> bool:
        """Begin a new partial file, for the version of the picture with this ETag."""
        self.discard_partial()
        self._expected = None if "content-encoding" in headers else to_int(headers.get("content-length"))
        self._etag = headers.get("etag", "")
        self._part = self._own
        self._file = self._open(self._part, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
        return True

    def _open(self, path: Path, flags: int) -> IO[bytes]:
        with _translate_errors(f"cannot write into {str(self.target.parent)!r}"):
            return os.fdopen(os.open(path, flags | _OPEN_FLAGS, 0o666), "wb", CHUNK_SIZE)

    def write(self, chunk: bytes) -> None:
        """Write bytes of the picture.

        Raises:
            FileError: they cannot be written.
        """
        assert self._file is not None
        try:
            self._file.write(chunk)
        except OSError as error:
            raise _file_error(f"cannot write {str(self.target)!r}", error) from error
        self.size += len(chunk)
        if self._progress is not None:
            self._progress(self.size, self._expected)

    @property
    def taking(self) -> bool:
        """Whether the last response was accepted, so that its bytes were written here."""
        return self._file is not None

    def close(self) -> None:
        """Close the partial file.

        Raises:
            FileError: the last bytes cannot be written.
        """
        file, self._file = self._file, None
        if file is not None:
            with _translate_errors(f"cannot write {str(self.target)!r}"):
                file.close()

    def discard_partial(self) -> None:
        """Remove the partial file."""
        with contextlib.suppress(FileError):
            self.close()
        part, self._part, self.size = self._part, None, 0
        if part is not None:
            with contextlib.suppress(OSError):
                part.unlink()

    def abort(self) -> None:
        """Keep a partial file that can be resumed, and remove any other; does nothing after `finish`."""
        with contextlib.suppress(FileError):
            self.close()
        if self._part is not None and self.size >= MIN_RESUMABLE and _is_strong_etag(self._etag):
            with contextlib.suppress(OSError):
                with self._part.open("ab", buffering=0) as file:
                    file.write(self._etag.encode().ljust(_MAX_ETAG))
                self._part.replace(_resumable_part(self.target))
                self._part = None
        self.discard_partial()

    def finish(self) -> Path:
        """Rename the complete file to the target, and return that.

        Raises:
            NoAnswerError: the response was shorter than announced.
            FileOverwriteError: the target was created in the meantime.
        """
        self.close()
        assert self._part is not None
        if self._expected is not None and self.size != self._expected:
            raise NoAnswerError(
                f"only {self.size:,} of {self._expected:,} bytes were received", request=f"GET {self.target.name}"
            )
        with _translate_errors(f"cannot write {str(self.target)!r}"):
            if self._overwrite:
                self._part.replace(self.target)
            else:
                _rename_new(self._part, self.target)
        self._part = None
        return self.target


@contextlib.contextmanager
def _translate_errors(message: str) -> Generator[None]:
    """Within this block, raise errors of the disk as `FileError` with this beginning."""
    try:
        yield
    except FileError:
        raise
    except (OSError, ValueError) as error:
        raise _file_error(message, error) from error


def _file_error(message: str, error: OSError | ValueError) -> FileError:
    error_class = MissingFileError if isinstance(error, FileNotFoundError) else FileError
    return error_class(f"{message}: {getattr(error, 'strerror', None) or error}")


def _check_target(target: Path, *, overwrite: bool) -> None:
    """Check that the target is no folder, and does not exist unless it may be overwritten."""
    try:
        mode = target.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        return
    if S_ISDIR(mode):
        raise FileError(f"{str(target)!r} is a folder: pass another name")
    if not overwrite:
        raise _exists(target)


def _rename_new(part: Path, target: Path) -> None:
    """Rename a file to a target that must not exist."""
    try:
        os.link(part, target)
    except FileExistsError:
        part.unlink(missing_ok=True)
        raise _exists(target) from None
    except OSError:  # a file system without hard links
        if target.exists():
            raise _exists(target) from None
        part.replace(target)
    else:
        part.unlink()


def _exists(target: Path) -> FileOverwriteError:
    return FileOverwriteError(f"{str(target)!r} exists: pass overwrite=True, or another name")


# ---- names


def own_part(target: Path) -> Path:
    """Return a new path beside the target for the partial file of one download."""
    return target.with_name(f"{_prefix(target)}{secrets.token_hex(8)}~.part")


def _resumable_part(target: Path) -> Path:
    """Return the path of a partial file that the next download resumes; it ends with the picture's ETag."""
    return target.with_name(f"{_prefix(target)}part")


def _is_strong_etag(etag: str) -> bool:
    """Return whether this ETag identifies the exact bytes of a picture, and can be stored."""
    return etag.startswith('"') and etag.isascii() and etag.isprintable() and len(etag) <= _MAX_ETAG


def _prefix(target: Path) -> str:
    return f".{truncate_utf8(target.name, 100)}."


def _take_over_partial(target: Path, part: Path) -> str:
    """Rename the partial file of an earlier download to `part` and return its ETag; empty if there is none."""
    try:
        _resumable_part(target).rename(part)  # by its known name, as a folder may have a million files
    except OSError:
        return ""
    try:
        return _strip_etag(part)
    except (OSError, ValueError):
        with contextlib.suppress(OSError):
            part.unlink()
        return ""


def _strip_etag(part: Path) -> str:
    """Remove the ETag from the end of a partial file, and return it.

    Raises:
        OSError, ValueError: it does not end with an ETag.
    """
    descriptor = os.open(part, os.O_RDWR | _OPEN_FLAGS)
    with os.fdopen(descriptor, "r+b", buffering=0) as file:
        size = file.seek(-_MAX_ETAG, os.SEEK_END)
        etag = file.read(_MAX_ETAG).decode("ascii").rstrip()
        file.truncate(size)
    if not _is_strong_etag(etag):
        raise ValueError("not a partial file of a download")
    return etag


def make_folder(folder: Path) -> Path:
    """Create a folder if it does not exist, and return it.

    Raises:
        FileError: it cannot be created.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FileError(f"cannot create the folder {str(folder)!r}: {error.strerror}") from error
    return folder
