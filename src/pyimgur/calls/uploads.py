"""The part of `Imgur` that sends files."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from secrets import token_hex
from typing import Any

from .. import _flow
from .._endpoint import Bound, M, action
from .._media import Progress, Uploadable, decoded, source
from .._request import Flow, Together, post
from .._upload import upload
from ..exceptions import ImgurError
from ..objects import Album, Image


class UploadCalls(Bound[M]):
    """The calls that upload pictures and videos."""

    @action
    def upload_image(
        self,
        path: Uploadable | None = None,
        url: str | None = None,
        title: str | None = None,
        description: str | None = None,
        album: Album[Any] | str | None = None,
        *,
        base64: str | None = None,
        name: str | None = None,
        disable_audio: bool = False,
        progress: Progress | None = None,
    ) -> Flow[Image[M]]:
        """Upload a picture or video and give it, as Imgur has it now.

        Args:
            path: a path, bytes, or a file opened in binary mode; read in steps, never whole.
            url: instead of `path`: an address Imgur fetches the picture from.
            title: at most 128 characters are kept.
            description: any text.
            album: where to put it: an album, its id, or without a user its delete hash.
            base64: instead of `path`: the picture as base64 text, such as a data URI's.
            name: the file's name to keep, if not that of the file.
            disable_audio: of a video, leave the sound out.
            progress: called with the bytes sent so far and in all (None: not known).

        Raises:
            FileError: the file is missing, empty or too large; nothing was sent.
            UnsupportedFileError: Imgur takes no such file.
            UploadUncertain: all was sent and no answer came; it may have arrived and is not sent again.
            ValueError: not exactly one of path, url and base64 was given, or that is no base64.
        """
        if sum(given is not None for given in (path, url, base64)) != 1:
            raise ValueError("give a path (or bytes, or an open file), or a url, or base64")
        if base64 is not None:
            path = decoded(base64)
        fields = {"title": title, "description": description, "album": self._album_key(album), "name": name}
        kind = {"disable_audio": disable_audio or None, **({"image": url, "type": "url"} if url else {})}
        request = post("3/image", Image[M], **fields, **kind).costing(10)
        if path is None:
            return (yield from _flow.call(self._runner, request))
        return (yield from upload(self._runner, replace(request, file=source(path)), token_hex(16), progress))

    @action
    def upload_images(
        self, files: Iterable[Uploadable], album: Album[Any] | str | None = None, *, concurrency: int = 4
    ) -> Flow[list[Image[M] | ImgurError]]:
        """Upload many, a few at a time; gives for each, in order, the picture or the error that stopped it.

        Args:
            files: what `upload_image` takes.
            album: where to put them all; they stand there in the order in which they arrived.
            concurrency: how many are on their way at once.
        """
        flows = [UploadCalls.upload_image.describe(self, file, album=album) for file in files]
        return (yield Together(flows, max(1, concurrency)))

    def _album_key(self, album: Album[Any] | str | None) -> str | None:
        if not isinstance(album, Album):
            return album
        return album.id if self._runner.state.access_token else album.deletehash or album.id
