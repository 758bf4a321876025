"""An account's gallery submissions and favorites."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyimgur.server.http.declared_parameters import SegmentParameters, takes
from pyimgur.server.routes._list_routes import Mature, Previews, optional_segments, page_of_list, sort_of, view_of
from pyimgur.server.routes.account import AccountQuery, account_of, require_own_account
from pyimgur.server.routes.gallery import serialize_posts
from pyimgur.server.services import favorites, gallery

if TYPE_CHECKING:
    from pyimgur.server.http.api import APIRequest
    from pyimgur.server.http.responses import Json


class SubmissionList(SegmentParameters):
    """A page of an account's posts."""

    page = page_of_list()
    sort = sort_of(gallery.ACCOUNT_SORTS)


class FavoriteList(SegmentParameters):
    """A page of favorites."""

    page = page_of_list()
    sort = sort_of(favorites.SORTS)


@takes(AccountQuery, SubmissionList, Mature, Previews)
async def list_submissions(call: APIRequest) -> Json:
    """Return a page of the posts that an account submitted."""
    owner = await account_of(call)
    view = view_of(call, gallery.ACCOUNT_SORTS, SubmissionList, sort="newest")
    previews = call.query(Previews).album_previews is True
    return await serialize_posts(call, await gallery.list_by_account(call.context, owner.id, view, previews=previews))


@takes(FavoriteList, Mature)
async def list_favorites(call: APIRequest) -> Json:
    """Return a page of the caller's own favorites, including those outside the gallery."""
    return await favorites_page(call, require_own_account(call))


@takes(AccountQuery, FavoriteList, Mature)
async def list_gallery_favorites(call: APIRequest) -> Json:
    """Return a page of an account's favorites that are in the gallery."""
    return await favorites_page(call, (await account_of(call)).id, gallery_only=True)


async def favorites_page(
    call: APIRequest, account: int, *, folder: int = favorites.ALL_FOLDERS, gallery_only: bool = False
) -> Json:
    """Return a page of favorites: all of an account, or those in one folder."""
    view = view_of(call, favorites.SORTS, FavoriteList, sort="newest")
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
