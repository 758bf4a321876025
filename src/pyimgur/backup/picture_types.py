"""Which type a file is, by its first bytes; and what is no picture although it was sent in the place of one."""

from __future__ import annotations

HEAD = 64
"""Bytes at the beginning of a file that tell its type."""
_SIGNATURES: tuple[tuple[bytes, int, str], ...] = (
    (b"\xff\xd8\xff", 0, "jpg"),
    (b"\x89PNG\r\n\x1a\n", 0, "png"),
    (b"GIF87a", 0, "gif"),
    (b"GIF89a", 0, "gif"),
    (b"WEBP", 8, "webp"),
    (b"AVI ", 8, "avi"),
    (b"BM", 0, "bmp"),
    (b"II*\0", 0, "tiff"),
    (b"MM\0*", 0, "tiff"),
    (b"ftypavif", 4, "avif"),
    (b"ftypavis", 4, "avif"),
    (b"ftyphei", 4, "heic"),
    (b"ftypmif1", 4, "heic"),
    (b"ftypqt  ", 4, "mov"),
    (b"ftyp", 4, "mp4"),
    (b"\x1a\x45\xdf\xa3", 0, "webm"),
    (b"FLV\x01", 0, "flv"),
    (b"\x00\x00\x01\xba", 0, "mpg"),
    (b"\x00\x00\x01\xb3", 0, "mpg"),
    (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", 0, "wmv"),
)
PLACEHOLDERS = frozenset(
    {
        "d835884373f4d6c8f24742ceabe74946",  # Imgur's removed.png, 161x81, 503 bytes
        "0cbc0f1072ce5aa60e1f71eb19fa1d96",  # the one of this package's server
    }
)
"""The MD5 digests of pictures that say that there is none."""


def extension_of(head: bytes) -> str | None:
    """Return the extension for a file that begins with these bytes; None if it is no picture or video."""
    found = (extension for signature, offset, extension in _SIGNATURES if head.startswith(signature, offset))
    return next(found, None)
