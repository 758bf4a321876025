"""The router finds what Starlette's own walk through the routes would find."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, cast

from starlette.routing import Match, Mount, Route

from pyimgur.server.app import routes
from pyimgur.server.http.router import PrefixRouter

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.types import Scope

ROUTERS = [cast("PrefixRouter", router) for router in routes()]
VALUES = {"": "value", ":path": "some/value", ":ending": "jpg"}
METHODS = ("GET", "HEAD", "POST", "DELETE")


def example(path: str) -> str:
    """Return a path that this template matches."""
    return re.sub(r"\{\w+(:\w+)?\}", lambda match: VALUES[match[1] or ""], path)


def walk(routes: Sequence[Route | Mount], scope: Scope) -> tuple[Any, Scope]:
    """Return the first route that matches, or else the first one that lacks the method."""
    partial: tuple[Any, Scope] = None, {}
    for route in routes:
        match, child = route.matches(scope)
        if match is Match.FULL:
            return route, {**child, "route": route}
        if match is Match.PARTIAL and partial[0] is None:
            partial = route, {**child, "route": route}
    return partial


def test_every_route_is_found_as_by_a_walk() -> None:
    for router in ROUTERS:
        for path in {example(route.path) for route in router.routes} | {"/3", "/3/nothing/at/all", "/a.b", "/x/y/z"}:
            for method in METHODS:
                scope = {"type": "http", "path": path, "method": method}
                if router.matches(scope)[0] is Match.FULL:
                    assert router.find(scope) == walk(router.routes, scope), f"{method} {path}"
