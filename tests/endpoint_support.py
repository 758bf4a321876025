"""Which endpoint a request is for: as the server routes it, and as the facts about Imgur's API name it."""

from __future__ import annotations

import functools
import json
import re
from pathlib import Path
from typing import Any

from starlette.routing import BaseRoute, Match, Mount, Router

from pyimgur.server.app import routes
from pyimgur.server.http.api import APIEndpoint
from pyimgur.server.http.middleware.normalize_path import normalize
from pyimgur.server.http.router import PrefixRouter
from pyimgur.server.routes.removed_endpoints import gone

FACTS = Path(__file__).parent / "facts"
ROUTES = routes()
_PARAMETER = re.compile(r"\{(\w+)\}")
_WORDS = {
    "sort": "viral",
    "commentSort": "newest",
    "favoritesSort": "newest",
    "window": "week",
    "page": "0",
    "section": "hot",
    "vote": "up",
    "offset": "0",
}


def answered(method: str, path: str) -> str:
    """How the server takes a call: "on", "off" or "nothing"."""
    handler = handler_of(method, path)
    return "nothing" if handler is None else "off" if handler is gone else "on"


def handler_of(method: str, path: str) -> object:
    """Return the function that handles a call; None if there is none."""
    return _taken(ROUTES, method, normalize(path.partition("?")[0])[0])


def _taken(among: Any, method: str, path: str) -> object:
    scope: dict[str, Any] = {"type": "http", "method": method, "path": path, "root_path": "", "headers": []}
    for route in among:
        match, child = route.matches(dict(scope))
        if match is Match.FULL and (found := _found(route, child, method, path)) is not None:
            return found
    return None


def _found(route: BaseRoute, child: Any, method: str, path: str) -> object:
    if isinstance(route, PrefixRouter):
        inner, child = route.find({"type": "http", "method": method, "path": path, "root_path": ""})
        return _found(inner, child, method, path) if inner else None
    if isinstance(route, Mount):
        within = route.app
        return _taken(within.routes, method, path.removeprefix(route.path)) if isinstance(within, Router) else within
    app = child["endpoint"]
    return app.handlers.get(method) if isinstance(app, APIEndpoint) else app


def filled(path: str) -> str:
    """The path with words in the places of its parameters."""
    return _PARAMETER.sub(lambda match: _WORDS.get(match[1], "AbCdEfG"), path)


@functools.cache
def facts() -> list[dict[str, Any]]:
    """Return what is known of each endpoint of Imgur."""
    return json.loads((FACTS / "endpoints.json").read_text("utf-8"))


def endpoint_id(method: str, path: str) -> str | None:
    """Return the id of the endpoint of Imgur that a request is for; None if Imgur has no such endpoint.

    Of several that fit, it is the one with the most words in common; a value that Imgur documents for a parameter is a
    word too, and another value for it speaks against the endpoint.
    """
    path = normalize(path)[0]
    fitting: list[tuple[int, int, str]] = []
    for id, way, pattern in _patterns():
        if way["method"] == method and (match := pattern.fullmatch(path)):
            found = [name for name, text in match.groupdict().items() if text is not None]
            known = sum(name.startswith("known_") for name in found)
            words = sum("{" not in part for part in way["path"].split("/"))
            fitting.append((words + known, known - len(found), id))
    return max(fitting)[2] if fitting else None


@functools.cache
def _patterns() -> list[tuple[str, dict[str, Any], re.Pattern[str]]]:
    """Return each spelling of each endpoint: its id, the spelling and its pattern."""
    return [(each["id"], way, _pattern(each, way["path"])) for each in facts() for way in (each, *each["aliases"])]


def _pattern(endpoint: dict[str, Any], path: str) -> re.Pattern[str]:
    """Return the pattern of a path; optional parameters at its end may be left out."""
    parameters = {one["name"]: one for one in endpoint["params"] if one["in"] == "path"}
    text, end = "", ""
    for part in path.strip("/").split("/"):
        if not part.startswith("{"):
            text += "/" + re.escape(part)
            continue
        name = part.strip("{}")
        segment = "/" + _segment(name, parameters.get(name, {}).get("values"))
        optional = name in parameters and not parameters[name]["required"]
        text, end = (f"{text}(?:{segment}", f"{end})?") if optional else (text + segment, end)
    return re.compile(text + end)


def _segment(name: str, values: list[str] | None) -> str:
    known = r"\d+" if name == "page" else "|".join(values or ())
    return f"(?:(?P<known_{name}>{known})|(?P<other_{name}>[^/]+))" if known else "[^/]+"
