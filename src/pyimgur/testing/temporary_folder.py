"""Temporary folders that do not outlive a killed process for long: the next process that needs one removes them.

Each folder is locked by the process that uses it, and the kernel releases the lock however the process ends. A folder
gets its final name only when it is locked, so that no other process takes it for one that is left. Systems without
`flock` (Windows) have no such lock: there, the folders of killed processes stay.
"""

from __future__ import annotations

import functools
import os
import shutil
import tempfile
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path

try:
    import fcntl
except ImportError:
    fcntl = None  # pyright: ignore[reportAssignmentType]

PREFIX = "pyimgur-kit-"
_UNLOCKED_PREFIX = "pyimgur-new-"


@contextmanager
def temporary_folder() -> Generator[Path]:
    """Yield a new private folder, which is removed at the end of the block."""
    remove_abandoned(tempfile.gettempdir())
    folder = Path(tempfile.mkdtemp(prefix=_UNLOCKED_PREFIX))
    owner, lock = os.getpid(), _lock(folder)
    folder = folder.rename(folder.with_name(PREFIX + folder.name.removeprefix(_UNLOCKED_PREFIX)))
    try:
        yield folder
    finally:
        if os.getpid() == owner:  # a forked process ends, too
            shutil.rmtree(folder, ignore_errors=True)
        if lock is not None:
            os.close(lock)


@functools.cache
def remove_abandoned(parent: str) -> None:
    """Remove this user's folders that no process uses; once in a process, for each folder that they are in."""
    if fcntl is None:
        return
    with suppress(OSError):
        for folder in Path(parent).glob(f"{PREFIX}*"):
            _remove_if_abandoned(folder)


def _remove_if_abandoned(folder: Path) -> None:
    with suppress(OSError):
        if folder.lstat().st_uid != os.getuid():
            return
    if (lock := _lock(folder)) is not None:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)


def _lock(folder: Path) -> int | None:
    """Return a descriptor that holds the lock of a folder; None if it cannot be locked, or another process holds it."""
    if fcntl is None:
        return None
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(descriptor)
        else:
            return descriptor
    return None
