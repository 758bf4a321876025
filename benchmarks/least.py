"""The least there is: the same bytes moved by TLS sockets with hardly any HTTP about them, by curl, or not at all."""

from __future__ import annotations

import json
import os
import re
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from threading import local
from urllib.parse import urlsplit

import answers
from cell import CALLS, DOWNLOADS, LARGE_DOWNLOAD, LINKS, MEDIUM, SCANS, UPLOADS, Own, Place

STEP = 256 * 1024
STARTS = 10
COMMAND = str(Path(sys.executable).with_name("pyimgur"))


class Raw:
    """One connection that sends what it is told, and trusts what it gets."""

    def __init__(self, there: Place) -> None:
        parts = urlsplit(there.url)
        context = ssl.create_default_context(cafile=there.authority)
        plain = socket.create_connection((str(parts.hostname), int(parts.port or 443)))
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket = context.wrap_socket(plain, server_hostname=parts.hostname)
        self._view = memoryview(bytearray(STEP))

    def get(self, path: str) -> bytes:
        """The bytes at this path."""
        length, rest = self._asked(path)
        while len(rest) < length:
            rest += self._socket.recv(STEP)
        return rest

    def save(self, path: str, target: Path) -> None:
        """The bytes at this path, in a file."""
        length, rest = self._asked(path)
        left = length - len(rest)
        with target.open("wb", buffering=0) as file:
            file.write(rest)
            while left > 0:
                got = self._socket.recv_into(self._view, min(left, STEP))
                file.write(self._view[:got])
                left -= got

    def post(self, source: Path) -> bytes:
        """The answer to a file sent as a form."""
        start = b'--b\r\nContent-Disposition: form-data; name="image"; filename="x.jpg"\r\n\r\n'
        length = len(start) + source.stat().st_size + len(b"\r\n--b--\r\n")
        head = (
            "POST /3/image HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data; boundary=b\r\n"
            f"Content-Length: {length}\r\n\r\n"
        )
        self._socket.sendall(head.encode() + start)
        with source.open("rb", buffering=0) as file:
            while got := file.readinto(self._view):
                self._socket.sendall(self._view[:got])
        self._socket.sendall(b"\r\n--b--\r\n")
        return self._answer()[1]

    def _asked(self, path: str) -> tuple[int, bytes]:
        self._socket.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Client-ID x\r\n\r\n".encode())
        return self._answer()

    def _answer(self) -> tuple[int, bytes]:
        """The announced length, and what came of the body along with the head."""
        held = b""
        while b"\r\n\r\n" not in held:
            held += self._socket.recv(STEP)
        head, _, rest = held.partition(b"\r\n\r\n")
        assert b" 200 " in head[:20]
        return int(head.split(b"Content-Length: ")[1].split(b"\r\n")[0]), rest


def calls(there: Place) -> Iterator[None]:
    """a TLS socket: request written, answer's bytes read."""
    raw = Raw(there)
    raw.get("/3/image/p000000")
    yield
    for _ in range(CALLS):
        raw.get("/3/image/p000000")
    yield


def large_upload(there: Place) -> Iterator[None]:
    """a TLS socket: the form written in steps of 256 KiB."""
    raw = Raw(there)
    raw.post(there.small)
    yield
    raw.post(there.large)
    yield


def uploads(there: Place) -> Iterator[None]:
    """8 TLS sockets in 8 threads."""
    mine = local()

    def send(_: int) -> None:
        mine.raw = getattr(mine, "raw", None) or Raw(there)
        mine.raw.post(there.small)

    with ThreadPoolExecutor(8) as threads:
        send(0)
        yield
        list(threads.map(send, range(UPLOADS)))
        yield


def downloads(there: Place) -> Iterator[None]:
    """16 TLS sockets in 16 threads."""
    mine = local()

    def save(number: int) -> None:
        mine.raw = getattr(mine, "raw", None) or Raw(there)
        mine.raw.save(f"/bytes/{MEDIUM}/p{number:06d}.jpg", there.outputs / f"{number}.jpg")

    with ThreadPoolExecutor(16) as threads:
        save(0)
        yield
        list(threads.map(save, range(DOWNLOADS)))
        yield


def large_download(there: Place) -> Iterator[None]:
    """a TLS socket read into a file in steps of 256 KiB."""
    raw = Raw(there)
    raw.get(f"/bytes/{MEDIUM}/first.jpg")
    yield
    raw.save(f"/bytes/{LARGE_DOWNLOAD}/large.jpg", there.outputs / "large")
    yield


def curl(there: Place, *words: str) -> Own:
    """The seconds between the handshake's end and the last byte, as curl says."""
    told = '{"all": %{time_total}, "shaken": %{time_appconnect}, "status": %{http_code}}'
    command = ["curl", "--silent", "--show-error", "--cacert", there.authority, "--write-out", told, *words]
    said = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    assert said["status"] == 200
    return {"wall": said["all"] - said["shaken"]}


def curl_upload(there: Place) -> Iterator[Own | None]:
    """`curl -F image=@file`."""
    yield None
    yield curl(there, "--output", "/dev/null", "-F", f"image=@{there.large}", f"{there.url}/3/image")


def two_curl_uploads(there: Place) -> Iterator[Own | None]:
    """two `curl -F image=@file` at once, to the end of the slower one."""
    yield None
    with ThreadPoolExecutor(2) as threads:
        took = threads.map(lambda _: next(islice(curl_upload(there), 1, None)), range(2))
        yield {"wall": max(own["wall"] for own in took if own)}


def curl_download(there: Place) -> Iterator[Own | None]:
    """`curl -o file`."""
    yield None
    yield curl(there, "--output", str(there.outputs / "large"), f"{there.url}/bytes/{LARGE_DOWNLOAD}/large.jpg")


def json_loads(_: Place) -> Iterator[None]:
    """`json.loads(bytes)`."""
    json.loads(answers.GALLERY)
    yield
    for _ in range(CALLS):
        json.loads(answers.GALLERY)
    yield


def regular_expression(there: Place) -> Iterator[None]:
    """one regular expression for plain links over the whole text, five times."""
    pattern = re.compile(rb"(?:https?:)?//(?:[\w-]+\.)*imgur\.com/[\w./-]+", re.IGNORECASE)
    yield
    for _ in range(SCANS):
        assert len(pattern.findall(there.text.read_bytes())) == LINKS
    yield


def starts(*command: str) -> Iterator[None]:
    """A program that starts and ends, a few times."""
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    yield
    for _ in range(STARTS):
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    yield


def bare_python(_: Place) -> Iterator[None]:
    """`python -c pass`."""
    return starts(sys.executable, "-c", "pass")


def import_pyimgur(_: Place) -> Iterator[None]:
    """`python -c 'import pyimgur'`."""
    return starts(sys.executable, "-c", "import pyimgur")


def command_version(_: Place) -> Iterator[None]:
    """`pyimgur --version`."""
    return starts(COMMAND, "--version")


def command_help(_: Place) -> Iterator[None]:
    """`pyimgur --help`."""
    return starts(COMMAND, "--help")


def command_call(there: Place) -> Iterator[None]:
    """`pyimgur api get 3/credits`."""
    os.environ |= {"PYIMGUR_BASE_URL": there.url, "PYIMGUR_CLIENT_ID": "0123456789abcde"}
    return starts(COMMAND, "api", "get", "3/credits")
