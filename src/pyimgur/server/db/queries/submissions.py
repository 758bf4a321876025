"""SQL of gallery submissions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Never

from sqlalchemy import bindparam, insert, update

from pyimgur.server.db.query import Query
from pyimgur.server.db.schema import album, image, post

INSERT_POST = Query(insert(post))
_POST_FIELDS: dict[str, Any] = {
    "title": bindparam("new_title"),
    "nsfw": bindparam("new_nsfw"),
    "section": bindparam("new_section"),
    "in_gallery": 1,
}
SET_POST_FIELDS: Mapping[str, Query[Never]] = {
    "image": Query(update(image).where(image.c.id == bindparam("of")).values(_POST_FIELDS)),
    "album": Query(update(album).where(album.c.id == bindparam("of")).values(_POST_FIELDS)),
}
