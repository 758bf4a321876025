"""Authorization works as PyImgur documents it: the same calls in the same order, by pin and by code."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest

from pyimgur import Imgur

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyimgur.testing import LocalImgur

EXAMPLE = Path(__file__).parent.parent / "examples" / "authorization.py"
DOCUMENTED = ["Imgur", "authorization_url", "open", "exchange_pin", "create_album", "refresh_access_token"]
CLIENT = ("Your applications client_id", "Your applications client_secret")


def calls(program: Path) -> Iterator[str]:
    """Yield the methods that a program calls on its client and on `webbrowser`, from top to bottom."""
    found = [node.func for node in ast.walk(ast.parse(program.read_text("utf-8"))) if isinstance(node, ast.Call)]
    named = [function for function in found if isinstance(function, ast.Attribute)]
    for function in sorted(named, key=lambda function: (function.lineno, function.col_offset)):
        yield function.attr


def consent(imgur: LocalImgur, url: str) -> httpx2.Response:
    """Sign in at the authorization URL and allow the program."""
    with httpx2.Client(trust_env=False) as browser:
        ticket = browser.get(url).raise_for_status().cookies["authorize_token"]
        form = {"username": imgur.username, "password": imgur.password, "allow": ticket}
        return browser.post(url, data=form)


def test_the_example_makes_the_documented_calls_in_order() -> None:
    assert list(calls(EXAMPLE)) == DOCUMENTED


def test_a_pin(imgur: LocalImgur) -> None:
    im = Imgur(*CLIENT, base_url=imgur.url)
    shown = re.search(r'id="pin">(\w+)<', consent(imgur, im.authorization_url("pin")).text)
    assert shown, "the page shows no pin"
    check_the_rest(im, im.exchange_pin(shown[1]), imgur.username)


def test_a_code(imgur: LocalImgur) -> None:
    im = Imgur(imgur.client_id, imgur.client_secret, base_url=imgur.url)
    location = consent(imgur, im.authorization_url("code", state="xyz")).headers["location"]
    found = parse_qs(urlsplit(location).query)
    assert found["state"] == ["xyz"]
    check_the_rest(im, im.exchange_code(found["code"][0]), imgur.username)


def check_the_rest(im: Imgur, tokens: tuple[str, str], username: str) -> None:
    """Check that the exchange gave both tokens, and that calls act for the user, before and after a refresh."""
    assert tokens == (im.access_token, im.refresh_token)
    album = im.create_album("An authorized album", "Cool stuff!")
    assert (album.title, im.get_album(album.id).account_url) == ("An authorized album", username)
    old = im.access_token
    new = im.refresh_access_token()
    assert new == im.access_token
    assert new != old
    assert im.create_album().id != album.id


@pytest.mark.parametrize("kind", ["pin", "code", "token"])
def test_the_authorization_url_has_the_documented_form(kind: str) -> None:
    url = urlsplit(Imgur("id", "secret", base_url="https://api.imgur.com").authorization_url(kind))
    query = parse_qs(url.query)
    assert (url.scheme, url.netloc, url.path) == ("https", "api.imgur.com", "/oauth2/authorize")
    assert (query["client_id"], query["response_type"]) == (["id"], [kind])
