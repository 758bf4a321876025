"""Rows as the API's second generation shows them: other names for the same things, times as ISO 8601, no envelope."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

from pyimgur.server.http.serializers.comment import DELETED
from pyimgur.server.http.urls import album_url, avatar_link, cover_link, image_url
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
    """What an album and an image have in common, as a post shows it."""

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
    """The id of the picture that stands for it; empty if it holds none."""
    image_count: int


def post(
    links: BaseURLs, entry: PostWithItems, include: Collection[str], state: ViewerState = NO_VIEWER_STATE
) -> JSONObject:
    """A post; also an image or album that stands in no gallery. `include` names what is shown with it."""
    shown = post_body(links, entry)
    found = entry.post
    pictures = [media(links, each) for each in shown.pictures]
    shape: JSONObject = {
        "id": shown.id,
        "account_id": shown.account_id or 0,
        "title": shown.title or "",
        "seo_title": _GAPS.sub("-", (shown.title or "").lower()).strip("-"),
        "description": shown.description or "",
        "view_count": shown.views,
        "upvote_count": found.ups if found else 0,
        "downvote_count": found.downs if found else 0,
        "point_count": found.points if found else 0,
        "image_count": shown.image_count,
        "comment_count": found.comments if found else 0,
        "favorite_count": found.favorites if found else 0,
        "virality": found.viral if found else 0.0,
        "score": found.score if found else 0,
        "in_most_viral": bool(found and found.score >= posts.VIRAL),
        "is_album": entry.album is not None,
        "is_mature": bool(shown.nsfw),
        "cover_id": shown.cover,
        "created_at": iso8601(found.created if found else shown.created),
        "updated_at": None,
        "url": shown.link,
        "privacy": "private" if shown.private and not found else "",
        "vote": state.vote,
        "favorite": state.favorite,
        "is_ad": False,
        "ad_type": 0,
        "ad_url": "",
        "include_album_ads": False,
        "shared_with_community": found is not None,
        "is_pending": False,
        "platform": "api",
    }
    return shape | _included(links, entry, shown, pictures, include)


def _included(
    links: BaseURLs, entry: PostWithItems, shown: PostBody, pictures: Sequence[JSONObject], include: Collection[str]
) -> JSONObject:
    shape: JSONObject = {"display": []}
    if "media" in include and pictures:
        shape["media"] = pictures
    if "tags" in include:
        shape["tags"] = [tag(each) for each in entry.tags]
    if "account" in include and shown.account_id:
        shape["account"] = account_summary(links, shown.account_id, shown.account_name or "")
    if "cover" in include and pictures:
        shape["cover"] = next((each for each in pictures if each["id"] == shown.cover), pictures[0])
    if "adconfig" in include:
        shape["ad_config"] = NO_ADS
    return shape


def post_body(links: BaseURLs, entry: PostWithItems) -> PostBody:
    """What a post shows, whether it is an image or an album."""
    if (row := entry.image) is not None:
        link = f"{links.pages}/{row.id}"
        named = (row.id, row.title, row.description, row.views, row.created, row.nsfw, row.account_id, row.account_name)
        return PostBody(*named, link, not row.in_gallery, [row], row.id, 1)
    assert entry.album is not None
    album = entry.album
    first = album.cover_id or ""
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
        entry.pictures or (),
        first,
        album.images_count,
    )


def media(links: BaseURLs, row: Image) -> JSONObject:
    """A picture or video of a post."""
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
    """A tag of a post."""
    return {"tag": row.name, "display": row.display_name, "background_id": ""}


def account_summary(links: BaseURLs, id: int, name: str) -> JSONObject:
    """Whose something is; the same picture under both of its names."""
    link = avatar_link(links, name)
    return {"id": id, "username": name, "avatar_url": link, "avatar": link}


def account(links: BaseURLs, row: profiles.Profile, include: Collection[str]) -> JSONObject:
    """A person."""
    shape: JSONObject = {
        "id": row.id,
        "username": row.name,
        "bio": row.bio or "",
        "avatar_url": avatar_link(links, row.name),
        "cover_url": cover_link(links, row.name),
        "reputation_count": row.reputation,
        "reputation_name": profiles.reputation_name(row.reputation),
        "created_at": iso8601(row.created),
    }
    none: list[Json] = []
    return shape | {name: none for name in ("trophies", "medallions") if name in include}


def comment(links: BaseURLs, row: Comment, under: Json = None, answers: Sequence[Json] = ()) -> JSONObject:
    """A comment, the post it stands under if that is shown, and the answers to it."""
    known = row.account_id is not None and not row.deleted
    shape: JSONObject = {
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
        "account": account_summary(links, row.account_id or 0, row.account_name or "") if known else None,
        "comments": answers,
    }
    return shape if under is None else shape | {"post": under}


def comment_tree(links: BaseURLs, found: CommentTree, under: Json = None) -> JSONObject:
    """A comment with all below it."""
    return comment(links, found.comment, under, [comment_tree(links, each) for each in found.answers])


def iso8601(seconds: int) -> str:
    """A time as ISO 8601, in UTC."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
