"""URLs: every form is parsed to what it points to, and anything else to None."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs

import httpx2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import pyimgur
from client_support import Driven, both, enveloped
from pyimgur import IMGUR, Site
from pyimgur.urls import IMAGE as IMAGES
from pyimgur.urls import ImgurURL, is_imgur, key_in, parse_id, parse_url

OWN = Site.at("http://127.0.0.1:4648")

IMAGE = ImgurURL("image", "aBcdeFg")
TWO = ImgurURL("images", ids=("aBcdeFg", "hIjklMn"))
ALBUM = ImgurURL("album", "aBcdeFg")
POST = ImgurURL("post", "aBcdeFg")
BOB = "bob"


def file(ext: str, size: str = "", id: str = "aBcdeFg") -> ImgurURL:
    return ImgurURL("image", id, size=size, ext=ext)


FORMS = {
    # images
    "https://imgur.com/aBcdeFg": IMAGE,
    "http://imgur.com/aBcdeFg": IMAGE,
    "imgur.com/aBcdeFg": IMAGE,
    "//imgur.com/aBcdeFg/": IMAGE,
    "  https://www.imgur.com/aBcdeFg?x=1#0\n": IMAGE,
    "HTTPS://M.IMGUR.COM/aBcdeFg": IMAGE,
    "https://imgur.io/aBcdeFg": IMAGE,
    "https://imgur.com/abcde": ImgurURL("image", "abcde"),
    "https://imgur.com/aBcdeFg.json": file(".json"),
    "https://imgur.com/aBcdeFg/embed": IMAGE,
    "https://imgur.com/download/aBcdeFg/some name": IMAGE,
    "https://i.imgur.com/aBcdeFg.png": file(".png"),
    "http://i.imgur.com/aBcdeFg.jpg?1": file(".jpg"),
    "https://i.imgur.com/aBcdeFg.gifv": file(".gifv"),
    "https://i.imgur.com/aBcdeFg.mp4": file(".mp4"),
    "https://i.imgur.com/aBcdeFg": IMAGE,
    "https://i.imgur.io/aBcdeFg_d.webp?maxwidth=520&shape=thumb&fidelity=high": file(".webp", "_d"),
    "https://i.imgur.com/aBcdeFgh.jpg": file(".jpg", "h"),
    "https://i.imgur.com/abcdes.jpg": file(".jpg", "s", "abcde"),
    "https://imgur.com/aBcdeFg.png": file(".png"),
    "https://i.imgur.com/aBcdeFgg.jpg": file(".jpg", "g"),
    "https://i.imgur.com/aBcdeFgr.jpg": file(".jpg", "r"),
    "https://i.imgur.com/aBcdeFg_lq.mp4": file(".mp4", "_lq"),
    "https://i.imgur.com/aBcdeFg_hq.mp4": file(".mp4", "_hq"),
    "https://i.imgur.com/aBcdeFg.jpg:large": file(".jpg"),
    "https://o.imgur.com/aBcdeFg.jpg": file(".jpg"),
    "http://edge.imgur.com/aBcdeFg.jpg": file(".jpg"),
    "http://img.imgur.com/aBcdeFg.jpg": file(".jpg"),
    "http://proxy.imgur.com/aBcdeFg.jpg": file(".jpg"),
    "HTTPS://I.IMGUR.COM/aBcdeFg.JPEG": file(".jpeg"),
    "https://i.imgur.com/aBcdeFg.3gp": file(".3gp"),
    "https://www.i.imgur.com/aBcdeFg.png": file(".png"),
    "https://imgur.com/r/pics/aBcdeFg.png": file(".png"),
    "https://imgur.com/a-title-aBcdeFg": IMAGE,
    "https://imgur.com/%61BcdeFg": IMAGE,
    "https://imgur.com//aBcdeFg": IMAGE,
    "https://imgur.com/aBcdeFg?next=https://example.org": IMAGE,
    "imgur.com/aBcdeFg?next=https://example.org": IMAGE,
    "https://imgur.com:443/aBcdeFg": IMAGE,
    "imgur.com:80/aBcdeFg": IMAGE,
    "https://imgur.com./aBcdeFg": IMAGE,
    "https://bob:secret@imgur.com/aBcdeFg": IMAGE,
    "https://imgur.com/download/aBcdeFg/a%2Fb": IMAGE,
    # several images
    "https://imgur.com/aBcdeFg,hIjklMn": TWO,
    "https://imgur.com/aBcdeFg&hIjklMn": TWO,
    "https://imgur.com/aBcdeFg%2ChIjklMn#1": TWO,
    "https://i.imgur.com/aBcdeFg,hIjklMn.jpg": ImgurURL("images", ids=TWO.ids, ext=".jpg"),
    "https://imgur.com/abcde,hIjklMn,opqrs": ImgurURL("images", ids=("abcde", "hIjklMn", "opqrs")),
    # what deletes
    "https://imgur.com/delete/aBcdeFgHiJkLmNo": ImgurURL("delete", deletehash="aBcdeFgHiJkLmNo"),
    # albums
    "https://imgur.com/a/aBcdeFg.json": ImgurURL("album", "aBcdeFg", ext=".json"),
    "https://imgur.com/a/aBcdeFg": ALBUM,
    "https://imgur.com/album/aBcdeFg": ALBUM,
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
    "https://imgur.com/gallery/aBcdeFg/comment/123": ImgurURL("comment", "aBcdeFg", number=123),
    "https://imgur.com/gallery/aBcdeFg/comment/123/456": ImgurURL("comment", "aBcdeFg", number=456),
    "https://imgur.com/t/cats/aBcdeFg/comment/456": ImgurURL("comment", "aBcdeFg", number=456),
    "https://imgur.com/t/cats": ImgurURL("tag", name="cats"),
    "https://imgur.com/t/cats/viral": ImgurURL("tag", name="cats"),
    "https://imgur.com/t/caf%C3%A9/top/week": ImgurURL("tag", name="café"),
    "https://imgur.com/r/pics/top/week": ImgurURL("subreddit", name="pics"),
    "https://imgur.com/g/memes/aBcdeFg": POST,
    "https://imgur.com/r/pics": ImgurURL("subreddit", name="pics"),
    "https://imgur.com/r/pics/aBcdeFg": ImgurURL("subreddit image", "aBcdeFg", name="pics"),
    "https://imgur.com/search?q=cats%20and+dogs": ImgurURL("search", name="cats and dogs"),
    "https://imgur.com/search/score?q=cats": ImgurURL("search", name="cats"),
    # users
    "https://imgur.com/user/bob": ImgurURL("user", name=BOB),
    "https://imgur.com/user/bob/about": ImgurURL("user", name=BOB),
    "https://imgur.com/user/bob/avatar?maxwidth=290": ImgurURL("user", name=BOB),
    "https://imgur.com/user/bob/cover?maxwidth=2560": ImgurURL("user", name=BOB),
    "https://imgur.com/user/bob/posts": ImgurURL("submissions", name=BOB),
    "https://imgur.com/user/bob/submitted/newest": ImgurURL("submissions", name=BOB),
    "https://imgur.com/user/bob/comments": ImgurURL("comments", name=BOB),
    "https://imgur.com/user/bob/favorites": ImgurURL("favorites", name=BOB),
    "https://imgur.com/user/bob/favorites/folder/77/the-best": ImgurURL("folder", name=BOB, number=77),
    "https://bob.imgur.com": ImgurURL("user", name=BOB),
    "http://bob.imgur.com/all/": ImgurURL("user", name=BOB),
    # a server of one's own
    "http://127.0.0.1:4648/aBcdeFg.png": file(".png"),
    "127.0.0.1:4648/a/aBcdeFg": ALBUM,
    "HTTP://127.0.0.1:4648/a/aBcdeFg": ALBUM,
    "http://bob@127.0.0.1:4648/a/aBcdeFg": ALBUM,
    "http://127.0.0.1:4648/delete/aBcdeFgHiJkLmNo": ImgurURL("delete", deletehash="aBcdeFgHiJkLmNo"),
    "http://127.0.0.1:4648/gallery/aBcdeFg": POST,
}

NOTHING = [
    "", " ", "https://imgur.com", "https://imgur.com/", "https://imgur.com/upload", "https://imgur.com/privacy",
    "https://imgur.com/delete/aBcdeFg", "https://imgur.com/search", "https://imgur.com/a", "https://imgur.com/a/",
    "https://imgur.com/a/x", "https://imgur.com/gallery", "https://imgur.com/user", "https://imgur.com/x/y/z",
    "https://help.imgur.com/hc", "https://p.imgur.com/aBcdeFg", "https://s.imgur.com/min/embed.js", "https://api.imgur.com/3/image/aBcdeFg",
    "https://example.org/a/aBcdeFg", "https://notimgur.com/a/aBcdeFg", "https://imgur.com.evil.org/a/aBcdeFg",
    "https://evil.org/https://imgur.com/a/aBcdeFg", "https://imgur.com@evil.org/a/aBcdeFg", "ftp://imgur.com/a/aBcdeFg",
    "javascript:alert(1)//imgur.com", "http://[", "http://127.0.0.1:9999/a/aBcdeFg", "https://imgur.com/a/%2e%2e%2f",
    "https://imgur.com/gallery/aBcdeFg/comment/" + 19 * "9", "https://imgur.com/gallery/aBcdeFg/comment/" + 5000 * "9",
    "https://imgur.com/about", "https://imgur.com/emerald", "https://imgur.com/gallery/random", "https://imgur.com/gallery",
    "https://i.imgur.com/removed.png", "https://imgur.com/removed", "https://imgur.com/favicon.ico",
    "https://imgur.com/robots.txt", "https://imgur.com/privacy-policy", "https://imgur.com/aBcdeFg.exe",
    "https://i.imgur.com/aBcdeF.jpg", "https://i.imgur.com/aBcdeFgx.jpg", "https://i.imgur.com/aBcdeFgH.jpg",
    "https://imgur.com/aBcdeFg,x", "https://imgur.com/aBcdeFg,privacy", "https://imgur.com/a/aBcdeF",
    "https://i.stack.imgur.com/Huf4o.png", "https://stack.imgur.com/abcde", "https://i.stack.imgur.com/aBcdeFg.jpg",
    "https://i.imgur.community/aBcdeFg", "https://imgur.com.evil.org./aBcdeFg", "https://evil.org/?u=imgur.com/aBcdeFg",
    "https://evil.org#@imgur.com/aBcdeFg", r"https://evil.org\@imgur.com/aBcdeFg", "https://imgur.com:8443/aBcdeFg",
    "https://imgur.com:x/aBcdeFg", "https://\u0131mgur.com/aBcdeFg", "https://\uff49mgur.com/aBcdeFg", "https://xn--mgur-1ya.com/a",
    "https://xn--bcher-kva.imgur.com", "https://bücher.imgur.com", "https://a.b.imgur.com", "https://imgur.com../aBcdeFg",
    "https://imgur.com/a/../aBcdeFg", "https://imgur.com/a%2FaBcdeFg", "https://imgur.com/a/aBcdeFg%00",
    "http://127.0.0.1:4649/aBcdeFg.png", "http://127.0.0.1/aBcdeFg.png", "https:imgur.com/aBcdeFg", "/aBcdeFg",
    r"C:\a\aBcdeFg.png", "C:/imgur.com/a/aBcdeFg", r"\\imgur.com\a\aBcdeFg",
]  # fmt: skip


@pytest.mark.parametrize("url", FORMS)
def test_an_address_leads_to_its_thing(url: str) -> None:
    assert parse_url(url, OWN) == FORMS[url]
    assert is_imgur(url, OWN)


@pytest.mark.parametrize("url", NOTHING)
def test_other_addresses_lead_nowhere(url: str) -> None:
    assert parse_url(url, OWN) is None


@pytest.mark.parametrize(("url", "ours"), [
    ("https://imgur.com", True), ("https://help.imgur.com/x", True), ("imgur.io/a", True),
    ("https://imgur.com:443/", True), ("http://127.0.0.1:4648/", True), ("https://example.org", False),
    ("https://notimgur.com", False), ("https://imgur.com@evil.org", False), ("mailto:bob@imgur.com", False),
    ("http://[", False), ("", False), ("https://i.stack.imgur.com/Huf4o.png", False), ("https://imgur.com./", True),
    ("https://imgur.com:8443/", False), ("https://\u0131mgur.com/", False),
])  # fmt: skip
def test_whose_address_it_is(url: str, ours: bool) -> None:
    assert is_imgur(url, OWN) is ours


@pytest.mark.parametrize("path", ["", "/imgur", "/a/b"])
def test_a_server_may_have_its_addresses_below_a_path(path: str) -> None:
    site = Site.at(f"http://127.0.0.1:4648{path}")
    assert parse_url(f"{site.web}/a/aBcdeFg", site) == ImgurURL("album", "aBcdeFg")
    assert parse_url(f"{site.images}/aBcdeFg.png", site) == file(".png")


STEPS = st.sampled_from(
    ["a", "gallery", "t", "r", "user", "download", "delete", "comment", "favorites", "folder", "search", "x.png",
     "aBcdeFg", "aBcde,hIjkl", "a-title-aBcdeFg", "aBcdeFgHiJkLmNo", "12", "", "..", "%2F", "%00", "café", "\ud800"]
)  # fmt: skip
URLS = st.builds(
    "{}{}/{}{}".format,
    st.sampled_from(["", "//", "https://", "http://a:b@", "ftp://"]),
    st.sampled_from(
        ["imgur.com", "i.imgur.com:443", "M.IMGUR.IO.", "bob.imgur.com", "imgur.com@evil.org", "127.0.0.1:4648"]
    ),
    st.lists(st.one_of(STEPS, st.text(max_size=8)), max_size=5).map("/".join),
    st.one_of(st.just("?q=cats"), st.text(max_size=8)),
)


@given(st.one_of(st.text(), URLS))
@settings(max_examples=300)
def test_whatever_is_pasted_is_a_url_or_none_and_its_link_is_read_as_the_same(url: str) -> None:
    found = parse_url(url, OWN)
    if found is None:
        return
    assert is_imgur(url, OWN)
    assert len(found.id) <= len(url)
    for site in (IMGUR, OWN):
        again = parse_url(found.link(site), site)
        if found.name.isprintable():  # half of a surrogate pair has no URL
            assert again == replace(found, ext="" if found.kind != "image" else found.ext)


ANSWERS: dict[str, object] = {
    "/3/image/aBcdeFg": {"id": "aBcdeFg", "in_gallery": False},
    "/3/image/inGalry": {"id": "inGalry", "in_gallery": True},
    "/3/gallery/image/inGalry": {"id": "inGalry", "is_album": False},
    "/3/image/iNalbum": {"id": "iNalbum", "in_gallery": True},
    "/3/image/sUbredd": {"id": "sUbredd", "in_gallery": False, "section": "pics"},
    "/3/gallery/r/pics/sUbredd": {"id": "sUbredd", "is_album": False},
    "/3/image/nOsubre": {"id": "nOsubre", "in_gallery": True, "section": "pics"},
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
    "/3/gallery/r/pics/time/top/1": [],
    "/3/gallery/r/pics/inGalry": {"id": "inGalry", "is_album": False},
    "/3/gallery/search/time/all/0": [],
}
SHOWN = {
    "https://imgur.com/aBcdeFg": "<Image aBcdeFg>",
    "https://imgur.com/inGalry": "<GalleryImage inGalry>",
    "https://imgur.com/iNalbum": "<Image iNalbum>",
    "https://i.imgur.com/sUbredd.png": "<GalleryImage sUbredd>",
    "https://imgur.com/nOsubre": "<Image nOsubre>",
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
    "https://imgur.com/aBcdeFg,inGalry": "[<Image aBcdeFg>, <Image inGalry>]",
    "https://imgur.com/delete/aBcdeFgHiJkLmNo": "None",
    "https://example.org": "None",
}


def _answer(request: httpx2.Request) -> httpx2.Response:
    if request.url.path in ANSWERS:
        return httpx2.Response(200, content=enveloped(ANSWERS[request.url.path]))
    return httpx2.Response(404, content=enveloped({"error": "not there"}, 404))


@pytest.mark.parametrize("url", SHOWN)
@both
def test_what_is_there_is_fetched(drive: type[Driven], url: str) -> None:
    with drive(base_url=IMGUR, transport=httpx2.MockTransport(_answer)) as it:
        assert repr(it.run(it.im.get_at_url(url))) == SHOWN[url]
        assert it.im.is_imgur_url(url) is ("imgur" in url)


@both
def test_what_is_no_text_is_no_address(drive: type[Driven]) -> None:
    with drive(base_url=IMGUR, transport=httpx2.MockTransport(_answer)) as it:
        nothing: Any = None
        with pytest.raises(TypeError, match=r"a URL must be a str such as .*, not NoneType"):
            it.run(it.im.get_at_url(nothing))
        with pytest.raises(TypeError, match="a URL must be a str"):
            it.im.is_imgur_url(nothing)


@both
def test_what_is_there_no_more_is_an_error(drive: type[Driven]) -> None:
    with drive(base_url=IMGUR, transport=httpx2.MockTransport(_answer)) as it:
        for url in (
            "https://imgur.com/a/gOneGon",
            "https://imgur.com/gallery/gOneGon",
            "https://i.imgur.com/gOneGon.png",
        ):
            with pytest.raises(pyimgur.ResourceNotFoundError):
                it.run(it.im.get_at_url(url))


# ---- links in the place of ids

GETTERS: dict[str, tuple[str, str]] = {
    "get_image": ("https://i.imgur.com/aBcdeFgh.jpg", "<Image aBcdeFg>"),
    "get_album": ("imgur.com/a/a-title-aBcdeFg", "<Album aBcdeFg>"),
    "get_gallery_item": ("https://imgur.com/gallery/pOstAlb", "<GalleryAlbum pOstAlb>"),
    "get_gallery_image": ("https://imgur.com/inGalry", "<GalleryImage inGalry>"),
    "get_user": ("https://bob.imgur.com", "<User bob>"),
    "get_comment": ("https://imgur.com/gallery/aBcdeFg/comment/456", "<Comment 456>"),
    "get_tag": ("https://imgur.com/t/cats", "<Tag cats>"),
    "get_subreddit_gallery": ("https://imgur.com/r/pics", "[<GalleryAlbum pOstAlb>]"),
    "image": ("//imgur.com/aBcdeFg", "<Image aBcdeFg>"),
    "album": ("https://imgur.com/a/aBcdeFg#2", "<Album aBcdeFg>"),
    "gallery_image": ("https://imgur.com/t/cats/aBcdeFg", "<GalleryImage aBcdeFg>"),
    "user": ("https://imgur.com/user/bob/favorites/folder/12/best", "<User bob>"),
    "comment": ("https://imgur.com/gallery/aBcdeFg/comment/456", "<Comment 456>"),
    "tag": ("imgur.com/t/cats/viral", "<Tag cats>"),
}


@pytest.mark.parametrize("name", GETTERS)
@both
def test_getters_take_links(drive: type[Driven], name: str) -> None:
    url, shown = GETTERS[name]
    with drive(base_url=IMGUR, transport=httpx2.MockTransport(_answer)) as it:
        made = getattr(it.im, name)(url)
        assert repr(it.run(made) if name.startswith("get_") else made) == shown


@pytest.mark.parametrize(("name", "url", "said"), [
    ("get_image", "https://imgur.com/a/aBcdeFg", "leads to an album, not to an image or a post"),
    ("get_image", "https://imgur.com/aBcdeFg,hIjklMn", "leads to several images, not to an image"),
    ("get_album", "https://imgur.com/user/bob", "leads to a user, not to an album or a post"),
    ("get_user", "https://imgur.com/t/cats", "leads to a tag, not to a user"),
    ("get_comment", "https://imgur.com/gallery/aBcdeFg", "leads to a post, not to a comment"),
    ("get_image", "https://i.stack.imgur.com/Huf4o.png", "leads to nothing that is known, not to an image"),
    ("get_album", "https://example.org/a/aBcdeFg", "leads to nothing that is known, not to an album"),
    ("get_image", "https://imgur.com/delete/aBcdeFgHiJkLmNo", "'https://imgur.com/delete/…' leads to a delete page"),
])  # fmt: skip
@both
def test_a_link_of_another_kind_is_refused_before_anything_is_sent(
    drive: type[Driven], name: str, url: str, said: str
) -> None:
    asked: list[str] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        asked.append(request.url.path)
        return _answer(request)

    with drive(base_url=IMGUR, transport=httpx2.MockTransport(answer)) as it, pytest.raises(pyimgur.ArgumentError) as e:
        it.run(getattr(it.im, name)(url))
    assert said in str(e.value)
    assert "aBcdeFgHiJkLmNo" not in str(e.value)
    assert asked == []


OF_AN_IMAGE = {url: found.id for url, found in FORMS.items() if found.kind in IMAGES}
TAKES_IMAGES: dict[str, tuple[Callable[[Any, str], Any], str]] = {
    "create_album": (lambda im, url: im.create_album(images=["bBcdeFg", url]), "ids[]"),
    "create_album, cover": (lambda im, url: im.create_album(cover=url), "cover"),
    "update": (lambda im, url: im.album("x").update(images=["bBcdeFg", url]), "ids[]"),
    "update, cover": (lambda im, url: im.album("x").update(cover=url), "cover"),
    "add_images": (lambda im, url: im.album("x").add_images(["bBcdeFg", url]), "ids[]"),
    "add_images, one": (lambda im, url: im.album("x").add_images(url), "ids[]"),
    "set_images": (lambda im, url: im.album("x").set_images(("bBcdeFg", url)), "ids[]"),
    "remove_images": (lambda im, url: im.album("x").remove_images([url]), "ids[]"),
    "add_favorites": (lambda im, url: pyimgur.Folder({"id": 7}, im).add_favorites([url]), "ids[]"),
    "remove_favorites": (lambda im, url: pyimgur.Folder({"id": 7}, im).remove_favorites([url]), "ids[]"),
}


def _recorded(drive: type[Driven], call: Callable[[Any, str], Any], url: str) -> list[httpx2.Request]:
    """Make a call with a link; gives the requests that were made."""
    asked: list[httpx2.Request] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        asked.append(request)
        return httpx2.Response(200, json={"data": {"id": "x"}, "success": True, "status": 200})

    with drive(base_url=OWN, access_token="t", transport=httpx2.MockTransport(answer)) as it:
        try:
            it.run(call(it.im, url))
        except pyimgur.ArgumentError:
            assert asked == [], "refused after something was sent"
            raise
    return asked


@pytest.mark.parametrize("name", TAKES_IMAGES)
@both
def test_images_may_be_given_by_their_links(drive: type[Driven], name: str) -> None:
    call, field = TAKES_IMAGES[name]
    for url, id in OF_AN_IMAGE.items():
        (request,) = _recorded(drive, call, url)
        form = parse_qs(request.content.decode() or request.url.query.decode())
        assert form[field][-1] == id, (url, form)


@pytest.mark.parametrize("name", [name for name in TAKES_IMAGES if "favorites" not in name])
@pytest.mark.parametrize(("url", "said"), [
    ("https://imgur.com/a/aBcdeFg", "leads to an album, not to an image or a post"),
    ("https://imgur.com/aBcdeFg,hIjklMn", "leads to several images, not to an image"),
    ("https://i.stack.imgur.com/Huf4o.png", "leads to nothing that is known, not to an image"),
    ("https://imgur.com/delete/aBcdeFgHiJkLmNo", "leads to a delete page, not to an image"),
])  # fmt: skip
@both
def test_a_link_to_something_else_is_no_image(drive: type[Driven], name: str, url: str, said: str) -> None:
    with pytest.raises(pyimgur.ArgumentError) as caught:
        _recorded(drive, TAKES_IMAGES[name][0], url)
    assert said in str(caught.value)
    assert "aBcdeFgHiJkLmNo" not in str(caught.value)


@pytest.mark.parametrize("given", ["aBcdeFg", "aBcdeFgHiJkLmNo", "some.name", "me", 456, "a/b", ""])
def test_what_is_no_link_stays_as_it_is(given: object) -> None:
    assert key_in(given, OWN, "image") == given


def test_a_comment_of_a_link_is_that_of_its_number() -> None:
    with pyimgur.Imgur("abc123", base_url=OWN) as im:
        assert im.comment(f"{OWN.web}/gallery/aBcdeFg/comment/456") == im.comment(456)


def test_a_delete_hash_is_not_shown() -> None:
    found = parse_url("https://imgur.com/delete/aBcdeFgHiJkLmNo")
    assert found is not None
    assert (found.deletehash, "aBcdeFgHiJkLmNo" in repr(found)) == ("aBcdeFgHiJkLmNo", False)
    assert (
        repr(parse_url("https://i.imgur.com/aBcdeFgh.jpg"))
        == "ImgurURL(kind='image', id='aBcdeFg', size='h', ext='.jpg')"
    )


def test_an_id_by_itself_is_a_post() -> None:
    assert parse_id(" aBcdeFg\n") == POST
    assert [parse_id(text) for text in ("privacy", "aBcdeF", "https://imgur.com/aBcdeFg", "")] == [None] * 4
