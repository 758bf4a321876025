"""The async executor: carries out effects on the running event loop; one executor may serve several loops.

It gives every request a total deadline, limits what is held in memory, and refreshes a token once, however many tasks,
loops and processes wait for it.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, closing, contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from .._core.effects import (
    Effect,
    Flow,
    Gather,
    HTTPRequest,
    Item,
    ItemStream,
    RefreshToken,
    Reply,
    RunBlocking,
    SaveTokens,
    Sleep,
)
from .._core.request import Request
from .._policy import pagination, token_grants
from .._policy.client_state import ClientState
from .._policy.flow import execute
from .._policy.pagination import ListRequest, effective_limit
from .._traceback_locals import clear_locals
from ..exceptions import DeadlineError, ImgurError, NotLoaded
from ..lists import ItemList
from .deadline import DEADLINE, Deadline
from .exchange import AsyncExchange, async_exchange
from .request_log import is_listening, log_request

if TYPE_CHECKING:
    import httpx2

T = TypeVar("T")
R = TypeVar("R")


class _LoopState:
    """What belongs to one event loop: connections, the lock for refreshes, and the thread for the token store."""

    def __init__(self, exchange: AsyncExchange) -> None:
        self.exchange = exchange
        self.refreshing = asyncio.Lock()
        self.store_thread = ThreadPoolExecutor(1, "imgur store")  # only one, as a lock belongs to its thread


class AsyncExecutor:
    """Carries out flows on the running event loop; each loop has its own connections."""

    def __init__(
        self, state: ClientState, transport: httpx2.AsyncBaseTransport | None, timeout: float, deadline: float
    ) -> None:
        self.state = state
        self._transport = transport
        self._timeout = timeout
        self._deadline = deadline
        self._loops: dict[asyncio.AbstractEventLoop, _LoopState] = {}
        self._loops_lock = threading.Lock()
        self._refreshing = threading.Lock()

    @property
    def _loop_state(self) -> _LoopState:
        """The state of the running loop."""
        loop = asyncio.get_running_loop()
        return self._loops.get(loop) or self._add_loop(loop)

    def _add_loop(self, loop: asyncio.AbstractEventLoop) -> _LoopState:
        """Create the state of a loop, and drop those of closed loops."""
        with self._loops_lock:
            open_loops = {known: state for known, state in self._loops.items() if not known.is_closed()}
            self._loops = {**open_loops, loop: _LoopState(async_exchange(self._transport, self._timeout))}
            return self._loops[loop]

    async def close(self) -> None:
        """Close the connections; the next call opens new ones."""
        await self._loop_state.exchange.close()

    async def call(self, request: Request[T]) -> T:
        return await self.run(execute(self, request))

    async def collect(self, request: ListRequest[T]) -> ItemList[T]:
        stream = pagination.paginate(self, request, effective_limit(self.state, request))
        return await self.run(pagination.collect(stream))

    def iterate(self, request: ListRequest[T]) -> AsyncIterator[T]:
        return self._iterate(pagination.paginate(self, request, request.limit))

    async def _iterate(self, stream: ItemStream[T]) -> AsyncIterator[T]:
        """Yield the stream's items, fetched as they are wanted."""
        with closing(stream):
            while isinstance(item := await self.run(pagination.next_item(stream)), Item):
                yield item.item

    async def load(self, obj: Any) -> Any:
        await self.run(obj.reload())
        return obj

    def missing(self, obj: Any, name: str) -> None:
        raise NotLoaded(f"{name!r} of {obj!r} has not been fetched: await .load() first")

    async def run(self, flow: Flow[T]) -> T:
        """Carry out the flow's effects and return its result."""
        try:
            effect = next(flow)
            while True:
                try:
                    result = await self._perform(effect)
                except ImgurError as error:
                    effect = flow.throw(error)
                else:
                    effect = flow.send(result)
        except StopIteration as done:
            return done.value
        except BaseException as error:
            clear_locals(error)
            raise
        finally:
            flow.close()

    async def _perform(self, effect: Effect) -> object:
        if isinstance(effect, HTTPRequest):
            if not is_listening():
                return await self._send(effect)
            with log_request(effect) as log_response:
                return log_response(await self._send(effect))
        if isinstance(effect, Gather):
            return await self._gather(effect)
        if isinstance(effect, RunBlocking):
            return await asyncio.to_thread(effect.work)
        if isinstance(effect, Sleep):
            await asyncio.sleep(effect.seconds)
        elif isinstance(effect, SaveTokens):
            await self._run_blocking(partial(self.state.save_tokens, required=effect.required))
        else:
            await self._refresh(effect)
        return None

    async def _gather(self, effect: Gather) -> list[Any]:
        """Run each flow in a task; a cancelled call cancels them all."""
        slots = asyncio.Semaphore(effect.concurrency)
        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(self._outcome(flow, slots)) for flow in effect.flows]
        except BaseExceptionGroup as errors:  # raised by callbacks; like the sync executor, raise the first one
            raise errors.exceptions[0] from None
        return [task.result() for task in tasks]

    async def _outcome(self, flow: Flow[T], slots: asyncio.Semaphore) -> T | ImgurError:
        async with slots:
            try:
                return await self.run(flow)
            except ImgurError as error:
                return error

    async def _refresh(self, effect: RefreshToken) -> None:
        """Refresh the token once, however many tasks, loops and processes wait for it."""
        async with self._loop_state.refreshing:
            if self.state.access_token != effect.stale or (effect.doubted and self.state.recently_issued):
                return
            lock = self._refresh_lock()
            await self._acquire(lock)
            try:
                if self.state.access_token == effect.stale and not await self._run_blocking(
                    self.state.adopt_newer_token
                ):
                    await self.run(token_grants.refresh(self.state))
            finally:
                await self._run_blocking(lock.__exit__, None, None, None)

    async def _acquire(self, lock: AbstractContextManager[None]) -> None:
        """Enter a lock in the store's thread; if the task is cancelled meanwhile, leave it once it is entered."""
        entering = asyncio.ensure_future(self._run_blocking(lock.__enter__))
        try:
            await asyncio.shield(entering)
        except asyncio.CancelledError:
            entering.add_done_callback(lambda done: done.cancelled() or done.exception())  # avoids asyncio's warning
            # The same thread runs this after it has entered.
            self._loop_state.store_thread.submit(lock.__exit__, None, None, None)
            raise

    @contextmanager
    def _refresh_lock(self) -> Generator[None]:
        """Lock out other loops and processes that refresh.

        Another loop may be blocked, so after the deadline this one goes on without its lock.
        """
        acquired = self._refreshing.acquire(timeout=min(self._deadline, DEADLINE))
        try:
            with self.state.store_lock():
                yield
        finally:
            if acquired:
                self._refreshing.release()

    async def _run_blocking(self, work: Callable[..., R], *args: object) -> R:
        """Call a function of the token store in the loop's one thread for it."""
        return await asyncio.get_running_loop().run_in_executor(self._loop_state.store_thread, work, *args)

    async def _send(self, request: HTTPRequest) -> Reply:
        deadline = Deadline(request, self._deadline)
        try:
            async with asyncio.timeout(deadline.left) as deadline.timer:
                return await self._loop_state.exchange.send(request, deadline)
        except DeadlineError:
            raise
        except TimeoutError as error:
            if deadline.timer is None or not deadline.timer.expired():  # raised by a callback
                raise
            raise deadline.error() from error
        except asyncio.CancelledError:
            self._cancelled(request, sent=deadline.sent)
            raise

    def _cancelled(self, request: HTTPRequest, *, sent: bool) -> None:
        """Called when a request is cancelled; may raise another error instead."""
