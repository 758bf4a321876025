"""Other web sites change nothing on an open server; programs and own pages are not affected."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from site_support import ANONYMOUS, NewSite, Site, picture

from pyimgur.server.http.cross_site import REFUSED
from pyimgur.server.services import applications

if TYPE_CHECKING:
    from playwright.sync_api import Browser

PNG = picture("PNG")
EVIL = "https://evil.example"
FOREIGN: list[dict[str, str]] = [
    {"Origin": EVIL, "Sec-Fetch-Site": "cross-site"},
    {"Origin": EVIL},
    {"Sec-Fetch-Site": "cross-site"},
    {"Origin": "null"},
    {"Origin": "null", "Sec-Fetch-Site": "cross-site"},
    {"Origin": ""},
    {"Origin": "http://127.0.0.1.evil.example"},
    {"Origin": "http://localhost@evil.example"},
    {"Origin": "http://[::1"},
    {"Origin": "http://sub.localhost.evil.example", "Sec-Fetch-Site": "same-site"},
]
NAMING: list[dict[str, Any]] = [{"params": {"client_id": "any"}}, {"headers": {"Authorization": "Client-ID any"}}]


def send(site: Site, method: str, path: str, headers: dict[str, str], naming: dict[str, Any], **how: Any) -> Any:
    more = {**naming, "headers": {**naming.get("headers", {}), **headers}}
    return site.request(method, path, **more, **how)


@pytest.mark.parametrize("headers", FOREIGN)
@pytest.mark.parametrize("naming", NAMING)
def test_a_page_of_another_site_changes_nothing(
    shared_site: Site, headers: dict[str, str], naming: dict[str, Any]
) -> None:
    kept = shared_site.upload(PNG)
    before = len(shared_site.files())
    for method, path, how in (
        ("POST", "/3/image", {"files": {"image": PNG}}),
        ("POST", "/3/upload.xml", {"files": {"image": PNG}}),
        ("PUT", "/3/image", {"content": PNG}),
        ("POST", "/3/album", {"data": {"title": "t"}}),
        ("POST", f"/3/image/{kept['deletehash']}", {"data": {"title": "t"}}),
        ("DELETE", f"/3/image/{kept['deletehash']}", {}),
    ):
        answer = send(shared_site, method, path, headers, naming, **how)
        assert answer.status_code == 403, (method, path)
        assert REFUSED in answer.text
    assert len(shared_site.files()) == before
    assert send(shared_site, "GET", f"/3/image/{kept['id']}", headers, naming).json()["data"]["title"] is None


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "OWN", "Sec-Fetch-Site": "same-origin"},
        {"Sec-Fetch-Site": "none"},
        {"Origin": "http://localhost:3000", "Sec-Fetch-Site": "cross-site"},
        {"Origin": "chrome-extension://abcdefghijklmnop", "Sec-Fetch-Site": "cross-site"},
        {"Origin": "moz-extension://8cf5c6a1"},
    ],
)
@pytest.mark.parametrize("naming", NAMING)
def test_programs_own_pages_and_extensions_upload_as_ever(
    shared_site: Site, headers: dict[str, str], naming: dict[str, Any]
) -> None:
    own = {name: shared_site.settings.origin if value == "OWN" else value for name, value in headers.items()}
    assert send(shared_site, "POST", "/3/image", own, naming, files={"image": PNG}).status_code == 200


def test_a_page_with_a_token_or_a_registered_client_id_may(shared_site: Site) -> None:
    client_id, _ = shared_site.run(lambda context: applications.register(context, "an application"))
    ann = shared_site.person("ann")
    for credential in (ann.bearer, {"Authorization": f"Client-ID {client_id}"}):
        answer = shared_site.post("/3/image", headers={"Origin": EVIL, **credential}, files={"image": PNG})
        assert answer.status_code == 200
        assert answer.headers["access-control-allow-origin"] == "*"


def test_a_closed_server_knows_its_client_ids(new_site: NewSite) -> None:
    site = new_site(open=False)
    client_id, _ = site.run(lambda context: applications.register(context, "an application"))
    asked = {"headers": {"Origin": EVIL}, "files": {"image": PNG}}
    assert site.post("/3/image", params={"client_id": client_id}, **asked).status_code == 200
    assert site.post("/3/image", params={"client_id": "any"}, **asked).json()["data"]["error"] == "Invalid client_id"


FORM = """<form method="post" enctype="multipart/form-data" action="{target}/3/image?client_id=any">
<input name="image" value="{url}"><button>Go</button></form>"""


def test_in_a_browser(shared_site: Site, browser: Browser) -> None:
    """Neither by a form, which needs no preflight, nor by a script that is let through one."""
    before = len(shared_site.files())
    page = browser.new_context().new_page()
    target = shared_site.settings.public_url
    form = FORM.format(target=target, url=f"{target}/x.png")
    page.route("http://stranger.example/*", lambda route: route.fulfill(body=form, content_type="text/html"))
    page.goto("http://stranger.example/")
    script = """async ([target, headers]) => {
        const body = new FormData();
        body.append("image", new Blob([new Uint8Array(100)]), "a.png");
        try {
            const answer = await fetch(target + "/3/image?client_id=any", {method: "POST", headers, body});
            return answer.status;
        } catch (error) { return "blocked"; }
    }"""
    for headers in ({}, ANONYMOUS):
        assert page.evaluate(script, [target, headers]) in {403, "blocked"}
    with page.expect_navigation() as navigation:
        page.get_by_role("button").click()
    assert navigation.value is not None
    assert navigation.value.status == 403
    assert "This request comes from a page of another web site" in page.content()
    assert len(shared_site.files()) == before
