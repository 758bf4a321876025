"""The page about fidelity says what the data and the tests say, and how requests are matched to endpoints."""

from __future__ import annotations

import runpy
import sys
from pathlib import Path
from typing import Any

import pytest

from endpoint_support import endpoint_id, facts, filled

ROOT = Path(__file__).parent.parent
sys.path.append(str(ROOT / "tests" / "programs"))

import program_calls  # noqa: E402

from pyimgur.testing import RecordedRequest  # noqa: E402


@pytest.fixture(scope="module")
def script() -> dict[str, Any]:
    return runpy.run_path(str(ROOT / "docs" / "fidelity.py"))


def rows(script: dict[str, Any]) -> dict[str, Any]:
    return {each["id"]: script["row"](each) for each in facts()}


@pytest.mark.parametrize(
    ("method", "path", "id"),
    [
        ("POST", "/3/image", "image_upload"),
        ("POST", "/3/upload.xml", "upload"),
        ("GET", "/3//image/abc/", "image_get"),
        ("GET", "/3/account/me/images", "account_images"),
        ("GET", "/3/account/me/images/2", "account_images"),
        ("GET", "/3/account/me/images/count", "account_image_count"),
        ("PATCH", "/3/image", None),
        ("GET", "/abc.png", None),
    ],
)
def test_a_request_is_for_the_endpoint(method: str, path: str, id: str | None) -> None:
    assert endpoint_id(method, path) == id


def test_every_spelling_is_for_its_endpoint() -> None:
    ways = [(way, each["id"]) for each in facts() for way in (each, *each["aliases"])]
    assert [(way, id) for way, id in ways if endpoint_id(way["method"], filled(way["path"])) != id] == []


def test_what_was_recorded_is_told_from_what_was_compared(script: dict[str, Any]) -> None:
    found = rows(script)
    assert {id: found[id].recorded for id in ("album_get", "credits", "image_delete", "account_verify_email_send")} == {
        "album_get": "compared",
        "credits": "read",
        "image_delete": "elsewhere",
        "account_verify_email_send": "error compared",
    }
    assert (found["account_notifications"].documented, found["oembed"].programs) == ("until 2017", "")


def test_calls_of_programs_are_of_tests_and_endpoints_that_exist() -> None:
    modules = {path.stem for path in (ROOT / "tests" / "programs").glob("test_*.py")}
    assert program_calls.PROGRAMS.keys() <= modules
    calls = program_calls.calls()
    assert set(calls) == set(program_calls.PROGRAMS.values()), "write calls.json anew"
    assert [name for name, ids in calls.items() if not ids] == []
    assert {id for ids in calls.values() for id in ids} <= {each["id"] for each in facts()}


def test_a_call_that_is_not_known_is_reported() -> None:
    module, name = "test_program_gallery_dl", "gallery-dl"
    known = [RecordedRequest("GET", "/3/image/abc", status=404), RecordedRequest("GET", "/abc.png", status=200)]
    program_calls.check(module, known)
    with pytest.raises(AssertionError, match=rf"{name} calls \['comment_create'\]"):
        program_calls.check(module, [*known, RecordedRequest("POST", "/3/comment", status=200)])
