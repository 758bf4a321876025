"""ETags of API responses: 304 for a response that the client has, in every format, never for another."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from site_support import ANONYMOUS, CLIENT_ID, picture

if TYPE_CHECKING:
    from site_support import Person, Site

PNG = picture("PNG")


@pytest.fixture(scope="module")
def id(shared_site: Site, ann: Person) -> str:
    return shared_site.upload(PNG, ann.bearer)["id"]


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("path", ["/3/image/{id}", "/3/image/{id}.xml", "/post/v1/media/{id}", "/3/gallery/hot"])
def test_what_is_known_is_not_sent_again(shared_site: Site, id: str, path: str, method: str) -> None:
    path = path.format(id=id)
    first = shared_site.get(path, headers=ANONYMOUS)
    again = shared_site.request(method, path, headers={**ANONYMOUS, "If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    assert "content-length" not in again.headers
    assert "content-type" not in again.headers
    assert again.headers["access-control-allow-origin"] == "*"
    assert "ETag" in again.headers["access-control-expose-headers"]


@pytest.mark.parametrize("known", ["W/{}", '"other", {}', '"other",W/{}', "*"])
def test_the_ways_to_say_what_is_known(shared_site: Site, id: str, known: str) -> None:
    tag = shared_site.get(f"/3/image/{id}", headers=ANONYMOUS).headers["etag"]
    headers = {**ANONYMOUS, "If-None-Match": known.format(tag)}
    assert shared_site.get(f"/3/image/{id}", headers=headers).status_code == 304


def test_a_tag_in_the_second_of_two_headers(shared_site: Site, id: str) -> None:
    tag = shared_site.get(f"/3/image/{id}", headers=ANONYMOUS).headers["etag"]
    headers = [*ANONYMOUS.items(), ("If-None-Match", '"other"'), ("If-None-Match", tag)]
    assert shared_site.get(f"/3/image/{id}", headers=headers).status_code == 304


@pytest.mark.parametrize("known", ['"other"', "other", "", '"', '"*"'])
def test_what_is_not_known_is_sent(shared_site: Site, id: str, known: str) -> None:
    answer = shared_site.get(f"/3/image/{id}", headers={**ANONYMOUS, "If-None-Match": known})
    assert answer.status_code == 200
    assert answer.json()["data"]["id"] == id


def test_a_head_has_the_headers_of_the_answer(shared_site: Site, id: str) -> None:
    answer = shared_site.request("HEAD", f"/3/image/{id}", headers=ANONYMOUS)
    assert answer.status_code == 200
    assert answer.content == b""
    whole = shared_site.get(f"/3/image/{id}", headers=ANONYMOUS)
    assert answer.headers["etag"] == whole.headers["etag"]
    assert answer.headers["content-length"] == str(len(whole.content))


def test_each_format_and_each_asker_has_a_tag_of_its_own(shared_site: Site, ann: Person, id: str) -> None:
    answers = [
        shared_site.get(f"/3/image/{id}", headers=ANONYMOUS),
        shared_site.get(f"/3/image/{id}", headers=ann.bearer),  # who sees the delete hash
        shared_site.get(f"/3/image/{id}.xml", headers=ANONYMOUS),
        shared_site.get(f"/3/image/{id}?client_id={CLIENT_ID}&callback=show"),
    ]
    assert [answer.status_code for answer in answers] == [200] * 4
    assert len({answer.headers["etag"] for answer in answers}) == 4


def test_a_change_is_seen(shared_site: Site, ann: Person) -> None:
    path = f"/3/image/{shared_site.upload(PNG, ann.bearer)['id']}"
    tag = shared_site.get(path, headers=ann.bearer).headers["etag"]
    changed = shared_site.post(path, headers={**ann.bearer, "If-None-Match": tag}, data={"title": "new"})
    assert (changed.status_code, "etag" in changed.headers) == (200, False)
    answer = shared_site.get(path, headers={**ann.bearer, "If-None-Match": tag})
    assert (answer.status_code, answer.json()["data"]["title"]) == (200, "new")


def test_a_refusal_has_no_tag(shared_site: Site) -> None:
    answer = shared_site.get("/3/image/nothere", headers={**ANONYMOUS, "If-None-Match": "*"})
    assert (answer.status_code, "etag" in answer.headers) == (404, False)


def test_nothing_new_costs_a_credit_too(site: Site) -> None:
    first = site.get("/3/gallery/hot", headers=ANONYMOUS)
    again = site.get("/3/gallery/hot", headers={**ANONYMOUS, "If-None-Match": first.headers["etag"]})
    left = [int(answer.headers["x-ratelimit-userremaining"]) for answer in (first, again)]
    assert (again.status_code, left[0] - left[1]) == (304, 1)
