"""A router that finds the route of a request with one dictionary lookup and one regular expression."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import TYPE_CHECKING

from starlette.routing import BaseRoute, Match, Mount, Route

from pyimgur.server.http.errors import APIError

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send


NO_PATH = "(?!)"
"""Matches no path, where a group has no routes."""
_NAME = re.compile(r"\?P<\w+>")


class RouteGroup:
    """Routes in their order, as one regular expression: a group for each, with the groups of its path inside."""

    def __init__(self, routes: Sequence[Route | Mount]) -> None:
        self.routes = routes
        paths = [f"({_NAME.sub('', route.path_regex.pattern)})" for route in routes]
        self.paths = re.compile("|".join((*paths, NO_PATH)))
        groups: Iterator[int | None] = accumulate((1 + route.path_regex.groups for route in routes), initial=1)
        self.by_group = dict(zip(groups, routes, strict=False))

    def find(self, path: str) -> tuple[Route | Mount | None, dict[str, str]]:
        """Return the first route that the path matches, and the parameters in the path."""
        match = self.paths.match(path)
        if match is None:
            return None, {}
        route, values = self.by_group[match.lastindex], match.groups()[match.lastindex or 0 :]
        return route, {
            name: converter.convert(value)
            for (name, converter), value in zip(route.param_convertors.items(), values, strict=False)
        }


class PrefixRouter(BaseRoute):
    """Routes under one prefix, grouped by their next segment.

    A group also has the routes in which that segment is a parameter, in their order. Unknown paths answer 404.
    """

    def __init__(self, prefix: str, routes: Sequence[Route | Mount]) -> None:
        self.prefix = prefix + "/"
        self.routes = list(routes)
        segments = [self.segment(route.path) for route in routes]
        self.parameter_routes = self.group(segments, "{")
        self.groups = {segment: self.group(segments, segment) for segment in segments if "{" not in segment}

    def group(self, segments: Sequence[str], segment: str) -> RouteGroup:
        """Return the routes that have this segment, or a parameter, in its place."""
        return RouteGroup(
            [route for route, own in zip(self.routes, segments, strict=True) if "{" in own or own == segment]
        )

    def segment(self, path: str) -> str:
        """Return the first segment after the prefix."""
        return path.removeprefix(self.prefix).partition("/")[0]

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Match every path under the prefix, known or not."""
        path: str = scope["path"]
        return (Match.FULL if f"{path}/".startswith(self.prefix) else Match.NONE), {}

    def find(self, scope: Scope) -> tuple[Route | Mount | None, Scope]:
        """Return the matching route and its additions to the scope.

        If no route matches, return one that only lacks the method, or None.
        """
        path: str = scope["path"]
        group = self.groups.get(self.segment(path), self.parameter_routes)
        route, path_params = group.find(path)
        if route is None:
            return None, {}
        if isinstance(route, Route) and (route.methods is None or scope["method"] in route.methods):
            return route, {"endpoint": route.endpoint, "path_params": path_params, "route": route}
        partial: tuple[Route | Mount | None, Scope] = None, {}
        for route in group.routes:
            match, child = route.matches(scope)
            if match is Match.FULL:
                return route, {**child, "route": route}
            if match is Match.PARTIAL and partial[0] is None:
                partial = route, {**child, "route": route}
        return partial

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Call the matching route."""
        route, child = self.find(scope)
        scope.update(child)
        await (route.handle if route else not_found)(scope, receive, send)


async def not_found(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer 404 for an unknown path."""
    raise APIError(404, "Not Found")
