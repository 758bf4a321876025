"""The frozen surface: everything that programs, scripts and stored files depend on, as sorted lines of text.

    .venv/bin/python tests/frozen_support.py      # write frozen/*.txt anew

Each page of `frozen/` is one function here. A change of a line is a change of the public interface: it needs a line in
CHANGELOG.md. Nothing here names a private module, so that moving code changes no line.
"""

from __future__ import annotations

import ast
import dataclasses
import inspect
import re
import sqlite3
import tempfile
from collections.abc import Callable, Iterable, Iterator
from importlib import import_module
from importlib.metadata import distribution
from pathlib import Path
from typing import Any, get_origin

import click

import pyimgur
from command_contract import API_KEYS, EXIT_CODES, OWN_KEYS
from pyimgur.backup.layout import MANIFEST
from pyimgur.backup.manifest import Manifest
from pyimgur.server import settings

FROZEN = Path(__file__).parent / "frozen"
SOURCE = Path(pyimgur.__file__).parent
MODULES = (
    "pyimgur",
    "pyimgur.backup",
    "pyimgur.basic_objects",
    "pyimgur.budget",
    "pyimgur.client",
    "pyimgur.conversion",
    "pyimgur.exceptions",
    "pyimgur.ledger",
    "pyimgur.links",
    "pyimgur.logins",
    "pyimgur.oauth",
    "pyimgur.pictures",
    "pyimgur.request",
    "pyimgur.sites",
    "pyimgur.testing",
    "pyimgur.tokens",
)
ENVIRONMENT = re.compile(r"(PYIMGUR|IMGUR)_[A-Z_]+")
SETTINGS = (settings.Settings, settings.Limits, settings.Credits)


# ---- Python


def python() -> Iterator[str]:
    """Public names of the public modules: functions with signatures, classes with bases and members."""
    for module in MODULES:
        found = import_module(module)
        names = getattr(found, "__all__", None) or [
            name for name, value in vars(found).items() if _is_own(value, module)
        ]
        for name in sorted(name for name in names if not name.startswith("_")):
            value = getattr(found, name)
            if module != "pyimgur" and getattr(pyimgur, name, None) is value:
                yield f"{module}.{name} = pyimgur.{name}"
            else:
                yield from _described(f"{module}.{name}", value)


def _is_own(value: object, module: str) -> bool:
    return getattr(value, "__module__", None) == module and (inspect.isclass(value) or inspect.isfunction(value))


def _described(path: str, value: Any) -> Iterator[str]:
    if inspect.isclass(value):
        yield f"{path}: class({', '.join(base.__name__ for base in value.__mro__[1:-1] if _is_public(base))})"
        yield from _members(path, value)
    elif inspect.isroutine(value):
        yield f"{path}{_signature(value)}"
    elif get_origin(value) is not None:
        yield f"{path} = {_plain(value)}"
    else:
        yield f"{path}: {type(value).__name__}"


def _is_public(kind: type) -> bool:
    return not kind.__name__.startswith("_") and (kind.__module__ == "builtins" or kind.__name__ in pyimgur.__all__)


def _members(path: str, kind: type) -> Iterator[str]:
    if kind.__init__ is not object.__init__:
        yield f"{path}.__init__{_signature(kind.__init__)}"
    for name, value in inspect.getmembers_static(kind):
        owner = next((base for base in kind.__mro__ if name in vars(base)), object)
        if name.startswith("_") or not owner.__module__.startswith("pyimgur"):
            continue
        inner = value.__func__ if isinstance(value, staticmethod | classmethod) else value
        described = hasattr(inner, "describe")
        if callable(inner) or described:
            kind_of = f" <{type(inner).__name__}>" if described else ""
            yield f"{path}.{name}{_signature(inner)}{kind_of}"
        else:
            yield f"{path}.{name}: {'attribute' if isinstance(value, property) else type(value).__name__}"
    for base in kind.__mro__:
        for name, annotation in vars(base).get("__annotations__", {}).items():
            if base.__module__.startswith("pyimgur") and not name.startswith("_"):
                yield f"{path}.{name}: {_plain(annotation)}"


def _signature(value: Any) -> str:
    try:
        return _plain(inspect.signature(value))
    except (TypeError, ValueError):
        return "(...)"


def _plain(annotation: object) -> str:
    """Return a signature or annotation without the paths of modules and without addresses in memory."""
    text = re.sub(r"""ForwardRef\((['"])(.*?)\1[^)]*\)""", r"\2", str(annotation))
    text = re.sub(r" at 0x[0-9a-f]+", "", text)
    return re.sub(r"\b(?:[a-z_]\w*\.)+(?=[A-Za-z_])", "", text).replace("'", "")


# ---- the command


def commands() -> Iterator[str]:
    """Every command with its arguments and options: names, kind of value, default, variable of the environment.

    Then the keys of each command's `--json`, and the exit codes.
    """
    from pyimgur.cli._lazy_group import ROOT

    yield from _command("pyimgur", ROOT)
    for command, keys in API_KEYS.items():
        yield f"pyimgur {command} --json keys of the API: {', '.join(sorted(keys))}"
    for command, keys in OWN_KEYS.items():
        yield f"pyimgur {command} --json keys: {', '.join(sorted(keys))}"
    for code, meaning in EXIT_CODES.items():
        yield f"pyimgur exit code {code}: {meaning}"


def _command(path: str, command: click.Command) -> Iterator[str]:
    yield path + (" (hidden)" if command.hidden else "")
    for parameter in command.params:
        yield f"{path} {_parameter(parameter)}"
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            under = command.get_command(context, name)
            assert under is not None, name
            yield from _command(f"{path} {name}", under)


def _parameter(parameter: click.Parameter) -> str:
    names = "/".join((*parameter.opts, *parameter.secondary_opts))
    kind = "|".join(parameter.type.choices) if isinstance(parameter.type, click.Choice) else parameter.type.name
    flags = ["flag"] if getattr(parameter, "is_flag", False) else [str(kind)]
    flags += ["required"] * parameter.required + ["repeatable"] * bool(getattr(parameter, "multiple", False))
    flags += [f"${parameter.envvar}"] * bool(parameter.envvar) + ["hidden"] * bool(getattr(parameter, "hidden", False))
    if parameter.nargs != 1:
        flags.append(f"takes {parameter.nargs}")
    return f"{names}: {', '.join(flags)}"


# ---- the server


def configuration() -> Iterator[str]:
    """Every setting of the server with its default, and every variable of the environment that the code names."""
    for table in SETTINGS:
        for entry in dataclasses.fields(table):
            default = "required" if entry.default is entry.default_factory is dataclasses.MISSING else entry.default
            plain = isinstance(default, str | int | float | bool)
            yield f"{table.__name__}.{entry.name}: {_plain(entry.type)} = {default if plain else '...'}"
    for tree in _trees():
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and ENVIRONMENT.fullmatch(node.value):
                yield f"environment {node.value}"


def routes() -> Iterator[str]:
    """Every method and path of the API with its parameters and form fields, from the OpenAPI document."""
    from pyimgur.server.app import routes as listed
    from pyimgur.server.routes.openapi import document

    for path, methods in document(listed(), "http://localhost")["paths"].items():
        for method, operation in methods.items():
            fields = [_typed(f"{one['in']} {one['name']}", one["schema"]) for one in operation.get("parameters", ())]
            bodies = operation.get("requestBody", {}).get("content", {}).values()
            properties = {name: one for body in bodies for name, one in body["schema"].get("properties", {}).items()}
            fields += sorted(_typed(f"field {name}", one) for name, one in properties.items())
            yield f"{method.upper()} {path}: {', '.join(fields)}"


def _typed(name: str, schema: dict[str, Any]) -> str:
    return name if schema["type"] == "string" else f"{name} {schema['type']}"


# ---- files


def stored() -> Iterator[str]:
    """Tables and columns of the server's database, the ledger and a backup's manifest; stored tokens and logins."""
    from pyimgur.logins import Login
    from pyimgur.tokens import Key, StoredToken

    with tempfile.TemporaryDirectory() as folder:
        yield from (f"ledger {line}" for line in _tables(_new_ledger(Path(folder))))
        yield from (f"backup {line}" for line in _tables(_new_manifest(Path(folder))))
    from sqlalchemy.dialects import sqlite

    from pyimgur.server.db.schema import metadata

    for table in metadata.sorted_tables:
        for column in table.columns:
            flags = ["not null"] * (not column.nullable) + ["primary key"] * column.primary_key
            kind = column.type.compile(sqlite.dialect())
            yield f"server {table.name}.{column.name}: {' '.join([kind, *flags])}"
    for kind in (Key, StoredToken, Login):
        yield from (f"{kind.__name__} {entry.name}" for entry in dataclasses.fields(kind))


def _new_manifest(folder: Path) -> Path:
    manifest = Manifest(folder)
    manifest.begin_run("account", "http://localhost", 0.0)
    return folder / MANIFEST


def _new_ledger(folder: Path) -> Path:
    ledger = pyimgur.Ledger(folder / "uploads.db")
    ledger.write(pyimgur.LedgerEntry("/a.png", "http://localhost", "id"))
    return ledger.path


def _tables(file: Path) -> Iterator[str]:
    db = sqlite3.connect(file)
    try:
        for name, sql in db.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL"):
            yield f"{name}: {' '.join(sql.split())}"
    finally:
        db.close()


# ---- names that other programs configure


def names() -> Iterator[str]:
    """Entry points of the package, and the loggers that a program may configure."""
    for point in distribution("pyimgur").entry_points:
        yield f"entry point {point.group} {point.name} = {point.value}"
    for tree in _trees():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "getLogger":
                (name,) = node.args or [ast.Constant("root")]
                yield f"logger {name.value if isinstance(name, ast.Constant) else 'of its module'}"


def _trees() -> Iterator[ast.Module]:
    for path in sorted(SOURCE.rglob("*.py")):
        yield ast.parse(path.read_text("utf-8"))


PAGES: dict[str, Callable[[], Iterable[str]]] = {
    page.__name__: page for page in (python, commands, configuration, routes, stored, names)
}


def lines(page: str) -> list[str]:
    """Return a page's lines, sorted, each once."""
    return sorted(set(PAGES[page]()))


if __name__ == "__main__":
    FROZEN.mkdir(exist_ok=True)
    for page in PAGES:
        (FROZEN / f"{page}.txt").write_text("".join(f"{line}\n" for line in lines(page)), "utf-8")
