"""Limits that settings decide: whether credits are enforced, how many there are, and how a dead token is told."""

from __future__ import annotations

import pytest
from site_support import ANONYMOUS, NewSite, Site, picture

from pyimgur.server.services import applications
from pyimgur.server.settings import Credits

PNG = picture("PNG")


def test_an_open_server_says_that_it_enforces_nothing(site: Site) -> None:
    for path in ("/3/image/x", "/3/credits"):
        assert site.get(path, headers=ANONYMOUS).headers["x-ratelimit-enforced"] == "0"
    exposed = site.get("/3/image/x", headers=ANONYMOUS).headers["access-control-expose-headers"]
    assert "X-RateLimit-Enforced" in exposed


@pytest.mark.parametrize("settings", [{"open": False}, {"credits": Credits(enforced=True)}])
def test_who_enforces_says_nothing(new_site: NewSite, settings: dict[str, object]) -> None:
    site = new_site(**settings)
    client_id, _ = site.run(lambda context: applications.register(context, "mine"))
    answer = site.get("/3/image/x", headers={"Authorization": f"Client-ID {client_id}"})
    assert answer.status_code == 404
    assert "x-ratelimit-enforced" not in answer.headers


@pytest.mark.parametrize(
    ("most", "error"),
    [
        ({"application": 2}, "Daily client requests exceeded"),
        ({"anonymous": 2}, "Too Many Requests"),
    ],
)
def test_an_open_server_can_enforce(new_site: NewSite, most: dict[str, int], error: str) -> None:
    site = new_site(credits=Credits(enforced=True, **most))
    for _ in range(2):
        assert site.get("/3/image/x", headers=ANONYMOUS).status_code == 404
    answer = site.get("/3/image/x", headers=ANONYMOUS)
    assert (answer.status_code, answer.json()["data"]["error"]) == (429, error)
    assert site.get("/3/credits", headers=ANONYMOUS).status_code == 200


def test_posts_have_a_budget_of_their_own(new_site: NewSite) -> None:
    site = new_site(credits=Credits(enforced=True, posts=1))
    assert site.post("/3/album", headers=ANONYMOUS).status_code == 200
    assert site.post("/3/album", headers={"Authorization": "Client-ID other"}).status_code == 429
    assert site.get("/3/image/x", headers=ANONYMOUS).status_code == 404


def test_uploading_too_fast(new_site: NewSite) -> None:
    site = new_site(credits=Credits(enforced=True, uploads=2))
    ann = site.person("ann")
    site.upload(PNG, ann.bearer)
    site.upload(PNG, ANONYMOUS)
    answer = site.post("/3/image", headers=ann.bearer, files={"image": PNG})
    assert answer.status_code == 429
    wait = int(answer.headers["retry-after"])
    assert answer.json()["data"]["error"] == {
        "code": 429,
        "message": f"You are uploading too fast. Please wait {-(-wait // 60)} more minutes.",
        "type": "ImgurException",
        "exception": [],
    }
    assert site.post("/3/album", headers=ann.bearer).status_code == 200
    assert len(site.files()) == 2
    site.clock.forward(wait)
    site.upload(PNG, ann.bearer)


@pytest.mark.parametrize("status", [403, 401])
def test_how_a_dead_token_is_reported(new_site: NewSite, status: int) -> None:
    site = new_site(dead_token_status=status)
    answer = site.get("/3/account/me", headers={"Authorization": "Bearer dead"})
    assert answer.status_code == status
    assert answer.json()["data"]["error"] == "The access token provided is invalid."
