"""All statements of the server, and a checker for code that takes rows apart by position. Imports no pytest."""

from __future__ import annotations

import ast
import importlib
import pkgutil
from functools import cache
from typing import TYPE_CHECKING, Any

from pyimgur.server.db import queries
from pyimgur.server.db.dialects.sqlite import rules
from pyimgur.server.db.query import Query

if TYPE_CHECKING:
    from collections.abc import Iterator


def queries_in(value: object) -> Iterator[Query[Any]]:
    if isinstance(value, Query):
        yield value
    elif isinstance(value, dict | tuple):
        for part in value.values() if isinstance(value, dict) else value:
            yield from queries_in(part)


def every_query() -> list[tuple[str, Query[Any]]]:
    """Return every statement of the server, with its name."""
    modules = [
        importlib.import_module(f"{queries.__name__}.{found.name}") for found in pkgutil.iter_modules(queries.__path__)
    ]
    return [
        (f"{module.__name__.rpartition('.')[2]}.{name} {number}", query)
        for module in modules
        for name, value in vars(module).items()
        for number, query in enumerate(queries_in(value))
    ]


def all_queries() -> list[tuple[str, Query[Any]]]:
    """Return every statement of the server that returns rows, with its name."""
    return [(name, query) for name, query in every_query() if query.row is not None]


def all_sql() -> dict[str, str]:
    return {name: query.compiled(rules.DIALECT, {}).sql for name, query in all_queries()}


# ---- code that uses rows

KINDS = {"one": "row", "exactly_one": "row", "all": "rows"}
"""What the results of the methods of `Query` are."""
PASSED = frozenset(("read", "scan", "scan_blocking", "get_or_not_found", "reversed", "list", "sorted"))
"""Functions that return what their first argument is."""


@cache
def row_types() -> frozenset[str]:
    """Return the names of all row types."""
    return frozenset(query.row.__name__ for _, query in all_queries())


def positional_uses(source: str) -> list[str]:
    """Return the lines that take rows apart by position, each as its number and text.

    A name counts as a row if its function assigns it the result of a statement, loops over one with it, or annotates it
    with a row type.
    """
    tree = ast.parse(source)
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    lines = {use.lineno for function in functions for use in _Function(function).uses()}
    return [f"{line} {source.splitlines()[line - 1].strip()}" for line in sorted(lines)]


class _Function:
    def __init__(self, function: ast.AST) -> None:
        self.nodes = [*ast.walk(function)]
        self.kinds: dict[str, str | None] = {}
        for _ in range(3):  # until what is assigned first is known where it is used
            for node in self.nodes:
                self._learn(node)

    def _learn(self, node: ast.AST) -> None:
        match node:
            case (
                ast.Assign(targets=[ast.Name(name)], value=value)
                | ast.AnnAssign(target=ast.Name(name), value=ast.expr() as value)
                | ast.NamedExpr(target=ast.Name(name), value=value)
            ):
                self.kinds[name] = self.kinds.get(name) or self.kind(value)
            case ast.arg(arg=name, annotation=ast.expr() as annotation) if (
                ast.unparse(annotation).removesuffix(" | None").rpartition(".")[2] in row_types()
            ):
                self.kinds[name] = "row"
            case ast.For(target=ast.Name(name), iter=value) | ast.comprehension(target=ast.Name(name), iter=value):
                if self.kind(value) == "rows":
                    self.kinds[name] = "row"

    def kind(self, value: ast.AST | None) -> str | None:
        """Return whether an expression is a row, rows, or a query of these; None if it is something else."""
        match value:
            case ast.Name(name):
                return self.kinds.get(name)
            case ast.Await(value=inner) | ast.Yield(value=inner) | ast.NamedExpr(value=inner):
                return self.kind(inner)
            case ast.Call(func=ast.Attribute(attr=name) | ast.Name(name), args=[first, *_]) if name in PASSED:
                return self.kind(first)
            case ast.Call(func=ast.Attribute(attr=name)):
                return KINDS.get(name)
            case ast.Subscript(value=inner, slice=index) if self.kind(inner) == "rows":
                return "rows" if isinstance(index, ast.Slice) else "row"
        return None

    def uses(self) -> Iterator[ast.expr]:
        for node in self.nodes:
            match node:
                case ast.Subscript(slice=ast.Constant(str())):
                    pass  # a dict: ASGI's messages have the name of a row type
                case ast.Subscript(value=value) | ast.Starred(value=value) if self.kind(value) == "row":
                    yield node
                case ast.Assign(targets=[ast.Tuple() | ast.List() as target], value=value) if self.kind(value):
                    yield target
                case ast.For(target=target, iter=value) | ast.comprehension(target=target, iter=value) if self.kind(
                    value
                ) == "row" or (self.kind(value) and not isinstance(target, ast.Name)):
                    yield target
                case ast.Call(func=ast.Name("dict" | "zip" | "tuple"), args=[first, *_]) if self.kind(first):
                    yield node
                case ast.Call(func=ast.Attribute(attr=name) | ast.Name(name), args=[ast.Starred(), *_]) if (
                    name in row_types()
                ):
                    yield node
                case ast.Attribute(attr="_make"):
                    yield node
