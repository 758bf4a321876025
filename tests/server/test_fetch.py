"""Upload by URL: the file that lies there, and never anything that this machine alone can reach."""

from __future__ import annotations

import asyncio
import ssl
import threading
from collections.abc import Callable, Iterator, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import trustme
from site_support import ANONYMOUS, NewSite, Site, picture

from pyimgur.server.blobs import DurableFiles, SpoolFolder
from pyimgur.server.errors import FetchError
from pyimgur.server.fetch import Fetcher
from pyimgur.server.fetch.fetcher import FetchRefused, parse_target
from pyimgur.server.media import MediaTooLargeError
from pyimgur.server.settings import Limits, Settings

PNG = picture("PNG")


# ---- URLs


@pytest.mark.parametrize(
    ("url", "sent", "host"),
    [
        ("http://a.example", b"/", b"a.example"),
        ("HTTP://A.Example:80/x", b"/x", b"a.example"),
        ("https://a.example:443/x?y=1#z", b"/x?y=1", b"a.example"),
        ("https://a.example:8443/x y/\u00e9?q=\u00e9 %20", b"/x%20y/%C3%A9?q=%C3%A9%20%20", b"a.example:8443"),
        ("http://b\u00fccher.example/", b"/", b"xn--bcher-kva.example"),
        ("http://[2606:4700::1]:8080/", b"/", b"[2606:4700::1]:8080"),
        (" http://a.example/\t\n", b"/", b"a.example"),
        ("http://a.example/\r\nX-Evil: 1", b"/X-Evil:%201", b"a.example"),
    ],
)
def test_what_goes_on_the_wire(url: str, sent: bytes, host: bytes) -> None:
    target = parse_target(url)
    assert (target.path, target.authority) == (sent, host)


@pytest.mark.parametrize(
    "url",
    [
        "ftp://a.example/",
        "file:///etc/passwd",
        "gopher://a.example/",
        "http:///x",
        "http://",
        "http://a.example:99999/",
        "http://a.example:x/",
        "http://user:password@a.example/",
        "http://127.0.0.1@a.example/",
        "http://[::1%25lo]/",
        "http://[::1/",
        "http://a..example/",
        "http://" + "a" * 70 + ".example/",
        "//a.example/",
        "nonsense",
        "",
    ],
)
def test_what_is_no_url(url: str) -> None:
    with pytest.raises(FetchRefused):
        parse_target(url)


# ---- a fetcher, with the world on loopback


class Elsewhere:
    """Another web site, on loopback: answers by path, and notes what was asked for."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.answers: dict[str, Callable[[BaseHTTPRequestHandler], None]] = {}
        world = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                world.asked.append((self.path, {name.lower(): value for name, value in self.headers.items()}))
                self.close_connection = True
                world.answers[self.path](self)

            def log_message(self, *_: Any) -> None: ...

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        if tls:
            self.server.socket = tls.wrap_socket(self.server.socket, server_side=True)
        self.port = self.server.server_address[1]
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True)
        self.thread.start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    def url(self, path: str, host: str = "127.0.0.1", scheme: str = "http") -> str:
        return f"{scheme}://{host}:{self.port}{path}"

    def gives(self, path: str, body: bytes, status: int = 200, **headers: str) -> None:
        def answer(to: BaseHTTPRequestHandler) -> None:
            to.send_response(status)
            for name, value in {"Content-Length": str(len(body)), **headers}.items():
                to.send_header(name.replace("_", "-"), value)
            to.end_headers()
            to.wfile.write(body)

        self.answers[path] = answer

    def moves(self, path: str, to: str, status: int = 302) -> None:
        self.gives(path, b"", status, Location=to)


@pytest.fixture
def world() -> Iterator[Elsewhere]:
    world = Elsewhere()
    yield world
    world.close()


def fetched(
    folder: Path,
    url: str,
    *,
    resolve: Callable[[str, int], Any] | None = None,
    tls: ssl.SSLContext | None = None,
    private: bool = True,
    **limits: Any,
) -> bytes:
    """What a fetcher writes."""

    async def work() -> bytes:
        settings = Settings(data=folder, fetch_private=private, limits=Limits(**limits))
        spool = SpoolFolder(folder / "incoming", DurableFiles(durable=False))
        fetcher = Fetcher(settings, tls=tls, **({"resolve": resolve} if resolve else {}))
        async with spool.open() as incoming:
            await fetcher.fetch(url, incoming, "somebody")
            incoming.flush()
            return incoming.path.read_bytes()

    return asyncio.run(asyncio.wait_for(work(), 30))


def refused(folder: Path, url: str, why: str, **how: Any) -> None:
    with pytest.raises(FetchError) as told:
        fetched(folder, url, **how)
    assert str(told.value) == f"Invalid URL ({url})"
    assert why in told.value.why
    assert list((folder / "incoming").iterdir()) == []


def test_a_file_and_the_headers_that_are_sent(tmp_path: Path, world: Elsewhere) -> None:
    world.gives("/a.png?x=1", PNG)
    assert fetched(tmp_path, world.url("/a.png?x=1#y")) == PNG
    path, headers = world.asked[0]
    assert path == "/a.png?x=1"
    assert headers == {
        "host": f"127.0.0.1:{world.port}",
        "user-agent": "pyimgur",
        "accept": "image/*, video/*",
        "accept-encoding": "identity",
        "connection": "close",
    }


def test_no_proxy_of_the_environment(tmp_path: Path, world: Elsewhere, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    world.gives("/", PNG)
    assert fetched(tmp_path, world.url("/")) == PNG


def test_it_goes_where_it_is_sent(tmp_path: Path, world: Elsewhere) -> None:
    for number, status in enumerate((301, 302, 303, 307, 308)):
        world.moves(f"/{number}", f"{number + 1}", status)
    world.gives("/5", PNG)
    assert fetched(tmp_path, world.url("/0")) == PNG


@pytest.mark.parametrize("there", ["/removed.png", "/removed.png?1"])
def test_the_picture_that_says_that_there_is_none_is_no_picture(tmp_path: Path, world: Elsewhere, there: str) -> None:
    world.gives("/removed.png", PNG)
    world.gives("/removed.png?1", PNG)
    world.moves("/gone.png", there)
    said = "the image does not exist any more"
    with pytest.raises(FetchError, match=rf"Invalid URL \({world.url('/gone.png')}\): {said}"):
        fetched(tmp_path, world.url("/gone.png"))
    for imgurs in ("https://i.imgur.com/removed.png", "http://www.imgur.com/removed.png"):
        with pytest.raises(FetchError, match=said):
            fetched(tmp_path, imgurs, resolve=nobody_looks)
    assert fetched(tmp_path, world.url("/removed.png")) == PNG  # somebody's own file of that name
    assert list((tmp_path / "incoming").iterdir()) == []


async def nobody_looks(host: str, port: int) -> Sequence[str]:
    raise AssertionError("nothing is asked there")


def test_a_missing_picture_of_a_server_like_this_is_an_error(new_site: NewSite) -> None:
    site = new_site(fetch_private=True)
    kept = site.upload(PNG)
    url = f"{site.settings.public_url}/{kept['id']}.png"
    assert site.post("/3/image", headers=ANONYMOUS, data={"image": url}).status_code == 200
    site.delete(f"/3/image/{kept['deletehash']}", headers=ANONYMOUS)
    answer = site.post("/3/image", headers=ANONYMOUS, data={"image": url})
    assert answer.status_code == 400
    assert answer.json()["data"]["error"].endswith("the image does not exist any more")
    assert len(site.files()) == 1


def test_but_not_for_ever(tmp_path: Path, world: Elsewhere) -> None:
    world.moves("/", "/")
    refused(tmp_path, world.url("/"), "more than 5 times")
    assert len(world.asked) == 6


@pytest.mark.parametrize(
    "elsewhere", ["file:///etc/passwd", "ftp://127.0.0.1/x", "http://u:p@127.0.0.1/", "gopher://x", "http://["]
)
def test_nor_anywhere(tmp_path: Path, world: Elsewhere, elsewhere: str) -> None:
    world.moves("/", elsewhere)
    refused(tmp_path, world.url("/"), "")
    assert len(world.asked) == 1


@pytest.mark.parametrize("status", [204, 206, 304, 400, 401, 403, 404, 429, 500, 503])
def test_only_a_whole_file_is_one(tmp_path: Path, world: Elsewhere, status: int) -> None:
    world.gives("/", b"" if status in {204, 304} else PNG, status)
    refused(tmp_path, world.url("/"), f"status {status}")


def test_a_file_that_breaks_off(tmp_path: Path, world: Elsewhere) -> None:
    world.gives("/", PNG, Content_Length=str(len(PNG) + 1))
    refused(tmp_path, world.url("/"), "RemoteProtocolError")


def test_a_compressed_file_is_refused(tmp_path: Path, world: Elsewhere) -> None:
    world.gives("/", PNG, Content_Encoding="gzip")
    refused(tmp_path, world.url("/"), "compressed")
    world.gives("/", PNG, Content_Encoding="Identity")
    assert fetched(tmp_path, world.url("/")) == PNG


def test_what_is_no_http(tmp_path: Path, world: Elsewhere) -> None:
    def greet(to: BaseHTTPRequestHandler) -> None:
        to.wfile.write(b"220 mail.example ESMTP\r\n")

    world.answers["/"] = greet
    refused(tmp_path, world.url("/"), "RemoteProtocolError")


def test_nobody_there(tmp_path: Path, world: Elsewhere) -> None:
    world.close()
    refused(tmp_path, world.url("/"), "ConnectionRefusedError")


def test_a_name_that_nobody_has(tmp_path: Path) -> None:
    async def nobody(host: str, port: int) -> Sequence[str]:
        import socket

        raise socket.gaierror(-2, "Name or service not known")

    refused(tmp_path, "http://nobody.example/", "Name or service", resolve=nobody)


def test_too_large_by_its_announcement_and_by_its_bytes(tmp_path: Path, world: Elsewhere) -> None:
    world.gives("/announced", b"x" * 1001)
    world.answers["/not"] = _unannounced(b"x" * 1001)
    for path in ("/announced", "/not"):
        with pytest.raises(MediaTooLargeError):
            fetched(tmp_path, world.url(path), animation_bytes=1000)
    assert list((tmp_path / "incoming").iterdir()) == []
    world.answers["/just"] = _unannounced(b"x" * 1000)
    assert len(fetched(tmp_path, world.url("/just"), animation_bytes=1000)) == 1000


def _unannounced(body: bytes) -> Callable[[BaseHTTPRequestHandler], None]:
    def answer(to: BaseHTTPRequestHandler) -> None:
        to.send_response(200)
        to.end_headers()
        to.wfile.write(body)

    return answer


def test_one_who_takes_his_time(tmp_path: Path, world: Elsewhere) -> None:
    over = threading.Event()

    def drip(to: BaseHTTPRequestHandler) -> None:
        to.send_response(200)
        to.end_headers()
        while not over.wait(0.02):
            to.wfile.write(b"x")

    world.answers["/"] = drip
    try:
        refused(tmp_path, world.url("/"), "too long", fetch_seconds=0.3)
    finally:
        over.set()


# ---- where a name leads


class Names:
    """Addresses of names, one answer after the other; the last stays."""

    def __init__(self, **answers: list[list[str]]) -> None:
        self.answers = answers
        self.asked: list[str] = []

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        self.asked.append(host)
        known = self.answers[host.partition(".")[0]]
        return known.pop(0) if len(known) > 1 else known[0]


@pytest.mark.parametrize("addresses", [["127.0.0.1"], ["8.8.8.8", "127.0.0.1"], ["::ffff:127.0.0.1"], []])
def test_a_name_that_leads_inside(tmp_path: Path, world: Elsewhere, addresses: list[str]) -> None:
    url = world.url("/", "inside.example")
    refused(tmp_path, url, "not public", resolve=Names(inside=[addresses]), private=False)
    assert world.asked == []


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "2130706433", "0x7f.1", "127.1", "[::1]", "[::ffff:7f00:1]"]
)
def test_the_inside_by_whatever_name(tmp_path: Path, world: Elsewhere, host: str) -> None:
    refused(tmp_path, world.url("/", host), "", private=False)
    assert world.asked == []


def test_a_name_is_looked_up_once_and_the_connection_goes_there(
    tmp_path: Path, world: Elsewhere, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first answer passes and the second would not: there is no second lookup between check and connection."""
    judged: list[str] = []

    def passes(address: str) -> bool:
        judged.append(address)
        return address == "127.0.0.1"

    monkeypatch.setattr("pyimgur.server.fetch.fetcher.is_public", passes)
    monkeypatch.setattr("pyimgur.server.fetch.fetcher.is_same_address", lambda *_: False)
    names = Names(changing=[["127.0.0.1"], ["127.0.0.2"]])
    world.gives("/", PNG)
    assert fetched(tmp_path, world.url("/", "changing.example"), resolve=names, private=False) == PNG
    assert (names.asked, judged) == (["changing.example"], ["127.0.0.1"])
    assert world.asked[0][1]["host"] == f"changing.example:{world.port}"


def test_the_check_is_made_again_after_a_redirect(
    tmp_path: Path, world: Elsewhere, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pyimgur.server.fetch.fetcher.is_public", lambda address: address == "127.0.0.1")
    monkeypatch.setattr("pyimgur.server.fetch.fetcher.is_same_address", lambda *_: False)
    world.moves("/", world.url("/secret", "inside.example"))
    names = Names(outside=[["127.0.0.1"]], inside=[["127.0.0.2"]])
    refused(tmp_path, world.url("/", "outside.example"), "not public", resolve=names, private=False)
    assert [path for path, _ in world.asked] == ["/"]


def test_this_machine_is_not_reached_by_its_own_public_address(
    tmp_path: Path, world: Elsewhere, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Loopback stands for that address here: not every machine has one."""
    monkeypatch.setattr("pyimgur.server.fetch.fetcher.is_public", lambda _: True)
    refused(tmp_path, world.url("/"), "this machine", private=False)
    assert world.asked == []


def test_another_address_of_the_name_where_one_does_not_answer(tmp_path: Path, world: Elsewhere) -> None:
    world.gives("/", PNG)
    names = Names(two=[["127.0.0.9", "127.0.0.1"]])
    assert fetched(tmp_path, world.url("/", "two.example"), resolve=names) == PNG


def test_certificates_are_checked_against_the_name(tmp_path: Path) -> None:
    authority = trustme.CA()
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("good.example").configure_cert(serving)
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)
    names = Names(good=[["127.0.0.1"]], bad=[["127.0.0.1"]])
    world = Elsewhere(serving)
    try:
        world.gives("/", PNG)
        assert fetched(tmp_path, world.url("/", "good.example", "https"), resolve=names, tls=trusting) == PNG
        refused(tmp_path, world.url("/", "bad.example", "https"), "certificate", resolve=names, tls=trusting)
        refused(tmp_path, world.url("/", "good.example", "https"), "certificate", resolve=names)
    finally:
        world.close()


# ---- over the API


@pytest.fixture
def open_site(new_site: NewSite) -> Site:
    return new_site(fetch_private=True)


@pytest.mark.parametrize(
    "how",
    [
        lambda url: {"data": {"image": url}},
        lambda url: {"data": {"image": url, "type": "url"}},
        lambda url: {"data": {"image": url, "type": "URL"}},
        lambda url: {"json": {"image": url}},
        lambda url: {"files": {"image": (None, url)}},
    ],
)
def test_an_upload_by_url(open_site: Site, world: Elsewhere, how: Callable[[str], dict[str, Any]]) -> None:
    world.gives("/a.png", PNG)
    answer = open_site.post("/3/image?title=t", headers=ANONYMOUS, **how(world.url("/a.png")))
    data = answer.json()["data"]
    assert answer.status_code == 200
    assert (data["type"], data["size"], data["title"]) == ("image/png", len(PNG), "t")
    assert open_site.get(data["link"]).content == PNG


def test_what_lies_there_is_no_picture(open_site: Site, world: Elsewhere) -> None:
    world.gives("/", b"<html><script>alert(1)</script>", Content_Type="image/png")
    answer = open_site.post("/3/image", headers=ANONYMOUS, data={"image": world.url("/")})
    assert (answer.status_code, answer.json()["data"]["error"]["code"]) == (400, 1003)
    assert open_site.files() == []


def test_a_url_that_leads_nowhere_is_reported_in_imgurs_words(open_site: Site, world: Elsewhere) -> None:
    world.gives("/", b"", 404)
    answer = open_site.post("/3/image", headers=ANONYMOUS, data={"image": world.url("/")})
    assert (answer.status_code, answer.json()["data"]["error"]) == (400, f"Invalid URL ({world.url('/')})")
    assert "404" not in answer.text.replace(world.url("/"), "")


def test_a_key_gives_the_same_image_for_the_same_url(open_site: Site, world: Elsewhere) -> None:
    """It is fetched again: only its digest shows that it is the same file."""
    world.gives("/", PNG)
    headers = {**ANONYMOUS, "Idempotency-Key": "k"}
    first, again = (
        open_site.post("/3/image", headers=headers, data={"image": world.url("/")}).json() for _ in range(2)
    )
    assert first == again
    assert len(world.asked) == 2
    world.gives("/", picture("PNG", (9, 9)))
    answer = open_site.post("/3/image", headers=headers, data={"image": world.url("/")})
    assert "was used for another file" in answer.json()["data"]["error"]


def test_nothing_inside_unless_the_settings_say_so(site: Site, world: Elsewhere) -> None:
    world.gives("/", PNG)
    answer = site.post("/3/image", headers=ANONYMOUS, data={"image": world.url("/")})
    assert answer.status_code == 400
    assert world.asked == []
