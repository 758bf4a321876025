"""Clients in several event loops at once, interrupted, never closed, or garbage collected."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import signal
import socket
import subprocess
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

import pyimgur
from client_support import GUARD, PIXEL, AsyncDriven, Driven, Server, Wire, both, enveloped, serving, token_document
from pyimgur import AsyncImgur

# ---- loops


def an_image(wire: Wire) -> None:
    wire.answer(enveloped({"id": wire.path.rpartition("/")[2], "title": "t"}))


def in_loops(count: int, work: Callable[[int], Any]) -> list[Any]:
    """What this gives in so many event loops, each in a thread, that are all there before the first begins."""
    together = threading.Barrier(count)

    async def main(number: int) -> Any:
        together.wait(GUARD)
        return await asyncio.wait_for(work(number), GUARD)

    with ThreadPoolExecutor(count) as threads:
        return [done.result(GUARD) for done in [threads.submit(asyncio.run, main(n)) for n in range(count)]]


def test_loops_that_run_at_once_share_a_client_and_no_connection() -> None:
    with serving(an_image) as server:
        im = AsyncImgur("abc123", base_url=server.url)

        async def work(number: int) -> list[str]:
            images = [await im.get_image(f"im{number}x{n}") for n in range(20)]
            await im.close()
            return [image.id for image in images]

        assert in_loops(3, work) == [[f"im{number}x{n}" for n in range(20)] for number in range(3)]
        assert len({wire.connection for wire in server.seen}) == 3


def test_a_token_that_died_is_refreshed_once_for_all_loops() -> None:
    refused = threading.Barrier(4)

    def handle(wire: Wire) -> None:
        if wire.path == "/oauth2/token":
            wire.answer(token_document())
        elif wire.authorization == "Bearer old":
            refused.wait(GUARD)
            wire.data({"error": "The access token provided is invalid."}, 401)
        else:
            an_image(wire)

    with serving(handle) as server:
        im = AsyncImgur("abc123", "secret", "old", "refresh", base_url=server.url)

        async def work(number: int) -> list[str | None]:
            got = await asyncio.gather(im.get_image("a"), im.get_image("b"))
            await im.close()
            return [image.title for image in got]

        assert in_loops(2, work) == [["t", "t"], ["t", "t"]]
        assert len(server.calls("POST", "/oauth2/token")) == 1


def test_loops_that_are_over_leave_nothing_open() -> None:
    with serving(an_image) as server, warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # each loop ends without closing the client: that is the point
        im = AsyncImgur("abc123", base_url=server.url)

        async def work(*, last: bool = False) -> str:
            image = await im.get_image("a")
            if last:
                await im.close()
            return image.id

        assert [asyncio.run(work()) for _ in range(30)] == ["a"] * 30
        assert asyncio.run(work(last=True)) == "a"
        gc.collect()
        assert len(im._executor._loops) == 1


# ---- forgotten


@pytest.mark.parametrize(
    ("name", "forget"),
    [
        ("get_image", lambda im: im.get_image("a")),
        ("exchange_pin", lambda im: im.exchange_pin("1234")),
        ("get_images", lambda im: im.user("ann").get_images()),
        ("upload_image", lambda im: im.upload_image(PIXEL)),
        ("create_album", lambda im: im.create_album("T")),
    ],
)
def test_a_call_that_nobody_awaits_is_named(name: str, forget: Callable[[AsyncImgur], object]) -> None:
    im = AsyncImgur("abc123", base_url="http://127.0.0.1:1")
    with pytest.warns(RuntimeWarning, match=rf"coroutine '\w+\.{name}' was never awaited"):
        forget(im)  # nothing holds what it gives


@both
def test_a_walk_that_is_left_half_way_ends_there(drive: type[Driven]) -> None:
    def page(wire: Wire) -> None:
        number = wire.path.rpartition("/")[2]
        wire.data([{"id": f"im{number}x{n}"} for n in range(60)])

    async def first(items: Any) -> str:
        async for item in items:
            return item.id
        raise AssertionError

    with serving(page) as server, drive(server.url, access_token="token") as it:
        items = it.im.user("me").get_images.iter()
        assert (it.run(first(items)) if drive is AsyncDriven else next(items).id) == "im0x0"
        del items
        gc.collect()
        assert len(server.seen) == 1
        assert len(it.run(it.im.user("me").get_images(limit=1))) == 1


# ---- interrupted

PROGRAM = """
import asyncio, os, signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
import pyimgur
url, folder = sys.argv[1:]
kept = pyimgur.FileStore(os.path.join(folder, "tokens.json"))
options = dict(base_url=url, limits=pyimgur.Policy("wait"))
im, ai = pyimgur.Imgur("app", "secret", "t", "r", **options), pyimgur.AsyncImgur("app", "secret", "t", "r", **options)
fields, pictures = {"id": "a", "link": url + "/a.png"}, [bytes.fromhex(%r)] * 20
def show(address): print(address, flush=True)
async def main():
    %s
"""
CALLS = {
    "call": ("im.get_image('held')", "await ai.get_image('held')"),
    "wait": ("im.get_image('limited')", "await ai.get_image('limited')"),
    "download": ("pyimgur.Image(fields, im).download(folder)", "await pyimgur.AsyncImage(fields, ai).download(folder)"),
    "album": ("im.get_album('al').download(folder)", "await (await ai.get_album('al')).download(folder)"),
    "uploads": ("im.upload_images(pictures)", "await ai.upload_images(pictures)"),
    "refresh": ("im.refresh_access_token()", "await ai.refresh_access_token()"),
    "login": (
        "pyimgur.login('app', 'secret', show=show, store=kept, base_url=url)",
        "await pyimgur.login_async('app', 'secret', show=show, store=kept, base_url=url)",
    ),
}


def busy(wire: Wire) -> None:
    """A server that gives no whole answer."""
    wire.body()
    if wire.path.endswith(".png"):
        wire.send(b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nContent-Length: 5000000\r\n\r\n" + PIXEL)
    elif wire.path.endswith("limited"):
        wire.data({"error": "Too Many Requests"}, 429, retry_after="600")
    elif wire.path.endswith("al"):
        images = [{"id": f"i{n}", "link": f"http://{wire.headers['host']}/i{n}.png"} for n in range(5)]
        wire.data({"id": "al", "images": images})
        return
    wire.hold()


def interrupted(running: subprocess.Popen[str]) -> str:
    """What a program says when Ctrl-C is pressed: again, if it came just before a wait, where Python hears none."""
    for _ in range(4):
        running.send_signal(signal.SIGINT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            return running.communicate(timeout=GUARD / 4)[1]
    raise AssertionError("it goes on")


@pytest.fixture
def waiting() -> Iterator[tuple[Server, threading.Event]]:
    """A server that gives no whole answer, and whether it holds somebody up."""
    held = threading.Event()

    def handle(wire: Wire) -> None:
        if not wire.path.endswith("al"):
            held.set()
        busy(wire)

    with serving(handle) as server:
        yield server, held


@pytest.mark.parametrize("world", [0, 1], ids=["sync", "async"])
@pytest.mark.parametrize("what", CALLS)
def test_an_interrupt_ends_whatever_waits(
    what: str, world: int, waiting: tuple[Server, threading.Event], tmp_path: Path
) -> None:
    """Long before any deadline, with nothing left in the folder; the lock of a store that was checked stays there."""
    server, held = waiting
    call = CALLS[what][world]
    program = PROGRAM % (PIXEL.hex(), call) + "asyncio.run(main())" if world else PROGRAM % (PIXEL.hex(), "...") + call
    command = [sys.executable, "-c", program, server.url, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        try:
            assert running.stdout
            assert running.stdout.readline().startswith(server.url) if what == "login" else held.wait(GUARD)
            said = interrupted(running)  # a read may take 30 s, a wait ten minutes
        finally:
            running.kill()
    assert said.rstrip().rpartition("\n")[2].startswith("KeyboardInterrupt")  # a second one may cut this line
    assert running.returncode == -signal.SIGINT
    assert [path.name for path in tmp_path.iterdir()] == (["tokens.json.lock"] if what == "login" else [])


def test_an_interrupt_ends_a_tls_handshake_that_nobody_answers(tmp_path: Path) -> None:
    call = "im.upload_images(pictures)"
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"https://127.0.0.1:{silent.getsockname()[1]}"
        command = [sys.executable, "-c", PROGRAM % (PIXEL.hex(), "...") + call, url, str(tmp_path)]
        with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as running:
            try:
                silent.settimeout(GUARD)
                with silent.accept()[0] as connection:
                    connection.settimeout(GUARD)
                    assert connection.recv(1)  # it greets
                    said = interrupted(running)
            finally:
                running.kill()
    assert said.rstrip().rpartition("\n")[2].startswith("KeyboardInterrupt")  # a second one may cut this line


def test_a_login_that_is_given_up_leaves_its_port() -> None:
    """And the loop goes on: a program with windows cancels it, and may begin again."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]

    async def given_up() -> None:
        loop, shown = asyncio.get_running_loop(), asyncio.Event()
        show: Callable[[str], object] = lambda _: loop.call_soon_threadsafe(shown.set)  # noqa: E731
        login = asyncio.create_task(pyimgur.login_async("app", "secret", port=port, show=show))
        await asyncio.wait_for(shown.wait(), GUARD)
        (listening,) = (thread for thread in threading.enumerate() if thread.name == "imgur login")
        login.cancel()
        with pytest.raises(asyncio.CancelledError):
            await login
        await asyncio.to_thread(listening.join, GUARD)
        assert not listening.is_alive()

    async def twice() -> None:
        await given_up()
        await given_up()

    asyncio.run(twice())
