"""Notifications: the answers and messages that people are told of, and which of them they have seen."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING

from starlette.requests import Request

from pyimgur.server.http.api import api_route
from pyimgur.server.http.errors import NO_ID, APIError
from pyimgur.server.http.parameters import parse_bool
from pyimgur.server.http.request_body import read_fields
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


# ---- what one is told of


async def show_all(call: APIRequest) -> Json:
    """GET /3/notification: replies and messages, those not seen yet unless `new=false`."""
    return await both(call, call.caller.account())


async def show_all_of_account(call: APIRequest) -> Json:
    """GET /3/account/me/notifications: the same."""
    return await both(call, require_own_account(call))


async def show_replies(call: APIRequest) -> Json:
    """GET /3/account/me/notifications/replies: the comments themselves, flat."""
    rows = await notifications.replies(call.library, require_own_account(call), new=only_new(call))
    told = await told_comments(call, rows)
    return {"replies": [flat(row, told[row.comment]) for row in rows if row.comment in told], "total": len(told)}


async def show_messages(call: APIRequest) -> Json:
    """GET /3/account/me/notifications/messages."""
    rows = await notifications.messages(call.library, require_own_account(call), new=only_new(call))
    return [serialize_message_notification(row) for row in rows]


async def show(call: APIRequest) -> Json:
    """GET /3/notification/{id}."""
    found = await notifications.get(call.library, call.caller.account(), named(call.path("id"))[0])
    if not isinstance(found, Reply):
        return serialize_message_notification(found)
    return serialize_notification(*found[:3], (await told_comments(call, [found])).get(found.comment))


async def both(call: APIRequest, mine: int) -> Json:
    """Replies and messages."""
    new = only_new(call)
    replies = await notifications.replies(call.library, mine, new=new)
    told = await told_comments(call, replies)
    return {
        "replies": [serialize_notification(*row[:3], told[row.comment]) for row in replies if row.comment in told],
        "messages": [
            serialize_message_notification(row) for row in await notifications.messages(call.library, mine, new=new)
        ],
    }


async def told_comments(call: APIRequest, rows: Sequence[Reply]) -> dict[int, JSONObject]:
    """The comments that these speak of, and how the caller voted on them."""
    ids = [row.comment for row in rows]
    found = await comments.of_ids(call.library, ids)
    votes = await comments.marks(call.library, call.caller.account(), ids)
    return {id: serialize_comment(row, votes) for id, row in found.items()}


def flat(row: Reply, told: JSONObject) -> JSONObject:
    """A reply as it is shown since 2024: the comment's fields, with its text as `content`."""
    names = ("author", "author_id", "on_album", "image_id")
    more = ("datetime", "platform", "vote", "deleted", "ups", "downs", "children")
    return {
        "id": row.id,
        "content": told["comment"],
        **{name: told[name] for name in names},
        "comment_id": row.comment,
        **{name: told[name] for name in more},
    }


def only_new(call: APIRequest) -> bool:
    """Whether what was seen is left out."""
    return parse_bool(call.query("new")) is not False


# ---- what one has seen


async def view(call: APIRequest) -> Json:
    """POST, PUT or DELETE /3/notification/{id}: seen; also several, with commas between them."""
    await notifications.mark_viewed(call.library, call.caller.account(), named(call.path("id")))
    return True


async def view_many(call: APIRequest) -> Json:
    """POST /3/notification: `ids` are seen; some programs send the bare numbers as the body."""
    mine = call.caller.account()
    await notifications.mark_viewed(call.library, mine, named(await listed(call)))
    return True


async def listed(call: APIRequest) -> str:
    """The numbers in the body, under a name or bare."""
    body = await whole_body(call)
    if _IDS.fullmatch(text := body.decode("latin-1").replace("%2C", ",")):
        return text

    async def again() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    fields = await read_fields(Request(call.request.scope, again), call.library.settings.limits)
    return ",".join(fields.list("ids") or ())


async def whole_body(call: APIRequest) -> bytes:
    """A body that can be no more than a list of numbers."""
    body = bytearray()
    try:
        async with asyncio.timeout(call.library.settings.limits.body_seconds):
            async for chunk in call.request.stream():
                body += chunk
                if len(body) > BODY_LENGTH:
                    raise APIError(413, "The fields of the request are too long")
    except TimeoutError:
        raise APIError(408, "The request took too long to arrive", headers=[(b"connection", b"close")]) from None
    return bytes(body)


def named(text: str) -> list[int]:
    """The notifications that a text names."""
    if not _IDS.fullmatch(text):
        raise APIError(400, NO_ID)
    return list(dict.fromkeys(int(each) for each in text.split(",") if each.strip()))


routes = [
    api_route("/3/notification", GET=show_all, POST=view_many, PUT=view_many),
    api_route("/3/notification/{id}", GET=show, POST=view, PUT=view, DELETE=view),
    api_route("/3/account/{name}/notifications", GET=show_all_of_account),
    api_route("/3/account/{name}/notifications/replies", GET=show_replies),
    api_route("/3/account/{name}/notifications/messages", GET=show_messages),
]
