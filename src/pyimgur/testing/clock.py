"""The clock of a server for tests: it can be set forward, stopped, and made to run faster or slower."""

from __future__ import annotations

import time


class Clock:
    """A clock that a test can change.

    Attributes:
        ahead: seconds by which it is ahead of the real time, apart from its speed.
    """

    def __init__(self) -> None:
        self.ahead: float = 0.0
        self._speed = 1.0
        self._changed_at = 0.0
        self._time_then = 0.0

    def __call__(self) -> float:
        """Return the time in Unix seconds."""
        return self._running() + self.ahead

    @property
    def speed(self) -> float:
        """How many seconds pass in a real second: 1 by default, 0 while the clock is stopped."""
        return self._speed

    def set_speed(self, speed: float) -> None:
        """Make the clock run this much faster than the real time, from now on; 0 stops it.

        Raises:
            ValueError: the speed is negative, or no number.
        """
        if not 0 <= speed < float("inf"):
            raise ValueError(f"speed={speed} is not a number from 0: a clock does not run backward")
        self._time_then, self._changed_at, self._speed = self._running(), time.time(), speed

    def freeze(self) -> None:
        """Stop the clock; it can still be set forward."""
        self.set_speed(0)

    def reset(self) -> None:
        """Return to the real time."""
        self.ahead = 0.0
        self._speed, self._changed_at, self._time_then = 1.0, 0.0, 0.0

    def _running(self) -> float:
        return self._time_then + (time.time() - self._changed_at) * self._speed
