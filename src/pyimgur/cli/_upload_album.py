"""The album of one `pyimgur upload`: find it, create it, or resume an incomplete one.

The library adds the images to the album while they are uploaded, in the order of the command line, so the album is
created first. The ledger has a new album in state `open` until all images are in it: if the same command is run again,
it completes that album, even if there are more images than before.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from .._core.request import is_deletehash
from .._transfer.sources import digest, open_source
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
    """The album of a command, if it names one; `album` is set before anything is uploaded."""

    def __init__(self, im: Imgur, session: Session, ledger: Ledger, album: str | None = None) -> None:
        self.album = find_album(im, session, ledger, album) if album else None
        self._im = im
        self._session = session
        self._ledger = ledger
        self._entry: LedgerEntry | None = None
        """The entry of a new album."""
        self._created = False

    def begin(self, title: str, inputs: Sequence[UploadInput], *, reuse: bool) -> None:
        """Find the album of this title that the same command created or began before, or create it."""
        for entry in self._candidates(title, inputs, reuse=reuse):
            with suppress(ResourceNotFoundError):  # it was deleted meanwhile
                _album(self._im, entry).load()
                self.album, self._entry = _album(self._im, entry), entry
                return
        self.album, self._created = self._im.create_album(title), True
        self.album.raw.setdefault("link", f"{self._session.site.web}/a/{self.album.id}")
        self._entry = self._ledger.write(_entry(self._session, title, self.album, self._ledger.run))

    def _candidates(self, title: str, inputs: Sequence[UploadInput], *, reuse: bool) -> Iterator[LedgerEntry]:
        """Yield the albums of this title that were left open, or that have one of the files."""
        albums: set[str | None] | None = None
        for entry in _known_albums(self._session, self._ledger):
            if entry.title != title:
                continue
            if entry.state == "open":
                if self._is_left_open(entry):
                    yield entry
            elif reuse:
                if albums is None:
                    albums = {upload.album for upload in _earlier_uploads(self._session, self._ledger, inputs)}
                if {entry.id, entry.deletehash} & (albums - {None}):
                    yield entry

    def _is_left_open(self, entry: LedgerEntry) -> bool:
        """Return whether the program that created the album has ended without completing it.

        The entry is compared again, because that program may have completed the album after the entry was read.
        """
        return not self._ledger.is_in_use(entry) and entry in self._ledger.entries(id=entry.id)

    def end(self, run: UploadRun) -> None:
        """Report images that are not in the album; print the link of a new album after those of the images."""
        if run.not_added is not None:
            advice = "the pictures are uploaded; run the same command again to add them"
            run.failures.append(f"they could not be added to the album: {run.not_added} ({advice})")
        if self.album is None or self._entry is None:
            return
        if self._created and not run.images:
            with suppress(ImgurError):  # an empty album does no harm
                self.album.delete()
                self._ledger.forget(self._entry)
            return
        if run.images and run.not_added is None:
            run.print_line(as_json(self.album.raw) if run.line_format == "json" else self.album.link)
        state = "open" if run.failures else "done"
        self._ledger.write(replace(self._entry, state=state, run=self._ledger.run, when=time.time()))


def _earlier_uploads(session: Session, ledger: Ledger, inputs: Sequence[UploadInput]) -> Iterator[LedgerEntry]:
    """Yield the ledger's entries of those inputs that this account has uploaded before."""
    for file in inputs:
        try:
            sha256 = digest(open_source(file.path)) if file.path is not None else None
        except ImgurError:  # it is reported when it is uploaded
            continue
        for entry in ledger.entries(sha256=sha256, path=file.url, states=["done"]):
            if (entry.site, entry.account) == (session.site.api, session.account):
                yield entry


def print_dry_run(im: Imgur, run: UploadRun, album: str | None, new_album: str | None) -> None:
    """Print the requests about the album."""
    if album:
        run.print_line(f"POST {im.base_url}/3/album/{{{sanitize(album)}}}/add")
    if new_album:
        run.print_line(f"POST {im.base_url}/3/album title={sanitize(new_album)!r}")


def find_album(im: Imgur, session: Session, ledger: Ledger, name: str) -> Album:
    """Return the account's album of this id, link or title; without an account, one in the ledger or by delete hash.

    Raises:
        CommandError: there is none, or there are several.
    """
    url = parse_url(name, session.site) if "/" in name else None
    names = {name, url.id if url else name}
    if session.account is None:
        albums = [_album(im, entry) for entry in _known_albums(session, ledger) if {entry.id, entry.title} & names]
        if not albums and is_deletehash(name):
            albums = [Album({"id": name, "deletehash": name}, im)]
    else:
        albums = [album for album in im.get_user("me").get_albums.iter() if {album.id, album.title} & names]
    if len(albums) > 1:
        ids = ", ".join(album.id for album in albums)
        raise CommandError(f"there are {len(albums)} albums called {name!r}: name one by its id: {ids}")
    if not albums:
        owner = f"{session.account} has" if session.account else "the ledger knows"
        raise CommandError(f"{owner} no album {name!r} at {session.site.web}: use --new-album to create one")
    return albums[0]


def _known_albums(session: Session, ledger: Ledger) -> list[LedgerEntry]:
    """Return the albums of this account at this site that are in the ledger."""
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
