"""Which runs of programs still go on: each holds a lock that the kernel frees, however its process ends.

Who asks or begins holds the ledger's own lock, so that nobody takes a file away between its making and its locking.
"""

from __future__ import annotations

import glob
import weakref
from contextlib import suppress
from pathlib import Path

from filelock import FileLock, Timeout


class ProcessLock:
    """One run, with the file beside `path` that it holds while it goes on; a name is never used twice."""

    def __init__(self, path: Path, name: str) -> None:
        self._path = path
        self._name = name
        self._lock: FileLock | None = None
        self._at_last: weakref.finalize[[FileLock], ProcessLock] | None = None

    def acquire(self) -> None:
        """Let others see that this run goes on; what those that were killed have left is taken away."""
        if self._lock is None:
            for sign in self._path.parent.glob(f"{glob.escape(self._path.name)}-*.lock"):
                _is_free(sign)
            self._lock = _held(self._lock_path(self._name))
            self._at_last = weakref.finalize(self, _free, self._lock)

    def is_alive(self, name: str) -> bool:
        """Whether the run of this name does."""
        sign = self._lock_path(name)
        return sign.exists() and not _is_free(sign)

    def end(self) -> None:
        """This run is over."""
        if self._lock is not None:
            _free(self._lock)
            self._lock = None

    def leave(self) -> None:
        """Have nothing to do with it, in a process that was forked off: it goes on in the parent."""
        if self._at_last is not None:
            self._at_last.detach()

    def _lock_path(self, name: str) -> Path:
        return self._path.with_name(f"{self._path.name}-{name}.lock")


def _held(sign: Path) -> FileLock:
    lock = FileLock(sign, mode=0o600, thread_local=False)
    lock.acquire(timeout=0)
    return lock


def _is_free(sign: Path) -> bool:
    """Whether nobody holds it; then it is gone now."""
    try:
        _free(_held(sign))
    except Timeout:
        return False
    return True


def _free(lock: FileLock) -> None:
    with suppress(OSError):  # where an open file cannot be removed, it stays, and nobody holds it
        Path(lock.lock_file).unlink(missing_ok=True)
    lock.release()
