"""What people choose for themselves: settings, avatar, tags they follow, whom they block, and whether to stay.

Settings and what follows from them are one's own: asked for another person, they are refused.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import Response
from starlette.routing import Route

from pyimgur.server.errors import ForbiddenError, NotFoundError
from pyimgur.server.http.api import api_route
from pyimgur.server.http.errors import APIError
from pyimgur.server.http.parameters import parse_bool, parse_int
from pyimgur.server.http.responses import NOSNIFF, envelope, v1_response
from pyimgur.server.http.serializers.account import serialize_account_settings
from pyimgur.server.http.urls import avatar_link
from pyimgur.server.routes.account import ID_DIGITS, account_of, require_own_account
from pyimgur.server.services import accounts, avatars, blocks, profiles, tag_follows, throttle

if TYPE_CHECKING:
    from starlette.requests import Request

    from pyimgur.server.http.api import APIRequest
    from pyimgur.server.http.request_body import Fields
    from pyimgur.server.http.responses import Json
    from pyimgur.server.services.context import ServerContext

NO_TAG = "Tag does not exist"
VERIFIED = "User Previously Verified"
BLOCKS_SHOWN = 100


async def show_gallery_profile(call: APIRequest) -> Json:
    """GET /3/account/{name}/gallery_profile. There are no trophies to be won here."""
    did = await profiles.deeds(call.library, await target_account(call))
    return {
        "trophies": [],
        "total_gallery_comments": did.comments,
        "total_gallery_favorites": did.favorites,
        "total_gallery_submissions": did.submissions,
    }


# ---- settings


async def show_settings(call: APIRequest) -> Json:
    """GET /3/account/me/settings."""
    mine = require_own_account(call)
    chosen = await profiles.settings(call.library, mine)
    return serialize_account_settings(call.links, chosen, await blocks.blocked(call.library, mine))


async def change_settings(call: APIRequest) -> Json:
    """PUT or POST /3/account/me/settings: whatever fields are there; a name stays what it is."""
    mine, fields = require_own_account(call), await call.fields()
    name = fields.text("username")
    if name and name != call.caller.account_name:
        raise APIError(400, "A user name cannot be changed here")
    await profiles.change(call.library, mine, changes_of(fields))
    return True


def changes_of(fields: Fields) -> profiles.Changes:
    """What the fields change; a word that means neither yes nor no is refused."""
    changes = profiles.Changes()
    for name in ("bio", "avatar", "album_privacy"):
        if (text := fields.text(name)) is not None:
            changes[name] = text
    for name in profiles.FLAGS:
        if text := fields.text(name):
            changes[name] = check_bool(name, text)
    return changes


def check_bool(name: str, text: str) -> bool:
    """Yes or no; anything else is refused."""
    if (said := parse_bool(text)) is None:
        raise APIError(400, f"{name} must be true or false")
    return said


async def has_verified_email(call: APIRequest) -> Json:
    """GET /3/account/me/verifyemail."""
    return bool((await profiles.settings(call.library, require_own_account(call))).email_verified)


async def verify_email(call: APIRequest) -> Json:
    """POST /3/account/me/verifyemail: verified at once, for no mail is sent here."""
    if not await profiles.verify_email(call.library, require_own_account(call)):
        raise APIError(400, VERIFIED)
    return True


async def delete_account(call: APIRequest) -> Json:
    """POST /3/account/me/delete: with the password, for a token alone must not end all."""
    mine, fields = call.caller.account(), await call.fields()
    try:
        await profiles.delete_account(call.library, mine, fields.text("password") or "", address=call.caller.address)
    except throttle.TooManyAttempts:
        raise
    except ForbiddenError:
        raise APIError(403, "The password is wrong. An account is deleted with its password.") from None
    return True


# ---- pictures of people


async def show_avatar(call: APIRequest) -> Json:
    """GET /3/account/me/avatar."""
    seen = await profiles.get(call.library, require_own_account(call), None)
    return {
        "avatar": avatar_link(call.links, seen.name),
        "avatar_name": avatars.name_of(seen.avatar, seen.name),
    }


async def list_avatars(call: APIRequest) -> Json:
    """GET /3/account/{name}/available_avatars: the same for everybody."""
    here = call.links.pages
    found = [{"name": name, "location": f"{here}/avatar/{name}.png"} for name in avatars.NAMES]
    return {"available_avatars": found, "available_avatars_count": len(found)}


async def draw_available(request: Request) -> Response:
    """GET /avatar/plain/{color}.png."""
    name = request.path_params["name"].removesuffix(".png")
    if name not in avatars.NAMES:
        raise APIError(404, "Not Found")
    return png_response(avatars.png(name))


async def draw_avatar(request: Request) -> Response:
    """GET /user/{name}/avatar."""
    library: ServerContext = request.app.state.library
    seen = await person(library, request.path_params["name"])
    return png_response(avatars.png(avatars.name_of(seen.avatar, seen.name)))


async def draw_cover(request: Request) -> Response:
    """GET /user/{name}/cover."""
    return png_response(avatars.cover((await person(request.app.state.library, request.path_params["name"])).name))


def png_response(png: bytes) -> Response:
    """A picture that we drew ourselves."""
    response = Response(png, media_type="image/png", headers={"Cache-Control": "public, max-age=300"})
    response.raw_headers.append(NOSNIFF)
    return response


async def person(library: ServerContext, name: str) -> profiles.Profile:
    """The person of this name, as anybody sees them."""
    found = await accounts.by_name(library, name)
    if found is None:
        raise NotFoundError("account", name)
    return await profiles.get(library, found.id, None)


# ---- tags that are followed


async def follow(call: APIRequest) -> Json:
    """POST /3/account/me/follow/tag/{tag}."""
    try:
        await tag_follows.follow(call.library, call.caller.account(), call.path("tag"))
    except NotFoundError:
        raise APIError(404, NO_TAG) from None
    return {"status": True}


async def unfollow(call: APIRequest) -> Json:
    """DELETE /3/account/me/follow/tag/{tag}."""
    try:
        await tag_follows.unfollow(call.library, call.caller.account(), call.path("tag"))
    except NotFoundError:
        raise APIError(404, NO_TAG) from None
    except tag_follows.NotFollowed as error:
        raise APIError(409, str(error)) from None
    return {"status": False}


# ---- people who are blocked


async def list_blocked(call: APIRequest) -> Json:
    """GET /3/account/me/block; `next` is what to ask for as `cursor` where there are more."""
    after = parse_int(call.query("cursor"), ID_DIGITS) or 0
    found = await blocks.blocked(call.library, call.caller.account(), after=after, limit=BLOCKS_SHOWN)
    more = str(found[-1].id) if len(found) == BLOCKS_SHOWN else None
    return {"items": [{"url": one.name} for one in found], "next": more}


async def show_block(call: APIRequest) -> Response:
    """GET /account/v1/{name}/block: an answer without envelope."""
    mine = call.caller.account()
    return v1_response(
        call.request, {"data": {"blocked": await blocks.is_blocking(call.library, mine, await target_account(call))}}
    )


async def block(call: APIRequest) -> Response:
    """POST /account/v1/{name}/block."""
    mine = call.caller.account()
    await blocks.block(call.library, mine, await target_account(call))
    return envelope(call.request, {"blocked": True}, 201)


async def unblock(call: APIRequest) -> Response:
    """DELETE /account/v1/{name}/block: its body says 204, which no answer with a body can be."""
    mine = call.caller.account()
    await blocks.unblock(call.library, mine, await target_account(call))
    return v1_response(call.request, {"data": {"blocked": False}, "success": True, "status": 204})


async def target_account(call: APIRequest) -> int:
    """The person whom the path names."""
    return (await account_of(call)).id


routes = [
    api_route("/3/account/me/block", GET=list_blocked),
    api_route("/3/account/me/delete", POST=delete_account),
    api_route("/3/account/me/follow/tag/{tag}", POST=follow, DELETE=unfollow),
    api_route("/3/account/{name}/gallery_profile", GET=show_gallery_profile),
    api_route("/3/account/{name}/settings", GET=show_settings, PUT=change_settings, POST=change_settings),
    api_route("/3/account/{name}/verifyemail", GET=has_verified_email, POST=verify_email),
    api_route("/3/account/{name}/avatar", GET=show_avatar),
    api_route("/3/account/{name}/available_avatars", GET=list_avatars),
]
second_generation = [api_route("/account/v1/{name}/block", GET=show_block, POST=block, DELETE=unblock)]
pictures = [
    Route("/avatar/{name:path}", draw_available, methods=["GET"]),
    Route("/user/{name}/avatar", draw_avatar, methods=["GET"]),
    Route("/user/{name}/cover", draw_cover, methods=["GET"]),
]
