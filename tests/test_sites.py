"""The URLs of a site, and which sites may receive secrets."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pyimgur import IMGUR, AsyncImgur, ImgurError, InsecureSiteError, Site
from pyimgur.sites import choose

OURS = "http://127.0.0.1:4648"


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PYIMGUR_BASE_URL", raising=False)


def test_the_real_imgur_is_meant_unless_another_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    assert choose(None) is IMGUR
    assert (IMGUR.api, IMGUR.web, IMGUR.images) == (
        "https://api.imgur.com", "https://imgur.com", "https://i.imgur.com",
    )  # fmt: skip
    monkeypatch.setenv("PYIMGUR_BASE_URL", OURS)
    assert choose(None) == Site(OURS, OURS, OURS)
    assert choose("https://pictures.example") == Site.at("https://pictures.example")
    assert choose(IMGUR) is IMGUR
    monkeypatch.setenv("PYIMGUR_BASE_URL", "")
    assert choose(None) is IMGUR


@pytest.mark.parametrize(
    "url", [OURS, f"{OURS}/", "https://pictures.example", "https://pictures.example/imgur/", "http://[::1]:80"]
)
def test_an_address_is_kept_without_its_last_slash(url: str) -> None:
    assert Site.at(url).api == url.rstrip("/")


@pytest.mark.parametrize(
    "url",
    [
        "", "pictures.example", "ftp://pictures.example", "http://", "http:///path", "//pictures.example", "http://[",
        "http://h/?a=b", "http://h/#f", "file:///etc/passwd", "javascript:alert(1)", "127.0.0.1:4648",
        "http://127.0.0.1:99999", "http://127.0.0.1:port", "http://a b/", "http://h\n.evil", "http://h\x00/",
    ],
)  # fmt: skip
def test_what_is_no_address_of_a_server_is_refused_and_explained(url: str) -> None:
    with pytest.raises(ValueError, match="URL"):
        Site.at(url)


@pytest.mark.parametrize(
    "url",
    ["https://me:hunter2@h", "https://me@h", "https://:hunter2@h", "https://me:hunter2@h/?x", "ftp://me:hunter2@h"],
)
def test_a_password_in_an_address_is_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(ValueError, match="URL") as raised:
        Site.at(url)
    assert "hunter2" not in str(raised.value)


@given(st.text(max_size=30) | st.builds("http://{}".format, st.text(max_size=20)))
@example("http://[::1")
@example("http://\u2100")
def test_any_text_is_an_address_or_a_value_error(url: str) -> None:
    try:
        site = Site.at(url)
    except ValueError:
        return
    assert site.api.startswith(("http://", "https://")) or site.api[:5].lower() in {"http:", "https"}
    assert isinstance(site.private, bool)


LOOPBACK = ["http://127.0.0.1:4648", "http://localhost", "http://[::1]:4648", "http://LOCALHOST:80"]
FOREIGN = [
    "http://192.168.0.2", "http://pictures.example", "http://127.0.0.1.evil.example", "http://localhost.evil.example",
    "http://0.0.0.0", "http://[::2]", "http://127.1.evil",
]  # fmt: skip


@pytest.mark.parametrize("url", [*LOOPBACK, "https://pictures.example", "https://192.168.0.2"])
def test_secrets_go_where_nobody_can_read_them(url: str, client: Any) -> None:
    assert client("abc123", "secret", base_url=url).site == Site.at(url)


@pytest.mark.parametrize("url", FOREIGN)
def test_secrets_are_not_sent_unencrypted_unless_allowed(
    url: str, client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(InsecureSiteError, match="allow_insecure=True") as raised:
        client("abc123", "secret", base_url=url)
    assert isinstance(raised.value, ImgurError)
    assert client("abc123", "secret", base_url=url, allow_insecure=True).site.api == url
    monkeypatch.setenv("PYIMGUR_BASE_URL", url)
    with pytest.raises(InsecureSiteError):
        client("abc123", "secret")


@pytest.mark.parametrize("where", ["api", "web", "images"])
def test_a_site_of_three_addresses_is_looked_at_where_secrets_go(where: str, client: Any) -> None:
    parts = {"api": OURS, "web": OURS, "images": OURS, where: "http://pictures.example"}
    if where == "api":
        with pytest.raises(InsecureSiteError):
            client("abc123", base_url=Site(**parts))
    else:
        assert client("abc123", base_url=Site(**parts)).site == Site(**parts)


@pytest.fixture(params=["Imgur", "AsyncImgur"])
def client(request: pytest.FixtureRequest) -> Any:
    import pyimgur

    return getattr(pyimgur, request.param)


def test_making_a_client_needs_no_loop_and_no_network() -> None:
    assert AsyncImgur("abc123").site is IMGUR
