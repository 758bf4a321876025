"""Both exchanges, over httpx2 and over httptools: what they make of the same responses, and who uses which."""

from __future__ import annotations

import gzip
import subprocess
import sys
from functools import partial
from typing import TYPE_CHECKING

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from client_support import GUARD, Driven, Wire, both, enveloped, serving
from pyimgur import Imgur
from pyimgur._core.effects import Body, HTTPRequest
from pyimgur._transport.deadline import Deadline
from pyimgur._transport.exchange import ENVIRONMENT
from pyimgur._transport.http1 import MAX_HEAD, Response, plain_request
from pyimgur._transport.network_errors import ExchangeError
from pyimgur.exceptions import ImgurError, NoAnswerError

if TYPE_CHECKING:
    from collections.abc import Iterable

DOCUMENT = enveloped({"id": "al1", "title": "An album"})
OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
SIZED = OK + b"Content-Length: %d\r\n" % len(DOCUMENT)
ZIPPED = gzip.compress(DOCUMENT, mtime=0)


def chunked(body: bytes, size: int = 7, trailer: bytes = b"") -> bytes:
    """Return a body in HTTP's chunks."""
    pieces = [body[at : at + size] for at in range(0, len(body), size)]
    return b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n" + trailer + b"\r\n"


def zipped(body: bytes) -> bytes:
    """Return a whole response with this compressed body."""
    return OK + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(body) + body


GOOD = {
    "length": SIZED + b"\r\n" + DOCUMENT,
    "chunked": OK + b"Transfer-Encoding: chunked\r\n\r\n" + chunked(DOCUMENT),
    "chunked with a trailer": OK + b"Transfer-Encoding: chunked\r\n\r\n" + chunked(DOCUMENT, trailer=b"X-Sum: 1\r\n"),
    "interim responses": b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nLink: </x>\r\n\r\n"
    + SIZED
    + b"\r\n"
    + DOCUMENT,
    "gzip": zipped(ZIPPED),
    "gzip of two members": zipped(gzip.compress(DOCUMENT[:9]) + gzip.compress(DOCUMENT[9:])),
    "gzip, chunked": OK + b"Content-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n" + chunked(ZIPPED),
    "no reason": b"HTTP/1.1 200 \r\nContent-Length: %d\r\n\r\n" % len(DOCUMENT) + DOCUMENT,
    "HTTP/1.0": b"HTTP/1.0 200 OK\r\nContent-Length: %d\r\n\r\n" % len(DOCUMENT) + DOCUMENT,
    "connection: close": SIZED + b"Connection: close\r\n\r\n" + DOCUMENT,
}
"""Whole responses that mean the album."""
UNTIL_CLOSED = OK + b"\r\n" + DOCUMENT
BAD = {
    "nothing": b"",
    "no HTTP": b"SSH-2.0-OpenSSH_9.2\r\n",
    "half a head": OK,
    "a body cut off": SIZED + b"\r\n" + DOCUMENT[:-1],
    "a chunk cut off": OK + b"Transfer-Encoding: chunked\r\n\r\n" + chunked(DOCUMENT)[:-9],
    "no last chunk": OK + b"Transfer-Encoding: chunked\r\n\r\n" + chunked(DOCUMENT)[:-5],
    "a bad chunk size": OK + b"Transfer-Encoding: chunked\r\n\r\nxyz\r\n" + DOCUMENT,
    "a negative length": OK + b"Content-Length: -1\r\n\r\n" + DOCUMENT,
    "two lengths": SIZED + b"Content-Length: 1\r\n\r\n" + DOCUMENT,
    "a huge head": OK + b"".join(b"X-%d: %b\r\n" % (number, b"x" * 1000) for number in range(400)),
    "endless interim responses": b"HTTP/1.1 100 Continue\r\n\r\n" * (2 * MAX_HEAD // 25),
    "a status below 100": b"HTTP/1.1 099 So\r\nContent-Length: 5\r\n\r\nhello",
    "an interim response with a body": b"HTTP/1.0 104 Early\r\nContent-Length: 1\r\n\r\n\0",
    "another protocol": b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n",
}
"""What is no whole response, and then the end."""


@pytest.fixture(autouse=True, params=["httpx2", "httptools"])
def exchange(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """The exchange that the test runs with."""
    monkeypatch.setenv(ENVIRONMENT, request.param)
    return request.param


def sends(raw: bytes, *, close: bool = True) -> partial[None]:
    """Return a handler that sends these bytes."""

    def handle(wire: Wire, raw: bytes, close: bool) -> None:
        wire.body()
        wire.send(raw)
        if close:
            wire.hang_up()

    return partial(handle, raw=raw, close=close)


@pytest.mark.parametrize("name", [*GOOD, "until the connection is closed"])
@both
def test_responses_of_every_form(drive: type[Driven], name: str, exchange: str) -> None:
    with serving(sends(GOOD.get(name, UNTIL_CLOSED), close=name not in GOOD)) as server, drive(server.url) as it:
        if exchange == "httpx2" and name == "gzip of two members":  # it reads the first one only
            with pytest.raises(ImgurError, match="no JSON"):
                it.run(it.im.get_album("al1"))
        else:
            assert it.run(it.im.get_album("al1")).title == "An album"


@pytest.mark.parametrize("name", BAD)
@both
def test_invalid_and_incomplete_responses(drive: type[Driven], name: str) -> None:
    with serving(sends(BAD[name])) as server, drive(server.url, retries=0) as it:
        with pytest.raises(NoAnswerError) as raised:
            it.run(it.im.get_album("al1"))
        assert (raised.value.sent, raised.value.begun) == (True, True), raised.value


@pytest.mark.parametrize(
    "body", [b"not gzip at all", ZIPPED[:-8], ZIPPED[:-1]], ids=["junk", "no checksum", "half a length"]
)
@both
def test_a_response_that_is_not_compressed_as_it_says(drive: type[Driven], body: bytes, exchange: str) -> None:
    with serving(sends(zipped(body))) as server, drive(server.url, retries=0) as it:
        try:
            title = it.run(it.im.get_album("al1")).title
        except ImgurError as error:
            title = type(error).__name__
        # httpx2 does not look for the checksum at the end.
        assert title == ("An album" if exchange == "httpx2" and body.startswith(ZIPPED[:-8]) else "NoAnswerError")


@both
def test_connections_are_used_again_only_while_nothing_is_left_on_them(drive: type[Driven], exchange: str) -> None:
    """Bytes behind a response could pass for the next one, as they do with httpx2."""
    forged = SIZED + b"\r\n" + DOCUMENT.replace(b"An album", b"Trickery")
    tails = {"clean": b""} if exchange == "httpx2" else {"clean": b"", "junk": b"junk", "forged": forged}
    for name, tail in tails.items():
        with serving(sends(SIZED + b"\r\n" + DOCUMENT + tail, close=False)) as server, drive(server.url) as it:
            titles = [it.run(it.im.get_album("al1")).title for _ in range(3)]
            connections = len({wire.connection for wire in server.seen})
        assert (name, titles, connections) == (name, ["An album"] * 3, 3 if tail else 1)


@pytest.mark.parametrize("status", [204, 304])
@both
def test_a_response_without_a_body_keeps_its_connection(drive: type[Driven], status: int) -> None:
    def handle(wire: Wire) -> None:
        wire.send(b"HTTP/1.1 %d So\r\nContent-Length: 5\r\n\r\n" % status)  # the length of what is not sent

    with serving(handle) as server, drive(server.url, retries=0) as it:
        for _ in range(2):
            with pytest.raises(ImgurError):
                it.run(it.im.get_album("al1"))
        assert [wire.connection for wire in server.seen] == [1, 1]


@both
def test_headers_that_could_split_a_request_are_refused(drive: type[Driven]) -> None:
    with serving(sends(GOOD["length"], close=False)) as server, drive(server.url) as it:
        for token in ("a\r\nX-Evil: 1", "a\0b", "a\nb"):
            with pytest.raises(ImgurError), drive(server.url, access_token=token) as other:
                other.run(other.im.get_album("al1"))
        assert [wire.headers for wire in server.seen if "x-evil" in wire.headers] == []
        assert it.run(it.im.get_album("al1")).id == "al1"


def test_who_uses_which(exchange: str) -> None:
    transport = httpx2.MockTransport(lambda request: httpx2.Response(200, json={}))
    used = {
        "no transport": type(Imgur("x")._executor._exchange).__name__,
        "a transport": type(Imgur("x", transport=transport)._executor._exchange).__name__,
    }
    fast = exchange == "httptools"
    assert used == {"no transport": "FastExchange" if fast else "HttpxExchange", "a transport": "HttpxExchange"}


def test_clients_work_without_httptools() -> None:
    code = (
        "import sys; sys.modules['httptools'] = None; import pyimgur\n"
        "print(type(pyimgur.Imgur('x')._executor._exchange).__name__)"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=GUARD, check=True)
    assert result.stdout.strip() == "HttpxExchange"


# ---- the parser, as values


def request(url: str = "http://127.0.0.1/3/x", *, method: str = "GET", **headers: str) -> HTTPRequest:
    return HTTPRequest(method, url, f"{method} 3/x", headers)


def read(pieces: Iterable[bytes], *, end: bool = False) -> Response:
    """Return the response in these bytes."""
    asked = request()
    response = Response(asked, Deadline(asked, GUARD))
    for piece in pieces:
        response.feed(piece)
    if end:
        response.feed(b"")
    return response


@pytest.mark.parametrize("name", GOOD)
def test_a_response_may_arrive_in_any_pieces(name: str) -> None:
    raw = GOOD[name]
    halves = ([raw[:at], raw[at:]] for at in range(1, len(raw)))
    for pieces in ([raw], [raw[at : at + 1] for at in range(len(raw))], *halves):
        response = read(pieces)
        got = (response.complete, response.reply.status, response.reply.body, response.reusable)
        reusable = name not in {"HTTP/1.0", "connection: close"}
        assert got == (True, 200, DOCUMENT, reusable), [len(piece) for piece in pieces]


@given(st.lists(st.binary(min_size=1, max_size=40), max_size=5), st.sampled_from(sorted({**GOOD, **BAD})), st.data())
def test_no_bytes_make_the_parser_fail_otherwise(junk: list[bytes], name: str, data: st.DataObject) -> None:
    raw = {**GOOD, **BAD}[name][:600]
    at = data.draw(st.integers(0, len(raw)))
    try:
        response = read([raw[:at], *junk, raw[at:]], end=True)
    except (ExchangeError, ImgurError):
        return
    assert response.complete


PLAIN = {
    "https://api.imgur.com/3/image/abc?x=1&y=%20": ("api.imgur.com", "/3/image/abc?x=1&y=%20"),
    "http://127.0.0.1:4648/3/x": ("127.0.0.1:4648", "/3/x"),
    "https://example.org:443/x": ("example.org", "/x"),
    "http://example.org": ("example.org", "/"),
}
NOT_PLAIN = (
    "http://user:pass@example.org/", "http://[::1]:80/", "http://bücher.example/", "http://EXAMPLE.org/", "ftp://x/",
    "http://example.org/a/../b", "http://example.org/%0a\n", "http://example.org/x#y", "http://example.org/a b",
    "http://example.org:0/", "http://example.org:65536/", "http://-x.example/", "http://a..b/", "http:///x", "x", "",
    f"http://{'a' * 64}.example/", "http://example.org:1\u0660/", "http://example.org/\u00e9", 'http://example.org/"',
)  # fmt: skip


def test_plain_urls() -> None:
    made = {url: plain_request(request(url)) for url in PLAIN}
    got = {url: plain and (plain[0].netloc, plain[1].split(b" ")[1].decode()) for url, plain in made.items()}
    assert got == PLAIN


@pytest.mark.parametrize("url", NOT_PLAIN)
def test_other_urls_are_left_to_httpx2(url: str) -> None:
    assert plain_request(request(url)) is None


@pytest.mark.parametrize("value", ["a\r\nb: c", "a\nb", "a\0b", "", " a", "a ", "é", "\x7f"])
def test_other_headers_are_left_to_httpx2(value: str) -> None:
    assert plain_request(request(X=value)) is None


def test_a_body_has_the_length_that_its_head_says(exchange: str) -> None:
    for size, problem in ((4, "longer than 4|Too much data"), (6, "shorter than 6|Too little data")):
        body = Body("text/plain", size, lambda: [b"hello"])
        with serving(lambda wire: wire.data({})) as server, Imgur("x", base_url=server.url, timeout=5) as im:
            asked = HTTPRequest("POST", f"{server.url}/3/x", "POST 3/x", {}, body)
            with pytest.raises(Exception, match=problem):  # h11's own from httpx2
                im._executor._exchange.send(asked, Deadline(asked, GUARD))
