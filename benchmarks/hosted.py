"""The server's work, done by `pyimgur serve`: what its process and its workers cost, whoever asks."""

from __future__ import annotations

import contextlib
import json
import subprocess
from collections.abc import Iterator
from itertools import cycle, islice
from pathlib import Path

import process
from asking import Line, ask, lines, request
from cell import AT_ONCE, HEADERS, ICONS, MANY, PHOTOS, PICTURES, READS, SNAPSHOTS, Own, Place
from crowd import crowded, together
from crowd import upload as upload_of
from filled import filled
from process import Process

from pyimgur.server.media import THUMBNAILS

CLIENT = "".join(f"{name}: {value}\r\n" for name, value in HEADERS.items())
GALLERY_PAGES = 300


@contextlib.contextmanager
def clocked(server: Process) -> Iterator[Own]:
    """What the server uses within this block, put in when it ends."""
    own: Own = {}
    server.mark()
    began = server.cpu()
    yield own
    own |= {"cpu": server.cpu() - began, "growth": server.growth()}


def curl(server: Process, path: Path) -> tuple[str, float]:
    """An upload with curl: the answer, and the seconds until it was there, as curl says."""
    told = ["--write-out", "\n%{time_total}", "-H", f"Authorization: {HEADERS['Authorization']}"]
    command = ["curl", "--silent", "--show-error", "--fail", *told, "-F", f"image=@{path}", f"{server.url}/3/image"]
    said, _, seconds = subprocess.run(command, check=True, capture_output=True, text=True).stdout.rpartition("\n")
    return said, float(seconds)


def uploaded(server: Process, path: Path) -> str:
    """The id of a new image."""
    return json.loads(curl(server, path)[0])["data"]["id"]


def asked(server: Process, count: int, *paths: str) -> Iterator[Own | None]:
    """So many requests for these in turn, on connections that are open already."""
    with lines(server.address) as open_:
        requests = cycle(request(path, CLIENT) for path in paths)
        ask(open_, islice(requests, max(len(open_), len(paths))))
        yield None
        with clocked(server) as own:
            ask(open_, islice(requests, count))
        yield own


def image(there: Place) -> Iterator[Own | None]:
    """`pyimgur serve`: GET /3/image/{id} with a Client-ID, credits counted"""
    with process.serve(there.outputs / "data") as server:
        yield from asked(server, READS, f"/3/image/{uploaded(server, there.picture)}")


def picture(there: Place) -> Iterator[Own | None]:
    """`pyimgur serve`: GET /{id}.jpg"""
    with process.serve(there.outputs / "data") as server:
        yield from asked(server, PICTURES, f"/{uploaded(server, there.picture)}.jpg")


def many_pictures(there: Place) -> Iterator[Own | None]:
    """`pyimgur serve`: GET /{id}.jpg of 500 in turn, which is more than it keeps in memory"""
    body = upload_of(there.picture.read_bytes(), CLIENT)
    with process.serve(there.outputs / "data") as server, contextlib.closing(Line(server.address)) as line:
        ids: list[str] = []
        for _ in range(MANY):
            line.send(body)
            ids.append(json.loads(line.answer())["data"]["id"])
        yield from asked(server, PICTURES, *(f"/{id}.jpg" for id in ids))


def upload(there: Place) -> Iterator[Own | None]:
    """`pyimgur serve`: POST /3/image with curl, until the answer; a disk below, everything flushed to it"""
    with process.serve(there.disk / "data") as server:
        curl(server, there.video)
        yield None
        with clocked(server) as own:
            own["wall"] = curl(server, there.video)[1]
        yield own


def uploads(there: Place, path: Path, count: int, source: Path | None = None) -> Iterator[Own | None]:
    """The middle of how long an upload takes while `AT_ONCE` clients upload; a disk below, everything flushed to it."""
    body = upload_of(path.read_bytes(), CLIENT)
    with process.serve(there.disk / "data", source=source) as server:
        together(server.address, AT_ONCE, body)
        yield None
        with clocked(server) as own:
            wall = together(server.address, count, body)
        yield own | {"wall": wall}


def icons(there: Place) -> Iterator[Own | None]:
    """`pyimgur serve`: POST /3/image of a PNG of 5 KB, 66 at once; the middle of how long an answer takes"""
    return uploads(there, there.icon, ICONS)


def snapshots(there: Place) -> Iterator[Own | None]:
    """`pyimgur serve`: POST /3/image of a JPEG of 2 MB, 66 at once; the middle of how long an answer takes"""
    return uploads(there, there.snapshot, SNAPSHOTS)


def thumbnails(there: Place) -> Iterator[Own | None]:
    """`pyimgur serve`: GET /{id}{s,b,t,m,l,h}.jpg of pictures whose thumbnails nobody has asked for yet"""
    with process.serve(there.outputs / "data") as server, contextlib.closing(Line(server.address)) as line:
        first, *ids = (uploaded(server, there.photo) for _ in range(PHOTOS + 1))
        ask([line], (request(f"/{first}{letter}.jpg") for letter in THUMBNAILS))
        yield None
        with clocked(server) as own:
            ask([line], (request(f"/{id}{letter}.jpg") for id in ids for letter in THUMBNAILS))
        yield own


def _filled(there: Place, count: int, path: str, times: int) -> Iterator[Own | None]:
    with process.serve(filled(count)) as server:
        yield from asked(server, times, path)


def thousand_reads(there: Place) -> Iterator[Own | None]:
    """`pyimgur serve`: GET /3/image/{id}, 1,000 images in the database"""
    return _filled(there, 1_000, "/3/image/p0000500", READS)


def million_reads(there: Place) -> Iterator[Own | None]:
    """`pyimgur serve`: GET /3/image/{id}, 1,000,000 images in the database"""
    return _filled(there, 1_000_000, "/3/image/p0500000", READS)


def thousand_gallery(there: Place) -> Iterator[Own | None]:
    """`pyimgur serve`: GET /3/gallery/hot/viral/0, 1,000 posts in it"""
    return _filled(there, 1_000, "/3/gallery/hot/viral/0.json", GALLERY_PAGES)


def million_gallery(there: Place) -> Iterator[Own | None]:
    """`pyimgur serve`: GET /3/gallery/hot/viral/0, 1,000,000 posts in it"""
    return _filled(there, 1_000_000, "/3/gallery/hot/viral/0.json", GALLERY_PAGES)


def crowd(there: Place) -> Iterator[Own | None]:
    """`pyimgur serve` and 200 clients at once, of whom each reads descriptions and pictures and uploads now and then"""
    with process.serve(there.disk / "data") as server:
        id = uploaded(server, there.picture)
        yield None
        yield crowded(server.address, id, there.picture, CLIENT)
