"""Avatars and covers of accounts: the PNG files, which the server draws itself, and the API's calls for avatars."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import Response
from starlette.routing import Route

from pyimgur.server.errors import NotFoundError
from pyimgur.server.http.api import api_route
from pyimgur.server.http.errors import APIError
from pyimgur.server.http.responses import NOSNIFF
from pyimgur.server.http.urls import avatar_url
from pyimgur.server.routes.account import require_own_account
from pyimgur.server.services import accounts, avatars, profiles

if TYPE_CHECKING:
    from starlette.requests import Request

    from pyimgur.server.http.api import APIRequest
    from pyimgur.server.http.responses import Json
    from pyimgur.server.services.context import ServerContext


async def show_avatar(call: APIRequest) -> Json:
    """Return the URL and name of the caller's avatar."""
    profile = await profiles.get(call.context, require_own_account(call), None)
    return {
        "avatar": avatar_url(call.links, profile.name),
        "avatar_name": avatars.avatar_name(profile.avatar, profile.name),
    }


async def list_avatars(call: APIRequest) -> Json:
    """Return the avatars to choose from, which are the same for every account."""
    base = call.links.pages
    available = [{"name": name, "location": f"{base}/avatar/{name}.png"} for name in avatars.NAMES]
    return {"available_avatars": available, "available_avatars_count": len(available)}


async def draw_available(request: Request) -> Response:
    """Return one of the avatars to choose from as PNG."""
    name = request.path_params["name"].removesuffix(".png")
    if name not in avatars.NAMES:
        raise APIError(404, "Not Found")
    return png_response(avatars.avatar_png(name))


async def draw_avatar(request: Request) -> Response:
    """Return an account's avatar as PNG."""
    profile = await public_profile(request.app.state.context, request.path_params["name"])
    return png_response(avatars.avatar_png(avatars.avatar_name(profile.avatar, profile.name)))


async def draw_cover(request: Request) -> Response:
    """Return an account's cover as PNG."""
    profile = await public_profile(request.app.state.context, request.path_params["name"])
    return png_response(avatars.cover_png(profile.name))


def png_response(png: bytes) -> Response:
    """Return a drawn image, which clients may cache for five minutes."""
    response = Response(png, media_type="image/png", headers={"Cache-Control": "public, max-age=300"})
    response.raw_headers.append(NOSNIFF)
    return response


async def public_profile(context: ServerContext, name: str) -> profiles.Profile:
    """Return the profile of this account as any visitor sees it.

    Raises:
        NotFoundError: there is no account of this name.
    """
    account = await accounts.find_by_name(context, name)
    if account is None:
        raise NotFoundError("account", name)
    return await profiles.get(context, account.id, None)


routes = [
    api_route("/3/account/{name}/avatar", GET=show_avatar),
    api_route("/3/account/{name}/available_avatars", GET=list_avatars),
]
png_routes = [
    Route("/avatar/{name:path}", draw_available, methods=["GET"]),
    Route("/user/{name}/avatar", draw_avatar, methods=["GET"]),
    Route("/user/{name}/cover", draw_cover, methods=["GET"]),
]
