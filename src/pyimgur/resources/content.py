"""The common base of images, albums and gallery posts: title, author, link, views and favorite state."""

from __future__ import annotations

import html
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import urlsplit

from .._core.endpoint import Async, M
from .._core.request import is_deletehash, shown_path
from ._base import Object, known_attributes

if TYPE_CHECKING:
    from .user import User


class Content(Object[M]):
    """An image, an album, or one of them in the gallery."""

    id: str
    title: str | None
    description: str | None
    datetime: int
    """Unix time at which it was created."""
    link: str
    views: int
    author: User[M] | None
    """The owner, not fetched yet; None if Imgur does not say (`account_url` in the API)."""
    account_url: str | None
    account_id: int | None
    is_favorited: bool
    """Whether it is a favorite of the user (`favorite` in the API)."""
    is_nsfw: bool | None
    """None if Imgur does not know (`nsfw` in the API)."""
    section: str | None
    """The subreddit or category."""
    in_gallery: bool
    is_ad: bool
    ad_type: int | None
    ad_url: str | None
    ad_config: dict[str, Any]
    deletehash: str | None
    """Allows deleting and editing it without an account; Imgur sends it on creation, and later only to the owner."""

    _aliases: ClassVar[Mapping[str, str]] = {"author": "account_url", "is_favorited": "favorite", "is_nsfw": "nsfw"}

    @property
    def _edit_key(self) -> str:
        """The key for calls that edit it: the id if a user is logged in, otherwise the delete hash if it is known."""
        if self._executor.state.access_token or is_deletehash(self.id):
            return self.id
        return known_deletehash(self) or self.id

    def _repr_html_(self) -> str:
        """Show it in a notebook: the title as a link, and a thumbnail; sends no request to the API."""
        link, title = str(self.raw.get("link") or ""), str(self.raw.get("title") or self._known_id or "…")
        content = html.escape(title)
        thumbnail = self._thumbnail_link()
        if thumbnail is not None:
            content = (
                f'<img src="{html.escape(thumbnail)}" alt="{content}" title="{content}" referrerpolicy="no-referrer">'
            )
        if _is_web_url(link, "https", "http") and shown_path(link) == link:
            content = f'<a href="{html.escape(link)}" rel="noreferrer">{content}</a>'
        return f"<div>{type(self).__name__} {content}</div>"

    def _thumbnail_link(self) -> str | None:
        """Return the https URL of a thumbnail; None if it is not known."""
        return None

    def _set_favorite(self, state: str) -> None:
        """Store the state that `favorite` returned."""
        self._merge_fields({"favorite": state == "favorited"})


def _is_web_url(link: str, *schemes: str) -> bool:
    try:
        parts = urlsplit(link)
    except ValueError:
        return False
    return parts.scheme in schemes and bool(parts.hostname)


def public_thumbnail(raw: Mapping[str, Any], thumbnail: Callable[..., str]) -> str | None:
    """Return the thumbnail URL of an image if its link is known and holds no secret; otherwise None."""
    link = raw.get("link")
    if not (isinstance(link, str) and _is_web_url(link, "https") and shown_path(link) == link and raw.get("id")):
        return None
    return thumbnail("m")


def known_deletehash(item: Content[Any]) -> str | None:
    """Return the delete hash if it is known; fetches nothing, because Imgur sends it only to the owner."""
    return known_attributes(item).get("deletehash", item.raw.get("deletehash"))


AsyncContent = Content[Async]
