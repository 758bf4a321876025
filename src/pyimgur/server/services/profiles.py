"""What people say of themselves and choose for themselves, and what others may know of that.

A profile is public, settings are the person's own. Reputation is what is counted: the points of
someone's posts and comments together; its name is read off a table.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypedDict

from sqlalchemy import Integer, Text, bindparam, exists, func, select, update

from pyimgur.server.db.query import Query, Transaction
from pyimgur.server.db.schema import account, comment, favorite, person_block, post
from pyimgur.server.errors import NotFoundError, ValidationError
from pyimgur.server.services import account_deletion, accounts, avatars, favorites, images
from pyimgur.server.services.albums import PRIVACIES
from pyimgur.server.services.shield import shielded

if TYPE_CHECKING:
    from pyimgur.server.services.context import ServerContext

BIO_LENGTH = 2_000
REPUTATIONS = (
    (20_000, "Glorious"),
    (8_000, "Renowned"),
    (4_000, "Idolized"),
    (2_000, "Trusted"),
    (1_000, "Liked"),
    (400, "Accepted"),
    (0, "Neutral"),
)
DISLIKED = "Forever Alone"

_POINTS = select(func.coalesce(func.sum(post.c.ups - post.c.downs), 0)).where(post.c.account_id == account.c.id)
_SAID = select(func.coalesce(func.sum(comment.c.ups - comment.c.downs), 0)).where(
    comment.c.account_id == account.c.id, comment.c.deleted == bindparam("deleted")
)
_BLOCKED = exists().where(person_block.c.account == bindparam("asker"), person_block.c.blocked == account.c.id)
PROFILE = Query(
    select(
        account.c.id,
        account.c.name,
        account.c.bio,
        account.c.avatar,
        (_POINTS.scalar_subquery() + _SAID.scalar_subquery()).label("reputation"),
        account.c.created,
        _BLOCKED.label("is_blocked"),
    ).where(account.c.id == bindparam("id"))
)
DEEDS = Query(
    select(
        select(func.count())
        .where(comment.c.account_id == bindparam("id"), comment.c.deleted == bindparam("deleted"))
        .scalar_subquery()
        .label("comments"),
        select(func.count())
        .select_from(favorite)
        .join(post, (post.c.id == favorite.c.image_id) | (post.c.id == favorite.c.album_id))
        .where(favorite.c.account == bindparam("id"), ~favorites.HIDDEN)
        .scalar_subquery()
        .label("favorites"),
        select(func.count()).where(post.c.account_id == bindparam("id")).scalar_subquery().label("submissions"),
    )
)
SETTINGS = Query(
    select(
        account.c.name,
        account.c.avatar,
        account.c.newsletter_subscribed,
        account.c.show_mature,
        account.c.accepted_gallery_terms,
        account.c.comment_replies,
        account.c.messaging_enabled,
        account.c.album_privacy,
        account.c.public_images,
        account.c.email_verified,
        account.c.high_quality,
    ).where(account.c.id == bindparam("id"))
)
FLAGS = (
    "public_images",
    "messaging_enabled",
    "accepted_gallery_terms",
    "show_mature",
    "newsletter_subscribed",
    "comment_replies",
    "high_quality",
)
CHANGE = Query(
    update(account)
    .where(account.c.id == bindparam("of"))
    .values(
        bio=func.nullif(func.coalesce(bindparam("new_bio", type_=Text), account.c.bio), ""),
        avatar=func.nullif(func.coalesce(bindparam("new_avatar", type_=Text), account.c.avatar), ""),
        album_privacy=func.coalesce(bindparam("new_album_privacy", type_=Text), account.c.album_privacy),
        **{
            name: func.coalesce(bindparam(f"new_{name}", type_=Integer), account.c[name])  # a flag that nobody names
            for name in FLAGS
        },
    )
)
VERIFY = Query(
    update(account)
    .where(account.c.id == bindparam("of"), account.c.email_verified == bindparam("before"))
    .values(email_verified=bindparam("after"))
)


class Profile(NamedTuple):
    """What everybody may know of a person."""

    id: int
    name: str
    bio: str | None
    avatar: str | None
    """The picture that was chosen."""
    reputation: int
    created: int
    is_blocked: int
    """Whether the asker blocks this person."""


class GalleryProfile(NamedTuple):
    """How much a person did in the gallery."""

    comments: int
    favorites: int
    submissions: int


class Settings(NamedTuple):
    """What a person has chosen."""

    name: str
    avatar: str | None
    newsletter_subscribed: int
    show_mature: int
    accepted_gallery_terms: int
    comment_replies: int
    messaging_enabled: int
    album_privacy: str
    public_images: int
    email_verified: int
    high_quality: int


class Changes(TypedDict, total=False):
    """What is to be other than it was; what is missing stays."""

    bio: str
    avatar: str
    album_privacy: str
    public_images: bool
    messaging_enabled: bool
    accepted_gallery_terms: bool
    show_mature: bool
    newsletter_subscribed: bool
    comment_replies: bool
    high_quality: bool


async def get(library: ServerContext, id: int, asker: int | None) -> Profile:
    """The person with this number, as the asker sees them.

    Raises:
        NotFoundError: there is nobody.
    """
    found = await library.db.scan(PROFILE.one(id=id, asker=asker, deleted=0))
    if found is None:
        raise NotFoundError("account", str(id))
    return Profile(*found)


async def deeds(library: ServerContext, id: int) -> GalleryProfile:
    """How much this person did in the gallery."""
    return GalleryProfile(*await library.db.scan(DEEDS.one(id=id, deleted=0)))


async def settings(library: ServerContext, id: int) -> Settings:
    """What this person has chosen.

    Raises:
        NotFoundError: there is nobody.
    """
    found = await library.db.read(SETTINGS.one(id=id))
    if found is None:
        raise NotFoundError("account", str(id))
    return Settings(*found)


async def change(library: ServerContext, id: int, changes: Changes) -> None:
    """Change what is named; an empty text removes it.

    Raises:
        ValidationError: that cannot be chosen.
    """
    privacy, avatar, bio = changes.get("album_privacy"), changes.get("avatar"), changes.get("bio")
    if privacy is not None and privacy not in PRIVACIES:
        raise ValidationError(f"album_privacy must be one of {', '.join(PRIVACIES)}")
    if avatar and avatar not in avatars.NAMES:
        raise ValidationError("There is no such avatar. Choose one of available_avatars.")
    if bio is not None and len(bio) > BIO_LENGTH:
        raise ValidationError(f"A bio has at most {BIO_LENGTH:,} characters")
    await library.db.write(_change(id, changes))


async def verify_email(library: ServerContext, id: int) -> bool:
    """Take the person's address as theirs; False if it was already. Nothing is mailed: this server sends no mail."""
    return await library.db.write(_verify(id))


async def delete_account(library: ServerContext, id: int, password: str, *, address: str) -> None:
    """Delete the person, with all that is theirs and all that programs may do in their name.

    Raises:
        ForbiddenError: that is not their password.
        TooManyAttempts: too many wrong ones.
    """
    chosen = await settings(library, id)
    await accounts.sign_in(library, chosen.name, password, address=address)
    await delete_account_files(library, id)


async def delete_account_files(library: ServerContext, id: int) -> None:
    """Delete an account, whoever wants it: its rows at once, its files right after."""
    await shielded(_discard(library, id))


async def _discard(library: ServerContext, id: int) -> None:
    pictures = [row.id for row in await library.db.scan(account_deletion.IMAGES.all(account=id))]
    async with images.deletion_intent(library, pictures):
        gone = await library.db.write(account_deletion.delete_account(id))
    for late in {*gone} - {*pictures}:
        await library.blobs.remove(late)


def reputation_name(reputation: int) -> str:
    """What such a reputation is called."""
    return next((name for least, name in REPUTATIONS if reputation >= least), DISLIKED)


def _change(id: int, changes: Changes) -> Transaction[None]:
    names = ("bio", "avatar", "album_privacy", *FLAGS)
    asked: dict[str, object] = dict(changes)
    values = {name: int(value) if isinstance(value := asked.get(name), bool) else value for name in names}
    yield CHANGE.run(of=id, **{f"new_{name}": value for name, value in values.items()})


def _verify(id: int) -> Transaction[bool]:
    return bool((yield VERIFY.run(of=id, before=0, after=1)))
