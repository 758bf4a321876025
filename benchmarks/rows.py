"""What is compared: for each row our code path, another that does the same, and how close ours should come."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

HERE = Path(__file__).parent
MIB = 1024 * 1024


@dataclass(frozen=True)
class Row:
    """One comparison. A code path is MODULE.FUNCTION; its docstring says what it calls."""

    work: str
    ours: str
    other: str
    by: Literal["cpu", "wall"]
    goal: float | None = None
    """What the ratio should be at most; None where the other is there to show the distance only."""
    growth: int | None = None
    """The bytes by which our memory should grow at most."""
    extra: int | None = None
    """Instead of a ratio: do it so often, and compare the difference for one in milliseconds with the goal."""


ROWS = (
    Row("small call, sync", "ours.calls", "bare.calls", "cpu", 1.2),
    Row("small call, async", "ours.async_calls", "bare.async_calls", "cpu", 1.2),
    Row("small call, PyImgur", "ours.calls", "peers.pyimgur_calls", "cpu", 0.2),
    Row("small call, imgurpython", "ours.calls", "peers.imgurpython_calls", "cpu", 0.2),
    Row("gallery page of 60 into objects", "ours.gallery", "least.json_loads", "cpu", 0.8),
    Row("200 MB upload, sync", "ours.large_upload", "least.curl_upload", "wall", 1.4, 8 * MIB),
    Row("200 MB upload, async", "ours.async_large_upload", "least.curl_upload", "wall", 1.8, 8 * MIB),
    Row("300 uploads of 200 KB, 8 at once, sync", "ours.uploads", "bare.uploads", "cpu", 1.15),
    Row("300 uploads of 200 KB, 8 at once, async", "ours.async_uploads", "bare.async_uploads", "cpu", 1.15),
    Row("2,000 downloads of 100 KB, 16 at once, sync", "ours.downloads", "bare.downloads", "cpu", 1.15, 16 * MIB),
    Row(
        "2,000 downloads of 100 KB, 16 at once, async",
        "ours.async_downloads",
        "bare.async_downloads",
        "cpu",
        1.15,
        16 * MIB,
    ),
    Row("1 GB download, sync", "ours.large_download", "bare.large_download", "wall", 1.1, 4 * MIB),
    Row("import pyimgur", "least.import_pyimgur", "least.bare_python", "cpu", 60, extra=10),
    Row("small call, sockets", "ours.calls", "least.calls", "cpu"),
    Row("200 MB upload, sockets", "ours.large_upload", "least.large_upload", "wall"),
    Row("300 uploads of 200 KB, sockets", "ours.uploads", "least.uploads", "cpu"),
    Row("2,000 downloads of 100 KB, sockets", "ours.downloads", "least.downloads", "cpu"),
    Row("1 GB download, sockets", "ours.large_download", "least.large_download", "wall"),
    Row("1 GB download, curl", "ours.large_download", "least.curl_download", "wall"),
)


def paths(rows: tuple[Row, ...]) -> list[list[str]]:
    """The code paths to measure, each once a round, in groups that take turns: what is compared runs side by side."""
    groups: dict[str, dict[str, None]] = {}
    homes: dict[str, str] = {}
    for row in rows:
        home = homes.setdefault(row.ours, homes.get(row.other, row.ours))
        homes.setdefault(row.other, home)
        groups.setdefault(home, {}).update({row.ours: None, row.other: None})
    return [list(dict.fromkeys(path for path in group if homes[path] == home)) for home, group in groups.items()]


def described(path: str) -> str:
    """What a code path calls, in the first line of its docstring."""
    module, _, name = path.partition(".")
    tree = ast.parse((HERE / f"{module}.py").read_text())
    found = next(node for node in tree.body if getattr(node, "name", "") == name)
    assert isinstance(found, ast.FunctionDef | ast.AsyncFunctionDef)
    return (ast.get_docstring(found) or "").split("\n")[0].rstrip(".")
