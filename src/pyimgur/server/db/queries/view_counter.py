"""SQL that adds to the views and the bandwidth of images and albums."""

from __future__ import annotations

from sqlalchemy import bindparam, update

from pyimgur.server.db.query import Query
from pyimgur.server.db.schema import album, image

ADD_TO_IMAGE = Query(
    update(image)
    .where(image.c.id == bindparam("of"))
    .values(views=image.c.views + bindparam("more"), bandwidth=image.c.bandwidth + bindparam("sent"))
)
ADD_TO_ALBUM = Query(update(album).where(album.c.id == bindparam("of")).values(views=album.c.views + bindparam("more")))
