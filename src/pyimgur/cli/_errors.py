"""What a user is told when something fails: one sentence, what happened and what to do."""

from __future__ import annotations

import os
import sys

from ..exceptions import ImgurError

CLI_PACKAGES = frozenset({"click", "cryptography", "rich"})
OF_THE_SERVER = frozenset({"demo", "relay", "run", "serve", "server"})
"""Commands that start a server of their own: the extra of the command alone would not be enough for them."""


class CommandError(Exception):
    """A command could not do its work; the text is all the user needs to know."""


def explain(error: Exception) -> str:
    """The sentence for an error, whatever it is."""
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
    """What to install, if an error says that a package is not there which an extra brings."""
    match error:
        case ModuleNotFoundError(name=str(name)) if not name.startswith("pyimgur"):
            package = name.partition(".")[0]
        case _:
            return None
    if package in sys.stdlib_module_names:
        return f"this command needs {package}, which this system does not have: use Linux or macOS"
    extra = "cli" if package in CLI_PACKAGES and command not in OF_THE_SERVER else "server"
    return (
        f"this command needs {package}, which is not installed: "
        f'in a clone of pyimgur, run python -m pip install ".[{extra}]"'
    )
