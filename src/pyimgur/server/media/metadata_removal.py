"""Remove metadata (EXIF, XMP, IPTC and others) from files without decoding them: place, device, time, author, previews.

Every format has an allow-list: what the picture needs to look the same stays, everything else is removed. The time
grows linearly with the size of the file, and the memory only for formats that are wiped in place. A file without
metadata comes out byte for byte, unless it is a video. Runs in a worker.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import BinaryIO, cast

from pyimgur.server.media.file_parts import MEMORY_SLACK, Piece, map_file, release_pages
from pyimgur.server.media.metadata_bmp import wipe_bmp
from pyimgur.server.media.metadata_gif import strip_gif
from pyimgur.server.media.metadata_heif import wipe_heif
from pyimgur.server.media.metadata_jpeg import strip_jpeg
from pyimgur.server.media.metadata_png import strip_png
from pyimgur.server.media.metadata_tiff import wipe_tiff
from pyimgur.server.media.metadata_webp import strip_webp
from pyimgur.server.media.probe import identify
from pyimgur.server.media.sniff import AVIF, BMP, GIF, HEIC, JPEG, PNG, TIFF, WEBP, Decoder, FileType

SEGMENT_STRIPPERS: Mapping[FileType, Callable[[bytes], Iterator[Piece]]] = {
    JPEG: strip_jpeg,
    PNG: strip_png,
    GIF: strip_gif,
    WEBP: strip_webp,
}
INPLACE_WIPERS: Mapping[FileType, Callable[[bytes], bytes]] = {
    BMP: wipe_bmp,
    TIFF: wipe_tiff,
    AVIF: wipe_heif,
    HEIC: wipe_heif,
}


def write_without_metadata(source: BinaryIO, target: BinaryIO, max_pixels: int) -> None:
    """Write the file without metadata; pictures, video and audio are copied unchanged.

    Raises:
        UnsupportedMediaError: its structure does not separate picture data from metadata; nothing is dropped silently.
        MediaTooLargeError: it has more than `max_pixels` pixels per frame, or too much junk to be removed.
    """
    kind = identify(source)
    if kind.decoder is Decoder.AV:
        from pyimgur.server.media.remux import remux  # decoders are imported when first needed

        remux(source, target, max_pixels, keep_audio=True)
    elif kind is JPEG:
        from pyimgur.server.media.metadata_junk import without_junk

        source.seek(0)
        target.write(without_junk(remove_metadata(kind, source.read()), max_pixels))
    else:
        data, written = map_file(source), 0  # the map closes with its last view
        for piece in pieces_without_metadata(kind, cast("bytes", data)):
            written += target.write(piece)
            if written >= MEMORY_SLACK:
                release_pages(data)
                written = 0


def pieces_without_metadata(kind: FileType, data: bytes) -> Iterator[Piece]:
    """Yield the picture without metadata, piece by piece; `data` may be a mapped file.

    Raises:
        UnsupportedMediaError: its structure does not separate picture data from metadata.
    """
    if kind in SEGMENT_STRIPPERS:
        yield from SEGMENT_STRIPPERS[kind](data)
    else:
        yield INPLACE_WIPERS[kind](data[:])


def remove_metadata(kind: FileType, data: bytes) -> bytes:
    """Return the picture without metadata; the same bytes if it has none.

    Raises:
        UnsupportedMediaError: its structure does not separate picture data from metadata.
    """
    return b"".join(pieces_without_metadata(kind, data))
