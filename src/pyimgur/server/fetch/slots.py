"""Bounded, fair slots: requesters take turns, and nobody holds more than a share.

Someone who asks for a hundred slots waits behind himself, not in front of others.
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
        total: how many are held at once.
        each: how many of them one requester holds.
        waiting: how many requests wait.
        waiting_each: how many of them are one requester's.
        busy: what is said if more want to wait.
    """

    total: int
    each: int
    waiting: int
    waiting_each: int
    busy: str = "too many uploads by URL at once; try again in a moment"
    _held: Counter[str] = field(default_factory=Counter[str])
    _queues: OrderedDict[str, deque[asyncio.Future[None]]] = field(
        default_factory=OrderedDict[str, "deque[asyncio.Future[None]]"]
    )
    """Requester -> who waits, the requester whose turn is next first."""

    @asynccontextmanager
    async def slot(self, requester: str) -> AsyncGenerator[None]:
        """Hold a slot during the block, once it is this requester's turn.

        Raises:
            BusyError: too many wait already.
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
        return self._held.total() < self.total and self._held[requester] < self.each

    async def _wait(self, requester: str) -> None:
        queue = self._queues.get(requester, deque())
        if len(queue) >= self.waiting_each or sum(map(len, self._queues.values())) >= self.waiting:
            raise BusyError(self.busy)
        turn = asyncio.get_running_loop().create_future()
        self._queues.setdefault(requester, queue).append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.cancelled():
                self._leave(requester, turn)
            else:
                self._release(requester)  # the turn came just then
            raise

    def _release(self, requester: str) -> None:
        self._held[requester] -= 1
        if not self._held[requester]:
            del self._held[requester]
        for waiting in list(self._queues):
            if self._is_free(waiting) and self._hand_to(waiting):
                return

    def _hand_to(self, requester: str) -> bool:
        """Give this requester a slot; False if all who waited have been cancelled."""
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
