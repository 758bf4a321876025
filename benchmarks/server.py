"""A TLS server on loopback that does as little as Python can: a process of its own, a thread for each connection.

    GET  /3/image/ID           a picture's description
    GET  /3/album/COUNTxSIZE   COUNT pictures of SIZE bytes each
    GET  /bytes/SIZE/NAME      SIZE bytes
    POST anything              reads the body, whatever its length, and says that it is there

Prints its address and the file that holds its authority's certificate, and ends when its standard input does.
"""

from __future__ import annotations

import functools
import os
import socket
import ssl
import sys
import tempfile
import threading
from pathlib import Path

import answers
import trustme

STEP = 256 * 1024
ZEROS = bytes(STEP)


class Ended(Exception):
    """The other side has closed the connection."""


class Connection:
    """One client, from its first request to its last."""

    def __init__(self, client: ssl.SSLSocket, address: str) -> None:
        self._client = client
        self._address = address
        self._held = bytearray(STEP)
        self._view = memoryview(self._held)
        self._end = 0

    def serve(self) -> None:
        """Answer until the client has enough."""
        while True:
            head, rest = self._head()
            method, path, _ = head.split(b" ", 2)
            if method == b"POST":
                self._skip(head.lower(), rest)
                self._client.sendall(answer(answers.IMAGE))
            elif path.startswith(b"/bytes/"):
                self._send(int(path.split(b"/")[2]))
            else:
                self._client.sendall(described(path, self._address))

    def _head(self) -> tuple[bytes, bytes]:
        """A request's head, and what came of its body in the same breath."""
        self._end = 0
        while True:
            self._receive()
            head, found, rest = bytes(self._view[: self._end]).partition(b"\r\n\r\n")
            if found:
                return head, rest

    def _receive(self) -> None:
        got = self._client.recv_into(self._view[self._end :])
        if not got:
            raise Ended
        self._end += got

    def _skip(self, head: bytes, rest: bytes) -> None:
        """Read a body and forget it."""
        if b"expect: 100-continue" in head:
            self._client.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        if b"transfer-encoding: chunked" in head:
            raise Ended  # nothing here sends so
        left = int(head.split(b"content-length:")[1].split(b"\r\n")[0]) - len(rest)
        while left > 0:
            got = self._client.recv_into(self._held, min(left, STEP))
            if not got:
                raise Ended
            left -= got

    def _send(self, size: int) -> None:
        """So many bytes of a picture."""
        if size <= STEP:
            self._client.sendall(picture(size))
            return
        self._client.sendall(head_of(size))
        for left in range(size, 0, -STEP):
            self._client.sendall(ZEROS[:left])


def head_of(size: int, kind: str = "image/jpeg", more: str = f'ETag: "{"0" * 32}"\r\n') -> bytes:
    """An answer's head."""
    return (
        "HTTP/1.1 200 OK\r\nServer: bench\r\nDate: Mon, 01 Jan 2024 00:00:00 GMT\r\n"
        f"Content-Type: {kind}\r\nContent-Length: {size}\r\n{more}\r\n"
    ).encode()


@functools.cache
def picture(size: int) -> bytes:
    return head_of(size) + ZEROS[:size]


def answer(body: bytes) -> bytes:
    return head_of(len(body), "application/json", answers.LIMITS) + body


@functools.cache
def described(path: bytes, address: str) -> bytes:
    """The description of what is at this path."""
    kind, _, name = path.removeprefix(b"/3/").decode().partition("/")
    if kind != "album":
        return answer(answers.IMAGE)
    count, size = map(int, name.split("x"))
    return answer(answers.album(address, count, size))


def attend(client: socket.socket, context: ssl.SSLContext, address: str) -> None:
    """Serve one connection; whoever breaks it off has done so for a reason."""
    try:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with context.wrap_socket(client, server_side=True) as wrapped:
            Connection(wrapped, address).serve()
    except (Ended, OSError):
        pass


def main() -> None:
    """Serve until standard input ends."""
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    listener = socket.create_server(("127.0.0.1", 0), backlog=512)
    address = f"https://127.0.0.1:{listener.getsockname()[1]}"
    certificate = Path(tempfile.mkdtemp(prefix="pyimgur-bench-")) / "authority.pem"
    authority.cert_pem.write_to_path(str(certificate))
    print(address, certificate, flush=True)
    threading.Thread(target=accept, args=(listener, context, address), daemon=True).start()
    sys.stdin.read()
    certificate.unlink()
    certificate.parent.rmdir()
    os._exit(0)  # the threads wait for clients that are gone


def accept(listener: socket.socket, context: ssl.SSLContext, address: str) -> None:
    while True:
        client, _ = listener.accept()
        threading.Thread(target=attend, args=(client, context, address), daemon=True).start()


if __name__ == "__main__":
    main()
