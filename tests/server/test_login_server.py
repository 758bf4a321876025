"""A whole login at this server: consent, redirect to the callback server, exchange, stored token."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING

import httpx2
import pytest
from site_support import CLIENT_ID, PASSWORD

import pyimgur

if TYPE_CHECKING:
    from pathlib import Path

    from site_support import Site


def consent(url: str, visited: list[str]) -> None:
    """Sign in and allow, as a script may, and follow the redirect."""
    with httpx2.Client(follow_redirects=True, trust_env=False) as browser:
        browser.get(url)
        ticket = browser.cookies["authorize_token"]
        answer = browser.post(url, data={"username": "ann", "password": PASSWORD, "allow": ticket})
        visited.append(str(answer.url))


def test_login_listens_exchanges_and_keeps(site: Site, tmp_path: Path) -> None:
    site.person("ann")
    visited: list[str] = []
    store = pyimgur.FileStore(tmp_path / "tokens.json")
    threads: list[threading.Thread] = []

    def show(url: str) -> None:
        threads.append(threading.Thread(target=consent, args=(url, visited)))
        threads[0].start()

    base = site.settings.public_url
    im = pyimgur.login(CLIENT_ID, "5ecret", store=store, base_url=base, show=show, timeout=20)
    threads[0].join()
    assert im.get_user("me").url == "ann"
    assert visited[0].startswith("http://127.0.0.1:")
    again = pyimgur.Imgur.from_store(CLIENT_ID, "5ecret", store=store, base_url=base)
    assert again.create_album("from the store").load().account_url == "ann"


def test_a_program_revokes_its_tokens_and_forgets_them(site: Site, tmp_path: Path) -> None:
    site.person("ann")
    store, base, visited = pyimgur.FileStore(tmp_path / "tokens.json"), site.settings.public_url, list[str]()
    with pyimgur.Imgur(CLIENT_ID, "5ecret", base_url=base, token_store=store) as im:
        consent(im.authorization_url("token"), visited)
        im.use_redirect(visited[0])
        access, refresh = im.access_token, im.refresh_token
        assert im.get_user("me").url == "ann"
        im.revoke_token()
        assert (im.access_token, im.refresh_token, im.is_authenticated) == (None, None, False)
        with pytest.raises(pyimgur.NotAuthorizedError):
            im.revoke_token()
    with pytest.raises(pyimgur.NotAuthorizedError):
        pyimgur.Imgur.from_store(CLIENT_ID, "5ecret", store=store, base_url=base)
    with (
        pyimgur.Imgur(CLIENT_ID, "5ecret", access, refresh, base_url=base) as late,
        pytest.raises(pyimgur.AuthenticationError),
    ):
        late.get_user("me")


def test_a_token_that_cannot_be_revoked_is_kept(site: Site) -> None:
    """As at imgur.com, or with another secret than the token was made with."""
    site.person("ann")
    visited = list[str]()
    with pyimgur.Imgur(CLIENT_ID, "5ecret", base_url=site.settings.public_url) as im:
        consent(im.authorization_url("token"), visited)
        im.use_redirect(visited[0])
        im.refresh_access_token()
        im.client_secret = "another"
        with pytest.raises(pyimgur.AuthenticationError):
            im.revoke_token()
        assert im.get_user("me").url == "ann"


def test_it_is_one_method_for_both_clients(site: Site) -> None:
    site.person("ann")
    visited = list[str]()

    async def work() -> None:
        async with pyimgur.AsyncImgur(CLIENT_ID, "5ecret", base_url=site.settings.public_url) as im:
            await asyncio.to_thread(consent, im.authorization_url("token"), visited)
            await im.use_redirect(visited[0])
            await im.revoke_token()
            assert im.access_token is None

    asyncio.run(work())
