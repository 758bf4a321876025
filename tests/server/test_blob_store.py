"""What every blob store must do. To test another one, add it to `STORES`."""

from __future__ import annotations

import asyncio
import os
import time
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

import pytest

from pyimgur.server.blobs import Blob, BlobStore, DiskBlobStore, DurableFiles, StoredObject
from pyimgur.server.blobs.memory import MemoryBlobStore

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

STORES: dict[str, Callable[[Path], BlobStore]] = {
    "disk": lambda folder: DiskBlobStore(folder, DurableFiles(durable=False)),
    "memory": lambda _folder: MemoryBlobStore(),
}
"""Functions that return an empty store; the folder is empty, and the store may use it."""
ID, OTHER = "abCDeFg", "abOther"


class Workplace:
    """An empty store, and a folder for the files that are put into it."""

    def __init__(self, store: BlobStore, folder: Path) -> None:
        self.store = store
        self.folder = folder

    def file(self, data: bytes = b"data") -> Path:
        """Return the path of a new local file."""
        path = self.folder / os.urandom(8).hex()
        path.write_bytes(data)
        return path

    async def put(self, name: str, data: bytes = b"data") -> None:
        await self.store.put(self.file(data), name)

    async def read(self, name: str, start: int = 0, end: int | None = None) -> bytes:
        blob = await self.store.open(name)
        try:
            return await read_chunks(blob, start, blob.size if end is None else end)
        finally:
            await blob.close()

    async def names(self) -> list[str]:
        return sorted([stored.name async for batch in self.store.objects() for stored in batch])

    def run(self, work: Callable[[], Awaitable[Any]]) -> None:
        async def limited() -> None:
            await asyncio.wait_for(work(), 20)

        asyncio.run(limited())


@pytest.fixture(params=STORES)
def at(request: pytest.FixtureRequest, tmp_path: Path) -> Workplace:
    (tmp_path / "store").mkdir()
    (tmp_path / "files").mkdir()
    return Workplace(STORES[request.param](tmp_path / "store"), tmp_path / "files")


async def read_chunks(blob: Blob, start: int, end: int) -> bytes:
    async with aclosing(blob.chunks(start, end)) as chunks:
        return b"".join([data async for data in chunks])


@pytest.mark.parametrize("size", [0, 1, (1 << 20) - 1, (1 << 20) + 1, 3 << 20])
@pytest.mark.parametrize("name", [ID, f"{ID}.m.jpg"])
def test_put_stores_a_copy_of_the_file(at: Workplace, name: str, size: int) -> None:
    data = os.urandom(size)

    async def work() -> None:
        file = at.file(data)
        before = int(time.time())
        await at.store.put(file, name)
        assert file.read_bytes() == data  # the caller's file stays
        file.unlink()
        blob = await at.store.open(name)
        assert (blob.name, blob.size) == (name, size)
        assert before - 2 <= blob.modified <= time.time() + 2
        assert await read_chunks(blob, 0, size) == data
        await blob.close()

    at.run(work)


@pytest.mark.parametrize(
    ("start", "end"), [(0, 0), (0, 1), (5, 6), (999_999, 2_500_000), (2_500_000, 2_500_001), (2_499_999, 2_500_001)]
)
def test_a_range_has_the_bytes_from_start_to_end(at: Workplace, start: int, end: int) -> None:
    data = os.urandom(2_500_001)

    async def work() -> None:
        await at.put(ID, data)
        assert await at.read(ID, start, end) == data[start:end]

    at.run(work)


def test_one_open_object_can_be_read_several_times(at: Workplace) -> None:
    async def work() -> None:
        await at.put(ID, b"0123456789")
        blob = await at.store.open(ID)
        pieces = [await read_chunks(blob, start, end) for start, end in ((6, 10), (0, 4), (0, 10))]
        assert pieces == [b"6789", b"0123", b"0123456789"]
        await blob.close()

    at.run(work)


def test_put_never_replaces_an_object(at: Workplace) -> None:
    async def work() -> None:
        for name in (ID, f"{ID}.mp4"):
            await at.put(name, b"first")
            with pytest.raises(FileExistsError):
                await at.put(name, b"second")
            assert await at.read(name) == b"first"

    at.run(work)


def test_of_simultaneous_puts_of_one_name_one_succeeds(at: Workplace) -> None:
    async def work() -> None:
        results = await asyncio.gather(*(at.put(ID, b"%d" % number) for number in range(8)), return_exceptions=True)
        stored = [number for number, result in enumerate(results) if result is None]
        others = [result for result in results if result is not None]
        assert len(stored) == 1, f"{len(stored)} of 8 succeeded"
        assert {type(error) for error in others} == {FileExistsError}
        assert await at.read(ID) == b"%d" % stored[0]

    at.run(work)


@pytest.mark.parametrize("name", [ID, f"{ID}.m.jpg"])
def test_a_missing_object_is_not_found(at: Workplace, name: str) -> None:
    async def work() -> None:
        await at.put(OTHER)
        with pytest.raises(FileNotFoundError):
            await at.store.open(name)
        with pytest.raises(FileNotFoundError):
            async with at.store.materialize(name):
                pytest.fail("a missing object was provided")
        with pytest.raises(FileNotFoundError):
            await at.store.export(name, at.folder / "copy")
        assert not (at.folder / "copy").exists()

    at.run(work)


def test_materialize_provides_a_descriptor_at_the_start_of_the_file(at: Workplace) -> None:
    data = os.urandom(1 << 20)

    async def work() -> None:
        await at.put(ID, data)
        async with at.store.materialize(ID) as first, at.store.materialize(ID) as second:
            for descriptor in (first, second):  # each has a position of its own
                with os.fdopen(os.dup(descriptor), "rb") as file:
                    assert file.read() == data
        with pytest.raises(OSError, match="Bad file descriptor"):
            os.fstat(first)

    at.run(work)


def test_export_writes_a_file_that_outlives_the_object(at: Workplace) -> None:
    async def work() -> None:
        await at.put(ID, b"content")
        await at.store.export(ID, at.folder / "copy")
        await at.store.remove(ID)
        assert (at.folder / "copy").read_bytes() == b"content"

    at.run(work)


def test_remove_takes_the_renditions_of_the_image_and_nothing_else(at: Workplace) -> None:
    async def work() -> None:
        for name in (ID, f"{ID}.m.jpg", f"{ID}.d640.webp", OTHER, f"{OTHER}.m.jpg"):
            await at.put(name)
        await at.store.remove(ID)
        await at.store.remove(ID)  # a missing object is no error
        assert await at.names() == [OTHER, f"{OTHER}.m.jpg"]

    at.run(work)


def test_remove_of_an_image_without_a_file_takes_its_renditions(at: Workplace) -> None:
    async def work() -> None:
        await at.put(f"{ID}.m.jpg")
        await at.store.remove(ID)
        assert await at.names() == []

    at.run(work)


def test_an_open_object_can_be_read_after_its_removal(at: Workplace) -> None:
    async def work() -> None:
        data = os.urandom(2 << 20)
        await at.put(ID, data)
        blob = await at.store.open(ID)
        await at.store.remove(ID)
        assert await read_chunks(blob, 0, blob.size) == data
        await blob.close()
        await at.put(ID, b"new")
        assert await at.read(ID) == b"new"

    at.run(work)


def test_objects_yields_every_object_with_its_size(at: Workplace) -> None:
    async def work() -> None:
        assert await at.names() == []
        sizes = {f"{letter}{letter}Image": number for number, letter in enumerate("abcxyzABCXYZ0189")}
        sizes |= {f"{name}.{suffix}": 7 for name in sizes for suffix in ("s.jpg", "mp4")}
        for name, size in sizes.items():
            await at.put(name, b"x" * size)
        found = [stored async for batch in at.store.objects() for stored in batch]
        assert dict(found) == sizes
        assert len(found) == len(sizes)
        assert {stored.image_id for stored in found} == {name[:7] for name in sizes}

    at.run(work)


def test_quarantined_objects_are_gone_from_the_store(at: Workplace) -> None:
    async def work() -> None:
        for name in (ID, f"{ID}.m.jpg", OTHER):
            await at.put(name)
        place = await at.store.quarantine([ID, f"{ID}.m.jpg"])
        assert place
        assert await at.names() == [OTHER]
        with pytest.raises(FileNotFoundError):
            await at.store.open(ID)
        await at.put(ID, b"again")

    at.run(work)


def test_location_tells_objects_apart(at: Workplace) -> None:
    names = [ID, f"{ID}.m.jpg", OTHER]
    assert len({at.store.location(name) for name in names}) == len(names)
    assert all(name in at.store.location(name) for name in names)


def test_the_name_of_an_object_begins_with_its_image() -> None:
    names = (ID, f"{ID}.m.jpg", f"{ID}.d640.webp")
    assert [StoredObject(name, 1).image_id for name in names] == [ID] * 3
