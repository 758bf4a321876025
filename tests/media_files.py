"""Pictures and videos of every kind, made on the spot: red, green, blue and white quarters, so that turning shows."""

from __future__ import annotations

import io
import struct
import zlib
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import av
from PIL import Image

from priority_support import usual_priority

if TYPE_CHECKING:
    from collections.abc import Sequence

Size = tuple[int, int]
GREEN = (0, 200, 0)
XMP = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    b'<rdf:Description xmlns:tiff="http://ns.adobe.com/tiff/1.0/" tiff:Orientation="6"/></rdf:RDF></x:xmpmeta>'
)
"""An orientation that only XMP tells."""
MATRICES = {
    1: (1, 0, 0, 1),
    2: (-1, 0, 0, 1),
    3: (-1, 0, 0, -1),
    4: (1, 0, 0, -1),
    5: (0, 1, 1, 0),
    6: (0, 1, -1, 0),
    7: (0, -1, -1, 0),
    8: (0, -1, 1, 0),
    9: (0, 1, -2, 0),
}
"""Display matrices by the orientation that EXIF calls the same; the last one scales, and browsers ignore it."""
PQ, HLG = 16, 18


def quarters(size: Size = (64, 48)) -> Image.Image:
    """Return red, green, blue and white, line by line."""
    width, height = size
    picture = Image.new("RGB", size, "white")
    picture.paste("red", (0, 0, width // 2, height // 2))
    picture.paste(GREEN, (width // 2, 0, width, height // 2))
    picture.paste("blue", (0, height // 2, width // 2, height))
    return picture


def saved(picture: Image.Image, format: str, **options: Any) -> bytes:
    """Return the picture as a file."""
    file = io.BytesIO()
    picture.save(file, format, **options)
    return file.getvalue()


def oriented(format: str, orientation: int, **options: Any) -> bytes:
    """Return the quarters with an EXIF orientation."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    return saved(quarters(), format, exif=exif, **options)


def chunk(name: bytes, data: bytes, checksum: int | None = None) -> bytes:
    """Return a chunk of a PNG."""
    return (
        struct.pack(">I", len(data))
        + name
        + data
        + struct.pack(">I", zlib.crc32(name + data) if checksum is None else checksum)
    )


def png(before: bytes = b"", after: bytes = b"", size: Size = (64, 48), end: bool = True) -> bytes:
    """Return the quarters as a PNG with more chunks before and after its pixels."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", *size, 8, 2, 0, 0, 0))
    pixels = chunk(b"IDAT", zlib.compress(_scanlines(quarters(size))))
    return b"\x89PNG\r\n\x1a\n" + header + before + pixels + after + (chunk(b"IEND", b"") if end else b"")


def with_hidden_default(size: Size = (64, 48), at: Size = (0, 0)) -> bytes:
    """Return an APNG of 64 by 48 whose frames, first the quarters, are of this size and its default image is none."""
    pictures = [quarters(size), Image.new("RGB", size, "purple")]
    frames = [zlib.compress(_scanlines(each)) for each in pictures]
    parts = [chunk(b"IHDR", struct.pack(">IIBBBBB", 64, 48, 8, 2, 0, 0, 0)), chunk(b"acTL", struct.pack(">II", 2, 0))]
    parts += [chunk(b"IDAT", zlib.compress(_scanlines(Image.new("RGB", (64, 48), "gray"))))]
    for number, frame in enumerate(frames):
        half = len(frame) // 2
        parts += [chunk(b"fcTL", struct.pack(">5I2H2B", 3 * number, *size, *at, 20, 100, 0, 1))]
        parts += [chunk(b"fdAT", struct.pack(">I", 3 * number + 1) + frame[:half])]
        parts += [chunk(b"fdAT", struct.pack(">I", 3 * number + 2) + frame[half:])]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts) + chunk(b"IEND", b"")


def _scanlines(picture: Image.Image) -> bytes:
    """Return the rows of a PNG, each behind the number of no filter."""
    width, height = picture.size
    return b"".join(b"\0" + picture.crop((0, y, width, y + 1)).tobytes() for y in range(height))


def interlaced_png() -> bytes:
    """Return the quarters, with noise, as an interlaced PNG."""
    picture = noisy()
    passes = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
    rows = bytearray()
    for left, top, right, down in passes:
        for y in range(top, picture.height, down):
            row = picture.crop((0, y, picture.width, y + 1)).tobytes()
            rows += b"\0" + b"".join(row[3 * x : 3 * x + 3] for x in range(left, picture.width, right))
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", *picture.size, 8, 2, 0, 0, 1))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def noisy(mode: str = "RGB") -> Image.Image:
    """Return the quarters with a little noise, so that a file of them has some length."""
    noise = Image.effect_noise((96, 96), 20).convert("RGB")
    return Image.blend(noise, quarters((96, 96)), 0.8).convert(mode)


def animation(format: str, delays: Sequence[int], size: Size = (64, 48), **options: Any) -> bytes:
    """Return the quarters and then other frames, with these delays in milliseconds."""
    more = [Image.new("RGB", size, (40 * number, 90, 200)) for number in range(1, len(delays))]
    return saved(quarters(size), format, save_all=True, append_images=more, duration=list(delays), **options)


def canvas(gif: bytes, size: Size) -> bytes:
    """Return the GIF with another size in its header."""
    return gif[:6] + struct.pack("<HH", *size) + gif[10:]


def moved(gif: bytes, to: Size) -> bytes:
    """Return the GIF with its first frame elsewhere."""
    at = gif.index(b"\x2c\0\0\0\0") + 1
    return gif[:at] + struct.pack("<HH", *to) + gif[at + 4 :]


def jpeg(progressive: bool = False) -> bytes:
    """Return the quarters as a JPEG, ended by an end marker."""
    return saved(quarters(), "JPEG", progressive=progressive, quality=95)


def with_junk(junk: bytes) -> bytes:
    """Return a JPEG with this behind its first segment."""
    data = jpeg()
    end = 4 + int.from_bytes(data[4:6], "big")
    return data[:end] + junk + data[end:]


def gray_tiff(order: str) -> bytes:
    """Return 16 bits of gray, from dark to bright, in this order of bytes."""
    width = height = 32
    pixels = b"".join(struct.pack(order + "H", 2000 * x) for _ in range(height) for x in range(width))
    tags = [
        (256, 4, width),
        (257, 4, height),
        (258, 3, 16),
        (259, 3, 1),
        (262, 3, 1),
        (273, 4, 8),
        (277, 3, 1),
        (278, 4, height),
        (279, 4, len(pixels)),
    ]
    entries = (
        struct.pack(f"{order}HHI", tag, kind, 1)
        + (struct.pack(f"{order}HH", value, 0) if kind == 3 else struct.pack(f"{order}I", value))
        for tag, kind, value in tags
    )
    start = b"MM\0*" if order == ">" else b"II*\0"
    directory = struct.pack(order + "H", len(tags)) + b"".join(entries) + bytes(4)
    return start + struct.pack(f"{order}I", 8 + len(pixels)) + pixels + directory


def masked_bmp(bits: int, *masks: int, header: int = 40, compression: int = 3, alpha: int = 255) -> bytes:
    """Return the quarters as a BMP with these bits of a pixel for red, green, blue and perhaps alpha."""
    picture = quarters()
    picture.putalpha(alpha)
    width, height = picture.size
    pixels = (picture.getpixel((x, y)) for y in reversed(range(height)) for x in range(width))
    coded = [
        sum(_placed(*each) for each in zip(pixel, masks, strict=False)) for pixel in pixels if isinstance(pixel, tuple)
    ]
    rows = b"".join(value.to_bytes(bits // 8, "little") for value in coded)
    own = b"".join(mask.to_bytes(4, "little") for mask in masks)
    info = struct.pack("<IiiHHII16x", header, width, height, 1, bits, compression, len(rows))
    info = info + own if header == 40 else (info + own).ljust(header, b"\0")
    start = 14 + len(info)
    return struct.pack("<2sIII", b"BM", start + len(rows), 0, start) + info + rows


def _placed(value: int, mask: int) -> int:
    """Return a value of 8 bits where the mask has its bits."""
    return round(value * (mask // (mask & -mask)) / 255) * (mask & -mask)


@usual_priority()
def film(
    format: str = "mp4",
    codec: str = "libx264",
    pixels: str = "yuv420p",
    *,
    size: Size = (64, 48),
    times: Sequence[int] = range(10),
    sample_ratio: str = "1",
    orientation: int = 1,
    sound: str = "",
    options: dict[str, str] | None = None,
) -> bytes:
    """Return the quarters as a video: a frame at each of these tenths of a second."""
    file = io.BytesIO()
    with av.open(file, "w", format=format) as out:
        video = out.add_stream(codec, 10, options=options or {})
        video.width, video.height, video.pix_fmt = *size, pixels
        video.codec_context.sample_aspect_ratio = Fraction(sample_ratio)
        a, b, c, d = (value * 65_536 for value in MATRICES[orientation])
        if orientation != 1:
            video.set_display_matrix([a, b, 0, c, d, 0, 0, 0, 1 << 30])
        audio = out.add_stream(sound, 48_000, layout="stereo") if sound else None
        shown = av.VideoFrame.from_image(quarters(size)).reformat(format=pixels)
        for time in times:
            shown.pts, shown.time_base = time, Fraction(1, 10)
            out.mux(video.encode(shown))
        out.mux(video.encode(None))
        if audio:
            out.mux(audio.encode(silence(audio.codec_context.format.name)))
            out.mux(audio.encode(None))
    return file.getvalue()


def silence(format: str) -> av.AudioFrame:
    """Return half a second without a sound."""
    frame = av.AudioFrame(format=format, layout="stereo", samples=24_000)
    for plane in frame.planes:
        plane.update(bytes(plane.buffer_size))
    frame.sample_rate, frame.pts, frame.time_base = 48_000, 0, Fraction(1, 48_000)
    return frame


def hdr(signal: float, transfer: int, format: str = "mov", codec: str = "libx264") -> bytes:
    """Return a gray HDR video, of this share of the signal's range."""
    file = io.BytesIO()
    with av.open(file, "w", format=format) as out:
        video = out.add_stream(codec, 10)
        video.width, video.height, video.pix_fmt = 64, 48, "yuv420p10le"
        context = video.codec_context
        context.color_trc, context.color_primaries, context.colorspace = transfer, 9, 9
        for number in range(3):
            frame = av.VideoFrame(64, 48, "yuv420p10le")
            frame.pts = number
            for value, plane in zip((64 + round(876 * signal), 512, 512), frame.planes, strict=True):
                plane.update(value.to_bytes(2, "little") * (plane.buffer_size // 2))
            out.mux(video.encode(frame))
        out.mux(video.encode(None))
    return file.getvalue()


def gray_vp9(format: str, *, full: bool, declared_full: bool, matrix: int = 1) -> bytes:
    """Return a dark gray VP9 video of this range, whose container says this one."""
    file = io.BytesIO()
    with av.open(file, "w", format=format) as out:
        video = out.add_stream("libvpx-vp9", 10)
        video.width, video.height, video.pix_fmt = 64, 48, "yuv420p"
        context = video.codec_context
        context.color_range, context.colorspace = 1 + full, matrix
        context.color_primaries = context.color_trc = matrix
        frame = av.VideoFrame(64, 48, "yuv420p")
        frame.color_range, frame.colorspace, frame.pts = 1 + full, matrix, 0
        for value, plane in zip((40, 128, 128), frame.planes, strict=True):
            plane.update(bytes([value]) * plane.buffer_size)
        out.mux(video.encode(frame))
        out.mux(video.encode(None))
    data = bytearray(file.getvalue())
    if format == "webm":
        data[data.index(b"\x55\xb9\x81") + 3] = 1 + declared_full
    else:
        at = data.index(b"vpcC") + 10
        data[at] = data[at] & 0xFE | declared_full
        if b"colrnclx" in data:
            data[data.index(b"colrnclx") + 14] = declared_full << 7
    return bytes(data)
