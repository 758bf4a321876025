"""Overwrite metadata inside coded video: user data that cameras and encoders put between the frames.

Containers are rewritten, so their metadata is dropped. Streams have metadata of their own: SEI messages of H.264 and
HEVC (AVCHD cameras store time and place there), metadata units of AV1, user data of MPEG, text in MJPEG and PNG
frames, comments in the headers of Vorbis and Theora. Each function yields patches, that is offset and content to
write there. Sizes and pixels do not change, and data that decoders use is kept (captions, HDR, names of encoders whose
bugs they work around).
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping

from pyimgur.server.media.metadata_jpeg import mjpeg_patches
from pyimgur.server.media.metadata_png import png_patches

Patch = tuple[int, bytes]
Range = tuple[int, int]

START_CODE = re.compile(rb"\x00\x00\x01")
EMULATION_PREVENTION = re.compile(rb"\x00\x00\x03")
SEI_UNITS: Mapping[str, frozenset[int]] = {"h264": frozenset((6,)), "hevc": frozenset((39, 40))}
REGISTERED, UNREGISTERED = 4, 5
X264 = bytes.fromhex("dc45e9bde6d948b7962cd820d923eeef")
REGISTERED_KEPT = (b"\xb5\x00\x31", b"\xb5\x00\x3c", b"\xb5\x00\x3b", b"\x26\x00\x04")
"""Captions, HDR10+, Dolby Vision, HDR Vivid."""
USER_DATA = b"\x00\x00\x01\xb2"
USER_DATA_KEPT = (b"GA94", b"DTG1", b"\x03\x01", b"Lavc", b"XviD", b"DivX", b"FFmpe", b"ffmpe", b"UMSC", b"STEREO")
AV1_METADATA, AV1_PADDING, AV1_LAST_KEPT = 5, 15, 4
"""Types of units, and the last type of metadata that describes how to display a picture: HDR, scalability, T.35."""


def apply_patches(data: bytes, patches: Iterable[Patch]) -> bytes | None:
    """Return the data with the patches applied; None if there are none."""
    patched: bytearray | None = None
    for at, piece in patches:
        if patched is None:
            patched = bytearray(data)
        patched[at : at + len(piece)] = piece
    return bytes(patched) if patched is not None else None


# ---- H.264 and HEVC


def nal_patches(codec: str, data: bytes, length_size: int) -> Iterator[Patch]:
    """Yield patches for the user data in SEI units.

    `length_size` is the size of the length before each unit; 0 if the units follow start codes instead.
    """
    for start, end in _prefixed_units(data, length_size) if length_size else _start_code_units(data):
        type = data[start] & 31 if codec == "h264" else data[start] >> 1 & 63
        if type in SEI_UNITS[codec]:
            yield from _sei_patches(data, start, end, 1 if codec == "h264" else 2)


def _prefixed_units(data: bytes, length_size: int) -> Iterator[Range]:
    at = 0
    while at + length_size < len(data):
        start = at + length_size
        at = min(start + int.from_bytes(data[at:start], "big"), len(data))
        if start < at:
            yield start, at


def _start_code_units(data: bytes) -> Iterator[Range]:
    start = len(data)
    for code in START_CODE.finditer(data):
        if start < code.start():
            yield start, code.start()
        start = code.end()
    if start < len(data):
        yield start, len(data)


def _sei_patches(data: bytes, start: int, end: int, header: int) -> Iterator[Patch]:
    """Yield patches for the user data of one SEI unit; its sizes do not count emulation prevention bytes."""
    raw = data[start:end]
    shifts = [match.end() - 1 - number for number, match in enumerate(EMULATION_PREVENTION.finditer(raw))]
    message = EMULATION_PREVENTION.sub(b"\x00\x00", raw)
    at = header
    while at + 2 < len(message):
        type, at = _sei_number(message, at)
        size, at = _sei_number(message, at)
        if _is_user_data(type, message[at : at + size]):
            first, last = (offset + bisect_right(shifts, offset) for offset in (at, min(at + size, len(message))))
            user_data = raw[first:last].split(b"\x00\x00\x03")
            yield start + first, b"\x00\x00\x03".join(b"-" * len(piece) for piece in user_data)
        at += size


def _sei_number(message: bytes, at: int) -> tuple[int, int]:
    """Return a number that is coded as bytes of 255 and a last byte, and its end."""
    number = 0
    while at < len(message) and message[at] == 255:
        number, at = number + 255, at + 1
    return number + (message[at] if at < len(message) else 0), at + 1


def _is_user_data(type: int, content: bytes) -> bool:
    if type == UNREGISTERED:
        return not content.startswith(X264)
    return type == REGISTERED and not content.startswith(REGISTERED_KEPT)


# ---- AV1


def av1_patches(data: bytes) -> Iterator[Patch]:
    """Yield patches for private metadata units and padding."""
    at = 0
    while at + 1 < len(data):
        header, has_size = data[at], data[at] & 2
        at += 2 if header & 4 else 1
        size, at = _leb128(data, at) if has_size else (len(data) - at, at)
        type, end = header >> 3 & 15, min(at + size, len(data))
        if type == AV1_PADDING and size > 1:
            yield at, b"-" * (end - at - 1)
        elif type == AV1_METADATA:
            kind, first = _leb128(data, at)
            if kind > AV1_LAST_KEPT and first + 1 < end:
                yield first, b"-" * (end - 1 - first)
        at = end


def _leb128(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    for byte in data[at : at + 8]:
        value |= (byte & 127) << shift
        shift, at = shift + 7, at + 1
        if byte < 128:
            break
    return value, at


# ---- MPEG


def mpeg_patches(data: bytes) -> Iterator[Patch]:
    """Yield patches for the user data of MPEG-1, MPEG-2 and MPEG-4 part 2."""
    at = data.find(USER_DATA)
    while at >= 0:
        start = at + len(USER_DATA)
        end = data.find(b"\x00\x00\x01", start)
        end = end if end >= 0 else len(data)
        if not data.startswith(USER_DATA_KEPT, start):
            yield start, b"-" * (end - start)
        at = data.find(USER_DATA, end)


# ---- headers of Vorbis and Theora


def comment_patches(data: bytes) -> Iterator[Patch]:
    """Yield patches that remove the comments of a header; spaces in place of the encoder's name keep its size."""
    for name, tail in ((b"\x03vorbis", b"\x01"), (b"\x81theora", b"")):
        at = data.find(name)
        if at < 0:
            continue
        at += len(name)
        end = _comments_end(data, at)
        name_size = end - at - 8
        yield at, name_size.to_bytes(4, "little") + b" " * name_size + bytes(4) + tail


def _comments_end(data: bytes, at: int) -> int:
    """Return the end of the last comment."""
    at += 4 + int.from_bytes(data[at : at + 4], "little")
    count, at = int.from_bytes(data[at : at + 4], "little"), at + 4
    while count and at < len(data):
        count, at = count - 1, at + 4 + int.from_bytes(data[at : at + 4], "little")
    return min(at, len(data))


# ---- by codec


def _no_patches(data: bytes) -> Iterator[Patch]:
    yield from ()


PACKET_PATCHES: Mapping[str, Callable[[bytes], Iterator[Patch]]] = {
    "mjpeg": mjpeg_patches,
    "png": png_patches,
    "mpeg1video": mpeg_patches,
    "mpeg2video": mpeg_patches,
    "mpeg4": mpeg_patches,
    "libdav1d": av1_patches,
    "av1": av1_patches,
}
HEADER_PATCHES: Mapping[str, Callable[[bytes], Iterator[Patch]]] = {
    "vorbis": comment_patches,
    "theora": comment_patches,
    "mpeg1video": mpeg_patches,
    "mpeg2video": mpeg_patches,
    "mpeg4": mpeg_patches,
}


def packet_cleaner(codec: str, header: bytes) -> Callable[[bytes], bytes | None]:
    """Return a function that returns a packet of this codec without metadata, or None if it has none.

    `header` is the header of the stream (its extradata).
    """
    if codec in SEI_UNITS:
        has_configuration = header[:1] == b"\x01"
        at = 4 if codec == "h264" else 21
        length_size = (header[at] & 3) + 1 if has_configuration and len(header) > at else 0
        return lambda data: apply_patches(data, nal_patches(codec, data, length_size))
    patches = PACKET_PATCHES.get(codec, _no_patches)
    return lambda data: apply_patches(data, patches(data))


HEADERLESS = frozenset(
    " ".join(
        [
            "dvvideo flv h263 mjpeg mpeg1video msmpeg4 msmpeg4v1 msmpeg4v2 png prores svq1 vp8 wmv1",
            "ac3 eac3 mp2 mp2float mp3 mp3float pcm_alaw pcm_mulaw pcm_s16be pcm_s16le pcm_s24be pcm_s24le pcm_u8",
        ]
    ).split()
)
"""Decoders that need no header: their packets contain everything."""


def clean_header(codec: str, header: bytes) -> bytes:
    """Return the header of a stream without metadata."""
    if codec in HEADERLESS or (codec == "mpeg4" and not header.startswith(b"\x00\x00\x01")):
        return b""  # cameras put EXIF there (strd of AVI)
    if codec == "hevc" and header[:1] == b"\x01":
        return apply_patches(header, _hvcc_patches(header)) or header
    if codec in SEI_UNITS and header[:1] != b"\x01":
        return apply_patches(header, nal_patches(codec, header, 0)) or header
    return (apply_patches(header, HEADER_PATCHES[codec](header)) if codec in HEADER_PATCHES else None) or header


def _hvcc_patches(header: bytes) -> Iterator[Patch]:
    """Yield patches for the user data in the SEI units of an HEVC configuration."""
    at = 23
    for _ in range(header[22] if len(header) > 22 else 0):
        units, at = int.from_bytes(header[at + 1 : at + 3], "big"), at + 3
        for _ in range(units):
            start = at + 2
            at = min(start + int.from_bytes(header[at:start], "big"), len(header))
            if start < at and header[start] >> 1 & 63 in SEI_UNITS["hevc"]:
                yield from _sei_patches(header, start, at, 2)
