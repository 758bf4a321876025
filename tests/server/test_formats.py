"""Formats with all their oddities: what is taken, how it is shown, and why what is refused is refused."""

from __future__ import annotations

import io
import zlib
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import av
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageFile
from site_support import ANONYMOUS, NewSite, Site, completed, shown

from media_files import HLG, PQ, animation, canvas, chunk, film, gray_tiff, hdr, jpeg, masked_bmp, png, quarters, saved
from media_jobs import look, scaled, thumbnails, to_mp4
from pyimgur.server.media import DamagedMediaError, MediaError, MediaTooLargeError, UnsupportedFormatError
from pyimgur.server.media.worker_pool import MediaWorkers
from pyimgur.server.services import images

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PIXELS = 100_000_000


def probe(folder: Path, file: bytes) -> Any:
    """Return what the server finds out about a file."""
    path = folder / "file"
    path.write_bytes(file)
    return look(path, PIXELS)


def thumbnail(folder: Path, file: bytes, letter: str = "h") -> Image.Image:
    """Return the thumbnail of a file."""
    probe(folder, file)
    (folder / letter).unlink(missing_ok=True)
    thumbnails(folder / "file", {letter: folder / letter}, PIXELS)
    return Image.open(io.BytesIO((folder / letter).read_bytes())).convert("RGB")


def converted(folder: Path, file: bytes) -> bytes:
    """Return the MP4 of a file."""
    (folder / "source").write_bytes(file)
    (folder / "mp4").unlink(missing_ok=True)
    to_mp4(folder / "source", folder / "mp4", PIXELS)
    return (folder / "mp4").read_bytes()


# ---- pictures that Pillow alone refuses

ANCILLARY = st.sampled_from(
    [
        *("tEXt", "zTXt", "iTXt", "iCCP", "gAMA", "cHRM", "sRGB", "pHYs", "tIME", "bKGD"),
        *("sBIT", "hIST", "sPLT", "eXIf", "acTL", "fcTL", "caBX", "vpAg", "cICP"),
    ]
)
Chunks = list[tuple[str, bytes, bool]]
CHUNKS = st.lists(st.tuples(ANCILLARY, st.binary(max_size=40), st.booleans()), max_size=4)


@settings(max_examples=60)
@given(before=CHUNKS, after=CHUNKS)
def test_no_optional_chunk_makes_a_png_unfit(
    tmp_path_factory: pytest.TempPathFactory, before: Chunks, after: Chunks
) -> None:
    parts = [
        b"".join(chunk(name.encode(), data, None if right else 1) for name, data, right in each)
        for each in (before, after)
    ]
    found = probe(tmp_path_factory.getbasetemp(), png(*parts))
    assert (found.type, {found.width, found.height}) == ("image/png", {64, 48})


def test_text_in_a_png_costs_nothing(tmp_path: Path) -> None:
    bomb = chunk(b"zTXt", b"x\0\0" + zlib.compress(bytes(30_000_000), 1))
    assert probe(tmp_path, png(bomb * 3)).width == 64


def test_a_critical_chunk_that_nobody_knows_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnsupportedFormatError, match="unknown type"):
        probe(tmp_path, png(chunk(b"ABCD", b"12345")))


def test_damage_in_critical_chunks_stays_damage(tmp_path: Path) -> None:
    file = png()
    with pytest.raises(DamagedMediaError):
        probe(tmp_path, file.replace(b"IHDR\0\0\0\x40", b"IHDR\0\0\0\x41"))


@pytest.mark.parametrize("progressive", [False, True])
def test_a_jpeg_may_end_anywhere_in_its_scans(tmp_path: Path, progressive: bool) -> None:
    noise = Image.effect_noise((64, 48), 90).convert("RGB")
    file = saved(noise, "JPEG", progressive=progressive, quality=95)
    scans = file.index(b"\xff\xda") + 40
    for end in (*range(scans, len(file), 97), len(file) - 2, len(file) - 1):
        assert probe(tmp_path, file[:end]).width == 64, end
    with pytest.raises(DamagedMediaError):
        probe(tmp_path, file[: scans - 40])


@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize("trailer", [b"", b"\xff", b"SEFH" + bytes(40) + b"SEFT"])
def test_a_jpeg_without_end_loses_no_pixel(tmp_path: Path, progressive: bool, trailer: bytes) -> None:
    whole = jpeg(progressive)
    assert thumbnail(tmp_path, whole[:-2] + trailer).tobytes() == thumbnail(tmp_path, whole).tobytes()


def test_only_what_is_missing_from_a_jpeg_is_white(tmp_path: Path) -> None:
    picture = quarters((64, 64))
    picture.paste((128, 128, 128), (0, 32, 64, 64))
    whole = saved(picture, "JPEG", quality=95)
    assert thumbnail(tmp_path, whole[:-2]).getpixel((32, 60)) == pytest.approx((128, 128, 128), abs=3)
    assert thumbnail(tmp_path, whole[:-60]).getpixel((32, 60)) == (255, 255, 255)


@pytest.mark.parametrize("format", ["PNG", "GIF", "BMP"])
def test_what_breaks_off_is_shown_as_far_as_it_goes(tmp_path: Path, format: str) -> None:
    file = saved(Image.effect_noise((64, 48), 90).convert("RGB"), format)
    assert probe(tmp_path, file[: len(file) * 2 // 3]).width == 64
    assert len(thumbnail(tmp_path, file[: len(file) * 2 // 3]).getcolors() or []) > 100
    with pytest.raises(DamagedMediaError, match=format):
        probe(tmp_path, file[:60])


@pytest.mark.parametrize("masks", [(0xF0F0, 0xF00, 0xF), (0xF00, 0xF0, 0x5)])
def test_a_bmp_whose_masks_have_gaps_is_refused_as_browsers_do(tmp_path: Path, masks: tuple[int, ...]) -> None:
    file = bytearray(masked_bmp(16, 0xF00, 0xF0, 0xF))
    file[54:66] = b"".join(mask.to_bytes(4, "little") for mask in masks)
    with pytest.raises(DamagedMediaError, match="BMP"):
        probe(tmp_path, bytes(file))


def test_a_masked_bmp_may_have_any_size_and_end_anywhere(tmp_path: Path) -> None:
    file = masked_bmp(16, 0xF00, 0xF0, 0xF)
    top_down = file[:22] + (-48).to_bytes(4, "little", signed=True) + file[26:]
    assert probe(tmp_path, top_down).height == 48
    assert thumbnail(tmp_path, top_down).transpose(Image.Transpose.FLIP_TOP_BOTTOM).getpixel((10, 10)) == (254, 0, 0)
    assert probe(tmp_path, file[: len(file) // 2]).width == 64
    with pytest.raises(MediaTooLargeError):
        probe(tmp_path, file[:18] + (200_000).to_bytes(4, "little") * 2 + file[26:])


def test_leniency_is_for_one_file(tmp_path: Path) -> None:
    probe(tmp_path, jpeg()[:-2])
    assert not ImageFile.LOAD_TRUNCATED_IMAGES
    with pytest.raises(DamagedMediaError):
        probe(tmp_path, png()[:40])
    assert not ImageFile.LOAD_TRUNCATED_IMAGES


def test_both_orders_of_bytes_look_the_same(tmp_path: Path) -> None:
    little, big = (thumbnail(tmp_path, gray_tiff(order)) for order in "<>")
    assert little.tobytes() == big.tobytes()
    assert little.getpixel((30, 16)) == pytest.approx((233, 233, 233), abs=4)


@pytest.mark.parametrize(
    ("ext", "size", "made"),
    [
        ("webp", (72, 16_889), (70, 16_383)),
        ("webp", (33_000, 2), (16_383, 1)),
        ("webp", (16_383, 2), (16_383, 2)),
        ("jpg", (65_600, 2), (65_500, 2)),
        ("png", (65_600, 2), (65_600, 2)),
    ],
)
def test_a_format_gets_no_more_pixels_than_it_can_hold(
    tmp_path: Path, ext: str, size: tuple[int, int], made: tuple[int, int]
) -> None:
    Image.new("L", size).save(tmp_path / "x", "PNG")
    scaled(tmp_path / "x", tmp_path / "y", ext, None, PIXELS)
    with Image.open(tmp_path / "y") as found:
        assert found.size == made


# ---- what is refused, and why

JPEG_OF_12_BITS = jpeg().replace(b"\xff\xc0\x00\x11\x08", b"\xff\xc0\x00\x11\x0c")
LOSSLESS_JPEG = jpeg().replace(b"\xff\xc0\x00\x11\x08", b"\xff\xc3\x00\x11\x08")
REFUSED: dict[str, tuple[bytes, str]] = {
    "SVG": (
        b"<?xml version='1.0'?>\n<!-- a --><svg xmlns='http://www.w3.org/2000/svg'/>",
        "SVG files are not supported",
    ),
    "PDF": (b"%PDF-1.7\n", "PDF files are not supported"),
    "icon": (saved(quarters(), "ICO", sizes=[(32, 32)]), "Icon (ICO) files are not supported"),
    "JPEG XL": (b"\xff\x0a" + bytes(60), "JPEG XL files are not supported"),
    "JPEG 2000": (b"\0\0\0\x0cjP  \r\n\x87\n" + bytes(60), "JPEG 2000 files are not supported"),
    "sequence of HEIC": (b"\0\0\0\x18ftyphevc\0\0\0\0msf1hevc" + bytes(60), "HEIC sequence files are not supported"),
    "WAV": (b"RIFF\x24\0\0\0WAVEfmt " + bytes(40), "WAV files are not supported"),
    "12 bits": (JPEG_OF_12_BITS, "JPEG files that are lossless or have more than 8 bits"),
    "lossless": (LOSSLESS_JPEG, "JPEG files that are lossless or have more than 8 bits"),
    "half a WebP": (saved(quarters((200, 200)), "WEBP")[:80], "the WEBP image is damaged or cut off"),
    "half an MP4": (film()[:1000], "the video is damaged or cut off"),
    "a codec that nobody knows": (film("matroska", "ffv1"), "the codec of the video is not supported"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_refusal_says_why(shared_site: Site, name: str) -> None:
    file, reason = REFUSED[name]
    answer = shared_site.post("/3/image", headers=ANONYMOUS, files={"image": file})
    error = answer.json()["data"]["error"]
    assert (answer.status_code, error["code"]) == (400, 1003)
    assert error["message"].startswith("File type invalid (1): "), error
    assert reason in error["message"]


def test_what_is_too_large_is_reported_by_how_much(new_site: NewSite) -> None:
    from pyimgur.server.settings import Limits

    site = new_site(limits=Limits(pixels=1_000_000))
    answer = site.post("/3/image", headers=ANONYMOUS, files={"image": saved(Image.new("1", (1001, 1000)), "PNG")})
    assert answer.status_code == 413
    assert answer.json()["data"]["error"] == "file is over the size limit: the image has more than 1000000 pixels"


def test_a_file_of_too_many_parts_is_too_large(shared_site: Site) -> None:
    whole = saved(quarters((20, 20)), "GIF")
    sent = whole[:-1] + b"!\xfe\0" * 200_001 + b";"
    answer = shared_site.post("/3/image", headers=ANONYMOUS, files={"image": sent})
    assert answer.status_code == 413, answer.text
    reason = "the file consists of more than 200,000 parts: save it again with another program"
    assert answer.json()["data"]["error"] == f"file is over the size limit: {reason}"


def test_pixels_that_are_wider_than_the_limit_are_too_large(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(film(sample_ratio="20"))
    assert look(path, 1280 * 48).width == 1280
    with pytest.raises(MediaTooLargeError):
        look(path, 1280 * 48 - 1)


# ---- videos


@pytest.mark.parametrize(
    ("how", "plays"),
    [
        ({}, True),
        ({"sound": "aac"}, True),
        ({"sound": "libmp3lame"}, True),
        ({"sample_ratio": "2", "orientation": 5}, True),
        ({"sound": "ac3"}, False),
        ({"sound": "libopus"}, False),
        ({"pixels": "yuv420p10le"}, False),
        ({"pixels": "yuv422p"}, False),
        ({"codec": "libx265"}, False),
        ({"codec": "libsvtav1"}, False),
        ({"codec": "mpeg4"}, False),
        ({"format": "3gp", "codec": "h263", "size": (176, 144)}, False),
        ({"format": "mov"}, False),
        ({"format": "webm", "codec": "libvpx-vp9"}, False),
    ],
)
def test_an_mp4_plays_everywhere_or_is_made_so(tmp_path: Path, how: dict[str, Any], plays: bool) -> None:
    file = film(**how)
    assert probe(tmp_path, file).plays is plays
    with av.open(io.BytesIO(converted(tmp_path, file))) as made:
        video = made.streams.video[0]
        assert (video.codec_context.name, video.pix_fmt) == ("h264", "yuv420p")
        assert [each.codec_context.name for each in made.streams.audio] in ([], ["aac"], ["mp3float"], ["mp3"])
        assert sum(1 for _ in made.decode(video)) == 10


@pytest.mark.parametrize(("transfer", "white"), [(PQ, 0.58), (HLG, 0.75)])
def test_hdr_becomes_sdr(tmp_path: Path, transfer: int, white: float) -> None:
    levels = []
    for signal in (0.0, white / 3, white * 2 / 3, white, 1.0):
        file = hdr(signal, transfer)
        small = thumbnail(tmp_path, file).getpixel((30, 20))
        in_mp4 = thumbnail(tmp_path, converted(tmp_path, file)).getpixel((30, 20))
        assert small == pytest.approx(in_mp4, abs=3)
        levels.append(small[0] if isinstance(small, tuple) else small)
    assert levels == sorted(levels)
    assert (levels[0], levels[1] < 120) == (pytest.approx(0, abs=2), True)
    assert levels[3] == pytest.approx(251, abs=4)
    assert levels[4] == 255
    with av.open(io.BytesIO(converted(tmp_path, hdr(white, transfer)))) as made:
        context = made.streams.video[0].codec_context
        assert (context.color_primaries, context.color_trc, context.colorspace) == (1, 1, 1)


def test_hdr_in_an_mp4_of_eight_bits_is_converted_too(tmp_path: Path) -> None:
    assert not probe(tmp_path, hdr(0.5, HLG, "mp4", "libx265")).plays


def test_a_gif_in_a_hurry_is_as_slow_in_its_mp4(tmp_path: Path) -> None:
    delays = (10, 0, 20, 30, 10, 500)
    with av.open(io.BytesIO(converted(tmp_path, animation("GIF", delays)))) as made:
        times = [round(frame.time, 2) for frame in made.decode(video=0)]
    assert times == [0, 0.1, 0.2, 0.22, 0.25, 0.35]
    assert probe(tmp_path, (tmp_path / "mp4").read_bytes()).duration == pytest.approx(0.85)


def test_the_mp4_of_a_gif_has_the_canvas_that_browsers_give_it(tmp_path: Path) -> None:
    made = converted(tmp_path, canvas(animation("GIF", (100, 100)), (0, 0)))
    assert (probe(tmp_path, made).width, probe(tmp_path, made).height) == (64, 48)


# ---- an MP4 that browsers do not play, on the server


def test_an_mp4_that_browsers_do_not_play_is_served_as_one_that_they_do(shared_site: Site) -> None:
    file = film(codec="mpeg4", size=(63, 47), sound="aac")
    data = shared_site.upload(file, shared_site.person("mpeg").bearer)
    assert (data["type"], data["mp4"], data["mp4_size"]) == ("video/mp4", data["link"], 0)
    assert data["processing"] == {"status": "pending"}
    served = shared_site.get(data["link"])
    with av.open(io.BytesIO(served.content)) as made:
        video = made.streams.video[0]
        assert (video.codec_context.name, video.pix_fmt) == ("h264", "yuv420p")
        assert (video.width, video.height) == (data["width"], data["height"]) == (62, 46)
    later = completed(shared_site, data["id"])
    assert later["mp4_size"] == later["size"] == len(served.content)
    assert served.headers["content-type"] == "video/mp4"
    again = shared_site.get(data["link"], headers={"If-None-Match": served.headers["etag"]})
    assert again.status_code == 304
    assert shared_site.get(f"/download/{data['id']}").content == file


def test_of_what_cannot_be_converted_the_file_itself_is_served(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(*_: Any, **__: Any) -> None:
        raise DamagedMediaError("no")

    monkeypatch.setattr(MediaWorkers, "to_mp4", fail)
    file = film(codec="mpeg4")
    data = site.upload(file, site.person("ann").bearer)
    for _ in range(5):
        assert site.get(data["link"]).content == file
    found = shown(site, data["id"])
    assert (found["processing"], found["mp4"], found["size"]) == ({"status": "failed"}, "", len(file))
    page = site.get(f"/{data['id']}").text
    assert f"{data['id']}h.jpg" in page
    assert "<video" not in page


def test_rows_of_earlier_versions_serve_their_file(shared_site: Site) -> None:
    data = shared_site.upload(film(), shared_site.person("old").bearer)
    row = shared_site.run(lambda context: images.get(context, data["id"]))
    assert not images.has_made_mp4(row)
    hevc = row._replace(mp4_size=row.size, mp4_tries=0)  # as earlier versions wrote it of any MP4
    assert not images.has_made_mp4(hevc)
    assert images.served_size(hevc) == row.size
    assert images.has_made_mp4(row._replace(type="video/quicktime", mp4_size=0))


@settings(max_examples=60)
@given(data=st.data())
def test_no_damage_confuses_what_reads_structure(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    makes: list[Callable[[], bytes]] = [jpeg, lambda: jpeg(progressive=True), lambda: png(chunk(b"tRNS", bytes(6)))]
    file = bytearray(data.draw(st.sampled_from(makes))())
    for at, value in data.draw(st.lists(st.tuples(st.integers(3, 4000), st.integers(0, 255)), max_size=6)):
        file[max(3, at % len(file))] = value
    cut = data.draw(st.integers(3, len(file)))
    with suppress(MediaError):
        assert probe(tmp_path_factory.getbasetemp(), bytes(file[:cut])).type in {"image/jpeg", "image/png"}
