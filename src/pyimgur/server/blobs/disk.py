"""Pictures as files in folders of one data folder.

    incoming/            what is still being received or made; emptied at each start
    incoming/abCDeFg     a second name of a picture for as long as its row is being written,
    incoming/abCDeFg.0a1b2c3d  or its row or what is made of it comes or goes
    blobs/ab/abCDeFg     pictures, byte for byte as they came, under their ids
    derived/ab/abCDeFg.m.jpg   what was made of them, and can be made again
    lost/                what a repair has put aside

A picture has its name only when all its bytes are on the disk. What was under way when a server
crashed is found by its second name: the rows tell whether it stays. Nothing else is ever removed, so
a database that is not the one of these files costs none of them. Operations that wait for the disk
run in a thread; bytes that arrive are written right away, in steps.
"""

from __future__ import annotations

import asyncio
import errno
from collections.abc import AsyncGenerator, Callable, Generator, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from hashlib import file_digest, sha256
from pathlib import Path
from secrets import token_hex
from typing import BinaryIO

from pyimgur.server.blobs.durable_files import DurableFiles
from pyimgur.server.errors import StorageFullError

STEP = 256 * 1024
"""Bytes that are gathered before they are written."""


class SpooledFile:
    """A file on its way in, with the size and digest of what has come; gone unless it is kept."""

    def __init__(self, path: Path, files: DurableFiles) -> None:
        self.path = path
        self.size = 0
        self._files = files
        self._digest = sha256()
        self._became = ""
        self._gathered = bytearray()
        self._file: BinaryIO | None = None

    @property
    def sha256(self) -> str:
        """The digest of all bytes so far, in hex."""
        return self._became or self._digest.hexdigest()

    async def write(self, data: bytes) -> None:
        """Take more bytes.

        Raises:
            StorageFullError: the disk is full.
        """
        self.size += len(data)
        self._digest.update(data)
        self._gathered += data
        if len(self._gathered) >= STEP:
            self.flush()

    def flush(self) -> None:
        """Hand everything to the file, so that others can read it by its path."""
        with translate_disk_full():
            if self._file is None:
                self._file = self._files.create(self.path)
            if self._gathered:
                self._files.write(self._file, self._gathered)
        self._gathered = bytearray()

    def rename(self, path: Path) -> None:
        """Go by this name from now on."""
        self.path = self.path.rename(path)

    async def replace_with(self, made: Path) -> None:
        """Be this file instead, which was made of what came in: its bytes, its size, its digest."""
        self.flush()
        self._became, self.size = await asyncio.to_thread(_digest, made)
        old, self.path = self.path, made
        if self._file is not None:
            self._file.close()
        self._file = made.open("ab", buffering=0)
        self._files.remove(old)

    def close(self) -> None:
        """Let go of the file, and remove it unless it has been kept."""
        if self._file is not None:
            self._file.close()
        self._files.remove(self.path)


class DiskBlobStore:
    """The pictures of one data folder."""

    def __init__(self, folder: Path, files: DurableFiles) -> None:
        self._files = files
        self._incoming = folder / "incoming"
        self._blobs = folder / "blobs"
        self._blobs_name = str(self._blobs)
        self._derived = folder / "derived"
        self._lasting: set[Path] = set()
        for place in (self._incoming, self._blobs, self._derived):
            place.mkdir(parents=True, exist_ok=True)
        files.sync(folder)

    @asynccontextmanager
    async def incoming(self) -> AsyncGenerator[SpooledFile]:
        """A new file to write to; what is not kept within the block is gone after it."""
        incoming = SpooledFile(self.temporary(), self._files)
        try:
            yield incoming
        finally:
            incoming.close()

    def temporary(self, suffix: str = "") -> Path:
        """A path for a file that is still being made; what is left there is swept at the next start."""
        return self._incoming / f"{token_hex(8)}{suffix}"

    async def put(self, incoming: SpooledFile, id: str) -> None:
        """Make what came in the picture `id`, on the disk for good when this returns.

        Raises:
            FileExistsError: there is a picture of this id.
            StorageFullError: the disk is full; nothing is stored.
        """
        incoming.flush()
        incoming.rename(self._incoming / id)
        await asyncio.to_thread(self._place, incoming.path, self.path(id))

    async def put_derived(self, made: Path, name: str) -> Path:
        """Store what was made of a picture; whoever was first wins."""
        target = self.derived(name)
        try:
            await asyncio.to_thread(self._place, made, target)
        except FileExistsError:
            pass
        finally:
            self._files.remove(made)
        return target

    def _place(self, source: Path, target: Path) -> None:
        with translate_disk_full():
            self._files.sync(source)
            self._fsync_parent(target.parent)
            self._files.link(source, target)
            try:
                self._files.sync(target.parent)
            except OSError:
                self._files.remove(target)
                raise

    def _fsync_parent(self, folder: Path) -> None:
        """See to it that the folder itself is on the disk; whoever made it may not have got so far."""
        if folder not in self._lasting:
            folder.mkdir(exist_ok=True)
            self._files.sync(folder.parent)
            self._lasting.add(folder)

    def path(self, id: str) -> Path:
        """Where the picture of this id is."""
        return Path(self.name(id))

    def name(self, id: str) -> str:
        """The same as text: to make a path of it takes longer than to open the file."""
        return f"{self._blobs_name}/{id[:2]}/{id}"

    def derived(self, name: str) -> Path:
        """Where something made of a picture is, or would be; its name begins with the picture's id."""
        return self._derived.joinpath(name[:2], name)

    def begin_intent(self, ids: Iterable[str]) -> list[Path]:
        """Second names for these pictures, by which a start finds them after a crash; blocks.

        One that is not there gets none, nor does any on a disk without room for a name: it can be deleted all the same.
        """
        marks: list[Path] = []
        for id in ids:
            with suppress(OSError):
                self._files.link(self.path(id), mark := self._incoming / f"{id}.{token_hex(4)}")
                marks.append(mark)
        return marks

    def end_intent(self, marks: Iterable[Path]) -> None:
        """Remove these names; blocks."""
        for mark in marks:
            self._files.remove(mark)

    async def remove(self, id: str) -> None:
        """Remove a picture and all that was made of it."""
        await asyncio.to_thread(self._remove, id)

    def _remove(self, id: str) -> None:
        self._files.remove(self.path(id))
        for made in (self._derived / id[:2]).glob(f"{id}.*"):
            self._files.remove(made)

    def list_files(self) -> Iterator[list[Path]]:
        """All files that were kept, folder by folder; blocks."""
        for folder in (*_folders(self._blobs), *_folders(self._derived)):
            yield list(folder.iterdir())

    async def sweep(self, known: Callable[[list[str]], Iterable[str]]) -> None:
        """Remove all that was under way when the last server ended.

        Args:
            known: given ids, tells which of them have a row; called in a thread.
        """
        await asyncio.to_thread(self._sweep, known)

    def _sweep(self, known: Callable[[list[str]], Iterable[str]]) -> None:
        left = {path: path.name.partition(".")[0] for path in self._incoming.iterdir() if not path.is_dir()}
        rows = set(known([*left.values()]))
        for path, id in left.items():
            if id.isalnum() and id not in rows:  # any other name is no id: a file manager's, such as .DS_Store
                self._remove(id)
            self._files.remove(path)

    def quarantine(self, paths: Iterable[Path]) -> Path:
        """Move files that no row speaks of to a folder beside, and give that; blocks."""
        lost = self._blobs.with_name("lost")
        for path in paths:
            lost.mkdir(exist_ok=True)
            path.rename(lost / f"{token_hex(2)}-{path.name}")
        return lost


def _digest(path: Path) -> tuple[str, int]:
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest(), file.tell()


def _folders(place: Path) -> Iterator[Path]:
    return (folder for folder in sorted(place.iterdir()) if folder.is_dir())


@contextmanager
def translate_disk_full() -> Generator[None]:
    """Within this block, a full disk is the library's error."""
    try:
        yield
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise StorageFullError("the disk is full") from error
        raise
