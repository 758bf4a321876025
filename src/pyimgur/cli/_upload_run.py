"""Run the uploads of one command, and print their links in the order of the command line."""

from __future__ import annotations

import html
import re
import threading
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from .._core.effects import HTTPRequest
from .._transfer.sources import Upload
from ..exceptions import ImgurError, LedgerError, NotInAlbumError
from ._output import as_json
from ._progress import Transfer, Transfers
from ._terminal_text import sanitize
from ._upload_inputs import UploadInput, UploadInputs

if TYPE_CHECKING:
    from .._core.source import IfKnown
    from ..client import Imgur
    from ..ledger import Ledger
    from ..resources import Album, Image

VIDEOS = (".mp4", ".webm")


def _title(image: Image) -> str:
    return sanitize(image.raw.get("title") or "")


def _markdown(image: Image) -> str:
    alt = re.sub(r"([\\\[\]])", r"\\\1", _title(image))
    return f"![{alt}]({image.link})"


def _html(image: Image) -> str:
    link, title = html.escape(image.link), html.escape(_title(image))
    return f'<video src="{link}" controls></video>' if link.endswith(VIDEOS) else f'<img src="{link}" alt="{title}">'


def _bbcode(image: Image) -> str:
    return f"[url]{image.link}[/url]" if image.link.endswith(VIDEOS) else f"[img]{image.link}[/img]"


def _json(image: Image) -> str:
    return as_json({"reused": False, **image.raw})


FORMATS: Mapping[str, Callable[[Image], str]] = {
    "link": lambda image: image.link,
    "markdown": _markdown,
    "html": _html,
    "bbcode": _bbcode,
    "json": _json,
}
"""Name of a format -> how an image is printed in it; `json` is one object per line."""


@dataclass(frozen=True)
class UploadFields:
    """The title and description of all images of a command."""

    title: str | None
    names_as_titles: bool
    """Whether the title of each image is its file name."""
    description: str | None

    def upload(self, file: UploadInput, transfer: Transfer | None = None) -> Upload:
        """Return the library's description of this upload."""
        title = Path(file.name).stem if self.names_as_titles and file.path else self.title
        progress = transfer.update if transfer else None
        return Upload(file.path, file.url, title=title, description=self.description, progress=progress)


class UploadRun:
    """The uploads of one command.

    Attributes:
        images: the uploaded images, by their positions on the command line.
        printed: the lines of output.
        failures: error messages.
        not_added: why uploaded images are not in the album.
    """

    def __init__(
        self, progress: Transfers, inputs: UploadInputs, line_format: str = "link", *, print_lines: bool = True
    ) -> None:
        self.failures: list[str] = list(inputs.failures)
        self.printed: list[str] = []
        self.images: dict[int, Image] = {}
        self.not_added: str | None = None
        self.files = inputs.files
        self.line_format = line_format
        self._print_lines = print_lines
        """Whether lines are printed at once; otherwise they are only collected in `printed`."""
        self._progress = progress
        self._transfers = [progress.add(file.name, file.size) for file in self.files]
        self._finished: set[int] = set()
        self._next = 0
        """The index of the first file whose line is not printed yet."""
        self._has_fields = False
        """Whether the command sets a title or a description."""
        self._lock = threading.Lock()

    def upload(
        self, im: Imgur, fields: UploadFields, concurrency: int, if_known: IfKnown, album: Album | None = None
    ) -> None:
        """Upload all files, into this album if there is one.

        If the user interrupts it, the links of the images that are uploaded by then are printed too.
        """
        self._has_fields = fields.title is not None or fields.description is not None
        uploads = [fields.upload(file, transfer) for file, transfer in zip(self.files, self._transfers, strict=True)]
        try:
            im.upload_images(uploads, album, concurrency=concurrency, if_known=if_known, each=self._on_result)
        finally:
            with self._lock:
                self._finished.update(range(len(self.files)))
                self._print_finished()

    def _on_result(self, index: int, result: Image | ImgurError) -> None:
        """Take the result of one upload; any thread may call this, in any order."""
        with self._lock:
            if isinstance(result, NotInAlbumError) and result.image is not None:
                self.not_added, result = _reason(result), cast("Image", result.image)
            image = cast("Image | None", result.image) if isinstance(result, LedgerError) else result
            if image is not None and not isinstance(image, ImgurError):
                self.images[index] = image
            self._transfers[index].end(self._outcome_note(index, result))
            self._finished.add(index)
            if index < self._next and index in self.images:  # it finished after the user interrupted the command
                self.print_line(FORMATS[self.line_format](self.images[index]))
            self._print_finished()

    def _outcome_note(self, index: int, result: Image | ImgurError) -> str:
        """Return the note on an upload that was reused or failed, and record the failure; empty for a new image."""
        if not isinstance(result, ImgurError):
            unchanged = "; its title and description stay" if self._has_fields else ""
            return f"uploaded before, as {result.link} (--force uploads it again){unchanged}" if result.reused else ""
        text = result.message.replace("if_known='ignore'", "--force")
        self.failures.append(f"{self.files[index].name}: {text}")
        return "failed"

    def _print_finished(self) -> None:
        """Print the next finished images, in the order of the command line."""
        while self._next in self._finished:
            if (image := self.images.get(self._next)) is not None:
                self.print_line(FORMATS[self.line_format](image))
            self._next += 1

    def print_line(self, line: str) -> None:
        """Print a result without control characters, which a server could put into a link."""
        line = sanitize(line)
        self.printed.append(line)
        if self._print_lines:
            self._progress.result(line)


def _reason(error: NotInAlbumError) -> str:
    """Return why the image is not in the album, without repeating that it was uploaded."""
    cause = error.__cause__
    return cause.message if isinstance(cause, ImgurError) else error.message


def print_dry_run(
    im: Imgur, ledger: Ledger | None, inputs: UploadInputs, fields: UploadFields, *, print_lines: bool = True
) -> UploadRun:
    """Print the requests that an upload would make; images that are in `ledger` would not be uploaded."""
    run = UploadRun(Transfers(""), inputs, print_lines=print_lines)
    for file in inputs.files:
        try:
            run.print_line(_describe_upload(im, ledger, fields.upload(file), file))
        except ImgurError as error:
            run.failures.append(f"{file.name}: {error.message}")
    return run


def _describe_upload(im: Imgur, ledger: Ledger | None, upload: Upload, file: UploadInput) -> str:
    """Return the request of an upload as a line; a comment if the ledger has the image already."""
    from .._transfer.sources import digest, open_source

    if upload.path is not None and ledger is not None:
        entries = ledger.entries(sha256=digest(open_source(upload.path)), states=["done"])
        anonymous = im.access_token is None
        for entry in entries:
            if entry.site == im.site.api and (entry.account is None) == anonymous:
                return f"# {sanitize(file.name)} was uploaded before, as {entry.link}"
    request = _first_request(type(im).upload_image.describe(im, upload.path, upload.url))
    size = f" ({file.size:,} bytes)" if file.size is not None else ""
    values = {"title": upload.title, "description": upload.description}
    fields = "".join(f" {name}={sanitize(text)!r}" for name, text in values.items() if text is not None)
    return f"{request.method} {request.url} {sanitize(file.name)}{size}{fields}"


def _first_request(flow: Generator[Any, Any, Any]) -> HTTPRequest:
    """Return the first request of a flow."""
    effect = next(flow)
    while not isinstance(effect, HTTPRequest):
        effect = flow.send(None)
    flow.close()
    return effect
