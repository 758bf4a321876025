"""What pyimgur costs beside others that do the same, in one run on one machine: `make bench`.

    make bench                      all of it, five rounds
    make bench ARGS="-r 1 upload"   one round of the rows whose name holds that word
    make bench ARGS=--publish       and into docs/performance.md, as a table and a plot

Each code path runs in a fresh process against a TLS server on loopback; within a round all take turns, in another
order each round. A ratio is taken within its round, and the median of the rounds is shown, with the least and the
most. Ratios carry over to other machines; seconds do not. The exit code says whether it ran, not what came out.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import page
from cell import LARGE_DOWNLOAD, LARGE_UPLOAD, SMALL
from results import Results, table
from rows import HERE, ROWS, Row, paths

PEERS = HERE / ".peers"
NAMES = ("pyimgur==0.8.1", "imgurpython==1.1.7")
LONGEST = 300
"""Seconds one code path may take."""
ROOM = LARGE_UPLOAD + 2 * LARGE_DOWNLOAD


def peers() -> bool:
    """Whether the older libraries are there, in an environment of their own; made when it is missing."""
    python = PEERS / "bin" / "python"
    if python.exists():
        return True
    uv = Path(sys.executable).with_name("uv")
    with contextlib.suppress(OSError, subprocess.CalledProcessError):
        subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, PEERS], check=True)
        subprocess.run([uv, "pip", "install", "--quiet", "--python", python, *NAMES], check=True)
        return True
    python.unlink(missing_ok=True)
    print(f"without {' and '.join(NAMES)}: they could not be installed", file=sys.stderr)
    return False


@contextlib.contextmanager
def server() -> Iterator[tuple[str, str]]:
    """The address of a server of its own process, and its authority's certificate."""
    command = [sys.executable, str(HERE / "server.py")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        url, _, certificate = process.stdout.readline().strip().partition(" ")
        yield url, certificate  # the end of this block closes its standard input, and so ends it


@contextlib.contextmanager
def files() -> Iterator[Path]:
    """A folder with something to upload in it, in memory if there is room: no disk in the figures."""
    shared = Path("/dev/shm")
    status = os.statvfs(shared) if shared.is_dir() else None
    in_memory = status is not None and status.f_bavail * status.f_frsize > 2 * ROOM
    with tempfile.TemporaryDirectory(prefix="pyimgur-bench-", dir=shared if in_memory else None) as name:
        folder = Path(name)
        (folder / "small.jpg").write_bytes(b"\xff\xd8\xff" + os.urandom(SMALL - 3))
        (folder / "large.mp4").write_bytes(b"\x00\x00\x00\x18ftypisom" + os.urandom(LARGE_UPLOAD - 12))
        yield folder


def environment(url: str, certificate: str, folder: Path) -> dict[str, str]:
    """What a code path finds in its environment: the server, whom to trust, and no proxy."""
    kept = {name: text for name, text in os.environ.items() if not name.lower().endswith(("_proxy", "_base_url"))}
    trusted = {"SSL_CERT_FILE": certificate, "REQUESTS_CA_BUNDLE": certificate}
    return {**kept, **trusted, "BENCH_URL": url, "BENCH_FILES": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}


def measured(path: str, surroundings: dict[str, str]) -> dict[str, float]:
    """What this code path cost, once."""
    python = PEERS / "bin" / "python" if path.startswith("peers.") else sys.executable
    command = [str(python), str(HERE / "cell.py"), path]
    done = subprocess.run(command, env=surroundings, capture_output=True, text=True, timeout=LONGEST)
    if done.returncode:
        raise SystemExit(f"{path} failed:\n{done.stderr}")
    return json.loads(done.stdout)


def run(rows: tuple[Row, ...], rounds: int) -> Results:
    """All code paths of these rows, so many rounds."""
    costs: dict[str, list[dict[str, float]]] = {}
    with server() as (url, certificate), files() as folder:
        surroundings = environment(url, certificate, folder)
        for number in range(rounds):
            started = time.monotonic()
            for group in paths(rows):
                turn = number % len(group)
                for path in group[turn:] + group[:turn]:
                    costs.setdefault(path, []).append(measured(path, surroundings))
            print(f"round {number + 1} of {rounds}: {time.monotonic() - started:.0f} s", file=sys.stderr)
    return Results(machine(), rounds, costs)


def machine() -> str:
    """What the figures were measured on."""
    model = platform.processor() or platform.machine()
    with contextlib.suppress(OSError):
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        model = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), model)
    return f"{os.cpu_count()} x {model}, {platform.system()}, Python {platform.python_version()}"


def main() -> None:
    parser = argparse.ArgumentParser("make bench", description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("words", nargs="*", help="only rows whose name holds one of these")
    parser.add_argument("-r", "--rounds", type=int, default=int(os.environ.get("ROUNDS") or 5))
    parser.add_argument("--publish", action="store_true", help="write table and plot into docs/")
    asked = parser.parse_args()
    there = peers()
    rows = tuple(
        row
        for row in ROWS
        if (there or not row.other.startswith("peers."))
        and (not asked.words or any(word in row.work for word in asked.words))
    )
    results = run(rows, asked.rounds)
    print(table(rows, results))
    if asked.publish:
        page.publish(rows, results)


if __name__ == "__main__":
    main()
