"""Conversations: what two people write to each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyimgur.server.errors import NotFoundError
from pyimgur.server.http.api import api_route
from pyimgur.server.http.parameters import parse_int
from pyimgur.server.http.serializers.conversation import serialize_conversation, serialize_conversation_page
from pyimgur.server.services import accounts, blocks, messages, reports

if TYPE_CHECKING:
    from pyimgur.server.http.api import APIRequest
    from pyimgur.server.http.responses import Json

DIGITS = 15


async def show_all(call: APIRequest) -> Json:
    """GET /3/conversations: the latest first."""
    return [serialize_conversation(each) for each in await messages.conversations(call.library, call.caller.account())]


async def show(call: APIRequest) -> Json:
    """GET /3/conversations/{id}/{page}/{offset}: pages count from 1, which is the newest."""
    mine = call.caller.account()
    page, offset = max(number(call, "page"), 1), number(call, "offset")
    found = await messages.thread(call.library, mine, conversation(call), page=page, offset=offset)
    return serialize_conversation_page(mine, found, page)


async def send(call: APIRequest) -> Json:
    """POST /3/conversations/{recipient}: a message, which begins the conversation if there is none."""
    mine, fields = call.caller.account(), await call.fields()
    await messages.send(call.library, mine, await named(call, "id"), fields.text("body") or "")
    return True


async def delete(call: APIRequest) -> Json:
    """DELETE /3/conversations/{id}: for oneself."""
    await messages.delete(call.library, call.caller.account(), conversation(call))
    return True


async def report(call: APIRequest) -> Json:
    """POST /3/conversations/report/{name}."""
    mine = call.caller.account()
    await reports.person(call.library, await named(call, "name"), mine)
    return True


async def block(call: APIRequest) -> Json:
    """POST /3/conversations/block/{name}: the same as blocking anywhere else."""
    mine = call.caller.account()
    await blocks.block(call.library, mine, await named(call, "name"))
    return True


def conversation(call: APIRequest) -> int:
    """The conversation that the path names."""
    text = call.path("id")
    if (found := parse_int(text, DIGITS)) is None:
        raise NotFoundError("conversation", text)
    return found


def number(call: APIRequest, name: str) -> int:
    """A number in the query or in the path; nonsense is 0."""
    return parse_int(call.query(name) or call.request.path_params.get(name), DIGITS // 2) or 0


async def named(call: APIRequest, part: str) -> int:
    """The person whom this part of the path names."""
    found = await accounts.by_name(call.library, call.path(part))
    if found is None:
        raise NotFoundError("account", call.path(part))
    return found.id


routes = [
    api_route("/3/conversations", GET=show_all),
    api_route("/3/conversations/report/{name}", POST=report),
    api_route("/3/conversations/block/{name}", POST=block),
    api_route("/3/conversations/{id}", GET=show, POST=send, DELETE=delete),
    api_route("/3/conversations/{id}/{page}", GET=show),
    api_route("/3/conversations/{id}/{page}/{offset}", GET=show),
]
