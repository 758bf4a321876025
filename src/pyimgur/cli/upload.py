"""`pyimgur upload`: upload pictures and videos, without duplicates even if it is interrupted and run again."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

import click

from ..ledger import Ledger
from . import _clipboard, _upload_album
from ._errors import CommandError
from ._local_server_offer import with_local_server
from ._options import examples
from ._output import Output, output_options
from ._progress import transfers
from ._session import Session, session_options
from ._signals import exit_on_signal
from ._terminal_text import sanitize
from ._upload_inputs import UploadInputs
from ._upload_run import FORMATS, UploadFields, UploadRun, print_dry_run


@click.command(
    epilog=examples(
        "pyimgur upload beach.jpg",
        "pyimgur upload *.png --titles --new-album Holiday",
        "pyimgur upload holiday --recursive --album https://imgur.com/a/aBcdeFg",
        "pyimgur upload --clipboard --copy --format markdown",
        "import -window root png:- | pyimgur upload -",
    )
)
@click.argument("words", metavar="[PATH|URL|-]...", nargs=-1)
@click.option("--recursive", "-r", is_flag=True, help="Include subfolders.")
@click.option("--clipboard", is_flag=True, help="Upload the picture in the clipboard.")
@click.option("--album", metavar="ALBUM", help="Add the images to this album: its id, link or title.")
@click.option("--new-album", metavar="TITLE", help="Add the images to a new album.")
@click.option("--title", metavar="TEXT", help="The title of each image.")
@click.option("--titles", is_flag=True, help="Use file names as titles.")
@click.option("--description", metavar="TEXT", help="The description of each image.")
@click.option("--anonymous", is_flag=True, help="Upload anonymously, even if you are logged in.")
@click.option("--force", is_flag=True, help="Upload files again that were, or may have been, uploaded before.")
@click.option(
    "--concurrency",
    "-j",
    type=click.IntRange(1, 32),
    default=4,
    show_default=True,
    help="The number of concurrent uploads.",
)
@click.option(
    "--format",
    "line_format",
    type=click.Choice(list(FORMATS)),
    default="link",
    show_default=True,
    help="How to print the links.",
)
@click.option("--copy", is_flag=True, help="Also copy the output to the clipboard.")
@click.option("--dry-run", "-n", is_flag=True, help="Upload nothing; print the requests that would be made.")
@click.option("--quiet", "-q", is_flag=True, help="Show no progress, only failures.")
@output_options
@session_options
def upload(
    session: Session,
    output: Output,
    words: tuple[str, ...],
    recursive: bool,
    clipboard: bool,
    album: str | None,
    new_album: str | None,
    title: str | None,
    titles: bool,
    description: str | None,
    anonymous: bool,
    force: bool,
    concurrency: int,
    line_format: str,
    copy: bool,
    dry_run: bool,
    quiet: bool,
) -> int:
    """Upload pictures and videos, and print their links in order.

    PATH is a file, a pattern such as '*.png', or a folder whose pictures and videos are uploaded; - is standard input.

    Each upload is recorded first (`pyimgur history`), so if it is interrupted, run the same command again to resume. A
    file that was uploaded before is not uploaded again: its link is printed. If some files fail, the others are still
    uploaded, the failures are listed, and the exit code is 1.
    """
    mistakes = (
        (not (words or clipboard), "Name files, folders or URLs to upload, or - for standard input."),
        (album is not None and new_album is not None, "Pass only one of --album and --new-album."),
        (bool(title) and titles, "Pass only one of --title and --titles."),
        ("" in {album, new_album}, "The album's name is empty."),
        (output.as_json and line_format not in {"link", "json"}, "Pass only one of --format, --json and --jsonl."),
    )
    for is_wrong, message in mistakes:
        if is_wrong:
            raise click.UsageError(message)
    line_format = "json" if output.as_json else line_format
    session = with_local_server(session)
    session = session.anonymous() if anonymous else session
    fields = UploadFields(title, names_as_titles=titles, description=description)
    with ExitStack() as exits:
        exits.enter_context(exit_on_signal("run the same command again to resume"))
        folder = exits.enter_context(tempfile.TemporaryDirectory(prefix="pyimgur-"))
        inputs = _inputs(Path(folder), words, recursive=recursive, clipboard=clipboard)
        if skipped := inputs.notice():
            click.echo(skipped, err=True)  # with --quiet too: it is not progress
        ledger = exits.enter_context(Ledger())
        im = exits.enter_context(session.client() if dry_run else session.client(ledger=ledger))
        if dry_run:
            run = print_dry_run(im, None if force else ledger, inputs, fields, print_lines=not output.as_json)
            _upload_album.print_dry_run(im, run, album, new_album)
            if output.as_json:
                output.rows({}, [{"request": line} for line in run.printed])
            return _report_failures(run)
        ledger.check()
        target = _upload_album.AlbumTarget(im, session, ledger, album)
        if new_album and inputs.files:
            target.begin(new_album, inputs.files, reuse=not force)
        with transfers("uploaded", quiet=quiet) as progress:
            run = UploadRun(progress, inputs, line_format, print_lines=output.format != "json")
            if output.format == "json":
                exits.callback(lambda: output.rows({}, map(json.loads, run.printed)))  # also after Ctrl-C
            run.upload(im, fields, concurrency, "ignore" if force else "reuse", target.album)
            target.end(run)
    if copy:
        _copy_output(run)
    return _report_failures(run)


def _inputs(folder: Path, words: Sequence[str], *, recursive: bool, clipboard: bool) -> UploadInputs:
    """Return what the command line names; `folder` is for data from pipes and the clipboard."""
    inputs = UploadInputs(folder, recursive)
    for word in words:
        inputs.add(word)
    if clipboard:
        inputs.add_clipboard()
    return inputs


def _copy_output(run: UploadRun) -> None:
    if run.printed:
        try:
            _clipboard.copy("\n".join(run.printed))
        except CommandError as failure:
            run.failures.append(str(failure))


def _report_failures(run: UploadRun) -> int:
    """Print what failed, and return the exit code."""
    for failure in run.failures:
        click.echo(f"pyimgur: {sanitize(failure)}", err=True)
    return 1 if run.failures else 0
