"""Comments as web sites read them: the second generation of the API, without envelope, its pages counted from one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyimgur.server.errors import NotFoundError
from pyimgur.server.http.api import api_route
from pyimgur.server.http.errors import APIError
from pyimgur.server.http.parameters import parse_int
from pyimgur.server.http.responses import v1_response
from pyimgur.server.http.serializers import v1
from pyimgur.server.routes.comment import LONGEST_NUMBER
from pyimgur.server.routes.post_v1 import filter_value, included, page_of
from pyimgur.server.services import accounts, comments, gallery

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.responses import Response

    from pyimgur.server.http.api import APIRequest
    from pyimgur.server.http.responses import Json
    from pyimgur.server.services.comments import Comment

PAGE = 30
LARGEST_PAGE = 100
NO_FILTER = "filter[post] or filter[account] is required"


async def show(call: APIRequest) -> Response:
    """GET /comment/v1/comments: those under a post with their answers, or those that one person wrote."""
    if post := filter_value(call, "filter[post]"):
        return await under_post(call, post)
    if name := filter_value(call, "filter[account]"):
        return await of_person(call, name)
    raise APIError(400, NO_FILTER)


async def under_post(call: APIRequest, id: str) -> Response:
    """A page of the comments right under a post, each with all below it."""
    branches = await comments.tree(call.library, id, "new" if call.query("sort") == "new" else "best")
    size, page = per_page(call), page_of(call)
    shown = branches[page * size : (page + 1) * size]
    more = str(page + 2) if len(branches) > (page + 1) * size else None
    return listed(call, [v1.branch(call.links, each) for each in shown], more)


async def of_person(call: APIRequest, name: str) -> Response:
    """A page of what a person wrote, the newest first, each with the post it stands under."""
    found = await accounts.by_name(call.library, name)
    if found is None:
        raise NotFoundError("account", name)
    sort = "best" if call.query("sort") == "best" else "newest"
    rows = await comments.of_account(call.library, found.id, sort=sort, page=page_of(call))
    more = str(page_of(call) + 2) if len(rows) == comments.PAGE else None
    return listed(call, await with_posts(call, rows), more)


async def top(call: APIRequest) -> Response:
    """GET /comment/v1/comments/top: those that were liked best."""
    return listed(call, await with_posts(call, await comments.top(call.library)), None)


async def create(call: APIRequest) -> Response:
    """POST /comment/v1/comments: a comment under a post, or an answer to one."""
    mine, fields = call.caller.account(), await call.fields()
    text = fields.text("parent_id") or "0"
    if (parent := parse_int(text, LONGEST_NUMBER)) is None:
        raise NotFoundError("comment", text)
    made = await comments.add(
        call.library,
        fields.text("post_id") or "",
        mine,
        fields.text("comment") or "",
        parent=parent or None,
        platform=(fields.text("platform") or "api")[:16],
    )
    return v1_response(call.request, v1.comment(call.links, await comments.get(call.library, made)))


async def with_posts(call: APIRequest, rows: Sequence[Comment]) -> list[Json]:
    """These comments, each with the post it stands under."""
    entries = await gallery.of_ids(call.library, list({row.post_id for row in rows}), previews=True)
    include = included(call, "account") | {"cover"}
    under = {each.post.id: v1.post(call.links, each, include) for each in entries if each.post}
    return [v1.comment(call.links, row, under.get(row.post_id)) for row in rows]


def listed(call: APIRequest, found: Sequence[Json], more: str | None) -> Response:
    """A page of a list; `next` is the page that follows."""
    return v1_response(call.request, {"data": found, "next": more})


def per_page(call: APIRequest) -> int:
    """How many a page holds."""
    return min(parse_int(call.query("per_page"), 5) or PAGE, LARGEST_PAGE)


routes = [api_route("/comment/v1/comments", GET=show, POST=create), api_route("/comment/v1/comments/top", GET=top)]
