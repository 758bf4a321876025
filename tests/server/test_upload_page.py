"""The upload page: uploads from a browser, who may upload, and cross-site protection."""

from __future__ import annotations

import re
from base64 import b64encode
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from oauth_support import serving, text_of, tickets_in
from playwright.sync_api import expect
from site_support import PASSWORD, picture

from pyimgur.server.services import throttle
from pyimgur.server.settings import Credits, Limits

if TYPE_CHECKING:
    from pathlib import Path

    import httpx2
    from oauth_support import Server, Visitor
    from playwright.sync_api import Locator, Page
    from site_support import OpenWindow

EVIL = "<script>alert(1)</script>\"'>"


@pytest.fixture(scope="module")
def server_settings() -> dict[str, Any]:
    return {"limits": Limits(animation_bytes=100_000)}


def send(visitor: Visitor, file: bytes | None = None, name: str = "kite.png", **fields: str) -> httpx2.Response:
    """Open the form, send it, and go where that leads."""
    ticket = tickets_in(visitor.http.get("/upload"))[0]
    files = {"image": (name, picture() if file is None else file)}
    return visitor.http.post("/upload", data={"allow": ticket, **fields}, files=files, follow_redirects=True)


def test_anybody_uploads_to_an_open_server(server: Server) -> None:
    answer = send(server.browser(), title="A kite", description="Red\nand high")
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    http = server.site.http
    page, link, delete = (text_of(answer, id) for id in ("page", "link", "delete"))
    assert "<h1>A kite</h1>" in http.get(page).text
    assert http.get(link).content == picture()
    key = delete.rpartition("/")[2]
    assert key not in http.get(page).text
    asked = http.get(delete)
    ticket = tickets_in(asked)[0]
    http.post(delete, data={"allow": ticket}).raise_for_status()
    assert http.get(page).status_code == 404


def test_what_deletes_it_is_for_the_browser_that_sent_it(server: Server) -> None:
    browser, other = server.browser(), server.browser()
    one, two = send(browser), send(browser)
    key, path = text_of(one, "delete").rpartition("/")[2], one.url.path
    assert path == "/upload/" + text_of(one, "page").rpartition("/")[2]
    [cookie] = one.history[0].headers.get_list("set-cookie")
    assert {f"delete={key}", f"Path={path}", "Max-Age=600", "HttpOnly", "SameSite=strict"} <= set(cookie.split("; "))
    assert text_of(browser.http.get(path), "delete") == text_of(one, "delete") != text_of(two, "delete")
    for cookies in ({}, {"delete": "x" * 15}, {"delete": text_of(two, "delete").rpartition("/")[2]}):
        answer = other.http.get(path, headers={"cookie": "; ".join("=".join(each) for each in cookies.items())})
        assert (answer.status_code, answer.headers["location"]) == (302, text_of(one, "page"))
    assert browser.http.get("/upload/nothing").status_code == 404


def test_into_ones_account_with_the_password(server: Server) -> None:
    assert send(server.browser(), username="bob", password=PASSWORD).status_code == 200
    [row] = server.rows("image")
    [bob] = server.rows("account")
    assert bob[0] in row
    answer = send(server.browser(), username="bob", password="wrong", title="Kept title", description="Kept words")
    assert answer.status_code == 403
    assert "Wrong user name or password." in answer.text
    assert 'value="Kept title"' in answer.text
    assert "Kept words</textarea>" in answer.text
    assert "wrong" not in re.findall(r'value="([^"]*)"', answer.text)
    assert len(server.rows("image")) == 1


def test_guessing_passwords_here_slows_down_like_everywhere(server: Server) -> None:
    browser = server.browser()
    for _ in range(throttle.LOGIN_PER_ACCOUNT.free):
        assert send(browser, username="bob", password="wrong").status_code == 403
    assert send(browser, username="bob", password=PASSWORD).status_code == 429
    assert server.rows("image") == []


def test_a_closed_server_takes_pictures_of_its_people_only(tmp_path: Path) -> None:
    with serving(tmp_path, open=False, credits=Credits(uploads=3)) as server:
        server.account("bob")
        answer = send(server.browser())
        assert answer.status_code == 403
        assert "Only people with an account can upload here" in answer.text
        assert send(server.browser(), sign_up="1", username="eve", password=PASSWORD).status_code == 403
        assert server.rows("image") == []
        assert send(server.browser(), username="bob", password=PASSWORD).status_code == 200
        refused = send(server.browser(), username="bob", password=PASSWORD)  # the fourth in this hour
        assert refused.status_code == 429
        assert int(refused.headers["retry-after"]) > 0
        assert "<p>You are uploading too fast. Please wait" in refused.text
        assert len(server.rows("image")) == 1


@pytest.mark.parametrize(
    ("file", "status", "sentence"),
    [
        (b"", 400, "Choose an image or video first."),
        (b"<html><script>alert(1)</script>", 400, "The file was not accepted: the file is not an image or video"),
        (b"\x89PNG\r\n\x1a\n" + b"x" * 100, 400, "The file was not accepted:"),
        (b"\x89PNG\r\n\x1a\n" + b"x" * 200_000, 413, "file is over the size limit"),
    ],
)
def test_what_cannot_be_kept_is_said(server: Server, file: bytes, status: int, sentence: str) -> None:
    before = server.site.files()
    answer = send(server.browser(), file, title="Kept title")
    assert answer.status_code == status
    assert sentence in answer.text
    assert server.rows("image") == []
    assert server.site.files() == before


def test_an_address_instead_of_a_file_is_not_fetched(server: Server) -> None:
    browser = server.browser()
    ticket = tickets_in(browser.http.get("/upload"))[0]
    answer = browser.http.post("/upload", data={"allow": ticket, "image": f"{server.address}/removed.png"})
    assert answer.status_code == 400
    assert server.rows("image") == []


def test_another_site_cannot_send_it(server: Server) -> None:
    browser = server.browser()
    browser.http.headers["origin"] = "https://evil.example"
    answer = send(browser)
    assert answer.status_code == 403
    assert "This form was sent from another site" in answer.text
    assert server.rows("image") == []


def test_a_ticket_is_for_one_browser_one_purpose_and_one_use(server: Server) -> None:
    browser = server.browser()
    ticket = tickets_in(browser.http.get("/upload"))[0]
    assert send(server.browser(), allow=ticket).status_code == 403
    assert send(browser, allow=tickets_in(browser.http.get("/oauth2/password"))[0]).status_code == 403
    assert send(browser, allow=ticket).status_code == 200
    again = send(browser, allow=ticket)
    assert again.status_code == 403
    assert "if you have sent it before, that may have worked" in again.text
    assert len(server.rows("image")) == 1


def test_a_refused_file_uses_no_form_up(server: Server) -> None:
    """Refusals are free, so they must not fill the table of used forms."""
    browser = server.browser()
    form = tickets_in(browser.http.get("/upload"))[0]
    for file in (b"", b"no picture"):
        assert send(browser, file, allow=form).status_code == 400
    assert server.rows("consent_ticket") == []
    assert send(browser, allow=form).status_code == 200
    assert len(server.rows("consent_ticket")) == 1


def test_a_form_that_is_sent_many_times_at_once_is_one_picture(server: Server) -> None:
    browser, before = server.browser(), {*server.site.files()}
    form = tickets_in(browser.http.get("/upload"))[0]

    def post(_: int) -> int:
        return browser.http.post("/upload", data={"allow": form}, files={"image": ("a.png", picture())}).status_code

    with ThreadPoolExecutor(6) as threads:
        statuses = sorted(threads.map(post, range(6)))
    assert statuses == [303, *[403] * 5]
    assert len(server.rows("image")) == len(server.rows("consent_ticket")) == 1
    assert len({*server.site.files()} - before) == 1, "files of refused uploads are deleted"


def test_cookies_of_the_form_go_nowhere_else(server: Server) -> None:
    cookies = server.browser().http.get("/upload").headers.get_list("set-cookie")
    assert len(cookies) == 2
    for cookie in cookies:
        assert {"Path=/upload", "HttpOnly", "SameSite=lax"} <= set(cookie.split("; "))


def test_what_is_typed_in_stays_text(server: Server) -> None:
    for answer in (
        send(server.browser(), b"no picture", name=EVIL, title=EVIL, description=f"</textarea>{EVIL}", username=EVIL),
        send(server.browser(), name=EVIL + "\r\nX-Evil: 1", title=EVIL, description=EVIL),
    ):
        assert "<script>" not in answer.text
        assert answer.text.count("</textarea>") <= 1
        assert "x-evil" not in answer.headers


@pytest.mark.parametrize("scripts", [True, False])
def test_in_a_browser(server: Server, open_window: OpenWindow, scripts: bool) -> None:
    page = open_window(java_script_enabled=scripts).new_page()
    page.goto(f"{server.address}/")
    page.get_by_role("link", name="Upload").click()
    page.get_by_label("File").set_input_files({"name": "a.png", "mimeType": "image/png", "buffer": picture()})
    page.get_by_label("Title").fill("From a browser")
    page.get_by_role("button", name="Upload").click()
    page.get_by_role("heading", name="Uploaded").wait_for()
    delete = page.locator("#delete").text_content()
    page.reload()
    assert page.locator("#delete").text_content() == delete
    page.wait_for_function("[...document.images].every(image => image.naturalWidth)") if scripts else None
    page.get_by_role("link", name="View the page").click()
    page.get_by_role("heading", name="From a browser").wait_for()


PASTE = """([kind, data]) => {
    const pasted = new DataTransfer();
    if (kind === "text") pasted.setData("text/plain", data);
    else pasted.items.add(new File([Uint8Array.from(atob(data), (each) => each.charCodeAt(0))], kind));
    document.activeElement.dispatchEvent(new ClipboardEvent("paste", {clipboardData: pasted, bubbles: true}));
}"""
PASTE_FILES = """names => {
    const pasted = new DataTransfer();
    for (const name of names) pasted.items.add(new File(["x"], name));
    document.dispatchEvent(new ClipboardEvent("paste", {clipboardData: pasted, cancelable: true}));
}"""


def test_a_picture_is_pasted_and_pasted_words_leave_it_alone(server: Server, tab: Page) -> None:
    tab.goto(f"{server.address}/upload")
    tab.get_by_text("or paste it").wait_for()
    tab.get_by_label("Title").focus()
    tab.evaluate(PASTE, ["screen.png", b64encode(picture()).decode()])
    tab.evaluate(PASTE, ["text", "some words"])
    assert chosen(tab.get_by_label("File")) == ["screen.png"]
    tab.get_by_role("button", name="Upload").click()
    tab.get_by_role("heading", name="Uploaded").wait_for()
    assert server.site.http.get(tab.locator("#link").text_content() or "").content == picture()


def drop(page: Page, field: Locator, *files: Path) -> None:
    """Let go of files over a field, as from the desktop."""
    box = field.bounding_box()
    assert box
    held = {"items": [], "files": [str(file) for file in files], "dragOperationsMask": 1}
    devtools = page.context.new_cdp_session(page)
    for step in ("dragEnter", "dragOver", "drop"):
        devtools.send("Input.dispatchDragEvent", {"type": step, "x": box["x"] + 9, "y": box["y"] + 9, "data": held})


def test_of_several_pictures_the_first_is_taken_and_that_is_said(server: Server, tab: Page, tmp_path: Path) -> None:
    for name in ("b.png", "c.png", "d.png"):
        (tmp_path / name).write_bytes(picture())
    tab.goto(f"{server.address}/upload")
    field, said = tab.get_by_label("File"), tab.get_by_role("status")
    tab.evaluate(PASTE_FILES, ["a.png", "e.png"])
    expect(said).to_have_text("Only one file at a time: a.png was chosen from 2 files.")
    drop(tab, field, tmp_path / "c.png")
    expect(said).to_have_text("")
    assert chosen(field) == ["c.png"]
    drop(tab, field, tmp_path / "b.png", tmp_path / "c.png", tmp_path / "d.png")
    expect(said).to_have_text("Only one file at a time: b.png was chosen from 3 files.")
    assert chosen(field) == ["b.png"]
    field.set_input_files(tmp_path / "d.png")
    expect(said).to_have_text("")


def chosen(field: Locator) -> list[str]:
    """The names of the files in a field."""
    return field.evaluate("each => [...each.files].map(file => file.name)")
