"""What a file is, its thumbnails, and its other forms, made in bounded worker processes.

Importing this loads no decoder, and no event loop either: the workers import it too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyimgur.server.media.errors import (
    Crashed,
    Damaged,
    MediaError,
    MediaFailed,
    NoDecoder,
    NotMedia,
    TimedOut,
    TooLarge,
    Unsupported,
)
from pyimgur.server.media.probe import Look
from pyimgur.server.media.sniff import TYPES
from pyimgur.server.media.thumbnails import THUMBNAILS

if TYPE_CHECKING:
    from pyimgur.server.media.worker_pool import Media

__all__ = [
    "THUMBNAILS",
    "TYPES",
    "Crashed",
    "Damaged",
    "Look",
    "Media",
    "MediaError",
    "MediaFailed",
    "NoDecoder",
    "NotMedia",
    "TimedOut",
    "TooLarge",
    "Unsupported",
]


def __getattr__(name: str) -> type[Media]:
    if name == "Media":
        from pyimgur.server.media.worker_pool import Media

        return Media
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
