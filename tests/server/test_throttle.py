"""Guesses at passwords and pins: who is slowed down, who never is, and how many guesses that leaves."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from pathlib import Path

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from oauth_support import Server, serving
from site_support import PASSWORD

from pyimgur.server.errors import BusyError, ForbiddenError, ValidationError
from pyimgur.server.services import accounts, known_browsers, oauth_codes, throttle
from pyimgur.server.services.context import ServerContext
from pyimgur.server.services.throttle import (
    LOGIN_PER_ACCOUNT,
    LOGIN_PER_NETWORK,
    PIN_PER_CLIENT_ID,
    TooManyAttempts,
)

OWNER = "203.0.113.5"


def sign_in(server: Server, password: str, address: str, browser: str = "", name: str = "bob") -> str:
    """What became of it: "in", "wrong" or "wait"."""
    try:
        server.do(lambda context: accounts.sign_in(context, name, password, address=address, browser=browser))
    except TooManyAttempts:
        return "wait"
    except ForbiddenError:
        return "wrong"
    return "in"


def remember(server: Server, account: int, cookie: str = "") -> str:
    version = server.do(lambda context: accounts.password_version(context, account)) or "0" * 64
    return server.do(lambda context: known_browsers.remember(context, cookie, account, version))


def address_of(number: int) -> str:
    return f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}"


# ---- nobody is locked out


def test_the_owner_signs_in_whatever_many_networks_do(server: Server) -> None:
    for number in range(50):
        outcomes = [sign_in(server, "wrong", address_of(number)) for _ in range(6)]
        assert outcomes == ["wrong"] * 5 + ["wait"]
        assert sign_in(server, PASSWORD, OWNER) == "in"


def test_right_passwords_at_once_are_no_failures(server: Server) -> None:
    async def all_at_once(context: ServerContext) -> list[accounts.Account]:
        return await asyncio.gather(
            *(accounts.sign_in(context, "bob", PASSWORD, address=OWNER) for _ in range(LOGIN_PER_NETWORK.free + 5))
        )

    assert {account.name for account in server.do(all_at_once)} == {"bob"}
    assert [row[1] for row in server.rows("attempt")] == [0]


def test_a_crowd_from_one_network_keeps_no_other_waiting(server: Server) -> None:
    async def crowd(context: ServerContext) -> list[str]:
        done: list[str] = []

        async def guess(who: str, address: str) -> None:
            with suppress(ForbiddenError, BusyError):
                await accounts.sign_in(context, who, "wrong", address=address)
            done.append(who)

        crowd = [guess(f"crowd{number}", "192.0.2.1") for number in range(40)]
        await asyncio.gather(*crowd, *(guess(f"other{number}", address_of(number)) for number in range(5)))
        return done

    done = server.do(crowd)
    assert sum(who.startswith("crowd") for who in done[: done.index("other4")]) <= 7, done


def test_a_browser_that_signed_in_before_is_not_delayed_by_its_own_network(server: Server) -> None:
    home, stranger = server.browser(), server.browser()
    assert home.allow().status_code == 200
    while stranger.look().send(username="bob", password="wrong").status_code != 429:
        pass
    assert stranger.allow().status_code == 429
    assert home.allow().status_code == 200
    assert stranger.allow().status_code == 429


def test_the_mark_of_a_browser_comes_from_every_page_with_a_password(server: Server) -> None:
    for path, fields in {
        "/oauth2/addclient": {"name": "Snapper"},
        "/oauth2/applications": {},
        "/oauth2/password": {"new_password": PASSWORD},
    }.items():
        browser = server.browser()
        ticket = browser.http.get(path) and browser.http.cookies["authorize_token"]
        answer = browser.http.post(path, data={"username": "bob", "password": PASSWORD, "allow": ticket, **fields})
        assert set(lines_of(answer, "known_browser")) == {"/oauth2", "/upload"}, path


def lines_of(answer: httpx2.Response, cookie: str) -> dict[str, str]:
    """The cookie's lines, by their path."""
    lines = [line for line in answer.headers.get_list("set-cookie") if line.startswith(f"{cookie}=")]
    return {line.lower().partition("path=")[2].partition(";")[0]: line for line in lines}


def test_the_mark_of_a_browser_is_out_of_reach_of_scripts_and_other_sites(server: Server) -> None:
    for line in lines_of(server.browser().allow(), "known_browser").values():
        attributes = {part.strip().lower() for part in line.split(";")[1:]}
        assert {"httponly", "samesite=strict"} <= attributes
        assert PASSWORD not in line


def test_a_stolen_mark_gives_no_more_guesses_than_one_address(server: Server) -> None:
    bob = server.account("bob2")
    cookie = remember(server, bob.id)
    outcomes = [sign_in(server, "wrong", address_of(number), cookie, "bob2") for number in range(20)]
    assert outcomes == ["wrong"] * 5 + ["wait"] * 15
    assert sign_in(server, PASSWORD, OWNER, name="bob2") == "in"


def test_the_mark_of_one_account_is_none_for_another(server: Server) -> None:
    cookie = remember(server, server.account("mallory").id)
    assert [sign_in(server, "wrong", OWNER, cookie) for _ in range(6)] == ["wrong"] * 5 + ["wait"]
    assert sign_in(server, PASSWORD, address_of(1), cookie) == "in"


def test_with_another_password_an_account_knows_none_of_its_browsers(server: Server) -> None:
    """Who has learned a password could make any number of marks, and guess at the next one with each."""
    bob = server.account("bob3")
    cookies = [remember(server, bob.id) for _ in range(3)]
    server.do(lambda context: accounts.change_password(context, bob.id, "another password"))
    assert [sign_in(server, "wrong", OWNER, each, "bob3") for each in cookies * 2] == ["wrong"] * 5 + ["wait"]
    assert sign_in(server, "wrong", OWNER, remember(server, bob.id), "bob3") == "wrong"


def test_whoever_changes_the_password_is_known_by_the_new_one(server: Server) -> None:
    bob, browser = server.account("bob4"), server.browser()
    ticket = browser.http.get("/oauth2/password") and browser.http.cookies["authorize_token"]
    fields = {"username": "bob4", "password": PASSWORD, "new_password": "another password", "allow": ticket}
    answer = browser.http.post("/oauth2/password", data=fields)
    cookie = lines_of(answer, "known_browser")["/oauth2"].partition("=")[2].partition(";")[0]
    found = server.do(lambda context: known_browsers.identify(context, cookie))
    version = server.do(lambda context: accounts.password_version(context, bob.id))
    assert found
    assert found.knows(bob.id, version), answer.text


def test_a_mark_that_was_changed_or_is_too_old_is_none(server: Server) -> None:
    cookie = remember(server, 7)

    def identify(cookie: str) -> known_browsers.Browser | None:
        return server.do(lambda context: known_browsers.identify(context, cookie))

    found = identify(cookie)
    assert found
    assert list(found.accounts) == [7]
    for wrong in (cookie.replace(".7_", ".8_"), cookie[:-1] + "g", cookie[:-1], "", "x" * 9999, cookie + "0"):
        assert identify(wrong) is None, wrong
    server.clock.forward(known_browsers.LIFETIME)
    assert identify(cookie) is None


def test_a_browser_is_known_to_the_accounts_that_used_it_last(server: Server) -> None:
    cookie = ""
    for number in (*range(1, 11), 5):
        cookie = remember(server, number, cookie)
    found = server.do(lambda context: known_browsers.identify(context, cookie))
    assert found
    assert list(found.accounts) == [5, 10, 9, 8, 7, 6, 4, 3]


# ---- how many guesses that leaves; docs/security.md says so


def test_the_guesses_of_a_day() -> None:
    assert (LOGIN_PER_ACCOUNT.max_guesses(86_400), LOGIN_PER_NETWORK.max_guesses(86_400)) == (109, 124)
    assert LOGIN_PER_NETWORK.times(16).max_guesses(86_400) == 424, "all of a /48"
    assert 86_400 // LOGIN_PER_ACCOUNT.longest == 96
    assert LOGIN_PER_ACCOUNT.forget >= 86_400  # or a pause would start the count anew within the day


@pytest.mark.parametrize("networks", [1, 3])
def test_the_server_checks_no_more_guesses_than_that(server: Server, networks: int) -> None:
    """The first quarter of an hour, by a clock that moves as soon as everybody waits."""
    checked = {address_of(number): 0 for number in range(networks)}
    end = server.clock.now + 900
    while server.clock.now <= end:
        for address in checked:
            while (outcome := sign_in(server, "wrong", address)) == "wrong":
                checked[address] += 1
            assert outcome == "wait"
        server.clock.forward(1)
    assert set(checked.values()) == {LOGIN_PER_ACCOUNT.max_guesses(900)} == {14}


@given(
    st.lists(st.integers(0, 2000), min_size=1, max_size=300),
    st.sampled_from([LOGIN_PER_ACCOUNT, LOGIN_PER_NETWORK, PIN_PER_CLIENT_ID]),
)
def test_no_rhythm_gives_more_guesses_than_the_rule_says(pauses: list[int], rule: throttle.Rule) -> None:
    """Whoever pauses as they like gets no further than somebody who guesses as soon as it is allowed."""
    failures, until, now, checked = 0, 0, 0, 0
    for pause in pauses:
        now += pause
        if now > 86_400 or (rule is PIN_PER_CLIENT_ID and now >= rule.forget):
            break
        if not rule.left(until, now):
            failures, checked = failures + 1, checked + 1
            until = now + rule.wait(failures)
    assert checked <= rule.max_guesses(now)


# ---- the operator


def test_the_operator_is_told_of_guesses_from_many_networks_once_an_hour(
    server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    def told() -> list[str]:
        return [record.getMessage() for record in caplog.records if "wrong passwords" in record.getMessage()]

    with caplog.at_level(logging.WARNING, "pyimgur"):
        for number in range(throttle.MANY_NETWORKS - 1):
            sign_in(server, "wrong", address_of(number))
            sign_in(server, "wrong", address_of(number), name="nobody")
        assert told() == []
        for number in range(50, 70):
            sign_in(server, "wrong", address_of(number))
            sign_in(server, "wrong", address_of(number), name="nobody")
        assert [line for line in told() if "account bob came from 10 networks" in line] == told()
        assert len(told()) == 1
        server.clock.forward(3600)
        sign_in(server, "wrong", address_of(99))
        assert len(told()) == 2
        assert "wrong passwords for the account bob came from 30 networks within a day" in told()[1]


# ---- pins


def exchange(server: Server, pin: str, address: str, client_id: str = "abc") -> str:
    try:
        server.do(lambda context: oauth_codes.exchange_pin(context, client_id, "s", pin, address=address))
    except TooManyAttempts:
        return "wait"
    except ValidationError:
        return "wrong"
    return "in"


def test_wrong_pins_of_strangers_close_nobodys_exchange(server: Server) -> None:
    pin = server.browser().pin()
    for number in range(20):
        assert [exchange(server, "0" * 10, address_of(number)) for _ in range(11)] == ["wrong"] * 10 + ["wait"]
    assert exchange(server, pin, address_of(0)) == "wait"
    assert exchange(server, pin, OWNER) == "in"


def test_a_network_guesses_at_no_more_than_so_many_pins_whatever_the_client_id(server: Server) -> None:
    outcomes = [exchange(server, "0" * 10, OWNER, f"client {number}") for number in range(110)]
    assert outcomes == ["wrong"] * 100 + ["wait"] * 10
    assert len(server.rows("attempt")) == 101


# ---- restarts


def test_the_counters_survive_a_restart_and_so_does_the_mark(tmp_path: Path) -> None:
    with serving(tmp_path) as server:
        cookie = remember(server, server.account().id)
        for _ in range(5):
            sign_in(server, "wrong", OWNER)
    with serving(tmp_path) as server:
        assert sign_in(server, PASSWORD, OWNER) == "wait"
        assert sign_in(server, PASSWORD, OWNER, cookie) == "in"
