"""Store blobs as files in one data folder.

    blobs/ab/abCDeFg           the stored files, by image ID
    derived/ab/abCDeFg.m.jpg   renditions, which can be made again
    lost/                      files that a repair moved away

A file gets its name only after all its bytes are on the disk. Operations that wait for the disk run in a thread.
"""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from secrets import token_hex

from pyimgur.server.blobs.durable_files import DurableFiles, translate_disk_full
from pyimgur.server.blobs.store import StoredObject

SMALL = 1 << 20
"""Bytes that are read at once, on the event loop: this costs less than a hop to a thread."""
PIECE = 1 << 18
"""Bytes of more that are read at a time, in a thread, and so held in memory for a client that stops reading."""


class DiskBlob:
    """A file that is open for reading."""

    __slots__ = ("_file", "modified", "name", "size")

    def __init__(self, path: Path | str, name: str) -> None:
        self._file = open(path, "rb", buffering=0)  # noqa: PTH123, SIM115 - a Path would cost as much as the opening
        status = os.fstat(self._file.fileno())
        self.name = name
        self.size = status.st_size
        self.modified = int(status.st_mtime)

    async def chunks(self, start: int, end: int) -> AsyncGenerator[bytes, None]:
        """Yield the bytes from `start` up to `end`, in pieces."""
        descriptor = self._file.fileno()
        small = end - start <= SMALL
        while start < end:
            length = min(SMALL if small else PIECE, end - start)
            if small:
                data = os.pread(descriptor, length, start)
            else:
                data = await asyncio.to_thread(os.pread, descriptor, length, start)
            if not data:
                return
            yield data
            start += len(data)

    async def close(self) -> None:
        """Close the file."""
        self._file.close()


class DiskBlobStore:
    """The blobs of one data folder."""

    def __init__(self, folder: Path, files: DurableFiles, *, read_only: bool = False) -> None:
        self._files = files
        self._folder = folder
        self._blobs = folder / "blobs"
        self._derived = folder / "derived"
        self._folder_names = str(self._blobs), str(self._derived)
        self._synced_folders: set[Path] = set()
        if read_only:
            return
        for subfolder in (self._blobs, self._derived):
            subfolder.mkdir(parents=True, exist_ok=True)
        files.sync(folder)

    async def put(self, file: Path, name: str) -> None:
        """Link the file under this name, durably; it must be on the same file system."""
        await asyncio.to_thread(self._link_durably, file, self.path(name))

    async def open(self, name: str) -> DiskBlob:
        """Open an object for reading."""
        return DiskBlob(self._path_string(name), name)

    @asynccontextmanager
    async def materialize(self, name: str) -> AsyncGenerator[int]:
        """Provide the file itself."""
        descriptor = os.open(self._path_string(name), os.O_RDONLY)
        try:
            yield descriptor
        finally:
            os.close(descriptor)

    async def export(self, name: str, target: Path) -> None:
        """Add a hard link if the target is on the same disk, else copy the file."""
        await asyncio.to_thread(_link_or_copy, self.path(name), target)

    async def remove(self, image_id: str) -> None:
        """Remove the file of an image and all its renditions."""
        await asyncio.to_thread(self._remove, image_id)

    async def objects(self) -> AsyncIterator[Sequence[StoredObject]]:
        """Yield all objects, folder by folder; the name of anything that `put` did not store is its relative path."""
        for folder in (*_subfolders(self._blobs), *_subfolders(self._derived)):
            yield await asyncio.to_thread(self._list_objects, folder)

    async def quarantine(self, names: Iterable[str]) -> str:
        """Move the files to the folder `lost`."""
        return await asyncio.to_thread(self._move_to_lost, names)

    def location(self, name: str) -> str:
        """Return the path of the file."""
        return str(self._folder / name) if "/" in name else self._path_string(name)

    def path(self, name: str) -> Path:
        """Return the path of an object, which need not exist."""
        return Path(self._path_string(name))

    def _path_string(self, name: str) -> str:
        """Return the same path as text: building a `Path` takes longer than opening the file."""
        return f"{self._folder_names['.' in name]}/{name[:2]}/{name}"

    def _link_durably(self, source: Path, target: Path) -> None:
        with translate_disk_full():
            self._files.sync(source)
            self._create_folder(target.parent)
            self._files.link(source, target)
            try:
                self._files.sync(target.parent)
            except OSError:
                self._files.remove(target)
                raise

    def _create_folder(self, folder: Path) -> None:
        """Create the folder and sync its name; an existing one is synced too, as its creator may have crashed before.

        Each folder is synced once per process.
        """
        if folder not in self._synced_folders:
            folder.mkdir(exist_ok=True)
            self._files.sync(folder.parent)
            self._synced_folders.add(folder)

    def _remove(self, image_id: str) -> None:
        for folder in (self._blobs, self._derived):
            folder.stat()  # raises an error if its disk is not there, because the files would come back with it
        self._files.remove(self.path(image_id))
        for rendition in (self._derived / image_id[:2]).glob(f"{image_id}.*"):
            self._files.remove(rendition)

    def _move_to_lost(self, names: Iterable[str]) -> str:
        lost = self._folder / "lost"
        for path in map(Path, map(self.location, names)):
            lost.mkdir(exist_ok=True)
            path.rename(lost / f"{token_hex(2)}-{path.name}")
        return str(lost)

    def _list_objects(self, folder: Path) -> list[StoredObject]:
        return [*self._iter_objects(folder)]

    def _iter_objects(self, folder: Path) -> Iterator[StoredObject]:
        for path in folder.iterdir():
            with suppress(FileNotFoundError):  # it was removed meanwhile
                yield StoredObject(self._name_of(path), path.stat().st_size)

    def _name_of(self, path: Path) -> str:
        return path.name if self.path(path.name) == path else str(path.relative_to(self._folder))


def _subfolders(folder: Path) -> Iterator[Path]:
    """Yield the folders in this one, which may be missing on a read-only medium."""
    with suppress(FileNotFoundError):
        yield from (subfolder for subfolder in sorted(folder.iterdir()) if subfolder.is_dir())


def _link_or_copy(source: Path, target: Path) -> None:
    try:
        os.link(source, target)
    except FileNotFoundError:
        raise
    except OSError:  # another disk, or a file system without hard links
        shutil.copyfile(source, target)
        DurableFiles().sync(target)
