"""Albums over HTTP: creating, filling, and permissions."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from site_support import ANONYMOUS, Person, Site, picture

from picked import picked

PNG = picture("PNG")


def make(site: Site, headers: dict[str, str], **fields: Any) -> dict[str, str]:
    answer = site.post("/3/album", headers=headers, data=fields)
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]


def show(site: Site, key: str, headers: dict[str, str]) -> dict[str, Any]:
    return site.get(f"/3/album/{key}", headers=headers).json()["data"]


def test_an_own_album_is_the_users(shared_site: Site, ann: Person) -> None:
    made = make(shared_site, ann.bearer, title="T", description="D", privacy="public", layout="grid")
    shown = show(shared_site, made["id"], ANONYMOUS)
    assert picked(shown, "title", "description", "privacy", "layout") == {
        "title": "T",
        "description": "D",
        "privacy": "public",
        "layout": "grid",
    }
    assert (shown["account_url"], shown["account_id"]) == ("ann", ann.id)
    assert shown["link"] == f"{shared_site.settings.public_url}/a/{made['id']}"
    assert (shown["images"], shown["images_count"], shown["cover"]) == ([], 0, None)


def test_an_anonymous_album_is_nobodys(shared_site: Site) -> None:
    made = make(shared_site, ANONYMOUS, title="T")
    shown = show(shared_site, made["id"], ANONYMOUS)
    assert (shown["account_url"], shown["account_id"]) == (None, None)
    assert "deletehash" not in shown
    assert show(shared_site, made["deletehash"], ANONYMOUS)["deletehash"] == made["deletehash"]


def test_the_fields_are_imgurs(shared_site: Site, ann: Person, facts: Path) -> None:
    recorded = json.loads((facts / "samples" / "album_get.2024_owner.json").read_text())["data"]
    made = make(shared_site, ann.bearer)
    shared_site.upload(PNG, ann.bearer, album=made["id"])
    shown = show(shared_site, made["id"], ann.bearer)
    assert recorded.keys() - shown.keys() == {"ad_config"}
    assert recorded["images"][0].keys() == shown["images"][0].keys()
    old = json.loads((facts / "samples" / "album_get.2014.json").read_text())["data"]
    assert [key for key in shown if key in old] == list(old)
    created = json.loads((facts / "samples" / "album_create.json").read_text())["data"]
    assert list(made) == list(created)


def test_pictures_in_their_order(shared_site: Site, ann: Person) -> None:
    ids = [shared_site.upload(PNG, ann.bearer)["id"] for _ in range(3)]
    made = make(shared_site, ann.bearer, **{"ids[]": ids[::-1], "cover": ids[1]})
    shown = show(shared_site, made["id"], ann.bearer)
    assert [image["id"] for image in shown["images"]] == ids[::-1]
    assert (shown["cover"], shown["cover_width"], shown["images_count"]) == (ids[1], 40, 3)
    shared_site.delete(f"/3/image/{ids[1]}", headers=ann.bearer)
    shown = show(shared_site, made["id"], ann.bearer)
    assert (shown["cover"], shown["images_count"]) == (ids[2], 2)


def test_an_albums_delete_hash_tells_those_of_its_pictures_to_whose_they_are_only(
    shared_site: Site, ann: Person, bob: Person
) -> None:
    upload = shared_site.post("/3/image", headers=ann.bearer, files={"image": PNG}).json()["data"]
    made = make(shared_site, ann.bearer, ids=upload["id"], privacy="secret")
    for who, told in ((ANONYMOUS, ""), (bob.bearer, ""), (ann.bearer, upload["deletehash"])):
        (picture,) = show(shared_site, made["deletehash"], who)["images"]
        assert picture["deletehash"] == told


def test_anonymous_pictures_go_in_by_delete_hash(shared_site: Site) -> None:
    images = [shared_site.upload(PNG) for _ in range(2)]
    made = make(shared_site, ANONYMOUS, deletehashes=",".join(image["deletehash"] for image in images))
    assert show(shared_site, made["id"], ANONYMOUS)["images_count"] == 2
    for key in (made["id"], made["deletehash"]):  # who fills an album with others gets none of their hashes
        for path in (f"/3/album/{key}", f"/3/album/{key}/images"):
            assert images[0]["deletehash"] not in shared_site.get(path, headers=ANONYMOUS).text


def test_others_pictures_stay_out(shared_site: Site, ann: Person, bob: Person) -> None:
    image = shared_site.upload(PNG, ann.bearer)
    made = make(shared_site, bob.bearer)["id"]
    answer = shared_site.post(f"/3/album/{made}/add", headers=bob.bearer, data={"ids[]": image["id"]})
    assert answer.status_code == 400
    assert answer.json()["data"] == {
        "error": f"You must own all the image ids to add them to album {made}",
        "request": f"/3/album/{made}/add",
        "method": "POST",
    }


@pytest.mark.parametrize("method", ["POST", "PUT"])
@pytest.mark.parametrize("key", ["id", "deletehash"])
def test_changed(shared_site: Site, ann: Person, method: str, key: str) -> None:
    made = make(shared_site, ann.bearer, title="a", description="b")
    answer = shared_site.request(
        method, f"/3/album/{made[key]}", headers=ann.bearer, data={"title": "c", "layout": "nonsense"}
    )
    assert answer.json()["data"] is True
    shown = show(shared_site, made["id"], ann.bearer)
    assert (shown["title"], shown["description"], shown["layout"]) == ("c", "b", "blog")


@pytest.mark.parametrize("method", ["POST", "DELETE", "PUT"])
def test_taken_out(shared_site: Site, ann: Person, method: str) -> None:
    ids = [shared_site.upload(PNG, ann.bearer)["id"] for _ in range(2)]
    made = make(shared_site, ann.bearer, ids=",".join(ids))["id"]
    answer = shared_site.request(method, f"/3/album/{made}/remove_images", headers=ann.bearer, params={"ids": ids[0]})
    assert answer.json()["data"] is True
    assert [image["id"] for image in show(shared_site, made, ann.bearer)["images"]] == ids[1:]
    assert shared_site.get(f"/3/image/{ids[0]}", headers=ann.bearer).status_code == 200


def test_nobody_else_changes_anything(shared_site: Site, ann: Person, bob: Person) -> None:
    made = make(shared_site, ann.bearer, title="mine")["id"]
    image = shared_site.upload(PNG, bob.bearer)["id"]
    for who in (bob.bearer, ANONYMOUS):
        for method, path in (("PUT", ""), ("DELETE", ""), ("POST", "/add"), ("POST", "/remove_images")):
            answer = shared_site.request(
                method, f"/3/album/{made}{path}", headers=who, params={"title": "x", "ids": image}
            )
            assert answer.status_code == 403, (method, path)
    shown = show(shared_site, made, ann.bearer)
    assert (shown["title"], shown["images_count"]) == ("mine", 0)


def test_a_secret_album_is_not_there(shared_site: Site, ann: Person, bob: Person) -> None:
    made = make(shared_site, ann.bearer, privacy="secret")["id"]
    for who in (bob.bearer, ANONYMOUS):
        for method, path in (("GET", ""), ("GET", "/images"), ("PUT", ""), ("DELETE", "")):
            answer = shared_site.request(method, f"/3/album/{made}{path}", headers=who)
            assert answer.status_code == 404, (method, path)
            assert answer.json()["data"]["error"] == f"Unable to find an album with the id, {made}"
    assert shared_site.get(f"/a/{made}").status_code == 404
    assert show(shared_site, made, ann.bearer)["privacy"] == "secret"


def test_deleted(shared_site: Site) -> None:
    made = make(shared_site, ANONYMOUS)
    assert shared_site.delete(f"/3/album/{made['deletehash']}", headers=ANONYMOUS).json()["data"] is True
    assert shared_site.get(f"/3/album/{made['id']}", headers=ANONYMOUS).status_code == 404


def test_a_picture_that_is_not_in_it(shared_site: Site) -> None:
    made = make(shared_site, ANONYMOUS)
    answer = shared_site.get(f"/3/album/{made['id']}/image/nothing", headers=ANONYMOUS)
    assert answer.json()["data"]["error"] == "Unable to find an image with the id, nothing"


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_an_id_is_required(shared_site: Site, method: str) -> None:
    answer = shared_site.request(method, "/3/album/", headers=ANONYMOUS)
    assert (answer.status_code, answer.json()["data"]["error"]) == (400, "An ID is required.")
