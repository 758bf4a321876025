"""Credits: what is left. The call itself is free."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyimgur.server.http.api import api_route
from pyimgur.server.http.rate_limit import NOT_ENFORCED
from pyimgur.server.http.responses import envelope
from pyimgur.server.services import upload_keys

if TYPE_CHECKING:
    from starlette.responses import Response

    from pyimgur.server.http.api import APIRequest
    from pyimgur.server.http.rate_limit import Usage
    from pyimgur.server.http.responses import JSONObject


def serialize_credits(usage: Usage, now: int) -> JSONObject:
    """Return the remaining credits. `UserReset` is a Unix time here; the header of that name has seconds."""
    return {
        "UserLimit": usage.user.limit,
        "UserRemaining": usage.user.remaining,
        "UserReset": now + usage.user.reset,
        "ClientLimit": usage.application.limit,
        "ClientRemaining": usage.application.remaining,
    }


async def show(call: APIRequest) -> Response:
    """Return the remaining credits. A header says for how many seconds the server remembers an Idempotency-Key."""
    usage = await call.rate_limiter.spend(call.caller, 0)
    data = serialize_credits(usage, call.context.now)
    lifetime = (b"x-idempotency-lifetime", b"%d" % upload_keys.LIFETIME)
    return envelope(call.request, data, headers=[lifetime, *(() if usage.enforced else (NOT_ENFORCED,))])


routes = [api_route("/3/credits", GET=show, costs={"GET": 0})]
