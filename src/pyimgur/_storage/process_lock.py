"""Tell which processes are alive: each holds a lock file that the kernel unlocks, however the process ends.

The caller of `acquire` and `is_alive` holds the ledger's own lock, so that no other process removes a lock file between
its creation and its locking.
"""

from __future__ import annotations

import glob
import weakref
from contextlib import suppress
from pathlib import Path

from filelock import FileLock, Timeout


class ProcessLock:
    """The lock file, beside `path`, of one run of a program; its name must be unique."""

    def __init__(self, path: Path, name: str) -> None:
        self._path = path
        self._name = name
        self._lock: FileLock | None = None
        self._finalizer: weakref.finalize[[FileLock], ProcessLock] | None = None

    def acquire(self) -> None:
        """Lock this run's file; the files of processes that were killed are removed."""
        if self._lock is None:
            self.others_alive()
            self._lock = _locked(self._lock_path(self._name))
            self._finalizer = weakref.finalize(self, _release, self._lock)

    def others_alive(self) -> bool:
        """Return whether any other run is alive; the files of processes that were killed are removed."""
        paths = self._path.parent.glob(f"{glob.escape(self._path.name)}-*.lock")
        alive = [path for path in paths if not _remove_if_free(path)]
        return bool(alive)

    def is_alive(self, name: str) -> bool:
        """Return whether the run of this name is alive; if not, its lock file is removed."""
        lock_path = self._lock_path(name)
        return lock_path.exists() and not _remove_if_free(lock_path)

    def release(self) -> None:
        """Unlock and remove the file."""
        if self._lock is not None:
            _release(self._lock)
            self._lock = None

    def detach(self) -> None:
        """Leave the file alone, in a forked process: it belongs to the parent."""
        if self._finalizer is not None:
            self._finalizer.detach()

    def _lock_path(self, name: str) -> Path:
        return self._path.with_name(f"{self._path.name}-{name}.lock")


def _locked(lock_path: Path) -> FileLock:
    lock = FileLock(lock_path, mode=0o600, thread_local=False)
    lock.acquire(timeout=0)
    return lock


def _remove_if_free(lock_path: Path) -> bool:
    """Remove a lock file that no process holds; return whether it was removed."""
    try:
        _release(_locked(lock_path))
    except Timeout:
        return False
    return True


def _release(lock: FileLock) -> None:
    with suppress(OSError):  # a system that removes no open file keeps it, unlocked
        Path(lock.lock_file).unlink(missing_ok=True)
    lock.release()
