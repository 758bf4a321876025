"""SQL of votes on posts, and of a viewer's votes and favorites."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import Text, and_, bindparam, delete, insert, select

from pyimgur.server.db.expressions import list_parameter
from pyimgur.server.db.query import Query
from pyimgur.server.db.rows import row_columns
from pyimgur.server.db.schema import favorite, post, post_vote


class VoteAndFavorite(NamedTuple):
    """A viewer's vote on an image, album or post, and whether it is a favorite of theirs."""

    id: str
    vote: int | None
    favorite: int


DELETE = Query(delete(post_vote).where(post_vote.c.post == bindparam("of"), post_vote.c.account == bindparam("voter")))
INSERT = Query(insert(post_vote))
_IDS = list_parameter("ids", Text())
_FAVORITES = select(favorite.c.id).where(favorite.c.account == bindparam("account"))
LIST_VIEWER_STATE = Query(
    select(
        *row_columns(
            VoteAndFavorite,
            post_vote,
            id=_IDS.c.value,
            favorite=_FAVORITES.where(favorite.c.image_id == _IDS.c.value).exists()
            | _FAVORITES.where(favorite.c.album_id == _IDS.c.value).exists(),
        )
    )
    .select_from(_IDS)
    .outerjoin(post, post.c.id == _IDS.c.value)
    .outerjoin(post_vote, and_(post_vote.c.post == post.c.number, post_vote.c.account == bindparam("account"))),
    VoteAndFavorite,
)
