"""The total deadline of a request, extended by the bytes of a file that move.

httpx2's own timeouts are per read or write, so that a server that drips bytes could hold a request for ever.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from .._core.effects import HTTPRequest
from ..exceptions import DeadlineError

if TYPE_CHECKING:
    import asyncio

TIMEOUT = 30.0
"""Seconds that one read or write may take."""
DEADLINE = 120.0
"""Seconds that a whole request may take, from connecting to the last byte of its response."""
MIN_BYTES_PER_SECOND = 16 * 1024
"""Lowest accepted speed of a file: each byte that moves extends the deadline by the inverse of this."""


class Deadline:
    """The moment at which a request must be complete."""

    def __init__(self, request: HTTPRequest, seconds: float) -> None:
        self.seconds = seconds
        self.timer: asyncio.Timeout | None = None
        """The event loop's timer, which moves with the deadline; None in sync code."""
        self.sent = request.body is None
        """Whether the whole request was handed to the network; its head counts as sent."""
        self._label = request.label
        self._end = time.monotonic() + self.seconds

    @property
    def left(self) -> float:
        """The seconds that are left; negative once it has passed."""
        return self._end - time.monotonic()

    def extend_for(self, size: int) -> None:
        """Add the time that so many bytes may take.

        Raises:
            DeadlineError: the deadline has passed.
        """
        if self.left <= 0:
            raise self.error()
        extension = size / MIN_BYTES_PER_SECOND
        self._end += extension
        if self.timer is not None and (end := self.timer.when()) is not None:
            self.timer.reschedule(end + extension)

    def restart_for_response(self) -> None:
        """Note that the whole request has been sent, and limit the time for the response to `seconds`."""
        self.sent = True
        end = time.monotonic() + self.seconds
        if end < self._end:
            if self.timer is not None and (timer_end := self.timer.when()) is not None:
                self.timer.reschedule(timer_end - (self._end - end))
            self._end = end

    def error(self) -> DeadlineError:
        """Return the error for a request that was not complete in time."""
        return DeadlineError(
            f"no complete response within {self.seconds:g} s", request=self._label, sent=self.sent, begun=True
        )
