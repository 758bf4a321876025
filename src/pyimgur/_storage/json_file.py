"""A document of the user's own: one JSON file that only its owner can read, written whole or not at all.

Whoever changes it holds it first, so that of two programs at once neither undoes what the other did.
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
    """A file of the user's cannot be written: it is read-only, or the disk is full."""


_HELD = 30.0
"""Seconds to wait for another program that holds it."""


def config_dir() -> Path:
    """The user's configuration folder."""
    from platformdirs import user_config_path

    return user_config_path("pyimgur")


class Lock:
    """Held by one thread of one program at a time; may be nested."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._held = threading.local()

    @contextlib.contextmanager
    def hold(self) -> Generator[None]:
        """Within this block, no other program or thread holds it.

        Raises:
            ImgurError: another one held it for half a minute, or it cannot be written.
        """
        from filelock import FileLock, Timeout

        if getattr(self._held, "by_me", False):
            yield
            return
        with _writing(self.path):
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            try:
                lock = FileLock(self.path, timeout=_HELD, mode=0o600).acquire()
            except Timeout:
                raise ImgurError(f"another program holds {self.path} for over {_HELD:g} s: is it stuck?") from None
        try:
            self._held.by_me = True
            yield
        finally:
            self._held.by_me = False
            lock.lock.release()


class JSONFile(Lock):
    """One file, and the lock beside it."""

    def __init__(self, file: Path) -> None:
        super().__init__(Path(f"{file}.lock"))
        self.file = file

    @clears_locals
    def read(self) -> dict[str, Any]:
        """What is in it; nothing if there is none.

        Raises:
            ImgurError: it cannot be read, or somebody else has written it.
        """
        try:
            _check_regular(self.file)
            with self.file.open(encoding="utf-8") as file:
                document = parsed(file.read())
                _make_private(file.fileno())
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, RecursionError) as error:
            raise ImgurError(f"cannot read {self.file}: {error}; mend it, or move it away to start anew") from error
        return document

    def check(self) -> None:
        """Make sure that it can be written; only who holds the file may.

        Raises:
            ImgurError: it cannot.
        """
        with _writing(self.file):
            part = self._free_part()
            os.close(_for_its_owner(str(part), os.O_WRONLY | os.O_CREAT | os.O_EXCL))
            part.unlink()

    @clears_locals
    def write(self, document: dict[str, Any]) -> None:
        """Put this in its place; only who holds the file may.

        Raises:
            ImgurError: it cannot be written, and is what it was.
        """
        with _writing(self.file):
            part = self._free_part()
            try:
                self._replace(part, document)
            except BaseException:
                part.unlink(missing_ok=True)
                raise

    def _replace(self, part: Path, document: dict[str, Any]) -> None:
        with open(part, "x", encoding="utf-8", opener=_for_its_owner) as file:
            json.dump(document, file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        part.replace(self.file)

    def _free_part(self) -> Path:
        part = Path(f"{self.file}.part")
        part.unlink(missing_ok=True)  # whoever made it was killed
        return part


@contextlib.contextmanager
def _writing(file: Path) -> Generator[None]:
    """Within this block, what the system refuses is an error of ours, and what is no path at all too."""
    try:
        yield
    except (OSError, ValueError) as error:
        raise UnwritableError(f"cannot write {file}: {error}; mend that, or choose another file") from error


def _check_regular(file: Path) -> None:
    """Only a file is read: a pipe would wait for whoever writes into it."""
    if not stat.S_ISREG(file.stat().st_mode):
        raise ValueError("it is no regular file")


def _make_private(handle: int) -> None:
    """Take a file away from all but its owner: one that was copied, or put back from a backup, may be open to all.

    Only what has been read as ours: a link may lead to a file of the system's.
    """
    if os.name == "posix" and os.fstat(handle).st_mode & 0o077:
        with contextlib.suppress(OSError):  # it is somebody else's, or on a disk that is read-only
            os.fchmod(handle, 0o600)


def _for_its_owner(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def parsed(text: str) -> dict[str, Any]:
    """A document of this text.

    Raises:
        ValueError, RecursionError: it is none.
    """
    document: object = json.loads(text)
    if isinstance(document, dict):
        return cast("dict[str, Any]", document)
    raise ValueError("it holds no JSON object")


def entries(found: object, kind: type[T]) -> list[T]:
    """What a list in a document holds of one kind; what is not as we write it is passed over."""
    import msgspec

    good: list[T] = []
    for entry in _listed(found):
        with contextlib.suppress(msgspec.ValidationError):
            good.append(msgspec.convert(entry, kind))
    return good


def unknown_entries(found: object, **whose: str) -> list[object]:
    """What a list in a document holds save the entries that say this, as it was written: a newer version may have."""
    return [entry for entry in _listed(found) if not (isinstance(entry, dict) and whose.items() <= entry.items())]


def _listed(found: object) -> list[object]:
    return cast("list[object]", found) if isinstance(found, list) else []
