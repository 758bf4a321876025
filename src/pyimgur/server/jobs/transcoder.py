"""Transcode animations and videos to MP4 in the background, one after another.

The database is the queue: it has no bound, and a restart forgets nothing. A failed conversion is tried again after a
pause and after all new images, a few times in all (`renditions.TRIES`). Owners take turns.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

from pyimgur.server.db.queries import transcoder as queries
from pyimgur.server.errors import NotFoundError
from pyimgur.server.services import renditions

if TYPE_CHECKING:
    from pyimgur.server.services.context import ServerContext

log = logging.getLogger(__name__)

PAUSE = 30
"""Seconds to wait after an error that may pass: a full disk, a locked database, a conversion that crashed."""


@asynccontextmanager
async def transcoder(context: ServerContext) -> AsyncGenerator[None]:
    """Convert images in a background task within this block, and cancel it at the end of the block."""
    task = asyncio.create_task(_run(context))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        await renditions.stop(context)


async def _run(context: ServerContext) -> None:
    while True:
        try:
            context.transcode_event.clear()
            await _convert_all(context)
            await context.transcode_event.wait()
        except Exception:
            log.warning("the conversion to MP4 failed; trying again in %s seconds", PAUSE, exc_info=True)
            await asyncio.sleep(PAUSE)


async def _convert_all(context: ServerContext) -> None:
    last = 0
    while image := await context.db.read(queries.GET_NEXT.one(last=last)):
        last = image.account_id or 0
        if image.mp4_tries and await _wait_for_new(context):
            continue
        with suppress(NotFoundError):  # deleted meanwhile, or it cannot be converted, which its row says now
            await (await renditions.mp4(context, image)).close()


async def _wait_for_new(context: ServerContext) -> bool:
    """Wait until there is a new image to convert and return True, or return False after `PAUSE` seconds."""
    context.transcode_event.clear()
    with suppress(TimeoutError):
        await asyncio.wait_for(context.transcode_event.wait(), PAUSE)
        return True
    return False
