"""JSON of the v1 API: other names for the same fields, times in ISO 8601, no envelope."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

from pyimgur.server.http.serializers.comment import DELETED
from pyimgur.server.http.urls import album_url, avatar_url, cover_url, image_url
from pyimgur.server.services import posts, profiles
from pyimgur.server.services.images import served_size
from pyimgur.server.services.votes import ViewerState

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from pyimgur.server.http.responses import Json, JSONObject
    from pyimgur.server.http.urls import BaseURLs
    from pyimgur.server.services.comments import Comment, CommentTree
    from pyimgur.server.services.gallery import PostWithItems
    from pyimgur.server.services.images import Image
    from pyimgur.server.services.tags import Tag

NO_VIEWER_STATE = ViewerState(None, False)
NO_ADS: JSONObject = {
    "safe_flags": [],
    "high_risk_flags": [],
    "unsafe_flags": [],
    "wall_unsafe_flags": [],
    "show_ads": False,
    "show_ad_level": 0,
    "nsfw_score": 0,
}
_GAPS = re.compile(r"[\W_]+")


class PostBody(NamedTuple):
    """The fields that a post takes from its image or album."""

    id: str
    title: str | None
    description: str | None
    views: int
    created: int
    nsfw: int | None
    account_id: int | None
    account_name: str | None
    link: str
    private: bool
    pictures: Sequence[Image]
    cover: str
    """The id of the cover image; empty for an album without images."""
    image_count: int


def post(
    links: BaseURLs, entry: PostWithItems, include: Collection[str], state: ViewerState = NO_VIEWER_STATE
) -> JSONObject:
    """Return a post, or an image or album outside the gallery. `include` names its optional members."""
    body = post_body(links, entry)
    row = entry.post
    pictures = [media(links, image) for image in body.pictures]
    serialized: JSONObject = {
        "id": body.id,
        "account_id": body.account_id or 0,
        "title": body.title or "",
        "seo_title": _GAPS.sub("-", (body.title or "").lower()).strip("-"),
        "description": body.description or "",
        "view_count": body.views,
        "upvote_count": row.ups if row else 0,
        "downvote_count": row.downs if row else 0,
        "point_count": row.points if row else 0,
        "image_count": body.image_count,
        "comment_count": row.comments if row else 0,
        "favorite_count": row.favorites if row else 0,
        "virality": row.viral if row else 0.0,
        "score": row.score if row else 0,
        "in_most_viral": bool(row and row.score >= posts.VIRAL),
        "is_album": entry.album is not None,
        "is_mature": bool(body.nsfw),
        "cover_id": body.cover,
        "created_at": iso8601(row.created if row else body.created),
        "updated_at": None,
        "url": body.link,
        "privacy": "private" if body.private and not row else "",
        "vote": state.vote,
        "favorite": state.favorite,
        "is_ad": False,
        "ad_type": 0,
        "ad_url": "",
        "include_album_ads": False,
        "shared_with_community": row is not None,
        "is_pending": False,
        "platform": "api",
    }
    return serialized | _included(links, entry, body, pictures, include)


def _included(
    links: BaseURLs, entry: PostWithItems, body: PostBody, pictures: Sequence[JSONObject], include: Collection[str]
) -> JSONObject:
    members: JSONObject = {"display": []}
    if "media" in include and pictures:
        members["media"] = pictures
    if "tags" in include:
        members["tags"] = [tag(row) for row in entry.tags]
    if "account" in include and body.account_id:
        members["account"] = account_summary(links, body.account_id, body.account_name or "")
    if "cover" in include and pictures:
        members["cover"] = next((image for image in pictures if image["id"] == body.cover), pictures[0])
    if "adconfig" in include:
        members["ad_config"] = NO_ADS
    return members


def post_body(links: BaseURLs, entry: PostWithItems) -> PostBody:
    """Return the fields that a post takes from its image or album."""
    if (row := entry.image) is not None:
        link = f"{links.pages}/{row.id}"
        fields = (
            row.id,
            row.title,
            row.description,
            row.views,
            row.created,
            row.nsfw,
            row.account_id,
            row.account_name,
        )
        return PostBody(*fields, link, not row.in_gallery, [row], row.id, 1)
    assert entry.album is not None
    album = entry.album
    return PostBody(
        album.id,
        album.title,
        album.description,
        album.views,
        album.created,
        album.nsfw,
        album.account_id,
        album.account_name,
        album_url(links, album.id),
        album.privacy != "public",
        entry.images or (),
        album.cover_id or "",
        album.images_count,
    )


def media(links: BaseURLs, row: Image) -> JSONObject:
    """Return an image or video of a post."""
    return {
        "id": row.id,
        "account_id": row.account_id or 0,
        "mime_type": row.type,
        "type": "video" if row.type.startswith("video/") else "image",
        "name": row.id,
        "basename": f"{row.id}.{row.ext}",
        "url": image_url(links, row.id, row.ext),
        "ext": row.ext,
        "width": row.width,
        "height": row.height,
        "size": served_size(row),
        "metadata": {
            "title": row.title or "",
            "description": row.description or "",
            "is_animated": bool(row.animated),
            "is_looping": bool(row.animated),
            "duration": row.duration or 0,
            "has_sound": bool(row.has_sound),
        },
        "created_at": iso8601(row.created),
        "updated_at": None,
    }


def tag(row: Tag) -> JSONObject:
    """Return a tag of a post."""
    return {"tag": row.name, "display": row.display_name, "background_id": ""}


def account_summary(links: BaseURLs, id: int, name: str) -> JSONObject:
    """Return the author of a post or comment. The avatar's URL has two names."""
    link = avatar_url(links, name)
    return {"id": id, "username": name, "avatar_url": link, "avatar": link}


def account(links: BaseURLs, row: profiles.Profile, include: Collection[str]) -> JSONObject:
    """Return an account."""
    serialized: JSONObject = {
        "id": row.id,
        "username": row.name,
        "bio": row.bio or "",
        "avatar_url": avatar_url(links, row.name),
        "cover_url": cover_url(links, row.name),
        "reputation_count": row.reputation,
        "reputation_name": profiles.reputation_name(row.reputation),
        "created_at": iso8601(row.created),
    }
    empty: list[Json] = []
    return serialized | {name: empty for name in ("trophies", "medallions") if name in include}


def comment(links: BaseURLs, row: Comment, post: Json = None, replies: Sequence[Json] = ()) -> JSONObject:
    """Return a comment with its replies; `post` is the post it belongs to, if that is included."""
    has_account = row.account_id is not None and not row.deleted
    serialized: JSONObject = {
        "id": row.id,
        "parent_id": row.parent or 0,
        "comment": DELETED if row.deleted else row.text,
        "account_id": 0 if row.deleted else row.account_id,
        "post_id": row.post_id,
        "upvote_count": row.ups,
        "downvote_count": row.downs,
        "point_count": row.points,
        "platform": row.platform,
        "created_at": iso8601(row.created),
        "updated_at": None,
        "deleted_at": iso8601(row.created) if row.deleted else None,
        "account": account_summary(links, row.account_id or 0, row.account_name or "") if has_account else None,
        "comments": replies,
    }
    return serialized if post is None else serialized | {"post": post}


def comment_tree(links: BaseURLs, tree: CommentTree, post: Json = None) -> JSONObject:
    """Return a comment with all replies."""
    return comment(links, tree.comment, post, [comment_tree(links, reply) for reply in tree.replies])


def iso8601(seconds: int) -> str:
    """Format Unix seconds as ISO 8601 in UTC."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
