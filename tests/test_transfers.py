"""Uploads and downloads against a real server: kinds of sources, albums, interruptions."""

from __future__ import annotations

import base64
import io
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from PIL import Image as Picture

from pyimgur import FileOverwriteError, Imgur
from pyimgur._policy.multipart import form_field_for
from pyimgur._transfer.sources import open_source
from pyimgur.testing import LocalImgur


def picture(color: str, format: str = "PNG") -> bytes:
    file = io.BytesIO()
    Picture.new("RGB", (40, 30), color).save(file, format)
    return file.getvalue()


def test_base64_text_and_a_data_uri_are_pictures(imgur: LocalImgur, tmp_path: Path) -> None:
    text = base64.encodebytes(picture("red")).decode()
    for given in (text, text.encode(), f"data:image/png;base64,{text}"):
        image = imgur.client.upload_image(base64=given)
        assert image.download(tmp_path, overwrite=True).read_bytes() == picture("red")


@pytest.mark.parametrize(
    "given", [{}, {"path": b"x", "url": "http://x"}, {"base64": "not base64!"}, {"base64": "\u00e9"}]
)
def test_a_picture_is_given_in_exactly_one_way(imgur: LocalImgur, given: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"give a path|not base64"):
        imgur.client.upload_image(**given)  # type: ignore[arg-type]
    assert imgur.client.get_user("me").get_images() == []


@pytest.mark.parametrize(
    ("head", "part"),
    [
        (b"\x00\x00\x00\x20ftypisom", "video"),
        (b"\x00\x00\x00\x20ftypavif", "image"),
        (b"\x1a\x45\xdf\xa3....", "video"),
        (b"FLV\x01....", "video"),
        (picture("red"), "image"),
        (picture("red", "GIF"), "image"),
    ],
)
def test_a_video_is_sent_as_a_video(head: bytes, part: str) -> None:
    assert form_field_for(open_source(head)) == part


def test_an_album_is_downloaded_in_its_order(imgur: LocalImgur, tmp_path: Path) -> None:
    album = imgur.client.create_album("Colors")
    colors = ["red", "green", "blue"]
    for color in colors:
        imgur.client.upload_image(picture(color), title=f"very {color}", album=album)
    paths = imgur.client.get_album(album.id).download(tmp_path / "new" / "folder")
    assert [path.name for path in paths] == ["1 very red.png", "2 very green.png", "3 very blue.png"]
    assert [path.read_bytes() for path in paths] == [picture(color) for color in colors]
    with pytest.raises(FileOverwriteError):
        imgur.client.get_album(album.id).download(tmp_path / "new" / "folder")


def test_a_thumbnail_is_downloaded_under_its_name(imgur: LocalImgur, tmp_path: Path) -> None:
    image = imgur.client.upload_image(picture("red"))
    path = image.download(tmp_path, size="Small Square")
    assert path.name == f"{image.id}s.jpg"
    with Picture.open(path) as opened:
        assert (opened.format, max(opened.size)) == ("JPEG", 30)


MANY = """
import sys
from pyimgur import Imgur

class Slow:
    name = "slow.png"
    def __init__(self): self.left = 200
    def seekable(self): return False
    def read(self, size=-1):
        import time
        sys.stdout.write('reading\\n'); sys.stdout.flush()
        time.sleep(0.05)
        self.left -= 1
        return b"x" if self.left else b""

Imgur("many", base_url=sys.argv[1]).upload_images([Slow() for _ in range(50)], concurrency=2)
"""


def test_an_interrupt_ends_many_uploads_cleanly(imgur: LocalImgur) -> None:
    command = [sys.executable, "-c", MANY, imgur.url]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as program:
        assert program.stdout is not None
        assert program.stdout.readline() == "reading\n"
        started = time.monotonic()
        program.send_signal(signal.SIGINT)
        _, errors = program.communicate(timeout=60)
    assert program.returncode == -signal.SIGINT or "KeyboardInterrupt" in errors
    assert time.monotonic() - started < 50, "all fifty uploads went on"
    with Imgur("many", base_url=imgur.url) as im:
        assert im.get_credits()["UserRemaining"] > 0


def test_credits_are_reported(imgur: LocalImgur) -> None:
    left = imgur.client.get_credits()["ClientRemaining"]
    imgur.client.upload_image(picture("red"))
    assert imgur.client.get_credits()["ClientRemaining"] == left - 10
