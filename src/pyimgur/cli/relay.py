"""`pyimgur relay`: Imgur's names for every program of a shell, not of one command alone.

What such a shell has to be told, the relay's word among it, is in a file that only its user can read, for as long as
the relay runs; `pyimgur relay env` prints it for the shell to take.
"""

from __future__ import annotations

import asyncio
import os
import shlex
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path, PurePath

import click
import platformdirs

from . import _data_folder, _listen_address, _relay_options
from ._errors import CommandError
from ._options import examples
from ._signals import EXIT_SIGNALS

RECORD = "relay.json"
DAY = 24 * 60 * 60.0
"""How long the relay's certificate is good."""


@click.group(
    invoke_without_command=True,
    epilog=examples(
        "pyimgur relay", "pyimgur relay --site https://img.example.org --port 4649", 'eval "$(pyimgur relay env)"'
    ),
)
@_relay_options.relay_options
@click.option(
    "--port", type=click.IntRange(0, 65535), default=0, help="The port to listen on. [default: any free port]"
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
        told = exits.enter_context(
            _relay_options.relay_environment(
                address, only_imgur=only_imgur, any_program=any_program, imgur_links=imgur_links, listener=listener
            )
        )
        exits.enter_context(_data_folder.recorded(_require_no_relay(_record()), told))
        asyncio.run(_run(f"pyimgur relay at http://127.0.0.1:{listener.getsockname()[1]}, to {address}"))


async def _run(line: str) -> None:
    told = asyncio.Event()
    for number in EXIT_SIGNALS:
        asyncio.get_running_loop().add_signal_handler(number, told.set)
    click.echo(line)
    click.echo('To use it in a shell, run there: eval "$(pyimgur relay env)"', err=True)
    try:
        await asyncio.wait_for(told.wait(), DAY)
    except TimeoutError:
        raise CommandError("the relay's certificate was valid for a day and has expired: start it again") from None


def _record() -> Path:
    """The file for what programs are told; not in the data folder, for the server may be elsewhere.

    Raises:
        CommandError: somebody else could have written it.
    """
    folder = platformdirs.user_cache_path("pyimgur") / "relay"
    if folder.exists() and (folder.stat().st_uid != os.getuid() or folder.stat().st_mode & 0o022):
        raise CommandError(f"other users can write to {folder}, and a shell reads settings from it: remove it")
    return folder / RECORD


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
"""How each shell sets a variable for the programs it starts."""


def _usual_shell() -> str:
    name = "powershell" if os.name == "nt" else PurePath(os.environ.get("SHELL", "sh")).name
    return name if name in SHELLS else "sh"


@relay.command(
    epilog=examples(
        'eval "$(pyimgur relay env)"',
        "pyimgur relay env --shell fish | source",
        "pyimgur relay env --shell powershell | Out-String | Invoke-Expression",
    )
)
@click.option("--shell", type=click.Choice(list(SHELLS)), default=_usual_shell, help="The shell. [default: yours]")
def env(shell: str) -> None:
    """Print the environment variables that make a shell use the running relay.

    They contain its password: pass them to the shell, and do not show them on screen.
    """
    told = _data_folder.record(_record())
    if told is None:
        raise CommandError("no relay is running: start one with `pyimgur relay`")
    for name, value in told.items():
        click.echo(SHELLS[shell](name, str(value)))
