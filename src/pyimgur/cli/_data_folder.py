"""A server's data folder: its permissions, the record of the running server, and the locks of commands.

    server.json   the URL of the running server, which keeps this file locked, and removes it when it stops
    server.log    the log of a server that another command has started
    start.lock    held by a command while it looks for a server and starts one if there is none
    users.lock    a shared lock of the commands that use the server; it also marks the folder as a data folder

Locks belong to the process: the kernel releases them however the process ends.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Generator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ._errors import CommandError

RECORD = "server.json"
LOG = "server.log"
START_LOCK = "start.lock"
USERS_LOCK = "users.lock"


@dataclass(frozen=True, slots=True)
class Running:
    """A running server: `address` is its public URL, `local` the URL at which it listens on this machine."""

    address: str
    local: str
    pid: int


def prepare(data: Path, *, marked: bool = False) -> Path:
    """Create the folder, make it private to its owner, and return its absolute path.

    Args:
        data: the folder.
        marked: turn it into a data folder even if it holds other files, such as those of a backup.

    Raises:
        CommandError: it cannot be created or written, or holds files other than server data.
    """
    folder = data.absolute()
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if marked:
            (folder / USERS_LOCK).touch(0o600)
        _make_private(folder)
        (folder / USERS_LOCK).touch(0o600)
    except OSError as error:
        reason = error.strerror or str(error)
        raise CommandError(
            f"the data folder {folder} cannot be used ({reason}): pass another one with --data"
        ) from error
    return folder


def existing(data: Path) -> Path:
    """Return the absolute path of a folder that a server has used before; nothing is created.

    Raises:
        CommandError: no server has ever used it.
    """
    folder = data.absolute()
    if not (folder / USERS_LOCK).exists():
        raise CommandError(f"there is no server data in {folder}: pass its folder with --data")
    return folder


def _make_private(folder: Path) -> None:
    """Remove everybody else's access to a data folder; refuse any other folder, such as a home or /tmp."""
    # In this order: another command may create users.lock at the same time.
    if any(folder.iterdir()) and not (folder / USERS_LOCK).exists():
        raise CommandError(f"{folder} contains other files than server data: pass a new or empty folder with --data")
    if folder.stat().st_mode & 0o077:
        folder.chmod(0o700)


def publish_record(folder: Path, running: Running) -> AbstractContextManager[None]:
    """Let other commands find this server until the block ends."""
    return recorded(folder / RECORD, asdict(running))


def running(folder: Path) -> Running | None:
    """Return the server that runs on this folder. A killed server leaves its record behind, but no lock on it."""
    try:
        return Running(**(record(folder / RECORD) or {}))
    except TypeError:
        return None


@contextmanager
def recorded(path: Path, value: Mapping[str, object]) -> Generator[None]:
    """Write a record that this user's other commands can read, and keep it locked until the block ends."""
    part = path.with_name(f"{path.name}.part")
    part.unlink(missing_ok=True)
    with os.fdopen(_open(part), "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        json.dump(value, file)
        file.flush()
        part.replace(path)  # the lock goes with it
        try:
            yield
        finally:
            path.unlink(missing_ok=True)


def record(path: Path) -> dict[str, Any] | None:
    """Return a record whose process is still running; None if there is none."""
    try:
        with path.open() as file:
            return dict(json.load(file)) if _is_locked(file.fileno()) else None
    except (OSError, ValueError, TypeError):
        return None


def _is_locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    return False


def usage_lock(folder: Path) -> AbstractContextManager[None]:
    """Keep the server on this folder running until the block ends.

    It waits for a server that is already stopping, so a server found afterwards keeps running.
    """
    return _locked(folder / USERS_LOCK, fcntl.LOCK_SH)


def start_lock(folder: Path) -> AbstractContextManager[None]:
    """Hold the lock under which one command at a time looks for a server and starts one."""
    return _locked(folder / START_LOCK, fcntl.LOCK_EX)


def wait_until_unused(folder: Path) -> None:
    """Return when no command uses the server; commands that come later wait until this process has ended."""
    fcntl.flock(_open(folder / USERS_LOCK), fcntl.LOCK_EX)


@contextmanager
def _locked(path: Path, operation: int) -> Generator[None]:
    descriptor = _open(path)
    try:
        fcntl.flock(descriptor, operation)
        yield
    finally:
        os.close(descriptor)


def _open(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
