"""A router that matches a request only against the routes with the same first path segment."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from starlette.routing import BaseRoute, Match, Mount, Route

from pyimgur.server.http.errors import APIError

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send


class PrefixRouter(BaseRoute):
    """Routes under one prefix, grouped by their next segment.

    A group also has the routes in which that segment is a parameter, in their order. Unknown paths answer 404.
    """

    def __init__(self, prefix: str, routes: Sequence[Route | Mount]) -> None:
        self.prefix = prefix + "/"
        self.routes = list(routes)
        segments = [self.segment(route.path) for route in routes]
        self.parameter_routes = [route for route, segment in zip(routes, segments, strict=True) if "{" in segment]
        self.groups: dict[str, list[Route | Mount]] = {segment: [] for segment in segments if "{" not in segment}
        for segment, group in self.groups.items():
            group += [route for route, own in zip(routes, segments, strict=True) if "{" in own or own == segment]

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
        partial: tuple[Route | Mount | None, Scope] = None, {}
        for route in self.groups.get(self.segment(scope["path"]), self.parameter_routes):
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
