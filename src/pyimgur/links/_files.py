"""Walk folders for text files, and replace a file atomically.

Symbolic links are not followed, and folders and files of Git are passed over. A file is replaced only if it did not
change since it was read: its new content is on the disk under another name before it takes the place of the old one.
"""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from ..exceptions import FileError, FileOverwriteError, MissingFileError

_PASSED_OVER = frozenset({".git"})


@dataclass(frozen=True, slots=True)
class Source:
    """A file as it was read."""

    path: Path
    data: bytes
    version: tuple[int, ...]


def walk(paths: Iterable[str | os.PathLike[str]]) -> Iterator[Path | FileError]:
    """Yield the regular files at and below these paths in order, each once; errors in place of what is unreadable."""
    seen: set[Path] = set()
    for path in map(Path, paths):
        for found in _below(path):
            if isinstance(found, FileError):
                yield found
            elif (key := found.parent.resolve() / found.name) not in seen:
                seen.add(key)
                yield found


def _below(top: Path) -> Iterator[Path | FileError]:
    waiting = [top]
    while waiting:
        path = waiting.pop()
        try:
            mode = path.lstat().st_mode
            if stat.S_ISREG(mode):
                yield path
            elif stat.S_ISDIR(mode):
                names = sorted((entry.name for entry in os.scandir(path)), reverse=True)
                waiting += [path / name for name in names if name not in _PASSED_OVER]
            elif path is top:
                yield FileError(f"{path}: {_WHY_NOT[stat.S_ISLNK(mode)]}")
        except FileNotFoundError:
            if path is top:
                yield MissingFileError(f"{path}: there is no such file or folder")
        except OSError as error:
            yield FileError(f"{path}: {error.strerror}")


_WHY_NOT = {True: "symbolic links are not followed: name what it points to", False: "this is no file and no folder"}


def read(path: Path) -> Source:
    """Return a file's content.

    Raises:
        FileError: it cannot be read, or is no regular file.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
        with open(descriptor, "rb") as file:  # noqa: PTH123 - a descriptor
            version = _version(os.fstat(descriptor))
            return Source(path, file.read(), version)
    except OSError as error:
        raise FileError(f"{path}: {error.strerror}") from error


def _version(status: os.stat_result) -> tuple[int, ...]:
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns


def replace(source: Source, content: bytes, backup: str = "") -> None:
    """Replace a file's content, keeping its mode; with `backup`, the old file keeps its content under a longer name.

    Raises:
        FileOverwriteError: the backup exists already.
        FileError: the file is read-only, changed since it was read, or the disk is full. The file is as it was.
    """
    path, temporary = source.path, None
    kept = path.with_name(path.name + backup) if backup else None
    try:
        status = path.stat()
        if not status.st_mode & 0o222 or not os.access(path, os.W_OK):
            raise FileError(f"{path}: the file is read-only, and was not changed")
        if kept is not None and os.path.lexists(kept) and not kept.samefile(path):  # the same: an interrupted run's
            raise FileOverwriteError(f"{path}: not changed, because {kept} exists: choose another suffix")
        temporary = _write(path, content, status)
        if _version(path.lstat()) != source.version:
            raise FileError(f"{path}: another program changed the file meanwhile: run the command again")
        if kept is not None:
            _keep(path, kept)
        try:
            temporary.replace(path)
        except OSError:
            if kept is not None:
                kept.unlink(missing_ok=True)
            raise
        _flush_folder(path.parent)
    except OSError as error:
        if isinstance(error, FileError):
            raise
        raise FileError(f"{path}: not changed: {error.strerror}") from error
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)


def _write(path: Path, content: bytes, status: os.stat_result) -> Path:
    """Write a new file beside `path`, with its mode and if possible its owner, and flush it to the disk."""
    descriptor, name = tempfile.mkstemp(".part", f".{path.name[:100]}.", path.parent)
    temporary = Path(name)
    try:
        with open(descriptor, "wb") as file:  # noqa: PTH123 - a descriptor
            file.write(content)
            file.flush()
            if hasattr(os, "fchown"):
                with suppress(OSError):
                    os.fchown(descriptor, status.st_uid, status.st_gid)
            temporary.chmod(stat.S_IMODE(status.st_mode))
            os.fsync(descriptor)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    return temporary


def _keep(path: Path, kept: Path) -> None:
    """Give the old file a second name; a copy where the file system has no hard links."""
    if os.path.lexists(kept):
        return
    try:
        kept.hardlink_to(path)
    except FileExistsError:
        raise
    except OSError:
        shutil.copy2(path, kept)


def _flush_folder(folder: Path) -> None:
    with suppress(OSError):  # not every system can
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
