"""Compare a backup with a server: the same ids, digests, and order of albums."""

from __future__ import annotations

import tempfile
from pathlib import Path, PurePosixPath
from typing import Any, cast

from ..client import Imgur
from ..exceptions import AnswerError, NoAnswerError, ResourceNotFoundError
from .files import DigestSink, FileCalls
from .records import ACCOUNT_PICTURE, with_ids
from .rows import Item


class Comparison:
    """Compares with the server of a client."""

    def __init__(self, im: Imgur) -> None:
        self._im = im
        self._files = FileCalls(im._executor)  # pyright: ignore[reportPrivateUsage] - the executor is the client

    def image(self, item: Item) -> str:
        """Return how the server's file of an image differs; empty if it is the same."""
        if item.kind == ACCOUNT_PICTURE:
            return ""
        link = f"{self._im.site.images}/{item.id}{PurePosixPath(item.path or '').suffix}"
        with tempfile.TemporaryDirectory(prefix="pyimgur-") as folder:
            sink = DigestSink(Path(folder) / "file")
            try:
                received = self._files.save(link, sink, f'"{item.sha256}"')
            except ResourceNotFoundError:
                return "the server does not have it"
            except (AnswerError, NoAnswerError) as error:
                return error.sentence
        return "" if received is None or sink.sha256 == item.sha256 else "the server has another file"

    def album(self, id: str, members: list[str]) -> str:
        """Return how the server's album differs; empty if it has the same images in the same order."""
        try:
            payload = self._im.send_request(f"3/album/{id}")
        except ResourceNotFoundError:
            return "the server does not have it"
        except (AnswerError, NoAnswerError) as error:
            return error.sentence
        album = cast("dict[str, Any]", payload) if isinstance(payload, dict) else {}
        found = [str(image["id"]) for image in with_ids(album.get("images"))]
        if found == members:
            return ""
        return "the order of the images differs" if sorted(found) == sorted(members) else "it has other images"
