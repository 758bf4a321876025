"""The facts about Imgur's API hold no content: nothing that a person wrote, no account, no picture, no URL them."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent / "facts"))
import make

STATUS_LINES = frozenset({"Request Entity Too Large", "Too Many Requests"})
CONSTANTS = frozenset(
    "0 2 429 Exception_UploadError ImgurException DELETE GET POST album android api bearer blog completed desktop"  # noqa: SIM905
    " gallery hidden image/gif image/jpeg image/png in_gallery iphone not_in_gallery onsfw_mod_unsafe page_load private"
    " pub-0000000000000000 public share sixth_mod_unsafe subreddit unknown up video/mp4".split()
)
INVENTED = re.compile(
    r"|[a-z_]+ ?\d{1,3}"  # an empty text, and the name of a field with a number
    r"|x0*\d{1,3}"  # an id
    r"|1?0*\d{1,3}|[0-9A-F]{6}|user\d+@example\.com|0{36}(acce|ref0)"
)
HOSTS = ("http://i.imgur.com", "https://i.imgur.com", "http://imgur.com", "https://imgur.com", "http://s.imgur.com")
LONGEST_MESSAGE = 160


def leaves(value: Any, field: str = "data") -> Iterator[tuple[str, Any]]:
    """Yield each value with the name of its field."""
    if isinstance(value, dict):
        for name, each in value.items():
            assert re.fullmatch(r"\w{1,32}", name), f"{name!r} is no name of a field"
            yield from leaves(each, name)
    elif isinstance(value, list):
        for each in value:
            yield from leaves(each, field)
    else:
        yield field, value


def of_people(field: str, value: Any, segments: frozenset[str]) -> bool:
    """Return whether a value could be content."""
    if not isinstance(value, str):
        return isinstance(value, float) and value > 100 and not value.is_integer()
    if field in make.MESSAGES:
        return len(value) > LONGEST_MESSAGE
    if value in CONSTANTS | STATUS_LINES or value in make.SCALARS or INVENTED.fullmatch(value):
        return False
    host = next((host for host in HOSTS if value.startswith(f"{host}/")), "")
    path = re.sub(r"\?max(width|height)=\d+$", "", value.removeprefix(host))
    return not path.startswith("/") or not all(plain(each, segments) for each in path[1:].split("/"))


def plain(segment: str, segments: frozenset[str]) -> bool:
    stem = segment.partition(".")[0]
    return stem in segments or len(stem) < 4 or INVENTED.fullmatch(stem.removesuffix("h")) is not None


@pytest.fixture(scope="module")
def segments(facts: Path) -> frozenset[str]:
    """The words that paths are made of."""
    endpoints = json.loads((facts / "endpoints.json").read_text("utf-8"))
    return make.PATH_WORDS | {word for each in endpoints for path in make.paths(each) for word in path.split("/")}


def test_the_facts_hold_no_content(facts: Path, segments: frozenset[str]) -> None:
    samples = sorted((facts / "samples").iterdir())
    assert len(samples) > 80
    found = []
    for path in samples:
        document = json.loads(path.read_text("utf-8"))
        found += [(path.name, *leaf) for leaf in leaves(document) if of_people(*leaf, segments)]
    for each in json.loads((facts / "errors.json").read_text("utf-8")):
        body = {"message": re.sub("<[^>]*>", "", each["body"])} if isinstance(each["body"], str) else each["body"]
        found += [("errors.json", *leaf) for leaf in leaves(body) if of_people(*leaf, segments)]
    assert found == []


@pytest.mark.parametrize(
    ("name", "allowed"),
    [("endpoints.json", r"[\w/{}.:|\[\]-]{0,64}"), ("models.json", r"[\w .,|:?\"{}()+]{1,136}")],
)
def test_descriptions_hold_no_sentences(facts: Path, name: str, allowed: str) -> None:
    values = [value for _, value in leaves(json.loads((facts / name).read_text("utf-8"))) if isinstance(value, str)]
    assert [value for value in values if not re.fullmatch(allowed, value)] == []


PERSON = {"data": [
    {
        "id": "AbCdEf7", "title": "My holiday", "description": None, "datetime": 1439066984, "account_url": "jane",
        "account_id": 9571000, "link": "http://i.imgur.com/AbCdEf7h.gif", "avatar": "https://imgur.com/user/jane/avatar",
        "type": "image/gif", "views": 413310, "size": 7, "score": 31.25, "ad_type": 0, "nsfw": False,
        "tags": ["beaches"],
        "deletehash": "FAKEdeletehash0", "email": "jane@mail.example", "mp4_size": "595876",
        "children": [{"author": "jane", "comment": "Was fun!"}],
    }
], "success": True, "status": 200}  # fmt: skip
REFUSAL = {
    "status": 404,
    "content_type": "application/json",
    "body": {"data": {"error": "No image with the id, AbCdEf7", "request": "/3/image/AbCdEf7", "method": "GET"}},
    "when": "Jane asked",
    "source": ["jane's blog"],
}
ENDPOINT = {
    "id": "image_get",
    "group": "image",
    "method": "GET",
    "path": "/3/image/{id}",
    "auth": "client",
    "params": [{"name": "id", "in": "path", "required": True, "type": "string", "values": None, "note": "jane's"}],
    "status": "deprecated since 2017, says Jane",
    "documented": True,
    "source": ["recorded by Jane"],
    "note": "Jane",
}


def test_content_is_replaced_and_everything_else_stays(tmp_path: Path) -> None:
    made = tmp_path / "made"
    for folder in (made, tmp_path / "research" / "samples"):
        folder.mkdir(parents=True)
    research = tmp_path / "research"
    model = {"name": "Image", "fields": [{"name": "id", "type": "string", "nullable": False, "meaning": "Jane's"}]}
    for name, document in (("endpoints", [ENDPOINT]), ("models", [model]), ("errors", [REFUSAL])):
        make.write(research / f"{name}.json", document)
    make.write(research / "samples" / "gallery_list.json", PERSON)
    make.main(research, made)
    text = "".join(path.read_text("utf-8") for path in made.rglob("*.json"))
    content = (
        "jane",
        "holiday",
        "AbCdEf7",
        "beaches",
        "fun",
        "FAKE",
        "1439066984",
        "9571000",
        "413310",
        "595876",
        "31.25",
    )
    assert [each for each in content if each.lower() in text.lower()] == []
    new, old = make.read(made / "samples" / "gallery_list.json")["data"][0], PERSON["data"][0]
    assert list(new) == list(old), "the same fields, in the same order"
    assert {name: type(value) for name, value in new.items()} == {name: type(value) for name, value in old.items()}
    kept = ("description", "type", "size", "ad_type", "nsfw")
    assert {name: new[name] for name in kept} == {name: old[name] for name in kept}
    assert new["link"] == f"http://i.imgur.com/{new['id']}h.gif"
    assert new["avatar"] == f"https://imgur.com/user/{new['account_url']}/avatar"
    assert new["children"][0]["author"] == new["account_url"]
    refused = make.read(made / "errors.json")[0]["body"]["data"]
    assert refused["error"] == f"No image with the id, {refused['request'].removeprefix('/3/image/')}"
    described = make.read(made / "endpoints.json")[0]
    assert (described["ended"], described["ended_in"], described["recorded"]) == (True, 2017, True)
