"""Metadata is removed by an allow-list in every format: no marker survives, and every pixel does."""

from __future__ import annotations

import io
import re
import struct
import zlib
from collections.abc import Mapping
from functools import cache
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from metadata_support import (
    MARK,
    PROFILE,
    about,
    box,
    boxes,
    chunk,
    drawn,
    exif,
    jpeg_parts,
    marked_avif,
    marked_avif_animation,
    marked_bmp,
    marked_gif,
    marked_jpeg,
    marked_png,
    marked_webp,
    png_chunks,
    riff,
    saved,
    seen,
    segment,
    sub_blocks,
    tiff_file,
    webp_chunks,
)
from PIL import Image

from pyimgur.server.media import MediaTooLargeError, UnsupportedMediaError
from pyimgur.server.media.metadata_jpeg import jpeg_scans
from pyimgur.server.media.metadata_junk import without_junk
from pyimgur.server.media.metadata_removal import remove_metadata
from pyimgur.server.media.metadata_tiff import KEPT_TAGS
from pyimgur.server.media.sniff import AVIF, BMP, GIF, JPEG, PNG, TIFF, WEBP, FileType

PIXELS = 1_000_000


def frames(mode: str = "RGB", count: int = 3) -> list[Image.Image]:
    return [drawn(shift=60 * number).convert(mode) for number in range(count)]


def noise(size: tuple[int, int]) -> Image.Image:
    """The same noise each time."""
    return Image.frombytes("L", size, Random(1).randbytes(size[0] * size[1]))


@cache
def moving(format: str, **options: object) -> bytes:
    first, *rest = frames()
    return saved(format, first, save_all=True, append_images=rest, duration=[70, 140, 210], **options)


def assert_clean(kind: FileType, dirty: bytes) -> bytes:
    """Remove the metadata; frames, delays, loops and profile stay, and a second time changes nothing."""
    assert MARK in dirty
    clean = remove_metadata(kind, dirty)
    assert MARK not in clean, (
        f"a marker survived at byte {clean.find(MARK)}: {clean[max(0, clean.find(MARK) - 40) :][:80]}"
    )
    assert seen(clean) == seen(dirty)
    assert about(clean) == about(dirty)
    assert remove_metadata(kind, clean) == clean
    return clean


JPEGS = {
    "baseline": {},
    "progressive": {"progressive": True},
    "restarts": {"restart_marker_blocks": 3},
    "profile": {"icc_profile": PROFILE},
}


@pytest.mark.parametrize("orientation", [1, 2, 5, 6, 8])
@pytest.mark.parametrize("sort", [*JPEGS, "CMYK", "gray"])
def test_jpeg(sort: str, orientation: int) -> None:
    picture = drawn().convert({"CMYK": "CMYK", "gray": "L"}.get(sort, "RGB"))
    clean = assert_clean(JPEG, marked_jpeg(saved("JPEG", picture, **JPEGS.get(sort, {})), orientation))
    assert (b"Exif" in clean) == (orientation != 1)


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("order", ["little", "big"])
def test_orientation_alone_is_no_metadata(format: str, order: str) -> None:
    exif = Image.Exif()
    exif[0x0112], exif.endian = 6, {"little": "<", "big": ">"}[order]
    sent = saved(format, exif=exif)
    assert seen(sent)[0][1] == (32, 48)
    assert seen(remove_metadata(KINDS[format], sent)) == seen(sent)


def test_orientation_in_xmp_adds_no_exif() -> None:
    xmp = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:Description tiff:Orientation="6"/></x:xmpmeta>'
    assert remove_metadata(JPEG, saved("JPEG", xmp=xmp)) == saved("JPEG")


JUNK = {"newlines": b"\n" * 7, "stuffing": b"\xff\x00\xff\x00", "restart": b"\xff\xd3", "fill": b"\xff" * 5}


@pytest.mark.parametrize("junk", [*JUNK, "marker"])
def test_junk_between_the_segments_of_a_jpeg(junk: str) -> None:
    sent = marked_jpeg(saved("JPEG"), 6)
    at = sent.index(b"\xff\xdb")
    dirty = sent[:at] + JUNK.get(junk, MARK) + sent[at:]
    clean = remove_metadata(JPEG, dirty)
    assert MARK not in clean
    assert seen(clean) == seen(sent)


@pytest.mark.parametrize("progressive", [False, True])
def test_a_jpeg_without_an_end_is_kept_as_it_is(progressive: bool) -> None:
    sent = saved("JPEG", progressive=progressive)[:-2]
    assert remove_metadata(JPEG, sent) == sent
    assert remove_metadata(JPEG, sent[:2] + segment(0xFE, MARK) + sent[2:]) == sent


@pytest.mark.parametrize("text", [MARK, MARK * 300, b"\x00\x01\x02" + MARK + bytes(100)])
@pytest.mark.parametrize("sort", ["baseline", "progressive", "restarts", "gray", "CMYK"])
@pytest.mark.parametrize("ended", [False, True])
def test_text_behind_the_scans_of_a_jpeg(sort: str, text: bytes, ended: bool) -> None:
    picture = noise((48, 32)).convert({"CMYK": "CMYK", "gray": "L"}.get(sort, "RGB"))
    whole = saved("JPEG", picture, **JPEGS.get(sort, {}))
    sent = whole[:-2] + text + whole[-2:] * ended
    clean = without_junk(remove_metadata(JPEG, sent), PIXELS)
    assert MARK not in clean
    assert seen(clean) == seen(whole)
    assert len(clean) <= len(whole)


def test_text_between_the_scans_of_a_jpeg() -> None:
    whole = saved("JPEG", noise((48, 32)).convert("RGB"), progressive=True)
    at = whole.rindex(b"\xff\xc4")
    clean = without_junk(remove_metadata(JPEG, whole[:at] + MARK * 5 + whole[at:]), PIXELS)
    assert MARK not in clean
    assert seen(clean) == seen(whole)


def test_too_much_text_between_scans_is_refused() -> None:
    whole = saved("JPEG", noise((48, 32)).convert("RGB"), progressive=True)
    for _, end in reversed(list(jpeg_scans(whole))):
        whole = whole[:end] + MARK * 500 + whole[end:]
    assert len(list(jpeg_scans(whole))) > 8
    with pytest.raises(MediaTooLargeError, match="text between too many of its parts"):
        without_junk(whole, PIXELS)


@pytest.mark.parametrize("sort", JPEGS)
def test_a_jpeg_cut_off_anywhere_keeps_what_it_shows(sort: str) -> None:
    whole = saved("JPEG", noise((96, 96)).convert("RGB"), **JPEGS[sort])
    lengths = {length for start, end in jpeg_scans(whole) for length in range(start + 1, end - 1, 307)}
    for length in sorted(lengths)[-12:]:
        clean = without_junk(remove_metadata(JPEG, whole[:length]), PIXELS)
        assert seen(clean + b"\xff\xd9") == seen(whole[:length] + b"\xff\xd9"), f"cut at {length}"


def test_only_the_first_picture_of_an_mpo_stays() -> None:
    first, second = frames(count=2)
    clean = remove_metadata(JPEG, saved("MPO", first, save_all=True, append_images=[second]))
    assert clean.count(b"\xff\xd8\xff") == 1
    assert b"MPF" not in clean
    assert seen(clean) == seen(saved("JPEG", first))


def test_fill_bytes_stay() -> None:
    sent = saved("JPEG").replace(b"\xff\xdb", b"\xff\xff\xff\xdb")
    assert remove_metadata(JPEG, sent) == sent


def test_a_jpeg_of_bytes_that_look_like_markers_takes_linear_time() -> None:
    sent = saved("JPEG")[:-2] + b"\xff" * 3_000_000 + b"\x00" + b"\xff\x00" * 1_000_000
    assert remove_metadata(JPEG, sent) == sent


@pytest.mark.parametrize(
    "damaged", [b"\xff\xd8\xff\xe0", b"\xff\xd8\xff\xd9", b"\xff\xd8\xff\xff\xff\xff", saved("JPEG")[:300]]
)
def test_a_jpeg_without_picture_data_is_refused(damaged: bytes) -> None:
    with pytest.raises(UnsupportedMediaError):
        remove_metadata(JPEG, damaged)


@pytest.mark.parametrize("orientation", [1, 6])
@pytest.mark.parametrize("mode", ["RGB", "RGBA", "P", "I;16", "1"])
def test_png(mode: str, orientation: int) -> None:
    options = {"icc_profile": PROFILE} if mode == "RGB" else {"transparency": 1} if mode == "P" else {"dpi": (72, 72)}
    assert_clean(
        PNG,
        marked_png(
            saved("PNG", drawn().convert("L" if mode == "I;16" else mode).convert(mode), **options), orientation
        ),
    )


def test_apng() -> None:
    assert_clean(PNG, marked_png(moving("PNG", loop=4)))


@pytest.mark.parametrize("name", [b"IDAT", b"fdAT"])
@pytest.mark.parametrize("ahead", [0, 1])
def test_what_follows_the_compressed_pixels_of_a_png(name: bytes, ahead: int) -> None:
    sent = moving("PNG")
    parts = [raw for _, raw in png_chunks(sent)]
    number = max(at for at, part in enumerate(parts) if part[4:8] == name)
    content = parts[number][8:-4]
    sequence = content[:4] if name == b"fdAT" else b""
    following = (int.from_bytes(sequence, "big") + 1).to_bytes(4, "big") if sequence else b""
    parts[number] = chunk(name, content + MARK * ahead)
    parts.insert(number + 1, chunk(name, following + MARK * 20_000))
    clean = assert_clean(PNG, sent[:8] + b"".join(parts))
    assert clean == sent


def test_the_compressed_pixels_of_a_png_are_unpacked_no_further_than_they_are_pixels() -> None:
    sent = saved("PNG")
    start = sent.index(b"IDAT") + 4
    bomb = chunk(b"IDAT", zlib.compress(bytes(200_000_000), 1))
    made = remove_metadata(PNG, sent[: start - 8] + bomb + sent[-12:])
    assert len(made) < 200, f"{len(made)} bytes are kept of rows that the picture does not have"
    assert seen(made)[0][2] == bytes(48 * 32 * 3)


@pytest.mark.parametrize("cut", [1, 4, 5, 12, 13, 14, 20])
def test_a_png_that_breaks_off_is_kept_as_it_is(cut: int) -> None:
    sent = saved("PNG")
    start = sent.index(b"IDAT") - 4
    assert remove_metadata(PNG, sent[: start + 8 + cut]) == sent[: start + 8 + cut]


def test_a_damaged_chunk_that_decoders_ignore_is_dropped() -> None:
    sent = saved("PNG")
    gamma = chunk(b"gAMA", (45455).to_bytes(4, "big"))[:-1] + b"?"
    assert remove_metadata(PNG, sent[:33] + gamma + sent[33:]) == sent


@pytest.mark.parametrize("name", ["cHRM", "mDCV", "tRNS", "PLTE", "fcTL", "fdAT"])
def test_a_chunk_of_a_png_that_does_not_decide_its_display(name: str) -> None:
    sent = saved("PNG")
    for at in (33, len(sent) - 12):
        made = remove_metadata(PNG, sent[:at] + chunk(name.encode(), MARK) + sent[at:])
        assert made == sent, f"{name} at {at}"


def test_the_number_of_lines_of_a_jpeg_that_decoders_ignore() -> None:
    sent = saved("JPEG")
    assert remove_metadata(JPEG, sent[:2] + segment(0xDC, MARK) + sent[2:]) == sent


@pytest.mark.parametrize("loop", [None, 0, 7])
def test_gif(loop: int | None) -> None:
    assert_clean(GIF, marked_gif(moving("GIF", **({} if loop is None else {"loop": loop}))))


def test_a_gif_keeps_its_profile_and_both_sorts_of_loops() -> None:
    sent = moving("GIF", loop=3)
    profile = b"!\xff\x0bICCRGBG1012\x05hello\x00"
    at = sent.index(b"!\xff")
    sent = sent[:at] + profile + sent[at:].replace(b"NETSCAPE2.0", b"ANIMEXTS1.0")
    assert remove_metadata(GIF, sent) == sent


def test_junk_between_the_blocks_of_a_gif() -> None:
    sent = moving("GIF", loop=3)
    assert remove_metadata(GIF, sent.replace(b"!\xf9\x04", b"\x00\x00!\xf9\x04")) == sent


@pytest.mark.parametrize("orientation", [1, 8])
@pytest.mark.parametrize("options", [{"lossless": True}, {"quality": 40}, {"quality": 40, "alpha": True}])
def test_webp(options: dict[str, object], orientation: int) -> None:
    picture = drawn()
    if options.get("alpha"):
        picture.putalpha(Image.radial_gradient("L").resize(picture.size))
    assert_clean(WEBP, marked_webp(saved("WEBP", picture, icc_profile=PROFILE, **options), orientation))


def test_a_webp_without_picture_data_is_refused() -> None:
    with pytest.raises(UnsupportedMediaError, match="no picture data"):
        remove_metadata(WEBP, saved("WEBP").replace(b"VP8 ", b"XXXX"))
    with pytest.raises(UnsupportedMediaError, match="frame without picture data"):
        remove_metadata(WEBP, moving("WEBP", lossless=True).replace(b"VP8L", b"XXXX", 2))


def test_transparency_beside_lossless_pixels_of_a_webp() -> None:
    chunks = [raw for _, raw in webp_chunks(saved("WEBP", lossless=True, icc_profile=PROFILE))]
    body = b"WEBP" + b"".join([*chunks, riff(b"ALPH", b"\0" + MARK)])
    assert_clean(WEBP, b"RIFF" + len(body).to_bytes(4, "little") + body)


def test_animated_webp() -> None:
    assert_clean(WEBP, marked_webp(moving("WEBP", loop=3, lossless=True)))


@pytest.mark.parametrize("linked", [False, True])
@pytest.mark.parametrize("mode", ["RGB", "P", "1", "RGBA", "L"])
def test_bmp(mode: str, linked: bool) -> None:
    clean = assert_clean(BMP, marked_bmp(saved("BMP", drawn().convert(mode)), linked=linked))
    assert (PROFILE in clean) is not linked
    assert (b"KNIL" in clean) is False


RLE = bytes.fromhex("0805 0000  0008 0102030405060708 0000  0401 0402 0000  0803 0001")


def test_a_run_length_encoded_bmp_ends_where_its_codes_say() -> None:
    header = struct.pack("<IiiHHIIiiII", 40, 8, 4, 1, 8, 1, 0, 0, 0, 256, 0)
    sent = header + bytes(range(256)) * 4 + RLE
    whole = b"BM" + struct.pack("<III", 14 + len(sent), 0, 14 + 40 + 1024) + sent
    clean = remove_metadata(BMP, whole + MARK)
    assert clean == whole
    assert seen(clean) == seen(whole + MARK)


KINDS = {"JPEG": JPEG, "PNG": PNG, "GIF": GIF, "WEBP": WEBP, "BMP": BMP, "TIFF": TIFF}


@pytest.mark.parametrize("format", KINDS)
@pytest.mark.parametrize("mode", ["RGB", "L", "P", "1"])
def test_a_picture_without_metadata_is_kept_byte_for_byte(format: str, mode: str) -> None:
    sent = saved(format, drawn().convert("RGB" if format in ("JPEG", "WEBP") else mode))
    assert remove_metadata(KINDS[format], sent) == sent


# ---- AVIF and HEIC

TURNS = {1: b"", 3: box(b"irot", b"\x02"), 5: box(b"irot", b"\x01") + box(b"imir", b"\x00"), 6: box(b"irot", b"\x03")}


@pytest.mark.parametrize("orientation", TURNS)
def test_avif(orientation: int) -> None:
    dirty = marked_avif(saved("AVIF", quality=100, subsampling="4:4:4"), TURNS[orientation])
    assert seen(dirty)[0][1] == ((32, 48) if orientation > 4 else (48, 32))
    assert_clean(AVIF, dirty)


def test_an_avif_with_transparency_and_profile() -> None:
    picture = drawn()
    picture.putalpha(Image.radial_gradient("L").resize(picture.size))
    dirty = saved(
        "AVIF", picture, icc_profile=PROFILE, exif=exif(6), xmp=b"<x:xmpmeta>" + MARK, alpha_premultiplied=False
    )
    assert_clean(AVIF, dirty)


@pytest.mark.parametrize("format", ["still", "animated"])
def test_the_brands_of_an_avif(format: str) -> None:
    sent = saved("AVIF") if format == "still" else moving("AVIF")
    size = int.from_bytes(sent[:4], "big")
    at = sent.index(b"miaf", 8, size)
    clean = assert_clean(AVIF, sent[:12] + MARK[:4] + sent[16:at] + b"SeCr" + sent[at + 4 :] + MARK)
    assert b"SeCr" not in clean
    assert clean[:12] == sent[:12]
    assert clean[16:at] + clean[at + 4 : size] == sent[16:at] + sent[at + 4 : size]


def test_an_animated_avif() -> None:
    assert_clean(AVIF, marked_avif_animation(moving("AVIF")))


def with_marker_behind(data: bytes, target: bytes) -> bytes:
    """Return the animated AVIF with a marker behind the content of each box of this name; offsets are adjusted."""

    def rebuilt(content: bytes, parent: bytes) -> bytes:
        skip = AVIF_CONTAINERS[parent]
        return content[:skip] + b"".join(
            box(name, (rebuilt(inner, name) if name in AVIF_CONTAINERS else inner) + MARK * (name == target))
            for name, inner in boxes(content[skip:])
        )

    at = data.index(b"mdat") - 4
    header = bytearray(rebuilt(data[:at], b""))
    added = len(header) - at
    iloc, tables = header.index(b"iloc"), [match.start() for match in re.finditer(b"stco", header)]
    places = [
        at + 12 + 4 * number for at in tables for number in range(int.from_bytes(header[at + 8 : at + 12], "big"))
    ]
    assert header[iloc + 8 : iloc + 10] == b"\x44\x00"
    places += [iloc + 12 + 14 * number + 6 for number in range(int.from_bytes(header[iloc + 10 : iloc + 12], "big"))]
    for place in places:
        offset = int.from_bytes(header[place : place + 4], "big") + added
        header[place : place + 4] = offset.to_bytes(4, "big")
    return bytes(header) + data[at:]


AVIF_CONTAINERS: Mapping[bytes, int] = {
    **dict.fromkeys((b"", b"moov", b"trak", b"mdia", b"minf", b"stbl", b"edts", b"dinf", b"iprp", b"ipco"), 0),
    b"meta": 4,
    b"stsd": 8,
    b"dref": 8,
    b"av01": 78,
    b"iref": 4,
    b"tref": 0,
}
ENDS = (
    b"mvhd tkhd mdhd elst hdlr vmhd dref url stts stsc stsz stco stss stsd av01 pitm iloc ipma iref ispe pixi "
    b"colr tref auxl dinf"
).split()


@pytest.mark.parametrize("target", [name.ljust(4) for name in ENDS])
def test_bytes_behind_the_known_fields_of_a_box(target: bytes) -> None:
    """In an animation with transparency, whose two tracks refer to each other."""
    first, *rest = frames("RGBA")
    for frame in (first, *rest):
        frame.putalpha(Image.radial_gradient("L").resize(frame.size))
    sent = saved("AVIF", first, save_all=True, append_images=rest, duration=[70, 140, 210])
    dirty = with_marker_behind(sent, target)
    if target in (b"av01", b"iref", b"tref", b"auxl"):  # the decoder refuses such a file
        assert MARK not in remove_metadata(AVIF, dirty)
    else:
        assert_clean(AVIF, dirty)


def test_picture_data_of_an_avif_counts_wherever_it_is() -> None:
    sent = saved("AVIF").replace(b"mdat", b"XXXX")
    assert seen(remove_metadata(AVIF, sent)) == seen(sent)


def test_a_size_in_an_avif_that_leads_out_of_the_file_costs_no_memory() -> None:
    sent = saved("AVIF", exif=b"Exif\x00\x00" + exif(1))
    item, size = sent.index(b"\x00\x02\x00\x00\x00\x01", sent.index(b"iloc")), 0xFFFFFFFF
    at = item + 10  # the second item is EXIF: its number, where, how many pieces, place, size
    assert int.from_bytes(sent[at : at + 4], "big") in range(len(exif(1)), len(exif(1)) + 12)
    clean = remove_metadata(AVIF, sent[:at] + size.to_bytes(4, "big") + sent[at + 4 :])
    assert len(clean) <= len(sent)
    assert MARK not in clean


def test_an_animated_avif_without_a_track_of_pictures_is_refused() -> None:
    with pytest.raises(UnsupportedMediaError):
        remove_metadata(AVIF, moving("AVIF").replace(b"pict", b"text"))


@pytest.mark.parametrize("name", [b"iloc", b"iinf", b"meta"])
def test_an_avif_without_an_index_is_refused(name: bytes) -> None:
    with pytest.raises(UnsupportedMediaError):
        remove_metadata(AVIF, saved("AVIF").replace(name, b"XXXX"))


# ---- TIFF

SUB_DIRECTORIES = (330, 34665, 34853, 40965, 400, 50784)
TEXTS = (*range(269, 273), 285, 305, 306, 315, 316, 333, 337, 700, 33432, 33550, 33723, 33922, 34377, 34735, 34737)
PRIVATE = (37500, 40091, 42033, 42112, 42113, 50341, 50708, 50735, 50827, 51125, 65000, 65535)


def shorts(order: str, *values: int) -> bytes:
    return struct.pack(f"{order}{len(values)}H", *values)


def page(
    order: str, offset: int, shape: tuple[int, int], *more: tuple[int, int, bytes], size: int = 0
) -> list[tuple[int, int, bytes]]:
    """The tags of an uncompressed gray picture."""
    width, height = shape
    longs = {273: offset, 279: size or width * height}
    plain = {256: width, 257: height, 258: 8, 259: 1, 262: 1, 277: 1, 278: height}
    return [
        *((tag, 3, shorts(order, value)) for tag, value in plain.items()),
        *((tag, 4, struct.pack(order + "I", value)) for tag, value in longs.items()),
        *more,
    ]


def marked_tiff(order: str, *, big: bool) -> bytes:
    """Two pages and a reduced copy, with a marker in every text tag and in every private one, and sub-directories."""
    picture = drawn().convert("L").tobytes()
    at = 16 if big else 8
    sub = struct.pack(order + "HHHI", 1, 37500, 7, len(MARK)) + struct.pack(order + "I", at + len(picture)) + bytes(4)
    data = picture + MARK + sub + drawn(shift=50).convert("L").tobytes() + MARK
    notes = [(tag, 7 if tag == 700 else 2, MARK + b"\x00") for tag in (*TEXTS, *PRIVATE)]
    pointers = [(tag, 4, struct.pack(order + "I", at + len(picture) + len(MARK))) for tag in SUB_DIRECTORIES]
    kept = [(274, 3, shorts(order, 6)), (34675, 7, PROFILE)]
    second = at + len(picture) + len(MARK) + len(sub)
    reduced = [(254, 4, struct.pack(order + "I", 1)), (270, 2, MARK)]
    pages = [
        page(order, at, (48, 32), *notes, *pointers, *kept),
        page(order, at, (24, 32), *reduced),
        page(order, second, (48, 32), *notes),
    ]
    return tiff_file(pages, data, order, big=big, gap=MARK)


@pytest.mark.parametrize(("order", "big"), [("<", False), (">", False), ("<", True)])
def test_tiff(order: str, big: bool) -> None:
    dirty = marked_tiff(order, big=big)
    assert len(seen(dirty)) == 3
    clean = remove_metadata(TIFF, dirty)
    assert MARK not in clean
    first, _, third = seen(dirty)
    assert seen(clean) == [first, third]
    assert first[1] == (32, 48)
    assert about(clean) == about(dirty)
    with Image.open(io.BytesIO(clean)) as image:
        assert set(image.tag_v2) == {256, 257, 258, 259, 262, 273, 274, 277, 278, 279, 34675}
    assert remove_metadata(TIFF, clean) == clean


def test_big_endian_bigtiff_which_pillow_does_not_read() -> None:
    clean = remove_metadata(TIFF, marked_tiff(">", big=True))
    assert MARK not in clean
    assert drawn().convert("L").tobytes() in clean
    assert remove_metadata(TIFF, clean) == clean


@pytest.mark.parametrize("compression", ["tiff_lzw", "tiff_adobe_deflate", "packbits", "jpeg", "zstd", "group4"])
def test_compressed_tiff(compression: str) -> None:
    pictures = frames("1" if compression == "group4" else "RGB")
    options = {"compression": compression, "description": MARK.decode(), "software": MARK.decode(), "strip_size": 1000}
    dirty = saved("TIFF", pictures[0], save_all=True, append_images=pictures[1:], icc_profile=PROFILE, **options)
    assert_clean(TIFF, dirty)


def test_the_metadata_of_jpeg_data_in_a_tiff() -> None:
    jpeg = marked_jpeg(saved("JPEG", drawn().convert("L")))
    tags = [tag for tag in page("<", 8, (48, 32), size=len(jpeg)) if tag[0] != 259]
    assert_clean(TIFF, tiff_file([[*tags, (259, 3, shorts("<", 7))]], jpeg))


def test_strips_without_a_size_are_kept_whole_or_refused() -> None:
    picture = drawn().convert("L").tobytes()
    tags = [tag for tag in page("<", 8, (48, 32)) if tag[0] != 279]
    dirty = tiff_file([[*tags, (305, 2, MARK)]], picture, gap=MARK)
    clean = remove_metadata(TIFF, dirty)
    assert MARK not in clean
    assert clean[8 : 8 + len(picture)] == picture
    packed = [tag for tag in tags if tag[0] != 259] + [(259, 3, shorts("<", 5))]
    with pytest.raises(UnsupportedMediaError, match="does not state the size of its data"):
        remove_metadata(TIFF, tiff_file([packed], picture))


# ---- anything unknown, anywhere

CONTENT = st.builds(lambda before, after: b"." + before + MARK + after, st.binary(max_size=20), st.binary(max_size=20))
LETTERS = st.sampled_from(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")


def inserted(data: st.DataObject, parts: list[bytes], extra: st.SearchStrategy[bytes]) -> bytes:
    """The parts with one to four extra ones between them, never before the first."""
    made = list(parts)
    for piece in data.draw(st.lists(extra, min_size=1, max_size=4)):
        made.insert(data.draw(st.integers(1, len(made))), piece)
    return b"".join(made)


@given(st.data())
@settings(max_examples=60)
def test_unknown_segments_of_a_jpeg(data: st.DataObject) -> None:
    start, parts, rest = jpeg_parts(saved("JPEG", icc_profile=PROFILE))
    codes = st.sampled_from([*range(0xE0, 0xF0), 0xFE])
    fill = st.sampled_from([b"", b"\xff", b"\xff\xff"])
    extra = st.builds(lambda fill, code, content: fill + segment(code, content), fill, codes, CONTENT)
    sent = inserted(data, [start, *parts, b""], extra)
    assert_clean(JPEG, sent + rest + data.draw(CONTENT))


@given(st.data())
@settings(max_examples=60)
def test_unknown_chunks_of_a_png(data: st.DataObject) -> None:
    sent = moving("PNG")
    names = st.lists(LETTERS, min_size=3, max_size=3).map(lambda letters: b"z" + bytes(letters))
    extra = st.builds(chunk, names | st.sampled_from([b"tEXt", b"dSIG", b"gIFx", b"pHYs"]), CONTENT)
    parts = [sent[:8], *(raw for _, raw in png_chunks(sent))]
    made = inserted(data, [parts[0] + parts[1], *parts[2:-1], b""], extra)
    assert_clean(PNG, made + parts[-1] + data.draw(CONTENT))


@given(st.data())
@settings(max_examples=60)
def test_unknown_blocks_of_a_gif(data: st.DataObject) -> None:
    head, *frames = moving("GIF", loop=2)[:-1].split(b"!\xf9\x04")
    labels = st.sampled_from([0x00, 0x01, 0x42, 0xFE, 0xFA]).map(lambda label: b"!" + bytes([label]))
    names = st.binary(min_size=10, max_size=10).map(lambda name: b"!\xff\x0b." + name)
    extra = st.builds(lambda start, content: start + sub_blocks(content), labels | names, CONTENT)
    made = inserted(data, [head, *(b"!\xf9\x04" + frame for frame in frames)], extra)
    assert_clean(GIF, made + b";" + data.draw(CONTENT))


@given(st.data())
@settings(max_examples=60)
def test_unknown_chunks_of_a_webp(data: st.DataObject) -> None:
    sent = moving("WEBP", lossless=True)
    names = st.lists(LETTERS, min_size=3, max_size=3).map(lambda letters: b"z" + bytes(letters))
    extra = st.builds(riff, names | st.sampled_from([b"XMP ", b"C2PA", b"META"]), CONTENT)
    body = b"WEBP" + inserted(data, [raw for _, raw in webp_chunks(sent)], extra)
    assert_clean(WEBP, b"RIFF" + len(body).to_bytes(4, "little") + body + data.draw(CONTENT))


UNKNOWN_TAGS = st.integers(254, 65535).filter(lambda tag: tag not in KEPT_TAGS)


@given(
    st.dictionaries(UNKNOWN_TAGS, st.tuples(st.sampled_from([1, 2, 7, 13]), CONTENT), min_size=1, max_size=8),
    st.sampled_from("<>"),
    CONTENT,
)
@settings(max_examples=60)
def test_unknown_tags_of_a_tiff(tags: dict[int, tuple[int, bytes]], order: str, gap: bytes) -> None:
    picture = drawn().convert("L").tobytes()
    more = [(tag, type, content + bytes(-len(content) % 4)) for tag, (type, content) in tags.items()]
    dirty = tiff_file([page(order, 8, (48, 32), *more)], picture, order, gap=gap)
    clean = remove_metadata(TIFF, dirty)
    assert MARK not in clean
    with Image.open(io.BytesIO(clean)) as image:
        assert image.tobytes() == picture


@given(st.data())
@settings(max_examples=60)
def test_unknown_boxes_of_an_avif(data: st.DataObject) -> None:
    names = st.lists(LETTERS, min_size=4, max_size=4).map(bytes)
    extra = st.builds(box, names | st.sampled_from([b"uuid", b"udta", b"free", b"mpvd"]), CONTENT)
    assert_clean(AVIF, inserted(data, [moving("AVIF"), b""], extra) + data.draw(CONTENT))
