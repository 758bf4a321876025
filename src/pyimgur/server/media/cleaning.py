"""Probe an upload and remove its metadata or audio in one job, which writes nothing if it has neither.

Runs in a worker.
"""

from __future__ import annotations

import os
from typing import BinaryIO

from pyimgur.server.media.metadata_removal import write_without_metadata
from pyimgur.server.media.probe import MediaInfo, probe

BLOCK_SIZE = 1 << 20


def clean(
    source: BinaryIO,
    target: BinaryIO,
    max_pixels: int,
    *,
    metadata: bool,
    audio: bool,
    max_still_bytes: int | None = None,
) -> MediaInfo:
    """Write the file without its metadata or audio; the target stays empty if there is nothing to remove.

    Args:
        source: the upload.
        target: an empty file.
        max_pixels: the most pixels of a frame.
        metadata: whether to remove metadata.
        audio: whether to remove the audio of a video, and then its metadata too.
        max_still_bytes: a larger file that is not animated is only probed.

    Returns:
        The description of the new file. A video gets a new container, and may be shorter without its audio.

    Raises:
        UnsupportedMediaError: it cannot be displayed, or its structure does not separate picture data from metadata.
        MediaTooLargeError: it has more than `max_pixels` pixels or too many frames.
    """
    info = probe(source, max_pixels)
    if max_still_bytes is not None and not info.animated and _size(source) > max_still_bytes:
        return info
    source.seek(0)
    if audio and info.has_sound:
        from pyimgur.server.media.remux import remux  # importing av alone takes 60 ms

        remux(source, target, max_pixels, keep_audio=False)
    elif metadata:
        write_without_metadata(source, target, max_pixels)
    if not _size(target) or _discard_copy(source, target):
        return info
    target.seek(0)
    return probe(target, max_pixels) if info.type.startswith("video/") else info


def _discard_copy(source: BinaryIO, target: BinaryIO) -> bool:
    """Empty the target if it has the same bytes as the source, and return whether it had."""
    if _size(source) != _size(target):
        return False
    source.seek(0)
    target.seek(0)
    while block := source.read(BLOCK_SIZE):
        if block != target.read(BLOCK_SIZE):
            return False
    target.truncate(0)
    return True


def _size(file: BinaryIO) -> int:
    """Return the size of a file, with what was written last."""
    if file.writable():
        file.flush()
    return os.fstat(file.fileno()).st_size
