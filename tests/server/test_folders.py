"""Folders of favorites: what their owner can do, and that private ones are hidden from others."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from gallery_support import get, ids, post, submit, submit_album
from site_support import ANONYMOUS, CLIENT_ID, Person, Site, picture

from pyimgur import Folder, Imgur, ResourceNotFoundError

PNG = picture("PNG")
MINE = "/3/account/me/folders"


@pytest.fixture
def ann(site: Site) -> Person:
    return site.person("ann")


@pytest.fixture
def bob(site: Site) -> Person:
    return site.person("bob")


@pytest.fixture
def im(site: Site, ann: Person) -> Iterator[Imgur]:
    with Imgur(CLIENT_ID, access_token=ann.token, base_url=site.settings.public_url, clock=site.clock) as acting:
        yield acting


def folder(site: Site, who: Person, name: str = "Cats", **fields: str) -> int:
    return post(site, MINE, who, name=name, **fields)["id"]


def inside(site: Site, number: int, who: Person | None = None) -> list[str]:
    return ids(get(site, f"/3/account/ann/folders/{number}/favorites", who))


def test_a_folder_through_the_client(site: Site, im: Imgur, ann: Person, bob: Person) -> None:
    first, second = submit(site, bob, "first"), submit(site, bob, "second")
    made = im.create_folder("Cats")
    assert (made.name, made.is_private, made.account_url) == ("Cats", False, "ann")
    assert made.add_favorites([im.gallery_image(first), second])
    assert [each.id for each in made.get_favorites("oldest")] == [first, second]
    assert {each.id for each in im.get_user("me").get_favorites()} == {first, second}
    assert made.update(name="Dogs", private=True)
    assert (made.name, made.is_private) == ("Dogs", True)
    assert [(each.id, each.name) for each in im.user("ann").get_folders()] == [(0, "All Favorites"), (made.id, "Dogs")]
    assert im.user("ann").get_folder(made.id).is_private
    assert made.remove_favorites([first])
    assert [each.id for each in made.get_favorites()] == [second]
    assert made.delete()
    assert [each.id for each in im.user("ann").get_folders()] == [0]
    assert {each.id for each in im.get_user("me").get_favorites()} == {first, second}
    with pytest.raises(ResourceNotFoundError):
        Folder.load(made)


def test_a_favourite_lies_in_one_folder(site: Site, ann: Person) -> None:
    shown, first, second = submit(site, ann), folder(site, ann), folder(site, ann, "Dogs")
    for number in (first, second):
        post(site, f"{MINE}/{number}/favorites", ann, ids=shown)
    assert (inside(site, first), inside(site, second)) == ([], [shown])
    assert get(site, f"/3/gallery/{shown}", ann)["favorite_count"] == 1


def test_what_stands_in_no_gallery_can_lie_in_a_folder(site: Site, ann: Person) -> None:
    image, number = site.upload(PNG)["id"], folder(site, ann)
    post(site, f"{MINE}/{number}/favorites", ann, ids=image)
    assert ids(get(site, "/3/account/me/favorites", ann)) == [image]
    assert inside(site, number, ann) == []  # lists the gallery's, as at Imgur


def test_nobody_else_sees_into_a_private_folder(site: Site, ann: Person, bob: Person) -> None:
    shown, number = submit(site, bob), folder(site, ann, private="true")
    post(site, f"{MINE}/{number}/favorites", ann, ids=shown)
    lists = ("gallery_favorites", "folders/0/favorites")
    for who in (bob, None):
        headers = who.bearer if who else ANONYMOUS
        for path in (f"/3/account/ann/folders/{number}", f"/3/account/ann/folders/{number}/favorites"):
            assert site.get(path, headers=headers).status_code == 404
        assert ids(get(site, "/3/account/ann/folders", who)) == [0]
        assert [get(site, f"/3/account/ann/{each}", who) for each in lists] == [[], []]
        assert get(site, "/3/account/ann/gallery_profile", who)["total_gallery_favorites"] == 0
    assert inside(site, number, ann) == [shown]
    assert [ids(get(site, f"/3/account/ann/{each}", ann)) for each in lists] == [[shown], [shown]]
    site.put(f"{MINE}/{number}", headers=ann.bearer, data={"private": "false"})
    assert inside(site, number) == [shown]
    assert [ids(get(site, f"/3/account/ann/{each}")) for each in lists] == [[shown], [shown]]


@pytest.mark.parametrize(("method", "path"), [("PUT", ""), ("DELETE", ""), ("POST", "/favorites")])
def test_nobody_else_changes_a_folder(site: Site, ann: Person, bob: Person, method: str, path: str) -> None:
    shown, number = submit(site, ann), folder(site, ann)
    said = {"name": "Bob was here", "ids": shown}
    for name, status in (("me", 404), ("ann", 403)):
        answer = site.request(method, f"/3/account/{name}/folders/{number}{path}", headers=bob.bearer, data=said)
        assert answer.status_code == status
    assert site.request(method, f"{MINE}/{number}{path}", headers=ANONYMOUS, data=said).status_code == 403
    assert get(site, f"/3/account/ann/folders/{number}")["name"] == "Cats"


def test_an_album_that_becomes_secret_is_a_favourite_of_its_owner_alone(site: Site, ann: Person, bob: Person) -> None:
    album = site.post("/3/album", headers=bob.bearer).json()["data"]["id"]
    number = folder(site, ann)
    post(site, f"{MINE}/{number}/favorites", ann, ids=album)
    post(site, f"/3/album/{album}/favorite", bob)
    post(site, f"/3/album/{album}", bob, privacy="secret")
    assert get(site, "/3/account/me/favorites", ann) == []
    assert ids(get(site, "/3/account/me/favorites", bob)) == [album]
    assert post(site, f"/3/album/{album}/favorite", ann) == "unfavorited"
    assert site.post(f"/3/album/{album}/favorite", headers=ann.bearer).status_code == 404
    eve = site.person("eve")
    for path in (f"{MINE}/{folder(site, eve)}/favorites", f"/3/album/{album}/favorite"):
        assert site.post(path, headers=eve.bearer, data={"ids": album}).status_code == 404


def test_what_is_deleted_leaves_its_folder(site: Site, ann: Person, bob: Person) -> None:
    shown, number = submit_album(site, bob), folder(site, ann)
    post(site, f"{MINE}/{number}/favorites", ann, ids=shown)
    site.delete(f"/3/album/{shown}", headers=bob.bearer)
    assert inside(site, number) == []


@pytest.mark.parametrize("name", ["", " \t\n", "x" * 129])
def test_a_name_that_is_none(site: Site, ann: Person, name: str) -> None:
    assert site.post(MINE, headers=ann.bearer, data={"name": name}).status_code == 400
    assert site.put(f"{MINE}/{folder(site, ann)}", headers=ann.bearer, data={"name": name}).status_code == 400


@pytest.mark.parametrize("number", ["0", "7", "x", "-1", "999999999999999", "9" * 30])
@pytest.mark.parametrize(("method", "path"), [("PUT", ""), ("DELETE", ""), ("PUT", "/favorites")])
def test_a_folder_that_there_is_not(site: Site, ann: Person, number: str, method: str, path: str) -> None:
    answer = site.request(method, f"{MINE}/{number}{path}", headers=ann.bearer, data={"name": "x"})
    assert answer.status_code == 404


def test_what_cannot_be_laid_into_a_folder_changes_nothing(site: Site, ann: Person) -> None:
    shown, number = submit(site, ann), folder(site, ann)
    answer = site.post(f"{MINE}/{number}/favorites", headers=ann.bearer, data={"ids": f"{shown},nothere"})
    assert answer.status_code == 404
    assert get(site, "/3/account/me/favorites", ann) == []
