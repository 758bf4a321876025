"""Write a download to the disk: atomically, resumably, and over another file only if that is allowed.

The bytes go to a hidden file beside the target, one per download, which is renamed to the target when it is complete.
A large file whose download failed stays, with the picture's ETag at its end, and the next download of the same picture
to the same path resumes it (Range, If-Range).
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Generator, Mapping
from pathlib import Path
from stat import S_ISDIR
from typing import IO

from .._core.decode import to_int
from .._core.source import Progress
from ..exceptions import FileError, FileOverwriteError, MissingFileError, NoAnswerError
from .partial_file import OPEN_FLAGS, is_strong_etag, keep_partial, own_part, take_over_partial

MIN_RESUMABLE = 1_000_000
"""Bytes from which on a partial file is kept, to be resumed."""
CHUNK_SIZE = 128 * 1024
"""Bytes that are written at once: TLS delivers 16 KiB at most, and each write makes threads wait for each other."""
_RANGE = re.compile(r"bytes (\d{1,18})-\d+/(\d{1,18})")


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
            self._etag = take_over_partial(target, self._own)
            self._part = self._own if self._etag else None
            self.size: int = self._own.stat().st_size if self._etag else 0
        self.target: Path = target
        self._overwrite = overwrite
        self._progress = progress
        self._file: IO[bytes] | None = None
        self._expected: int | None = None

    def headers(self) -> dict[str, str]:
        """Return the headers that request the rest of a partial file; none without one."""
        if not self.size or not is_strong_etag(self._etag):
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
            return os.fdopen(os.open(path, flags | OPEN_FLAGS, 0o666), "wb", CHUNK_SIZE)

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
        if self._part is not None and self.size >= MIN_RESUMABLE and is_strong_etag(self._etag):
            with contextlib.suppress(OSError):
                keep_partial(self._part, self._etag, self.target)
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
