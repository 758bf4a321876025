"""The context of the server's services: what every service function gets as its first argument."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from enum import IntEnum

from pyimgur.server.blobs import BlobStore, SpoolFolder
from pyimgur.server.db.engine import Engine
from pyimgur.server.fetch import Fetcher
from pyimgur.server.fetch.slots import FairSlots
from pyimgur.server.media import MediaWorkers
from pyimgur.server.services.image_rows import ImageRows
from pyimgur.server.services.view_counter import ViewCounter
from pyimgur.server.settings import Settings

HASHED_AT_ONCE = 2
"""Passwords that are hashed at once, with 64 MiB of memory each."""


class Fullness(IntEnum):
    """How full a table was when `row_limits.trim` counted its rows, at most a minute ago."""

    ROOMY = 0
    CROWDED = 1
    FULL = 2


def password_slots() -> FairSlots:
    """Return a queue for sign-ins that takes turns between networks (`networks.widest_network_of`)."""
    busy = "too many people sign in at once; try again in a moment"
    return FairSlots(
        total=HASHED_AT_ONCE, per_requester=1, max_waiting=500, max_waiting_per_requester=50, busy_message=busy
    )


@dataclass(frozen=True, slots=True)
class ServerContext:
    """Settings, storage, workers and shared state of one server; the first argument of every service function.

    The state is in this process alone, as one server uses a data folder (`lifespan.lock_data_folder`), and the commands
    beside it only read and change rows. Limits that must hold for all processes are in the database (`throttle`,
    `row_limits`, `credit_usage`); each field below says what several servers on one database would do.
    """

    settings: Settings
    db: Engine
    blobs: BlobStore
    spool_folder: SpoolFolder
    media: MediaWorkers
    fetcher: Fetcher
    view_counter: ViewCounter = field(default_factory=ViewCounter)
    """Views that are not saved yet. Several servers would each add their own."""
    image_rows: ImageRows = field(default_factory=ImageRows)
    """Rows that were read since the last commit. Several servers would each have their own, and see all commits."""
    password_slots: FairSlots = field(default_factory=password_slots)
    """Slots for hashing passwords: one at a time for each network, so that nobody keeps others waiting.

    Bounds the memory of this process; several servers would each have their own.
    """
    renditions_in_progress: dict[str, asyncio.Task[None]] = field(default_factory=dict[str, "asyncio.Task[None]"])
    """Tasks that make renditions now, by file name; renditions made together share one task.

    Several servers might make the same one, which costs time only: they are alike, and the first one stays.
    """
    table_fullness: dict[str, Fullness] = field(default_factory=dict[str, Fullness])
    """How full each table was when it was last counted; see `row_limits`. Each server would count for itself."""
    transcode_event: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when a new image is waiting to be converted to MP4.

    Wakes the transcoder of this process. Those of several servers would convert the same image: only one may run.
    """

    @property
    def now(self) -> int:
        """The time in Unix seconds, by the clock of the settings."""
        return int(self.settings.clock())
