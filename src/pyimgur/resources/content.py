"""What images, albums and gallery posts share: what it is called, whose it is, and how it stands with the user."""

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
    """When it was made, in unix seconds."""
    link: str
    views: int
    author: User[M] | None
    """Whose it is, nothing fetched yet; None where Imgur does not tell (`account_url` in the API)."""
    account_url: str | None
    account_id: int | None
    is_favorited: bool
    """Whether it is a favourite of the user (`favorite` in the API)."""
    is_nsfw: bool | None
    """None where Imgur does not know (`nsfw` in the API)."""
    section: str | None
    """The subreddit or category."""
    in_gallery: bool
    is_ad: bool
    ad_type: int | None
    ad_url: str | None
    ad_config: dict[str, Any]
    deletehash: str | None
    """What deletes or edits it without an account; told when it is made, and later only to the owner."""

    _aliases: ClassVar[Mapping[str, str]] = {"author": "account_url", "is_favorited": "favorite", "is_nsfw": "nsfw"}

    @property
    def _edit_key(self) -> str:
        """The owner edits by id, anybody else by the delete hash."""
        if self._runner.state.access_token or is_deletehash(self.id):
            return self.id
        return known_deletehash(self) or self.id

    def _repr_html_(self) -> str:
        """Show it in a notebook: the title as a link, and a thumbnail; nothing is asked of Imgur for that."""
        link, title = str(self.raw.get("link") or ""), str(self.raw.get("title") or self._known_id or "…")
        shown = html.escape(title)
        thumbnail = self._thumbnail_link()
        if thumbnail is not None:
            shown = f'<img src="{html.escape(thumbnail)}" alt="{shown}" title="{shown}" referrerpolicy="no-referrer">'
        if _is_web(link, "https", "http") and shown_path(link) == link:
            shown = f'<a href="{html.escape(link)}" rel="noreferrer">{shown}</a>'
        return f"<div>{type(self).__name__} {shown}</div>"

    def _thumbnail_link(self) -> str | None:
        """The address of a small picture of it, where that is known and encrypted on its way."""
        return None

    def _set_favorite(self, said: str) -> None:
        """Know what the answer to `favorite` said."""
        self._merge_fields({"favorite": said == "favorited"})


def _is_web(link: str, *schemes: str) -> bool:
    try:
        parts = urlsplit(link)
    except ValueError:
        return False
    return parts.scheme in schemes and bool(parts.hostname)


def thumbnail_of(raw: Mapping[str, Any], thumbnail: Callable[..., str]) -> str | None:
    """The thumbnail of an image whose link is known, if everything about it may be shown."""
    link = raw.get("link")
    if not (isinstance(link, str) and _is_web(link, "https") and shown_path(link) == link and raw.get("id")):
        return None
    return thumbnail("m")


def known_deletehash(item: Content[Any]) -> str | None:
    """Return the delete hash as far as it is known here: nothing is fetched, as Imgur tells a stranger none."""
    return known_attributes(item).get("deletehash", item.raw.get("deletehash"))


AsyncContent = Content[Async]
