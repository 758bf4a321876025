"""Add the viewer's own vote and favorite to the JSON of images, albums and posts.

A caller without an account has neither, and costs no query.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from pyimgur.server.services import votes

if TYPE_CHECKING:
    from pyimgur.server.http.api import APIRequest
    from pyimgur.server.http.responses import Json, JSONObject
    from pyimgur.server.services.context import ServerContext


async def with_viewer_state(call: APIRequest, serialized: JSONObject) -> JSONObject:
    """Return the same object with the viewer's `vote` and `favorite`, also on the images in it."""
    if call.caller.account_id is not None:
        await _add_viewer_state(call.context, call.caller.account_id, [serialized])
    return serialized


async def all_with_viewer_state(call: APIRequest, serialized: Sequence[JSONObject]) -> list[Json]:
    """Return the same objects with the viewer's `vote` and `favorite` on each."""
    if call.caller.account_id is not None and serialized:
        await _add_viewer_state(call.context, call.caller.account_id, serialized)
    return list(serialized)


async def _add_viewer_state(context: ServerContext, viewer: int, serialized: Sequence[JSONObject]) -> None:
    by_id = {str(item["id"]): item for item in _with_images(serialized)}
    for id, state in (await votes.get_viewer_state(context, viewer, list(by_id))).items():
        by_id[id]["favorite"] = state.favorite
        if "vote" in by_id[id]:  # an album has none unless it is serialized as a post
            by_id[id]["vote"] = state.vote


def _with_images(serialized: Sequence[JSONObject]) -> Iterable[JSONObject]:
    for item in serialized:
        images = item.get("images")
        if isinstance(images, list):
            yield from (image for image in images if isinstance(image, dict))
        yield item
