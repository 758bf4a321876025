"""Notification JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyimgur.server.http.serializers.conversation import preview

if TYPE_CHECKING:
    from pyimgur.server.http.responses import Json, JSONObject
    from pyimgur.server.services.notifications import MessageNotification


def serialize_notification(id: int, account: int, viewed: int, content: Json) -> JSONObject:
    """Return a notification with this content."""
    return {"id": id, "account_id": account, "viewed": bool(viewed), "content": content}


def serialize_message_notification(row: MessageNotification) -> JSONObject:
    """Return the notification of a message. As at Imgur, its numbers are strings."""
    content: JSONObject = {
        "id": str(row.conversation),
        "account_id": str(row.account),
        "with_account": str(row.sender),
        "spam": "0",
        "message_num": str(row.number),
        "last_message": preview(row.body),
        "from": row.sender_name,
        "datetime": row.written,
    }
    return serialize_notification(row.id, row.account, row.viewed, content)
