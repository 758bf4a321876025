"""The two drivers, sync and async: the only client module that knows the HTTP library, sleeps or locks.

A driver takes a flow's steps one by one and hands back what came of each. Both keep a total
deadline for every exchange (httpx2's timeouts are per read), bound what is held in memory, and
refresh a token once, however many callers wait for it.
"""

from __future__ import annotations

import asyncio
import threading
import time
import weakref
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from typing import Any, TypeVar, cast

import httpx2

from . import _flow, _network
from ._messages import Deadline, headers_of, message, no_answer, receiver
from ._request import Exchange, Flow, Keep, Refresh, Reply, Request, Sleep, Step, Together
from ._state import State
from .exceptions import DeadlineError, ImgurError, NotLoaded
from .tokens import SharedTokenStore, TokenStore

T = TypeVar("T")
R = TypeVar("R")
Origin = tuple[str, str]
"""Scheme and host: what the choice of a proxy hangs on."""

TIMEOUT = 30.0
"""Seconds one read or write may take."""
DEADLINE = 120.0
"""Seconds a whole exchange may take; a file's bytes add to it, see SLOWEST."""


def _held(store: TokenStore | None) -> AbstractContextManager[object]:
    """The store, for this process alone, if others may use it."""
    return store.hold() if isinstance(store, SharedTokenStore) else nullcontext()


def _close(transports: dict[Origin, httpx2.BaseTransport]) -> None:
    while transports:
        transports.popitem()[1].close()


class SyncRunner:
    """Carries out flows, blocking the calling thread; safe to share between threads."""

    def __init__(self, state: State, transport: httpx2.BaseTransport | None, timeout: float, deadline: float) -> None:
        self.state = state
        self._given = transport
        self._transports: dict[Origin, httpx2.BaseTransport] = {}
        self._timeout = timeout
        self._deadline = deadline
        self._lock = threading.Lock()
        self._refreshing = threading.Lock()
        weakref.finalize(self, _close, self._transports)  # most programs never close a client

    def close(self) -> None:
        """Close the connections; the next call opens new ones."""
        with self._lock:
            _close(self._transports)

    def call(self, request: Request[T]) -> T:
        return self.run(_flow.call(cast("Any", self), request))

    def collect(self, request: Request[list[T]]) -> list[T]:
        limit = self.state.default_limit if request.limit is None else request.limit
        return [item for _, item in zip(range(limit), self._walk(request), strict=False)]

    def iterate(self, request: Request[list[T]]) -> Iterator[T]:
        items = self._walk(request)
        return items if request.limit is None else (item for _, item in zip(range(request.limit), items, strict=False))

    def _walk(self, request: Request[list[T]]) -> Iterator[T]:
        if request.pages is None:
            yield from self.call(request)
            return
        number, last = request.pages.first, None
        while (items := self.call(request.page(number))) and items != last:
            yield from items
            number, last = number + 1, items

    def load(self, obj: Any) -> Any:
        self.run(obj.reload())
        return obj

    def missing(self, obj: Any, name: str) -> None:
        self.load(obj)

    def run(self, flow: Flow[T]) -> T:
        """Take the flow's steps until it returns."""
        try:
            step = next(flow)
            while True:
                try:
                    answer = self._perform(step)
                except ImgurError as error:
                    step = flow.throw(error)
                else:
                    step = flow.send(answer)
        except StopIteration as done:
            return cast("T", done.value)
        finally:
            flow.close()

    def _perform(self, step: Step) -> object:
        if isinstance(step, Exchange):
            return self._exchange(step)
        if isinstance(step, Together):
            return self._together(step)
        if isinstance(step, Sleep):
            time.sleep(step.seconds)
        elif isinstance(step, Keep):
            self.state.keep()
        else:
            self._refresh(step)
        return None

    def _together(self, step: Together) -> list[Any]:
        """Each flow in a thread; when the user interrupts, what is on its way is cut off and nothing more begins."""
        with ThreadPoolExecutor(step.concurrency, "imgur") as threads:
            running = [threads.submit(self._outcome, flow) for flow in step.flows]
            try:
                return [future.result() for future in running]
            except BaseException:
                threads.shutdown(wait=False, cancel_futures=True)
                self.close()
                raise

    def _outcome(self, flow: Flow[T]) -> T | ImgurError:
        try:
            return self.run(flow)
        except ImgurError as error:
            return error

    def _refresh(self, step: Refresh) -> None:
        """Refresh once, however many threads and processes wait for it."""
        with self._refreshing:
            if self.state.access_token != step.stale:
                return
            with _held(self.state.store):
                if not self.state.recall():
                    self.run(_flow.refresh(self.state))

    def _exchange(self, exchange: Exchange) -> Reply:
        deadline = Deadline(exchange, self._deadline)
        made, sending = message(exchange, deadline, self._timeout)
        try:
            with _network.until(deadline):
                response = self._transport(made.url).handle_request(made)
                try:
                    return self._read(exchange, response, deadline)
                finally:
                    response.close()
        except httpx2.HTTPError as error:
            if deadline.left <= 0:
                raise deadline.error(sent=sending.done) from error
            raise no_answer(error, exchange, sending.done) from error

    def _read(self, exchange: Exchange, response: httpx2.Response, deadline: Deadline) -> Reply:
        headers = headers_of(response)
        into = receiver(exchange, response.status_code, headers, deadline)
        for chunk in response.iter_bytes():
            into.write(chunk)
        return Reply(response.status_code, headers, into.body)

    def _transport(self, url: httpx2.URL) -> httpx2.BaseTransport:
        if self._given is not None:
            return self._given
        origin = (url.scheme, url.host)
        with self._lock:
            if origin not in self._transports:
                self._transports[origin] = _network.transport(_network.proxy_for(url))
            return self._transports[origin]


class AsyncRunner:
    """Carries out flows on the running event loop; one loop for the life of a client."""

    def __init__(
        self, state: State, transport: httpx2.AsyncBaseTransport | None, timeout: float, deadline: float
    ) -> None:
        self.state = state
        self._given = transport
        self._transports: dict[Origin, httpx2.AsyncBaseTransport] = {}
        self._timeout = timeout
        self._deadline = deadline
        self._refreshing = asyncio.Lock()
        self._store_thread = ThreadPoolExecutor(1, "imgur store")

    async def close(self) -> None:
        """Close the connections; the next call opens new ones."""
        transports, self._transports = list(self._transports.values()), {}
        for transport in transports:
            await transport.aclose()

    async def call(self, request: Request[T]) -> T:
        return await self.run(_flow.call(cast("Any", self), request))

    async def collect(self, request: Request[list[T]]) -> list[T]:
        limit = self.state.default_limit if request.limit is None else request.limit
        return [item async for item in self._walk(request, limit)]

    def iterate(self, request: Request[list[T]]) -> AsyncIterator[T]:
        return self._walk(request, request.limit)

    async def _walk(self, request: Request[list[T]], limit: int | None) -> AsyncIterator[T]:
        number, last = request.pages.first if request.pages else 0, None
        left = float("inf") if limit is None else limit
        while left > 0 and (items := await self.call(request if request.pages is None else request.page(number))):
            if items == last:
                return
            for item in items[: int(min(left, len(items)))]:
                yield item
            left = left - len(items) if request.pages else 0
            number, last = number + 1, items

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
            return cast("T", done.value)
        finally:
            flow.close()

    async def _perform(self, step: Step) -> object:
        if isinstance(step, Exchange):
            return await self._exchange(step)
        if isinstance(step, Together):
            return await self._together(step)
        if isinstance(step, Sleep):
            await asyncio.sleep(step.seconds)
        elif isinstance(step, Keep):
            await self._aside(self.state.keep)
        else:
            await self._refresh(step)
        return None

    async def _together(self, step: Together) -> list[Any]:
        """Each flow in a task; a cancelled call cancels them all."""
        places = asyncio.Semaphore(step.concurrency)
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(self._outcome(flow, places)) for flow in step.flows]
        return [task.result() for task in tasks]

    async def _outcome(self, flow: Flow[T], places: asyncio.Semaphore) -> T | ImgurError:
        async with places:
            try:
                return await self.run(flow)
            except ImgurError as error:
                return error

    async def _refresh(self, step: Refresh) -> None:
        """Refresh once, however many tasks and processes wait for it."""
        async with self._refreshing:
            if self.state.access_token != step.stale:
                return
            held = _held(self.state.store)
            await self._aside(held.__enter__)
            try:
                if not await self._aside(self.state.recall):
                    await self.run(_flow.refresh(self.state))
            finally:
                await self._aside(held.__exit__, None, None, None)

    async def _aside(self, work: Callable[..., R], *args: object) -> R:
        """Run what waits for the disk in the one thread that does so: a lock belongs to its thread."""
        return await asyncio.get_running_loop().run_in_executor(self._store_thread, work, *args)

    async def _exchange(self, exchange: Exchange) -> Reply:
        deadline = Deadline(exchange, self._deadline)
        made, sending = message(exchange, deadline, self._timeout)
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
            raise deadline.error(sent=sending.done) from error
        except httpx2.HTTPError as error:
            raise no_answer(error, exchange, sending.done) from error

    async def _read(self, exchange: Exchange, response: httpx2.Response, deadline: Deadline) -> Reply:
        headers = headers_of(response)
        into = receiver(exchange, response.status_code, headers, deadline)
        async for chunk in response.aiter_bytes():
            into.write(chunk)
        return Reply(response.status_code, headers, into.body)

    def _transport(self, url: httpx2.URL) -> httpx2.AsyncBaseTransport:
        if self._given is not None:
            return self._given
        origin = (url.scheme, url.host)
        if origin not in self._transports:
            self._transports[origin] = _network.async_transport(_network.proxy_for(url))
        return self._transports[origin]
