"""Lists in requests, and albums, have an end; none makes the writer wait for thousands of statements."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from typing import Any
from unittest.mock import patch

import pytest
from site_support import NewSite, Person, Site, picture
from starlette.requests import Request

from pyimgur.server.db.dialects.sqlite import group_commit
from pyimgur.server.http import request_body
from pyimgur.server.http.json_body import JSONParser
from pyimgur.server.services import albums
from pyimgur.server.settings import Limits

PNG = picture("PNG")
MANY = [f"none{number:05}" for number in range(10_001)]


@pytest.fixture(scope="module")
def ann(shared_site: Site) -> Person:
    return shared_site.person("collector")


def in_order(site: Site, album: str, person: Person) -> list[str]:
    answer = site.get(f"/3/album/{album}/images", headers=person.bearer)
    return [each["id"] for each in answer.json()["data"]]


def made(site: Site, person: Person, **fields: Any) -> str:
    return site.post("/3/album", headers=person.bearer, data=fields).json()["data"]["id"]


FORMS: dict[str, dict[str, Any]] = {
    "commas": {"data": {"ids": ",".join(MANY)}},
    "two fields with commas": {"data": {"ids[]": [",".join(MANY[:6_000]), ",".join(MANY[6_000:])]}},
    "JSON with commas": {"json": {"ids": ",".join(MANY)}},
    "blanks": {"data": {"ids": " ".join(MANY)}},
}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
@pytest.mark.parametrize("path", ["/3/album/{}/add", "/3/album/{}", "/3/account/me/folders/1/favorites"])
def test_too_many_items_are_refused(shared_site: Site, ann: Person, path: str, form: dict[str, Any]) -> None:
    answer = shared_site.post(path.format(made(shared_site, ann)), headers=ann.bearer, **form)
    error = answer.json()["data"]["error"]
    assert (answer.status_code, error) == (400, "The request has more than 10,000 different values of ids")


def test_a_json_list_of_too_many_is_refused(shared_site: Site, ann: Person) -> None:
    answer = shared_site.post("/3/album", headers=ann.bearer, json={"ids": MANY})
    assert (answer.status_code, answer.json()["data"]["error"]) == (400, "The request has too many fields")


def test_the_same_item_counts_once(shared_site: Site, ann: Person) -> None:
    first, second = (shared_site.upload(PNG, headers=ann.bearer)["id"] for _ in range(2))
    album = made(shared_site, ann)
    named = ",".join([second, *[first] * 50_000, second])
    answer = shared_site.post(f"/3/album/{album}/add", headers=ann.bearer, data={"ids": named})
    assert answer.status_code == 200, answer.text
    assert in_order(shared_site, album, ann) == [second, first]


def statements(work: Any) -> int:
    """How many statements about an album the writer carries out for a call."""
    with patch.object(group_commit, "execute", wraps=group_commit.execute) as execute:
        answer = work()
    assert answer.status_code == 200, answer.text
    return sum("album" in each.args[1].args for each in execute.call_args_list)


def test_a_list_costs_the_writer_as_many_statements_as_one_item(shared_site: Site, ann: Person) -> None:
    some = [shared_site.upload(PNG, headers=ann.bearer)["id"] for _ in range(12)]

    def costs(how: str, *named: str) -> int:
        album = made(shared_site, ann, ids=",".join(some[:1] if how == "add" else some))
        path, fields = f"/3/album/{album}/{how}", {"ids": ",".join(named)}
        return statements(lambda: shared_site.post(path, headers=ann.bearer, data=fields))

    for how in ("add", "remove_images"):
        assert costs(how, *some) == costs(how, some[1]), how


def test_an_album_has_a_largest_size(new_site: NewSite) -> None:
    site = new_site(limits=Limits(album_images=3))
    ann = site.person("ann")
    some = [site.upload(PNG, headers=ann.bearer)["id"] for _ in range(4)]
    error = "An album holds at most 3 images"

    def refused(answer: Any) -> None:
        assert (answer.status_code, answer.json()["data"]["error"]) == (400, error)

    refused(site.post("/3/album", headers=ann.bearer, data={"ids": ",".join(some)}))
    album = made(site, ann, ids=",".join(some[:2]))
    refused(site.post(f"/3/album/{album}/add", headers=ann.bearer, data={"ids": ",".join(some)}))
    assert in_order(site, album, ann) == some[:2], "a refused call leaves the album as it was"
    assert site.post(f"/3/album/{album}/add", headers=ann.bearer, data={"ids": ",".join(some[:3])}).status_code == 200
    refused(site.post(f"/3/album/{album}", headers=ann.bearer, data={"ids": ",".join(some)}))
    refused(site.post("/3/image", headers=ann.bearer, files={"image": PNG}, data={"album": album}))
    assert in_order(site, album, ann) == some[:3]


def test_a_larger_album_opens_and_takes_no_more(new_site: NewSite) -> None:
    site = new_site(limits=Limits(album_images=3))
    ann = site.person("ann")
    some = [site.upload(PNG, headers=ann.bearer)["id"] for _ in range(4)]
    roomy = replace(site.context, settings=replace(site.settings, limits=Limits()))
    details = albums.AlbumFields(images=some)
    album = site.run(lambda _: albums.create(roomy, details, account=ann.id, client_id=None)).id
    assert in_order(site, album, ann) == some
    answer = site.post(f"/3/album/{album}/add", headers=ann.bearer, data={"ids": some[0]})
    assert answer.status_code == 200, "adding what it holds already adds nothing"
    assert site.post("/3/image", headers=ann.bearer, files={"image": PNG}, data={"album": album}).status_code == 400
    site.post(f"/3/album/{album}/remove_images", headers=ann.bearer, data={"ids": ",".join(some[:2])})
    assert in_order(site, album, ann) == some[2:]


# ---- reading a body lets others through

ITEMS = MANY[:2_000]
BODIES: dict[str, tuple[str, bytes]] = {
    "form": ("application/x-www-form-urlencoded", "&".join(f"ids[]={each}" for each in ITEMS).encode()),
    "JSON": ("application/json", json.dumps({"ids": ITEMS}).encode()),
    "JSON lists in lists": ("application/json", json.dumps({"ids": [[[each]] for each in ITEMS]}).encode()),
    "multipart": (
        "multipart/form-data; boundary=B",
        b"".join(b'--B\r\nContent-Disposition: form-data; name="ids"\r\n\r\n%s\r\n' % each.encode() for each in ITEMS)
        + b"--B--\r\n",
    ),
}


@pytest.mark.parametrize(("content_type", "body"), BODIES.values(), ids=BODIES)
def test_others_have_their_turn_while_a_body_is_read(content_type: str, body: bytes) -> None:
    """A body that comes in one piece, and a limit that one part of it exceeds."""

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def read() -> tuple[list[str] | None, int]:
        headers = [(b"content-type", content_type.encode())]
        request = Request({"type": "http", "method": "POST", "headers": headers, "query_string": b""}, receive)
        reading = asyncio.ensure_future(request_body.read_fields(request, Limits()))
        turns = 0
        while not reading.done():
            await asyncio.sleep(0)
            turns += 1
        return (await reading).list("ids"), turns

    with patch.object(request_body, "TURN_SECONDS", -1.0):
        items, turns = asyncio.run(read())
    assert items == ITEMS
    assert turns >= len(ITEMS)


def test_lists_in_lists_keep_their_order() -> None:
    document = JSONParser()
    assert [*document.feed(b'{"ids": [["a", ["b", 3]], {"x": "y"}, null, [], true, "c"]}')] == []
    texts = [event.decode() for event in document.end() if isinstance(event, bytes)]
    assert texts == ["a", "b", "3", "true", "c"]
