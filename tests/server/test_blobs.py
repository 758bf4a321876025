"""Files come in, are kept, swept and removed; and what is on the disk before what."""

from __future__ import annotations

import asyncio
import errno
import os
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from context_support import Watched

from pyimgur.server.blobs import DiskBlobStore, DurableFiles
from pyimgur.server.blobs.spool import BUFFER_SIZE
from pyimgur.server.errors import StorageFullError

if TYPE_CHECKING:
    from collections.abc import Coroutine


def run(work: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(work, 20))


def there(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


async def kept(blobs: DiskBlobStore, id: str, data: bytes = b"data") -> None:
    async with blobs.spool() as incoming:
        await incoming.write(data)
        await blobs.put(incoming, id)


def test_a_file_is_kept_byte_for_byte_with_its_size_and_digest(tmp_path: Path) -> None:
    data = os.urandom(3 * BUFFER_SIZE + 17)

    async def work() -> None:
        blobs = DiskBlobStore(tmp_path, DurableFiles())
        async with blobs.spool() as incoming:
            for start in range(0, len(data), 100_000):
                await incoming.write(data[start : start + 100_000])
            assert (incoming.size, incoming.sha256) == (len(data), sha256(data).hexdigest())
            await blobs.put(incoming, "abCDeFg")
        assert blobs.path("abCDeFg").read_bytes() == data
        assert there(tmp_path) == ["blobs/ab/abCDeFg"]

    run(work())


def test_a_file_that_nobody_keeps_is_gone_whatever_happened(tmp_path: Path) -> None:
    async def work() -> None:
        blobs = DiskBlobStore(tmp_path, DurableFiles())
        with suppress(ZeroDivisionError):
            async with blobs.spool() as incoming:
                await incoming.write(b"x" * (BUFFER_SIZE + 1))
                assert there(tmp_path)
                raise ZeroDivisionError
        async with blobs.spool():
            pass  # not one byte came
        assert there(tmp_path) == []

    run(work())


ORDER = [
    "sync .",  # the folders in the data folder
    "create incoming",
    "write 4",
    "sync incoming",  # its bytes
    "sync blobs",  # the folder that its name will be in
    "place incoming blobs/ab/abCDeFg",
    "sync blobs/ab",  # its name
]


def test_bytes_are_on_the_disk_before_the_name_and_the_name_before_the_answer(tmp_path: Path) -> None:
    async def work() -> None:
        blobs = DiskBlobStore(tmp_path, files)
        await kept(blobs, "abCDeFg")
        files.seen.append("kept")
        await kept(blobs, "abOther")

    files = Watched(tmp_path)
    run(work())
    assert files.seen[: len(ORDER)] == ORDER
    assert files.seen[len(ORDER)] == "kept"
    assert "sync blobs" not in files.seen[len(ORDER) :]  # the folder lasts already


def test_a_folder_that_another_process_left_is_synced_again(tmp_path: Path) -> None:
    (tmp_path / "blobs" / "ab").mkdir(parents=True)  # by one that was killed before it synced
    files = Watched(tmp_path)
    run(kept(DiskBlobStore(tmp_path, files), "abCDeFg"))
    assert files.seen == ORDER


@pytest.mark.parametrize("operation", ORDER[1:])
def test_a_full_disk_leaves_nothing_half_wherever_it_strikes(tmp_path: Path, operation: str) -> None:
    async def work() -> None:
        blobs = DiskBlobStore(tmp_path, files)
        with pytest.raises(StorageFullError):
            await kept(blobs, "abCDeFg")
        assert there(tmp_path) == []
        files.fails = ""
        await kept(blobs, "abCDeFg")  # there is room again

    files = Watched(tmp_path, operation)
    run(work())


def test_another_trouble_with_the_disk_is_not_taken_for_a_full_one(tmp_path: Path) -> None:
    async def work() -> None:
        with pytest.raises(OSError, match="Input/output") as caught:
            await kept(DiskBlobStore(tmp_path, Watched(tmp_path, "sync blobs/ab", errno.EIO)), "abCDeFg")
        assert caught.value.errno == errno.EIO
        assert there(tmp_path) == []

    run(work())


def test_no_file_is_ever_written_over(tmp_path: Path) -> None:
    async def work() -> None:
        blobs = DiskBlobStore(tmp_path, DurableFiles())
        await kept(blobs, "abCDeFg", b"first")
        with pytest.raises(FileExistsError):
            await kept(blobs, "abCDeFg", b"second")
        assert blobs.path("abCDeFg").read_bytes() == b"first"
        assert there(tmp_path) == ["blobs/ab/abCDeFg"]

    run(work())


def test_of_two_who_make_the_same_thing_one_is_kept(tmp_path: Path) -> None:
    async def make(blobs: DiskBlobStore, data: bytes) -> Path:
        made = blobs.temporary_path(".jpg")
        made.write_bytes(data)
        return await blobs.put_derived(made, "abCDeFg.m.jpg")

    async def work() -> None:
        blobs = DiskBlobStore(tmp_path, DurableFiles())
        places = await asyncio.gather(*(make(blobs, b"same") for _ in range(4)))
        assert set(places) == {blobs.derived_path("abCDeFg.m.jpg")}
        assert places[0].read_bytes() == b"same"
        assert there(tmp_path) == ["derived/ab/abCDeFg.m.jpg"]

    run(work())


def test_a_removed_picture_takes_along_what_was_made_of_it(tmp_path: Path) -> None:
    async def work() -> None:
        blobs = DiskBlobStore(tmp_path, DurableFiles())
        for id in ("abCDeFg", "abOther"):
            await kept(blobs, id)
            for suffix in "sm":
                made = blobs.temporary_path()
                made.touch()
                await blobs.put_derived(made, f"{id}.{suffix}.jpg")
        await blobs.remove("abCDeFg")
        await blobs.remove("abCDeFg")  # what is gone is no error
        assert there(tmp_path) == ["blobs/ab/abOther", "derived/ab/abOther.m.jpg", "derived/ab/abOther.s.jpg"]

    run(work())


def test_the_sweep_removes_what_was_under_way_and_has_no_row_and_nothing_else(tmp_path: Path) -> None:
    async def work() -> None:
        blobs = DiskBlobStore(tmp_path, DurableFiles())
        for id in ("abKnown", "abOrphn", "xyOther"):
            await kept(blobs, id)
            blobs.derived_path(f"{id}.m.jpg").parent.mkdir(exist_ok=True)
            blobs.derived_path(f"{id}.m.jpg").touch()
        assert [path for path in there(tmp_path) if path.startswith("incoming")] == []
        blobs.temporary_path(".jpg").touch()
        for id in ("abKnown", "abOrphn"):  # as a crash leaves those under way
            os.link(blobs.path(id), tmp_path / "incoming" / id)
        await blobs.sweep(lambda ids: {"abKnown"} & set(ids))
        left = [f"{place}/{id[:2]}/{id}" for place in ("blobs", "derived") for id in ("abKnown", "xyOther")]
        assert there(tmp_path) == sorted(name + (".m.jpg" if name.startswith("d") else "") for name in left)

    run(work())


@pytest.mark.parametrize("durable", [True, False])
def test_only_data_that_may_be_lost_is_not_synced(
    tmp_path: Path, durable: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[int] = []
    monkeypatch.setattr(os, "fsync", synced.append)
    run(kept(DiskBlobStore(tmp_path, DurableFiles(durable=durable)), "abCDeFg"))
    assert len(synced) == (4 if durable else 0)
