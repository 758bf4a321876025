"""The JSON of conversations and messages."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyimgur.server.http.responses import JSONObject
    from pyimgur.server.services.messages import Conversation, ConversationPage, Message


PREVIEW = 60


def serialize_conversation(row: Conversation) -> JSONObject:
    """A conversation in a list."""
    return {
        "id": row.id,
        "with_account": row.with_name,
        "with_account_id": row.with_id,
        "last_message_preview": preview(row.last_body),
        "message_count": row.message_count,
        "datetime": row.last_created,
    }


def serialize_conversation_page(me: int, row: ConversationPage, page: int) -> JSONObject:
    """A conversation with a page of its messages; `page` in the answer is the next one."""
    return {
        **serialize_conversation(row.conversation),
        "messages": [serialize_message(me, each) for each in row.messages],
        "done": row.done,
        "page": page + 1,
    }


def serialize_message(me: int, row: Message) -> JSONObject:
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


def preview(body: str) -> str:
    """The beginning of a message, on one line."""
    line = " ".join(body.split())
    return line if len(line) <= PREVIEW else f"{line[:PREVIEW]}..."
