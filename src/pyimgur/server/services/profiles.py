"""Profiles, account settings, reputation, and deleting an account.

A profile is public; settings are seen by their owner only. Reputation is the sum of the points of an account's posts
and comments, and has a name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

from pyimgur.server.db.queries import profiles as queries
from pyimgur.server.db.queries.profiles import FLAGS, GalleryProfile, Profile, Settings
from pyimgur.server.db.query import Steps, transaction
from pyimgur.server.errors import ValidationError
from pyimgur.server.services import account_deletion, accounts, avatars, blob_intents
from pyimgur.server.services._lookup import get_or_not_found
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
"""The least reputation for each name."""
DISLIKED = "Forever Alone"
"""The name of a negative reputation."""


class Changes(TypedDict, total=False):
    """Settings to change; those that are missing stay as they are."""

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


async def get(context: ServerContext, id: int, viewer: int | None) -> Profile:
    """Return the profile of this account, as the viewer sees it.

    Raises:
        NotFoundError: there is no such account.
    """
    row = await context.db.scan(queries.GET_PROFILE.one(id=id, viewer=viewer, deleted=0))
    return get_or_not_found(row, "account", id)


async def gallery_profile(context: ServerContext, id: int) -> GalleryProfile:
    """Return how many comments, favorites and posts this account has."""
    return await context.db.scan(queries.COUNT_CONTRIBUTIONS.exactly_one(id=id, deleted=0))


async def settings(context: ServerContext, id: int) -> Settings:
    """Return the settings of this account.

    Raises:
        NotFoundError: there is no such account.
    """
    return get_or_not_found(await context.db.read(queries.GET_SETTINGS.one(id=id)), "account", id)


async def change_settings(context: ServerContext, id: int, changes: Changes) -> None:
    """Change the given settings; an empty bio or avatar removes the stored one.

    Raises:
        ValidationError: a value is not valid; nothing was changed.
    """
    privacy, avatar, bio = changes.get("album_privacy"), changes.get("avatar"), changes.get("bio")
    if privacy is not None and privacy not in PRIVACIES:
        raise ValidationError(f"album_privacy must be one of {', '.join(PRIVACIES)}")
    if avatar and avatar not in avatars.NAMES:
        raise ValidationError("There is no such avatar. Choose one of available_avatars.")
    if bio is not None and len(bio) > BIO_LENGTH:
        raise ValidationError(f"A bio has at most {BIO_LENGTH:,} characters")
    await context.db.write(_change(id, changes))


async def verify_email(context: ServerContext, id: int) -> bool:
    """Mark the email address as verified; return False if it was already. This server sends no mail."""
    return await context.db.write(_verify_email(id))


async def delete_account(context: ServerContext, id: int, password: str, *, address: str) -> None:
    """Delete an account with everything it owns, and revoke the access of all applications to it.

    Raises:
        NotFoundError: there is no such account.
        ForbiddenError: the password is wrong; nothing was deleted.
        TooManyAttempts: too many wrong passwords; nothing was deleted.
    """
    name = (await settings(context, id)).name
    await accounts.sign_in(context, name, password, address=address)
    await delete_account_with_files(context, id)


async def delete_account_with_files(context: ServerContext, id: int) -> None:
    """Delete an account without asking for its password: its rows at once, its files right after."""
    await shielded(_delete_account_files(context, id))


async def _delete_account_files(context: ServerContext, id: int) -> None:
    await blob_intents.finish(context, await context.db.write(account_deletion.delete_account(id, context.now)))


def reputation_name(reputation: int) -> str:
    """Return the name of such a reputation."""
    return next((name for least, name in REPUTATIONS if reputation >= least), DISLIKED)


@transaction
def _change(id: int, changes: Changes) -> Steps[None]:
    names = ("bio", "avatar", "album_privacy", *FLAGS)
    given: dict[str, object] = dict(changes)
    values = {name: int(value) if isinstance(value := given.get(name), bool) else value for name in names}
    yield queries.UPDATE_SETTINGS.run(of=id, **{f"new_{name}": value for name, value in values.items()})


@transaction
def _verify_email(id: int) -> Steps[bool]:
    return bool((yield queries.VERIFY_EMAIL.run(of=id, before=0, after=1)))
