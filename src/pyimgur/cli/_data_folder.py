"""A server's data folder: its permissions, the record of the running server, and the locks of commands.

    server.json   the URL of the running server, which keeps this file locked, and removes it when it stops
    server.log    the log of a server that another command has started
    start.lock    held by a command while it looks for a server and starts one if there is none
    users.lock    a shared lock of the commands that use the server; it also marks the folder as a data folder

Locks belong to the process: the kernel releases them however the process ends (`_folder_locks`).
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from . import _folder_locks
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


def is_read_only(data: Path) -> bool:
    """Return whether this is a data folder that this user can only read, such as a backup on a read-only medium."""
    return (data / USERS_LOCK).exists() and not os.access(data, os.W_OK)


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


def recorded(path: Path, value: Mapping[str, object]) -> AbstractContextManager[None]:
    """Write a record that this user's other commands can read, and keep it locked until the block ends."""
    return _folder_locks.LOCKS.recorded(path, value)


def record(path: Path) -> dict[str, Any] | None:
    """Return a record whose process is still running; None if there is none."""
    return _folder_locks.LOCKS.record(path)


def usage_lock(folder: Path) -> AbstractContextManager[None]:
    """Keep the server on this folder running until the block ends.

    It waits for a server that is already stopping, so a server found afterwards keeps running.
    """
    return _folder_locks.LOCKS.share(folder / USERS_LOCK)


def start_lock(folder: Path) -> AbstractContextManager[None]:
    """Hold the lock under which one command at a time looks for a server and starts one."""
    return _folder_locks.exclusive(folder / START_LOCK)


def wait_until_unused(folder: Path) -> None:
    """Return when no command uses the server; commands that come later wait until this process has ended."""
    _folder_locks.LOCKS.hold_alone(folder / USERS_LOCK)
