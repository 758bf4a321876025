"""Counts stay right after deletions: of tags, points, comments, favorites and search words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import pytest
from context_support import blob_path
from gallery_support import PNG, get, ids, post, submit, submit_album
from site_support import ANONYMOUS, PASSWORD, Person, Site

from picked import picked
from pyimgur.server.errors import NotFoundError
from pyimgur.server.services import integrity, messages, moderation, posts, profiles

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def ann(site: Site) -> Person:
    return site.person("Ann")


@pytest.fixture
def bob(site: Site) -> Person:
    return site.person("bob")


def leave(site: Site, who: Person) -> None:
    answer = site.post("/3/account/me/delete", headers=who.bearer, json={"password": PASSWORD})
    assert answer.json()["data"] is True


def totals(site: Site) -> dict[str, int]:
    return {each["name"]: each["total_items"] for each in get(site, "/3/tags")["tags"]}


def counts(site: Site, id: str) -> dict[str, Any]:
    shown = get(site, f"/3/gallery/{id}")
    return {name: shown[name] for name in ("ups", "downs", "score", "comment_count", "favorite_count")}


def comment(site: Site, who: Person, id: str, text: str = "A classic") -> int:
    return int(post(site, f"/3/gallery/{id}/comment", who, comment=text)["id"])


def test_the_tags_of_who_leaves_are_counted_out(site: Site, ann: Person, bob: Person) -> None:
    submit(site, ann, "a post", tags="cats,dogs")
    album = submit_album(site, ann)
    post(site, f"/3/gallery/tags/{album}", ann, tags="cats")
    kept = submit(site, bob, "another", tags="cats")
    assert totals(site) == {"cats": 3, "dogs": 1}
    leave(site, ann)
    assert totals(site) == {"cats": 1}
    assert get(site, "/3/gallery/tag_info/dogs")["total_items"] == 0
    assert ids(get(site, "/3/gallery/t/cats")["items"]) == [kept]
    assert ids(get(site, "/3/gallery/search", q="post OR another")) == [kept]


def test_what_others_posted_is_counted_without_who_leaves(site: Site, ann: Person, bob: Person) -> None:
    image, album = submit(site, bob), submit_album(site, bob)
    before = [counts(site, id) for id in (image, album)]
    for id in (image, album):
        post(site, f"/3/gallery/{id}/vote/down", ann)
        comment(site, ann, id)
    post(site, f"/3/image/{image}/favorite", ann)
    post(site, f"/3/album/{album}/favorite", ann)
    assert [counts(site, id) for id in (image, album)] != before
    leave(site, ann)
    assert [counts(site, id) for id in (image, album)] == before


def test_the_votes_on_comments_go_with_who_cast_them(site: Site, ann: Person, bob: Person) -> None:
    number = comment(site, bob, submit(site, bob))
    post(site, f"/3/comment/{number}/vote/down", ann)
    assert get(site, f"/3/comment/{number}")["points"] == 0
    leave(site, ann)
    assert get(site, f"/3/comment/{number}")["points"] == 1


def test_who_leaves_while_they_still_do_something(site: Site, ann: Person, bob: Person) -> None:
    """The token was good when the request began; what it was to make belongs to nobody, and is not made."""

    def sent() -> Iterator[bytes]:
        yield PNG[:20]
        leave(site, ann)
        yield PNG[20:]

    answer = site.post("/3/image", headers=ann.bearer, content=sent())
    assert (answer.status_code, answer.json()["data"]["error"]) == (409, "What this belongs to was deleted meanwhile")
    assert site.files() == []
    with pytest.raises(NotFoundError):
        site.run(lambda context: messages.send(context, ann.id, bob.id, "Bye"))
    with pytest.raises(NotFoundError):
        site.run(lambda context: profiles.settings(context, ann.id))


@pytest.mark.parametrize("way", ["themselves", "by whoever runs the server"])
def test_what_others_answered_stays_without_its_author(site: Site, ann: Person, bob: Person, way: str) -> None:
    id = submit(site, ann)
    first = post(site, "/3/comment", bob, image_id=id, comment="first!")["id"]
    answer = post(site, "/3/comment", ann, image_id=id, comment="an essay", parent_id=first)["id"]
    post(site, "/3/comment", bob, image_id=id, comment="so what", parent_id=answer)
    post(site, "/3/comment", bob, image_id=id, comment="nobody answers this")
    if way == "themselves":
        site.run(lambda context: profiles.delete_account_with_files(context, bob.id))
    else:
        site.run(lambda context: moderation.remove_account(context, "bob"))
    (shown,) = get(site, f"/3/gallery/{id}/comments", ann)
    assert picked(shown, "author", "author_id", "comment", "deleted") == {
        "author": "[deleted]",
        "author_id": 0,
        "comment": "[deleted]",
        "deleted": True,
    }
    (essay,) = shown["children"]
    assert (essay["comment"], essay["children"]) == ("an essay", [])
    assert get(site, f"/3/gallery/{id}", ann)["comment_count"] == 1
    assert "an essay" in site.get(f"/gallery/{id}", headers=ANONYMOUS | {"Accept": "text/html"}).text
    assert site.get(f"/comment/v1/comments?client_id=abc&filter[post]=eq:{id}").json()["data"][0]["account"] is None


def test_an_album_that_goes_while_its_post_is_looked_at(site: Site, ann: Person) -> None:
    id = submit_album(site, ann)
    found = site.run(lambda context: posts.get(context, id))
    site.delete(f"/3/album/{id}", headers=ann.bearer).raise_for_status()
    with patch.object(posts, "get", return_value=found):
        assert site.get(f"/3/gallery/{id}", headers=ANONYMOUS).status_code == 404


@pytest.mark.parametrize("kind", ["image", "album"])
def test_the_tags_of_what_is_deleted_are_counted_out(site: Site, ann: Person, kind: str) -> None:
    id = submit(site, ann) if kind == "image" else submit_album(site, ann)
    post(site, f"/3/gallery/tags/{id}", ann, tags="cats")
    submit(site, ann, "another", tags="cats")
    assert site.delete(f"/3/{kind}/{id}", headers=ann.bearer).status_code == 200
    assert totals(site) == {"cats": 1}


def test_the_tags_of_what_was_lost_are_counted_out(site: Site, ann: Person) -> None:
    lost = submit(site, ann, tags="cats,dogs")
    submit(site, ann, tags="cats")
    blob_path(site.context, lost).unlink()

    async def mend(context: Any) -> None:
        await integrity.repair(context, await integrity.check(context))

    site.run(mend)
    assert totals(site) == {"cats": 1}
