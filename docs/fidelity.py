"""Write fidelity.md: how the answer of each endpoint was checked, from the data and the tests of this repository.

`make docs` runs it, and a test compares.
"""

from __future__ import annotations

import ast
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

from pyimgur.server.app import routes
from pyimgur.server.routes.openapi import operations
from pyimgur.server.routes.removed_endpoints import gone

PAGE = Path(__file__).with_suffix(".md")
TESTS = PAGE.parent.parent / "tests"
sys.path[:0] = [str(TESTS), str(TESTS / "programs")]

import program_calls  # noqa: E402

from endpoint_support import FACTS, answered, endpoint_id, facts, filled  # noqa: E402

TOP = """\
# Fidelity

How the server's answer to each endpoint of Imgur's API was checked. This page is generated from the facts about the
API in `tests/facts` and from the tests, so it says what is checked now.

Recorded
: "Compared": a response that was recorded at Imgur, with its content replaced, is in `tests/facts/samples`, and a test
  compares the server's response with it. "Error compared": the same, for an error only. "Read": there is a recorded
  response, and tests read it with the client, but none compares the server's response with it. "Elsewhere": others have
  published a recorded response, of which this project keeps the facts only.

Documented
: Whether Imgur's documentation describes the endpoint, or until when it did. Its path, method and parameters are then
  checked against the server's.

Programs
: Unmodified programs of others that call the endpoint successfully in this project's tests ([](programs.md)).

An endpoint with none of these is known only from the source code of programs: its answer may differ from Imgur's.
"""
NOTHING = "There is nothing at Imgur to check them against:"
HEAD = "\n| Endpoint | Recorded | Documented | Programs |\n|---|---|---|---|\n"


class Row(NamedTuple):
    """An endpoint, and how its answer was checked."""

    group: str
    call: str
    recorded: str
    documented: str
    programs: str


CHECKS: tuple[tuple[str, Callable[[Row], bool]], ...] = (
    ("compared with a recorded response", lambda row: row.recorded == "compared"),
    ("called by an unmodified program", lambda row: bool(row.programs)),
    ("recorded", lambda row: bool(row.recorded)),
    ("documented", lambda row: bool(row.documented)),
    ("none of these", lambda _row: True),
)
"""Each check, and whether an endpoint has it; the strongest first."""


def page() -> str:
    """Return the whole page."""
    served = [row(each) for each in facts() if answered(each["method"], filled(each["path"])) == "on"]
    off = [each for each in facts() if answered(each["method"], filled(each["path"])) != "on"]
    groups = groupby(sorted(served, key=lambda each: each.group), key=lambda each: each.group)
    tables = "".join(f"\n## {name}\n{HEAD}{''.join(map(line, rows))}" for name, rows in groups)
    return TOP + summary(served) + tables + not_served(off) + added()


def summary(served: list[Row]) -> str:
    """Return how many endpoints there are for each strongest check."""
    counts = Counter(next(name for name, has in CHECKS if has(each)) for each in served)
    lines = "".join(f"| {name} | {counts[name]} |\n" for name, _ in CHECKS)
    title = f"Of {len(served)} endpoints of Imgur that the server has, by their strongest check:"
    return f"\n{title}\n\n| Check | Endpoints |\n|---|--:|\n{lines}"


def row(endpoint: dict[str, Any]) -> Row:
    """Return how an endpoint was checked."""
    programs = [name for name, ids in sorted(program_calls.calls().items()) if endpoint["id"] in ids]
    return Row(endpoint["group"], call(endpoint), recorded(endpoint), documented(endpoint), "; ".join(programs))


def call(endpoint: dict[str, Any]) -> str:
    """Return the method and path of an endpoint."""
    return f"`{endpoint['method']} {endpoint['path']}`"


def recorded(endpoint: dict[str, Any]) -> str:
    """Return what was done with recorded responses of an endpoint."""
    names = [name for name in samples() if name.partition(".")[0] == endpoint["id"]]
    compared = [name for name in names if name in compared_samples()]
    if any(".error_" not in name for name in compared):
        return "compared"
    if compared:
        return "error compared"
    return "read" if names else "elsewhere" if endpoint["recorded"] else ""


def documented(endpoint: dict[str, Any]) -> str:
    """Return whether an endpoint is in the documentation."""
    if not endpoint["documented"]:
        return ""
    if not endpoint["ended"]:
        return "yes"
    return f"until {endpoint['ended_in']}" if endpoint["ended_in"] else "formerly"


@cache
def samples() -> frozenset[str]:
    """Return the names of the recorded responses."""
    return frozenset(path.stem for path in (FACTS / "samples").glob("*.json"))


@cache
def compared_samples() -> frozenset[str]:
    """Return those that a test of the server names, in a module that reads the facts."""
    return frozenset(name for path in (TESTS / "server").glob("test_*.py") for name in _named(path.read_text("utf-8")))


def _named(source: str) -> Iterator[str]:
    if "facts: Path" in source:
        values = (node.value for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Constant))
        names = (value.removesuffix(".json") for value in values if isinstance(value, str))
        yield from samples().intersection(names)


def line(row: Row) -> str:
    """Return a row of a table."""
    return f"| {row.call} | {row.recorded} | {row.documented} | {row.programs} |\n"


def not_served(off: list[dict[str, Any]]) -> str:
    """Return the list of endpoints that the server does not have."""
    listed = "".join(f"- {call(each)}\n" for each in off)
    return f"\n## Not served\n\nImgur has dropped most of these. They answer 410, or 404:\n\n{listed}"


def added() -> str:
    """Return the list of endpoints that Imgur does not have."""
    ours = [each for each in operations(routes()) if each.api and each.handler is not gone]
    new = sorted(
        {f"`{each.method} {each.path}`" for each in ours if endpoint_id(each.method, filled(each.path)) is None}
    )
    listed = "".join(f"- {each}\n" for each in new)
    return f"\n## Not in Imgur's API\n\nAdditions, and other methods for the calls above. {NOTHING}\n\n{listed}"


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
