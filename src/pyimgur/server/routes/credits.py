"""Credits: what is left, free of charge."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyimgur.server.library.uploads import KEY_LIFETIME
from pyimgur.server.wire import shapes
from pyimgur.server.wire.calls import path
from pyimgur.server.wire.envelope import answer
from pyimgur.server.wire.limits import NOT_ENFORCED

if TYPE_CHECKING:
    from starlette.responses import Response

    from pyimgur.server.wire.calls import Call


async def show(call: Call) -> Response:
    """GET /3/credits; it also tells for how long uploads know their keys."""
    spent = await call.meter.spend(call.caller, 0)
    data = shapes.credits(spent, call.library.now)
    lifetime = (b"x-idempotency-lifetime", b"%d" % KEY_LIFETIME)
    return answer(call.request, data, headers=[lifetime, *(() if spent.enforced else (NOT_ENFORCED,))])


routes = [path("/3/credits", GET=show, costs={"GET": 0})]
