"""SQL of favorite images and albums."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, bindparam, delete, exists, func, insert, or_, select, text

from pyimgur.server.db.queries.gallery import PAGE
from pyimgur.server.db.query import Query
from pyimgur.server.db.rows import PublicId
from pyimgur.server.db.schema import ROW_NUMBER, favorite, favorite_folder, post

ALL_FOLDERS = 0

_COLUMN = {"image": favorite.c.image_id, "album": favorite.c.album_id}
DELETE = {
    kind: Query(delete(favorite).where(favorite.c.account == bindparam("person"), column == bindparam("of")))
    for kind, column in _COLUMN.items()
}
INSERT = Query(insert(favorite))
_ITEM = func.coalesce(favorite.c.image_id, favorite.c.album_id)
_OWNER, _FOLDER = bindparam("account", type_=ROW_NUMBER), bindparam("folder", type_=ROW_NUMBER)
IS_HIDDEN = exists().where(favorite_folder.c.id == favorite.c.folder, favorite_folder.c.private == text("1"))
"""Whether a favorite is in a private folder."""
_VISIBLE_FAVORITES = (
    select(_ITEM.label("id"))
    .where(
        favorite.c.account == _OWNER,
        or_(_FOLDER == ALL_FOLDERS, favorite.c.folder == _FOLDER),
        or_(bindparam("viewer", type_=ROW_NUMBER) == _OWNER, ~IS_HIDDEN),
    )
    .limit(PAGE)
    .offset(bindparam("offset"))
)
_VISIBLE_POSTS = _VISIBLE_FAVORITES.join(post, post.c.id == _ITEM)


def _by_age(statement: Select[Any]) -> dict[str, Query[PublicId]]:
    return {
        "newest": Query(statement.order_by(favorite.c.id.desc()), PublicId),
        "oldest": Query(statement.order_by(favorite.c.id), PublicId),
    }


LIST_ALL, LIST_IN_GALLERY = _by_age(_VISIBLE_FAVORITES), _by_age(_VISIBLE_POSTS)
