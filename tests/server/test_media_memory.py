"""Memory of the work on an upload does not grow with its file: what Python holds at most is measured, not time."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from metadata_support import chunk, jpeg_parts, riff, saved, segment, sub_blocks, webp_chunks
from PIL import Image

from motion_support import film
from pyimgur.server.media.metadata_removal import write_without_metadata
from pyimgur.server.media.probe import MediaInfo, probe

MIB = 1 << 20
SIZE, FLAT = 32 * MIB, 4 * MIB
PIXELS = 1_000_000


def moving(format: str, **options: object) -> bytes:
    """Two frames of noise."""
    first, *rest = (Image.effect_noise((300, 300), spread).convert("RGB") for spread in (20, 40))
    return saved(format, first, save_all=True, append_images=rest, duration=100, **options)


def gif_of_many_frames() -> bytes:
    whole = saved("GIF", Image.effect_noise((300, 300), 50))
    header = 13 + 3 * 256
    return whole[:-1] + whole[header:-1] * (SIZE // len(whole)) + b";"


def gif_with_comments(count: int) -> bytes:
    whole = moving("GIF")
    header = 13 + 3 * 256
    return whole[:header] + (b"!\xfe" + sub_blocks(bytes(SIZE // count))) * count + whole[header:]


def png_with(name: bytes) -> bytes:
    """Return an animation with a long chunk of this name before its pictures, or behind them."""
    whole = moving("PNG")
    at = whole.rfind(b"IEND") - 4 if name == b"fdAT" else 33
    number = b"\0\0\0\3" if name == b"fdAT" else b""
    return whole[:at] + chunk(name, number + bytes(SIZE)) + whole[at:]


def webp_with(*chunks: bytes) -> bytes:
    raw = [raw for _, raw in webp_chunks(moving("WEBP", lossless=True))]
    frame = raw[-1]
    body = b"WEBP" + b"".join([*raw, *(chunks or [frame] * (SIZE // len(frame)))])
    return b"RIFF" + len(body).to_bytes(4, "little") + body


def jpeg_with(content: bytes) -> bytes:
    start, parts, rest = jpeg_parts(saved("JPEG"))
    note = segment(0xFE if content.startswith(b"text") else 0xE1, content.ljust(65_000))
    return start + parts[0] + note * (SIZE // len(note)) + b"".join(parts[1:]) + rest


def film_with_free_space() -> bytes:
    return film() + (SIZE + 8).to_bytes(4, "big") + b"free" + bytes(SIZE)


FILES: Mapping[str, Callable[[], bytes]] = {
    "GIF, frames": gif_of_many_frames,
    "GIF, one comment": lambda: gif_with_comments(1),
    "GIF, comments": lambda: gif_with_comments(100),
    "PNG, pixels": lambda: png_with(b"fdAT"),
    "PNG, text": lambda: png_with(b"tEXt"),
    "PNG, profile": lambda: png_with(b"iCCP"),
    "PNG, EXIF": lambda: png_with(b"eXIf"),
    "WebP, frames": webp_with,
    "WebP, EXIF": lambda: webp_with(riff(b"EXIF", bytes(SIZE))),
    "WebP, XMP": lambda: webp_with(riff(b"XMP ", bytes(SIZE))),
    "JPEG, comments": lambda: jpeg_with(b"text"),
    "JPEG, EXIF": lambda: jpeg_with(b"Exif\0\0"),
    "JPEG, XMP": lambda: jpeg_with(b"http://ns.adobe.com/xap/1.0/\0"),
    "MP4": film_with_free_space,
}


def peak(work: Callable[[], object]) -> int:
    """Return how many bytes of Python's this held at most."""
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("sort", FILES)
def test_a_large_file_is_looked_at_without_being_held(sort: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(FILES[sort]())
    seen: list[MediaInfo] = []
    with (tmp_path / "file").open("rb") as file:
        held = peak(lambda: seen.append(probe(file, PIXELS)))
    assert seen[0].width > 0
    assert held < FLAT, f"{held / MIB:.1f} MiB"


@pytest.mark.parametrize("sort", [sort for sort in FILES if not sort.startswith("JPEG")])
def test_a_large_file_loses_its_metadata_without_being_held(sort: str, tmp_path: Path) -> None:
    """JPEGs are never as large: without an animation a file may have 20 MB."""
    (tmp_path / "file").write_bytes(FILES[sort]())
    with (tmp_path / "file").open("rb") as file, (tmp_path / "made").open("x+b") as made:
        held = peak(lambda: write_without_metadata(file, made, PIXELS))
        made.seek(0)
        assert probe(made, PIXELS).animated
    largest = 9 * MIB if sort in ("PNG, EXIF", "WebP, EXIF") else FLAT
    assert held < largest, f"{held / MIB:.1f} MiB"
