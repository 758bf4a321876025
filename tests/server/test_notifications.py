"""Notifications, followed tags, the feed and reputation over HTTP."""

from __future__ import annotations

from typing import Any, cast

import pytest
from site_support import ANONYMOUS, Person, Site, picture

PNG = picture("PNG")


def data(site: Site, path: str, who: Person, method: str = "GET", **how: Any) -> Any:
    answer = site.request(method, path, headers=who.bearer, **how)
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]


def post(site: Site, who: Person, title: str = "A duck", **form: str) -> str:
    """A post in the gallery."""
    id: str = site.upload(PNG, who.bearer)["id"]
    data(site, f"/3/gallery/image/{id}", who, "POST", data={"title": title, "terms": "1", **form})
    return id


def say(site: Site, who: Person, under: str, text: str, parent: int | None = None) -> int:
    form = {"image_id": under, "comment": text, **({"parent_id": str(parent)} if parent else {})}
    id: int = data(site, "/3/comment", who, "POST", data=form)["id"]
    return id


def told(site: Site, who: Person, **params: str) -> tuple[list[Any], list[Any]]:
    """The comments and the messages that somebody is told of."""
    found = data(site, "/3/notification", who, params=params)
    assert data(site, "/3/account/me/notifications", who, params=params) == found
    return found["replies"], found["messages"]


# ---- notifications


def test_who_is_notified_of_a_comment(site: Site) -> None:
    ann, bob, eve = (site.person(name) for name in ("Ann", "bob", "eve"))
    id = post(site, ann)
    first = say(site, bob, id, "first")
    say(site, ann, id, "my own")
    answer = say(site, eve, id, "an answer", first)
    mine, theirs = told(site, ann)[0], told(site, bob)[0]
    assert [(each["content"]["comment"], each["account_id"]) for each in mine] == [("first", ann.id)]
    assert [(each["content"]["id"], each["content"]["parent_id"]) for each in theirs] == [(answer, first)]
    assert told(site, eve) == ([], [])
    single = data(site, f"/3/notification/{mine[0]['id']}", ann)
    assert single == mine[0]
    flat = data(site, "/3/account/me/notifications/replies", ann)
    assert flat["total"] == 1
    assert (flat["replies"][0]["content"], flat["replies"][0]["comment_id"]) == ("first", first)


def test_nobody_is_notified_of_whom_they_block_or_of_what_was_deleted(site: Site) -> None:
    ann, bob, eve = (site.person(name) for name in ("Ann", "bob", "eve"))
    id = post(site, ann)
    site.post("/account/v1/bob/block", headers=ann.bearer)
    say(site, bob, id, "first")
    gone = say(site, eve, id, "second")
    assert [each["content"]["comment"] for each in told(site, ann)[0]] == ["second"]
    data(site, f"/3/comment/{gone}", eve, "DELETE")
    assert told(site, ann) == ([], [])
    assert data(site, "/3/account/me/notifications/replies", ann) == {"replies": [], "total": 0}


def test_who_is_notified_of_a_message(site: Site) -> None:
    ann, bob = site.person("Ann"), site.person("bob")
    for body in ("one", "two"):
        data(site, "/3/conversations/Ann", bob, "POST", data={"body": body})
    messages = told(site, ann)[1]
    assert [(each["content"]["last_message"], each["content"]["message_num"]) for each in messages] == [
        ("two", "2"),
        ("one", "1"),
    ]
    assert messages[0]["content"]["id"] == str(data(site, "/3/conversations", ann)[0]["id"])
    assert data(site, "/3/account/Ann/notifications/messages", ann) == messages
    assert data(site, f"/3/notification/{messages[0]['id']}", ann) == messages[0]
    assert told(site, bob) == ([], [])


def test_nobody_is_notified_of_a_conversation_that_they_deleted(site: Site) -> None:
    ann, bob = site.person("Ann"), site.person("bob")
    for sender, to in ((bob, "Ann"), (ann, "bob")):
        data(site, f"/3/conversations/{to}", sender, "POST", data={"body": f"to {to}"})
    [mine] = told(site, ann)[1]
    [conversation] = data(site, "/3/conversations", ann)
    data(site, f"/3/conversations/{conversation['id']}", ann, "DELETE")
    assert told(site, ann, new="false") == ([], [])
    assert site.get(f"/3/notification/{mine['id']}", headers=ann.bearer).status_code == 404
    assert [each["content"]["last_message"] for each in told(site, bob)[1]] == ["to bob"]
    data(site, "/3/conversations/Ann", bob, "POST", data={"body": "again"})
    [again] = told(site, ann, new="false")[1]
    assert (again["content"]["last_message"], again["content"]["message_num"]) == ("again", "1")


@pytest.mark.parametrize(
    ("method", "how"),
    [
        ("POST", {"data": {"ids": "{0},{1}"}}),
        ("POST", {"data": {"ids[]": ["{0}", "{1}"]}}),
        ("POST", {"json": {"ids": ["{0}", "{1}"]}}),
        ("POST", {"content": "{0},{1}"}),
        ("POST", {"content": "{0},{1}", "headers": {"Content-Type": "application/x-www-form-urlencoded"}}),
        ("POST", {"params": {"ids": "{0},{1}"}}),
        ("PUT", {"data": {"ids": "{0},{1}"}}),
    ],
)
def test_several_are_seen_at_once(site: Site, method: str, how: dict[str, Any]) -> None:
    ann, bob = site.person("Ann"), site.person("bob")
    for body in ("one", "two", "three"):
        data(site, "/3/conversations/Ann", bob, "POST", data={"body": body})
    ids = [str(each["id"]) for each in told(site, ann)[1]]
    filled = {name: _filled(value, ids) for name, value in how.items()}
    headers = {**ann.bearer, **filled.pop("headers", {})}
    answer = site.request(method, "/3/notification", headers=headers, **filled)
    assert answer.json() == {"data": True, "success": True, "status": 200}
    assert [each["content"]["last_message"] for each in told(site, ann)[1]] == ["one"]
    every = told(site, ann, new="false")[1]
    assert [(each["content"]["last_message"], each["viewed"]) for each in every] == [
        ("three", True),
        ("two", True),
        ("one", False),
    ]


def _filled(value: Any, ids: list[str]) -> Any:
    """The same, with ids in the places of {0} and {1}."""
    if isinstance(value, str):
        return value.format(*ids)
    if isinstance(value, dict):
        fields = cast("dict[str, Any]", value)
        return {name: _filled(each, ids) for name, each in fields.items()}
    return [_filled(each, ids) for each in value]


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_one_is_seen(site: Site, method: str) -> None:
    ann, bob = site.person("Ann"), site.person("bob")
    data(site, "/3/conversations/Ann", bob, "POST", data={"body": "one"})
    id = told(site, ann)[1][0]["id"]
    assert site.request(method, f"/3/notification/{id}", headers=bob.bearer).status_code == 404
    assert told(site, ann)[1]
    assert data(site, f"/3/notification/{id}", ann, method) is True
    assert told(site, ann) == ([], [])
    assert data(site, f"/3/notification/{id}", ann)["viewed"] is True


@pytest.mark.parametrize("body", ["", "one", "1;2", "1", "9" * 200_000])
def test_nonsense_is_seen_by_nobody(site: Site, body: str) -> None:
    who = site.person("Ann")
    assert site.post("/3/notification", headers=who.bearer, content=body).status_code in {400, 404, 413}
    assert site.get("/3/notification/0", headers=who.bearer).status_code == 404
    assert site.get("/3/notification/x", headers=who.bearer).status_code == 400


# ---- tags and the feed


def test_following_a_tag(site: Site) -> None:
    ann, bob = site.person("Ann"), site.person("bob")
    duck = post(site, ann, tags="duck,water birds")
    post(site, ann, tags="cat")
    assert data(site, "/3/feed", bob) == {"items": [], "tags": []}
    for _ in range(2):
        assert data(site, "/3/account/me/follow/tag/Water_Birds", bob, "POST") == {"status": True}
    assert data(site, "/3/gallery/tag_info/water_birds", bob)["followers"] == 1
    site.clock.forward(60)
    swan = post(site, ann, tags="water birds")
    fed = data(site, "/3/feed", bob)
    assert ([each["id"] for each in fed["items"]], fed["tags"]) == ([swan, duck], ["water_birds"])
    assert data(site, "/3/feed", bob, params={"page": "1"})["items"] == []
    assert data(site, "/3/account/me/follow/tag/water_birds", bob, "DELETE") == {"status": False}
    assert data(site, "/3/feed", bob) == {"items": [], "tags": []}


@pytest.mark.parametrize(
    ("method", "tag", "status", "text"),
    [
        ("POST", "nothing", 404, "Tag does not exist"),
        ("DELETE", "nothing", 404, "Tag does not exist"),
        ("DELETE", "duck", 409, "Not following tag"),
    ],
)
def test_tags_that_cannot_be_followed(site: Site, method: str, tag: str, status: int, text: str) -> None:
    ann = site.person("Ann")
    post(site, ann, tags="duck")
    answer = site.request(method, f"/3/account/me/follow/tag/{tag}", headers=ann.bearer)
    assert answer.status_code == status
    assert answer.json() == {
        "data": {"error": text, "request": f"/3/account/me/follow/tag/{tag}", "method": method},
        "success": False,
        "status": status,
    }


def test_the_feed_keeps_back_what_is_for_adults_until_it_is_requested(site: Site) -> None:
    ann = site.person("Ann")
    id = post(site, ann, tags="duck", mature="1")
    data(site, "/3/account/me/follow/tag/duck", ann, "POST")
    assert data(site, "/3/feed", ann)["items"] == []
    data(site, "/3/account/me/settings", ann, "PUT", data={"show_mature": "1"})
    assert [each["id"] for each in data(site, "/3/feed", ann)["items"]] == [id]


# ---- reputation


def test_reputation_is_the_points_of_all_that_one_posted_and_said(site: Site) -> None:
    ann, bob = site.person("Ann"), site.person("bob")
    id = post(site, ann)
    comment = say(site, ann, id, "mine")
    before = data(site, "/3/account/Ann", bob)["reputation"]
    data(site, f"/3/gallery/{id}/vote/up", bob, "POST")
    data(site, f"/3/comment/{comment}/vote/up", bob, "POST")
    assert data(site, "/3/account/Ann", bob)["reputation"] == before + 2
    data(site, f"/3/gallery/{id}/vote/down", bob, "POST")
    assert data(site, "/3/account/Ann", bob)["reputation"] == before
    assert data(site, "/3/account/bob", bob)["reputation_name"] == "Neutral"


def test_what_one_did_in_the_gallery(site: Site) -> None:
    ann, bob = site.person("Ann"), site.person("bob")
    id = post(site, ann)
    for text in ("one", "two"):
        say(site, ann, id, text)
    data(site, f"/3/image/{id}/favorite", ann, "POST")
    data(site, f"/3/image/{id}/favorite", bob, "POST")
    seen = site.get("/3/account/Ann/gallery_profile", headers=ANONYMOUS).json()["data"]
    assert seen == {
        "trophies": [],
        "total_gallery_comments": 2,
        "total_gallery_favorites": 1,
        "total_gallery_submissions": 1,
    }
    assert site.get("/3/account/nobody/gallery_profile", headers=ANONYMOUS).status_code == 404
