"""The two drivers, sync and async: the only client module that knows the HTTP library, sleeps or locks.

A driver takes a flow's steps one by one and hands back what came of each. Both keep a total
deadline for every exchange (httpx2's timeouts are per read), bound what is held in memory, and
refresh a token once, however many callers wait for it.
"""

from __future__ import annotations

import asyncio
import functools
import ssl
import threading
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any, TypeVar, cast
from urllib.request import getproxies, proxy_bypass

import httpx2

from . import _flow
from ._endpoint import Bound
from ._flow import State
from ._request import Body, Exchange, Flow, Refresh, Reply, Request, Sleep, Step
from .exceptions import DeadlineError, ImgurError, NoAnswerError, NotLoaded, UnexpectedImgurException

T = TypeVar("T")

DEFAULT_LIMIT = 100
"""How many items a listing gives when called without `limit`."""
TIMEOUT = 30.0
"""Seconds one read or write may take."""
DEADLINE = 120.0
"""Seconds a whole exchange may take; those that carry a file get as long as bytes keep flowing."""
LARGEST_ANSWER = 64 * 1024 * 1024
"""Bytes of an answer that are held in memory."""
KEEP_ALIVE = 90.0

_NOT_SENT = (
    httpx2.ConnectError,
    httpx2.ConnectTimeout,
    httpx2.PoolTimeout,
    httpx2.UnsupportedProtocol,
    httpx2.ProxyError,
)


@functools.cache
def _ssl_context() -> ssl.SSLContext:
    """One for all clients: making one costs as much as fifty calls."""
    return httpx2.create_ssl_context()


def _proxy_for(url: httpx2.URL) -> str | None:
    """The proxy the environment names for this address."""
    if proxy_bypass(url.host) or url.host in {"127.0.0.1", "localhost", "::1"}:
        return None
    proxies = getproxies()
    return proxies.get(url.scheme) or proxies.get("all")


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
                self._deadline.check()
        self.done = True

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for chunk in self:
            yield chunk


class _Deadline:
    """When an exchange must be over; one that moves a file is given more time as bytes move."""

    def __init__(self, exchange: Exchange, seconds: float) -> None:
        self.seconds = exchange.deadline or seconds
        self._label = exchange.label
        self._moving = exchange.sink is not None or (exchange.body is not None and exchange.body.length is None)
        self._end = time.monotonic() + self.seconds

    @property
    def left(self) -> float:
        return self._end - time.monotonic()

    def check(self) -> None:
        if self.left <= 0:
            raise self.error()

    def error(self, *, sent: bool = False) -> DeadlineError:
        return DeadlineError(f"no whole answer within {self.seconds:g} s", request=self._label, sent=sent)


def _message(exchange: Exchange, deadline: _Deadline, timeout: float) -> tuple[httpx2.Request, _Sending]:
    """The HTTP library's form of an exchange, built straight for its transport."""
    sending = _Sending(exchange.body, deadline)
    url = httpx2.URL(exchange.url)
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
    """An answer's bytes in memory, up to a bound."""

    def __init__(self, label: str) -> None:
        self._label = label
        self._chunks: list[bytes] = []
        self._size = 0

    def write(self, chunk: bytes) -> None:
        self._size += len(chunk)
        if self._size > LARGEST_ANSWER:
            raise UnexpectedImgurException(f"the answer is over {LARGEST_ANSWER:,} bytes", request=self._label)
        self._chunks.append(chunk)

    @property
    def body(self) -> bytes:
        return b"".join(self._chunks)


def _headers(response: httpx2.Response) -> Mapping[str, str]:
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in response.headers.raw}


class SyncRunner:
    """Carries out flows, blocking the calling thread; safe to share between threads."""

    def __init__(self, state: State, transport: httpx2.BaseTransport | None, timeout: float, deadline: float) -> None:
        self.state = state
        self._given = transport
        self._transports: dict[str | None, httpx2.BaseTransport] = {}
        self._timeout = timeout
        self._deadline = deadline
        self._lock = threading.Lock()
        self._refreshing = threading.Lock()

    def close(self) -> None:
        """Close the connections; the next call opens new ones."""
        with self._lock:
            transports, self._transports = list(self._transports.values()), {}
        for transport in transports:
            transport.close()

    def call(self, request: Request[T]) -> T:
        return self.run(_flow.call(cast("Any", self), request))

    def collect(self, request: Request[list[T]]) -> list[T]:
        limit = DEFAULT_LIMIT if request.limit is None else request.limit
        return [item for item, _ in zip(self._walk(request), range(limit), strict=False)] if limit > 0 else []

    def iterate(self, request: Request[list[T]]) -> Iterator[T]:
        items = self._walk(request)
        return items if request.limit is None else (item for _, item in zip(range(request.limit), items, strict=False))

    def _walk(self, request: Request[list[T]]) -> Iterator[T]:
        if request.pages is None:
            yield from self.call(request)
            return
        number = request.pages.first
        while items := self.call(request.page(number)):
            yield from items
            number += 1

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

    def _perform(self, step: Step) -> Reply | None:
        if isinstance(step, Exchange):
            return self._exchange(step)
        if isinstance(step, Sleep):
            time.sleep(step.seconds)
        else:
            self._refresh(step)
        return None

    def _refresh(self, step: Refresh) -> None:
        with self._refreshing:
            if self.state.access_token == step.stale:
                self.run(_flow.refresh(self.state))

    def _exchange(self, exchange: Exchange) -> Reply:
        deadline = _Deadline(exchange, self._deadline)
        message, sending = _message(exchange, deadline, self._timeout)
        try:
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
        sink = exchange.sink
        if sink is None or not sink.accepts(response.status_code, headers):
            sink = _Collected(exchange.label)
        for chunk in response.iter_bytes():
            sink.write(chunk)
            deadline.check()
        return Reply(response.status_code, headers, sink.body if isinstance(sink, _Collected) else b"")

    def _transport(self, url: httpx2.URL) -> httpx2.BaseTransport:
        if self._given is not None:
            return self._given
        proxy = _proxy_for(url)
        with self._lock:
            if proxy not in self._transports:
                limits = httpx2.Limits(max_connections=None, max_keepalive_connections=20, keepalive_expiry=KEEP_ALIVE)
                self._transports[proxy] = httpx2.HTTPTransport(verify=_ssl_context(), limits=limits, proxy=proxy)
            return self._transports[proxy]


class AsyncRunner:
    """Carries out flows on the running event loop; one loop for the life of a client."""

    def __init__(
        self, state: State, transport: httpx2.AsyncBaseTransport | None, timeout: float, deadline: float
    ) -> None:
        self.state = state
        self._given = transport
        self._transports: dict[str | None, httpx2.AsyncBaseTransport] = {}
        self._timeout = timeout
        self._deadline = deadline
        self._refreshing = asyncio.Lock()

    async def close(self) -> None:
        """Close the connections; the next call opens new ones."""
        transports, self._transports = list(self._transports.values()), {}
        for transport in transports:
            await transport.aclose()

    async def call(self, request: Request[T]) -> T:
        return await self.run(_flow.call(cast("Any", self), request))

    async def collect(self, request: Request[list[T]]) -> list[T]:
        limit = DEFAULT_LIMIT if request.limit is None else request.limit
        return [item async for item in self._walk(request, limit)]

    def iterate(self, request: Request[list[T]]) -> AsyncIterator[T]:
        return self._walk(request, request.limit)

    async def _walk(self, request: Request[list[T]], limit: int | None) -> AsyncIterator[T]:
        number = request.pages.first if request.pages else 0
        left = float("inf") if limit is None else limit
        while left > 0 and (items := await self.call(request if request.pages is None else request.page(number))):
            for item in items[: int(min(left, len(items)))]:
                yield item
            left = left - len(items) if request.pages else 0
            number += 1

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

    async def _perform(self, step: Step) -> Reply | None:
        if isinstance(step, Exchange):
            return await self._exchange(step)
        if isinstance(step, Sleep):
            await asyncio.sleep(step.seconds)
        else:
            await self._refresh(step)
        return None

    async def _refresh(self, step: Refresh) -> None:
        async with self._refreshing:
            if self.state.access_token == step.stale:
                await self.run(_flow.refresh(self.state))

    async def _exchange(self, exchange: Exchange) -> Reply:
        deadline = _Deadline(exchange, self._deadline)
        message, sending = _message(exchange, deadline, self._timeout)
        try:
            async with asyncio.timeout(deadline.left):
                response = await self._transport(message.url).handle_async_request(message)
                try:
                    return await self._read(exchange, response)
                finally:
                    await response.aclose()
        except TimeoutError as error:
            raise deadline.error(sent=sending.done) from error
        except httpx2.HTTPError as error:
            raise _no_answer(error, exchange, sending.done) from error

    async def _read(self, exchange: Exchange, response: httpx2.Response) -> Reply:
        headers = _headers(response)
        sink = exchange.sink
        if sink is None or not sink.accepts(response.status_code, headers):
            sink = _Collected(exchange.label)
        async for chunk in response.aiter_bytes():
            sink.write(chunk)
        return Reply(response.status_code, headers, sink.body if isinstance(sink, _Collected) else b"")

    def _transport(self, url: httpx2.URL) -> httpx2.AsyncBaseTransport:
        if self._given is not None:
            return self._given
        proxy = _proxy_for(url)
        if proxy not in self._transports:
            limits = httpx2.Limits(max_connections=None, max_keepalive_connections=20, keepalive_expiry=KEEP_ALIVE)
            self._transports[proxy] = httpx2.AsyncHTTPTransport(verify=_ssl_context(), limits=limits, proxy=proxy)
        return self._transports[proxy]


__all__ = ["AsyncRunner", "Bound", "SyncRunner"]
