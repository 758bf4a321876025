"""The `pyimgur` command: `main()`, exit codes and error messages.

`--version` and the top `--help` are printed from here, before anything else is imported.
However a command ends, the user sees an exit code and at most one message, never a traceback (unless
PYIMGUR_DEBUG is 1): 0 done, 1 failed, 2 usage error or missing extra, 130 stopped with Ctrl-C (any other signal: 128
plus its number), 141 broken pipe.
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
    """Run one command line, and return the exit code."""
    words = sys.argv[1:] if args is None else list(args)
    if (reconfigure := getattr(sys.stdout, "reconfigure", None)) is not None:
        reconfigure(errors="backslashreplace")  # a title that stdout cannot encode must not lose the link beside it
    try:
        code = _run(words)
        if sys.stdout:  # None if the parent process closed it
            sys.stdout.flush()
    except KeyboardInterrupt:
        print("\npyimgur: stopped", file=sys.stderr)  # noqa: T201 - on the line after the terminal's own ^C
        return _exit_now(_INTERRUPTED)
    except SystemExit as stopped:
        return _exit_now(stopped.code if isinstance(stopped.code, int) else 1)
    except BrokenPipeError:
        return _exit_now(_BROKEN_PIPE)
    except Exception as error:
        code = _report(error, *words[:1])
        _silence_stdout()
    return code


def _silence_stdout() -> None:
    """Flush stdout, or drop what cannot be written: the interpreter would retry at exit and change the exit code."""
    try:
        sys.stdout.flush()
    except (OSError, AttributeError):
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123 - for as long as the process lasts


def _exit_now(code: int) -> int:
    """Exit at once: the interpreter would wait for threads blocked on the network, and print their tracebacks."""
    with suppress(OSError, AttributeError):  # stdout may be closed, or None
        sys.stdout.flush()
    os._exit(code)


def _run(words: list[str]) -> int:
    if COMPLETION_VARIABLE in os.environ:
        from ._lazy_group import complete

        return complete()
    match words:
        case ["--version" | "-V"]:
            print(f"pyimgur {__version__}")  # noqa: T201
            _warn_of_others()
            return 0
        case ["help", *command]:
            return _run([*command, "--help"])
        case ["--help" | "-h", *_]:
            print(_help(), end="")  # noqa: T201
            return 0
        case []:
            print(_help(), end="", file=sys.stderr)  # noqa: T201
            return 2
        case _:
            from ._lazy_group import dispatch

            return dispatch(words)


def _warn_of_others() -> None:
    from ._other_installations import warning

    if text := warning(sys.path, os.path.dirname(os.path.dirname(__file__))):  # noqa: PTH120
        print(f"pyimgur: {text}", file=sys.stderr)  # noqa: T201


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
    message = "\n".join(map(sanitize, (install or explain(error)).splitlines()))
    print(f"pyimgur: {message}", file=sys.stderr)  # noqa: T201
    return 2 if install else 1
