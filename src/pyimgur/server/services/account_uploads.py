"""Lists of what an account uploaded: its albums, and its images outside albums."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyimgur.server.db.queries import account_uploads as queries
from pyimgur.server.services import gallery

if TYPE_CHECKING:
    from pyimgur.server.services.context import ServerContext
    from pyimgur.server.services.gallery import PostWithItems

PAGE = 60
"""Albums and images on one page."""


async def all_posts(context: ServerContext, account: int, *, page: int) -> list[PostWithItems]:
    """Return a page of the account's albums and its images outside albums, newest first."""
    rows = await context.db.scan(queries.LIST_UPLOADS.all(account=account, limit=PAGE, offset=page * PAGE))
    return await gallery.list_items(context, [row.id for row in rows])


async def hidden_albums(context: ServerContext, account: int, *, page: int) -> list[PostWithItems]:
    """Return a page of the albums that are neither public nor in the gallery, newest first."""
    query = queries.LIST_HIDDEN_ALBUMS.all(
        account=account, privacy="public", in_gallery=0, limit=PAGE, offset=page * PAGE
    )
    return await gallery.list_items(context, [row.id for row in await context.db.scan(query)])
