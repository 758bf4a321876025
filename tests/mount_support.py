"""File systems of a test's own, small or read-only: mounted where only the programs of one script see them."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

UNSHARE = ("unshare", "--user", "--map-root-user", "--mount", "sh", "-c")
RUN_ALL = """
shift 2
for words in "$@"
do "$python" -m pyimgur $words 2>&1; echo "exit $?"
done
"""


def _may_mount() -> bool:
    probe = [*UNSHARE, "mount -t tmpfs x /mnt && mount -o remount,bind,ro /mnt"]
    return bool(shutil.which("unshare")) and subprocess.run(probe, capture_output=True, check=False).returncode == 0


needs_mounts = pytest.mark.skipif(not _may_mount(), reason="this user may not mount anything")


def run_mounted(mount: str, folder: Path, commands: Sequence[str]) -> list[str]:
    """Run a script that mounts something at `$folder`, then these commands of pyimgur; return the output of each.

    Standard error is a part of it, and its last line is `exit` and the exit code.
    """
    script = [*UNSHARE, f"set -e; folder=$1 python=$2; {mount}; set +e\n{RUN_ALL}", "sh", str(folder), sys.executable]
    done = subprocess.run([*script, *commands], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    outputs, lines = list[str](), list[str]()
    for line in done.stdout.splitlines():
        lines.append(line)
        if line.startswith("exit "):
            outputs.append("\n".join(lines))
            lines = []
    return outputs
