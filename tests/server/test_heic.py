"""HEIC pictures, which phones take: read where the extra is installed, refused in so many words where it is not."""

from __future__ import annotations

import io
import sys
from base64 import b64decode
from typing import TYPE_CHECKING

import pytest
from PIL import Image
from site_support import NewSite, Site, picture

from media_jobs import look, strip
from picked import picked
from pyimgur.server.http.errors import to_api_error
from pyimgur.server.media import MediaTooLargeError, MissingDecoderError, UnsupportedMediaError
from pyimgur.server.media.sniff import AVIF, HEIC, sniff

if TYPE_CHECKING:
    from pathlib import Path

PIXELS = 1_000_000
SIZE = b"ispe\0\0\0\0" + (64).to_bytes(4, "big") + (128).to_bytes(4, "big")
PHOTO = b64decode(
    "AAAAHGZ0eXBoZWljAAAAAG1pZjFoZWljbWlhZgAAAaFtZXRhAAAAAAAAACFoZGxyAAAAAAAAAABwaWN0AAAAAAAAAAAAAAAAAAAAADRpbG9jAA"
    "AAAERAAAIAAQAAAAABxQABAAAAAAAAACUAAgAAAAAB6gABAAAAAAAAAEwAAAA4aWluZgAAAAAAAgAAABVpbmZlAgAAAAABAABodmMxAAAAABVp"
    "bmZlAgAAAQACAABFeGlmAAAAAA5waXRtAAAAAAABAAAA4GlwcnAAAADAaXBjbwAAAHhodmNDAQNwAAAAkAAAAAAAHvAA/P34+AAADwNgAAEAGE"
    "ABDAH//wNwAAADAJAAAAMAAAMAHroCQGEAAQArQgEBA3AAAAMAkAAAAwAAAwAeoCCAgWW6kkprm4CGgwIAAAMAMgAAAwACEGIAAQAHRAHBcrAi"
    "QAAAABNjb2xybmNseAABAA0ABoAAAAAUaXNwZQAAAAAAAABAAAAAgAAAABBwaXhpAAAAAAMICAgAAAAJaXJvdAMAAAAYaXBtYQAAAAAAAAABAA"
    "EFgQIDBIUAAAAaaXJlZgAAAAAAAAAOY2RzYwACAAEAAQAAAHltZGF0AAAAISgBrwQY/Hk46//6WU/fUBdsDEcDeL/1rzvdVL+pFyEZuAAAAAZF"
    "eGlmAABNTQAqAAAACAADAQ8AAgAAAAoAAAAyARIAAwAAAAEABgAAiCUABAAAAAEAAAA8AAAAAFNlY3JldENhbQAAAAAAAAA="
)
"""64 by 128, red above blue, to be shown turned; its maker is noted in it. No free wheel writes these."""


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "photo"
    path.write_bytes(PHOTO)
    return path


def test_it_is_known_by_its_first_bytes() -> None:
    other = b"\0\0\0\x18ftypmif1\0\0\0\0miaf"
    assert sniff(PHOTO) == HEIC
    assert {brand: sniff(other + brand) for brand in (b"heic", b"avif", b"jp2 ")} == {
        b"heic": HEIC,
        b"avif": AVIF,
        b"jp2 ": None,
    }


def test_it_is_seen_as_it_is_turned(photo: Path) -> None:
    found = look(photo, PIXELS)
    assert picked(found, "type", "ext", "width", "height", "animated") == {
        "type": "image/heic",
        "ext": "heic",
        "width": 128,
        "height": 64,
        "animated": False,
    }


def test_a_server_keeps_it_and_shows_it_as_something_else(new_site: NewSite) -> None:
    site = new_site(strip="none")
    data = site.upload(PHOTO)
    assert (data["type"], data["width"], data["height"]) == ("image/heic", 128, 64)
    kept = site.get(data["link"])
    assert (kept.content, kept.headers["content-type"]) == (PHOTO, "image/heic")
    for name, format in ((".jpg", "JPEG"), (".png", "PNG"), (".webp", "WEBP"), ("l.jpg", "JPEG"), ("_d.png", "PNG")):
        with Image.open(io.BytesIO(site.get(f"/{data['id']}{name}").content)) as made:
            assert (made.format, made.size) == (format, (128, 64))
            red, _, blue = made.convert("RGB").getpixel((5, 32))
            assert blue > 200 > 50 > red


def test_a_tiff_requested_as_a_jpeg_is_one(shared_site: Site) -> None:
    id = shared_site.upload(picture("TIFF"))["id"]
    types = {ext: shared_site.get(f"/{id}.{ext}").headers["content-type"] for ext in ("tiff", "jpg", "png")}
    assert types == {"tiff": "image/tiff", "jpg": "image/jpeg", "png": "image/png"}


def test_what_its_camera_noted_is_stripped(photo: Path, tmp_path: Path) -> None:
    assert b"SecretCam" in PHOTO
    strip(photo, tmp_path / "clean", PIXELS)
    assert b"Secret" not in (tmp_path / "clean").read_bytes()
    assert look(tmp_path / "clean", PIXELS) == look(photo, PIXELS)


@pytest.mark.parametrize("side", [30_000, 2_000_000_000])
def test_a_bomb_is_refused_before_it_is_decoded(photo: Path, side: int) -> None:
    photo.write_bytes(PHOTO.replace(SIZE, SIZE[:8] + 2 * side.to_bytes(4, "big")))
    with pytest.raises((MediaTooLargeError, UnsupportedMediaError)):
        look(photo, PIXELS)


def test_one_with_more_pixels_than_may_be_is_too_large(photo: Path) -> None:
    with pytest.raises(MediaTooLargeError):
        look(photo, 64 * 127)


@pytest.mark.parametrize("length", [40, 300, 500])
def test_half_of_one_is_refused(photo: Path, length: int) -> None:
    photo.write_bytes(PHOTO[:length])
    with pytest.raises(UnsupportedMediaError):
        look(photo, PIXELS)


def test_without_the_extra_it_is_said_what_to_do(photo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pillow_heif.HeifImagePlugin", None)
    with pytest.raises(MissingDecoderError) as refused:
        look(photo, PIXELS)
    refusal = to_api_error(refused.value)
    assert (refusal.status, refusal.error["code"]) == (400, 1003)
    assert "install pyimgur[heic]" in refusal.error["message"]


def test_an_index_that_is_there_twice_is_refused(tmp_path: Path) -> None:
    """Readers would use the first list of items, and the second one was cleaned: what was stored showed nothing."""
    start = PHOTO.index(b"iinf") - 4
    items = PHOTO[start : start + int.from_bytes(PHOTO[start : start + 4], "big")]
    meta, size = PHOTO.index(b"meta") - 4, int.from_bytes(PHOTO[28:32], "big")
    path = tmp_path / "twice"
    grown = (size + len(items)).to_bytes(4, "big")
    path.write_bytes(PHOTO[:meta] + grown + PHOTO[meta + 4 : start] + items + PHOTO[start:])
    with pytest.raises(UnsupportedMediaError, match="index cannot be read"):
        strip(path, tmp_path / "clean", PIXELS)


def test_notes_in_the_place_of_something_else_overwrite_nothing(tmp_path: Path) -> None:
    """The address of the EXIF block may be that of the properties of the picture."""
    at = PHOTO.index((0x1EA).to_bytes(4, "big"))
    path, clean = tmp_path / "photo", tmp_path / "clean"
    path.write_bytes(PHOTO[:at] + PHOTO.index(b"hvcC").to_bytes(4, "big") + PHOTO[at + 4 :])
    strip(path, clean, PIXELS)
    assert look(clean, PIXELS) == look(path, PIXELS)
    assert b"SecretCam" not in clean.read_bytes()
