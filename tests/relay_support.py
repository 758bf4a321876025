"""Both ends of a relay: a server that keeps what it is sent, and a program that knows what its environment says."""

from __future__ import annotations

import base64
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from urllib.parse import urlsplit

from pyimgur.relay import OtherHosts, relay

PATIENCE = 30.0
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
ESTABLISHED = b"HTTP/1.1 200 Connection established\r\n\r\n"


class Server:
    """Keeps what it is sent, byte for byte, and answers each request that `ends` with the same."""

    def __init__(self, ends: Callable[[bytes], bool], answer: bytes, tls: ssl.SSLContext | None) -> None:
        self.tls = tls
        self.seen: list[bytes] = []
        self.ends = ends
        self.said = answer
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self.listener.getsockname()[1]
        self.address = f"http://127.0.0.1:{self.port}"
        self.thread = threading.Thread(target=self.work, daemon=True)
        self.thread.start()

    def work(self) -> None:
        while True:
            try:
                connection = self.listener.accept()[0]
            except OSError:
                return
            with connection, suppress(ConnectionError, ssl.SSLError):
                connection.settimeout(PATIENCE)
                with self.tls.wrap_socket(connection, server_side=True) if self.tls else connection as inner:
                    self.answer(inner)

    def answer(self, connection: socket.socket) -> None:
        request = b""
        while piece := connection.recv(1 << 16):
            request += piece
            if self.ends(request):
                self.seen.append(request)
                connection.sendall(self.said)
                if b"Connection: close" in request:
                    return
                request = b""


def is_head(request: bytes) -> bool:
    return request.endswith(b"\r\n\r\n")


@contextmanager
def serving(
    ends: Callable[[bytes], bool] = is_head, *, answer: bytes = ANSWER, tls: ssl.SSLContext | None = None
) -> Iterator[Server]:
    server = Server(ends, answer, tls)
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
        found = urlsplit(environment["HTTPS_PROXY"])
        assert found.hostname
        assert found.port
        self.proxy = found.hostname, found.port
        self.word = found.password or ""
        self.exits = ExitStack()

    @property
    def known(self) -> bytes:
        """The header that lets it in."""
        return b"Proxy-Authorization: Basic " + base64.b64encode(f"pyimgur:{self.word}".encode()) + b"\r\n"

    def connect(self) -> socket.socket:
        return self.exits.enter_context(socket.create_connection(self.proxy, timeout=PATIENCE))

    def ask(self, start: bytes, *headers: bytes) -> tuple[socket.socket, bytes]:
        """One request by one who is known, and what is said first."""
        connection = self.connect()
        connection.sendall(start + b"\r\n" + self.known + b"".join(line + b"\r\n" for line in headers) + b"\r\n")
        return connection, connection.recv(4096)

    def secure(self, name: str, version: str = "1.1") -> ssl.SSLSocket:
        """A connection on which requests to one of Imgur's hosts are sent."""
        connection, answer = self.ask(f"CONNECT {name}:443 HTTP/{version}".encode())
        assert answer == ESTABLISHED
        context = ssl.create_default_context(cafile=self.environment["SSL_CERT_FILE"])
        return self.exits.enter_context(context.wrap_socket(connection, server_hostname=name))


@contextmanager
def program(address: str, others: OtherHosts = "refuse", *, imgur_links: bool = False) -> Iterator[Program]:
    with relay(address, others=others, imgur_links=imgur_links) as environment:
        found = Program(environment)
        with found.exits:
            yield found


def read_all(connection: socket.socket) -> bytes:
    """What still comes, to the end."""
    said = b""
    with suppress(ConnectionError):
        while piece := connection.recv(1 << 16):
            said += piece
    return said
