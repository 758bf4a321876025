"""The part of `Imgur` that reads posts as Imgur's web site does: known from other clients only."""

from __future__ import annotations

from typing import Literal

from .._core.endpoint import Bound, M, endpoint, listing
from .._core.request import Request, get, get_all
from ..urls import ALBUM, IMAGE, POST, USER
from . import AccountV1, CommentV1, PostV1, SortV1, Window
from .post_v1 import comments_v1, posts_v1, undocumented

WITH_MEDIA = "media,adconfig,account"
WITH_ALL = "media,tags,account,adconfig,promoted"


class PostCalls(Bound[M]):
    """The calls about posts of the second generation."""

    @listing
    def get_posts(
        self,
        section: Literal["hot", "new", "top"] = "hot",
        sort: SortV1 = "-viral",
        window: Window | None = None,
        limit: int | None = None,
    ) -> Request[list[PostV1[M]]]:
        """The posts on imgur.com."""
        filters = {"filter[section]": f"eq:{section}", "filter[window]": window}
        return posts_v1("post/v1/posts", list[PostV1[M]], limit=limit, sort=sort, **filters)

    @endpoint
    def get_post(self, post_id: str) -> Request[PostV1[M]]:
        """The shared post of this id, with pictures and tags."""
        return undocumented(get("post/v1/posts/{id}", PostV1[M], id=self._key_in(post_id, *POST), include=WITH_ALL))

    @endpoint
    def get_post_of_album(self, album_id: str) -> Request[PostV1[M]]:
        """The album of this id, shared or not, with its pictures.

        Raises:
            ResourceNotFoundError: there is none, or it is a single picture.
        """
        return undocumented(
            get("post/v1/albums/{id}", PostV1[M], id=self._key_in(album_id, *ALBUM), include=WITH_MEDIA)
        )

    @endpoint
    def get_post_of_image(self, image_id: str) -> Request[PostV1[M]]:
        """The single picture of this id, shared or not."""
        return undocumented(get("post/v1/media/{id}", PostV1[M], id=self._key_in(image_id, *IMAGE), include=WITH_MEDIA))

    @listing
    def get_my_posts(self, limit: int | None = None) -> Request[list[PostV1[M]]]:
        """All that the user posted, newest first."""
        path = "post/v1/accounts/me/all_posts"
        return posts_v1(path, list[PostV1[M]], limit=limit, sort="-created_at").by("user")

    @listing
    def get_my_hidden_albums(self, limit: int | None = None) -> Request[list[PostV1[M]]]:
        """What the user keeps hidden, newest first."""
        path = "post/v1/accounts/me/hidden_albums"
        return posts_v1(path, list[PostV1[M]], limit=limit, sort="-created_at").by("user")

    @endpoint
    def get_my_profile(self) -> Request[AccountV1[M]]:
        """What imgur.com knows of the user who authorized this client."""
        return undocumented(get("account/v1/accounts/me", AccountV1[M])).by("user")

    @listing
    def get_comments_by(self, username: str, limit: int | None = None) -> Request[list[CommentV1[M]]]:
        """The comments a user wrote, each with the post it stands under."""
        return comments_v1(
            list[CommentV1[M]], limit=limit, **{"filter[account]": f"eq:{self._key_in(username, *USER)}"}
        )

    @listing
    def get_top_comments(self, limit: int | None = None) -> Request[list[CommentV1[M]]]:
        """The comments that were liked best."""
        return undocumented(get_all("comment/v1/comments/top", list[CommentV1[M]], limit=limit))
