"""`login()`: by the callback server, by pin, and by a pasted URL."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import parse_qs, urlencode, urlsplit
from urllib.request import Request, urlopen

import httpx2
import pytest

import pyimgur
from pyimgur import AuthenticationError, FileStore, ImgurError, MemoryStore, NoAnswerError

TOKEN = {"access_token": "acc", "refresh_token": "ref", "expires_in": 3600, "account_username": "ann"}


class Imgur:
    """A token endpoint that notes what was proved."""

    def __init__(self) -> None:
        self.forms: list[dict[str, str]] = []

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        self.forms.append({name: values[0] for name, values in parse_qs(request.read().decode()).items()})
        return httpx2.Response(200, json=TOKEN)


@pytest.fixture
def imgur() -> Imgur:
    return Imgur()


class Browser:
    """Opened with an address; visits what a test says, in a thread, as a browser would."""

    def __init__(self, visit: Callable[[str, str], None]) -> None:
        self._visit = visit
        self.threads: list[threading.Thread] = []
        self.pages: list[str] = []
        self.address = ""

    def __call__(self, address: str) -> None:
        self.address = address
        query = parse_qs(urlsplit(address).query)
        thread = threading.Thread(target=self._visit, args=(query["redirect_uri"][0], query["state"][0]))
        self.threads.append(thread)
        thread.start()


def _get(address: str) -> tuple[int, str]:
    try:
        with urlopen(address, timeout=10) as answer:
            return answer.status, answer.read().decode()
    except HTTPError as error:
        with error:
            return error.code, error.read().decode()


def test_a_code_comes_to_the_listener(imgur: Imgur) -> None:
    browser = Browser(lambda back, state: pages.append(_get(f"{back}?state={state}&code=c0de")))
    pages: list[tuple[int, str]] = []
    store = MemoryStore()
    im = pyimgur.login("app", "secret", store=store, show=browser, transport=httpx2.MockTransport(imgur))
    browser.threads[0].join()
    assert im.access_token == "acc"
    assert imgur.forms[0] == {
        "client_id": "app", "client_secret": "secret", "grant_type": "authorization_code", "code": "c0de",
    }  # fmt: skip
    assert pages[0][0] == 200
    assert "Authorized" in pages[0][1]
    assert "c0de" not in pages[0][1]
    assert browser.address.startswith("https://api.imgur.com/oauth2/authorize?client_id=app&response_type=code&state=")
    assert pyimgur.Imgur.from_store("app", store=store).access_token == "acc"


def test_a_foreign_state_changes_nothing(imgur: Imgur) -> None:
    def visit(back: str, state: str) -> None:
        answers.append(_get(f"{back}?state=another&code=stolen")[0])
        answers.append(_get(f"{back}?code=stolen")[0])
        answers.append(_get(f"{back}?state={state}&code=mine")[0])

    answers: list[int] = []
    browser = Browser(visit)
    pyimgur.login("app", "secret", show=browser, transport=httpx2.MockTransport(imgur))
    browser.threads[0].join()
    assert answers == [400, 400, 200]
    assert [form["code"] for form in imgur.forms] == ["mine"]


def test_a_token_in_the_fragment_is_handed_over_by_the_page(imgur: Imgur) -> None:
    def visit(back: str, state: str) -> None:
        pages.append(_get(back)[1])
        fields = urlencode({**TOKEN, "state": state}).encode()
        with urlopen(Request(f"{back}fragment", data=fields), timeout=10) as answer:
            pages.append(answer.read().decode())

    pages: list[str] = []
    browser = Browser(visit)
    im = pyimgur.login("app", way="token", show=browser, transport=httpx2.MockTransport(imgur))
    browser.threads[0].join()
    assert (im.access_token, im.refresh_token) == ("acc", "ref")
    assert "/fragment" in pages[0]
    assert "acc" not in pages[1]
    assert imgur.forms == []


def test_refusal_is_an_error_of_its_own(imgur: Imgur) -> None:
    browser = Browser(lambda back, state: pages.append(_get(f"{back}?error=access_denied&state={state}")[0]))
    pages: list[int] = []
    with pytest.raises(AuthenticationError, match="access_denied"):
        pyimgur.login("app", "secret", show=browser, transport=httpx2.MockTransport(imgur))
    browser.threads[0].join()
    assert pages == [400]


def test_nobody_answers_and_the_port_is_free_again(imgur: Imgur) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    opened: list[str] = []
    for _ in range(2):
        with pytest.raises(NoAnswerError, match="nobody authorized"):
            pyimgur.login("app", "secret", port=port, timeout=0.05, show=opened.append)
    assert all(f"redirect_uri=http%3A%2F%2F127.0.0.1%3A{port}%2F" in address for address in opened)


def test_a_pin_is_requested_where_there_is_no_browser(imgur: Imgur) -> None:
    shown: list[str] = []
    im = pyimgur.login(
        "app",
        "secret",
        way="pin",
        show=shown.append,
        ask=lambda _: " ba35e8a921 \n",
        transport=httpx2.MockTransport(imgur),
    )
    assert im.access_token == "acc"
    assert imgur.forms[0]["pin"] == "ba35e8a921"
    assert "response_type=pin" in shown[0]


@pytest.mark.parametrize("way", ["code", "token", "pin", "paste"])
@pytest.mark.parametrize("log_in", [pyimgur.login, lambda *a, **k: asyncio.run(pyimgur.login_async(*a, **k))])
def test_a_store_that_can_keep_nothing_is_found_before_the_user_is_prompted(
    log_in: Callable[..., object], way: str, imgur: Imgur, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    shown: list[str] = []
    store, hands = FileStore(tmp_path / "file" / "tokens.json"), {"show": shown.append, "ask": lambda _: "123"}
    with pytest.raises(ImgurError, match=r"cannot write .*tokens\.json"):
        log_in("app", "secret", way=way, store=store, timeout=0, transport=httpx2.MockTransport(imgur), **hands)
    assert (shown, imgur.forms) == ([], [])


def test_a_pasted_address_must_carry_our_state(imgur: Imgur) -> None:
    shown: list[str] = []

    def paste(_: str) -> str:
        state = parse_qs(urlsplit(shown[-1]).query)["state"][0]
        return f"https://imgur.com/?state={state if good else 'other'}#{urlencode(TOKEN)}"

    good = True
    assert pyimgur.login("app", way="paste", show=shown.append, ask=paste).access_token == "acc"
    good = False
    with pytest.raises(AuthenticationError, match="another request"):
        pyimgur.login("app", way="paste", show=shown.append, ask=paste)


def test_the_async_twin(imgur: Imgur) -> None:
    browser = Browser(lambda back, state: pages.append(_get(f"{back}?state={state}&code=c")[0]))

    pages: list[int] = []

    async def main() -> str | None:
        im = await pyimgur.login_async("app", "secret", show=browser, transport=httpx2.MockTransport(imgur))
        return im.access_token

    assert asyncio.run(main()) == "acc"
