"""Notifications: list replies and messages, show one, mark them as viewed."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING

from starlette.requests import Request

from pyimgur.server.http.api import api_route
from pyimgur.server.http.declared_parameters import BodyFields, NoBody, QueryParameters, takes
from pyimgur.server.http.errors import NO_ID, APIError
from pyimgur.server.http.parameter_kinds import flag, id_list
from pyimgur.server.http.serializers.comment import serialize_comment
from pyimgur.server.http.serializers.notification import serialize_message_notification, serialize_notification
from pyimgur.server.routes.account import require_own_account
from pyimgur.server.services import comments, notifications
from pyimgur.server.services.notifications import Reply

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.types import Message

    from pyimgur.server.http.api import APIRequest
    from pyimgur.server.http.responses import Json, JSONObject

BODY_LENGTH = 100_000
_IDS = re.compile(r"\s*\d{1,15}(?:\s*,\s*\d{1,15})*\s*,?\s*", re.ASCII)


class NewOnly(QueryParameters):
    """Which notifications are listed."""

    new = flag("Whether viewed notifications are left out, as they are unless it is false.")


class NotificationsFields(BodyFields):
    """Notifications."""

    ids = id_list("The ids. A body that is just a list of ids is accepted too.")


# ---- list


@takes(NewOnly)
async def show_all(call: APIRequest) -> Json:
    """Return replies and messages: unviewed ones, or all with `?new=false`."""
    return await replies_and_messages(call, call.caller.require_account())


@takes(NewOnly)
async def show_all_of_account(call: APIRequest) -> Json:
    """Return replies and messages, as `/3/notification` does."""
    return await replies_and_messages(call, require_own_account(call))


@takes(NewOnly)
async def show_replies(call: APIRequest) -> Json:
    """Return the comments that are replies to the caller, as a flat list."""
    rows = await notifications.replies(call.context, require_own_account(call), new=only_new(call))
    replied = await replied_comments(call, rows)
    return {
        "replies": [flat_reply(row, replied[row.comment]) for row in rows if row.comment in replied],
        "total": len(replied),
    }


@takes(NewOnly)
async def show_messages(call: APIRequest) -> Json:
    """Return the notifications of messages."""
    rows = await notifications.messages(call.context, require_own_account(call), new=only_new(call))
    return [serialize_message_notification(row) for row in rows]


async def show(call: APIRequest) -> Json:
    """Return a notification."""
    notification = await notifications.get(call.context, call.caller.require_account(), parse_ids(call.path("id"))[0])
    if not isinstance(notification, Reply):
        return serialize_message_notification(notification)
    comment = (await replied_comments(call, [notification])).get(notification.comment)
    return serialize_notification(*notification[:3], comment)


async def replies_and_messages(call: APIRequest, viewer: int) -> Json:
    """Return replies and messages."""
    new = only_new(call)
    replies = await notifications.replies(call.context, viewer, new=new)
    replied = await replied_comments(call, replies)
    return {
        "replies": [
            serialize_notification(*row[:3], replied[row.comment]) for row in replies if row.comment in replied
        ],
        "messages": [
            serialize_message_notification(row) for row in await notifications.messages(call.context, viewer, new=new)
        ],
    }


async def replied_comments(call: APIRequest, rows: Sequence[Reply]) -> dict[int, JSONObject]:
    """Return the comments of these replies with the caller's votes, by comment id."""
    ids = [row.comment for row in rows]
    rows_by_id = await comments.get_by_ids(call.context, ids)
    votes = await comments.get_votes(call.context, call.caller.require_account(), ids)
    return {id: serialize_comment(row, votes) for id, row in rows_by_id.items()}


def flat_reply(row: Reply, comment: JSONObject) -> JSONObject:
    """Return a reply in Imgur's form since 2024: the comment's fields, with its text as `content`."""
    names = ("author", "author_id", "on_album", "image_id")
    more = ("datetime", "platform", "vote", "deleted", "ups", "downs", "children")
    return {
        "id": row.id,
        "content": comment["comment"],
        **{name: comment[name] for name in names},
        "comment_id": row.comment,
        **{name: comment[name] for name in more},
    }


def only_new(call: APIRequest) -> bool:
    """Return whether viewed notifications are left out."""
    return call.query(NewOnly).new is not False


# ---- mark as viewed


@takes(NoBody)
async def view(call: APIRequest) -> Json:
    """Mark a notification as viewed, or several with commas between their ids."""
    await notifications.mark_viewed(call.context, call.caller.require_account(), parse_ids(call.path("id")))
    return True


@takes(NotificationsFields)
async def view_many(call: APIRequest) -> Json:
    """Mark notifications as viewed: `ids`, or a body that is just a list of ids."""
    viewer = call.caller.require_account()
    await notifications.mark_viewed(call.context, viewer, parse_ids(await read_ids(call)))
    return True


async def read_ids(call: APIRequest) -> str:
    """Return the ids in the body, which are a field or the whole body."""
    body = await read_short_body(call)
    if _IDS.fullmatch(text := body.decode("latin-1").replace("%2C", ",")):
        return text

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    fields = await call.declared(NotificationsFields).read(
        Request(call.request.scope, receive), call.context.settings.limits
    )
    return ",".join(fields.ids or ())


async def read_short_body(call: APIRequest) -> bytes:
    """Read a body that is at most a list of ids.

    Raises:
        APIError: it is too long, or takes too long to arrive.
    """
    body = bytearray()
    try:
        async with asyncio.timeout(call.context.settings.limits.body_seconds):
            async for chunk in call.request.stream():
                body += chunk
                if len(body) > BODY_LENGTH:
                    raise APIError(413, "The fields of the request are too long")
    except TimeoutError:
        raise APIError(408, "The request took too long to arrive", headers=[(b"connection", b"close")]) from None
    return bytes(body)


def parse_ids(text: str) -> list[int]:
    """Parse a list of notification ids.

    Raises:
        APIError: it is none.
    """
    if not _IDS.fullmatch(text):
        raise APIError(400, NO_ID)
    return list(dict.fromkeys(int(id) for id in text.split(",") if id.strip()))


routes = [
    api_route("/3/notification", GET=show_all, POST=view_many, PUT=view_many),
    api_route("/3/notification/{id}", GET=show, POST=view, PUT=view, DELETE=view),
    api_route("/3/account/{name}/notifications", GET=show_all_of_account),
    api_route("/3/account/{name}/notifications/replies", GET=show_replies),
    api_route("/3/account/{name}/notifications/messages", GET=show_messages),
]
