"""The `pyimgur` command: its table of commands, and the one place where it ends.

`--version` and the top `--help` are answered from here, before anything else is imported.
However a command ends, the user sees an exit code and at most one sentence, never a traceback:
0 done, 1 it did not work, 2 it was asked wrongly, 130 stopped with Ctrl-C.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from .._version import __version__

COMMANDS = {
    "demo": ("pyimgur.cli.demo:demo", "Watch the main job run: authorize, make an album, upload, download, compare."),
    "run": ("pyimgur.cli.run:run", "Run a program against your own Imgur instead of the real one."),
    "serve": ("pyimgur.cli.serve:serve", "Run an Imgur of your own on this machine."),
    "server": ("pyimgur.cli.server:server", "Look after a server: accounts, applications, backups, health."),
}
"""Name -> where its click command is, and what it does in one line."""

_HELP = """\
Usage: pyimgur COMMAND [OPTIONS]

Imgur from the command line, and an Imgur of your own.

Commands:
{commands}

Options:
  --version  Show the version.
  --help     Show this text; `pyimgur COMMAND --help` tells more.

Examples:
  pyimgur demo
  pyimgur serve
  pyimgur run -- python examples/authorization.py
"""
_INTERRUPTED = 130
_BROKEN_PIPE = 141


def main(args: Sequence[str] | None = None) -> int:
    """Run one command line; gives the exit code."""
    words = sys.argv[1:] if args is None else list(args)
    try:
        code = _run(words)
        sys.stdout.flush()
    except KeyboardInterrupt:
        return _INTERRUPTED
    except BrokenPipeError:
        # Who read our output has gone; the interpreter must not try to flush the rest at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _BROKEN_PIPE
    except Exception as error:
        return _report(error)
    return code


def _run(words: list[str]) -> int:
    match words:
        case ["--version" | "-V"]:
            print(f"pyimgur {__version__}")  # noqa: T201
            return 0
        case ["--help" | "-h"]:
            print(_help(), end="")  # noqa: T201
            return 0
        case []:
            print(_help(), end="", file=sys.stderr)  # noqa: T201
            return 2
        case _:
            from ._group import dispatch

            return dispatch(words)


def _help() -> str:
    return _HELP.format(commands="\n".join(f"  {name:<8} {line}" for name, (_, line) in COMMANDS.items()))


def _report(error: Exception) -> int:
    from ._errors import explain

    if os.environ.get("PYIMGUR_DEBUG") == "1":
        import traceback

        traceback.print_exception(error)
    print(f"pyimgur: {explain(error)}", file=sys.stderr)  # noqa: T201
    return 1
