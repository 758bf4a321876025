"""Posts, media, comments and accounts of the undocumented v1 API, which Imgur's web site uses.

What is known of it comes from other clients; it may change or disappear at any time.
"""

from __future__ import annotations

from typing import Literal, Self

from typing_extensions import TypeVar

from .._core.endpoint import Async, M, endpoint, listing
from .._core.request import Request, get, get_all, get_page
from ..urls import ALBUM, IMAGE, POST, USER
from ._base import Object
from ._client_bound import ClientBound
from ._sort_orders import Window
from .typed_dicts import MetadataV1, PersonV1, TagV1, Trophy

T = TypeVar("T")

SortV1 = Literal["-viral", "-time", "-top"]
CommentSortV1 = Literal["best", "new"]
WITH_MEDIA = "media,adconfig,account"
WITH_ALL = "media,tags,account,adconfig,promoted"


class MediaV1(Object[M]):
    """An image or video of a post."""

    id: str
    account_id: int
    mime_type: str
    type: str
    """'image' or 'video'."""
    name: str
    basename: str
    url: str
    ext: str
    width: int
    height: int
    size: int
    metadata: MetadataV1
    created_at: str
    """ISO 8601."""
    updated_at: str | None

    def _source(self) -> Request[Self]:
        return undocumented(get("post/v1/media/{id}", type(self), id=self.id, include="media"))


class PostV1(Object[M]):
    """A post of one or more images or videos, shared with the gallery or not."""

    id: str
    account_id: int
    title: str
    seo_title: str
    description: str
    view_count: int
    upvote_count: int
    downvote_count: int
    point_count: int
    image_count: int
    comment_count: int
    favorite_count: int
    virality: float
    score: float
    in_most_viral: bool
    is_album: bool
    is_mature: bool
    cover_id: str
    created_at: str
    """ISO 8601."""
    updated_at: str | None
    url: str
    privacy: str
    """'private' or empty."""
    vote: str | None
    favorite: bool
    is_ad: bool
    ad_type: int
    ad_url: str
    include_album_ads: bool
    shared_with_community: bool
    is_pending: bool
    platform: str
    media: list[MediaV1[M]]
    tags: list[TagV1]
    account: PersonV1
    cover: MediaV1[M] | None

    def _source(self) -> Request[Self]:
        return undocumented(get("post/v1/posts/{id}", type(self), id=self.id, include="media,tags,account"))

    @listing
    def get_comments(self, sort: CommentSortV1 = "best", limit: int | None = None) -> Request[list[CommentV1[M]]]:
        """Return the comments on the post, each with its replies in `comments`."""
        return comments_v1(list[CommentV1[M]], limit=limit, sort=sort, **{"filter[post]": f"eq:{self.id}"})


class CommentV1(Object[M]):
    """A comment on a post."""

    id: int
    comment: str
    upvote_count: int
    downvote_count: int
    platform: str
    created_at: str
    """ISO 8601."""
    updated_at: str | None
    deleted_at: str | None
    account_id: int
    account: PersonV1
    post: PostV1[M] | None
    comments: list[CommentV1[M]]


class AccountV1(Object[M]):
    """A user."""

    _key = "username"

    id: int
    username: str
    bio: str
    avatar_url: str
    cover_url: str
    reputation_count: int
    reputation_name: str | None
    created_at: str
    """ISO 8601."""
    trophies: list[Trophy]
    medallions: list[Trophy]

    def _source(self) -> Request[Self]:
        return undocumented(
            get("account/v1/accounts/{name}", type(self), name=self.username, include="trophies,medallions")
        )


class PostV1Calls(ClientBound[M]):
    """Client calls for posts, comments and accounts of the v1 API."""

    @listing
    def get_posts(
        self,
        section: Literal["hot", "new", "top"] = "hot",
        sort: SortV1 = "-viral",
        window: Window | None = None,
        limit: int | None = None,
    ) -> Request[list[PostV1[M]]]:
        """Return the posts on the front page of imgur.com."""
        filters = {"filter[section]": f"eq:{section}", "filter[window]": window}
        return posts_v1("post/v1/posts", list[PostV1[M]], limit=limit, sort=sort, **filters)

    @endpoint
    def get_post(self, post_id: str) -> Request[PostV1[M]]:
        """Return the gallery post with this id or link, with media and tags."""
        return undocumented(get("post/v1/posts/{id}", PostV1[M], id=self._key_in(post_id, *POST), include=WITH_ALL))

    @endpoint
    def get_post_of_album(self, album_id: str) -> Request[PostV1[M]]:
        """Return the album with this id or link, shared or not, with its media.

        Raises:
            ResourceNotFoundError: there is no such album, or it is a single image.
        """
        return undocumented(
            get("post/v1/albums/{id}", PostV1[M], id=self._key_in(album_id, *ALBUM), include=WITH_MEDIA)
        )

    @endpoint
    def get_post_of_image(self, image_id: str) -> Request[PostV1[M]]:
        """Return the single image or video with this id or link, shared or not."""
        return undocumented(get("post/v1/media/{id}", PostV1[M], id=self._key_in(image_id, *IMAGE), include=WITH_MEDIA))

    @listing
    def get_my_posts(self, limit: int | None = None) -> Request[list[PostV1[M]]]:
        """Return all posts of the user, newest first."""
        path = "post/v1/accounts/me/all_posts"
        return posts_v1(path, list[PostV1[M]], limit=limit, sort="-created_at").by("user")

    @listing
    def get_my_hidden_albums(self, limit: int | None = None) -> Request[list[PostV1[M]]]:
        """Return the user's hidden albums, newest first."""
        path = "post/v1/accounts/me/hidden_albums"
        return posts_v1(path, list[PostV1[M]], limit=limit, sort="-created_at").by("user")

    @endpoint
    def get_my_profile(self) -> Request[AccountV1[M]]:
        """Return the profile of the user who authorized this client, as imgur.com shows it."""
        return undocumented(get("account/v1/accounts/me", AccountV1[M])).by("user")

    @listing
    def get_comments_by(self, username: str, limit: int | None = None) -> Request[list[CommentV1[M]]]:
        """Return the comments of a user, each with the post it belongs to."""
        return comments_v1(
            list[CommentV1[M]], limit=limit, **{"filter[account]": f"eq:{self._key_in(username, *USER)}"}
        )

    @listing
    def get_top_comments(self, limit: int | None = None) -> Request[list[CommentV1[M]]]:
        """Return the comments with the most upvotes."""
        return undocumented(get_all("comment/v1/comments/top", list[CommentV1[M]], limit=limit))


def undocumented(request: Request[T]) -> Request[T]:
    """Return the request marked as known from other clients only."""
    return request.with_evidence("seen")


def posts_v1(path: str, into: type[list[T]], *, limit: int | None, **params: object) -> Request[list[T]]:
    """Return the request for pages of posts, with their covers; pages start at 1."""
    return undocumented(get_page(path, into, limit=limit, first=1, include="cover", **params))


def comments_v1(into: type[list[T]], *, limit: int | None, **params: object) -> Request[list[T]]:
    """Return the request for pages of comments."""
    return undocumented(
        get_page("comment/v1/comments", into, limit=limit, first=1, include="account", per_page=30, **params)
    )


AsyncPostV1 = PostV1[Async]
AsyncMediaV1 = MediaV1[Async]
AsyncCommentV1 = CommentV1[Async]
AsyncAccountV1 = AccountV1[Async]
