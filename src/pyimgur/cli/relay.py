"""`pyimgur relay`: redirect all programs of a shell from imgur.com to your own server.

While the relay runs, the environment variables for the shell, with the proxy password, are in a file that only its user
can read. `pyimgur relay env` prints them as commands for the shell.
"""

from __future__ import annotations

import asyncio
import os
import shlex
from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path, PurePath

import click
import platformdirs

from . import _data_folder, _listen_address, _relay_options
from ._errors import CommandError
from ._options import examples
from ._signals import EXIT_SIGNALS

RECORD = "relay.json"
DAY = 24 * 60 * 60.0
"""Seconds for which the relay's certificate is valid."""


@click.group(
    invoke_without_command=True,
    epilog=examples(
        "pyimgur relay", "pyimgur relay --site https://img.example.org --port 4649", 'eval "$(pyimgur relay env)"'
    ),
)
@_relay_options.relay_options
@click.option(
    "--port", type=click.IntRange(0, 65535), default=0, show_default="any free port", help="The port to listen on."
)
@click.pass_context
def relay(
    ctx: click.Context,
    data: Path,
    site: str | None,
    only_imgur: bool,
    any_program: bool,
    imgur_links: bool,
    port: int,
) -> None:
    """Redirect the programs of a shell from imgur.com to your own server.

    The relay prints its address, and runs until Ctrl-C, for at most a day. Programs reach your server under imgur.com
    if the shell has the settings that `pyimgur relay env` prints. For a single command, use `pyimgur run`.
    """
    if ctx.invoked_subcommand is not None:
        return
    with ExitStack() as exits:
        listener = exits.enter_context(_listen_address.bind("127.0.0.1", port))
        address = exits.enter_context(_relay_options.server(data, site))
        variables = exits.enter_context(
            _relay_options.relay_environment(
                address, only_imgur=only_imgur, any_program=any_program, imgur_links=imgur_links, listener=listener
            )
        )
        exits.enter_context(_data_folder.recorded(_require_no_relay(_record()), variables))
        asyncio.run(_run(f"pyimgur relay at http://127.0.0.1:{listener.getsockname()[1]}, to {address}"))


async def _run(line: str) -> None:
    stop = asyncio.Event()
    with suppress(NotImplementedError):  # without handlers, as on Windows, Ctrl-C raises KeyboardInterrupt
        for number in EXIT_SIGNALS:
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
    click.echo(line)
    click.echo('To use it in a shell, run there: eval "$(pyimgur relay env)"', err=True)
    try:
        await asyncio.wait_for(stop.wait(), DAY)
    except TimeoutError:
        raise CommandError("the relay's certificate was valid for a day and has expired: start it again") from None


def _record() -> Path:
    """Return the path of the file with the variables; not in the data folder, as the server may be on another machine.

    Raises:
        CommandError: other users can write to its folder.
    """
    folder = platformdirs.user_cache_path("pyimgur") / "relay"
    if hasattr(os, "getuid") and folder.exists() and not _is_private(folder.stat()):
        raise CommandError(f"other users can write to {folder}, and a shell reads settings from it: remove it")
    return folder / RECORD


def _is_private(folder: os.stat_result) -> bool:
    return folder.st_uid == os.getuid() and not folder.st_mode & 0o022


def _require_no_relay(record: Path) -> Path:
    try:
        record.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise CommandError(f"{record.parent} cannot be used: {error.strerror}") from error
    if _data_folder.record(record) is not None:
        raise CommandError("a relay is already running: use it (pyimgur relay env), or stop it first")
    return record


def _sh(name: str, value: str) -> str:
    return f"export {name}={shlex.quote(value)}"


def _fish(name: str, value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"set -gx {name} '{escaped}';"


def _powershell(name: str, value: str) -> str:
    escaped = value.replace("'", "''")
    return f"$env:{name} = '{escaped}'"


SHELLS: dict[str, Callable[[str, str], str]] = {"sh": _sh, "fish": _fish, "powershell": _powershell}
"""Name of a shell -> the command that sets a variable for the programs it starts."""


def _default_shell() -> str:
    name = "powershell" if os.name == "nt" else PurePath(os.environ.get("SHELL", "sh")).name
    return name if name in SHELLS else "sh"


@relay.command(
    epilog=examples(
        'eval "$(pyimgur relay env)"',
        "pyimgur relay env --shell fish | source",
        "pyimgur relay env --shell powershell | Out-String | Invoke-Expression",
    )
)
@click.option("--shell", type=click.Choice(list(SHELLS)), default=_default_shell, help="The shell. [default: yours]")
def env(shell: str) -> None:
    """Print the variables that make a shell use the relay.

    They contain its password: pass them to the shell, and do not show them on screen.
    """
    variables = _data_folder.record(_record())
    if variables is None:
        raise CommandError("no relay is running: start one with `pyimgur relay`")
    for name, value in variables.items():
        click.echo(SHELLS[shell](name, str(value)))
