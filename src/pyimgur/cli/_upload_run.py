"""The uploads of one command: what has come of each, and their links in the order of the command line."""

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
    from ..client import Imgur
    from ..ledger import IfKnown, Ledger
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
"""How a picture is printed; `json` is an object a line."""


@dataclass(frozen=True)
class UploadFields:
    """What is said of each."""

    title: str | None
    titles: bool
    """Whether each is called what its file is called."""
    description: str | None

    def upload(self, given: UploadInput, moving: Transfer | None = None) -> Upload:
        """What the library takes for it."""
        title = Path(given.name).stem if self.titles and given.path else self.title
        progress = moving.update if moving else None
        return Upload(given.path, given.url, title=title, description=self.description, progress=progress)


class UploadRun:
    """All of them; `images` are those that are there, by their places.

    Results are kept in `printed`, and with `apart` printed as they come.
    """

    def __init__(self, shown: Transfers, gathered: UploadInputs, form: str = "link", *, apart: bool = True) -> None:
        self.failures: list[str] = list(gathered.failures)
        self.printed: list[str] = []
        self.images: dict[int, Image] = {}
        self.not_added: str | None = None
        """Why images that were uploaded are not in the album."""
        self.given = gathered.given
        self.form = form
        self._apart = apart
        self._shown = shown
        self._moving = [shown.add(one.name, one.size) for one in self.given]
        self._over: set[int] = set()
        self._next = 0
        self._named = False
        self._lock = threading.Lock()

    def upload(
        self, im: Imgur, about: UploadFields, concurrency: int, if_known: IfKnown, album: Album | None = None
    ) -> None:
        """Upload all, into this album if there is one; what is there when the user interrupts is printed as well."""
        self._named = about.title is not None or about.description is not None
        files = [about.upload(one, moving) for one, moving in zip(self.given, self._moving, strict=True)]
        try:
            im.upload_images(files, album, concurrency=concurrency, if_known=if_known, each=self._on_result)
        finally:
            with self._lock:
                self._over.update(range(len(self.given)))
                self._print()

    def _on_result(self, place: int, result: Image | ImgurError) -> None:
        """One is over: called by any thread, in any order."""
        with self._lock:
            if isinstance(result, NotInAlbumError) and result.image is not None:
                self.not_added, result = _reason(result), cast("Image", result.image)
            image = cast("Image | None", result.image) if isinstance(result, LedgerError) else result
            if image is not None and not isinstance(image, ImgurError):
                self.images[place] = image
            self._moving[place].end(self._what(place, result))
            self._over.add(place)
            if place < self._next and place in self.images:  # stopped, and there after all
                self.say(FORMATS[self.form](self.images[place]))
            self._print()

    def _what(self, place: int, result: Image | ImgurError) -> str:
        """What became of one, where it was not just uploaded."""
        if not isinstance(result, ImgurError):
            stays = "; its title and description stay" if self._named else ""
            return f"uploaded before, as {result.link} (--force uploads it again){stays}" if result.reused else ""
        text = result.message.replace("if_known='ignore'", "--force")
        self.failures.append(f"{self.given[place].name}: {text}")
        return "failed"

    def _print(self) -> None:
        """Print what is next in order, as far as it is there."""
        while self._next in self._over:
            if (image := self.images.get(self._next)) is not None:
                self.say(FORMATS[self.form](image))
            self._next += 1

    def say(self, line: str) -> None:
        """Print a result; Imgur's links may be no links."""
        line = sanitize(line)
        self.printed.append(line)
        if self._apart:
            self._shown.result(line)


def _reason(error: NotInAlbumError) -> str:
    cause = error.__cause__
    return cause.message if isinstance(cause, ImgurError) else error.message


def print_dry_run(
    im: Imgur, ledger: Ledger | None, gathered: UploadInputs, about: UploadFields, *, apart: bool = True
) -> UploadRun:
    """What would be asked, printed instead of the results; what `ledger` has would not be sent."""
    run = UploadRun(Transfers("asked"), gathered, apart=apart)
    for one in gathered.given:
        try:
            run.say(_request(im, ledger, about.upload(one), one))
        except ImgurError as error:
            run.failures.append(f"{one.name}: {error.message}")
    return run


def _request(im: Imgur, ledger: Ledger | None, upload: Upload, given: UploadInput) -> str:
    from .._transfer.sources import open_source
    from .._transfer.upload import digest

    if upload.path is not None and ledger is not None:
        known = ledger.entries(sha256=digest(open_source(upload.path)), states=["done"])
        anonymous = im.access_token is None
        for entry in known:
            if entry.site == im.site.api and (entry.account is None) == anonymous:
                return f"# {sanitize(given.name)} was uploaded before, as {entry.link}"
    exchange = _first(type(im).upload_image.describe(im, upload.path, upload.url))
    size = f" ({given.size:,} bytes)" if given.size is not None else ""
    told = {"title": upload.title, "description": upload.description}
    fields = "".join(f" {name}={sanitize(text)!r}" for name, text in told.items() if text is not None)
    return f"{exchange.method} {exchange.url} {sanitize(given.name)}{size}{fields}"


def _first(flow: Generator[Any, Any, Any]) -> HTTPRequest:
    """The first message that the steps would send."""
    step = next(flow)
    while not isinstance(step, HTTPRequest):
        step = flow.send(None)
    flow.close()
    return step
