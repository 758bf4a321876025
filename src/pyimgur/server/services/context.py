"""The context of the server's services: what every service function gets as its first argument."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from pyimgur.server.blobs import DiskBlobStore
from pyimgur.server.db.dialects.sqlite.engine import SQLiteEngine
from pyimgur.server.fetch import Fetcher
from pyimgur.server.fetch.slots import FairSlots
from pyimgur.server.media import MediaWorkers
from pyimgur.server.services.view_counter import ViewCounter
from pyimgur.server.settings import Settings

HASHED_AT_ONCE = 2
"""Two times 64 MiB is the most that signing in can take."""


def password_slots() -> FairSlots:
    """Return the queue of those who sign in."""
    busy = "too many people sign in at once; try again in a moment"
    return FairSlots(total=HASHED_AT_ONCE, each=1, waiting=500, waiting_each=50, busy=busy)


@dataclass(frozen=True, slots=True)
class ServerContext:
    """Everything the functions of this package work on."""

    settings: Settings
    db: SQLiteEngine
    blobs: DiskBlobStore
    media: MediaWorkers
    fetcher: Fetcher
    traffic: ViewCounter = field(default_factory=ViewCounter)
    passwords: FairSlots = field(default_factory=password_slots)
    """Passwords that are hashed now: one at a time for each network, so that no network keeps others waiting."""
    renditions_in_progress: dict[str, asyncio.Task[None]] = field(default_factory=dict[str, "asyncio.Task[None]"])
    """Renditions that are being made now, each by its name, or by that of one that is made together with it."""
    full_tables: set[str] = field(default_factory=set[str])
    """Tables that take no new row; see `row_limits`."""
    transcode_event: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when there is a new picture that shall have an MP4."""

    @property
    def now(self) -> int:
        """Unix seconds, by the clock of the settings."""
        return int(self.settings.clock())
