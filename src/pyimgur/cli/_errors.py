"""Turn any exception into one sentence for the user: what happened, and what to do."""

from __future__ import annotations

import os
import sys

from ..exceptions import ImgurError

CLI_PACKAGES = frozenset({"click", "cryptography", "rich"})
SERVER_COMMANDS = frozenset({"demo", "relay", "run", "serve", "server"})
"""Commands that run a server, and so need the extra [server]."""


class CommandError(Exception):
    """An error of a command; its text is printed as it is."""


def explain(error: Exception) -> str:
    """Return the sentence for an error of any type."""
    match error:
        case ImgurError():
            return error.sentence
        case CommandError():
            return str(error)
        case OSError(strerror=str(reason)):
            return f"{os.fsdecode(error.filename)}: {reason}" if isinstance(error.filename, str | bytes) else reason
        case _:
            kind = type(error).__name__
            return f"this should not have happened ({kind}: {error}); PYIMGUR_DEBUG=1 shows where, please report it"


def missing_extra(error: Exception, command: str) -> str | None:
    """Return what to install, if the error is that a package of one of the extras is missing; else None."""
    match error:
        case ModuleNotFoundError(name=str(name)) if not name.startswith("pyimgur"):
            package = name.partition(".")[0]
        case _:
            return None
    if package in sys.stdlib_module_names:
        return f"this command needs {package}, which this system does not have: use Linux or macOS"
    extra = "cli" if package in CLI_PACKAGES and command not in SERVER_COMMANDS else "server"
    return (
        f"this command needs {package}, which is not installed: "
        f'in a clone of pyimgur, run python -m pip install ".[{extra}]"'
    )
