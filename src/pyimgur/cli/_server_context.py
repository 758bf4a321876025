"""A server's library, used by a command: beside a server that may be running, and with its refusals as sentences."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from . import _data_folder
from ._errors import CommandError

if TYPE_CHECKING:
    from ..server.services.context import ServerContext

T = TypeVar("T")


def with_context(data: Path, work: Callable[[ServerContext], Awaitable[T]], *, any_version: bool = False) -> T:
    """What `work` gives, done on the library in that folder; a server on it sees the change at once.

    A database that an older program made is not touched: that program may run on it, and a backup is the way back to
    it. With `any_version` the work does without what has been added since.

    Raises:
        CommandError: the library refused, or cannot be used.
    """
    from ..server.lifespan import open_context
    from ..server.settings import Settings

    async def opened() -> T:
        async with open_context(Settings(data=folder), older="leave" if any_version else "refuse") as library:
            return await work(library)

    os.umask(0o077)
    folder = _data_folder.prepare(data)
    with translate_errors(folder):
        return asyncio.run(opened())


@contextmanager
def translate_errors(folder: Path) -> Generator[None]:
    """Within this block, what the library refuses is told to the user."""
    from ..server.errors import LockedError, NoSandbox, ServerError, ValidationError

    try:
        yield
    except (ValidationError, NoSandbox) as error:
        raise CommandError(str(error)) from error
    except LockedError as error:
        raise CommandError(
            f"{_lock_owner(folder)} uses {folder}: stop it, or pass another folder with --data"
        ) from error
    except (ServerError, sqlite3.Error) as error:
        raise CommandError(f"the data in {folder} cannot be used ({error})") from error


def _lock_owner(folder: Path) -> str:
    running = _data_folder.running(folder)
    return f"the server at {running.address} (process {running.pid})" if running else "another server"
