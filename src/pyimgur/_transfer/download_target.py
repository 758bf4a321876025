"""Download a picture to its target, and verify a file that is there already."""

from __future__ import annotations

import errno
import hashlib
import os
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TypeGuard

from .._core.effects import Flow, RunBlocking
from .._core.source import Progress
from .._policy.client_state import ClientState
from ..exceptions import FileError, FileOverwriteError, ResourceNotFoundError
from .download import download
from .download_plan import DownloadTarget, append_to_stem, uploaded_at_of
from .file_sink import FileSink, make_folder

_CHUNK_SIZE = 1 << 20


@dataclass(frozen=True, slots=True)
class Fetched:
    """The path of a downloaded picture, and whether it was there before."""

    path: Path
    was_there: bool = False


def download_to_target(state: ClientState, target: DownloadTarget, progress: Progress | None) -> Flow[Fetched]:
    """Download a picture to its path, unless a unverified file there turns out to be it."""
    make_folder(target.path.parent)
    try:
        return (yield from _download(state, target, progress))
    except FileOverwriteError:  # another program has saved a file there meanwhile, most likely this picture
        id, path = target.picture.id, target.path
        free = path if id in path.name else append_to_stem(path, id)
        return (
            yield from _download(state, replace(target, path=free, unverified=path, has_right_size=False), progress)
        )


def _download(state: ClientState, target: DownloadTarget, progress: Progress | None) -> Flow[Fetched]:
    etags = "" if target.unverified is None else (yield RunBlocking(partial(_etags, target.unverified)))
    sink = FileSink(target.path, overwrite=target.unverified == target.path, progress=progress)
    try:
        path = yield from download(state, target.link, sink, etags)
    except ResourceNotFoundError:
        if target.unverified is None or not target.has_right_size:
            raise
        return Fetched(target.unverified, was_there=True)  # perhaps the last copy there is
    if target.unverified is None:
        return _finish(target, path)  # sets a time, which is quicker than waiting for another thread
    return (yield RunBlocking(partial(_finish, target, path)))


def _etags(path: Path) -> str:
    """Return the ETags that servers may have for the bytes of a file: its SHA-256 here, its MD5 at Imgur.

    Raises:
        FileError: it cannot be read.
    """
    digests = hashlib.sha256(), hashlib.md5(usedforsecurity=False)
    try:
        with path.open("rb", buffering=0) as file:
            while chunk := file.read(_CHUNK_SIZE):
                for digest in digests:
                    digest.update(chunk)
    except OSError as error:
        raise FileError(f"cannot read {str(path)!r}: {error.strerror}") from error
    return ", ".join(f'"{digest.hexdigest()}"' for digest in digests)


def _finish(target: DownloadTarget, path: Path | None) -> Fetched:
    """Return where the picture is after a response; `path` is None if the unverified file is the picture."""
    was_there = path is None
    if path is None:
        assert target.unverified is not None
        path = target.unverified
    elif target.unverified is not None and target.unverified != path and _is_beginning(target.unverified, path):
        path.replace(target.unverified)  # it was truncated
        path = target.unverified
    if (uploaded_at := uploaded_at_of(target.picture)) is not None:
        with suppress(OSError, OverflowError):  # without it, the next run verifies the file again
            os.utime(path, (uploaded_at, uploaded_at))
    return Fetched(path, was_there)


def _is_beginning(beginning: Path, picture: Path) -> bool:
    """Return whether a file consists of the first bytes of a picture."""
    with beginning.open("rb", buffering=0) as first, picture.open("rb") as second:
        while chunk := first.read(_CHUNK_SIZE):
            if second.read(len(chunk)) != chunk:
                return False
    return True


def is_fatal_disk_error(error: object) -> TypeGuard[FileError]:
    """Return whether the next picture would fail as well: the disk is full, or cannot be written to."""
    cause = error.__cause__ if isinstance(error, FileError) else None
    return isinstance(cause, OSError) and cause.errno in {errno.ENOSPC, errno.EDQUOT, errno.EROFS}
