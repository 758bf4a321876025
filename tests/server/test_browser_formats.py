"""What Chromium shows of a file, and what the API, the pages, the thumbnails and the MP4 say of it: the same.

Three rules: what browsers show, the server accepts; what it accepts, it can render; what its pages name, browsers show.
"""

from __future__ import annotations

import io
import re
import zlib
from base64 import b64encode
from html import unescape
from typing import TYPE_CHECKING, NamedTuple

import pytest
from PIL import Image
from site_support import ANONYMOUS, Site

from media_files import (
    MATRICES,
    XMP,
    animation,
    canvas,
    chunk,
    film,
    gray_tiff,
    gray_vp9,
    interlaced_png,
    jpeg,
    masked_bmp,
    moved,
    noisy,
    oriented,
    png,
    quarters,
    saved,
    with_hidden_default,
    with_junk,
)
from pyimgur.server.media import THUMBNAILS
from pyimgur.server.media.mp4_size import mp4_dimensions
from pyimgur.server.services import images

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser, Page

Color = tuple[int, ...]
TEXT = b"some diagram as XML " * 60_000
ORIENTATION_6 = b"MM\0*\0\0\0\x08\0\1\x01\x12\0\3\0\0\0\1\0\6\0\0\0\0\0\0"
AT = (0.25, 0.75)
"""Where the four quarters are looked at, as shares of both sides."""
SLACK = 20
"""How far two decoders may be apart in a color."""
FRAME = 0.11
"""Seconds of one frame of these videos, by which two programs may differ on where a video ends."""

PICTURES: dict[str, Callable[[], bytes]] = {
    "JPEG": jpeg,
    "JPEG in CMYK": lambda: saved(quarters().convert("CMYK"), "JPEG"),
    "JPEG in gray": lambda: saved(quarters().convert("L"), "JPEG"),
    "JPEG with an orientation in XMP": lambda: saved(quarters(), "JPEG", xmp=XMP),
    "JPEG with junk between segments": lambda: with_junk(b"\n" * 7),
    "JPEG with zeros between segments": lambda: with_junk(bytes(70)),
    "JPEG with fill bytes": lambda: with_junk(b"\xff" * 5),
    "progressive JPEG without end": lambda: jpeg(progressive=True)[:-2],
    "JPEG without end, but a trailer": lambda: jpeg()[:-2] + b"SEFH" + bytes(40) + b"SEFT",
    "progressive JPEG without end, but a trailer": lambda: jpeg(progressive=True)[:-2] + b"SEFH" + bytes(40),
    **{f"JPEG with orientation {each}": lambda each=each: oriented("JPEG", each, quality=95) for each in range(10)},
    "PNG": png,
    "PNG with 1.2 MB of text": lambda: png(chunk(b"zTXt", b"mxfile\0\0" + zlib.compress(TEXT))),
    "PNG with 1.2 MB of XMP": lambda: png(chunk(b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + zlib.compress(TEXT))),
    "PNG with 1.2 MB of profile": lambda: png(chunk(b"iCCP", b"big\0\0" + zlib.compress(TEXT))),
    "PNG with a wrong checksum of text": lambda: png(chunk(b"tEXt", b"Title\0hello", 1)),
    "PNG with a wrong checksum of a profile": lambda: png(chunk(b"iCCP", b"x\0\0" + zlib.compress(b"abc"), 1)),
    "PNG with a wrong checksum of transparency": lambda: png(chunk(b"tRNS", bytes(6), 5)),
    "PNG with chunks that are too short": lambda: png(
        b"".join(chunk(name, b"\0") for name in (b"gAMA", b"cHRM", b"pHYs", b"tRNS", b"acTL", b"iCCP"))
    ),
    "PNG without end": lambda: png(end=False),
    "PNG with an orientation": lambda: oriented("PNG", 6),
    "PNG with an orientation behind its pixels": lambda: png(after=chunk(b"eXIf", ORIENTATION_6)),
    "PNG with an orientation in text": lambda: png(
        chunk(b"tEXt", b"Raw profile type exif\0\nexif\n      26\n" + ORIENTATION_6.hex().encode() + b"\n")
    ),
    "PNG with a palette": lambda: saved(quarters().quantize(4), "PNG"),
    "APNG with a default image outside of its animation": with_hidden_default,
    "APNG with a default image, and frames at its left": lambda: with_hidden_default((40, 48)),
    "APNG with a default image, and frames in a corner": lambda: with_hidden_default((24, 30), (40, 18)),
    "APNG": lambda: animation("PNG", (100, 5, 200)),
    "WebP with an orientation": lambda: oriented("WEBP", 6, lossless=True),
    "WebP with an orientation in XMP": lambda: saved(quarters(), "WEBP", xmp=XMP, lossless=True),
    "animated WebP": lambda: animation("WEBP", (100, 20, 200), lossless=True),
    **{f"AVIF with orientation {each}": lambda each=each: oriented("AVIF", each, quality=90) for each in (1, 4, 6)},
    "animated AVIF": lambda: animation("AVIF", (100, 20, 200), quality=90),
    "TIFF": lambda: saved(quarters(), "TIFF"),
    "TIFF with an orientation": lambda: saved(quarters(), "TIFF", tiffinfo={0x0112: 6}),
    "TIFF in CMYK": lambda: saved(quarters().convert("CMYK"), "TIFF"),
    "TIFF of 16 bits, big-endian": lambda: gray_tiff(">"),
    "TIFF of 16 bits, little-endian": lambda: gray_tiff("<"),
    "BMP": lambda: saved(quarters(), "BMP"),
    "BMP with masks of 4 bits": lambda: masked_bmp(16, 0xF00, 0xF0, 0xF),
    "BMP with masks of 4 bits and alpha": lambda: masked_bmp(16, 0xF00, 0xF0, 0xF, 0xF000, header=108, alpha=99),
    "BMP with masks of 5 bits, transparent": lambda: masked_bmp(16, 0x7C00, 0x3E0, 0x1F, 0x8000, header=56, alpha=0),
    "BMP with masks of 10 bits": lambda: masked_bmp(32, 0x3FF00000, 0xFFC00, 0x3FF),
    "BMP with masks of 10 bits and 2 of alpha": lambda: masked_bmp(
        32, 0x3FF00000, 0xFFC00, 0x3FF, 0xC0000000, header=124, alpha=85
    ),
    "BMP with masks that swap red and blue": lambda: masked_bmp(16, 0x1F, 0x7E0, 0xF800, header=52),
    "BMP with masks of alpha behind its header": lambda: masked_bmp(
        32, 0xFF0000, 0xFF00, 0xFF, 0xFF000000, compression=6, alpha=99
    ),
    "BMP of 32 bits, half transparent": lambda: masked_bmp(
        32, 0xFF0000, 0xFF00, 0xFF, 0xFF000000, header=108, compression=0, alpha=99
    ),
    "GIF": lambda: saved(quarters(), "GIF"),
    "GIF with a canvas that is too small": lambda: canvas(saved(quarters(), "GIF"), (10, 10)),
    "GIF without a canvas": lambda: canvas(saved(quarters(), "GIF"), (0, 0)),
    "GIF whose frame is elsewhere": lambda: moved(canvas(saved(quarters(), "GIF"), (100, 90)), (30, 40)),
    "GIF whose frame is outside": lambda: moved(saved(quarters(), "GIF"), (30, 40)),
}  # fmt: skip
CUT: dict[str, Callable[[], bytes]] = {
    "PNG": lambda: saved(noisy(), "PNG"),
    "PNG with a palette": lambda: saved(noisy().quantize(16), "PNG"),
    "PNG in gray": lambda: saved(noisy("L"), "PNG"),
    "PNG of 16 bits": lambda: saved(noisy("I;16"), "PNG"),
    "PNG with transparency": lambda: saved(noisy("RGBA"), "PNG"),
    "PNG, interlaced": interlaced_png,
    "GIF": lambda: saved(noisy(), "GIF", interlace=0),
    "GIF, interlaced": lambda: saved(noisy(), "GIF"),
    "BMP": lambda: saved(noisy(), "BMP"),
    "BMP with a palette": lambda: saved(noisy().quantize(16), "BMP"),
    "JPEG": lambda: saved(noisy(), "JPEG", quality=95),
    "JPEG in gray": lambda: saved(noisy("L"), "JPEG", quality=95),
    "JPEG in CMYK": lambda: saved(noisy("CMYK"), "JPEG", quality=95),
    "progressive JPEG": lambda: saved(noisy(), "JPEG", progressive=True, quality=95),
}
"""Files that break off in the middle."""
NOT_DRAWN: dict[str, Callable[[], bytes]] = {
    "WebP": lambda: saved(noisy(), "WEBP", quality=90),
    "lossless WebP": lambda: saved(noisy(), "WEBP", lossless=True),
    "WebP with transparency": lambda: saved(noisy("RGBA"), "WEBP", quality=90),
    "animated WebP": lambda: saved(noisy(), "WEBP", save_all=True, append_images=[quarters((96, 96)), noisy()]),
    "AVIF": lambda: saved(noisy(), "AVIF", quality=90),
    "animated AVIF": lambda: saved(noisy(), "AVIF", save_all=True, append_images=[quarters((96, 96)), noisy()]),
}
"""Files of which Chromium draws nothing as soon as one byte is missing at the end."""
MOVING: dict[str, Callable[[], bytes]] = {
    "GIF in a hurry": lambda: animation("GIF", (10, 0, 20, 30, 500)),
    "animated GIF with a canvas that is too small": lambda: canvas(animation("GIF", (300, 20)), (10, 10)),
    "animated GIF without a canvas": lambda: canvas(animation("GIF", (300, 20)), (0, 0)),
    "H.264": film,
    "H.264 of HD, without tags": lambda: film(size=(1280, 720), times=range(3)),
    "H.264 with sound": lambda: film(sound="aac"),
    "H.264 with another sound": lambda: film(sound="ac3"),
    "H.264 of 10 bits": lambda: film(pixels="yuv420p10le"),
    "H.264 in 4:2:2": lambda: film(pixels="yuv422p"),
    "H.264 in 4:4:4, with odd sides": lambda: film(pixels="yuv444p", size=(63, 47)),
    "H.264 with frames when it likes": lambda: film(times=(0, 1, 5, 6, 20, 30), options={"bf": "0"}),
    **{f"H.264 in orientation {each}": lambda each=each: film(orientation=each) for each in MATRICES},
    **{f"H.264 with pixels of {each}": lambda each=each: film(sample_ratio=each) for each in ("2", "1/2", "4/3")},
    "H.264 turned, with wide pixels": lambda: film(orientation=6, sample_ratio="2"),
    "HEVC": lambda: film(codec="libx265"),
    "HEVC, mirrored and turned": lambda: film(codec="libx265", orientation=7),
    "MPEG-4 part 2": lambda: film(codec="mpeg4"),
    "MPEG-4 part 2 with wide pixels": lambda: film(codec="mpeg4", sample_ratio="16/11"),
    "H.263": lambda: film("3gp", "h263", size=(176, 144)),
    "VP9 in MP4 with wide pixels": lambda: film(codec="libvpx-vp9", sample_ratio="2"),
    "QuickTime": lambda: film("mov"),
    "QuickTime, mirrored": lambda: film("mov", orientation=5),
    "ProRes": lambda: film("mov", "prores_ks", "yuv422p10le"),
    "Matroska": lambda: film("matroska"),
    "Matroska with wide pixels": lambda: film("matroska", sample_ratio="2"),
    "WebM": lambda: film("webm", "libvpx-vp9"),
    "AVI": lambda: film("avi", "mpeg4"),
    "Motion JPEG": lambda: film("avi", "mjpeg", "yuvj420p"),
    "MPEG": lambda: film("vob", "mpeg2video"),
}  # fmt: skip
"""All are converted, unless browsers play them as they are."""

LOOK = """async ([source, isVideo]) => {
  const element = document.createElement(isVideo ? "video" : "img");
  const event = isVideo ? "loadeddata" : "load";
  const came = new Promise((resolve) => {
    element.addEventListener(event, () => resolve(true));
    element.addEventListener("error", () => resolve(false));
    setTimeout(() => resolve(false), 30_000);
  });
  if (isVideo) Object.assign(element, { muted: true, preload: "auto" });
  if (typeof source === "string" && source.startsWith("/")) element.src = source;
  else {
    const bytes = Uint8Array.from(atob(source), (each) => each.charCodeAt(0));
    element.src = URL.createObjectURL(new Blob([bytes], isVideo ? { type: "video/mp4" } : {}));
  }
  document.body.replaceChildren(element);
  if (!await came) return null;
  const width = isVideo ? element.videoWidth : element.naturalWidth;
  const height = isVideo ? element.videoHeight : element.naturalHeight;
  const canvas = Object.assign(document.createElement("canvas"), { width, height });
  const context = canvas.getContext("2d");
  const opaque = () => context.getImageData(width >> 1, height >> 1, 1, 1).data[3] === 255;
  for (let times = 0; times < 600; times++) {  // a video may be painted a little later than it is loaded
    context.drawImage(element, 0, 0, width, height);
    if (!isVideo || opaque()) break;
    await new Promise(requestAnimationFrame);
  }
  context.globalCompositeOperation = "destination-over";
  context.fillStyle = "white";
  context.fillRect(0, 0, width, height);
  const pixel = (x, y) => context.getImageData(Math.floor(width * x), Math.floor(height * y), 1, 1);
  const color = (x, y) => [...pixel(x, y).data].slice(0, 3);
  const colors = [color(.25, .25), color(.75, .25), color(.25, .75), color(.75, .75)];
  return [width, height, isVideo ? element.duration : null, colors];
}"""


class Seen(NamedTuple):
    """What there is of a picture or video."""

    width: int
    height: int
    duration: float | None
    colors: list[Color]

    def differs(self, other: Seen) -> str:
        """Return in what it is not the same as the other one."""
        if (self.width, self.height) != (other.width, other.height):
            return f"{self.width}x{self.height} and {other.width}x{other.height}"
        if self.duration is not None and other.duration is not None and abs(self.duration - other.duration) > FRAME:
            return f"{self.duration} and {other.duration} seconds"
        for mine, its in zip(self.colors, other.colors, strict=True):
            if any(abs(one - two) > SLACK for one, two in zip(mine, its, strict=True)):
                return f"{self.colors} and {other.colors}"
        return ""


@pytest.fixture(scope="module")
def tab(browser: Browser, shared_site: Site) -> Iterator[Page]:
    """A page of the server that may look at anything."""
    with browser.new_context(bypass_csp=True) as context:
        page = context.new_page()
        page.goto(shared_site.settings.public_url + "/upload")
        yield page


def look(tab: Page, source: bytes | str, *, video: bool) -> Seen | None:
    """Return what Chromium shows of a file or of a path of the server; None if it is an error there."""
    seen = tab.evaluate(LOOK, [source if isinstance(source, str) else b64encode(source).decode(), video])
    return seen and Seen(*seen)


def thumbnail(site: Site, id: str) -> Seen:
    """Return what its large thumbnail shows."""
    with Image.open(io.BytesIO(site.get(f"/{id}h.jpg").content)) as found:
        picture = found.convert("RGB")
    spots = [(int(picture.width * x), int(picture.height * y)) for y in AT for x in AT]
    colors = [picture.getpixel(spot) for spot in spots]
    return Seen(*picture.size, None, [color for color in colors if isinstance(color, tuple)])


def named(site: Site, id: str) -> str:
    """Return the path of what the page of a picture shows; its preview for other sites is the same."""
    text = site.get(f"/{id}").text
    shown = re.search(r'<(?:img|video) src="([^"]+)"', text)
    graph = re.search(r'og:(?:image|video)" content="([^"]+)"', text)
    assert shown
    assert graph
    assert shown[1] == graph[1]
    return unescape(shown[1]).removeprefix(site.settings.public_url)


def compare(site: Site, tab: Page, file: bytes, *, video: bool) -> Iterator[str]:
    """Yield what differs between the API, the thumbnail, the page and, where it shows the file itself, Chromium."""
    answer = site.post("/3/image", headers=ANONYMOUS, files={"image": file})
    if answer.is_error:
        yield f"refused: {answer.json()['data']['error']}"
        return
    data = answer.json()["data"]
    stored = site.run(lambda context: images.get(context, data["id"]))
    small = thumbnail(site, data["id"])
    api = Seen(data["width"], data["height"], stored.duration, small.colors)
    share = min(1.0, THUMBNAILS["h"].side / max(api[:2]))
    if any(abs(round(side * share) - its) > video for side, its in zip(api[:2], small[:2], strict=True)):
        yield f"thumbnail: {small[:2]} and {api[:2]}"
    paged = named(site, data["id"])
    moves = data["type"].startswith("video/")
    shown = {"page": look(tab, paged, video=moves)}
    if original := look(tab, file, video=moves):
        shown["file"] = original
    if video:
        shown["MP4"] = look(tab, f"/{data['id']}.mp4", video=True)
    for name, seen in shown.items():
        expected = api if seen is None or not video else api._replace(width=seen.width, height=seen.height)
        if seen is None:
            yield f"{name}: Chromium shows nothing"
        elif difference := seen.differs(expected):
            yield f"{name}: {difference}"
        elif video and mp4_dimensions((seen.width, seen.height)) != mp4_dimensions((api.width, api.height)):
            yield f"{name}: {seen[:2]} and {api[:2]}"


@pytest.mark.parametrize(("cases", "video"), [(PICTURES, False), (MOVING, True)], ids=["pictures", "videos"])
def test_chromium_api_thumbnail_page_and_mp4_agree(
    shared_site: Site, tab: Page, cases: dict[str, Callable[[], bytes]], video: bool
) -> None:
    found = {name: [*compare(shared_site, tab, make(), video=video)] for name, make in cases.items()}
    assert not (different := {name: each for name, each in found.items() if each}), different


def test_what_breaks_off_is_seen_as_far_as_in_chromium(shared_site: Site, tab: Page) -> None:
    files = {f"{share} of {name}": make() for name, make in CUT.items() for share in (0.42, 0.62)}
    files = {name: file[: int(len(file) * float(name.split()[0]))] for name, file in files.items()}
    found = {name: [*compare(shared_site, tab, file, video=False)] for name, file in files.items()}
    assert not (different := {name: each for name, each in found.items() if each}), different


@pytest.mark.parametrize("name", NOT_DRAWN)
def test_a_cut_file_of_which_chromium_draws_nothing_is_refused(shared_site: Site, tab: Page, name: str) -> None:
    whole = NOT_DRAWN[name]()
    for end in (len(whole) // 2, len(whole) - 100, len(whole) - 1):
        seen = look(tab, whole[:end], video=False)
        assert seen is None or seen.colors == [[255, 255, 255]] * 4, f"Chromium draws {end} of {len(whole)} bytes"
        answer = shared_site.post("/3/image", headers=ANONYMOUS, files={"image": whole[:end]})
        assert answer.status_code == 400, f"{end} of {len(whole)} bytes: {answer.text}"
        assert "image is damaged or" in answer.text, f"{end} of {len(whole)} bytes: {answer.text}"


@pytest.mark.parametrize("matrix", [1, 2], ids=["with a matrix", "without a matrix"])
@pytest.mark.parametrize("format", ["mp4", "webm"])
def test_the_range_of_vp9_is_that_which_chromium_believes(
    shared_site: Site, tab: Page, format: str, matrix: int
) -> None:
    for full, declared_full in ((False, True), (True, False), (True, True)):
        file = gray_vp9(format, full=full, declared_full=declared_full, matrix=matrix)
        data = shared_site.post("/3/image", headers=ANONYMOUS, files={"image": file}).json()["data"]
        seen = [look(tab, file, video=True), look(tab, f"/{data['id']}.mp4", video=True)]
        file_color, mp4_color = (each and each.colors[0] for each in seen)
        small = list(thumbnail(shared_site, data["id"]).colors[0])
        case = f"full range: {full}, says the container: {declared_full}"
        assert file_color == [40 if declared_full and matrix == 1 else 28] * 3, case
        assert small == pytest.approx(file_color, abs=3), f"thumbnail, {case}"
        assert mp4_color == pytest.approx(file_color, abs=3), f"MP4, {case}"
