"""Bounded, fair slots: requesters take turns, and each holds a limited share.

A requester with a hundred requests waits behind its own requests and not in front of others.
"""

from __future__ import annotations

import asyncio
from collections import Counter, OrderedDict, deque
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from pyimgur.server.errors import BusyError


@dataclass(slots=True)
class FairSlots:
    """Slots that requesters hold for a while.

    Attributes:
        total: how many slots are held at once.
        per_requester: how many of them one requester may hold.
        max_waiting: how many requests may wait.
        max_waiting_per_requester: how many of them may be of one requester.
        busy_message: the message of `BusyError` when more would have to wait.
    """

    total: int
    per_requester: int
    max_waiting: int
    max_waiting_per_requester: int
    busy_message: str = "too many uploads by URL at once; try again in a moment"
    _held: Counter[str] = field(default_factory=Counter[str])
    _queues: OrderedDict[str, deque[asyncio.Future[None]]] = field(
        default_factory=OrderedDict[str, "deque[asyncio.Future[None]]"]
    )
    """Waiting requests by requester, in the order of turns."""

    @asynccontextmanager
    async def slot(self, requester: str) -> AsyncGenerator[None]:
        """Wait for this requester's turn, and hold a slot during the block.

        Raises:
            BusyError: too many requests wait already.
        """
        if self._is_free(requester):
            self._held[requester] += 1
        else:
            await self._wait(requester)
        try:
            yield
        finally:
            self._release(requester)

    def _is_free(self, requester: str) -> bool:
        return self._held.total() < self.total and self._held[requester] < self.per_requester

    async def _wait(self, requester: str) -> None:
        queue = self._queues.get(requester, deque())
        if len(queue) >= self.max_waiting_per_requester or sum(map(len, self._queues.values())) >= self.max_waiting:
            raise BusyError(self.busy_message)
        turn = asyncio.get_running_loop().create_future()
        self._queues.setdefault(requester, queue).append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.cancelled():
                self._leave(requester, turn)
            else:
                self._release(requester)  # the slot was assigned in the same moment
            raise

    def _release(self, requester: str) -> None:
        self._held[requester] -= 1
        if not self._held[requester]:
            del self._held[requester]
        for candidate in list(self._queues):
            if self._is_free(candidate) and self._assign(candidate):
                return

    def _assign(self, requester: str) -> bool:
        """Give this requester's next waiting request a slot; False if all of them were cancelled."""
        turn = next((turn for turn in self._queues[requester] if not turn.done()), None)
        if turn is None:
            return False
        self._queues.move_to_end(requester)
        self._leave(requester, turn)
        self._held[requester] += 1
        turn.set_result(None)
        return True

    def _leave(self, requester: str, turn: asyncio.Future[None]) -> None:
        queue = self._queues[requester]
        queue.remove(turn)
        if not queue:
            del self._queues[requester]
