"""Read the TOML file of `serve --config`: all settings of a server that have no option of their own.

Its names are those of `server.settings`, which has the defaults. Unknown names and invalid values are errors.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, TypedDict, get_args, get_origin, get_type_hints

import msgspec

from ..server.database_url import DatabaseURL
from ..server.settings import Amount, Credits, Limits, Processes, Seconds
from ._errors import CommandError


class ServerConfig(TypedDict, total=False):
    """The settings that a file may have."""

    database: DatabaseURL | None

    strip: Literal["anonymous", "all", "none"]
    fetch_private: bool
    dead_token_status: Literal[401, 403]
    workers: Processes
    sandbox: Literal["auto", "require", "off"]
    limits: Limits
    credits: Credits


Entries = dict[str, Any]
_TABLES: Mapping[str, type] = {"": ServerConfig, "limits": Limits, "credits": Credits}
_WORDS: Mapping[Any, str] = {
    Amount: "a whole number above 0, of 15 digits at most",
    Processes: "a whole number above 0 and below 1,000",
    Seconds: "a number of seconds, above 0 and no more than a day",
    bool: "true or false",
    str: "a text",
    Entries: "a table: write its settings below its name in brackets",
}


def read(file: Path) -> ServerConfig:
    """Return the settings in the file.

    Raises:
        CommandError: it cannot be read, or has an unknown setting or an invalid value.
    """
    try:
        settings = tomllib.loads(file.read_text("utf-8"))
    except OSError as error:
        raise CommandError(f"{file} cannot be read ({error.strerror}): check --config") from error
    except ValueError as error:  # neither UTF-8 nor TOML
        raise CommandError(f"{file} is not valid TOML: {error}") from error
    try:
        _check(settings)
        database = settings.pop("database", None)
        config = msgspec.convert(settings, ServerConfig)
        return {**config, "database": DatabaseURL.parse(database)} if database else config
    except ValueError as error:
        raise CommandError(f"{file}: {error}") from error


def _check(settings: Entries) -> None:
    """Raise `ValueError` for the first entry that is unknown or invalid."""
    for table, kind in _TABLES.items():
        entries: Entries = _validate_entry(table, settings.get(table, {}) if table else settings, Entries)
        known = get_type_hints(kind, include_extras=True)
        for name, value in entries.items():
            path = f"{table}.{name}" if table else name
            if name not in known:
                raise ValueError(f"there is no setting {path!r}; there are {', '.join(known)}")
            if name not in _TABLES:
                _validate_entry(path, value, known[name])


def _validate_entry(path: str, value: object, kind: Any) -> Any:
    if path == "database":
        kind = str  # its form is checked by `DatabaseURL.parse`
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError:
        expected = " or ".join(map(str, get_args(kind))) if get_origin(kind) is Literal else _WORDS[kind]
        raise ValueError(f"{path} must be {expected}") from None
