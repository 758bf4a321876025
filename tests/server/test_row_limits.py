"""Strangers fill no table: each row has an owner with so many at most, and a full table takes no row from others."""

from __future__ import annotations

from typing import Any

import pytest
from oauth_support import Server, Visitor, text_of
from site_support import picture
from sqlalchemy import insert

from pyimgur.server.db.query import Query, Steps, transaction
from pyimgur.server.db.schema import attempt, metadata
from pyimgur.server.errors import ServerError
from pyimgur.server.services import csrf_tokens, oauth_codes, oauth_tokens, row_limits, upload_keys
from pyimgur.server.services.context import ServerContext
from pyimgur.server.services.row_limits import Limit

LIMITED = {"attempt", "usage", "consent_ticket", "grant_pin", "grant_code", "access_token", "upload_key"}
OF_PEOPLE = {
    *("account", "application", "authorization"),  # throttled sign-ups; so many of one account
    *("image", "album", "album_image", "post", "post_tag", "tag", "comment", "favorite", "favorite_folder"),
    *("post_vote", "comment_vote", "report", "person_report", "person_block", "tag_follow"),
    *("conversation", "message", "notification"),
}
"""What people make; credits limit that."""
OF_SERVER = {"signing_key", "blob_intent"}
"""A few keys, and a row for each file that is being stored or removed just now."""


@pytest.fixture
def empty_server(empty_server: Server) -> Server:
    empty_server.do(row_limits.trim)
    return empty_server


def test_every_table_is_limited_or_is_what_people_make() -> None:
    """A new table belongs into one of the two."""
    assert {limit.table.name for limit in row_limits.LIMITS} == LIMITED
    assert set(metadata.tables) == LIMITED | OF_PEOPLE | OF_SERVER


def test_a_network_uses_so_many_forms_and_the_next_is_refused(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """To forget a used one early would let it be used again."""
    monkeypatch.setattr(csrf_tokens, "MOST", 3)
    browser = server.browser()
    used = [browser.look() for _ in range(3)]
    for form in used:
        assert text_of(form.send(username="bob"), "pin")
        server.clock.forward(10)
    form = browser.look()
    answer = form.send(username="bob")
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "3570")
    assert "Too many forms were sent from this network" in answer.text
    assert [each.send(username="bob").status_code for each in used] == [403] * 3
    assert len(server.rows("consent_ticket")) == len(server.rows("grant_pin")) == 3
    ticket = server.do(lambda context: csrf_tokens.issue(context, "x", "y"))
    assert server.do(lambda context: csrf_tokens.consume(context, ticket, address="192.0.2.9"))
    server.clock.forward(3570)
    assert text_of(browser.look().send(username="bob"), "pin")


def test_an_account_has_so_many_pins_and_codes(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    server.account("ann")
    monkeypatch.setattr(oauth_codes, "MOST_PINS", 2)
    monkeypatch.setattr(oauth_codes, "MOST_CODES", 2)
    browser = server.browser()
    others = browser.pin("ann")
    for _ in range(4):
        pin, code = browser.pin(), browser.code()
    assert (len(server.rows("grant_pin")), len(server.rows("grant_code"))) == (3, 2)
    for kept in (pin, others):
        assert browser.token("pin", pin=kept).status_code == 200
    assert browser.token("authorization_code", code=code).status_code == 200


def test_an_account_has_so_many_authorizations_and_each_so_many_access_tokens(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(oauth_tokens, "MOST_AUTHORIZATIONS", 2)
    monkeypatch.setattr(oauth_tokens, "MOST_ACCESS_TOKENS", 3)
    browser = server.browser()
    for _ in range(4):
        token = browser.authorized()
        server.clock.forward(1)
    assert len(server.rows("authorization")) == 2
    for _ in range(5):
        answer = browser.token("refresh_token", refresh_token=token["refresh_token"]).json()
    assert len(server.rows("access_token")) == 4
    assert server.do(lambda context: oauth_tokens.find_bearer(context, answer["access_token"]))


def test_an_account_has_so_many_access_tokens_in_all_and_its_oldest_end(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.account("ann")
    monkeypatch.setattr(oauth_tokens, "MOST_OF_ACCOUNT", 4)
    browser = server.browser()
    of_ann, of_bob = [browser.authorized(name="ann")], [browser.authorized() for _ in range(2)]
    for _ in range(3):
        server.clock.forward(1)
        of_bob += [refreshed(browser, each) for each in of_bob[:2]]
    assert [alive(server, each) for each in of_bob] == [False] * 4 + [True] * 4
    assert [alive(server, each) for each in of_ann] == [True]
    assert len(server.rows("authorization")) == 3


def test_a_full_table_takes_nobody_elses_tokens_and_none_from_an_account_without(
    server: Server, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """An account exchanges its own tokens; others wait until tokens expire. A refusal uses nothing up."""
    for name in ("ann", "eve"):
        server.account(name)
    limit(monkeypatch, row_limits.ACCESS_TOKENS._replace(most=4))
    browser = server.browser()
    of_ann, of_bob = browser.authorized(name="ann"), [browser.authorized()]
    for _ in range(2):
        server.clock.forward(1)
        of_bob.append(refreshed(browser, of_bob[0]))
    pin = browser.pin("eve")
    for _ in range(2):
        server.do(row_limits.trim)
    for path, secret in (("token", ""), ("pin", pin)):
        answer = browser.allow("eve", response_type="token") if path == "token" else browser.token("pin", pin=secret)
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "60"), answer.text
        assert "This server holds too many access tokens. Nothing was changed" in answer.text
    of_bob.append(refreshed(browser, of_bob[0]))
    assert [alive(server, each) for each in of_bob] == [False, True, True, True]
    assert alive(server, of_ann)
    assert len(server.rows("access_token")) == 4
    told = [each.message for each in caplog.records if "which is the limit" in each.message]
    assert told == ["the database holds 4 access tokens, which is the limit: new ones are refused"]
    server.clock.forward(server.settings.token_lifetime - 1)
    server.do(row_limits.trim)
    assert browser.token("pin", pin=browser.pin("eve")).status_code == 200


@pytest.mark.parametrize(
    ("table", "asked"),
    [("grant_pin", "pin"), ("grant_code", "code"), ("consent_ticket", "pin"), ("consent_ticket", "token")],
)
def test_a_full_table_refuses_what_is_requested(
    server: Server, monkeypatch: pytest.MonkeyPatch, table: str, asked: str
) -> None:
    server.account("ann")
    browser = server.browser()
    open_form = browser.look(response_type=asked)
    browser.allow("ann", response_type=asked)
    found = next(each for each in row_limits.LIMITS if each.table.name == table)
    before = server.rows(table)
    limit(monkeypatch, found._replace(most=1))
    server.do(row_limits.trim)
    answer = open_form.send(username="bob")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "60"), answer.text
    assert f"This server holds too many {found.what}." in answer.text
    assert server.rows(table) == before
    if table != "consent_ticket":
        assert browser.allow("ann", response_type=asked).status_code in (200, 302), "in place of ann's own"
        assert len(server.rows(table)) == 1
    server.clock.forward(2 * 86_400)
    server.do(row_limits.trim)
    assert browser.allow(response_type=asked).status_code in (200, 302)


def test_a_crowded_table_gives_no_more_to_those_who_have_many(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever has filled half of it waits; others notice nothing."""
    names = ("eve", "ann", "bob")
    for name in ("ann", "eve"):
        server.account(name)
    browser = server.browser()
    for name in names * 3:
        browser.pin(name)
    limit(monkeypatch, row_limits.PINS._replace(most=12))
    server.do(row_limits.trim)
    for name in names:
        browser.pin(name)
    assert len(server.rows("grant_pin")) == 9, "in place of their oldest"
    server.account("new")
    pins = [browser.pin("new") for _ in range(3)]
    assert len(server.rows("grant_pin")) == 11, "two are few"
    assert browser.token("pin", pin=pins[-1]).status_code == 200


def test_forms_are_crowded_for_a_network_that_has_sent_many(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(row_limits, "CSRF_TOKENS", row_limits.CSRF_TOKENS._replace(most=6, few=2))
    limit(monkeypatch, row_limits.CSRF_TOKENS)

    def use(address: str) -> str:
        token = server.do(lambda context: csrf_tokens.issue(context, "x", "y"))
        try:
            server.do(lambda context: csrf_tokens.consume(context, token, address=address))
        except ServerError as error:
            return type(error).__name__
        return ""

    assert [use("192.0.2.1") for _ in range(3)] == [""] * 3
    server.do(row_limits.trim)
    assert use("192.0.2.1") == "TooManyAttempts"
    assert [use("192.0.2.2") for _ in range(3)] == ["", "", "TooManyAttempts"]
    assert use("192.0.2.3") == ""
    server.do(row_limits.trim)
    assert use("192.0.2.4") == "TableFull"


@pytest.mark.parametrize("found", [each for each in row_limits.LIMITS if each.what], ids=lambda found: found.what)
def test_filling_a_table_takes_many_owners(found: Limit) -> None:
    usual = {
        row_limits.CSRF_TOKENS: csrf_tokens.MOST,
        row_limits.PINS: oauth_codes.MOST_PINS,
        row_limits.CODES: oauth_codes.MOST_CODES,
        row_limits.ACCESS_TOKENS: oauth_tokens.MOST_OF_ACCOUNT,
        row_limits.UPLOAD_KEYS: upload_keys.MOST,
    }[found]
    assert 0 < found.few < usual
    assert found.most // 2 // found.few >= 5_000


def test_an_upload_with_a_key_is_refused_where_no_more_keys_are_remembered(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    def send(key: str) -> tuple[int, str]:
        headers = {"Authorization": "Client-ID abc", **({"Idempotency-Key": key} if key else {})}
        answer = server.script().http.post("/3/image", headers=headers, files={"image": picture("PNG")})
        return answer.status_code, answer.text

    other = {"Authorization": f"Bearer {server.browser().authorized()['access_token']}", "Idempotency-Key": "first"}
    server.script().http.post("/3/image", headers=other, files={"image": picture("PNG")}).raise_for_status()
    limit(monkeypatch, row_limits.UPLOAD_KEYS._replace(most=1))
    server.do(row_limits.trim)
    status, text = send("second")
    assert status == 503
    assert "This server holds too many idempotency keys." in text
    assert send("")[0] == 200
    again = {**other, "Idempotency-Key": "in place of the first"}
    server.script().http.post("/3/image", headers=again, files={"image": picture("PNG")}).raise_for_status()
    assert len(server.rows("upload_key")) == 1


def limit(monkeypatch: pytest.MonkeyPatch, one: Limit) -> None:
    """Let this be the only limit."""
    monkeypatch.setattr(row_limits, "LIMITS", (one,))


def refreshed(browser: Visitor, token: dict[str, Any]) -> dict[str, Any]:
    answer = browser.token("refresh_token", refresh_token=token["refresh_token"])
    return answer.raise_for_status().json()


def alive(server: Server, token: dict[str, Any]) -> bool:
    return server.do(lambda context: oauth_tokens.find_bearer(context, token["access_token"])) is not None


def test_counters_that_are_too_many_or_have_expired_go(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    @transaction
    def fill(context: ServerContext) -> Steps[None]:
        for number in range(30):
            yield Query(insert(attempt)).run(key=f"{number:02}", failures=1, last=context.now + number, until=0)

    monkeypatch.setattr(row_limits, "BATCH_SIZE", 4)
    limit(monkeypatch, row_limits.ATTEMPTS._replace(most=20, seconds=100))
    server.do(lambda context: context.db.write(fill(context)))
    server.do(row_limits.trim)
    assert sorted(row[0] for row in server.rows("attempt")) == [f"{number:02}" for number in range(10, 30)]
    server.clock.forward(125)
    server.do(row_limits.trim)
    assert sorted(row[0] for row in server.rows("attempt")) == ["26", "27", "28", "29"]


def test_every_statement_runs(server: Server) -> None:
    server.browser().authorized()
    server.clock.forward(3 * 86_400)
    server.do(row_limits.trim)
    assert [table for table in LIMITED if server.rows(table)] == []
    assert len(server.rows("authorization")) == 1


def test_the_tables_are_looked_at_once_a_minute(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[int] = []

    async def trim(context: ServerContext) -> None:
        looked.append(context.now - start)

    monkeypatch.setattr(row_limits, "trim", trim)
    start = int(server.clock.now)
    trimmer = server.do(_trimmer)
    for seconds in (0, 30, 29, 1, 30, -1000):
        server.clock.forward(seconds)
        server.do(lambda _: trimmer.trim_if_due())
    assert looked == [0, 60, -910]


async def _trimmer(context: ServerContext) -> row_limits.Trimmer:
    return row_limits.Trimmer(context)
