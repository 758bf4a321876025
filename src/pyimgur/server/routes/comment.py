"""Comments: under a post, by their numbers, and those that an account wrote."""

from __future__ import annotations

from asyncio import to_thread
from collections.abc import Iterable
from typing import TYPE_CHECKING

from pyimgur.server.errors import ForbiddenError, NotFoundError
from pyimgur.server.http.api import api_route
from pyimgur.server.http.errors import NO_ID, APIError
from pyimgur.server.http.long_response import LongList
from pyimgur.server.http.parameters import is_page_number, parse_int
from pyimgur.server.http.responses import MARK
from pyimgur.server.http.serializers.comment import serialize_comment, serialize_comment_tree
from pyimgur.server.routes._list_routes import optional_segments
from pyimgur.server.routes.account import UNAUTHORIZED, account_of, require_own_account
from pyimgur.server.routes.gallery import reason_of, with_gallery_aliases
from pyimgur.server.services import comments, posts, reports

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence

    from pyimgur.server.http.api import APIRequest
    from pyimgur.server.http.responses import Json, JSONObject
    from pyimgur.server.services.comments import Comment, CommentTree

NOT_FOUND = "Comment not found"
LONGEST_NUMBER = 15
SLICE = 50
"""Branches whose shapes are made at a time, where the comments are many."""


async def show(call: APIRequest) -> Json:
    """GET /3/comment/{id}, /3/gallery/{post}/comment/{id}, /3/account/{name}/comment/{id}."""
    found = await comments.get(call.library, number(call))
    params = call.request.path_params
    if params.get("post", found.post_id) != found.post_id:
        raise NotFoundError("comment", str(found.id))
    if "name" in params and (await account_of(call)).id != found.account_id:
        raise NotFoundError("comment", str(found.id))
    return serialize_comment(found, await mine(call, [found.id]))


async def show_replies(call: APIRequest) -> Json:
    """GET /3/comment/{id}/replies: the comment with the answers to it."""
    found = await comments.branch(call.library, number(call))
    return serialize_comment_tree(found, await mine(call, numbers([found])))


async def create(call: APIRequest) -> Json:
    """POST /3/comment, /3/comment/{id}, /3/gallery/{post}/comment, /3/gallery/{post}/comment/{id}."""
    account, fields = call.caller.account(), await call.fields()
    params = call.request.path_params
    parent = read_number(params.get("id") or fields.text("parent_id") or "0")
    post = params.get("post") or fields.text("image_id") or ""
    if not post and parent:
        post = (await comments.get(call.library, parent)).post_id
    if not post or ("id" in params and not parent):
        raise APIError(400, NO_ID)
    text = fields.text("comment") or ""
    return {"id": await comments.add(call.library, post, account, text, parent=parent or None)}


async def delete(call: APIRequest) -> Json:
    """DELETE /3/comment/{id}."""
    await comments.remove(call.library, number(call), call.caller.account())
    return True


async def vote(call: APIRequest) -> Json:
    """POST or GET /3/comment/{id}/vote/{up, down or veto}."""
    await comments.vote(call.library, number(call), call.caller.account(), call.path("vote"))
    return True


async def report(call: APIRequest) -> Json:
    """POST /3/comment/{id}/report, which answers null."""
    await reports.comment(call.library, number(call), call.caller.account(), reason_of(await call.fields()))
    return None


# ---- under a post


async def show_tree(call: APIRequest) -> Json | LongList:
    """GET /3/gallery/{post}/comments/{sort}: all of them on the one page."""
    asked = [call.request.path_params.get(name, "") for name in ("sort", "page")]
    sort = next((text for text in asked if text in comments.SORTS), "best")
    grown = await comments.tree(call.library, call.path("id"), sort)
    if any(is_page_number(text) and int(text) for text in asked):
        return []
    listed = [*numbers(grown)]
    votes = await mine(call, listed)
    if len(listed) <= comments.FEW:
        return [*_shapes(grown, votes)]
    return LongList(MARK, _slices(grown, votes))


async def _slices(tree: Sequence[CommentTree], votes: Mapping[int, str]) -> AsyncIterator[Sequence[Json]]:
    """Yield the branches, however many answers there are in one of them."""
    for start in range(0, len(tree), SLICE):
        part = tree[start : start + SLICE]
        yield await to_thread(_shapes, part, votes)


def _shapes(grown: Sequence[CommentTree], votes: Mapping[int, str]) -> list[JSONObject]:
    return [serialize_comment_tree(each, votes) for each in grown]


async def show_ids(call: APIRequest) -> Json:
    """GET /3/gallery/{post}/comments/ids."""
    return [*numbers(await comments.tree(call.library, call.path("id")))]


async def show_count(call: APIRequest) -> Json:
    """GET /3/gallery/{post}/comments/count."""
    return (await posts.get(call.library, call.path("id"))).comments


# ---- of an account


async def list_of_account(call: APIRequest) -> Json:
    """GET /3/account/{name}/comments/{sort}/{page}."""
    found = await written(call)
    votes = await mine(call, [each.id for each in found])
    return [serialize_comment(each, votes) for each in found]


async def list_ids_of_account(call: APIRequest) -> Json:
    """GET /3/account/{name}/comments/ids/{sort}/{page}."""
    return [each.id for each in await written(call)]


async def count_of_account(call: APIRequest) -> Json:
    """GET /3/account/{name}/comments/count."""
    return await comments.count(call.library, (await account_of(call)).id)


async def delete_of_account(call: APIRequest) -> Json:
    """DELETE /3/account/{name}/comment/{id}; what cannot be deleted is told with status 200, as ever."""
    account = require_own_account(call)
    try:
        await comments.remove(call.library, number(call), account)
    except NotFoundError:
        return call.soft_error(NOT_FOUND)
    except ForbiddenError:
        return call.soft_error(UNAUTHORIZED)
    return True


async def written(call: APIRequest) -> list[Comment]:
    """A page of what an account wrote."""
    whose = await account_of(call)
    asked = [call.query(name) or call.request.path_params.get(name, "") for name in ("sort", "page")]
    sort = next((text for text in asked if text in comments.ACCOUNT_SORTS), "newest")
    page = next((int(text) for text in asked if is_page_number(text)), 0)
    return await comments.of_account(call.library, whose.id, sort=sort, page=page)


# ---- numbers


def number(call: APIRequest) -> int:
    """The comment that the path names."""
    found = read_number(call.path("id"))
    if not found:
        raise APIError(400, NO_ID)
    return found


def read_number(text: str) -> int:
    """A comment's number; 0 for none.

    Raises:
        NotFoundError: no comment is named so.
    """
    if text in {"", "null"}:
        return 0
    if (found := parse_int(text, LONGEST_NUMBER)) is None:
        raise NotFoundError("comment", text)
    return found


def numbers(grown: Iterable[CommentTree]) -> list[int]:
    """The numbers of all comments in these branches that are still there."""
    found: list[int] = []
    for each in grown:
        if not each.comment.deleted:
            found.append(each.comment.id)
        found += numbers(each.answers)
    return found


async def mine(call: APIRequest, ids: Sequence[int]) -> dict[int, str]:
    """How the asker voted on these comments."""
    asker = call.caller.account_id
    return await comments.marks(call.library, asker, ids) if asker is not None and ids else {}


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
