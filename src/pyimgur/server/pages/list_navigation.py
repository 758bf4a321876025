"""Lists on pages: the order and page that a URL asks for, and links to other orders and pages of the same list."""

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
WINDOWS = (("day", "Today"), ("week", "This week"), ("month", "This month"), ("year", "This year"), ("all", "All time"))


@dataclass(frozen=True, slots=True)
class Listing:
    """One page of a list."""

    path: str
    view: ListView
    items: Sequence[object]
    full: bool
    """Whether a next page may exist."""
    parameters: Mapping[str, str] = field(default_factory=dict[str, str])
    """Other query parameters of its URL."""
    fragment: str = ""
    """The `#fragment` of the list on its page."""

    def link(self, *, page: int = 0, **changes: str) -> str:
        """Return the URL of the same list with another page, sort or window; the first page by default."""
        order = {"sort": self.view.sort, "window": self.view.window if self.view.sort == "top" else ""}
        query = {**self.parameters, **order, **changes, "page": str(page) if page else ""}
        return f"{self.path}?{urlencode({name: value for name, value in query.items() if value})}{self.fragment}"


def view_of(
    request: Request, sorts: Collection[str], *, sort: str, window: str = "all", always: bool = False
) -> ListView:
    """Return the order and page of a list, from the query or else from the segments of the path."""
    values = [request.query_params.get(name) or request.path_params.get(name, "") for name in SEGMENTS]
    return parse_list_view(values, sorts, sort=sort, window=window, always=always)


def of_posts(
    links: BaseURLs, path: Sequence[str], view: ListView, entries: Sequence[PostWithItems], **parameters: str
) -> Listing:
    """Return a page of posts; `path` are the segments of its URL."""
    cards = [view_models.post_card(links, entry) for entry in entries]
    return Listing(page_url(*path), view, cards, len(entries) >= PAGE, parameters)


def page_url(*parts: str) -> str:
    """Return a path on this server."""
    return "/" + "/".join(quote(part, safe="") for part in parts)
