"""The JSON of an album: Imgur's fields, in Imgur's order, of Imgur's types."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyimgur.server.http.serializers.image import serialize_image, to_bool
from pyimgur.server.http.urls import album_url

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyimgur.server.http.responses import JSONObject
    from pyimgur.server.http.urls import BaseURLs
    from pyimgur.server.services.albums import Album
    from pyimgur.server.services.images import Image


def serialize_album(
    links: BaseURLs,
    row: Album,
    images: Sequence[Image] | None = None,
    *,
    secret: bool = False,
    asker: int | None = None,
    order: int | None = None,
) -> JSONObject:
    """An album: with its images where one is asked for, with its place where a list is.

    `secret` shows its own delete hash; those of its images are shown to whose they are.
    """
    shape: JSONObject = {
        "id": row.id,
        "title": row.title,
        "description": row.description,
        "datetime": row.created,
        "cover": row.cover_id,
        "cover_edited": None,
        "cover_width": row.cover_width,
        "cover_height": row.cover_height,
        "account_url": row.account_name,
        "account_id": row.account_id,
        "privacy": row.privacy,
        "layout": row.layout,
        "views": row.views,
        "link": album_url(links, row.id),
        "favorite": False,
        "nsfw": to_bool(row.nsfw),
        "section": row.section,
    }
    if order is not None:
        shape["order"] = order
    if secret:
        shape["deletehash"] = row.deletehash
    shape |= {
        "images_count": row.images_count,
        "in_gallery": bool(row.in_gallery),
        "is_ad": False,
        "include_album_ads": False,
        "is_album": True,
    }
    if images is not None:  # who knows the album's delete hash may be given no other's
        shape["images"] = [
            serialize_image(links, each, secret=asker is not None and each.account_id == asker) for each in images
        ]
    return shape
