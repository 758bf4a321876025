"""Track the credits of a client across its threads and tasks: requests in flight count as spent.

A response says how many credits were left when Imgur counted its request. It may be older than another response, and
may not count requests in flight. So while any request is in flight, the lowest count that was reported applies, minus
what the requests in flight reserve.
"""

from __future__ import annotations

from collections.abc import Mapping
from threading import RLock
from typing import Any

from ..budget import Budget, heard

UNKNOWN = Budget()
SLACK = 5
"""Seconds by which two responses may differ about the same reset."""
_RESET_FIELDS = {"client_remaining": "client_reset", "user_remaining": "user_reset"}
"""Each count of credits, and the field with the time at which it resets."""


class CreditTracker:
    """The credits left, minus those that requests in flight reserve."""

    def __init__(self, budget: Budget = UNKNOWN) -> None:
        self._fields: dict[str, Any] = budget._asdict()
        """The fields of the budget: plain numbers, as each call changes some of them twice."""
        self._lock = RLock()  # reentrant: the garbage collector may end another call of this thread within it
        self._calls = self._reserved = 0
        self._lowest: dict[str, int] = {}
        """The lowest counts that were reported since requests have been in flight."""

    @property
    def budget(self) -> Budget:
        """The credits left."""
        return Budget(**self._fields)

    def reserve(self, cost: int, now: float, *, even_if_none: bool = False) -> float | None:
        """Reserve credits for a request; if there are not enough, return the unix time at which there will be."""
        with self._lock:
            self._reset_if_due(now)
            retry_at = None if even_if_none or self._has(cost) else self.budget.free_at(cost, now)
            if retry_at is None:
                self._calls += 1
                self._reserved += cost
                self._spend(cost)
            return retry_at

    def commit(self, cost: int, headers: Mapping[str, str], now: float) -> None:
        """End a request that got a response with these headers."""
        with self._lock:
            self._reset_if_due(now)
            fields = heard(headers, now)
            if self._calls > 1 or self._lowest:  # another request is, or was, in flight at the same time
                for remaining in _RESET_FIELDS.keys() & fields.keys():
                    fields[remaining] = self._merged(remaining, fields, cost)
            self._fields.update(fields)
            self._end(cost)

    def release(self, cost: int, *, begun: bool) -> None:
        """End a request without a response; if it was not begun, nothing was sent and its credits are free again."""
        with self._lock:
            if not begun:
                self._spend(-cost)
            self._end(cost)

    def _has(self, cost: int) -> bool:
        """Return whether each count has as many credits, or is unknown."""
        client, user = self._fields["client_remaining"], self._fields["user_remaining"]
        return (client is None or client >= cost) and (user is None or user >= cost)

    def _spend(self, cost: int) -> None:
        """Subtract credits until a response reports how many are left."""
        fields = self._fields
        for remaining in _RESET_FIELDS:
            if (left := fields[remaining]) is not None:
                fields[remaining] = max(0, left - cost)

    def _merged(self, remaining: str, fields: Mapping[str, int], cost: int) -> int:
        """Return the credits left, given the fields of a response to a request of this cost."""
        reset_field = _RESET_FIELDS[remaining]
        known_reset: int | None = self._fields[reset_field]
        if known_reset is not None and fields.get(reset_field, known_reset) > known_reset + SLACK:
            self._lowest.pop(remaining, None)  # the credits were reset since
        lowest = self._lowest[remaining] = min(fields[remaining], self._lowest.get(remaining, fields[remaining]))
        return max(0, lowest - self._reserved + cost)

    def _end(self, cost: int) -> None:
        self._calls -= 1
        self._reserved -= cost
        if not self._calls and self._lowest:
            self._fields.update(self._lowest)
            self._lowest = {}

    def _reset_if_due(self, now: float) -> None:
        client, user = self._fields["client_reset"], self._fields["user_reset"]
        if (client is not None and client <= now) or (user is not None and user <= now):
            self._fields, self._lowest = self.budget.renewed(now, self._reserved)._asdict(), {}
