"""The whole way from nobody to a stored token at our own Imgur: consent, the redirect to a listener, the exchange."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import httpx2
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
