"""The JSON of gallery posts: that of an image or album, with votes and scores.

Counts are null for what is not in the gallery. Routes add the viewer's own vote and favorite (`routes._viewer_state`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyimgur.server.http.serializers.album import serialize_album
from pyimgur.server.http.serializers.image import serialize_image
from pyimgur.server.http.serializers.tag import serialize_tag
from pyimgur.server.services import posts

if TYPE_CHECKING:
    from pyimgur.server.http.responses import JSONObject
    from pyimgur.server.http.urls import BaseURLs
    from pyimgur.server.services.gallery import PostWithItems
    from pyimgur.server.services.images import Image
    from pyimgur.server.services.posts import Post

COUNTS = ("comment_count", "favorite_count", "ups", "downs", "points", "score")


def serialize_post(links: BaseURLs, shown: PostWithItems) -> JSONObject:
    """A post with all that it shows, or a favourite that is none."""
    shape = _album(links, shown) if shown.album else _image(links, shown)
    shape |= {
        "section": shape["section"] or "",
        "in_gallery": shown.post is not None,
        "tags": [serialize_tag(each) for each in shown.tags],
        "topic": None,
        **counts(shown.post),
    }
    if shown.post:
        viral = shown.post.score >= posts.VIRAL
        shape |= {"nsfw": bool(shown.post.mature), "datetime": shown.post.created, "in_most_viral": viral}
    return shape


def _image(links: BaseURLs, shown: PostWithItems) -> JSONObject:
    assert shown.image is not None, "an entry shows an image or an album"
    return serialize_image(links, shown.image, named=True) | {"edited": 0, "topic_id": 0, "is_album": False}


def _album(links: BaseURLs, shown: PostWithItems) -> JSONObject:
    assert shown.album is not None, "an entry shows an image or an album"
    shape = serialize_album(links, shown.album)
    shape |= {"vote": None, "ad_type": 0, "ad_url": "", "in_most_viral": False, "topic_id": None}
    if shown.pictures is not None:
        shape["images"] = [serialize_post_image(links, each) for each in shown.pictures]
    return shape


def serialize_post_image(links: BaseURLs, row: Image) -> JSONObject:
    """An image of an album in the gallery; nobody thinks anything of it alone."""
    return serialize_image(links, row) | {"account_id": None, **counts(None)}


def counts(post: Post | None) -> JSONObject:
    """What people think of a post."""
    if post is None:
        return dict.fromkeys(COUNTS)
    values = (post.comments, post.favorites, post.ups, post.downs, post.points, post.score)
    return dict(zip(COUNTS, values, strict=True))


def serialize_subreddit_post(links: BaseURLs, shown: PostWithItems) -> JSONObject:
    """A post in a subreddit's folder: its score is all that is told there of what people think."""
    shape = serialize_post(links, shown)
    return shape | {**dict.fromkeys(COUNTS), "score": shape["score"], "account_url": None, "account_id": None}
