"""`/openapi.json` says what the routes say; and no id is ever a word of an address."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from schemathesis.openapi import from_dict
from starlette.routing import Mount, Route

from pyimgur.server.app import routes
from pyimgur.server.http.api import APIEndpoint
from pyimgur.server.http.router import PrefixRouter
from pyimgur.server.services import ids

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from site_support import Site
    from starlette.routing import BaseRoute


def routed(among: Iterable[BaseRoute], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Every method and address, read from the routes without the help of what is tested."""
    for route in among:
        if isinstance(route, Mount | PrefixRouter):
            yield from routed(route.routes, prefix + (route.path if isinstance(route, Mount) else ""))
        else:
            assert isinstance(route, Route)
            methods = route.app.handlers if isinstance(route.app, APIEndpoint) else route.methods or ()
            for method in set(methods) - {"HEAD", "OPTIONS"}:
                yield method.lower(), re.sub(r":\w+\}", "}", prefix + route.path)


@pytest.fixture(scope="module")
def document(shared_site: Site) -> dict[str, Any]:
    answer = shared_site.get("/openapi.json")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    return answer.json()


def test_it_is_openapi(document: dict[str, Any], shared_site: Site) -> None:
    assert document["openapi"].startswith("3.1")
    assert document["servers"] == [{"url": shared_site.settings.public_url}]
    from_dict(document).validate()  # raises where it is not


def test_it_names_every_route_and_nothing_else(document: dict[str, Any]) -> None:
    described = {(method, path) for path, methods in document["paths"].items() for method in methods}
    assert described == set(routed(routes()))
    assert {("post", "/3/image"), ("get", "/openapi.json"), ("post", "/oauth2/token")} <= described


def test_operations_have_names_of_their_own(document: dict[str, Any]) -> None:
    names = [one["operationId"] for methods in document["paths"].values() for one in methods.values()]
    assert len(names) == len(set(names))


def test_every_part_of_a_path_is_a_parameter(document: dict[str, Any]) -> None:
    for path, methods in document["paths"].items():
        for one in methods.values():
            inside = [each["name"] for each in one["parameters"] if each["in"] == "path"]
            assert inside == re.findall(r"\{(\w+)\}", path)


def test_only_calls_of_the_api_want_credentials(document: dict[str, Any]) -> None:
    paths = document["paths"]
    assert paths["/3/image"]["post"]["security"] == [{"client": []}, {"client_query": []}, {"person": []}]
    assert "security" not in paths["/healthz"]["get"]


def test_what_is_switched_off_is_deprecated(document: dict[str, Any]) -> None:
    assert document["paths"]["/3/topics"]["get"]["deprecated"]
    assert "410" in document["paths"]["/3/topics"]["get"]["responses"]
    assert "deprecated" not in document["paths"]["/3/image/{id}"]["get"]


def test_lists_have_pages(document: dict[str, Any]) -> None:
    shown = document["paths"]["/3/account/{name}/images"]["get"]["parameters"]
    assert {"page", "perPage"} <= {each["name"] for each in shown}


def test_no_id_is_a_word_of_an_address(monkeypatch: pytest.MonkeyPatch) -> None:
    words = {word.partition(".")[0].lower() for _, path in routed(routes()) for word in path.split("/")}
    letters = {word for word in words if len(word) == ids.LENGTH and set(word) <= set(ids.ALPHABET)}
    assert {"account", "gallery", "healthz", "comment"} <= letters
    for word in sorted(letters):
        drawn = iter([word, word.title(), "x" * ids.LENGTH])
        monkeypatch.setattr(ids, "token_bytes", lambda _, drawn=drawn: bytes(map(ids.ALPHABET.index, next(drawn))))
        assert ids.new_id() == "x" * ids.LENGTH, word
