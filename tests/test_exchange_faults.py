"""Both exchanges under faults that need TLS, interrupts, threads, forks or event loops of several kinds."""

from __future__ import annotations

import asyncio
import errno
import gc
import os
import signal
import socket
import ssl
import subprocess
import sys
import threading
import warnings
from contextlib import contextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
import trustme

from client_support import GUARD, PIXEL, AsyncDriven, Driven, Wire, both, enveloped, serving
from pyimgur import AsyncImgur, Imgur, ImgurError, NoAnswerError, TooLargeError, UploadUncertain
from pyimgur._core.effects import HTTPRequest
from pyimgur._transport.deadline import Deadline
from pyimgur._transport.exchange import ENVIRONMENT
from pyimgur._transport.fast_async_exchange import AsyncConnection
from pyimgur._transport.fast_exchange import Connection
from pyimgur._transport.http1 import MAX_HEAD, Origin, Response, plain_request
from pyimgur._transport.network_errors import ExchangeError
from pyimgur._transport.routes import Routes
from pyimgur._transport.tls import tls
from test_traceback_locals import shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

DOCUMENT = enveloped({"id": "al1", "title": "An album"})
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
WHOLE = HEAD + b"Content-Length: %d\r\n\r\n" % len(DOCUMENT) + DOCUMENT
SOON = 0.3
"""Seconds of a limit that is meant to pass."""


class UvloopDriven(AsyncDriven):
    """An `AsyncImgur` on uvloop's event loop."""

    def _make(self, options: dict[str, Any]) -> Any:
        uvloop = pytest.importorskip("uvloop")
        self._loop = asyncio.Runner(loop_factory=uvloop.new_event_loop)
        return AsyncImgur(**options)


every = pytest.mark.parametrize(
    "drive",
    [
        pytest.param(kind, id=name)
        for name, kind in {"sync": Driven, "async": AsyncDriven, "uvloop": UvloopDriven}.items()
    ],
)
fast_only = pytest.mark.parametrize("exchange", ["httptools"], indirect=True)


@pytest.fixture(autouse=True, params=["httpx2", "httptools"])
def exchange(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """The exchange that the test runs with."""
    monkeypatch.setenv(ENVIRONMENT, request.param)
    return request.param


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def trusted(authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ssl.SSLContext]:
    """The TLS context of a server at 127.0.0.1 that clients trust."""
    authority.cert_pem.write_to_path(str(tmp_path / "authority.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
    tls.cache_clear()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    yield context
    tls.cache_clear()


def well(wire: Wire) -> None:
    wire.body()
    wire.send(WHOLE)


@contextmanager
def listening(talk: Callable[[socket.socket], object]) -> Iterator[str]:
    """Run a server that hands each connection to `talk` before anything is read, and give its URL."""
    listener = socket.create_server(("127.0.0.1", 0))
    stopped = threading.Event()

    def accept() -> None:
        while not stopped.is_set():
            connection, _ = listener.accept()
            with connection, suppress(OSError):
                talk(connection)

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        stopped.set()
        socket.create_connection(listener.getsockname()).close()
        thread.join(GUARD)
        listener.close()


# ---- TLS


@every
def test_connections_with_tls_are_kept(drive: type[Driven], trusted: ssl.SSLContext) -> None:
    """The session tickets of TLS 1.3, which arrive behind the handshake, are no bytes of a response."""
    with serving(well, trusted) as server, drive(server.url) as it:
        for _ in range(3):
            it.run(it.im.get_album("al1"))
            it.run(it.im.create_album("t"))
        assert {wire.connection for wire in server.seen} == {1}


@every
def test_a_certificate_for_another_host_is_refused(
    drive: type[Driven], trusted: ssl.SSLContext, authority: trustme.CA
) -> None:
    other = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("imgur.example").configure_cert(other)
    with serving(well, other) as server, drive(server.url, retries=0) as it:
        with pytest.raises(NoAnswerError, match=r"(?i)certificate.*127\.0\.0\.1") as raised:
            it.run(it.im.get_album("al1"))
        assert (raised.value.sent, server.seen) == (False, [])


def unsized(wire: Wire, *, notify: bool) -> None:
    """Send a response that ends with the connection; without `notify`, TLS does not say that it is the end."""
    wire.send(HEAD + b"\r\n" + DOCUMENT)
    if notify and isinstance(wire._socket, ssl.SSLSocket):
        with suppress(OSError):
            wire._socket.unwrap()
    wire.hang_up()


@fast_only
@every
def test_only_tls_itself_says_that_a_response_without_length_is_whole(
    drive: type[Driven], trusted: ssl.SSLContext
) -> None:
    """Anybody in between can end a connection, and so cut the response off (RFC 9112, section 9.8)."""
    with serving(partial(unsized, notify=True), trusted) as server, drive(server.url, retries=0) as it:
        assert it.run(it.im.get_album("al1")).title == "An album"
        server.handler = partial(unsized, notify=False)
        with pytest.raises(NoAnswerError):
            it.run(it.im.get_album("al1"))


@pytest.mark.parametrize("secure", [False, True])
@fast_only
@every
def test_bytes_that_come_while_a_connection_is_idle_are_no_response(
    drive: type[Driven], secure: bool, trusted: ssl.SSLContext
) -> None:
    go, sent = threading.Event(), threading.Event()

    def unasked(wire: Wire) -> None:
        well(wire)
        assert go.wait(GUARD)
        wire.send(WHOLE.replace(b"An album", b"Trickery"))
        sent.set()

    with serving(unasked, trusted if secure else None) as server, drive(server.url, retries=0) as it:
        for _ in range(3):
            go.clear()
            sent.clear()
            assert it.run(it.im.get_album("al1")).title == "An album"
            go.set()
            assert sent.wait(GUARD)
        assert [wire.connection for wire in server.seen] == [1, 2, 3]


# ---- sending


def refuse(wire: Wire, then: Callable[[Wire], object]) -> None:
    wire.data({"error": "file is over the size limit"}, 413)
    then(wire)


@pytest.mark.parametrize("secure", [False, True])
@pytest.mark.parametrize("then", [Wire.swallow, Wire.stall])
@fast_only
@every
def test_an_answer_ends_an_upload(
    drive: type[Driven], then: Callable[[Wire], object], secure: bool, trusted: ssl.SSLContext, tmp_path: Path
) -> None:
    """Also of a server that neither reads the rest nor closes the connection."""
    with (tmp_path / "big.mp4").open("wb") as file:
        file.truncate(40_000_000)
    with serving(partial(refuse, then=then), trusted if secure else None) as server:
        with drive(server.url, timeout=SOON, retries=0) as it, pytest.raises(TooLargeError):
            it.run(it.im.upload_image(tmp_path / "big.mp4"))
        assert len(server.calls("POST", "/3/image")) == 1
        server.stopping.set()


@both
def test_a_server_that_takes_no_bytes_is_given_up_after_the_timeout(drive: type[Driven], tmp_path: Path) -> None:
    with (tmp_path / "big.mp4").open("wb") as file:
        file.truncate(40_000_000)
    with serving(Wire.stall) as server, drive(server.url, timeout=SOON, retries=0) as it:
        with pytest.raises(NoAnswerError, match="took too long") as raised:
            it.run(it.im.upload_image(tmp_path / "big.mp4"))
        assert not raised.value.sent
        assert not isinstance(raised.value, UploadUncertain)
        server.stopping.set()


@pytest.mark.parametrize("kind", [OSError, TimeoutError, ssl.SSLWantReadError, BlockingIOError])
@both
def test_what_progress_raises_reaches_the_caller_unchanged(
    drive: type[Driven], kind: type[Exception], exchange: str
) -> None:
    cause = LookupError("the cause")
    problem = kind("of the program")
    problem.__cause__ = cause

    def progress(*_: object) -> None:
        raise problem

    with serving(well) as server, drive(server.url, retries=0) as it:
        with pytest.raises(kind) as raised:
            it.run(it.im.upload_image(PIXEL, progress=progress))
        assert (raised.value, raised.value.__cause__) == (problem, None if exchange == "httpx2" else cause)


class Full:
    """A sink that cannot take what it gets."""

    def __init__(self, problem: BaseException) -> None:
        self.problem = problem

    def accepts(self, status: int, headers: Mapping[str, str]) -> bool:
        return True

    def write(self, chunk: bytes) -> None:
        raise self.problem

    def close(self) -> None:
        pass


BODIES = {
    "sized": b"Content-Length: 5\r\n\r\nhello",
    "sized, later": b"Content-Length: 5\r\n\r\n",
    "chunked": b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    "until closed": b"\r\nhello",
}


@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize("kind", [OSError, TimeoutError, BlockingIOError, KeyboardInterrupt])
def test_what_a_sink_raises_reaches_the_caller_unchanged(kind: type[BaseException], body: str) -> None:
    cause = LookupError("the cause")
    problem = kind(errno.ENOSPC, "no space")
    problem.__cause__ = cause

    def handle(wire: Wire) -> None:
        wire.send(HEAD + BODIES[body])
        if body == "sized, later":
            wire.send(b"hello")
        wire.hang_up()

    with serving(handle) as server, Imgur("x", base_url=server.url) as im:
        asked = HTTPRequest("GET", f"{server.url}/x", "GET x", {}, None, Full(problem))
        with pytest.raises(kind) as raised:
            im._executor._exchange.send(asked, Deadline(asked, GUARD))
        assert (raised.value, raised.value.__cause__) == (problem, cause)


@pytest.mark.parametrize("size", [10, 40_000_000])
@both
def test_no_frame_of_a_broken_request_over_tls_holds_a_secret(
    drive: type[Driven], size: int, trusted: ssl.SSLContext
) -> None:
    """TLS is Python code above its sockets, with the bytes that it sends in its local variables."""

    def broken(wire: Wire) -> None:
        wire.take(1 if wire.method == "POST" else 0)
        wire.hang_up(reset=True)

    with serving(broken, trusted) as server, drive(server.url, access_token="s3cret-access", retries=0) as it:
        with pytest.raises(ImgurError) as raised:
            it.run(it.im.upload_image(bytes(size)))
        assert "s3cret" not in shown(raised.value)


# ---- a server that is none


@pytest.mark.parametrize("banner", [b"SSH-2.0-OpenSSH_9.2\r\n", WHOLE, b""])
@every
def test_a_server_that_speaks_first_or_closes_at_once(drive: type[Driven], banner: bytes, exchange: str) -> None:
    def talk(connection: socket.socket) -> None:
        connection.sendall(banner)

    with listening(talk) as url, drive(url, retries=0, timeout=GUARD / 2) as it:
        with pytest.raises(NoAnswerError) if banner != WHOLE else suppress(NoAnswerError) as raised:
            it.run(it.im.get_album("al1"))
        assert "took too long" not in str(raised)


def test_every_address_of_a_name_is_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(well) as server, socket.socket() as dead:
        dead.bind(("127.0.0.1", 0))  # it does not listen
        port = int(server.url.rpartition(":")[2])
        made = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", at)) for at in (dead.getsockname()[1], port)]
        for addresses in (made, made[::-1], made[:1] * 2):
            with Imgur("x", base_url=f"http://127.0.0.1:{port}", retries=0) as im, monkeypatch.context() as patch:
                patch.setattr(socket, "getaddrinfo", mock_addresses(addresses))
                if made[1] in addresses:
                    assert im.get_album("al1").id == "al1"
                else:
                    with pytest.raises(NoAnswerError, match="cannot reach"):
                        im.get_album("al1")


def mock_addresses(addresses: list[Any]) -> Callable[..., list[Any]]:
    def getaddrinfo(*_: object, **__: object) -> list[Any]:
        return addresses

    return getaddrinfo


# ---- interrupts


def interrupt(wire: Wire, prepare: Callable[[Wire], object]) -> None:
    prepare(wire)
    signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
    wire.stall()


def begin(wire: Wire) -> None:
    wire.send(HEAD + b"Content-Length: 99\r\n\r\n{")


def nothing(_: object) -> None:
    pass


@pytest.mark.skipif(not hasattr(signal, "pthread_kill"), reason="this system sends no signals to threads")
@pytest.mark.parametrize("prepare", [nothing, begin])
@pytest.mark.parametrize("size", [None, 40_000_000])
def test_ctrl_c_ends_a_request(prepare: Callable[[Wire], object], size: int | None) -> None:
    handler = partial(interrupt, prepare=prepare)
    with serving(handler) as server, Imgur("x", base_url=server.url) as im:
        with pytest.raises(KeyboardInterrupt):
            im.upload_image(bytes(size)) if size else im.get_album("al1")
        server.handler = well
        assert im.get_album("al1").id == "al1"
        assert len(server.seen) == 2
        server.stopping.set()


@pytest.mark.skipif(not hasattr(signal, "pthread_kill"), reason="this system sends no signals to threads")
@fast_only
def test_ctrl_c_ends_a_handshake_and_leaves_no_socket() -> None:
    def talk(connection: socket.socket) -> None:
        if connection.recv(1 << 16):  # the client's first message
            signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
            connection.recv(1 << 16)

    with listening(talk) as url, Imgur("x", base_url=url.replace("http:", "https:")) as im, warnings.catch_warnings():
        warnings.simplefilter("error", ResourceWarning)
        with pytest.raises(KeyboardInterrupt):
            im.get_album("al1")
        gc.collect()


@pytest.mark.parametrize("secure", [False, True])
@fast_only
@pytest.mark.parametrize("drive", [AsyncDriven, UvloopDriven])
def test_a_call_can_be_cancelled_at_every_step(drive: type[AsyncDriven], secure: bool, trusted: ssl.SSLContext) -> None:
    async def cancel_after(im: Any, steps: int) -> bool:
        task = asyncio.ensure_future(im.upload_image(PIXEL) if steps % 2 else im.get_album("al1"))
        for _ in range(steps // 2):
            await asyncio.sleep(0)
        task.cancel()
        return isinstance((await asyncio.gather(task, return_exceptions=True))[0], asyncio.CancelledError)

    with serving(well, trusted if secure else None) as server, drive(server.url, retries=0) as it:
        cancelled = [it.run(cancel_after(it.im, steps)) for steps in range(60)]
        assert any(cancelled[2:])
        assert it.run(it.im.get_album("al1")).title == "An album"
        (state,) = it.im._executor._loops.values()
        assert not state.exchange._pool._in_use


# ---- threads and processes


@pytest.mark.parametrize("greets", [True, False])
@fast_only
def test_close_ends_the_requests_of_all_threads(greets: bool) -> None:
    """Also those that wait in a TLS handshake."""
    waiting = threading.Semaphore(0)
    held: list[socket.socket] = []

    def talk(connection: socket.socket) -> None:
        if connection.recv(1 << 16):
            held.append(connection.dup())
            waiting.release()

    with listening(talk) as url:
        im = Imgur("x", base_url=url if greets else url.replace("http:", "https:"), retries=0)
        problems: list[BaseException] = []

        def call() -> None:
            try:
                im.get_album("al1")
            except ImgurError as error:
                problems.append(error)

        threads = [threading.Thread(target=call) for _ in range(4)]
        for thread in threads:
            thread.start()
        for _ in threads:
            assert waiting.acquire(timeout=GUARD)
        im.close()
        for thread in threads:
            thread.join(GUARD / 2)
        assert [type(problem) for problem in problems] == [NoAnswerError] * 4
        for connection in held:
            connection.close()


def test_a_client_can_be_closed_while_threads_use_it() -> None:
    outcomes: list[object] = []

    def call(im: Imgur) -> None:
        for _ in range(30):
            try:
                outcomes.append(im.get_album("al1").title)
            except ImgurError:
                outcomes.append("An album")

    with serving(well) as server, Imgur("x", base_url=server.url, retries=0) as im:
        threads = [threading.Thread(target=call, args=(im,)) for _ in range(6)]
        for thread in threads:
            thread.start()
        while any(thread.is_alive() for thread in threads):
            im.close()
        assert outcomes == ["An album"] * 180


_FORK = """
import os, sys, threading
from pyimgur import Imgur
im = Imgur("abc123", base_url=sys.argv[1])
im.get_album("before")
other = threading.Thread(target=im.get_album, args=("slow",))
other.start()
sys.stdin.readline()  # the server has the request
child = os.fork()
who = "parent" if child else "child"
wrong = sum(im.get_album(f"{who}{number}").id != f"{who}{number}" for number in range(5))
if not child:
    im.close()
    os._exit(wrong)
print(wrong, os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
im.get_album("go")
other.join()
print("joined")
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_a_fork_leaves_the_requests_of_other_threads_alone() -> None:
    go = threading.Event()

    def named(wire: Wire) -> None:
        name = wire.path.rpartition("/")[2]
        if name == "slow":
            print(file=program.stdin, flush=True)
            assert go.wait(GUARD)
        elif name == "go":
            go.set()
        wire.data({"id": name})

    with serving(named) as server:
        command = [sys.executable, "-W", "ignore::DeprecationWarning", "-c", _FORK, server.url]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as program:
            assert program.stdout is not None
            assert program.stdout.read() == "0 0\njoined\n"


_UNCLOSED = """
import asyncio, gc, sys
from pyimgur import AsyncImgur, Imgur
sync = Imgur("abc123", base_url=sys.argv[1])
sync.get_album("al1")
im = AsyncImgur("abc123", base_url=sys.argv[1])
async def main():
    await asyncio.gather(*(im.get_album("al1") for _ in range(3)))
for factory in (None, __import__("uvloop").new_event_loop if sys.argv[2:] else None):
    with asyncio.Runner(loop_factory=factory) as runner:
        runner.run(main())
    gc.collect()
del im
gc.collect()
"""


@pytest.mark.parametrize("secure", [False, True])
@fast_only
def test_a_program_that_closes_nothing_leaves_no_warning(secure: bool, trusted: ssl.SSLContext) -> None:
    with serving(well, trusted if secure else None) as server:
        command = [sys.executable, "-X", "dev", "-c", _UNCLOSED, server.url]
        result = subprocess.run(command, capture_output=True, text=True, timeout=GUARD, check=True)
    assert result.stderr == ""


# ---- who sends what


@pytest.mark.parametrize(
    ("variables", "url", "direct"),
    [
        ({}, "https://api.imgur.com/3/x", True),
        ({"https_proxy": "http://127.0.0.1:1"}, "https://api.imgur.com/3/x", False),
        ({"https_proxy": "http://127.0.0.1:1"}, "http://api.imgur.com/3/x", True),
        ({"http_proxy": "127.0.0.1:1"}, "http://api.imgur.com/3/x", False),
        ({"all_proxy": "socks5://127.0.0.1:1"}, "https://api.imgur.com/3/x", False),
        ({"all_proxy": "socks5://127.0.0.1:1"}, "http://127.0.0.1:2/3/x", True),
        ({"https_proxy": "http://127.0.0.1:1", "no_proxy": "imgur.com"}, "https://api.imgur.com/3/x", True),
        ({"https_proxy": "http://127.0.0.1:1", "no_proxy": "*"}, "https://api.imgur.com/3/x", True),
        ({"https_proxy": "http://127.0.0.1:1", "no_proxy": "other.com"}, "https://api.imgur.com/3/x", False),
    ],
)  # fmt: skip
@fast_only
def test_requests_through_a_proxy_are_left_to_httpx2(
    variables: dict[str, str], url: str, direct: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    routes = Routes()
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert (routes.direct(HTTPRequest("GET", url, "GET 3/x")) is not None) == direct
    monkeypatch.setenv("no_proxy", "*")
    routes.clear()
    assert routes.direct(HTTPRequest("GET", url, "GET 3/x")) is not None


# ---- the parser, as values


def fed(raw: bytes, times: int, *, method: str = "GET") -> Response:
    """Return what reads a response, after this begin and so many pieces of a KB."""
    asked = HTTPRequest(method, "http://x/", "GET x")
    response = Response(asked, Deadline(asked, GUARD))
    if raw:
        response.feed(raw)
    for _ in range(times):
        response.feed(b"x" * 1024)
    return response


CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"


@pytest.mark.parametrize("begin", [CHUNKED + b"0\r\nX-Trailer: ", CHUNKED + b"5;extension=", HEAD + b"X-Long: "])
@fast_only
def test_what_is_no_body_has_a_limit(begin: bytes) -> None:
    with pytest.raises(ExchangeError, match=r"too large|not HTTP"):
        fed(begin, 2 * MAX_HEAD // 1024)


@fast_only
def test_a_body_in_small_chunks_has_none() -> None:
    response = fed(CHUNKED, 0)
    for _ in range(4 * MAX_HEAD // 512):
        response.feed(b"1\r\nx\r\n" * 128)
    response.feed(b"0\r\n\r\n")
    assert (response.complete, response.reusable, len(response.reply.body)) == (True, True, 4 * MAX_HEAD // 4)


@fast_only
def test_a_response_to_head_has_no_body() -> None:
    response = fed(HEAD + b"Content-Length: 5\r\n\r\n", 0, method="HEAD")
    assert (response.complete, response.reply.status, response.reply.body) == (True, 200, b"")


@fast_only
def test_a_connection_that_ended_before_its_request_is_noticed() -> None:
    """The event loop drops what is written to it, and says nothing more."""

    async def main(url: str) -> None:
        connection = AsyncConnection(GUARD / 2)
        asked = HTTPRequest("GET", f"{url}/x", "GET x")
        origin, head = plain_request(asked) or pytest.fail("it is plain")
        await connection._connect(origin)
        while not connection._transport.is_closing():
            await asyncio.sleep(0.001)
        with pytest.raises(ExchangeError, match="closed the connection"):
            await connection.exchange(origin, head, Response(asked, Deadline(asked, GUARD)))

    with listening(nothing) as url:
        asyncio.run(main(url))


class Left(Deadline):
    """A deadline whose time runs out step by step."""

    def __init__(self, *left: float) -> None:
        super().__init__(HTTPRequest("POST", "http://x/", "POST x"), GUARD)
        self.steps = list(left)

    @property
    def left(self) -> float:
        return self.steps.pop(0) if len(self.steps) > 1 else self.steps[0]


@contextmanager
def connected(*left: float) -> Iterator[tuple[Connection, socket.socket]]:
    """Give a sync connection, whose deadline has these seconds left at each step, and the server's end."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        connection = Connection(GUARD)
        connection._socket, connection._deadline = ours, Left(*left)
        yield connection, theirs
        connection.close()


@fast_only
def test_the_deadline_holds_between_two_writes_of_the_same_bytes() -> None:
    """With TLS, each record is a write, and each could take as long as is left before the first."""
    with connected(GUARD, 0) as (connection, server):
        reader = threading.Thread(target=lambda: [None for _ in iter(partial(server.recv, 1 << 16), b"")])
        reader.start()
        with pytest.raises(ExchangeError, match="deadline") as raised:
            connection._send(bytes(40_000_000))
        assert raised.value.timed_out
        connection.cut()
        reader.join(GUARD)


@fast_only
def test_the_deadline_holds_for_all_addresses_of_a_name(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as dead, connected(GUARD, 0) as (connection, _):
        dead.bind(("127.0.0.1", 0))  # it does not listen
        monkeypatch.setattr(socket, "getaddrinfo", mock_addresses([(socket.AF_INET, 1, 6, "", dead.getsockname())] * 2))
        with pytest.raises(ExchangeError, match="deadline") as raised:
            connection._connect(Origin("http", "x", 80, "x"))
        assert raised.value.timed_out


@pytest.mark.parametrize("gone", [False, True])
@fast_only
def test_an_answer_is_read_before_sending_fails(gone: bool) -> None:
    """The server answered, and takes no more bytes, or has closed the connection."""
    response = fed(b"", 0)
    with connected(SOON) as (connection, server):
        server.sendall(WHOLE)
        if gone:
            server.shutdown(socket.SHUT_RD)
        assert not connection._offer(bytes(40_000_000), response, last=True)
    assert (response.complete, response.reply.body) == (True, DOCUMENT)
