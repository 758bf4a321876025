"""The locks of a data folder, by `flock` and where there is none: between processes, one of them killed."""

from __future__ import annotations

import fcntl
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pyimgur.cli import _folder_locks
from pyimgur.cli._folder_locks import FlockLocks, FolderLocks, PortableLocks

KINDS = [FlockLocks, PortableLocks]
PATIENCE = 60.0
PROGRAM = """\
import sys
from contextlib import nullcontext
from pathlib import Path
from pyimgur.cli import _folder_locks
locks, path = getattr(_folder_locks, sys.argv[1])(), Path(sys.argv[2])
with eval(sys.argv[3]) or nullcontext():
    print(1, flush=True)
    sys.stdin.read()
"""


@contextmanager
def other_process(kind: type[FolderLocks], path: Path, lock: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run a process that holds a lock until it is killed."""
    pipe = subprocess.PIPE
    with subprocess.Popen(
        [sys.executable, "-P", "-c", PROGRAM, kind.__name__, path, lock], stdin=pipe, stdout=pipe
    ) as process:
        try:
            assert process.stdout
            assert process.stdout.readline() == b"1\n"
            yield process
        finally:
            process.kill()


def in_thread(wait: Callable[[], None]) -> tuple[threading.Thread, threading.Event]:
    done = threading.Event()

    def run() -> None:
        wait()
        done.set()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    return thread, done


@pytest.mark.parametrize("kind", KINDS)
def test_the_record_of_a_killed_process_is_none(kind: type[FolderLocks], tmp_path: Path) -> None:
    path, locks = tmp_path / "server.json", kind()
    assert locks.record(path) is None
    with other_process(kind, path, "locks.recorded(path, {'pid': 7})") as process:
        assert locks.record(path) == {"pid": 7}
        assert locks.record(path) == {"pid": 7}, "to look takes no lock away"
        process.kill()
        process.wait()
        assert path.exists()
        assert locks.record(path) is None
    with locks.recorded(path, {"pid": 8}):
        assert locks.record(path) == {"pid": 8}
    assert not path.exists()


@pytest.mark.parametrize("kind", KINDS)
def test_a_shared_lock_keeps_one_who_wants_it_alone_waiting(
    kind: type[FolderLocks], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_folder_locks, "HELD", [])
    path, locks = tmp_path / "users.lock", kind()
    path.touch()
    with other_process(kind, path, "locks.share(path)") as first, other_process(kind, path, "locks.share(path)") as two:
        thread, done = in_thread(lambda: locks.hold_alone(path))
        for process in (first, two):
            assert not done.is_set()
            process.kill()
            process.wait()
        thread.join(PATIENCE)
        assert done.is_set()


@pytest.mark.parametrize("kind", KINDS)
def test_a_process_that_holds_it_alone_does_so_until_its_end(kind: type[FolderLocks], tmp_path: Path) -> None:
    path, locks = tmp_path / "users.lock", kind()
    path.touch()

    def share() -> None:
        with locks.share(path):
            pass

    with other_process(kind, path, "locks.hold_alone(path)") as process:
        thread, done = in_thread(share)
        assert not done.is_set()
        process.kill()
        thread.join(PATIENCE)
        assert done.is_set()


def locked_by_an_earlier_version(path: Path, operation: int) -> bool:
    """Try the lock as earlier versions do, and return whether that works."""
    with path.open("r+") as file:
        try:
            fcntl.flock(file, operation | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
    return True


def test_an_earlier_version_and_this_one_exclude_each_other(tmp_path: Path) -> None:
    """Earlier versions lock `start.lock`, `users.lock` and the record itself with `flock`."""
    start, users, record = (tmp_path / name for name in ("start.lock", "users.lock", "server.json"))
    with _folder_locks.exclusive(start):
        assert not locked_by_an_earlier_version(start, fcntl.LOCK_EX)
    assert locked_by_an_earlier_version(start, fcntl.LOCK_EX)
    with FlockLocks().share(users):
        assert locked_by_an_earlier_version(users, fcntl.LOCK_SH)
        assert not locked_by_an_earlier_version(users, fcntl.LOCK_EX)
    with FlockLocks().recorded(record, {}):
        assert not locked_by_an_earlier_version(record, fcntl.LOCK_SH)
    with start.open("r+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        with pytest.raises(_folder_locks.Timeout):
            _folder_locks.FileLock(start, timeout=0).acquire()
