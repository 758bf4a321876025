"""Comments as web sites read them: the second generation of the API, without envelope, its pages counted from one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyimgur.server.errors import Missing
from pyimgur.server.http.api import path
from pyimgur.server.http.errors import Refusal
from pyimgur.server.http.parameters import whole_number
from pyimgur.server.http.responses import document
from pyimgur.server.http.serializers import v1
from pyimgur.server.routes.comment import LONGEST_NUMBER
from pyimgur.server.routes.post_v1 import chosen, included, page_of
from pyimgur.server.services import accounts, comments, gallery

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.responses import Response

    from pyimgur.server.http.api import Call
    from pyimgur.server.http.responses import Json
    from pyimgur.server.services.comments import Comment

PAGE = 30
LARGEST_PAGE = 100
NO_FILTER = "filter[post] or filter[account] is required"


async def show(call: Call) -> Response:
    """GET /comment/v1/comments: those under a post with their answers, or those that one person wrote."""
    if post := chosen(call, "filter[post]"):
        return await under_post(call, post)
    if name := chosen(call, "filter[account]"):
        return await of_person(call, name)
    raise Refusal(400, NO_FILTER)


async def under_post(call: Call, id: str) -> Response:
    """A page of the comments right under a post, each with all below it."""
    branches = await comments.tree(call.library, id, "new" if call.query("sort") == "new" else "best")
    size, page = per_page(call), page_of(call)
    shown = branches[page * size : (page + 1) * size]
    more = str(page + 2) if len(branches) > (page + 1) * size else None
    return listed(call, [v1.branch(call.links, each) for each in shown], more)


async def of_person(call: Call, name: str) -> Response:
    """A page of what a person wrote, the newest first, each with the post it stands under."""
    found = await accounts.by_name(call.library, name)
    if found is None:
        raise Missing("account", name)
    sort = "best" if call.query("sort") == "best" else "newest"
    rows = await comments.of_account(call.library, found.id, sort=sort, page=page_of(call))
    more = str(page_of(call) + 2) if len(rows) == comments.PAGE else None
    return listed(call, await with_posts(call, rows), more)


async def top(call: Call) -> Response:
    """GET /comment/v1/comments/top: those that were liked best."""
    return listed(call, await with_posts(call, await comments.top(call.library)), None)


async def create(call: Call) -> Response:
    """POST /comment/v1/comments: a comment under a post, or an answer to one."""
    mine, fields = call.caller.account(), await call.fields()
    text = fields.text("parent_id") or "0"
    if (parent := whole_number(text, LONGEST_NUMBER)) is None:
        raise Missing("comment", text)
    made = await comments.add(
        call.library,
        fields.text("post_id") or "",
        mine,
        fields.text("comment") or "",
        parent=parent or None,
        platform=(fields.text("platform") or "api")[:16],
    )
    return document(call.request, v1.comment(call.links, await comments.get(call.library, made)))


async def with_posts(call: Call, rows: Sequence[Comment]) -> list[Json]:
    """These comments, each with the post it stands under."""
    entries = await gallery.of_ids(call.library, list({row.post_id for row in rows}), previews=True)
    include = included(call, "account") | {"cover"}
    under = {each.post.id: v1.post(call.links, each, include) for each in entries if each.post}
    return [v1.comment(call.links, row, under.get(row.post_id)) for row in rows]


def listed(call: Call, found: Sequence[Json], more: str | None) -> Response:
    """A page of a list; `next` is the page that follows."""
    return document(call.request, {"data": found, "next": more})


def per_page(call: Call) -> int:
    """How many a page holds."""
    return min(whole_number(call.query("per_page"), 5) or PAGE, LARGEST_PAGE)


routes = [path("/comment/v1/comments", GET=show, POST=create), path("/comment/v1/comments/top", GET=top)]
