"""The server of an earlier commit, which `make bench ARGS="--before COMMIT"` names: the same work as in `hosted`."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import hosted
from cell import ICONS, SNAPSHOTS, Own, Place

HERE = Path(__file__).parent
KEPT = HERE / ".before"
VARIABLE = "BENCH_BEFORE"
"""The variable of the environment that holds the commit's source."""


def source_of(commit: str) -> Path:
    """The source of a commit, in a git worktree that is made when it is missing."""
    name = subprocess.run(
        ["git", "rev-parse", "--verify", f"{commit}^{{commit}}"], cwd=HERE, check=True, capture_output=True, text=True
    ).stdout.strip()
    tree = KEPT / name
    if not tree.exists():
        subprocess.run(["git", "worktree", "add", "--quiet", "--detach", tree, name], cwd=HERE, check=True)
    return tree / "src"


def _source() -> Path:
    return Path(os.environ[VARIABLE])


def icons(there: Place) -> Iterator[Own | None]:
    """`pyimgur serve` of the earlier commit: POST /3/image of a PNG of 5 KB, 66 at once"""
    return hosted.uploads(there, there.icon, ICONS, _source())


def snapshots(there: Place) -> Iterator[Own | None]:
    """`pyimgur serve` of the earlier commit: POST /3/image of a JPEG of 2 MB, 66 at once"""
    return hosted.uploads(there, there.snapshot, SNAPSHOTS, _source())
