"""One budget for all threads and tasks of a client: what is on its way is spent already.

An answer tells what was left when Imgur counted its call. It may be older news than another answer, and may not count
what is on its way; so as long as something is, the least that was told holds, less what is on its way.
"""

from __future__ import annotations

from collections.abc import Mapping
from threading import RLock

from ..budget import Budget, heard

NOTHING_KNOWN = Budget()
SLACK = 5
"""Seconds by which two answers may differ about the same reset."""
_LEFT = {"client_remaining": "client_reset", "user_remaining": "user_reset"}
"""What calls take from, and when it is full again."""


class CreditTracker:
    """What is left, as far as anybody can know."""

    def __init__(self, budget: Budget = NOTHING_KNOWN) -> None:
        self.budget: Budget = budget
        self._lock = RLock()  # a call that the garbage collector finds within it ends in the same thread
        self._calls = self._reserved = 0
        self._least: dict[str, int] = {}
        """The least that was told since something has been on its way."""

    def reserve(self, cost: int, now: float, *, even_if_none: bool = False) -> float | None:
        """Set credits aside for a call that goes out now; where there are none, gives when there will be."""
        with self._lock:
            self._renew(now)
            until = None if even_if_none else self.budget.free_at(cost, now)
            if until is None:
                self._calls += 1
                self._reserved += cost
                self.budget = self.budget.spent(cost)
            return until

    def commit(self, cost: int, headers: Mapping[str, str], now: float) -> None:
        """A call is over, and its answer had these headers."""
        with self._lock:
            self._renew(now)
            fields = heard(headers, now)
            if self._calls > 1 or self._least:  # there is, or was, another call beside this one
                for left in _LEFT.keys() & fields.keys():
                    fields[left] = self._weighed(left, fields, cost)
            self.budget = self.budget._replace(**fields)
            self._end(cost)

    def release(self, cost: int, *, begun: bool) -> None:
        """A call is over, without an answer; one of which nothing was sent has cost nothing."""
        with self._lock:
            if not begun:
                self.budget = self.budget.spent(-cost)
            self._end(cost)

    def _weighed(self, left: str, fields: Mapping[str, int], cost: int) -> int:
        """What is left, by what the answer to a call of this cost says."""
        reset = _LEFT[left]
        end: int | None = getattr(self.budget, reset)
        if end is not None and fields.get(reset, end) > end + SLACK:  # all has come back since
            self._least.pop(left, None)
        least = self._least[left] = min(fields[left], self._least.get(left, fields[left]))
        return max(0, least - self._reserved + cost)

    def _end(self, cost: int) -> None:
        self._calls -= 1
        self._reserved -= cost
        if not self._calls and self._least:
            self.budget, self._least = self.budget._replace(**self._least), {}

    def _renew(self, now: float) -> None:
        renewed = self.budget.renewed(now, self._reserved)
        if renewed is not self.budget:
            self.budget, self._least = renewed, {}
