"""The sync and the async executor over a real network with faults: both keep the same promises."""

from __future__ import annotations

import asyncio
import functools
import gc
import gzip
import logging
import os
import ssl
import subprocess
import sys
import threading
import traceback
import tracemalloc
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import httpx2
import pytest
import trustme

from client_support import GUARD, PIXEL, SECRETS, Driven, Wire, both, enveloped, serving, token_document
from pyimgur import IMGUR, AsyncImgur, Imgur
from pyimgur._policy import flow
from pyimgur._transport.exchange import ENVIRONMENT
from pyimgur._transport.response_body import MAX_RESPONSE
from pyimgur.exceptions import (
    ArgumentError,
    AuthenticationError,
    DeadlineError,
    ImgurIsDownException,
    NoAnswerError,
    NotAuthorizedError,
    TooLargeError,
    UnexpectedImgurException,
    UploadUncertain,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from client_support import Handler

APP, ACCESS, REFRESH = SECRETS
TOKEN_SENTENCE = "The access token provided is invalid."
ALBUM = {"id": "al1", "title": "An album"}
SOON = 0.3
"""Seconds of a deadline that is meant to pass."""


@pytest.fixture(autouse=True, params=["httpx2", "httptools"])
def _exchange(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ENVIRONMENT, request.param)


@pytest.fixture(autouse=True)
def _no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flow, "FIRST_PAUSE", 0.001)


def sparse(path: Path, size: int) -> Path:
    """A file of so many zeros that takes no room."""
    with path.open("wb") as file:
        file.truncate(size)
    return path


def first(handler: Handler, then: Handler) -> Handler:
    """`handler` for the first request, `then` for all others."""
    waiting = [handler]

    def handle(wire: Wire) -> None:
        (waiting.pop() if waiting else then)(wire)

    return handle


def well(wire: Wire) -> None:
    """A server in good health."""
    wire.body()
    wire.data(ALBUM)


# ---- a call


@both
def test_a_call_gives_what_it_promises(drive: type[Driven]) -> None:
    with serving(well) as server, drive(server.url) as it:
        album = it.run(it.im.get_album("al1"))
        assert (album.id, album.title) == ("al1", "An album")
        (seen,) = server.seen
        assert (seen.method, seen.target, seen.authorization) == ("GET", "/3/album/al1", "Client-ID abc123")
        assert seen.headers["host"] == server.url.removeprefix("http://")


@both
def test_a_form_arrives_as_it_was_meant(drive: type[Driven]) -> None:
    title = "ünï & = ? # + % \U0001f600 \u202e‮ \x00 \r\n" + "x" * 10_000
    with serving(well) as server, drive(server.url) as it:
        it.run(it.im.create_album(title, "text", images=["a", "b"], privacy="hidden"))
        assert server.seen[0].form() == {
            "title": [title],
            "description": ["text"],
            "privacy": ["hidden"],
            "ids[]": ["a", "b"],
        }


@both
def test_connections_are_kept(drive: type[Driven]) -> None:
    with serving(well) as server, drive(server.url) as it:
        for _ in range(3):
            it.run(it.im.get_album("al1"))
        assert [wire.connection for wire in server.seen] == [1, 1, 1]
        assert all(wire.headers.get("connection", "keep-alive") == "keep-alive" for wire in server.seen)


@both
def test_a_closed_client_opens_new_connections(drive: type[Driven]) -> None:
    with serving(well) as server, drive(server.url) as it:
        it.run(it.im.get_album("al1"))
        it.run(it.im.close())
        it.run(it.im.get_album("al1"))
        assert [wire.connection for wire in server.seen] == [1, 2]


STRANGE = [
    "a/b", "..", ".", "...", "x?y=z", "x#y", "100%", "%2e%2e%2f", "a\nb", "a\r\nHost: evil",
    "a b", "\U0001f600", "ü", "a\x00b", "{id}", "a;b", "a\\b", "@evil.example", ":80", "\u202e",
]  # fmt: skip


@pytest.mark.parametrize("id", STRANGE)
@both
def test_an_id_is_one_segment_whatever_it_holds(drive: type[Driven], id: str) -> None:
    with serving(well) as server, drive(server.url) as it:
        it.run(it.im.get_album(id))
        (seen,) = server.seen
        assert seen.target.startswith("/3/album/")
        segment = seen.target.removeprefix("/3/album/")
        assert not set("/?#\r\n ") & set(segment)
        assert segment not in {"", ".", ".."}
        assert unquote(segment) == id


@pytest.mark.parametrize("link", ["../../oauth2/token", "//evil.example", "https://evil.example/a/aBcdeFg"])
@both
def test_a_link_to_elsewhere_is_no_id(drive: type[Driven], link: str) -> None:
    with serving(well) as server, drive(server.url) as it:
        with pytest.raises(ArgumentError, match="leads to nothing"):
            it.run(it.im.get_album(link))
        assert server.seen == []


EMPTY: list[Callable[[Any], object]] = [
    lambda im: im.get_image(""),
    lambda im: im.get_image(None),
    lambda im: im.image("").update("T"),
    lambda im: im.album("").set_images(["a"]),
    lambda im: im.album("").delete(),
    lambda im: im.user("").delete(),
    lambda im: im.user("").get_images(),
]


@pytest.mark.parametrize("call", EMPTY)
@both
def test_an_empty_id_is_refused_and_no_other_call(drive: type[Driven], call: Callable[[Any], object]) -> None:
    with serving(well) as server, drive(server.url, access_token=ACCESS) as it:
        with pytest.raises(ArgumentError, match="must not be empty"):
            it.run(call(it.im))
        assert not server.seen


# ---- the connection fails


@both
def test_no_server_is_said_plainly(drive: type[Driven]) -> None:
    with serving(well) as server:
        url = server.url
    with drive(url) as it, pytest.raises(NoAnswerError, match=r"cannot reach 127\.0\.0\.1:.*is it running") as raised:
        it.run(it.im.get_album("x"))
    assert not raised.value.sent
    assert isinstance(causes(raised.value)[-1], OSError)


@both
def test_a_traceback_shows_what_happened_in_the_end(drive: type[Driven]) -> None:
    """And not what each layer in between made of it."""
    with drive("http://127.0.0.1:9", retries=0) as it, pytest.raises(NoAnswerError) as raised:
        it.run(it.im.get_image("x"))
    assert isinstance(raised.value.__cause__, OSError)
    assert causes(raised.value)[1:] == []


def causes(error: BaseException) -> list[BaseException]:
    """What an error came of, back to the first; none of it stands there twice."""
    found: list[BaseException] = []
    while (cause := error.__cause__ or error.__context__) is not None:
        assert cause not in [error, *found]
        found.append(cause)
        error = cause
    return found


@both
def test_a_name_that_leads_nowhere_is_said_plainly(drive: type[Driven]) -> None:
    with drive("https://no-such-host.invalid") as it, pytest.raises(NoAnswerError, match="cannot reach"):
        it.run(it.im.get_album("x"))


@pytest.mark.parametrize("reset", [False, True])
@both
def test_a_read_is_repeated_when_the_connection_breaks(drive: type[Driven], reset: bool) -> None:
    broken = partial(Wire.hang_up, reset=reset)
    with serving(first(broken, well)) as server, drive(server.url) as it:
        assert it.run(it.im.get_album("al1")).id == "al1"
        assert len(server.seen) == 2


@pytest.mark.parametrize(
    "begun",
    [
        b"HTTP/1.1 200 OK\r\nContent-",
        b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{",
    ],
)
@both
def test_a_read_is_repeated_when_its_answer_breaks_off(drive: type[Driven], begun: bytes) -> None:
    def broken(wire: Wire) -> None:
        wire.send(begun)
        wire.hang_up()

    with serving(first(broken, well)) as server, drive(server.url) as it:
        assert it.run(it.im.get_album("al1")).id == "al1"


@both
def test_something_made_is_not_made_twice_when_the_answer_is_lost(drive: type[Driven]) -> None:
    def broken(wire: Wire) -> None:
        wire.body()
        wire.hang_up()

    with serving(broken) as server, drive(server.url) as it:
        with pytest.raises(NoAnswerError, match="broke off") as raised:
            it.run(it.im.create_album("t"))
        assert raised.value.sent
        assert len(server.seen) == 1


@both
def test_a_connection_that_was_closed_in_between_is_not_used(drive: type[Driven]) -> None:
    closed = threading.Event()

    def once(wire: Wire) -> None:
        well(wire)
        try:
            wire.hang_up()
        finally:
            closed.set()

    with serving(once) as server, drive(server.url, retries=0) as it:
        for made in (it.im.get_album, it.im.create_album, it.im.create_album):
            closed.clear()
            assert it.run(made("al1")).id == "al1"
            assert closed.wait(GUARD)
        assert [wire.connection for wire in server.seen] == [1, 2, 3]


@both
def test_imgurs_fault_is_met_with_patience_and_then_told(drive: type[Driven]) -> None:
    with serving(lambda wire: wire.answer(status=502)) as server, drive(server.url, retries=2) as it:
        with pytest.raises(ImgurIsDownException, match="502 an empty response"):
            it.run(it.im.get_album("x"))
        assert len(server.seen) == 3


@both
def test_a_web_page_is_no_result(drive: type[Driven]) -> None:
    page = b"<!doctype html><title>Welcome to the hotel</title>"
    with serving(lambda wire: wire.answer(page, content_type="text/html")) as server, drive(server.url) as it:
        with pytest.raises(UnexpectedImgurException, match="a web page: Welcome to the hotel"):
            it.run(it.im.get_album("x"))
        assert len(server.seen) == 1


def certificate(tmp_path: Path) -> ssl.SSLContext:
    """A server's certificate that nobody has vouched for."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(context)
    return context


@both
def test_a_server_that_nobody_vouched_for_gets_no_secret(drive: type[Driven], tmp_path: Path) -> None:
    with serving(well, certificate(tmp_path)) as server, drive(server.url, access_token=ACCESS) as it:
        with pytest.raises(NoAnswerError, match=r"(?i)certificate"):
            it.run(it.im.get_album("x"))
        assert not server.seen


@both
def test_the_environments_proxy_is_used_for_other_machines(
    drive: type[Driven], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with serving(well) as proxy:
        monkeypatch.setenv("http_proxy", proxy.url)
        with drive("http://pictures.invalid", allow_insecure=True) as it:
            assert it.run(it.im.get_album("al1")).id == "al1"
        assert [wire.target for wire in proxy.seen] == ["http://pictures.invalid/3/album/al1"]


@pytest.mark.parametrize("proxy", ["{}", "http://{}"])
@both
def test_a_proxy_may_be_named_without_http(drive: type[Driven], proxy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(well) as server:
        monkeypatch.setenv("http_proxy", proxy.format(server.url.removeprefix("http://")))
        with drive("http://pictures.invalid", allow_insecure=True) as it:
            assert it.run(it.im.get_album("al1")).id == "al1"


@pytest.mark.parametrize(
    ("proxy", "words"), [("ftp://ann:hunter2@proxy", "write HTTPS_PROXY like"), ("socks5://127.0.0.1:1", "socksio")]
)
@both
def test_a_proxy_that_is_none_is_said_plainly(
    drive: type[Driven], proxy: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("https_proxy", proxy)
    monkeypatch.setitem(sys.modules, "socksio", None)
    with drive("https://pictures.invalid", retries=0) as it, pytest.raises(NoAnswerError, match=words) as raised:
        it.run(it.im.get_album("al1"))
    assert "hunter2" not in str(raised.value)


# ---- too much


@both
def test_an_endless_answer_is_given_up(drive: type[Driven]) -> None:
    def endless(wire: Wire) -> None:
        wire.send(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n")
        for _ in range(2 * MAX_RESPONSE // (1 << 20)):
            wire.send(bytes(1 << 20))

    with serving(endless) as server, drive(server.url) as it:
        with pytest.raises(UnexpectedImgurException, match=r"larger than .* bytes"):
            it.run(it.im.get_album("x"))
        assert len(server.seen) == 1


@functools.cache
def zipped(layers: int) -> bytes:
    """Far more than an answer may hold, in very few bytes."""
    return gzip.compress(zipped(layers - 1) if layers > 1 else bytes(3 * MAX_RESPONSE), 1)


@pytest.mark.parametrize("layers", [1, 2])
@both
def test_an_answer_that_swells_when_unpacked_is_given_up(drive: type[Driven], layers: int) -> None:
    bomb = zipped(layers)
    encoding = ", ".join(["gzip"] * layers)
    with serving(lambda wire: wire.answer(bomb, content_encoding=encoding)) as server, drive(server.url) as it:
        tracemalloc.start()
        try:
            with pytest.raises((UnexpectedImgurException, NoAnswerError)):
                it.run(it.im.get_album("x"))
            assert tracemalloc.get_traced_memory()[1] < 2.5 * MAX_RESPONSE
        finally:
            tracemalloc.stop()


# ---- too slow: the class of the error is checked, the time is not

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


def drip_body(wire: Wire) -> None:
    wire.send(HEAD + b"Content-Length: 99999\r\n\r\n")
    wire.drip(b" ")


def drip_chunks(wire: Wire) -> None:
    wire.send(HEAD + b"Transfer-Encoding: chunked\r\n\r\n")
    wire.drip(b"1\r\n \r\n")


def drip_headers(wire: Wire) -> None:
    wire.send(HEAD + b"X-Slow: ")
    wire.drip(b"x")


def drip_header_lines(wire: Wire) -> None:
    wire.send(HEAD)
    wire.drip(b"X-Slow: 1\r\n")


def drip_informational(wire: Wire) -> None:
    wire.drip(b"HTTP/1.1 100 Continue\r\n\r\n")


SLOW: list[Callable[[Wire], None]] = [
    Wire.hold, drip_body, drip_chunks, drip_headers, drip_header_lines, drip_informational
]  # fmt: skip


@pytest.mark.parametrize("slow", SLOW)
@both
def test_no_call_takes_longer_than_its_deadline(drive: type[Driven], slow: Handler) -> None:
    with serving(slow) as server, drive(server.url, deadline=SOON, retries=0) as it, hanging_fails(server):
        with pytest.raises(DeadlineError, match=r"within 0\.3 s") as raised:
            it.run(it.im.get_album("x"))
        assert isinstance(raised.value, TimeoutError)
        assert raised.value.request == "GET 3/album/x"


@pytest.mark.parametrize("site", ["http://pictures.invalid", "https://pictures.invalid"])
@pytest.mark.parametrize("slow", [Wire.hold, drip_header_lines])
@both
def test_nor_does_one_through_a_proxy(
    drive: type[Driven], slow: Handler, site: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with serving(slow) as proxy, hanging_fails(proxy):
        monkeypatch.setenv(f"{site.partition(':')[0]}_proxy", proxy.url)
        with (
            drive(site, deadline=SOON, retries=0, allow_insecure=True) as it,
            pytest.raises(DeadlineError, match=r"within 0\.3 s"),
        ):
            it.run(it.im.get_album("x"))


@both
def test_a_call_that_ran_out_of_time_is_not_begun_again(drive: type[Driven]) -> None:
    """The deadline is for the whole call, and a retry is a part of it."""
    with serving(Wire.hold) as server, drive(server.url, deadline=SOON) as it, hanging_fails(server):
        with pytest.raises(DeadlineError):
            it.run(it.im.get_album("x"))
        assert len(server.seen) <= 1


@both
def test_one_read_takes_no_longer_than_the_timeout(drive: type[Driven]) -> None:
    options = {"timeout": SOON, "retries": 0}
    with serving(Wire.hold) as server, drive(server.url, **options) as it, hanging_fails(server):
        with pytest.raises(NoAnswerError, match="took too long"):
            it.run(it.im.get_album("x"))
        assert len(server.seen) <= 1


@both
def test_a_dripping_picture_is_given_up_and_leaves_nothing(drive: type[Driven], tmp_path: Path) -> None:
    def drip(wire: Wire) -> None:
        wire.send(b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nContent-Length: 99999\r\n\r\n")
        wire.drip(b"x")

    with serving(drip) as server, drive(server.url, deadline=SOON, retries=0) as it, hanging_fails(server):
        image = it.im.image("x")
        image.raw["link"] = f"{server.url}/x.png"
        with pytest.raises(DeadlineError):
            it.run(image.download(tmp_path))
    assert not list(tmp_path.iterdir())


@both
def test_an_upload_to_a_server_that_does_not_read_ends(drive: type[Driven], tmp_path: Path) -> None:
    big = sparse(tmp_path / "big.mp4", 40_000_000)
    options = {"timeout": SOON, "deadline": SOON, "retries": 0}
    with serving(Wire.stall) as server, drive(server.url, **options) as it, hanging_fails(server):
        with pytest.raises(NoAnswerError) as raised:
            it.run(it.im.upload_image(big))
        assert not isinstance(raised.value, UploadUncertain)


@both
def test_the_client_goes_on_after_a_deadline(drive: type[Driven]) -> None:
    with serving(first(drip_body, well)) as server, drive(server.url, deadline=SOON, retries=0) as it:
        with pytest.raises(DeadlineError):
            it.run(it.im.get_album("x"))
        it.im._executor._deadline = GUARD
        assert it.run(it.im.get_album("al1")).id == "al1"


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@both
def test_a_server_that_greets_nobody_is_given_up(drive: type[Driven]) -> None:
    """The deadline holds for the TLS handshake, too."""
    with serving(well) as server:
        url = server.url.replace("http:", "https:")
        with drive(url, deadline=SOON, retries=0) as it, hanging_fails(server), pytest.raises(DeadlineError):
            it.run(it.im.get_album("x"))
    gc.collect()  # anyio leaves the socket of a cancelled handshake to it, with a warning that belongs to no other test


def test_a_call_within_a_call_leaves_the_outer_one_its_deadline() -> None:
    """`progress` may ask for something else."""

    def handle(wire: Wire) -> None:
        if wire.path == "/3/image":
            wire.swallow()
            drip_headers(wire)
        wire.data({})

    asked: list[object] = []
    with serving(handle) as server, Driven(server.url, deadline=SOON, retries=0) as it, hanging_fails(server):
        with pytest.raises(UploadUncertain):
            it.im.upload_image(PIXEL, progress=lambda *_: asked.append(it.im.get_credits()))
        assert asked


class hanging_fails:
    """Ends a call that outlives its deadline by far, so that the test fails instead of hanging."""

    def __init__(self, server: Any) -> None:
        self._timer = threading.Timer(GUARD / 2, server.stop)
        self._timer.daemon = True

    def __enter__(self) -> None:
        self._timer.start()

    def __exit__(self, *_: object) -> None:
        late = not self._timer.is_alive()
        self._timer.cancel()
        assert not late, "the call outlived its deadline"


# ---- uploads


def uploads(server: Any) -> list[Wire]:
    return server.calls("POST", "/3/image")


def only_uploads(handler: Handler) -> Handler:
    """`handler` for uploads; whatever else the client may ask is not known here."""

    def handle(wire: Wire) -> None:
        handler(wire) if wire.path == "/3/image" else wire.data({"error": "no"}, 404)

    return handle


def swallow_and_close(wire: Wire) -> None:
    wire.swallow()
    wire.hang_up()


def swallow_and_hold(wire: Wire) -> None:
    wire.swallow()
    wire.hold()


def swallow_and_begin(wire: Wire) -> None:
    wire.swallow()
    wire.send(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{")
    wire.hang_up()


@pytest.mark.parametrize("fault", [swallow_and_close, swallow_and_hold, swallow_and_begin])
@both
def test_an_upload_whose_answer_is_lost_is_uncertain_and_not_repeated(drive: type[Driven], fault: Handler) -> None:
    with serving(only_uploads(fault)) as server, drive(server.url, timeout=3 * SOON) as it, hanging_fails(server):
        with pytest.raises(UploadUncertain, match="may have arrived") as raised:
            it.run(it.im.upload_image(PIXEL))
        assert raised.value.sent
        assert causes(raised.value)
        assert len(uploads(server)) <= 1


@both
def test_an_upload_that_broke_off_is_sent_again_whole(drive: type[Driven], tmp_path: Path) -> None:
    big = sparse(tmp_path / "big.mp4", 40_000_000)
    sizes: list[int] = []

    def broken(wire: Wire) -> None:
        wire.take(100_000)
        wire.hang_up(reset=True)

    def well(wire: Wire) -> None:
        sizes.append(wire.swallow())
        wire.data({"id": "im1"})

    with serving(first(broken, well)) as server, drive(server.url) as it:
        assert it.run(it.im.upload_image(big)).id == "im1"
        assert len(uploads(server)) == 2
    assert sizes[0] == int(server.seen[1].headers["content-length"]) > 40_000_000


@both
def test_a_stream_that_broke_off_is_not_sent_again(drive: type[Driven]) -> None:
    def broken(wire: Wire) -> None:
        wire.hang_up(reset=True)

    with serving(broken) as server, drive(server.url) as it:
        with pytest.raises(NoAnswerError) as raised:
            it.run(it.im.upload_image(Once(40_000_000)))
        assert not isinstance(raised.value, UploadUncertain)
        assert len(uploads(server)) == 1


class Once:
    """A stream of zeros that cannot go back."""

    def __init__(self, size: int) -> None:
        self.left = size

    def read(self, size: int) -> bytes:
        taken = min(size, self.left)
        self.left -= taken
        return bytes(taken)


@both
def test_a_refusal_before_the_body_was_read_is_heard(drive: type[Driven], tmp_path: Path) -> None:
    """The polite way: the answer, then the rest of the body is read away."""
    big = sparse(tmp_path / "big.mp4", 40_000_000)

    def refuse(wire: Wire) -> None:
        wire.data({"error": "file is over the size limit"}, 413)
        wire.swallow()

    with serving(refuse) as server, drive(server.url) as it:
        with pytest.raises(TooLargeError, match="over the size limit"):
            it.run(it.im.upload_image(big))
        assert len(uploads(server)) == 1


@both
def test_a_refusal_with_the_door_shut_is_an_error_and_no_uncertainty(drive: type[Driven], tmp_path: Path) -> None:
    """The rude way: the answer, and the connection is closed with the body unread."""
    big = sparse(tmp_path / "big.mp4", 40_000_000)

    def refuse(wire: Wire) -> None:
        wire.data({"error": "file is over the size limit"}, 413, connection="close")
        wire.hang_up()

    with (
        serving(refuse) as server,
        drive(server.url, retries=1) as it,
        pytest.raises((TooLargeError, NoAnswerError)) as raised,
    ):
        it.run(it.im.upload_image(big))
    assert not isinstance(raised.value, UploadUncertain)


# ---- tokens


class Authority:
    """A server that knows one access token at a time, and counts how often it gave a new one."""

    def __init__(self, valid: str = "token-1", *, status: int = 401, lifetime: int = 3600) -> None:
        self.valid = valid
        self.given = 0
        self._refusal = enveloped({"error": TOKEN_SENTENCE}, status), status
        self._lifetime = lifetime
        self._lock = threading.Lock()

    def __call__(self, wire: Wire) -> None:
        if wire.path == "/oauth2/token":
            self._give(wire)
        elif wire.authorization == f"Bearer {self.valid}":
            wire.data(ALBUM)
        else:
            wire.answer(*self._refusal)

    def _give(self, wire: Wire) -> None:
        if wire.form()["refresh_token"] != [REFRESH]:
            return wire.data({"error": "Invalid refresh token"}, 400)
        with self._lock:
            self.given += 1
            self.valid = f"token-{self.given + 1}"
        return wire.answer(token_document(self.valid, refresh_token=REFRESH, expires_in=self._lifetime))


def signed_in(drive: type[Driven], url: str, **options: Any) -> Driven:
    return drive(url, **{"access_token": "token-0", "refresh_token": REFRESH, **options})


@pytest.mark.parametrize("status", [401, 403])
@both
def test_however_many_wait_a_dead_token_is_refreshed_once(drive: type[Driven], status: int) -> None:
    authority = Authority(status=status)
    with serving(authority) as server, signed_in(drive, server.url) as it:
        albums = it.together([partial(it.im.get_album, "al1")] * 20)
        assert [album.id for album in albums] == ["al1"] * 20
        assert authority.given == 1
        assert it.im.access_token == "token-2"


@both
def test_however_many_wait_an_old_token_is_refreshed_once_and_never_shown(drive: type[Driven]) -> None:
    now = [1_000_000.0]
    authority = Authority("token-0")
    with serving(authority) as server, signed_in(drive, server.url, clock=lambda: now[0]) as it:
        it.run(it.im.refresh_access_token())
        assert (authority.given, it.im.access_token) == (1, "token-2")
        now[0] += 3600 + 1
        seen = len(server.seen)
        it.together([partial(it.im.get_album, "al1")] * 20)
        assert authority.given == 2
        assert {wire.authorization for wire in server.seen[seen:]} == {"", "Bearer token-3"}


@both
def test_over_the_hours_each_token_is_replaced_in_time(drive: type[Driven]) -> None:
    now = [1_000_000.0]
    authority = Authority("token-0")
    with serving(authority) as server, signed_in(drive, server.url, clock=lambda: now[0]) as it:
        it.run(it.im.refresh_access_token())
        for minutes, given in [(30, 1), (28, 1), (3, 2), (58, 2), (2, 3), (600, 4)]:
            now[0] += minutes * 60
            it.run(it.im.get_album("al1"))
            assert authority.given == given


@both
def test_a_refresh_token_of_ten_years_works(drive: type[Driven]) -> None:
    now = [1_000_000.0]
    authority = Authority("token-0")
    with serving(authority) as server, signed_in(drive, server.url, clock=lambda: now[0]) as it:
        it.run(it.im.refresh_access_token())
        now[0] += 10 * 365 * 86_400
        assert it.run(it.im.get_album("al1")).id == "al1"
        assert it.run(it.im.refresh_access_token()) == "token-4"


@both
def test_however_many_wait_a_dead_refresh_token_is_an_error_for_each(drive: type[Driven]) -> None:
    with serving(Authority()) as server, signed_in(drive, server.url, refresh_token="revoked") as it:
        with pytest.raises(AuthenticationError, match="authorize again"):
            it.together([partial(it.im.get_album, "al1")] * 20)
        assert it.im.access_token == "token-0"


def test_a_token_and_its_end_change_as_one() -> None:
    """A thread that looks while another stores the new token does not take it for an old one."""
    now = [1_000_000.0]
    authority = Authority("token-0")
    looking, looked = threading.Event(), threading.Event()
    storing = threading.current_thread()

    def clock() -> float:
        """Stops the thread that stores the new token in the middle of it, until the other has looked."""
        if threading.current_thread() is not storing:
            looked.set()
        elif im.access_token == "token-3" and not looking.is_set():
            looking.set()
            looked.wait(SOON)
        return now[0]

    with serving(authority) as server, Imgur("abc123", APP, "token-0", REFRESH, base_url=server.url, clock=clock) as im:
        im.refresh_access_token()
        now[0] += 3600
        other = threading.Thread(target=lambda: looking.wait(GUARD) and im.get_album("al1"))
        other.start()
        im.get_album("al1")
        other.join(GUARD)
        assert authority.given == 2


@both
def test_a_token_stays_with_the_site_it_is_for(drive: type[Driven], tmp_path: Path) -> None:
    """Neither a redirect of the API, nor a picture's address, nor a redirect of that, is shown it."""

    def elsewhere(wire: Wire) -> None:
        wire.answer(status=302, location=f"{thief.url}/3/album/x")

    with serving(Wire.picture) as thief, serving(elsewhere) as server, signed_in(drive, server.url) as it:
        with pytest.raises(UnexpectedImgurException):
            it.run(it.im.get_album("x"))
        assert not thief.seen
        for host in (server.url, thief.url):
            image = it.im.image("x")
            image.raw["link"] = f"{host}/x.png"
            it.run(image.download(tmp_path, overwrite=True))
        assert len(thief.seen) == 2
        for wire in [*thief.seen, *server.seen[1:]]:
            assert not wire.authorization
            assert not [secret for secret in ("token-0", *SECRETS) if secret in str(vars(wire))]


@pytest.mark.parametrize("key", ["s3cret-key\n", "s3cret-key\0", "s3cret-k\xe9y", "\ud800s3cret-k"])
@pytest.mark.parametrize("name", ["access_token", "client_id", "rapidapi_key"])
@both
def test_a_key_that_no_header_can_carry_is_refused_unsaid(drive: type[Driven], name: str, key: str) -> None:
    nobody = httpx2.MockTransport(lambda _: httpx2.Response(500))
    with (
        drive(base_url=IMGUR, transport=nobody, **{name: key}) as it,
        pytest.raises(ArgumentError, match="is empty, or contains what no header can") as raised,
    ):
        it.run(it.im.get_gallery())
    assert "s3cret-k" not in "".join(traceback.format_exception(raised.value))


@both
def test_the_environments_proxy_is_not_told_what_is_for_this_machine(
    drive: type[Driven], monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(Wire.hang_up) as proxy, serving(Authority("token-0")) as server:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        with signed_in(drive, server.url) as it:
            it.run(it.im.get_album("al1"))
        assert not proxy.seen


@both
def test_no_log_tells_a_secret(drive: type[Driven], caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with serving(Authority("token-0")) as server, signed_in(drive, server.url, access_token=ACCESS) as it:
        it.run(it.im.get_album("al1"))
        server.handler = Wire.hang_up
        with pytest.raises(NoAnswerError):
            it.run(it.im.create_album("t"))
    assert not [secret for secret in (*SECRETS, "token-0", "token-2") if secret in caplog.text]


@both
def test_what_needs_the_secret_says_so(drive: type[Driven]) -> None:
    with serving(well) as server, drive(server.url, client_secret=None) as it:
        with pytest.raises(NotAuthorizedError, match="client_secret"):
            it.run(it.im.exchange_pin("p"))
        assert not server.seen


# ---- lists


def pages(sizes: list[int]) -> Handler:
    """A user with so many images on each page."""

    def handle(wire: Wire) -> None:
        number = int(wire.path.rpartition("/")[2])
        count = sizes[number] if number < len(sizes) else 0
        wire.data([{"id": f"{number}-{n}"} for n in range(count)])

    return handle


@pytest.mark.parametrize(
    ("limit", "count", "asked"),
    [(None, 100, 2), (0, 0, 0), (1, 1, 1), (50, 50, 1), (51, 51, 2), (120, 120, 3), (999, 120, 4), (-1, 100, 2)],
)
@both
def test_a_list_has_at_most_as_many_as_requested(
    drive: type[Driven], limit: int | None, count: int, asked: int
) -> None:
    with serving(pages([50, 50, 20])) as server, drive(server.url, access_token=ACCESS) as it:
        images = it.run(it.im.user("me").get_images(limit))
        assert isinstance(images, list)
        assert (len(images), len(server.seen)) == (count, asked)
        assert [image.id for image in images[:2]] == ["0-0", "0-1"][:count]


@both
def test_an_iterator_walks_to_the_end(drive: type[Driven]) -> None:
    with serving(pages([50, 50, 20])) as server, drive(server.url, access_token=ACCESS) as it:
        images = it.listed(it.im.user("me").get_images.iter())
        assert len({image.id for image in images}) == 120
        assert [wire.path for wire in server.seen] == [f"/3/account/me/images/{n}" for n in range(4)]
        assert len(it.listed(it.im.user("me").get_images.iter(limit=60))) == 60


@both
def test_a_server_that_gives_the_same_page_for_ever_is_not_walked_for_ever(drive: type[Driven]) -> None:
    with (
        serving(lambda wire: wire.data([{"id": "a"}, {"id": "b"}])) as server,
        drive(server.url, access_token=ACCESS) as it,
    ):
        assert [image.id for image in it.listed(it.im.user("me").get_images.iter(limit=1000))][:2] == ["a", "b"]
        assert len(server.seen) < 5


def test_an_iterator_asks_for_a_page_when_it_is_needed() -> None:
    with serving(pages([2, 2])) as server, Imgur("abc123", access_token=ACCESS, base_url=server.url) as im:
        images = im.user("me").get_images.iter()
        assert len(server.seen) == 0
        assert [next(images).id for _ in range(2)] == ["0-0", "0-1"]
        assert len(server.seen) == 1
        assert next(images).id == "1-0"
        assert len(server.seen) == 2


def test_an_async_iterator_asks_for_a_page_when_it_is_needed() -> None:
    async def walk(url: str) -> list[int]:
        counts = []
        async with AsyncImgur("abc123", access_token=ACCESS, base_url=url) as im:
            images = im.user("me").get_images.iter()
            for _ in range(3):
                counts.append(len(server.seen))
                await anext(images)
            await images.aclose()
        return [*counts, len(server.seen)]

    with serving(pages([2, 2])) as server:
        assert asyncio.run(walk(server.url)) == [0, 1, 1, 2]


# ---- ends


def test_a_cancelled_download_leaves_nothing(tmp_path: Path) -> None:
    begun = threading.Event()

    def handle(wire: Wire) -> None:
        wire.send(b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nContent-Length: 99999\r\n\r\nx")
        begun.set()
        wire.hold()

    async def main(url: str) -> list[Path]:
        async with AsyncImgur("abc123", base_url=url) as im:
            image = im.image("x")
            image.raw["link"] = f"{url}/x.png"
            task = asyncio.ensure_future(image.download(tmp_path))
            assert await asyncio.to_thread(begun.wait, GUARD)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
        return list(tmp_path.iterdir())

    with serving(handle) as server:
        assert asyncio.run(main(server.url)) == []


def test_a_cancelled_call_frees_its_connection_and_the_refresh() -> None:
    asked = threading.Event()

    def handle(wire: Wire) -> None:
        if wire.path == "/oauth2/token" and not asked.is_set():
            asked.set()
            wire.hold()
        authority(wire)

    async def main(url: str) -> str:
        async with AsyncImgur("abc123", APP, "token-0", REFRESH, base_url=url) as im:
            task = asyncio.ensure_future(im.get_album("al1"))
            assert await asyncio.to_thread(asked.wait, GUARD)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            return (await im.get_album("al1")).id

    authority = Authority()
    with serving(handle) as server:
        assert asyncio.run(main(server.url)) == "al1"


def test_threads_share_a_client() -> None:
    with serving(well) as server, Driven(server.url) as it:
        albums = it.together([partial(it.im.get_album, "al1")] * 20)
        assert [album.title for album in albums] == ["An album"] * 20
        assert len(server.seen) == 20


_PARENT_AND_CHILD = """
import os, sys
from pyimgur import Imgur
im = Imgur("abc123", base_url=sys.argv[1])
im.get_album("before")
child = os.fork()
who = "parent" if child else "child"
wrong = sum(im.get_album(f"{who}{number}").id != f"{who}{number}" for number in range(40))
os.write(1, f"{who} {wrong} ".encode())  # at once, however output is buffered
if not child:
    os._exit(0)
os.waitpid(child, 0)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_a_child_process_does_not_get_its_parents_answers() -> None:
    def named(wire: Wire) -> None:
        wire.data({"id": wire.path.rpartition("/")[2]})

    with serving(named) as server:
        command = [sys.executable, "-c", _PARENT_AND_CHILD, server.url]
        said = subprocess.run(command, capture_output=True, text=True, timeout=GUARD, check=True).stdout
    assert said in {"child 0 parent 0 ", "parent 0 child 0 "}


@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_client_goes_on_in_another_loop() -> None:
    """A program may call `asyncio.run` again and again with one client."""

    async def ask(im: AsyncImgur) -> list[str]:
        return [album.id for album in await asyncio.gather(*(im.get_album("al1") for _ in range(3)))]

    authority = Authority()
    with serving(authority) as server:
        im = AsyncImgur("abc123", APP, "token-0", REFRESH, base_url=server.url)
        for _ in range(2):
            assert asyncio.run(ask(im)) == ["al1"] * 3
            im.access_token = "token-0"
        asyncio.run(im.close())
        gc.collect()
