"""Connections: limits and deadlines, so that idle clients keep nobody out."""

from __future__ import annotations

import asyncio
import logging
import re
import shlex
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import trustme
from site_support import until

from pyimgur.server.blobs import disk
from pyimgur.server.http.uvicorn_adapter import Server, protocol
from pyimgur.server.http.uvicorn_adapter.connections import ConnectionTable, Reading
from pyimgur.server.http.uvicorn_adapter.limits import (
    MAX_CONNECTIONS,
    MIN_CONNECTIONS,
    ConnectionLimits,
    connections_for,
    spare_for,
)

LARGE = 60_000_000
HEALTH = b"GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"


# ---- who gets a place


@dataclass(eq=False)
class Fake:
    """A connection that notes that it was closed."""

    sent: int | None = None
    """Bytes that have reached its client, if more are waiting."""
    heard_at: float | None = None
    closed: bool = False

    def abort(self) -> None:
        self.closed = True

    def delivered(self) -> int | None:
        return self.sent

    def last_heard(self) -> float | None:
        return self.heard_at


@dataclass
class Places:
    """A table of four places, and a clock that a test moves."""

    now: float = 0.0
    trusted: str | None = None
    table: ConnectionTable = field(init=False)

    def __post_init__(self) -> None:
        self.table = ConnectionTable(ConnectionLimits(connections=4), lambda: self.now, self.trusted)

    def take(self, address: str | None, *, busy: bool = True, **state: Any) -> Fake:
        found = Fake(**state)
        assert self.table.add(found, address), f"no place for {address}"
        if busy:
            self.table.set_busy(found)
        return found

    def refuses(self, address: str | None) -> bool:
        return not self.table.add(Fake(), address)


def test_the_one_that_was_idle_longest_makes_room() -> None:
    places = Places()
    first, second = places.take("1.1.1.1", busy=False), places.take("1.1.1.1", busy=False)
    places.take("1.1.1.1")
    places.table.set_busy(first)
    third = places.take("1.1.1.1", busy=False)
    places.table.set_idle(first)
    for expected in (second, third, first):
        assert not expected.closed
        places.take("1.1.1.1")
        assert expected.closed, "connections without a request go in the order in which they became idle"
    assert places.refuses("1.1.1.1"), "all have a request under way, and all are of one address"
    assert len(places.table) == 4


def test_of_idle_ones_those_of_the_largest_address_go_first() -> None:
    places = Places()
    other = places.take("2.2.2.2", busy=False)
    many = [places.take("1.1.1.1", busy=False) for _ in range(3)]
    places.take("3.3.3.3", busy=False)
    assert [each.closed for each in (other, *many)] == [False, True, False, False]


def test_a_response_that_is_still_sent_is_not_idle() -> None:
    places = Places()
    sending, idle = places.take("1.1.1.1", busy=False, sent=0), places.take("1.1.1.1", busy=False)
    places.take("1.1.1.1")
    places.take("1.1.1.1")
    places.take("1.1.1.1")
    assert (sending.closed, idle.closed) == (False, True)
    assert places.refuses("1.1.1.1")


@pytest.mark.parametrize("state", [{"sent": 5}, {"heard_at": 0.0}], ids=["reads nothing", "sends nothing"])
def test_who_stalls_makes_room(state: dict[str, Any]) -> None:
    places = Places()
    stalled = places.take("1.1.1.1", **state)
    for _ in range(3):
        places.take("1.1.1.1")
    places.table.close_slow_readers()
    places.now = 4.0
    assert places.refuses("1.1.1.1"), "four seconds may be the network"
    places.now = 6.0
    places.take("1.1.1.1")
    assert stalled.closed


def test_an_address_with_everything_keeps_no_other_out() -> None:
    places = Places()
    many = [places.take("1.1.1.1") for _ in range(4)]
    others = [places.take(f"2.2.2.{number}") for number in range(3)]
    assert [each.closed for each in many] == [True, True, True, False], "the oldest first, and not the last one"
    assert places.refuses("1.1.1.1")
    assert places.refuses("3.3.3.3"), "everybody has one"
    assert not any(each.closed for each in others)


def test_who_opens_many_closes_nobody_whose_request_is_on_its_way() -> None:
    places = Places()
    for _ in range(3):
        places.take("1.1.1.1")
    other = places.take("2.2.2.2", busy=False)
    assert places.refuses("1.1.1.1"), "its three have a request under way, and the other one has just come"
    assert not other.closed
    places.now = 6.0
    places.take("1.1.1.1")
    assert other.closed, "it has sent nothing for six seconds"


def test_a_refusal_stands_for_a_moment_and_for_who_has_as_many() -> None:
    places = Places()
    many = [places.take("1.1.1.1") for _ in range(4)]
    assert places.refuses("1.1.1.1")
    places.table.set_idle(many[0])
    places.take("2.2.2.2")
    assert many[0].closed, "who has fewer is not refused with it"
    places.table.discard(many[1])
    places.take("1.1.1.1")
    assert places.refuses("1.1.1.1")
    places.table.set_busy(many[2])
    places.now = 0.2
    places.table.set_idle(many[2])
    places.take("1.1.1.1")
    assert many[2].closed


def test_a_connection_that_just_came_makes_room_for_a_smaller_address() -> None:
    places = Places()
    mine = [places.take("1.1.1.1", busy=False) for _ in range(2)]
    for _ in range(2):
        places.take("2.2.2.2")
    places.take("3.3.3.3", busy=False)
    assert [each.closed for each in mine] == [True, False]


def test_ipv6_counts_by_network_and_mapped_addresses_as_ipv4() -> None:
    """A line has 65,536 networks of 64 bits, and would otherwise hold every connection with one for each."""
    places = Places()
    for number in range(4):
        places.take(f"2001:db8:0:{number}::1")
    assert places.refuses("2001:db8:0:9::1")
    places.take("2001:db8:1::1")


def test_a_trusted_proxy_speaks_for_many() -> None:
    places = Places(trusted="10.0.0.0/8")
    proxied = [places.take("10.0.0.1") for _ in range(4)]
    assert places.refuses("1.1.1.1"), "who comes directly takes none of them away"
    assert not any(each.closed for each in proxied)
    for each in proxied[:2]:
        places.table.discard(each)
    direct = [places.take("1.1.1.1") for _ in range(2)]
    places.take("10.0.0.1")
    assert [each.closed for each in direct] == [True, False], "the proxy takes the place of who has two directly"
    assert places.refuses("10.0.0.1")


def test_closing_twice_and_afterwards_does_nothing() -> None:
    places = Places()
    gone = places.take("1.1.1.1")
    for _ in range(2):
        places.table.discard(gone)
    places.table.set_busy(gone)
    places.table.set_idle(gone)
    assert len(places.table) == 0


def test_a_full_table_is_logged_once_a_minute(caplog: pytest.LogCaptureFixture) -> None:
    places = Places()
    for _ in range(4):
        places.take("1.1.1.1")
    with caplog.at_level(logging.WARNING):
        for _ in range(50):
            assert places.refuses("1.1.1.1")
        places.now = 61.0
        assert places.refuses("1.1.1.1")
    lines = [record.getMessage() for record in caplog.records]
    assert [re.findall(r"\d+", line)[:3] for line in lines] == [["4", "0", "1"], ["4", "0", "50"]]


def test_how_slowly_a_client_may_read() -> None:
    limits = ConnectionLimits(read_seconds=10, bytes_per_second=100)
    steady, stopped = Reading(0.0, 0), Reading(0.0, 0)
    for second in range(1, 100):
        assert not steady.is_too_slow(second, second * 101, limits), f"101 B/s is enough, after {second} s"
    assert not any(stopped.is_too_slow(second, min(second * 500, 2_000), limits) for second in range(1, 20))
    assert stopped.is_too_slow(20.0, 2_000, limits)


@pytest.mark.parametrize(
    ("descriptors", "used", "most"),
    [
        (64, 20, 10),
        (1_024, 30, 485),
        (16, 12, MIN_CONNECTIONS),
        (1 << 20, 30, MAX_CONNECTIONS),
        (None, 30, MAX_CONNECTIONS),
    ],
)
def test_descriptors_are_kept_for_files_and_the_database(descriptors: int | None, used: int, most: int) -> None:
    assert connections_for(descriptors, used) == most


@pytest.mark.parametrize(("descriptors", "spare"), [(None, 32_768), (64, 0), (1_025, 1), (32_768, 16_320)])
def test_files_stay_open_as_far_as_connections_leave_descriptors(descriptors: int | None, spare: int) -> None:
    assert spare_for(descriptors, 40) == spare


# ---- over real sockets


def run(server: Server, listener: socket.socket) -> None:
    """Serve as the command does, in the same kind of event loop."""
    with asyncio.Runner(loop_factory=server.loop_factory) as runner:
        runner.run(server.serve(listener))


@contextmanager
def served(grace: int = 1, ended: list[str] | None = None, **limits: Any) -> Iterator[tuple[str, int]]:
    """A server whose `/large` sends much, `/wait` never ends, and anything else reads the body and says ok.

    `ended` gets the path of each request that has ended.
    """

    async def app(scope: Any, receive: Any, send: Any) -> None:
        size = {"/large": LARGE, "/wait": 3}.get(scope["path"], 2)
        while (await receive()).get("more_body"):
            pass
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % size)]})
        if scope["path"] == "/wait":
            await send({"type": "http.response.body", "body": b"o", "more_body": True})
            while (await receive())["type"] != "http.disconnect":
                pass
            return
        for place in range(0, size, 1 << 16):
            chunk = b"o" * min(1 << 16, size - place)
            await send({"type": "http.response.body", "body": chunk, "more_body": place + len(chunk) < size})
        if ended is not None:
            ended.append(scope["path"])

    listener = socket.create_server(("127.0.0.1", 0))
    server = Server(app, grace=grace, limits=ConnectionLimits(**limits))
    thread = threading.Thread(target=run, args=(server, listener), daemon=True)
    thread.start()
    try:
        yield listener.getsockname()
    finally:
        server.stop()
        thread.join(30)
        assert not thread.is_alive()


def begin(address: tuple[str, int], path: str, source: str = "127.0.0.1") -> socket.socket:
    """A request that is under way; nobody reads more of the response than its beginning."""
    connection = socket.create_connection(address, timeout=30, source_address=(source, 0))
    connection.sendall(b"GET %s HTTP/1.1\r\nHost: x\r\n\r\n" % path.encode())
    assert connection.recv(10) == b"HTTP/1.1 2"
    return connection


def rest(connection: socket.socket) -> int:
    """How many bytes still come until the other side ends."""
    found = 0
    try:
        while data := connection.recv(1 << 20):
            found += len(data)
    except ConnectionResetError:
        pass
    return found


def status(address: tuple[str, int], source: str = "127.0.0.1") -> int:
    """What another client gets meanwhile; 0 where it is cut off."""
    try:
        with socket.create_connection(address, timeout=30, source_address=(source, 0)) as connection:
            connection.sendall(HEALTH)
            return int((connection.recv(1 << 16) or b"- 0").split()[1])
    except (ConnectionError, IndexError):
        return 0


def test_idle_connections_make_room() -> None:
    with served(connections=4) as address, ExitStack() as held:
        idle = [held.enter_context(socket.create_connection(address, timeout=30)) for _ in range(4)]
        kept = held.enter_context(begin(address, "/"))
        assert kept.recv(1 << 16)
        assert idle[0].recv(1) == b"", "the oldest one was closed"
        for _ in range(10):
            assert status(address) == 200


def test_who_reads_nothing_makes_room() -> None:
    with served(connections=4, stalled_seconds=0.1) as address, ExitStack() as held:
        stalled = [held.enter_context(begin(address, "/large")) for _ in range(4)]
        until(lambda: status(address) == 200)
        assert rest(stalled[0]) < LARGE, "the one that stalled longest was cut off"


def test_another_address_gets_a_place() -> None:
    with served(connections=4, stalled_seconds=600) as address, ExitStack() as held:
        many = [held.enter_context(begin(address, "/wait")) for _ in range(4)]
        assert status(address, "127.0.0.2") == 200
        assert rest(many[0]) < 200, "the oldest was cut off"
        begun = [held.enter_context(begin(address, "/wait", f"127.0.0.{number}")) for number in (1, 3)]
        until(lambda: status(address) in (503, 0))
        assert status(address, "127.0.0.2") == 200, "those of the largest address go first"
        assert begun


def test_refused_connections_get_a_response() -> None:
    with served(connections=1) as address, begin(address, "/wait"):
        refused = [b""]

        def told() -> bool:
            with socket.create_connection(address, timeout=30) as connection:
                refused[0] = connection.recv(1 << 16)
            return bool(refused[0])

        until(told)
    head, _, body = refused[0].partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 503 ")
    assert b"retry-after: 1" in head
    assert b'"success":false' in body


def test_a_slow_reader_is_kept_and_one_that_reads_nothing_is_not() -> None:
    ended: list[str] = []
    with (
        served(ended=ended, read_seconds=1.0, bytes_per_second=5_000) as address,
        begin(address, "/large") as slow,
        begin(address, "/large") as stopped,
    ):
        found = 0
        while not ended:
            found += len(slow.recv(1 << 15))
            time.sleep(0.02)
        assert found < LARGE, "the one that ended is the one that read nothing"
        while found < LARGE:
            data = slow.recv(1 << 20)
            assert data, f"cut off after {found:,} bytes"
            found += len(data)
        assert rest(stopped) < LARGE


def test_a_stalled_upload_does_not_hold_up_the_end() -> None:
    with ExitStack() as held:
        start = held.enter_context(served(grace=25, stalled_seconds=0.1))
        upload = held.enter_context(socket.create_connection(start, timeout=30))
        upload.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nabc")
        assert status(start) == 200
        begun = time.monotonic()
        held.pop_all().close()
    assert time.monotonic() - begun < 20, "it waited for the whole grace"


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="needs a limit of open files that holds")
def test_a_server_with_few_descriptors_serves_on(tmp_path: Path) -> None:
    """What the real server does when more connections come than it may open files."""
    serve = shlex.join([sys.executable, "-m", "pyimgur", "serve", "--port", "0", "--data", str(tmp_path / "data")])
    command = f"ulimit -n 64; exec {serve}"
    with (
        subprocess.Popen(["bash", "-c", command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as server,
        ExitStack() as held,
    ):
        assert server.stdout
        assert server.stderr
        try:
            port = int(server.stdout.readline().split("127.0.0.1:")[1].split()[0])
            for _ in range(100):
                held.enter_context(socket.create_connection(("127.0.0.1", port), timeout=30))
                assert status(("127.0.0.1", port)) > 0
            assert any("connections are in use" in line for line in server.stderr)
        finally:
            server.terminate()
            server.communicate()
    assert server.returncode == 0


@pytest.mark.skipif(protocol.TCP_NOTSENT_LOWAT is None, reason="a system without the option")
def test_a_client_that_reads_nothing_costs_little_memory() -> None:
    """The kernel takes no more of a response than it can send soon, and the server reads files in pieces."""
    found: list[int] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        accepted = receive.__self__.transport.get_extra_info("socket")
        found.append(accepted.getsockopt(socket.IPPROTO_TCP, protocol.TCP_NOTSENT_LOWAT))
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    listener = socket.create_server(("127.0.0.1", 0))
    server = Server(app)
    thread = threading.Thread(target=run, args=(server, listener), daemon=True)
    thread.start()
    assert status(listener.getsockname()) == 204
    server.stop()
    thread.join(30)
    assert found == [protocol.MAX_UNSENT]
    assert disk.PIECE <= 1 << 18


def test_unfinished_handshakes_keep_nobody_out() -> None:
    """As many clients as there may be connections say nothing at all, where TLS is spoken."""
    authority = trustme.CA()
    tls, ours = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context()
    authority.issue_cert("127.0.0.1").configure_cert(tls)
    authority.configure_trust(ours)

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    listener = socket.create_server(("127.0.0.1", 0))
    server = Server(app, tls=tls, limits=ConnectionLimits(connections=64, handshake_seconds=600))
    thread = threading.Thread(target=run, args=(server, listener), daemon=True)
    thread.start()
    address = listener.getsockname()
    with ExitStack() as held:
        silent = [held.enter_context(socket.create_connection(address, timeout=30)) for _ in range(20)]
        for _ in range(3):
            raw = held.enter_context(socket.create_connection(address, timeout=30))
            with ours.wrap_socket(raw, server_hostname="127.0.0.1") as connection:
                connection.sendall(HEALTH)
                assert b" 204 " in connection.recv(1 << 16)
        assert silent[0].recv(1) == b"", "the oldest handshake was ended"
        server.stop()
        thread.join(30)
    assert not thread.is_alive()


def test_a_handshake_has_a_deadline() -> None:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(tls)

    async def app(scope: Any, receive: Any, send: Any) -> None: ...

    listener = socket.create_server(("127.0.0.1", 0))
    server = Server(app, tls=tls, limits=ConnectionLimits(handshake_seconds=0.1))
    thread = threading.Thread(target=run, args=(server, listener), daemon=True)
    thread.start()
    with socket.create_connection(listener.getsockname(), timeout=30) as connection:
        assert connection.recv(1) == b""
    server.stop()
    thread.join(30)
