"""What is counted in memory reaches the database every few seconds, so that a read costs no write.

A crash forgets what was counted since the last time, and nothing else; a server that is stopped forgets nothing.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager, suppress

from pyimgur.server.services.shield import shielded

log = logging.getLogger(__name__)

FLUSH_INTERVAL = 10.0
"""Seconds of counting that a crash may forget."""


@asynccontextmanager
async def periodic_flush(*savers: Callable[[], Awaitable[None]]) -> AsyncGenerator[None]:
    """Within this block all of them are called every few seconds, and a last time at its end."""
    saving = asyncio.create_task(_save_often(savers))
    try:
        yield
    finally:
        saving.cancel()
        with suppress(asyncio.CancelledError):
            await saving
        await _save(savers)


async def _save_often(savers: Iterable[Callable[[], Awaitable[None]]]) -> None:
    while True:
        await asyncio.sleep(FLUSH_INTERVAL)
        await shielded(_save(savers))  # what was saved, but not noted as saved, would be counted twice


async def _save(savers: Iterable[Callable[[], Awaitable[None]]]) -> None:
    for save in savers:
        try:
            await save()
        except Exception as error:  # a busy database or a full disk, which the next time may find better
            log.warning("what was counted was not saved; trying again: %s", error)
