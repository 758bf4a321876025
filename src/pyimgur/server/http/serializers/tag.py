"""Tag JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyimgur.server.http.responses import JSONObject
    from pyimgur.server.services.tags import Tag


def serialize_tag(row: Tag, *, following: bool = False) -> JSONObject:
    """Return a tag."""
    return {
        "name": row.name,
        "display_name": row.display_name,
        "followers": row.followers,
        "total_items": row.total,
        "following": following,
        "is_whitelisted": False,
        "background_hash": "",
        "thumbnail_hash": None,
        "accent": "",
        "background_is_animated": False,
        "thumbnail_is_animated": False,
        "is_promoted": False,
        "description": "",
        "logo_hash": None,
        "logo_destination_url": None,
        "description_annotations": {},
    }
