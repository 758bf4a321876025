"""What the client's tests share: a small HTTP server with faults, one way to drive both clients, flows played by hand.

The server runs in threads on loopback and hands every request to a function, with the connection to answer on, so
that a test says in a few lines what goes wrong: nothing comes, it comes in drips, it breaks off.
"""

from __future__ import annotations

import asyncio
import inspect
import io
import json
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from pyimgur import AsyncImgur, Imgur, ImgurError
from pyimgur._core.effects import Effect, Flow, HTTPRequest, RefreshToken, Reply, Sleep

GUARD = 20.0
"""Seconds after which a test that hangs fails; nothing measures with it."""
PIXEL = b"\x89PNG\r\n\x1a\n" + bytes(60)
"""Enough of a picture for a client, which looks at no more than its beginning."""
SECRETS = ("s3cret-of-the-application", "s3cret-access", "s3cret-refresh")


def enveloped(data: object, status: int = 200) -> bytes:
    """`data` as the API wraps it."""
    return json.dumps({"data": data, "success": status < 400, "status": status}).encode()


def token_document(access: str = "new-access", **fields: object) -> bytes:
    """What the token endpoint answers."""
    return json.dumps({"access_token": access, "refresh_token": "new-refresh", "expires_in": 3600, **fields}).encode()


# ---- a server


class Gone(Exception):
    """The client has gone away."""


class Wire:
    """One request as it arrived, and the connection to answer on."""

    def __init__(self, server: Server, connection: socket.socket, number: int, head: bytes, body: io.BufferedReader):
        first, *lines = head.decode("latin-1").split("\r\n")
        self.method, self.target, _ = first.split(" ")
        self.headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines if line)}
        self.path = urlsplit(self.target).path
        self.query = parse_qs(urlsplit(self.target).query)
        self.connection = number
        self.kept = True
        self._server = server
        self._socket = connection
        self._stream = body
        self._left = int(self.headers.get("content-length", 0))
        self._body: bytes | None = None

    @property
    def authorization(self) -> str:
        return self.headers.get("authorization", "")

    def body(self) -> bytes:
        """The whole body; whole once read."""
        if self._body is None:
            self._body = b"".join(self._chunks())
        return self._body

    def form(self) -> dict[str, list[str]]:
        return parse_qs(self.body().decode(), keep_blank_values=True)

    def parts(self) -> dict[str, tuple[str, bytes]]:
        """A multipart form: each part's name, with its headers and its content."""
        boundary = self.headers["content-type"].partition("boundary=")[2].encode()
        body = self.body()
        assert body.endswith(b"--" + boundary + b"--\r\n")
        pieces = [piece.removeprefix(b"\r\n") for piece in body.split(b"--" + boundary)[1:-1]]
        split = [piece.removesuffix(b"\r\n").partition(b"\r\n\r\n") for piece in pieces]
        return {
            head.split(b'name="')[1].split(b'"')[0].decode(): (head.decode(), content) for head, _, content in split
        }

    def swallow(self) -> int:
        """Read the body and keep nothing; its length."""
        return sum(map(len, self._chunks()))

    def take(self, size: int) -> None:
        """Read so many bytes of the body."""
        self._left -= len(self._stream.read(size))

    def _chunks(self) -> Iterator[bytes]:
        if self.headers.get("transfer-encoding") == "chunked":
            while size := int(self._line(), 16):
                yield self._stream.read(size)
                self._line()
            self._line()
        while self._left > 0:
            if not (chunk := self._stream.read1(min(self._left, 1 << 18))):
                raise Gone
            self._left -= len(chunk)
            yield chunk

    def _line(self) -> bytes:
        if not (line := self._stream.readline()):
            raise Gone
        return line

    def send(self, raw: bytes) -> None:
        """Raw bytes."""
        with _gone():
            self._socket.sendall(raw)

    def answer(self, body: bytes = b"", status: int = 200, **headers: str) -> None:
        """A whole answer; header names are written with underscores."""
        told = {"content-type": "application/json", "content-length": str(len(body))}
        told |= {name.replace("_", "-"): value for name, value in headers.items()}
        lines = "".join(f"{name}: {value}\r\n" for name, value in told.items())
        self.send(f"HTTP/1.1 {status} So\r\n{lines}\r\n".encode("latin-1") + body)

    def data(self, data: object, status: int = 200, **headers: str) -> None:
        """A whole answer in the API's envelope."""
        self.answer(enveloped(data, status), status, **headers)

    def picture(self, body: bytes = PIXEL, **headers: str) -> None:
        self.answer(body, content_type="image/png", **headers)

    def drip(self, chunk: bytes) -> None:
        """The same few bytes again and again, until the client goes away."""
        while not self._server.stopping.wait(0.02):
            self.send(chunk)
        raise Gone

    def hold(self) -> None:
        """Say nothing until the client goes away."""
        with _gone():
            while not self._server.stopping.is_set() and self._socket.recv(1 << 16):
                pass
        raise Gone

    def stall(self) -> None:
        """Neither read nor write any more."""
        self._server.stopping.wait(GUARD)
        raise Gone

    def hang_up(self, *, reset: bool = False) -> None:
        """Close the connection; with `reset`, as one whose process was killed."""
        if reset:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        else:
            with _gone():
                self._socket.shutdown(socket.SHUT_RDWR)
        raise Gone


@contextmanager
def _gone() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise Gone from error


Handler = Callable[[Wire], object]


class Server:
    """An HTTP server on a free loopback port; `seen` are its requests, in the order they came."""

    def __init__(self, handler: Handler, tls: ssl.SSLContext | None = None) -> None:
        self.handler = handler
        self._tls = tls
        self.seen: list[Wire] = []
        self.stopping = threading.Event()
        self.faults: list[BaseException] = []
        """What went wrong in a handler: no test passes with one."""
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self._listener.getsockname()[1]}"
        self._spawn(self._accept)

    def calls(self, method: str, path: str) -> list[Wire]:
        """The requests of this method and path."""
        return [wire for wire in self.seen if (wire.method, wire.path) == (method, path)]

    def stop(self) -> None:
        self.stopping.set()
        with suppress(OSError):  # wakes the listener
            socket.create_connection(self._listener.getsockname(), timeout=1).close()
        with self._lock:
            for connection in self._open:
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(GUARD)
        self._listener.close()

    def _spawn(self, work: Callable[..., None], *args: object) -> None:
        thread = threading.Thread(target=work, args=args, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        number = 0
        while not self.stopping.is_set():
            connection, _ = self._listener.accept()
            number += 1
            with self._lock:
                self._open.add(connection)
            self._spawn(self._greet, connection, number)

    def _greet(self, connection: socket.socket, number: int) -> None:
        with suppress(OSError):
            self._talk(self._tls.wrap_socket(connection, server_side=True) if self._tls else connection, number)

    def _talk(self, connection: socket.socket, number: int) -> None:
        stream = connection.makefile("rb", buffering=1 << 18)
        try:
            while not self.stopping.is_set() and (head := _head(stream)):
                wire = Wire(self, connection, number, head, stream)
                with self._lock:
                    self.seen.append(wire)
                self.handler(wire)
                if wire.method != "GET" and wire._body is None:
                    wire.swallow()
        except (Gone, OSError):
            pass
        except BaseException as error:  # a fault of the test itself
            self.faults.append(error)
        finally:
            with self._lock:
                self._open.discard(connection)
            stream.close()
            connection.close()


def _head(stream: io.BufferedReader) -> bytes:
    head = b""
    while line := stream.readline():
        if line == b"\r\n":
            return head
        head += line
    return b""


@contextmanager
def serving(handler: Handler, tls: ssl.SSLContext | None = None) -> Iterator[Server]:
    """A server that answers with `handler` while the block runs."""
    server = Server(handler, tls)
    try:
        yield server
    finally:
        server.stop()
    if server.faults:
        raise server.faults[0]


def routes(**paths: Handler | bytes) -> Handler:
    """A handler by the last part of the path; bytes are a whole answer."""

    def handle(wire: Wire) -> None:
        what = paths[wire.path.rpartition("/")[2]]
        wire.answer(what) if isinstance(what, bytes) else what(wire)

    return handle


# ---- both clients


class Driven(AbstractContextManager["Driven"]):
    """A client and the way to get what its methods promise: here at once, for an `AsyncImgur` by awaiting it."""

    im: Any

    def __init__(self, url: str | None = None, **options: Any) -> None:
        options = {"client_id": "abc123", "client_secret": SECRETS[0], "base_url": url, **options}
        self.im = self._make(options)

    def _make(self, options: dict[str, Any]) -> Imgur | AsyncImgur:
        return Imgur(**options)

    def __exit__(self, *_: object) -> None:
        self.im.close()

    def run(self, value: Any) -> Any:
        """What a call gave."""
        return value

    def listed(self, items: Any) -> list[Any]:
        """All that an iterator gives."""
        return list(items)

    def together(self, calls: Iterable[Callable[[], Any]]) -> list[Any]:
        """What these calls gave, made at the same time."""
        calls = list(calls)
        with ThreadPoolExecutor(len(calls)) as threads:
            return [future.result(GUARD) for future in [threads.submit(call) for call in calls]]


class AsyncDriven(Driven):
    """The same for an `AsyncImgur`."""

    def _make(self, options: dict[str, Any]) -> Imgur | AsyncImgur:
        self._loop = asyncio.Runner()
        return AsyncImgur(**options)

    def __exit__(self, *_: object) -> None:
        with self._loop as loop:
            loop.run(self.im.close())

    def run(self, value: Any) -> Any:
        return self._loop.run(_awaited(value)) if inspect.isawaitable(value) else value

    def listed(self, items: Any) -> list[Any]:
        return self._loop.run(_collected(items))

    def together(self, calls: Iterable[Callable[[], Any]]) -> list[Any]:
        return self._loop.run(_gathered(calls))


async def _awaited(value: Any) -> Any:
    return await asyncio.wait_for(value, GUARD)


async def _collected(items: Any) -> list[Any]:
    return [item async for item in items]


async def _gathered(calls: Iterable[Callable[[], Any]]) -> list[Any]:
    results = await asyncio.gather(*(call() for call in calls), return_exceptions=True)
    for result in results:  # not before all have ended
        if isinstance(result, BaseException):
            raise result
    return results


both = pytest.mark.parametrize("drive", [pytest.param(Driven, id="sync"), pytest.param(AsyncDriven, id="async")])
"""Runs a test with each of the two clients: `with drive(server.url) as it: it.run(it.im.get_album("x"))`."""


# ---- flows by hand


@dataclass
class Played:
    """What a flow did when its steps were met with given answers."""

    steps: list[Effect] = field(default_factory=list)
    value: Any = None
    error: BaseException | None = None

    @property
    def kinds(self) -> list[str]:
        return [type(step).__name__ for step in self.steps]

    @property
    def exchanges(self) -> list[HTTPRequest]:
        return [step for step in self.steps if isinstance(step, HTTPRequest)]

    @property
    def sleeps(self) -> list[float]:
        return [step.seconds for step in self.steps if isinstance(step, Sleep)]


Answer = Reply | Exception | Callable[[HTTPRequest], Reply]


def play(flow: Flow[Any], *answers: Answer, refresh: Callable[[], object] = lambda: None) -> Played:
    """Carry out a flow by hand: an answer for each message, `refresh` for each refresh, no time for a sleep."""
    played, waiting = Played(), list(answers)
    try:
        step = next(flow)
        while True:
            played.steps.append(step)
            if isinstance(step, HTTPRequest):
                assert waiting, f"one message more than expected: {step}"
                answer = waiting.pop(0)
                answer = answer(step) if callable(answer) else answer
                step = flow.throw(answer) if isinstance(answer, Exception) else flow.send(answer)
            else:
                came = refresh() if isinstance(step, RefreshToken) else None
                step = flow.throw(came) if isinstance(came, Exception) else flow.send(came)
    except StopIteration as done:
        played.value = done.value
    except ImgurError as error:
        played.error = error
    assert not waiting, f"{len(waiting)} answers were not asked for: {played.kinds}, {played.error!r}"
    return played


def reply(data: object = None, status: int = 200, **headers: str) -> Reply:
    """An answer in the API's envelope."""
    return Reply(status, {name.replace("_", "-"): value for name, value in headers.items()}, enveloped(data, status))
