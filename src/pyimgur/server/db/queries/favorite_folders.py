"""SQL of folders of favorites."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import Integer, Text, bindparam, delete, func, insert, or_, select, text, update

from pyimgur.server.db.query import Query
from pyimgur.server.db.rows import row_columns
from pyimgur.server.db.schema import ROW_NUMBER, favorite, favorite_folder


class Folder(NamedTuple):
    """A folder of favorites."""

    id: int
    name: str
    private: int


_OWNER = bindparam("account", type_=ROW_NUMBER)
_VISIBLE_FOLDERS = (
    select(*row_columns(Folder, favorite_folder))
    .where(
        favorite_folder.c.account == _OWNER,
        or_(favorite_folder.c.private == text("0"), bindparam("viewer", type_=ROW_NUMBER) == _OWNER),
    )
    .order_by(favorite_folder.c.id)
)
LIST_BY_ACCOUNT = Query(_VISIBLE_FOLDERS, Folder)
GET_BY_ID = Query(_VISIBLE_FOLDERS.where(favorite_folder.c.id == bindparam("of")), Folder)
INSERT = Query(insert(favorite_folder).returning(*row_columns(Folder, favorite_folder)), Folder)
_OWN_FOLDER = (favorite_folder.c.account == bindparam("person"), favorite_folder.c.id == bindparam("of"))
UPDATE = Query(
    update(favorite_folder)
    .where(*_OWN_FOLDER)
    .values(
        name=func.coalesce(bindparam("new_name", type_=Text), favorite_folder.c.name),
        private=func.coalesce(bindparam("new_private", type_=Integer), favorite_folder.c.private),
    )
)
DELETE = Query(delete(favorite_folder).where(*_OWN_FOLDER))
_IS_ITEM = or_(favorite.c.image_id == bindparam("item"), favorite.c.album_id == bindparam("item"))
SET_FOLDER = Query(
    update(favorite).where(favorite.c.account == bindparam("person"), _IS_ITEM).values(folder=bindparam("into"))
)
CLEAR_FOLDER = Query(
    update(favorite)
    .where(favorite.c.account == bindparam("person"), _IS_ITEM, favorite.c.folder == bindparam("of"))
    .values(folder=None)
)
