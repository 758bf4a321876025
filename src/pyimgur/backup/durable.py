"""Write files so that a crash leaves either the whole file or nothing, and flush them to the disk."""

from __future__ import annotations

import errno
import hashlib
import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from .._transfer.partial_file import own_part

CHUNK = 1 << 20
"""Bytes that are read at once."""


def digests_of(path: Path) -> tuple[str, str]:
    """Return the SHA-256 and the MD5 of a file."""
    digests = hashlib.sha256(), hashlib.md5(usedforsecurity=False)
    with path.open("rb", buffering=0) as file:
        while chunk := file.read(CHUNK):
            for digest in digests:
                digest.update(chunk)
    return digests[0].hexdigest(), digests[1].hexdigest()


def set_time(path: Path, unix_time: int | None) -> None:
    """Set a file's time to that of the upload, if it is known and the file system can store it."""
    if unix_time:
        with suppress(OSError, OverflowError):
            os.utime(path, (unix_time, unix_time))


def flush(path: Path) -> None:
    """Flush a file to the disk."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def flush_folder(folder: Path) -> None:
    """Flush the names in a folder to the disk, where the system can do that."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def make_durable_folder(folder: Path, top: Path) -> None:
    """Create a folder below `top`, and flush the names of the folders that are new.

    Raises:
        OSError: it cannot be created, or is a symbolic link, which may lead out of the backup.
    """
    if folder == top:
        return
    if folder.is_symlink():
        raise OSError(errno.ELOOP, f"{str(folder)!r} is a symbolic link")
    if folder.is_dir():
        return
    make_durable_folder(folder.parent, top)
    folder.mkdir(exist_ok=True)
    flush_folder(folder.parent)


def write_durable(path: Path, parts: Iterable[bytes], incoming: Path, *, mode: int = 0o666) -> None:
    """Write a whole file, part by part: in the folder of transfers in progress, flushed, and then renamed."""
    part = own_part(incoming / path.name)
    try:
        with open(part, "xb", opener=lambda name, flags: os.open(name, flags, mode)) as file:
            file.writelines(parts)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
