"""Write counters from memory to the database every few seconds, so that a read request costs no write.

A crash loses the counts since the last flush, and nothing else; a server that is stopped loses nothing.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager, suppress

from pyimgur.server.services.shield import shielded

log = logging.getLogger(__name__)

FLUSH_INTERVAL = 10.0
"""Seconds between two flushes, and so of counts that a crash may lose."""


@asynccontextmanager
async def periodic_flush(*savers: Callable[[], Awaitable[object]]) -> AsyncGenerator[None]:
    """Call all savers every few seconds within this block, and a last time at its end."""
    task = asyncio.create_task(_save_periodically(savers))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        await _save(savers)


async def _save_periodically(savers: Iterable[Callable[[], Awaitable[object]]]) -> None:
    while True:
        await asyncio.sleep(FLUSH_INTERVAL)
        await shielded(_save(savers))  # a flush that was cancelled after its write would write the same counts again


async def _save(savers: Iterable[Callable[[], Awaitable[object]]]) -> None:
    for save in savers:
        try:
            await save()
        except Exception as error:  # such as a busy database or a full disk, which may be over the next time
            log.warning("counters were not saved; trying again: %s", error)
