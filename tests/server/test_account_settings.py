"""Accounts over HTTP: settings, blocks, messages, and deleting an account."""

from __future__ import annotations

import io
from typing import Any

import pytest
from PIL import Image
from site_support import ANONYMOUS, PASSWORD, Person, Site, picture

from pyimgur.server.services import profiles

PNG = picture("PNG")


@pytest.fixture(scope="module")
def ann(shared_site: Site) -> Person:
    return shared_site.person("Ann")


def data(site: Site, path: str, who: Person, method: str = "GET", **how: Any) -> Any:
    answer = site.request(method, path, headers=who.bearer, **how)
    assert answer.status_code in {200, 201}, answer.text
    return answer.json()["data"]


def error(site: Site, path: str, who: Person, method: str = "GET", **how: Any) -> tuple[int, Any]:
    answer = site.request(method, path, headers=who.bearer, **how)
    assert answer.json()["success"] is False
    return answer.status_code, answer.json()["data"]["error"]


# ---- settings


@pytest.mark.parametrize("method", ["PUT", "POST"])
def test_settings_are_kept(site: Site, method: str) -> None:
    ann = site.person("Ann")
    form = {"bio": "I saw a duck.", "public_images": "true", "messaging_enabled": "0", "album_privacy": "secret"}
    assert data(site, "/3/account/me/settings", ann, method, data=form) is True
    data(site, "/3/account/Ann/settings", ann, method, data={"newsletter_subscribed": "1", "avatar": "plain/teal"})
    kept = data(site, "/3/account/me/settings", ann)
    assert (kept["public_images"], kept["messaging_enabled"], kept["album_privacy"]) == (True, False, "secret")
    assert (kept["newsletter_subscribed"], kept["show_mature"], kept["account_url"]) == (True, False, "Ann")
    shown = site.get("/3/account/Ann", headers=ANONYMOUS).json()["data"]
    assert (shown["bio"], shown["avatar_name"]) == ("I saw a duck.", "plain/teal")
    assert kept["high_quality"] is False
    data(site, "/3/account/me/settings", ann, method, json={"bio": "", "public_images": False, "high_quality": "1"})
    assert site.get("/3/account/Ann", headers=ANONYMOUS).json()["data"]["bio"] is None
    changed = data(site, "/3/account/me/settings", ann)
    assert (changed["public_images"], changed["high_quality"]) == (False, True)


def test_new_albums_are_what_the_settings_say(site: Site) -> None:
    ann = site.person("Ann")
    data(site, "/3/account/me/settings", ann, "PUT", data={"album_privacy": "public"})
    for form, privacy in (({}, "public"), ({"privacy": "secret"}, "secret")):
        made = data(site, "/3/album", ann, "POST", data=form)
        assert data(site, f"/3/album/{made['id']}", ann)["privacy"] == privacy
    made = site.post("/3/album", headers=ANONYMOUS).json()["data"]
    assert site.get(f"/3/album/{made['id']}", headers=ANONYMOUS).json()["data"]["privacy"] == "hidden"


@pytest.mark.parametrize(
    "form",
    [
        {"username": "somebody"},
        {"album_privacy": "shared"},
        {"avatar": "../../etc/passwd"},
        {"show_mature": "maybe"},
        {"bio": "x" * 2_001},
    ],
)
def test_what_cannot_be_chosen_is_refused_and_changes_nothing(
    shared_site: Site, ann: Person, form: dict[str, str]
) -> None:
    before = data(shared_site, "/3/account/me/settings", ann)
    status, text = error(shared_site, "/3/account/me/settings", ann, "PUT", data={"newsletter_subscribed": "1", **form})
    assert status == 400
    assert text
    assert data(shared_site, "/3/account/me/settings", ann) == before


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "settings"),
        ("PUT", "settings"),
        ("GET", "verifyemail"),
        ("POST", "verifyemail"),
        ("GET", "avatar"),
        ("GET", "notifications"),
        ("GET", "notifications/replies"),
        ("GET", "notifications/messages"),
    ],
)
def test_what_is_ones_own_is_nobody_elses(shared_site: Site, ann: Person, bob: Person, method: str, path: str) -> None:
    assert error(shared_site, f"/3/account/{ann.name}/{path}", bob, method) == (403, "Unauthorized")
    answer = shared_site.request(method, f"/3/account/me/{path}", headers=ANONYMOUS)
    assert answer.status_code == 403
    assert answer.json()["data"]["error"] == "This method requires authentication"


def test_an_address_is_verified_once(site: Site) -> None:
    ann = site.person("Ann")
    assert data(site, "/3/account/me/verifyemail", ann) is False
    assert data(site, "/3/account/me/verifyemail", ann, "POST") is True
    assert data(site, "/3/account/me/verifyemail", ann) is True
    assert error(site, "/3/account/me/verifyemail", ann, "POST") == (400, "User Previously Verified")


# ---- pictures of people


def test_everybody_has_a_picture(shared_site: Site, ann: Person) -> None:
    shown = data(shared_site, "/3/account/me", ann)
    assert shown["avatar_name"] == "default/A"
    assert data(shared_site, "/3/account/me/avatar", ann) == {
        "avatar": shown["avatar"],
        "avatar_name": shown["avatar_name"],
    }
    for link, width in ((shown["avatar"], 290), (shown["cover"], 2560)):
        answer = shared_site.get(link)
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert Image.open(io.BytesIO(answer.content)).width == width
    assert shared_site.get("/user/nobody/avatar").status_code == 404


def test_every_picture_that_can_be_chosen_is_there(site: Site) -> None:
    ann = site.person("Ann")
    offered = site.get("/3/account/anybody/available_avatars", headers=ANONYMOUS).json()["data"]
    assert offered["available_avatars_count"] == len(offered["available_avatars"]) > 1
    seen = set[bytes]()
    for each in offered["available_avatars"]:
        data(site, "/3/account/me/settings", ann, "PUT", data={"avatar": each["name"]})
        mine = site.get(data(site, "/3/account/me", ann)["avatar"]).content
        assert site.get(each["location"]).content == mine
        Image.open(io.BytesIO(mine)).load()
        seen.add(mine)
    assert len(seen) == offered["available_avatars_count"]
    assert site.get("/avatar/plain/nothing.png").status_code == 404


@pytest.mark.parametrize(
    ("reputation", "name"),
    [(-1, "Forever Alone"), (0, "Neutral"), (14, "Neutral"), (400, "Accepted"), (26_921, "Glorious")],
)
def test_reputation_has_a_name(reputation: int, name: str) -> None:
    assert profiles.reputation_name(reputation) == name


# ---- leaving


def test_who_leaves_takes_all_along(site: Site) -> None:
    ann, bob = site.person("Ann"), site.person("bob")
    image, theirs = site.upload(PNG, ann.bearer), site.upload(PNG, bob.bearer)
    album = data(site, "/3/album", ann, "POST", data={"privacy": "public"})["id"]
    for one, other in ((ann, bob), (bob, ann)):
        data(site, f"/3/conversations/{other.name}", one, "POST", data={"body": "hello"})
    data(site, "/account/v1/Ann/block", bob, "POST")
    site.get(image["link"]).raise_for_status()
    form = {"password": PASSWORD, "reasons": ["bored"], "feedback": "bye"}
    assert data(site, "/3/account/me/delete?client_id=abc", ann, "POST", json=form) is True
    dead = site.get("/3/account/me", headers=ann.bearer)
    assert (dead.status_code, dead.json()["data"]["error"]) == (403, "The access token provided is invalid.")
    for path in ("/3/account/Ann", f"/3/image/{image['id']}", f"/3/album/{album}"):
        assert site.get(path, headers=ANONYMOUS).status_code == 404
    assert site.get(image["link"], follow_redirects=False).status_code != 200
    assert [file.name.partition(".")[0] for file in site.files()] == [theirs["id"]]
    assert data(site, "/3/conversations", bob) == []
    assert data(site, "/3/account/me/block", bob)["items"] == []
    assert site.person("Ann").id != ann.id


@pytest.mark.parametrize("form", [{}, {"password": ""}, {"password": "guess"}])
def test_nobody_leaves_without_the_password(site: Site, form: dict[str, str]) -> None:
    ann = site.person("Ann")
    assert error(site, "/3/account/me/delete", ann, "POST", json=form)[0] == 403
    assert data(site, "/3/account/me", ann)["id"] == ann.id


def test_passwords_cannot_be_tried_out_by_leaving(site: Site) -> None:
    ann = site.person("Ann")
    tries = [error(site, "/3/account/me/delete", ann, "POST", json={"password": "guess"})[0] for _ in range(12)]
    assert tries[-1] == 429


# ---- blocks


def test_blocks(site: Site) -> None:
    ann, bob = site.person("Ann"), site.person("bob")
    path = "/account/v1/bob/block"
    assert site.get(path, headers=ann.bearer).json() == {"data": {"blocked": False}}
    for _ in range(2):
        made = site.post(path, headers=ann.bearer)
        assert (made.status_code, made.json()) == (201, {"data": {"blocked": True}, "success": True, "status": 201})
    assert site.get(path, headers=ann.bearer).json() == {"data": {"blocked": True}}
    assert data(site, "/3/account/me/block", ann) == {"items": [{"url": "bob"}], "next": None}
    assert data(site, "/3/account/bob", ann)["is_blocked"] is True
    assert data(site, "/3/account/bob", bob)["is_blocked"] is False
    assert data(site, "/3/account/me/settings", ann)["blocked_users"] == [{"blocked_id": bob.id, "blocked_url": "bob"}]
    assert error(site, "/3/conversations/Ann", bob, "POST", data={"body": "hi"})[0] == 403
    gone = site.delete(path, headers=ann.bearer)
    assert (gone.status_code, gone.json()) == (200, {"data": {"blocked": False}, "success": True, "status": 204})
    assert data(site, "/3/account/me/block", ann)["items"] == []
    assert data(site, "/3/conversations/Ann", bob, "POST", data={"body": "hi"}) is True


def test_a_long_list_of_blocks_has_pages(site: Site) -> None:
    ann = site.person("Ann")
    for number in range(102):
        site.person(f"user{number}")
        site.post(f"/account/v1/user{number}/block", headers=ann.bearer)
    first = data(site, "/3/account/me/block", ann)
    rest = data(site, "/3/account/me/block", ann, params={"cursor": first["next"]})
    assert [len(first["items"]), len(rest["items"]), rest["next"]] == [100, 2, None]
    arabic = first["next"].translate({ord("0") + digit: 0x660 + digit for digit in range(10)})
    for strange in ("x", "-1", "9" * 30, arabic):
        assert data(site, "/3/account/me/block", ann, params={"cursor": strange}) == first


def test_who_can_be_blocked(shared_site: Site, ann: Person) -> None:
    assert error(shared_site, "/account/v1/Ann/block", ann, "POST")[0] == 400
    assert error(shared_site, "/account/v1/nobody/block", ann, "POST")[0] == 404
    assert shared_site.post("/account/v1/bob/block", headers=ANONYMOUS).status_code == 403


# ---- conversations


def write(site: Site, one: Person, to: Person, *bodies: str) -> None:
    for body in bodies:
        site.clock.forward(1)
        assert data(site, f"/3/conversations/{to.name}", one, "POST", data={"body": body}) is True


def test_both_see_a_conversation(site: Site) -> None:
    ann, bob = site.person("Ann"), site.person("bob")
    write(site, ann, bob, "one", "two\nlines " + "x" * 80)
    write(site, bob, ann, "three")
    mine, theirs = (data(site, "/3/conversations", who)[0] for who in (ann, bob))
    assert mine == {
        "id": theirs["id"],
        "with_account": "bob",
        "with_account_id": bob.id,
        "last_message_preview": "three",
        "message_count": 3,
        "datetime": int(site.clock()),
    }
    assert theirs["with_account"] == "Ann"
    seen = data(site, f"/3/conversations/{mine['id']}", bob)
    assert [(each["from"], each["body"][:3], each["account_id"]) for each in seen["messages"]] == [
        ("Ann", "one", bob.id),
        ("Ann", "two", bob.id),
        ("bob", "thr", bob.id),
    ]
    assert (seen["done"], seen["page"]) == (True, 2)


def test_a_conversation_has_pages_from_the_newest_on(site: Site) -> None:
    ann, bob = site.person("Ann"), site.person("bob")
    write(site, ann, bob, *(str(number) for number in range(30)))
    id = data(site, "/3/conversations", ann)[0]["id"]
    pages = [data(site, f"/3/conversations/{id}{rest}", ann) for rest in ("", "/2", "/2/0", "/1/5", "/9")]
    shown = [[int(each["body"]) for each in page["messages"]] for page in pages]
    assert shown == [[*range(5, 30)], [*range(5)], [*range(5)], [*range(25)], []]
    assert [page["done"] for page in pages] == [False, True, True, True, True]


def test_a_conversation_is_deleted_for_one_only(site: Site) -> None:
    ann, bob = site.person("Ann"), site.person("bob")
    write(site, ann, bob, "one", "two")
    id = data(site, "/3/conversations", ann)[0]["id"]
    assert data(site, f"/3/conversations/{id}", ann, "DELETE") is True
    assert data(site, "/3/conversations", ann) == []
    assert error(site, f"/3/conversations/{id}", ann)[0] == 404
    assert data(site, f"/3/conversations/{id}", bob)["message_count"] == 2
    write(site, bob, ann, "three")
    assert [each["body"] for each in data(site, f"/3/conversations/{id}", ann)["messages"]] == ["three"]
    assert data(site, f"/3/conversations/{id}", bob)["message_count"] == 3


def test_a_conversation_is_for_the_two_alone(site: Site) -> None:
    ann, bob, eve = (site.person(name) for name in ("Ann", "bob", "eve"))
    write(site, ann, bob, "secret")
    id = data(site, "/3/conversations", ann)[0]["id"]
    for method in ("GET", "DELETE"):
        assert error(site, f"/3/conversations/{id}", eve, method)[0] == 404
    assert data(site, "/3/conversations", eve) == []
    assert data(site, f"/3/conversations/{id}", bob)["messages"][0]["body"] == "secret"
    assert site.get("/3/conversations", headers=ANONYMOUS).status_code == 403


@pytest.mark.parametrize(("to", "body", "status"), [("bob", " ", 400), ("Ann", "x", 400), ("nobody", "x", 404)])
def test_messages_that_cannot_be_sent(
    shared_site: Site, ann: Person, bob: Person, to: str, body: str, status: int
) -> None:
    assert error(shared_site, f"/3/conversations/{to}", ann, "POST", data={"body": body})[0] == status
    assert error(shared_site, "/3/conversations/bob", ann, "POST", data={"body": "x" * 10_001})[0] == 400


def test_who_wants_no_messages_gets_none(site: Site) -> None:
    ann, bob = site.person("Ann"), site.person("bob")
    data(site, "/3/account/me/settings", ann, "PUT", data={"messaging_enabled": "false"})
    assert error(site, "/3/conversations/Ann", bob, "POST", data={"body": "hi"})[0] == 403
    assert data(site, "/3/conversations", ann) == []


def test_reporting_and_blocking_in_a_conversation(site: Site) -> None:
    ann, _ = site.person("Ann"), site.person("bob")
    for _ in range(2):
        assert data(site, "/3/conversations/report/bob", ann, "POST") is True
    assert data(site, "/3/conversations/block/bob", ann, "POST") is True
    assert site.get("/account/v1/bob/block", headers=ann.bearer).json()["data"]["blocked"] is True
    assert error(site, "/3/conversations/report/nobody", ann, "POST")[0] == 404
