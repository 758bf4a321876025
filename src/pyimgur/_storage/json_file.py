"""A private JSON file of the user: only its owner can read it, and it is written atomically.

A program locks the file before it changes it, so that two programs do not undo each other's changes.
"""

from __future__ import annotations

import contextlib
import json
import os
import stat
import threading
from collections.abc import Generator
from pathlib import Path
from typing import Any, TypeVar, cast

from .._traceback_locals import clears_locals
from ..exceptions import ImgurError

T = TypeVar("T")


class UnwritableError(ImgurError):
    """A private file cannot be written: it is read-only, or the disk is full."""


_LOCK_TIMEOUT = 30.0
"""Seconds to wait for another program that holds the lock."""


def config_dir() -> Path:
    """Return the user's configuration folder for this package."""
    from platformdirs import user_config_path

    return user_config_path("pyimgur")


class Lock:
    """A reentrant lock across threads and processes, by a lock file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._held = threading.local()

    @contextlib.contextmanager
    def hold(self) -> Generator[None]:
        """Hold the lock within this block; may be nested.

        Raises:
            ImgurError: another program or thread held it for half a minute.
            UnwritableError: the lock file cannot be written.
        """
        from filelock import FileLock, Timeout

        if getattr(self._held, "by_me", False):
            yield
            return
        with _writing(self.path):
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            try:
                lock = FileLock(self.path, timeout=_LOCK_TIMEOUT, mode=0o600).acquire()
            except Timeout:
                raise ImgurError(
                    f"another program has held {self.path} for over {_LOCK_TIMEOUT:g} s: is it stuck?"
                ) from None
        try:
            self._held.by_me = True
            yield
        finally:
            self._held.by_me = False
            lock.lock.release()


class JSONFile(Lock):
    """A JSON file, with its lock file beside it."""

    def __init__(self, file: Path) -> None:
        super().__init__(Path(f"{file}.lock"))
        self.file = file

    @clears_locals
    def read(self) -> dict[str, Any]:
        """Return the document in the file; an empty one if there is no file.

        Raises:
            ImgurError: it cannot be read, or is no JSON object.
        """
        try:
            _check_regular(self.file)
            with self.file.open(encoding="utf-8") as file:
                document = parsed(file.read())
                _make_private(file.fileno())
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, RecursionError) as error:
            raise ImgurError(f"cannot read {self.file}: {error}; repair it, or move it away to start afresh") from error
        return document

    def check(self) -> None:
        """Check that the file can be written; the caller must hold the lock.

        Raises:
            UnwritableError: it cannot.
        """
        with _writing(self.file):
            part = self._free_part()
            os.close(_private_opener(str(part), os.O_WRONLY | os.O_CREAT | os.O_EXCL))
            part.unlink()

    @clears_locals
    def write(self, document: dict[str, Any]) -> None:
        """Replace the file's content; the caller must hold the lock.

        Raises:
            UnwritableError: it cannot be written, and is unchanged.
        """
        with _writing(self.file):
            part = self._free_part()
            try:
                self._replace(part, document)
            except BaseException:
                part.unlink(missing_ok=True)
                raise

    def _replace(self, part: Path, document: dict[str, Any]) -> None:
        with open(part, "x", encoding="utf-8", opener=_private_opener) as file:
            json.dump(document, file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        part.replace(self.file)

    def _free_part(self) -> Path:
        part = Path(f"{self.file}.part")
        part.unlink(missing_ok=True)  # of a program that was killed
        return part


@contextlib.contextmanager
def _writing(file: Path) -> Generator[None]:
    """Within this block, raise errors of the system, and those of an invalid path, as `UnwritableError`."""
    try:
        yield
    except (OSError, ValueError) as error:
        raise UnwritableError(f"cannot write {file}: {error}; correct that, or choose another file") from error


def _check_regular(file: Path) -> None:
    """Check that this is a regular file: reading a pipe would block."""
    if not stat.S_ISREG(file.stat().st_mode):
        raise ValueError("it is not a regular file")


def _make_private(handle: int) -> None:
    """Make a file readable by its owner only: one that was copied or restored from a backup may be open to all.

    This is called only for files that were read as ours: a symbolic link may lead to a file of the system.
    """
    if os.name == "posix" and os.fstat(handle).st_mode & 0o077:
        with contextlib.suppress(OSError):  # another user owns it, or the disk is read-only
            os.fchmod(handle, 0o600)


def _private_opener(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def parsed(text: str) -> dict[str, Any]:
    """Parse a JSON object.

    Raises:
        ValueError, RecursionError: it is not JSON, or not an object.
    """
    document: object = json.loads(text)
    if isinstance(document, dict):
        return cast("dict[str, Any]", document)
    raise ValueError("it is not a JSON object")


def entries(value: object, cls: type[T]) -> list[T]:
    """Convert the entries of a list in a document; entries of another format are skipped."""
    import msgspec

    converted: list[T] = []
    for entry in _as_list(value):
        with contextlib.suppress(msgspec.ValidationError):
            converted.append(msgspec.convert(entry, cls))
    return converted


def other_entries(value: object, **fields: str) -> list[object]:
    """Return the entries of a list except those with these values of fields; fields of a newer version are kept."""
    return [entry for entry in _as_list(value) if not (isinstance(entry, dict) and fields.items() <= entry.items())]


def _as_list(value: object) -> list[object]:
    return cast("list[object]", value) if isinstance(value, list) else []
