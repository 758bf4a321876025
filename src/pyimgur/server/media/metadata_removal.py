"""Remove metadata from a picture without decoding it: place, device, time, author, comments, previews, trailing data.

Every format has an allow-list: what the picture needs to look the same stays, everything else goes. Works on bytes, in
time that grows with the size of the file; memory grows with it only where a format is wiped in place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from pyimgur.server.media.metadata_boxes import heif
from pyimgur.server.media.metadata_inplace import bmp
from pyimgur.server.media.metadata_segments import SEGMENT_STRIPPERS, Piece
from pyimgur.server.media.metadata_tiff import tiff
from pyimgur.server.media.sniff import AVIF, BMP, HEIC, TIFF, FileType

INPLACE_WIPERS: Mapping[FileType, Callable[[bytes], bytes]] = {BMP: bmp, TIFF: tiff, AVIF: heif, HEIC: heif}


def pieces_without_metadata(kind: FileType, data: bytes) -> Iterator[Piece]:
    """Yield the picture without metadata, piece by piece; `data` may be a mapped file.

    Raises: UnsupportedMediaError if its structure does not tell picture data from metadata: nothing is lost without
    notice.
    """
    if kind in SEGMENT_STRIPPERS:
        yield from SEGMENT_STRIPPERS[kind](data)
    else:
        yield INPLACE_WIPERS[kind](data[:])


def remove_metadata(kind: FileType, data: bytes) -> bytes:
    """Return the picture without metadata; the same bytes if it has none.

    Raises: UnsupportedMediaError if its structure does not tell picture data from metadata: nothing is lost without
    notice.
    """
    return b"".join(pieces_without_metadata(kind, data))
