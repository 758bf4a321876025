"""ASGI middleware that applies faults. A request gets the first fault that applies to it, or none."""

from __future__ import annotations

import asyncio
import itertools
import random
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ..server.http.uvicorn_adapter import Server
from ._middleware import KitMiddleware
from ._request_identity import CONNECTION, Identity, identify

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from ..server.services.context import ServerContext
    from .fault_effects import Effect
    from .faults import Fault

PIECES_PER_SECOND = 10
"""Pieces in which a slow response is sent; at fewer bytes per second, a byte at a time."""


@dataclass(slots=True)
class ActiveFault:
    """A fault that was added, and how many requests it matched and applied to."""

    id: int
    fault: Fault
    matched: int = 0
    applied: int = 0
    random: random.Random = field(default_factory=random.Random, repr=False)

    @property
    def used_up(self) -> bool:
        """Whether it applies to no more requests."""
        return self.fault.times is not None and self.applied >= self.fault.times

    @property
    def note(self) -> str:
        """How many requests matched it, if it applied to none of them; else empty."""
        if self.applied or not self.matched:
            return ""
        return f" (matched {self.matched} request{'s' * (self.matched != 1)}, and applied to none)"

    def applies(self) -> bool:
        """Count a request that matches, and return whether the fault applies to it."""
        self.matched += 1
        number = self.matched - self.fault.after
        if number < 1:
            return False
        if self.fault.nth is not None:
            return number % self.fault.nth == 0
        return self.fault.probability is None or self.random.random() < self.fault.probability


class Faults(KitMiddleware):
    """The middleware. All methods are thread-safe."""

    def __init__(self, app: ASGIApp, context: Callable[[], ServerContext]) -> None:
        super().__init__(app, context)
        self._active: list[ActiveFault] = []
        self._ids = itertools.count(1)

    def add(self, fault: Fault) -> int:
        """Apply this fault to the requests that match from now on, and return its id.

        Raises:
            ValueError: it would never apply, because another one already applies to all these requests.
        """
        with self._lock:
            for earlier in self._active:
                if earlier.fault.hides(fault):
                    raise ValueError(
                        f"the fault {fault} would never apply: {earlier.fault} (number {earlier.id}) already applies "
                        "to all requests that it matches"
                    )
            numbers = random.Random(fault.seed or 0)  # noqa: S311 - repeatable on purpose
            active = ActiveFault(next(self._ids), fault, random=numbers)
            self._active.append(active)
            return active.id

    def remove(self, id: int) -> bool:
        """Remove a fault, and return whether there was one with this id."""
        with self._lock:
            before = len(self._active)
            self._active = [active for active in self._active if active.id != id]
            return len(self._active) < before

    def clear(self) -> None:
        """Remove all faults."""
        with self._lock:
            self._active.clear()

    def active(self) -> Sequence[ActiveFault]:
        """Return all faults since the last `clear`, also those that are used up; do not change them."""
        with self._lock:
            return list(self._active)

    def unmet(self) -> Sequence[ActiveFault]:
        """Return the required faults that have applied to no request yet."""
        return [active for active in self.active() if active.fault.required and not active.applied]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request to the application, or apply a fault to it."""
        effect = await self._next_effect(scope) if scope["type"] == "http" else None
        if effect is None:
            await self._app(scope, receive, send)
            return
        with suppress(asyncio.CancelledError):  # the server stops meanwhile, and would log a traceback
            await apply(effect, self._app, scope, receive, send)

    async def _next_effect(self, scope: Scope) -> Effect | None:
        identity: Identity | None = None
        if any(active.fault.needs_sender for active in self.active()):
            identity = await identify(scope, self._context())
        with self._lock:
            for active in self._active:
                if not active.used_up and active.fault.fits(scope, identity) and active.applies():
                    active.applied += 1
                    return active.fault.effect
        return None


async def apply(effect: Effect, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    """Handle a request with this effect."""
    if effect.delay:
        await asyncio.sleep(effect.delay)
    if effect.cut_request is not None:
        await _read_body(receive, effect.cut_request)
        await _cut(scope, receive, Server.abort_connection)
        return
    response = _Response(effect, scope, receive, send)
    if effect.status is None:
        await app(scope, receive, response.send)
    else:
        await _read_body(receive)
        headers, body = effect.response(scope["path"], scope["method"])
        await send_response(response.send, effect.status, headers, body)
    if effect.cut_response == 0:
        await _cut(scope, receive, Server.abort_connection)


async def send_response(send: Send, status: int, headers: Sequence[tuple[bytes, bytes]], body: bytes) -> None:
    """Send a whole response."""
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


class _Response:
    """Sends a response with changed headers, slowly, or up to where the connection is cut."""

    def __init__(self, effect: Effect, scope: Scope, receive: Receive, send: Send) -> None:
        self._effect = effect
        self._scope = scope
        self._receive = receive
        self._send = send
        self._left = effect.cut_response
        self._is_cut = effect.cut_response == 0

    async def send(self, message: Message) -> None:
        """Send a message of the response."""
        if self._is_cut:
            return
        if message["type"] == "http.response.start":
            await self._send(self._with_headers(message))
            return
        body: bytes = message.get("body", b"")
        self._is_cut = self._left is not None and len(body) > self._left
        if self._left is not None:
            body, self._left = body[: self._left], self._left - len(body[: self._left])
        more = self._is_cut or bool(message.get("more_body"))
        async for piece, last in _pieces(body, self._effect.bytes_per_second):
            await self._send({"type": "http.response.body", "body": piece, "more_body": more or not last})
        if self._is_cut:
            await _cut(self._scope, self._receive, Server.close_connection)

    def _with_headers(self, message: Message) -> Message:
        if not self._effect.headers or self._effect.status is not None:
            return message
        changed = {name.lower().encode(): text.encode("latin-1") for name, text in self._effect.headers.items()}
        kept = [(name, text) for name, text in message.get("headers", ()) if name.lower() not in changed]
        return {**message, "headers": [*kept, *changed.items()]}


async def _pieces(body: bytes, bytes_per_second: float | None) -> AsyncIterator[tuple[bytes, bool]]:
    """Yield the body in pieces, each with whether it is the last, and wait after each for the time it takes."""
    if bytes_per_second is None or not body:
        yield body, True
        return
    size = max(1, int(bytes_per_second / PIECES_PER_SECOND))
    for start in range(0, len(body), size):
        piece = body[start : start + size]
        yield piece, start + size >= len(body)
        await asyncio.sleep(len(piece) / bytes_per_second)


async def _read_body(receive: Receive, length: int | None = None) -> None:
    """Read so many bytes of the body, or all of it, as a server does before it responds."""
    left = length
    while left is None or left > 0:
        message = await receive()
        if message["type"] == "http.disconnect" or not message.get("more_body"):
            return
        if left is not None:
            left -= len(message.get("body", b""))


async def _cut(scope: Scope, receive: Receive, close: Callable[[Receive], None]) -> None:
    """Close the connection, and wait until the server has noticed."""
    close(scope.get(CONNECTION, receive))
    while (await receive())["type"] != "http.disconnect":
        pass
