"""Rows about people as the API's JSON objects: Imgur's fields, in Imgur's order, of Imgur's kinds."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from pyimgur.server.library import avatars, profiles

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyimgur.server.library.blocks import Blocked
    from pyimgur.server.library.messages import Conversation, Message, Thread
    from pyimgur.server.library.notifications import Notice
    from pyimgur.server.wire.envelope import Json
    from pyimgur.server.wire.links import Links
    from pyimgur.server.wire.shapes import Object

AVATAR_WIDTH = 290
COVER_WIDTH = 2560
PREVIEW = 60


def account(links: Links, row: profiles.Profile) -> Object:
    """What everybody may know of a person."""
    return {
        "id": row.id,
        "url": row.name,
        "bio": row.bio,
        "avatar": avatar_link(links, row.name),
        "avatar_name": avatars.name_of(row.avatar, row.name),
        "cover": cover_link(links, row.name),
        "cover_name": avatars.COVER_NAME,
        "reputation": row.reputation,
        "reputation_name": profiles.reputation_name(row.reputation),
        "created": row.created,
        "pro_expiration": False,
        "user_follow": {"status": False},
        "is_blocked": bool(row.is_blocked),
    }


def account_settings(links: Links, row: profiles.Settings, blocked: Sequence[Blocked]) -> Object:
    """What a person has chosen. There is no mail here, so no address either."""
    return {
        "account_url": row.name,
        "avatar": avatar_link(links, row.name) if row.avatar else None,
        "pro_expiration": False,
        "blocked_users": [{"blocked_id": one.id, "blocked_url": one.name} for one in blocked],
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


def conversation(row: Conversation) -> Object:
    """A conversation in a list."""
    return {
        "id": row.id,
        "with_account": row.with_name,
        "with_account_id": row.with_id,
        "last_message_preview": preview(row.last_body),
        "message_count": row.message_count,
        "datetime": row.last_created,
    }


def thread(me: int, row: Thread, page: int) -> Object:
    """A conversation with a page of its messages; `page` in the answer is the next one."""
    return {
        **conversation(row.conversation),
        "messages": [message(me, each) for each in row.messages],
        "done": row.done,
        "page": page + 1,
    }


def message(me: int, row: Message) -> Object:
    """A message to or from this person."""
    return {
        "id": row.id,
        "from": row.sender_name,
        "account_id": me,
        "sender_id": row.sender,
        "body": row.body,
        "conversation_id": row.conversation,
        "datetime": row.created,
    }


def notification(id: int, account: int, viewed: int, content: Json) -> Object:
    """Something that a person is told of."""
    return {"id": id, "account_id": account, "viewed": bool(viewed), "content": content}


def notice(row: Notice) -> Object:
    """A message that a person is told of; numbers are texts here, as they ever were."""
    content: Object = {
        "id": str(row.conversation),
        "account_id": str(row.account),
        "with_account": str(row.sender),
        "spam": "0",
        "message_num": str(row.number),
        "last_message": preview(row.body),
        "from": row.sender_name,
        "datetime": row.written,
    }
    return notification(row.id, row.account, row.viewed, content)


def preview(body: str) -> str:
    """The beginning of a message, on one line."""
    line = " ".join(body.split())
    return line if len(line) <= PREVIEW else f"{line[:PREVIEW]}..."


def avatar_link(links: Links, name: str) -> str:
    """Where a person's picture is."""
    return f"{links.pages}/user/{quote(name)}/avatar?maxwidth={AVATAR_WIDTH}"


def cover_link(links: Links, name: str) -> str:
    """Where the picture across the top of a person's page is."""
    return f"{links.pages}/user/{quote(name)}/cover?maxwidth={COVER_WIDTH}"
