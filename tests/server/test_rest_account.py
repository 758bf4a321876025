"""Accounts over HTTP: `me` and others, their pictures and albums page by page."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from site_support import ANONYMOUS, Person, Site, picture

PNG = picture("PNG")


@pytest.fixture(scope="module")
def ann(shared_site: Site) -> Person:
    """Somebody with seven pictures and three albums, one of them public."""
    ann = shared_site.person("Ann")
    for number in range(7):
        shared_site.clock.forward(1)
        shared_site.upload(PNG, ann.bearer, title=str(number))
    for privacy in ("hidden", "public", "secret"):
        shared_site.clock.forward(1)
        shared_site.post("/3/album", headers=ann.bearer, data={"title": privacy, "privacy": privacy})
    return ann


def data(site: Site, path: str, headers: dict[str, str], **params: Any) -> Any:
    answer = site.get(path, headers=headers, params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]


def test_me_is_who_the_token_speaks_for(shared_site: Site, ann: Person, bob: Person) -> None:
    assert data(shared_site, "/3/account/me", ann.bearer)["url"] == "Ann"
    assert data(shared_site, "/3/account/me", bob.bearer)["id"] == bob.id


@pytest.mark.parametrize("name", ["Ann", "ann", "ANN"])
def test_an_account_by_name(shared_site: Site, ann: Person, name: str) -> None:
    shown = data(shared_site, f"/3/account/{name}", ANONYMOUS)
    assert (shown["id"], shown["url"]) == (ann.id, "Ann")


def test_an_account_by_number(shared_site: Site, ann: Person) -> None:
    assert data(shared_site, "/3/account/x", ANONYMOUS, account_id=ann.id)["url"] == "Ann"
    arabic = str(ann.id).translate({ord("0") + digit: 0x660 + digit for digit in range(10)})
    for number in ("0", "x", "-1", "9" * 30, "¹", arabic):
        assert shared_site.get("/3/account/x", headers=ANONYMOUS, params={"account_id": number}).status_code == 404


def test_the_fields_are_imgurs(shared_site: Site, ann: Person, facts: Path) -> None:
    recorded = json.loads((facts / "samples" / "account_base.2025.json").read_text())["data"]
    assert list(data(shared_site, "/3/account/me", ann.bearer)) == list(recorded)
    listed = json.loads((facts / "samples" / "account_albums.2024.json").read_text())["data"][0]
    assert data(shared_site, "/3/account/me/albums", ann.bearer)[0].keys() == listed.keys()
    images = json.loads((facts / "samples" / "account_images.2024.json").read_text())["data"][0]
    assert data(shared_site, "/3/account/me/images", ann.bearer)[0].keys() == images.keys()


@pytest.mark.parametrize("path", ["", "/images", "/albums", "/images/count", "/albums/ids", "/image/abc"])
def test_me_needs_a_person(shared_site: Site, path: str) -> None:
    answer = shared_site.get(f"/3/account/me{path}", headers=ANONYMOUS)
    assert answer.status_code == 403
    assert answer.json()["data"]["error"] == "This method requires authentication"


@pytest.mark.parametrize("path", ["/3/account/nobody", "/3/account/nobody/albums", "/3/account/x'--/albums/count"])
def test_nobody(shared_site: Site, path: str) -> None:
    assert shared_site.get(path, headers=ANONYMOUS).status_code == 404


def test_pictures_newest_first(shared_site: Site, ann: Person) -> None:
    titles = [image["title"] for image in data(shared_site, "/3/account/me/images", ann.bearer)]
    assert titles == list("6543210")
    first = data(shared_site, "/3/account/Ann/images", ann.bearer)[0]
    assert first["account_url"] == "Ann"
    assert len(first["deletehash"]) == 15


def test_what_came_in_one_second_keeps_its_order(shared_site: Site) -> None:
    """Several pictures a second are usual; their ids are random."""
    carl = shared_site.person("carl")
    images = [shared_site.upload(PNG, carl.bearer)["id"] for _ in range(6)]
    made = [shared_site.post("/3/album", headers=carl.bearer).json()["data"]["id"] for _ in range(6)]
    assert data(shared_site, "/3/account/me/images/ids", carl.bearer) == images[::-1]
    assert data(shared_site, "/3/account/me/albums/ids", carl.bearer) == made[::-1]
    for page in range(3):
        shown = data(shared_site, "/3/account/me/images/ids", carl.bearer, perPage=2, page=page)
        assert shown == images[::-1][2 * page : 2 * page + 2]
    for id in images[::2]:
        shared_site.delete(f"/3/image/{id}", headers=carl.bearer)
    images = [*images[1::2], *(shared_site.upload(PNG, carl.bearer)["id"] for _ in range(3))]
    assert data(shared_site, "/3/account/me/images/ids", carl.bearer) == images[::-1]


@pytest.mark.parametrize(
    ("path", "params", "expected"),
    [
        ("/images", {"perPage": 3}, "654"),
        ("/images/0", {"perPage": 3}, "654"),
        ("/images/1", {"perPage": 3}, "321"),
        ("/images/2.json", {"perPage": 3}, "0"),
        ("/images/3/", {"perPage": 3}, ""),
        ("/images/1", {"perPage": 3, "page": 2}, "0"),
        ("/images", {"perPage": 3, "page": 1}, "321"),
        ("/images", {"page": 999999999999999}, "6543210"),
        ("/images", {"page": 99999999}, ""),
        ("/images", {"page": "x", "perPage": "y"}, "6543210"),
        ("/images", {"page": -1, "perPage": -1}, "6543210"),
        ("/images", {"perPage": 0}, "6543210"),
        ("/images", {"perPage": 5000}, "6543210"),
    ],
)
def test_pages(shared_site: Site, ann: Person, path: str, params: dict[str, Any], expected: str) -> None:
    found = data(shared_site, f"/3/account/me{path}", ann.bearer, **params)
    assert "".join(image["title"] for image in found) == expected
    ids = data(shared_site, f"/3/account/me{path.replace('/images', '/images/ids')}", ann.bearer, **params)
    assert ids == [image["id"] for image in found]


def test_pictures_are_private(shared_site: Site, ann: Person, bob: Person) -> None:
    image = data(shared_site, "/3/account/me/images", ann.bearer)[0]["id"]
    for path in ("images", "images/count", "images/ids", f"image/{image}"):
        answer = shared_site.get(f"/3/account/ann/{path}", headers=bob.bearer)
        assert (answer.status_code, answer.json()["data"]["error"]) == (403, "Unauthorized")
    assert data(shared_site, f"/3/account/ann/image/{image}", ann.bearer)["id"] == image


def test_counts(shared_site: Site, ann: Person) -> None:
    assert data(shared_site, "/3/account/me/images/count", ann.bearer) == 7
    assert data(shared_site, "/3/account/me/albums/count", ann.bearer) == 3
    assert data(shared_site, "/3/account/Ann/albums/count", ANONYMOUS) == 1


def test_albums_of_others_are_the_public_ones(shared_site: Site, ann: Person, bob: Person) -> None:
    mine = data(shared_site, "/3/account/me/albums", ann.bearer)
    assert [(album["title"], album["order"]) for album in mine] == [("secret", 0), ("public", 1), ("hidden", 2)]
    for who in (bob.bearer, ANONYMOUS):
        theirs = data(shared_site, "/3/account/Ann/albums", who)
        assert [album["title"] for album in theirs] == ["public"]
        assert "deletehash" not in theirs[0]
        assert data(shared_site, "/3/account/Ann/albums/ids", who) == [theirs[0]["id"]]
    second = data(shared_site, "/3/account/me/albums/1", ann.bearer, perPage=1)
    assert [(album["title"], album["order"]) for album in second] == [("public", 1)]


def test_one_album(shared_site: Site, ann: Person, bob: Person) -> None:
    secret = data(shared_site, "/3/account/me/albums/ids", ann.bearer)[0]
    assert data(shared_site, f"/3/account/me/album/{secret}", ann.bearer)["images"] == []
    assert shared_site.get(f"/3/account/ann/album/{secret}", headers=bob.bearer).status_code == 404
    assert shared_site.get(f"/3/account/bob/album/{secret}", headers=ann.bearer).status_code == 404


def test_deleting_through_the_account(shared_site: Site, bob: Person, ann: Person) -> None:
    image, theirs = shared_site.upload(PNG, bob.bearer), data(shared_site, "/3/account/me/images", ann.bearer)[0]
    album = shared_site.post("/3/album", headers=bob.bearer).json()["data"]
    for path in (f"image/{image['deletehash']}", f"album/{album['id']}"):
        assert shared_site.delete(f"/3/account/me/{path}", headers=bob.bearer).json()["data"] is True
    answer = shared_site.delete(f"/3/account/me/image/{theirs['id']}", headers=bob.bearer)
    assert answer.status_code == 200
    assert answer.json() == {
        "data": {"error": "Unauthorized", "request": f"/3/account/me/image/{theirs['id']}", "method": "DELETE"},
        "success": True,
        "status": 200,
    }
    answer = shared_site.delete("/3/account/me/album/FAKEdeletehash0", headers=bob.bearer)
    assert answer.json()["data"]["error"] == "Album not foundFAKEdeletehash0"
    assert shared_site.get(f"/3/image/{theirs['id']}", headers=ANONYMOUS).status_code == 200
