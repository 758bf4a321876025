"""The relay: Imgur's hosts lead to a server, others are tunneled; only the program trusts its certificate."""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
import subprocess
import sys
from datetime import timedelta
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path

import pytest
from cryptography import x509

from pyimgur.relay import CertificateAuthority, relay
from pyimgur.relay.forward import Streams, Upstream
from pyimgur.relay.imgur_hosts import Address, is_imgur
from pyimgur.relay.proxy import Proxy
from pyimgur.relay.proxy_environment import LOOPBACK, ca_bundle, environment
from pyimgur.relay.relay_thread import RelayThread
from pyimgur.relay.request_head import ProxyError, RequestHead
from relay_support import ANSWER, ESTABLISHED, Program, Server, program, read_all, serving

GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"


def test_only_the_host_changes() -> None:
    request = b"GET /3/a?b=%20c HTTP/1.1\r\nX-One:  1\r\nhOST: api.imgur.com\r\nx-two: \xff\r\n\r\n"
    with serving() as server, program(server.address) as one:
        connection = one.secure("api.imgur.com")
        for _ in range(2):
            connection.sendall(request)
            assert connection.recv(4096) == ANSWER
    named = server.address.removeprefix("http://").encode()
    told = b"Host: " + named + b"\r\nX-Forwarded-Host: api.imgur.com\r\n"
    expected = b"GET /3/a?b=%20c HTTP/1.1\r\n" + told + b"X-One:  1\r\nx-two: \xff\r\n\r\n"
    assert server.seen == [expected, expected]


@pytest.mark.parametrize(
    "host", ["api.imgur.com", "imgur.com", "i.imgur.com", "www.imgur.com", "m.imgur.com", "i.imgur.io", "imgur.io",
             "imgur-apiv3.p.rapidapi.com"],
)  # fmt: skip
def test_the_server_gets_the_host_that_was_requested(host: str) -> None:
    """By the name that was connected to, whatever the request itself says."""
    with serving() as server, program(server.address) as one:
        connection = one.secure(host)
        connection.sendall(b"GET / HTTP/1.1\r\nHost: i.imgur.com\r\nX-Forwarded-Host: me.example\r\n\r\n")
        assert connection.recv(4096) == ANSWER
    (seen,) = server.seen
    assert seen.endswith(f"\r\nX-Forwarded-Host: {host}\r\n\r\n".encode())
    assert b"me.example" not in seen


def test_the_server_gets_the_kind_of_links_to_send() -> None:
    with serving() as server, program(server.address, imgur_links=True) as one:
        connection = one.secure("imgur.com")
        connection.sendall(b"GET / HTTP/1.1\r\nX-Imgur-Links: no\r\n\r\n")
        assert connection.recv(4096) == ANSWER
    (seen,) = server.seen
    assert seen.endswith(b"\r\nX-Forwarded-Host: imgur.com\r\nX-Imgur-Links: 1\r\n\r\n")


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        (b"Content-Length: 300000", b"\r\n\r\n" * 75_000),
        (b"Transfer-Encoding: chunked", b"5;a=b\r\nhello\r\n1000\r\n" + b"x" * 4096 + b"\r\n0\r\nTrailer: 1\r\n\r\n"),
        (b"Content-Length: 0", b""),
    ],
    ids=["length", "chunks", "empty"],
)
def test_bodies_pass_as_they_are(headers: bytes, body: bytes) -> None:
    request = b"POST / HTTP/1.1\r\nHost: imgur.com\r\n" + headers + b"\r\n\r\n" + body

    def ends(seen: bytes) -> bool:
        return seen.endswith(b"\r\n\r\n" + body) and seen.count(b"POST") == 1

    with serving(ends) as server, program(server.address) as one:
        connection = one.secure("imgur.com")
        for _ in range(2):  # the second one is found only where the first one ends
            connection.sendall(request)
            assert connection.recv(4096) == ANSWER
    assert [seen.partition(b"\r\n\r\n")[2] for seen in server.seen] == [body, body]


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n",
        b"HTTP/1.1 304 Not Modified\r\nContent-Length: 5000\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X\r\n\r\n2\r\nok\r\n0\r\nX: 1\r\n\r\n",
        b"HTTP/1.0 200 OK\nnot even: right\n\n",
    ],
)
def test_answers_come_back_as_they_are(answer: bytes) -> None:
    with serving(answer=answer) as server, program(server.address) as one:
        connection = one.secure("imgur.com")
        for _ in range(2):
            connection.sendall(b"HEAD / HTTP/1.1\r\nHost: imgur.com\r\nExpect: 100-continue\r\n\r\n")
            assert connection.recv(4096) == answer


def test_requests_sent_at_once_arrive_one_after_the_other() -> None:
    many = 20
    requests = [b"POST /%d HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc" % number for number in range(many)]
    last = requests[-1].partition(b"\r\n")[0]
    with serving(lambda seen: last in seen and seen.endswith(b"abc")) as server, program(server.address) as one:
        connection = one.secure("api.imgur.com")
        connection.sendall(b"".join(requests))
        assert connection.recv(4096) == ANSWER
    (seen,) = server.seen
    assert [line.split()[1] for line in seen.splitlines() if b"POST" in line] == [b"/%d" % n for n in range(many)]


def test_the_proxy_may_be_asked_in_http_1_0_and_with_an_empty_line_before() -> None:
    with serving() as server, program(server.address) as one:
        connection = one.secure("api.imgur.com", version="1.0")
        connection.sendall(b"\r\n" + GET)
        assert connection.recv(4096) == ANSWER


def test_plain_http_to_imgur() -> None:
    """One request to a connection, for the next one may be for another host."""
    with serving() as server, program(server.address) as one:
        connection, answer = one.ask(
            b"GET http://i.imgur.com/a.png?1 HTTP/1.1", b"Host: i.imgur.com", b"Connection: keep-alive"
        )
        assert answer == ANSWER
        assert read_all(connection) == b""
        assert one.ask(b"GET http://imgur.com?q HTTP/1.1")[1] == ANSWER
    named = server.address.removeprefix("http://").encode()
    told = b"Host: " + named + b"\r\nX-Forwarded-Host: i.imgur.com\r\nConnection: close\r\n\r\n"
    assert server.seen[0] == b"GET /a.png?1 HTTP/1.1\r\n" + told
    assert server.seen[1].startswith(b"GET /?q HTTP/1.1\r\n")


def test_a_client_that_has_said_everything_still_gets_its_answer() -> None:
    with serving() as server, program(server.address) as one:
        connection = one.connect()
        connection.sendall(b"GET http://imgur.com/a HTTP/1.1\r\n" + one.known + b"\r\n")
        connection.shutdown(socket.SHUT_WR)
        assert read_all(connection) == ANSWER


def reaching(server: Server) -> Proxy:
    """A proxy for which all other hosts are this server."""

    async def connect(address: Address, tls: ssl.SSLContext | None) -> Streams:
        assert (address, tls) == (("other.example", 443), None)
        return Streams(*await asyncio.open_connection("127.0.0.1", server.port))

    return Proxy(
        Upstream.of("http://127.0.0.1:1"), CertificateAuthority().context(), "pass", "word", connect_to_host=connect
    )


def test_other_hosts_are_passed_by_untouched() -> None:
    nonsense = b"\x16\x03\x01 no HTTP at all\x00"
    with serving(lambda seen: seen == nonsense) as other:
        proxy = reaching(other)
        running = RelayThread(proxy, socket.create_server(("127.0.0.1", 0)))
        one = Program({"HTTPS_PROXY": f"http://pyimgur:{proxy.password}@127.0.0.1:{running.port}"})
        with one.exits:
            connection, answer = one.ask(b"CONNECT other.example:443 HTTP/1.1")
            assert answer == ESTABLISHED
            connection.sendall(nonsense)
            assert connection.recv(4096) == ANSWER
            connection.shutdown(socket.SHUT_WR)  # the other side hears of it, and ends as well
            assert read_all(connection) == b""
        running.stop()
    assert other.seen == [nonsense]


def test_other_hosts_are_refused_where_only_imgur_is_let_through() -> None:
    with serving() as server, program(server.address) as one:
        said = one.ask(b"CONNECT other.example:443 HTTP/1.1")[1]
    assert said.startswith(b"HTTP/1.1 403 other.example is not Imgur's, and only Imgur is reached through this relay")


def test_it_serves_nothing_of_its_own() -> None:
    with serving() as server, program(server.address) as one:
        for start in (b"GET / HTTP/1.1", b"CONNECT / HTTP/1.1", b"GET ftp://imgur.com/ HTTP/1.1", b"nonsense"):
            assert one.ask(start)[1].startswith(b"HTTP/1.1 400 "), start
    assert not server.seen


def test_a_server_that_is_not_there() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        address = f"http://127.0.0.1:{closed.getsockname()[1]}"
    with program(address) as one:
        connection = one.secure("api.imgur.com")
        connection.sendall(GET)
        assert connection.recv(4096).startswith(b"HTTP/1.1 502 127.0.0.1:")


def test_the_authority_signs_for_imgur_alone_for_a_day_and_is_gone_afterwards() -> None:
    with serving() as server:
        with relay(server.address) as variables:
            bundle = Path(variables["REQUESTS_CA_BUNDLE"])
            text = bundle.read_bytes()
            ours = x509.load_pem_x509_certificate(text[text.rindex(b"-----BEGIN") :])
            assert b"PRIVATE" not in text
            assert bundle.parent.stat().st_mode & 0o077 == 0
        assert not bundle.exists()
    constraints = ours.extensions.get_extension_for_class(x509.NameConstraints)
    assert constraints.critical
    permitted = {name.value for name in constraints.value.permitted_subtrees or ()}
    assert permitted == {"imgur.com", "imgur.io", "imgur-apiv3.p.rapidapi.com", "imgur-apiv3.p.mashape.com"}
    excluded = {name.value for name in constraints.value.excluded_subtrees or ()}
    assert excluded == {IPv4Network("0.0.0.0/0"), IPv6Network("::/0")}
    assert ours.not_valid_after_utc - ours.not_valid_before_utc <= timedelta(days=1, hours=1)


def test_a_program_in_its_environment() -> None:
    code = "import urllib.request as r; print(r.urlopen('https://api.imgur.com/3/credits', timeout=30).read())"
    with serving() as server, relay(server.address) as variables:
        told = {**os.environ, **variables}
        done = subprocess.run([sys.executable, "-c", code], env=told, capture_output=True, text=True, timeout=60)
    assert (done.stdout, done.stderr) == ("b'ok'\n", "")


def variables(inherited: dict[str, str], *, plain: bool = False) -> dict[str, str]:
    return environment("http://p", Path("b"), inherited, server="img.example", plain=plain)


def test_what_passes_by_the_proxy() -> None:
    """This machine, the server itself, and what passed by it before, unless that is Imgur."""
    inherited = {"no_proxy": "nas.local, *.corp.example,.imgur.com,imgur.com,i.imgur.com:443,.com,*,imgur-x.com"}
    direct = ["127.0.0.1", "localhost", "::1", "img.example", "nas.local", "*.corp.example", "imgur-x.com"]
    assert variables(inherited)["NO_PROXY"].split(",") == variables(inherited)["no_proxy"].split(",") == direct


def test_plain_http_is_led_through_the_relay_only_where_nothing_else_may_be_reached() -> None:
    assert "http_proxy" not in variables({})
    assert variables({}, plain=True)["http_proxy"] == variables({})["https_proxy"]
    assert all(host in variables({})["NO_PROXY"] for host in LOOPBACK)


def test_authorities_that_are_named_are_kept(tmp_path: Path) -> None:
    mine = tmp_path / "mine.pem"
    mine.write_bytes(b"mine")
    assert ca_bundle({"SSL_CERT_FILE": str(mine)}) == b"mine"
    assert b"BEGIN CERTIFICATE" in ca_bundle({"SSL_CERT_FILE": str(tmp_path / "none.pem")})


@pytest.mark.parametrize(
    ("host", "ours"),
    [
        ("imgur.com", True), ("api.imgur.com", True), ("I.IMGUR.COM.", True), ("www.imgur.com", True),
        ("imgur.io", True), ("i.imgur.io", True), ("imgur-apiv3.p.rapidapi.com", True),
        ("i.stack.imgur.com", False), ("notimgur.com", False), ("imgur.com.evil.example", False),
        (".imgur.com", False), ("", False), ("p.rapidapi.com", False), ("x.imgur-apiv3.p.rapidapi.com", False),
    ],
)  # fmt: skip
def test_whose_host_it_is(host: str, ours: bool) -> None:
    assert is_imgur(host) is ours


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("a:1", ("a", 1)), ("A.b_c-d", ("a.b_c-d", 443)), ("[::1]:5", ("::1", 5)),
        ("a:b", None), ("", None), ("/", None), (":1", None), ("a:99999", None), ("[::1", None), ("a:0", None),
        ("me@a:1", None), ("a\x00b", None), ("a b", None), ("ü.example", None), ("a:443:443", None),
    ],
)  # fmt: skip
def test_addresses(text: str, address: tuple[str, int] | None) -> None:
    assert Address.of(text, 443) == address


def test_values() -> None:
    assert Upstream.of("http://pics.example") == Upstream("pics.example", 80, "pics.example", None, imgur_links=False)
    assert isinstance(Upstream.of("https://pics.example").tls, ssl.SSLContext)
    assert Upstream.of("http://b\xfccher.example:4649").authority == "xn--bcher-kva.example:4649"
    for wrong in ("pics.example", "http://me@pics.example", "http://pics.example/imgur"):
        with pytest.raises(ValueError, match="not the URL of a server"):
            Upstream.of(wrong)
    with pytest.raises(ProxyError):
        RequestHead.parse([b"GET / HTTP/1.1\r\n", b"no header\r\n"])
