"""Store blobs as files in one data folder.

    incoming/            uploads and renditions in progress; emptied at each start
    incoming/abCDeFg     intent: a second name of an image's file while its row is being inserted,
    incoming/abCDeFg.0a1b2c3d  or while its row or its renditions are being created or deleted
    blobs/ab/abCDeFg     uploaded files, byte for byte, by image ID
    derived/ab/abCDeFg.m.jpg   renditions, which can be made again
    lost/                files that a repair moved away

A file gets its name in `blobs` only after all its bytes are on the disk. After a crash, `sweep` finds interrupted
operations by their intents, and the rows decide whether the file stays. Nothing else is ever removed, so opening the
data folder with the wrong database deletes no files. Operations that wait for the disk run in a thread; bytes that
arrive are written right away, a buffer at a time.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterable, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from secrets import token_hex

from pyimgur.server.blobs.durable_files import DurableFiles, translate_disk_full
from pyimgur.server.blobs.spool import SpooledFile


class DiskBlobStore:
    """The blobs of one data folder."""

    def __init__(self, folder: Path, files: DurableFiles) -> None:
        self._files = files
        self._incoming = folder / "incoming"
        self._blobs = folder / "blobs"
        self._blobs_name = str(self._blobs)
        self._derived = folder / "derived"
        self._synced_folders: set[Path] = set()
        for subfolder in (self._incoming, self._blobs, self._derived):
            subfolder.mkdir(parents=True, exist_ok=True)
        files.sync(folder)

    @asynccontextmanager
    async def spool(self) -> AsyncGenerator[SpooledFile]:
        """Open a spool file for an upload; it is removed after the block unless `put` stored it."""
        spooled = SpooledFile(self.temporary_path(), self._files)
        try:
            yield spooled
        finally:
            spooled.close()

    def temporary_path(self, suffix: str = "") -> Path:
        """Return an unused path for a temporary file; `sweep` removes leftovers at the next start."""
        return self._incoming / f"{token_hex(8)}{suffix}"

    async def put(self, spooled: SpooledFile, id: str) -> None:
        """Store the spooled file as the blob of image `id`; it is durable when this returns.

        Raises:
            FileExistsError: there is a blob of this ID.
            StorageFullError: the disk is full; nothing is stored.
        """
        spooled.flush()
        spooled.rename(self._incoming / id)
        await asyncio.to_thread(self._link_durably, spooled.path, self.path(id))

    async def put_derived(self, path: Path, name: str) -> Path:
        """Store a rendition and return its path; one that is stored already is kept, and `path` is removed."""
        target = self.derived_path(name)
        try:
            await asyncio.to_thread(self._link_durably, path, target)
        except FileExistsError:
            pass
        finally:
            self._files.remove(path)
        return target

    def _link_durably(self, source: Path, target: Path) -> None:
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
        """Create the folder and sync its name; an existing one is synced too, as its creator may have crashed before.

        Each folder is synced once per process.
        """
        if folder not in self._synced_folders:
            folder.mkdir(exist_ok=True)
            self._files.sync(folder.parent)
            self._synced_folders.add(folder)

    def path(self, id: str) -> Path:
        """Return the path of the blob of this image."""
        return Path(self.path_string(id))

    def path_string(self, id: str) -> str:
        """Return the same path as text: building a `Path` takes longer than opening the file."""
        return f"{self._blobs_name}/{id[:2]}/{id}"

    def derived_path(self, name: str) -> Path:
        """Return the path of a rendition, which need not exist; its name begins with the image's ID."""
        return self._derived.joinpath(name[:2], name)

    def begin_intent(self, ids: Iterable[str]) -> list[Path]:
        """Add second names to these blobs, by which `sweep` finds them after a crash; blocks.

        A missing blob gets none, nor does any if the disk has no room for a name: the deletion must still go ahead.
        """
        intents: list[Path] = []
        for id in ids:
            with suppress(OSError):
                self._files.link(self.path(id), intent := self._incoming / f"{id}.{token_hex(4)}")
                intents.append(intent)
        return intents

    def end_intent(self, intents: Iterable[Path]) -> None:
        """Remove these second names; blocks."""
        for intent in intents:
            self._files.remove(intent)

    async def remove(self, id: str) -> None:
        """Remove the blob of an image and all its renditions."""
        await asyncio.to_thread(self._remove, id)

    def _remove(self, id: str) -> None:
        self._files.remove(self.path(id))
        for rendition in (self._derived / id[:2]).glob(f"{id}.*"):
            self._files.remove(rendition)

    def list_files(self) -> Iterator[list[Path]]:
        """Yield the paths of all blobs and renditions, folder by folder; blocks."""
        for folder in (*_subfolders(self._blobs), *_subfolders(self._derived)):
            yield list(folder.iterdir())

    async def sweep(self, existing_ids: Callable[[list[str]], Iterable[str]]) -> None:
        """Remove what operations left behind that were running when the last server stopped.

        Args:
            existing_ids: returns those of the given IDs that have a row; called in a thread.
        """
        await asyncio.to_thread(self._sweep, existing_ids)

    def _sweep(self, existing_ids: Callable[[list[str]], Iterable[str]]) -> None:
        ids = {path: path.name.partition(".")[0] for path in self._incoming.iterdir() if not path.is_dir()}
        existing = set(existing_ids([*ids.values()]))
        for path, id in ids.items():
            if id.isalnum() and id not in existing:  # any other name is no ID: a file manager's, such as .DS_Store
                self._remove(id)
            self._files.remove(path)

    def quarantine(self, paths: Iterable[Path]) -> Path:
        """Move files that have no row to the folder `lost`, and return that folder; blocks."""
        lost = self._blobs.with_name("lost")
        for path in paths:
            lost.mkdir(exist_ok=True)
            path.rename(lost / f"{token_hex(2)}-{path.name}")
        return lost


def _subfolders(folder: Path) -> Iterator[Path]:
    return (subfolder for subfolder in sorted(folder.iterdir()) if subfolder.is_dir())
