"""Album JSON: Imgur's fields, in Imgur's order, with Imgur's types."""

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
    viewer: int | None = None,
    order: int | None = None,
) -> JSONObject:
    """Return an album: with `images` for a single one, with `order`, its position, in a list.

    `secret` includes the album's own delete hash. The delete hash of an image goes to its owner only.
    """
    serialized: JSONObject = {
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
        serialized["order"] = order
    if secret:
        serialized["deletehash"] = row.deletehash
    serialized |= {
        "images_count": row.images_count,
        "in_gallery": bool(row.in_gallery),
        "is_ad": False,
        "include_album_ads": False,
        "is_album": True,
    }
    if images is not None:  # the album's delete hash does not open its images
        serialized["images"] = [
            serialize_image(links, image, secret=viewer is not None and image.account_id == viewer) for image in images
        ]
    return serialized
