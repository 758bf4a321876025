"""How an image is named in calls: by its id, or without a login by its delete hash."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

from .._core.request import is_deletehash
from .._policy.client_state import ClientState
from ..urls import IMAGE, key_in
from .content import known_deletehash
from .image import Image

ImageLike: TypeAlias = "Image[Any] | str"
"""An image, given as an object or by its id or link; an anonymous one by its delete hash."""


def image_id(image: ImageLike | None, state: ClientState) -> str | None:
    """Return the id of an image given as an object, or as its id or link.

    Raises:
        ArgumentError: it is a link to something else.
    """
    return image.id if isinstance(image, Image) else key_in(image, state.site, *IMAGE)


def _image_key(image: ImageLike, state: ClientState) -> str | None:
    """Return the key of an image in API calls: its id, or without a login its delete hash."""
    if isinstance(image, Image) and state.access_token is None:
        return known_deletehash(image) or image.id
    return image_id(image, state)


def ids_field(images: Sequence[ImageLike] | ImageLike | None, state: ClientState) -> dict[str, object]:
    """Return the form field for several images, whose name differs for ids and delete hashes.

    Raises:
        ArgumentError: one is a link to something else.
    """
    if images is None:
        return {}
    several = [images] if isinstance(images, (str, Image)) else images
    keys = [_image_key(image, state) for image in several]
    by_hash = bool(keys) and all(is_deletehash(key) for key in keys)
    return {"deletehashes[]" if by_hash else "ids[]": keys}
