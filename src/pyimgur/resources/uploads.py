"""The part of `Imgur` that sends files."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import fields, replace
from functools import partial
from secrets import token_hex
from typing import Any, cast

from .._core.effects import Flow, Gather
from .._core.endpoint import M, action
from .._core.request import UPLOAD_CREDITS, Request, check_choice, is_deletehash, post
from .._core.source import Progress
from .._policy.flow import execute
from .._transfer.album_upload import OnResult, OrderedUploads
from .._transfer.sources import Upload, Uploadable, check_uploadable, decode_base64, open_source
from .._transfer.upload import upload
from ..exceptions import ArgumentError, ImgurError
from ..ledger import IfKnown, Ledger
from ..urls import ALBUM
from ._base import ClientBound
from .album import Album
from .content import known_deletehash
from .image import Image


class UploadCalls(ClientBound[M]):
    """The calls that upload pictures and videos."""

    _ledger: Ledger | None = None

    @action
    def upload_image(
        self,
        path: Uploadable | None = None,
        url: str | None = None,
        title: str | None = None,
        description: str | None = None,
        album: Album[Any] | str | None = None,
        *,
        base64: str | bytes | None = None,
        name: str | None = None,
        disable_audio: bool = False,
        if_known: IfKnown = "resume",
        progress: Progress | None = None,
    ) -> Flow[Image[M]]:
        """Upload a picture or video and give it, as Imgur has it now.

        Args:
            path: a path, bytes, or a file opened in binary mode; read in steps, never whole.
            url: instead of `path`: an address Imgur fetches the picture from.
            title: at most 128 characters are kept.
            description: any text.
            album: where to put it: an album, its id or link, or without a user its delete hash.
            base64: instead of `path`: the picture as base64 text, such as a data URI's.
            name: the file's name to keep, if not that of the file.
            disable_audio: of a video, leave the sound out.
            if_known: of a client with a ledger in which the file stands: 'resume' what was left open, 'reuse' the
                picture it was before too, or 'ignore' that and send it.
            progress: called with the bytes sent so far and in all (None: not known); of a pipe, from another thread.

        Raises:
            FileError: the file is missing, empty or too large; nothing was sent.
            UnsupportedFileError: Imgur takes no such file.
            UploadUncertain: all was sent and no answer came; it may have arrived. The text says if it was sent again.
            LedgerError: the ledger cannot be written; nothing was sent, or `image` of the error says what was.
            ArgumentError: not exactly one of path, url and base64 was given, that is no base64, or `if_known` is
                none of its words.
        """
        check_choice("if_known", if_known, IfKnown)
        if isinstance(path, str) and not path:
            path = None  # none given, to PyImgur
        if sum((path is not None, bool(url), base64 is not None)) != 1:
            raise ArgumentError("give a path (or bytes, or an open file), or a url, or base64")
        if base64 is not None:
            path = decode_base64(base64)
        request = self._image_request(url, title, description, album, name, disable_audio=disable_audio)
        if path is not None:
            request = replace(request, file=open_source(path))
        if self._ledger is not None:
            from .._transfer.ledgered_upload import upload_with_ledger

            return (yield from upload_with_ledger(self._runner, request, self._ledger, if_known, progress))
        if path is None:
            return (yield from execute(self._runner, request))
        return (yield from upload(self._runner, request, token_hex(16), progress))

    def _image_request(
        self,
        url: str | None,
        title: str | None,
        description: str | None,
        album: Album[Any] | str | None,
        name: str | None,
        *,
        disable_audio: bool,
    ) -> Request[Image[M]]:
        """The call that uploads, still without a file."""
        fields = {"title": title, "description": description, "album": self._album_key(album), "name": name}
        kind = {"disable_audio": disable_audio or None, **({"image": url, "type": "url"} if url else {})}
        request = post("3/image", Image[M], **fields, **kind).costing(UPLOAD_CREDITS)
        known = album if isinstance(album, Album) else fields["album"]
        return request.defaults(title=title, description=description, album=_album_id(known), reused=False)

    @action
    def upload_images(
        self,
        files: Iterable[Uploadable | Upload],
        album: Album[Any] | str | None = None,
        *,
        concurrency: int = 4,
        if_known: IfKnown = "resume",
        each: Callable[[int, Image[M] | ImgurError], object] | None = None,
    ) -> Flow[list[Image[M] | ImgurError]]:
        """Upload many, a few at a time; gives for each, in order, the picture or the error that stopped it.

        Args:
            files: what `upload_image` takes, or an `Upload` with a title and more.
            album: where to put them all, behind what it holds: they stand there in the order of `files`, also where
                this is interrupted. The first is uploaded alone; the others are added in further calls, at one credit
                each. With 'reuse', images of an earlier call that were removed from the album are put back, and those
                that must come after them are moved to its end. An image that was uploaded but not added is a
                `NotInAlbumError` with that `image`.
            concurrency: how many are on their way at once.
            if_known: as for `upload_image`.
            each: called with the place and the picture or error of each, as soon as it is there (and in the album).

        Raises:
            ArgumentError: `if_known` is none of its words.
            TypeError: one of them can never be uploaded; nothing was sent.
        """
        check_choice("if_known", if_known, IfKnown)
        if isinstance(files, (str, bytes, os.PathLike)):
            raise TypeError(f"give a list of files, not one {type(files).__name__}: [file]")
        files = list(files)
        for file in files:
            if not isinstance(file, Upload) or file.url is None:
                check_uploadable(file.path if isinstance(file, Upload) else file)
        uploads = [file if isinstance(file, Upload) else Upload(file) for file in files]
        tell = each or _ignore_result
        if album is None or album == "":
            flows = [self._told(index, self._upload(one, None, if_known), tell) for index, one in enumerate(uploads)]
            return (yield Gather(flows, max(1, concurrency)))
        return (yield from self._upload_in_order(uploads, album, max(1, concurrency), if_known, tell))

    def _upload_in_order(
        self, uploads: list[Upload], album: Album[Any] | str, concurrency: int, if_known: IfKnown, tell: OnResult
    ) -> Flow[list[Image[M] | ImgurError]]:
        order = OrderedUploads[Image[M]](self._runner, self._album_to_fill(album), self._ledger, tell)
        sends = [partial(self._upload, one, if_known=if_known) for one in uploads]
        results: list[Any] = []
        for index, send in enumerate(sends):
            if order.begun:
                break
            results.append((yield from order.first(index, send)))
        rest = [order.later(index, send) for index, send in enumerate(sends)][len(results) :]
        results += yield Gather(rest, concurrency)
        return (yield from order.settled(results))

    def _upload(self, one: Upload, album: Album[Any] | str | None, if_known: IfKnown) -> Flow[Image[M]]:
        given = {field.name: getattr(one, field.name) for field in fields(one)}
        flow = UploadCalls.upload_image.describe(self, **given, album=album, if_known=if_known)
        return cast("Image[M]", (yield from flow))

    def _told(self, index: int, flow: Flow[Image[M]], tell: OnResult) -> Flow[Image[M]]:
        try:
            image = yield from flow
        except ImgurError as error:
            tell(index, error)
            raise
        tell(index, image)
        return image

    def _album_to_fill(self, album: Album[Any] | str) -> Album[M]:
        """Return the album as an object of this client, with no more than what names it."""
        if not isinstance(album, Album):
            return Album({"id": self._album_key(album)}, self)
        deletehash = known_deletehash(album)
        return Album({"id": album.id, **({"deletehash": deletehash} if deletehash else {})}, self)

    def _album_key(self, album: Album[Any] | str | None) -> str | None:
        if not isinstance(album, Album):
            return self._key_in(album, *ALBUM)
        return album.id if self._runner.state.access_token else known_deletehash(album) or album.id


def _album_id(album: Album[Any] | str | None) -> str | None:
    """The album's id, where a delete hash does not hide it."""
    known = album.id if isinstance(album, Album) else album
    return None if is_deletehash(known) else known


def _ignore_result(index: int, result: object) -> None:
    """What is called where nobody wants to know."""
