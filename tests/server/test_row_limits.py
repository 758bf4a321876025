"""Strangers fill no table: each row has an owner with so many at most, and each table has an end."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from oauth_support import Server, serving, text_of
from sqlalchemy import insert

from pyimgur.server.db.query import Query, Work
from pyimgur.server.db.schema import attempt, metadata
from pyimgur.server.services import csrf_tokens, oauth_grants, row_limits
from pyimgur.server.services.context import Library
from pyimgur.server.services.row_limits import Limit

LIMITED = {"attempt", "usage", "consent_ticket", "grant_pin", "grant_code", "access_token", "upload_key"}
OF_PEOPLE = {
    *("account", "application", "authorization"),  # throttled sign-ups; so many of one account
    *("image", "album", "album_image", "post", "post_tag", "tag", "comment", "favorite", "favorite_folder"),
    *("post_vote", "comment_vote", "report", "person_report", "person_block", "tag_follow"),
    *("conversation", "message", "notification"),
}
"""What people make; credits limit that."""


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("data")) as server:
        yield server


@pytest.fixture
def server(running: Server) -> Server:
    """A server that knows bob and nothing else."""
    running.forget_all()
    running.account("bob")
    return running


def test_every_table_is_limited_or_is_what_people_make() -> None:
    """A new table belongs into one of the two."""
    assert {limit.table.name for limit in row_limits.LIMITS} == LIMITED
    assert set(metadata.tables) == LIMITED | OF_PEOPLE | {"signing_key"}


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
    ticket = server.do(lambda library: csrf_tokens.issue(library, "x", "y"))
    assert server.do(lambda library: csrf_tokens.spend(library, ticket, address="192.0.2.9"))
    server.clock.forward(3570)
    assert text_of(browser.look().send(username="bob"), "pin")


def test_an_account_has_so_many_pins_and_codes(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    server.account("ann")
    monkeypatch.setattr(oauth_grants, "MOST_PINS", 2)
    monkeypatch.setattr(oauth_grants, "MOST_CODES", 2)
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
    monkeypatch.setattr(oauth_grants, "MOST_AUTHORIZATIONS", 2)
    monkeypatch.setattr(oauth_grants, "MOST_ACCESS_TOKENS", 3)
    browser = server.browser()
    for _ in range(4):
        token = browser.authorized()
        server.clock.forward(1)
    assert len(server.rows("authorization")) == 2
    for _ in range(5):
        answer = browser.token("refresh_token", refresh_token=token["refresh_token"]).json()
    assert len(server.rows("access_token")) == 4
    assert server.do(lambda library: oauth_grants.account_of(library, answer["access_token"]))


def test_what_is_too_much_or_has_expired_goes(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    def fill(library: Library) -> Work[None]:
        for number in range(30):
            yield Query(insert(attempt)).run(key=f"{number:02}", failures=1, last=library.now + number, until=0)

    monkeypatch.setattr(row_limits, "AT_ONCE", 4)
    limit = Limit(attempt, attempt.c.last, 20, 100)
    monkeypatch.setattr(row_limits, "STATEMENTS", [(limit, limit.counting(), limit.trimming())])
    server.do(lambda library: library.db.write(fill(library)))
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

    async def trim(library: Library) -> None:
        looked.append(library.now - start)

    monkeypatch.setattr(row_limits, "trim", trim)
    start = int(server.clock.now)
    trimmer = server.do(_trimmer)
    for seconds in (0, 30, 29, 1, 30, -1000):
        server.clock.forward(seconds)
        server.do(lambda _: trimmer.save())
    assert looked == [0, 60, -910]


async def _trimmer(library: Library) -> row_limits.Trimmer:
    return row_limits.Trimmer(library)
