"""`pyimgur server`: a server's backups and its health, and who may use it; with and without a running one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import click

from . import _background_server, _data_folder, _listen_address, _server_context, _tool_client
from ._errors import CommandError
from ._options import data_option, examples, validate
from ._output import Output, output_options
from ._server_accounts import account, app
from ._server_context import with_context
from ._server_moderation import remove, reports
from ._tool_settings import RECIPES

if TYPE_CHECKING:
    from ..server.services.backup import BackupResult
    from ..server.services.integrity import Findings


USUAL = "http://127.0.0.1:4648"
"""Where `pyimgur serve` is if nothing else is said."""


@click.group()
def server() -> None:
    """Manage a server: accounts, applications, moderation, backups and checks.

    The server may be running or stopped; a running server sees changes at once.
    """


for part in (account, app, reports, remove):
    server.add_command(part)


@server.command(
    epilog=examples(
        "pyimgur server recipe curl", "pyimgur server recipe sharex --url https://pics.example > pyimgur.sxcu"
    )
)
@click.argument("tool", type=click.Choice(sorted(RECIPES)))
@click.option(
    "--url",
    metavar="URL",
    callback=validate(_listen_address.public_url),
    help="The server's URL, as TOOL reaches it.",
)
@click.option("--client-id", metavar="ID", help="The client id to use. [default: one that the server accepts]")
@data_option
def recipe(tool: str, url: str | None, client_id: str | None, data: Path) -> None:
    """Print the settings that make TOOL use this server.

    The URL is that of the server that runs on the data folder, or the default one. A closed server accepts registered
    applications only: add one with `app add` first.
    """
    address = url or _background_server.find(data) or USUAL
    client_id = _tool_client.choose(address, data, client_id) if RECIPES[tool].names_client else client_id or ""
    click.echo(RECIPES[tool].write(address, client_id))
    click.echo(RECIPES[tool].use, err=True)


@server.command(epilog=examples("pyimgur server backup /backups/imgur-monday"))
@click.argument("folder", type=click.Path(path_type=Path))
@output_options
@data_option
def backup(folder: Path, data: Path, output: Output) -> None:
    """Back up everything to FOLDER, which must be new or empty.

    The server may be running. FOLDER is a data folder itself: `pyimgur serve --data FOLDER` serves it. On the same
    disk, the backup shares the picture files with the server: that protects against mistakes, but not against a disk
    failure.
    """
    from ..server.services import backup as backups

    source = _data_folder.existing(data)
    copied = with_context(source, lambda library: backups.create_backup(library, folder.absolute()), any_version=True)
    _tell_copied(copied, folder, "in", output)


@server.command(epilog=examples("pyimgur server restore /backups/imgur-monday --data ./imgur"))
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
@output_options
@data_option
def restore(folder: Path, data: Path, output: Output) -> None:
    """Restore the backup in FOLDER into the data folder, which must be new or empty."""
    from ..server.services import backup as backups

    if not (folder / _data_folder.USERS_LOCK).exists():
        raise CommandError(f"{folder} is not a backup: it has no server data")
    copied = with_context(folder, lambda library: backups.create_backup(library, data.absolute()), any_version=True)
    _tell_copied(copied, data, "back in", output)


def _tell_copied(copied: BackupResult, folder: Path, where: str, output: Output) -> None:
    """Say what is in the copy, and end with 1 if a picture is not."""
    _data_folder.prepare(folder, marked=True)
    text = f"{copied.pictures:,} pictures and their data are {where} {folder}"
    output.value(text, {"folder": str(folder), "pictures": copied.pictures, "missing": list(copied.missing)})
    for id in copied.missing:
        click.echo(f"{id}: its file is missing", err=True)
    if copied.missing:
        raise CommandError(
            f"{len(copied.missing)} pictures could not be copied: only their records are {where} {folder}"
        )


@server.command(epilog=examples("pyimgur server check", "pyimgur server check --deep --repair"))
@click.option("--deep", is_flag=True, help="Read every file, and compare it with its checksum.")
@click.option("--repair", is_flag=True, help="Delete records without files, and move files without records to `lost`.")
@output_options
@data_option
def check(deep: bool, repair: bool, data: Path, output: Output) -> None:
    """Check that database and files agree, and whether media workers have a sandbox.

    The exit code is 1 if database and files do not agree.

    Stop the server before you use --repair.
    """
    from ..server.lifespan import lock_data_folder
    from ..server.media import sandbox
    from ..server.services import integrity

    folder = _data_folder.existing(data)
    with _server_context.translate_errors(folder), ExitStack() as exits:
        if repair:
            exits.enter_context(lock_data_folder(folder))
        found = with_context(data, lambda library: integrity.check(library, deep=deep), any_version=True)
        workers = sandbox.describe("auto", folder)
        said, aside = [*_format_findings(found), f"media workers: {workers}"], None
        if not output.as_json:
            click.echo("\n".join(said))  # before the repair, which may take its time
        if repair and not found.database:
            aside = with_context(data, lambda library: integrity.repair(library, found))
            done = f"{len(found.missing)} records deleted, {len(found.unknown)} files moved to {aside}"
            if not output.as_json:
                click.echo(f"repaired: {done}")
        if output.as_json:
            output.one(
                {}, {**_fields(found), "media_workers": workers, "put_into": None if aside is None else str(aside)}
            )
    if not found.good and not (repair and not found.database and not found.changed):
        raise click.exceptions.Exit(1)


def _fields(found: Findings) -> dict[str, object]:
    lists = {"database": found.database, "missing": found.missing, "changed": found.changed, "unknown": found.unknown}
    return {"good": found.good, "pictures": found.pictures, **{name: [*map(str, of)] for name, of in lists.items()}}


def _format_findings(found: Findings) -> Iterator[str]:
    """What was found, a line each."""
    yield from (f"database: {text}" for text in found.database)
    yield from (f"{id}: its file is missing" for id in found.missing)
    yield from (f"{id}: its file differs from the upload" for id in found.changed)
    yield from (f"{file}: no record has this file" for file in found.unknown)
    if found.good:
        yield f"{found.pictures:,} pictures: database and files agree"
