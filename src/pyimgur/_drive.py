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
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from typing import Any, TypeVar, cast

import httpx2

from . import _flow, _network
from ._request import Body, Exchange, Flow, Keep, Refresh, Reply, Request, Sink, Sleep, Step, Together
from ._state import State
from .exceptions import DeadlineError, ImgurError, NoAnswerError, NotLoaded, UnexpectedImgurException
from .tokens import SharedTokenStore, TokenStore

T = TypeVar("T")
R = TypeVar("R")
Origin = tuple[str, str]
"""Scheme and host: what the choice of a proxy hangs on."""

TIMEOUT = 30.0
"""Seconds one read or write may take."""
DEADLINE = 120.0
"""Seconds a whole exchange may take; a file's bytes add to it, see SLOWEST."""
SLOWEST = 16 * 1024
"""Bytes a second at which a file must move at least: each byte of it prolongs the deadline by as much."""
LARGEST_PORT = 65_535
LARGEST_ANSWER = 64 * 1024 * 1024
"""Bytes of an answer that are held in memory."""

_NOT_SENT = (
    httpx2.ConnectError,
    httpx2.ConnectTimeout,
    httpx2.PoolTimeout,
    httpx2.UnsupportedProtocol,
    httpx2.ProxyError,
)


class _Deadline:
    """When an exchange must be over; one that moves a file is given more time as its bytes move."""

    def __init__(self, exchange: Exchange, seconds: float) -> None:
        self.seconds = exchange.deadline or seconds
        self.timer: asyncio.Timeout | None = None
        self._label = exchange.label
        self._end = time.monotonic() + self.seconds

    @property
    def left(self) -> float:
        return self._end - time.monotonic()

    def moved(self, size: int) -> None:
        """Give the time that so many bytes of a file may take; what ran out is an error here already."""
        if self.left <= 0:
            raise self.error()
        more = size / SLOWEST
        self._end += more
        if self.timer is not None and (end := self.timer.when()) is not None:
            self.timer.reschedule(end + more)

    def sent(self) -> None:
        """All is handed over: the answer gets the time of any other, however long the way there took."""
        end = time.monotonic() + self.seconds
        if self.timer is not None and end < self._end:
            self.timer.reschedule(asyncio.get_running_loop().time() + self.seconds)
        self._end = min(self._end, end)

    def error(self, *, sent: bool = False) -> DeadlineError:
        return DeadlineError(f"no whole answer within {self.seconds:g} s", request=self._label, sent=sent)


class _Sending(httpx2.SyncByteStream, httpx2.AsyncByteStream):
    """A body on its way; remembers whether all of it was handed over."""

    def __init__(self, body: Body | None, deadline: _Deadline) -> None:
        self._body = body
        self._deadline = deadline
        self.done = body is None

    def __iter__(self) -> Iterator[bytes]:
        if self._body is not None:
            for chunk in self._body.open():
                yield chunk
                self._deadline.moved(len(chunk))
            self._deadline.sent()
        self.done = True

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for chunk in self:
            yield chunk


def _message(exchange: Exchange, deadline: _Deadline, timeout: float) -> tuple[httpx2.Request, _Sending]:
    """The HTTP library's form of an exchange, built straight for its transport."""
    sending = _Sending(exchange.body, deadline)
    try:
        url = httpx2.URL(exchange.url)
    except httpx2.InvalidURL as error:
        raise NoAnswerError(f"{exchange.url!r} is no address: {error}", request=exchange.label) from None
    if url.port is not None and url.port > LARGEST_PORT:
        raise NoAnswerError(f"{exchange.url!r} is no address: there is no port {url.port}", request=exchange.label)
    headers = {"Host": url.netloc.decode("ascii"), **exchange.headers}
    if (body := exchange.body) is not None:
        headers["Content-Type"] = body.content_type
        headers.update(
            {"Transfer-Encoding": "chunked"} if body.length is None else {"Content-Length": str(body.length)}
        )
    limit = max(0.001, min(timeout, deadline.left))
    extensions = {"timeout": {"connect": limit, "read": limit, "write": limit, "pool": limit}}
    return httpx2.Request(exchange.method, url, headers=headers, stream=sending, extensions=extensions), sending


def _no_answer(error: httpx2.HTTPError, exchange: Exchange, sent: bool) -> NoAnswerError:
    """What a failure of the network means to the caller."""
    host = httpx2.URL(exchange.url).netloc.decode("ascii")
    if isinstance(error, _NOT_SENT):
        return NoAnswerError(
            f"cannot reach {host}: {error}; is it running, and is the address right?", request=exchange.label
        )
    what = "took too long" if isinstance(error, httpx2.TimeoutException) else "broke off"
    return NoAnswerError(
        f"the connection to {host} {what} ({error or type(error).__name__})", request=exchange.label, sent=sent
    )


class _Collected:
    """An answer's bytes in memory, up to a bound, within the deadline however slowly they come."""

    def __init__(self, label: str, deadline: _Deadline) -> None:
        self._label = label
        self._deadline = deadline
        self._chunks: list[bytes] = []
        self._size = 0

    def write(self, chunk: bytes) -> None:
        self._size += len(chunk)
        if self._size > LARGEST_ANSWER:
            raise UnexpectedImgurException(f"the answer is over {LARGEST_ANSWER:,} bytes", request=self._label)
        self._deadline.moved(0)
        self._chunks.append(chunk)

    @property
    def body(self) -> bytes:
        return b"".join(self._chunks)


class _Sunk:
    """An answer's bytes on their way into a sink; they prolong the deadline."""

    body = b""

    def __init__(self, sink: Sink, deadline: _Deadline) -> None:
        self._sink = sink
        self._deadline = deadline

    def write(self, chunk: bytes) -> None:
        self._deadline.moved(len(chunk))
        self._sink.write(chunk)


def _receiver(exchange: Exchange, status: int, headers: Mapping[str, str], deadline: _Deadline) -> _Collected | _Sunk:
    """Where the bytes of this answer go: the sink if it wants them, else memory."""
    sink = exchange.sink
    wanted = sink is not None and sink.accepts(status, headers)
    return _Sunk(sink, deadline) if sink is not None and wanted else _Collected(exchange.label, deadline)


def _headers(response: httpx2.Response) -> Mapping[str, str]:
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in response.headers.raw}


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
        deadline = _Deadline(exchange, self._deadline)
        message, sending = _message(exchange, deadline, self._timeout)
        try:
            with _network.until(deadline):
                response = self._transport(message.url).handle_request(message)
                try:
                    return self._read(exchange, response, deadline)
                finally:
                    response.close()
        except httpx2.HTTPError as error:
            if deadline.left <= 0:
                raise deadline.error(sent=sending.done) from error
            raise _no_answer(error, exchange, sending.done) from error

    def _read(self, exchange: Exchange, response: httpx2.Response, deadline: _Deadline) -> Reply:
        headers = _headers(response)
        receiver = _receiver(exchange, response.status_code, headers, deadline)
        for chunk in response.iter_bytes():
            receiver.write(chunk)
        return Reply(response.status_code, headers, receiver.body)

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
        deadline = _Deadline(exchange, self._deadline)
        message, sending = _message(exchange, deadline, self._timeout)
        try:
            async with asyncio.timeout(deadline.left) as deadline.timer:
                response = await self._transport(message.url).handle_async_request(message)
                try:
                    return await self._read(exchange, response, deadline)
                finally:
                    await response.aclose()
        except DeadlineError:
            raise
        except TimeoutError as error:
            raise deadline.error(sent=sending.done) from error
        except httpx2.HTTPError as error:
            raise _no_answer(error, exchange, sending.done) from error

    async def _read(self, exchange: Exchange, response: httpx2.Response, deadline: _Deadline) -> Reply:
        headers = _headers(response)
        receiver = _receiver(exchange, response.status_code, headers, deadline)
        async for chunk in response.aiter_bytes():
            receiver.write(chunk)
        return Reply(response.status_code, headers, receiver.body)

    def _transport(self, url: httpx2.URL) -> httpx2.AsyncBaseTransport:
        if self._given is not None:
            return self._given
        origin = (url.scheme, url.host)
        if origin not in self._transports:
            self._transports[origin] = _network.async_transport(_network.proxy_for(url))
        return self._transports[origin]
