"""Probe media files, and make thumbnails, resized images and videos from them, in bounded worker processes.

Importing this package loads no decoder and no event loop: the worker processes import it too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyimgur.server.media.errors import (
    DamagedMediaError,
    DecoderCrashedError,
    MediaError,
    MediaTimeoutError,
    MediaTooLargeError,
    MissingDecoderError,
    UnsupportedFormatError,
    UnsupportedMediaError,
    WorkerError,
)
from pyimgur.server.media.probe import MediaInfo
from pyimgur.server.media.sniff import TYPES
from pyimgur.server.media.thumbnails import THUMBNAILS

if TYPE_CHECKING:
    from pyimgur.server.media.worker_pool import MediaWorkers

__all__ = [
    "THUMBNAILS",
    "TYPES",
    "DamagedMediaError",
    "DecoderCrashedError",
    "MediaError",
    "MediaInfo",
    "MediaTimeoutError",
    "MediaTooLargeError",
    "MediaWorkers",
    "MissingDecoderError",
    "UnsupportedFormatError",
    "UnsupportedMediaError",
    "WorkerError",
]


def __getattr__(name: str) -> type[MediaWorkers]:
    if name == "MediaWorkers":
        from pyimgur.server.media.worker_pool import MediaWorkers

        return MediaWorkers
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
