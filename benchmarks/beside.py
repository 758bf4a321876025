"""The server's work, done by others: nginx, a bare Starlette route, Pillow alone."""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import process
from cell import MANY, PHOTOS, PICTURES, READS, Own, Place
from hosted import asked, clocked, curl, uploaded
from PIL import Image, ImageOps

FILES = "server {{ listen 127.0.0.1:{port}; root {folder}; }}"
BUFFERING = """\
server {{
    listen 127.0.0.1:{port};
    client_body_in_file_only on;
    proxy_pass_request_body off; proxy_set_header Content-Length "";
    location / {{ proxy_pass http://127.0.0.1:{inner}; }}
}}
server {{ listen 127.0.0.1:{inner}; return 200; }}
"""
SIDES = {"s": 90, "b": 160, "t": 160, "m": 320, "l": 640, "h": 1024}
SQUARE = frozenset("sb")


def library(there: Place) -> tuple[Path, str]:
    """A data folder of `pyimgur serve` with one picture in it, and its id."""
    data = there.outputs / "data"
    with process.serve(data) as server:
        return data, uploaded(server, there.picture)


def starlette_image(there: Place) -> Iterator[Own | None]:
    """Starlette on the same uvicorn: one route, the same columns of the same row, a `JSONResponse`"""
    data, id = library(there)
    with process.speaking(sys.executable, process.HERE / "route.py", data / "pyimgur.sqlite3") as server:
        yield from asked(server, READS, f"/3/image/{id}")


def nginx_picture(there: Place) -> Iterator[Own | None]:
    """nginx: the same file, from a folder"""
    data, id = library(there)
    shutil.copy(data / "blobs" / id[:2] / id, there.outputs / f"{id}.jpg")
    port = process.free_port()
    with process.nginx(there.outputs, FILES.format(port=port, folder=there.outputs), port) as server:
        yield from asked(server, PICTURES, f"/{id}.jpg")


def nginx_many_pictures(there: Place) -> Iterator[Own | None]:
    """nginx: as many files, from a folder"""
    for number in range(MANY):
        shutil.copy(there.picture, there.outputs / f"{number}.jpg")
    port = process.free_port()
    with process.nginx(there.outputs, FILES.format(port=port, folder=there.outputs), port) as server:
        yield from asked(server, PICTURES, *(f"/{number}.jpg" for number in range(MANY)))


def nginx_upload(there: Place) -> Iterator[Own | None]:
    """nginx: the same body, with curl, into a file (`client_body_in_file_only`); then its SHA-256, then `fsync`"""
    port, inner = process.free_port(), process.free_port()
    with process.nginx(there.disk, BUFFERING.format(port=port, inner=inner), port) as server:
        curl(server, there.video)
        yield None
        with clocked(server) as own:
            seconds = curl(server, there.video)[1]
        began = time.perf_counter()
        secure(max((there.disk / "bodies").iterdir()))
        yield own | {"wall": seconds + time.perf_counter() - began}


def secure(path: Path) -> None:
    with path.open("rb") as file:
        hashlib.file_digest(file, "sha256").hexdigest()
        os.fsync(file.fileno())


def pillow_thumbnails(there: Place) -> Iterator[None]:
    """Pillow: `draft`, one reduction to the largest, the others from that, saved as JPEG"""
    small(there.photo, there.outputs / "first")
    yield
    for number in range(PHOTOS):
        small(there.photo, there.outputs / str(number))
    yield


def small(source: Path, folder: Path) -> None:
    folder.mkdir()
    with Image.open(source) as photo:
        photo.draft("RGB", (max(SIDES.values()),) * 2)
        photo.thumbnail((max(SIDES.values()),) * 2, Image.Resampling.LANCZOS, reducing_gap=2.0)
    for letter, side in SIDES.items():
        if letter in SQUARE:
            made = ImageOps.fit(photo, (side, side), Image.Resampling.LANCZOS)
        else:
            made = photo.copy()
            made.thumbnail((side, side), Image.Resampling.LANCZOS)
        made.save(folder / f"{letter}.jpg", quality=82)
