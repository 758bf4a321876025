"""Comment and comment tree JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pyimgur.server.http.responses import JSONObject
    from pyimgur.server.services.comments import Comment, CommentTree

DELETED = "[deleted]"


def serialize_comment(row: Comment, votes: Mapping[int, str], children: Sequence[JSONObject] = ()) -> JSONObject:
    """Return a comment. A deleted one keeps its place in the tree, without text and author."""
    return {
        "id": row.id,
        "image_id": row.post_id,
        "comment": DELETED if row.deleted else row.text,
        "author": DELETED if row.deleted else row.account_name,
        "author_id": 0 if row.deleted else row.account_id,
        "on_album": bool(row.on_album),
        "album_cover": row.album_cover,
        "ups": row.ups,
        "downs": row.downs,
        "points": row.points,
        "datetime": row.created,
        "parent_id": row.parent or 0,
        "deleted": bool(row.deleted),
        "vote": votes.get(row.id),
        "platform": row.platform,
        "has_admin_badge": False,
        "children": [*children],
    }


def serialize_comment_tree(tree: CommentTree, votes: Mapping[int, str]) -> JSONObject:
    """Return a comment with all replies, which are nested at most `comments.MAX_DEPTH` levels."""
    return serialize_comment(tree.comment, votes, [serialize_comment_tree(reply, votes) for reply in tree.replies])
