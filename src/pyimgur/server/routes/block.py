"""Blocks: list the accounts that the caller blocks; block and unblock an account."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyimgur.server.http.api import api_route
from pyimgur.server.http.declared_parameters import NoBody, QueryParameters, takes
from pyimgur.server.http.parameter_kinds import number
from pyimgur.server.http.responses import envelope, v1_response
from pyimgur.server.routes.account import ID_DIGITS, AccountQuery, account_of
from pyimgur.server.services import blocks

if TYPE_CHECKING:
    from starlette.responses import Response

    from pyimgur.server.http.api import APIRequest
    from pyimgur.server.http.responses import Json

PAGE_SIZE = 100


class BlockedList(QueryParameters):
    """Where a page of blocked accounts begins."""

    cursor = number("The `next` of the page before.", digits=ID_DIGITS)


@takes(BlockedList)
async def list_blocked(call: APIRequest) -> Json:
    """Return the blocked accounts. `next` is the `cursor` of the following page, null on the last one."""
    after = call.query(BlockedList).cursor or 0
    blocked = await blocks.blocked_accounts(call.context, call.caller.require_account(), after=after, limit=PAGE_SIZE)
    cursor = str(blocked[-1].id) if len(blocked) == PAGE_SIZE else None
    return {"items": [{"url": account.name} for account in blocked], "next": cursor}


@takes(AccountQuery)
async def show_block(call: APIRequest) -> Response:
    """Return whether the caller blocks an account."""
    viewer = call.caller.require_account()
    is_blocking = await blocks.is_blocking(call.context, viewer, await target_account(call))
    return v1_response(call.request, {"data": {"blocked": is_blocking}})


@takes(NoBody, AccountQuery)
async def block(call: APIRequest) -> Response:
    """Block an account."""
    viewer = call.caller.require_account()
    await blocks.block(call.context, viewer, await target_account(call))
    return envelope(call.request, {"blocked": True}, 201)


@takes(AccountQuery)
async def unblock(call: APIRequest) -> Response:
    """Unblock an account.

    The body says 204 as at Imgur; the response itself is 200, because a 204 has no body.
    """
    viewer = call.caller.require_account()
    await blocks.unblock(call.context, viewer, await target_account(call))
    return v1_response(call.request, {"data": {"blocked": False}, "success": True, "status": 204})


async def target_account(call: APIRequest) -> int:
    """Return the id of the account in the path."""
    return (await account_of(call)).id


routes = [api_route("/3/account/me/block", GET=list_blocked)]
v1_routes = [api_route("/account/v1/{name}/block", GET=show_block, POST=block, DELETE=unblock)]
