"""`pyimgur links`: find Imgur links in files, rewrite them to another server, and write redirects."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .. import links as library
from ..exceptions import FileError
from ..links._rewrite import check_suffix, target_site
from ..links._scan import CONTENT
from ..sites import Site
from ._link_states import existing, read_place, with_states
from ._options import examples, validate
from ._output import Output, output_options
from ._session import Session, session_options
from ._signals import exit_on_signal
from ._terminal_text import sanitize

if TYPE_CHECKING:
    from ..links import Link, RewrittenFile, ScannedFile, Server

_FIELDS = ("file", "line", "column", "text", "kind", "ids", "size", "ext", "layer", "state")
_paths = click.argument("paths", metavar="PATH...", nargs=-1, required=True, type=click.Path(path_type=Path))
_only = click.option(
    "--only",
    metavar="DIR|URL",
    callback=read_place,
    help="Only links to what exists there: in a backup, in a folder of images named by id, or at a server.",
)
_to = click.option(
    "--to",
    metavar="URL",
    required=True,
    callback=validate(target_site),
    help="The URL of the server that has the images under the same ids.",
)


@click.group(
    epilog=examples("pyimgur links scan blog", "pyimgur links rewrite blog --to https://img.example.org --dry-run")
)
def links() -> None:
    """Find Imgur links in files, rewrite them to your server, and write redirects for a web server.

    All text files are read, such as Markdown, HTML, JSON, CSV and SQL dumps. Links are found however they are written:
    percent-encoded, with HTML entities, with escaped slashes, or in PHP-serialized strings. Symbolic links are not
    followed; .git folders and binary files are skipped.
    """


@links.command(
    epilog=examples("pyimgur links scan blog", "pyimgur links scan dump.sql --json", "pyimgur links scan . --probe")
)
@_paths
@click.option("--probe", is_flag=True, help="Ask the site whether each image, album and post still exists.")
@output_options
@session_options
def scan(session: Session, output: Output, paths: tuple[Path, ...], probe: bool) -> int:
    """List the Imgur links in files and folders.

    Each line has the file, line and column, the kind, the ids and the link, separated by tabs; with --probe also the
    state: alive, removed or blocked (not visible from here). Asking costs no credits for an image, 1 for an album, and
    up to 3 for a post. The exit code is 1 if a file could not be read.
    """
    found = library.scan(paths)
    files: list[ScannedFile] = []
    for file in with_states(found, session) if probe else found:
        files.append(file)
        _report(file.error)
        if output.format != "json":
            for link in file.links:
                output.value(_line(link), _fields(link))
    totals = library.totals(files)
    if output.format == "json":
        output.item({}, {"links": [_fields(link) for file in files for link in file.links], "totals": totals})
    _note(f"{_counted(totals['links'], 'link')} in {_counted(totals['files'], 'file')}", totals["kinds"])
    return 1 if totals["failed"] else 0


@links.command(
    epilog=examples(
        "pyimgur links rewrite blog --to https://img.example.org --dry-run",
        "pyimgur links rewrite blog --to https://img.example.org --only my-backup",
    )
)
@_paths
@_to
@_only
@click.option("--dry-run", "-n", is_flag=True, help="Change nothing; print the changes as a diff.")
@click.option(
    "--backup",
    metavar="SUFFIX",
    default="",
    callback=validate(check_suffix),
    help="Keep the old version of each changed file, as NAME+SUFFIX.",
)
@output_options
def rewrite(
    output: Output, paths: tuple[Path, ...], to: str, only: Path | Site | None, dry_run: bool, backup: str
) -> int:
    r"""Replace links to images, albums and posts by links to your server.

    Only the start of each link changes, in the spelling that it has: https:\/\/i.imgur.com\/x.jpg becomes
    https:\/\/img.example.org\/x.jpg. Encoding, line ends and mode of a file stay, lengths of PHP-serialized strings
    are adjusted, and files are replaced atomically. Run it again at any time: it changes nothing twice.

    Links to users, tags, subreddits and delete pages stay. The exit code is 1 if a link is left that should have been
    replaced, such as in a read-only file.
    """
    known = None if only is None else existing(only, (link for file in library.scan(paths) for link in file.links))
    files: list[RewrittenFile] = []
    with exit_on_signal("each file is either old or new; run the same command again to finish"):
        for file in library.rewrite(paths, to, only=known, dry_run=dry_run, backup=backup):
            files.append(file)
            _report(file.error)
            _report_lengths(file)
            if output.format == "jsonl":
                output.item({}, _summary(file))
            elif output.format == "text":
                _print_diff(file.diff) if dry_run else _print_outcome(file)
    totals = library.rewrite_totals(files)
    if output.format == "json":
        kept = [{**_fields(kept.link), "reason": kept.reason} for file in files for kept in file.kept]
        output.item({}, {"files": list(map(_summary, files)), "kept": kept, "totals": totals})
    done = "would be replaced" if dry_run else "replaced"
    _note(f"{_counted(totals['found'], 'link')} found: {totals['replaced']:,} {done}", totals["kept"], "kept")
    return 1 if totals["failed"] else 0


@links.command(
    epilog=examples(
        "pyimgur links redirects --to https://img.example.org",
        "pyimgur links redirects --to https://img.example.org --for caddy blog",
        "pyimgur links redirects --to https://img.example.org --for csv",
    )
)
@click.argument("paths", metavar="[PATH]...", nargs=-1, type=click.Path(path_type=Path))
@_to
@click.option(
    "--for",
    "server",
    type=click.Choice(["nginx", "caddy", "csv"]),
    default="nginx",
    show_default=True,
    help="The web server; csv is a table for any other.",
)
@_only
def redirects(paths: tuple[Path, ...], to: str, server: Server, only: Path | Site | None) -> int:
    """Print redirects of Imgur links to your server, for the configuration of a web server.

    They are for a host of your own that old links lead to, such as a former mirror: nobody can redirect i.imgur.com.
    Without PATH it is one rule for all images, albums and posts. With PATH it is a table of the links in these files
    and folders; with --only DIR and no PATH, of what the folder has.
    """
    if only is not None and not paths and isinstance(only, Site):
        raise click.UsageError("Name the files with the links; a server does not list what it has.")
    if server == "csv" and not paths and only is None:
        raise click.UsageError("A CSV is a list of links: name the files that have them, or a folder with --only.")
    files = list(library.scan(paths))
    for file in files:
        _report(file.error)
    found = [link for file in files for link in file.links if link.kind in CONTENT]
    known = None if only is None else existing(only, found)
    wanted = [link for link in found if known is None or known.has(link)]
    click.echo(library.redirects(to, server, wanted if paths else known), nl=False)
    return 1 if any(file.error for file in files) else 0


def _fields(link: Link) -> dict[str, Any]:
    fields = asdict(link)
    return {name: fields[name] for name in _FIELDS}


def _line(link: Link) -> str:
    place = f"{link.file}:{link.line}:{link.column}"
    return "\t".join(map(sanitize, filter(None, (place, link.kind, ",".join(link.ids), link.state, link.text))))


def _summary(file: RewrittenFile) -> dict[str, Any]:
    return {
        "file": file.file,
        "found": file.found,
        "replaced": len(file.replaced),
        "kept": dict(Counter(kept.reason for kept in file.kept)),
        "broken_lengths": list(file.broken_lengths),
        "diff": file.diff,
        "error": file.error and file.error.sentence,
    }


def _print_outcome(file: RewrittenFile) -> None:
    if file.replaced:
        click.echo(f"{sanitize(file.file)}\t{_counted(len(file.replaced), 'link')} replaced")


def _print_diff(diff: str) -> None:
    """Print a diff: byte for byte for `patch`, without control characters on a terminal."""
    if sys.stdout.isatty():
        click.echo("".join(f"{sanitize(line)}\n" for line in diff.splitlines()), nl=False)
    else:
        click.echo(diff.encode("utf-8", "surrogateescape"), nl=False)


def _report(error: FileError | None) -> None:
    if error is not None:
        click.echo(f"pyimgur: {sanitize(error.sentence)}", err=True)


def _report_lengths(file: RewrittenFile) -> None:
    for line in file.broken_lengths:
        what = "a PHP-serialized string has a wrong length: its links were replaced as text, the length was left"
        click.echo(f"pyimgur: {sanitize(file.file)}:{line}: {what}", err=True)


def _note(text: str, counts: Mapping[str, int], what: str = "") -> None:
    """Print totals on stderr, with the counts by kind or reason."""
    parts = ", ".join(f"{count:,} {name}" for name, count in counts.items())
    total = f", {sum(counts.values()):,} {what}" if what else ""
    click.echo(f"{text}{total}{f' ({parts})' if parts else ''}.", err=True)


def _counted(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"
