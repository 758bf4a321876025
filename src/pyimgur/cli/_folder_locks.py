"""Locks of the files in a data folder. The system releases them however their process ends.

A data folder needs a lock that several commands share, and one that stays with a file while the file is renamed.
`filelock` has neither, so `flock` does both where the system has it: earlier versions, whose processes may run beside
this one, lock the same files with it. On other systems (Windows), each user of a shared lock has a file of its own,
and the lock of a record is beside the record; `filelock` locks these files.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Generator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import IO, Any, Protocol
from uuid import uuid4

from filelock import FileLock, Timeout

from .._storage.process_lock import ProcessLock

try:
    import fcntl
except ImportError:
    fcntl = None  # pyright: ignore[reportAssignmentType]

LOCK_SH, LOCK_EX, LOCK_NB = (fcntl.LOCK_SH, fcntl.LOCK_EX, fcntl.LOCK_NB) if fcntl else (0, 0, 0)
PROBE_SECONDS = 5.0
"""How long to wait for a lock that other processes take only to find out whether it is held."""
POLL_SECONDS = 0.05
HELD: list[FileLock] = []
"""Locks that this process keeps until it ends."""


class FolderLocks(Protocol):
    """The locks that a data folder needs and `filelock` does not have."""

    def share(self, path: Path) -> AbstractContextManager[None]:
        """Hold a lock that others can share; wait for a process that holds it alone."""
        ...

    def hold_alone(self, path: Path) -> None:
        """Wait until nobody shares the lock, and hold it until this process ends."""
        ...

    def recorded(self, path: Path, value: Mapping[str, object]) -> AbstractContextManager[None]:
        """Write a record, and keep it locked until the block ends, which removes it."""
        ...

    def record(self, path: Path) -> dict[str, Any] | None:
        """Return a record that its process still holds; None if there is none."""
        ...


@contextmanager
def exclusive(path: Path) -> Generator[None]:
    """Hold a lock that one process at a time has; wait for it."""
    with FileLock(path, mode=0o600):
        yield


class FlockLocks:
    """Locks by `flock`, on the files themselves."""

    @contextmanager
    def share(self, path: Path) -> Generator[None]:
        """Hold a lock that others can share; wait for a process that holds it alone."""
        descriptor = _open(path)
        try:
            _flock(descriptor, LOCK_SH)
            yield
        finally:
            os.close(descriptor)

    def hold_alone(self, path: Path) -> None:
        """Wait until nobody shares the lock, and hold it until this process ends."""
        _flock(_open(path), LOCK_EX)

    @contextmanager
    def recorded(self, path: Path, value: Mapping[str, object]) -> Generator[None]:
        """Write a record, and keep it locked until the block ends, which removes it."""
        part = path.with_name(f"{path.name}.part")
        part.unlink(missing_ok=True)
        with os.fdopen(_open(part), "w") as file:
            _flock(file, LOCK_EX)
            json.dump(value, file)
            file.flush()
            part.replace(path)  # the lock goes with it
            try:
                yield
            finally:
                path.unlink(missing_ok=True)

    def record(self, path: Path) -> dict[str, Any] | None:
        """Return a record that its process still holds; None if there is none."""
        try:
            with path.open() as file:
                return dict(json.load(file)) if self._is_locked(file.fileno()) else None
        except (OSError, ValueError, TypeError):
            return None

    def _is_locked(self, descriptor: int) -> bool:
        try:
            _flock(descriptor, LOCK_SH | LOCK_NB)
        except BlockingIOError:
            return True
        return False


class PortableLocks:
    """Locks by `filelock`, on files beside. Of a shared lock, the gate guards the files of those who share it."""

    @contextmanager
    def share(self, path: Path) -> Generator[None]:
        """Hold a lock that others can share; wait for a process that holds it alone."""
        lock = ProcessLock(path, uuid4().hex)
        with exclusive(_gate(path)):
            lock.acquire()
        try:
            yield
        finally:
            lock.release()

    def hold_alone(self, path: Path) -> None:
        """Wait until nobody shares the lock, and hold it until this process ends."""
        gate = FileLock(_gate(path), mode=0o600, thread_local=False)
        while True:
            gate.acquire()
            if not ProcessLock(path, "").others_alive():
                HELD.append(gate)
                return
            gate.release()
            time.sleep(POLL_SECONDS)

    @contextmanager
    def recorded(self, path: Path, value: Mapping[str, object]) -> Generator[None]:
        """Write a record, and keep it locked until the block ends, which removes it."""
        part = path.with_name(f"{path.name}.part")
        with FileLock(_gate(path), timeout=PROBE_SECONDS, mode=0o600):
            part.unlink(missing_ok=True)
            with os.fdopen(_open(part), "w") as file:
                json.dump(value, file)
            part.replace(path)
            try:
                yield
            finally:
                path.unlink(missing_ok=True)

    def record(self, path: Path) -> dict[str, Any] | None:
        """Return a record that its process still holds; None if there is none."""
        try:
            return dict(json.loads(path.read_bytes())) if self._is_locked(_gate(path)) else None
        except (OSError, ValueError, TypeError):
            return None

    def _is_locked(self, path: Path) -> bool:
        try:
            with FileLock(path, timeout=0, mode=0o600):
                return False
        except Timeout:
            return True


def _flock(file: int | IO[str], operation: int) -> None:
    assert fcntl, "FlockLocks is not for this system"
    fcntl.flock(file, operation)


def _gate(path: Path) -> Path:
    return path.with_name(f"{path.name}.gate")


def _open(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT, 0o600)


LOCKS: FolderLocks = PortableLocks() if fcntl is None else FlockLocks()
