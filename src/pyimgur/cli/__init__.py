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
        "upload": ("pyimgur.cli.upload:upload", "Upload pictures and videos, without duplicates."),
        "download": ("pyimgur.cli.download:download", "Download images, albums, users, tags or searches."),
        "history": ("pyimgur.cli.history:history", "List uploads from this machine."),
        "delete": ("pyimgur.cli.delete:delete", "Delete uploads, by link, id or file."),
        "undo": ("pyimgur.cli.delete:undo", "Delete what the last upload uploaded."),
    },
    "Albums, images, gallery and API": {
        "album": ("pyimgur.cli.album:album", "Create, show, edit and delete albums."),
        "image": ("pyimgur.cli.image:image", "List, show, edit and delete images that were uploaded."),
        "gallery": ("pyimgur.cli.gallery:gallery", "Browse the gallery, vote on posts, and share your own."),
        "search": ("pyimgur.cli.gallery:search", "Search the gallery."),
        "comment": ("pyimgur.cli.comment:comment", "Read, write and delete comments."),
        "tag": ("pyimgur.cli.user:tag", "Show tags and their posts, and follow tags."),
        "user": ("pyimgur.cli.user:user", "Show users and their posts, and block them."),
        "message": ("pyimgur.cli.message:message", "Read and write messages."),
        "api": ("pyimgur.cli.api:api", "Call any endpoint of the API."),
    },
    "Your account": {
        "login": ("pyimgur.cli.login:login", "Log in to your account."),
        "logout": ("pyimgur.cli.accounts:logout", "Delete a login and its tokens."),
        "whoami": ("pyimgur.cli.accounts:whoami", "Show the current account."),
        "accounts": ("pyimgur.cli.accounts:accounts", "List accounts, and switch between them."),
        "credits": ("pyimgur.cli.accounts:credits", "Show the remaining API credits."),
    },
    "Your own server": {
        "demo": (
            "pyimgur.cli.demo:demo",
            "Run the main job once: consent, album, upload, download.",
        ),
        "serve": ("pyimgur.cli.serve:serve", "Run your own server on this machine."),
        "server": ("pyimgur.cli.server:server", "Manage a server: accounts, applications, moderation, backups."),
        "run": ("pyimgur.cli.run:run", "Run a program against your own server."),
        "relay": ("pyimgur.cli.relay:relay", "Redirect a shell's programs to your own server."),
    },
    "Shell": {
        "completion": (
            "pyimgur.cli.completion:completion",
            "Print shell completion for bash, zsh or fish.",
        ),
    },
}
"""What a command is for -> its name -> where its click command is, and what it does in one line."""
COMMANDS = {name: row for group in GROUPS.values() for name, row in group.items()}

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
