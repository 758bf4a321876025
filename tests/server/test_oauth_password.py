"""Changing the password on the page, with the protections of every login page."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from oauth_support import Server, Visitor, error_of, tickets_in
from site_support import PASSWORD

from pyimgur.server.errors import ForbiddenError
from pyimgur.server.services import accounts, oauth_tokens, throttle

if TYPE_CHECKING:
    import httpx2
    from playwright.sync_api import Page

NEW = "another horse, another battery"
PATH = "/oauth2/password"


def change(visitor: Visitor, **fields: str) -> httpx2.Response:
    """Open the form, and send it."""
    ticket = tickets_in(visitor.http.get(PATH))[0]
    filled = {"allow": ticket, "username": "bob", "password": PASSWORD, "new_password": NEW, **fields}
    return visitor.http.post(PATH, data=filled)


def is_password(server: Server, password: str) -> bool:
    try:
        server.do(lambda context: accounts.sign_in(context, "bob", password, address="192.0.2.1"))
    except ForbiddenError:
        return False
    return True


def test_a_new_password_ends_what_programs_may_do(server: Server) -> None:
    browser = server.browser()
    token = browser.authorized("abc")
    pin = browser.pin(client_id="abc")
    answer = change(browser)
    assert answer.status_code == 200
    assert "Password changed" in answer.text
    assert server.do(lambda context: oauth_tokens.find_bearer(context, token["access_token"])) is None
    again = {"refresh_token": token["refresh_token"]}
    assert browser.token("refresh_token", "abc", **again).status_code == 400
    assert browser.token("pin", "abc", pin=pin).status_code == 400
    assert (is_password(server, PASSWORD), is_password(server, NEW)) == (False, True)


@pytest.mark.parametrize(
    ("fields", "status", "sentence"),
    [
        ({"new_password": "short"}, 400, "A password has 8 to 1024 characters."),
        ({"new_password": ""}, 400, "A password has 8 to 1024 characters."),
        ({"new_password": "x" * 1025}, 400, "A password has 8 to 1024 characters."),
        ({"password": "wrong"}, 403, "Wrong user name or password."),
        ({"username": "nobody"}, 403, "Wrong user name or password."),
        ({"username": "new_person", "sign_up": "1"}, 403, "Wrong user name or password."),
        ({"allow": "0" * 40}, 403, "This form is no longer valid."),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_changed(
    server: Server, fields: dict[str, str], status: int, sentence: str
) -> None:
    answer = change(server.browser(), **fields)
    assert answer.status_code == status
    assert sentence in answer.text
    assert PASSWORD not in answer.text
    assert NEW not in answer.text
    assert len(server.rows("account")) == 1
    assert is_password(server, PASSWORD)


def test_guessing_the_old_password_here_slows_down_like_everywhere(server: Server) -> None:
    browser = server.browser()
    for _ in range(throttle.LOGIN_PER_ACCOUNT.free):
        assert change(browser, password="wrong").status_code == 403
    answer = change(browser)
    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) > 0
    server.clock.forward(throttle.LOGIN_PER_ACCOUNT.longest)
    assert change(browser).status_code == 200


def test_another_site_cannot_send_the_form(server: Server) -> None:
    browser = server.browser()
    browser.http.headers["origin"] = "https://evil.example"
    answer = change(browser)
    assert (answer.status_code, is_password(server, PASSWORD)) == (403, True)
    assert "This form was sent from another site" in answer.text


def test_a_ticket_is_for_one_browser_one_purpose_and_one_use(server: Server) -> None:
    browser = server.browser()
    ticket = tickets_in(browser.http.get(PATH))[0]
    assert change(server.browser(), allow=ticket).status_code == 403
    elsewhere = tickets_in(browser.http.get("/oauth2/applications"))[0]
    assert change(browser, allow=elsewhere).status_code == 403
    assert change(browser, allow=ticket).status_code == 200
    assert change(browser, allow=ticket, password=NEW).status_code == 403


def test_a_script_is_answered_in_json(server: Server) -> None:
    answer = change(server.script(), password="wrong")
    assert (answer.status_code, error_of(answer)) == (403, "Unauthorized")


def test_in_a_browser(server: Server, tab: Page) -> None:
    tab.goto(f"{server.address}/account")
    tab.get_by_role("link", name="Change your password").click()
    tab.get_by_label("User name").fill("bob")
    tab.get_by_label("Password", exact=True).fill(PASSWORD)
    tab.get_by_label("New password", exact=True).fill(NEW)
    tab.get_by_role("button", name="Show new password").click()
    fields = [field.get_attribute("autocomplete") for field in tab.locator("main input:visible").all()]
    assert fields == ["username", "current-password", "new-password"]
    tab.get_by_role("button", name="Change password").click()
    tab.get_by_role("heading", name="Password changed").wait_for()
    assert is_password(server, NEW)
