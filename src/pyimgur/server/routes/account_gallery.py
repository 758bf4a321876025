"""An account's gallery submissions and favorites."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyimgur.server.routes._list_routes import optional_segments, query_bool, view_of
from pyimgur.server.routes.account import account_of, require_own_account
from pyimgur.server.routes.gallery import serialize_posts
from pyimgur.server.services import favorites, gallery

if TYPE_CHECKING:
    from pyimgur.server.http.api import APIRequest
    from pyimgur.server.http.responses import Json


async def list_submissions(call: APIRequest) -> Json:
    """Return a page of the posts that an account submitted."""
    owner = await account_of(call)
    view = view_of(call, gallery.ACCOUNT_SORTS, ("page", "sort"), sort="newest")
    previews = query_bool(call, "album_previews")
    return await serialize_posts(call, await gallery.list_by_account(call.context, owner.id, view, previews=previews))


async def list_favorites(call: APIRequest) -> Json:
    """Return a page of the caller's own favorites, including those outside the gallery."""
    return await favorites_page(call, require_own_account(call))


async def list_gallery_favorites(call: APIRequest) -> Json:
    """Return a page of an account's favorites that are in the gallery."""
    return await favorites_page(call, (await account_of(call)).id, gallery_only=True)


async def favorites_page(
    call: APIRequest, account: int, *, folder: int = favorites.ALL_FOLDERS, gallery_only: bool = False
) -> Json:
    """Return a page of favorites: all of an account, or those in one folder."""
    view = view_of(call, favorites.SORTS, ("page", "sort"), sort="newest")
    entries = await favorites.list_by_account(
        call.context,
        account,
        viewer=call.caller.account_id,
        sort=view.sort,
        page=view.page,
        folder=folder,
        gallery_only=gallery_only,
    )
    return await serialize_posts(call, entries)


routes = [
    *optional_segments("/3/account/{name}/submissions", "page", "sort", GET=list_submissions),
    *optional_segments("/3/account/{name}/favorites", "page", "sort", GET=list_favorites),
    *optional_segments("/3/account/{name}/gallery_favorites", "page", "sort", GET=list_gallery_favorites),
]
