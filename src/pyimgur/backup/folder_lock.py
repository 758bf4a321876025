"""Lock the folder of a backup for one run; the kernel releases the lock however the process ends."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from .errors import BackupError
from .layout import INCOMING, LOCK, MANIFEST

_OWN = frozenset({LOCK, INCOMING, f"{MANIFEST}-journal"})
_RESUMABLE = ".new.part"
"""The end of the names of partial downloads that the next run resumes."""


@contextmanager
def locked(folder: Path) -> Generator[None]:
    """Hold the lock of a folder within this block; the folder is created if it does not exist.

    Raises:
        BackupError: another run has it, or the folder cannot be written to, or has other things in it.
    """
    try:
        _check_ours(folder)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = FileLock(folder / LOCK, mode=0o600, thread_local=False)
        lock.acquire(timeout=0)
    except Timeout:
        raise BackupError(f"another run works on {str(folder)!r}: wait until it ends") from None
    except OSError as error:
        raise _unwritable(folder, error) from error
    try:
        _clear_incoming(folder / INCOMING)
        yield
    finally:
        lock.release()


def _check_ours(folder: Path) -> None:
    if folder.exists() and not (folder / MANIFEST).exists():
        for path in folder.iterdir():
            if path.name not in _OWN:
                raise BackupError(f"{str(folder)!r} is no backup and not empty: choose another folder")


def _clear_incoming(incoming: Path) -> None:
    """Create the folder of transfers in progress; remove what a killed run has left, except what can be resumed."""
    if incoming.is_symlink():
        raise BackupError(f"{str(incoming)!r} is a symbolic link, which may lead out of the backup: remove it")
    try:
        incoming.mkdir(exist_ok=True)
        for path in incoming.iterdir():
            if path.is_file() and not path.name.endswith(_RESUMABLE):
                path.unlink()
    except OSError as error:
        raise _unwritable(incoming, error) from error


def _unwritable(folder: Path, error: OSError) -> BackupError:
    return BackupError(f"cannot write into {str(folder)!r}: {error.strerror or error}")
