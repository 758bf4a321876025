"""SQL of votes on posts, and of a viewer's votes and favorites."""

from __future__ import annotations

from sqlalchemy import and_, bindparam, delete, insert, select

from pyimgur.server.db.query import Query, list_parameter
from pyimgur.server.db.schema import favorite, post, post_vote

DELETE = Query(delete(post_vote).where(post_vote.c.post == bindparam("of"), post_vote.c.account == bindparam("voter")))
INSERT = Query(insert(post_vote))
_IDS = list_parameter("ids")
_FAVORITES = select(favorite.c.id).where(favorite.c.account == bindparam("account"))
LIST_VIEWER_STATE = Query(
    select(
        _IDS.c.value.label("id"),
        post_vote.c.vote,
        (
            _FAVORITES.where(favorite.c.image_id == _IDS.c.value).exists()
            | _FAVORITES.where(favorite.c.album_id == _IDS.c.value).exists()
        ).label("favorite"),
    )
    .select_from(_IDS)
    .outerjoin(post, post.c.id == _IDS.c.value)
    .outerjoin(post_vote, and_(post_vote.c.post == post.c.number, post_vote.c.account == bindparam("account")))
)
