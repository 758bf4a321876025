"""Albums of many images: the same bytes as ever, made in slices that let everybody else through; pages in parts."""

from __future__ import annotations

import asyncio
import re
import threading
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import pytest
from site_support import ANONYMOUS, NewSite, Person, Site, Sites, until
from sqlalchemy import insert

from pyimgur.server.db.query import Query, Steps, transaction
from pyimgur.server.db.schema import album_image, image
from pyimgur.server.http import long_response
from pyimgur.server.pages import view_models
from pyimgur.server.services import albums, comments, images, submissions, votes

if TYPE_CHECKING:
    from pyimgur.server.services.context import ServerContext

MANY = 1_030
IMAGE = Query(insert(image))
HELD = Query(insert(album_image))


@transaction
def rows(album: str, owner: int, many: int) -> Steps[None]:
    """An album full of images, some with what XML, JSON and scripts have to escape; no file belongs to them."""
    for number in range(many):
        id = f"q{number:06}"
        title = None if number % 3 else f'<&> \u2028 \u00e9 \\ " {number}'
        yield IMAGE.run(
            id=id,
            deletehash=f"qqqqqqqq{number:07}",
            account_id=owner if number % 2 else None,
            title=title,
            name="a.png",
            type="image/png",
            ext="png",
            animated=0,
            has_sound=0,
            width=4,
            height=3,
            size=70,
            sha256="0" * 64,
            created=1_700_000_000 + number,
            received_sha256="",
        )
        yield HELD.run(album_id=album, image_id=id, position=number // 2)  # two of them have the same place


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with Sites(tmp_path_factory.mktemp("large")) as sites:
        yield sites.start()


@pytest.fixture(scope="module")
def ann(site: Site) -> Person:
    return site.person("ann")


@pytest.fixture(scope="module")
def album(site: Site, ann: Person) -> str:
    """A public album in the gallery, whose cover is its last image."""
    details = albums.AlbumFields(title="Much", privacy="public", cover=f"q{MANY - 1:06}")
    made = site.run(lambda context: albums.create(context, details, account=ann.id, client_id=None))
    site.run(lambda context: context.db.write(rows(made.id, ann.id, MANY)))
    submission = submissions.Submission(title="Much", mature=False, tags=["many"], section=None)
    site.run(lambda context: submissions.submit(context, made.id, ann.id, submission, None))
    site.run(lambda context: votes.vote(context, made.id, ann.id, "up"))
    site.post("/3/image/q000500/favorite", headers=ann.bearer)
    return made.id


@contextmanager
def at_once() -> Iterator[None]:
    """As if no album were large."""
    with patch.object(images, "LARGE_ALBUM", 10**6), patch.object(view_models, "LARGE_ALBUM", 10**6):
        yield


PATHS = [
    "/3/album/{}",
    "/3/album/{}.xml",
    "/3/album/{}/images",
    "/3/album/{}/images.xml",
    "/3/album/{}?callback=show&client_id=a",
    "/3/account/ann/album/{}",
    "/3/gallery/{}",
    "/3/gallery/album/{}.xml",
    "/3/gallery/t/many/{}",
    "/post/v1/posts/{}",
    "/post/v1/albums/{}?include=media,cover,tags,account",
    "/post/v1/posts/{}?include=cover",
    "/ajaxalbums/getimages/{}/hit.json",
]


@pytest.mark.parametrize("who", ["nobody", "ann"])
@pytest.mark.parametrize("path", PATHS)
def test_the_same_bytes_as_at_once(site: Site, ann: Person, album: str, path: str, who: str) -> None:
    headers = ann.bearer if who == "ann" else {} if "callback" in path else ANONYMOUS
    path = path.format(album)
    sliced = site.get(path, headers=headers)
    with at_once():
        whole = site.get(path, headers=headers)
    assert sliced.status_code == whole.status_code == 200
    assert sliced.content == whole.content
    for name in ("content-type", "content-length", "etag", "access-control-allow-origin", "cache-control"):
        assert sliced.headers.get(name) == whole.headers.get(name), name
    assert site.get(path, headers={**headers, "If-None-Match": sliced.headers.get("etag", "x")}).status_code == (
        304 if "etag" in sliced.headers else 200
    )
    head = site.request("HEAD", path, headers=headers)
    assert "callback" in path or (head.content, head.headers["content-length"]) == (
        b"",
        sliced.headers["content-length"],
    )


def test_no_file_is_left(site: Site, album: str) -> None:
    for _ in range(3):
        site.get(f"/3/album/{album}", headers={**ANONYMOUS, "If-None-Match": "*"})
        site.get(f"/3/album/{album}", headers=ANONYMOUS)
    until(lambda: site.app.state.spool.bytes == 0)


def test_too_many_that_nobody_reads_are_refused(site: Site, album: str) -> None:
    with patch.object(site.app.state.spool, "bytes", long_response.MAX_BYTES + 1):
        answer = site.get(f"/3/album/{album}", headers=ANONYMOUS)
        assert (answer.status_code, answer.json()["success"]) == (503, False)
        assert site.get("/healthz").status_code == 200
    assert site.get(f"/3/album/{album}", headers=ANONYMOUS).status_code == 200


@pytest.mark.parametrize(
    "path", ["/3/album/{}", "/3/album/{}.xml", "/post/v1/albums/{}", "/ajaxalbums/getimages/{}/hit.json"]
)
def test_every_slice_is_small_and_lets_others_through(site: Site, album: str, path: str) -> None:
    """Between two slices the event loop goes round at least once; a slice holds no more than it may."""
    events: list[int] = []
    stop = threading.Event()
    name = "xml_items" if path.endswith(".xml") else "encode"
    made = getattr(long_response, name)

    async def probe(_: Any) -> None:
        while not stop.is_set():
            events.append(0)
            await asyncio.sleep(0)

    def counted(items: Any) -> bytes:
        events.append(len(items))
        return made(items)

    probing = threading.Thread(target=lambda: site.run(probe))
    with patch.object(long_response, name, counted):
        probing.start()
        assert site.get(path.format(album), headers=ANONYMOUS).status_code == 200
        stop.set()
    probing.join()
    slices = [size for size in events if size]
    assert sum(slices) == MANY
    assert max(slices) <= images.SLICE_SIZE
    assert all(not (first and second) for first, second in pairwise(events))


def test_memory_does_not_grow_with_the_album(new_site: NewSite) -> None:
    """Four at once, and what Python holds at most meanwhile."""
    site, many = new_site(), 4_000
    ann = site.person("ann")
    made = site.run(lambda context: albums.create(context, albums.AlbumFields(), account=ann.id, client_id=None))
    site.run(lambda context: context.db.write(rows(made.id, ann.id, many)))
    sizes: list[int] = []

    def read() -> None:
        with site.http.stream("GET", f"/3/album/{made.id}", headers=ANONYMOUS) as answer:
            sizes.append(sum(len(chunk) for chunk in answer.iter_raw()))

    readers = [threading.Thread(target=read) for _ in range(4)]
    tracemalloc.start()
    try:
        for reader in readers:
            reader.start()
        for reader in readers:
            reader.join()
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert len(set(sizes)) == 1
    assert len(sizes) == 4
    assert peak < 3_000_000 < sizes[0] * 4, f"{peak:,} bytes at most for bodies of {sizes[0]:,}"


# ---- pages


def figures(text: str) -> list[str]:
    return re.findall(r'<figure class="media" id="(\w+)"', text)


@pytest.mark.parametrize(("path", "name"), [("/a/{}", "page"), ("/a/{}/embed", "page"), ("/gallery/{}", "pictures")])
def test_pages_show_a_part_and_lead_to_the_others(site: Site, album: str, path: str, name: str) -> None:
    address: str | None = path.format(album)
    found: list[str] = []
    pages = 0
    while address:
        text = site.get(address).text
        assert len(figures(text)) <= images.LARGE_ALBUM
        found += figures(text)
        pages += 1
        previous, following = (re.search(rf'<a href="([^"]+)" rel="{rel}"', text) for rel in ("prev", "next"))
        assert bool(previous) == (pages > 1)
        assert f"of {MANY:,}<" in text
        address = following[1] if following else None
        assert address is None or address == f"{path.format(album)}?{name}={pages + 1}"
    assert pages == 5
    assert found == [each["id"] for each in site.get(f"/3/album/{album}/images", headers=ANONYMOUS).json()["data"]]


@pytest.mark.parametrize("part", ["0", "1", "-1", "x", "", "1e3"])
def test_a_part_that_makes_no_sense_is_the_first(site: Site, album: str, part: str) -> None:
    assert figures(site.get(f"/a/{album}?page={part}").text)[0] == "q000000"


def test_a_part_behind_the_last_is_the_last(site: Site, album: str) -> None:
    assert figures(site.get(f"/a/{album}?page=999999").text)[-1] == f"q{MANY - 1:06}"


def test_every_part_names_the_cover(site: Site, album: str) -> None:
    for part in (1, 2, 5):
        text = site.get(f"/a/{album}?page={part}").text
        assert f'og:image" content="{site.settings.public_url}/q{MANY - 1:06}.png"' in text
        assert f'"count":{MANY}' in text.replace("&#34;", '"')


def test_an_album_that_fits_has_no_parts(site: Site, ann: Person) -> None:
    made = site.run(lambda context: albums.create(context, albums.AlbumFields(), account=ann.id, client_id=None))
    assert "Pages of the album" not in site.get(f"/a/{made.id}").text
    assert "Pages of the album" not in site.get(f"/a/{made.id}/embed").text


def test_one_image_of_an_album(site: Site, album: str) -> None:
    assert site.get(f"/3/album/{album}/image/q000777", headers=ANONYMOUS).json()["data"]["id"] == "q000777"
    assert site.get(f"/3/album/{album}/image/none123", headers=ANONYMOUS).status_code == 404


# ---- comments


@pytest.fixture(scope="module")
def commented(site: Site, ann: Person, album: str) -> str:
    """The album with many comments, of which every third answers the first one."""

    async def write(context: ServerContext) -> None:
        first = await comments.add(context, album, ann.id, "first")
        for number in range(120):
            text, parent = f"<{number}> \u2028", None if number % 3 else first
            await comments.add(context, album, ann.id, text, parent=parent)

    site.run(write)
    return album


@pytest.mark.parametrize("path", ["/3/gallery/{}/comments", "/3/gallery/{}/comments/new.xml"])
def test_many_comments_are_the_same_bytes(site: Site, ann: Person, commented: str, path: str) -> None:
    with patch.object(comments, "SMALL_TREE", 50):
        sliced = site.get(path.format(commented), headers=ann.bearer)
    whole = site.get(path.format(commented), headers=ann.bearer)
    assert sliced.content == whole.content
    assert sliced.headers["etag"] == whole.headers["etag"]
    assert len(whole.content) > 10_000
