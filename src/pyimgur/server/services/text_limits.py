"""Length limits of descriptions and file names of images and albums.

Lists hold thousands of these texts, and pages hold each several times, so long ones would make a response of a
gigabyte. Titles have a setting of their own (`Limits.title_length`), at which they are cut as at Imgur.
"""

from __future__ import annotations

from pyimgur.server.errors import ValidationError

DESCRIPTION_LENGTH = 10_000
NAME_LENGTH = 255
"""Characters of a file name; longer ones are cut."""


def check_description(text: str | None) -> None:
    """Check the length of the description of an image or an album.

    Raises:
        ValidationError: it is too long; the stored description stays as it is.
    """
    if text is not None and len(text) > DESCRIPTION_LENGTH:
        raise ValidationError(
            f"A description has at most {DESCRIPTION_LENGTH:,} characters; this one has {len(text):,}"
        )
