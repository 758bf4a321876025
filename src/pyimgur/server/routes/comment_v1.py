"""Comments in the v1 API, which has no envelope and counts pages from 1."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyimgur.server.errors import NotFoundError
from pyimgur.server.http.api import api_route
from pyimgur.server.http.declared_parameters import BodyFields, ExactQueryParameters, QueryParameters, takes
from pyimgur.server.http.errors import APIError
from pyimgur.server.http.parameter_kinds import ignored, number, word
from pyimgur.server.http.parameters import parse_int
from pyimgur.server.http.responses import v1_response
from pyimgur.server.http.serializers import v1
from pyimgur.server.routes.comment import ID_DIGITS
from pyimgur.server.routes.post_v1 import FILTER, IncludeQuery, V1Page, included, page_of
from pyimgur.server.services import accounts, comments, gallery

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.responses import Response

    from pyimgur.server.http.api import APIRequest
    from pyimgur.server.http.responses import Json
    from pyimgur.server.services.comments import Comment

PAGE_SIZE = 30
MAX_PAGE_SIZE = 100
NO_FILTER = "filter[post] or filter[account] is required"
PLATFORM_LENGTH = 16


class CommentFilter(ExactQueryParameters):
    """Whose comments are listed; one of the two is required."""

    post = word("The post.", prefix=FILTER, name="filter[post]")
    account = word("The account, by name.", prefix=FILTER, name="filter[account]")


class CommentQuery(QueryParameters):
    """The order of a list of comments, and its pages."""

    sort = word("The order: a post's comments are sorted by `best` or `new`, an account's by `newest` or `best`.")
    per_page = number(
        f"A post's comments on a page: {PAGE_SIZE} unless it is sent.", digits=5, minimum=1, maximum=MAX_PAGE_SIZE
    )


class CommentFields(BodyFields):
    """A comment."""

    post_id = word("The post.")
    parent_id = word("The comment that this is a reply to.")
    comment = word("The text.")
    has_admin_badge = ignored("Ignored.")
    platform = word(f"The program: `api` unless it is sent. More than {PLATFORM_LENGTH} characters are cut.")


@takes(CommentFilter, CommentQuery, V1Page, IncludeQuery)
async def show(call: APIRequest) -> Response:
    """Return the comment trees of a post, or the comments of an account."""
    filters = call.query(CommentFilter)
    if filters.post:
        return await post_comments(call, filters.post)
    if filters.account:
        return await account_comments(call, filters.account)
    raise APIError(400, NO_FILTER)


async def post_comments(call: APIRequest, id: str) -> Response:
    """Return a page of a post's top-level comments, each with all replies."""
    trees = await comments.list_trees(call.context, id, "new" if call.query(CommentQuery).sort == "new" else "best")
    size, page = per_page(call), page_of(call)
    next_page = str(page + 2) if len(trees) > (page + 1) * size else None
    items = [v1.comment_tree(call.links, tree) for tree in trees[page * size : (page + 1) * size]]
    return list_response(call, items, next_page)


async def account_comments(call: APIRequest, name: str) -> Response:
    """Return a page of an account's comments, newest first, each with its post."""
    account = await accounts.find_by_name(call.context, name)
    if account is None:
        raise NotFoundError("account", name)
    sort = "best" if call.query(CommentQuery).sort == "best" else "newest"
    rows = await comments.list_by_account(call.context, account.id, sort=sort, page=page_of(call))
    next_page = str(page_of(call) + 2) if len(rows) == comments.PAGE else None
    return list_response(call, await with_posts(call, rows), next_page)


@takes(IncludeQuery)
async def top(call: APIRequest) -> Response:
    """Return the comments with the most points."""
    return list_response(call, await with_posts(call, await comments.list_top(call.context)), None)


@takes(CommentFields)
async def create(call: APIRequest) -> Response:
    """Post a comment on a post, or a reply to a comment."""
    viewer, fields = call.caller.require_account(), await call.body(CommentFields)
    text = fields.parent_id or "0"
    if (parent := parse_int(text, ID_DIGITS)) is None:
        raise NotFoundError("comment", text)
    id = await comments.add(
        call.context,
        fields.post_id,
        viewer,
        fields.comment,
        parent=parent or None,
        platform=(fields.platform or "api")[:PLATFORM_LENGTH],
    )
    return v1_response(call.request, v1.comment(call.links, await comments.get(call.context, id)))


async def with_posts(call: APIRequest, rows: Sequence[Comment]) -> list[Json]:
    """Return these comments, each with its post."""
    entries = await gallery.list_posts_by_id(call.context, list({row.post_id for row in rows}), previews=True)
    include = included(call, "account") | {"cover"}
    by_id = {entry.post.id: v1.post(call.links, entry, include) for entry in entries if entry.post}
    return [v1.comment(call.links, row, by_id.get(row.post_id)) for row in rows]


def list_response(call: APIRequest, items: Sequence[Json], next_page: str | None) -> Response:
    """Return a page of a list. `next` is the number of the following page."""
    return v1_response(call.request, {"data": items, "next": next_page})


def per_page(call: APIRequest) -> int:
    """Return how many items a page has."""
    return min(call.query(CommentQuery).per_page or PAGE_SIZE, MAX_PAGE_SIZE)


routes = [api_route("/comment/v1/comments", GET=show, POST=create), api_route("/comment/v1/comments/top", GET=top)]
