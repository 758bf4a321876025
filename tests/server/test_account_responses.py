"""Responses about accounts, compared with recorded ones: the same fields and kinds of values."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import pytest
from site_support import ANONYMOUS, Person, Site, picture

ADDED: Mapping[str, frozenset[str]] = {
    "notification_list": frozenset({"has_admin_badge"}),
    "notification_get": frozenset({"has_admin_badge"}),
    "account_settings.2024": frozenset({"high_quality"}),
}
"""Fields that other records have: of later answers, or of the documentation."""
KINDS: Mapping[str, type | tuple[type, ...]] = {"string": str, "integer": int, "number": (int, float), "boolean": bool}
MAY_BE_NULL = frozenset({"avatar", "cover", "bio", "album_cover", "next", "vote"})


@pytest.fixture(scope="module")
def told(shared_site: Site) -> dict[str, Person]:
    """Ann and Bob, who have written to and commented on each other."""
    people = {name: shared_site.person(name) for name in ("Ann", "Bob")}
    ann, bob = people["Ann"].bearer, people["Bob"].bearer
    id = shared_site.upload(picture("PNG"), ann)["id"]
    form = {"title": "A duck", "terms": "1", "tags": "duck"}
    shared_site.post(f"/3/gallery/image/{id}", headers=ann, data=form).raise_for_status()
    shared_site.post("/3/comment", headers=bob, data={"image_id": id, "comment": "A classic"}).raise_for_status()
    shared_site.post("/3/conversations/Ann", headers=bob, data={"body": "Test"}).raise_for_status()
    shared_site.put("/3/account/me/settings", headers=ann, data={"bio": "Me"}).raise_for_status()
    return people


def ways(one: Any, other: Any, path: str = "data") -> list[str]:
    """Where `other` is not like `one`: a field that is missing or new, a value of another kind."""
    kinds = (kind_of(one), kind_of(other))
    if isinstance(one, dict) and isinstance(other, dict):
        mine, theirs = cast("dict[str, Any]", one), cast("dict[str, Any]", other)
        found = [f"{path}.{name}: only in one" for name in mine.keys() ^ theirs.keys()]
        return found + [
            way for name in mine.keys() & theirs.keys() for way in ways(mine[name], theirs[name], f"{path}.{name}")
        ]
    if isinstance(one, list) and isinstance(other, list):
        first, second = cast("list[Any]", one), cast("list[Any]", other)
        return ways(first[0], second[0], f"{path}[0]") if first and second else []
    name = path.rpartition(".")[2]
    if kinds[0] == kinds[1] or (name in MAY_BE_NULL and None in (one, other)):
        return []
    return [f"{path}: {kinds[0]} and {kinds[1]}"]


def kind_of(value: object) -> str:
    """What JSON calls it."""
    return type(value).__name__


def without(data: Any, names: frozenset[str]) -> Any:
    """The same, without these fields anywhere."""
    if isinstance(data, dict):
        fields = cast("dict[str, Any]", data)
        return {name: without(value, names) for name, value in fields.items() if name not in names}
    return [without(each, names) for each in cast("list[Any]", data)] if isinstance(data, list) else data


CASES = (
    ("account_base.2025", "GET", "/3/account/Ann"),
    ("account_settings.2024", "GET", "/3/account/me/settings"),
    ("account_gallery_profile", "GET", "/3/account/Ann/gallery_profile"),
    ("account_notifications_replies.2024", "GET", "/3/account/me/notifications/replies"),
    ("account_notifications.2014", "GET", "/3/account/me/notifications/messages"),
    ("notification_list", "GET", "/3/notification"),
    ("notification_get", "GET", "/3/notification/{id}"),
    ("conversation_list", "GET", "/3/conversations"),
    ("conversation_get", "GET", "/3/conversations/{id}"),
    ("account_follow_tag.2024", "POST", "/3/account/me/follow/tag/duck"),
    ("account_follow_tag.error_404", "POST", "/3/account/me/follow/tag/nothing"),
    ("account_block_create", "POST", "/account/v1/Bob/block"),
    ("account_block_status", "GET", "/account/v1/Bob/block"),
    ("account_block_list", "GET", "/3/account/me/block"),
    ("account_block_delete", "DELETE", "/account/v1/Bob/block"),
    ("account_verify_email_status.error_403", "GET", "/3/account/Bob/verifyemail"),
)


@pytest.mark.parametrize(("sample", "method", "path"), CASES, ids=[case[0] for case in CASES])
def test_an_answer_is_like_the_recorded_one(
    facts: Path, shared_site: Site, told: dict[str, Person], sample: str, method: str, path: str
) -> None:
    ann = told["Ann"].bearer
    if "{id}" in path:
        among: Any = shared_site.get(path.removesuffix("/{id}"), headers=ann).json()["data"]
        rows = among["replies"] if path.startswith("/3/notification") else among
        path = path.format(id=rows[0]["id"])
    recorded = json.loads((facts / "samples" / f"{sample}.json").read_text())
    given = shared_site.request(method, path, headers=ann).json()
    if sample == "account_notifications.2014":  # in 2014 every number was a text, and so was "viewed"
        recorded, given = ({"data": each["data"]} for each in (recorded, given))
        recorded["data"] = [each["content"] for each in recorded["data"]["messages"]]
        given["data"] = [each["content"] for each in given["data"]]
    if sample == "account_base.2025":  # the kind of following is seen nowhere else
        del recorded["data"]["user_follow"]["type"]
    assert ways(recorded, without(given, ADDED.get(sample, frozenset()))) == []


@pytest.mark.parametrize("sample", ["account_unfollow_tag.error_409", "account_verify_email_send.error_400"])
def test_a_refusal_is_the_recorded_one_to_the_letter(facts: Path, site: Site, sample: str) -> None:
    recorded = json.loads((facts / "samples" / f"{sample}.json").read_text())
    method, path = recorded["data"]["method"], recorded["data"]["request"]
    ann = site.person("Ann").bearer
    id = site.upload(picture("PNG"), ann)["id"]
    form = {"title": "A duck", "terms": "1", "tags": path.rpartition("/")[2]}
    site.post(f"/3/gallery/image/{id}", headers=ann, data=form).raise_for_status()
    site.post("/3/account/me/verifyemail", headers=ann).raise_for_status()
    assert site.request(method, path, headers=ann).json() == recorded


def test_what_others_may_know_needs_no_person(shared_site: Site, told: dict[str, Person]) -> None:
    shown = shared_site.get(f"/3/account/{told['Ann'].name}", headers=ANONYMOUS).json()["data"]
    assert "email" not in shown


@pytest.mark.parametrize(
    ("shape", "path"),
    [
        ("PostV1", "/post/v1/albums/{album}?include=media,tags,account,cover"),
        ("AccountV1", "/account/v1/accounts/Ann"),
        ("CommentV1", "/comment/v1/comments?filter[account]=eq:Bob"),
        ("OEmbed", "/oembed?url=/a/{album}"),
        ("AvailableAvatars", "/3/account/me/available_avatars"),
        ("Avatar", "/3/account/me/avatar"),
    ],
)
def test_shapes_that_are_only_described_have_every_field(
    facts: Path, shared_site: Site, told: dict[str, Person], shape: str, path: str
) -> None:
    ann = told["Ann"].bearer
    album = shared_site.post("/3/album", headers=ann).json()["data"]["id"]
    shared_site.upload(picture("PNG"), ann, album=album)
    given: Any = shared_site.get(path.format(album=album), headers=ann).json()
    given = given.get("data", given)
    shown: dict[str, Any] = given[0] if path.startswith("/comment") else given
    models: list[dict[str, Any]] = json.loads((facts / "models.json").read_text())
    model = next(each for each in models if each["name"] == shape)
    assert {str(each["name"]) for each in model["fields"]} <= shown.keys()
    kinds = {each["name"]: (each["type"], each["nullable"]) for each in model["fields"] if each["type"] in KINDS}
    wrong = {
        name: value
        for name, value in shown.items()
        if name in kinds
        and not (value is None and (kinds[name][1] or name in MAY_BE_NULL))
        and not isinstance(value, KINDS[kinds[name][0]])
    }
    assert wrong == {}
