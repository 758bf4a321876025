"""Pages of images and albums, for people and for programs that read meta tags; nothing is executed."""

from __future__ import annotations

import json
import re
from html import unescape
from typing import TYPE_CHECKING

import pytest
from gallery_support import submit
from site_support import ANONYMOUS, Person, Site, picture

from motion_support import film

if TYPE_CHECKING:
    from site_support import OpenWindow

KITE = "A kite & more"
EVIL = "<script>alert(1)</script>\"'>"


@pytest.fixture(scope="module")
def album(shared_site: Site, ann: Person) -> str:
    """An album of a small, a wide and a tall picture."""
    made = shared_site.post(
        "/3/album", headers=ann.bearer, data={"title": "Our <holiday>", "description": "By the sea"}
    )
    id: str = made.json()["data"]["id"]
    for size, title in (((60, 40), "small"), ((3000, 300), "wide"), ((200, 1500), "tall")):
        file = picture("PNG", size, "tomato")
        shared_site.upload(file, ann.bearer, album=id, title=title, description=f"line one\nof {title}")
    return id


def meta(text: str) -> dict[str, str]:
    return dict(re.findall(r'<meta (?:property|name)="([^"]+)" content="([^"]*)">', text))


def test_an_image_page(shared_site: Site) -> None:
    data = shared_site.upload(picture("PNG", (60, 40)), title="A title", description="Two words")
    answer = shared_site.get(f"/{data['id']}")
    assert answer.status_code == 200
    assert f'<img src="{data["link"]}" width="60" height="40" alt="A title">' in answer.text
    assert "<h1>A title</h1>" in answer.text
    found = meta(answer.text)
    assert found["og:title"] == "A title"
    assert found["og:description"] == found["description"] == "Two words"
    assert (found["og:image"], found["og:image:width"], found["og:image:height"]) == (data["link"], "60", "40")
    assert found["og:url"] == f"{shared_site.settings.public_url}/{data['id']}"


def test_an_album_page(shared_site: Site, album: str) -> None:
    answer = shared_site.get(f"/a/{album}")
    assert "<h1>Our &lt;holiday&gt;</h1>" in answer.text
    assert re.findall(r"<h2>(\w+)</h2>", answer.text) == ["small", "wide", "tall"]
    assert '3 images by <a href="/user/ann">ann</a>' in answer.text
    assert meta(answer.text)["og:title"] == "Our &lt;holiday&gt;"
    assert meta(answer.text)["og:image"].endswith(".png")
    assert shared_site.get(f"/a/our-holiday-{album}").text == answer.text
    assert shared_site.get(f"/a/{album}/").text == answer.text


def test_a_page_says_where_programs_find_how_to_show_it(shared_site: Site, ann: Person, album: str) -> None:
    post = submit(shared_site, ann, KITE)
    for path, title in ((f"/a/{album}", "Our <holiday>"), (f"/gallery/{post}", KITE), (f"/{post}", KITE)):
        [found] = re.findall(r'type="application/json\+oembed" href="([^"]+)"', shared_site.get(path).text)
        assert found.startswith(f"{shared_site.settings.public_url}/oembed?")
        assert shared_site.get(unescape(found)).json()["title"] == title


def test_a_video_is_previewed_with_a_player_and_a_picture(shared_site: Site) -> None:
    data = shared_site.upload(film())
    found = meta(shared_site.get(f"/{data['id']}").text)
    assert (found["og:video"], found["twitter:card"]) == (data["link"], "player")
    player = shared_site.get(found["twitter:player"])
    assert "frame-ancestors *" in player.headers["content-security-policy"]
    assert f'<video src="{data["link"]}"' in player.text
    assert shared_site.get(found["og:image"]).headers["content-type"] == "image/jpeg"


def test_an_empty_album_page(shared_site: Site) -> None:
    made = shared_site.post("/3/album", headers=ANONYMOUS).json()["data"]
    assert "This album has no images yet" in shared_site.get(f"/a/{made['id']}").text
    answer = shared_site.get(f"/a/{made['deletehash']}")
    assert answer.status_code == 404
    assert made["deletehash"] not in answer.text


@pytest.mark.parametrize("path", ["/nothing", "/a/nothing", "/a/", "/a/x/y", "/x/y", "/%00", "/3x"])
def test_nothing_there(shared_site: Site, path: str) -> None:
    answer = shared_site.get(path)
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "Page not found" in answer.text


def test_a_wrong_method_on_a_page(shared_site: Site) -> None:
    answer = shared_site.post("/a/nothing")
    assert answer.status_code == 405
    assert "GET" in answer.headers["allow"]


def test_the_front_page(shared_site: Site) -> None:
    assert shared_site.get("/").status_code == 200


def test_an_album_as_scrapers_look_for_it(shared_site: Site, album: str) -> None:
    """In a line of its page, also at the page's old address, and alone."""
    told = shared_site.get(f"/ajaxalbums/getimages/{album}/hit.json?all=true").json()["data"]
    shown = shared_site.get(f"/3/album/{album}/images", headers=ANONYMOUS).json()["data"]
    assert [told["count"], *(each["hash"] + each["ext"] for each in told["images"])] == [
        3,
        *(each["link"].rpartition("/")[2] for each in shown),
    ]
    for path in (f"/a/{album}", f"/a/{album}/layout/blog"):
        (line,) = re.findall(r"image\s*:\s*({.*}),", shared_site.get(path).text)
        assert json.loads(line)["album_images"] == told
    refused = shared_site.get("/ajaxalbums/getimages/nothing/hit.json")
    assert (refused.status_code, refused.json()["success"]) == (404, False)


def test_what_people_write_stays_text(shared_site: Site, ann: Person) -> None:
    made = shared_site.post("/3/album", headers=ann.bearer, data={"title": EVIL, "description": EVIL}).json()["data"]
    data = shared_site.upload(picture("PNG"), ann.bearer, album=made["id"], title=EVIL, description=EVIL)
    for path in (f"/a/{made['id']}", f"/{data['id']}"):
        answer = shared_site.get(path)
        assert "alert(1)" in answer.text
        assert "<script>" not in answer.text
        assert "</script>alert" not in answer.text
        assert "\"'>" not in answer.text


@pytest.mark.parametrize("path", ["/", "/nothing", "/a/nothing"])
def test_what_a_page_allows(shared_site: Site, path: str) -> None:
    headers = shared_site.get(path).headers
    policy = headers["content-security-policy"]
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
def test_a_browser_shows_the_pictures(
    open_window: OpenWindow, shared_site: Site, album: str, width: int, scheme: str
) -> None:
    page = open_window(viewport={"width": width, "height": 900}, color_scheme=scheme).new_page()
    page.goto(f"{shared_site.settings.public_url}/a/{album}")
    sizes: list[list[float]] = []
    for image in page.locator("figure img").all():
        image.scroll_into_view_if_needed()
        sizes.append(
            image.evaluate(
                "async each => { await each.decode(); const box = each.getBoundingClientRect();"
                " return [each.naturalWidth, each.naturalHeight, box.width, box.height] }"
            )
        )
    small, wide, tall = sizes
    assert small == [60, 40, 60, 40]
    assert wide[:2] == [3000, 300]
    assert wide[2] <= width
    assert wide[2] / wide[3] == pytest.approx(10, rel=0.02)
    assert tall == [200, 1500, 200, 1500]
    assert page.evaluate("document.documentElement.scrollWidth") <= width
