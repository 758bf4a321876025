"""The contract of client, documentation and server: every call of either is a route here, or stands switched off."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.routing import Route

from endpoint_support import answered, filled, handler_of
from pyimgur import _endpoint_table
from pyimgur.server.app import routes
from pyimgur.server.http.api import APIEndpoint
from pyimgur.server.http.declared_parameters import Location, Parameter, parameters_at
from pyimgur.server.http.router import PrefixRouter
from pyimgur.server.routes.removed_endpoints import gone

GROUPS_OFF = {"topic", "custom_gallery", "memegen"}
OFF = {
    "account_create",
    "account_delete_legacy",
    "account_likes",
    "account_message_create",
    "account_statistics",
    "account_v1_phone_verify",
    "gallery_tag_vote",
    "memes_gallery",
    "memes_image",
    "message_block",
    "message_count",
    "message_create",
    "message_delete",
    "message_get",
    "message_ids",
    "message_list",
    "message_report",
    "message_thread",
}
"""What is switched off of the other groups: named here too, so that nothing is switched off unseen."""
NOT_OURS = {"oauth2_secret"}


@pytest.fixture(scope="module")
def documented(facts: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((facts / "endpoints.json").read_text())
    return found


def calls(documented: list[dict[str, Any]]) -> Iterator[tuple[str, str, str, str]]:
    """Id, group, method and path of every call of the documentation, other spellings too."""
    for each in documented:
        for way in (each, *each.get("aliases", ())):
            yield each["id"], each["group"], way["method"], way["path"]


@pytest.mark.parametrize("entry", _endpoint_table.endpoint_table(), ids=lambda entry: entry.name)
def test_every_call_of_the_client_is_taken(entry: _endpoint_table.Entry) -> None:
    taken = answered(entry.method, "/" + filled(entry.path).lstrip("/"))
    assert taken != "nothing", f"{entry.method} {entry.path}"
    if taken == "off":
        assert entry.ended, f"{entry.name} is switched off, and the client does not say that it ended"


def test_every_documented_call_is_taken(documented: list[dict[str, Any]]) -> None:
    missing = [
        f"{id}: {method} {path}"
        for id, _, method, path in calls(documented)
        if id not in NOT_OURS and answered(method, filled(path)) == "nothing"
    ]
    assert not missing


def test_shorter_paths_are_taken_too(documented: list[dict[str, Any]]) -> None:
    """What may be left out of a path, may: programs leave out pages, windows and sorts, from the right."""
    missing: list[str] = []
    for each in documented:
        optional = {one["name"] for one in each["params"] if one["in"] == "path" and not one["required"]}
        path = each["path"]
        while (match := re.search(r"/\{(\w+)\}$", path)) and match[1] in optional:
            path = path[: match.start()]
            if answered(each["method"], filled(path)) == "nothing":
                missing.append(f"{each['id']}: {each['method']} {path}")
    assert not missing


def test_nothing_else_is_switched_off(documented: list[dict[str, Any]]) -> None:
    switched = {(id, group) for id, group, method, path in calls(documented) if answered(method, filled(path)) == "off"}
    assert {id for id, group in switched if group not in GROUPS_OFF} == OFF
    groups = {group for _, group, method, path in calls(documented) if answered(method, filled(path)) == "on"}
    assert not groups & GROUPS_OFF


def test_what_is_no_call_is_not_taken() -> None:
    for path in ("/3/nothing", "/3/image/a/b/c/d", "/account/v1/nothing", "/3/account/me/nothing/at/all"):
        assert answered("GET", path) == "nothing"
    assert answered("PUT", "/3/credits") == "nothing"


def test_routes_of_the_api_are_plain() -> None:
    for route in routes():
        for each in route.routes if isinstance(route, PrefixRouter) else [route]:
            if isinstance(each, Route) and isinstance(each.app, APIEndpoint):
                assert each.app.handlers, each.path


OF_EVERY_CALL = {"client_id", "Authorization", "Accept", "_format", "callback"}
"""Parameters that no route reads itself."""
PLACES: dict[str, Location] = {"query": "query", "form": "body", "json": "body", "file": "body", "header": "header"}
KINDS = {"array": "list", "boolean": "flag", "file": "file", "integer": "number", "string": "text"}
"""The kind of each type in the documentation."""
OTHER_KINDS = {
    ("mature", "flag"),  # documented as 0 or 1
    ("disable_audio", "flag"),
    ("tags", "list"),  # documented as a string with commas
    ("ids", "list"),
}


def documented_parameters(
    documented: list[dict[str, Any]],
) -> Iterator[tuple[str, dict[str, Any], Parameter[Any] | None]]:
    """Yield call and name, documentation and declaration of each documented parameter outside the path."""
    for each in documented:
        handler = handler_of(each["method"], filled(each["path"]))
        for one in each["params"]:
            name: str = one["name"].removesuffix("[]")
            if handler in {None, gone} or one["in"] not in PLACES or name in OF_EVERY_CALL:
                continue
            declared = {parameter.name: parameter for parameter in parameters_at(handler, PLACES[one["in"]])}
            yield f"{each['method']} {each['path']} {name}", one, declared.get(name)


def test_every_documented_parameter_is_declared(documented: list[dict[str, Any]]) -> None:
    parameters = list(documented_parameters(documented))
    assert len(parameters) > 100
    missing = [f"{where} ({one['type']})" for where, one, declared in parameters if declared is None]
    assert not missing, "\n".join(missing)


def test_documented_types_are_declared(documented: list[dict[str, Any]]) -> None:
    wrong = [
        f"{where} is documented as {one['type']} and declared as {declared.kind}"
        for where, one, declared in documented_parameters(documented)
        if declared and declared.kind not in {"ignored", KINDS[one["type"]]}
        if (declared.name, declared.kind) not in OTHER_KINDS
    ]
    assert not wrong, "\n".join(wrong)


def test_documented_values_are_declared(documented: list[dict[str, Any]]) -> None:
    compared = [
        (where, {str(value).removeprefix("eq:") for value in one["values"]}, declared.choices)
        for where, one, declared in documented_parameters(documented)
        if declared and declared.choices and isinstance(one["values"], list)
    ]
    assert len(compared) > 10
    wrong = [f"{where}: {values - {*choices}}" for where, values, choices in compared if values - {*choices}]
    assert not wrong, "\n".join(wrong)
