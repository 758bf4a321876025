"""Damaged files: after metadata removal a file shows the same pixels as before, or the upload is refused.

And what only an attacker writes: bytes where decoders do not look.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from io import BytesIO
from itertools import starmap
from pathlib import Path
from random import Random
from typing import NamedTuple

import pytest
from metadata_support import (
    MARK,
    PROFILE,
    chunk,
    drawn,
    exif,
    jpeg_parts,
    marked_gif,
    marked_jpeg,
    marked_png,
    marked_webp,
    png_chunks,
    riff,
    saved,
    webp_chunks,
)
from PIL import Image

from pyimgur.server.media import MediaError, MediaInfo, UnsupportedMediaError
from pyimgur.server.media.gif_blocks import gif_blocks, header_end
from pyimgur.server.media.metadata_removal import remove_metadata, write_without_metadata
from pyimgur.server.media.pillow import frame
from pyimgur.server.media.probe import identify, probe
from pyimgur.server.media.sniff import GIF, PNG, WEBP

PIXELS = 1_000_000
SEEDS = 250
Split = tuple[bytes, list[bytes]]


@cache
def moving(format: str, **options: object) -> bytes:
    first, *rest = (drawn(shift=60 * number) for number in range(3))
    return saved(format, first, save_all=True, append_images=rest, duration=[70, 140, 210], **options)


def transparent() -> Image.Image:
    picture = drawn()
    picture.putalpha(Image.radial_gradient("L").resize(picture.size))
    return picture


def split_png(data: bytes) -> Split:
    return data[:8], [raw for _, raw in png_chunks(data)]


def split_webp(data: bytes) -> Split:
    return data[:12], [raw for _, raw in webp_chunks(data)]


def split_gif(data: bytes) -> Split:
    return data[: header_end(data)], [data[start:end] for _, start, end in gif_blocks(data)]


def split_jpeg(data: bytes) -> Split:
    try:
        start, parts, rest = jpeg_parts(data)
    except IndexError:
        return data, []
    return start, [*parts, rest]


def with_small_chunks(data: bytes) -> bytes:
    """Return the PNG with its pixels in chunks of 40 bytes."""
    pieces = [data[:8]]
    for name, raw in png_chunks(data):
        content = raw[8:-4]
        cut = range(0, len(content), 40) if name == b"IDAT" else ()
        pieces += [chunk(name, content[at : at + 40]) for at in cut] or [raw]
    return b"".join(pieces)


class Format(NamedTuple):
    """How to take files of a format apart, and some files."""

    split: Callable[[bytes], Split]
    files: Callable[[], list[bytes]]


FORMATS: Mapping[str, Format] = {
    "PNG": Format(
        split_png,
        lambda: [
            saved("PNG"),
            saved("PNG", drawn().convert("P"), transparency=1),
            saved("PNG", transparent()),
            moving("PNG"),
            with_small_chunks(saved("PNG")),
            with_small_chunks(moving("PNG", default_image=True)),
            marked_png(moving("PNG", loop=2), 6),
        ],
    ),
    "WebP": Format(
        split_webp,
        lambda: [
            saved("WEBP"),
            saved("WEBP", transparent(), quality=50),
            saved("WEBP", transparent(), lossless=True),
            moving("WEBP", lossless=True),
            moving("WEBP", quality=50),
            saved("WEBP", icc_profile=PROFILE, exif=exif(6)),
            marked_webp(saved("WEBP", transparent(), icc_profile=PROFILE, quality=40)),
        ],
    ),
    "GIF": Format(
        split_gif,
        lambda: [saved("GIF"), moving("GIF", loop=2), marked_gif(moving("GIF", loop=1))],
    ),
    "JPEG": Format(
        split_jpeg,
        lambda: [
            saved("JPEG"),
            saved("JPEG", progressive=True),
            saved("JPEG", drawn().convert("CMYK")),
            saved("JPEG", restart_marker_blocks=3, icc_profile=PROFILE),
            marked_jpeg(saved("JPEG", progressive=True), 6),
        ],
    ),
}


def changed_parts(random: Random, parts: list[bytes], others: list[bytes]) -> list[bytes]:
    """Repeat, move, drop, take over or damage one part."""
    parts = parts.copy()
    at, to = random.randrange(len(parts)), random.randrange(len(parts))
    match random.randrange(5):
        case 0:
            parts.insert(to, parts[at])
        case 1:
            parts.insert(to, parts.pop(at))
        case 2:
            del parts[at]
        case 3:
            parts.insert(to, random.choice(others))
        case _:
            content = bytearray(parts[at])
            content[random.randrange(len(content))] = random.randrange(256)
            is_png = len(content) > 12 and random.random() < 0.8 and content[4:8].isalpha()
            parts[at] = chunk(bytes(content[4:8]), bytes(content[8:-4])) if is_png else bytes(content)
    return parts


def mutated(random: Random, format: Format) -> bytes:
    files = format.files()
    data = random.choice(files)
    for _ in range(random.randint(1, 3)):
        head, parts = format.split(data)
        if parts and random.random() < 0.6:
            data = head + b"".join(changed_parts(random, parts, format.split(random.choice(files))[1]))
            if data.startswith(b"RIFF"):
                data = data[:4] + (len(data) - 8).to_bytes(4, "little") + data[8:]
        elif random.random() < 0.3:
            data = data[: random.randrange(min(20, len(data)), len(data) + 1)]
        else:
            at = random.randrange(len(data))
            data = data[:at] + bytes([random.randrange(256)]) + data[at + 1 :]
    return data


def first_frame(data: bytes) -> bytes:
    with Image.open(BytesIO(data)) as image:
        return image.convert("RGB").tobytes()


def shown(path: Path) -> tuple[MediaInfo, Image.Image]:
    """Return the description of a file and its first frame."""
    with path.open("rb") as file:
        info = probe(file, PIXELS)
        file.seek(0)
        return info, frame(file, identify(file), PIXELS, lambda size: size).convert("RGBA")


def is_shown_in(before: Image.Image, after: Image.Image) -> bool:
    """Return whether all visible pixels are the same; a row in which a damaged file breaks off may become visible."""
    expected = after.copy()
    expected.paste(before, mask=before.getchannel("A").point([0, *[255] * 255]))
    return expected.tobytes() == after.tobytes()


@pytest.mark.parametrize("name", FORMATS)
def test_a_damaged_file_shows_the_same_without_metadata_or_is_refused(name: str, tmp_path: Path) -> None:
    sent, made, again = (tmp_path / name for name in ("sent", "made", "again"))
    accepted = 0
    for seed in range(SEEDS):
        sent.write_bytes(mutated(Random(seed), FORMATS[name]))
        try:
            info, before = shown(sent)
            remove(sent, made)
        except MediaError:
            continue
        accepted += 1
        new_info, after = shown(made)
        assert new_info == info, f"seed {seed}"
        assert is_shown_in(before, after), f"seed {seed}"
        remove(made, again)
        assert again.read_bytes() == made.read_bytes(), f"seed {seed}: a second time changes the file"
    assert accepted > SEEDS / 5, "too few files test anything"


def remove(source: Path, target: Path) -> None:
    with source.open("rb") as file, target.open("w+b") as out:
        write_without_metadata(file, out, PIXELS)


# ---- PNG: bytes that are neither pixels nor needed to find them


def png(*chunks: tuple[bytes, bytes]) -> bytes:
    return saved("PNG")[:33] + b"".join(starmap(chunk, chunks)) + chunk(b"IEND", b"")


def pixels() -> bytes:
    return next(raw[8:-4] for name, raw in png_chunks(saved("PNG")) if name == b"IDAT")


def numbered(number: int, content: bytes) -> bytes:
    return number.to_bytes(4, "big") + content


def frame_header(number: int) -> bytes:
    return numbered(number, b"\0\0\0\x30\0\0\0\x20" + bytes(8) + b"\0\1\0\x0a\0\0")


def stored(content: bytes) -> bytes:
    """Return a deflate block, not the last one, that holds these bytes uncompressed."""
    return b"\0" + len(content).to_bytes(2, "little") + (len(content) ^ 0xFFFF).to_bytes(2, "little") + content


ROWS = zlib.decompress(pixels())
OPEN = b"\x78\x01" + stored(ROWS)
"""All rows in a stream that does not end."""
ANIMATED = (b"acTL", b"\0\0\0\2\0\0\0\0"), (b"fcTL", frame_header(0)), (b"IDAT", pixels()), (b"fcTL", frame_header(1))

SMUGGLED: Mapping[str, Callable[[], bytes]] = {
    "pixels behind a frame header": lambda: png((b"IDAT", pixels()), *ANIMATED[:2], (b"IDAT", MARK * 9)),
    "pixels behind a used frame header": lambda: png(*ANIMATED, (b"IDAT", MARK * 9), (b"fdAT", numbered(2, pixels()))),
    "a frame that is not compressed": lambda: png(*ANIMATED, (b"fdAT", numbered(2, MARK * 9))),
    "a frame beyond the last": lambda: png(
        *ANIMATED, (b"fdAT", numbered(2, pixels())), (b"fcTL", frame_header(3)), (b"fdAT", numbered(4, MARK * 9))
    ),
    "a number out of order": lambda: png(*ANIMATED, (b"fdAT", MARK[:4] + pixels() + MARK)),
    "an invalid block": lambda: png((b"IDAT", OPEN + b"\xff" + MARK)),
    "no end of the stream": lambda: png((b"IDAT", OPEN + MARK)),
    "a wrong checksum of the stream": lambda: png((b"IDAT", OPEN + b"\1\0\0\xff\xff" + MARK)),
    "an unused row": lambda: png((b"IDAT", b"\x78\x01" + stored(ROWS + MARK) + b"\1\0\0\xff\xff" + MARK[:4])),
    "an animation behind the pixels": lambda: png(
        (b"IDAT", pixels()), *ANIMATED[:2], (b"fdAT", numbered(1, pixels() + MARK))
    ),
    "two palettes": lambda: png((b"PLTE", MARK * 3), (b"IDAT", pixels()), (b"PLTE", MARK * 3)),
    "a profile behind the pixels": lambda: png(
        (b"IDAT", pixels()), (b"iCCP", b"x\0\0" + zlib.compress(PROFILE) + MARK)
    ),
}


@pytest.mark.parametrize("place", SMUGGLED)
def test_a_png_holds_nothing_but_what_a_decoder_needs(place: str) -> None:
    sent = SMUGGLED[place]()
    assert MARK[:4] in sent
    clean = remove_metadata(PNG, sent)
    assert MARK[:4] not in clean, f"survived at byte {clean.find(MARK[:4])}"
    assert first_frame(clean) == first_frame(saved("PNG"))
    assert remove_metadata(PNG, clean) == clean


def test_checksums_of_a_png_say_nothing() -> None:
    """Those of empty chunks are dropped with them; a wrong one stays wrong, as decoders stop there."""
    whole = png((b"IDAT", pixels()))
    empty = (b"\0\0\0\0IDAT" + MARK[:4]) * 3
    assert remove_metadata(PNG, whole[:33] + empty + whole[33:]) == whole
    wrong = whole[:-16] + MARK[:4] + whole[-12:]
    clean = remove_metadata(PNG, wrong)
    assert clean[:-16] == whole[:-16]
    assert clean[-16:-12] == bytes(byte ^ 0xFF for byte in whole[-16:-12])


@pytest.mark.parametrize(
    "start",
    [
        b"\0\0\0\x0fIHDR"
        + saved("PNG")[16:29]
        + b"ab"
        + zlib.crc32(b"IHDR" + saved("PNG")[16:29] + b"ab").to_bytes(4, "big"),
        chunk(b"tEXt", b"a\0b") + saved("PNG")[8:33],
        saved("PNG")[8:33] * 2,
    ],
    ids=["15 bytes", "not first", "twice"],
)
def test_a_png_begins_with_one_header(start: bytes, tmp_path: Path) -> None:
    sent = saved("PNG")[:8] + start + saved("PNG")[33:]
    (tmp_path / "sent").write_bytes(sent)
    with pytest.raises(UnsupportedMediaError, match="header"), (tmp_path / "sent").open("rb") as file:
        probe(file, PIXELS)
    with pytest.raises(UnsupportedMediaError, match="header"):
        remove_metadata(PNG, sent)


# ---- WebP and GIF


def webp(*chunks: bytes) -> bytes:
    body = b"WEBP" + b"".join(chunks)
    return b"RIFF" + len(body).to_bytes(4, "little") + body


def extended(flags: int, *chunks: bytes) -> bytes:
    return webp(riff(b"VP8X", bytes([flags, *MARK[:3]]) + b"\x2f\0\0\x1f\0\0"), *chunks)


def coded() -> bytes:
    return dict(webp_chunks(saved("WEBP")))[b"VP8 "]


def webps() -> Iterator[tuple[str, bytes]]:
    yield "ALPH without a header", webp(coded(), riff(b"ALPH", MARK))
    yield "ICCP without a header", webp(coded(), riff(b"ICCP", MARK))
    yield "a second picture without a header", webp(coded(), riff(b"VP8L", MARK))
    yield "unannounced ALPH", extended(0, riff(b"ALPH", MARK), coded())
    yield "unannounced ICCP", extended(0, riff(b"ICCP", MARK), coded())
    yield "a second ICCP", extended(0x20, riff(b"ICCP", PROFILE), riff(b"ICCP", MARK), coded())
    yield "a second picture", extended(0, coded(), riff(b"VP8 ", MARK))
    yield "a frame in a still picture", extended(0, coded(), riff(b"ANMF", MARK * 3))
    yield "padding", extended(0, coded(), b"JUNK\1\0\0\0xS")


@pytest.mark.parametrize(("place", "sent"), list(webps()))
def test_a_webp_holds_nothing_but_what_decoders_use(place: str, sent: bytes) -> None:
    clean = remove_metadata(WEBP, sent)
    assert MARK[:3] not in clean, f"{place}: survived at byte {clean.find(MARK[:3])}"
    assert first_frame(clean) == first_frame(saved("WEBP"))
    assert remove_metadata(WEBP, clean) == clean


def test_a_frame_of_a_webp_has_one_picture() -> None:
    whole = moving("WEBP", lossless=True)
    grown = [
        riff(b"ANMF", raw[8:] + riff(b"VP8L", MARK)) if name == b"ANMF" else raw for name, raw in webp_chunks(whole)
    ]
    assert remove_metadata(WEBP, webp(*grown)) == whole


def test_extensions_of_a_gif_without_an_image_are_dropped() -> None:
    whole = moving("GIF", loop=2)
    control, loop = b"!\xf9\4\0" + MARK[:2] + b"\0\0", b"!\xff\x0bNETSCAPE2.0\3\1" + MARK[:2] + b"\0"
    profile = b"!\xff\x0bICCRGBG1012" + b"\5hello\0"
    at = header_end(whole)
    sent = whole[:at] + profile + (control + loop) * 9 + whole[at:-1] + (control + loop + profile) * 9 + b";"
    assert remove_metadata(GIF, sent) == whole[:at] + profile + whole[at:]
