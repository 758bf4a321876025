"""The protections of the consent page and the token endpoint, one test each."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Literal

import httpx2
import pytest
from argon2 import PasswordHasher
from oauth_support import (
    SECRET,
    Form,
    Server,
    error_of,
    fragment_of,
    query_of,
    serving,
    text_of,
)
from site_support import PASSWORD

from pyimgur.server.errors import ForbiddenError
from pyimgur.server.http.middleware.trusted_host import hostname
from pyimgur.server.oauth import route_table as oauth
from pyimgur.server.pages import delete_link, upload
from pyimgur.server.services import accounts, applications, oauth_tokens
from pyimgur.server.services.throttle import TooManyAttempts

CALLBACK = "https://snapper.example/back"


def register(server: Server, callback: str | None = CALLBACK) -> str:
    return server.do(lambda context: applications.register(context, "Snapper", callback=callback))[0]


# ---- headers

PAGES = {
    "consent": lambda server: server.browser().look().page,
    "pin": lambda server: server.browser().allow(),
    "code": lambda server: server.browser().allow(response_type="code"),
    "way back": lambda server: server.browser().allow(client_id=register(server), response_type="token"),
    "own way back": lambda server: server.browser().allow(response_type="token"),
    "complete": lambda server: server.browser().http.get("/oauth2/complete"),
    "wrong password": lambda server: server.browser().look().send(username="bob", password="wrong"),
    "refusal": lambda server: server.browser().look().send(deny="1"),
    "addclient": lambda server: server.browser().http.get("/oauth2/addclient"),
    "applications": lambda server: server.browser().http.get("/oauth2/applications"),
    "password": lambda server: server.browser().http.get("/oauth2/password"),
    "error": lambda server: server.browser().http.get("/oauth2/authorize"),
    "token": lambda server: server.script().token("pin", pin=server.browser().pin()),
    "no token": lambda server: server.script().token("pin", pin="0000000000"),
}


@pytest.mark.parametrize("name", PAGES)
def test_every_answer_is_kept_out_of_frames_caches_and_foreign_referrers(server: Server, name: str) -> None:
    headers = PAGES[name](server).headers
    policy = [part.strip().split(" ") for part in headers["content-security-policy"].split(";")]
    assert ["frame-ancestors", "'none'"] in policy
    assert ["default-src", "'none'"] in policy
    assert "form-action" not in [directive[0] for directive in policy]
    assert headers["referrer-policy"] == "same-origin"
    assert "no-store" in headers["cache-control"]
    assert headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("name", PAGES)
def test_no_other_web_site_may_read_any_of_it(server: Server, name: str) -> None:
    assert not [header for header in PAGES[name](server).headers if header.startswith("access-control-")]


@pytest.mark.parametrize("path", ["/oauth2/authorize", "/oauth2/token"])
def test_no_preflight_is_answered(server: Server, path: str) -> None:
    headers = {"origin": "https://evil.example", "access-control-request-method": "POST"}
    answer = server.script().http.options(path, headers=headers)
    assert not [header for header in answer.headers if header.startswith("access-control-")]


def test_no_page_holds_a_script_a_style_or_a_handler_of_its_own(server: Server) -> None:
    for name in (
        "consent",
        "pin",
        "code",
        "complete",
        "wrong password",
        "addclient",
        "applications",
        "password",
        "error",
    ):
        text = PAGES[name](server).text
        assert not re.findall(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=|javascript:", text)
        assert not re.findall(r'(?:src|href|action)="(?!/(?!/))', text)


def test_an_unknown_host_is_refused(server: Server) -> None:
    headers = {"host": "evil.example"}
    assert (
        server.browser().http.get("/oauth2/authorize?client_id=a&response_type=pin", headers=headers).status_code == 421
    )
    assert server.script().http.post("/oauth2/token", headers=headers).status_code == 421


NAMES = {
    "Pictures.Example": "pictures.example",
    "pictures.example.:8080": "pictures.example",
    "127.0.0.1:": "127.0.0.1",
    " localhost:80 ": "localhost",
    "[::1]": "::1",
    "[::1]:4648": "::1",
    "127.0.0.1:80@evil": "",
    "127.0.0.1:8x": "",
    "127.0.0.1:80:80": "",
    "127.0.0.1:\u0662": "",
    "127.0.0.1/x": "",
    "user@127.0.0.1": "",
    "[::1]evil": "",
    "[::1": "",
    "::1": "",
    "": "",
}


@pytest.mark.parametrize("header", NAMES)
def test_the_name_in_a_host_header(header: str) -> None:
    assert hostname(header.encode()) == NAMES[header]


def test_what_is_no_host_is_refused(server: Server) -> None:
    for host, status in (("127.0.0.1:80", 200), ("127.0.0.1:80@evil", 421), ("127.0.0.1:x", 421)):
        assert server.script().http.get("/healthz", headers={"host": host}).status_code == status


# ---- cookies


def cookies(page: httpx2.Response) -> dict[str, str]:
    return {line.partition("=")[0]: line.lower() for line in page.headers.get_list("set-cookie")}


def test_cookies_are_for_this_server_alone(server: Server) -> None:
    found = cookies(server.browser().look().page)
    assert found.keys() == {"authorize_token", "browser"}
    for line in found.values():
        assert re.fullmatch(r"\w+=(?:[0-9a-f]{40}|[0-9a-f]{64}); httponly; path=/oauth2; samesite=lax", line)


def test_cookies_are_secure_on_https(tmp_path: Path) -> None:
    with serving(tmp_path, public_url="https://pictures.example") as server:
        browser = server.browser()
        browser.http.headers["host"] = "pictures.example"
        found = cookies(browser.look().page)
        assert found.keys() == {"authorize_token", "browser"}
        assert all("; secure" in line for line in found.values())


# ---- the ticket


def test_a_ticket_is_random(server: Server) -> None:
    tickets = {server.browser().look().ticket for _ in range(5)}
    assert len(tickets) == 5


def refused(answer: httpx2.Response) -> bool:
    return answer.status_code == 403 and "no longer valid" in answer.text


def test_without_a_ticket_or_with_a_made_up_one_nothing_happens(server: Server) -> None:
    form = server.browser().look()
    assert refused(form.send(username="bob", allow=""))
    assert refused(form.send(username="bob", allow="0" * 64))
    assert error_of(server.script().look().send(username="bob", allow="1")) == "Unauthorized"
    assert server.rows("grant_pin") == []


def test_a_made_up_cookie_that_equals_the_form_is_worth_nothing(server: Server) -> None:
    script, made_up = server.script(), "0" * 64
    form = Form(script, "/oauth2/authorize?client_id=abc&response_type=pin", script.look().page)
    script.http.cookies.clear()
    answer = form.send(username="bob", allow=made_up, headers={"cookie": f"authorize_token={made_up}"})
    assert answer.status_code == 403


def test_a_ticket_of_another_browser_is_refused(server: Server) -> None:
    mine, theirs = server.browser().look(), server.browser().look()
    assert refused(mine.send(username="bob", allow=theirs.ticket))
    assert text_of(theirs.send(username="bob"), "pin")


def test_a_ticket_without_any_cookie_is_refused(server: Server) -> None:
    browser = server.browser()
    form = browser.look()
    browser.http.cookies.clear()
    assert refused(form.send(username="bob"))


def test_success_uses_the_ticket_up_and_takes_the_cookie_away(server: Server) -> None:
    browser = server.browser()
    form = browser.look()
    page = form.send(username="bob")
    assert text_of(page, "pin")
    assert browser.http.cookies.get("authorize_token") is None
    assert refused(form.send(username="bob"))
    assert len(server.rows("grant_pin")) == 1


@pytest.mark.parametrize(
    "asked",
    [
        {"client_id": "other"},
        {"response_type": "token"},
        {"response_type": "code"},
        {"state": "T"},
        {"state": ""},
    ],
)
def test_a_ticket_is_bound_to_client_response_type_and_state(server: Server, asked: dict[str, str]) -> None:
    browser = server.browser()
    first = browser.look(client_id="abc", response_type="pin", state="S")
    other = browser.look(**{"client_id": "abc", "response_type": "pin", "state": "S", **asked})
    assert refused(other.send(username="bob", allow=first.ticket))
    assert server.rows("grant_pin") == server.rows("grant_code") == server.rows("authorization") == []
    assert first.send(username="bob").status_code == 200


def test_a_ticket_is_bound_to_the_port_that_the_page_showed(server: Server) -> None:
    client_id = register(server, "http://127.0.0.1/back")
    browser = server.browser()
    first = browser.look(client_id, "code", redirect_uri="http://127.0.0.1:1111/back")
    other = browser.look(client_id, "code", redirect_uri="http://127.0.0.1:2222/back")
    assert refused(other.send(username="bob", allow=first.ticket))


def test_a_ticket_lives_an_hour(server: Server) -> None:
    browser = server.browser()
    form = browser.look()
    server.clock.forward(3600)
    assert refused(form.send(username="bob"))


def test_a_failed_sign_in_gives_a_new_ticket_and_uses_none_up(server: Server) -> None:
    browser = server.browser()
    form = browser.look()
    page = form.send(username="bob", password="wrong password")
    fresh = Form(browser, form.address, page)
    assert fresh.ticket != form.ticket
    assert page.cookies["authorize_token"] == fresh.ticket
    assert server.rows("consent_ticket") == []
    assert text_of(fresh.send(username="bob"), "pin")
    assert text_of(form.send(username="bob"), "pin")
    assert refused(fresh.send(username="bob"))
    assert refused(form.send(username="bob"))


def test_no_number_of_forms_that_are_shown_voids_an_open_one(server: Server) -> None:
    """Any web page can make its visitor's browser ask for forms, from the network where other forms are open."""
    form, stranger = server.browser().look(), server.script()
    for number in range(250):
        stranger.look(state=str(number))
    assert server.rows("consent_ticket") == []
    assert text_of(form.send(username="bob"), "pin")


@pytest.mark.parametrize("place", [0, 8, 16, 32, 63])
def test_a_ticket_that_was_changed_anywhere_is_refused(server: Server, place: int) -> None:
    """The first digits say when it expires."""
    browser = server.browser()
    form = browser.look()
    changed = form.ticket[:place] + f"{15 - int(form.ticket[place], 16):x}" + form.ticket[place + 1 :]
    assert refused(form.send(username="bob", allow=changed))
    cookie = f"authorize_token={changed}; browser={browser.http.cookies['browser']}"
    assert refused(form.send(username="bob", allow=changed, headers={"cookie": cookie}))
    assert server.rows("grant_pin") == []


def test_a_ticket_is_good_after_a_restart_and_for_no_other_server(tmp_path: Path) -> None:
    with serving(tmp_path / "one") as server:
        server.account()
        browser = server.browser()
        form, cookies = browser.look(), dict(browser.http.cookies)
    for folder, good in (("one", True), ("two", False)):
        with serving(tmp_path / folder) as server:
            if not good:
                server.account()
            browser = server.browser()
            browser.http.cookies.update(cookies)
            answer = Form(browser, form.address, form.page).send(
                username="bob", headers={"origin": server.settings.origin}
            )
            assert refused(answer) is not good, (folder, answer.status_code, answer.text)


def test_a_ticket_allows_once_even_if_it_comes_eight_times_at_once(server: Server) -> None:
    form = server.browser().look()
    cookies = dict(form.visitor.http.cookies)
    scripts = [server.browser() for _ in range(8)]
    for each in scripts:
        each.http.cookies.update(cookies)
    with ThreadPoolExecutor(8) as threads:
        answers = list(
            threads.map(lambda each: Form(each, form.address, form.page).send(username="bob").status_code, scripts)
        )
    assert sorted(answers) == [200] + [403] * 7
    assert len(server.rows("grant_pin")) == 1


def test_two_open_tabs_both_work(server: Server) -> None:
    browser = server.browser()
    one, two = browser.look(state="1"), browser.look(state="2")
    assert text_of(one.send(username="bob"), "pin")
    assert text_of(two.send(username="bob"), "pin")


def test_two_tabs_work_in_the_other_order_too(server: Server) -> None:
    browser = server.browser()
    one, two = browser.look(state="1"), browser.look(state="2")
    assert text_of(two.send(username="bob"), "pin")
    assert text_of(one.send(username="bob"), "pin")


# ---- origin


@pytest.mark.parametrize(
    "origin",
    ["null", "https://evil.example", "http://127.0.0.1", "http://127.0.0.1:1", "", "https://127.0.0.1:{port}"],
)
def test_a_form_from_another_origin_is_refused_and_changes_no_cookie(server: Server, origin: str) -> None:
    form = server.browser().look()
    port = server.address.rpartition(":")[2]
    answer = form.send(username="bob", headers={"origin": origin.format(port=port)})
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers
    assert server.rows("grant_pin") == []
    assert text_of(form.send(username="bob"), "pin")


FORMS = sorted(
    path
    for prefix, routes in (("/oauth2", oauth.routes), ("", upload.routes), ("", delete_link.routes))
    for path, methods in ((f"{prefix}{each.path}", each.methods or ()) for each in routes)
    if "POST" in methods
    and path not in {"/oauth2/token", "/oauth2/revoke"}  # those are for programs, which send a secret
)


@pytest.mark.parametrize("path", FORMS)
@pytest.mark.parametrize("origin", ["null", "https://evil.example"])
def test_no_form_is_taken_from_another_site(server: Server, path: str, origin: str) -> None:
    sent = {"username": "bob", "password": PASSWORD, "allow": "x"}
    address = f"{path.format(deletehash='a' * 15)}?client_id=abc&response_type=pin"
    answer = server.browser().http.post(address, data=sent, headers={"origin": origin})
    assert answer.status_code == 403
    assert "This form was sent from another site" in answer.text
    assert "set-cookie" not in answer.headers


def test_a_missing_origin_passes_with_a_good_ticket(server: Server) -> None:
    script = server.script()
    assert "origin" not in script.http.headers
    assert text_of(script.allow(), "pin")


# ---- at rest


def test_nothing_secret_is_stored_as_it_is(tmp_path: Path) -> None:
    with serving(tmp_path, hasher=PasswordHasher()) as server:
        server.account()
        browser = server.browser()
        form = browser.look()
        unused = (browser.pin(), browser.code(), form.ticket, browser.http.cookies["browser"])
        token = browser.authorized()
        callback = register(server)
        direct = fragment_of(browser.allow(client_id=callback, response_type="token").headers["location"])
        secrets = {
            PASSWORD,
            SECRET,
            *unused,
            *(found[name] for found in (token, direct) for name in ("access_token", "refresh_token")),
        }
        assert len(secrets) == 10
        [stored] = [row for row in server.rows("account") if "bob" in row]
        assert [value for value in stored if str(value).startswith("$argon2id$v=19$m=65536,t=3,p=4$")]
        files = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]
    for secret in secrets:
        assert not [content for content in files if secret.encode() in content]


def test_a_token_does_not_show_its_secrets() -> None:
    token = oauth_tokens.Token("a" * 40, "r" * 40, 3600, 1, "bob")
    assert "aaaa" not in repr(token)
    assert "rrrr" not in repr(token)


# ---- slowed down


def sign_in(server: Server, name: str, password: str, address: str) -> accounts.Account:
    return server.do(lambda context: accounts.sign_in(context, name, password, address=address))


def test_after_five_failures_each_guess_at_an_account_from_one_network_waits_longer(server: Server) -> None:
    for _ in range(5):
        with pytest.raises(ForbiddenError, match="Wrong user name or password"):
            sign_in(server, "bob", "wrong", "192.0.2.1")
    waits: list[int] = []
    for _ in range(12):
        with pytest.raises(TooManyAttempts) as caught:
            sign_in(server, "Bob", PASSWORD, "192.0.2.1")
        waits.append(caught.value.seconds)
        server.clock.forward(waits[-1])
        with pytest.raises(ForbiddenError, match="Wrong user name or password"):
            sign_in(server, "bob", "wrong", "192.0.2.1")
    assert waits == [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900]
    server.clock.forward(900)
    assert sign_in(server, "bob", PASSWORD, "192.0.2.1").name == "bob"


def test_a_clock_that_was_ahead_shuts_nobody_out_and_forgets_no_failure(server: Server) -> None:
    server.clock.forward(365 * 86_400)
    for number in range(20):
        with pytest.raises(ForbiddenError):
            sign_in(server, f"name-{number}", "wrong", "192.0.2.1")
    for _ in range(5):
        with pytest.raises(ForbiddenError, match="Wrong user name or password"):
            sign_in(server, "bob", "wrong", "192.0.2.2")
    server.clock.forward(-365 * 86_400)
    assert sign_in(server, "bob", PASSWORD, "192.0.2.1").name == "bob"
    with pytest.raises(ForbiddenError, match="Wrong user name or password"):
        sign_in(server, "name-1", "wrong", "192.0.2.1")
    with pytest.raises(TooManyAttempts) as caught:
        sign_in(server, "name-1", "wrong", "192.0.2.1")
    assert caught.value.seconds == 2


def test_success_clears_the_failures_of_the_account(server: Server) -> None:
    for _ in range(3):
        for _ in range(4):
            with pytest.raises(ForbiddenError, match="Wrong user name or password"):
                sign_in(server, "bob", "wrong", "192.0.2.1")
        sign_in(server, "bob", PASSWORD, "192.0.2.1")


def test_after_twenty_failures_an_address_waits_whatever_the_name(server: Server) -> None:
    for number in range(20):
        with pytest.raises(ForbiddenError, match="Wrong user name or password"):
            sign_in(server, f"name-{number}", "wrong", "192.0.2.1")
    with pytest.raises(TooManyAttempts):
        sign_in(server, "bob", PASSWORD, "192.0.2.1")
    assert sign_in(server, "bob", PASSWORD, "192.0.2.2").name == "bob"


def test_an_own_account_does_not_clear_the_failures_of_an_address(server: Server) -> None:
    server.account("mallory")
    for number in range(20):
        with pytest.raises(ForbiddenError, match="Wrong user name or password"):
            sign_in(server, f"name-{number}", "wrong", "192.0.2.1")
        if number < 19:
            sign_in(server, "mallory", PASSWORD, "192.0.2.1")
    with pytest.raises(TooManyAttempts):
        sign_in(server, "mallory", PASSWORD, "192.0.2.1")


def test_one_holder_of_a_network_is_one_address(server: Server) -> None:
    for number in range(20):
        with pytest.raises(ForbiddenError, match="Wrong user name or password"):
            sign_in(server, f"name-{number}", "wrong", f"2001:db8::{number:x}")
    with pytest.raises(TooManyAttempts):
        sign_in(server, "bob", PASSWORD, "2001:db8::ffff")
    assert sign_in(server, "bob", PASSWORD, "2001:db8:0:1::1").name == "bob"


def test_the_page_and_the_script_say_how_long_to_wait(server: Server) -> None:
    browser, script = server.browser(), server.script()
    for _ in range(6):
        browser.look().send(username="bob", password="wrong")
        server.clock.forward(1)
    page = browser.allow()
    assert (page.status_code, page.headers["retry-after"]) == (429, "1")
    assert "Too many failed sign-ins. Try again in 1 second." in page.text
    answer = script.allow()
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "1")
    assert error_of(answer) == "Too many failed sign-ins. Try again in 1 second."


def test_the_counters_are_in_the_database(tmp_path: Path) -> None:
    with serving(tmp_path) as server:
        server.account()
        for _ in range(5):
            server.browser().look().send(username="bob", password="wrong")
    with serving(tmp_path) as server:
        assert server.browser().allow().status_code == 429


def test_signing_up_without_end_is_slowed_down_too(server: Server) -> None:
    def sign_up(name: str) -> accounts.Account:
        return server.do(lambda context: accounts.sign_up(context, name, PASSWORD, address="192.0.2.1"))

    for number in range(30):
        sign_up(f"name-{number}")
    with pytest.raises(TooManyAttempts):
        sign_up("one-more")


class Counting(PasswordHasher):
    """Counts the work; it is the same for `hash` and `verify`."""

    work = 0

    def hash(self, password: str | bytes, *, salt: bytes | None = None) -> str:
        self.work += 1
        return super().hash(password, salt=salt)

    def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:
        self.work += 1
        return super().verify(hash, password)


def test_an_unknown_name_costs_as_much_work_as_a_wrong_password(tmp_path: Path) -> None:
    hasher = Counting(time_cost=1, memory_cost=64, parallelism=1)
    with serving(tmp_path, hasher=hasher) as server:
        server.account()
        for name in ("bob", "nobody", "not a name", "\ud800"):
            before = hasher.work
            with pytest.raises(ForbiddenError, match="Wrong user name or password"):
                sign_in(server, name, "wrong \ud800", "192.0.2.1")
            assert hasher.work == before + 1


def test_state_comes_back_and_nothing_in_it_is_believed(server: Server) -> None:
    client_id = register(server)
    state = '"><script>&code=evil#x'
    form = server.browser().look(client_id, "code", state=state)
    assert "<script>&" not in form.page.text
    target = form.send(username="bob").headers["location"]
    assert query_of(target)["state"] == state
    assert query_of(target)["code"] != "evil"
