"""The album that the uploads of one command go into: the user's own, or a new one.

The library puts the images into it while they are uploaded, in the order of the command line, so the album has to be
there first. A new one is in the ledger, `open` until all its images are in: if the same command is run again, it
completes this album, also if it finds more images than before.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from .._core.request import is_deletehash
from .._transfer.sources import open_source
from .._transfer.upload import digest
from ..exceptions import ImgurError, ResourceNotFoundError
from ..ledger import Ledger, LedgerEntry
from ..resources import Album
from ..urls import parse_url
from ._errors import CommandError
from ._output import as_json
from ._session import Session
from ._terminal_text import sanitize

if TYPE_CHECKING:
    from ..client import Imgur
    from ._upload_inputs import UploadInput
    from ._upload_run import UploadRun


class AlbumTarget:
    """The album of a command, if it names one; `album` is there before anything is uploaded."""

    def __init__(self, im: Imgur, session: Session, ledger: Ledger, album: str | None = None) -> None:
        self.album = existing(im, session, ledger, album) if album else None
        self._im = im
        self._session = session
        self._ledger = ledger
        self._begun: LedgerEntry | None = None
        """The entry of a new album."""
        self._made = False

    def begin(self, title: str, given: Sequence[UploadInput], *, reuse: bool) -> None:
        """Find the album of this title that the same command has made or begun before, or create it."""
        for begun in self._candidates(title, given, reuse=reuse):
            with suppress(ResourceNotFoundError):  # it was deleted meanwhile
                _album(self._im, begun).load()
                self.album, self._begun = _album(self._im, begun), begun
                return
        self.album, self._made = self._im.create_album(title), True
        self.album.raw.setdefault("link", f"{self._session.site.web}/a/{self.album.id}")
        self._begun = self._ledger.write(_entry(self._session, title, self.album, self._ledger.run))

    def _candidates(self, title: str, given: Sequence[UploadInput], *, reuse: bool) -> Iterator[LedgerEntry]:
        """The albums of this title that were left open, or that hold one of the files."""
        holding: set[str | None] | None = None
        for entry in _known(self._session, self._ledger):
            if entry.title != title:
                continue
            if entry.state == "open":
                if not self._ledger.is_in_use(entry):
                    yield entry
            elif reuse:
                if holding is None:
                    holding = {one.album for one in _uploaded(self._session, self._ledger, given)}
                if {entry.id, entry.deletehash} & (holding - {None}):
                    yield entry

    def end(self, run: UploadRun) -> None:
        """Report what is not in the album; print the link of a new one after those of the images."""
        if run.not_added is not None:
            again = "the pictures are uploaded; run the same command again to add them"
            run.failures.append(f"they could not be added to the album: {run.not_added} ({again})")
        if self.album is None or self._begun is None:
            return
        if self._made and not run.images:
            with suppress(ImgurError):  # an empty album does no harm
                self.album.delete()
                self._ledger.forget(self._begun)
            return
        if run.images and run.not_added is None:
            run.say(_said(self.album, run.form))
        state = "open" if run.failures else "done"
        self._ledger.write(replace(self._begun, state=state, run=self._ledger.run, when=time.time()))


def _uploaded(session: Session, ledger: Ledger, given: Sequence[UploadInput]) -> Iterator[LedgerEntry]:
    """The entries of those files that this user has uploaded before."""
    for one in given:
        try:
            sha256 = digest(open_source(one.path)) if one.path is not None else None
        except ImgurError:  # it is reported when it is uploaded
            continue
        for entry in ledger.entries(sha256=sha256, path=one.url, states=["done"]):
            if (entry.site, entry.account) == (session.site.api, session.account):
                yield entry


def _said(album: Album, form: str) -> str:
    return as_json(album.raw) if form == "json" else album.link


def rehearse(im: Imgur, run: UploadRun, album: str | None, new_album: str | None) -> None:
    """Print the requests about the album."""
    if album:
        run.say(f"POST {im.base_url}/3/album/{{{sanitize(album)}}}/add")
    if new_album:
        run.say(f"POST {im.base_url}/3/album title={sanitize(new_album)!r}")


def existing(im: Imgur, session: Session, ledger: Ledger, named: str) -> Album:
    """The user's album of this id, link or title; an anonymous one that the ledger knows, or by its delete hash.

    Raises:
        CommandError: there is none, or there are several.
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
        raise CommandError(f"there are {len(found)} albums called {named!r}: name one by its id: {_ids(found)}")
    if not found:
        whose = f"{session.account} has" if session.account else "the ledger knows"
        raise CommandError(f"{whose} no album {named!r} at {session.site.web}: use --new-album to create one")
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


def _entry(session: Session, title: str, album: Album, run: str) -> LedgerEntry:
    raw: dict[str, Any] = album.raw
    now = time.time()
    return LedgerEntry(
        title, session.site.api, session.client_id, session.account, title=title, kind="album", when=now, begun=now,
        id=album.id, deletehash=raw.get("deletehash"), link=album.link, run=run,
    )  # fmt: skip
