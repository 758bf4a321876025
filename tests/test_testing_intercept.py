"""Interception of requests to Imgur's hosts within the process, for each HTTP library, and the guard."""

from __future__ import annotations

import asyncio
import http.client
import io
import json
import socket
import subprocess
import sys
import threading
import urllib.request
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import httpx
import httpx2
import pytest
import requests
import trio
import urllib3
from PIL import Image

import pyimgur
from client_support import GUARD, Server, Wire, serving
from pyimgur.testing import LocalImgur, no_real_imgur
from pyimgur.testing.interception import intercept
from pyimgur.testing.interception.hooks import LIBRARIES

HEADERS = {"Authorization": "Client-ID any"}
ACCOUNT = "https://api.imgur.com/3/account/tester"


# ---- one way to use each library


class Session(AbstractContextManager["Session"]):
    """A client of one library, which keeps its connections."""

    refused: type[Exception] = OSError

    def get(self, url: str) -> bytes:
        """Return the body of a response."""
        return b"".join(self.stream("GET", url, None))

    def stream(self, method: str, url: str, body: Iterator[bytes] | None) -> Iterator[bytes]:
        """Send a request with a body that is produced while it is sent, and yield the response's body as it comes."""
        raise NotImplementedError


class Requests(Session):
    refused = requests.ConnectionError

    def __init__(self) -> None:
        self.session = requests.Session()

    def __exit__(self, *_: object) -> None:
        self.session.close()

    def stream(self, method: str, url: str, body: Iterator[bytes] | None) -> Iterator[bytes]:
        with self.session.request(method, url, data=body, headers=HEADERS, stream=True, timeout=GUARD) as response:
            assert response.url == url
            while piece := response.raw.read1():
                yield piece


class Urllib3(Session):
    refused = urllib3.exceptions.MaxRetryError

    def __init__(self) -> None:
        self.pools = urllib3.PoolManager()

    def __exit__(self, *_: object) -> None:
        self.pools.clear()

    def stream(self, method: str, url: str, body: Iterator[bytes] | None) -> Iterator[bytes]:
        response = self.pools.request(
            method, url, body=body, headers=HEADERS, preload_content=False, timeout=GUARD, chunked=body is not None
        )
        while piece := response.read1():
            yield piece
        response.release_conn()


class HTTPClient(Session):
    refused = socket.gaierror

    def __init__(self) -> None:
        self.connections: dict[tuple[str, str], http.client.HTTPConnection] = {}

    def __exit__(self, *_: object) -> None:
        for connection in self.connections.values():
            connection.close()

    def stream(self, method: str, url: str, body: Iterator[bytes] | None) -> Iterator[bytes]:
        parts = urlsplit(url)
        kind = {"http": http.client.HTTPConnection, "https": http.client.HTTPSConnection}[parts.scheme]
        connection = self.connections.setdefault(parts[:2], kind(parts.netloc, timeout=GUARD))
        connection.request(method, parts.path, body, HEADERS, encode_chunked=True)
        with connection.getresponse() as response:
            while piece := response.read1():
                yield piece


class UrllibRequest(Session):
    refused = urllib.request.URLError

    def __init__(self) -> None:
        self.opener = urllib.request.build_opener()  # urlopen remembers the proxies of its first call

    def __exit__(self, *_: object) -> None: ...

    def stream(self, method: str, url: str, body: Iterator[bytes] | None) -> Iterator[bytes]:
        request = urllib.request.Request(url, data=body, headers=HEADERS, method=method)
        with self.opener.open(request, timeout=GUARD) as response:
            while piece := response.read1():
                yield piece


class Httpx(Session):
    library: Any = httpx
    refused = httpx.ConnectError

    def __init__(self) -> None:
        self.client = self.library.Client(timeout=GUARD)

    def __exit__(self, *_: object) -> None:
        self.client.close()

    def stream(self, method: str, url: str, body: Iterator[bytes] | None) -> Iterator[bytes]:
        with self.client.stream(method, url, content=body, headers=HEADERS) as response:
            assert response.url == url
            yield from response.iter_raw()


class Httpx2(Httpx):
    library = httpx2
    refused = httpx2.ConnectError


class AsyncSession(Session):
    """An async client, in an event loop of its own."""

    def __init__(self) -> None:
        self.loop = asyncio.Runner()
        self.client = self.loop.run(self.make())

    def __exit__(self, *_: object) -> None:
        with self.loop as loop:
            loop.run(self.close())

    async def make(self) -> Any:
        raise NotImplementedError

    async def close(self) -> None:
        await self.client.aclose()

    def pieces(self, method: str, url: str, body: AsyncIterator[bytes] | None) -> AsyncIterator[bytes]:
        raise NotImplementedError

    def stream(self, method: str, url: str, body: Iterator[bytes] | None) -> Iterator[bytes]:
        pieces = self.pieces(method, url, body and _in_thread(body))
        while piece := self.loop.run(_next(pieces)):
            yield piece


class AsyncHttpx(AsyncSession):
    library: Any = httpx
    refused = httpx.ConnectError

    async def make(self) -> Any:
        return self.library.AsyncClient(timeout=GUARD)

    async def pieces(self, method: str, url: str, body: AsyncIterator[bytes] | None) -> AsyncIterator[bytes]:
        async with self.client.stream(method, url, content=body, headers=HEADERS) as response:
            async for piece in response.aiter_raw():
                yield piece


class AsyncHttpx2(AsyncHttpx):
    library = httpx2
    refused = httpx2.ConnectError


class Aiohttp(AsyncSession):
    refused = aiohttp.ClientConnectorError

    async def make(self) -> Any:
        return aiohttp.ClientSession(trust_env=True)

    async def close(self) -> None:
        await self.client.close()

    async def pieces(self, method: str, url: str, body: AsyncIterator[bytes] | None) -> AsyncIterator[bytes]:
        async with self.client.request(method, url, data=body, headers=HEADERS) as response:
            assert str(response.url) == url
            async for piece in response.content.iter_any():
                yield piece


async def _next(pieces: AsyncIterator[bytes]) -> bytes:
    return await asyncio.wait_for(anext(pieces, b""), GUARD)


async def _in_thread(body: Iterator[bytes]) -> AsyncIterator[bytes]:
    """Produce a body without blocking the event loop."""
    while piece := await asyncio.to_thread(next, body, b""):
        yield piece


SESSIONS = [Requests, Urllib3, HTTPClient, UrllibRequest, Httpx, Httpx2, AsyncHttpx, AsyncHttpx2, Aiohttp]
each_library = pytest.mark.parametrize("library", SESSIONS, ids=lambda library: library.__name__)
Library = Callable[[], Session]


# ---- interception


@pytest.fixture
def dead_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Set a proxy in the environment that nothing listens at."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        proxy = f"http://127.0.0.1:{listener.getsockname()[1]}"
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, proxy)
        monkeypatch.setenv(name.upper(), proxy)
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)


@each_library
def test_requests_for_each_host_of_imgur_reach_the_server(
    library: Library, imgur_intercepted: LocalImgur, dead_proxy: None
) -> None:
    image = imgur_intercepted.client.upload_image(_png())
    with library() as session:
        for url in (ACCOUNT, ACCOUNT.replace("https:", "http:"), "https://imgur-apiv3.p.rapidapi.com/3/account/tester"):
            assert json.loads(session.get(url))["data"]["url"] == "tester"
        assert session.get(f"https://i.imgur.com/{image.id}.png").startswith(b"\x89PNG")
        assert image.id.encode() in session.get(f"https://imgur.com/{image.id}")
    imgur_intercepted.assert_called("GET", "/3/account/tester", credentials="anonymous", times=3)


@pytest.mark.parametrize("exchange", ["httpx2", "httptools"])
def test_a_client_that_knows_imgur_only_reaches_the_server(
    exchange: str, imgur_intercepted: LocalImgur, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYIMGUR_EXCHANGE", exchange)
    with pyimgur.Imgur("any") as im:
        assert im.base_url == "https://api.imgur.com"
        assert im.create_album("intercepted").load().title == "intercepted"

    async def main() -> str:
        async with pyimgur.AsyncImgur("any") as im:
            return (await im.get_user("tester")).url

    assert asyncio.run(main()) == "tester"


@pytest.mark.parametrize("library", [httpx, httpx2])
def test_trio(library: Any, imgur_intercepted: LocalImgur) -> None:
    async def main() -> str:
        async with library.AsyncClient(headers=HEADERS) as client:
            return (await client.get(ACCOUNT)).json()["data"]["url"]

    assert trio.run(main) == "tester"


@each_library
def test_bodies_are_streamed_both_ways(library: Library) -> None:
    received, read = threading.Semaphore(0), threading.Event()

    def handle(wire: Wire) -> None:
        for _ in wire._chunks():
            received.release()
        wire._body = b""  # it has been read
        wire.send(b"HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nnow ")
        assert read.wait(GUARD), "the beginning of the response did not arrive before its end"
        wire.send(b"then")

    def body() -> Iterator[bytes]:
        for _ in range(3):
            yield bytes(100_000)
            assert received.acquire(timeout=GUARD), "a piece of the body was not sent before the next one"

    with serving(handle) as server, intercept(_address(server)), library() as session:
        pieces = session.stream("POST", "https://api.imgur.com/3/image", body())
        assert next(pieces) == b"now "
        read.set()
        assert b"".join(pieces) == b"then"
    assert server.seen[0].headers["host"].partition(":")[0] == "api.imgur.com"


POOLS = {Requests, Urllib3, Httpx, Httpx2, AsyncHttpx, AsyncHttpx2, Aiohttp}
"""The libraries that still have the connections of before."""


@each_library
def test_sessions_from_before_are_intercepted_and_then_reach_imgur_again(
    library: type[Session], monkeypatch: pytest.MonkeyPatch
) -> None:
    look_up = socket.getaddrinfo
    monkeypatch.setattr(socket, "getaddrinfo", lambda host, *args, **options: look_up("127.0.0.1", *args, **options))
    with serving(_named("Imgur")) as real, serving(_named("first")) as first, serving(_named("second")) as second:
        url = f"http://api.imgur.com:{_address(real)[1]}/3/credits"
        with library() as session:
            answers = [session.get(url)]
            with intercept(_address(first)):
                answers += [session.get(url), session.get(url)]
                with intercept(_address(second)):
                    answers.append(session.get(url))
                answers.append(session.get(url))
            answers.append(session.get(url))
            with intercept(_address(second)):
                answers.append(session.get(url))
            answers.append(session.get(url))
    assert answers == [b"Imgur", b"first", b"first", b"second", b"first", b"Imgur", b"second", b"Imgur"]
    assert (len({wire.connection for wire in real.seen}) == 1) == (library in POOLS)


def test_a_response_that_is_read_after_the_end_leaves_no_connection_to_the_server(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    look_up = socket.getaddrinfo
    monkeypatch.setattr(socket, "getaddrinfo", lambda host, *args, **options: look_up("127.0.0.1", *args, **options))
    with serving(_named("Imgur")) as real, serving(_named("local")) as local, ExitStack() as exits:
        url = f"http://api.imgur.com:{_address(real)[1]}/3/credits"
        sessions = [exits.enter_context(library()) for library in (Requests, Urllib3, HTTPClient)]
        with intercept(_address(local)):
            pieces = [session.stream("GET", url, None) for session in sessions]
            begun = [next(each) for each in pieces]
        assert [b"".join([beginning, *rest]) for beginning, rest in zip(begun, pieces, strict=True)] == [b"local"] * 3
        assert [session.get(url) for session in sessions] == [b"Imgur"] * 3


@each_library
def test_other_hosts_are_reached_as_before(
    library: Library, imgur_intercepted: LocalImgur, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    with serving(_named("proxy")) as proxy:
        monkeypatch.setenv("http_proxy", proxy.url)
        with library() as session:
            if library not in {HTTPClient, Urllib3}:  # they do not read the environment
                assert session.get("http://imgur.example/") == b"proxy"
            monkeypatch.setenv("no_proxy", "127.0.0.1")
    with library() as session, serving(_named("direct")) as other:
        assert session.get(f"{other.url}/") == b"direct"
    assert not imgur_intercepted.requests


@pytest.mark.parametrize("library", [httpx, httpx2])
def test_the_limits_of_a_pool_hold(library: Any) -> None:
    with serving(_named("local")) as server, intercept(_address(server)):

        async def main() -> None:
            async with library.AsyncClient(limits=library.Limits(max_connections=2), timeout=GUARD) as client:
                await asyncio.gather(*(client.get(ACCOUNT) for _ in range(12)))

        asyncio.run(main())
    assert len({wire.connection for wire in server.seen}) <= 2


def test_threads(imgur_intercepted: LocalImgur) -> None:
    def read(library: type[Session]) -> str:
        with library() as session:
            return json.loads(session.get(ACCOUNT))["data"]["url"]

    with ThreadPoolExecutor(len(SESSIONS)) as threads:
        assert set(threads.map(read, SESSIONS * 3)) == {"tester"}
    imgur_intercepted.assert_called("GET", "/3/account/tester", times=len(SESSIONS) * 3)


def test_links_to_imgurs_hosts(imgur: LocalImgur) -> None:
    def link() -> str:
        answer = requests.post("https://api.imgur.com/3/image", files={"image": _png()}, headers=HEADERS, timeout=GUARD)
        return answer.json()["data"]["link"]

    with imgur.intercept():
        assert link().startswith(imgur.url)
        with imgur.intercept(imgur_links=True):
            shown = link()
            assert shown.startswith("https://i.imgur.com/")
            assert requests.get(shown, timeout=GUARD).content.startswith(b"\x89PNG")
        assert link().startswith(imgur.url)


def test_everything_is_restored_even_after_an_error(imgur: LocalImgur) -> None:
    def fail() -> None:
        with imgur.intercept(), imgur.intercept(), no_real_imgur():
            assert _attributes() != before
            raise ZeroDivisionError

    before = _attributes()
    with pytest.raises(ZeroDivisionError):
        fail()
    assert _attributes() == before


def test_another_tool_on_top_is_left_alone(imgur: LocalImgur, monkeypatch: pytest.MonkeyPatch) -> None:
    original = urllib3.HTTPConnectionPool.urlopen
    with imgur.intercept():
        ours = urllib3.HTTPConnectionPool.urlopen
        urllib3.HTTPConnectionPool.urlopen = lambda self, *args, **options: ours(self, *args, **options)
        theirs = urllib3.HTTPConnectionPool.urlopen
    try:
        assert urllib3.HTTPConnectionPool.urlopen is theirs
        urllib3.HTTPConnectionPool.urlopen = ours  # it ends later
        with no_real_imgur(), Urllib3() as session, serving(_named("other")) as other:
            assert session.get(f"{other.url}/") == b"other"
    finally:
        urllib3.HTTPConnectionPool.urlopen = original


LATE = """
import json, sys
from pyimgur.testing import local_imgur
with local_imgur() as imgur, imgur.intercept():
    assert not {"requests", "httpx", "httpcore", "aiohttp", "urllib3"} & set(sys.modules), "imported before"
    import aiohttp, asyncio, httpx, requests
    url, headers = "https://api.imgur.com/3/account/tester", {"Authorization": "Client-ID any"}
    print(requests.get(url, headers=headers).json()["data"]["url"], httpx.get(url, headers=headers).status_code)
    async def main():
        async with aiohttp.ClientSession() as session, session.get(url, headers=headers) as response:
            print(response.status)
    asyncio.run(main())
print(aiohttp.BaseConnector.connect.__module__, aiohttp.connector.__spec__.loader.__class__.__name__)
print(any(type(finder).__module__.startswith("pyimgur") for finder in sys.meta_path))
"""


def test_libraries_that_are_imported_later_are_intercepted() -> None:
    done = subprocess.run([sys.executable, "-c", LATE], capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout.splitlines() == ["tester 200", "200", "aiohttp.connector SourceFileLoader", "False"], done.stderr


# ---- the guard


@each_library
def test_the_guard_refuses_requests_to_imgur_and_names_them(library: type[Session], dead_proxy: None) -> None:
    named = r"the test tried to reach the real Imgur \(GET https://api\.imgur\.com/3/account/tester\): use"

    def attempt() -> None:
        with no_real_imgur(), library() as session, pytest.raises(library.refused, match=named):
            session.get(ACCOUNT)

    with pytest.raises(AssertionError, match=f"^{named}"):
        attempt()


@pytest.mark.parametrize("block", [no_real_imgur, lambda: intercept(("127.0.0.1", 9))])
def test_other_ways_to_imgur_are_refused(block: Callable[[], AbstractContextManager[None]]) -> None:
    def attempt() -> None:
        with block():
            for host in ("api.imgur.com", b"I.Imgur.com"):
                with pytest.raises(socket.gaierror, match="the test tried to reach the real Imgur"):
                    socket.create_connection((host, 443))  # type: ignore[arg-type]

    with pytest.raises(AssertionError, match=r"\(api\.imgur\.com, I\.Imgur\.com\)"):
        attempt()


def test_the_guard_lets_intercepted_requests_pass(imgur: LocalImgur) -> None:
    with imgur.intercept(), no_real_imgur(), Requests() as session:
        assert json.loads(session.get(ACCOUNT))["data"]["url"] == "tester"


# ---- support


def _address(server: Server) -> tuple[str, int]:
    host, _, port = server.url.removeprefix("http://").partition(":")
    return host, int(port)


def _named(name: str) -> Callable[[Wire], None]:
    return lambda wire: wire.answer(name.encode())


def _png() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (4, 3), "teal").save(file, "PNG")
    return file.getvalue()


def _attributes() -> dict[tuple[object, str], object]:
    """Return all attributes of all classes of the modules with hooks, those of `socket`, and the import hooks."""
    modules = [sys.modules[name] for name in LIBRARIES]
    owners = [*(value for module in modules for value in vars(module).values() if isinstance(value, type)), socket]
    found: dict[tuple[object, str], object] = {
        (owner, name): id(value) for owner in owners for name, value in vars(owner).items()
    }
    return {**found, (sys, "meta_path"): tuple(sys.meta_path)}
