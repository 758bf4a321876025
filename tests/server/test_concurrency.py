"""Many clients at once: requests that can be served after a short wait are not rejected."""

from __future__ import annotations

import asyncio

import httpx2
from site_support import ANONYMOUS, Site

AT_ONCE = 200


def test_two_hundred_uploads_at_once_are_all_taken(site: Site, png: bytes) -> None:
    async def upload(client: httpx2.AsyncClient) -> int:
        return (await client.post("/3/image", headers=ANONYMOUS, files={"image": png})).status_code

    async def all_of_them() -> list[int]:
        limits = httpx2.Limits(max_connections=None)
        async with httpx2.AsyncClient(
            base_url=site.settings.public_url, timeout=60.0, trust_env=False, limits=limits
        ) as client:
            return await asyncio.gather(*(upload(client) for _ in range(AT_ONCE)))

    assert asyncio.run(all_of_them()) == [200] * AT_ONCE
