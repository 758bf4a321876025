"""Pages of the gallery and of users: what a visitor without an account sees."""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from gallery_support import post, submit, submit_album
from site_support import Person, Site, picture

from pyimgur.server.pages import gallery as pages_of_gallery
from pyimgur.server.pages import view_models
from pyimgur.server.services import gallery

if TYPE_CHECKING:
    from collections.abc import Iterator

    from site_support import NewSite, OpenWindow

OTHER_SCRIPT = r'<script(?! src="/static/frame\.js)'
"""Any but that by which an embed tells how high it is."""
EVIL = "<script>alert(1)</script>\"'>"
RTL_OVERRIDE = "\u202egnp.exe"


def look(site: Site, path: str, status: int = 200) -> str:
    """The page, without its line breaks."""
    answer = site.get(path)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    return " ".join(answer.text.split())


def listed(site: Site, path: str) -> list[str]:
    """The ids of the posts on a page, in their order."""
    return re.findall(r'<li class="post-card"> <a href="/gallery/(\w+)">', look(site, path))


def say(site: Site, who: Person, id: str, text: str, parent: int | None = None) -> int:
    more = {} if parent is None else {"parent_id": str(parent)}
    return post(site, "/3/comment", who, image_id=id, comment=text, **more)["id"]


# ---- lists


def test_the_front_page_is_the_gallery(site: Site) -> None:
    assert "No public posts from this time." in look(site, "/")
    ann = site.person("ann")
    first = submit(site, ann, "The first")
    site.clock.forward(60)
    second = submit_album(site, ann, "The second", pictures=3)
    text = look(site, "/")
    assert listed(site, "/") == listed(site, "/gallery") == listed(site, "/gallery/") == [second, first]
    assert '<span class="badge">3 images</span>' in text
    assert "1 point, 0 comments" in text
    assert f'src="{site.settings.public_url}/{first}m.jpg"' in text


def test_sections_orders_and_windows(site: Site) -> None:
    ann, bob = site.person("ann"), site.person("bob")
    old = submit(site, ann, "old and liked")
    post(site, f"/3/gallery/{old}/vote/up", bob)
    site.clock.forward(10 * gallery.DAY)
    new = submit(site, ann, "new")
    sunk = submit(site, bob, "sunk")
    for who in (ann, bob):
        post(site, f"/3/gallery/{sunk}/vote/down", who)
    assert set(listed(site, "/")) == {old, new}
    assert set(listed(site, "/?section=user")) == {old, new, sunk}
    assert listed(site, "/?sort=time") == [new, old]
    assert listed(site, "/?sort=top&window=all") == [old, new]
    assert listed(site, "/?section=top") == [new, sunk]
    assert listed(site, "/?section=top&window=month") == [old, new, sunk]
    assert listed(site, "/?section=nonsense&sort=x&window=y&page=z") == listed(site, "/")


def test_the_ways_on_a_list_lead_where_they_say(site: Site) -> None:
    submit(site, site.person("ann"), "one")
    text = look(site, "/?section=top&window=week")
    ways = [unescape(way) for way in re.findall(r'href="(/\?[^"]*)"', text)]
    assert "/?section=top&sort=top&window=month" in ways
    assert re.findall(r'aria-current="\w+">([\w ]+)<', text) == ["Highest scoring", "This week"]
    for way in ways:
        look(site, way)


def test_pages_of_a_list(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    ann = site.person("ann")
    image = picture("PNG", (8, 8))
    made = [submit(site, ann, str(number), image) for number in range(gallery.PAGE + 1)]
    first, second = listed(site, "/?sort=time"), listed(site, "/?sort=time&page=1")
    assert [*first, *second] == made[::-1]
    assert 'href="/?section=hot&amp;sort=time&amp;page=1" rel="next"' in look(site, "/?sort=time")
    text = look(site, "/?sort=time&page=1")
    assert 'href="/?section=hot&amp;sort=time" rel="prev"' in text
    assert 'rel="next"' not in text
    assert "There are no more." in look(site, "/?page=999999")


def test_a_tag(shared_site: Site, ann: Person) -> None:
    tagged = submit(shared_site, ann, "tagged", tags="Red Kite")
    assert listed(shared_site, "/t/red_kite") == listed(shared_site, "/t/Red Kite/") == [tagged]
    assert "<h1>red kite</h1>" in look(shared_site, "/t/red_kite")
    assert "Page not found" in look(shared_site, "/t/nobody_says_this", 404)


def test_a_subreddit(shared_site: Site, ann: Person) -> None:
    shown = submit(shared_site, ann, "shown", section="Harbours")
    assert listed(shared_site, "/r/harbours") == listed(shared_site, "/r/Harbours/") == [shown]
    assert listed(shared_site, "/r/empty") == []
    assert '<a href="/r/Harbours">r/Harbours</a>' in look(shared_site, f"/gallery/{shown}")


def test_a_search(shared_site: Site, ann: Person) -> None:
    found = submit(shared_site, ann, "Quicksilver lake", description="x")
    assert listed(shared_site, "/search?q=quicksilver") == [found]
    assert listed(shared_site, "/search/time/all?q=title:quicksilver") == [found]
    assert listed(shared_site, "/search?q_all=quicksilver&q_type=png") == [found]
    assert "No posts have these words" in look(shared_site, "/search?q=nobodysaysthis")
    assert "How to search" in look(shared_site, "/search")
    text = look(shared_site, "/search?q=%22%3E%3Cscript%3Ealert(1)%3C/script%3E quicksilver")
    assert "<script" not in text
    assert 'value="&#34;&gt;&lt;script&gt;' in text


# ---- one post


def test_a_post(shared_site: Site, ann: Person) -> None:
    id = submit_album(shared_site, ann, "Four views", pictures=4, description="From the hill")
    post(shared_site, f"/3/gallery/tags/{id}", ann, tags="hill,long walk")
    text = look(shared_site, f"/gallery/{id}")
    assert "<h1>Four views</h1>" in text
    assert "From the hill" in text
    assert text.count("<figure") == 4
    assert '<a href="/user/ann">ann</a>' in text
    assert re.findall(r'href="/t/(\w+)"', text) == ["hill", "long_walk"]
    assert "1 point, 0 favorites" in text
    assert f'<link rel="canonical" href="{shared_site.settings.public_url}/gallery/{id}">' in text


@pytest.mark.parametrize(
    "form", ["gallery/{}", "gallery/four-views-{}", "gallery/{}/", "t/hill/{}", "t/hill/x-{}", "r/sub/{}", "topic/x/{}"]
)
def test_every_way_to_name_a_post(shared_site: Site, ann: Person, form: str) -> None:
    id = submit(shared_site, ann, "Named in many ways")
    assert "<h1>Named in many ways</h1>" in look(shared_site, "/" + form.format(id))


def test_every_way_to_name_a_picture_and_an_album(shared_site: Site, ann: Person) -> None:
    image = shared_site.upload(picture(), ann.bearer, title="A kite")["id"]
    made = shared_site.post("/3/album", headers=ann.bearer, data={"title": "Kites", "ids[]": [image]}).json()["data"]
    for path in (f"/{image}", f"/red-kite-{image}", f"/{image}/embed", f"/red-kite-{image}/embed"):
        assert "A kite" in look(shared_site, path)
    for path in (f"/a/{made['id']}", f"/a/two-kites-{made['id']}", f"/a/{made['id']}/embed"):
        assert "Kites" in look(shared_site, path)


def test_an_album_is_seen_as_a_post_too(site: Site) -> None:
    id = submit_album(site, site.person("ann"))
    for path in (f"/gallery/{id}", f"/a/{id}", f"/a/{id}/embed"):
        look(site, path)
        site.request("HEAD", path)
    assert site.context.view_counter.albums == {id: 3}


def test_comments_stand_as_a_tree(shared_site: Site, ann: Person, bob: Person) -> None:
    id = submit(shared_site, ann, "Discussed")
    first = say(shared_site, bob, id, "Where is this?")
    answer = say(shared_site, ann, id, "In the north.", first)
    say(shared_site, bob, id, "Thank you, see http://example.org/a?b=1&c=2 too", answer)
    say(shared_site, bob, id, "Unrelated")
    post(shared_site, f"/3/comment/{first}/vote/up", ann)
    text = look(shared_site, f"/gallery/{id}")
    assert "4 comments" in text
    words = ["Where is this?", "In the north.", "Thank you, see", "Unrelated"]
    assert sorted(words, key=text.index) == words
    inner = text[text.index(f'<li id="comment-{first}">') : text.index("Unrelated")]
    assert inner.count('<ul class="thread">') == 2
    assert '<a href="http://example.org/a?b=1&amp;c=2" rel="nofollow noopener ugc">' in inner
    newest = look(shared_site, f"/gallery/{id}?sort=new")
    assert newest.index("Unrelated") < newest.index("Where is this?")


def test_a_deleted_comment_keeps_its_place_and_nothing_else(shared_site: Site, ann: Person, bob: Person) -> None:
    id = submit(shared_site, ann, "Regretted")
    gone = say(shared_site, bob, id, "I should not say this")
    say(shared_site, ann, id, "An answer", gone)
    shared_site.delete(f"/3/comment/{gone}", headers=bob.bearer).raise_for_status()
    text = look(shared_site, f"/gallery/{id}")
    assert "[deleted]" in text
    assert "should not" not in text
    assert "/user/bob" not in text
    assert "should not" not in look(shared_site, "/user/bob/comments")


def test_the_deepest_answers_are_shown(shared_site: Site, ann: Person) -> None:
    id, parent = submit(shared_site, ann, "Deep"), None
    for depth in range(51):
        parent = say(shared_site, ann, id, f"depth {depth}", parent)
    assert "depth 50" in look(shared_site, f"/gallery/{id}")


def test_comments_come_in_pages(shared_site: Site, ann: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages_of_gallery, "COMMENTS_PER_PAGE", 2)
    id = submit(shared_site, ann, "Much discussed")
    said = [say(shared_site, ann, id, f"number {number}") for number in range(3)]
    say(shared_site, ann, id, "an answer", said[2])
    first, second = (look(shared_site, f"/gallery/{id}?sort=new{more}") for more in ("", "&page=1"))
    assert "4 comments" in first
    assert [f"number {number}" in first for number in range(3)] == [False, True, True]
    assert "an answer" in first
    assert f'href="/gallery/{id}?sort=new&amp;page=1#comments" rel="next"' in first
    assert "number 0" in second
    assert "number 1" not in second
    assert f'href="/gallery/{id}?sort=new#comments" rel="prev"' in second
    assert 'rel="next"' not in second
    assert "There are no more." in look(shared_site, f"/gallery/{id}?page=9")


def test_a_comment_has_an_address_of_its_own(shared_site: Site, ann: Person, bob: Person) -> None:
    id, other = submit(shared_site, ann, "One"), submit(shared_site, ann, "Another")
    first = say(shared_site, bob, id, "What is it?")
    answer = say(shared_site, ann, id, "A boat.", first)
    say(shared_site, bob, id, "Beside it")
    text = look(shared_site, f"/gallery/{id}/comment/{first}")
    assert "What is it?" in text
    assert "A boat." in text
    assert "Beside it" not in text
    assert f'href="/gallery/{id}#comments">Show all comments' in text
    assert "What is it?" not in look(shared_site, f"/gallery/{id}/comment/{answer}")
    for wrong in (f"{other}/comment/{first}", f"{id}/comment/0", f"{id}/comment/x", f"{id}/comment/{10**30}"):
        look(shared_site, f"/gallery/{wrong}", 404)
    shared_site.delete(f"/3/comment/{answer}", headers=ann.bearer).raise_for_status()
    look(shared_site, f"/gallery/{id}/comment/{answer}", 404)
    assert "A boat." not in look(shared_site, f"/gallery/{id}/comment/{first}")


LINKS = {
    "see https://example.org/a.": "https://example.org/a",
    "(http://example.org/a?b=1&c=2)": "http://example.org/a?b=1&c=2",
    "www.example.org, and more": "https://www.example.org",
    'https://example.org/"onmouseover="x': "https://example.org/",
    "http://xn--bcher-kva.example/ü": "http://xn--bcher-kva.example/ü",
}
NO_LINKS = ["javascript:alert(1)", "http://", "https:// x", "data:text/html,x", "awww.example.org", "ftp://a/b"]


@pytest.mark.parametrize("text", LINKS)
def test_an_address_in_a_text_is_a_link(text: str) -> None:
    made = view_models.linkify(text)
    assert [unescape(target) for target in re.findall(r'<a href="([^"]*)"', made)] == [LINKS[text]]
    assert unescape(re.sub("<[^>]*>", "", made)) == text


@pytest.mark.parametrize("text", NO_LINKS)
def test_anything_else_is_text(text: str) -> None:
    assert "<" not in view_models.linkify(text)


# ---- people


def test_a_person(shared_site: Site, ann: Person, bob: Person) -> None:
    shown = submit(shared_site, bob, "by bob")
    post(shared_site, f"/3/image/{shown}/favorite", ann)
    comment = say(shared_site, bob, shown, "my own words")
    shared_site.put("/3/account/me/settings", headers=bob.bearer, data={"bio": "Sails.\nwww.example.org"})
    text = look(shared_site, "/user/BOB")
    assert "<h1>bob</h1>" in text
    assert 'href="https://www.example.org" rel="nofollow noopener ugc"' in text
    assert "Neutral" in text
    for path in ("/user/bob", "/user/bob/", "/user/bob/posts", "/user/bob/submitted", "/user/ann/favorites"):
        assert shown in listed(shared_site, path)
    said = look(shared_site, "/user/bob/comments?sort=oldest")
    assert "my own words" in said
    assert f'href="/gallery/{shown}/comment/{comment}"' in said
    assert shared_site.get("/user/bob/avatar?maxwidth=290").headers["content-type"] == "image/png"
    assert shared_site.get("/user/bob/cover?maxwidth=2560").headers["content-type"] == "image/png"


def test_who_did_nothing_yet(shared_site: Site) -> None:
    shared_site.person("idle")
    assert "No public posts yet" in look(shared_site, "/user/idle")
    assert "No favorites in the gallery yet" in look(shared_site, "/user/idle/favorites")
    assert "No comments yet" in look(shared_site, "/user/idle/comments")


def test_the_account_page_leads_to_what_can_be_changed(shared_site: Site) -> None:
    for path in ("/account", "/account/settings/"):
        for way in re.findall(r'href="(/oauth2/\w+)"', look(shared_site, path)):
            look(shared_site, way)
    assert shared_site.get("/account/settings/apps").headers["location"] == "/oauth2/applications"
    assert shared_site.get("/account/settings/password").headers["location"] == "/oauth2/password"
    look(shared_site, "/account/settings/nonsense", 404)


# ---- what nobody sees


def test_private_things_are_on_no_page(site: Site) -> None:
    ann, bob = site.person("ann"), site.person("bob")
    loose = site.upload(picture(), ann.bearer, title="a loose picture")
    hidden = site.post("/3/album", headers=ann.bearer, data={"title": "hidden one", "privacy": "hidden"}).json()["data"]
    secret = site.post("/3/album", headers=ann.bearer, data={"title": "secret one", "privacy": "secret"}).json()["data"]
    for id in (f"image/{loose['id']}", f"album/{hidden['id']}", f"album/{secret['id']}"):
        post(site, f"/3/{id}/favorite", ann)
    shown = submit(site, ann, "shown")
    pages = ["/", "/?section=user", "/user/ann", "/user/ann/favorites", "/search?q=one", f"/gallery/{shown}"]
    for text in (look(site, path) for path in pages):
        for private in (loose, hidden, secret):
            assert private["id"] not in text
            assert private["deletehash"] not in text
        assert not re.search("a loose picture|hidden one|secret one", text)
    for path in (f"/gallery/{loose['id']}", f"/a/{secret['id']}", f"/a/{secret['id']}/embed", f"/t/x/{secret['id']}"):
        assert "Page not found" in look(site, path, 404)
    post(site, f"/3/gallery/{shown}/vote/up", bob)
    assert "bob" not in look(site, f"/gallery/{shown}")


def test_what_is_for_adults_is_in_no_list_and_folded_away(site: Site) -> None:
    ann = site.person("ann")
    id = submit(site, ann, "for adults", mature="1", tags="art", section="art")
    for path in ("/", "/?section=user", "/t/art", "/r/art", "/search?q=adults"):
        assert listed(site, path) == []
    assert f"{id}m.jpg" not in look(site, "/user/ann")
    text = look(site, f"/gallery/{id}")
    assert text.index("<summary>") < text.index("<figure")
    assert "og:image" not in text


def test_a_post_that_was_taken_out_of_the_gallery(site: Site) -> None:
    ann = site.person("ann")
    id = submit(site, ann, "taken back")
    site.delete(f"/3/gallery/{id}", headers=ann.bearer).raise_for_status()
    assert listed(site, "/user/ann") == []
    look(site, f"/gallery/{id}", 404)
    look(site, f"/{id}")


# ---- what people write


def test_what_people_write_stays_text(new_site: NewSite) -> None:
    site = new_site()
    ann = site.person("ann")
    made = site.upload(picture(), ann.bearer, title=EVIL, description=EVIL)["id"]
    post(site, f"/3/gallery/image/{made}", ann, title=EVIL, tags=EVIL, section=EVIL)
    say(site, ann, made, f"{EVIL} javascript:alert(1) http://x.example/'onmouseover='alert(1)")
    say(site, ann, made, 'http://x.example/"onmouseover="alert(1)')
    site.put("/3/account/me/settings", headers=ann.bearer, data={"bio": EVIL})
    pages = ["/", "/user/ann", "/user/ann/comments", "/search?q=alert", f"/gallery/{made}", f"/{made}/embed"]
    pages += ["/t/scriptalert1script", "/r/" + "%3Cscript%3E", "/r/%22onload=%22x"]
    for path in pages:
        text = look(site, path)
        assert not re.search(OTHER_SCRIPT, text)
        assert not re.search(r"""<[^>]*["']\s*on\w+=""", text)
        assert 'href="javascript' not in text


@pytest.mark.parametrize(
    "path",
    [
        *(
            "/gallery/nothing",
            "/gallery/%00",
            "/gallery/a/b/c",
            "/t/%00",
            "/t/x/%ff",
            "/r/..%2f..%2fetc",
            "/r/%0d%0aA:b",
        ),
        *("/user/%00", "/user/nobody", "/user/..", "/user/ann/nonsense", "/topic/x", "/topic/x/y", "/nothing/embed"),
        *("/a/nothing/embed", "/a/nothing/zip", "/search/a/b/c/d", "/user/" + "x" * 300, "/gallery/" + "-" * 300),
    ],
)
def test_strange_addresses_are_answered_quietly(shared_site: Site, path: str) -> None:
    answer = shared_site.get(path)
    assert answer.status_code in (200, 404)
    assert set(answer.headers) == set(shared_site.get("/nothing").headers)


def test_addresses_with_lone_surrogates_and_nulls_in_the_query(shared_site: Site) -> None:
    for query in ("?q=%ed%a0%80", "?q=%00", "?page=" + "9" * 400, "?q=" + "(" * 900, "?sort=%00", "?q=" + '"' * 999):
        for path in ("/search", "/", "/t/hill", "/user/nobody"):
            assert shared_site.get(path + query).status_code in (200, 404)


@pytest.mark.parametrize("path", ["/", "/search", "/account", "/nothing/embed"])
def test_nobody_else_may_frame_a_page(shared_site: Site, path: str) -> None:
    assert "frame-ancestors 'none'" in shared_site.get(path).headers["content-security-policy"]


def test_an_embed_may_stand_anywhere_and_do_nothing(shared_site: Site, ann: Person) -> None:
    id = shared_site.upload(picture(), ann.bearer, title="framed")["id"]
    answer = shared_site.get(f"/{id}/embed")
    assert "frame-ancestors *" in answer.headers["content-security-policy"]
    assert not re.search(f"<form|{OTHER_SCRIPT}|<input|<button", answer.text)
    assert "set-cookie" not in answer.headers


# ---- in a browser


@pytest.fixture(scope="module")
def lively(shared_site: Site, ann: Person, bob: Person) -> Iterator[str]:
    """A post with everything on it that could be too wide."""
    id = submit_album(shared_site, ann, "W" * 128, pictures=2, description="d" * 400)
    post(shared_site, f"/3/gallery/tags/{id}", ann, tags="t" * 64)
    parent = None
    for depth in range(9):
        parent = say(shared_site, bob, id, "w" * 300 if depth % 2 else f"{RTL_OVERRIDE} مرحبا", parent)
    return id


@pytest.mark.parametrize(("width", "scheme"), [(320, "dark"), (1280, "light")])
def test_pages_fit_the_window_and_load_whole(
    open_window: OpenWindow, shared_site: Site, lively: str, width: int, scheme: str
) -> None:
    page = open_window(viewport={"width": width, "height": 800}, color_scheme=scheme).new_page()
    for path in ("/", f"/gallery/{lively}", "/user/bob/comments", "/user/ann", "/search?q=w", f"/a/{lively}/embed"):
        page.goto(f"{shared_site.settings.public_url}{path}", wait_until="networkidle")
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path


def test_a_visitor_walks_around_without_scripts(open_window: OpenWindow, shared_site: Site, lively: str) -> None:
    page = open_window(java_script_enabled=False).new_page()
    page.goto(f"{shared_site.settings.public_url}/?section=user&sort=time")
    page.get_by_role("link", name="W" * 128).click()
    assert urlsplit(page.url).path == f"/gallery/{lively}"
    page.get_by_role("article").get_by_role("link", name="ann").click()
    assert urlsplit(page.url).path == "/user/ann"
    page.get_by_role("searchbox").fill("user:ann")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search?q=user%3Aann")
    page.get_by_role("link", name="Popular").click()
    page.get_by_role("link", name="pyimgur").click()
    assert urlsplit(page.url).path == "/"
