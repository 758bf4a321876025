"""Conversation and message JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyimgur.server.http.responses import JSONObject
    from pyimgur.server.services.messages import Conversation, ConversationPage, Message

PREVIEW_LENGTH = 60


def serialize_conversation(row: Conversation) -> JSONObject:
    """Return a conversation as in a list."""
    return {
        "id": row.id,
        "with_account": row.with_name,
        "with_account_id": row.with_id,
        "last_message_preview": preview(row.last_body),
        "message_count": row.message_count,
        "datetime": row.last_created,
    }


def serialize_conversation_page(viewer: int, row: ConversationPage, page: int) -> JSONObject:
    """Return a conversation with a page of its messages. `page` is the number of the next page."""
    return {
        **serialize_conversation(row.conversation),
        "messages": [serialize_message(viewer, message) for message in row.messages],
        "done": row.done,
        "page": page + 1,
    }


def serialize_message(viewer: int, row: Message) -> JSONObject:
    """Return a message."""
    return {
        "id": row.id,
        "from": row.sender_name,
        "account_id": viewer,
        "sender_id": row.sender,
        "body": row.body,
        "conversation_id": row.conversation,
        "datetime": row.created,
    }


def preview(body: str) -> str:
    """Return the beginning of a message on one line."""
    line = " ".join(body.split())
    return line if len(line) <= PREVIEW_LENGTH else f"{line[:PREVIEW_LENGTH]}..."
