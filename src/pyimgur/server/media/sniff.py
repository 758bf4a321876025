"""What a file claims to be, by its first bytes alone: never by a name, a suffix or a content type.

The answer also names the one decoder that may look further, so that a file never reaches one it did not ask for: SVG,
PDF, playlists and subtitles have no row here, and therefore no code to reach.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType

HEAD = 512
"""How many bytes `sniff` and `name_of` want to see."""


class Decoder(Enum):
    """Which library decodes a kind."""

    PILLOW = "Pillow"
    AV = "PyAV"


@dataclass(frozen=True, slots=True)
class FileType:
    """A sort of file: its MIME type, the suffix of its links, and who decodes it under which name."""

    type: str
    ext: str
    by: Decoder
    name: str
    """Pillow's plugin, or ffmpeg's demuxer."""

    @property
    def label(self) -> str:
        """The kind's name for people."""
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
"""ISO files by their main brand; any other brand is an MP4, except `UNSUPPORTED_BRANDS`."""
EITHER = b"mif1"
"""The main brand of a still picture of any codec: the brands behind it tell which."""
OLD_QUICKTIME = frozenset((b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot"))

KINDS = frozenset({kind for _, kind in STARTS} | {WEBM, MKV, MP4} | set(RIFF.values()) | set(BRANDS.values()))
TYPES = MappingProxyType({kind.type: kind.ext for kind in sorted(KINDS, key=lambda kind: kind.type)})
"""Every MIME type a `Look` can carry, and its suffix."""


NAMES: tuple[tuple[bytes, str], ...] = (
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
"""Kinds that people try and the server refuses, by their first bytes."""
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


def name_of(head: bytes) -> str:
    """Return the name of the kind that these first bytes announce, if it is known and refused; else an empty one."""
    for start, name in NAMES:
        if head.startswith(start):
            return name
    if head[4:8] == b"ftyp":
        return UNSUPPORTED_BRANDS.get(head[8:12], "HEIF" if head[8:12] == EITHER else "")
    if head[:4] == b"RIFF":
        return "WAV" if head[8:12] == b"WAVE" else ""
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if text.startswith((b"<svg", b"<?xml", b"<!--", b"<!doctype svg")) and b"<svg" in text:
        return "SVG"
    return ""


def sniff(head: bytes) -> FileType | None:
    """The kind that these first bytes announce."""
    for start, kind in STARTS:
        if head.startswith(start):
            return kind
    if head[:4] == b"RIFF":
        return RIFF.get(head[8:12])
    if head[:4] == b"\x1aE\xdf\xa3":
        return WEBM if b"webm" in head[:64] else MKV
    if head[4:8] == b"ftyp":
        brand = head[8:12]
        if brand == EITHER:
            return _still(head)
        return None if brand in UNSUPPORTED_BRANDS else BRANDS.get(brand, MP4)
    return MOV if head[4:8] in OLD_QUICKTIME else None


def _still(head: bytes) -> FileType | None:
    """The codec of a picture whose main brand names none."""
    brands = {head[at : at + 4] for at in range(16, min(int.from_bytes(head[:4], "big"), len(head)), 4)}
    return AVIF if b"avif" in brands else HEIC if brands & {b"heic", b"heix"} else None
