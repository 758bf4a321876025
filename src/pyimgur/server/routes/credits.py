"""Credits: what is left, free of charge."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyimgur.server.wire import shapes
from pyimgur.server.wire.calls import path

if TYPE_CHECKING:
    from pyimgur.server.wire.calls import Call
    from pyimgur.server.wire.envelope import Json


async def show(call: Call) -> Json:
    """GET /3/credits."""
    spent = await call.meter.spend(call.caller, 0)
    return shapes.credits(spent, int(call.library.settings.clock()))


routes = [path("/3/credits", GET=show, costs={"GET": 0})]
