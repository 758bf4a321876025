"""Where uploads of one command go together: an album of the user's, or a new one; in the order of the command line.

The pictures are uploaded first and put into the album in one call afterwards, so that they stand in order however
they arrived. A new album stands in the ledger, `open` until all its pictures are in: the same command again goes on
with it, also where it finds more pictures than before.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from .._core.request import is_deletehash
from .._transfer.album_upload import MOST as BATCH
from ..exceptions import ImgurError, ResourceNotFoundError
from ..ledger import Ledger, LedgerEntry
from ..resources import Album, Image
from ..urls import parse_url
from ._errors import Failure
from ._output import as_json
from ._session import Session
from ._terminal_text import printable

if TYPE_CHECKING:
    from ..client import Imgur
    from ._upload_run import Run

MOST = 100_000
"""Pictures of an album that are looked at."""


class Into:
    """The album of a command, if it names one; that it is there is seen before anything is uploaded."""

    def __init__(self, im: Imgur, session: Session, ledger: Ledger, album: str | None, new_album: str | None) -> None:
        self._album = existing(im, session, ledger, album) if album else None
        self._make = partial(make, im, session, ledger, new_album) if new_album else None
        self._ledger = ledger

    def put(self, run: Run) -> None:
        """Put what was uploaded into the album; the link of a new one is printed after those of the pictures."""
        images = list({image.id: image for _, image in sorted(run.images.items())}.values())
        if not images:
            return
        try:
            if self._album is not None:
                fill(self._album, self._ledger, images)
            if self._make is not None:
                run.say(_said(self._make(images, whole=not run.failures), run.form))
        except ImgurError as error:
            again = "the pictures are uploaded; run the same command again to add them"
            run.failures.append(f"they could not be added to the album: {error.message} ({again})")


def _said(album: Album, form: str) -> str:
    return as_json(album.raw) if form == "json" else album.link


def rehearse(im: Imgur, run: Run, album: str | None, new_album: str | None) -> None:
    """What would be asked about the album afterwards."""
    if album:
        run.say(f"POST {im.base_url}/3/album/{{{printable(album)}}}/add")
    if new_album:
        run.say(f"POST {im.base_url}/3/album title={printable(new_album)!r}")


def existing(im: Imgur, session: Session, ledger: Ledger, named: str) -> Album:
    """The user's album of this id, link or title; an anonymous one that the ledger knows, or by its delete hash.

    Raises:
        Failure: there is none, or there are several.
    """
    address = parse_url(named, session.site) if "/" in named else None
    wanted = {named, address.id if address else named}
    if session.account is None:
        found = [_album(im, entry) for entry in _known(session, ledger) if {entry.id, entry.title} & wanted]
        if not found and is_deletehash(named):
            found = [Album({"id": named, "deletehash": named}, im)]
    else:
        found = [album for album in im.get_user("me").get_albums.iter() if {album.id, album.title} & wanted]
    if len(found) > 1:
        raise Failure(f"there are {len(found)} albums called {named!r}: name one by its id: {_ids(found)}")
    if not found:
        whose = f"{session.account} has" if session.account else "the ledger knows"
        raise Failure(f"{whose} no album {named!r} at {session.site.web}: use --new-album to create one")
    return found[0]


def _ids(albums: Sequence[Album]) -> str:
    return ", ".join(album.id for album in albums)


def _known(session: Session, ledger: Ledger) -> list[LedgerEntry]:
    """The albums in the ledger that are this user's, at this site."""
    return [
        entry
        for entry in ledger.entries()
        if entry.kind == "album" and (entry.site, entry.account) == (session.site.api, session.account)
    ]


def _album(im: Imgur, entry: LedgerEntry) -> Album:
    return Album(
        {"id": entry.id, "deletehash": entry.deletehash, "link": entry.link, "title": entry.title},
        im,
        has_fetched=False,
    )


def fill(album: Album, ledger: Ledger, images: Sequence[Image]) -> None:
    """Put those of the pictures that are not in the album at its end."""
    held: list[Image] = [] if is_deletehash(album.id) else album.get_images(limit=MOST)
    there = {image.id for image in held}
    missing = [image for image in images if image.id not in there]
    _add(album, ledger, missing)


def _add(album: Album, ledger: Ledger, images: Sequence[Image]) -> None:
    """Put images at the end of the album, in batches that a form can hold."""
    for start in range(0, len(images), BATCH):
        batch = images[start : start + BATCH]
        album.add_images(batch)
        ledger.set_album(album.id, [image.id for image in batch])


def make(im: Imgur, session: Session, ledger: Ledger, title: str, images: Sequence[Image], *, whole: bool) -> Album:
    """The new album with these pictures; one that the same command has made or begun before is gone on with."""
    held = {entry.album for image in images for entry in ledger.entries(id=image.id)}
    for begun in _known(session, ledger):
        if begun.title == title and (begun.state == "open" or begun.id in held):
            album = _album(im, begun)
            with suppress(ResourceNotFoundError):  # it was deleted meanwhile
                fill(album, ledger, images)
                break
    else:
        album = im.create_album(title, images=images[:BATCH])
        album.raw.setdefault("link", f"{session.site.web}/a/{album.id}")
        begun = ledger.write(_entry(session, title, album, ledger.run))
        ledger.set_album(album.id, [image.id for image in images[:BATCH]])
        _add(album, ledger, images[BATCH:])
    ledger.write(replace(begun, state="done" if whole else "open", run=ledger.run))
    return album


def _entry(session: Session, title: str, album: Album, run: str) -> LedgerEntry:
    raw: dict[str, Any] = album.raw
    now = time.time()
    return LedgerEntry(
        title, session.site.api, session.client_id, session.account, title=title, kind="album", when=now, begun=now,
        id=album.id, deletehash=raw.get("deletehash"), link=album.link, run=run,
    )  # fmt: skip
