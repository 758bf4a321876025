"""Choose what a backup saves: an account, the public part of a user, an album, or a list of links."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class OwnAccount:
    """Everything of the account whose token or cookies the client has.

    Attributes:
        name: the account that is expected; another one is an error. None for any.
        favorite_files: whether the pictures of favorites are saved too, or only their links.
    """

    name: str | None = None
    favorite_files: bool = True

    @property
    def key(self) -> str:
        """The text that identifies the source in the manifest."""
        return "account"


@dataclass(frozen=True, slots=True)
class PublicUser:
    """What anybody can see of a user: posts, public albums, public favorites and comments.

    Attributes:
        name: the user's name.
        favorite_files: whether the pictures of favorites are saved too, or only their links.
    """

    name: str
    favorite_files: bool = True

    @property
    def key(self) -> str:
        """The text that identifies the source in the manifest."""
        return f"user {self.name.lower()}"


@dataclass(frozen=True, slots=True)
class OneAlbum:
    """An album, by its id."""

    id: str

    @property
    def key(self) -> str:
        """The text that identifies the source in the manifest."""
        return f"album {self.id}"


@dataclass(frozen=True, slots=True)
class Links:
    """The images behind links: of files, pages, albums and posts.

    A link of a file costs no credits, and nothing but the file is known of it; any other link costs a credit or two.
    """

    links: Iterable[str] = field(repr=False)

    @property
    def key(self) -> str:
        """The text that identifies the source in the manifest."""
        return "links"


Source: TypeAlias = OwnAccount | PublicUser | OneAlbum | Links
