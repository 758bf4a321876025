"""Answers that are plain documents: dicts whose keys are known, each there only where Imgur sends it."""

from __future__ import annotations

from typing import Any, Literal, TypedDict


class Credits(TypedDict, total=False):
    """What is left of the calls that Imgur counts."""

    UserLimit: int
    UserRemaining: int
    UserReset: int
    """When the hour of this user is over, in unix seconds."""
    ClientLimit: int
    ClientRemaining: int


class OEmbed(TypedDict, total=False):
    """How to show a post in another page."""

    version: str
    type: str
    provider_name: str
    provider_url: str
    width: int
    height: int
    html: str


class Votes(TypedDict, total=False):
    """How a post was voted on."""

    ups: int
    downs: int


class Trophy(TypedDict, total=False):
    """A prize of a user."""

    id: int
    name: str
    name_clean: str
    description: str
    data: str | None
    """The id of the image or comment it was won with."""
    data_link: str | None
    datetime: int
    image: str


class GalleryProfile(TypedDict, total=False):
    """What a user did in the gallery."""

    total_gallery_comments: int
    total_gallery_favorites: int
    total_gallery_submissions: int
    trophies: list[Trophy]


class BlockedUser(TypedDict, total=False):
    """One whom the user does not want to hear of."""

    blocked_id: int
    blocked_url: str


class AccountSettings(TypedDict, total=False):
    """What a user has chosen."""

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
    """What a user has uploaded, as counted in 2012."""

    total_images: int
    total_albums: int
    disk_used: str
    bandwidth_used: str
    top_images: list[dict[str, Any]]
    top_albums: list[dict[str, Any]]
    top_gallery_comments: list[dict[str, Any]]


class Avatar(TypedDict, total=False):
    """A user's picture."""

    avatar: str | None
    avatar_name: str | None


class PersonV1(TypedDict, total=False):
    """Whose something is."""

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
    """What a picture says of itself."""

    title: str
    description: str
    is_animated: bool
    is_looping: bool
    duration: float
    has_sound: bool
