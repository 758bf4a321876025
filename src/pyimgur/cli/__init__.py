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

GROUPS = {
    "Pictures": {
        "upload": ("pyimgur.cli.upload:upload", "Upload pictures and videos, each once."),
        "download": ("pyimgur.cli.download:download", "Save the pictures behind any address."),
        "history": ("pyimgur.cli.history:history", "List what was uploaded from here."),
        "delete": ("pyimgur.cli.delete:delete", "Delete what was uploaded, by link, id or file."),
        "undo": ("pyimgur.cli.delete:undo", "Take the last upload back."),
    },
    "The rest of Imgur": {
        "album": ("pyimgur.cli.album:album", "Make, look at, change and delete albums."),
        "image": ("pyimgur.cli.image:image", "Look at, change and delete pictures that were uploaded."),
        "gallery": ("pyimgur.cli.gallery:gallery", "Look at what everybody shared, vote on it, and share."),
        "search": ("pyimgur.cli.gallery:search", "List the posts of the gallery that fit some words."),
        "comment": ("pyimgur.cli.comment:comment", "Read, write and delete comments."),
        "tag": ("pyimgur.cli.user:tag", "Look at tags and the posts that carry them; follow them."),
        "user": ("pyimgur.cli.user:user", "Look at people and what they share; block them."),
        "message": ("pyimgur.cli.message:message", "Read and write messages."),
        "api": ("pyimgur.cli.api:api", "Send any call of the API, and print the answer."),
    },
    "Your account": {
        "login": ("pyimgur.cli.login:login", "Log in, so that commands act for you."),
        "logout": ("pyimgur.cli.accounts:logout", "Forget a login, and its tokens."),
        "whoami": ("pyimgur.cli.accounts:whoami", "Say for whom commands act."),
        "accounts": ("pyimgur.cli.accounts:accounts", "Who is logged in, and where; choose who is used."),
        "credits": ("pyimgur.cli.accounts:credits", "How many more calls Imgur answers."),
    },
    "An Imgur of your own": {
        "demo": (
            "pyimgur.cli.demo:demo",
            "Watch the main job run: consent, album, pictures there and back.",
        ),
        "serve": ("pyimgur.cli.serve:serve", "Run an Imgur of your own on this machine."),
        "server": ("pyimgur.cli.server:server", "Look after a server: accounts, applications, backups, health."),
        "run": ("pyimgur.cli.run:run", "Run a program against your own Imgur, not the real one."),
        "relay": ("pyimgur.cli.relay:relay", "Lead a shell's programs to your own Imgur, not the real one."),
    },
    "The command itself": {
        "completion": (
            "pyimgur.cli.completion:completion",
            "Let the tab key complete commands, in bash, zsh or fish.",
        ),
    },
}
"""What a command is for -> its name -> where its click command is, and what it does in one line."""
COMMANDS = {name: row for group in GROUPS.values() for name, row in group.items()}

_HELP = """\
Usage: pyimgur COMMAND [OPTIONS]

Imgur from the command line, and an Imgur of your own.

{commands}
Options:
  --version   Show the version.
  -h, --help  Show this text; `pyimgur COMMAND --help` tells more.

Examples:
  pyimgur login
  pyimgur upload beach.jpg holiday/*.jpg --new-album Holiday
  pyimgur download https://imgur.com/a/aBcdeFg
  pyimgur serve
  pyimgur run -- python examples/authorization.py
"""
COMPLETING = "_PYIMGUR_COMPLETE"
"""Set by a shell that asks what could stand behind what was typed: see `pyimgur completion`."""
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
        return _end(_INTERRUPTED)
    except SystemExit as stopped:
        return _end(stopped.code if isinstance(stopped.code, int) else 1)
    except BrokenPipeError:  # who read our output has gone
        return _end(_BROKEN_PIPE)
    except Exception as error:
        code = _report(error, *words[:1])
        _give_up_output()
    return code


def _give_up_output() -> None:
    """Flush, or let go of what cannot be printed: the interpreter would try again, and end with a code of its own."""
    try:
        sys.stdout.flush()
    except (OSError, AttributeError):
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123 - for as long as the process lasts


def _end(code: int) -> int:
    """End now: the interpreter would wait for threads that wait for a network, and tell what nobody can read."""
    with suppress(OSError, AttributeError):  # it may be closed, or None
        sys.stdout.flush()
    os._exit(code)


def _run(words: list[str]) -> int:
    if COMPLETING in os.environ:
        from ._group import complete

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
            from ._group import dispatch

            return dispatch(words)


def _help() -> str:
    return _HELP.format(commands="\n".join(f"{title}:\n{_lines(group)}" for title, group in GROUPS.items()))


def _lines(group: Mapping[str, tuple[str, str]]) -> str:
    return "".join(f"  {name:<11} {line}\n" for name, (_, line) in group.items())


def _report(error: Exception, command: str = "") -> int:
    from ._errors import explain, missing
    from ._text import printable

    if os.environ.get("PYIMGUR_DEBUG") == "1":
        import traceback

        traceback.print_exception(error)
    install = missing(error, command)
    said = "\n".join(map(printable, (install or explain(error)).splitlines()))
    print(f"pyimgur: {said}", file=sys.stderr)  # noqa: T201
    return 2 if install else 1
