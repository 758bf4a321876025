"""Route requests by the first segment behind a prefix: each is matched against its own group of routes only."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from starlette.routing import BaseRoute, Match, Mount, Route

from pyimgur.server.http.errors import APIError

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send


class PrefixRouter(BaseRoute):
    """All routes under one prefix, grouped by their next segment: a request is matched against its own group only.

    Behind its group come those in which that segment is a parameter. What nobody answers is not there.
    """

    def __init__(self, prefix: str, routes: Sequence[Route | Mount]) -> None:
        self.prefix = prefix + "/"
        self.routes = list(routes)
        segments = [self.segment(route.path) for route in routes]
        self.others = [route for route, segment in zip(routes, segments, strict=True) if "{" in segment]
        self.groups: dict[str, list[Route | Mount]] = {segment: [] for segment in segments if "{" not in segment}
        for segment, group in self.groups.items():
            group += [route for route, its in zip(routes, segments, strict=True) if "{" in its or its == segment]

    def segment(self, path: str) -> str:
        """The first segment behind the prefix."""
        return path.removeprefix(self.prefix).partition("/")[0]

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Everything under the prefix is ours, also what is not there."""
        path: str = scope["path"]
        return (Match.FULL if f"{path}/".startswith(self.prefix) else Match.NONE), {}

    def find(self, scope: Scope) -> tuple[Route | Mount | None, Scope]:
        """The route that fits, with what it adds to the scope; where none does, one that is for other methods."""
        found: tuple[Route | Mount | None, Scope] = None, {}
        for route in self.groups.get(self.segment(scope["path"]), self.others):
            match, child = route.matches(scope)
            if match is Match.FULL:
                return route, {**child, "route": route}
            if match is Match.PARTIAL and found[0] is None:
                found = route, {**child, "route": route}
        return found

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Go on with the route that was found."""
        route, child = self.find(scope)
        scope.update(child)
        await (route.handle if route else not_found)(scope, receive, send)


async def not_found(scope: Scope, receive: Receive, send: Send) -> None:
    """What an unknown address of the API does."""
    raise APIError(404, "Not Found")
