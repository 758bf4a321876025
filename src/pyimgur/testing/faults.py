"""What goes wrong at Imgur, on demand: one ASGI layer in front of a server that is made for tests.

A fault strikes requests whose path and method fit, as often as it is told, and then no more. Their
answers are those that were recorded from Imgur; a cut connection is really cut.
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

Strike = Callable[[ASGIApp, Scope, Receive, Send], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that goes wrong, and where.

    Attributes:
        kind: one of `FAULTS`.
        path: which paths, with `*` for anything: `/3/image*`.
        method: which method; None for all.
        times: how often; None for ever.
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
        """A fault as one writes it on a command line: `cut-after:path=/3/image:times=2`.

        Raises:
            ValueError: it says something else.
        """
        kind, *settings = spec.split(":")
        found = cls(kind)
        for setting in settings:
            name, _, value = setting.partition("=")
            if name not in {"path", "method", "times"} or not value:
                raise ValueError(f"{setting!r} says nothing about a fault: write path=…, method=… or times=…")
            change: dict[str, Any] = {name: _times(value) if name == "times" else value}
            found = replace(found, **change)
        return found

    def fits(self, scope: Scope) -> bool:
        """Whether this request is struck."""
        method = self.method is None or self.method.upper() == scope["method"]
        return method and fnmatchcase(scope["path"], self.path)


def _times(value: str) -> int | None:
    if value == "ever":
        return None
    if not value.isdecimal() or int(value) < 1:
        raise ValueError(f"times={value!r} is no number of times, and not 'ever'")
    return int(value)


class Faults:
    """The layer: passes requests on, unless a fault strikes them."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._lock = threading.Lock()
        self._due: list[Fault] = []

    def add(self, fault: Fault) -> None:
        """Let it happen from now on."""
        with self._lock:
            self._due.append(fault)

    def clear(self) -> None:
        """Let nothing go wrong any more."""
        with self._lock:
            self._due.clear()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or let it be struck."""
        fault = self._next_fault(scope) if scope["type"] == "http" else None
        if fault is None:
            await self._app(scope, receive, send)
        else:
            await FAULTS[fault.kind](self._app, scope, receive, send)

    def _next_fault(self, scope: Scope) -> Fault | None:
        """The fault that strikes this request; one that has struck often enough is gone."""
        with self._lock:
            for place, fault in enumerate(self._due):
                if fault.fits(scope):
                    if fault.times is not None:
                        self._due[place : place + 1] = [replace(fault, times=fault.times - 1)] * (fault.times > 1)
                    return fault
        return None


def _answer(status: int, body: str, type: str = "application/json", headers: Mapping[str, str] | None = None) -> Strike:
    """A fault that is an answer."""

    async def strike(app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
        await _read(receive)
        text = body.replace("REQUEST", scope["path"]).replace("METHOD", scope["method"]).encode()
        head = {"content-type": type, "content-length": str(len(text)), **(headers or {})}
        raw = [(name.encode(), value.encode()) for name, value in head.items()]
        await send({"type": "http.response.start", "status": status, "headers": raw})
        await send({"type": "http.response.body", "body": text})

    return strike


def _error(status: int, error: object, headers: Mapping[str, str] | None = None) -> Strike:
    data = {"error": error, "request": "REQUEST", "method": "METHOD"}
    document = {"data": data, "success": False, "status": status}
    return _answer(status, json.dumps(document, separators=(",", ":")), headers=headers)


async def _read(receive: Receive) -> None:
    """Take the body, as a server does that answers in the end."""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect" or not message.get("more_body"):
            return


async def _close_connection(receive: Receive) -> None:
    """Break the connection off."""
    from ..server.http.uvicorn_adapter import Server

    Server.abort_connection(receive)
    while (await receive())["type"] != "http.disconnect":
        pass


async def _cut_before(app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    await _close_connection(receive)


async def _cut_after(app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    """Do what was asked, and never tell."""

    async def swallow(message: Message) -> None: ...

    await app(scope, receive, swallow)
    await _close_connection(receive)


async def _slow(app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    """The right answer, a byte every tenth of a second."""

    async def drip(message: Message) -> None:
        body: bytes = message.get("body", b"")
        if message["type"] != "http.response.body" or not body:
            await send(message)
            return
        for place in range(len(body)):
            last = place == len(body) - 1 and not message.get("more_body")
            await send({"type": "http.response.body", "body": body[place : place + 1], "more_body": not last})
            await asyncio.sleep(0.1)

    with suppress(asyncio.CancelledError):  # the server ends meanwhile, and would tell of it at length
        await app(scope, receive, drip)


_SPENT = {
    "x-ratelimit-clientlimit": "12500",
    "x-ratelimit-clientremaining": "12000",
    "x-ratelimit-clientreset": "86400",
    "x-ratelimit-userlimit": "500",
    "x-ratelimit-userremaining": "0",
    "x-ratelimit-userreset": "3600",
}
_PAGE = "<!doctype html><html><head><title>{0}</title></head><body><h1>{0}</h1></body></html>"

FAULTS: dict[str, Strike] = {
    "rate-limit": _error(429, "Too Many Requests", _SPENT),
    "too-fast": _error(
        429,
        {
            "code": 429,
            "message": "You are uploading too fast. Please wait 59 more minutes.",
            "type": "ImgurException",
            "exception": [],
        },
    ),
    "gateway-limit": _answer(
        429, '{"errors":[{"id":"legacy-api","code":"429","status":"Too Many Requests","detail":"Too Many Requests"}]}'
    ),
    "dead-token-401": _error(401, "The access token provided has expired."),
    "dead-token-403": _error(403, "The access token provided is invalid."),
    "html": _answer(200, _PAGE.format("Imgur is over capacity!"), "text/html"),
    "down": _answer(503, _PAGE.format("503 client read error"), "text/html"),
    "empty": _answer(502, "", ""),
    "over-capacity": _error(500, "Imgur is over capacity. Please try again."),
    "region-block": _error(400, "These actions are forbidden.", {"retry-after": "0"}),
    "cut-before": _cut_before,
    "cut-after": _cut_after,
    "slow": _slow,
}
"""What can go wrong: refusals and pages as Imgur sends them, a connection cut before the body is read or after
everything was done, and an answer that drips."""
