"""The token endpoint over HTTP: what it exchanges, once, for whom, for how long; and every error."""

from __future__ import annotations

import threading
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path

import httpx2
import pytest
from oauth_support import SECRET, Server, error_of, fragment_of, serving

from pyimgur.server.services import accounts, applications, oauth_tokens

HEX = frozenset("0123456789abcdef")
INVALID_CODE = "Authorization code doesn't exist or is invalid for the client"
INVALID_REFRESH = "Refresh token doesn't exist or is invalid for the client"


def bearer(server: Server, access_token: str) -> oauth_tokens.Bearer | None:
    return server.do(lambda context: oauth_tokens.find_bearer(context, access_token))


def at_once(work: Callable[[], httpx2.Response], times: int = 8) -> list[int]:
    """The statuses of that many requests that wait for each other before they start."""
    barrier, found = threading.Barrier(times), list[int]()

    def run() -> None:
        barrier.wait()
        found.append(work().status_code)

    threads = [threading.Thread(target=run) for _ in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(found)


# ---- what comes


def test_a_pin_gives_the_token_document_compact_and_without_envelope(server: Server) -> None:
    answer = server.script().token("pin", pin=server.browser().pin())
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    token = answer.json()
    assert list(token) == [
        "access_token",
        "expires_in",
        "token_type",
        "scope",
        "refresh_token",
        "account_id",
        "account_username",
    ]
    assert token["expires_in"] == 3600
    assert token["token_type"] == "bearer"
    assert token["scope"] is None
    assert token["account_username"] == "bob"
    for name in ("access_token", "refresh_token"):
        assert len(token[name]) == 40
        assert set(token[name]) <= HEX
    assert f'{{"access_token":"{token["access_token"]}","expires_in":3600,' in answer.text
    assert bearer(server, token["access_token"]) == oauth_tokens.Bearer(token["account_id"], "bob", "abc")


def test_a_pin_may_be_typed_with_blanks_and_capitals(server: Server) -> None:
    assert server.script().token("pin", pin=f" {server.browser().pin().upper()}\n").status_code == 200


def test_a_code_gives_a_token(server: Server) -> None:
    token = server.script().token("authorization_code", code=server.browser().code()).json()
    assert bearer(server, token["access_token"])


def test_the_xml_form_has_the_root_that_programs_insist_on(server: Server) -> None:
    data = {"client_id": "abc", "client_secret": SECRET, "grant_type": "pin", "pin": server.browser().pin()}
    answer = server.script().http.post("/oauth2/token.xml", data=data)
    assert answer.headers["content-type"].startswith("text/xml")
    assert answer.text.startswith('<?xml version="1.0" encoding="utf-8"?><response><access_token>')
    assert "<account_username>bob</account_username>" in answer.text
    again = server.script().http.post("/oauth2/token.xml", data=data)
    assert 'success="0" status="400"><error>Invalid Pin</error><request>/oauth2/token.xml</request>' in again.text


def test_json_by_name_is_json(server: Server) -> None:
    data = {"client_id": "abc", "client_secret": SECRET, "grant_type": "pin", "pin": server.browser().pin()}
    assert server.script().http.post("/oauth2/token.json", data=data).json()["account_username"] == "bob"


@pytest.mark.parametrize("encoding", ["data", "json", "files"])
def test_the_request_comes_in_three_encodings(server: Server, encoding: str) -> None:
    fields = {"client_id": "abc", "client_secret": SECRET, "grant_type": "pin", "pin": server.browser().pin()}
    body = {name: (None, value) for name, value in fields.items()} if encoding == "files" else fields
    answer = server.script().http.post("/oauth2/token", **{encoding: body})
    assert answer.json()["account_username"] == "bob"


@pytest.mark.parametrize("header", ["Client-ID other", "Bearer 0123", "nonsense"])
def test_a_stray_authorization_header_is_ignored(server: Server, header: str) -> None:
    script = server.script()
    script.http.headers["authorization"] = header
    assert script.token("pin", pin=server.browser().pin()).status_code == 200


def test_the_client_may_say_who_it_is_by_http_basic(server: Server) -> None:
    pin = server.browser().pin(client_id="a b:c")
    word = b64encode(f"a+b%3Ac:{SECRET}".encode()).decode()
    answer = server.script().http.post(
        "/oauth2/token", data={"grant_type": "pin", "pin": pin}, headers={"authorization": f"Basic {word}"}
    )
    assert answer.json()["account_username"] == "bob"


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_other_methods_are_not_allowed(server: Server, method: str) -> None:
    assert server.script().http.request(method, "/oauth2/token").status_code == 405


# ---- what is missing or wrong


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({}, "The grant type was not specified in the request"),
        ({"grant_type": "password"}, 'Grant type "password" not supported'),
        ({"grant_type": "client_credentials"}, 'Grant type "client_credentials" not supported'),
        ({"grant_type": "pin", "pin": "1"}, "Client credentials were not found in the headers or body"),
        (
            {"grant_type": "pin", "client_id": "abc", "pin": "1"},
            "Client credentials were not found in the headers or body",
        ),
        (
            {"grant_type": "authorization_code", "client_id": "abc", "client_secret": "s"},
            'Missing parameter. "code" is required',
        ),
        ({"grant_type": "pin", "client_id": "abc", "client_secret": "s"}, 'Missing parameter. "pin" is required'),
        (
            {"grant_type": "refresh_token", "client_id": "abc", "client_secret": "s"},
            'Missing parameter. "refresh_token" is required',
        ),
        ({"grant_type": "pin", "client_id": "abc", "client_secret": "s", "pin": "0000000000"}, "Invalid Pin"),
        ({"grant_type": "authorization_code", "client_id": "abc", "client_secret": "s", "code": "0"}, INVALID_CODE),
        (
            {"grant_type": "refresh_token", "client_id": "abc", "client_secret": "s", "refresh_token": "0"},
            INVALID_REFRESH,
        ),
        (
            {"grant_type": "pin", "client_id": "\x01", "client_secret": "s", "pin": "0"},
            "The client id supplied is invalid",
        ),
    ],
)
def test_each_fault_has_its_sentence(server: Server, fields: dict[str, str], sentence: str) -> None:
    answer = server.script().http.post("/oauth2/token", data=fields)
    assert answer.status_code == 400
    imgurs = {
        "data": {"error": sentence, "request": "/oauth2/token", "method": "POST"},
        "success": False,
        "status": 400,
    }
    assert {name: answer.json()[name] for name in imgurs} == imgurs


def test_a_closed_server_knows_registered_applications_only(tmp_path: Path) -> None:
    with serving(tmp_path, open=False) as server:
        assert error_of(server.script().token("pin", pin="0")) == "The client id supplied is invalid"


def test_an_application_that_came_in_open_mode_is_not_known_once_the_server_is_closed(tmp_path: Path) -> None:
    with serving(tmp_path) as server:
        server.account()
        refresh_token = server.browser().authorized()["refresh_token"]
    with serving(tmp_path, open=False) as server:
        answer = server.script().token("refresh_token", refresh_token=refresh_token)
        assert error_of(answer) == "The client id supplied is invalid"


# ---- secrets of applications


def test_programs_of_several_people_share_a_client_id_that_nobody_registered(server: Server) -> None:
    """README's `client_id="Your applications client_id"` is typed by many, each with a secret of their own."""
    server.account("ann")
    readme = "Your applications client_id"
    browser = server.browser()
    tokens = {
        name: browser.token("pin", readme, f"{name}'s secret", pin=browser.pin(name, readme)).json()
        for name in ("bob", "ann")
    }
    for name, token in tokens.items():
        answer = browser.token("refresh_token", readme, f"{name}'s secret", refresh_token=token["refresh_token"])
        assert answer.json()["account_username"] == name
    answer = browser.token("refresh_token", readme, "ann's secret", refresh_token=tokens["bob"]["refresh_token"])
    assert error_of(answer) == "The client credentials are invalid"


def test_a_stranger_cannot_claim_a_client_id(server: Server) -> None:
    server.account("mallory")
    browser = server.browser()
    assert browser.token("pin", secret="squatter", pin=browser.pin("mallory")).status_code == 200
    code = browser.code()
    assert browser.token("authorization_code", secret="bob's", code=code).status_code == 200


def test_a_token_that_came_without_a_secret_keeps_the_first_one(server: Server) -> None:
    location = server.browser().allow(response_type="token").headers["location"]
    token, script = fragment_of(location)["refresh_token"], server.script()
    statuses = [script.token("refresh_token", secret=secret, refresh_token=token).status_code for secret in "aab"]
    assert statuses == [200, 200, 400]


def test_a_registered_application_has_its_secret_from_the_start(server: Server) -> None:
    client_id, secret = server.do(lambda context: applications.register(context, "Snapper"))
    assert len(client_id) == 15
    assert len(secret) == 40
    assert set(client_id + secret) <= HEX
    browser = server.browser()
    pin = browser.pin(client_id=client_id)
    assert error_of(browser.token("pin", client_id, "guess", pin=pin)) == "The client credentials are invalid"
    assert browser.token("pin", client_id, secret, pin=pin).status_code == 200


# ---- pins


def test_a_pin_lives_ten_minutes(server: Server) -> None:
    browser = server.browser()
    pin, late = browser.pin(), browser.pin()
    server.clock.forward(599)
    assert browser.token("pin", pin=pin).status_code == 200
    server.clock.forward(1)
    assert error_of(browser.token("pin", pin=late)) == "Invalid Pin"


def test_a_pin_is_bound_to_its_client(server: Server) -> None:
    browser = server.browser()
    pin = browser.pin(client_id="abc")
    assert error_of(browser.token("pin", "other", pin=pin)) == "Invalid Pin"
    assert browser.token("pin", "abc", pin=pin).status_code == 200


def test_a_pin_is_good_once_even_if_it_comes_eight_times_at_once(server: Server) -> None:
    browser = server.browser()
    pin = browser.pin()
    assert at_once(lambda: browser.token("pin", pin=pin)) == [200] + [400] * 7
    assert len(server.rows("authorization")) == 1


def test_ten_wrong_pins_close_the_exchange_to_that_client_id_from_that_network(server: Server) -> None:
    browser = server.browser()
    pin = browser.pin()
    for _ in range(10):
        assert error_of(browser.token("pin", pin="0000000000")) == "Invalid Pin"
    locked = browser.token("pin", pin=pin)
    assert (locked.status_code, locked.headers["retry-after"]) == (429, "600")
    assert error_of(locked) == "Too many wrong pins for this application. Try again in 10 minutes."
    assert browser.token("pin", "other", pin=browser.pin(client_id="other")).status_code == 200
    server.clock.forward(600)
    assert browser.token("pin", pin=browser.pin()).status_code == 200


def test_a_lock_from_a_clock_that_was_ahead_does_not_last(server: Server) -> None:
    browser = server.browser()
    server.clock.forward(365 * 86_400)
    for _ in range(10):
        browser.token("pin", pin="0000000000")
    server.clock.forward(-365 * 86_400)
    assert browser.token("pin", pin=browser.pin()).status_code == 200
    assert browser.token("pin", pin="0000000000").status_code == 400
    assert browser.token("pin", pin=browser.pin()).headers["retry-after"] == "600"


def test_wrong_pins_at_once_are_all_counted(server: Server) -> None:
    script = server.script()
    assert at_once(lambda: script.token("pin", pin="0000000000"), 12) == [400] * 10 + [429] * 2


def test_a_right_pin_does_not_clear_the_count_of_wrong_ones(server: Server) -> None:
    browser = server.browser()
    for _ in range(9):
        browser.token("pin", pin="0000000000")
    assert browser.token("pin", pin=browser.pin()).status_code == 200
    browser.token("pin", pin="0000000000")
    assert browser.token("pin", pin=browser.pin()).status_code == 429


# ---- codes


def test_a_code_lives_a_minute(server: Server) -> None:
    browser = server.browser()
    code, late = browser.code(), browser.code()
    server.clock.forward(59)
    assert browser.token("authorization_code", code=code).status_code == 200
    server.clock.forward(1)
    assert error_of(browser.token("authorization_code", code=late)) == "The authorization code has expired"


def test_a_code_is_bound_to_its_client(server: Server) -> None:
    browser = server.browser()
    code = browser.code(client_id="abc")
    assert error_of(browser.token("authorization_code", "other", code=code)) == INVALID_CODE
    assert browser.token("authorization_code", "abc", code=code).status_code == 200


def test_a_second_use_of_a_code_ends_what_the_first_one_gave(server: Server) -> None:
    browser = server.browser()
    code = browser.code()
    token = browser.token("authorization_code", code=code).json()
    server.clock.forward(3599)
    assert bearer(server, token["access_token"])
    assert error_of(browser.token("authorization_code", code=code)) == INVALID_CODE
    assert bearer(server, token["access_token"]) is None
    answer = browser.token("refresh_token", refresh_token=token["refresh_token"])
    assert error_of(answer) == INVALID_REFRESH
    assert error_of(browser.token("authorization_code", code=code)) == INVALID_CODE


def test_a_second_use_by_another_client_ends_nothing(server: Server) -> None:
    browser = server.browser()
    code = browser.code()
    token = browser.token("authorization_code", code=code).json()
    assert error_of(browser.token("authorization_code", "other", code=code)) == INVALID_CODE
    assert bearer(server, token["access_token"])


def test_a_code_is_good_once_even_if_it_comes_eight_times_at_once(server: Server) -> None:
    browser = server.browser()
    code = browser.code()
    assert at_once(lambda: browser.token("authorization_code", code=code)) == [200] + [400] * 7
    assert server.rows("authorization") == []


# ---- lifetimes


def test_an_access_token_lives_an_hour_and_a_refresh_gives_the_next(server: Server) -> None:
    token = server.browser().authorized()
    server.clock.forward(3599)
    assert bearer(server, token["access_token"])
    server.clock.forward(1)
    assert bearer(server, token["access_token"]) is None
    fresh = server.script().token("refresh_token", refresh_token=token["refresh_token"]).json()
    assert fresh["access_token"] != token["access_token"]
    assert fresh["refresh_token"] == token["refresh_token"]
    assert bearer(server, fresh["access_token"]) == oauth_tokens.Bearer(token["account_id"], "bob", "abc")


def test_the_lifetime_is_a_setting(tmp_path: Path) -> None:
    with serving(tmp_path, token_lifetime=60) as server:
        server.account()
        token = server.browser().authorized()
        assert token["expires_in"] == 60
        server.clock.forward(60)
        assert bearer(server, token["access_token"]) is None


def test_a_refresh_token_is_good_after_ten_years_and_for_two_machines(server: Server) -> None:
    token = server.browser().authorized()
    server.clock.forward(10 * 365 * 86_400)
    one, two = (server.script().token("refresh_token", refresh_token=token["refresh_token"]).json() for _ in range(2))
    assert bearer(server, one["access_token"])
    assert bearer(server, two["access_token"])


def test_a_refresh_token_is_bound_to_its_client(server: Server) -> None:
    token = server.browser().authorized("abc")
    answer = server.script().token("refresh_token", "other", refresh_token=token["refresh_token"])
    assert error_of(answer) == INVALID_REFRESH


def test_a_new_password_ends_every_authorization(server: Server) -> None:
    browser = server.browser()
    token, pin, code = browser.authorized(), browser.pin(), browser.code()
    server.do(lambda context: accounts.change_password(context, token["account_id"], "a new password"))
    assert bearer(server, token["access_token"]) is None
    assert error_of(browser.token("refresh_token", refresh_token=token["refresh_token"])) == INVALID_REFRESH
    assert error_of(browser.token("pin", pin=pin)) == "Invalid Pin"
    assert error_of(browser.token("authorization_code", code=code)) == INVALID_CODE
    assert browser.allow().status_code == 403
    assert browser.look().send(username="bob", password="a new password").status_code == 200


def test_revoking_ends_one_application_and_no_other(server: Server) -> None:
    browser = server.browser()
    gone, kept = browser.authorized("abc"), browser.authorized("other")
    pin = browser.pin(client_id="abc")
    server.do(lambda context: oauth_tokens.revoke(context, gone["account_id"], "abc"))
    assert bearer(server, gone["access_token"]) is None
    assert error_of(browser.token("refresh_token", refresh_token=gone["refresh_token"])) == INVALID_REFRESH
    assert error_of(browser.token("pin", pin=pin)) == "Invalid Pin"
    assert bearer(server, kept["access_token"])
