"""The worker processes: what crashes, gets stuck, is cancelled or too much costs one job and leaves nothing behind.

A job on a named pipe is stuck for as long as nobody writes to it: that is how jobs here are kept under way.
"""

from __future__ import annotations

import asyncio
import errno
import gc
import json
import os
import signal
import socket
import struct
import subprocess
import sys
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

import pytest
import uvloop
from PIL import Image

from pyimgur.server.errors import BusyError
from pyimgur.server.media import (
    THUMBNAILS,
    DecoderCrashedError,
    MediaInfo,
    MediaTimeoutError,
    MediaTooLargeError,
    MediaWorkers,
    UnsupportedMediaError,
    WorkerError,
)
from pyimgur.server.media.worker_pool import SECONDS
from pyimgur.server.media.worker_process import Worker, WorkerDied
from pyimgur.server.settings import Limits

Run = Callable[[Coroutine[Any, Any, None]], None]
PROGRAM = [sys.executable, "-P", "-m", "pyimgur.server.media.worker", "1000000", str(2 << 30), "1000000", "0"]


@pytest.fixture(params=[asyncio.new_event_loop, uvloop.new_event_loop], ids=["asyncio", "uvloop"])
def run(request: pytest.FixtureRequest) -> Run:
    def run(main: Coroutine[Any, Any, None]) -> None:
        with asyncio.Runner(loop_factory=request.param) as runner:
            runner.run(asyncio.wait_for(main, 60))

    return run


@pytest.fixture
def cat(tmp_path: Path) -> Path:
    Image.new("RGB", (40, 30), "red").save(tmp_path / "cat.png")
    return tmp_path / "cat.png"


class Stuck:
    """A named pipe that is held open: whoever reads it waits until it is let go."""

    def __init__(self, path: Path) -> None:
        os.mkfifo(path)
        self._end = os.open(path, os.O_RDWR)

    def let_go(self) -> None:
        """End it without a byte."""
        if self._end >= 0:
            os.close(self._end)
            self._end = -1


@pytest.fixture
def held(tmp_path: Path) -> Iterator[Stuck]:
    held = Stuck(tmp_path / "stuck")
    yield held
    held.let_go()


@pytest.fixture
def stuck(tmp_path: Path, held: Stuck) -> Path:
    return tmp_path / "stuck"


CAT = MediaInfo("image/png", "png", 40, 30, animated=False, frames=1, has_sound=False, duration=None)


async def under_way(media: MediaWorkers, job: Coroutine[Any, Any, object]) -> tuple[asyncio.Task[object], int]:
    """The job, started in a worker of its own, and that worker's process id."""
    before = media.pids
    task = asyncio.ensure_future(job)
    while not (new := media.pids - before):
        await asyncio.sleep(0.001)
    (pid,) = new
    return task, pid


def gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def test_every_job_goes_through_a_worker(run: Run, tmp_path: Path, cat: Path) -> None:
    gif = tmp_path / "x.gif"
    Image.new("RGB", (40, 30), "red").save(gif, save_all=True, append_images=[Image.new("RGB", (40, 30))], duration=100)
    noted = tmp_path / "noted.png"
    Image.new("RGB", (40, 30)).save(noted, exif=b"Exif\0\0II*\0\x08\0\0\0\0\0\0\0\0\0")
    targets = {name: tmp_path / f"a'b\n{name}.ü" for name in ("s", "d", "mp4", "mute", "clean")}

    async def main() -> None:
        async with MediaWorkers() as media:
            assert media.pids == frozenset()
            assert await media.probe(cat) == CAT
            await media.make_thumbnails(cat, {"s": targets["s"]})
            await media.resize(cat, targets["d"], ext="webp", maxwidth=20)
            await media.to_mp4(gif, targets["mp4"])
            await media.clean(targets["mp4"], targets["mute"], audio=True)
            await media.clean(noted, targets["clean"])
            assert len(media.pids) == 2, "one for uploads, one for the rest"
            assert [(await media.probe(target)).type for target in targets.values()] == [
                "image/jpeg",
                "image/webp",
                "video/mp4",
                "video/mp4",
                "image/png",
            ]

    run(main())


def test_six_thumbnails_of_twelve_megapixels(run: Run, tmp_path: Path) -> None:
    Image.effect_noise((4000, 3000), 30).convert("RGB").save(tmp_path / "x.jpg", quality=80)
    targets = {letter: tmp_path / letter for letter in THUMBNAILS}

    async def main() -> None:
        async with MediaWorkers() as media:
            await media.make_thumbnails(tmp_path / "x.jpg", targets)

    run(main())
    sizes = {}
    for letter, target in targets.items():
        with Image.open(target) as picture:
            sizes[letter] = picture.size
    assert sizes == {
        "s": (90, 90),
        "b": (160, 160),
        "t": (160, 120),
        "m": (320, 240),
        "l": (640, 480),
        "h": (1024, 768),
    }


def test_only_what_changes_is_written(run: Run, tmp_path: Path, cat: Path) -> None:
    gif = tmp_path / "x.gif"
    frames = [Image.new("RGB", (40, 30), color) for color in ("red", "blue")]
    frames[0].save(gif, save_all=True, append_images=frames[1:], duration=100, comment=b"by Ann")

    async def main() -> None:
        async with MediaWorkers() as media:

            async def cleaned(source: Path, **options: Any) -> tuple[str, int]:
                target = tmp_path / "target"
                info = await media.clean(source, target, **options)
                size = target.stat().st_size
                target.unlink()
                return info.type, size

            assert await cleaned(cat) == ("image/png", 0), "a file without metadata"
            assert await cleaned(gif, max_still_bytes=1) == (
                "image/gif",
                gif.stat().st_size - len(b"!\xfe\x06by Ann\0"),
            )
            assert await cleaned(gif, metadata=False, audio=True) == ("image/gif", 0), "an image has no audio"
            noted = tmp_path / "noted.png"
            Image.new("RGB", (40, 30)).save(noted, exif=b"Exif\0\0II*\0\x08\0\0\0\0\0\0\0\0\0")
            assert (await cleaned(noted))[1] < noted.stat().st_size
            assert await cleaned(noted, max_still_bytes=1) == ("image/png", 0), "one that is going to be refused"

    run(main())


def test_a_refused_file_costs_no_worker(run: Run, tmp_path: Path, cat: Path) -> None:
    (tmp_path / "text").write_bytes(b"hello")

    async def main() -> None:
        async with MediaWorkers(Limits(pixels=1200)) as media:
            assert await media.probe(cat) == CAT
            before = media.pids
            with pytest.raises(UnsupportedMediaError, match="not an image"):
                await media.probe(tmp_path / "text")
            with pytest.raises(UnsupportedMediaError):
                await media.make_thumbnails(tmp_path / "text", {"s": tmp_path / "s"})
            with pytest.raises(FileNotFoundError):
                await media.probe(tmp_path / "missing")
            with pytest.raises(WorkerError, match="KeyError"):
                await media.make_thumbnails(cat, {"z": tmp_path / "z"})
            assert await media.probe(cat) == CAT
            assert before <= media.pids
        async with MediaWorkers(Limits(pixels=1199)) as media:
            with pytest.raises(MediaTooLargeError):
                await media.probe(cat)

    run(main())


def test_a_target_that_exists_is_left_alone(run: Run, tmp_path: Path, cat: Path) -> None:
    (tmp_path / "b").write_bytes(b"mine")

    async def main() -> None:
        async with MediaWorkers() as media:
            with pytest.raises(FileExistsError):
                await media.make_thumbnails(cat, {"s": tmp_path / "s", "b": tmp_path / "b"})

    run(main())
    assert (tmp_path / "b").read_bytes() == b"mine"
    assert not (tmp_path / "s").exists()


async def killed(media: MediaWorkers, pid: int) -> int:
    """The process id of the worker that takes the place of this one."""
    before = media.pids
    os.kill(pid, signal.SIGSEGV)
    while not (new := media.pids - before):
        await asyncio.sleep(0.001)
    assert gone(pid)
    return next(iter(new))


def test_a_crash_costs_nothing_if_it_was_not_the_files(run: Run, cat: Path, stuck: Path, held: Stuck) -> None:
    async def main() -> None:
        async with MediaWorkers() as media:
            doomed, pid = await under_way(media, media.probe(stuck))
            await killed(media, pid)
            held.let_go()
            with pytest.raises(UnsupportedMediaError, match="empty"):
                await doomed
            assert await media.probe(cat) == CAT

    run(main())


def test_a_file_that_crashes_two_workers_is_damaged(run: Run, tmp_path: Path, cat: Path, stuck: Path) -> None:
    async def main() -> None:
        async with MediaWorkers() as media:
            doomed, pid = await under_way(media, media.clean(stuck, tmp_path / "clean"))
            spared, _ = await under_way(media, media.probe(stuck))
            pid = await killed(media, pid)
            os.kill(pid, signal.SIGSEGV)
            with pytest.raises(DecoderCrashedError, match="damaged"):
                await doomed
            assert await media.probe(cat) == CAT
            assert not spared.done()
            assert gone(pid)
            assert not (tmp_path / "clean").exists()

    run(main())


def test_a_worker_that_dies_idle_costs_no_job(run: Run, cat: Path) -> None:
    async def main() -> None:
        async with MediaWorkers() as media:
            await media.probe(cat)
            (pid,) = media.pids
            os.kill(pid, signal.SIGKILL)
            while media.pids:
                await asyncio.sleep(0.001)
            assert await media.probe(cat) == CAT
            assert media.pids != {pid}

    run(main())


def test_a_stuck_job_is_ended_by_the_clock(run: Run, tmp_path: Path, cat: Path, stuck: Path) -> None:
    async def main() -> None:
        async with MediaWorkers(seconds={**SECONDS, "clean": 0.3}) as media:
            task, pid = await under_way(media, media.clean(stuck, tmp_path / "clean"))
            with pytest.raises(MediaTimeoutError, match=r"longer than 0\.3 seconds"):
                await task
            assert gone(pid)
            assert media.pids == frozenset()
            assert await media.probe(cat) == CAT

    run(main())


def test_a_cancelled_job_leaves_nothing_behind(run: Run, tmp_path: Path, cat: Path, stuck: Path) -> None:
    async def main() -> None:
        async with MediaWorkers(workers=1) as media:
            task, pid = await under_way(media, media.make_thumbnails(stuck, {"s": tmp_path / "s"}))
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert gone(pid)
            assert await media.probe(cat) == CAT
            assert sorted(path.name for path in tmp_path.iterdir()) == ["cat.png", "stuck"]

    run(main())


def test_cancelling_at_any_moment_leaves_the_pool_whole(
    run: Run, tmp_path: Path, cat: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Also while a sandbox is being made, when there is more than one process to end."""

    async def main() -> None:
        async with MediaWorkers(workers=1, max_waiting=0) as media:
            for moment in range(25):
                task = asyncio.ensure_future(media.make_thumbnails(cat, {"s": tmp_path / "s"}))
                for _ in range(moment):
                    await asyncio.sleep(0)
                task.cancel()
                await asyncio.wait([task])
                (tmp_path / "s").unlink(missing_ok=True)
                assert len(media.pids) <= 1
            for moment in range(10):
                task = asyncio.ensure_future(media.make_thumbnails(cat, {"s": tmp_path / "s"}))
                await asyncio.sleep(moment / 1000)
                task.cancel()
                await asyncio.wait([task])
                (tmp_path / "s").unlink(missing_ok=True)
            assert await media.probe(cat) == CAT

    gc.collect()  # what earlier tests left is logged now, and is not of this one
    caplog.clear()
    run(main())
    assert [record.getMessage() for record in caplog.records] == []


def test_a_full_queue_says_busy(run: Run, cat: Path, stuck: Path, held: Stuck) -> None:
    async def main() -> None:
        async with MediaWorkers(workers=1, max_waiting=1) as media:
            working, _ = await under_way(media, media.probe(stuck))
            waiting = asyncio.ensure_future(media.probe(cat))
            await asyncio.sleep(0)
            with pytest.raises(BusyError, match="try again"):
                await media.probe(cat)
            held.let_go()
            with pytest.raises(UnsupportedMediaError, match="empty"):
                await working
            assert await waiting == CAT
            assert await media.probe(cat) == CAT

    run(main())


def test_conversions_leave_a_worker_to_uploads(run: Run, tmp_path: Path, cat: Path, stuck: Path) -> None:
    async def main() -> None:
        async with MediaWorkers(workers=2) as media:
            first, _ = await under_way(media, media.to_mp4(stuck, tmp_path / "1.mp4"))
            second = asyncio.ensure_future(media.to_mp4(stuck, tmp_path / "2.mp4"))
            for _ in range(3):
                assert await media.probe(cat) == CAT
            assert len(media.pids) == 2
            assert not first.done()
            assert not second.done()
            second.cancel()

    run(main())


def test_never_more_workers_than_allowed(run: Run, cat: Path) -> None:
    async def main() -> None:
        async with MediaWorkers(workers=2) as media:
            assert await asyncio.gather(*(media.probe(cat) for _ in range(20))) == [CAT] * 20
            assert len(media.pids) == 2

    run(main())


def test_closing_ends_workers_and_their_jobs(run: Run, cat: Path, stuck: Path) -> None:
    async def main() -> None:
        async with MediaWorkers(workers=2) as media:
            await media.probe(cat)
            working = asyncio.ensure_future(media.probe(stuck))
            other, _ = await under_way(media, media.probe(stuck))
            waiting = asyncio.ensure_future(media.probe(cat))
            await asyncio.sleep(0)
            pids = media.pids
        assert len(pids) == 2
        assert all(map(gone, pids))
        for job in (working, other, waiting):
            with pytest.raises(WorkerError, match=r"crashed|closing"):
                await job

    run(main())


def test_memory_is_bounded(run: Run, tmp_path: Path, cat: Path) -> None:
    Image.new("P", (1, 1)).save(tmp_path / "x", "GIF")
    data = bytearray((tmp_path / "x").read_bytes())
    data[6:10] = struct.pack("<HH", 20_000, 20_000)
    (tmp_path / "x").write_bytes(data)

    async def main() -> None:
        async with MediaWorkers(Limits(pixels=10**10), memory=300 << 20) as media:
            with pytest.raises(MediaTooLargeError, match="memory"):
                await media.probe(tmp_path / "x")
            assert await media.probe(cat) == CAT

    run(main())


def test_what_a_job_writes_is_bounded_and_a_full_disk_is_told_as_such(run: Run, tmp_path: Path) -> None:
    noise = [Image.effect_noise((200, 200), 90 + number) for number in range(3)]
    noise[0].save(tmp_path / "x.gif", save_all=True, append_images=noise[1:], duration=100)

    async def main() -> None:
        async with MediaWorkers(Limits(animation_bytes=1500)) as media:

            async def thumbnails(source: Path, target: Path) -> None:
                await media.make_thumbnails(source, {"h": target})

            for job in (thumbnails, media.resize, media.to_mp4, media.clean):
                with pytest.raises(OSError) as error:
                    await job(tmp_path / "x.gif", tmp_path / "target")
                assert error.value.errno == errno.EFBIG
                assert not (tmp_path / "target").exists()

    run(main())


def test_code_that_lies_around_is_not_run(run: Run, cat: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (cat.parent / "PIL.py").write_text("raise SystemExit(1)")
    monkeypatch.chdir(cat.parent)

    async def main() -> None:
        async with MediaWorkers() as media:
            assert await media.probe(cat) == CAT

    run(main())


@pytest.mark.parametrize("answer", ["garbage", '{"output": {"type": 1}}', "x" * 100_000])
def test_an_answer_that_makes_no_sense_is_a_crash(run: Run, answer: str) -> None:
    async def main() -> None:
        code = "import socket, sys; s = socket.socket(fileno=int(sys.argv[1])); s.sendall(b'{}\\n'); s.recv(9)"
        code += f"; s.sendall({answer.encode()!r} + b'\\n'); s.recv(9)"
        worker = await Worker.start([sys.executable, "-c", code])
        with pytest.raises(WorkerDied):
            await worker.run({})
        await worker.kill()

    run(main())


def test_a_worker_that_does_not_become_ready_is_ended(run: Run) -> None:
    async def main() -> None:
        for code, error in (("import time; time.sleep(99)", TimeoutError), ("raise SystemExit(1)", WorkerDied)):
            with pytest.raises(error):
                await Worker.start([sys.executable, "-c", code], seconds=0.3 if error is TimeoutError else 60)
        with pytest.raises(FileNotFoundError):
            await Worker.start(["/no/such/program"])

    run(main())


def test_a_worker_ends_with_its_socket_and_not_by_ctrl_c(cat: Path) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs, subprocess.Popen([*PROGRAM, str(theirs.fileno())], pass_fds=[theirs.fileno()]) as worker:
        theirs.close()
        lines = ours.makefile("r")
        assert lines.readline() == "{}\n"
        for _ in range(2):
            with cat.open("rb") as file:
                job = {"job": "probe", "seconds": 9, "files": ["source"], "arguments": {}}
                socket.send_fds(ours, [json.dumps(job).encode() + b"\n"], [file.fileno()])
                assert json.loads(lines.readline())["output"]["type"] == "image/png"
            worker.send_signal(signal.SIGINT)
        lines.close()
        ours.close()
        assert worker.wait(30) == 0


def test_a_job_that_computes_too_long_ends_without_a_server() -> None:
    code = "from pyimgur.server.media.worker import limit_cpu_time as bound\nbound(0)\nwhile True: pass"
    assert subprocess.run([sys.executable, "-c", code], timeout=60, check=False).returncode == -signal.SIGXCPU


_IN_CHILD: list[int] = []
"""Descriptors that a child writes to if Python runs in it; empty except in one test, as a handler stays for good."""
os.register_at_fork(after_in_child=lambda: [os.write(end, b"x") for end in _IN_CHILD])


def test_no_python_code_runs_between_fork_and_exec(run: Run) -> None:
    """Not even what libraries register for it, nor the collector: see the program below for what that costs."""
    told, tell = os.pipe()
    _IN_CHILD.append(tell)

    async def main() -> None:
        async with MediaWorkers() as media:
            with pytest.raises(FileNotFoundError):
                await media.probe(Path("/no/such/file"))
            worker = await Worker.start([*PROGRAM])
            await worker.kill()

    try:
        run(main())
    finally:
        _IN_CHILD.clear()
        os.close(tell)
    assert os.read(told, 1) == b""
    os.close(told)


COLLECTING = """
import asyncio, gc, sys, uvloop
from av import VideoFrame
from av.video.reformatter import VideoReformatter
from pyimgur.server.media.worker_process import Worker

READY = "import os, sys; os.write(int(sys.argv[1]), bytes([123, 125, 10]))"

class Garbage:
    def __init__(self, frame):
        self.itself, self.reformatter = self, VideoReformatter()
        self.reformatter.reformat(frame, 32, 32, "rgb24", threads=2)

async def main():
    frame = VideoFrame(64, 64, "yuv420p")
    for _ in range(200):
        gc.disable()
        for _ in range(3):
            Garbage(frame)
        gc.enable()
        gc.set_threshold(1)
        worker = await Worker.start([sys.executable, "-I", "-S", "-c", READY])
        await worker.kill()

uvloop.run(main())
"""


def test_workers_start_while_a_process_full_of_garbage_with_threads_collects_it() -> None:
    subprocess.run([sys.executable, "-c", COLLECTING], check=True, timeout=120)
