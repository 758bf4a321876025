"""Submissions: add an image or album to the gallery with a title, tags and a subreddit, and remove it again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pyimgur.server.db.queries import images as image_queries
from pyimgur.server.db.queries import submissions as queries
from pyimgur.server.db.query import Steps, transaction
from pyimgur.server.errors import ValidationError
from pyimgur.server.services import albums, images, posts, votes
from pyimgur.server.services.authorization import require_owner
from pyimgur.server.services.gallery import Kind
from pyimgur.server.services.posts import Post

if TYPE_CHECKING:
    from pyimgur.server.services.albums import Album
    from pyimgur.server.services.context import ServerContext
    from pyimgur.server.services.images import Image

SIZES = (("small", 500), ("med", 2_000), ("big", 5_000), ("lrg", 10_000))
"""Names of image sizes in a search, each with the longest side up to which it applies."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """The fields of a post that its author sets."""

    title: str
    mature: bool = False
    tags: Sequence[str] = ()
    section: str | None = None
    """The subreddit whose list the post is added to."""


async def submit(
    context: ServerContext, id: str, account: int, submission: Submission, kind: Kind | None = None
) -> None:
    """Add the account's own image or album to the gallery.

    Raises:
        NotFoundError: there is no image or album of this id and kind.
        ForbiddenError: it is not the account's own.
        ValidationError: the title is empty, the album is empty, or the post is already in the gallery.
    """
    if not submission.title.strip():
        raise ValidationError("A title is required to submit to the gallery.")
    await context.db.write(_submit(id, account, submission, kind, context.now))


@transaction
def _submit(id: str, account: int, submission: Submission, kind: Kind | None, now: int) -> Steps[None]:
    kind = kind or ("image" if (yield image_queries.GET_BY_ID.one(id=id)) else "album")
    item = (yield from _own_image(id, account)) if kind == "image" else (yield from _own_album(id, account))
    if item.in_gallery:
        raise ValidationError(f"{kind.capitalize()} already in gallery.")
    section = (submission.section or "").strip() or item.section
    yield queries.SET_POST_FIELDS[kind].run(
        of=item.id, new_title=submission.title.strip(), new_nsfw=int(submission.mature), new_section=section
    )
    yield queries.INSERT_POST.run(
        id=item.id,
        account_id=account,
        section_key=section.lower() if section else None,
        mature=int(submission.mature),
        facets=_search_facets(item),
        created=now,
        **{f"{kind}_id": item.id},
    )
    post = yield from posts.get_in_transaction(item.id)
    yield from posts.retag(post.number, list(submission.tags))
    yield from votes.set_vote(post.number, account, votes.UP, now)


@transaction
def _own_image(id: str, account: int) -> Steps[Image]:
    image = yield from images.get_editable(id, account)
    require_owner(image, account)  # a delete hash is not enough
    return image


@transaction
def _own_album(id: str, account: int) -> Steps[Album]:
    album = yield from albums.get_editable(id, account)
    require_owner(album, account)
    if not album.images_count:
        raise ValidationError("An album needs an image before it can be submitted to the gallery.")
    return album


def _search_facets(item: Image | Album) -> str:
    """Return the words for search filters: the kind of post, its file type and size."""
    if isinstance(item, albums.Album):
        return "post album"
    longest_side = max(item.width, item.height)
    size = next((name for name, limit in SIZES if longest_side <= limit), "huge")
    return f"post image {item.ext} {'anigif ' if item.animated else ''}{size}"


async def remove(context: ServerContext, id: str, account: int) -> None:
    """Remove the account's own post from the gallery; the image or album stays.

    Raises:
        NotFoundError: there is no such post.
        ForbiddenError: it is not the account's own.
    """
    await context.db.write(_remove(id, account))


@transaction
def _remove(id: str, account: int) -> Steps[None]:
    yield from _own_post(id, account)
    yield from posts.remove_post(id)


async def tag_post(context: ServerContext, id: str, account: int, tags: Sequence[str]) -> None:
    """Replace the tags of the account's own post. Errors as in `remove`."""
    await context.db.write(_tag(id, account, tags))


@transaction
def _tag(id: str, account: int, tags: Sequence[str]) -> Steps[None]:
    yield from posts.retag((yield from _own_post(id, account)).number, list(tags))


@transaction
def _own_post(id: str, account: int) -> Steps[Post]:
    post = yield from posts.get_in_transaction(id)
    require_owner(post, account)
    return post
