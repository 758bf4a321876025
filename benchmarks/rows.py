"""What is compared: for each row our code path, another that does the same, and how close ours should come."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

HERE = Path(__file__).parent
FAST = "fast"
"""The code paths of `ours` with the exchange over httptools."""
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
    Row("2,000 downloads of 100 KB, sync", "ours.downloads_in_threads", "bare.downloads", "cpu", 1.15, 16 * MIB),
    Row("album of 2,000 downloads, sync", "ours.downloads", "bare.downloads", "cpu", 0.9, 16 * MIB),
    Row("2,000 downloads of 100 KB, async", "ours.async_downloads", "bare.async_downloads", "cpu", 1.15, 16 * MIB),
    Row("1 GB download, sync", "ours.large_download", "bare.large_download", "wall", 1.1, 4 * MIB),
    Row("small call, sync, [fast]", "fast.calls", "bare.calls", "cpu", 0.45),
    Row("small call, async, [fast]", "fast.async_calls", "bare.async_calls", "cpu", 0.4),
    Row("200 MB upload, sync, [fast]", "fast.large_upload", "least.curl_upload", "wall", 1.1, 8 * MIB),
    Row("200 MB upload, async, [fast]", "fast.async_large_upload", "least.curl_upload", "wall", 1.3, 8 * MIB),
    Row("300 uploads of 200 KB, 8 at once, sync, [fast]", "fast.uploads", "bare.uploads", "cpu", 0.45),
    Row("300 uploads of 200 KB, 8 at once, async, [fast]", "fast.async_uploads", "bare.async_uploads", "cpu", 0.35),
    Row("album of 2,000 downloads, sync, [fast]", "fast.downloads", "bare.downloads", "cpu", 0.6, 16 * MIB),
    Row(
        "2,000 downloads of 100 KB, async, [fast]", "fast.async_downloads", "bare.async_downloads", "cpu", 0.3, 16 * MIB
    ),
    Row("1 GB download, sync, [fast], curl", "fast.large_download", "least.curl_download", "wall", 1.2),
    Row("import pyimgur", "least.import_pyimgur", "least.bare_python", "cpu", 60, extra=10),
    Row("pyimgur --version", "least.command_version", "least.bare_python", "cpu", 60, extra=10),
    Row("pyimgur --help", "least.command_help", "least.bare_python", "cpu", 60, extra=10),
    Row("pyimgur api, a command that talks", "least.command_call", "least.bare_python", "cpu", 70, extra=10),
    Row("200 links in 20 MB of text", "ours.links", "least.regular_expression", "cpu", 0.5),
    Row("server: an image's description", "hosted.image", "beside.starlette_image", "cpu", 1.2),
    Row("server: a picture of 100 KB", "hosted.picture", "beside.nginx_picture", "cpu", 6),
    Row("server: a 200 MB upload", "hosted.upload", "beside.nginx_upload", "wall", 1.5, 16 * MIB),
    Row("server: six thumbnails of 12 MP", "hosted.thumbnails", "beside.pillow_thumbnails", "cpu", 1.1),
    Row("server: point read, 1,000,000 images", "hosted.million_reads", "hosted.thousand_reads", "cpu", 2),
    Row("server: gallery page, 1,000,000 images", "hosted.million_gallery", "hosted.thousand_gallery", "cpu", 2),
    Row("server: 500 pictures of 100 KB in turn", "hosted.many_pictures", "beside.nginx_many_pictures", "cpu", 6),
    Row("server: small PNG, 66 uploads at once", "hosted.icons", "before.icons", "wall", 0.6),
    Row("server: 2 MB JPEG, 66 uploads at once", "hosted.snapshots", "before.snapshots", "wall", 0.65),
    Row("small call, sockets", "ours.calls", "least.calls", "cpu"),
    Row("200 MB upload, sockets", "ours.large_upload", "least.large_upload", "wall"),
    Row("200 MB upload, two curls at once, one", "least.two_curl_uploads", "least.curl_upload", "wall"),
    Row("300 uploads of 200 KB, sockets", "ours.uploads", "least.uploads", "cpu"),
    Row("2,000 downloads of 100 KB, sockets", "ours.downloads", "least.downloads", "cpu"),
    Row("1 GB download, sockets", "ours.large_download", "least.large_download", "wall"),
    Row("1 GB download, curl", "ours.large_download", "least.curl_download", "wall"),
)
NOISY = frozenset(row.ours for row in ROWS if "downloads" in row.work) | {"bare.downloads", "bare.async_downloads"}
"""Paths with many threads and files: measured twice in a round, there and back, and added up."""
CROWD, CROWD_DOES = "hosted.crowd", "server: 200 clients at once for 30 s"
"""A code path beside no other, and once in a run: what counts is that nothing fails."""
ATTACKS = {
    f"attacks.{name}": f"attack: {words}"
    for name, words in {
        "slow_host": "uploads from a host that sends byte by byte",
        "renditions": "renditions of a huge picture",
        "large_gif": "GIFs of 9,999 frames",
        "stalled_readers": "1,200 connections that do nothing",
        "long_lists": "lists of 56,250 items",
        "large_album": "an album of 100,000 images",
    }.items()
}
"""Code paths beside no other, and once in a run: what others notice of an attack."""
PROBES = ("healthz", "reads", "uploads")
ATTACK_GOALS = {"p50": 0.25, "p99": 1.0}
"""Seconds, for each probe during an attack."""


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
    tree = ast.parse((HERE / f"{'ours' if module == FAST else module}.py").read_text())
    found = next(node for node in tree.body if getattr(node, "name", "") == name)
    assert isinstance(found, ast.FunctionDef | ast.AsyncFunctionDef)
    return (ast.get_docstring(found) or "").split("\n")[0].rstrip(".") + " with `[fast]`" * (module == FAST)
