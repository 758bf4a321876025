"""What only the container tells about a video's size and length, which its new container must tell too."""

from __future__ import annotations

import io
import zlib
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryFile

import av
import pytest
from site_support import ANONYMOUS, Site

from media_files import film
from picked import picked
from pyimgur.server.media.container_aspect import write_aspect
from pyimgur.server.media.metadata_removal import write_without_metadata
from pyimgur.server.media.probe import MediaInfo, probe
from pyimgur.server.media.remux import remux
from pyimgur.server.media.sniff import AVI
from pyimgur.server.media.transcode import to_mp4
from pyimgur.server.services import images

PIXELS = 1_000_000
SPARE = bytes.fromhex("54b28104")
"""What ffmpeg writes into the description of a video in Matroska, and another element may replace."""


def matroska(element: str, codec: str = "libvpx-vp9", sound: str = "") -> bytes:
    """Return a Matroska file whose video track has this element."""
    made = film("matroska", codec, sound=sound)
    assert made.count(SPARE) == 1
    return made.replace(SPARE, bytes.fromhex(element))


def avi(codec: str, pixels: str, ratio: str, in_codec: str = "1") -> bytes:
    """Return an AVI whose header tells this aspect ratio of its pixels."""
    file = io.BytesIO(film("avi", codec, pixels, sample_ratio=in_codec))
    write_aspect(file, AVI, (64, 48), Fraction(ratio))
    return file.getvalue()


VIDEOS: dict[str, tuple[Callable[[], bytes], tuple[int, int]]] = {
    "Matroska, displayed wider": (lambda: matroska("54b08180"), (128, 48)),
    "Matroska, displayed taller": (lambda: matroska("54ba8160"), (64, 96)),
    "Matroska, displayed as it is": (
        lambda: film("matroska", sample_ratio="2").replace(
            bytes.fromhex("54b0818054ba8130"), bytes.fromhex("54b0814054ba8130")
        ),
        (128, 48),
    ),
    "Matroska with an eye beside the other": (lambda: matroska("53b88101"), (128, 48)),
    "Matroska with an eye above the other": (lambda: matroska("53b88103"), (64, 96)),
    "Matroska, cropped": (lambda: matroska("54dd8108"), (64, 48)),
    "AVI of a codec without a ratio": (lambda: avi("cinepak", "rgb24", "2"), (128, 48)),
    "AVI, taller": (lambda: avi("msvideo1", "rgb555le", "1/2"), (64, 96)),
    "AVI that denies what its codec says": (lambda: avi("mpeg4", "yuv420p", "1", "2"), (64, 48)),
    "MP4": (lambda: film(sample_ratio="2"), (128, 48)),
    "Flash video": (lambda: film("flv", "flv"), (64, 48)),
    "Flash video that begins late": (lambda: film("flv", times=range(50, 60), options={"bf": "3"}), (64, 48)),
    "Windows Media that begins late": (lambda: film("asf", "wmv2", times=range(50, 60)), (64, 48)),
    "MPEG that begins late": (lambda: film("vob", "mpeg2video", times=range(50, 60)), (64, 48)),
    "Flash video with longer sound": (lambda: film("flv", "flv", times=range(2), sound="libmp3lame"), (64, 48)),
    "Matroska of few frames out of order": (
        lambda: film("matroska", times=(0, 20, 50), options={"bf": "3"}),
        (64, 48),
    ),
    "Windows Media": (lambda: film("asf", "wmv2", sample_ratio="2"), (128, 48)),
}


def written(path: Path, change: Callable[..., None], data: bytes, **options: bool) -> bytes:
    (source := path / "source").write_bytes(data)
    (target := path / "target").unlink(missing_ok=True)
    with source.open("rb") as before, target.open("w+b") as after:
        change(before, after, PIXELS, **options)
    return target.read_bytes()


def seen(data: bytes) -> MediaInfo:
    with TemporaryFile() as file:
        file.write(data)
        file.seek(0)
        return probe(file, PIXELS)


@pytest.mark.parametrize("name", VIDEOS)
def test_a_new_container_tells_the_same_size_and_length(tmp_path: Path, name: str) -> None:
    make, size = VIDEOS[name]
    data = make()
    was = seen(data)
    assert (was.width, was.height) == size
    again = written(tmp_path, write_without_metadata, data)
    assert seen(again) == was
    assert seen(written(tmp_path, write_without_metadata, again)) == was, "removed twice"
    muted = seen(written(tmp_path, remux, data, keep_audio=False))
    assert muted == (replace(was, has_sound=False, duration=muted.duration) if was.has_sound else was)
    mp4 = seen(written(tmp_path, to_mp4, again))
    assert (mp4.width, mp4.height, mp4.duration) == (*size, pytest.approx(was.duration, abs=0.11))


@pytest.mark.parametrize(
    ("format", "codec"), [("flv", "flv"), ("flv", "libx264"), ("asf", "wmv2"), ("vob", "mpeg2video")]
)
def test_the_last_frame_counts(format: str, codec: str) -> None:
    assert seen(film(format, codec, times=range(50, 60))).duration == pytest.approx(1, abs=0.01)


def test_the_checksum_of_the_tracks_is_right(tmp_path: Path) -> None:
    data = written(tmp_path, write_without_metadata, matroska("54b08180"))
    start = data.rindex(b"\x16\x54\xae\x6b", 0, data.index(b"V_VP9"))
    head = 4 + 9 - data[start + 4].bit_length()
    size = int.from_bytes(data[start + 4 : start + head], "big") & ((1 << 7 * (head - 4)) - 1)
    content = data[start + head : start + head + size]
    assert content.startswith(b"\xbf\x84")
    assert content[2:6] == zlib.crc32(content[6:]).to_bytes(4, "little")
    with av.open(io.BytesIO(data), options={"err_detect": "explode+crccheck"}) as video:
        assert video.streams.video[0].sample_aspect_ratio == 2
        assert "title" not in video.streams.video[0].metadata


def test_a_webm_with_eyes_as_only_matroska_has_them(tmp_path: Path) -> None:
    data = matroska("53b8810d").replace(b"\x88matroska", b"\x84webm\xec\x82\x00\x00", 1)
    was, now = seen(data), seen(written(tmp_path, write_without_metadata, data))
    assert picked(now, "width", "height", "frames", "duration") == picked(was, "width", "height", "frames", "duration")


def test_a_video_is_as_long_as_it_is_without_its_longer_sound(shared_site: Site) -> None:
    video = film("webm", "libvpx-vp9", times=range(2), sound="libopus")
    form = {"disable_audio": "1"}
    data = shared_site.post("/3/image", headers=ANONYMOUS, files={"image": video}, data=form).json()["data"]
    stored = shared_site.run(lambda context: images.get(context, data["id"]))
    assert seen(video).duration == pytest.approx(0.5, abs=0.02)
    assert stored.duration == seen(shared_site.get(f"/{data['id']}.webm").content).duration == 0.2


def test_uploads_of_nobody_and_of_an_account_and_without_sound_have_one_size(shared_site: Site) -> None:
    video = matroska("54b08180", sound="libopus")
    person = shared_site.person("aspect")
    for headers, form in ((ANONYMOUS, {}), (person.bearer, {}), (person.bearer, {"disable_audio": "1"})):
        answer = shared_site.post("/3/image", headers=headers, files={"image": video}, data=form)
        data = answer.json()["data"]
        assert (data["width"], data["height"]) == (128, 48), (headers, form)
        for path in (f"/{data['id']}.mkv", f"/{data['id']}.mp4"):
            stored = seen(shared_site.get(path).content)
            assert (stored.width, stored.height) == (128, 48), (headers, form, path)
