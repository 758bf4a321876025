"""The pages in a real Chromium, as a person meets them; nothing on the console may complain."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Queue

import pytest
from gallery_support import submit
from oauth_support import Server, fragment_of, query_of
from playwright.sync_api import Browser, Page, expect
from site_support import PASSWORD, OpenWindow, picture

from pyimgur.server.services import accounts, applications, oauth_tokens


def consent(server: Server, response_type: str = "pin", client_id: str = "abc", state: str = "") -> str:
    return f"{server.address}/oauth2/authorize?client_id={client_id}&response_type={response_type}&state={state}"


def sign_in(tab: Page, name: str = "bob", password: str = PASSWORD) -> None:
    tab.get_by_label("User name").first.fill(name)
    tab.get_by_label("Password", exact=True).first.fill(password)
    tab.get_by_role("button", name="Allow", exact=True).click()


@contextmanager
def listening(answer: str = "Thank you, go back to the program.") -> Iterator[tuple[str, Queue[str]]]:
    """A program's own small web server on this machine: its address, and the paths that were asked for."""
    asked: Queue[str] = Queue()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.put(self.path)
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(f"<link rel=icon href='data:,'>{answer}".encode())  # so that no icon is asked for

        def log_message(self, *_: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listener:
        thread = threading.Thread(target=listener.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.server_port}", asked
        finally:
            listener.shutdown()
            thread.join()


def natural_sizes(tab: Page) -> list[list[int]]:
    """What the pictures on the page really are, once they are there; one that is broken has no size."""
    tab.wait_for_function("() => [...document.images].every(image => image.complete)")
    return tab.evaluate("() => [...document.images].map(image => [image.naturalWidth, image.naturalHeight])")


def test_the_main_job(empty_server: Server, tab: Page) -> None:
    tab.goto(consent(empty_server, client_id="Your%20applications%20client_id"))
    expect(tab.get_by_role("heading", level=1)).to_have_text("An unverified application wants to use your account")
    expect(tab.get_by_role("main")).to_contain_text("Your applications client_id")
    expect(tab.get_by_role("main")).to_contain_text(empty_server.address.removeprefix("http://"))

    tab.get_by_label("User name").first.fill("ann")
    tab.get_by_label("Password", exact=True).first.fill(PASSWORD)
    tab.get_by_role("button", name="Create and allow").click()
    pin = tab.locator("#pin").text_content() or ""
    assert re.fullmatch("[0-9a-f]{10}", pin)

    http = empty_server.site.http
    token = empty_server.script().token("pin", "Your applications client_id", pin=pin).raise_for_status().json()
    bearer = {"Authorization": f"Bearer {token['access_token']}"}
    album = http.post("/3/album", headers=bearer, data={"title": "Cool stuff!"}).json()["data"]["id"]
    for size in ((40, 30), (700, 300)):
        empty_server.site.upload(picture(size=size), headers=bearer, album=album)
    tab.goto(f"{empty_server.address}/a/{album}")
    expect(tab.get_by_role("heading", name="Cool stuff!")).to_be_visible()
    assert natural_sizes(tab) == [[40, 30], [700, 300]]


def test_refusing(server: Server, tab: Page) -> None:
    tab.goto(consent(server))
    tab.get_by_role("button", name="Deny").click()
    expect(tab.get_by_role("heading", name="Access denied")).to_be_visible()
    assert server.rows("grant_pin") == []


def test_the_code_flow_into_a_listener(server: Server, tab: Page) -> None:
    with listening() as (address, asked):
        client_id, secret = server.do(
            lambda context: applications.register(context, "Snapper", callback=f"{address}/back?x=1")
        )
        tab.goto(consent(server, "code", client_id, "a%20%26%20b"))
        expect(tab.get_by_role("heading", level=1)).to_have_text("Snapper wants to use your account")
        sign_in(tab)
        tab.wait_for_url(f"{address}/**")
        arrived = query_of(asked.get(timeout=15))
        assert (arrived["x"], arrived["state"]) == ("1", "a & b")
        assert server.script().token("authorization_code", client_id, secret, code=arrived["code"]).status_code == 200

        tab.goto(consent(server, "code", client_id, "S"))
        tab.get_by_role("button", name="Deny").click()
        tab.wait_for_url(f"{address}/**")
        assert query_of(asked.get(timeout=15)) == {"x": "1", "error": "access_denied", "state": "S"}
        assert asked.empty()


def test_two_tabs(server: Server, open_window: OpenWindow) -> None:
    window = open_window()
    one, two = window.new_page(), window.new_page()
    one.goto(consent(server, state="1"))
    two.goto(consent(server, state="2"))
    sign_in(one, password="wrong password")
    expect(one.get_by_role("alert")).to_have_text("Wrong user name or password.")
    sign_in(two)
    expect(two.locator("#pin")).to_be_visible()
    sign_in(one)
    expect(one.locator("#pin")).to_be_visible()


def test_a_token_without_a_callback_waits_in_the_address(server: Server, open_window: OpenWindow) -> None:
    account = server.do(lambda context: accounts.find_by_name(context, "bob"))
    assert account is not None
    window = open_window(permissions=["clipboard-read", "clipboard-write"])
    tab = window.new_page()
    tab.goto(consent(server, "token", state="S"))
    sign_in(tab)
    tab.wait_for_url("**/oauth2/complete?state=S#**")
    token = fragment_of(tab.url)
    found = server.do(lambda context: oauth_tokens.find_bearer(context, token["access_token"]))
    assert found == oauth_tokens.Bearer(account.id, "bob", "abc")
    tab.get_by_role("button", name="Copy the URL").click()
    expect(tab.get_by_role("status")).to_have_text("Copied.")
    assert tab.evaluate("navigator.clipboard.readText()") == tab.url


PLACES = """selector => [...document.querySelectorAll(selector)].map(line => [...line.childNodes]
    .map(node => { const part = document.createRange(); part.selectNode(node); return part.getBoundingClientRect(); })
    .filter(box => box.width > 1).map(box => box.x))"""
"""Where the parts of each line begin, from the left."""


def test_what_people_write_turns_round_nothing_beside_it(server: Server, tab: Page) -> None:
    """Neither what runs from right to left, nor what says so of all that follows and ends an isolate."""
    ann, turned = server.site.person("ann"), "\u2069\u202eturned"
    id = submit(server.site, ann, turned, section=turned, tags=turned)
    said = {"image_id": id, "comment": turned}
    server.site.post("/3/comment", headers=ann.bearer, data=said).raise_for_status()
    tab.goto(f"{server.address}/gallery/{id}")
    in_line, of_comment = tab.evaluate(PLACES, "p.meta:has(a)")
    assert (len(in_line), len(of_comment)) == (6, 3)
    assert [in_line, of_comment] == [sorted(in_line), sorted(of_comment)]

    client_id = server.do(lambda context: applications.register(context, "\u05d0\u05d1", callback=None))[0]
    tab.goto(consent(server, client_id=client_id))
    ((name, wants),) = tab.evaluate(PLACES, "h1")
    assert name < wants


@pytest.mark.parametrize(("response_type", "button"), [("pin", "Copy the pin"), ("code", "Copy the code")])
def test_a_button_copies_it(server: Server, open_window: OpenWindow, response_type: str, button: str) -> None:
    window = open_window(permissions=["clipboard-read", "clipboard-write"])
    tab = window.new_page()
    tab.goto(consent(server, response_type))
    sign_in(tab)
    tab.get_by_role("button", name=button).click()
    expect(tab.get_by_role("status")).to_have_text("Copied.")
    assert tab.evaluate("navigator.clipboard.readText()") == tab.locator(f"#{response_type}").text_content()


def test_it_works_without_scripts(empty_server: Server, open_window: OpenWindow) -> None:
    window = open_window(java_script_enabled=False)
    tab = window.new_page()
    tab.goto(consent(empty_server))
    tab.get_by_label("User name").first.fill("ann")
    tab.get_by_label("Password", exact=True).first.fill(PASSWORD)
    tab.get_by_role("button", name="Create and allow").click()
    expect(tab.locator("#pin")).to_be_visible()
    expect(tab.get_by_role("button")).to_have_count(0)


FOCUSED = """() => {
    const at = document.activeElement;
    return [at.ariaLabel || at.labels?.[0]?.textContent || at.textContent, getComputedStyle(at).outlineStyle];
}"""


def test_it_works_by_keyboard_and_enter_allows(server: Server, tab: Page) -> None:
    tab.goto(consent(server))
    tab.get_by_role("link", name="revoke its access").focus()
    met: list[list[str]] = []
    for _ in range(6):
        tab.keyboard.press("Tab")
        met.append(tab.evaluate(FOCUSED))
    names = ["User name", "Password", "Show password", "Allow", "Deny", "New here? Create an account"]
    assert met == [[name, "solid"] for name in names]
    tab.get_by_label("User name").first.focus()
    tab.keyboard.type("bob")
    tab.keyboard.press("Tab")
    tab.keyboard.type(PASSWORD)
    tab.keyboard.press("Enter")
    expect(tab.locator("#pin")).to_be_visible()


def test_the_password_can_be_shown_and_hidden(server: Server, tab: Page) -> None:
    tab.goto(consent(server))
    field, button = tab.locator("#in-password"), tab.get_by_role("button", name="Show password").first
    field.fill("secret")
    button.click()
    expect(field).to_have_attribute("type", "text")
    button.click()
    expect(field).to_have_attribute("type", "password")


def test_password_managers_know_what_the_fields_are(server: Server, tab: Page) -> None:
    tab.goto(consent(server))
    tab.get_by_text("New here? Create an account").click()
    fields = tab.locator("input:visible")
    assert [field.get_attribute("autocomplete") for field in fields.all()] == [
        "username",
        "current-password",
        "username",
        "new-password",
    ]


def test_a_name_that_is_taken_is_said_beside_the_field(server: Server, tab: Page) -> None:
    tab.goto(consent(server))
    tab.get_by_text("New here? Create an account").click()
    tab.locator("#up-name").fill("Bob")
    tab.locator("#up-password").fill(PASSWORD)
    tab.get_by_role("button", name="Create and allow").click()
    expect(tab.get_by_role("alert")).to_have_text("The name Bob is taken. Choose another.")
    expect(tab.locator("#up-name")).to_have_value("Bob")
    expect(tab.locator("#up-password")).to_have_value("")
    tab.locator("#up-name").fill("carol")
    tab.locator("#up-password").fill(PASSWORD)
    tab.get_by_role("button", name="Create and allow").click()
    expect(tab.locator("#pin")).to_be_visible()


def test_registering_an_application(server: Server, open_window: OpenWindow) -> None:
    window = open_window(permissions=["clipboard-read", "clipboard-write"])
    tab = window.new_page()
    tab.goto(f"{server.address}/oauth2/addclient")
    tab.get_by_label("Name of the application").fill("Snapper")
    tab.get_by_label("Callback URL").fill("http://127.0.0.1/back")
    tab.get_by_label("User name").fill("bob")
    tab.get_by_label("Password", exact=True).fill(PASSWORD)
    tab.get_by_role("button", name="Register").click()
    client_id = tab.locator("#client_id").text_content() or ""
    tab.get_by_role("button", name="Copy secret").click()
    expect(tab.get_by_role("status")).to_have_text("Copied.")
    assert tab.evaluate("navigator.clipboard.readText()") == tab.locator("#client_secret").text_content()
    tab.goto(consent(server, "code", client_id))
    expect(tab.get_by_role("heading", level=1)).to_have_text(
        "An unverified application that calls itself Snapper wants to use your account"
    )


def test_ending_what_an_application_may_do(server: Server, open_window: OpenWindow) -> None:
    token = server.browser().authorized("abc")
    window = open_window()
    asking = window.new_page()
    asking.goto(consent(server))
    with window.expect_page() as opened:
        asking.get_by_role("link", name="revoke its access").click()
    tab = opened.value
    tab.get_by_label("User name").fill("bob")
    tab.get_by_label("Password", exact=True).fill(PASSWORD)
    tab.get_by_role("button", name="Sign in").click()
    tab.get_by_role("button", name="Revoke").click()
    expect(tab.get_by_role("status")).to_have_text("abc no longer has access to your account.")
    expect(tab.get_by_role("button", name="Revoke")).to_have_count(0)
    assert server.do(lambda context: oauth_tokens.find_bearer(context, token["access_token"])) is None
    sign_in(asking)
    expect(asking.locator("#pin")).to_be_visible()


def test_another_site_can_neither_frame_nor_send_the_form(server: Server, browser: Browser) -> None:
    there = consent(server)
    evil = (
        f"<iframe src='{there}'></iframe><form method=post action='{there}'><input name=allow value=x>"
        f"<input name=username value=bob><input name=password value='{PASSWORD}'><button>A prize!</button></form>"
    )
    with browser.new_context() as window, listening(evil) as (address, _):
        tab = window.new_page()
        with tab.expect_console_message(lambda message: "frame-ancestors 'none'" in message.text):
            tab.goto(address.replace("127.0.0.1", "localhost"))
        tab.get_by_role("button", name="A prize!").click()
        expect(tab.get_by_role("main")).to_contain_text("This form was sent from another site")
    assert server.rows("grant_pin") == []


PAGES: dict[str, Callable[[Server, Page], object]] = {
    "consent": lambda server, tab: tab.goto(consent(server)),
    "pin": lambda server, tab: (tab.goto(consent(server)), sign_in(tab), tab.wait_for_selector("#pin")),
    "code": lambda server, tab: (tab.goto(consent(server, "code")), sign_in(tab), tab.wait_for_selector("#code")),
    "addclient": lambda server, tab: tab.goto(f"{server.address}/oauth2/addclient"),
    "password": lambda server, tab: tab.goto(f"{server.address}/oauth2/password"),
    "complete": lambda server, tab: tab.goto(f"{server.address}/oauth2/complete"),
    "error": lambda server, tab: tab.goto(f"{server.address}/oauth2/authorize"),
}


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("width", [320, 1280])
def test_no_page_is_wider_than_the_window(server: Server, open_window: OpenWindow, name: str, width: int) -> None:
    window = open_window(viewport={"width": width, "height": 700})
    tab = window.new_page()
    PAGES[name](server, tab)
    assert tab.evaluate("document.documentElement.scrollWidth") <= width
