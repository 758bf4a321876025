"""Posts as Imgur's web site reads them: services of a second generation, which no documentation describes.

What is known of them comes from other clients; they may change or end any day.
"""

from __future__ import annotations

from typing import Literal, Self

from typing_extensions import TypeVar

from .._core.endpoint import Async, M, listing
from .._core.request import Request, get, get_page
from ._base import Object
from .typed_dicts import MetadataV1, PersonV1, TagV1, Trophy

T = TypeVar("T")

SortV1 = Literal["-viral", "-time", "-top"]
CommentSortV1 = Literal["best", "new"]


class MediaV1(Object[M]):
    """A picture or video of a post."""

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
    """A post: one picture or several, shared or not."""

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
        """The comments under it, each with its answers in `comments`."""
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


def undocumented(request: Request[T]) -> Request[T]:
    """As a call that only other clients tell of."""
    return request.with_evidence("seen")


def posts_v1(path: str, into: type[list[T]], *, limit: int | None, **params: object) -> Request[list[T]]:
    """One page of posts, with their covers; pages count from one here."""
    return undocumented(get_page(path, into, limit=limit, first=1, include="cover", **params))


def comments_v1(into: type[list[T]], *, limit: int | None, **params: object) -> Request[list[T]]:
    """One page of comments."""
    return undocumented(
        get_page("comment/v1/comments", into, limit=limit, first=1, include="account", per_page=30, **params)
    )


AsyncPostV1 = PostV1[Async]
AsyncMediaV1 = MediaV1[Async]
AsyncCommentV1 = CommentV1[Async]
AsyncAccountV1 = AccountV1[Async]
