"""No body is ever read as a request: upgrades, splits, pipelines, chunks and trailers, parsed and over real sockets."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import httptools
import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from pyimgur.server.http.uvicorn_adapter import Server
from pyimgur.server.http.uvicorn_adapter.parser import RequestParser

INNER = b"DELETE /inner HTTP/1.1\r\nHost: x\r\n\r\n"
"""A request that stands inside of a body, and is none."""
OFFERS = (
    b"Connection: Upgrade\r\nUpgrade: h2c\r\n",
    b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA\r\n",
    b"Upgrade: x\r\nConnection: upgrade\r\nuPGRADE:  websocket\r\nUpgrade: h2c\r\n",
    b"Proxy-Connection: upgrade\r\nUpgrade: TLS/1.0\r\n",
    b"Connection: keep-alive\r\nConnection: upgrade\r\nUpgrade:\r\nUpgrade: x\r\n",
)


@dataclass
class Parsed:
    """One request as the parser saw it."""

    method: bytes
    target: bytes
    headers: list[tuple[bytes, bytes]]
    body: bytes = b""
    complete: bool = False

    @property
    def facts(self) -> tuple[bytes, bytes, bytes]:
        return self.method, self.target, self.body


@dataclass
class Recorder:
    """A handler that keeps what it is called with, as uvicorn does."""

    url: bytes = b""
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    found: list[Parsed] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.parser = RequestParser(self)

    def on_message_begin(self) -> None:
        self.url, self.headers = b"", []

    def on_url(self, url: bytes) -> None:
        self.url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        self.found.append(Parsed(self.parser.get_method(), self.url, self.headers))

    def on_body(self, body: bytes) -> None:
        self.found[-1].body += body

    def on_message_complete(self) -> None:
        self.found[-1].complete = True


def parse(*segments: bytes) -> list[Parsed]:
    recorder = Recorder()
    for segment in segments:
        recorder.parser.feed_data(segment)
    return recorder.found


def request(method: bytes, target: bytes, offer: bytes, framing: bytes) -> bytes:
    """A request around `INNER`."""
    return b"%s %s HTTP/1.1\r\nHost: x\r\n%s%s" % (method, target, offer, framing)


LENGTH = b"Content-Length: %d\r\n\r\n%s" % (len(INNER), INNER)
TRAILER = b"Upgrade: h2c\r\nConnection: upgrade\r\n"
CHUNKS = b"Transfer-Encoding: chunked\r\n\r\n%x;a=b\r\n%s\r\n2\r\n\r\n\r\n0\r\n%s\r\n" % (len(INNER), INNER, TRAILER)
FRAMINGS = {LENGTH: INNER, CHUNKS: INNER + b"\r\n"}


@pytest.mark.parametrize("framing", FRAMINGS, ids=["length", "chunks"])
@pytest.mark.parametrize("offer", OFFERS)
def test_every_split_of_an_upgrade_leaves_the_body_a_body(offer: bytes, framing: bytes) -> None:
    sent = request(b"POST", b"/outer", offer, framing) + request(b"PUT", b"/next", b"", framing)
    body = FRAMINGS[framing]
    for cut in range(len(sent) + 1):
        found = parse(sent[:cut], sent[cut:])
        assert [each.facts for each in found] == [(b"POST", b"/outer", body), (b"PUT", b"/next", body)], f"cut at {cut}"
        assert all(each.complete for each in found)


REQUESTS = st.lists(
    st.tuples(
        st.sampled_from([b"POST", b"GET", b"DELETE"]),
        st.sampled_from([b"/a", b"/b?c=d", b"*"]),
        st.sampled_from([b"", *OFFERS]),
        st.sampled_from([b"\r\n", *FRAMINGS]),
    ),
    min_size=1,
    max_size=5,
)


@examples(max_examples=150)
@given(requests=REQUESTS, cuts=st.lists(st.integers(0, 2_000), max_size=20))
def test_any_pipeline_in_any_segments_is_what_it_says(
    requests: list[tuple[bytes, bytes, bytes, bytes]], cuts: list[int]
) -> None:
    sent = b"".join(request(*each) for each in requests)
    places = sorted({0, *(min(cut, len(sent)) for cut in cuts), len(sent)})
    found = parse(*(sent[start:end] for start, end in pairwise(places)))
    expected = [(method, target, FRAMINGS.get(framing, b"")) for method, target, _, framing in requests]
    assert [each.facts for each in found] == expected
    for each, (_, _, offer, _) in zip(found, requests, strict=True):
        names = [name for name, _ in each.headers]
        assert b"upgrade" not in names, "neither an offer nor a trailer is a header of the request"
        assert (b"connection" in names) == (b"\nConnection" in b"\n" + offer)


def test_a_trailer_is_no_header() -> None:
    """A proxy checks headers; what stands behind the body goes past it."""
    sent = b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nAuthorization: Bearer stolen\r\n\r\n"
    assert [name for name, _ in parse(sent)[0].headers] == [b"host", b"transfer-encoding"]


@pytest.mark.parametrize(
    ("target", "path", "host"),
    [
        (b"http://other.example/a?b=c", b"/a?b=c", b"other.example"),
        (b"HTTPS://other.example:99", b"/", b"other.example:99"),
        (b"http://[::1]:80?b", b"/?b", b"[::1]:80"),
        (b"/a//b", b"/a//b", b"mine"),
        (b"*", b"*", b"mine"),
    ],
)
def test_the_host_of_an_absolute_target_counts(target: bytes, path: bytes, host: bytes) -> None:
    found = parse(b"GET %s HTTP/1.1\r\nHost: mine\r\nAccept: x\r\n\r\n" % target)[0]
    assert (found.target, found.headers) == (path, [(b"host", host), (b"accept", b"x")])


def test_nothing_is_parsed_behind_what_was_refused() -> None:
    recorder = Recorder()
    with pytest.raises(httptools.HttpParserError):
        recorder.parser.feed_data(b"CONNECT a:1 HTTP/1.1\r\n\r\n" + INNER)
    with pytest.raises(httptools.HttpParserError):
        recorder.parser.feed_data(INNER)
    assert recorder.found == []


# ---- over real sockets


@pytest.fixture(scope="module")
def echo() -> Iterator[tuple[str, int]]:
    """A server whose answers say what it was asked."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        body = b""
        while True:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        seen = json.dumps([scope["method"], scope["path"], body.decode()]).encode()
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(seen))]})
        await send({"type": "http.response.body", "body": seen})

    listener = socket.create_server(("127.0.0.1", 0))
    server = Server(app)
    thread = threading.Thread(target=lambda: asyncio.run(server.serve(listener)), daemon=True)
    thread.start()
    yield listener.getsockname()
    server.stop()
    thread.join(30)


def seen(address: tuple[str, int], *segments: bytes) -> list[list[str]]:
    """What the server read from these segments, the last of which asks it to close."""
    with socket.create_connection(address, timeout=30) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        answer = bytearray()
        with suppress(ConnectionResetError, BrokenPipeError):  # bytes after the last request may meet a closed socket
            for segment in segments:
                connection.sendall(segment)
        with suppress(ConnectionResetError):
            while chunk := connection.recv(1 << 16):
                answer += chunk
    return [json.loads(part.partition(b"\r\n\r\n")[2]) for part in answer.split(b"HTTP/1.1 200 OK\r\n")[1:]]


@pytest.mark.parametrize("framing", FRAMINGS, ids=["length", "chunks"])
def test_every_split_over_a_socket(echo: tuple[str, int], framing: bytes) -> None:
    outer = request(b"POST", b"/outer", OFFERS[2], framing)
    last = b"GET /last HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    body = FRAMINGS[framing].decode()
    expected = [["POST", "/outer", body], ["POST", "/outer", body], ["GET", "/last", ""]]
    for cut in range(1, len(outer)):
        assert seen(echo, outer + outer[:cut], outer[cut:], last) == expected, f"cut at {cut}"


def test_one_byte_at_a_time_over_a_socket(echo: tuple[str, int]) -> None:
    outer = request(b"POST", b"/outer", OFFERS[1], LENGTH)
    last = b"GET /last HTTP/1.1\r\nHost: x\r\nConnection: close, upgrade\r\nUpgrade: h2c\r\n\r\n" + INNER
    sent = outer + last
    assert seen(echo, *(sent[place : place + 1] for place in range(len(sent)))) == [
        ["POST", "/outer", INNER.decode()],
        ["GET", "/last", ""],
    ]


def test_a_bad_request_is_no_response_to_the_one_before_it() -> None:
    """Its error would be taken for that one's response; the connection ends without any."""
    started, go_on = threading.Event(), threading.Event()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        started.set()
        await asyncio.to_thread(go_on.wait, 30)

    listener = socket.create_server(("127.0.0.1", 0))
    server = Server(app)
    thread = threading.Thread(target=lambda: asyncio.run(server.serve(listener)), daemon=True)
    thread.start()
    try:
        with socket.create_connection(listener.getsockname(), timeout=30) as connection:
            connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            assert started.wait(30)
            connection.sendall(b"NONSENSE\r\n\r\n")
            assert connection.recv(1) == b""
    finally:
        go_on.set()
        server.stop()
        thread.join(30)
