"""`pyimgur delete` and `pyimgur undo`: delete uploaded images and albums."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import click

from .._core.request import is_deletehash, shown_path
from .._transfer.sources import digest, open_source
from ..exceptions import ImgurError, NoAnswerError, ResourceNotFoundError
from ..ledger import Ledger, LedgerEntry, stored_path
from ..resources import Album, Image
from ..urls import parse_url
from ._errors import CommandError
from ._options import examples
from ._output import Output, output_options
from ._prompts import confirm, yes_option
from ._session import Session, session_options
from ._terminal_text import sanitize
from ._time_option import parse_since
from .history import format_entry

if TYPE_CHECKING:
    from ..client import Imgur


@dataclass(frozen=True)
class DeleteTarget:
    """An image or an album to delete, with its entry in the ledger if it has one."""

    id: str
    album: bool = False
    entry: LedgerEntry | None = None

    @classmethod
    def of(cls, entry: LedgerEntry) -> DeleteTarget:
        """Return the image or album of an entry in the ledger."""
        return cls(entry.id or "", entry.kind == "album", entry)

    @property
    def name(self) -> str:
        """The id as messages print it; a delete hash is a secret."""
        return _redacted(self.id)

    def __str__(self) -> str:
        return format_entry(self.entry) if self.entry else f"the {'album' if self.album else 'image'} {self.name}"


def _redacted(name: str) -> str:
    return "{deletehash}" if is_deletehash(name) else shown_path(name)


@click.command(
    epilog=examples(
        "pyimgur delete https://i.imgur.com/aBcdeFg.png",
        "pyimgur delete beach.jpg",
        "pyimgur delete --last",
        "pyimgur delete --since 1h --yes",
    )
)
@click.argument("names", metavar="[LINK|ID|PATH]...", nargs=-1)
@click.option("--last", is_flag=True, help="Delete the last upload.")
@click.option(
    "--since", metavar="WHEN", type=parse_since, help="Delete all uploads since then: 30m, 1h, 2d, 3w or 2026-11-01."
)
@yes_option
@output_options
@session_options
def delete(session: Session, output: Output, names: tuple[str, ...], last: bool, since: float | None, yes: bool) -> int:
    """Delete images and albums for good, by link, id, delete link or delete hash, or the file that was uploaded.

    Anonymous uploads from this machine are deleted with the delete hash in the upload history, all others with the
    current account. The images in an album are not deleted.
    """
    if not (names or last or since is not None):
        raise click.UsageError("Name what to delete: links, ids, files, --last or --since.")
    with Ledger() as ledger:
        targets = [target for name in names for target in _named(session, ledger, name)]
        recent = [DeleteTarget.of(entry) for entry in _at_this_site(session, ledger.entries(since=since or 0.0))]
        targets += recent[:1] if last else recent if since is not None else []
        return _delete(session, ledger, list(dict.fromkeys(targets)), output, yes=yes)


@click.command(epilog=examples("pyimgur undo", "pyimgur undo --yes"))
@yes_option
@output_options
@session_options
def undo(session: Session, output: Output, yes: bool) -> int:
    """Delete what the last `pyimgur upload` uploaded, and the album it created. Run it again to undo the one before."""
    with Ledger() as ledger:
        entries = ledger.last_run()
        if entries and entries[0].site != session.site.api:
            site = entries[0].site
            raise CommandError(f"the last upload went to {site}: run `pyimgur undo --site {site}`")
        return _delete(session, ledger, list(map(DeleteTarget.of, entries)), output, yes=yes)


def _at_this_site(session: Session, entries: Sequence[LedgerEntry]) -> list[LedgerEntry]:
    """Return the entries of the session's site."""
    return [entry for entry in entries if entry.id is not None and entry.site == session.site.api]


def _named(session: Session, ledger: Ledger, name: str) -> Iterator[DeleteTarget]:
    """Yield what a link, an id or a path names: all uploads of a file, or one image or album.

    Raises:
        CommandError: it is none of these.
    """
    of_file = _at_this_site(session, ledger.entries(path=stored_path(name)))
    if not of_file and Path(name).is_file():  # uploaded under another name
        of_file = _at_this_site(session, ledger.entries(sha256=digest(open_source(name))))
    if of_file:
        yield from map(DeleteTarget.of, of_file)
        return
    url = parse_url(name, session.site) if "/" in name or "." in name else None
    is_id = name.isalnum() and name.isascii()
    if not is_id and (url is None or url.kind not in {"image", "album", "delete"}):
        raise CommandError(
            f"{_redacted(name)!r} is neither a file uploaded from here to {session.site.web} nor an image's link or id"
        )
    id = str(url.key) if url else name
    if is_deletehash(id):
        entries = [entry for entry in _at_this_site(session, ledger.entries()) if entry.deletehash == id]
    else:
        entries = _at_this_site(session, ledger.entries(id=id))
    yield DeleteTarget.of(entries[0]) if entries else DeleteTarget(id, url is not None and url.kind == "album")


def _delete(session: Session, ledger: Ledger, targets: Sequence[DeleteTarget], output: Output, *, yes: bool) -> int:
    """Ask for confirmation, delete one after the other, and return the exit code."""
    if not targets:
        click.echo("there is nothing to delete", err=True)
        if output.as_json:
            output.rows({}, [])
        return 0
    for target in targets:
        click.echo(str(target), err=True)
    confirm(f"Delete {'it' if len(targets) == 1 else f'these {len(targets):,}'} for good?", yes=yes)
    code = 0
    with ExitStack() as exits:
        print_result = exits.enter_context(output.results())
        clients = _Clients(session, exits)
        for target in targets:
            if failure := _delete_one(clients, ledger, target, print_result):
                click.echo(f"pyimgur: {sanitize(failure)}", err=True)
                code = 1
    return code


class _Clients:
    """The clients that delete, created when first needed: the account's, and an anonymous one for anonymous uploads."""

    def __init__(self, session: Session, exits: ExitStack) -> None:
        self._account = session.account
        self._user = cache(lambda: exits.enter_context(session.user()))
        self._anonymous = cache(lambda: exits.enter_context(session.anonymous().client()))

    def for_(self, target: DeleteTarget) -> Imgur:
        """Return the client that may delete this.

        Raises:
            CommandError: it belongs to another account, or the login is missing.
        """
        entry = target.entry
        if entry is None and is_deletehash(target.id):
            return self._anonymous()
        if entry is None or (entry.account is not None and entry.account == self._account):
            return self._user()
        if entry.deletehash is None:
            raise CommandError(f"it belongs to {entry.account}: pass --account {entry.account}")
        return self._anonymous()


def _delete_one(
    clients: _Clients, ledger: Ledger, target: DeleteTarget, print_result: Callable[[str, Mapping[str, object]], None]
) -> str:
    """Delete an image or an album, and print it; return an error message if that failed.

    Raises:
        CommandError: the site cannot be reached; the rest is not tried, as it would fail after the same wait.
    """
    entry = target.entry
    raw = {"id": target.id, "deletehash": entry and entry.deletehash}
    try:
        im = clients.for_(target)
        item = Album(raw, im) if target.album else Image(raw, im)
        try:
            item.delete()
        except ResourceNotFoundError:
            if entry is None:
                raise
            click.echo(f"{target.name}: it was deleted before", err=True)
        if entry is not None:
            ledger.write(replace(entry, state="deleted"))
    except NoAnswerError as error:
        if not error.sent:
            raise CommandError(f"{target.name}: {error.message} (the rest was not tried)") from error
        return f"{target.name}: {error.message}"
    except (CommandError, ImgurError) as error:
        return f"{target.name}: {error.message if isinstance(error, ImgurError) else error}"
    link = entry and entry.link
    kind = "album" if target.album else "image"
    print_result(sanitize(link or target.name), {"id": target.name, "link": link, "kind": kind})
    return ""
