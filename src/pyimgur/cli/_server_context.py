"""Open the services of a server from a command, beside a server that may be running, and translate their errors."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from . import _data_folder, _database
from ._errors import CommandError

if TYPE_CHECKING:
    from ..server.db.engine import OldSchemaPolicy
    from ..server.services.context import ServerContext

T = TypeVar("T")

LEAST_FREE = 1 << 20
"""Bytes without which SQLite cannot begin: pages of the database, the log and their index."""


def with_context(data: Path, work: Callable[[ServerContext], Awaitable[T]], *, any_version: bool = False) -> T:
    """Run `work` with the services of the server on this folder, and return its result.

    A running server sees the changes at once. A database of an older version is not upgraded: the older program may be
    running on it, and needs a backup to return to. With `any_version`, `work` gets it as it is; it must not use what
    has been added since. In a folder that can only be read, nothing is created, and `work` can change nothing.

    Raises:
        CommandError: the services returned an error, the folder cannot be used, or its database is of an older version.
    """
    from ..server.lifespan import open_context
    from ..server.settings import Settings

    async def run() -> T:
        older: OldSchemaPolicy = "leave" if any_version else "refuse"
        settings = Settings(data=folder, database=database)
        async with open_context(settings, older=older, read_only=read_only) as context:
            return await work(context)

    os.umask(0o077)
    read_only = _data_folder.is_read_only(data)
    folder = data.absolute() if read_only else _data_folder.prepare(data)
    database = _database.of_folder(folder)
    with translate_errors(folder):
        return asyncio.run(run())


@contextmanager
def translate_errors(folder: Path) -> Generator[None]:
    """Raise the errors of a server's services within this block as `CommandError`."""
    from ..server.errors import (
        BusyError,
        CopyIncompleteError,
        LockedError,
        NoSandbox,
        ServerError,
        StorageFullError,
        ValidationError,
    )

    try:
        yield
    except (ValidationError, NoSandbox, CopyIncompleteError) as error:
        raise CommandError(str(error)) from error
    except LockedError as error:
        raise CommandError(
            f"{_lock_owner(folder)} uses {folder}: stop it, or pass another folder with --data"
        ) from error
    except (StorageFullError, BusyError, OSError) as error:
        if _is_full(folder, error):
            raise CommandError(f"the disk of {folder} is full: free some space, and run the command again") from error
        if isinstance(error, OSError):
            raise
        raise CommandError(f"the data in {folder} cannot be used ({error})") from error
    except ServerError as error:
        raise CommandError(f"the data in {folder} cannot be used ({error})") from error


def _is_full(folder: Path, error: Exception) -> bool:
    """Return whether the disk of the folder is full: SQLite calls it an I/O error if its shared memory does not fit."""
    from ..server.errors import DISK_FULL, StorageFullError

    if isinstance(error, OSError | StorageFullError):
        return isinstance(error, StorageFullError) or error.errno in DISK_FULL
    try:
        return shutil.disk_usage(folder).free < LEAST_FREE
    except OSError:
        return False


def _lock_owner(folder: Path) -> str:
    running = _data_folder.running(folder)
    return f"the server at {running.address} (process {running.pid})" if running else "another server"
