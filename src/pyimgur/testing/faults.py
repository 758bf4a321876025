"""Simulate Imgur's errors: ASGI middleware in front of a server for tests.

A fault applies to the next requests that match its path and method, as many as it says. The error responses were
recorded from Imgur; to cut a connection, the handler aborts it.
"""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

FaultHandler = Callable[[ASGIApp, Scope, Receive, Send], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Fault:
    """A simulated error, and the requests it applies to.

    Attributes:
        kind: one of `FAULTS`.
        path: a pattern for the path, with `*` for anything: `/3/image*`.
        method: the method; None for all.
        times: how many requests fail; None for all.
    """

    kind: str
    path: str = "*"
    method: str | None = None
    times: int | None = 1

    def __post_init__(self) -> None:
        if self.kind not in FAULTS:
            raise ValueError(f"{self.kind!r} is no fault; there are {', '.join(FAULTS)}")

    @classmethod
    def parse(cls, spec: str) -> Fault:
        """Parse a fault as it is written on the command line: `cut-after:path=/3/image:times=2`.

        Raises:
            ValueError: there is no such fault, or no such setting.
        """
        kind, *settings = spec.split(":")
        fault = cls(kind)
        for setting in settings:
            name, _, value = setting.partition("=")
            if name not in {"path", "method", "times"} or not value:
                raise ValueError(f"{setting!r} says nothing about a fault: write path=…, method=… or times=…")
            change: dict[str, Any] = {name: _times(value) if name == "times" else value}
            fault = replace(fault, **change)
        return fault

    def fits(self, scope: Scope) -> bool:
        """Return whether the fault applies to this request."""
        method = self.method is None or self.method.upper() == scope["method"]
        return method and fnmatchcase(scope["path"], self.path)


def _times(value: str) -> int | None:
    if value == "ever":
        return None
    if not value.isdecimal() or int(value) < 1:
        raise ValueError(f"times={value!r} is no number of times, and not 'ever'")
    return int(value)


class Faults:
    """The middleware: it passes requests on, unless a fault applies to them. All methods are thread-safe."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._lock = threading.Lock()
        self._pending: list[Fault] = []

    def add(self, fault: Fault) -> None:
        """Apply this fault to the next requests that match."""
        with self._lock:
            self._pending.append(fault)

    def clear(self) -> None:
        """Remove all faults."""
        with self._lock:
            self._pending.clear()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request to the application, or to the fault that applies to it."""
        fault = self._next_fault(scope) if scope["type"] == "http" else None
        if fault is None:
            await self._app(scope, receive, send)
        else:
            await FAULTS[fault.kind](self._app, scope, receive, send)

    def _next_fault(self, scope: Scope) -> Fault | None:
        """Return the fault that applies to this request, and count it down."""
        with self._lock:
            for index, fault in enumerate(self._pending):
                if fault.fits(scope):
                    if fault.times is not None:
                        self._pending[index : index + 1] = [replace(fault, times=fault.times - 1)] * (fault.times > 1)
                    return fault
        return None


def _response(
    status: int, body: str, type: str = "application/json", headers: Mapping[str, str] | None = None
) -> FaultHandler:
    """Return a fault that sends a response."""

    async def handle(app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
        await _read_body(receive)
        text = body.replace("REQUEST", scope["path"]).replace("METHOD", scope["method"]).encode()
        head = {"content-type": type, "content-length": str(len(text)), **(headers or {})}
        raw = [(name.encode(), value.encode()) for name, value in head.items()]
        await send({"type": "http.response.start", "status": status, "headers": raw})
        await send({"type": "http.response.body", "body": text})

    return handle


def _error(status: int, error: object, headers: Mapping[str, str] | None = None) -> FaultHandler:
    data = {"error": error, "request": "REQUEST", "method": "METHOD"}
    document = {"data": data, "success": False, "status": status}
    return _response(status, json.dumps(document, separators=(",", ":")), headers=headers)


async def _read_body(receive: Receive) -> None:
    """Read the body, as a server does before it responds."""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect" or not message.get("more_body"):
            return


async def _close_connection(receive: Receive) -> None:
    """Abort the connection, and wait until the server has noticed."""
    from ..server.http.uvicorn_adapter import Server

    Server.abort_connection(receive)
    while (await receive())["type"] != "http.disconnect":
        pass


async def _cut_before(app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    await _close_connection(receive)


async def _cut_after(app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    """Execute the request, then cut the connection instead of sending the response."""

    async def drop(message: Message) -> None: ...

    await app(scope, receive, drop)
    await _close_connection(receive)


async def _slow(app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    """Send the right response, a byte every tenth of a second."""

    async def send_slowly(message: Message) -> None:
        body: bytes = message.get("body", b"")
        if message["type"] != "http.response.body" or not body:
            await send(message)
            return
        for index in range(len(body)):
            last = index == len(body) - 1 and not message.get("more_body")
            await send({"type": "http.response.body", "body": body[index : index + 1], "more_body": not last})
            await asyncio.sleep(0.1)

    with suppress(asyncio.CancelledError):  # the server stops meanwhile, and would log a traceback
        await app(scope, receive, send_slowly)


_NO_CREDITS_LEFT = {
    "x-ratelimit-clientlimit": "12500",
    "x-ratelimit-clientremaining": "12000",
    "x-ratelimit-clientreset": "86400",
    "x-ratelimit-userlimit": "500",
    "x-ratelimit-userremaining": "0",
    "x-ratelimit-userreset": "3600",
}
_PAGE = "<!doctype html><html><head><title>{0}</title></head><body><h1>{0}</h1></body></html>"

FAULTS: dict[str, FaultHandler] = {
    "rate-limit": _error(429, "Too Many Requests", _NO_CREDITS_LEFT),
    "too-fast": _error(
        429,
        {
            "code": 429,
            "message": "You are uploading too fast. Please wait 59 more minutes.",
            "type": "ImgurException",
            "exception": [],
        },
    ),
    "gateway-limit": _response(
        429, '{"errors":[{"id":"legacy-api","code":"429","status":"Too Many Requests","detail":"Too Many Requests"}]}'
    ),
    "dead-token-401": _error(401, "The access token provided has expired."),
    "dead-token-403": _error(403, "The access token provided is invalid."),
    "html": _response(200, _PAGE.format("Imgur is over capacity!"), "text/html"),
    "down": _response(503, _PAGE.format("503 client read error"), "text/html"),
    "empty": _response(502, "", ""),
    "over-capacity": _error(500, "Imgur is over capacity. Please try again."),
    "region-block": _error(400, "These actions are forbidden.", {"retry-after": "0"}),
    "cut-before": _cut_before,
    "cut-after": _cut_after,
    "slow": _slow,
}
"""Kind of fault -> its handler: errors and pages as Imgur sends them, a connection that is cut before the body is read
or after the request was executed, and a slow response."""
