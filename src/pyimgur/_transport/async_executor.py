"""The async driver: what `drive` does, on the running event loop, for several loops at once if need be."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, closing, contextmanager
from functools import partial
from typing import Any, TypeVar

import httpx2

from .._core.effects import (
    Effect,
    Flow,
    Gather,
    HTTPRequest,
    Item,
    ItemStream,
    Refresh,
    Reply,
    RunBlocking,
    SaveTokens,
    Sleep,
)
from .._core.request import Request
from .._policy import pagination, token_grants
from .._policy.client_state import ClientState
from .._policy.flow import execute
from .._traceback_locals import clear_locals
from ..exceptions import DeadlineError, ImgurError, NotLoaded
from ..lists import ItemList
from . import connection_pool
from .httpx_adapter import Deadline, headers_of, response_body_for, root_cause, to_httpx_request, translate_error
from .request_log import log_request
from .sync_executor import DEADLINE, ListRequest, Origin, effective_limit, held

T = TypeVar("T")
R = TypeVar("R")


class _LoopState:
    """What belongs to one event loop: connections, the lock of a refresh, and the thread that waits for the disk."""

    def __init__(self) -> None:
        self.transports: dict[Origin, httpx2.AsyncBaseTransport] = {}
        self.refreshing = asyncio.Lock()
        self.store_thread = ThreadPoolExecutor(1, "imgur store")  # one, for a lock belongs to its thread


class AsyncExecutor:
    """Carries out flows on the running event loop; each loop has its own connections, also several at once."""

    def __init__(
        self, state: ClientState, transport: httpx2.AsyncBaseTransport | None, timeout: float, deadline: float
    ) -> None:
        self.state = state
        self._given = transport
        self._timeout = timeout
        self._deadline = deadline
        self._loops: dict[asyncio.AbstractEventLoop, _LoopState] = {}
        self._entering = threading.Lock()
        self._refreshing = threading.Lock()

    @property
    def _loop_state(self) -> _LoopState:
        """The running loop's."""
        loop = asyncio.get_running_loop()
        return self._loops.get(loop) or self._enter(loop)

    def _enter(self, loop: asyncio.AbstractEventLoop) -> _LoopState:
        """Begin in a loop, and forget those that are over."""
        with self._entering:
            open_ones = {known: state for known, state in self._loops.items() if not known.is_closed()}
            self._loops = {**open_ones, loop: _LoopState()}
            return self._loops[loop]

    async def close(self) -> None:
        """Close the connections; the next call opens new ones."""
        transports = self._loop_state.transports
        while transports:
            await transports.popitem()[1].aclose()

    async def call(self, request: Request[T]) -> T:
        return await self.run(execute(self, request))

    async def collect(self, wanted: ListRequest[T]) -> ItemList[T]:
        return await self.run(
            pagination.collect(pagination.paginate(self, wanted, effective_limit(self.state, wanted)))
        )

    def iterate(self, wanted: ListRequest[T]) -> AsyncIterator[T]:
        return self._walk(pagination.paginate(self, wanted, wanted.limit))

    async def _walk(self, walk: ItemStream[T]) -> AsyncIterator[T]:
        """Take the walk's steps as far as its next thing is wanted."""
        with closing(walk):
            while isinstance(found := await self.run(pagination.next_item(walk)), Item):
                yield found.item

    async def load(self, obj: Any) -> Any:
        await self.run(obj.reload())
        return obj

    def missing(self, obj: Any, name: str) -> None:
        raise NotLoaded(f"{name!r} of {obj!r} has not been fetched: await .load() first")

    async def run(self, flow: Flow[T]) -> T:
        """Take the flow's steps until it returns."""
        try:
            step = next(flow)
            while True:
                try:
                    answer = await self._perform(step)
                except ImgurError as error:
                    step = flow.throw(error)
                else:
                    step = flow.send(answer)
        except StopIteration as done:
            return done.value
        except BaseException as error:
            clear_locals(error)
            raise
        finally:
            flow.close()

    async def _perform(self, step: Effect) -> object:
        if isinstance(step, HTTPRequest):
            with log_request(step) as told:
                return told(await self._exchange(step))
        if isinstance(step, Gather):
            return await self._together(step)
        if isinstance(step, RunBlocking):
            return await asyncio.to_thread(step.work)
        if isinstance(step, Sleep):
            await asyncio.sleep(step.seconds)
        elif isinstance(step, SaveTokens):
            await self._run_blocking(partial(self.state.save_tokens, required=step.required))
        else:
            await self._refresh(step)
        return None

    async def _together(self, step: Gather) -> list[Any]:
        """Each flow in a task; a cancelled call cancels them all."""
        places = asyncio.Semaphore(step.concurrency)
        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(self._outcome(flow, places)) for flow in step.flows]
        except BaseExceptionGroup as several:  # of a callback: the sync driver raises the first one, too
            raise several.exceptions[0] from None
        return [task.result() for task in tasks]

    async def _outcome(self, flow: Flow[T], places: asyncio.Semaphore) -> T | ImgurError:
        async with places:
            try:
                return await self.run(flow)
            except ImgurError as error:
                return error

    async def _refresh(self, step: Refresh) -> None:
        """Refresh once, however many tasks, loops and processes wait for it."""
        async with self._loop_state.refreshing:
            if self.state.access_token != step.stale or (step.doubted and self.state.recently_issued):
                return
            held = self._alone()
            await self._entered(held)
            try:
                if self.state.access_token == step.stale and not await self._run_blocking(self.state.adopt_newer_token):
                    await self.run(token_grants.refresh(self.state))
            finally:
                await self._run_blocking(held.__exit__, None, None, None)

    async def _entered(self, held: AbstractContextManager[None]) -> None:
        """Return within it; whoever is cancelled meanwhile leaves it as soon as it is entered."""
        entering = asyncio.ensure_future(self._run_blocking(held.__enter__))
        try:
            await asyncio.shield(entering)
        except asyncio.CancelledError:
            entering.add_done_callback(lambda done: done.cancelled() or done.exception())  # looked at: nobody is told
            self._loop_state.store_thread.submit(
                held.__exit__, None, None, None
            )  # behind the entering, in the same thread
            raise

    @contextmanager
    def _alone(self) -> Generator[None]:
        """Within this block, no other loop or process refreshes; for a loop that stands still nobody waits for ever."""
        first = self._refreshing.acquire(timeout=min(self._deadline, DEADLINE))
        try:
            with held(self.state):
                yield
        finally:
            if first:
                self._refreshing.release()

    async def _run_blocking(self, work: Callable[..., R], *args: object) -> R:
        """Run what waits for the disk in the one thread that does so."""
        return await asyncio.get_running_loop().run_in_executor(self._loop_state.store_thread, work, *args)

    async def _exchange(self, exchange: HTTPRequest) -> Reply:
        deadline = Deadline(exchange, self._deadline)
        made, sending = to_httpx_request(exchange, deadline, self._timeout)
        try:
            async with asyncio.timeout(deadline.left) as deadline.timer:
                response = await self._transport(made.url).handle_async_request(made)
                try:
                    return await self._read(exchange, response, deadline)
                finally:
                    await response.aclose()
        except DeadlineError:
            raise
        except TimeoutError as error:
            if deadline.timer is None or not deadline.timer.expired():  # a callback's own
                raise
            raise deadline.error(sent=sending.done) from error
        except httpx2.HTTPError as error:
            raise translate_error(error, exchange, sending.done) from root_cause(error)

    async def _read(self, exchange: HTTPRequest, response: httpx2.Response, deadline: Deadline) -> Reply:
        headers = headers_of(response)
        into = response_body_for(exchange, response.status_code, headers, deadline)
        async for chunk in response.aiter_bytes():
            into.write(chunk)
        return Reply(response.status_code, headers, into.body)

    def _transport(self, url: httpx2.URL) -> httpx2.AsyncBaseTransport:
        if self._given is not None:
            return self._given
        origin, transports = (url.scheme, url.host), self._loop_state.transports
        if origin not in transports:
            transports[origin] = connection_pool.async_transport(connection_pool.proxy_for(url))
        return transports[origin]
