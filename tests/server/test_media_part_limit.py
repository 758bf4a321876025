"""A file may have many parts, but not millions of empty ones: one limit in every format, for probing and removal."""

from __future__ import annotations

import tracemalloc
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from random import Random
from typing import BinaryIO

import av
import pytest
from metadata_support import box, chunk, jpeg_parts, marked_avif, png_chunks, riff, saved, segment, tiff_file
from PIL import Image

from motion_support import film
from pyimgur.server.media import MediaTooLargeError
from pyimgur.server.media.metadata_removal import remove_metadata, write_without_metadata
from pyimgur.server.media.part_limit import MAX_PARTS, MAX_SUB_BLOCKS
from pyimgur.server.media.probe import probe
from pyimgur.server.media.sniff import GIF, sniff
from pyimgur.server.media.video_parts import MAX_HEADER, MAX_SLOW_PARTS, MAX_VIDEO_PARTS

PIXELS = 100_000_000
MIB = 1 << 20
GIF_HEADER = 13 + 3 * 256
FRAME = b"!\xf9\x04\0\x05\0\0\0,\0\0\0\0\1\0\1\0\0\2\2\x44\1\0"


def inserted(whole: bytes, at: int, part: bytes, count: int) -> bytes:
    return whole[:at] + part * count + whole[at:]


def gif_of(part: bytes, count: int) -> bytes:
    return inserted(saved("GIF", Image.effect_noise((30, 30), 50)), GIF_HEADER, part, count)


def jpeg_of(part: bytes, count: int) -> bytes:
    start, parts, rest = jpeg_parts(saved("JPEG"))
    return start + part * count + b"".join(parts) + rest


def webp_of(part: bytes, count: int) -> bytes:
    body = saved("WEBP", exif=b"Exif\0\0MM\0*")[12:] + part * count
    return b"RIFF" + (len(body) + 4).to_bytes(4, "little") + b"WEBP" + body


def tiff_of(count: int) -> bytes:
    """Return a TIFF of strips without rows."""
    strips = (0).to_bytes(4, "little") * count
    shape = [(256, 3, b"\1\0"), (257, 3, b"\1\0"), (258, 3, b"\x08\0"), (262, 3, b"\1\0"), (259, 3, b"\5\0")]
    return tiff_file([[*shape, (273, 4, strips), (279, 4, strips)]], b"")


def avif_of(count: int) -> bytes:
    """Return an AVIF with empty boxes in its list of properties."""
    whole = marked_avif(saved("AVIF"))
    at = whole.index(b"ipco") + 4
    grown = bytearray(inserted(whole, at, box(b"free", b""), count))
    for name in (b"meta", b"iprp", b"ipco"):
        start = whole.index(name) - 4
        size = int.from_bytes(whole[start : start + 4], "big") + 8 * count
        grown[start : start + 4] = size.to_bytes(4, "big")
    return bytes(grown)


FILES: Mapping[str, Callable[[int], bytes]] = {
    "PNG, text": lambda count: inserted(saved("PNG"), 33, chunk(b"tEXt", b""), count),
    "PNG, pixels": lambda count: inserted(saved("PNG"), 33, chunk(b"IDAT", b""), count),
    "GIF, comments": lambda count: gif_of(b"!\xfe\0", count),
    "GIF, control": lambda count: gif_of(b"!\xf9\4\0\0\0\0\0", count),
    "WebP, unknown": lambda count: webp_of(riff(b"JUNK", b""), count),
    "WebP, profiles": lambda count: webp_of(riff(b"ICCP", b""), count),
    "JPEG, comments": lambda count: jpeg_of(segment(0xFE, b""), count),
    "JPEG, tables": lambda count: jpeg_of(segment(0xDD, b"\0\0"), count),
    "TIFF, strips": tiff_of,
}


def work(data: bytes, folder: Path, do: Callable[[BinaryIO, BinaryIO], object]) -> object:
    (folder / "sent").write_bytes(data)
    with (folder / "sent").open("rb") as sent, (folder / "made").open("w+b") as made:
        return do(sent, made)


JOBS: Mapping[str, Callable[[BinaryIO, BinaryIO], object]] = {
    "probe": lambda sent, _: probe(sent, PIXELS),
    "remove": lambda sent, made: write_without_metadata(sent, made, PIXELS),
}


@pytest.mark.parametrize("job", JOBS)
@pytest.mark.parametrize("sort", FILES)
def test_too_many_parts_are_refused(sort: str, job: str, tmp_path: Path) -> None:
    with pytest.raises(MediaTooLargeError, match="more than 200,000 parts"):
        work(FILES[sort](MAX_PARTS + 1), tmp_path, JOBS[job])


def test_too_many_boxes_of_an_avif_are_refused() -> None:
    """Decoders read them in C, so that only the removal counts them."""
    data = avif_of(MAX_PARTS + 1)
    kind = sniff(data)
    assert kind is not None
    with pytest.raises(MediaTooLargeError, match="more than 200,000 parts"):
        remove_metadata(kind, data)


@pytest.mark.parametrize("job", JOBS)
def test_too_many_sub_blocks_of_a_gif_are_refused(job: str, tmp_path: Path) -> None:
    data = gif_of(b"!\1" + b"\1x" * (MAX_SUB_BLOCKS + 1) + b"\0", 1)
    with pytest.raises(MediaTooLargeError, match="more than 4,000,000 parts"):
        work(data, tmp_path, JOBS[job])


@pytest.mark.parametrize("job", JOBS)
@pytest.mark.parametrize("sort", [sort for sort in FILES if sort != "TIFF, strips"])
def test_many_parts_need_little_memory(sort: str, job: str, tmp_path: Path) -> None:
    """Measured with a part of the limit: the memory grows in proportion."""
    data = FILES[sort](MAX_PARTS // 40)
    work(data, tmp_path, JOBS[job])  # imports
    tracemalloc.start()
    try:
        work(data, tmp_path, JOBS[job])
        held = tracemalloc.get_traced_memory()[1] - (len(data) if sort.startswith("JPEG") else 0)
    finally:
        tracemalloc.stop()
    assert held < 3 * MIB, f"{held / MIB:.1f} MiB"


def matroska(*elements: bytes) -> bytes:
    """Return a Matroska file with these elements before its first cluster."""
    whole = film("matroska")
    start = whole.index(b"\x18\x53\x80\x67") + 4
    cluster = whole.index(b"\x1f\x43\xb6\x75", start)
    return whole[:start] + b"\1" + b"\xff" * 7 + whole[start + 8 : cluster] + b"".join(elements) + whole[cluster:]


def element(id: bytes, content: bytes) -> bytes:
    return id + (0x10000000 | len(content)).to_bytes(4, "big") + content


VIDEOS: Mapping[str, Callable[[int], bytes]] = {
    "MP4, free space": lambda count: film() + box(b"free", b"") * count,
    "MP4, fragments": lambda count: film() + box(b"moof", box(b"traf", b"")) * (count // 2),
    "MP4, nested": lambda count: film() + box(b"moov", box(b"udta", b"") * count),
    "Matroska, padding": lambda count: matroska(b"\xec\x80" * count),
}


def grown(whole: bytes, path: tuple[bytes, ...], extra: bytes) -> bytes:
    """Return the file with more at the end of the box that this path leads to."""
    made, at, heads = bytearray(whole), 0, list[int]()
    for name in path:
        while made[at + 4 : at + 8] != name:
            at += int.from_bytes(made[at : at + 4], "big")
        heads.append(at)
        at += 16 + 70 if name == b"avc1" else 16 if name == b"stsd" else 8
    end = heads[-1] + int.from_bytes(made[heads[-1] : heads[-1] + 4], "big")
    for head in heads:
        made[head : head + 4] = (int.from_bytes(made[head : head + 4], "big") + len(extra)).to_bytes(4, "big")
    made[end:end] = extra
    return bytes(made)


def table(name: bytes, count: int, entry: bytes) -> bytes:
    return box(name, bytes(4) + count.to_bytes(4, "big") + entry * count)


def compressed(whole: bytes) -> bytes:
    """Return the file with a compressed header."""
    at = whole.index(b"moov") - 4
    moov = whole[at : at + int.from_bytes(whole[at : at + 4], "big")]
    packed = box(b"cmvd", len(moov).to_bytes(4, "big") + zlib.compress(moov))
    return whole.replace(moov, box(b"moov", box(b"cmov", box(b"dcom", b"zlib") + packed)))


STBL = (b"moov", b"trak", b"mdia", b"minf", b"stbl")
DATA = box(b"data", b"\0\0\0\1\0\0\0\0v")
HANDLER = box(b"hdlr", bytes(8) + b"mdir" + bytes(13))
TEXT = box(b"\xa9nam", b"\0\1\x15\xc7x")
TAG = element(b"\x67\xc8", element(b"\x45\xa3", b"N") + element(b"\x44\x87", b"v"))
SLOW_VIDEOS: Mapping[str, Callable[[int], bytes]] = {
    "iTunes tags": lambda count: grown(
        film(), (b"moov",), box(b"udta", box(b"meta", bytes(4) + HANDLER + box(b"ilst", box(b"----", DATA) * count)))
    ),
    "QuickTime tags": lambda count: grown(film(), (b"moov",), box(b"meta", HANDLER + box(b"ilst", DATA * count))),
    "keys": lambda count: grown(film(), (b"moov",), box(b"meta", HANDLER + table(b"keys", count, box(b"mdta", b"k")))),
    "texts": lambda count: grown(film(), (b"moov",), box(b"udta", TEXT * count)),
    "texts of a track": lambda count: grown(film(), (b"moov", b"trak"), box(b"udta", TEXT * count)),
    "texts in a sample description": lambda count: grown(film(), (*STBL, b"stsd", b"avc1"), box(b"udta", TEXT * count)),
    "texts in a compressed header": lambda count: compressed(grown(film(), (b"moov",), box(b"udta", TEXT * count))),
    "edits": lambda count: grown(film(), (b"moov", b"trak"), box(b"edts", table(b"elst", count, bytes(12)))),
    "items": lambda count: (
        film()
        + box(
            b"meta",
            bytes(4) + HANDLER + box(b"iloc", bytes(4) + b"\x44\0" + count.to_bytes(2, "big") + bytes(14) * count),
        )
    ),
    "references": lambda count: (
        film() + box(b"meta", bytes(4) + HANDLER + box(b"iref", bytes(4) + box(b"dimg", bytes(6)) * count))
    ),
    "Matroska tags": lambda count: matroska(element(b"\x12\x54\xc3\x67", element(b"\x73\x73", TAG * count))),
    "Matroska lists of tags": lambda count: matroska(
        element(b"\x12\x54\xc3\x67", element(b"\x73\x73", TAG) * (count // 20))
    ),
}
"""Parts for each of which ffmpeg searches all earlier ones: 40,000 of one kind took 4 to 11 seconds."""


@pytest.mark.parametrize("job", JOBS)
@pytest.mark.parametrize("sort", VIDEOS)
def test_too_many_parts_of_a_video_are_refused(sort: str, job: str, tmp_path: Path) -> None:
    with pytest.raises(MediaTooLargeError, match="more than 1,000,000 parts"):
        work(VIDEOS[sort](MAX_VIDEO_PARTS + 2), tmp_path, JOBS[job])


@pytest.mark.parametrize("job", JOBS)
@pytest.mark.parametrize("sort", SLOW_VIDEOS)
def test_too_many_slow_parts_of_a_video_are_refused_before_a_decoder_reads_them(
    sort: str, job: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = SLOW_VIDEOS[sort](MAX_SLOW_PARTS + 20)
    monkeypatch.setattr(av, "open", None)
    with pytest.raises(MediaTooLargeError, match="more than 5,000 parts"):
        work(data, tmp_path, JOBS[job])


@pytest.mark.parametrize("sort", [sort for sort in SLOW_VIDEOS if sort not in ("edits", "references")])
def test_some_slow_parts_of_a_video_are_accepted(sort: str, tmp_path: Path) -> None:
    for do in JOBS.values():
        work(SLOW_VIDEOS[sort](200), tmp_path, do)


def test_a_compressed_header_has_a_limit(tmp_path: Path) -> None:
    with pytest.raises(MediaTooLargeError, match="more than 1,000,000 parts"):
        work(compressed(grown(film(), (b"moov",), box(b"free", bytes(MAX_HEADER)))), tmp_path, JOBS["probe"])


@pytest.mark.parametrize("sort", ["MP4, free space", "Matroska, padding"])
def test_a_video_of_some_empty_parts_is_accepted(sort: str, tmp_path: Path) -> None:
    for do in JOBS.values():
        work(VIDEOS[sort](1000), tmp_path, do)


def test_a_gif_of_the_most_frames_is_accepted(tmp_path: Path) -> None:
    data = saved("GIF", Image.effect_noise((30, 30), 50))[:-1] + FRAME * 9_999 + b";"
    (tmp_path / "sent").write_bytes(data)
    with (tmp_path / "sent").open("rb") as file:
        assert probe(file, PIXELS).frames == 10_000
    assert remove_metadata(GIF, data) == data


@pytest.mark.parametrize("extra_rows", [0, 1])
def test_a_large_png_in_small_chunks(extra_rows: int, tmp_path: Path) -> None:
    """Also if it has to be compressed again, because of a row too many."""
    side = 1024
    rows = b"".join(b"\0" + Random(row).randbytes(side) for row in range(side + extra_rows))
    stream = zlib.compress(rows, 0)
    header = side.to_bytes(4, "big") * 2 + bytes((8, 0, 0, 0, 0))
    chunks = [chunk(b"IDAT", stream[at : at + 200]) for at in range(0, len(stream), 200)]
    data = saved("PNG")[:8] + chunk(b"IHDR", header) + b"".join(chunks) + chunk(b"IEND", b"")
    tracemalloc.start()
    try:
        work(data, tmp_path, JOBS["remove"])
        held = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    made = (tmp_path / "made").read_bytes()
    kept = zlib.decompress(b"".join(raw[8:-4] for name, raw in png_chunks(made) if name == b"IDAT"))
    assert kept == rows[: side * (side + 1)]
    assert extra_rows or made == data
    assert held < 6 * MIB, f"{held / MIB:.1f} MiB"
