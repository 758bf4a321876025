"""The JSON of an image: Imgur's fields, in Imgur's order, of Imgur's types.

The owner alone sees a delete hash, and whoever has just created the object.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyimgur.server.http.urls import image_url
from pyimgur.server.services.images import served_size

if TYPE_CHECKING:
    from pyimgur.server.http.responses import JSONObject
    from pyimgur.server.http.urls import BaseURLs
    from pyimgur.server.services.images import Image


def serialize_image(links: BaseURLs, row: Image, *, secret: bool | None = None, named: bool = False) -> JSONObject:
    """An image; `named` says whose it is, as lists of an account do.

    `secret` shows what is the owner's alone; to others Imgur shows an empty delete hash, in the gallery none at all.
    """
    link = image_url(links, row.id, row.ext)
    shape: JSONObject = {
        "id": row.id,
        "title": row.title,
        "description": row.description,
        "datetime": row.created,
        "type": row.type,
        "animated": bool(row.animated),
        "width": row.width,
        "height": row.height,
        "size": served_size(row),
        "views": row.views,
        "bandwidth": row.bandwidth,
        "vote": None,
        "favorite": False,
        "nsfw": to_bool(row.nsfw),
        "section": row.section,
        "account_url": row.account_name if named else None,
        "account_id": row.account_id or 0,
        "is_ad": False,
        "in_most_viral": False,
        "has_sound": bool(row.has_sound),
        "tags": [],
        "ad_type": 0,
        "ad_url": "",
        "edited": "0",
        "in_gallery": bool(row.in_gallery),
    }
    if secret is not None:
        shape["deletehash"] = row.deletehash if secret else ""
    if secret:
        shape["name"] = row.name
    shape["link"] = link
    if row.animated:
        shape |= _video_fields(links, row)
    return shape


def _video_fields(links: BaseURLs, row: Image) -> JSONObject:
    """What an image that moves has besides: its MP4 once that is made, and how far it is with it."""
    film = row.type.startswith("video/")
    shape: JSONObject = {} if film else {"looping": True}
    if film or row.mp4_size is not None:
        shape |= {
            "mp4": "" if row.mp4_size is None else image_url(links, row.id, "mp4"),
            "gifv": image_url(links, row.id, "gifv"),
            "hls": "",
            "mp4_size": row.mp4_size or 0,
        }
    if film or row.mp4_size is not None or row.mp4_tries:
        shape["processing"] = {"status": _progress(row)}
    return shape


def _progress(row: Image) -> str:
    """How far the MP4 of an image is; one that was tried and is to be no more has failed."""
    if row.mp4_size is None:
        return "failed"
    return "completed" if row.mp4_size else "pending"


def to_bool(flag: int | None) -> bool | None:
    """A column's 0, 1 or nothing."""
    return None if flag is None else bool(flag)
