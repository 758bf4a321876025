"""`pyimgur server`: who may use a server. It works with and without a running one, which sees the change at once."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from ._errors import Failure
from ._library import with_library
from ._options import data_option, examples


@click.group()
def server() -> None:
    """Add accounts and applications to a server.

    The server may be running or not; a running one knows them at once.
    """


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

    password = _password()
    with_library(data, lambda library: accounts.add(library, name, password))
    click.echo(f"account {name} was added")


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


def _password() -> str:
    """What the user typed twice, or the first line of an input that is no terminal.

    Raises:
        Failure: there is none.
    """
    if sys.stdin.isatty():
        return click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    password = sys.stdin.readline().rstrip("\r\n")
    if not password:
        raise Failure("no password came: type it at a terminal, or put it on the first line of the input")
    return password
