"""Trouble from outside: clients that take their time, a full disk, a database that is locked or gone."""

from __future__ import annotations

import asyncio
import errno
import os
import shutil
import socket
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from motion_support import film
from site_support import ANONYMOUS, NewSite, Site, picture, until

from pyimgur.server.blobs import Files
from pyimgur.server.db.sqlite import FILE
from pyimgur.server.settings import Limits
from pyimgur.server.wire.patience import PatientProtocol

PNG = picture("PNG")


# ---- clients that take their time


class Hasty(PatientProtocol):
    patience = 0.3
    longest = 0.6


@contextmanager
def served() -> Iterator[tuple[str, int]]:
    """A server that reads no body, on the protocol of ours."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 204, "headers": [(b"x-answer", b"1")]})
        await send({"type": "http.response.body", "body": b""})

    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, http=Hasty, lifespan="off", log_config=None, timeout_keep_alive=60))
    thread = threading.Thread(target=lambda: asyncio.run(server.serve([listener])), daemon=True)
    thread.start()
    try:
        yield listener.getsockname()
    finally:
        server.should_exit = True
        thread.join(30)


def rest(connection: socket.socket) -> bytes:
    """Everything until the other side ends it."""
    found = b""
    try:
        while data := connection.recv(1 << 16):
            found += data
    except ConnectionResetError:
        pass
    return found


@pytest.mark.parametrize("sent", [b"", b"GET", b"GET / HTTP/1.1\r\nHost: x\r\n"])
def test_a_head_that_is_never_whole_ends(sent: bytes) -> None:
    with served() as address, socket.create_connection(address, timeout=30) as connection:
        connection.sendall(sent)
        assert rest(connection) == b""


def test_a_second_head_that_is_never_whole_ends() -> None:
    with served() as address, socket.create_connection(address, timeout=30) as connection:
        for _ in range(2):
            connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            assert b"204" in connection.recv(1 << 16)
        connection.sendall(b"GET / HT")
        assert rest(connection) == b""


def test_a_body_that_nobody_reads_ends() -> None:
    with served() as address, socket.create_connection(address, timeout=30) as connection:
        connection.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n")
        answer = connection.recv(1 << 16)
        connection.sendall(b"x")
        assert b"204" in answer + rest(connection)


def test_a_request_in_pieces_is_answered() -> None:
    with served() as address, socket.create_connection(address, timeout=30) as connection:
        for piece in (b"GET / HT", b"TP/1.1\r\nHost", b": x\r\n\r\n"):
            connection.sendall(piece)
        assert b"204" in connection.recv(1 << 16)


# ---- a full disk


class FullDisk(Files):
    """Real files on a disk that is full as soon as somebody says so."""

    full = ""

    def _room(self, operation: str) -> None:
        if operation == self.full:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def create(self, path: Path) -> Any:
        self._room("create")
        return super().create(path)

    def write(self, file: Any, data: bytes | bytearray) -> None:
        self._room("write")
        super().write(file, data)

    def sync(self, path: Path) -> None:
        self._room("sync")
        super().sync(path)

    def place(self, source: Path, target: Path) -> None:
        self._room("place")
        super().place(source, target)


@pytest.mark.parametrize("operation", ["create", "write", "sync", "place"])
def test_a_full_disk_is_told_and_stores_nothing(site: Site, operation: str) -> None:
    disk = FullDisk(durable=False)
    site.library.blobs._files = disk
    disk.full = operation
    answer = site.post("/3/image", headers=ANONYMOUS, files={"image": PNG})
    assert (answer.status_code, answer.json()["success"]) == (507, False)
    assert site.files() == []
    assert site.get("/healthz").status_code == 200
    disk.full = ""
    site.upload(PNG)
    assert len(site.files()) == 1


def test_a_full_disk_while_a_thumbnail_is_made(site: Site) -> None:
    data, disk = site.upload(PNG), FullDisk(durable=False)
    site.library.blobs._files = disk
    disk.full = "place"
    assert site.get(f"/{data['id']}m.jpg").status_code == 507
    assert list((site.settings.data / "incoming").iterdir()) == []
    disk.full = ""
    assert site.get(f"/{data['id']}m.jpg").status_code == 200


# ---- the database


def test_a_locked_database_is_busy_and_recovers(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site.upload(PNG)
    before = site.files()
    other = sqlite3.connect(site.settings.data / FILE, isolation_level=None)
    try:
        other.execute("BEGIN IMMEDIATE")
        answer = site.http.post("/3/image", headers=ANONYMOUS, files={"image": PNG}, timeout=60)
        assert answer.status_code == 503
        assert int(answer.headers["retry-after"]) > 0
        assert answer.json()["success"] is False
        assert site.files() == before
        other.execute("ROLLBACK")
    finally:
        other.close()
    site.upload(PNG)


def test_a_vanished_database_is_busy_and_recovers(site: Site, tmp_path: Path) -> None:
    """The folder goes away under the server, as a network disk does, and comes back."""
    data = site.upload(PNG)
    away = tmp_path / "away"
    shutil.move(site.settings.data, away)
    try:
        for _ in range(2):
            answer = site.post("/3/image", headers=ANONYMOUS, files={"image": PNG})
            assert (answer.status_code, answer.json()["success"]) == (503, False)
    finally:
        shutil.rmtree(site.settings.data, ignore_errors=True)
        shutil.move(away, site.settings.data)
    assert site.get(f"/3/image/{data['id']}", headers=ANONYMOUS).status_code == 200
    site.upload(PNG)


@pytest.mark.parametrize("another", [False, True])
def test_a_database_that_was_taken_away_is_not_written_to(site: Site, tmp_path: Path, another: bool) -> None:
    """SQLite would: what it answered for then would be gone with the last handle."""
    data, file = site.upload(PNG), site.settings.data / FILE
    file.rename(tmp_path / FILE)
    if another:
        file.write_bytes((tmp_path / FILE).read_bytes())
    assert site.post("/3/album", headers=ANONYMOUS).status_code == 503
    until(lambda: site.get("/healthz").status_code == 503)
    assert site.get(f"/3/image/{data['id']}", headers=ANONYMOUS).status_code == 503
    (tmp_path / FILE).rename(file)
    assert site.get(f"/3/image/{data['id']}", headers=ANONYMOUS).status_code == 200
    assert site.post("/3/album", headers=ANONYMOUS).status_code == 200


# ---- large films


def test_a_large_film_is_not_held_in_memory(new_site: NewSite) -> None:
    """100 MB that come, are looked at, stripped and served; what Python holds at most is measured here."""
    import tracemalloc

    site = new_site(limits=Limits())
    ann, small, padding = site.person("ann"), film(), 100_000_000
    free = (8 + padding).to_bytes(4, "big") + b"free"

    def body() -> Iterator[bytes]:
        yield small + free
        for _ in range(100):
            yield bytes(1_000_000)

    headers = {**ann.bearer, "Content-Length": str(len(small) + 8 + padding), "Content-Type": "video/mp4"}
    tracemalloc.start()
    try:
        data = site.post("/3/image", headers=headers, content=body()).json()["data"]
        with site.http.stream("GET", data["link"]) as answer:
            served = sum(len(chunk) for chunk in answer.iter_raw())
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert served == data["size"] == len(small) + 8 + padding
    assert data["type"] == "video/mp4"
    assert peak < 16 * 1024 * 1024
