"""Imgur's embed snippet on another site, in Chromium: `/min/embed.js` puts our album or image in its place."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest
from site_support import Person, Site, picture

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser, Page

QUOTE = '<blockquote class="imgur-embed-pub" data-id="{id}"{more}><a href="//imgur.com/{id}">{id}</a></blockquote>'


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[tuple[str, dict[str, str]]]:
    """Another site, and its pages by path."""
    pages: dict[str, str] = {}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(f"<!doctype html><link rel=icon href=data:,><p>Look:{pages.get(self.path, '')}".encode())

        def log_message(self, *_: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", pages
        server.shutdown()
        thread.join()


@pytest.fixture
def blog(browser: Browser, shared_site: Site, elsewhere: tuple[str, dict[str, str]]) -> Iterator[Callable[..., Page]]:
    """Opens a page of another site with these snippets in it."""
    script = f'<script async src="{shared_site.settings.public_url}/min/embed.js" charset="utf-8"></script>'
    address, pages = elsewhere
    with browser.new_context(viewport={"width": 800, "height": 600}) as context:

        def open(*quotes: str, scripts: int = 1) -> Page:
            pages["/blog"] = "".join(quotes) + script * scripts
            page = context.new_page()
            page.set_default_timeout(15_000)
            page.goto(f"{address}/blog", wait_until="load")
            return page

        yield open


def quote(id: str, more: str = "") -> str:
    """Return Imgur's snippet without its script."""
    return QUOTE.format(id=id, more=more)


def test_albums_and_images_stand_where_their_quotations_stood(
    shared_site: Site, ann: Person, blog: Callable[..., Page]
) -> None:
    high, low = (shared_site.upload(picture(size=size), ann.bearer)["id"] for size in ((400, 900), (300, 50)))
    album = shared_site.post("/3/album", headers=ann.bearer, data={"title": "Kites", "ids[]": [high, low]}).json()
    page = blog(quote(f"a/{album['data']['id']}"), quote(low), scripts=2)
    page.wait_for_function("() => !document.querySelector('blockquote')")
    frames = page.locator("iframe").all()
    assert [frame.get_attribute("src") for frame in frames] == [
        f"{shared_site.settings.public_url}/a/{album['data']['id']}/embed",
        f"{shared_site.settings.public_url}/{low}/embed",
    ]
    page.wait_for_function("() => document.querySelector('iframe').offsetHeight > 900")
    inside = page.frame_locator("iframe").first
    assert inside.locator("h1").text_content() == "Kites"
    widths = inside.locator("img").evaluate_all("each => each.map(image => image.naturalWidth)")
    assert widths[0] == 400  # the second one may be loaded later, when it is scrolled to
    boxes = [frame.bounding_box() for frame in frames]
    assert [box and box["width"] for box in boxes] == [540, 540]
    assert boxes[1]
    assert 50 < boxes[1]["height"] < 300


def test_what_is_not_there_stays_a_quotation(shared_site: Site, ann: Person, blog: Callable[..., Page]) -> None:
    there = shared_site.upload(picture(), ann.bearer)["id"]
    page = blog(quote("a/nothing"), quote("../oauth2/authorize"), quote("javascript:alert(1)"), quote(there))
    page.wait_for_function("() => document.querySelectorAll('blockquote').length === 3")
    assert page.locator("iframe").count() == 2  # one of them empty, of no height
    assert page.locator("blockquote").all_text_contents() == ["a/nothing", "../oauth2/authorize", "javascript:alert(1)"]


def test_without_context_there_is_the_picture_alone(shared_site: Site, ann: Person, blog: Callable[..., Page]) -> None:
    id = shared_site.upload(picture(), ann.bearer, title="Kites", description="two of them")["id"]
    page = blog(quote(id, ' data-context="false"'))
    page.wait_for_function("() => !document.querySelector('blockquote')")
    inside = page.frame_locator("iframe")
    assert inside.locator("img").count() == 1
    assert (inside.locator("body").text_content() or "").strip() == ""


def test_no_other_frame_changes_its_height(shared_site: Site, ann: Person, blog: Callable[..., Page]) -> None:
    id = shared_site.upload(picture(), ann.bearer)["id"]
    page = blog(quote(id))
    page.wait_for_function("() => !document.querySelector('blockquote')")
    before = page.locator("iframe").bounding_box()
    page.evaluate("postMessage({ pyimgurHeight: 5000 }, '*')")
    page.evaluate("new Promise((resolve) => setTimeout(resolve))")
    assert page.locator("iframe").bounding_box() == before


def test_the_script_is_for_everybody(shared_site: Site) -> None:
    answer = shared_site.get("/min/embed.js")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/javascript; charset=utf-8")
    assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
    assert f'"{shared_site.settings.public_url}"' in answer.text
    through_relay = shared_site.get("/min/embed.js", headers={"X-Imgur-Links": "imgur"})
    assert '"https://imgur.com"' in through_relay.text
    assert "X-Imgur-Links" in answer.headers["vary"]
