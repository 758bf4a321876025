"""Connections on asyncio alone: what anyio's did, and what they must not do."""

from __future__ import annotations

import asyncio
import ssl
import threading
import tracemalloc
from typing import TYPE_CHECKING, Any

import httpcore2
import pytest
import trustme

from client_support import GUARD, Wire, serving
from pyimgur import AsyncImgur
from pyimgur._transport import asyncio_backend
from pyimgur._transport.asyncio_backend import MAX_BUFFERED, AsyncioBackend
from pyimgur._transport.exchange import ENVIRONMENT

if TYPE_CHECKING:
    from collections.abc import Callable

    from client_support import Server


@pytest.fixture(autouse=True)
def _exchange(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ENVIRONMENT, "httpx2")


def connected(server: Server, *requests: bytes) -> tuple[str, int]:
    host, _, port = server.url.rpartition("/")[2].partition(":")
    return host, int(port)


def test_what_comes_unasked_is_no_answer() -> None:
    """What a server, or whoever sits in between, says on an idle connection must not answer the next request."""
    idle, said = threading.Event(), threading.Event()

    def handle(wire: Wire) -> None:
        wire.data({"id": wire.path.rpartition("/")[2]})
        if wire.path.endswith("first"):
            idle.wait(GUARD)
            wire.data({"id": "smuggled"})
            said.set()

    async def main(url: str) -> list[str]:
        async with AsyncImgur("abc123", base_url=url) as im:
            first = await im.get_image("first")
            idle.set()
            await asyncio.to_thread(said.wait, GUARD)
            return [first.id, (await im.get_image("second")).id]

    with serving(handle) as server:
        assert asyncio.run(main(server.url)) == ["first", "second"]
        assert [wire.connection for wire in server.seen] == [1, 2]


def test_no_more_is_read_ahead_than_a_bound() -> None:
    """Who reads slowly holds up the server, and not all of the answer in memory."""

    def handle(wire: Wire) -> None:
        wire.send(b"HTTP/1.1 200 OK\r\n\r\n")
        for _ in range(60):
            wire.send(bytes(1 << 20))
        wire.hang_up()

    async def main(server: Server) -> tuple[int, int]:
        stream: Any = await AsyncioBackend().connect_tcp(*connected(server))
        await stream.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        while not stream._protocol._paused:
            await asyncio.sleep(0.01)
        held, size = tracemalloc.get_traced_memory()[0], 0
        while chunk := await stream.read(65_536):
            size += len(chunk)
        await stream.aclose()
        return held, size

    with serving(handle) as server:
        tracemalloc.start()
        try:
            held, size = asyncio.run(main(server))
        finally:
            tracemalloc.stop()
    assert held < 8 * MAX_BUFFERED
    assert size == 60 * (1 << 20) + len(b"HTTP/1.1 200 OK\r\n\r\n")


@pytest.mark.parametrize(
    ("use", "error"),
    [
        (lambda stream: stream.read(10, timeout=0.05), httpcore2.ReadTimeout),
        (lambda stream: stream.write(bytes(1 << 26), timeout=0.05), httpcore2.WriteTimeout),
    ],
)
def test_each_step_has_its_timeout(use: Callable[[Any], Any], error: type[Exception]) -> None:
    async def main(server: Server) -> None:
        stream = await AsyncioBackend().connect_tcp(*connected(server))
        try:
            with pytest.raises(error):
                await use(stream)
        finally:
            await stream.aclose()

    with serving(Wire.stall) as server:
        asyncio.run(main(server))


def test_a_connection_that_was_cut_is_an_error_to_read_and_write() -> None:
    def handle(wire: Wire) -> None:
        wire.hang_up(reset=True)

    async def main(server: Server) -> None:
        stream = await AsyncioBackend().connect_tcp(*connected(server))
        await stream.write(b"GET / HTTP/1.1\r\n\r\n")
        with pytest.raises(httpcore2.ReadError):
            await stream.read(10)
        with pytest.raises(httpcore2.WriteError):
            await stream.write(b"more")
        assert stream.get_extra_info("is_readable")
        await stream.aclose()

    with serving(handle) as server:
        asyncio.run(main(server))


def test_nobody_there_is_a_connect_error() -> None:
    async def main() -> None:
        with pytest.raises(httpcore2.ConnectError):
            await AsyncioBackend().connect_tcp("127.0.0.1", 9, timeout=GUARD)

    asyncio.run(main())


def test_a_certificate_is_checked_and_the_name_in_it() -> None:
    authority, context = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)

    async def main(server: Server) -> str:
        stream = await AsyncioBackend().connect_tcp(*connected(server))
        with pytest.raises(httpcore2.ConnectError, match="certificate"):
            await stream.start_tls(trusting, "another.example", GUARD)
        stream = await AsyncioBackend().connect_tcp(*connected(server))
        secure = await stream.start_tls(trusting, "localhost", GUARD)
        await secure.write(b"GET /x HTTP/1.1\r\nHost: x\r\n\r\n")
        answer = await secure.read(65_536)
        await secure.aclose()
        return answer.decode()

    with serving(lambda wire: wire.data({}), context) as server:
        assert asyncio.run(main(server)).startswith("HTTP/1.1 200")


def test_another_kind_of_loop_keeps_the_librarys_own_connections(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Such as uvloop's, which knows not all that asyncio's do."""

    def none(*_: object, **__: object) -> None:
        raise AssertionError

    uvloop = pytest.importorskip("uvloop")
    monkeypatch.setattr(asyncio_backend.AsyncioBackend, "connect_tcp", none)

    async def main(url: str) -> str:
        async with AsyncImgur("abc123", base_url=url) as im:
            return (await im.get_image("x")).id

    with (
        serving(lambda wire: wire.data({"id": "x"})) as server,
        asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
    ):
        assert runner.run(main(server.url)) == "x"
