"""`pyimgur server`: who may use a server, its backups and its health; with and without a running one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import click

from . import _folder, _library, _listen, _shared
from ._errors import Failure
from ._library import with_library
from ._moderation import remove, reports
from ._options import checked, data_option, examples
from ._prompts import answer, sure, yes_option
from ._tables import Output, columns, day, output_options
from .recipes import RECIPES

if TYPE_CHECKING:
    from ..server.library import Library
    from ..server.library.care import Findings


USUAL = "http://127.0.0.1:4648"
"""Where `pyimgur serve` is if nothing else is said."""


@click.group()
def server() -> None:
    """Look after a server: accounts and applications, backups, and whether all is well.

    The server may be running or not; a running one sees a change at once.
    """


server.add_command(reports)
server.add_command(remove)


@server.group()
def account() -> None:
    """The people who may sign in."""


@server.group()
def app() -> None:
    """The programs that may ask people for access."""


@account.command(
    "add",
    epilog=examples("pyimgur server account add ann", "pyimgur server account add ann < password.txt"),
)
@click.argument("name")
@data_option
def add_account(name: str, data: Path) -> None:
    """Add an account called NAME.

    The password is asked for twice; where nobody can be asked, it is the first line of the input.
    """
    from ..server.library import accounts

    password = answer("Password", hidden=True, confirm=True)
    with_library(data, lambda library: accounts.add(library, name, password))
    click.echo(f"account {name} was added")


@account.command("list", epilog=examples("pyimgur server account list"))
@output_options
@data_option
def list_accounts(data: Path, output: Output) -> None:
    """List who may sign in: names, and since when."""
    from ..server.library import accounts

    found = with_library(_folder.existing(data), accounts.every)
    output.rows(columns(name="name", since=day("created")), [each._asdict() for each in found])


@account.command(
    "password",
    epilog=examples("pyimgur server account password ann", "pyimgur server account password ann < password.txt"),
)
@click.argument("name")
@data_option
def change_password(name: str, data: Path) -> None:
    """Give the account called NAME a new password.

    It ends whatever any program may do in the account's name: each has to ask again.
    """
    from ..server.library import accounts

    data = _folder.existing(data)

    async def change(library: Library) -> None:
        found = await accounts.by_name(library, name)
        if found is None:
            raise Failure(f"there is no account {name}")
        await accounts.change_password(library, found.id, password)

    password = answer("Password", hidden=True, confirm=True)
    with_library(data, change)
    click.echo(f"account {name} has a new password, and programs have to ask again")


@account.command("remove", epilog=examples("pyimgur server account remove ann"))
@click.argument("name")
@yes_option
@data_option
def remove_account(name: str, yes: bool, data: Path) -> None:
    """Delete NAME's account for good, with all that is its own: pictures, albums, posts, comments, messages.

    What programs may do in that person's name ends as well.
    """
    from ..server.library import accounts, moderation

    folder = _folder.existing(data)
    if with_library(folder, lambda library: accounts.by_name(library, name)) is None:
        raise Failure(f"there is no account {name}")
    sure(f"Delete {name}'s account and all that is its own for good?", yes=yes)
    with_library(folder, lambda library: moderation.remove_account(library, name))
    click.echo(f"account {name} was removed")


@app.command(
    "add",
    epilog=examples(
        "pyimgur server app add 'My tool'", "pyimgur server app add 'My tool' --callback http://127.0.0.1:8080/back"
    ),
)
@click.argument("name")
@click.option("--callback", metavar="URL", help="Where the browser goes back to; without it a code is shown on a page.")
@data_option
def add_app(name: str, callback: str | None, data: Path) -> None:
    """Register a program called NAME, and print its client id and secret.

    The secret is shown this once; the server keeps no copy of it that can be read.
    """
    from ..server.library import applications

    client_id, secret = with_library(data, lambda library: applications.register(library, name, callback=callback))
    click.echo(f"client id: {client_id}\nclient secret: {secret}")


@app.command("list", epilog=examples("pyimgur server app list"))
@output_options
@data_option
def list_apps(data: Path, output: Output) -> None:
    """List the programs that were registered: client ids, names and callbacks, no secrets."""
    from ..server.library import applications

    found = with_library(_folder.existing(data), applications.registered)
    shown = columns(client_id="client_id", name="name", callback="callback")
    output.rows(shown, [each._asdict() for each in found])


@server.command(
    epilog=examples(
        "pyimgur server recipe curl", "pyimgur server recipe sharex --url https://pics.example > pyimgur.sxcu"
    )
)
@click.argument("tool", type=click.Choice(sorted(RECIPES)))
@click.option(
    "--url",
    metavar="URL",
    callback=checked(_listen.public_url),
    help="The server's address, as that program reaches it.",
)
@click.option(
    "--client-id", metavar="ID", default="pyimgur", show_default=True, help="On a closed server: one of `app add`."
)
@data_option
def recipe(tool: str, url: str | None, client_id: str, data: Path) -> None:
    """Print the settings that make TOOL use this server.

    The address is the one of the server that runs on the data folder; without one, the usual one.
    """
    address = url or _shared.find(data) or USUAL
    click.echo(RECIPES[tool].write(address, client_id))
    click.echo(RECIPES[tool].use, err=True)


@server.command(epilog=examples("pyimgur server backup /backups/imgur-monday"))
@click.argument("folder", type=click.Path(path_type=Path))
@data_option
def backup(folder: Path, data: Path) -> None:
    """Copy everything to FOLDER, which must be new or empty.

    The server may run meanwhile. FOLDER is a data folder itself: `pyimgur serve --data FOLDER` serves it.
    """
    from ..server.library import care

    pictures = with_library(_folder.existing(data), lambda library: care.backup(library, folder.absolute()))
    _folder.prepare(folder, marked=True)
    click.echo(f"{pictures:,} pictures and everything about them are in {folder}")


@server.command(epilog=examples("pyimgur server restore /backups/imgur-monday --data ./imgur"))
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
@data_option
def restore(folder: Path, data: Path) -> None:
    """Put the backup in FOLDER back. The data folder must be new or empty."""
    from ..server.library import care

    if not (folder / _folder.USERS_LOCK).exists():
        raise Failure(f"{folder} is no backup: it holds nothing of a server's")
    pictures = with_library(folder, lambda library: care.backup(library, data.absolute()))
    _folder.prepare(data, marked=True)
    click.echo(f"{pictures:,} pictures and everything about them are back in {data}")


@server.command(epilog=examples("pyimgur server check", "pyimgur server check --deep --repair"))
@click.option("--deep", is_flag=True, help="Read every picture, and compare it with what came in.")
@click.option("--repair", is_flag=True, help="Forget pictures without files, remove files without pictures.")
@data_option
def check(deep: bool, repair: bool, data: Path) -> None:
    """Tell whether database and files agree. Exit code 1 if they do not.

    --repair needs the server stopped.
    """
    from ..server.library import care, hold

    folder = _folder.existing(data)
    with _library.refusals(folder), ExitStack() as exits:
        if repair:
            exits.enter_context(hold(folder))
        found = with_library(data, lambda library: care.check(library, deep=deep))
        for line in _told(found):
            click.echo(line)
        if repair and not found.database:
            with_library(data, lambda library: care.repair(library, found))
            click.echo(f"repaired: {len(found.missing)} pictures forgotten, {len(found.unknown)} files removed")
    if not found.good and not (repair and not found.database and not found.changed):
        raise click.exceptions.Exit(1)


def _told(found: Findings) -> Iterator[str]:
    """What was found, a line each."""
    yield from (f"database: {text}" for text in found.database)
    yield from (f"{id}: its file is not there" for id in found.missing)
    yield from (f"{id}: its file is not what came in" for id in found.changed)
    yield from (f"{file}: no picture has this file" for file in found.unknown)
    if found.good:
        yield f"{found.pictures:,} pictures: database and files agree"
