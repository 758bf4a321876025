"""Image JSON: Imgur's fields, in Imgur's order, with Imgur's types.

Only the owner, and the caller that has just created an object, gets its delete hash.
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
    """Return an image; `named` includes the owner's name, as in lists of an account.

    `secret` includes what is for the owner only. As at Imgur, others get an empty delete hash, and posts have none.
    """
    link = image_url(links, row.id, row.ext)
    serialized: JSONObject = {
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
        serialized["deletehash"] = row.deletehash if secret else ""
    if secret:
        serialized["name"] = row.name
    serialized["link"] = link
    if row.animated:
        serialized |= _video_fields(links, row)
    return serialized


def _video_fields(links: BaseURLs, row: Image) -> JSONObject:
    """Return the fields that only videos and animated images have: the MP4 and the status of its conversion."""
    is_video = row.type.startswith("video/")
    fields: JSONObject = {} if is_video else {"looping": True}
    if is_video or row.mp4_size is not None:
        fields |= {
            "mp4": "" if row.mp4_size is None else image_url(links, row.id, "mp4"),
            "gifv": image_url(links, row.id, "gifv"),
            "hls": "",
            "mp4_size": row.mp4_size or 0,
        }
    if is_video or row.mp4_size is not None or row.mp4_tries:
        fields["processing"] = {"status": _conversion_status(row)}
    return fields


def _conversion_status(row: Image) -> str:
    """Return the status of the conversion to MP4."""
    if row.mp4_size is None:
        return "failed"
    return "completed" if row.mp4_size else "pending"


def to_bool(flag: int | None) -> bool | None:
    """Return a nullable 0 or 1 column as a boolean."""
    return None if flag is None else bool(flag)
