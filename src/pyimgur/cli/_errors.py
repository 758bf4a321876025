"""What a user is told when something fails: one sentence, what happened and what to do."""

from __future__ import annotations

import os

from ..exceptions import ImgurError

CLI_PACKAGES = frozenset({"click", "rich"})


class Failure(Exception):
    """A command could not do its work; the text is all the user needs to know."""


def explain(error: Exception) -> str:
    """The sentence for an error, whatever it is."""
    match error:
        case Failure() | ImgurError():
            return str(error)
        case ModuleNotFoundError(name=str(name)) if not name.startswith("pyimgur"):
            return _missing(name.partition(".")[0])
        case OSError(strerror=str(reason)):
            return f"{os.fsdecode(error.filename)}: {reason}" if isinstance(error.filename, str | bytes) else reason
        case _:
            kind = type(error).__name__
            return f"this should not have happened ({kind}: {error}); PYIMGUR_DEBUG=1 shows where, please report it"


def _missing(package: str) -> str:
    extra = "cli" if package in CLI_PACKAGES else "server"
    return (
        f"this command needs {package}, which is not installed: "
        f'in a clone of pyimgur say python -m pip install ".[{extra}]"'
    )
