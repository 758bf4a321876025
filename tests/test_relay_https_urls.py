"""Requests for a whole https URL, sent to the relay in plain, as axios up to 1.15 and needle do."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import trustme

from pyimgur.relay import CertificateAuthority, tunnel
from pyimgur.relay.forward import Streams, Upstream
from pyimgur.relay.imgur_hosts import Address
from pyimgur.relay.proxy import Proxy
from pyimgur.relay.relay_thread import RelayThread
from relay_support import ANSWER, Program, Server, program, read_all, serving


@pytest.mark.parametrize(
    ("url", "path", "host"),
    [
        (b"https://api.imgur.com/3/a?b=%20c", b"/3/a?b=%20c", b"api.imgur.com"),
        (b"https://api.imgur.com:443/3", b"/3", b"api.imgur.com"),
        (b"HTTPS://I.Imgur.com/x.png", b"/x.png", b"i.imgur.com"),
        (b"https://imgur.com?q", b"/?q", b"imgur.com"),
        (b"https://imgur-apiv3.p.rapidapi.com/3/image", b"/3/image", b"imgur-apiv3.p.rapidapi.com"),
    ],
)
def test_imgur_is_the_server(url: bytes, path: bytes, host: bytes) -> None:
    with serving() as server, program(server.address) as one:
        connection, answer = one.ask(b"GET " + url + b" HTTP/1.1", b"Host: evil.example", b"Authorization: Client-ID a")
        assert answer == ANSWER
        assert read_all(connection) == b"", "the next request may be for another host"
    (seen,) = server.seen
    named = server.address.removeprefix("http://").encode()
    told = b"Host: " + named + b"\r\nX-Forwarded-Host: " + host + b"\r\nConnection: close\r\n"
    assert seen == b"GET " + path + b" HTTP/1.1\r\n" + told + b"Authorization: Client-ID a\r\n\r\n"


@pytest.mark.parametrize(
    ("headers", "body"),
    [(b"Content-Length: 6", b"\r\n\r\nab"), (b"Transfer-Encoding: chunked", b"2\r\nab\r\n0\r\n\r\n")],
)
def test_an_upload_passes_as_it_is(headers: bytes, body: bytes) -> None:
    def ends(seen: bytes) -> bool:
        return seen.endswith(b"\r\n\r\n" + body)

    with serving(ends) as server, program(server.address) as one:
        connection = one.connect()
        start = b"POST https://api.imgur.com/3/image HTTP/1.1\r\n" + one.known + headers + b"\r\n\r\n"
        connection.sendall(start + body)
        assert read_all(connection) == ANSWER
    assert [seen.partition(b"\r\n\r\n")[2] for seen in server.seen] == [body]


class World:
    """Another host, `good.example`, that a relay reaches over TLS; its address is loopback's."""

    def __init__(self, server: Server, one: Program) -> None:
        self.server = server
        self.program = one


@contextmanager
def reaching(trusted: bool, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    authority = trustme.CA()
    serves, trusts = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context()
    authority.issue_cert("good.example").configure_cert(serves)
    if trusted:
        authority.configure_trust(trusts)
    monkeypatch.setattr(tunnel, "is_other_machine", lambda _: True)
    monkeypatch.setattr(tunnel, "is_same_address", lambda *_: False)

    async def resolved(_: Address) -> list[str]:
        return ["127.0.0.1"]

    monkeypatch.setattr(tunnel, "_resolve", resolved)
    with serving(tls=serves) as server:

        async def connect(address: Address, tls: ssl.SSLContext | None) -> Streams:
            assert (address.port, tls) == (443, trusts)
            return await tunnel.connect_to_host(Address(address.host, server.port), tls)

        target = Upstream.of("http://127.0.0.1:1")
        proxy = Proxy(
            target,
            CertificateAuthority().context(),
            "pass",
            "word",
            connect_to_host=connect,
            outgoing_tls=lambda: trusts,
        )
        running = RelayThread(proxy, socket.create_server(("127.0.0.1", 0)))
        one = Program({"HTTPS_PROXY": f"http://pyimgur:{proxy.password}@127.0.0.1:{running.port}"})
        with one.exits:
            yield World(server, one)
        running.stop()


def test_another_host_is_reached_over_tls(monkeypatch: pytest.MonkeyPatch) -> None:
    with reaching(trusted=True, monkeypatch=monkeypatch) as world:
        start = b"GET https://good.example/x?y HTTP/1.1"
        connection, answer = world.program.ask(start, b"Host: other.example", b"Authorization: Bearer t")
        assert answer == ANSWER
        assert read_all(connection) == b""
    expected = b"GET /x?y HTTP/1.1\r\nHost: good.example\r\nConnection: close\r\nAuthorization: Bearer t\r\n\r\n"
    assert world.server.seen == [expected]


@pytest.mark.parametrize(("host", "trusted"), [(b"bad.example", True), (b"good.example", False), (b"127.0.0.1", True)])
def test_another_host_needs_a_valid_certificate(host: bytes, trusted: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    with reaching(trusted, monkeypatch) as world:
        _, answer = world.program.ask(b"GET https://" + host + b"/ HTTP/1.1", b"Authorization: Bearer t")
    assert answer.startswith(b"HTTP/1.1 502 " + host + b" has no valid certificate: "), answer
    assert not world.server.seen


def test_the_relay_trusts_what_the_program_trusted_and_not_its_own_authority() -> None:
    """The context is made of the usual authorities: a host that only the relay's authority vouches for is refused."""
    with serving() as server, program(server.address, others="pass") as one:
        ours = one.environment["SSL_CERT_FILE"]
        usual = ours.replace("authorities.pem", "trusted.pem")
        count = len(ssl.create_default_context(cafile=ours).get_ca_certs())
        assert len(ssl.create_default_context(cafile=usual).get_ca_certs()) == count - 1


@pytest.mark.parametrize(
    ("url", "words"),
    [
        (b"https://api.imgur.com:8443/", b"403 only port 443 of other machines"),
        (b"https://other.example:22/", b"403 only port 443 of other machines"),
        (b"https://127.0.0.1/", b"403 127.0.0.1 is this machine"),
        (b"https://[::1]/", b"403 ::1 is this machine"),
        (b"https://[64:ff9b::7f00:1]/", b"403 64:ff9b::7f00:1 is this machine"),
        (b"https://[fd00:ec2::254]/", b"403 fd00:ec2::254 is this machine"),
        (b"https://u:p@imgur.com/", b"400 "),
        (b"https:///", b"400 "),
        (b"https://imgur.com\\@other.example/", b"400 "),
        (b"wss://imgur.com/", b"400 "),
    ],
)
def test_nothing_else_is_reached(url: bytes, words: bytes) -> None:
    with serving() as server, program(server.address, others="pass") as one:
        assert one.ask(b"GET " + url + b" HTTP/1.1")[1].startswith(b"HTTP/1.1 " + words)
    assert not server.seen


def test_other_hosts_are_refused_where_only_imgur_is_let_through() -> None:
    with serving() as server, program(server.address) as one:
        assert one.ask(b"GET https://other.example/ HTTP/1.1")[1].startswith(b"HTTP/1.1 403 other.example is not Imgur")
