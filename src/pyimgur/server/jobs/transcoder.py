"""MP4s made in the background, one after another, of every picture that shall have one.

The database is the list of what is still to be made: it has no bound, and a restart forgets nothing. What failed is
tried again after a pause and behind what is new, a few times in all (`renditions.TRIES`). Owners take turns.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, func, select, text

from pyimgur.server.db.query import Query
from pyimgur.server.db.schema import account, image
from pyimgur.server.errors import NotFoundError
from pyimgur.server.services import images, renditions

if TYPE_CHECKING:
    from pyimgur.server.services.context import ServerContext

log = logging.getLogger(__name__)

PAUSE = 30
"""Seconds after a trouble that may pass: a full disk, a locked database, a conversion that crashed."""

OWNER = func.coalesce(image.c.account_id, 0)
"""All that came without an account has one owner."""

NEXT = Query(
    select(*images.COLUMNS)
    .select_from(image)
    .outerjoin(account, account.c.id == image.c.account_id)
    .where(image.c.mp4_size == text("0"))
    .order_by(image.c.mp4_tries, bindparam("last") >= OWNER, OWNER, image.c.id)
    .limit(1)
)
"""In each round one of every owner, so that nobody waits for all that somebody else has uploaded."""


@asynccontextmanager
async def transcoder(library: ServerContext) -> AsyncGenerator[None]:
    """Within this block, MP4s are made."""
    work = asyncio.create_task(_run(library))
    try:
        yield
    finally:
        work.cancel()
        with suppress(asyncio.CancelledError):
            await work
        await renditions.stop(library)


async def _run(library: ServerContext) -> None:
    while True:
        try:
            library.transcode_event.clear()
            await _convert_all(library)
            await library.transcode_event.wait()
        except Exception:
            log.warning("an MP4 could not be made; trying again in %s seconds", PAUSE, exc_info=True)
            await asyncio.sleep(PAUSE)


async def _convert_all(library: ServerContext) -> None:
    last = 0
    while row := await library.db.read(NEXT.one(last=last)):
        picture = images.Image(*row)
        last = picture.account_id or 0
        if picture.mp4_tries and await _wait_for_new(library):
            continue
        with suppress(NotFoundError):  # deleted meanwhile, or it cannot be done; its row says so now
            await renditions.mp4(library, picture)


async def _wait_for_new(library: ServerContext) -> bool:
    """Whether there is something new to be made before the pause is over."""
    library.transcode_event.clear()
    with suppress(TimeoutError):
        await asyncio.wait_for(library.transcode_event.wait(), PAUSE)
        return True
    return False
