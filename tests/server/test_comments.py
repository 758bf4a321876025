"""Comments over HTTP: trees, votes, replies, reports, and deleted comments."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from gallery_support import PNG, differences, get, ids, post, recorded, submit, submit_album
from site_support import ANONYMOUS, Person, Site

from picked import picked
from pyimgur.server.services import comments


@pytest.fixture
def ann(site: Site) -> Person:
    return site.person("ann")


@pytest.fixture
def bob(site: Site) -> Person:
    return site.person("bob")


@pytest.fixture
def on(site: Site, ann: Person) -> str:
    return submit(site, ann)


def say(site: Site, who: Person, on: str, text: str, **fields: str) -> int:
    return int(post(site, "/3/comment", who, image_id=on, comment=text, **fields)["id"])


def tree(shown: list[dict[str, Any]]) -> list[Any]:
    return [(each["comment"], tree(each["children"])) for each in shown]


def test_every_way_to_write_one(site: Site, ann: Person, bob: Person, on: str) -> None:
    first = say(site, bob, on, "first")
    second = post(site, f"/3/gallery/{on}/comment", ann, comment="second")["id"]
    post(site, "/3/comment", ann, image_id=on, comment="by field", parent_id=str(first))
    post(site, f"/3/comment/{first}", ann, image_id=on, comment="by path")
    post(site, f"/3/gallery/{on}/comment/{second}", bob, comment="by post")
    assert tree(get(site, f"/3/gallery/{on}/comments/best")) == [
        ("first", [("by field", []), ("by path", [])]),
        ("second", [("by post", [])]),
    ]
    assert get(site, f"/3/gallery/{on}")["comment_count"] == get(site, f"/3/gallery/{on}/comments/count") == 5
    assert len(get(site, f"/3/gallery/image/{on}/comments/ids")) == 5
    assert tree([get(site, f"/3/comment/{first}/replies")]) == [("first", [("by field", []), ("by path", [])])]
    assert get(site, f"/3/comment/{second}")["children"] == []
    assert get(site, f"/3/gallery/{on}/comment/{second}")["comment"] == "second"


def test_the_orders(site: Site, ann: Person, bob: Person, on: str) -> None:
    loved, fought, new = (say(site, ann, on, text) for text in ("loved", "fought", "new"))
    cast = [(loved, "up"), (fought, "up"), (fought, "up"), (fought, "down"), (fought, "down")]
    for number, (id, word) in enumerate(cast):
        post(site, f"/3/comment/{id}/vote/{word}", site.person(f"voter{number}"))
    assert ids(get(site, f"/3/gallery/{on}/comments")) == ids(get(site, f"/3/gallery/{on}/comments/best"))
    assert ids(get(site, f"/3/gallery/{on}/comments/best")) == [loved, fought, new]
    assert ids(get(site, f"/3/gallery/{on}/comments/top")) == [fought, loved, new]
    assert ids(get(site, f"/3/gallery/{on}/comments/new")) == [new, fought, loved]
    assert get(site, f"/3/gallery/{on}/comments/new/1") == []


@pytest.mark.parametrize("method", ["POST", "GET"])
def test_votes(site: Site, ann: Person, bob: Person, on: str, method: str) -> None:
    id = say(site, ann, on, "x")
    assert (get(site, f"/3/comment/{id}", ann)["vote"], get(site, f"/3/comment/{id}")["ups"]) == ("up", 1)
    for word, votes, mine in (("up", (2, 0), "up"), ("down", (1, 1), "down"), ("veto", (1, 0), None)):
        assert site.request(method, f"/3/comment/{id}/vote/{word}", headers=bob.bearer).json()["data"] is True
        shown = get(site, f"/3/comment/{id}", bob)
        assert (shown["ups"], shown["downs"], shown["points"], shown["vote"]) == (*votes, votes[0] - votes[1], mine)
        assert get(site, f"/3/gallery/{on}/comments", bob)[0]["vote"] == mine
        assert get(site, "/3/account/ann/comments", bob)[0]["vote"] == mine
    assert site.request(method, f"/3/comment/{id}/vote/up", headers=ANONYMOUS).status_code == 403
    assert site.request(method, f"/3/comment/{id}/vote/nonsense", headers=bob.bearer).status_code == 400


def test_a_deleted_one_keeps_its_place_as_long_as_it_has_answers(site: Site, ann: Person, bob: Person, on: str) -> None:
    top = say(site, ann, on, "top")
    answer = say(site, bob, on, "answer", parent_id=str(top))
    assert site.delete(f"/3/comment/{top}", headers=bob.bearer).status_code == 403
    assert site.delete(f"/3/comment/{top}", headers=ann.bearer).json()["data"] is True
    (shown,) = get(site, f"/3/gallery/{on}/comments")
    assert picked(shown, "deleted", "author", "author_id", "comment") == {
        "deleted": True,
        "author": "[deleted]",
        "author_id": 0,
        "comment": "[deleted]",
    }
    assert ids(shown["children"]) == [answer]
    assert site.get(f"/3/comment/{top}", headers=ANONYMOUS).status_code == 404
    assert get(site, f"/3/gallery/{on}/comments/ids") == [answer]
    assert get(site, f"/3/gallery/{on}")["comment_count"] == 1
    assert get(site, "/3/account/ann/comments") == []
    assert site.post(f"/3/comment/{top}", headers=bob.bearer, data={"comment": "late"}).status_code == 404
    site.delete(f"/3/comment/{answer}", headers=bob.bearer)
    assert get(site, f"/3/gallery/{on}/comments") == []


def test_reports(site: Site, ann: Person, bob: Person, on: str, facts: Path) -> None:
    id = say(site, ann, on, "x")
    for reason in ("2", "9"):
        assert post(site, f"/3/comment/{id}/report", bob, reason=reason) is recorded(facts, "comment_report.json")
    assert site.post("/3/comment/99/report", headers=bob.bearer).status_code == 404


@pytest.mark.parametrize(
    ("fields", "status"),
    [({}, 400), ({"comment": " "}, 400), ({"comment": "x" * 501}, 400), ({"comment": "x" * 500}, 200)],
)
def test_what_is_no_comment(site: Site, ann: Person, on: str, fields: dict[str, str], status: int) -> None:
    assert site.post(f"/3/gallery/{on}/comment", headers=ann.bearer, data=fields).status_code == status


def test_where_nothing_can_be_said(site: Site, ann: Person, bob: Person, on: str) -> None:
    elsewhere = say(site, ann, submit(site, bob), "x")
    tries = [
        ({"image_id": "nothing", "comment": "x"}, 404),
        ({"image_id": on, "comment": "x", "parent_id": str(elsewhere)}, 404),
        ({"image_id": on, "comment": "x", "parent_id": "99999"}, 404),
        ({"image_id": on, "comment": "x", "parent_id": "abc"}, 404),
        ({"comment": "x"}, 400),
    ]
    for fields, status in tries:
        assert site.post("/3/comment", headers=ann.bearer, data=fields).status_code == status, fields
    assert site.post("/3/comment", headers=ANONYMOUS, data={"image_id": on, "comment": "x"}).status_code == 403
    assert site.get("/3/gallery/nothing/comments", headers=ANONYMOUS).status_code == 404


@pytest.mark.parametrize(("id", "status"), [("0", 400), ("null", 400), ("7", 404), ("x", 404), ("9" * 40, 404)])
def test_which_comment(site: Site, id: str, status: int) -> None:
    answer = site.get(f"/3/comment/{id}", headers=ANONYMOUS)
    assert answer.status_code == status
    if status == 400:
        assert answer.json()["data"]["error"] == "An ID is required."


def test_answers_go_only_so_deep(site: Site, ann: Person, on: str) -> None:
    last = say(site, ann, on, "x")
    for _ in range(comments.MAX_DEPTH):
        last = say(site, ann, on, "x", parent_id=str(last))
    answer = site.post("/3/comment", headers=ann.bearer, data={"image_id": on, "comment": "x", "parent_id": str(last)})
    assert answer.status_code == 400
    for path in (f"/3/gallery/{on}/comments", f"/3/gallery/{on}/comments.xml"):
        assert site.get(path, headers=ANONYMOUS).text.count("parent_id") in {51, 102}


def test_what_an_account_wrote(site: Site, ann: Person, bob: Person, on: str) -> None:
    made = [say(site, ann, on, f"{number}") for number in range(52)][::-1]
    say(site, bob, on, "not hers")
    post(site, f"/3/comment/{made[7]}/vote/up", bob)
    assert ids(get(site, "/3/account/ann/comments")) == made[:50]
    assert ids(get(site, "/3/account/me/comments/newest/1", ann)) == made[50:]
    assert get(site, "/3/account/ann/comments/ids/oldest/0") == made[::-1][:50]
    assert get(site, "/3/account/ann/comments/ids/1") == made[50:]
    post(site, f"/3/comment/{made[9]}/vote/down", bob)
    assert get(site, "/3/account/ann/comments/best")[0]["id"] == made[7]
    assert ids(get(site, "/3/account/ann/comments/worst"))[:2] == [made[9], made[0]]
    assert get(site, "/3/account/ann/comments/count") == 52
    assert get(site, f"/3/account/ann/comment/{made[0]}")["id"] == made[0]
    assert site.get(f"/3/account/bob/comment/{made[0]}", headers=ANONYMOUS).status_code == 404


def test_deleted_through_the_account(site: Site, ann: Person, bob: Person, on: str, facts: Path) -> None:
    id = say(site, ann, on, "x")
    others = site.delete(f"/3/account/me/comment/{id}", headers=bob.bearer).json()
    assert (others["data"]["error"], others["success"]) == ("Unauthorized", True)
    assert site.delete(f"/3/account/ann/comment/{id}", headers=ann.bearer).json()["data"] is True
    again = site.delete(f"/3/account/me/comment/{id}", headers=ann.bearer)
    said = recorded(facts, "account_comment_delete.error_200.json")
    assert again.json() == {"data": {**said, "request": f"/3/account/me/comment/{id}"}, "success": True, "status": 200}


def test_the_cover_beside_a_comment_is_one_that_the_album_holds(site: Site, ann: Person) -> None:
    album = submit_album(site, ann, pictures=2)
    first, second = ids(get(site, f"/3/album/{album}/images"))
    number = post(site, f"/3/gallery/{album}/comment", ann, comment="x")["id"]
    for chosen, shown in ((second, second), (site.upload(PNG, ann.bearer)["id"], first), ("<script>", first)):
        site.put(f"/3/album/{album}", headers=ann.bearer, data={"cover": chosen}).raise_for_status()
        assert get(site, f"/3/comment/{number}")["album_cover"] == get(site, f"/3/album/{album}")["cover"] == shown


def test_comments_have_the_recorded_fields(site: Site, ann: Person, facts: Path) -> None:
    album = submit_album(site, ann)
    made = post(site, f"/3/gallery/{album}/comment", ann, comment="x")
    assert differences(recorded(facts, "comment_create.2024.json"), made) == []
    post(site, f"/3/comment/{made['id']}", ann, image_id=album, comment="y")
    for name in ("comment_get.2024.json", "comment_get.2025.json"):
        assert differences(recorded(facts, name), get(site, f"/3/comment/{made['id']}", ann)) == []
    grown = recorded(facts, "comment_replies.json")
    shown = get(site, f"/3/comment/{made['id']}/replies", ann)
    assert differences(grown, shown) == differences(grown["children"][0], shown["children"][0]) == []
    assert differences(recorded(facts, "gallery_comments.json")[0], get(site, f"/3/gallery/{album}/comments")[0]) == []
    of_account = recorded(facts, "account_comments.json")[0]
    assert differences(of_account, get(site, "/3/account/ann/comments")[0]) == []
    assert (shown["on_album"], bool(shown["album_cover"]), shown["platform"]) == (True, True, "api")
    assert all(isinstance(id, int) for id in get(site, "/3/account/ann/comments/ids"))
