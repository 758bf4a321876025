"""Somebody at a browser: visits the page that asks for consent, signs in, and goes where it leads.

Also the program that a command finds as the user's browser, by `BROWSER`; how it behaves is the first word.
"""

from __future__ import annotations

import shlex
import sys
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx2

from pyimgur.testing.local_server import PASSWORD, USERNAME

BROWSER = f"{shlex.join([sys.executable, __file__])} {{}} %s"
"""What the variable BROWSER holds, with how the browser behaves in the middle."""


def answer(address: str, *, allow: bool = True, name: str = USERNAME, password: str = PASSWORD) -> httpx2.Response:
    """What the consent page says to somebody who signs in and allows what is asked, or not."""
    with httpx2.Client(trust_env=False, timeout=30) as browser:
        browser.get(address).raise_for_status()
        said = {"username": name, "password": password} if allow else {"deny": "1"}
        return browser.post(address, data={**said, "allow": browser.cookies["authorize_token"]})


def go(address: str) -> httpx2.Response:
    """Follow the way back to the program; what stands behind # goes there as the script of its page sends it."""
    parts = urlsplit(address)
    shown = httpx2.get(parts._replace(fragment="").geturl(), trust_env=False)
    if parts.fragment:
        there = parts._replace(path="/fragment", query="", fragment="").geturl()
        return httpx2.post(there, content=f"{parts.fragment}&{parts.query}", trust_env=False)
    return shown


def way_back(address: str, **fields: str) -> str:
    """An address at which the program listens for the answer to this question."""
    return f"{parse_qs(urlsplit(address).query)['redirect_uri'][0]}?{urlencode(fields)}"


def main(how: str, address: str) -> None:
    if how == "strange":  # another page of the same browser tries first
        assert go(way_back(address, state="guessed", code="stolen")).status_code == 400
        assert go(way_back(address, code="stolen")).status_code == 400
    if how != "nothing":
        go(answer(address, allow=how != "deny").headers["location"])


if __name__ == "__main__":
    main(*sys.argv[1:])
