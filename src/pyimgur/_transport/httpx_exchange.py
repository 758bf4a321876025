"""The exchanges over httpx2: one transport for each scheme and host, which decide on the proxy."""

from __future__ import annotations

import threading
import weakref

import httpx2

from .._core.effects import HTTPRequest, Reply
from . import connection_pool
from .deadline import Deadline
from .httpx_adapter import headers_of, root_cause, to_httpx_request, translate_error
from .proxies import proxy_for
from .response_body import response_body_for

Origin = tuple[str, str]
"""Scheme and host."""


def _close(transports: dict[Origin, httpx2.BaseTransport]) -> None:
    while transports:
        transports.popitem()[1].close()


class HttpxExchange:
    """Sends requests with httpx2, blocking the calling thread."""

    def __init__(self, transport: httpx2.BaseTransport | None, timeout: float) -> None:
        self._own_transport = transport
        self._timeout = timeout
        self._transports: dict[Origin, httpx2.BaseTransport] = {}
        self.reset_after_fork()
        weakref.finalize(self, _close, self._transports)  # most programs never close a client

    def reset_after_fork(self) -> None:
        self._transports.clear()
        self._lock = threading.Lock()

    def close(self) -> None:
        with self._lock:
            _close(self._transports)

    def send(self, request: HTTPRequest, deadline: Deadline) -> Reply:
        httpx_request = to_httpx_request(request, deadline, self._timeout)
        try:
            with connection_pool.deadline_scope(deadline):
                response = self._transport(httpx_request.url).handle_request(httpx_request)
                try:
                    return _read(request, response, deadline)
                finally:
                    response.close()
        except httpx2.HTTPError as error:
            if deadline.left <= 0:
                raise deadline.error() from error
            raise translate_error(error, request, deadline.sent) from root_cause(error)

    def _transport(self, url: httpx2.URL) -> httpx2.BaseTransport:
        if self._own_transport is not None:
            return self._own_transport
        origin = (url.scheme, url.host)
        with self._lock:
            if origin not in self._transports:
                self._transports[origin] = connection_pool.transport(proxy_for(*origin))
            return self._transports[origin]


def _read(request: HTTPRequest, response: httpx2.Response, deadline: Deadline) -> Reply:
    headers = headers_of(response)
    into = response_body_for(request, response.status_code, headers, deadline)
    for chunk in response.iter_bytes():
        into.write(chunk)
    return Reply(response.status_code, headers, into.body)


class AsyncHttpxExchange:
    """Sends requests with httpx2 on the event loop."""

    def __init__(self, transport: httpx2.AsyncBaseTransport | None, timeout: float) -> None:
        self._own_transport = transport
        self._timeout = timeout
        self._transports: dict[Origin, httpx2.AsyncBaseTransport] = {}

    async def close(self) -> None:
        while self._transports:
            await self._transports.popitem()[1].aclose()

    async def send(self, request: HTTPRequest, deadline: Deadline) -> Reply:
        httpx_request = to_httpx_request(request, deadline, self._timeout)
        try:
            response = await self._transport(httpx_request.url).handle_async_request(httpx_request)
            try:
                return await _read_async(request, response, deadline)
            finally:
                await response.aclose()
        except httpx2.HTTPError as error:
            raise translate_error(error, request, deadline.sent) from root_cause(error)

    def _transport(self, url: httpx2.URL) -> httpx2.AsyncBaseTransport:
        if self._own_transport is not None:
            return self._own_transport
        from .asyncio_backend import async_transport  # here, as asyncio is slow to import, and a sync client needs none

        origin = (url.scheme, url.host)
        if origin not in self._transports:
            self._transports[origin] = async_transport(proxy_for(*origin))
        return self._transports[origin]


async def _read_async(request: HTTPRequest, response: httpx2.Response, deadline: Deadline) -> Reply:
    headers = headers_of(response)
    into = response_body_for(request, response.status_code, headers, deadline)
    async for chunk in response.aiter_bytes():
        into.write(chunk)
    return Reply(response.status_code, headers, into.body)
