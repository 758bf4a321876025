"""Client calls that upload images and videos, one or many, also in order into an album."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import fields, replace
from functools import partial
from secrets import token_hex
from typing import TYPE_CHECKING, Any, cast

from .._core.effects import Flow, Gather
from .._core.endpoint import M, action
from .._core.request import UPLOAD_CREDITS, Request, check_choice, is_deletehash, post
from .._core.source import IfKnown, Progress
from .._policy.flow import execute
from .._transfer.album_upload import OnResult, OrderedUploads
from .._transfer.sources import Upload, Uploadable, check_uploadable, decode_base64, open_source
from .._transfer.upload import upload
from ..exceptions import ArgumentError, ImgurError
from ..urls import ALBUM
from ._client_bound import ClientBound
from .album import Album
from .content import known_deletehash
from .image import Image

if TYPE_CHECKING:
    from ..ledger import Ledger


class UploadCalls(ClientBound[M]):
    """Client calls that upload images and videos."""

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
        """Upload an image or video and return it as an `Image`.

        Args:
            path: a path, bytes, or a file opened in binary mode; read in chunks, never loaded whole.
            url: instead of `path`: a URL from which Imgur fetches the image.
            title: its title; at most 128 characters are kept.
            description: any text.
            album: the album to add it to: an album, its id or link, or without a login its delete hash.
            base64: instead of `path`: the image as base64 text, or a data URI.
            name: the file name to store, if not that of the file.
            disable_audio: remove the sound of a video.
            if_known: what a client with a ledger does if the file is in the ledger: 'resume' an unfinished upload,
                'reuse' also the image of a finished one, or 'ignore' the entry and upload the file.
            progress: called with the bytes sent so far and the total (None if unknown); for a pipe, from another
                thread.

        Raises:
            FileError: the file is missing, empty or too large; nothing was sent.
            UnsupportedFileError: Imgur does not accept such files.
            UploadUncertain: everything was sent and no response came; it may have arrived. The text says if it was
                sent again.
            LedgerError: the ledger cannot be written; either nothing was sent, or `image` of the error is the image
                that was uploaded.
            ArgumentError: not exactly one of path, url and base64 was given, the base64 is invalid, or `if_known` is
                not one of its values.
        """
        check_choice("if_known", if_known, IfKnown)
        if isinstance(path, str) and not path:
            path = None  # in PyImgur an empty path means no path
        if sum((path is not None, bool(url), base64 is not None)) != 1:
            raise ArgumentError("give a path (or bytes, or an open file), or a url, or base64")
        if base64 is not None:
            path = decode_base64(base64)
        request = self._image_request(url, title, description, album, name, disable_audio=disable_audio)
        if path is not None:
            request = replace(request, file=open_source(path))
        if self._ledger is not None:
            from .._transfer.ledgered_upload import upload_with_ledger

            return (yield from upload_with_ledger(self._executor, request, self._ledger, if_known, progress))
        if path is None:
            return (yield from execute(self._executor, request))
        return (yield from upload(self._executor, request, token_hex(16), progress))

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
        """Return the upload request, without the file."""
        fields = {"title": title, "description": description, "album": self._album_key(album), "name": name}
        source = {"disable_audio": disable_audio or None, **({"image": url, "type": "url"} if url else {})}
        request = post("3/image", Image[M], **fields, **source).costing(UPLOAD_CREDITS)
        album_id = _album_id(album if isinstance(album, Album) else fields["album"])
        return request.defaults(title=title, description=description, album=album_id, reused=False)

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
        """Upload many files, several at a time, and return for each, in order, the image or the error that stopped it.

        Args:
            files: what `upload_image` accepts, or an `Upload` with a title and more.
            album: the album to append them to, in the order of `files`, even if this is interrupted. The first is
                uploaded alone; the others are added in further calls, at one credit each. With 'reuse', images of an
                earlier call that were removed from the album are added again, and those that must come after them are
                moved to its end. An image that was uploaded but not added is a `NotInAlbumError` with that `image`.
            concurrency: how many files are uploaded at the same time.
            if_known: as for `upload_image`.
            each: called with the index and the image or error of each file, as soon as it is uploaded (and in the
                album). The sync client calls it from another thread, one call at a time, while all uploads wait.

        Raises:
            ArgumentError: `if_known` is not one of its values.
            TypeError: one of the files can never be uploaded; nothing was sent.
        """
        check_choice("if_known", if_known, IfKnown)
        if isinstance(files, (str, bytes, os.PathLike)):
            raise TypeError(f"give a list of files, not one {type(files).__name__}: [file]")
        files = list(files)
        for file in files:
            if not isinstance(file, Upload) or file.url is None:
                check_uploadable(file.path if isinstance(file, Upload) else file)
        uploads = [file if isinstance(file, Upload) else Upload(file) for file in files]
        on_result = each or _ignore_result
        if album is None or album == "":
            flows = [
                self._with_callback(index, self._upload(item, None, if_known), on_result)
                for index, item in enumerate(uploads)
            ]
            return (yield Gather(flows, max(1, concurrency)))
        return (yield from self._upload_in_order(uploads, album, max(1, concurrency), if_known, on_result))

    def _upload_in_order(
        self, uploads: list[Upload], album: Album[Any] | str, concurrency: int, if_known: IfKnown, on_result: OnResult
    ) -> Flow[list[Image[M] | ImgurError]]:
        order = OrderedUploads[Image[M]](self._executor, self._bind_album(album), self._ledger, on_result)
        sends = [partial(self._upload, item, if_known=if_known) for item in uploads]
        results: list[Any] = []
        for index, send in enumerate(sends):
            if order.accepts_images:
                break
            results.append((yield from order.upload_first(index, send)))
        rest = [order.upload_behind(index, send) for index, send in enumerate(sends)][len(results) :]
        results += yield Gather(rest, concurrency)
        return (yield from order.finish(results))

    def _upload(self, item: Upload, album: Album[Any] | str | None, if_known: IfKnown) -> Flow[Image[M]]:
        arguments = {field.name: getattr(item, field.name) for field in fields(item)}
        flow = UploadCalls.upload_image.describe(self, **arguments, album=album, if_known=if_known)
        return cast("Image[M]", (yield from flow))

    def _with_callback(self, index: int, flow: Flow[Image[M]], on_result: OnResult) -> Flow[Image[M]]:
        """Run an upload, and call `on_result` with its image or error."""
        try:
            image = yield from flow
        except ImgurError as error:
            on_result(index, error)
            raise
        on_result(index, image)
        return image

    def _bind_album(self, album: Album[Any] | str) -> Album[M]:
        """Return the album as an object of this client, with only its id and delete hash."""
        if not isinstance(album, Album):
            return Album({"id": self._album_key(album)}, self)
        deletehash = known_deletehash(album)
        return Album({"id": album.id, **({"deletehash": deletehash} if deletehash else {})}, self)

    def _album_key(self, album: Album[Any] | str | None) -> str | None:
        if not isinstance(album, Album):
            return self._key_in(album, *ALBUM)
        return album.id if self._executor.state.access_token else known_deletehash(album) or album.id


def _album_id(album: Album[Any] | str | None) -> str | None:
    """Return the album's id; None if only its delete hash is known."""
    key = album.id if isinstance(album, Album) else album
    return None if is_deletehash(key) else key


def _ignore_result(index: int, result: object) -> None:
    """Do nothing: the callback if none was given."""
