"""The work, done with httpx2 alone, as its documentation has it: one client, one TLS context, answers streamed."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx2
from cell import CALLS, DOWNLOADS, HEADERS, LARGE_DOWNLOAD, MEDIUM, UPLOADS, Place


def context(there: Place) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=there.authority)


def client(there: Place) -> httpx2.Client:
    return httpx2.Client(base_url=there.url, verify=context(there), headers=HEADERS, timeout=30)


def async_client(there: Place) -> httpx2.AsyncClient:
    return httpx2.AsyncClient(base_url=there.url, verify=context(there), headers=HEADERS, timeout=30)


def calls(there: Place) -> Iterator[None]:
    """`httpx2.Client.get(url)`, the answer's bytes."""
    with client(there) as http:
        http.get("/3/image/p000000")
        yield
        for _ in range(CALLS):
            assert http.get("/3/image/p000000").status_code == 200
        yield


async def async_calls(there: Place) -> AsyncIterator[None]:
    """`await httpx2.AsyncClient.get(url)`, the answer's bytes."""
    async with async_client(there) as http:
        await http.get("/3/image/p000000")
        yield
        for _ in range(CALLS):
            assert (await http.get("/3/image/p000000")).status_code == 200
        yield


def upload(http: httpx2.Client, path: Path) -> None:
    with path.open("rb") as file:
        assert http.post("/3/image", files={"image": file}).status_code == 200


async def async_upload(http: httpx2.AsyncClient, path: Path) -> None:
    with path.open("rb") as file:
        assert (await http.post("/3/image", files={"image": file})).status_code == 200


def uploads(there: Place) -> Iterator[None]:
    """`httpx2.Client.post(url, files=…)` in 8 threads."""
    with client(there) as http, ThreadPoolExecutor(8) as threads:
        upload(http, there.small)
        yield
        list(threads.map(lambda path: upload(http, path), [there.small] * UPLOADS))
        yield


async def async_uploads(there: Place) -> AsyncIterator[None]:
    """`await httpx2.AsyncClient.post(url, files=…)`, 8 at once."""
    async with async_client(there) as http:
        await async_upload(http, there.small)
        left = iter([there.small] * UPLOADS)

        async def some() -> None:
            for path in left:
                await async_upload(http, path)

        yield
        await asyncio.gather(*(some() for _ in range(8)))
        yield


def download(http: httpx2.Client, url: str, path: Path) -> None:
    with http.stream("GET", url) as answer, path.open("wb", buffering=0) as file:
        for chunk in answer.iter_bytes():
            file.write(chunk)


async def async_download(http: httpx2.AsyncClient, url: str, path: Path) -> None:
    async with http.stream("GET", url) as answer:
        with path.open("wb", buffering=0) as file:
            async for chunk in answer.aiter_bytes():
                file.write(chunk)


def addresses() -> list[str]:
    return [f"/bytes/{MEDIUM}/p{number:06d}.jpg" for number in range(DOWNLOADS)]


def downloads(there: Place) -> Iterator[None]:
    """`httpx2.Client.stream(url)` into files, in 16 threads."""
    with client(there) as http, ThreadPoolExecutor(16) as threads:
        download(http, addresses()[0], there.outputs / "first")
        yield
        list(threads.map(lambda url: download(http, url, there.outputs / url.rpartition("/")[2]), addresses()))
        yield


async def async_downloads(there: Place) -> AsyncIterator[None]:
    """`httpx2.AsyncClient.stream(url)` into files, 16 at once."""
    async with async_client(there) as http:
        await async_download(http, addresses()[0], there.outputs / "first")
        left = iter(addresses())

        async def some() -> None:
            for url in left:
                await async_download(http, url, there.outputs / url.rpartition("/")[2])

        yield
        await asyncio.gather(*(some() for _ in range(16)))
        yield


def large_download(there: Place) -> Iterator[None]:
    """`httpx2.Client.stream(url)` into a file."""
    with client(there) as http:
        download(http, f"/bytes/{MEDIUM}/first.jpg", there.outputs / "first")
        yield
        download(http, f"/bytes/{LARGE_DOWNLOAD}/large.jpg", there.outputs / "large")
        yield
