"""Into the gallery and out of it: what its owner shows to everybody, with a title, tags and a subreddit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pyimgur.server.db.queries import images as image_queries
from pyimgur.server.db.queries import submissions as queries
from pyimgur.server.db.query import Transaction
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """What is said of a post by the one who makes it."""

    title: str
    mature: bool = False
    tags: Sequence[str] = ()
    section: str | None = None
    """The subreddit whose folder it goes to."""


async def submit(
    library: ServerContext, id: str, account: int, submission: Submission, kind: Kind | None = None
) -> None:
    """Show one's own image or album to everybody.

    Raises:
        NotFoundError, ForbiddenError: there is none of this kind; it is another's.
        ValidationError: it has no title, holds nothing, or stands there already.
    """
    if not submission.title.strip():
        raise ValidationError("A title is required to submit to the gallery.")
    await library.db.write(_submit(id, account, submission, kind, library.now))


def _submit(id: str, account: int, submission: Submission, kind: Kind | None, now: int) -> Transaction[None]:
    kind = kind or ("image" if (yield image_queries.GET_BY_ID.one(id=id)) else "album")
    shown = yield from (_own_image(id, account) if kind == "image" else _own_album(id, account))
    if shown.in_gallery:
        raise ValidationError(f"{kind.capitalize()} already in gallery.")
    section = (submission.section or "").strip() or shown.section
    yield queries.SET_POST_FIELDS[kind].run(
        of=shown.id, new_title=submission.title.strip(), new_nsfw=int(submission.mature), new_section=section
    )
    yield queries.INSERT_POST.run(
        id=shown.id,
        account_id=account,
        section_key=section.lower() if section else None,
        mature=int(submission.mature),
        facets=_search_facets(shown),
        created=now,
        **{f"{kind}_id": shown.id},
    )
    made = yield from posts.named(shown.id)
    yield from posts.retag(made.number, list(submission.tags))
    yield from votes.set_vote(made.number, account, votes.UP, now)


def _own_image(id: str, account: int) -> Transaction[Image]:
    found = yield from images.get_editable(id, account)
    require_owner(found, account)
    return found


def _own_album(id: str, account: int) -> Transaction[Album]:
    found = yield from albums.get_editable(id, account)
    require_owner(found, account)
    if not found.images_count:
        raise ValidationError("An album needs an image before it can be submitted to the gallery.")
    return found


def _search_facets(shown: Image | Album) -> str:
    """What a search can ask of a post besides its words."""
    if isinstance(shown, albums.Album):
        return "post album"
    longest = max(shown.width, shown.height)
    size = next((name for name, most in SIZES if longest <= most), "huge")
    return f"post image {shown.ext} {'anigif ' if shown.animated else ''}{size}"


async def remove(library: ServerContext, id: str, account: int) -> None:
    """Take one's own post out of the gallery; the image or album stays."""
    await library.db.write(_remove(id, account))


def _remove(id: str, account: int) -> Transaction[None]:
    yield from _own_post(id, account)
    yield from posts.remove_post(id)


async def tag_post(library: ServerContext, id: str, account: int, wanted: Sequence[str]) -> None:
    """Make these the tags of one's own post."""
    await library.db.write(_tag(id, account, wanted))


def _tag(id: str, account: int, wanted: Sequence[str]) -> Transaction[None]:
    yield from posts.retag((yield from _own_post(id, account)).number, list(wanted))


def _own_post(id: str, account: int) -> Transaction[Post]:
    found = yield from posts.named(id)
    require_owner(found, account)
    return found
