"""Comments: of a post, of an account, and by id; create, delete, vote on and report a comment."""

from __future__ import annotations

from asyncio import to_thread
from collections.abc import Iterable
from typing import TYPE_CHECKING

from pyimgur.server.errors import ForbiddenError, NotFoundError
from pyimgur.server.http.api import api_route
from pyimgur.server.http.declared_parameters import BodyFields, NoBody, PathParameters, SegmentParameters, takes
from pyimgur.server.http.errors import NO_ID, APIError
from pyimgur.server.http.long_response import LongList
from pyimgur.server.http.parameter_kinds import number_text, word
from pyimgur.server.http.parameters import is_page_number, parse_int
from pyimgur.server.http.responses import LIST_PLACEHOLDER
from pyimgur.server.http.serializers.comment import serialize_comment, serialize_comment_tree
from pyimgur.server.routes._list_routes import optional_segments, page_of_list, sort_of
from pyimgur.server.routes.account import UNAUTHORIZED, AccountQuery, account_of, require_own_account
from pyimgur.server.routes.gallery import ReportFields, VotePath, reason_of, with_gallery_aliases
from pyimgur.server.services import comments, posts, reports

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence

    from pyimgur.server.http.api import APIRequest
    from pyimgur.server.http.responses import Json, JSONObject
    from pyimgur.server.services.comments import Comment, CommentTree

NOT_FOUND = "Comment not found"
ID_DIGITS = 15
SLICE_TREES = 50
"""Trees that are serialized at a time, where a post has many comments."""


class CommentFields(BodyFields):
    """A comment."""

    image_id = word("The post, if the path does not name it. A reply is to the post of its parent.")
    parent_id = number_text("The comment that this is a reply to, if the path does not name it.")
    comment = word("The text.")


class TreePath(PathParameters):
    """The order of a post's comments."""

    sort = sort_of(comments.SORTS)
    page = number_text("The page: all comments are on page 0, and the others are empty.")


class CommentList(SegmentParameters):
    """A page of an account's comments."""

    sort = sort_of(comments.ACCOUNT_SORTS)
    page = page_of_list()


@takes(AccountQuery)
async def show(call: APIRequest) -> Json:
    """Return a comment."""
    comment = await comments.get(call.context, comment_id(call))
    params = call.request.path_params
    if params.get("post", comment.post_id) != comment.post_id:
        raise NotFoundError("comment", str(comment.id))
    if "name" in params and (await account_of(call)).id != comment.account_id:
        raise NotFoundError("comment", str(comment.id))
    return serialize_comment(comment, await viewer_votes(call, [comment.id]))


async def show_replies(call: APIRequest) -> Json:
    """Return a comment with the replies to it."""
    tree = await comments.get_tree(call.context, comment_id(call))
    return serialize_comment_tree(tree, await viewer_votes(call, ids_in([tree])))


@takes(CommentFields)
async def create(call: APIRequest) -> Json:
    """Post a comment on a post, or a reply to a comment."""
    viewer, fields = call.caller.require_account(), await call.body(CommentFields)
    params = call.request.path_params
    parent = parse_comment_id(params.get("id") or fields.parent_id or "0")
    post = params.get("post") or fields.image_id
    if not post and parent:
        post = (await comments.get(call.context, parent)).post_id
    if not post or ("id" in params and not parent):
        raise APIError(400, NO_ID)
    return {"id": await comments.add(call.context, post, viewer, fields.comment, parent=parent or None)}


async def delete(call: APIRequest) -> Json:
    """Delete the caller's comment."""
    await comments.remove(call.context, comment_id(call), call.caller.require_account())
    return True


@takes(NoBody, VotePath)
async def vote(call: APIRequest) -> Json:
    """Vote on a comment: up, down or veto."""
    await comments.vote(call.context, comment_id(call), call.caller.require_account(), call.query(VotePath).vote)
    return True


@takes(ReportFields)
async def report(call: APIRequest) -> Json:
    """Report a comment. The data of the response is null."""
    await reports.report_comment(
        call.context, comment_id(call), call.caller.require_account(), reason_of(await call.body(ReportFields))
    )
    return None


# ---- under a post


@takes(TreePath)
async def show_tree(call: APIRequest) -> Json | LongList:
    """Return all comments of a post as trees.

    They are all on the first page; the others are empty.
    """
    segments = call.query(TreePath).texts()
    sort = next((text for text in segments if text in comments.SORTS), "best")
    trees = await comments.list_trees(call.context, call.path("id"), sort)
    if any(is_page_number(text) and int(text) for text in segments):
        return []
    ids = [*ids_in(trees)]
    votes = await viewer_votes(call, ids)
    if len(ids) <= comments.SMALL_TREE:
        return [*_serialize(trees, votes)]
    return LongList(LIST_PLACEHOLDER, _slices(trees, votes))


async def _slices(trees: Sequence[CommentTree], votes: Mapping[int, str]) -> AsyncIterator[Sequence[Json]]:
    """Yield the trees in slices, however large one of them is."""
    for start in range(0, len(trees), SLICE_TREES):
        part = trees[start : start + SLICE_TREES]
        yield await to_thread(_serialize, part, votes)


def _serialize(trees: Sequence[CommentTree], votes: Mapping[int, str]) -> list[JSONObject]:
    return [serialize_comment_tree(tree, votes) for tree in trees]


async def show_ids(call: APIRequest) -> Json:
    """Return the ids of the comments of a post."""
    return [*ids_in(await comments.list_trees(call.context, call.path("id")))]


async def show_count(call: APIRequest) -> Json:
    """Return the number of comments of a post."""
    return (await posts.get(call.context, call.path("id"))).comments


# ---- of an account


@takes(AccountQuery, CommentList)
async def list_of_account(call: APIRequest) -> Json:
    """Return a page of an account's comments."""
    rows = await comments_page(call)
    votes = await viewer_votes(call, [row.id for row in rows])
    return [serialize_comment(row, votes) for row in rows]


@takes(AccountQuery, CommentList)
async def list_ids_of_account(call: APIRequest) -> Json:
    """Return a page of the ids of an account's comments."""
    return [row.id for row in await comments_page(call)]


@takes(AccountQuery)
async def count_of_account(call: APIRequest) -> Json:
    """Return the number of an account's comments."""
    return await comments.count_by_account(call.context, (await account_of(call)).id)


async def delete_of_account(call: APIRequest) -> Json:
    """Delete one of the caller's comments.

    As at Imgur, a failure is an error with status 200.
    """
    viewer = require_own_account(call)
    try:
        await comments.remove(call.context, comment_id(call), viewer)
    except NotFoundError:
        return call.soft_error(NOT_FOUND)
    except ForbiddenError:
        return call.soft_error(UNAUTHORIZED)
    return True


async def comments_page(call: APIRequest) -> list[Comment]:
    """Return a page of an account's comments as rows."""
    owner = await account_of(call)
    segments = call.query(CommentList).texts()
    sort = next((text for text in segments if text in comments.ACCOUNT_SORTS), "newest")
    page = next((int(text) for text in segments if is_page_number(text)), 0)
    return await comments.list_by_account(call.context, owner.id, sort=sort, page=page)


# ---- ids


def comment_id(call: APIRequest) -> int:
    """Return the comment id in the path.

    Raises:
        APIError: the path has none.
    """
    id = parse_comment_id(call.path("id"))
    if not id:
        raise APIError(400, NO_ID)
    return id


def parse_comment_id(text: str) -> int:
    """Parse a comment id; 0 for none.

    Raises:
        NotFoundError: no comment has such an id.
    """
    if text in {"", "null"}:
        return 0
    if (id := parse_int(text, ID_DIGITS)) is None:
        raise NotFoundError("comment", text)
    return id


def ids_in(trees: Iterable[CommentTree]) -> list[int]:
    """Return the ids of all comments in these trees that are not deleted."""
    ids: list[int] = []
    for tree in trees:
        if not tree.comment.deleted:
            ids.append(tree.comment.id)
        ids += ids_in(tree.replies)
    return ids


async def viewer_votes(call: APIRequest, ids: Sequence[int]) -> dict[int, str]:
    """Return the viewer's votes on these comments, by comment id."""
    viewer = call.caller.account_id
    return await comments.get_votes(call.context, viewer, ids) if viewer is not None and ids else {}


routes = [
    api_route("/3/comment", POST=create),
    api_route("/3/comment/{id}", GET=show, POST=create, DELETE=delete),
    api_route("/3/comment/{id}/replies", GET=show_replies, POST=create),
    api_route("/3/comment/{id}/vote/{vote}", POST=vote, GET=vote),
    api_route("/3/comment/{id}/report", POST=report),
    *with_gallery_aliases("/comments/ids", GET=show_ids),
    *with_gallery_aliases("/comments/count", GET=show_count),
    *with_gallery_aliases("/comments", GET=show_tree),
    *with_gallery_aliases("/comments/{sort}", GET=show_tree),
    *with_gallery_aliases("/comments/{sort}/{page}", GET=show_tree),
    api_route("/3/gallery/{post}/comment", POST=create),
    api_route("/3/gallery/{post}/comment/{id}", GET=show, POST=create),
    api_route("/3/account/{name}/comments/count", GET=count_of_account),
    *optional_segments("/3/account/{name}/comments/ids", "sort", "page", GET=list_ids_of_account),
    *optional_segments("/3/account/{name}/comments", "sort", "page", GET=list_of_account),
    api_route("/3/account/{name}/comment/{id}", GET=show, DELETE=delete_of_account),
]
