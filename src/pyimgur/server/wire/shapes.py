"""Rows of the library as the API's JSON objects: Imgur's fields, in Imgur's order, of Imgur's kinds.

A delete hash is shown to the owner alone, and to whoever has just made the thing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyimgur.server.library.images import served_size

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyimgur.server.library.albums import Album
    from pyimgur.server.library.images import Image
    from pyimgur.server.wire.envelope import Json
    from pyimgur.server.wire.limits import Spent
    from pyimgur.server.wire.links import Links

    Object = dict[str, Json]


def image(links: Links, row: Image, *, secret: bool | None = None, named: bool = False) -> Object:
    """An image; `named` says whose it is, as lists of an account do.

    `secret` shows what is the owner's alone; to others Imgur shows an empty delete hash, in the gallery none at all.
    """
    link = picture_link(links, row.id, row.ext)
    shape: Object = {
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
        "nsfw": truth(row.nsfw),
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
        shape |= _moving(links, row)
    return shape


def _moving(links: Links, row: Image) -> Object:
    """What an image that moves has besides: its MP4 once that is made, and how far it is with it."""
    film = row.type.startswith("video/")
    shape: Object = {} if film else {"looping": True}
    if film or row.mp4_size is not None:
        shape |= {
            "mp4": "" if row.mp4_size is None else picture_link(links, row.id, "mp4"),
            "gifv": picture_link(links, row.id, "gifv"),
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


def album(
    links: Links,
    row: Album,
    images: Sequence[Image] | None = None,
    *,
    secret: bool = False,
    asker: int | None = None,
    order: int | None = None,
) -> Object:
    """An album: with its images where one is asked for, with its place where a list is.

    `secret` shows its own delete hash; those of its images are shown to whose they are.
    """
    shape: Object = {
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
        "link": album_link(links, row.id),
        "favorite": False,
        "nsfw": truth(row.nsfw),
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
        shape["images"] = [image(links, each, secret=asker is not None and each.account_id == asker) for each in images]
    return shape


def credits(spent: Spent, now: int) -> Object:
    """What is left; here the reset is a time, while the header of the same name has seconds."""
    return {
        "UserLimit": spent.user.limit,
        "UserRemaining": spent.user.remaining,
        "UserReset": now + spent.user.reset,
        "ClientLimit": spent.application.limit,
        "ClientRemaining": spent.application.remaining,
    }


def picture_link(links: Links, id: str, ext: str) -> str:
    """Where the picture itself is."""
    return f"{links.pictures}/{id}.{ext}"


def album_link(links: Links, id: str) -> str:
    """Where the album's page is."""
    return f"{links.pages}/a/{id}"


def truth(flag: int | None) -> bool | None:
    """A column's 0, 1 or nothing."""
    return None if flag is None else bool(flag)
