"""A server's data folder as the commands see it: who may look inside, which server runs on it, who uses that one.

    server.json   where the server that runs here answers; it keeps this file locked, and removes it when it stops
    server.log    what a server says that another command has started
    start.lock    held while one command looks for a server, and starts one if there is none
    users.lock    shared by the commands that use a server; in every data folder, which it marks as one

Locks belong to the process: the kernel frees them, however it ends.
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
    """A server that answers: `address` is the public one, `local` where it listens on this machine."""

    address: str
    local: str
    pid: int


def prepare(data: Path, *, marked: bool = False) -> Path:
    """The folder, absolute, there, and closed to everybody but its owner; `marked` makes any folder a server's.

    Raises:
        CommandError: it cannot be made or written, or it holds things that are no server's.
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
    """The folder of a server that has run; a misspelt one is neither made nor found to be well.

    Raises:
        CommandError: no server has ever run on it.
    """
    folder = data.absolute()
    if not (folder / USERS_LOCK).exists():
        raise CommandError(f"there is no server data in {folder}: pass its folder with --data")
    return folder


def _make_private(folder: Path) -> None:
    """Takes a folder away from all but its owner, if it is a server's: never somebody's home or /tmp."""
    if any(folder.iterdir()) and not (folder / USERS_LOCK).exists():  # in this order: another command may begin too
        raise CommandError(f"{folder} contains other files than server data: pass a new or empty folder with --data")
    if folder.stat().st_mode & 0o077:
        folder.chmod(0o700)


def publish_record(folder: Path, running: Running) -> AbstractContextManager[None]:
    """Lets other commands find this server for as long as the block lasts."""
    return recorded(folder / RECORD, asdict(running))


def running(folder: Path) -> Running | None:
    """The server on this folder; one that was killed has left its record, but no lock on it."""
    try:
        return Running(**(record(folder / RECORD) or {}))
    except TypeError:
        return None


@contextmanager
def recorded(path: Path, value: Mapping[str, object]) -> Generator[None]:
    """What this user's commands may read, in a file that is there, and locked, for as long as the block lasts."""
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
    """What somebody who still runs has recorded there."""
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
    """Says that a server on this folder is needed for as long as the block lasts.

    It waits for one that has already decided to stop, so that what is found afterwards stays.
    """
    return _locked(folder / USERS_LOCK, fcntl.LOCK_SH)


def start_lock(folder: Path) -> AbstractContextManager[None]:
    """One command at a time looks for a server and starts one."""
    return _locked(folder / START_LOCK, fcntl.LOCK_EX)


def wait_until_unused(folder: Path) -> None:
    """Returns when nobody says that the server is needed; who says so from then on waits for this process's end."""
    fcntl.flock(_open(folder / USERS_LOCK), fcntl.LOCK_EX)


@contextmanager
def _locked(path: Path, how: int) -> Generator[None]:
    descriptor = _open(path)
    try:
        fcntl.flock(descriptor, how)
        yield
    finally:
        os.close(descriptor)


def _open(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
