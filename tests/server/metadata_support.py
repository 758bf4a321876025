"""Pictures with a marker in every place where a format has room for metadata, and what is seen of a picture."""

from __future__ import annotations

import io
import struct
import warnings
import zlib
from collections.abc import Iterator, Sequence

from PIL import Image, ImageCms, ImageOps, ImageSequence

MARK = b"SeCrEtMaRk"
PROFILE: bytes = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def drawn(size: tuple[int, int] = (48, 32), shift: int = 0) -> Image.Image:
    """A picture whose corners all differ, so that every turn and cut is seen."""
    picture = Image.radial_gradient("L").resize(size).convert("RGB")
    picture.paste((200, 30 + shift, 60), (0, 0, size[0] // 2, size[1] // 3))
    return picture


def saved(format: str, picture: Image.Image | None = None, **options: object) -> bytes:
    file = io.BytesIO()
    (picture or drawn()).save(file, format, **options)
    return file.getvalue()


def seen(data: bytes) -> list[tuple[str, tuple[int, int], bytes, object]]:
    """Every frame as it is displayed, with how long it is."""
    with warnings.catch_warnings(action="ignore"), Image.open(io.BytesIO(data)) as image:
        frames = ImageSequence.Iterator(image)
        return [
            (frame.mode, upright.size, upright.tobytes(), frame.info.get("duration"))
            for frame in frames
            for upright in [ImageOps.exif_transpose(frame)]
        ]


def about(data: bytes) -> dict[str, object]:
    """What has to stay beside the frames."""
    with warnings.catch_warnings(action="ignore"), Image.open(io.BytesIO(data)) as image:
        return {name: image.info.get(name) for name in ("loop", "icc_profile", "transparency", "gamma")}


def exif(orientation: int = 1, order: str = ">") -> bytes:
    """An EXIF block with a marker in its first directory, in sub-directories, in a thumbnail's one, and in between."""
    text = MARK.ljust(16, b"\x00")
    base = 8 + 2 + 5 * 12 + 4

    def entry(tag: int, type: int, count: int, value: int) -> bytes:
        packed = struct.pack(order + "HH", value, 0) if type == 3 else struct.pack(order + "I", value)
        return struct.pack(order + "HHI", tag, type, count) + packed

    first = [
        entry(0x010F, 2, 16, base),
        entry(0x0112, 3, 1, orientation),
        entry(0x8769, 4, 1, base + 16),
        entry(0x8825, 4, 1, base + 34),
        entry(0x9C9B, 1, 16, base + 52),
    ]
    sub = struct.pack(order + "H", 1) + entry(0x927C, 7, 16, base + 52) + bytes(4)
    header = {">": b"MM\x00*", "<": b"II*\x00"}[order] + struct.pack(order + "I", 8)
    directory = struct.pack(order + "H", len(first)) + b"".join(first) + struct.pack(order + "I", base + 68)
    return header + directory + text + sub + sub + text + sub + MARK


# ---- JPEG


def segment(code: int, content: bytes) -> bytes:
    return bytes((0xFF, code)) + (len(content) + 2).to_bytes(2, "big") + content


def jpeg_parts(data: bytes) -> tuple[bytes, list[bytes], bytes]:
    """Start, the segments before the first scan, and the rest."""
    at, parts = 2, list[bytes]()
    while data[at + 1] != 0xDA:
        end = at + 2 + int.from_bytes(data[at + 2 : at + 4], "big")
        parts.append(data[at:end])
        at = end
    return data[:2], parts, data[at:]


def marked_jpeg(data: bytes, orientation: int = 1) -> bytes:
    """The JPEG with metadata in every kind of segment, between its scans, and behind its end."""
    start, parts, rest = jpeg_parts(data)
    preview = b"JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x02\x02" + MARK.ljust(12)
    extra = [
        segment(0xE0, preview),
        segment(0xE0, b"JFXX\x00\x10" + MARK),
        segment(0xE1, b"http://ns.adobe.com/xap/1.0/\x00" + MARK),
        segment(0xE1, b"Exif\x00\x00" + exif(orientation)),
        segment(0xE2, b"MPF\x00" + MARK),
        segment(0xE2, b"ICC_PROFIL" + MARK),
        *(segment(code, MARK * 3) for code in (*range(0xE2, 0xF0), 0xFE)),
        segment(0xED, b"Photoshop 3.0\x008BIM" + MARK),
    ]
    kept = [part for part in parts if part[1] != 0xE0]
    scans = rest.split(b"\xff\xda")
    noted = segment(0xFE, MARK) + segment(0xE5, MARK) + b"\xff\xda"
    return start + b"".join(extra + kept) + noted.join(scans) + MARK + data + b"SEFH" + MARK


# ---- PNG


def chunk(name: bytes, content: bytes) -> bytes:
    return len(content).to_bytes(4, "big") + name + content + zlib.crc32(name + content).to_bytes(4, "big")


def png_chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 8
    while at < len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        yield data[at + 4 : at + 8], data[at : at + 12 + size]
        at += 12 + size


def marked_png(data: bytes, orientation: int = 1) -> bytes:
    """The PNG with text of all sorts, times, unknown chunks, misused chunks, and data behind its end."""
    extra = [
        chunk(b"tEXt", b"Comment\x00" + MARK),
        chunk(b"zTXt", b"Comment\x00\x00" + zlib.compress(MARK)),
        chunk(b"iTXt", b"XML:com.adobe.xmp\x00\x00\x00\x00\x00" + MARK),
        chunk(b"eXIf", exif(orientation)),
        chunk(b"sPLT", MARK + b"\x00\x08" + bytes(6)),
        chunk(b"pHYs", MARK),
        chunk(b"caBX", MARK),
        chunk(b"prVt", MARK),
    ]
    made = data[:8]
    for name, raw in png_chunks(data):
        made += b"".join(extra) if name == b"IDAT" and extra else b""
        extra = [] if name == b"IDAT" else extra
        made += chunk(b"tIME", MARK[:7]) if name == b"IEND" else b""
        made += chunk(b"iCCP", MARK + b"\x00\x00" + zlib.compress(PROFILE)) if name == b"iCCP" else raw
    return made + MARK


# ---- GIF


def sub_blocks(content: bytes) -> bytes:
    pieces = [content[at : at + 255] for at in range(0, len(content), 255)]
    return b"".join(bytes([len(piece)]) + piece for piece in pieces) + b"\x00"


def marked_gif(data: bytes) -> bytes:
    """The GIF with comments, plain text, application data and XMP before each frame, and data behind its trailer."""
    magic = b"\x01" + bytes(range(255, -1, -1)) + b"\x00"
    xmp = b"!\xff\x0bXMP DataXMP<x:xmpmeta>" + MARK + b"</x:xmpmeta>" + magic
    extra = (
        b"!\xfe"
        + sub_blocks(MARK * 40)
        + xmp
        + b"!\xff\x0bMGK8BIM0000"
        + sub_blocks(MARK)
        + b"!\x01\x0c"
        + bytes(12)
        + sub_blocks(MARK)
        + b"!\x42"
        + sub_blocks(MARK)
    )
    at = 13 + (3 << ((data[10] & 7) + 1) if data[10] & 0x80 else 0)
    loops = data[at:].replace(b"NETSCAPE2.0\x03\x01\x00\x00\x00", b"NETSCAPE2.0\x03\x01\x00\x00" + sub_blocks(MARK))
    first, *rest = loops.split(b"!\xf9\x04")
    return data[:at] + extra + (extra + b"!\xf9\x04").join([first, *rest])[:-1] + extra + b";" + MARK


# ---- WebP


def riff(name: bytes, content: bytes) -> bytes:
    return name + len(content).to_bytes(4, "little") + content + bytes(len(content) % 2)


def webp_chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 12
    while at < len(data):
        size = int.from_bytes(data[at + 4 : at + 8], "little")
        yield data[at : at + 4], data[at : at + 8 + size + size % 2]
        at += 8 + size + size % 2


def marked_webp(data: bytes, orientation: int = 1) -> bytes:
    """The WebP, which has to be an extended one, with EXIF, XMP and unknown chunks, in frames too."""
    assert data[12:16] == b"VP8X"
    chunks = [
        riff(b"ANMF", raw[8:] + riff(b"UNKN", MARK)) if name == b"ANMF" else raw for name, raw in webp_chunks(data)
    ]
    chunks[0] = chunks[0][:8] + bytes([chunks[0][8] | 0x0C]) + chunks[0][9:]
    extra = [riff(b"EXIF", exif(orientation)), riff(b"EXIF", exif(3)), riff(b"XMP ", MARK), riff(b"C2PA", MARK)]
    body = b"WEBP" + b"".join([*chunks, *extra])
    return b"RIFF" + len(body).to_bytes(4, "little") + body + MARK


# ---- BMP


def marked_bmp(data: bytes, *, linked: bool = False) -> bytes:
    """The BMP with a profile of version 5, filled gaps, and data behind its end; Pillow writes version 3."""
    start = int.from_bytes(data[10:14], "little")
    palette, pixels = data[54:start], data[start:]
    gap, profile = MARK * 3, b"\\\\server\\" + MARK if linked else PROFILE
    first = 138 + len(palette) + len(gap)
    space = b"KNIL" if linked else b"DEBM"
    place = struct.pack("<III", first + len(pixels) + len(gap) - 14, len(profile), 0)
    fields = bytes(16) + space + bytes(48) + struct.pack("<I", 4) + place
    header = struct.pack("<I", 124) + data[18:54] + fields
    made = palette + gap + pixels + gap + profile + gap
    return b"BM" + struct.pack("<I", 138 + len(made)) + MARK[:4] + struct.pack("<I", first) + header + made


# ---- TIFF


Tag = tuple[int, int, bytes]
"""Number, type, and value as written."""


def tiff_file(
    pages: Sequence[Sequence[Tag]], data: bytes, order: str = "<", *, big: bool = False, gap: bytes = b""
) -> bytes:
    """A TIFF of these pages; `data` stands right behind the header, so that offsets into it are known."""
    width, sizes = (
        ("Q", {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 7: 1, 13: 4, 16: 8})
        if big
        else ("I", {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 7: 1, 13: 4})
    )
    room = struct.calcsize(order + width)
    head = {"<": b"II", ">": b"MM"}[order] + (
        struct.pack(order + "HHH", 43, 8, 0) if big else struct.pack(order + "H", 42)
    )
    at = len(head) + room + len(data) + len(gap)
    made, body = struct.pack(order + width, at), b""
    for number, tags in enumerate(pages):
        entries, values = b"", b""
        directory = (8 if big else 2) + len(tags) * (4 + 2 * room) + room
        for tag, type, value in sorted(tags, key=lambda tag: tag[0]):
            entries += struct.pack(order + "HH" + width, tag, type, len(value) // sizes[type])
            entries += (
                value.ljust(room, b"\x00")
                if len(value) <= room
                else struct.pack(order + width, at + directory + len(values))
            )
            values += value + gap if len(value) > room else b""
        after = at + directory + len(values)
        following = after if number + 1 < len(pages) else 0
        body += (
            struct.pack(order + ("Q" if big else "H"), len(tags))
            + entries
            + struct.pack(order + width, following)
            + values
        )
        at = after
    return head + made + data + gap + body + gap


# ---- AVIF


def box(name: bytes, content: bytes) -> bytes:
    return (len(content) + 8).to_bytes(4, "big") + name + content


def full(name: bytes, content: bytes, version: int = 0) -> bytes:
    return box(name, bytes([version, 0, 0, 0]) + content)


def boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Name and content of each box."""
    at = 0
    while at < len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        yield data[at + 4 : at + 8], data[at + 8 : at + size]
        at += size


def marked_avif(data: bytes, turns: bytes = b"") -> bytes:
    """The picture of an AVIF in a file of our own, with a marker in every box and item that may have text.

    `turns` are the boxes that turn and mirror it.
    """
    top = dict(boxes(data))
    meta = dict(boxes(top[b"meta"][4:]))
    properties = [
        box(name, value + MARK * (name in (b"ispe", b"pixi", b"colr", b"irot", b"imir")))
        for name, value in [*boxes(dict(boxes(meta[b"iprp"]))[b"ipco"]), *boxes(turns)]
    ]
    note = full(b"udes", b"en\x00" + MARK + b"\x00" + MARK + b"\x00\x00")
    size = int.from_bytes(meta[b"iloc"][18:22], "big")
    items = [
        (b"av01", b"Color\x00", top[b"mdat"][-size:]),
        (b"Exif", MARK + b"\x00", bytes(4) + exif(6)),
        (b"mime", MARK + b"\x00application/rdf+xml\x00", b"<x:xmpmeta>" + MARK),
        (b"mime", b"\x00text/" + MARK + b"\x00", MARK),
        (b"uri ", b"\x00http://" + MARK + b"\x00", MARK),
        (b"prvt", MARK + b"\x00", MARK),
    ]
    entries = [
        full(b"infe", struct.pack(">HH", number, 0) + type + name, 2) for number, (type, name, _) in enumerate(items, 1)
    ]
    uses = [(number, number > len(properties) - len(list(boxes(turns)))) for number in range(1, len(properties) + 1)]
    uses.append((len(properties) + 1, False))
    ipma = struct.pack(">IHB", 1, 1, len(uses)) + bytes(number | 0x80 * essential for number, essential in uses)
    links = b"".join(box(b"cdsc", struct.pack(">HHH", number, 1, 1)) for number in range(2, len(items) + 1))

    def built(first: int) -> bytes:
        places, at = b"", first
        for number, (_, _, content) in enumerate(items, 1):
            places += struct.pack(">HHHII", number, 0, 1, at, len(content))
            at += len(content)
        content = (
            full(b"hdlr", bytes(4) + b"pict" + bytes(12) + MARK + b"\x00")
            + full(b"pitm", struct.pack(">H", 1) + MARK)
            + full(b"iloc", b"\x44\x00" + struct.pack(">H", len(items)) + places)
            + full(b"iinf", struct.pack(">H", len(items)) + b"".join(entries))
            + full(b"iref", links)
            + box(b"iprp", box(b"ipco", b"".join(properties) + note) + full(b"ipma", ipma))
            + box(b"udta", MARK)
            + full(b"xml ", MARK)
            + box(b"free", MARK)
        )
        return box(b"ftyp", top[b"ftyp"]) + box(b"uuid", MARK * 2) + full(b"meta", content)

    start = built(0)
    pieces = b"".join(content for _, _, content in items) + MARK
    return built(len(start) + 8) + box(b"mdat", pieces) + box(b"mpvd", MARK) + box(b"free", MARK) + MARK


def marked_avif_animation(data: bytes) -> bytes:
    """The animated AVIF with a marker in times and names, and boxes at its end."""
    made = bytearray(data)
    for name in (b"mvhd", b"tkhd", b"mdhd"):
        at = data.index(name) + 8
        size = 16 if data[at - 4] else 8
        made[at : at + size] = MARK.ljust(size)[:size]
    at = data.index(b"av01", data.index(b"stsd")) + 4 + 42
    made[at : at + 32] = bytes([len(MARK)]) + MARK.ljust(31, b"\x00")
    return bytes(made) + box(b"udta", MARK) + box(b"uuid", MARK * 2) + MARK
