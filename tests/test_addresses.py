"""What people paste: every form of an address leads to its thing, and everything else to nothing."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

import pyimgur
from client_support import Driven, both, enveloped
from pyimgur import IMGUR, Site
from pyimgur.calls.addresses import Address, is_imgur, read

OWN = Site.at("http://127.0.0.1:4648")

IMAGE = Address("image", "aBcdeFg")
ALBUM = Address("album", "aBcdeFg")
POST = Address("post", "aBcdeFg")
BOB = "bob"

FORMS = {
    # images
    "https://imgur.com/aBcdeFg": IMAGE,
    "http://imgur.com/aBcdeFg": IMAGE,
    "imgur.com/aBcdeFg": IMAGE,
    "//imgur.com/aBcdeFg/": IMAGE,
    "  https://www.imgur.com/aBcdeFg?x=1#0\n": IMAGE,
    "HTTPS://M.IMGUR.COM/aBcdeFg": IMAGE,
    "https://imgur.io/aBcdeFg": IMAGE,
    "https://imgur.com/abcde": Address("image", "abcde"),
    "https://imgur.com/aBcdeFg.json": IMAGE,
    "https://imgur.com/aBcdeFg/embed": IMAGE,
    "https://imgur.com/download/aBcdeFg/some name": IMAGE,
    "https://i.imgur.com/aBcdeFg.png": IMAGE,
    "http://i.imgur.com/aBcdeFg.jpg?1": IMAGE,
    "https://i.imgur.com/aBcdeFg.gifv": IMAGE,
    "https://i.imgur.com/aBcdeFg.mp4": IMAGE,
    "https://i.imgur.com/aBcdeFg": IMAGE,
    "https://i.imgur.io/aBcdeFg_d.webp?maxwidth=520&shape=thumb&fidelity=high": IMAGE,
    "https://i.imgur.com/aBcdeFgh.jpg": IMAGE,
    "https://i.imgur.com/abcdes.jpg": Address("image", "abcde"),
    "https://imgur.com/aBcdeFg.png": IMAGE,
    # albums
    "https://imgur.com/a/aBcdeFg": ALBUM,
    "https://imgur.com/a/aBcdeFg#3": ALBUM,
    "https://imgur.com/a/a-title-with-words-aBcdeFg": ALBUM,
    "https://imgur.com/a/aBcdeFg/embed?pub=true": ALBUM,
    "https://imgur.com/a/aBcdeFg/zip": ALBUM,
    "https://imgur.com/a/aBcdeFg/layout/grid": ALBUM,
    "https://imgur.com/ajaxalbums/getimages/aBcdeFg/hit.json?all=true": ALBUM,
    # the gallery
    "https://imgur.com/gallery/aBcdeFg": POST,
    "https://imgur.com/gallery/a-title-aBcdeFg": POST,
    "https://imgur.com/gallery/aBcdeFg/new": POST,
    "https://imgur.com/t/cats/aBcdeFg": POST,
    "https://imgur.com/t/cats/so-sweet-aBcdeFg": POST,
    "https://imgur.com/topic/The_More_You_Know/aBcdeFg": POST,
    "https://imgur.com/gallery/aBcdeFg/comment/123": Address("comment", "aBcdeFg", number=123),
    "https://imgur.com/gallery/aBcdeFg/comment/123/456": Address("comment", "aBcdeFg", number=456),
    "https://imgur.com/t/cats": Address("tag", name="cats"),
    "https://imgur.com/r/pics": Address("subreddit", name="pics"),
    "https://imgur.com/r/pics/aBcdeFg": Address("subreddit image", "aBcdeFg", name="pics"),
    "https://imgur.com/search?q=cats%20and+dogs": Address("search", name="cats and dogs"),
    "https://imgur.com/search/score?q=cats": Address("search", name="cats"),
    # users
    "https://imgur.com/user/bob": Address("user", name=BOB),
    "https://imgur.com/user/bob/about": Address("user", name=BOB),
    "https://imgur.com/user/bob/avatar?maxwidth=290": Address("user", name=BOB),
    "https://imgur.com/user/bob/cover?maxwidth=2560": Address("user", name=BOB),
    "https://imgur.com/user/bob/posts": Address("submissions", name=BOB),
    "https://imgur.com/user/bob/submitted/newest": Address("submissions", name=BOB),
    "https://imgur.com/user/bob/comments": Address("comments", name=BOB),
    "https://imgur.com/user/bob/favorites": Address("favorites", name=BOB),
    "https://imgur.com/user/bob/favorites/folder/77/the-best": Address("folder", name=BOB, number=77),
    "https://bob.imgur.com": Address("user", name=BOB),
    "http://bob.imgur.com/all/": Address("user", name=BOB),
    # a server of one's own
    "http://127.0.0.1:4648/aBcdeFg.png": IMAGE,
    "127.0.0.1:4648/a/aBcdeFg": ALBUM,
    "http://127.0.0.1:4648/gallery/aBcdeFg": POST,
}

NOTHING = [
    "", " ", "https://imgur.com", "https://imgur.com/", "https://imgur.com/upload", "https://imgur.com/privacy",
    "https://imgur.com/delete/aBcdeFgHiJkLmNo", "https://imgur.com/search", "https://imgur.com/a", "https://imgur.com/a/",
    "https://imgur.com/a/x", "https://imgur.com/gallery", "https://imgur.com/user", "https://imgur.com/x/y/z",
    "https://help.imgur.com/hc", "https://s.imgur.com/min/embed.js", "https://api.imgur.com/3/image/aBcdeFg",
    "https://example.org/a/aBcdeFg", "https://notimgur.com/a/aBcdeFg", "https://imgur.com.evil.org/a/aBcdeFg",
    "https://evil.org/https://imgur.com/a/aBcdeFg", "https://imgur.com@evil.org/a/aBcdeFg", "ftp://imgur.com/a/aBcdeFg",
    "javascript:alert(1)//imgur.com", "http://[", "http://127.0.0.1:9999/a/aBcdeFg", "https://imgur.com/a/%2e%2e%2f",
    "https://imgur.com/gallery/aBcdeFg/comment/" + 19 * "9", "https://imgur.com/gallery/aBcdeFg/comment/" + 5000 * "9",
    r"C:\a\aBcdeFg.png", "C:/imgur.com/a/aBcdeFg", r"\\imgur.com\a\aBcdeFg",
]  # fmt: skip


@pytest.mark.parametrize("url", FORMS)
def test_an_address_leads_to_its_thing(url: str) -> None:
    assert read(url, OWN) == FORMS[url]
    assert is_imgur(url, OWN)


@pytest.mark.parametrize("url", NOTHING)
def test_other_addresses_lead_nowhere(url: str) -> None:
    assert read(url, OWN) is None


@pytest.mark.parametrize(("url", "ours"), [
    ("https://imgur.com", True), ("https://help.imgur.com/x", True), ("imgur.io/a", True),
    ("https://imgur.com:443/", True), ("http://127.0.0.1:4648/", True), ("https://example.org", False),
    ("https://notimgur.com", False), ("https://imgur.com@evil.org", False), ("mailto:bob@imgur.com", False),
    ("http://[", False), ("", False),
])  # fmt: skip
def test_whose_address_it_is(url: str, ours: bool) -> None:
    assert is_imgur(url, OWN) is ours


@pytest.mark.parametrize("path", ["", "/imgur", "/a/b"])
def test_a_server_may_have_its_addresses_below_a_path(path: str) -> None:
    site = Site.at(f"http://127.0.0.1:4648{path}")
    assert read(f"{site.web}/a/aBcdeFg", site) == Address("album", "aBcdeFg")
    assert read(f"{site.images}/aBcdeFg.png", site) == Address("image", "aBcdeFg")


@given(st.one_of(st.text(), st.from_regex(r"(https?://)?(\w+\.)?imgur\.(com|io)(/[^/]*){0,4}", fullmatch=True)))
def test_whatever_is_pasted_is_an_address_or_none(url: str) -> None:
    found = read(url, IMGUR)
    assert found is None or (is_imgur(url, IMGUR) and len(found.id) <= len(url))


ANSWERS: dict[str, object] = {
    "/3/image/aBcdeFg": {"id": "aBcdeFg", "in_gallery": False},
    "/3/image/inGalry": {"id": "inGalry", "in_gallery": True},
    "/3/gallery/image/inGalry": {"id": "inGalry", "is_album": False},
    "/3/album/aBcdeFg": {"id": "aBcdeFg"},
    "/3/gallery/pOstAlb": {"id": "pOstAlb", "is_album": True},
    "/3/comment/456": {"id": 456},
    "/3/account/bob": {"url": "bob"},
    "/3/account/bob/comments/newest/0": [{"id": 456}],
    "/3/account/bob/submissions/0": [{"id": "pOstAlb", "is_album": True}],
    "/3/account/bob/gallery_favorites/0": [{"id": "pOstAlb", "is_album": True}],
    "/3/account/bob/folders/77/favorites": [{"id": "pOstAlb", "is_album": True}],
    "/3/gallery/tag_info/cats": {"name": "cats"},
    "/3/gallery/r/pics/time/top/0": [{"id": "pOstAlb", "is_album": True}],
    "/3/gallery/r/pics/inGalry": {"id": "inGalry", "is_album": False},
    "/3/gallery/search/time/all/0": [],
}
SHOWN = {
    "https://imgur.com/aBcdeFg": "<Image aBcdeFg>",
    "https://imgur.com/inGalry": "<GalleryImage inGalry>",
    "https://imgur.com/a/aBcdeFg": "<Album aBcdeFg>",
    "https://imgur.com/gallery/pOstAlb": "<GalleryAlbum pOstAlb>",
    "https://imgur.com/gallery/aBcdeFg": "<Album aBcdeFg>",
    "https://imgur.com/gallery/aBcdeFg/comment/456": "<Comment 456>",
    "https://bob.imgur.com": "<User bob>",
    "https://imgur.com/user/bob/posts": "[<GalleryAlbum pOstAlb>]",
    "https://imgur.com/user/bob/comments": "[<Comment 456>]",
    "https://imgur.com/user/bob/favorites": "[<GalleryAlbum pOstAlb>]",
    "https://imgur.com/user/bob/favorites/folder/77/x": "[<GalleryAlbum pOstAlb>]",
    "https://imgur.com/t/cats": "<Tag cats>",
    "https://imgur.com/r/pics": "[<GalleryAlbum pOstAlb>]",
    "https://imgur.com/r/pics/inGalry": "<GalleryImage inGalry>",
    "https://imgur.com/search?q=cats": "[]",
    "https://example.org": "None",
}


def _answer(request: httpx2.Request) -> httpx2.Response:
    if request.url.path in ANSWERS:
        return httpx2.Response(200, content=enveloped(ANSWERS[request.url.path]))
    return httpx2.Response(404, content=enveloped({"error": "not there"}, 404))


@pytest.mark.parametrize("url", SHOWN)
@both
def test_what_stands_there_is_fetched(drive: type[Driven], url: str) -> None:
    with drive(base_url=IMGUR, transport=httpx2.MockTransport(_answer)) as it:
        assert repr(it.run(it.im.get_at_url(url))) == SHOWN[url]
        assert it.im.is_imgur_url(url) is ("imgur" in url)


@both
def test_what_is_no_text_is_no_address(drive: type[Driven]) -> None:
    with drive(base_url=IMGUR, transport=httpx2.MockTransport(_answer)) as it:
        nothing: Any = None
        with pytest.raises(TypeError, match=r"an address is a str such as .*, not NoneType"):
            it.run(it.im.get_at_url(nothing))
        with pytest.raises(TypeError, match="an address is a str"):
            it.im.is_imgur_url(nothing)


@both
def test_what_stands_there_no_more_is_an_error(drive: type[Driven]) -> None:
    with drive(base_url=IMGUR, transport=httpx2.MockTransport(_answer)) as it:
        for url in (
            "https://imgur.com/a/gOneGon",
            "https://imgur.com/gallery/gOneGon",
            "https://i.imgur.com/gOneGon.png",
        ):
            with pytest.raises(pyimgur.ResourceNotFoundError):
                it.run(it.im.get_at_url(url))
