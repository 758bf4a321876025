"""SQL of the MP4 version of an image: its size, and the attempts to make it."""

from __future__ import annotations

from sqlalchemy import bindparam, text, update

from pyimgur.server.db.query import Query
from pyimgur.server.db.schema import image

_NOT_CONVERTED = (image.c.id == bindparam("of"), image.c.mp4_size == text("0"))
SET_MP4_SIZE = Query(update(image).where(*_NOT_CONVERTED).values(mp4_size=bindparam("new_size")))
ADD_TRY = Query(
    update(image).where(*_NOT_CONVERTED, image.c.mp4_tries < bindparam("most")).values(mp4_tries=image.c.mp4_tries + 1)
)
REMOVE_TRY = Query(update(image).where(*_NOT_CONVERTED).values(mp4_tries=image.c.mp4_tries - 1))
GIVE_UP = Query(update(image).where(*_NOT_CONVERTED, image.c.mp4_tries >= bindparam("most")).values(mp4_size=None))
