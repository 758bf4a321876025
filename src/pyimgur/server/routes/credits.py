"""Credits: what is left, free of charge."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyimgur.server.http.api import api_route
from pyimgur.server.http.rate_limit import NOT_ENFORCED
from pyimgur.server.http.responses import envelope
from pyimgur.server.services.uploads import KEY_LIFETIME

if TYPE_CHECKING:
    from starlette.responses import Response

    from pyimgur.server.http.api import APIRequest
    from pyimgur.server.http.rate_limit import Usage
    from pyimgur.server.http.responses import JSONObject


def serialize_credits(spent: Usage, now: int) -> JSONObject:
    """What is left; here the reset is a time, while the header of the same name has seconds."""
    return {
        "UserLimit": spent.user.limit,
        "UserRemaining": spent.user.remaining,
        "UserReset": now + spent.user.reset,
        "ClientLimit": spent.application.limit,
        "ClientRemaining": spent.application.remaining,
    }


async def show(call: APIRequest) -> Response:
    """GET /3/credits; it also tells for how long uploads know their keys."""
    spent = await call.meter.spend(call.caller, 0)
    data = serialize_credits(spent, call.library.now)
    lifetime = (b"x-idempotency-lifetime", b"%d" % KEY_LIFETIME)
    return envelope(call.request, data, headers=[lifetime, *(() if spent.enforced else (NOT_ENFORCED,))])


routes = [api_route("/3/credits", GET=show, costs={"GET": 0})]
