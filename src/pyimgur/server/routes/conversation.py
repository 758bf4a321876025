"""Conversations: list, read and delete them, send a message, report and block the other account."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyimgur.server.errors import NotFoundError
from pyimgur.server.http.api import api_route
from pyimgur.server.http.declared_parameters import BodyFields, NoBody, SegmentParameters, takes
from pyimgur.server.http.parameter_kinds import ignored, number, word
from pyimgur.server.http.parameters import parse_int
from pyimgur.server.http.serializers.conversation import serialize_conversation, serialize_conversation_page
from pyimgur.server.services import accounts, blocks, messages, reports

if TYPE_CHECKING:
    from pyimgur.server.http.api import APIRequest
    from pyimgur.server.http.responses import Json

ID_DIGITS = 15
PAGE_DIGITS = 7


class MessagePage(SegmentParameters):
    """Which messages of a conversation are shown."""

    page = number("The page, counted from 1, which has the newest messages.", digits=PAGE_DIGITS)
    offset = number("Messages of the page to leave out.", digits=PAGE_DIGITS)


class MessageFields(BodyFields):
    """A message."""

    body = word("The text.")


class AccountReportFields(BodyFields):
    """A report of an account."""

    reason = ignored("The reason. Ignored.")


async def show_all(call: APIRequest) -> Json:
    """Return the caller's conversations, latest first."""
    rows = await messages.conversations(call.context, call.caller.require_account())
    return [serialize_conversation(row) for row in rows]


@takes(MessagePage)
async def show(call: APIRequest) -> Json:
    """Return a conversation with a page of messages. Page 1 has the newest."""
    viewer = call.caller.require_account()
    part = call.query(MessagePage)
    page, offset = max(part.page or 0, 1), part.offset or 0
    conversation = await messages.conversation_page(
        call.context, viewer, conversation_id(call), page=page, offset=offset
    )
    return serialize_conversation_page(viewer, conversation, page)


@takes(MessageFields)
async def send(call: APIRequest) -> Json:
    """Send a message. The first one to an account starts the conversation."""
    viewer, fields = call.caller.require_account(), await call.body(MessageFields)
    await messages.send(call.context, viewer, await account_named(call, "id"), fields.body)
    return True


async def delete(call: APIRequest) -> Json:
    """Delete a conversation for the caller only."""
    await messages.delete(call.context, call.caller.require_account(), conversation_id(call))
    return True


@takes(AccountReportFields)
async def report(call: APIRequest) -> Json:
    """Report an account for its messages."""
    viewer = call.caller.require_account()
    await reports.report_account(call.context, await account_named(call, "name"), viewer)
    return True


@takes(NoBody)
async def block(call: APIRequest) -> Json:
    """Block an account, as `/account/v1/{name}/block` does."""
    viewer = call.caller.require_account()
    await blocks.block(call.context, viewer, await account_named(call, "name"))
    return True


def conversation_id(call: APIRequest) -> int:
    """Return the conversation id in the path.

    Raises:
        NotFoundError: it is not a number.
    """
    text = call.path("id")
    if (id := parse_int(text, ID_DIGITS)) is None:
        raise NotFoundError("conversation", text)
    return id


async def account_named(call: APIRequest, parameter: str) -> int:
    """Return the id of the account that a path parameter names.

    Raises:
        NotFoundError: there is no such account.
    """
    account = await accounts.find_by_name(call.context, call.path(parameter))
    if account is None:
        raise NotFoundError("account", call.path(parameter))
    return account.id


routes = [
    api_route("/3/conversations", GET=show_all),
    api_route("/3/conversations/report/{name}", POST=report),
    api_route("/3/conversations/block/{name}", POST=block),
    api_route("/3/conversations/{id}", GET=show, POST=send, DELETE=delete),
    api_route("/3/conversations/{id}/{page}", GET=show),
    api_route("/3/conversations/{id}/{page}/{offset}", GET=show),
]
