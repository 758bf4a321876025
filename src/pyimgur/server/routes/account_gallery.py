"""What an account did in the gallery: what it submitted, and what it likes best."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyimgur.server.routes._list_routes import flag, optional, view_of
from pyimgur.server.routes.account import account_of, own
from pyimgur.server.routes.gallery import listed
from pyimgur.server.services import favorites, gallery

if TYPE_CHECKING:
    from pyimgur.server.http.api import Call
    from pyimgur.server.http.responses import Json


async def list_submissions(call: Call) -> Json:
    """GET /3/account/{name}/submissions/{page}/{sort}."""
    whose = await account_of(call)
    view = view_of(call, gallery.OF_ACCOUNT, ("page", "sort"), sort="newest")
    previews = flag(call, "album_previews")
    return await listed(call, await gallery.of_account(call.library, whose.id, view, previews=previews))


async def list_favorites(call: Call) -> Json:
    """GET /3/account/{me}/favorites/{page}/{sort}: one's own, those outside the gallery too."""
    return await liked(call, own(call))


async def list_gallery_favorites(call: Call) -> Json:
    """GET /3/account/{name}/gallery_favorites/{page}/{sort}."""
    return await liked(call, (await account_of(call)).id, gallery_only=True)


async def liked(call: Call, account: int, *, folder: int = favorites.EVERYTHING, gallery_only: bool = False) -> Json:
    """A page of favourites."""
    view = view_of(call, favorites.ALL, ("page", "sort"), sort="newest")
    found = await favorites.of_account(
        call.library,
        account,
        asker=call.caller.account_id,
        sort=view.sort,
        page=view.page,
        folder=folder,
        gallery_only=gallery_only,
    )
    return await listed(call, found)


routes = [
    *optional("/3/account/{name}/submissions", "page", "sort", GET=list_submissions),
    *optional("/3/account/{name}/favorites", "page", "sort", GET=list_favorites),
    *optional("/3/account/{name}/gallery_favorites", "page", "sort", GET=list_gallery_favorites),
]
