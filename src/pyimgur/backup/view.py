"""A second tree of a backup's images, named by a template: hard links, or copies where links are impossible.

It is built anew by each run, and never read: the names of the manifest stay as they are.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from itertools import count
from pathlib import Path, PurePath

from .._transfer.download_plan import append_to_stem
from .._transfer.filename_template import Template
from ..resources.album import Album
from ..resources.image import Image
from ..resources.pictures import Picture
from .layout import INCOMING, VIEW, inside
from .manifest import Manifest
from .records import ACCOUNT_PICTURE
from .rows import Item


def build_view(folder: Path, manifest: Manifest, template: str) -> None:
    """Build the tree `view` of a backup, in the place of the one of an earlier run.

    Raises:
        ArgumentError: the template has an unknown field, is none, or leads out of the folder.
        OSError: it cannot be written.
    """
    names, new, old = Template(template), folder / INCOMING / "view.new", folder / INCOMING / "view.old"
    for leftover in (new, old):
        shutil.rmtree(leftover, ignore_errors=True)
    new.mkdir()
    for number, item in enumerate(manifest.saved(), 1):
        if item.kind == ACCOUNT_PICTURE or item.path is None:
            continue
        path = inside(folder, item.path)
        for picture in _pictures(manifest, item, number):
            _link(path, new, names.path(picture.values(), path.suffix), item.id)
    if (folder / VIEW).exists():
        (folder / VIEW).rename(old)
    new.rename(folder / VIEW)
    shutil.rmtree(old, ignore_errors=True)


def _pictures(manifest: Manifest, item: Item, number: int) -> Iterator[Picture]:
    """Yield an item once for each of its albums, or once without an album."""
    image: Image = Image(item.raw, None)
    albums = manifest.albums_of(item.id)
    for id, position in albums:
        album: Album = Album(manifest.album(id, with_secrets=False), None)
        yield Picture(image, album, position, number)
    if not albums:
        yield Picture(image, None, None, number)


def _link(source: Path, folder: Path, name: PurePath, id: str) -> None:
    """Link a file under a name in a folder; if the name is taken, with the id in it, then with a number."""
    target = folder / name
    target.parent.mkdir(parents=True, exist_ok=True)
    path = next(path for path in _candidates(target, id) if not os.path.lexists(path))
    try:
        os.link(source, path)
    except OSError:
        shutil.copy2(source, path)


def _candidates(target: Path, id: str) -> Iterator[Path]:
    yield target
    yield append_to_stem(target, id)
    yield from (append_to_stem(target, f"{id} {number}") for number in count(2))
