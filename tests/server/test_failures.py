"""Failures from outside: slow clients, a full disk, a locked or missing database."""

from __future__ import annotations

import asyncio
import errno
import json
import os
import shutil
import socket
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from site_support import ANONYMOUS, PASSWORD, NewSite, Person, Site, picture, until

from motion_support import film
from pyimgur.server.blobs import DurableFiles
from pyimgur.server.db.dialects.sqlite.engine import FILE
from pyimgur.server.errors import BusyError
from pyimgur.server.http.uvicorn_adapter import Server
from pyimgur.server.http.uvicorn_adapter.limits import ConnectionLimits
from pyimgur.server.services import albums, blob_intents, moderation
from pyimgur.server.services.albums import AlbumFields
from pyimgur.server.settings import Limits

if TYPE_CHECKING:
    from pyimgur.server.services.context import ServerContext

PNG = picture("PNG")


# ---- clients that take their time


HASTY = ConnectionLimits(head_seconds=0.3, unread_body_seconds=0.6)


@contextmanager
def served() -> Iterator[tuple[str, int]]:
    """A server that reads no body, and has little patience."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 204, "headers": [(b"x-answer", b"1")]})
        await send({"type": "http.response.body", "body": b""})

    listener = socket.create_server(("127.0.0.1", 0))
    server = Server(app, limits=HASTY)
    thread = threading.Thread(target=lambda: asyncio.run(server.serve(listener)), daemon=True)
    thread.start()
    try:
        yield listener.getsockname()
    finally:
        server.stop()
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


@pytest.mark.parametrize("before", [b"", b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\na=b"])
def test_a_head_without_end_is_refused(before: bytes) -> None:
    """It would be kept in memory; also where an earlier request on the connection was whole."""
    with served() as address, socket.create_connection(address, timeout=30) as connection:
        connection.sendall(before)
        if before:
            assert b"204" in connection.recv(1 << 16)
        with suppress(ConnectionError):
            connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nX-Long: ")
            for _ in range(64):
                connection.sendall(b"a" * 65_536)
            connection.sendall(b"\r\n\r\n")
        assert b"204" not in rest(connection)


@pytest.mark.sqlite
def test_who_says_nothing_more_gets_a_head_all_the_same(site: Site) -> None:
    id = site.upload(PNG)["id"]
    for _ in range(20):
        with socket.create_connection(site.address, timeout=30) as connection:
            connection.sendall(f"HEAD /{id}.png HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
            connection.shutdown(socket.SHUT_WR)
            assert connection.recv(1 << 16).startswith(b"HTTP/1.1 200 OK\r\n")


def test_a_long_body_is_no_long_head() -> None:
    with served() as address, socket.create_connection(address, timeout=30) as connection:
        connection.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 400000\r\n\r\n")
        answer = connection.recv(1 << 16)
        connection.sendall(b"a" * 400_000 + b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert (answer + rest(connection)).count(b" 204 ") == 2


HEAD = b"GET / HTTP/1.1\r\nHost: x\r\n"


POST = b"POST / HTTP/1.1\r\nHost: x\r\n"
NO_REQUESTS = {
    "an endless field": (HEAD + b"X: " + b"a" * HASTY.head_bytes, 431),
    "endless fields": (HEAD + b"X: a\r\n" * 50_000, 431),
    "a long path": (b"GET /" + b"a" * 100_000 + HEAD[5:] + b"\r\n", 414),
    "a long query": (b"GET /?" + b"a" * 100_000 + HEAD[5:] + b"\r\n", 414),
    "two lengths": (POST + b"Content-Length: 3\r\nContent-Length: 5\r\n\r\nabc", 400),
    "two lengths in one": (POST + b"Content-Length: 3, 5\r\n\r\nabc", 400),
    "a signed length": (POST + b"Content-Length: +3\r\n\r\nabc", 400),
    "a length and chunks": (POST + b"Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
    "chunks and a length": (POST + b"Transfer-Encoding: chunked\r\nContent-Length: 6\r\n\r\n0\r\n\r\n", 400),
    "an unknown coding": (POST + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", 501),
    "another coding before chunks": (POST + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 501),
    "chunks twice": (POST + b"Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n", 400),
    "chunks in two fields": (POST + b"Transfer-Encoding: chunked\r\n" * 2 + b"\r\n0\r\n\r\n", 400),
    "chunks in HTTP/1.0": (b"POST / HTTP/1.0\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
    "a length twice": (POST + b"Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc", 400),
    "a length in hexadecimal": (POST + b"Content-Length: 0x3\r\n\r\nabc", 400),
    "an empty length": (POST + b"Content-Length:\r\n\r\nabc", 400),
    "a length of 24 digits": (POST + b"Content-Length: 999999999999999999999999\r\n\r\nabc", 400),
    "a chunk with a bare line feed": (POST + b"Transfer-Encoding: chunked\r\n\r\n1\na\r\n0\r\n\r\n", 400),
    "a chunk extension with a bare line feed": (
        POST + b"Transfer-Encoding: chunked\r\n\r\n1;x\na\r\na\r\n0\r\n\r\n",
        400,
    ),
    "a length in a trailer": (POST + b"Transfer-Encoding: chunked\r\n\r\n0\r\nContent-Length: 9\r\n\r\n", 400),
    "a coding in a trailer": (POST + b"Transfer-Encoding: chunked\r\n\r\n0\r\nTransfer-Encoding: x\r\n\r\n", 400),
    "a folded field": (HEAD + b"X: a\r\n b\r\n\r\n", 400),
    "a fold before the first field": (b"GET / HTTP/1.1\r\n Host: x\r\n\r\n", 400),
    "a bare line feed after the request line": (b"GET / HTTP/1.1\nHost: x\r\n\r\n", 400),
    "a bare line feed after a field": (HEAD + b"X: a\nY: b\r\n\r\n", 400),
    "a bare line feed at the end": (HEAD + b"\n", 400),
    "a bare carriage return": (HEAD + b"X: a\rY: b\r\n\r\n", 400),
    "a tab in the request line": (b"GET\t/ HTTP/1.1\r\nHost: x\r\n\r\n", 400),
    "HTTP/0.9": (b"GET /\r\n\r\n", 505),
    "a tunnel": (b"CONNECT x:443 HTTP/1.1\r\nHost: x\r\nContent-Length: 40\r\n\r\n" + HEAD + b"\r\n", 405),
    "a tunnel with an upgrade": (b"CONNECT x:443 HTTP/1.1\r\nConnection: upgrade\r\nUpgrade: h2c\r\n\r\n", 405),
    "a target with a password": (b"GET http://a:b@x/ HTTP/1.1\r\nHost: x\r\n\r\n", 400),
    "a target without a host": (b"GET http:/x HTTP/1.1\r\nHost: x\r\n\r\n", 400),
    "a space before the colon": (POST + b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n", 400),
    "a null": (HEAD + b"X: a\0b\r\n\r\n", 400),
    "HTTP/2": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400),
    "TLS": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400),
}


@pytest.mark.parametrize(("sent", "status"), NO_REQUESTS.values(), ids=NO_REQUESTS)
def test_what_is_no_request_is_an_error_in_imgurs_shape(sent: bytes, status: int) -> None:
    """Also what two programs in a row would read differently, so that neither smuggles a request past the other."""
    with served() as address, socket.create_connection(address, timeout=30) as connection:
        connection.sendall(sent)
        head, _, body = rest(connection).partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 %d " % status)
        assert json.loads(body).items() >= {"success": False, "status": status}.items()


def test_a_body_may_come_in_the_smallest_pieces() -> None:
    """What is counted is what brings nothing: the framing of a body is longer than the body here."""
    pieces = HASTY.head_bytes // 5
    with served() as address, socket.create_connection(address, timeout=30) as connection:
        connection.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
        connection.sendall(b"1\r\na\r\n" * pieces + b"0\r\n\r\n" + b"GET / HTTP/1.0\r\nHost: x\r\n\r\n")
        assert rest(connection).count(b"HTTP/1.1 204") == 2


def test_what_follows_a_body_does_not_go_on_for_ever() -> None:
    with served() as address, socket.create_connection(address, timeout=30) as connection:
        connection.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n")
        assert connection.recv(1 << 16).startswith(b"HTTP/1.1 204")
        connection.sendall(b"0\r\nX: " + b"a" * HASTY.head_bytes)
        assert rest(connection).startswith(b"HTTP/1.1 431 ")


# ---- a full disk


class FullDisk(DurableFiles):
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

    def link(self, source: Path, target: Path) -> None:
        self._room("place")
        super().link(source, target)


def use_files(site: Site, files: DurableFiles) -> None:
    """Let the server use these files from now on."""
    for part in (site.context.blobs, site.context.spool_folder):
        vars(part)["_files"] = files


@pytest.mark.parametrize("operation", ["create", "write", "sync", "place"])
def test_a_full_disk_is_reported_and_stores_nothing(site: Site, operation: str) -> None:
    disk = FullDisk(durable=False)
    use_files(site, disk)
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
    use_files(site, disk)
    disk.full = "place"
    assert site.get(f"/{data['id']}m.jpg").status_code == 507
    assert list((site.settings.data / "incoming").iterdir()) == []
    disk.full = ""
    assert site.get(f"/{data['id']}m.jpg").status_code == 200


# ---- the store of files is away


async def _delete_album_with_pictures(context: ServerContext, image: dict[str, Any], who: Person) -> None:
    fields = AlbumFields(images=[image["deletehash"]])
    album = await albums.create(context, fields, account=who.id, client_id=None)
    await moderation.remove_album(context, album.id, pictures=True)


def _delete_account(site: Site, who: Person) -> None:
    answer = site.post("/3/account/me/delete", headers=who.bearer, json={"password": PASSWORD})
    assert (answer.status_code, answer.json()["data"]) == (200, True)


def _delete_image(site: Site, key: str, headers: dict[str, str]) -> None:
    answer = site.delete(f"/3/image/{key}", headers=headers)
    assert (answer.status_code, answer.json()["data"]) == (200, True)


DELETIONS: dict[str, Callable[[Site, dict[str, Any], Person], object]] = {
    "by its id": lambda site, image, who: _delete_image(site, image["id"], who.bearer),
    "by its delete hash": lambda site, image, who: _delete_image(site, image["deletehash"], ANONYMOUS),
    "by the operator": lambda site, image, who: site.run(lambda context: moderation.remove_image(context, image["id"])),
    "with its album": lambda site, image, who: site.run(
        lambda context: _delete_album_with_pictures(context, image, who)
    ),
    "with its account": lambda site, image, who: _delete_account(site, who),
}


def test_a_deletion_while_the_files_are_away_succeeds_and_the_next_start_removes_them(
    new_site: NewSite, caplog: pytest.LogCaptureFixture
) -> None:
    """Nobody reaches a file without its row: an error would be untrue, and who tried again would get 404."""
    site = new_site()
    kept = site.upload(PNG)["id"]
    people = {way: site.person(f"person{number}") for number, way in enumerate(DELETIONS)}
    images = {way: site.upload(PNG, who.bearer) for way, who in people.items()}
    for image in images.values():
        assert site.get(f"/{image['id']}m.jpg").status_code == 200
    folders = [site.settings.data / name for name in ("blobs", "derived")]
    for folder in folders:
        folder.rename(folder.with_suffix(".away"))
    for way, delete in DELETIONS.items():
        id = images[way]["id"]
        caplog.clear()
        delete(site, images[way], people[way])
        answers = [site.get(path, headers=ANONYMOUS).status_code for path in (f"/3/image/{id}", f"/{id}.png")]
        assert answers[0] == 404, way
        assert answers[1] in {302, 404}, way
        assert "files of 1 deleted images stay until the next start" in caplog.text, way
    for folder in folders:
        folder.with_suffix(".away").rename(folder)
    new_site(data=site.settings.data)
    assert [file.name for folder in folders for file in folder.rglob("*") if file.is_file()] == [kept]
    assert site.rows("blob_intent") == []


def test_a_deletion_succeeds_if_the_database_is_busy_after_its_commit(
    site: Site, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    image = site.upload(PNG)

    async def busy(*_: object) -> set[str]:
        raise BusyError("the database is locked")

    monkeypatch.setattr(blob_intents, "existing_image_ids", busy)
    _delete_image(site, image["deletehash"], ANONYMOUS)
    assert "1 intents stay until the next start: the database is locked" in caplog.text
    assert [row.image_id for row in site.rows("blob_intent")] == [image["id"]]


# ---- the database


@pytest.mark.sqlite
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


@pytest.mark.sqlite
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


def test_a_large_video_is_not_held_in_memory(new_site: NewSite) -> None:
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
