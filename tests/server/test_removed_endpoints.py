"""Removed API endpoints all answer alike; paths that never existed are 404."""

from __future__ import annotations

import pytest
from site_support import ANONYMOUS, Site

from pyimgur.server.routes.removed_endpoints import SWITCHED_OFF

CALLS = (
    ("GET", "/3/topics/defaults"),
    ("GET", "/3/topics/Funny/viral/week/0"),
    ("GET", "/3/topics/2/AbCdEfG"),
    ("GET", "/3/g/custom/viral/week/0"),
    ("PUT", "/3/g/custom/add_tags"),
    ("DELETE", "/3/g/custom/remove_tags"),
    ("GET", "/3/g/filtered/viral/week/0"),
    ("POST", "/3/g/block_tag"),
    ("GET", "/3/g"),
    ("POST", "/3/g/12"),
    ("GET", "/3/g/memes/viral/week/0"),
    ("GET", "/3/gallery/g/memes"),
    ("GET", "/3/memegen/defaults"),
    ("POST", "/3/gallery/AbCdEfG/vote/tag/funny/up"),
    ("GET", "/3/messages"),
    ("GET", "/3/messages/ids/0"),
    ("GET", "/3/message/12"),
    ("POST", "/3/message"),
    ("POST", "/3/message/block/bob"),
    ("POST", "/3/account/bob/message"),
    ("GET", "/3/account/bob/likes"),
    ("GET", "/3/account/bob/stats"),
    ("POST", "/3/account/bob"),
    ("DELETE", "/3/account/bob"),
    ("POST", "/account/v1/phones/verify"),
)


@pytest.mark.parametrize(("method", "path"), CALLS)
def test_it_says_so_in_the_envelope(shared_site: Site, method: str, path: str) -> None:
    answer = shared_site.request(method, path, headers=ANONYMOUS)
    assert answer.status_code == 410
    assert answer.json() == {
        "data": {"error": SWITCHED_OFF, "request": path, "method": method},
        "success": False,
        "status": 410,
    }


def test_as_for_any_call_one_must_say_who_one_is(shared_site: Site) -> None:
    assert shared_site.get("/3/topics/defaults").status_code == 401


def test_xml_is_answered_with_xml(shared_site: Site) -> None:
    answer = shared_site.get("/3/topics/defaults.xml", headers=ANONYMOUS)
    assert answer.text.startswith('<?xml version="1.0" encoding="utf-8"?><data type="array" success="0" status="410">')
    assert "<request>/3/topics/defaults.xml</request>" in answer.text


def test_it_costs_nothing(shared_site: Site) -> None:
    def left() -> int:
        return shared_site.get("/3/credits", headers=ANONYMOUS).json()["data"]["ClientRemaining"]

    before = left()
    shared_site.get("/3/memegen/defaults", headers=ANONYMOUS)
    assert left() == before


def test_what_never_was_is_not_found(shared_site: Site) -> None:
    for path in ("/3/topic", "/3/nothing", "/account/v1/nothing", "/comment/v1/nothing"):
        answer = shared_site.get(path, headers=ANONYMOUS)
        assert (answer.status_code, answer.json()["data"]["error"]) == (404, "Not Found")
