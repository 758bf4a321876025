"""`pyimgur download`: download the images of any URL into a folder."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import click

from .._core.request import is_deletehash
from .._transfer.filename_template import DEFAULT_TEMPLATE, FIELDS, Template
from ..exceptions import FileError, ImgurError
from ..resources._thumbnails import THUMBNAILS
from ._link_list import read_links
from ._options import examples, validate
from ._output import Output, output_options
from ._progress import Transfer, Transfers, transfers
from ._session import Session, session_options
from ._signals import exit_on_signal
from ._terminal_text import sanitize

if TYPE_CHECKING:
    import io

    from ..client import Imgur
    from ..pictures import Download, Picture
    from ..resources import Size

_OUTCOME_WORDS = {"there": "already there", "planned": "would be saved", "failed": "failed"}


def template_text(text: str) -> str:
    """Return a template of file names; a callback of options that refuses invalid ones."""
    Template(text)
    return text


@click.command(
    epilog=examples(
        "pyimgur download https://imgur.com/a/aBcdeFg",
        "pyimgur download aBcdeFg --to pictures --name '{title} {id}'",
        "pyimgur download https://imgur.com/user/me --metadata   # all you uploaded",
        "pyimgur download https://imgur.com/t/cats --limit 50 --size huge_thumbnail",
        "pyimgur download - <addresses.txt",
    )
)
@click.argument("addresses", metavar="[URL]...", nargs=-1)
@click.option(
    "--input-file",
    "-i",
    "lists",
    metavar="FILE",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Also read links from this file; # starts a comment. May be repeated.",
)
@click.option(
    "--to",
    "folder",
    type=click.Path(file_okay=False, readable=False, writable=True, path_type=Path),
    default=".",
    help="The folder, created if it does not exist. [default: the current one]",
)
@click.option(
    "--name",
    default=DEFAULT_TEMPLATE,
    show_default=True,
    callback=validate(template_text),
    help=f"The template for file names; a / starts a folder. Fields: {', '.join(f'{{{name}}}' for name in FIELDS)}.",
)
@click.option("--limit", "-L", type=click.IntRange(min=1), help="The maximum number of images for each URL.")
@click.option(
    "--size",
    metavar="SIZE",
    type=click.Choice(list(THUMBNAILS)),
    help=f"Download a thumbnail: {', '.join(THUMBNAILS)}.",
)
@click.option("--mp4", is_flag=True, help="Download animations as MP4.")
@click.option("--metadata", is_flag=True, help="Save the API's data about each image beside it, as JSON.")
@click.option(
    "--with-secrets", is_flag=True, help="Keep delete hashes in the metadata, in files that only you can read."
)
@click.option(
    "--concurrency",
    "-j",
    type=click.IntRange(1, 32),
    default=4,
    show_default=True,
    help="The number of concurrent downloads.",
)
@click.option("--dry-run", "-n", is_flag=True, help="Save nothing; print what would be saved.")
@click.option("--quiet", "-q", is_flag=True, help="Show no progress, only failures.")
@output_options
@session_options
def download(
    session: Session,
    output: Output,
    addresses: tuple[str, ...],
    lists: tuple[Path, ...],
    folder: Path,
    name: str,
    quiet: bool,
    **options: Any,
) -> int:
    """Download the images behind each URL, in order.

    URL is the link or id of an image, an album or a post, or the link of a user (their posts; for /user/me, all your
    uploads), a user's favorites, a tag, a subreddit or a search. Use - to read links from standard input, or -i to read
    them from a file: one or more per line, UTF-8 or UTF-16; # starts a comment.

    Files that exist are skipped. If it is interrupted, run the same command again to resume. A file that is truncated,
    damaged or was changed is downloaded again, so save your own edits under another name.

    The paths of new files go to standard output; --json reports every image. The exit code is 1 if any download failed;
    the failures are listed at the end.
    """
    if not (addresses or lists):
        raise click.UsageError("Name what to download: links or ids, - for standard input, or --input-file.")
    failures: list[str] = []
    with ExitStack() as exits:
        exits.enter_context(exit_on_signal("run the same command again to resume"))
        im = exits.enter_context(session.client())
        progress = exits.enter_context(transfers("saved", quiet=quiet))
        print_result = exits.enter_context(output.results(progress.result))
        for url in _urls(addresses, lists, progress):
            failures += _DownloadReport(progress, folder, im, print_result).failures(url, name=name, **options)
    for failure in failures:
        click.echo(f"pyimgur: {sanitize(failure)}", err=True)
    return 1 if failures else 0


def _urls(addresses: tuple[str, ...], lists: tuple[Path, ...], progress: Transfers) -> Iterator[str]:
    """Yield the URLs of the command line, with those of standard input in place of each -; then those of lists."""
    for address in addresses:
        if address == "-":
            if sys.stdin.isatty():
                progress.note("Type or paste links, one per line; finish with Ctrl-D.")
            yield from read_links(cast("io.BufferedReader", sys.stdin.buffer))
        else:
            yield address
    for path in lists:
        with path.open("rb") as file:
            yield from read_links(file)


def _redacted(url: str) -> str:
    """Return a URL for messages, with delete hashes replaced."""
    return re.sub(r"[^/?#&=]+", lambda part: "…" if is_deletehash(part[0]) else part[0], url)


class _DownloadReport:
    """Downloads the images of one URL, and reports progress and results."""

    def __init__(
        self,
        progress: Transfers,
        folder: Path,
        im: Imgur,
        print_result: Callable[[str, Mapping[str, object]], None],
    ) -> None:
        self._progress = progress
        self._print_result = print_result
        self._folder = folder
        self._im = im
        self._transfers: dict[int, Transfer] = {}

    def failures(self, url: str, *, size: str | None, **options: Any) -> list[str]:
        """Download all images, and return error messages.

        Raises:
            FileError: the disk is full, or the folder cannot be written to.
        """
        failures: list[str] = []
        is_empty = True
        try:
            image_size = cast("Size | None", size)
            for item in self._im.download.iter(url, self._folder, size=image_size, progress=self._on_bytes, **options):
                is_empty = False
                failures += self._on_result(item)
        except FileError:
            raise
        except ImgurError as error:
            failures.append(f"{_redacted(url)}: {error.sentence}")
            fields = {"outcome": "failed", "link": url, "id": None, "path": None, "error": error.sentence}
            self._print_result("", fields)
        if is_empty and not failures:
            self._progress.note(f"{sanitize(_redacted(url))}: there are no pictures")
        return failures

    def _on_bytes(self, picture: Picture[Any], done: int, total: int | None) -> None:
        self._transfer(picture, total).update(done, total)

    def _transfer(self, picture: Picture[Any], size: int | None = None) -> Transfer:
        if picture.number not in self._transfers:
            name = str(picture.image.raw.get("title") or picture.id)
            self._transfers[picture.number] = self._progress.add(name, size)
        return self._transfers[picture.number]

    def _on_result(self, item: Download) -> list[str]:
        """Report the result of one download; return its error message, if it failed."""
        if item.picture is not None:
            self._transfer(item.picture).end(_OUTCOME_WORDS.get(item.outcome, ""))
            self._transfers.pop(item.picture.number, None)
        path = None if item.path is None else str(item.path)
        fields = {"outcome": item.outcome, "link": item.link, "id": item.picture and item.picture.id, "path": path}
        is_new = item.outcome in {"saved", "planned"}
        self._print_result(str(path) if is_new else "", {**fields, "error": item.error and item.error.message})
        return [] if item.error is None else [f"{item.link}: {item.error.message}"]
