"""The JSON of notifications."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyimgur.server.http.serializers.conversation import preview

if TYPE_CHECKING:
    from pyimgur.server.http.responses import Json, JSONObject
    from pyimgur.server.services.notifications import MessageNotification


def serialize_notification(id: int, account: int, viewed: int, content: Json) -> JSONObject:
    """Something that a person is told of."""
    return {"id": id, "account_id": account, "viewed": bool(viewed), "content": content}


def serialize_message_notification(row: MessageNotification) -> JSONObject:
    """A message that a person is told of; numbers are texts here, as they ever were."""
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
