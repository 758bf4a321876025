"""SQL of the intents to store or remove an image's objects."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import BigInteger, BindParameter, Text, bindparam, delete, exists, insert, select

from pyimgur.server.db.expressions import list_parameter
from pyimgur.server.db.query import Query
from pyimgur.server.db.rows import row_columns
from pyimgur.server.db.schema import blob_intent, image


class BlobIntent(NamedTuple):
    """An intent to store or remove objects of an image."""

    id: str
    image_id: str


_IDS = list_parameter("ids", Text())
_COLUMNS = ["id", "image_id", "created"]
_ID: BindParameter[str] = bindparam("id", type_=Text)
_CREATED: BindParameter[int] = bindparam("created", type_=BigInteger)
RESERVE = Query(
    insert(blob_intent).from_select(
        _COLUMNS,
        select(_ID, _ID, _CREATED).where(~exists().where(image.c.id == _ID), ~exists().where(blob_intent.c.id == _ID)),
    )
)
"""Insert the intent of a new image, unless there is an image or an intent of this id.

`Engine.write` is serializable, so no image gets this id between the look and the insert.
"""
INSERT = Query(
    insert(blob_intent).from_select(
        _COLUMNS,
        select(_IDS.c.value.concat(bindparam("suffix", type_=Text)).label("id"), _IDS.c.value, _CREATED).select_from(
            _IDS
        ),
    )
)
LIST_AFTER = Query(
    select(*row_columns(BlobIntent, blob_intent))
    .where(blob_intent.c.id > bindparam("last"))
    .order_by(blob_intent.c.id)
    .limit(bindparam("limit")),
    BlobIntent,
)
DELETE = Query(delete(blob_intent).where(blob_intent.c.id.in_(select(_IDS.c.value))))
