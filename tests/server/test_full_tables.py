"""Strangers fill each limited table over HTTP: newcomers are refused, nobody loses a row, and it ends by itself.

Counters of failures and credits are the exception: these are never refused, and their oldest rows are deleted.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import httpx2
import pytest
from oauth_support import Server, Visitor, fragment_of, text_of
from site_support import picture

from pyimgur.server.services import row_limits
from pyimgur.server.services.row_limits import Limit

MOST = 5
"""Rows that a table may hold in these tests."""
NAMES = ("ann", "eve1", "eve2", "eve3", "eve4", "newcomer")
DAY = 86_400


@pytest.fixture
def empty_server(empty_server: Server) -> Server:
    empty_server.do(row_limits.trim)
    return empty_server


@dataclass(frozen=True)
class Account:
    """Somebody with an account, and a browser."""

    name: str
    browser: Visitor


def signed_up(server: Server, name: str, case: Case) -> Account:
    """Sign up, without what the case is about."""
    browser = server.browser()
    kind = "code" if case.limit is row_limits.PINS else "pin"
    page = browser.look(response_type=kind).send(username=name, sign_up="1")
    assert page.status_code == 200, page.text
    if case.logged_in:
        token = browser.token("pin", pin=text_of(page, "pin")).raise_for_status().json()
        browser.http.headers.update(bearer(token))
    return Account(name, browser)


def bearer(token: dict[str, str]) -> dict[str, str]:
    return {"Authorization": f"Bearer {token['access_token']}"}


def asked(account: Account, response_type: str) -> httpx2.Response:
    return account.browser.allow(account.name, response_type=response_type)


def exchanged(account: Account, grant: str, secret: str) -> bool:
    kind = {"pin": "pin", "code": "authorization_code"}[grant]
    return account.browser.token(kind, **{grant: secret}).status_code == 200


def upload(account: Account) -> httpx2.Response:
    """Upload a picture with a key; the same one and key again return the first image."""
    return account.browser.http.post("/3/image", headers={"Idempotency-Key": "1"}, files={"image": picture("PNG")})


def opened(account: Account, answer: httpx2.Response) -> bool:
    headers = bearer(fragment_of(answer.headers["location"]))
    return account.browser.http.get("/3/account/me", headers=headers).status_code == 200


@dataclass(frozen=True)
class Case:
    """How an account gets a row, and whether it still has what it got."""

    limit: Limit
    get: Callable[[Account], httpx2.Response]
    has: Callable[[Account, httpx2.Response], bool]
    logged_in: bool = False
    """Whether it needs a token for that."""


CASES = {
    "pins": Case(
        row_limits.PINS,
        lambda account: asked(account, "pin"),
        lambda account, answer: exchanged(account, "pin", text_of(answer, "pin")),
    ),
    "codes": Case(
        row_limits.CODES,
        lambda account: asked(account, "code"),
        lambda account, answer: exchanged(account, "code", text_of(answer, "code")),
    ),
    "access tokens": Case(
        row_limits.ACCESS_TOKENS,
        lambda account: asked(account, "token"),
        opened,
    ),
    "upload keys": Case(
        row_limits.UPLOAD_KEYS,
        upload,
        lambda account, answer: upload(account).json()["data"]["id"] == answer.json()["data"]["id"],
        logged_in=True,
    ),
    "used forms": Case(
        row_limits.CSRF_TOKENS,
        lambda account: asked(account, "pin"),
        lambda account, answer: exchanged(account, "pin", text_of(answer, "pin")),
    ),
}


def test_every_limited_table_has_a_case() -> None:
    refused = {limit.table.name for limit in row_limits.LIMITS if limit.what}
    assert {case.limit.table.name for case in CASES.values()} == refused


@pytest.mark.parametrize("name", CASES)
def test_strangers_fill_a_table(empty_server: Server, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    server, case = empty_server, CASES[name]
    table = case.limit.table.name
    ann, *strangers, newcomer = [signed_up(server, each, case) for each in NAMES]
    before = {tuple(row) for row in server.rows(table)}
    monkeypatch.setattr(row_limits, "LIMITS", (case.limit._replace(most=len(before) + MOST),))
    server.do(row_limits.trim)
    got = case.get(ann)
    assert got.status_code in (200, 302), got.text

    for stranger in strangers:
        assert case.get(stranger).status_code in (200, 302), "the table is not full yet"
        server.do(row_limits.trim)
    full = {tuple(row) for row in server.rows(table)}
    assert len(full) == len(before) + MOST, "not as many rows as the limit allows"
    assert before <= full, "a row was taken from somebody"

    for _ in range(2):
        answer = case.get(newcomer)
        assert answer.status_code == 503, "a newcomer got a row of a full table"
        assert answer.headers["retry-after"] == "60"
        assert f"This server holds too many {case.limit.what}. Nothing was changed; try again" in answer.text
        server.do(row_limits.trim)
    assert {tuple(row) for row in server.rows(table)} == full, "a refused request changed the table"
    assert case.has(ann, got), "a newcomer or stranger took what ann had before"

    server.clock.forward(max(2 * DAY, server.settings.token_lifetime))
    server.do(row_limits.trim)
    latecomer = signed_up(server, "latecomer", case)
    assert case.get(latecomer).status_code in (200, 302), "rows have expired, and the table still takes none"


def test_strangers_fill_the_counters_of_failures(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those who are counted wait all the same, and nobody else does."""
    monkeypatch.setattr(row_limits, "LIMITS", (row_limits.ATTEMPTS._replace(most=MOST),))
    browser = server.browser()
    for name in NAMES * 2:
        server.clock.forward(1)
        answer = browser.look().send(username=name, password="wrong")
        assert answer.status_code == 403, answer.text
    assert len(server.rows("attempt")) > MOST, "the failures are not counted for each account"
    server.do(row_limits.trim)
    kept = server.rows("attempt")
    assert len(kept) == MOST, "not as many counters as the limit allows"
    assert max(row[1] for row in kept) == len(NAMES * 2), "the counter of the network is gone"
    assert text_of(server.browser().look().send(username="bob"), "pin")
