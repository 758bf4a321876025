"""`pyimgur server account` and `app`: who may use a server, people and programs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from . import _data_folder
from ._errors import CommandError
from ._options import data_option, examples
from ._output import Output, columns, day, output_options
from ._prompts import confirm, prompt, yes_option
from ._server_context import with_context

if TYPE_CHECKING:
    from ..server.services.context import ServerContext


@click.group()
def account() -> None:
    """Manage the accounts that may log in."""


@click.group()
def app() -> None:
    """Manage the applications that may ask users for access."""


@account.command(
    "add",
    epilog=examples("pyimgur server account add ann", "pyimgur server account add ann < password.txt"),
)
@click.argument("name")
@data_option
def add_account(name: str, data: Path) -> None:
    """Add an account called NAME.

    You are asked for the password twice. In a script, it is the first line of standard input.
    """
    from ..server.services import accounts

    password = prompt("Password", hidden=True, confirm=True)
    with_context(data, lambda library: accounts.add(library, name, password))
    click.echo(f"account {name} was added")


@account.command("list", epilog=examples("pyimgur server account list"))
@output_options
@data_option
def list_accounts(data: Path, output: Output) -> None:
    """List accounts: their names, and when they were added."""
    from ..server.services import accounts

    found = with_context(_data_folder.existing(data), accounts.all_accounts)
    output.rows(columns(name="name", since=day("created")), [each._asdict() for each in found])


@account.command(
    "password",
    epilog=examples("pyimgur server account password ann", "pyimgur server account password ann < password.txt"),
)
@click.argument("name")
@data_option
def change_password(name: str, data: Path) -> None:
    """Set a new password for the account NAME.

    This also revokes the access of all applications: each must ask the user again.
    """
    from ..server.services import accounts

    data = _data_folder.existing(data)

    async def change(library: ServerContext) -> None:
        found = await accounts.by_name(library, name)
        if found is None:
            raise CommandError(f"there is no account {name}")
        await accounts.change_password(library, found.id, password)

    password = prompt("Password", hidden=True, confirm=True)
    with_context(data, change)
    click.echo(f"account {name} has a new password; applications must ask for access again")


@account.command("remove", epilog=examples("pyimgur server account remove ann"))
@click.argument("name")
@yes_option
@data_option
def remove_account(name: str, yes: bool, data: Path) -> None:
    """Delete the account NAME for good, with its pictures, albums, posts, comments and messages.

    The access of applications to this account is revoked too.
    """
    from ..server.services import accounts, moderation

    folder = _data_folder.existing(data)
    if with_context(folder, lambda library: accounts.by_name(library, name)) is None:
        raise CommandError(f"there is no account {name}")
    confirm(f"Delete {name}'s account and everything it owns for good?", yes=yes)
    with_context(folder, lambda library: moderation.remove_account(library, name))
    click.echo(f"account {name} was removed")


@app.command(
    "add",
    epilog=examples(
        "pyimgur server app add 'My tool'", "pyimgur server app add 'My tool' --callback http://127.0.0.1:8080/back"
    ),
)
@click.argument("name")
@click.option("--callback", metavar="URL", help="The callback URL; without one, the server shows the code on a page.")
@output_options
@data_option
def add_app(name: str, callback: str | None, data: Path, output: Output) -> None:
    """Register an application called NAME, and print its client id and secret.

    The secret is shown only once: the server stores a hash of it.
    """
    from ..server.services import applications

    client_id, secret = with_context(data, lambda library: applications.register(library, name, callback=callback))
    text = f"client id: {client_id}\nclient secret: {secret}"
    output.value(text, {"client_id": client_id, "client_secret": secret, "name": name, "callback": callback})


@app.command("list", epilog=examples("pyimgur server app list"))
@output_options
@data_option
def list_apps(data: Path, output: Output) -> None:
    """List registered applications: client ids, names, who registered them, callback URLs; no secrets.

    Applications that you added with `app add` are verified. Those that users registered themselves are shown with a
    warning until you run `app verify`.
    """
    from ..server.services import applications

    found = with_context(_data_folder.existing(data), applications.registered)
    shown = columns(client_id="client_id", name="name", callback="callback", owner="owner", verified="verified")
    output.rows(shown, [each._asdict() for each in found])


@app.command("verify", epilog=examples("pyimgur server app verify 1234567890abcde"))
@click.argument("client_id")
@data_option
def verify_app(client_id: str, data: Path) -> None:
    """Mark the application CLIENT_ID, which a user registered, as verified.

    The consent page then shows who registered it, and no warning.
    """
    from ..server.services import applications

    if not with_context(_data_folder.existing(data), lambda library: applications.verify(library, client_id)):
        raise CommandError(f"there is no application {client_id}; `pyimgur server app list` lists them")
    click.echo(f"application {client_id} is verified")


@app.command("remove", epilog=examples("pyimgur server app remove 1234567890abcde"))
@click.argument("client_id")
@yes_option
@data_option
def remove_app(client_id: str, yes: bool, data: Path) -> None:
    """Delete the application CLIENT_ID, and revoke its access to all accounts.

    An open server accepts any client id, so programs can still use this one there.
    """
    from ..server.services import applications, moderation

    folder = _data_folder.existing(data)
    found = with_context(folder, applications.registered)
    name = next((each.name for each in found if each.client_id == client_id), None)
    if name is None:
        raise CommandError(f"there is no application {client_id}; `pyimgur server app list` lists them")
    confirm(f"Delete {name}, and revoke its access to all accounts?", yes=yes)
    with_context(folder, lambda library: moderation.remove_application(library, client_id))
    click.echo(f"application {client_id} was removed")
