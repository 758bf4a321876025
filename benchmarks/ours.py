"""The work, done with this package."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor

import answers
from cell import CALLS, DOWNLOADS, LARGE_DOWNLOAD, LINKS, MEDIUM, SCANS, UPLOADS, Place

import pyimgur
from pyimgur import links as pyimgur_links

CLIENT_ID = "0123456789abcde"


def calls(there: Place) -> Iterator[None]:
    """`Imgur.get_image(id)`, a field read."""
    with pyimgur.Imgur(CLIENT_ID, base_url=there.url) as im:
        assert im.get_image("p000000").width == 1920
        yield
        for _ in range(CALLS):
            assert im.get_image("p000000").width == 1920
        yield


async def async_calls(there: Place) -> AsyncIterator[None]:
    """`await AsyncImgur.get_image(id)`, a field read."""
    async with pyimgur.AsyncImgur(CLIENT_ID, base_url=there.url) as im:
        assert (await im.get_image("p000000")).width == 1920
        yield
        for _ in range(CALLS):
            assert (await im.get_image("p000000")).width == 1920
        yield


def large_upload(there: Place) -> Iterator[None]:
    """`Imgur.upload_image(path)`."""
    with pyimgur.Imgur(CLIENT_ID, base_url=there.url) as im:
        im.upload_image(there.small)
        yield
        im.upload_image(there.large)
        yield


async def async_large_upload(there: Place) -> AsyncIterator[None]:
    """`await AsyncImgur.upload_image(path)`."""
    async with pyimgur.AsyncImgur(CLIENT_ID, base_url=there.url) as im:
        await im.upload_image(there.small)
        yield
        await im.upload_image(there.large)
        yield


def uploads(there: Place) -> Iterator[None]:
    """`Imgur.upload_images(paths, concurrency=8)`."""
    with pyimgur.Imgur(CLIENT_ID, base_url=there.url) as im:
        im.upload_images([there.small])
        yield
        assert all(image.id for image in im.upload_images([there.small] * UPLOADS, concurrency=8))
        yield


async def async_uploads(there: Place) -> AsyncIterator[None]:
    """`await AsyncImgur.upload_images(paths, concurrency=8)`."""
    async with pyimgur.AsyncImgur(CLIENT_ID, base_url=there.url) as im:
        await im.upload_image(there.small)
        yield
        assert all(image.id for image in await im.upload_images([there.small] * UPLOADS, concurrency=8))
        yield


def downloads(there: Place) -> Iterator[None]:
    """`Imgur.download(url, folder, concurrency=16)`."""
    with pyimgur.Imgur(CLIENT_ID, base_url=there.url) as im:
        im.download(f"{there.url}/a/2x{MEDIUM}", there.outputs, "{number} {id}", concurrency=16)
        yield
        saved = im.download(f"{there.url}/a/{DOWNLOADS}x{MEDIUM}", there.outputs, "{id}", concurrency=16)
        yield
        assert sum(one.path.stat().st_size for one in saved if one.path) == DOWNLOADS * MEDIUM


def downloads_in_threads(there: Place) -> Iterator[None]:
    """`Image.download(folder, id)` in 16 threads."""
    with pyimgur.Imgur(CLIENT_ID, base_url=there.url) as im, ThreadPoolExecutor(16) as threads:
        images = im.get_album(f"{DOWNLOADS}x{MEDIUM}").images
        images[0].download(there.outputs, "first")
        yield
        paths = list(threads.map(lambda image: image.download(there.outputs, image.id), images))
        yield
        assert sum(path.stat().st_size for path in paths) == DOWNLOADS * MEDIUM


async def async_downloads(there: Place) -> AsyncIterator[None]:
    """`await AsyncImage.download(folder, id)`, 16 at once."""
    async with pyimgur.AsyncImgur(CLIENT_ID, base_url=there.url) as im:
        images = (await im.get_album(f"{DOWNLOADS}x{MEDIUM}")).images
        await images[0].download(there.outputs, "first")
        left = iter(images)

        async def some() -> None:
            for image in left:
                await image.download(there.outputs, image.id)

        yield
        await asyncio.gather(*(some() for _ in range(16)))
        yield
        assert sum(path.stat().st_size for path in there.outputs.glob("p*")) == DOWNLOADS * MEDIUM


def large_download(there: Place) -> Iterator[None]:
    """`Image.download(folder, name)`."""
    with pyimgur.Imgur(CLIENT_ID, base_url=there.url) as im:
        image = im.get_album(f"1x{LARGE_DOWNLOAD}").images[0]
        im.get_album(f"1x{MEDIUM}").images[0].download(there.outputs, "first")
        yield
        path = image.download(there.outputs, "large")
        yield
        assert path.stat().st_size == LARGE_DOWNLOAD


def gallery(there: Place) -> Iterator[None]:
    """a gallery answer's bytes through `Imgur.get_gallery` into 60 objects, a field of each read; nothing sent."""
    from pyimgur._core.effects import Reply
    from pyimgur._policy.flow import execute

    im = pyimgur.Imgur(CLIENT_ID, base_url=there.url)
    request = pyimgur.Imgur.get_gallery.describe(im)

    def page() -> list[pyimgur.GalleryItem]:
        flow = execute(im._executor, request)
        next(flow)
        try:
            flow.send(Reply(200, {"content-type": "application/json"}, answers.GALLERY))
        except StopIteration as done:
            return done.value
        raise AssertionError("a second step")

    assert len(page()) == 60
    yield
    for _ in range(CALLS):
        for post in page():
            assert post.title
    yield


def links(there: Place) -> Iterator[None]:
    """`links.scan([path])`, five times."""
    pyimgur_links.scan_text("https://imgur.com/aBcdeFg")
    yield
    for _ in range(SCANS):
        [file] = pyimgur_links.scan([there.text])
        assert len(file.links) == LINKS
    yield
