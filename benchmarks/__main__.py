"""What pyimgur costs beside others that do the same, in one run on one machine: `make bench`.

    make bench                      all of it, five rounds
    make bench ARGS="-r 1 upload"   one round of the rows whose name holds that word
    make bench ARGS=--publish       and into docs/performance.md, as a table and a plot
    make bench ARGS="--before HEAD~9 PNG JPEG"      uploads beside the server of that commit

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

import before
import inputs
import page
import process
from cell import LARGE_DOWNLOAD, LARGE_UPLOAD, Place
from results import Results, table
from rows import ATTACKS, CROWD, CROWD_DOES, HERE, NOISY, ROWS, Row, paths

PEERS = HERE / ".peers"
DISK = HERE / ".disk"
NAMES = ("pyimgur==0.8.1", "imgurpython==1.1.7")
LONGEST = 300
"""Seconds one code path may take."""
ROOM = 3 * LARGE_UPLOAD + 2 * LARGE_DOWNLOAD


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
        inputs.make(Place("", "", folder, folder, folder))
        yield folder


def environment(url: str, certificate: str, folder: Path) -> dict[str, str]:
    """What a code path finds in its environment: the server, whom to trust, and no proxy."""
    kept = {name: text for name, text in os.environ.items() if not name.lower().endswith(("_proxy", "_base_url"))}
    trusted = {"SSL_CERT_FILE": certificate, "REQUESTS_CA_BUNDLE": certificate}
    return {**kept, **trusted, "BENCH_URL": url, "BENCH_FILES": str(folder), "BENCH_DISK": str(DISK)}


def measured(path: str, surroundings: dict[str, str]) -> dict[str, float]:
    """What this code path cost, once."""
    python = PEERS / "bin" / "python" if path.startswith("peers.") else sys.executable
    command = [str(python), "-B", str(HERE / "cell.py"), path]
    done = subprocess.run(command, env=surroundings, capture_output=True, text=True, timeout=LONGEST)
    if done.returncode:
        raise SystemExit(f"{path} failed:\n{done.stderr}")
    return json.loads(done.stdout)


def run(rows: tuple[Row, ...], rounds: int, once: tuple[str, ...]) -> Results:
    """All code paths of these rows, so many rounds; then those that are gone once."""
    costs: dict[str, list[dict[str, float]]] = {}
    with server() as (url, certificate), files() as folder:
        surroundings = environment(url, certificate, folder)
        for number in range(rounds):
            started = time.monotonic()
            for group in paths(rows):
                for path, cost in once_through(group, number, surroundings).items():
                    costs.setdefault(path, []).append(cost)
            print(f"round {number + 1} of {rounds}: {time.monotonic() - started:.0f} s", file=sys.stderr)
        costs |= {path: [measured(path, surroundings)] for path in once}
    return Results(machine(), rounds, costs)


def wanted(work: str, words: list[str]) -> bool:
    return not words or any(word in work for word in words)


def missing(commit: str | None) -> tuple[str, ...]:
    """What the code paths begin with that cannot run here, which is said."""
    found = [] if peers() else ["peers."]
    if commit is None:
        found.append("before.")
    else:
        os.environ[before.VARIABLE] = str(before.source_of(commit))
    if not process.LINUX:
        print("without the rows of the server: what a process costs is read from /proc", file=sys.stderr)
        found += ["hosted.", "beside."]
    elif process.nginx_program() is None:
        print("without nginx: it is not installed (on Debian: apt install nginx-light)", file=sys.stderr)
        found.append("beside.nginx")
    return tuple(found)


def once_through(group: list[str], number: int, surroundings: dict[str, str]) -> dict[str, dict[str, float]]:
    """What each path of a group cost in this round; the noisy ones twice, so that a slow moment meets all of them."""
    turn = number % len(group)
    order = group[turn:] + group[:turn]
    costs: dict[str, dict[str, float]] = {}
    for path in [*order, *(path for path in reversed(order) if path in NOISY)]:
        cost, before = measured(path, surroundings), costs.get(path)
        costs[path] = cost if before is None else {name: before[name] + cost[name] for name in cost}
        if before is not None:
            costs[path]["growth"] = max(before["growth"], cost["growth"])
    return costs


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
    parser.add_argument("--before", metavar="COMMIT", help="compare uploads with the server of this commit")
    parser.add_argument("--publish", action="store_true", help="write table and plot into docs/")
    asked = parser.parse_args()
    DISK.mkdir(exist_ok=True)
    left_out = missing(asked.before)
    rows = tuple(row for row in ROWS if wanted(row.work, asked.words) and not row.other.startswith(left_out))
    crowd = wanted(CROWD_DOES, asked.words) and not CROWD.startswith(left_out)
    attacks = tuple(path for path, does in ATTACKS.items() if wanted(does, asked.words)) if process.LINUX else ()
    results = run(rows, asked.rounds, (*((CROWD,) if crowd else ()), *attacks))
    print(table(rows, results))
    if asked.publish:
        page.publish(rows, results)


if __name__ == "__main__":
    main()
