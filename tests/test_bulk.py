"""Many transfers of a sync client at once: on one event loop, and whatever a program does around and within it."""

from __future__ import annotations

import asyncio
import gc
import io
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx2
import pytest

from client_support import GUARD, PIXEL, SECRETS, Server, Wire, serving, token_document
from pyimgur import Imgur, ImgurError, NoAnswerError, Upload
from pyimgur._policy import flow
from pyimgur._transport.bulk_executor import BulkExecutor
from pyimgur._transport.exchange import ENVIRONMENT


@pytest.fixture(autouse=True, params=["httpx2", "httptools"])
def _exchange(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ENVIRONMENT, request.param)


@pytest.fixture(autouse=True)
def _no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flow, "FIRST_PAUSE", 0.001)


def taken(wire: Wire) -> None:
    """An upload that succeeds; its id is the number of its connection."""
    if wire.method == "POST":
        wire.swallow()
    wire.data({"id": f"c{wire.connection}", "link": "https://i.imgur.com/c.png"})


@pytest.fixture
def server() -> Iterator[Server]:
    with serving(taken) as server:
        yield server


@pytest.fixture
def im(server: Server) -> Iterator[Imgur]:
    with Imgur("abc123", base_url=server.url) as im:
        yield im


def ids(results: list[Any]) -> list[str]:
    return [result.id for result in results]


def loops() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "imgur bulk"]


# ---- where it runs


def test_callbacks_come_one_at_a_time_from_one_thread(im: Imgur) -> None:
    threads: set[threading.Thread] = set()
    note = lambda *_: threads.add(threading.current_thread())  # noqa: E731
    assert len(im.upload_images([Upload(PIXEL, progress=note)] * 20, each=note)) == 20
    assert [thread.name for thread in threads] == ["imgur bulk"]


def test_the_next_call_has_the_connections_of_the_last(im: Imgur, server: Server) -> None:
    for _ in range(3):
        im.upload_images([PIXEL] * 8, concurrency=2)
    assert len({wire.connection for wire in server.seen}) == 2
    assert len(loops()) == 1


def test_no_more_are_sent_at_once_than_wanted() -> None:
    together, lock, most, now = threading.Barrier(3), threading.Lock(), [0], [0]

    def handle(wire: Wire) -> None:
        with lock:
            now[0] += 1
            most[0] = max(most[0], now[0])
        wire.swallow()
        together.wait(GUARD)
        with lock:
            now[0] -= 1
        wire.data({"id": "x"})

    with serving(handle) as server, Imgur("abc123", base_url=server.url) as im:
        assert ids(im.upload_images([PIXEL] * 9, concurrency=3)) == ["x"] * 9
    assert most == [3]


def test_results_and_errors_are_in_the_order_of_the_files(im: Imgur, tmp_path: Path) -> None:
    results = im.upload_images([PIXEL, tmp_path / "missing.png", PIXEL, b""])
    assert [type(result).__name__ for result in results] == ["Image", "MissingFileError", "Image", "EmptyFileError"]


def test_nothing_to_do_starts_no_thread(im: Imgur) -> None:
    assert im.upload_images([]) == []
    assert loops() == []


def test_a_transport_of_the_program_is_used_in_threads() -> None:
    threads: set[str] = set()

    def handle(request: httpx2.Request) -> httpx2.Response:
        threads.add(threading.current_thread().name.rpartition("_")[0])
        return httpx2.Response(200, json={"data": {"id": "x"}, "success": True, "status": 200})

    im = Imgur("abc123", base_url="http://127.0.0.1:1", transport=httpx2.MockTransport(handle))
    assert ids(im.upload_images([PIXEL] * 8)) == ["x"] * 8
    assert threads == {"imgur"}


def test_a_file_that_may_block_is_read_in_another_thread(im: Imgur) -> None:
    threads: set[str] = set()

    class Remote(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            threads.add(threading.current_thread().name)
            return super().read(size)

    slow, quick = Remote(PIXEL * 9000), io.BytesIO(PIXEL)
    sent: set[str] = set()
    note = lambda *_: sent.add(threading.current_thread().name)  # noqa: E731
    assert len(ids(im.upload_images([Upload(slow, progress=note), quick]))) == 2
    assert "imgur upload" in threads
    assert sent == {"imgur upload"}


# ---- calls within calls


def test_a_callback_may_upload_many_itself(im: Imgur) -> None:
    inner: list[list[str]] = []
    im.upload_images([PIXEL] * 2, each=lambda index, _: inner.append(ids(im.upload_images([PIXEL] * 3))))
    assert [len(found) for found in inner] == [3, 3]


def test_a_callback_may_call_the_client(im: Imgur) -> None:
    found: list[str] = []
    im.upload_images([PIXEL] * 3, each=lambda index, _: found.append(im.get_image("x").id))
    assert len(found) == 3


def test_a_callback_may_wait_for_another_threads_uploads(im: Imgur) -> None:
    with ThreadPoolExecutor(1) as threads:

        def each(index: int, _: object) -> None:
            assert len(threads.submit(im.upload_images, [PIXEL] * 2).result(GUARD)) == 2

        assert len(im.upload_images([PIXEL] * 3, each=each)) == 3


def test_it_runs_within_an_event_loop(im: Imgur) -> None:
    """As in a notebook, whose cells run on one."""

    async def cell() -> list[str]:
        return ids(im.upload_images([PIXEL] * 5))

    assert len(asyncio.run(cell())) == 5


def test_many_threads_upload_at_once(im: Imgur) -> None:
    with ThreadPoolExecutor(5) as threads:
        results = list(threads.map(lambda _: ids(im.upload_images([PIXEL] * 6, concurrency=2)), range(10)))
    assert [len(found) for found in results] == [6] * 10
    assert len(loops()) <= 5


def test_a_dead_token_is_refreshed_once() -> None:
    def handle(wire: Wire) -> None:
        if wire.path == "/oauth2/token":
            wire.answer(token_document())
        elif wire.authorization == "Bearer old":
            wire.swallow()
            wire.data({"error": "The access token provided is invalid."}, 401)
        else:
            taken(wire)

    with serving(handle) as server, Imgur("abc123", SECRETS[0], "old", "refresh", base_url=server.url) as im:
        assert len(ids(im.upload_images([PIXEL] * 8, concurrency=4))) == 8
        assert len(server.calls("POST", "/oauth2/token")) == 1


# ---- errors and ends


@pytest.mark.parametrize("error", [ValueError("of the callback"), KeyboardInterrupt(), SystemExit(3)])
def test_an_error_of_a_callback_ends_all(im: Imgur, server: Server, error: BaseException) -> None:
    def each(index: int, _: object) -> None:
        raise error

    with pytest.raises(type(error)) as raised:
        im.upload_images([PIXEL] * 50, concurrency=2, each=each)
    assert raised.value is error
    assert len(server.seen) <= 4
    assert len(ids(im.upload_images([PIXEL] * 3))) == 3, "the client goes on"


def test_what_is_under_way_then_is_told_as_uncertain() -> None:
    sent, results = threading.Event(), dict[int, Any]()

    def handle(wire: Wire) -> None:
        wire.swallow()
        if wire is server.seen[0]:
            sent.wait(GUARD)
            wire.data({"id": "x"})
            return
        sent.set()
        wire.hold()

    def each(index: int, result: object) -> None:
        results[index] = result
        if not isinstance(result, ImgurError):
            raise ValueError  # noqa: TRY004 - any error

    with serving(handle) as server, Imgur("abc123", base_url=server.url) as im:
        with pytest.raises(ValueError):
            im.upload_images([PIXEL] * 5, concurrency=2, each=each)
        assert sorted(type(result).__name__ for result in results.values()) == ["Image", "UploadUncertain"]
        assert len(server.seen) == 2


def test_a_client_that_is_closed_meanwhile_opens_new_connections(tmp_path: Path) -> None:
    """What is under way breaks off; a download is safe to begin again."""
    held = threading.Event()

    def handle(wire: Wire) -> None:
        if wire.path.startswith("/3/album/"):
            images = [{"id": f"im{number}abcd", "link": f"{server.url}/im{number}abcd.png"} for number in range(4)]
            wire.data({"id": "albumid", "images": images})
            return
        if not held.is_set():
            held.set()
            wire.hold()
        wire.picture()

    with serving(handle) as server, Imgur("abc123", base_url=server.url) as im:
        closing = threading.Thread(target=lambda: held.wait(GUARD) and im.close())
        closing.start()
        saved = im.download(f"{server.url}/a/albumid", tmp_path, concurrency=1)
        closing.join(GUARD)
    assert [one.outcome for one in saved] == ["saved"] * 4
    assert [wire.path for wire in server.seen[1:3]] == ["/im0abcd.png"] * 2


def test_a_closed_client_ends_its_thread(im: Imgur, server: Server) -> None:
    first = set(ids(im.upload_images([PIXEL] * 4, concurrency=2)))
    im.close()
    assert loops() == []
    assert not first & set(ids(im.upload_images([PIXEL] * 4, concurrency=2))), "connections are new"


def test_a_client_that_is_forgotten_ends_its_thread(server: Server) -> None:
    im = Imgur("abc123", base_url=server.url)
    im.upload_images([PIXEL] * 4)
    (thread,) = loops()
    del im
    gc.collect()
    thread.join(GUARD)
    assert not thread.is_alive()


def test_no_network_is_an_error_for_each() -> None:
    with Imgur("abc123", base_url="http://127.0.0.1:9", retries=0) as im:
        results = im.upload_images([PIXEL] * 3)
    assert [isinstance(result, NoAnswerError) and not result.sent for result in results] == [True] * 3


FORKED = """
import os, sys
from pyimgur import Imgur
im = Imgur("abc123", base_url=sys.argv[1])
files = [bytes.fromhex(sys.argv[2])] * 6
count = lambda: len([image.id for image in im.upload_images(files)])
before = count()
child = os.fork()
if not child:
    os.write(1, f"child {before} {count()}\\n".encode())
    sys.exit()  # with all that happens at an exit
assert os.waitpid(child, 0)[1] == 0
os.write(1, f"parent {before} {count()}\\n".encode())
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_a_forked_process_has_a_loop_of_its_own(server: Server) -> None:
    command = [sys.executable, "-W", "ignore::DeprecationWarning", "-c", FORKED, server.url, PIXEL.hex()]
    done = subprocess.run(command, capture_output=True, text=True, timeout=GUARD, check=False)
    assert (done.stdout, done.stderr) == ("child 6 6\nparent 6 6\n", "")


IN_A_THREAD = """
import sys, threading, time
from pyimgur import Imgur, Ledger
im = Imgur("abc123", base_url=sys.argv[1], ledger=Ledger(sys.argv[3]))
files = [bytes.fromhex(sys.argv[2]) + bytes([number]) for number in range(30)]
main = threading.main_thread()

def work():
    each = lambda index, _: index == 0 and main.join()
    print(len([image.id for image in im.upload_images(files, each=each)]))

threading.Thread(target=work).start()
"""


def test_a_thread_goes_on_when_the_main_thread_has_ended(server: Server, tmp_path: Path) -> None:
    """Though Python starts no more threads of its pools then."""
    command = [sys.executable, "-c", IN_A_THREAD, server.url.replace("127.0.0.1", "localhost"), PIXEL.hex()]
    done = subprocess.run(
        [*command, str(tmp_path / "ledger.db")], capture_output=True, text=True, timeout=GUARD, check=False
    )
    assert (done.stdout, done.stderr) == ("30\n", "")


def test_an_executor_that_is_left_behind_ends_when_its_flows_do(im: Imgur) -> None:
    bulk = BulkExecutor(im._executor.state, 1.0, 1.0)
    bulk.end(wait=True)
    assert not bulk._thread.is_alive()
    bulk.end()  # again does nothing
