"""All spellings of an API path lead to one route; paths of images are left unchanged."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyimgur.server.http.middleware.normalize_path import normalize


@pytest.mark.parametrize(
    ("asked", "routed", "wanted"),
    [
        ("/3/image", "/3/image", "json"),
        ("/3/image/", "/3/image", "json"),
        ("/3/image.json", "/3/image", "json"),
        ("/3/upload.xml", "/3/upload", "xml"),
        ("/3/upload.XML/", "/3/upload", "xml"),
        ("//3///album//", "/3/album", "json"),
        ("/3/album/abc/images/0.xml", "/3/album/abc/images/0", "xml"),
        ("/3/image/abc.png", "/3/image/abc.png", "json"),
        ("/oauth2/token.xml", "/oauth2/token", "xml"),
        ("/oauth2/token.json/", "/oauth2/token", "json"),
        ("/oauth2/authorize.xml", "/oauth2/authorize.xml", "json"),
        ("/post/v1/albums/abc/", "/post/v1/albums/abc", "json"),
        ("/abc.xml", "/abc.xml", "json"),
        ("/abcdefg.json", "/abcdefg.json", "json"),
        ("/a/abc/", "/a/abc", "json"),
        ("/a/abc.xml", "/a/abc.xml", "json"),
        ("//abc.png", "//abc.png", "json"),
        ("/3", "/3", "json"),
        ("/", "/", "json"),
        ("", "", "json"),
    ],
)
def test_one_spelling(asked: str, routed: str, wanted: str) -> None:
    assert normalize(asked) == (routed, wanted)


@given(st.text(alphabet="/3.jsonxmlabc%\0é", max_size=30).map("/".__add__))
def test_what_is_tidy_stays_tidy(asked: str) -> None:
    routed, _ = normalize(asked)
    if routed.startswith("/3/"):
        assert "//" not in routed
        assert not routed.endswith("/")


@given(st.text(max_size=20).filter(lambda text: "/" not in text))
def test_a_picture_keeps_its_ending(name: str) -> None:
    assert normalize(f"/{name}") == (f"/{name}", "json")
