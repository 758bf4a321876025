"""The `pyimgur` command: its table of commands, and the one place where it ends.

`--version` and the top `--help` are answered from here, before anything else is imported.
However a command ends, the user sees an exit code and at most one sentence, never a traceback:
0 done, 1 it did not work, 2 it was asked wrongly or its extra is not installed, 130 stopped with Ctrl-C (another
signal: 128 and its number).
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress

from .._version import __version__
from ._command_table import COMMAND_GROUPS, COMPLETION_VARIABLE

_HELP = """\
Usage: pyimgur COMMAND [OPTIONS]

Imgur from the command line, and your own Imgur-compatible server.

{commands}
Options:
  --version   Show the version.
  -h, --help  Show this text; `pyimgur COMMAND --help` shows the command's own.

Examples:
  pyimgur login
  pyimgur upload beach.jpg holiday/*.jpg --new-album Holiday
  pyimgur download https://imgur.com/a/aBcdeFg
  pyimgur serve
  pyimgur run -- python examples/authorization.py
"""
_INTERRUPTED = 130
_BROKEN_PIPE = 141


def main(args: Sequence[str] | None = None) -> int:
    """Run one command line; gives the exit code."""
    words = sys.argv[1:] if args is None else list(args)
    if (reconfigure := getattr(sys.stdout, "reconfigure", None)) is not None:
        reconfigure(errors="backslashreplace")  # a title that its encoding has no letters for must not cost a link
    try:
        code = _run(words)
        if sys.stdout:  # whoever started us may have closed it
            sys.stdout.flush()
    except KeyboardInterrupt:
        print("\npyimgur: stopped", file=sys.stderr)  # noqa: T201 - below what the terminal shows of Ctrl-C
        return _exit_now(_INTERRUPTED)
    except SystemExit as stopped:
        return _exit_now(stopped.code if isinstance(stopped.code, int) else 1)
    except BrokenPipeError:  # who read our output has gone
        return _exit_now(_BROKEN_PIPE)
    except Exception as error:
        code = _report(error, *words[:1])
        _silence_stdout()
    return code


def _silence_stdout() -> None:
    """Flush, or let go of what cannot be printed: the interpreter would try again, and end with a code of its own."""
    try:
        sys.stdout.flush()
    except (OSError, AttributeError):
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123 - for as long as the process lasts


def _exit_now(code: int) -> int:
    """End now: the interpreter would wait for threads that wait for a network, and tell what nobody can read."""
    with suppress(OSError, AttributeError):  # it may be closed, or None
        sys.stdout.flush()
    os._exit(code)


def _run(words: list[str]) -> int:
    if COMPLETION_VARIABLE in os.environ:
        from ._lazy_group import complete

        return complete()
    match words:
        case ["--version" | "-V"]:
            print(f"pyimgur {__version__}")  # noqa: T201
            return 0
        case ["help", *named]:
            return _run([*named, "--help"])
        case ["--help" | "-h", *_]:
            print(_help(), end="")  # noqa: T201
            return 0
        case []:
            print(_help(), end="", file=sys.stderr)  # noqa: T201
            return 2
        case _:
            from ._lazy_group import dispatch

            return dispatch(words)


def _help() -> str:
    return _HELP.format(commands="\n".join(f"{title}:\n{_lines(group)}" for title, group in COMMAND_GROUPS.items()))


def _lines(group: Mapping[str, tuple[str, str]]) -> str:
    return "".join(f"  {name:<11} {line}\n" for name, (_, line) in group.items())


def _report(error: Exception, command: str = "") -> int:
    from ._errors import explain, missing_extra
    from ._terminal_text import sanitize

    if os.environ.get("PYIMGUR_DEBUG") == "1":
        import traceback

        traceback.print_exception(error)
    install = missing_extra(error, command)
    said = "\n".join(map(sanitize, (install or explain(error)).splitlines()))
    print(f"pyimgur: {said}", file=sys.stderr)  # noqa: T201
    return 2 if install else 1
