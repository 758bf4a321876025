"""The access log: one line for each request, with no secret."""

from __future__ import annotations

import logging
import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from oauth_support import SECRET, Visitor, serving, text_of, tickets_in
from site_support import ANONYMOUS, PASSWORD, Site, picture, until

from pyimgur.server.services import images

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from oauth_support import Server
    from site_support import NewSite

LINE = re.compile(r"([A-Z]+) (.+) (\d{3}) (\d+) \d+")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with serving(tmp_path, access_log=True) as server:
        server.account("bob")
        yield server


def own_lines(caplog: pytest.LogCaptureFixture) -> list[str]:
    """What this project has logged: the libraries that tests ask with log addresses of their own."""
    return [record.getMessage() for record in caplog.records if record.name.startswith("pyimgur")]


def told(caplog: pytest.LogCaptureFixture, site: Site) -> list[tuple[str, ...]]:
    """Method, address, status and bytes of each line so far; a line of any other form fails the test."""
    site.get("/healthz")  # a line comes after its answer, so that of one more request tells that all are there
    until(lambda: any("/healthz" in line for line in own_lines(caplog)))
    found = [LINE.fullmatch(line) for line in own_lines(caplog)]
    assert all(found), own_lines(caplog)
    return [match.groups() for match in found[:-1] if match]


def test_a_line_for_each_request(server: Server, caplog: pytest.LogCaptureFixture) -> None:
    site = server.site
    id = site.upload(picture("PNG", (8, 8)))["id"]
    shown = site.get(f"/3/image/{id}", headers=ANONYMOUS)
    small = site.get(f"/{id}s.jpg")
    tag, nothing = site.get("/t/cats?page=2"), site.get("/nothing/like/it")
    assert told(caplog, site)[1:] == [
        ("GET", f"/3/image/{id}", "200", str(len(shown.content))),
        ("GET", f"/{id}s.jpg", "200", str(len(small.content))),
        ("GET", "/t/cats", "404", str(len(tag.content))),
        ("GET", "(no such address)", "404", str(len(nothing.content))),
    ]


def test_no_secret_is_logged(server: Server, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    site, browser = server.site, Visitor(server, {"accept": "text/html", "origin": server.settings.origin})
    image = site.upload(picture())
    album = site.post("/3/album", headers=ANONYMOUS).json()["data"]
    pin, code = browser.pin(), browser.code()
    tokens = browser.token("pin", pin=pin).json()
    browser.token("authorization_code", code=code)
    browser.token("refresh_token", refresh_token=tokens["refresh_token"])
    ticket = tickets_in(browser.http.get("/oauth2/password"))[0]
    registered = browser.http.get("/oauth2/addclient")
    fields = {"allow": tickets_in(registered)[0], "username": "bob", "password": PASSWORD, "name": "x"}
    application = browser.http.post("/oauth2/addclient", data=fields)
    secrets = {
        *(image["deletehash"], album["deletehash"], pin, code, ticket, SECRET, PASSWORD),
        *(tokens["access_token"], tokens["refresh_token"]),
        *(text_of(application, "client_id"), text_of(application, "client_secret")),
        *(cookie.value or "" for cookie in browser.http.cookies.jar),
    }
    for secret in secrets:
        for path in (
            *("/delete/{}", "/3/image/{}", "/3/album/{}", "/3/album/{}/images", "/{}", "/{}.jpg", "/a/{}", "/a/x-{}"),
            *("/gallery/{}", "/t/{}/{}", "/user/{}", "/oauth2/{}", "/static/{}", "/3/{}", "/{}/{}", "//{}"),
            *("/3/image?client_id={}", "/oauth2/authorize?client_id={}&state={}&pin={}", "/?access_token={}"),
            *("/oauth2/complete?code={}", "/search?q={}", "/download/{}/{}", "/3/image/{}.xml", "/3/credits.json?_={}"),
        ):
            site.get(path.replace("{}", secret))
        site.post(f"/delete/{secret}", data={"allow": secret}, headers={"Authorization": f"Bearer {secret}"})
        site.delete(f"/3/image/{secret}", headers={"Authorization": f"Client-ID {secret}"})
    lines = [line[:3] for line in told(caplog, site)]
    assert {("GET", "/delete/{deletehash}", "200"), ("GET", "/t/{tag}/{id}", "404")} <= set(lines)
    assert [secret for secret in secrets if secret in "\n".join(own_lines(caplog))] == []


def test_a_fault_tells_no_delete_hash_either(
    new_site: NewSite, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object) -> None:
        raise RuntimeError("a mistake of ours")

    site = new_site()
    key = site.upload(picture())["deletehash"]
    monkeypatch.setattr(images, "remove", broken)
    assert site.delete(f"/3/image/{key}", headers=ANONYMOUS).status_code == 500
    assert own_lines(caplog) == ["DELETE /3/image/{id} failed"]


@pytest.mark.parametrize(
    "path", ["/user/a%0d%0aGET%20/", "/t/%1b%5b31m", "/3/image/%0aX", "/user/%e2%80%ae", "/{name}", "/3/image/{id}"]
)
def test_no_line_can_be_forged(server: Server, caplog: pytest.LogCaptureFixture, path: str) -> None:
    server.site.raw(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n".encode())
    [(_, address, _, _)] = told(caplog, server.site)
    assert address.isascii()
    assert address.isprintable()


def test_rejected_requests_are_logged_too(server: Server, caplog: pytest.LogCaptureFixture) -> None:
    server.site.get("/3/image/AbCdEfG", headers={"Host": "evil.example"})
    assert told(caplog, server.site)[0][:3] == ("GET", "(no such address)", "421")


def test_nothing_is_logged_by_default(new_site: NewSite, caplog: pytest.LogCaptureFixture) -> None:
    site = new_site()
    site.get("/3/gallery", headers=ANONYMOUS)
    site.http.close()
    assert own_lines(caplog) == []


def test_a_way_back_is_not_told(server: Server, caplog: pytest.LogCaptureFixture) -> None:
    """The redirect of the token flow holds a token in its address."""
    answer = server.browser().allow(response_type="token")
    assert answer.status_code == 302
    token = re.findall(r"access_token=(\w+)", urlsplit(answer.headers["location"]).fragment)
    assert token
    assert ("POST", "/oauth2/authorize", "302") in [line[:3] for line in told(caplog, server.site)]
    assert token[0] not in "\n".join(own_lines(caplog))
