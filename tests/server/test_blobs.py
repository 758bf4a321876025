"""The store in a folder, and the spool: what is on the disk before what. `test_blob_store` holds for every store."""

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

from pyimgur.server.blobs import DiskBlobStore, DurableFiles, SpoolFolder
from pyimgur.server.blobs.spool import BUFFER_SIZE
from pyimgur.server.errors import StorageFullError

if TYPE_CHECKING:
    from collections.abc import Coroutine


def run(work: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(work, 20))


def there(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


async def kept(folder: Path, files: DurableFiles, id: str, data: bytes = b"data") -> None:
    """Spool a file, and store it."""
    store, spool = DiskBlobStore(folder, files), SpoolFolder(folder / "incoming", files)
    async with spool.open() as file:
        await file.write(data)
        file.flush()
        await store.put(file.path, id)


def test_a_file_is_kept_byte_for_byte_with_its_size_and_digest(tmp_path: Path) -> None:
    data = os.urandom(3 * BUFFER_SIZE + 17)

    async def work() -> None:
        blobs, spool = DiskBlobStore(tmp_path, DurableFiles()), SpoolFolder(tmp_path / "incoming", DurableFiles())
        async with spool.open() as incoming:
            for start in range(0, len(data), 100_000):
                await incoming.write(data[start : start + 100_000])
            assert (incoming.size, incoming.sha256) == (len(data), sha256(data).hexdigest())
            incoming.flush()
            await blobs.put(incoming.path, "abCDeFg")
        assert blobs.path("abCDeFg").read_bytes() == data
        assert there(tmp_path) == ["blobs/ab/abCDeFg"]

    run(work())


def test_a_file_that_nobody_keeps_is_gone_whatever_happened(tmp_path: Path) -> None:
    async def work() -> None:
        spool = SpoolFolder(tmp_path / "incoming", DurableFiles())
        with suppress(ZeroDivisionError):
            async with spool.open() as incoming:
                await incoming.write(b"x" * (BUFFER_SIZE + 1))
                assert there(tmp_path)
                raise ZeroDivisionError
        async with spool.open():
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
        store, spool = DiskBlobStore(tmp_path, files), SpoolFolder(tmp_path / "incoming", files)
        for id in ("abCDeFg", "abOther"):
            async with spool.open() as file:
                await file.write(b"data")
                file.flush()
                await store.put(file.path, id)
            files.seen.append("kept")

    files = Watched(tmp_path)
    run(work())
    assert files.seen[: len(ORDER)] == ORDER
    assert files.seen[len(ORDER)] == "kept"
    assert "sync blobs" not in files.seen[len(ORDER) :]  # the folder lasts already


def test_a_folder_that_another_process_left_is_synced_again(tmp_path: Path) -> None:
    (tmp_path / "blobs" / "ab").mkdir(parents=True)  # by one that was killed before it synced
    files = Watched(tmp_path)
    run(kept(tmp_path, files, "abCDeFg"))
    assert files.seen == ORDER


@pytest.mark.parametrize("operation", ORDER[1:])
def test_a_full_disk_leaves_nothing_half_wherever_it_strikes(tmp_path: Path, operation: str) -> None:
    async def work() -> None:
        with pytest.raises(StorageFullError):
            await kept(tmp_path, files, "abCDeFg")
        assert there(tmp_path) == []
        files.fails = ""
        await kept(tmp_path, files, "abCDeFg")  # there is room again

    files = Watched(tmp_path, operation)
    run(work())


def test_another_trouble_with_the_disk_is_not_taken_for_a_full_one(tmp_path: Path) -> None:
    async def work() -> None:
        with pytest.raises(OSError, match="Input/output") as caught:
            await kept(tmp_path, Watched(tmp_path, "sync blobs/ab", errno.EIO), "abCDeFg")
        assert caught.value.errno == errno.EIO
        assert there(tmp_path) == []

    run(work())


def test_the_spool_is_emptied_at_the_start(tmp_path: Path) -> None:
    spool = SpoolFolder(tmp_path / "incoming", DurableFiles())
    (tmp_path / "incoming" / "folder").mkdir()
    for name in ("half", ".DS_Store"):
        (tmp_path / "incoming" / name).touch()
    assert sorted(spool.clear()) == [".DS_Store", "half"]
    assert [path.name for path in (tmp_path / "incoming").iterdir()] == ["folder"]


@pytest.mark.parametrize("name", ["blobs", "derived"])
def test_nothing_counts_as_removed_while_its_folder_is_away(tmp_path: Path, name: str) -> None:
    """The files come back with the disk, when nobody knows any more that they have to go."""

    async def work() -> None:
        await kept(tmp_path, DurableFiles(), "abCDeFg")
        await kept(tmp_path, DurableFiles(), "abCDeFg.m.jpg")
        store = DiskBlobStore(tmp_path, DurableFiles())
        (tmp_path / name).rename(tmp_path / "away")
        with pytest.raises(FileNotFoundError, match=name):
            await store.remove("abCDeFg")
        (tmp_path / "away").rename(tmp_path / name)
        assert there(tmp_path) == ["blobs/ab/abCDeFg", "derived/ab/abCDeFg.m.jpg"]
        await store.remove("abCDeFg")
        assert there(tmp_path) == []

    run(work())


def test_a_file_that_is_removed_while_it_is_listed_is_left_out(tmp_path: Path) -> None:
    """Commands list the objects beside a running server."""

    async def work() -> None:
        for id in ("abCDeFg", "abCDeFh", "abCDeFi"):
            await kept(tmp_path, DurableFiles(), id)
        store = DiskBlobStore(tmp_path, DurableFiles())
        listed = store._iter_objects(tmp_path / "blobs" / "ab")
        first = next(listed)
        for id in {"abCDeFg", "abCDeFh", "abCDeFi"} - {first.name}:
            await store.remove(id)
        assert [stored.name for stored in listed] == []

    run(work())


def test_what_is_no_object_is_listed_by_its_path_and_can_be_moved_away(tmp_path: Path) -> None:
    async def work() -> None:
        await kept(tmp_path, DurableFiles(), "abCDeFg")
        strays = ["blobs/ab/.DS_Store", "blobs/ab/zzOther", "blobs/zz/abCDeFg", "blobs/ab/a folder"]
        for stray in strays:
            (tmp_path / stray).parent.mkdir(exist_ok=True)
            (tmp_path / stray).mkdir() if stray.endswith("folder") else (tmp_path / stray).touch()
        store = DiskBlobStore(tmp_path, DurableFiles())
        names = [stored.name async for batch in store.objects() for stored in batch]
        assert sorted(names) == sorted(["abCDeFg", *strays])
        assert [store.location(stray) for stray in strays] == [str(tmp_path / stray) for stray in strays]
        lost = Path(await store.quarantine(strays))
        assert sorted(path.name[5:] for path in lost.iterdir()) == [".DS_Store", "a folder", "abCDeFg", "zzOther"]
        assert [stored.name async for batch in store.objects() for stored in batch] == ["abCDeFg"]

    run(work())


@pytest.mark.parametrize("durable", [True, False])
def test_only_data_that_may_be_lost_is_not_synced(
    tmp_path: Path, durable: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[int] = []
    monkeypatch.setattr(os, "fsync", synced.append)
    run(kept(tmp_path, DurableFiles(durable=durable), "abCDeFg"))
    assert len(synced) == (4 if durable else 0)
