"""One budget for all threads and tasks of a client: what is on its way is spent already.

An answer tells what was left when Imgur counted its call. It may be older news than another answer, and does not count
what Imgur has not seen yet; so as long as anything is on its way, the least of all that is known holds.
"""

from __future__ import annotations

from collections.abc import Mapping
from threading import RLock

from .budget import Budget

NOTHING_KNOWN = Budget()


class Credits:
    """What is left, as far as anybody can know."""

    def __init__(self, budget: Budget = NOTHING_KNOWN) -> None:
        self.budget: Budget = budget
        self._lock = RLock()  # a call that the garbage collector finds within it ends in the same thread
        self._calls = self._reserved = 0
        self._least: Budget | None = None
        """The least that was told since something has been on its way."""
        self._doubt = False
        """Whether a call was lost since then, which Imgur may have counted."""

    def take(self, cost: int, now: float, *, even_if_none: bool = False) -> float | None:
        """Set credits aside for a call that goes out now; where there are none, gives when there will be."""
        with self._lock:
            self._renew(now)
            until = None if even_if_none else self.budget.free_at(cost, now)
            if until is None:
                self._calls += 1
                self._reserved += cost
                self.budget = self.budget.spent(cost)
            return until

    def told(self, cost: int, headers: Mapping[str, str], now: float) -> None:
        """A call is over, and its answer had these headers."""
        with self._lock:
            self._renew(now)
            told = self.budget.updated(headers, now)
            self._least = told if self._least is None else told.at_most(self._least)
            sure = self._calls == 1 and not self._doubt
            self.budget = self._least if sure else told.at_most(self.budget)
            self._end(cost)

    def lost(self, cost: int, *, begun: bool) -> None:
        """A call is over, without an answer; one of which nothing was sent has cost nothing."""
        with self._lock:
            self._doubt |= begun
            if not begun:
                self.budget = self.budget.spent(-cost)
            self._end(cost)

    def _end(self, cost: int) -> None:
        self._calls -= 1
        self._reserved -= cost
        if not self._calls:
            self._least, self._doubt = None, False

    def _renew(self, now: float) -> None:
        renewed = self.budget.renewed(now, self._reserved)
        if renewed is not self.budget:
            self.budget, self._least = renewed, None
