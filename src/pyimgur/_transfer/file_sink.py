"""How a picture reaches the disk: whole or not at all, and never over another file unless told.

The bytes go to a hidden file of the download's own beside the target, which is moved to its place when
it is complete. A large one that broke off stays, with the picture's ETag at its end, and the next
download of the same picture to the same place takes it over and goes on from there (Range, If-Range).
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

WORTH_KEEPING = 1_000_000
"""Bytes from which on an unfinished download is kept, to be gone on with."""
STEP = 128 * 1024
"""Bytes that are written at once: TLS hands on 16 KiB at most, and at each write threads wait for each other."""
_RANGE = re.compile(r"bytes (\d{1,18})-\d+/(\d{1,18})")
_LONGEST_ETAG = 60
_AS_IT_IS = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)


class FileSink:
    """A download on its way to `target`.

    Raises:
        FileOverwriteError: the target exists, and `overwrite` is not set.
    """

    def __init__(self, target: Path, *, overwrite: bool, progress: Progress | None = None) -> None:
        with _translate_errors(f"cannot write {str(target)!r}"):
            _look(target, overwrite=overwrite)
            self._own = own_part(target)
            self._etag = _taken_over(target, self._own)
            self._part = self._own if self._etag else None
            self.size = self._own.stat().st_size if self._etag else 0
        self.target = target
        self._overwrite = overwrite
        self._progress = progress
        self._file: IO[bytes] | None = None
        self._expected: int | None = None

    def headers(self) -> dict[str, str]:
        """What to ask with: the rest only, where there is a beginning already."""
        if not self.size or not _is_strong_etag(self._etag):
            return {}
        return {"Range": f"bytes={self.size}-", "If-Range": self._etag}

    def accepts(self, status: int, headers: Mapping[str, str]) -> bool:
        """Whether this answer is the picture, or the rest of it; then its bytes come here."""
        self.close()
        if status == 416:
            self.discard_partial()
        if not headers.get("content-type", "").startswith(("image/", "video/")):
            return False
        if status == 206 and self._part is not None:
            return self._resume(self._part, headers)
        return status == 200 and self._restart(headers)

    def _resume(self, part: Path, headers: Mapping[str, str]) -> bool:
        """Take the rest of what is there, unless it is the rest of something else."""
        rest = _RANGE.fullmatch(headers.get("content-range", ""))
        if rest is None or int(rest[1]) != self.size or headers.get("etag") != self._etag:
            self.discard_partial()
            return False
        self._expected = int(rest[2])
        self._file = self._open(part, os.O_WRONLY)
        self._file.seek(self.size)
        return True

    def _restart(self, headers: Mapping[str, str]) -> bool:
        """Start anew, under the name of this version of the picture."""
        self.discard_partial()
        self._expected = None if "content-encoding" in headers else to_int(headers.get("content-length"))
        self._etag = headers.get("etag", "")
        self._part = self._own
        self._file = self._open(self._part, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
        return True

    def _open(self, path: Path, flags: int) -> IO[bytes]:
        with _translate_errors(f"cannot write into {str(self.target.parent)!r}"):
            return os.fdopen(os.open(path, flags | _AS_IT_IS, 0o666), "wb", STEP)

    def write(self, chunk: bytes) -> None:
        """Take more bytes of the picture."""
        assert self._file is not None
        try:
            self._file.write(chunk)
        except OSError as error:
            raise _refused(f"cannot write {str(self.target)!r}", error) from error
        self.size += len(chunk)
        if self._progress is not None:
            self._progress(self.size, self._expected)

    @property
    def taking(self) -> bool:
        """Whether the last answer's bytes came here."""
        return self._file is not None

    def close(self) -> None:
        """Stop writing.

        Raises:
            FileError: the disk does not take the last bytes.
        """
        file, self._file = self._file, None
        if file is not None:
            with _translate_errors(f"cannot write {str(self.target)!r}"):
                file.close()

    def discard_partial(self) -> None:
        """Remove the beginning there is."""
        with contextlib.suppress(FileError):
            self.close()
        part, self._part, self.size = self._part, None, 0
        if part is not None:
            with contextlib.suppress(OSError):
                part.unlink()

    def abort(self) -> None:
        """Leave nothing behind, but for a beginning that is worth going on with."""
        with contextlib.suppress(FileError):
            self.close()
        if self._part is not None and self.size >= WORTH_KEEPING and _is_strong_etag(self._etag):
            with contextlib.suppress(OSError):
                with self._part.open("ab", buffering=0) as file:
                    file.write(self._etag.encode().ljust(_LONGEST_ETAG))
                self._part.replace(_kept_part(self.target))
                self._part = None
        self.discard_partial()

    def finish(self) -> Path:
        """The complete file at its place.

        Raises:
            NoAnswerError: less came than was announced.
            FileOverwriteError: the place was taken meanwhile.
        """
        self.close()
        assert self._part is not None
        if self._expected is not None and self.size != self._expected:
            raise NoAnswerError(
                f"only {self.size:,} of {self._expected:,} bytes came", request=f"GET {self.target.name}"
            )
        with _translate_errors(f"cannot write {str(self.target)!r}"):
            if self._overwrite:
                self._part.replace(self.target)
            else:
                _place(self._part, self.target)
        self._part = None
        return self.target


@contextlib.contextmanager
def _translate_errors(what: str) -> Generator[None]:
    """Within this block, what the disk refuses is a `FileError` that begins like this."""
    try:
        yield
    except FileError:
        raise
    except (OSError, ValueError) as error:
        raise _refused(what, error) from error


def _refused(what: str, error: OSError | ValueError) -> FileError:
    kind = MissingFileError if isinstance(error, FileNotFoundError) else FileError
    return kind(f"{what}: {getattr(error, 'strerror', None) or error}")


def _look(target: Path, *, overwrite: bool) -> None:
    """Refuse a place that is taken; one look at it tells all."""
    try:
        mode = target.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        return
    if S_ISDIR(mode):
        raise FileError(f"{str(target)!r} is a folder: pass another name")
    if not overwrite:
        raise _exists(target)


def _place(part: Path, target: Path) -> None:
    """Give the file its name, unless the name is taken."""
    try:
        os.link(part, target)
    except FileExistsError:
        part.unlink(missing_ok=True)
        raise _exists(target) from None
    except OSError:  # a file system without links
        if target.exists():
            raise _exists(target) from None
        part.replace(target)
    else:
        part.unlink()


def _exists(target: Path) -> FileOverwriteError:
    return FileOverwriteError(f"{str(target)!r} exists: pass overwrite=True, or another name")


# ---- names


def own_part(target: Path) -> Path:
    """Where this download is written, and no other."""
    return target.with_name(f"{_prefix(target)}{secrets.token_hex(8)}~.part")


def _kept_part(target: Path) -> Path:
    """Where a beginning waits to be gone on with; at its end stands the picture's ETag."""
    return target.with_name(f"{_prefix(target)}part")


def _is_strong_etag(etag: str) -> bool:
    """Whether this ETag tells one version of a picture from another."""
    return etag.startswith('"') and etag.isascii() and etag.isprintable() and len(etag) <= _LONGEST_ETAG


def _prefix(target: Path) -> str:
    return f".{truncate_utf8(target.name, 100)}."


def _taken_over(target: Path, part: Path) -> str:
    """The ETag of the beginning that an earlier download left here, which is now `part`; empty if there is none."""
    try:
        _kept_part(target).rename(part)  # asked for by its name: a folder may hold a million files
    except OSError:
        return ""
    try:
        return _cut_off_etag(part)
    except (OSError, ValueError):
        with contextlib.suppress(OSError):
            part.unlink()
        return ""


def _cut_off_etag(part: Path) -> str:
    """The ETag at the end of a beginning, which then ends before it."""
    descriptor = os.open(part, os.O_RDWR | _AS_IT_IS)
    with os.fdopen(descriptor, "r+b", buffering=0) as file:
        size = file.seek(-_LONGEST_ETAG, os.SEEK_END)
        etag = file.read(_LONGEST_ETAG).decode("ascii").rstrip()
        file.truncate(size)
    if not _is_strong_etag(etag):
        raise ValueError("no beginning that was left here")
    return etag


def make_folder(folder: Path) -> Path:
    """The folder, made if it is not there.

    Raises:
        FileError: it cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FileError(f"cannot make the folder {str(folder)!r}: {error.strerror}") from error
    return folder
