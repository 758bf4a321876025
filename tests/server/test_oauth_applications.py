"""Registering an application, and ending what applications may do, over HTTP."""

from __future__ import annotations

import httpx2
import pytest
from oauth_support import Server, Visitor, error_of, text_of, tickets_in
from site_support import PASSWORD

from pyimgur.server.services import accounts, applications, oauth_tokens, profiles

HEX = frozenset("0123456789abcdef")


def fill_in(visitor: Visitor, path: str, **fields: str) -> httpx2.Response:
    """Open a form, and send it."""
    ticket = tickets_in(visitor.http.get(path))[0]
    known = {"allow": ticket, "username": "bob", "password": PASSWORD}
    return visitor.http.post(path, data={**known, **fields})


def register(visitor: Visitor, **fields: str) -> httpx2.Response:
    return fill_in(visitor, "/oauth2/addclient", **{"name": "Snapper", **fields})


def sign_in(visitor: Visitor, **fields: str) -> httpx2.Response:
    return fill_in(visitor, "/oauth2/applications", **fields)


def alive(server: Server, token: dict[str, str]) -> bool:
    return server.do(lambda context: oauth_tokens.find_bearer(context, token["access_token"])) is not None


def test_an_application_is_registered_for_its_owner_and_works(server: Server) -> None:
    browser = server.browser()
    page = register(browser, callback=" https://snapper.example/back ")
    client_id, secret = text_of(page, "client_id"), text_of(page, "client_secret")
    assert (len(client_id), len(secret)) == (15, 40)
    assert set(client_id + secret) <= HEX
    owner = server.do(lambda context: accounts.find_by_name(context, "bob"))
    assert owner
    [row] = server.rows("application")
    assert row[:4] == (client_id, "Snapper", owner.id, "https://snapper.example/back")
    pin = browser.pin(client_id=client_id)
    assert browser.token("pin", client_id, secret, pin=pin).status_code == 200


def test_the_consent_page_says_who_registered_an_application_until_the_operator_verifies_it(server: Server) -> None:
    server.account("mallory")
    browser = server.browser()
    done = register(browser, name="Imgur", callback="https://evil.example/cb", username="mallory")
    client_id = text_of(done, "client_id")

    def seen() -> tuple[str, bool, bool]:
        page = browser.look(client_id, "code").page
        assert client_id in page.text
        assert "You go back to https://evil.example" in page.text
        return text_of(page, "owner"), "unverified application" in page.text, 'class="warn"' in page.text

    assert seen() == ("the account mallory", True, True)
    browser.token("pin", client_id, text_of(done, "client_secret"), pin=browser.pin(client_id=client_id))
    assert "<b>Imgur</b> (unverified)" in sign_in(browser).text
    assert server.do(lambda context: applications.verify(context, client_id))
    assert seen() == ("the account mallory, verified by the operator of this server", False, False)
    assert "(unverified)" not in sign_in(browser).text
    assert not server.do(lambda context: applications.verify(context, "nobody's"))


def test_an_application_of_a_deleted_account_is_still_none_of_the_operators(server: Server) -> None:
    mallory = server.account("mallory")
    client_id = text_of(register(server.browser(), username="mallory"), "client_id")
    server.do(lambda context: profiles.delete_account_with_files(context, mallory.id))
    page = server.browser().look(client_id).page
    assert (text_of(page, "owner"), 'class="warn"' in page.text) == ("an account that was deleted", True)


def test_the_operators_applications_and_those_of_nobody_say_so(server: Server) -> None:
    client_id = server.do(lambda context: applications.register(context, "Snapper"))[0]
    page = server.browser().look(client_id).page
    assert (text_of(page, "owner"), 'class="warn"' in page.text) == ("the operator of this server", False)
    page = server.browser().look("any id").page
    assert (text_of(page, "owner"), 'class="warn"' in page.text) == ("nobody", True)


def test_one_account_registers_so_many_applications_and_no_more(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(applications, "MOST", 2)
    server.account("mallory")
    statuses = [register(server.browser(), username="mallory").status_code for _ in range(3)]
    assert statuses == [200, 200, 400]
    assert register(server.browser()).status_code == 200


def test_a_new_password_voids_the_ticket_of_an_open_list(server: Server) -> None:
    """The list was opened by somebody who knew the old password."""
    thief = server.browser()
    token = server.browser().authorized("abc")
    page = sign_in(thief)
    server.do(lambda context: accounts.change_password(context, token["account_id"], PASSWORD + "!"))
    again = server.browser()
    fresh = again.token("pin", pin=text_of(again.look().send(username="bob", password=PASSWORD + "!"), "pin")).json()
    form = {"allow": tickets_in(page)[0], "account": str(token["account_id"]), "revoke": "abc"}
    assert thief.http.post("/oauth2/applications", data=form).status_code == 403
    assert alive(server, fresh)


@pytest.mark.parametrize(
    ("fields", "status", "sentence"),
    [
        ({"name": ""}, 400, "The name of an application has 1 to 100 characters."),
        ({"name": "x" * 101}, 400, "The name of an application has 1 to 100 characters."),
        ({"name": "a\u202eb"}, 400, "The name of an application has 1 to 100 characters."),
        ({"callback": "http://snapper.example/"}, 400, "A callback is an https URL"),
        ({"callback": "javascript:alert(1)"}, 400, "A callback is an https URL"),
        ({"password": "wrong"}, 403, "Wrong user name or password."),
        ({"allow": "0" * 40}, 403, "This form is no longer valid."),
    ],
)
def test_what_is_wrong_is_said_and_nothing_typed_is_lost(
    server: Server, fields: dict[str, str], status: int, sentence: str
) -> None:
    page = register(server.browser(), **{"callback": "https://snapper.example/", **fields})
    assert page.status_code == status
    assert sentence in page.text
    assert 'value="bob"' in page.text
    assert PASSWORD not in page.text
    assert server.rows("application") == []


def test_a_ticket_registers_once_and_is_good_for_nothing_else(server: Server) -> None:
    browser = server.browser()
    ticket = tickets_in(browser.http.get("/oauth2/addclient"))[0]
    assert sign_in(browser, allow=ticket).status_code == 403
    assert browser.look().send(username="bob", allow=ticket).status_code == 403
    assert register(browser, allow=ticket).status_code == 200
    assert register(browser, allow=ticket).status_code == 403
    assert len(server.rows("application")) == 1


def test_another_site_cannot_send_these_forms(server: Server) -> None:
    for path in ("/oauth2/addclient", "/oauth2/applications"):
        browser = server.browser()
        browser.http.headers["origin"] = "https://evil.example"
        answer = fill_in(browser, path, name="Snapper")
        assert answer.status_code == 403
        assert "This form was sent from another site" in answer.text


def test_the_list_names_what_may_act_and_one_can_end_it(server: Server) -> None:
    browser = server.browser()
    page = register(browser)
    client_id, secret = text_of(page, "client_id"), text_of(page, "client_secret")
    named = browser.token("pin", client_id, secret, pin=browser.pin(client_id=client_id)).json()
    other = browser.authorized("abc")
    page = sign_in(browser)
    assert "<b>Snapper</b>" in page.text
    assert "<b>Unverified application</b>" in page.text
    form = {"allow": tickets_in(page)[0], "account": str(named["account_id"]), "revoke": client_id}
    page = browser.http.post("/oauth2/applications", data=form)
    assert "no longer has access to your account" in page.text
    assert "<b>Snapper</b>" not in page.text
    assert not alive(server, named)
    assert alive(server, other)
    form = {**form, "allow": tickets_in(page)[0], "revoke": "abc"}
    assert "No applications have access." in browser.http.post("/oauth2/applications", data=form).text
    assert not alive(server, other)


def test_nobody_ends_what_another_person_allowed(server: Server) -> None:
    server.account("mallory")
    token = server.browser().authorized("abc")
    browser = server.browser()
    browser.authorized("abc", name="mallory")
    page = sign_in(browser, username="mallory")
    form = {"allow": tickets_in(page)[0], "account": str(token["account_id"]), "revoke": "abc"}
    assert browser.http.post("/oauth2/applications", data=form).status_code == 403
    assert alive(server, token)
    for account in ("", "x", "0", "-1", "9" * 40, "\u0662"):
        assert browser.http.post("/oauth2/applications", data={**form, "account": account}).status_code == 403


def test_a_list_in_one_browser_is_of_no_use_in_another(server: Server) -> None:
    token = server.browser().authorized("abc")
    ticket = tickets_in(sign_in(server.browser()))[0]
    form = {"allow": ticket, "account": str(token["account_id"]), "revoke": "abc"}
    assert server.browser().http.post("/oauth2/applications", data=form).status_code == 403
    assert alive(server, token)


def test_a_script_is_answered_in_json(server: Server) -> None:
    answer = sign_in(server.script(), password="wrong")
    assert (answer.status_code, error_of(answer)) == (403, "Unauthorized")
