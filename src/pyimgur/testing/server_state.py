"""The state of a server for tests: remember it, and restore it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, insert, select

from ..server.db.query import Query, Steps, transaction
from ..server.db.rows import table_row
from ..server.db.schema import metadata

if TYPE_CHECKING:
    from starlette.applications import Starlette

    from ..server.services.context import ServerContext
    from ..server.settings import Settings

_GRACE = 1.0
"""Seconds that requests have to end by themselves."""
_POLL_INTERVAL = 0.005
_IDLE_CHECKS = 4
"""How many times in a row there must be no request: a new connection takes three turns of the loop to become one."""
_TABLES = metadata.sorted_tables
_SELECT_ALL = {table.name: Query(select(table), table_row(table)) for table in _TABLES}
_DELETE_ALL = {table.name: Query(delete(table)) for table in _TABLES}
_INSERT_ROW = {table.name: Query(insert(table)) for table in _TABLES}

Running = Callable[[], set["asyncio.Task[None]"]]
"""Returns the requests that are in progress."""


class ServerState:
    """Rows, files, credits and settings of a running server. Use it in the event loop of the server.

    Args:
        app: the server's application, whose lifespan has begun.
    """

    def __init__(self, app: Starlette) -> None:
        self._context: ServerContext = app.state.context
        self._rate_limiter: Any = app.state.rate_limiter
        self._rows: dict[str, list[dict[str, object]]] = {}
        self._settings = self._context.settings

    async def remember(self) -> None:
        """Remember all rows of the database; there must be no images."""
        tables = {name: await self._context.db.scan(query.all()) for name, query in _SELECT_ALL.items()}
        self._rows = {name: [row._asdict() for row in rows] for name, rows in tables.items()}

    async def restore(self, running: Running) -> None:
        """Return to the remembered state, after the requests in progress have ended or were cancelled."""
        await wait_idle(running)
        for _ in range(2):  # a request may have begun meanwhile
            image_ids = await self._context.db.write(_restore_rows(self._rows))
            for id in image_ids:
                await self._context.blobs.remove(id)
            if not image_ids:
                break
        self._rate_limiter.forget()
        self._context.view_counter.drain()
        self.use(self._settings)

    def use(self, settings: Settings) -> None:
        """Run with other settings from the next request on."""
        object.__setattr__(self._context, "settings", settings)  # frozen, so that no other code does this
        self._rate_limiter.enforced = settings.enforces_credits


async def wait_idle(running: Running) -> None:
    """Wait until no request is in progress; cancel those that take longer than a second.

    Requests of clients that have disconnected count too.
    """
    try:
        async with asyncio.timeout(_GRACE):
            await _wait_until_none(running)
    except TimeoutError:
        remaining = running()
        for request in remaining:
            request.cancel()
        if remaining:
            await asyncio.wait(remaining)


async def _wait_until_none(running: Running) -> None:
    idle_checks = 0
    while idle_checks < _IDLE_CHECKS:
        requests = running()
        idle_checks = 0 if requests else idle_checks + 1
        await asyncio.sleep(_POLL_INTERVAL if requests else 0)


@transaction
def _restore_rows(initial_rows: dict[str, list[dict[str, object]]]) -> Steps[list[str]]:
    """Restore the initial rows of all tables, and return the ids of the images whose files are to be deleted."""
    images = yield _SELECT_ALL["image"].all()
    for table in reversed(_TABLES):
        yield _DELETE_ALL[table.name].run()
    for table in _TABLES:
        for row in initial_rows[table.name]:
            yield _INSERT_ROW[table.name].run(**row)
    return [image.id for image in images]
