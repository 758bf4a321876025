"""Save the files of all pending items, a few at a time; at a rate limit, wait and go on.

Items are read from the manifest in batches, and only as many are in progress as there are threads, so that memory use
does not grow with the size of the backup. Each result is recorded as soon as it is there.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field

from ..exceptions import RateLimitError
from .calls import Pauses
from .files import FileSaver, Outcome
from .manifest import Manifest
from .report import Fetched, OnEvent
from .rows import Item


@dataclass
class Speed:
    """Bytes and files per second so far, for the estimated time."""

    clock: Callable[[], float]
    started: float = 0.0
    files: int = 0

    def seconds_for(self, files: int) -> float | None:
        """Return how long so many files are going to take; None if that is not known yet."""
        elapsed = self.clock() - self.started
        return files * elapsed / self.files if self.files and elapsed > 0 else None


@dataclass
class Downloads:
    """Saves pending items.

    Attributes:
        saver: saves one file.
        manifest: the manifest.
        jobs: how many files are downloaded at the same time.
        pauses: how it waits at a rate limit of downloads.
        on_event: is called with each result.
    """

    saver: FileSaver
    manifest: Manifest
    jobs: int
    pauses: Pauses
    on_event: OnEvent
    _running: dict[Future[Outcome], Item] = field(default_factory=dict[Future[Outcome], Item])
    _left: int = 0
    _limited: RateLimitError | None = None

    def run(self, until: float | None = None) -> None:
        """Save all pending items, or those that can be begun before a time.

        Raises:
            BackupError: the disk is full, or cannot be written to; what is in progress is recorded first.
            RateLimitError: a rate limit has lasted for longer than a day.
        """
        clock = self.pauses.clock
        while True:
            self._limited = None
            self._pass(until)
            if self._limited is None or (until is not None and max(self._limited.retry_at or 0, clock()) >= until):
                return
            self.pauses.rate_limit(self._limited)

    def _pass(self, until: float | None) -> None:
        """Go through the pending items once, until a rate limit."""
        self._left = self.manifest.pending_count()
        if not self._left:
            return
        speed = Speed(self.pauses.clock, self.pauses.clock())
        threads = ThreadPoolExecutor(self.jobs, thread_name_prefix="imgur backup")
        try:
            for item in self.manifest.pending():
                if self._limited is not None or (until is not None and self.pauses.clock() >= until):
                    break
                self._running[threads.submit(self.saver.save, item, self.manifest.albums_of(item.id))] = item
                if len(self._running) >= self.jobs:
                    self._collect(speed)
            while self._running:
                self._collect(speed)
        finally:
            threads.shutdown(wait=False, cancel_futures=True)

    def _collect(self, speed: Speed) -> None:
        """Wait for at least one file, and record what became of it; an error of the disk is raised last."""
        done, _ = wait(self._running, return_when=FIRST_COMPLETED)
        failure: Exception | None = None
        for future in done:
            item = self._running.pop(future)
            if (error := future.exception()) is not None:
                failure = error if isinstance(error, Exception) else RuntimeError(str(error))
            else:
                self._record(item, future.result(), speed)
        if failure is not None:
            self._drain(speed)
            raise failure

    def _drain(self, speed: Speed) -> None:
        """Wait for the files in progress, and record those that were saved."""
        wait(self._running)
        for future, item in self._running.items():
            if future.exception() is None:
                self._record(item, future.result(), speed)
        self._running.clear()

    def _record(self, item: Item, outcome: Outcome, speed: Speed) -> None:
        if outcome.limited is not None:
            self._limited = outcome.limited
            return
        self.pauses.waited = 0
        if outcome.state == "saved":
            self.manifest.record_saved(item, outcome.values(self.pauses.clock()))
        else:
            self.manifest.record_failed(item, outcome.state, outcome.error)
        speed.files += 1
        self._left -= 1
        seconds = speed.seconds_for(self._left)
        self.on_event(
            Fetched(item.id, outcome.state, outcome.path or None, outcome.size, outcome.error, self._left, seconds)
        )
