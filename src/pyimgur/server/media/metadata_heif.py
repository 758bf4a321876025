"""Remove metadata from AVIF and HEIC files, whose picture data is found by offset.

Nothing moves. Boxes that are not on the allow-list become free space, and every byte that no picture item or picture
track refers to is set to zero: EXIF, XMP, user data, names, times, trailing data. Rotation and mirroring are
properties (`irot`, `imir`) and stay; the orientation in EXIF has no effect in these formats.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping

from pyimgur.server.media.errors import UnsupportedMediaError
from pyimgur.server.media.iso_boxes import Box, boxes
from pyimgur.server.media.metadata_box_rules import (
    Plan,
    Rules,
    apply,
    keep_all,
    keep_entries,
    keep_first,
    keep_header,
    keep_inner,
    without_times,
)
from pyimgur.server.media.metadata_inplace import Range, zero_outside
from pyimgur.server.media.metadata_jpeg import embedded_jpeg_patches
from pyimgur.server.media.part_limit import MAX_PARTS, part_limit, too_many_parts

DAMAGED = "the image is damaged: its index cannot be read"
EMPTY_EXIF = b"\x00\x00\x00\x00MM\x00*\x00\x00\x00\x08" + bytes(6)
"""The offset of the EXIF block, and a directory without entries."""
PICTURES = frozenset(b"av01 hvc1 hev1 lhv1 avc1 vvc1 jpeg j2k1 unci grid iovl iden tmap mski".split())
"""Types of items that are pictures or describe how to compose them."""
NAMES = frozenset((b"", b"Color", b"Alpha", b"Image", b"Exif", b"XMP", b"application/rdf+xml"))
"""Names and content types of items that libraries write and that reveal nothing."""
PICTURE_TRACKS = frozenset((b"pict", b"vide", b"auxv"))
PROPERTIES = (
    b"hvcC lhvC av1C avcC vvcC j2kH jpgC uncC cmpd auxC cclv a1lx tols rloc rref iscl ster ndwt reve oinf".split()
)
PROPERTY_SIZES = {
    b"ispe": 12,
    b"pasp": 8,
    b"clap": 32,
    b"irot": 1,
    b"imir": 1,
    b"clli": 4,
    b"mdcv": 24,
    b"amve": 8,
    b"a1op": 1,
    b"lsel": 2,
}
"""Properties that have this many bytes; what follows is not read."""
CODED_COLORS, CODED_COLORS_SIZE = (b"nclx", b"nclc"), 11
"""Types of color information that are not an ICC profile."""
UNIQUE = frozenset((b"iinf", b"iloc", b"idat"))
"""Boxes of which an index of pictures has one: readers differ in which of several they use."""
ITEM_REFERENCES = frozenset(b"dimg thmb auxl prem base tbas exbl cdsc evir".split())
TRACK_REFERENCES = b"auxl thmb".split()
"""How a track may refer to one other track: it is the alpha channel or the thumbnails of it."""
CODECS = b"av01 hvc1 hev1 avc1 vvc1".split()
TABLES: Mapping[bytes, tuple[int, int, int]] = {
    b"stts": (4, 8, 8),
    b"ctts": (4, 8, 8),
    b"stss": (4, 8, 4),
    b"stsc": (4, 8, 12),
    b"stco": (4, 8, 4),
    b"co64": (4, 8, 8),
}
"""Tables of samples: the offsets of the number of entries and of the first one, and the bytes of each."""
BRANDS = frozenset(
    b"avif avis avio MA1A MA1B mif1 mif2 msf1 miaf MiHA MiHB MiHE MiAC MiPr MiAn MiCm 1pic tmap unif pred "
    b"heic heix heim heis hevc hevx hevm hevs avci avcs jpeg jpgs vvic vvis j2ki j2is "
    b"isom iso2 iso3 iso4 iso5 iso6 iso7 iso8 iso9 mp41 mp42 av01".split()
)
"""Brands that are kept in the list of compatible brands."""
SAMPLE_ENTRY, ENCODER_NAME = 78, 42
"""Offsets in the sample entry of a picture track: of its boxes, and of the name of the encoder."""


def wipe_heif(data: bytes) -> bytes:
    """Return the AVIF or HEIC without metadata.

    Raises:
        UnsupportedMediaError: its index of pictures is missing or damaged, or of a kind that cannot be cleaned.
    """
    plan, end = Plan(data), 0
    try:
        for box in boxes(data, 0, len(data)):
            apply(plan, box, FILE)
            if box.name in FILE or not any(memoryview(data)[box.start : box.end]):
                end = box.end
    except (struct.error, IndexError):
        raise UnsupportedMediaError(DAMAGED) from None
    if not plan.pictures:
        raise UnsupportedMediaError(DAMAGED)
    _keep_empty_exif(plan)
    end = max(end, plan.reach, *(last for _, last in plan.pictures))
    wiped, _ = zero_outside(data[:end], plan.ranges)
    for at, piece in plan.patches:
        wiped[at : at + len(piece)] = piece[: max(0, end - at)]
    return bytes(wiped)


def _keep_brands(plan: Plan, box: Box) -> None:
    """Keep the known brands; any other is replaced by the major brand, and the minor version by zero."""
    keep_all(plan, box)
    major_brand, start = plan.data[box.start : box.start + 4], box.start + 8
    if start <= box.end:
        plan.patches.append((box.start + 4, bytes(4)))
    for at in range(start, box.end, 4):
        if plan.data[at : min(at + 4, box.end)] not in BRANDS:
            plan.patches.append((at, major_brand[: box.end - at]))


def _refuse_fragments(plan: Plan, box: Box) -> None:
    raise UnsupportedMediaError("the image is stored in fragments, whose metadata this server cannot remove")


# ---- items


def _keep_item_index(plan: Plan, box: Box) -> None:
    """Keep the index of items, and the data of those that are pictures."""
    keep_inner(4, META)(plan, box)
    parts = dict[bytes, Box]()
    for inner in boxes(plan.data, box.start + 4, box.end):
        if inner.name in UNIQUE & parts.keys():
            raise UnsupportedMediaError(DAMAGED)
        parts[inner.name] = inner
    if b"iinf" not in parts or b"iloc" not in parts:
        raise UnsupportedMediaError(DAMAGED)
    types = dict(_keep_items(plan, parts[b"iinf"]))
    jpegs = list[Range]()
    idat_start = parts[b"idat"].start if b"idat" in parts else 0
    for item, start, size in _item_extents(plan, parts[b"iloc"], idat_start):
        type = types.get(item, b"")
        end = min(start + size, len(plan.data)) if size else len(plan.data)
        plan.reach = max(plan.reach, end)
        if type in PICTURES:
            plan.keep_picture(start, end)
            if type == b"jpeg":
                jpegs.append((start, end))
        elif type == b"Exif" and end - start >= len(EMPTY_EXIF):
            plan.exif = plan.exif or (start, end)
    plan.patches.extend(embedded_jpeg_patches(plan.data, jpegs))


def _keep_empty_exif(plan: Plan) -> None:
    """Replace the EXIF block by an empty one, unless anything that is kept is in the same place."""
    if plan.exif is None:
        return
    first, last = plan.exif
    if not any(start < last and first < end for start, end in plan.ranges):
        plan.keep(first, last)
        plan.patches.append((first, EMPTY_EXIF.ljust(last - first, b"\x00")))


def _keep_items(plan: Plan, box: Box) -> Iterator[tuple[int, bytes]]:
    """Yield ID and type of each item that `iinf` lists, and keep its entry; its name only if it is on the list."""
    data = plan.data
    for entry in boxes(data, box.start + (6 if data[box.start] == 0 else 8), box.end):
        width = 4 if data[entry.start] == 3 else 2
        at = entry.start + 4 + width + 2
        if entry.name != b"infe" or data[entry.start] not in (2, 3):
            plan.free(entry)
            continue
        plan.keep(entry.start, at + 4)
        if NAMES.issuperset(data[at + 4 : entry.end].split(b"\x00")):
            plan.keep(at + 4, entry.end)
        yield int.from_bytes(data[at - 2 - width : at - 2], "big"), data[at : at + 4]


def _keep_item_headers(plan: Plan, box: Box) -> None:
    """Keep the header of `iinf` and of its entries; `_keep_items` decides about the rest."""
    start = box.start + (6 if plan.data[box.start] == 0 else 8)
    plan.keep(box.start, start)
    for entry in boxes(plan.data, start, box.end):
        plan.keep(entry.at, entry.start)


def _item_extents(plan: Plan, box: Box, idat_start: int) -> Iterator[tuple[int, int, int]]:
    """Yield item ID, start and size of each extent that `iloc` lists; keep the box up to the last one.

    Args:
        plan: what is kept.
        box: the `iloc`.
        idat_start: the start of the content of `idat`.
    """
    data, end = plan.data, box.end
    version, at, extents = data[box.start], box.start + 4, part_limit()

    def number(size: int) -> int:
        nonlocal at
        at += size
        if at > end:
            raise UnsupportedMediaError(DAMAGED)
        return int.from_bytes(data[at - size : at], "big")

    sizes = number(2)
    offset_size, length_size, base_size, index_size = sizes >> 12, sizes >> 8 & 15, sizes >> 4 & 15, sizes & 15
    for _ in range(number(2 if version < 2 else 4)):
        item = number(2 if version < 2 else 4)
        method = number(2) & 15 if version else 0
        number(2)
        if method > 1:
            raise UnsupportedMediaError(
                "the image is stored in parts of other items, whose metadata this server cannot remove"
            )
        base = number(base_size) + (idat_start if method == 1 else 0)
        for _ in range(number(2)):
            next(extents)
            number(index_size if version else 0)
            yield item, base + number(offset_size), number(length_size)
    plan.keep(box.start, at)


def _keep_property_uses(plan: Plan, box: Box) -> None:
    """Keep the list of the properties of each item (`ipma`) up to its last entry."""
    data, is_long = plan.data, plan.data[box.start] > 0
    property_size = 2 if data[box.start + 3] & 1 else 1
    at = box.start + 8
    for _ in range(int.from_bytes(data[box.start + 4 : at], "big")):
        at += 4 if is_long else 2
        if at >= box.end:
            break
        at += 1 + data[at] * property_size
    plan.keep(box.start, min(at, box.end))


def _keep_references(plan: Plan, box: Box) -> None:
    """Keep the references between items (`iref`): of each, the number of its item and of those that it names."""
    plan.keep(box.start, box.start + 4)
    size = 4 if plan.data[box.start] else 2
    for inner in boxes(plan.data, box.start + 4, box.end):
        plan.keep(inner.at, inner.start)
        if inner.name not in ITEM_REFERENCES:
            plan.free(inner)
            continue
        count = int.from_bytes(plan.data[inner.start + size : inner.start + size + 2], "big")
        plan.keep(inner.start, min(inner.start + size + 2 + count * size, inner.end))


def _keep_groups(plan: Plan, box: Box) -> None:
    """Keep the groups of items (`grpl`): of each, its number and those of its items."""
    for inner in boxes(plan.data, box.start, box.end):
        plan.keep(inner.at, inner.start)
        GROUP(plan, inner)


def _keep_bit_depths(plan: Plan, box: Box) -> None:
    """Keep the number of channels, and the bits of each."""
    plan.keep(box.start, min(box.start + 5 + plan.data[box.start + 4], box.end))


def _keep_colors(plan: Plan, box: Box) -> None:
    """Keep the color information: an ICC profile, or a few bytes."""
    is_coded = plan.data[box.start : box.start + 4] in CODED_COLORS
    plan.keep(box.start, min(box.start + CODED_COLORS_SIZE, box.end) if is_coded else box.end)


def _keep_primary_item(plan: Plan, box: Box) -> None:
    """Keep the number of the picture that is shown."""
    plan.keep(box.start, min(box.start + (8 if plan.data[box.start] else 6), box.end))


# ---- tracks of an animation


def _keep_movie(plan: Plan, box: Box) -> None:
    """Keep the picture tracks; there must be at least one."""
    items = len(plan.pictures)
    keep_inner(0, {b"mvhd": without_times((100, 112)), b"trak": _keep_track})(plan, box)
    if len(plan.pictures) == items:
        raise UnsupportedMediaError(DAMAGED)


def _keep_track(plan: Plan, box: Box) -> None:
    """Keep a picture track; any other one becomes free space, and its data is removed."""
    mdia = next((inner for inner in boxes(plan.data, box.start, box.end) if inner.name == b"mdia"), box)
    handler = next((inner for inner in boxes(plan.data, mdia.start, mdia.end) if inner.name == b"hdlr"), None)
    if handler is None:
        raise UnsupportedMediaError(DAMAGED)
    if plan.data[handler.start + 8 : handler.start + 12] in PICTURE_TRACKS:
        keep_inner(0, TRACK)(plan, box)
    else:
        plan.free(box)


def _keep_samples(plan: Plan, box: Box) -> None:
    """Keep the tables of a track, and the samples that they list."""
    keep_inner(0, SAMPLE_TABLE)(plan, box)
    tables = {inner.name: plan.data[inner.start : inner.end] for inner in boxes(plan.data, box.start, box.end)}
    if not tables.keys() >= {b"stsz", b"stsc"} or not tables.keys() & {b"stco", b"co64"}:
        raise UnsupportedMediaError(DAMAGED)
    for start, size in _sample_chunks(tables):
        plan.keep_picture(start, start + size)


def _sample_chunks(tables: Mapping[bytes, bytes]) -> Iterator[Range]:
    """Yield start and size of each chunk of samples."""
    wide = b"co64" in tables
    offsets = _unpack_table(tables[b"co64" if wide else b"stco"], 4, "Q" if wide else "I")
    (uniform,) = struct.unpack_from(">I", tables[b"stsz"], 4)
    sizes = () if uniform else _unpack_table(tables[b"stsz"], 8, "I")
    runs = _unpack_table(tables[b"stsc"], 4, "III")
    first = dict(zip(runs[::3], runs[1::3], strict=True))
    sample = per_chunk = 0
    for number, offset in enumerate(offsets, 1):
        per_chunk = first.get(number, per_chunk)
        yield offset, uniform * per_chunk if uniform else sum(sizes[sample : sample + per_chunk])
        sample += per_chunk


def _keep_sample_groups(plan: Plan, box: Box) -> None:
    """Keep which samples belong to which group (`sbgp`); version 1 has a parameter before the number of entries."""
    count_at = 12 if plan.data[box.start] else 8
    keep_entries(count_at, count_at + 4, 8)(plan, box)


def _keep_time_bounds(plan: Plan, box: Box) -> None:
    """Keep the bounds of the times of samples (`cslg`)."""
    keep_first(44 if plan.data[box.start] else 24)(plan, box)


def _keep_sample_sizes(plan: Plan, box: Box) -> None:
    """Keep the sizes of samples (`stsz`): one for all, or one for each."""
    uniform = any(plan.data[box.start + 4 : box.start + 8])
    keep_entries(8, 12, 0 if uniform else 4)(plan, box)


def _unpack_table(table: bytes, at: int, codes: str) -> tuple[int, ...]:
    (count,) = struct.unpack_from(">I", table, at)
    if count > MAX_PARTS:
        raise too_many_parts()
    return struct.unpack_from(">" + codes * count, table, at + 4)


def _keep_sample_entry(plan: Plan, box: Box) -> None:
    """Keep the description of the coding of a track, without the name of the encoder."""
    plan.keep(box.start, box.start + ENCODER_NAME)
    plan.keep(box.start + ENCODER_NAME + 32, box.start + SAMPLE_ENTRY)
    for inner in boxes(plan.data, box.start + SAMPLE_ENTRY, box.end):
        apply(plan, inner, SAMPLE_ENTRY_BOXES)


# ---- the allow-list

GROUP = keep_entries(8, 12, 4)
PROPERTY: Rules = {
    **dict.fromkeys(PROPERTIES, keep_all),
    **{name: keep_first(size) for name, size in PROPERTY_SIZES.items()},
    b"pixi": _keep_bit_depths,
    b"colr": _keep_colors,
}
SAMPLE_ENTRY_BOXES: Rules = {**PROPERTY, **dict.fromkeys((b"ccst", b"auxi", b"btrt"), keep_all)}
LOCATION = keep_inner(8, {b"url ": keep_first(4), b"urn ": keep_first(4)})
META: Rules = {
    b"iloc": keep_header,
    b"iref": _keep_references,
    b"grpl": _keep_groups,
    b"pitm": _keep_primary_item,
    b"hdlr": keep_first(12),
    b"iinf": _keep_item_headers,
    b"idat": keep_header,
    b"dinf": keep_inner(0, {b"dref": LOCATION}),
    b"iprp": keep_inner(0, {b"ipco": keep_inner(0, PROPERTY), b"ipma": _keep_property_uses}),
}
SAMPLE_TABLE: Rules = {
    **{name: keep_entries(*places) for name, places in TABLES.items()},
    **dict.fromkeys((b"sgpd", b"stz2"), keep_all),
    b"sbgp": _keep_sample_groups,
    b"stsz": _keep_sample_sizes,
    b"cslg": _keep_time_bounds,
    b"stsd": keep_inner(8, dict.fromkeys(CODECS, _keep_sample_entry)),
}
MEDIA: Rules = {
    b"vmhd": keep_first(12),
    b"nmhd": keep_first(4),
    b"dinf": keep_inner(0, {b"dref": LOCATION}),
    b"stbl": _keep_samples,
}
TRACK: Rules = {
    b"tkhd": without_times((84, 96)),
    b"tref": keep_inner(0, dict.fromkeys(TRACK_REFERENCES, keep_first(4))),
    b"edts": keep_inner(0, {b"elst": keep_entries(4, 8, 12, 20)}),
    b"mdia": keep_inner(0, {b"mdhd": without_times((24, 36)), b"hdlr": keep_first(12), b"minf": keep_inner(0, MEDIA)}),
}
FILE: Rules = {
    b"ftyp": _keep_brands,
    b"meta": _keep_item_index,
    b"mdat": keep_header,
    b"moov": _keep_movie,
    b"moof": _refuse_fragments,
}
