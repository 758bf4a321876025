"""Account and account settings JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyimgur.server.http.urls import avatar_url, cover_url
from pyimgur.server.services import avatars, profiles

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyimgur.server.http.responses import JSONObject
    from pyimgur.server.http.urls import BaseURLs
    from pyimgur.server.services.blocks import Blocked


def serialize_account(links: BaseURLs, row: profiles.Profile) -> JSONObject:
    """Return the public profile of an account."""
    return {
        "id": row.id,
        "url": row.name,
        "bio": row.bio,
        "avatar": avatar_url(links, row.name),
        "avatar_name": avatars.avatar_name(row.avatar, row.name),
        "cover": cover_url(links, row.name),
        "cover_name": avatars.COVER_NAME,
        "reputation": row.reputation,
        "reputation_name": profiles.reputation_name(row.reputation),
        "created": row.created,
        "pro_expiration": False,
        "user_follow": {"status": False},
        "is_blocked": bool(row.is_blocked),
    }


def serialize_account_settings(links: BaseURLs, row: profiles.Settings, blocked: Sequence[Blocked]) -> JSONObject:
    """Return an account's settings. `email` is empty, because the server stores no mail addresses."""
    return {
        "account_url": row.name,
        "avatar": avatar_url(links, row.name) if row.avatar else None,
        "pro_expiration": False,
        "blocked_users": [{"blocked_id": account.id, "blocked_url": account.name} for account in blocked],
        "newsletter_subscribed": bool(row.newsletter_subscribed),
        "show_mature": bool(row.show_mature),
        "email": "",
        "accepted_gallery_terms": bool(row.accepted_gallery_terms),
        "cover": None,
        "comment_replies": bool(row.comment_replies),
        "active_emails": [],
        "messaging_enabled": bool(row.messaging_enabled),
        "album_privacy": row.album_privacy,
        "first_party": False,
        "public_images": bool(row.public_images),
        "high_quality": bool(row.high_quality),
    }
