"""`pyimgur server account` and `app`: manage the accounts and applications of a server."""

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
    with_context(data, lambda context: accounts.create(context, name, password))
    click.echo(f"account {name} was added")


@account.command("list", epilog=examples("pyimgur server account list"))
@output_options
@data_option
def list_accounts(data: Path, output: Output) -> None:
    """List the accounts, and when each was added."""
    from ..server.services import accounts

    rows = with_context(_data_folder.existing(data), accounts.all_accounts)
    output.rows(columns(name="name", since=day("created")), [row._asdict() for row in rows])


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

    async def change(context: ServerContext) -> None:
        row = await accounts.find_by_name(context, name)
        if row is None:
            raise CommandError(f"there is no account {name}")
        await accounts.change_password(context, row.id, password)

    password = prompt("Password", hidden=True, confirm=True)
    with_context(data, change)
    click.echo(f"account {name} has a new password; applications must ask for access again")


@account.command("remove", epilog=examples("pyimgur server account remove ann"))
@click.argument("name")
@yes_option
@data_option
def remove_account(name: str, yes: bool, data: Path) -> None:
    """Delete the account NAME and everything it owns.

    Its pictures, albums, posts, comments and messages are deleted for good. The access of applications to this account
    is revoked too.
    """
    from ..server.services import accounts, moderation

    folder = _data_folder.existing(data)
    if with_context(folder, lambda context: accounts.find_by_name(context, name)) is None:
        raise CommandError(f"there is no account {name}")
    confirm(f"Delete {name}'s account and everything it owns for good?", yes=yes)
    with_context(folder, lambda context: moderation.remove_account(context, name))
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
    """Register an application called NAME.

    Its client id and secret are printed. The secret is shown only once: the server stores a hash of it.
    """
    from ..server.services import applications

    client_id, secret = with_context(data, lambda context: applications.register(context, name, callback=callback))
    text = f"client id: {client_id}\nclient secret: {secret}"
    output.value(text, {"client_id": client_id, "client_secret": secret, "name": name, "callback": callback})


@app.command("list", epilog=examples("pyimgur server app list"))
@output_options
@data_option
def list_apps(data: Path, output: Output) -> None:
    """List the registered applications.

    The list has client ids, names, callback URLs, and who registered each application; no secrets. Applications that
    you added with `app add` are verified. Those that users registered themselves are shown with a warning until you run
    `app verify`.
    """
    from ..server.services import applications

    rows = with_context(_data_folder.existing(data), applications.all_registered)
    headings = columns(client_id="client_id", name="name", callback="callback", owner="owner", verified="verified")
    output.rows(headings, [row._asdict() for row in rows])


@app.command("verify", epilog=examples("pyimgur server app verify 1234567890abcde"))
@click.argument("client_id")
@data_option
def verify_app(client_id: str, data: Path) -> None:
    """Mark the application CLIENT_ID as verified.

    The consent page then shows which user registered it, and no warning.
    """
    from ..server.services import applications

    if not with_context(_data_folder.existing(data), lambda context: applications.verify(context, client_id)):
        raise CommandError(f"there is no application {client_id}; `pyimgur server app list` lists them")
    click.echo(f"application {client_id} is verified")


@app.command("remove", epilog=examples("pyimgur server app remove 1234567890abcde"))
@click.argument("client_id")
@yes_option
@data_option
def remove_app(client_id: str, yes: bool, data: Path) -> None:
    """Delete the application CLIENT_ID.

    Its access to all accounts is revoked. An open server accepts any client id, so programs can still use this one
    there.
    """
    from ..server.services import applications, moderation

    folder = _data_folder.existing(data)
    rows = with_context(folder, applications.all_registered)
    name = next((row.name for row in rows if row.client_id == client_id), None)
    if name is None:
        raise CommandError(f"there is no application {client_id}; `pyimgur server app list` lists them")
    confirm(f"Delete {name}, and revoke its access to all accounts?", yes=yes)
    with_context(folder, lambda context: moderation.remove_application(context, client_id))
    click.echo(f"application {client_id} was removed")
