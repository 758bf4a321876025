"""Nobody holds up the media work of others: uploads never wait behind renditions, and owners take turns.

A source that is a named pipe keeps a worker busy for as long as the test wants it.
"""

from __future__ import annotations

import asyncio
import os
import struct
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from site_support import ANONYMOUS, picture, shown, until

from motion_support import gif
from pyimgur.server.blobs import DiskBlob
from pyimgur.server.db.queries import renditions as rendition_queries
from pyimgur.server.jobs import transcoder
from pyimgur.server.media import MediaInfo, MediaTimeoutError, MediaTooLargeError, MediaWorkers, worker_pool
from pyimgur.server.media.mp4_size import MAX_ENCODED_PIXELS
from pyimgur.server.services import renditions

if TYPE_CHECKING:
    from collections.abc import Iterator

    from site_support import NewSite

CAT = MediaInfo("image/png", "png", 40, 30, animated=False, frames=1, has_sound=False, duration=None)


class Pipes:
    """Named pipes that are held open, each a picture whose decoding does not end."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.ends: list[int] = []

    def new(self) -> Path:
        path = self.folder / f"pipe{len(self.ends)}"
        os.mkfifo(path)
        self.ends.append(os.open(path, os.O_RDWR))
        return path

    def close(self) -> None:
        while self.ends:
            os.close(self.ends.pop())


@pytest.fixture
def pipes(tmp_path: Path) -> Iterator[Pipes]:
    made = Pipes(tmp_path)
    yield made
    made.close()


@pytest.fixture
def cat(tmp_path: Path) -> Path:
    (tmp_path / "cat.png").write_bytes(picture("PNG"))
    return tmp_path / "cat.png"


async def ended(tasks: list[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def test_no_upload_waits_for_renditions_or_conversions(tmp_path: Path, pipes: Pipes, cat: Path) -> None:
    async def main() -> None:
        async with MediaWorkers(workers=1) as media:
            stuck = [
                asyncio.create_task(work(media, pipes.new(), tmp_path / f"{work.__name__}{number}", owner))
                for work in (scaled, converted, slowly_converted)
                for owner in ("mallory", "marvin", "mary")
                for number in owner
            ]
            assert await asyncio.wait_for(media.probe(cat, owner="alice"), 60) == CAT
            await media.clean(cat, tmp_path / "clean", owner="alice")
            await ended(stuck)

    asyncio.run(main())


async def scaled(media: MediaWorkers, source: Path, target: Path, owner: str) -> None:
    await media.resize(source, target, owner=owner)


async def converted(media: MediaWorkers, source: Path, target: Path, owner: str) -> None:
    await media.to_mp4(source, target, owner=owner, work=1)


async def slowly_converted(media: MediaWorkers, source: Path, target: Path, owner: str) -> None:
    await media.to_mp4(source, target, owner=owner)


def test_who_asks_for_much_leaves_a_worker_to_others(tmp_path: Path, pipes: Pipes, cat: Path) -> None:
    """In uploads, and in renditions."""

    async def main() -> None:
        async with MediaWorkers(workers=2) as media:
            stuck = [asyncio.create_task(_looked(media, pipes.new())) for _ in range(9)]
            stuck += [asyncio.create_task(scaled(media, pipes.new(), tmp_path / f"m{n}", "mallory")) for n in range(9)]
            while len(media.pids) < 4:
                await asyncio.sleep(0.001)
            assert await asyncio.wait_for(media.probe(cat, owner="alice"), 60) == CAT
            await asyncio.wait_for(media.resize(cat, tmp_path / "small", owner="alice"), 60)
            await ended(stuck)

    asyncio.run(main())


async def _looked(media: MediaWorkers, source: Path) -> None:
    await media.probe(source, owner="mallory")


def test_many_renditions_of_one_picture_take_one_worker(tmp_path: Path, pipes: Pipes, cat: Path) -> None:
    async def main() -> None:
        async with MediaWorkers(workers=1) as media:
            huge = pipes.new()
            stuck = [asyncio.create_task(scaled(media, huge, tmp_path / f"r{n}", f"address {n}")) for n in range(57)]
            await asyncio.wait_for(media.resize(cat, tmp_path / "small", owner="address 1"), 60)
            async with asyncio.timeout(60):
                while len(media.pids) < 2:  # a worker counts once it is ready: the other one may still be starting
                    await asyncio.sleep(0.001)
            assert len(media.pids) == 2
            await ended(stuck)

    asyncio.run(main())


def small_gif_of_many_frames(side: int, frames: int) -> bytes:
    """Frames of one pixel on a huge canvas."""
    frame = b"\x21\xf9\x04\0\x01\0\0\0" + b",\0\0\0\0\x01\0\x01\0\0\x02\x02D\x01\0"
    return b"GIF89a" + struct.pack("<HH", side, side) + b"\x80\0\0\0\0\0\xff\xff\xff" + frame * frames + b";"


def test_an_animation_of_too_much_work_has_no_mp4(new_site: NewSite) -> None:
    site = new_site()
    side = 2_000
    data = small_gif_of_many_frames(side, MAX_ENCODED_PIXELS // side**2 + 1)
    huge = site.upload(data)
    assert len(data) < 150_000
    assert not {"mp4", "gifv", "mp4_size"} & shown(site, huge["id"]).keys()
    assert site.get(f"/{huge['id']}.mp4").status_code == 302
    assert site.get(huge["link"]).content == data


def test_a_conversion_that_takes_too_long_is_not_tried_again(
    new_site: NewSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried = list[str]()

    async def too_long(self: MediaWorkers, source: Path, target: Path, **how: Any) -> None:
        tried.append(source.name)
        raise MediaTimeoutError("it took too long")

    monkeypatch.setattr(MediaWorkers, "to_mp4", too_long)
    monkeypatch.setattr(transcoder, "PAUSE", 0)
    site = new_site()
    id = site.upload(gif())["id"]
    until(lambda: shown(site, id)["processing"]["status"] == "failed")
    assert site.get(f"/{id}.mp4").status_code == 302
    assert tried == [id]


def test_what_seemed_quick_to_convert_is_converted_slowly_if_it_is_not(tmp_path: Path) -> None:
    (tmp_path / "x.gif").write_bytes(gif())

    async def main() -> None:
        async with MediaWorkers(seconds={**worker_pool.SECONDS, "to_small_mp4": 0}) as media:
            await media.to_mp4(tmp_path / "x.gif", tmp_path / "x.mp4", work=1)

    asyncio.run(main())
    assert (tmp_path / "x.mp4").stat().st_size > 500


def test_owners_take_turns_in_the_background(new_site: NewSite, monkeypatch: pytest.MonkeyPatch) -> None:
    order, real = list[str](), transcoder._convert_all

    async def record(context: Any, image: Any) -> DiskBlob:
        order.append(image.id)
        await context.db.write(renditions._run(rendition_queries.GIVE_UP, image.id, most=0))
        return DiskBlob(os.devnull, image.id)

    async def never(context: Any) -> None:
        """Wait until all are there."""

    monkeypatch.setattr(transcoder, "_convert_all", never)
    monkeypatch.setattr(renditions, "mp4", record)
    site = new_site()
    ann, bob = site.person("ann"), site.person("bob")
    ids = {
        site.upload(gif(size=(20, 20 + n)), headers)["id"]: who
        for n, (who, headers) in enumerate(
            [("nobody", ANONYMOUS)] * 5 + [("ann", ann.bearer)] * 2 + [("bob", bob.bearer)]
        )
    }
    site.run(real)
    assert [ids[id] for id in order] == ["ann", "bob", "nobody", "ann", *["nobody"] * 4]


def test_a_side_may_not_be_too_long(new_site: NewSite) -> None:
    site = new_site()
    assert site.upload(picture("PNG", (worker_pool.LONGEST_SIDE, 1)))["width"] == worker_pool.LONGEST_SIDE
    for size in ((worker_pool.LONGEST_SIDE + 1, 1), (1, worker_pool.LONGEST_SIDE + 1)):
        answer = site.post("/3/image", headers=ANONYMOUS, files={"image": ("a.png", picture("PNG", size))})
        assert answer.status_code == 413, answer.text


def test_the_error_names_the_longest_side(tmp_path: Path) -> None:
    (tmp_path / "line").write_bytes(picture("PNG", (70_000, 1)))

    async def main() -> None:
        async with MediaWorkers() as media:
            with pytest.raises(MediaTooLargeError, match="70000 by 1 pixels, and a side may have 65535"):
                await media.probe(tmp_path / "line")

    asyncio.run(main())


def test_a_file_that_crashes_its_decoder_is_refused(new_site: NewSite, monkeypatch: pytest.MonkeyPatch) -> None:
    """With Imgur's code for a file that is no picture: nothing is wrong with the server, and to try again is no use."""
    monkeypatch.setattr(worker_pool, "WORKER", "hostile_worker")
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent))
    site = new_site()
    answer = site.post("/3/image", headers=ANONYMOUS, files={"image": ("a.png", b"#!python\nos.abort()")})
    assert (answer.status_code, answer.json()["data"]["error"]["code"]) == (400, 1003)
    assert site.files() == []
    assert site.upload(picture("PNG"))["type"] == "image/png"
