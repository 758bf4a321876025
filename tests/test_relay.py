"""The relay: Imgur's names lead to a server, all else past it, and nobody but the program has to trust it."""

from __future__ import annotations

import os
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import pytest
from cryptography import x509

from pyimgur.relay import Others, relay
from pyimgur.relay.forward import Head, Target, Unclear
from pyimgur.relay.hosts import address_of, is_imgur

PATIENCE = 30.0
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class Server:
    """Keeps what it is sent, byte for byte, and answers each request that `ends` with the same."""

    def __init__(self, ends: Callable[[bytes], bool]) -> None:
        self.seen: list[bytes] = []
        self.ends = ends
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        self.thread = threading.Thread(target=self.work, daemon=True)
        self.thread.start()

    def work(self) -> None:
        while True:
            try:
                connection = self.listener.accept()[0]
            except OSError:
                return
            with connection, suppress(ConnectionError):
                connection.settimeout(PATIENCE)
                self.answer(connection)

    def answer(self, connection: socket.socket) -> None:
        request = b""
        while piece := connection.recv(1 << 16):
            request += piece
            if self.ends(request):
                self.seen.append(request)
                connection.sendall(ANSWER)
                request = b""


@contextmanager
def serving(ends: Callable[[bytes], bool] = lambda request: request.endswith(b"\r\n\r\n")) -> Iterator[Server]:
    server = Server(ends)
    try:
        yield server
    finally:
        server.listener.shutdown(socket.SHUT_RDWR)
        server.listener.close()
        server.thread.join(PATIENCE)


class Program:
    """Something that knows only what its environment says."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.environment = environment
        host, _, port = environment["HTTPS_PROXY"].removeprefix("http://").partition(":")
        self.proxy = (host, int(port))
        self.exits = ExitStack()

    def connect(self) -> socket.socket:
        return self.exits.enter_context(socket.create_connection(self.proxy, timeout=PATIENCE))

    def tunnel(self, authority: str) -> tuple[socket.socket, bytes]:
        connection = self.connect()
        connection.sendall(f"CONNECT {authority} HTTP/1.1\r\nHost: {authority}\r\n\r\n".encode())
        return connection, connection.recv(4096)

    def secure(self, name: str, *, port: int = 443) -> ssl.SSLSocket:
        connection, answer = self.tunnel(f"{name}:{port}")
        assert answer == b"HTTP/1.1 200 Connection established\r\n\r\n"
        context = ssl.create_default_context(cafile=self.environment["SSL_CERT_FILE"])
        return self.exits.enter_context(context.wrap_socket(connection, server_hostname=name))


@contextmanager
def program(address: str, others: Others = "refuse") -> Iterator[Program]:
    with relay(address, others=others) as environment:
        found = Program(environment)
        with found.exits:
            yield found


def test_only_the_host_changes() -> None:
    request = b"GET /3/a?b=%20c HTTP/1.1\r\nX-One:  1\r\nhOST: api.imgur.com\r\nx-two: \xff\r\n\r\n"
    with serving() as server, program(server.address) as one:
        connection = one.secure("api.imgur.com")
        for _ in range(2):
            connection.sendall(request)
            assert connection.recv(4096) == ANSWER
        named = server.address.removeprefix("http://").encode()
        expected = b"GET /3/a?b=%20c HTTP/1.1\r\nHost: " + named + b"\r\nX-One:  1\r\nx-two: \xff\r\n\r\n"
    assert server.seen == [expected, expected]


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
    "headers",
    [
        b"Content-Length: 3\r\nTransfer-Encoding: chunked",
        b"Content-Length: 3\r\nContent-Length: 4",
        b"Content-Length: -1",
        b"Transfer-Encoding: gzip, chunked",
        b"Content-Length: 3\r\n folded",
        b"X: " + b"x" * 70_000,
    ],
)
def test_what_has_no_clear_end_is_refused(headers: bytes) -> None:
    with serving() as server, program(server.address) as one:
        connection = one.secure("api.imgur.com")
        connection.sendall(b"POST / HTTP/1.1\r\nHost: a\r\n" + headers + b"\r\n\r\nabc")
        assert connection.recv(4096).startswith(b"HTTP/1.1 400 ")


def test_plain_http_to_imgur() -> None:
    with serving() as server, program(server.address) as one:
        connection = one.connect()
        connection.sendall(b"GET http://i.imgur.com/a.png?1 HTTP/1.1\r\nHost: i.imgur.com\r\n\r\n")
        assert connection.recv(4096) == ANSWER
    assert server.seen[0].startswith(b"GET /a.png?1 HTTP/1.1\r\nHost: 127.0.0.1:")


@pytest.mark.parametrize("start", [b"CONNECT %s HTTP/1.1", b"GET http://%s/ HTTP/1.1"])
def test_other_hosts(start: bytes) -> None:
    with serving() as server, serving() as other:
        there = other.address.removeprefix("http://").encode()
        with program(server.address) as one:
            connection = one.connect()
            connection.sendall(start % there + b"\r\nHost: x\r\n\r\n")
            assert connection.recv(4096).startswith(b"HTTP/1.1 403 ")
        assert not other.seen
        with program(server.address, others="pass") as one:
            connection = one.connect()
            connection.sendall(start % there + b"\r\nHost: x\r\n\r\n")
            if start.startswith(b"CONNECT"):
                assert connection.recv(4096).startswith(b"HTTP/1.1 200 ")
                connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            assert connection.recv(4096) == ANSWER
            connection.close()
        assert other.seen
        assert not server.seen


def test_it_serves_nothing_of_its_own() -> None:
    with serving() as server, program(server.address) as one:
        for request in (
            b"GET / HTTP/1.1\r\nHost: imgur.com\r\n\r\n",
            b"nonsense\r\n\r\n",
            b"CONNECT / HTTP/1.1\r\n\r\n",
        ):
            connection = one.connect()
            connection.sendall(request)
            assert connection.recv(4096).startswith(b"HTTP/1.1 400 ")
    assert not server.seen


def test_a_server_that_is_not_there() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        address = f"http://127.0.0.1:{closed.getsockname()[1]}"
    with program(address) as one:
        connection = one.secure("api.imgur.com")
        connection.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        assert connection.recv(4096).startswith(b"HTTP/1.1 502 ")


def test_the_authority_signs_for_imgur_alone_and_is_gone_afterwards() -> None:
    with serving() as server:
        with relay(server.address) as environment:
            bundle = Path(environment["REQUESTS_CA_BUNDLE"])
            text = bundle.read_bytes()
            ours = x509.load_pem_x509_certificate(text[text.rindex(b"-----BEGIN") :])
            assert b"PRIVATE" not in text
        assert not bundle.exists()
    constraints = ours.extensions.get_extension_for_class(x509.NameConstraints)
    assert constraints.critical
    assert constraints.value.permitted_subtrees == [x509.DNSName("imgur.com")]


def test_a_program_in_its_environment() -> None:
    code = "import urllib.request as r; print(r.urlopen('https://api.imgur.com/3/credits', timeout=30).read())"
    with serving() as server, relay(server.address) as environment:
        told = {**os.environ, **environment}
        done = subprocess.run([sys.executable, "-c", code], env=told, capture_output=True, text=True, timeout=60)
    assert (done.stdout, done.stderr) == ("b'ok'\n", "")


@pytest.mark.parametrize(
    ("host", "ours"),
    [
        ("imgur.com", True), ("api.imgur.com", True), ("I.IMGUR.COM.", True), ("www.imgur.com", True),
        ("i.stack.imgur.com", False), ("notimgur.com", False), ("imgur.com.evil.example", False),
        (".imgur.com", False), ("", False), ("imgur.io", False),
    ],
)  # fmt: skip
def test_whose_host_it_is(host: str, ours: bool) -> None:
    assert is_imgur(host) is ours


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("a:1", ("a", 1)), ("a", ("a", 443)), ("[::1]:5", ("::1", 5)),
        ("a:b", None), ("", None), ("/", None), (":1", None), ("a:99999", None), ("[::1", None),
    ],
)  # fmt: skip
def test_addresses(text: str, address: tuple[str, int] | None) -> None:
    assert address_of(text, 443) == address


def test_values() -> None:
    assert Target.of("https://pics.example") == Target("pics.example", 443, "pics.example", tls=True)
    with pytest.raises(ValueError, match="no address of a server"):
        Target.of("pics.example")
    with pytest.raises(Unclear):
        Head.parse(b"GET / HTTP/1.1\r\nno header\r\n\r\n")
