"""`pyimgur server`: accounts, applications, moderation, backups and checks of a server, running or stopped."""

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


DEFAULT_URL = "http://127.0.0.1:4648"
"""The URL of `pyimgur serve` without options."""


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
@click.argument("tool", metavar="TOOL", type=click.Choice(sorted(RECIPES)))
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

    TOOL is curl, gallery-dl, ksnip, npm-imgur, picgo or sharex. The URL is that of the server that runs on the data
    folder, or the default one. A closed server accepts registered applications only: add one with `app add` first.
    """
    address = url or _background_server.find(data) or DEFAULT_URL
    client_id = _tool_client.choose(address, data, client_id) if RECIPES[tool].names_client else client_id or ""
    click.echo(RECIPES[tool].write(address, client_id))
    click.echo(RECIPES[tool].use, err=True)


@server.command(epilog=examples("pyimgur server backup /backups/imgur-monday"))
@click.argument("folder", type=click.Path(path_type=Path))
@output_options
@data_option
def backup(folder: Path, data: Path, output: Output) -> None:
    """Back up everything to FOLDER.

    FOLDER must be new or empty. The server may be running. FOLDER is a data folder itself: `pyimgur serve --data
    FOLDER` serves it. On the same disk, the backup shares the picture files with the server: that protects against
    mistakes, but not against a disk failure.
    """
    from ..server.services import backup as backups

    source = _data_folder.existing(data)
    result = with_context(source, lambda context: backups.create_backup(context, folder.absolute()), any_version=True)
    _report_copy(result, folder, "in", output)


@server.command(epilog=examples("pyimgur server restore /backups/imgur-monday --data ./imgur"))
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
@output_options
@data_option
def restore(folder: Path, data: Path, output: Output) -> None:
    """Restore a backup from FOLDER.

    It is copied into the data folder, which must be new or empty.
    """
    from ..server.services import backup as backups

    if not (folder / _data_folder.USERS_LOCK).exists():
        raise CommandError(f"{folder} is not a backup: it has no server data")
    result = with_context(folder, lambda context: backups.create_backup(context, data.absolute()), any_version=True)
    _report_copy(result, data, "back in", output)


def _report_copy(result: BackupResult, folder: Path, where: str, output: Output) -> None:
    """Print what was copied.

    Raises:
        CommandError: files of pictures are missing.
    """
    _data_folder.prepare(folder, marked=True)
    text = f"{result.pictures:,} pictures and their data are {where} {folder}"
    output.value(text, {"folder": str(folder), "pictures": result.pictures, "missing": list(result.missing)})
    for id in result.missing:
        click.echo(f"{id}: its file is missing", err=True)
    if result.missing:
        raise CommandError(
            f"{len(result.missing)} pictures could not be copied: only their records are {where} {folder}"
        )


@server.command(epilog=examples("pyimgur server check", "pyimgur server check --deep --repair"))
@click.option("--deep", is_flag=True, help="Read every file, and compare it with its checksum.")
@click.option("--repair", is_flag=True, help="Delete records without files, and move files without records to `lost`.")
@output_options
@data_option
def check(deep: bool, repair: bool, data: Path, output: Output) -> None:
    """Check that database and files agree.

    It also reports whether media workers have a sandbox, and which installed libraries that decode uploads have a known
    security hole. The exit code is 1 if database and files do not agree.

    Stop the server before you use --repair. A data folder or backup on a read-only medium can be checked, too.
    """
    from ..server.lifespan import lock_data_folder
    from ..server.media import decoders, sandbox
    from ..server.services import integrity

    folder = _data_folder.existing(data)
    if repair and _data_folder.is_read_only(folder):
        raise CommandError(f"{folder} is read-only, so --repair can change nothing: leave it out, or repair a copy")
    with _server_context.translate_errors(folder), ExitStack() as exits:
        if repair:
            exits.enter_context(lock_data_folder(folder))
        findings = with_context(data, lambda context: integrity.check(context, deep=deep), any_version=True)
        workers = sandbox.describe("auto", folder)
        outdated = decoders.outdated()
        lost = None
        if not output.as_json:  # before the repair, which may take long
            lines = [*(f"outdated: {sentence}" for sentence in outdated), f"media workers: {workers}"]
            click.echo("\n".join([*_format_findings(findings), *lines]))
        if repair and not findings.database:
            lost = with_context(data, lambda context: integrity.repair(context, findings))
            done = f"{len(findings.missing)} records deleted, {len(findings.unknown)} files moved to {lost}"
            if not output.as_json:
                click.echo(f"repaired: {done}")
        if output.as_json:
            output.item({}, {**_fields(findings), "media_workers": workers, "outdated": outdated, "put_into": lost})
    if not findings.good and not (repair and not findings.database and not findings.changed):
        raise click.exceptions.Exit(1)


def _fields(findings: Findings) -> dict[str, object]:
    return {
        "good": findings.good,
        "pictures": findings.pictures,
        "database": [*map(str, findings.database)],
        "missing": [*map(str, findings.missing)],
        "changed": [*map(str, findings.changed)],
        "unknown": [*findings.unknown.values()],
    }


def _format_findings(findings: Findings) -> Iterator[str]:
    """Yield one line for each finding."""
    yield from (f"database: {text}" for text in findings.database)
    yield from (f"{id}: its file is missing" for id in findings.missing)
    yield from (f"{id}: its file differs from the upload" for id in findings.changed)
    yield from (f"{file}: no record has this file" for file in findings.unknown.values())
    if findings.good:
        yield f"{findings.pictures:,} pictures: database and files agree"
