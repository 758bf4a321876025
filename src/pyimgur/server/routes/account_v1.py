"""Accounts in the v1 API, which has no envelope."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyimgur.server.http.api import api_route
from pyimgur.server.http.declared_parameters import takes
from pyimgur.server.http.responses import v1_response
from pyimgur.server.http.serializers import v1
from pyimgur.server.routes.account import AccountQuery, account_of
from pyimgur.server.routes.post_v1 import IncludeQuery, included
from pyimgur.server.services import profiles

if TYPE_CHECKING:
    from starlette.responses import Response

    from pyimgur.server.http.api import APIRequest


@takes(AccountQuery, IncludeQuery)
async def show(call: APIRequest) -> Response:
    """Return an account. The name `me` means the account of the token."""
    profile = await profiles.get(call.context, (await account_of(call)).id, call.caller.account_id)
    return v1_response(call.request, v1.account(call.links, profile, included(call, "trophies,medallions")))


routes = [api_route("/account/v1/accounts/{name}", GET=show)]
