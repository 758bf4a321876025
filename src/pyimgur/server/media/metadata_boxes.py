"""Remove metadata from AVIF and HEIC: boxes of the ISO base media file format, whose picture data is found by offset.

Nothing moves. Boxes that are not on the list become free space, and every byte that no picture item or picture track
refers to is set to zero: EXIF, XMP, user data, names, times, and what follows. Rotation and mirroring are properties
(`irot`, `imir`) and stay; the orientation in EXIF has no effect in these formats.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from pyimgur.server.media.errors import UnsupportedMediaError
from pyimgur.server.media.metadata_inplace import Range, zero_outside
from pyimgur.server.media.metadata_segments import embedded_jpeg_patches

DAMAGED = "the picture is damaged: its index cannot be read"
EMPTY_EXIF = b"\x00\x00\x00\x00MM\x00*\x00\x00\x00\x08" + bytes(6)
"""Where the block begins, and a directory without entries."""
PICTURES = frozenset(b"av01 hvc1 hev1 lhv1 avc1 vvc1 jpeg j2k1 unci grid iovl iden tmap mski".split())
"""Types of items that are pictures or say how to put pictures together."""
NAMES = frozenset((b"", b"Color", b"Alpha", b"Image", b"Exif", b"XMP", b"application/rdf+xml"))
"""Names and content types of items that libraries write and that tell nothing."""
PICTURE_TRACKS = frozenset((b"pict", b"vide", b"auxv"))
PROPERTIES = (
    b"ispe pixi colr pasp clap irot imir hvcC lhvC av1C avcC vvcC j2kH jpgC uncC cmpd auxC clli mdcv cclv amve "
    b"a1op a1lx lsel tols rloc rref iscl ster ndwt reve oinf"
).split()
CODECS = b"av01 hvc1 hev1 avc1 vvc1".split()
TABLES = b"stts ctts stss sdtp sbgp sgpd cslg stsc stsz stz2 stco co64".split()
MOST_EXTENTS = 200_000
BRANDS = frozenset(
    b"avif avis avio MA1A MA1B mif1 mif2 msf1 miaf MiHA MiHB MiHE MiAC MiPr MiAn MiCm 1pic tmap unif pred "
    b"heic heix heim heis hevc hevx hevm hevs avci avcs jpeg jpgs vvic vvis j2ki j2is "
    b"isom iso2 iso3 iso4 iso5 iso6 iso7 iso8 iso9 mp41 mp42 av01".split()
)
"""What a file may say it is compatible with."""
SAMPLE_ENTRY, ENCODER_NAME = 78, 42
"""Bytes of a picture track's sample entry before its boxes, and before the name of the encoder."""


@dataclass(frozen=True, slots=True)
class Box:
    """A box: its name, where it begins, where its content begins, where it ends."""

    name: bytes
    at: int
    start: int
    end: int


@dataclass(slots=True)
class Plan:
    """What is kept of the file, and what is then written over it."""

    data: bytes
    ranges: list[Range] = field(default_factory=list[Range])
    patches: list[tuple[int, bytes]] = field(default_factory=list[tuple[int, bytes]])

    pictures: list[Range] = field(default_factory=list[Range])
    """Where picture data is."""
    reach: int = 0
    """Where the last item ends: readers refuse a file in which one leads beyond its end."""

    def keep(self, start: int, end: int) -> None:
        """Keep the bytes from `start` to `end`."""
        self.ranges.append((start, end))

    def keep_picture(self, start: int, end: int) -> None:
        """Keep picture data."""
        self.keep(start, end)
        self.pictures.append((start, min(end, len(self.data))))


Rule = Callable[[Plan, Box], None]
Rules = Mapping[bytes, Rule]


def boxes(data: bytes, at: int, end: int) -> Iterator[Box]:
    """Yield the boxes in this stretch of the file; the last may be cut off."""
    while at + 8 <= end:
        size, name, header = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8], 8
        if size == 1:
            size, header = int.from_bytes(data[at + 8 : at + 16], "big"), 16
        stop = min(at + size, end) if size else end
        if stop < at + header:
            return
        yield Box(name, at, at + header, stop)
        at = stop


def heif(data: bytes) -> bytes:
    """Return the AVIF or HEIC without metadata. Raises: NotMedia if it has no readable index of its pictures."""
    plan, end = Plan(data), 0
    try:
        for box in boxes(data, 0, len(data)):
            _apply(plan, box, FILE)
            if box.name in FILE or not any(memoryview(data)[box.start : box.end]):
                end = box.end
    except (struct.error, IndexError):
        raise UnsupportedMediaError(DAMAGED) from None
    if not plan.pictures:
        raise UnsupportedMediaError(DAMAGED)
    end = max(end, plan.reach, *(last for _, last in plan.pictures))
    made, _ = zero_outside(data[:end], plan.ranges)
    for at, piece in plan.patches:
        made[at : at + len(piece)] = piece[: max(0, end - at)]
    return bytes(made)


def _apply(plan: Plan, box: Box, rules: Rules) -> None:
    """Keep the box as its rule says; without a rule it becomes free space."""
    plan.keep(box.at, box.start)
    if box.name in rules:
        rules[box.name](plan, box)
    elif box.name != b"free":
        plan.patches.append((box.at + 4, b"free"))


def _all(plan: Plan, box: Box) -> None:
    """Keep all of the content."""
    plan.keep(box.start, box.end)


def _brands(plan: Plan, box: Box) -> None:
    """Keep the brands that exist; any other becomes the main brand, and the version of that nothing."""
    _all(plan, box)
    first, start = plan.data[box.start : box.start + 4], box.start + 8
    if start <= box.end:
        plan.patches.append((box.start + 4, bytes(4)))
    for at in range(start, box.end, 4):
        if plan.data[at : min(at + 4, box.end)] not in BRANDS:
            plan.patches.append((at, first[: box.end - at]))


def _first(size: int) -> Rule:
    """Keep the first bytes of the content."""
    return lambda plan, box: plan.keep(box.start, min(box.start + size, box.end))


def _nothing(plan: Plan, box: Box) -> None:
    """Keep the box, and of its content only what others refer to: that is picture data."""


def _inside(skip: int, rules: Rules) -> Rule:
    """Keep a header of `skip` bytes, and the boxes behind it by these rules."""

    def rule(plan: Plan, box: Box) -> None:
        plan.keep(box.start, box.start + skip)
        for inner in boxes(plan.data, box.start + skip, box.end):
            _apply(plan, inner, rules)

    return rule


def _without_times(plan: Plan, box: Box) -> None:
    """Keep the content without the times of creation and modification."""
    plan.keep(box.start, box.start + 4)
    plan.keep(box.start + 4 + (16 if plan.data[box.start] == 1 else 8), box.end)


def _fragmented(plan: Plan, box: Box) -> None:
    raise UnsupportedMediaError("the picture is stored in fragments, whose metadata this server cannot remove")


# ---- items


def _meta(plan: Plan, box: Box) -> None:
    """Keep the index of items, and the data of those that are pictures."""
    _inside(4, META)(plan, box)
    parts = {inner.name: inner for inner in boxes(plan.data, box.start + 4, box.end)}
    if b"iinf" not in parts or b"iloc" not in parts:
        raise UnsupportedMediaError(DAMAGED)
    types = dict(_items(plan, parts[b"iinf"]))
    jpegs, exif = list[Range](), None
    inside = parts[b"idat"].start if b"idat" in parts else 0
    for item, start, size in _extents(plan.data, parts[b"iloc"].start, parts[b"iloc"].end, inside):
        type = types.get(item, b"")
        end = min(start + size, len(plan.data)) if size else len(plan.data)
        plan.reach = max(plan.reach, end)
        if type in PICTURES:
            plan.keep_picture(start, end)
            if type == b"jpeg":
                jpegs.append((start, end))
        elif type == b"Exif" and end - start >= len(EMPTY_EXIF):
            exif = exif or (start, end)
    if exif and not any(start < exif[1] and exif[0] < end for start, end in plan.pictures):
        plan.keep(*exif)
        plan.patches.append((exif[0], EMPTY_EXIF.ljust(exif[1] - exif[0], b"\x00")))
    plan.patches.extend(embedded_jpeg_patches(plan.data, jpegs))


def _items(plan: Plan, box: Box) -> Iterator[tuple[int, bytes]]:
    """Yield number and type of each item that `iinf` lists, and keep its entry without a name that tells something."""
    data = plan.data
    for entry in boxes(data, box.start + (6 if data[box.start] == 0 else 8), box.end):
        width = 4 if data[entry.start] == 3 else 2
        at = entry.start + 4 + width + 2
        if entry.name != b"infe" or data[entry.start] not in (2, 3):
            plan.patches.append((entry.at + 4, b"free"))
            continue
        plan.keep(entry.start, at + 4)
        if NAMES.issuperset(data[at + 4 : entry.end].split(b"\x00")):
            plan.keep(at + 4, entry.end)
        yield int.from_bytes(data[at - 2 - width : at - 2], "big"), data[at : at + 4]


def _item_list(plan: Plan, box: Box) -> None:
    """Keep the header of `iinf` and of its entries; `_items` decides about the rest."""
    start = box.start + (6 if plan.data[box.start] == 0 else 8)
    plan.keep(box.start, start)
    for entry in boxes(plan.data, start, box.end):
        plan.keep(entry.at, entry.start)


def _extents(data: bytes, at: int, end: int, inside: int) -> Iterator[tuple[int, int, int]]:
    """Yield item, start and size of each piece that `iloc` lists; `inside` is where the content of `idat` begins."""
    version, at, found = data[at], at + 4, 0

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
                "the picture is stored in pieces of other items, whose metadata this server cannot remove"
            )
        base = number(base_size) + (inside if method == 1 else 0)
        for _ in range(number(2)):
            found += 1
            if found > MOST_EXTENTS:
                raise UnsupportedMediaError(DAMAGED)
            number(index_size if version else 0)
            yield item, base + number(offset_size), number(length_size)


# ---- tracks of an animation


def _movie(plan: Plan, box: Box) -> None:
    """Keep the tracks of pictures, of which there has to be one."""
    items = len(plan.pictures)
    _inside(0, {b"mvhd": _without_times, b"trak": _track})(plan, box)
    if len(plan.pictures) == items:
        raise UnsupportedMediaError(DAMAGED)


def _track(plan: Plan, box: Box) -> None:
    """Keep a track of pictures; any other becomes free space, and its data goes."""
    mdia = next((inner for inner in boxes(plan.data, box.start, box.end) if inner.name == b"mdia"), box)
    handler = next((inner for inner in boxes(plan.data, mdia.start, mdia.end) if inner.name == b"hdlr"), None)
    if handler is None:
        raise UnsupportedMediaError(DAMAGED)
    if plan.data[handler.start + 8 : handler.start + 12] in PICTURE_TRACKS:
        _inside(0, TRACK)(plan, box)
    else:
        plan.patches.append((box.at + 4, b"free"))


def _sample_table(plan: Plan, box: Box) -> None:
    """Keep the tables of a track, and the samples that they list."""
    _inside(0, SAMPLE_TABLE)(plan, box)
    tables = {inner.name: plan.data[inner.start : inner.end] for inner in boxes(plan.data, box.start, box.end)}
    if not tables.keys() >= {b"stsz", b"stsc"} or not tables.keys() & {b"stco", b"co64"}:
        raise UnsupportedMediaError(DAMAGED)
    for start, size in _chunks(tables):
        plan.keep_picture(start, start + size)


def _chunks(tables: Mapping[bytes, bytes]) -> Iterator[Range]:
    """Yield start and size of each chunk of samples."""
    wide = b"co64" in tables
    offsets = _unpacked(tables[b"co64" if wide else b"stco"], 4, "Q" if wide else "I")
    (uniform,) = struct.unpack_from(">I", tables[b"stsz"], 4)
    sizes = () if uniform else _unpacked(tables[b"stsz"], 8, "I")
    runs = _unpacked(tables[b"stsc"], 4, "III")
    first = dict(zip(runs[::3], runs[1::3], strict=True))
    sample = per_chunk = 0
    for number, offset in enumerate(offsets, 1):
        per_chunk = first.get(number, per_chunk)
        yield offset, uniform * per_chunk if uniform else sum(sizes[sample : sample + per_chunk])
        sample += per_chunk


def _unpacked(table: bytes, at: int, codes: str) -> tuple[int, ...]:
    (count,) = struct.unpack_from(">I", table, at)
    if count > len(table):
        raise UnsupportedMediaError(DAMAGED)
    return struct.unpack_from(">" + codes * count, table, at + 4)


def _sample_entry(plan: Plan, box: Box) -> None:
    """Keep how the pictures of a track are coded, without the name of who coded them."""
    plan.keep(box.start, box.start + ENCODER_NAME)
    plan.keep(box.start + ENCODER_NAME + 32, box.start + SAMPLE_ENTRY)
    for inner in boxes(plan.data, box.start + SAMPLE_ENTRY, box.end):
        _apply(plan, inner, SAMPLE_ENTRY_BOXES)


# ---- the allow-list

PROPERTY: Rules = dict.fromkeys(PROPERTIES, _all)
SAMPLE_ENTRY_BOXES: Rules = {**PROPERTY, **dict.fromkeys((b"ccst", b"auxi", b"btrt"), _all)}
LOCATION = _inside(8, {b"url ": _first(4), b"urn ": _first(4)})
META: Rules = {
    **dict.fromkeys((b"pitm", b"iloc", b"iref", b"grpl"), _all),
    b"hdlr": _first(12),
    b"iinf": _item_list,
    b"idat": _nothing,
    b"dinf": _inside(0, {b"dref": LOCATION}),
    b"iprp": _inside(0, {b"ipco": _inside(0, PROPERTY), b"ipma": _all}),
}
SAMPLE_TABLE: Rules = {
    **dict.fromkeys(TABLES, _all),
    b"stsd": _inside(8, dict.fromkeys(CODECS, _sample_entry)),
}
MEDIA: Rules = {
    **dict.fromkeys((b"vmhd", b"nmhd"), _all),
    b"dinf": _inside(0, {b"dref": LOCATION}),
    b"stbl": _sample_table,
}
TRACK: Rules = {
    b"tkhd": _without_times,
    b"tref": _all,
    b"edts": _inside(0, {b"elst": _all}),
    b"mdia": _inside(0, {b"mdhd": _without_times, b"hdlr": _first(12), b"minf": _inside(0, MEDIA)}),
}
FILE: Rules = {
    b"ftyp": _brands,
    b"meta": _meta,
    b"mdat": _nothing,
    b"moov": _movie,
    b"moof": _fragmented,
}
