"""Gallery post JSON: that of an image or album, with votes and scores.

Counts are null outside the gallery. Routes add the viewer's own vote and favorite (`routes._viewer_state`).
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


def serialize_post(links: BaseURLs, entry: PostWithItems) -> JSONObject:
    """Return a post with its image or album; also a favorite that is not in the gallery."""
    serialized = _album(links, entry) if entry.album else _image(links, entry)
    serialized |= {
        "section": serialized["section"] or "",
        "in_gallery": entry.post is not None,
        "tags": [serialize_tag(tag) for tag in entry.tags],
        "topic": None,
        **counts(entry.post),
    }
    if entry.post:
        viral = entry.post.score >= posts.VIRAL
        serialized |= {"nsfw": bool(entry.post.mature), "datetime": entry.post.created, "in_most_viral": viral}
    return serialized


def _image(links: BaseURLs, entry: PostWithItems) -> JSONObject:
    assert entry.image is not None, "an entry has an image or an album"
    return serialize_image(links, entry.image, named=True) | {"edited": 0, "topic_id": 0, "is_album": False}


def _album(links: BaseURLs, entry: PostWithItems) -> JSONObject:
    assert entry.album is not None, "an entry has an image or an album"
    serialized = serialize_album(links, entry.album)
    serialized |= {"vote": None, "ad_type": 0, "ad_url": "", "in_most_viral": False, "topic_id": None}
    if entry.images is not None:
        serialized["images"] = [serialize_post_image(links, image) for image in entry.images]
    return serialized


def serialize_post_image(links: BaseURLs, row: Image) -> JSONObject:
    """Return an image of an album post. It has no votes of its own."""
    return serialize_image(links, row) | {"account_id": None, **counts(None)}


def counts(post: Post | None) -> JSONObject:
    """Return the counts and scores of a post; null for None."""
    if post is None:
        return dict.fromkeys(COUNTS)
    values = (post.comments, post.favorites, post.ups, post.downs, post.points, post.score)
    return dict(zip(COUNTS, values, strict=True))


def serialize_subreddit_post(links: BaseURLs, entry: PostWithItems) -> JSONObject:
    """Return a post of a subreddit, of whose counts only the score is included."""
    serialized = serialize_post(links, entry)
    return serialized | {**dict.fromkeys(COUNTS), "score": serialized["score"], "account_url": None, "account_id": None}
