"""Which database a server uses: that of an option, the environment or the configuration file, remembered in its folder.

database   the URL of the folder's PostgreSQL database, without a password, for commands beside the server
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ._errors import CommandError

if TYPE_CHECKING:
    from ..server.database_url import DatabaseURL

VARIABLE = "PYIMGUR_DATABASE"
RECORD = "database"
SQLITE = "pyimgur.sqlite3"


def parse_option(context: click.Context, parameter: click.Parameter, value: str | None) -> DatabaseURL | None:
    """Return the URL of an option or its environment variable.

    Raises:
        click.BadParameter: it is not valid, or a password is in the command line, which every user can read.
    """
    if value is None:
        return None
    url = _parse(value, click.BadParameter)
    if url.has_password and context.get_parameter_source(str(parameter.name)) is click.core.ParameterSource.COMMANDLINE:
        raise click.BadParameter(
            "a password in a command line can be read by every user of this machine: leave it out, and set it in "
            f"PGPASSWORD, in ~/.pgpass, in {VARIABLE}, or in the file of --config"
        )
    return url


def of_folder(folder: Path) -> DatabaseURL | None:
    """Return the PostgreSQL database of a data folder, None if it has one of SQLite.

    It is that of the environment, or else the one that its server has used.

    Raises:
        CommandError: the URL is not valid.
    """
    if (folder / SQLITE).exists():
        return None
    if given := os.environ.get(VARIABLE):
        return _parse(given, CommandError, f"{VARIABLE}: ")
    try:
        return _parse((folder / RECORD).read_text("utf-8"), CommandError, f"{folder / RECORD}: ")
    except FileNotFoundError:
        return None


def remember(folder: Path, url: DatabaseURL | None) -> None:
    """Remember the database of a folder, without its password, for commands beside the server.

    Raises:
        CommandError: the folder has a SQLite database, whose accounts and images would seem to be gone.
    """
    if url is None:
        return
    if (folder / SQLITE).exists():
        raise CommandError(
            f"{folder} has a SQLite database ({SQLITE}), which a server on PostgreSQL would not use: "
            "name a new folder with --data, or leave out --database"
        )
    (folder / RECORD).write_text(f"{url}\n", "utf-8")


def _parse(text: str, error_type: type[click.BadParameter | CommandError], prefix: str = "") -> DatabaseURL:
    from ..server.database_url import DatabaseURL

    try:
        return DatabaseURL.parse(text)
    except ValueError as error:
        raise error_type(f"{prefix}{error}") from error
