"""Attacks on a relay: using another program's, reaching closed hosts, smuggling, holding connections."""

from __future__ import annotations

import asyncio
import base64
import logging
import socket
import ssl
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pyimgur.relay import CertificateAuthority, relay, tunnel
from pyimgur.relay.forward import Streams, Upstream
from pyimgur.relay.imgur_hosts import Address
from pyimgur.relay.proxy import Proxy, new_password
from pyimgur.relay.relay_thread import RelayThread, max_connections
from pyimgur.relay.request_head import ProxyError
from relay_support import ANSWER, ESTABLISHED, PATIENCE, Program, is_head, program, read_all, serving

CONNECT = b"CONNECT api.imgur.com:443 HTTP/1.1\r\n"


def basic(text: str) -> bytes:
    return b"Proxy-Authorization: Basic " + base64.b64encode(text.encode()) + b"\r\n"


@pytest.mark.parametrize("start", [CONNECT, b"GET http://imgur.com/ HTTP/1.1\r\n", b"GET / HTTP/1.1\r\n"])
def test_nobody_gets_in_without_the_word(start: bytes) -> None:
    with serving() as server, program(server.address) as one:
        guesses = (
            b"",
            basic(f"pyimgur:{one.word[:-1]}"),
            basic(f"pyimgur:{one.word}x"),
            basic(f"pyimgur:{one.word.lower()}"),
            basic(f"other:{one.word}"),
            basic("pyimgur:"),
            b"Proxy-Authorization: Basic\r\n",
            b"Proxy-Authorization: \xff\xfe\r\n",
            one.known.replace(b"Basic", b"Bearer"),
            one.known.replace(b"Proxy-", b""),
        )
        for guess in guesses:
            connection = one.connect()
            connection.sendall((start + guess + b"\r\n") * 3)
            said = read_all(connection)
            assert said.startswith(b"HTTP/1.1 407 "), guess
            assert said.count(b"HTTP/1.1 ") == said.count(b"HTTP/1.1 407 ") <= 2, "who guesses has to come again"
            assert b'\r\nProxy-Authenticate: Basic realm="pyimgur relay"\r\n' in said
            assert one.word.encode() not in said
    assert not server.seen


def test_who_waits_to_be_asked_says_it_on_the_same_connection() -> None:
    with serving() as server, program(server.address) as one:
        connection = one.connect()
        connection.sendall(CONNECT + b"\r\n")
        asked = connection.recv(4096)
        assert asked.startswith(b"HTTP/1.1 407 ")
        assert b"\r\nConnection: keep-alive\r\n" in asked
        connection.sendall(CONNECT + one.known + b"\r\n")
        assert connection.recv(4096) == ESTABLISHED


def test_each_relay_has_a_word_of_its_own_that_nothing_shows() -> None:
    first, second = new_password(), new_password()
    assert first != second
    assert len(first) >= 32
    proxy = Proxy(Upstream.of("http://127.0.0.1:1"), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), "pass", first)
    assert first not in repr(proxy)


def test_a_relay_that_lets_anybody_in_reaches_nothing_but_its_server() -> None:
    with serving() as server, relay(server.address, others="refuse", locked=False) as environment:
        assert "@" not in environment["HTTPS_PROXY"]
        one = Program(environment)
        with one.exits:
            connection = one.secure("api.imgur.com")
            connection.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            assert connection.recv(4096) == ANSWER
            assert one.ask(b"CONNECT other.example:443 HTTP/1.1")[1].startswith(b"HTTP/1.1 403 ")
    with pytest.raises(ValueError, match="has to refuse other hosts"), relay("http://127.0.0.1:1", locked=False):
        raise AssertionError


def test_the_word_does_not_reach_the_server() -> None:
    with serving() as server, program(server.address) as one:
        inner = one.secure("api.imgur.com")
        inner.sendall(b"GET / HTTP/1.1\r\n" + one.known + b"Host: a\r\n\r\n")
        assert inner.recv(4096) == ANSWER
        inner.close()
        assert one.ask(b"GET http://imgur.com/ HTTP/1.1")[1] == ANSWER
    assert len(server.seen) == 2
    assert b"roxy" not in b"".join(server.seen)


@pytest.mark.parametrize(
    "aim",
    [
        "127.0.0.1:443", "localhost:443", "[::1]:443", "[::ffff:127.0.0.1]:443", "0.0.0.0:443", "127.1:443",
        "2130706433:443", "0x7f000001:443", "169.254.169.254:443", "[fe80::1]:443", "224.0.0.1:443",
    ],
)  # fmt: skip
def test_this_machine_is_not_reached_by_any_name(aim: str) -> None:
    with serving() as server, program(server.address, others="pass") as one:
        said = one.ask(f"CONNECT {aim} HTTP/1.1".encode())[1]
    assert said.split()[1] in {b"403", b"502"}, said  # 502: no name to this machine's resolver at all


def test_this_machine_is_not_reached_by_its_own_address_in_a_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Loopback stands for that address here: not every machine has one."""
    monkeypatch.setattr(tunnel, "is_other_machine", lambda _: True)
    with serving() as server, pytest.raises(ProxyError, match=r"127\.0\.0\.1 is this machine") as raised:
        asyncio.run(tunnel.connect_to_host(Address("127.0.0.1", server.port)))
    assert raised.value.status == 403


@pytest.mark.parametrize("port", [22, 25, 80, 587, 3306, 8443, 4648])
@pytest.mark.parametrize("host", ["other.example", "api.imgur.com", "127.0.0.1"])
def test_no_port_but_the_one_of_https(host: str, port: int) -> None:
    with serving() as server, program(server.address, others="pass") as one:
        said = one.ask(f"CONNECT {host}:{port} HTTP/1.1".encode())[1]
    assert said.startswith(b"HTTP/1.1 403 only port 443 of other machines is reached through this relay\r\n")


@pytest.mark.parametrize(
    "aim",
    [b"http://other.example/", b"http://127.0.0.1:%d/", b"http://imgur.com:%d/", b"http://imgur.com.other.example/"],
)
def test_nothing_but_imgur_without_tls(aim: bytes) -> None:
    with serving() as server, serving() as other, program(server.address, others="pass") as one:
        aim = aim.replace(b"%d", b"%d" % other.port)
        assert one.ask(b"GET " + aim + b" HTTP/1.1")[1].startswith(b"HTTP/1.1 403 ")
    assert not other.seen
    assert not server.seen


@pytest.mark.parametrize(
    "aim", [b"http://me@imgur.com/", b"http://imgur.com\x00.other.example/", b"http://imgur.com#@other.example/",
            b"http://imgur.com\\@other.example/", b"https://me@imgur.com/", b"//imgur.com/", b"*", b"imgur.com:443"],
)  # fmt: skip
def test_addresses_that_readers_understand_in_two_ways(aim: bytes) -> None:
    with serving() as server, program(server.address, others="pass") as one:
        assert one.ask(b"GET " + aim + b" HTTP/1.1")[1].startswith(b"HTTP/1.1 400 ")
    assert not server.seen


def test_a_second_request_on_a_plain_connection_goes_nowhere() -> None:
    with serving() as server, serving() as other, program(server.address, others="pass") as one:
        connection = one.connect()
        second = b"GET http://127.0.0.1:%d/ HTTP/1.1\r\n" % other.port
        connection.sendall((b"GET http://imgur.com/ HTTP/1.1\r\n" + one.known + b"\r\n") + second + b"\r\n")
        assert read_all(connection) == ANSWER
    assert len(server.seen) == 1
    assert not other.seen


SMUGGLED = (
    b"Content-Length: 3\r\nTransfer-Encoding: chunked",
    b"Content-Length: 3\r\nContent-Length: 4",
    b"Content-Length: 3\r\nContent-Length: 3",
    b"Content-Length: 3, 3",
    b"Content-Length: -1",
    b"Content-Length: +3",
    b"Content-Length: 0x3",
    b"Content-Length:",
    b"Content-Length : 3",
    b"Content-Length\x0b: 3",
    b"Transfer-Encoding: gzip, chunked",
    b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
    b"Transfer-Encoding: xchunked",
    b"Transfer-Encoding:\x0bchunked",
    b"Transfer-Encoding : chunked",
    b"X: 1\r\n Transfer-Encoding: chunked",
    b"X: 1\r\n\tfolded",
    b"X: 1\nTransfer-Encoding: chunked",
    b"X: 1\rTransfer-Encoding: chunked",
    b"X: \x00",
    b": nameless",
    b"Host: b",
)


@pytest.mark.parametrize("headers", SMUGGLED)
def test_what_has_no_clear_end_is_refused(headers: bytes) -> None:
    with serving() as server, program(server.address) as one:
        connection = one.secure("api.imgur.com")
        connection.sendall(b"POST / HTTP/1.1\r\nHost: a\r\n" + headers + b"\r\n\r\nabc")
        assert connection.recv(4096).startswith(b"HTTP/1.1 400 ")
    assert not server.seen


@pytest.mark.parametrize(
    "start",
    [b"POST / HTTP/1.1\n", b"POST /\x0b HTTP/1.1\r\n", b"POST  / HTTP/1.1\r\n", b"POST / HTTP/2.0\r\n", b"POST /\r\n",
     b"POST https://other.example/ HTTP/1.1\r\n", b"POST other HTTP/1.1\r\n", b"CONNECT / HTTP/1.1\r\n",
     b"PO:ST / HTTP/1.1\r\n"],
)  # fmt: skip
def test_what_is_no_request_is_refused(start: bytes) -> None:
    with serving() as server, program(server.address) as one:
        connection = one.secure("api.imgur.com")
        connection.sendall(start + b"Host: a\r\n\r\n")
        assert connection.recv(4096).startswith(b"HTTP/1.1 400 ")
    assert not server.seen


@pytest.mark.parametrize(
    "body",
    [b"x\r\n", b"-1\r\n", b"3\nabc\r\n0\r\n\r\n", b"3\r\nabcd\r\n0\r\n\r\n", b"3\r\nabc\n0\r\n\r\n", b"0x3\r\nabc\r\n",
     b"ffffffffffffffffff\r\n", b"0\r\nbad\r\n\r\n", b"0\r\nX: 1\n\r\n", b"3 ;\x00\r\nabc\r\n", b"1" * 70_000],
)  # fmt: skip
def test_chunks_with_no_clear_end_end_the_connection(body: bytes) -> None:
    with serving(lambda seen: is_head(seen) and b"SECOND" in seen) as server, program(server.address) as one:
        connection = one.secure("api.imgur.com")
        connection.sendall(b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
        connection.sendall(body + b"GET /SECOND HTTP/1.1\r\nHost: a\r\n\r\n")
        assert read_all(connection) == b""
    assert not server.seen


@pytest.mark.parametrize("headers", [b"X: " + b"x" * 70_000, b"X: y\r\n" * 12_000])
def test_a_head_without_end_is_not_kept(headers: bytes) -> None:
    with serving() as server, program(server.address) as one:
        connection = one.secure("api.imgur.com")
        connection.sendall(b"GET / HTTP/1.1\r\n" + headers)
        assert connection.recv(4096).startswith(b"HTTP/1.1 431 ")


def test_what_was_sent_before_tls_is_not_taken_for_a_request() -> None:
    with serving() as server, program(server.address) as one:
        connection = one.connect()
        connection.sendall(CONNECT + one.known + b"\r\n" + b"GET /injected HTTP/1.1\r\nHost: a\r\n\r\n")
        assert connection.recv(len(ESTABLISHED)) == ESTABLISHED
        context = ssl.create_default_context(cafile=one.environment["SSL_CERT_FILE"])
        with context.wrap_socket(connection, server_hostname="api.imgur.com") as inner:
            inner.sendall(b"GET /meant HTTP/1.1\r\nHost: a\r\n\r\n")
            assert inner.recv(4096) == ANSWER
    assert [seen.split()[1] for seen in server.seen] == [b"/meant"]


@pytest.fixture
def impatient() -> Iterator[Program]:
    """A relay that waits for next to nothing."""
    proxy = Proxy(Upstream.of("http://127.0.0.1:1"), CertificateAuthority().context(), "pass", "word", head_timeout=0.1)
    running = RelayThread(proxy, socket.create_server(("127.0.0.1", 0)))
    one = Program({"HTTPS_PROXY": f"http://pyimgur:{proxy.password}@127.0.0.1:{running.port}"})
    with one.exits:
        yield one
    running.stop()


@pytest.mark.parametrize("said", [b"", b"GET / HTT", b"GET / HTTP/1.1\r\nX: 1\r\n", b"\r\n"])
def test_who_never_says_what_he_wants_is_sent_away(impatient: Program, said: bytes) -> None:
    connection = impatient.connect()
    connection.sendall(said)
    assert read_all(connection).startswith(b"HTTP/1.1 408 ")


def test_connections_over_the_limit_get_a_response(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pyimgur.relay.relay_thread.MAX_CONNECTIONS", 3)
    with serving() as server, program(server.address) as one:
        held = [one.ask(CONNECT.strip()) for _ in range(3)]
        assert [answer for _, answer in held] == [ESTABLISHED] * 3
        assert read_all(one.connect()).startswith(b"HTTP/1.1 503 too many connections at once\r\n")
        held[0][0].close()
        while (answer := one.ask(CONNECT.strip())[1]) != ESTABLISHED:  # once the relay has seen that one has gone
            assert answer.startswith(b"HTTP/1.1 503 ")


@pytest.mark.parametrize(("files", "most"), [(1024, 400), (256, 50), (64, 8), (1 << 20, 400), (-1, 400)])
def test_no_more_connections_than_the_process_may_have_files_for(
    files: int, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("resource.getrlimit", lambda _: (files, files))
    assert max_connections() == most


def test_a_tunnel_in_which_nothing_moves_is_closed() -> None:
    async def idle() -> bytes:
        async def hold(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.read()
            writer.close()

        async with await asyncio.start_server(hold, "127.0.0.1", 0) as silent:
            port = silent.sockets[0].getsockname()[1]
            near, far = [Streams(*await asyncio.open_connection("127.0.0.1", port)) for _ in range(2)]
            await tunnel.tunnel(near, far, idle=0.05)
            near.writer.close()
            return await far.reader.read()

    assert asyncio.run(asyncio.wait_for(idle(), PATIENCE)) == b""


def test_who_never_begins_with_tls_is_sent_away(impatient: Program) -> None:
    connection, answer = impatient.ask(CONNECT.strip())
    assert answer == ESTABLISHED
    assert read_all(connection) == b""


def test_a_certificate_for_imgur_is_good_for_nobody_else() -> None:
    with serving() as server, program(server.address) as one:
        connection, _ = one.ask(CONNECT.strip())
        context = ssl.create_default_context(cafile=one.environment["SSL_CERT_FILE"])
        with pytest.raises(ssl.SSLCertVerificationError):
            context.wrap_socket(connection, server_hostname="i.stack.imgur.com")
        connection, _ = one.ask(CONNECT.strip())
        with pytest.raises(ssl.SSLCertVerificationError):  # who does not trust the relay is not made to
            ssl.create_default_context().wrap_socket(connection, server_hostname="api.imgur.com")


@settings(max_examples=60)
@given(
    st.lists(st.one_of(st.binary(max_size=60), st.sampled_from([CONNECT, b"\r\n", b"GET ", b" HTTP/1.1\r\n", b":"])))
)
def test_nonsense_is_answered_or_dropped_and_never_a_surprise(pieces: list[bytes]) -> None:
    noise: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda record: noise.append(record.getMessage())
    logging.getLogger("asyncio").addHandler(handler)
    proxy = Proxy(Upstream.of("http://127.0.0.1:1"), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), "refuse", "word")
    running = RelayThread(proxy, socket.create_server(("127.0.0.1", 0)))
    try:
        with socket.create_connection(("127.0.0.1", running.port), timeout=PATIENCE) as connection:
            connection.sendall(b"".join(pieces))
            connection.shutdown(socket.SHUT_WR)
            said = read_all(connection)
    finally:
        running.stop()
        logging.getLogger("asyncio").removeHandler(handler)
    assert said == b"" or said.startswith(b"HTTP/1.1 4")
    assert noise == []
