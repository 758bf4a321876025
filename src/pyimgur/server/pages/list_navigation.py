"""Lists on pages: what an address asks for, and the addresses of the same list in other orders and on other pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

from pyimgur.server.http.parameters import parse_list_view
from pyimgur.server.pages import view_models
from pyimgur.server.services.gallery import PAGE, ListView

if TYPE_CHECKING:
    from collections.abc import Collection

    from starlette.requests import Request

    from pyimgur.server.http.urls import BaseURLs
    from pyimgur.server.services.gallery import PostWithItems

SEGMENTS = ("sort", "window", "page")
WINDOWS = (("day", "Today"), ("week", "This week"), ("month", "This month"), ("year", "This year"), ("all", "Ever"))


@dataclass(frozen=True, slots=True)
class Listing:
    """One page of a list."""

    path: str
    view: ListView
    items: Sequence[object]
    full: bool
    """Whether more may follow."""
    asked: Mapping[str, str] = field(default_factory=dict[str, str])
    """What else its address says."""
    fragment: str = ""
    """Where on the page it stands."""

    def link(self, *, page: int = 0, **others: str) -> str:
        """The address of the same list, its first page, but for what is named."""
        now = {"sort": self.view.sort, "window": self.view.window if self.view.sort == "top" else ""}
        query = {**self.asked, **now, **others, "page": str(page) if page else ""}
        return f"{self.path}?{urlencode({name: value for name, value in query.items() if value})}{self.fragment}"


def view_of(
    request: Request, sorts: Collection[str], *, sort: str, window: str = "all", always: bool = False
) -> ListView:
    """What the query, or the segments behind the address, ask for."""
    asked = [request.query_params.get(name) or request.path_params.get(name, "") for name in SEGMENTS]
    return parse_list_view(asked, sorts, sort=sort, window=window, always=always)


def of_posts(
    links: BaseURLs, path: Sequence[str], view: ListView, entries: Sequence[PostWithItems], **asked: str
) -> Listing:
    """A page of posts; `path` are the parts of its address."""
    tiles = [view_models.tile(links, each) for each in entries]
    return Listing(page_url(*path), view, tiles, len(entries) >= PAGE, asked)


def page_url(*parts: str) -> str:
    """A path on this server."""
    return "/" + "/".join(quote(part, safe="") for part in parts)
