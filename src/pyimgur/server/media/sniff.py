"""Recognize the format of a file by its first bytes alone, never by its name, suffix or content type.

The format also names the one decoder that may read the file. SVG, PDF, playlists and subtitles are not in the tables,
so they never reach a decoder.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType

HEAD_SIZE = 512
"""How many bytes `sniff` and `unsupported_format` need."""


class Decoder(Enum):
    """The library that decodes a format."""

    PILLOW = "Pillow"
    AV = "PyAV"


@dataclass(frozen=True, slots=True)
class FileType:
    """A file format: its MIME type, the suffix of its links, and its decoder."""

    type: str
    ext: str
    decoder: Decoder
    name: str
    """The name of Pillow's plugin, or of ffmpeg's demuxer."""

    @property
    def label(self) -> str:
        """The name of the format for error messages."""
        return "MPEG" if self.type == "video/mpeg" else self.type.rpartition("/")[2].removeprefix("x-").upper()


JPEG = FileType("image/jpeg", "jpg", Decoder.PILLOW, "Jpeg")
PNG = FileType("image/png", "png", Decoder.PILLOW, "Png")
GIF = FileType("image/gif", "gif", Decoder.PILLOW, "Gif")
WEBP = FileType("image/webp", "webp", Decoder.PILLOW, "WebP")
TIFF = FileType("image/tiff", "tiff", Decoder.PILLOW, "Tiff")
BMP = FileType("image/bmp", "bmp", Decoder.PILLOW, "Bmp")
AVIF = FileType("image/avif", "avif", Decoder.PILLOW, "Avif")
HEIC = FileType("image/heic", "heic", Decoder.PILLOW, "Heif")
MP4 = FileType("video/mp4", "mp4", Decoder.AV, "mp4")
MOV = FileType("video/quicktime", "mov", Decoder.AV, "mov")
WEBM = FileType("video/webm", "webm", Decoder.AV, "webm")
MKV = FileType("video/x-matroska", "mkv", Decoder.AV, "matroska")
AVI = FileType("video/x-msvideo", "avi", Decoder.AV, "avi")
FLV = FileType("video/x-flv", "flv", Decoder.AV, "flv")
MPEG = FileType("video/mpeg", "mpeg", Decoder.AV, "mpeg")
MPEG_STREAM = FileType("video/mpeg", "mpeg", Decoder.AV, "mpegvideo")
WMV = FileType("video/x-ms-wmv", "wmv", Decoder.AV, "asf")

STARTS: tuple[tuple[bytes, FileType], ...] = (
    (b"\xff\xd8\xff", JPEG),
    (b"\x89PNG\r\n\x1a\n", PNG),
    (b"GIF87a", GIF),
    (b"GIF89a", GIF),
    (b"II*\x00", TIFF),
    (b"MM\x00*", TIFF),
    (b"BM", BMP),
    (b"FLV\x01", FLV),
    (b"\x00\x00\x01\xba", MPEG),
    (b"\x00\x00\x01\xb3", MPEG_STREAM),
    (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", WMV),
)
RIFF = {b"WEBP": WEBP, b"AVI ": AVI}
BRANDS = {b"avif": AVIF, b"avis": AVIF, b"heic": HEIC, b"heix": HEIC, b"qt  ": MOV}
"""ISO files by their major brand; any other brand is an MP4, except `UNSUPPORTED_BRANDS`."""
HEIF_BRAND = b"mif1"
"""The major brand of a still image of any codec: its compatible brands name the codec."""
OLD_QUICKTIME_BOXES = frozenset((b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot"))

KINDS = frozenset({kind for _, kind in STARTS} | {WEBM, MKV, MP4} | set(RIFF.values()) | set(BRANDS.values()))
TYPES = MappingProxyType({kind.type: kind.ext for kind in sorted(KINDS, key=lambda kind: kind.type)})
"""Every MIME type of a `MediaInfo`, and its suffix."""


UNSUPPORTED_STARTS: tuple[tuple[bytes, str], ...] = (
    (b"%PDF", "PDF"),
    (b"%!PS", "PostScript"),
    (b"8BPS", "Photoshop"),
    (b"\0\0\1\0", "Icon (ICO)"),
    (b"\xff\x0a", "JPEG XL"),
    (b"\0\0\0\x0cJXL ", "JPEG XL"),
    (b"\0\0\0\x0cjP  ", "JPEG 2000"),
    (b"\xff\x4f\xff\x51", "JPEG 2000"),
    (b"II+\0", "BigTIFF"),
    (b"MM\0+", "BigTIFF"),
    (b"II\xbc\x01", "JPEG XR"),
    (b"gimp xcf", "GIMP"),
    (b"PK\3\4", "ZIP"),
    (b"OggS", "Ogg"),
    (b"ID3", "MP3"),
    (b"fLaC", "FLAC"),
    (b"#EXTM3U", "Playlist"),
)
"""Names of formats that people upload and the server refuses, by their first bytes."""
UNSUPPORTED_BRANDS = {
    b"heim": "HEIC with several layers",
    b"heis": "HEIC with several layers",
    b"hevc": "HEIC sequence",
    b"hevx": "HEIC sequence",
    b"msf1": "HEIF sequence",
    b"crx ": "Canon RAW",
    b"jp2 ": "JPEG 2000",
    b"jpx ": "JPEG 2000",
    b"M4A ": "M4A",
    b"M4B ": "M4B",
}


def unsupported_format(head: bytes) -> str:
    """Return the name of an unsupported format that begins like this; an empty string if it is not known."""
    for start, name in UNSUPPORTED_STARTS:
        if head.startswith(start):
            return name
    if head[4:8] == b"ftyp":
        return UNSUPPORTED_BRANDS.get(head[8:12], "HEIF" if head[8:12] == HEIF_BRAND else "")
    if head[:4] == b"RIFF":
        return "WAV" if head[8:12] == b"WAVE" else ""
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if text.startswith((b"<svg", b"<?xml", b"<!--", b"<!doctype svg")) and b"<svg" in text:
        return "SVG"
    return ""


def sniff(head: bytes) -> FileType | None:
    """Return the format of a file that begins like this; None if it is not supported."""
    for start, kind in STARTS:
        if head.startswith(start):
            return kind
    if head[:4] == b"RIFF":
        return RIFF.get(head[8:12])
    if head[:4] == b"\x1aE\xdf\xa3":
        return WEBM if b"webm" in head[:64] else MKV
    if head[4:8] == b"ftyp":
        brand = head[8:12]
        if brand == HEIF_BRAND:
            return _heif_type(head)
        return None if brand in UNSUPPORTED_BRANDS else BRANDS.get(brand, MP4)
    return MOV if head[4:8] in OLD_QUICKTIME_BOXES else None


def _heif_type(head: bytes) -> FileType | None:
    """Return the format of a HEIF image by its compatible brands."""
    brands = {head[at : at + 4] for at in range(16, min(int.from_bytes(head[:4], "big"), len(head)), 4)}
    return AVIF if b"avif" in brands else HEIC if brands & {b"heic", b"heix"} else None
