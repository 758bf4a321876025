"""Posts, comments and tags as the API's JSON objects: what `shapes` makes of an image or album, and what people think.

Counts are null where a thing does not stand in the gallery. What the asker thinks of it (`vote`, `favorite`) is added
by `routes.marks`, where somebody asks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyimgur.server.library import posts
from pyimgur.server.wire import shapes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pyimgur.server.library.comments import Branch, Comment
    from pyimgur.server.library.gallery import Entry
    from pyimgur.server.library.images import Image
    from pyimgur.server.library.posts import Post
    from pyimgur.server.library.tags import Tag
    from pyimgur.server.wire.links import Links
    from pyimgur.server.wire.shapes import Object

COUNTS = ("comment_count", "favorite_count", "ups", "downs", "points", "score")
DELETED = "[deleted]"


def entry(links: Links, shown: Entry) -> Object:
    """A post with all that it shows, or a favourite that is none."""
    shape = _album(links, shown) if shown.album else _image(links, shown)
    shape |= {
        "section": shape["section"] or "",
        "in_gallery": shown.post is not None,
        "tags": [tag(each) for each in shown.tags],
        "topic": None,
        **counts(shown.post),
    }
    if shown.post:
        viral = shown.post.score >= posts.VIRAL
        shape |= {"nsfw": bool(shown.post.mature), "datetime": shown.post.created, "in_most_viral": viral}
    return shape


def _image(links: Links, shown: Entry) -> Object:
    assert shown.image is not None, "an entry shows an image or an album"
    return shapes.image(links, shown.image, named=True) | {"edited": 0, "topic_id": 0, "is_album": False}


def _album(links: Links, shown: Entry) -> Object:
    assert shown.album is not None, "an entry shows an image or an album"
    shape = shapes.album(links, shown.album)
    shape |= {"vote": None, "ad_type": 0, "ad_url": "", "in_most_viral": False, "topic_id": None}
    if shown.pictures is not None:
        shape["images"] = [picture(links, each) for each in shown.pictures]
    return shape


def picture(links: Links, row: Image) -> Object:
    """An image of an album in the gallery; nobody thinks anything of it alone."""
    return shapes.image(links, row) | {"account_id": None, **counts(None)}


def counts(post: Post | None) -> Object:
    """What people think of a post."""
    if post is None:
        return dict.fromkeys(COUNTS)
    values = (post.comments, post.favorites, post.ups, post.downs, post.points, post.score)
    return dict(zip(COUNTS, values, strict=True))


def in_subreddit(links: Links, shown: Entry) -> Object:
    """A post in a subreddit's folder: its score is all that is told there of what people think."""
    shape = entry(links, shown)
    return shape | {**dict.fromkeys(COUNTS), "score": shape["score"], "account_url": None, "account_id": None}


def tag(row: Tag, *, following: bool = False) -> Object:
    """What is known of a tag."""
    return {
        "name": row.name,
        "display_name": row.display_name,
        "followers": row.followers,
        "total_items": row.total,
        "following": following,
        "is_whitelisted": False,
        "background_hash": "",
        "thumbnail_hash": None,
        "accent": "",
        "background_is_animated": False,
        "thumbnail_is_animated": False,
        "is_promoted": False,
        "description": "",
        "logo_hash": None,
        "logo_destination_url": None,
        "description_annotations": {},
    }


def comment(row: Comment, votes: Mapping[int, str], children: Sequence[Object] = ()) -> Object:
    """A comment; of a deleted one only its place is told."""
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


def branch(grown: Branch, votes: Mapping[int, str]) -> Object:
    """A comment with the answers to it, which go no deeper than `comments.DEEPEST`."""
    return comment(grown.comment, votes, [branch(each, votes) for each in grown.answers])
