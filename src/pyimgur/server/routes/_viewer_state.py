"""What the asker thinks of what is shown: `vote` and `favorite` of images, albums and posts, in single ones and lists.

A program that speaks for nobody has no opinion, and pays for no look.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from pyimgur.server.services import votes

if TYPE_CHECKING:
    from pyimgur.server.http.api import APIRequest
    from pyimgur.server.http.responses import Json, JSONObject


async def with_viewer_state(call: APIRequest, shown: JSONObject) -> JSONObject:
    """The same object, with what the asker thinks of it, and of the images in it."""
    await _mark(call, [shown])
    return shown


async def all_with_viewer_state(call: APIRequest, shown: Sequence[JSONObject]) -> list[Json]:
    """The same objects, with what the asker thinks of each."""
    await _mark(call, shown)
    return list(shown)


async def _mark(call: APIRequest, shown: Sequence[JSONObject]) -> None:
    if call.caller.account_id is None or not shown:
        return
    by_id = {str(each["id"]): each for each in _with_images(shown)}
    for id, mark in (await votes.viewer_state(call.library, call.caller.account_id, list(by_id))).items():
        by_id[id]["favorite"] = mark.favorite
        if "vote" in by_id[id]:  # an album that is shown as an album has none
            by_id[id]["vote"] = mark.vote


def _with_images(shown: Sequence[JSONObject]) -> Iterable[JSONObject]:
    for each in shown:
        images = each.get("images")
        if isinstance(images, list):
            yield from (image for image in images if isinstance(image, dict))
        yield each
