"""Typed dictionaries of responses that are plain JSON documents; each key exists only if Imgur sent it."""

from __future__ import annotations

from typing import Any, Literal, TypedDict


class Credits(TypedDict, total=False):
    """The credits of the rate limit, and how many are left."""

    UserLimit: int
    UserRemaining: int
    UserReset: int
    """Unix time at which the user's credits are reset."""
    ClientLimit: int
    ClientRemaining: int


class OEmbed(TypedDict, total=False):
    """The oEmbed document of a post: the HTML that embeds it in another page."""

    version: str
    type: str
    provider_name: str
    provider_url: str
    width: int
    height: int
    html: str


class Votes(TypedDict, total=False):
    """The votes of a post."""

    ups: int
    downs: int


class Trophy(TypedDict, total=False):
    """A trophy of a user."""

    id: int
    name: str
    name_clean: str
    description: str
    data: str | None
    """The id of the image or comment that won it."""
    data_link: str | None
    datetime: int
    image: str


class GalleryProfile(TypedDict, total=False):
    """Gallery statistics and trophies of a user."""

    total_gallery_comments: int
    total_gallery_favorites: int
    total_gallery_submissions: int
    trophies: list[Trophy]


class BlockedUser(TypedDict, total=False):
    """A user whom the user blocks."""

    blocked_id: int
    blocked_url: str


class AccountSettings(TypedDict, total=False):
    """The settings of an account."""

    account_url: str
    email: str
    avatar: str | None
    cover: str | None
    public_images: bool
    album_privacy: Literal["public", "hidden", "secret"]
    pro_expiration: int
    accepted_gallery_terms: bool
    active_emails: list[str]
    messaging_enabled: bool
    comment_replies: bool
    blocked_users: list[BlockedUser]
    show_mature: bool
    newsletter_subscribed: bool
    first_party: bool
    high_quality: bool


class AccountStatistics(TypedDict, total=False):
    """Statistics of a user's uploads, as of 2012."""

    total_images: int
    total_albums: int
    disk_used: str
    bandwidth_used: str
    top_images: list[dict[str, Any]]
    top_albums: list[dict[str, Any]]
    top_gallery_comments: list[dict[str, Any]]


class Avatar(TypedDict, total=False):
    """A user's avatar."""

    avatar: str | None
    avatar_name: str | None


class PersonV1(TypedDict, total=False):
    """The owner of a post, comment or image."""

    id: int
    username: str
    avatar_url: str
    avatar: str


class TagV1(TypedDict, total=False):
    """A tag of a post."""

    tag: str
    display: str
    background_id: str


class MetadataV1(TypedDict, total=False):
    """The metadata of an image or video."""

    title: str
    description: str
    is_animated: bool
    is_looping: bool
    duration: float
    has_sound: bool
