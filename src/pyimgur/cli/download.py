"""`pyimgur download`: the pictures behind any address, into a folder."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import click

from .._core.request import is_deletehash
from .._transfer.filename_template import FIELDS, NAME, Template
from ..exceptions import FileError, ImgurError
from ..resources.image import THUMBNAILS
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


def _template(text: str) -> str:
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
    default=NAME,
    show_default=True,
    callback=validate(_template),
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
    uploads), a user's favorites, a tag, a subreddit or a search. Use - to read links from standard input, or
    --input-file to read them from a file: one or more per line, UTF-8 or UTF-16; # starts a comment.

    Files that exist are skipped. If it is interrupted, run the same command again to resume. A file that is truncated,
    damaged or was changed is downloaded again, so save your own edits under another name.

    The paths of new files go to standard output; --json reports every image. The exit code is 1 if any download failed;
    the failures are listed at the end.
    """
    if not (addresses or lists):
        raise click.UsageError("Name what to download: links or ids, - for standard input, or --input-file.")
    failures: list[str] = []
    again = exit_on_signal("run the same command again to resume")
    with ExitStack() as exits:
        exits.enter_context(again)
        im, shown = exits.enter_context(session.client()), exits.enter_context(transfers("saved", quiet=quiet))
        result = exits.enter_context(output.results(shown.result))
        for address in _given(addresses, lists, shown):
            failures += _DownloadReport(shown, folder, im, result).failures(address, name=name, **options)
    for failure in failures:
        click.echo(f"pyimgur: {sanitize(failure)}", err=True)
    return 1 if failures else 0


def _given(addresses: tuple[str, ...], lists: tuple[Path, ...], shown: Transfers) -> Iterator[str]:
    """The addresses as they were given, with those of standard input in the place of each -; then those of lists."""
    for address in addresses:
        if address == "-":
            if sys.stdin.isatty():
                shown.say("Type or paste links, one per line; finish with Ctrl-D.")
            yield from read_links(cast("io.BufferedReader", sys.stdin.buffer))
        else:
            yield address
    for path in lists:
        with path.open("rb") as file:
            yield from read_links(file)


def _shown(address: str) -> str:
    """An address as messages may show it: without a delete hash."""
    return re.sub(r"[^/?#&=]+", lambda part: "…" if is_deletehash(part[0]) else part[0], address)


class _DownloadReport:
    """The pictures of one address, and how they get on."""

    def __init__(
        self, shown: Transfers, folder: Path, im: Imgur, result: Callable[[str, Mapping[str, object]], None]
    ) -> None:
        self._shown = shown
        self._result = result
        self._folder = folder
        self._im = im
        self._moving: dict[int, Transfer] = {}

    def failures(self, address: str, *, size: str | None, **options: Any) -> list[str]:
        """Save all; gives what failed.

        Raises:
            FileError: the disk is full, or the folder cannot be written to.
        """
        failed: list[str] = []
        found = False
        try:
            sized = cast("Size | None", size)
            for one in self._im.download.iter(address, self._folder, size=sized, progress=self._moved, **options):
                found = True
                failed += self._on_result(one)
        except FileError:
            raise
        except ImgurError as error:
            failed.append(f"{_shown(address)}: {error.sentence}")
            told = {"outcome": "failed", "link": address, "id": None, "path": None}
            self._result("", {**told, "error": error.sentence})
        if not (found or failed):
            self._shown.say(f"{sanitize(_shown(address))}: there are no pictures")
        return failed

    def _moved(self, picture: Picture[Any], done: int, total: int | None) -> None:
        self._of(picture, total).update(done, total)

    def _of(self, picture: Picture[Any], size: int | None = None) -> Transfer:
        if picture.number not in self._moving:
            name = str(picture.image.raw.get("title") or picture.id)
            self._moving[picture.number] = self._shown.add(name, size)
        return self._moving[picture.number]

    def _on_result(self, one: Download) -> list[str]:
        """Tell what became of one; gives what to say of it in the end, if it failed."""
        if one.picture is not None:
            self._of(one.picture).end(_OUTCOME_WORDS.get(one.outcome, ""))
            self._moving.pop(one.picture.number, None)
        path = None if one.path is None else str(one.path)
        told = {"outcome": one.outcome, "link": one.link, "id": one.picture and one.picture.id, "path": path}
        new = one.outcome in {"saved", "planned"}
        self._result(str(path) if new else "", {**told, "error": one.error and one.error.message})
        return [] if one.error is None else [f"{one.link}: {one.error.message}"]
