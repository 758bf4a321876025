"""SQL of profiles and account settings."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import Integer, Text, bindparam, exists, func, select, update

from pyimgur.server.db.queries.favorites import IS_HIDDEN
from pyimgur.server.db.query import Query
from pyimgur.server.db.rows import row_columns
from pyimgur.server.db.schema import account, comment, favorite, person_block, post

FLAGS = (
    "public_images",
    "messaging_enabled",
    "accepted_gallery_terms",
    "show_mature",
    "newsletter_subscribed",
    "comment_replies",
    "high_quality",
)
"""Settings that are true or false, each in a column of this name."""


class Profile(NamedTuple):
    """The public profile of an account."""

    id: int
    name: str
    bio: str | None
    avatar: str | None
    """Name of the avatar the account has chosen."""
    reputation: int
    created: int
    is_blocked: int
    """Whether the viewer blocks this account."""


class GalleryProfile(NamedTuple):
    """Numbers of an account's comments, public favorites and posts in the gallery."""

    comments: int
    favorites: int
    submissions: int


class Settings(NamedTuple):
    """The settings of an account."""

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


_POST_POINTS = select(func.coalesce(func.sum(post.c.ups - post.c.downs), 0)).where(post.c.account_id == account.c.id)
_COMMENT_POINTS = select(func.coalesce(func.sum(comment.c.ups - comment.c.downs), 0)).where(
    comment.c.account_id == account.c.id, comment.c.deleted == bindparam("deleted")
)
_IS_BLOCKED = exists().where(person_block.c.account == bindparam("viewer"), person_block.c.blocked == account.c.id)
GET_PROFILE = Query(
    select(
        *row_columns(
            Profile,
            account,
            reputation=_POST_POINTS.scalar_subquery() + _COMMENT_POINTS.scalar_subquery(),
            is_blocked=_IS_BLOCKED,
        )
    ).where(account.c.id == bindparam("id")),
    Profile,
)
COUNT_CONTRIBUTIONS = Query(
    select(
        *row_columns(
            GalleryProfile,
            comments=select(func.count())
            .where(comment.c.account_id == bindparam("id"), comment.c.deleted == bindparam("deleted"))
            .scalar_subquery(),
            favorites=select(func.count())
            .select_from(favorite)
            .join(post, (post.c.id == favorite.c.image_id) | (post.c.id == favorite.c.album_id))
            .where(favorite.c.account == bindparam("id"), ~IS_HIDDEN)
            .scalar_subquery(),
            submissions=select(func.count()).where(post.c.account_id == bindparam("id")).scalar_subquery(),
        )
    ),
    GalleryProfile,
)
GET_SETTINGS = Query(select(*row_columns(Settings, account)).where(account.c.id == bindparam("id")), Settings)
UPDATE_SETTINGS = Query(
    update(account)
    .where(account.c.id == bindparam("of"))
    .values(
        bio=func.nullif(func.coalesce(bindparam("new_bio", type_=Text), account.c.bio), ""),
        avatar=func.nullif(func.coalesce(bindparam("new_avatar", type_=Text), account.c.avatar), ""),
        album_privacy=func.coalesce(bindparam("new_album_privacy", type_=Text), account.c.album_privacy),
        **{name: func.coalesce(bindparam(f"new_{name}", type_=Integer), account.c[name]) for name in FLAGS},
    )
)
"""A parameter that is NULL keeps the column as it is; an empty text sets it to NULL."""
VERIFY_EMAIL = Query(
    update(account)
    .where(account.c.id == bindparam("of"), account.c.email_verified == bindparam("before"))
    .values(email_verified=bindparam("after"))
)
