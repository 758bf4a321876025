"""Images: upload, look at, describe, delete."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyimgur.server.library import images
from pyimgur.server.library.errors import Denied
from pyimgur.server.wire import shapes
from pyimgur.server.wire.bodies import receive
from pyimgur.server.wire.calls import path
from pyimgur.server.wire.content import NOT_CORRECT, NOT_MEDIA
from pyimgur.server.wire.errors import NO_ID, NO_IMAGE, Refusal, file_error

if TYPE_CHECKING:
    from pyimgur.server.blobs import Incoming
    from pyimgur.server.wire.bodies import Body
    from pyimgur.server.wire.calls import Call
    from pyimgur.server.wire.envelope import Json

UPLOAD_COST = 10
NO_FETCHING = "This server does not fetch files from other addresses. Send the file itself."


async def upload(call: Call) -> Json:
    """POST /3/image, /3/upload: a new image, with its delete hash."""
    async with receive(call.request, call.library) as body:
        file, fields = file_of(body), body.fields
        title = fields.text("title") or ""
        added = await images.add(
            call.library,
            file,
            images.Upload(
                account=call.caller.account_id,
                client_id=call.caller.client_id,
                title=title[: call.library.settings.limits.title_length],
                description=fields.text("description"),
                name=fields.text("name") or body.filename,
                album=fields.text("album"),
            ),
        )
    return shapes.image(call.library.settings, added, secret=True)


def file_of(body: Body) -> Incoming:
    """The file that a request brings; refused in Imgur's words where it brings none, or not what it says."""
    if body.fields.text("type") == "base64" and body.kind != "base64" and body.kind is not None:
        raise file_error(NOT_MEDIA if body.url else NOT_CORRECT)
    if body.url:
        raise Refusal(400, NO_FETCHING)
    if body.file is None:
        raise Refusal(400, NO_IMAGE)
    return body.file


async def show(call: Call) -> Json:
    """GET /3/image/{id}."""
    found = await images.get(call.library, call.path("id"))
    return shapes.image(call.library.settings, found, secret=call.owns(found.account_id))


async def update(call: Call) -> Json:
    """POST or PUT /3/image/{id or delete hash}: title, description."""
    fields = await call.fields()
    title = fields.text("title")
    try:
        await images.change(
            call.library,
            call.path("id"),
            call.caller.account_id,
            title=title and title[: call.library.settings.limits.title_length],
            description=fields.text("description"),
        )
    except Denied:
        raise Refusal(403, "Permission denied") from None
    return True


async def delete(call: Call) -> Json:
    """DELETE /3/image/{id or delete hash}."""
    await images.remove(call.library, call.path("id"), call.caller.account_id)
    return True


async def nameless(call: Call) -> Json:
    """What needs an id and has none."""
    raise Refusal(400, NO_ID)


routes = [
    path("/3/image/{id}", GET=show, POST=update, PUT=update, DELETE=delete),
    path(
        "/3/image",
        POST=upload,
        PUT=upload,
        GET=nameless,
        DELETE=nameless,
        costs={"POST": UPLOAD_COST, "PUT": UPLOAD_COST},
    ),
    path("/3/upload", POST=upload, PUT=upload, costs={"POST": UPLOAD_COST, "PUT": UPLOAD_COST}),
]
