"""How long the texts may be that people write about pictures and albums: lists and pages hold thousands of them."""

from __future__ import annotations

from typing import Any

import pytest
from site_support import ANONYMOUS, Site, picture

from pyimgur.server.services.text_limits import DESCRIPTION_LENGTH, NAME_LENGTH

LONGEST = "é" * DESCRIPTION_LENGTH
REFUSED = f"A description has at most {DESCRIPTION_LENGTH:,} characters; this one has {DESCRIPTION_LENGTH + 1:,}"


@pytest.fixture(scope="module")
def image(shared_site: Site) -> dict[str, Any]:
    return shared_site.upload(picture(), description=LONGEST, name="n" * 300)


def test_what_fits_is_kept(shared_site: Site, image: dict[str, Any]) -> None:
    assert image["description"] == LONGEST
    assert image["name"] == "n" * NAME_LENGTH


@pytest.mark.parametrize("path", ["/3/image", "/3/image/{image}", "/3/album", "/3/album/{album}"])
def test_a_longer_description_is_refused_wherever_one_is_written(
    shared_site: Site, image: dict[str, Any], path: str
) -> None:
    album = shared_site.post("/3/album", headers=ANONYMOUS).json()["data"]["deletehash"]
    file = {"image": picture()} if path == "/3/image" else None
    where = path.format(image=image["deletehash"], album=album)
    answer = shared_site.post(where, headers=ANONYMOUS, data={"description": LONGEST + "é"}, files=file)
    assert (answer.status_code, answer.json()["data"]["error"]) == (400, REFUSED)


def test_titles_of_albums_are_cut_as_those_of_images_are(shared_site: Site) -> None:
    longest = shared_site.settings.limits.title_length
    made = shared_site.post("/3/album", headers=ANONYMOUS, data={"title": "t" * 1000}).json()["data"]
    shown = shared_site.get(f"/3/album/{made['id']}", headers=ANONYMOUS).json()["data"]
    assert shown["title"] == "t" * longest
    shared_site.put(f"/3/album/{made['deletehash']}", headers=ANONYMOUS, data={"title": "u" * 1000})
    shown = shared_site.get(f"/3/album/{made['id']}", headers=ANONYMOUS).json()["data"]
    assert shown["title"] == "u" * longest
