"""Responses recorded from Imgur, from 2014 to 2025, become what the methods promise."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx2

from client_support import Driven, both, enveloped
from pyimgur import IMGUR
from pyimgur._core.decode import fields
from pyimgur.resources import Object
from test_endpoints import ROWS

CALLS = {row.id: row for row in reversed(ROWS)}
ELSEWHERE = {"image_upload", "oauth2_token", "account_notifications_replies"}
"""Answers to calls that have tests of their own."""


def recorded(facts: Path) -> dict[str, bytes]:
    """The good answers, by the names of their files."""
    files = sorted((facts / "samples").glob("*.json"))
    good = (file for file in files if ".error_" not in file.name and ".missing_" not in file.name)
    return {file.name: file.read_bytes() for file in good if _id(file.name) in CALLS.keys() - ELSEWHERE}


def _id(file: str) -> str:
    return file.partition(".")[0]


def once(body: bytes) -> httpx2.MockTransport:
    """A server that gives this answer, and then empty pages."""
    left = [body]
    return httpx2.MockTransport(lambda _: httpx2.Response(200, content=left.pop() if left else enveloped([])))


@both
def test_recorded_answers_become_what_is_promised(drive: type[Driven], facts: Path) -> None:
    answers = recorded(facts)
    assert len(answers) > 40
    for file, body in answers.items():
        document = json.loads(body)
        with drive(base_url=IMGUR, transport=once(body), access_token="t0ken") as it:
            call = CALLS[_id(file)]
            result = it.run(call.call(it.im))
        sent = document.get("data", document)
        if isinstance(result, list) and isinstance(sent, dict):
            sent = sent[call.describe().within]
        assert_told(result, True if sent is None else sent, file)  # null: done, and nothing to say


def assert_told(result: Any, sent: Any, where: str) -> None:
    """`result` says all that was sent, in each field that it has."""
    if sent is None:
        assert not result, where
    elif isinstance(result, list):
        assert len(result) == len(sent), where
        for one, part in zip(result, sent, strict=True):
            assert_told(one, part, where)
    elif isinstance(result, dict) and isinstance(sent, dict):
        for key, part in sent.items():
            assert_told(result[key], part, f"{where}: {key}")
    elif isinstance(result, Object) and isinstance(sent, dict):
        names = {type(result)._aliases.get(name, name): name for name in fields(type(result))}
        for key in result.raw.keys() & names.keys() & sent.keys():
            assert_told(getattr(result, names[key]), sent[key], f"{where}: {key}")
    elif isinstance(result, Object):
        assert result.raw[result._key] == sent, where
    elif isinstance(result, bool):
        said = next(iter(sent.values())) if isinstance(sent, dict) else sent
        assert result is (said not in {"0", "", False}), where
    else:
        assert result == sent or str(result) == str(sent) or (not result and not sent), where


def test_recorded_posts_are_what_they_are(facts: Path) -> None:
    lists = {file: body for file, body in recorded(facts).items() if _id(file) in {"gallery_list", "gallery_search"}}
    assert len(lists) > 2
    for file, body in lists.items():
        sent = json.loads(body)["data"]
        with Driven(base_url=IMGUR, transport=once(body)) as it:
            items = it.im.get_gallery()
        assert [(type(one).__name__, one.id, one.ups) for one in items] == [
            ("GalleryAlbum" if raw["is_album"] else "GalleryImage", raw["id"], raw["ups"]) for raw in sent
        ], file
