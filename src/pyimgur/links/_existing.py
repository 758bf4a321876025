"""Which images and albums exist at the place that links are rewritten to."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from pathlib import Path

from .._media_types import type_by_name
from ..exceptions import FileError, MissingFileError
from ._files import walk
from ._scan import Link

_ID = r"[0-9A-Za-z]{5}|[0-9A-Za-z]{7}"
_IMAGE_NAMES = tuple(
    re.compile(pattern)
    for pattern in (
        rf"(?P<id>{_ID})(?:-(?P<case>[0-9a-v]{{1,2}}))?",
        rf"imgur_(?:{_ID})_\d{{3,}}_(?P<id>{_ID})",
        rf"imgur_(?P<id>{_ID})(?:_.*)?",
    )
)
"""Names of files without their extension: an id, in a backup with the case of its letters behind it; gallery-dl's
names of images in albums, and of others with their titles."""
_ALBUM_NAME = re.compile(r"(?P<id>[0-9A-Za-z]{5,7})-(?P<case>[0-9a-v]{1,2})\.json")
_BASE = 32
_BACKUP = "pyimgur-backup.sqlite3"
"""The manifest of a backup, whose images and albums are in two of its folders, under names with suffixes."""
_BACKUP_FOLDERS = ("files", "albums")


@dataclass(frozen=True, slots=True)
class Existing:
    """The ids of the images and albums that exist somewhere; and of posts, of which it is not known what they are."""

    images: frozenset[str] = frozenset()
    albums: frozenset[str] = frozenset()
    posts: frozenset[str] = frozenset()
    extensions: frozenset[tuple[str, str]] = field(default=frozenset(), repr=False)
    """The ids of images with the extensions of their files, where these are known."""

    def has(self, link: Link) -> bool:
        """Return whether everything that a link to an image, album or post names exists."""
        known = {
            "image": (self.images,),
            "album": (self.albums,),
            "post": (self.posts, self.images, self.albums),
        }[link.kind]
        return all(any(id in ids for ids in known) for id in link.ids)

    @classmethod
    def in_folder(cls, folder: str | os.PathLike[str]) -> Existing:
        """Return what a backup has, or a folder of images that are named by their ids.

        Empty files and unfinished ones do not count.

        Raises:
            FileError: the folder cannot be read.
        """
        top = Path(folder)
        if not top.is_dir():
            raise MissingFileError(f"{top}: there is no such folder")
        is_backup = (top / _BACKUP).is_file()
        tops = [path for name in _BACKUP_FOLDERS if (path := top / name).is_dir()] if is_backup else [top]
        extensions: set[tuple[str, str]] = set()
        albums: set[str] = set()
        for path in walk(tops):
            if isinstance(path, FileError):
                raise path
            if match := _ALBUM_NAME.fullmatch(path.name):
                if path.parent.name == "albums" and _case_fits(match):
                    albums.add(match["id"])
            elif type_by_name(path.name) and (id := _image_id(path.stem, is_backup)) and path.lstat().st_size:
                extensions.add((id, path.suffix.lower()))
        return cls(frozenset(id for id, _ in extensions), frozenset(albums), extensions=frozenset(extensions))


def _image_id(stem: str, is_backup: bool) -> str | None:
    match = next((match for pattern in _IMAGE_NAMES if (match := pattern.fullmatch(stem))), None)
    if match is None or not _case_fits(match) or (is_backup and not match.groupdict().get("case")):
        return None
    return match["id"]


def _case_fits(match: re.Match[str]) -> bool:
    """Return whether a backup's name has the right suffix for the case of its id."""
    case = match.groupdict().get("case")
    return case is None or int(case, _BASE) == int("".join("01"[letter.isupper()] for letter in match["id"]), 2)
