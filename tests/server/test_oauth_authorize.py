"""The consent page over HTTP: who may request access, who decides, where the redirect goes."""

from __future__ import annotations

from pathlib import Path

import pytest
from oauth_support import Server, error_of, fragment_of, query_of, serving, text_of, tickets_in
from site_support import PASSWORD

from pyimgur.server.services import applications


def register(server: Server, callback: str | None, name: str = "Snapper") -> str:
    return server.do(lambda context: applications.register(context, name, callback=callback))[0]


# ---- who asks


def test_the_page_says_that_nobody_vouches_for_an_unknown_application_and_which_server_asks(server: Server) -> None:
    text = server.browser().look("Your applications client_id").page.text
    assert "unverified application" in text
    assert "Your applications client_id" in text
    assert server.settings.public_url.removeprefix("http://") in text


def test_the_page_names_a_registered_application_and_where_one_goes_afterwards(server: Server) -> None:
    client_id = register(server, "https://snapper.example/back?x=1")
    text = server.browser().look(client_id, "code").page.text
    assert "<b>Snapper</b> wants to use your account" in text
    assert "You go back to https://snapper.example<" in text
    assert "unverified" not in text


def test_what_an_application_calls_itself_is_text_and_not_html(server: Server) -> None:
    text = server.browser().look(register(server, None, "<script>alert(1)</script>")).page.text
    assert "<script>alert" not in text
    assert "&lt;script&gt;alert" in text


def test_no_page_uses_names_of_imgur_as_its_own(server: Server) -> None:
    browser = server.browser()
    for page in (browser.look().page, browser.allow()):
        assert "<title>" in page.text
        assert "pyimgur" in page.text
        assert "Imgur" not in page.text


def test_a_closed_server_knows_registered_applications_only(closed_server: Server) -> None:
    assert error_of(closed_server.script().look("abc").page) == "The client id supplied is invalid"
    client_id = register(closed_server, None)
    assert closed_server.script().look(client_id).page.status_code == 200


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("", "client_id and response_type are required"),
        ("client_id=abc", "client_id and response_type are required"),
        ("response_type=pin", "client_id and response_type are required"),
        ("client_id=abc&response_type=password", "The response_type is one of pin, code and token"),
        ("client_id=%00&response_type=pin", "The client id supplied is invalid"),
    ],
)
def test_an_incomplete_question_is_refused(server: Server, query: str, sentence: str) -> None:
    answer = server.script().http.get(f"/oauth2/authorize?{query}")
    assert answer.status_code == 400
    assert answer.json() == {
        "data": {"error": sentence, "request": "/oauth2/authorize", "method": "GET"},
        "success": False,
        "status": 400,
    }
    page = server.browser().http.get(f"/oauth2/authorize?{query}")
    assert (page.status_code, page.headers["content-type"]) == (400, "text/html; charset=utf-8")
    assert sentence in page.text


def test_a_form_without_client_id_is_refused(server: Server) -> None:
    answer = server.script().http.post("/oauth2/authorize", data={"allow": "x"})
    assert (answer.status_code, error_of(answer)) == (400, "No client id supplied")


def test_a_browser_at_another_name_of_this_machine_is_sent_to_the_public_one(server: Server) -> None:
    browser, port = server.browser(), server.address.rpartition(":")[2]
    answer = browser.http.get("/oauth2/authorize?client_id=a&response_type=pin", headers={"host": f"localhost:{port}"})
    assert answer.status_code == 302
    assert answer.headers["location"] == f"{server.address}/oauth2/authorize?client_id=a&response_type=pin"


# ---- who answers


def test_one_signs_in_and_reads_the_pin_which_stands_alone(server: Server) -> None:
    page = server.browser().allow()
    assert page.status_code == 200
    pin = text_of(page, "pin")
    assert len(pin) == 10
    assert set(pin) <= set("0123456789abcdef")


def test_one_signs_up_on_the_same_page_in_open_mode(server: Server) -> None:
    page = server.browser().look().send(username="carol", sign_up="1")
    assert text_of(page, "pin")
    assert text_of(server.browser().allow("carol"), "pin")


def test_the_first_visitor_of_a_new_server_is_offered_to_sign_up(tmp_path: Path) -> None:
    with serving(tmp_path) as server:
        assert "Create your account</h2>" in server.browser().look().page.text
        server.account("bob")
        assert "Sign in</h2>" in server.browser().look().page.text


def test_nobody_signs_up_on_a_closed_server(closed_server: Server) -> None:
    client_id = register(closed_server, None)
    form = closed_server.browser().look(client_id)
    assert "sign_up" not in form.page.text
    page = form.send(username="carol", sign_up="1")
    assert page.status_code == 403
    assert "Nobody can sign up here" in page.text


@pytest.mark.parametrize(
    ("name", "password", "sentence"),
    [
        ("bob", PASSWORD, "The name bob is taken"),
        ("BOB", PASSWORD, "The name BOB is taken"),
        ("me", PASSWORD, "A user name has 3 to 63 characters"),
        ("bad name", PASSWORD, "A user name has 3 to 63 characters"),
        ("b" * 64, PASSWORD, "A user name has 3 to 63 characters"),
        ("Admin", PASSWORD, "The name Admin is reserved"),
        ("carol", "short", "A password has 8 to 1024 characters"),
    ],
)
def test_a_sign_up_that_fails_says_why(server: Server, name: str, password: str, sentence: str) -> None:
    page = server.browser().look().send(username=name, password=password, sign_up="1")
    assert page.status_code == 400
    assert sentence in page.text
    assert password not in page.text


def test_a_wrong_password_and_an_unknown_name_look_the_same(server: Server) -> None:
    pages = [
        server.browser().look().send(username="bob", password="wrong password"),
        server.browser().look().send(username="nobody", password="wrong password"),
    ]
    for page in pages:
        assert page.status_code == 403
        assert "Wrong user name or password." in page.text
        assert "wrong password" not in page.text
    scripts = [server.script().look().send(username=name, password="no") for name in ("bob", "nobody")]
    assert [answer.json() for answer in scripts] == [scripts[0].json()] * 2
    assert (scripts[0].status_code, error_of(scripts[0])) == (403, "Unauthorized")


# ---- where the answer goes


def test_a_code_goes_to_the_callback_with_state(server: Server) -> None:
    client_id = register(server, "https://snapper.example/back?x=1")
    answer = server.browser().allow(client_id=client_id, response_type="code", state="a b&c=ü/#")
    assert answer.status_code == 302
    target = answer.headers["location"]
    assert target.startswith("https://snapper.example/back?x=1&state=")
    assert query_of(target).keys() == {"x", "state", "code"}
    assert query_of(target)["state"] == "a b&c=ü/#"
    assert len(query_of(target)["code"]) == 40


def test_a_token_goes_to_the_callback_in_the_fragment_with_state_in_query_and_fragment(server: Server) -> None:
    client_id = register(server, "http://127.0.0.1:9/back")
    answer = server.browser().allow(client_id=client_id, response_type="token", state="S")
    assert answer.status_code == 302
    target = answer.headers["location"]
    assert target.startswith("http://127.0.0.1:9/back?state=S#access_token=")
    token = fragment_of(target)
    assert list(token) == [
        "access_token",
        "expires_in",
        "token_type",
        "refresh_token",
        "account_username",
        "account_id",
        "state",
    ]
    assert (token["expires_in"], token["token_type"], token["account_username"]) == ("3600", "bearer", "bob")
    again = server.script().token("refresh_token", client_id, "wrong", refresh_token=token["refresh_token"])
    assert error_of(again) == "The client credentials are invalid"


def test_without_a_callback_a_code_is_shown_and_a_token_stays_in_the_address(server: Server) -> None:
    assert len(server.browser().code()) == 40
    answer = server.browser().allow(response_type="token", state="S")
    assert answer.status_code == 302
    target = answer.headers["location"]
    assert target.startswith(f"{server.address}/oauth2/complete?state=S#access_token=")
    page = server.browser().http.get(target.partition("#")[0])
    assert page.status_code == 200
    assert "Copy the URL" in page.text


def test_redirect_uri_is_ignored(server: Server) -> None:
    asked = {"response_type": "code", "redirect_uri": "https://evil.example/"}
    assert len(text_of(server.browser().allow(**asked), "code")) == 40
    form = server.browser().look(register(server, "https://snapper.example/back"), **asked)
    assert "evil" not in form.page.text
    assert form.send(username="bob").headers["location"].startswith("https://snapper.example/back?code=")


def test_a_program_on_this_machine_that_nobody_registered_may_listen_there(server: Server) -> None:
    form = server.browser().look("abc", "code", redirect_uri="http://127.0.0.1:50123/back", state="S")
    assert "You go back to http://127.0.0.1:50123<" in form.page.text
    assert form.send(username="bob").headers["location"].startswith("http://127.0.0.1:50123/back?state=S&code=")


def test_a_registered_loopback_callback_matches_any_port(server: Server) -> None:
    client_id = register(server, "http://127.0.0.1/back")
    asked = {"response_type": "code", "redirect_uri": "http://127.0.0.1:50123/back"}
    answer = server.browser().allow(client_id=client_id, **asked)
    assert answer.headers["location"].startswith("http://127.0.0.1:50123/back?code=")


@pytest.mark.parametrize(
    ("response_type", "target"),
    [
        ("code", "https://snapper.example/back?error=access_denied&state=S"),
        ("token", "https://snapper.example/back?state=S#error=access_denied&state=S"),
    ],
)
def test_a_refusal_goes_to_the_callback(server: Server, response_type: str, target: str) -> None:
    client_id = register(server, "https://snapper.example/back")
    answer = server.browser().look(client_id, response_type, state="S").send(deny="1", username="", password="")
    assert (answer.status_code, answer.headers["location"]) == (302, target)
    assert server.rows("authorization") == server.rows("grant_code") == []


@pytest.mark.parametrize("response_type", ["pin", "code", "token"])
def test_a_refusal_that_no_callback_waits_for_is_a_page(server: Server, response_type: str) -> None:
    form = server.browser().look("abc", response_type)
    page = form.send(deny="1", username="", password="")
    assert page.status_code == 200
    assert "Access denied" in page.text
    assert server.rows("authorization") == server.rows("grant_pin") == server.rows("application") == []
    assert server.rows("consent_ticket") == []  # it changed nothing, so it used nothing up


# ---- a script


def test_a_script_consents_in_one_step_with_one_cookie(server: Server) -> None:
    script = server.script()
    form = script.look(response_type="token", state="S")
    ticket = form.page.cookies["authorize_token"]
    script.http.cookies.clear()
    answer = script.http.post(
        form.address,
        data={"username": "bob", "password": PASSWORD, "allow": ticket},
        headers={"cookie": f"authorize_token={ticket}"},
    )
    assert answer.status_code == 302
    assert fragment_of(answer.headers["location"])["account_username"] == "bob"


def test_a_script_reads_the_pin_on_the_page(server: Server) -> None:
    assert len(text_of(server.script().allow(), "pin")) == 10


def test_a_script_that_is_refused_gets_the_next_ticket_in_its_cookie(server: Server) -> None:
    form = server.script().look()
    refused = form.send(username="bob", password="wrong password")
    fresh = refused.cookies["authorize_token"]
    assert fresh != form.ticket
    assert text_of(form.send(username="bob", allow=fresh), "pin")


def test_the_forms_of_one_page_have_one_ticket(server: Server) -> None:
    form = server.browser().look()
    assert tickets_in(form.page) == [form.page.cookies["authorize_token"]] * 2
