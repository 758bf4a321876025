"""Run the tests on another Python, with other versions of the dependencies, or on the wheel without the source tree.

    .venv/bin/python tests/matrix.py                      # everything: `make test-matrix`
    .venv/bin/python tests/matrix.py 3.12 --core          # the demo and a core of the tests: `make test-python`
    .venv/bin/python tests/matrix.py 3.11 --versions lowest --wheel -- -k upload

Each run has an environment of its own below `.venv/matrix`. A Python is looked for in PATH and among those of pyenv;
one that is missing is left out aloud, and fails the run if PYIMGUR_NO_LEFT_OUT is 1.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
BIN = Path(sys.executable).parent
PLACE = ROOT / ".venv" / "matrix"
PYTHONS = ("3.11", "3.12", "3.13", "3.14")
VERSIONS = ("locked", "lowest", "newest")
RESOLUTION = {"lowest": "lowest-direct", "newest": "highest"}
CORE = {
    "tests": ("flow", "responses", "objects", "executors", "upload", "ledger", "client_media", "transfers"),
    "tests/server": ("db", "media_workers", "video_metadata", "rest_image", "oauth_token", "fetch", "fetch_limits"),
    "tests/cli": ("cli", "cli_serve", "cli_run_background"),
}


@dataclass(frozen=True)
class Run:
    """One environment to run tests in."""

    python: str
    versions: str = "locked"
    wheel: bool = False
    file: str = ""
    """The wheel to install, if it is not to be built."""

    def __str__(self) -> str:
        return f"Python {self.python}, {self.versions} versions, {'the wheel' if self.wheel else 'the source tree'}"

    @property
    def place(self) -> Path:
        """Return the folder of its environment."""
        return PLACE / f"{self.python}-{self.versions}{'-wheel' if self.wheel else ''}"


def everything(pythons: list[str]) -> Iterator[Run]:
    """Yield the runs of `make test-matrix`, for the Pythons that are installed."""
    yield from map(Run, pythons)
    yield Run(pythons[0], "lowest")
    yield Run(pythons[-1], "newest")
    yield Run(pythons[0], wheel=True)


def find(version: str) -> str | None:
    """Return the path of a working Python of this version."""
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    beside = sorted(pyenv.glob(f"versions/{version}.*/bin/python{version}"))
    for path in filter(None, [shutil.which(f"python{version}"), *map(str, beside)]):
        if subprocess.run([path, "-c", "import ssl, sqlite3"], capture_output=True, check=False).returncode == 0:
            return path
    return None


def uv(*words: str | Path) -> None:
    """Run uv, and stop if it fails."""
    subprocess.run([BIN / "uv", "--quiet", *words], cwd=ROOT, check=True)


def build(run: Run, python: str) -> Path:
    """Make the environment of a run, or bring it up to date; return its Python."""
    if not (run.place / "bin" / "python").exists():
        uv("venv", "--python", python, run.place)
    made = run.place / "bin" / "python"
    install = ("pip", "install", "--python", made)
    uv(*install, "--require-hashes", "-r", "requirements-uv.txt", "-r", "requirements-dev.txt")
    if run.versions != "locked":
        # Not with the tools in one resolution: a tool may need a newer version of what the package takes in an old one.
        uv(*install, "--no-deps", "-r", resolve(run))
    if run.wheel:
        uv(*install, "--no-deps", "--reinstall-package", "pyimgur", run.file or build_wheel(run.place / "dist"))
    else:
        uv(*install, "--no-deps", "--no-build-isolation", "--editable", ".")
    return made


def build_wheel(folder: Path) -> Path:
    """Return a new wheel in this folder."""
    subprocess.run([BIN / "hatchling", "build", "-t", "wheel", "-d", folder], cwd=ROOT, check=True)
    return max(folder.glob("*.whl"), key=lambda path: path.stat().st_mtime)


def resolve(run: Run) -> Path:
    """Return a file with the lowest or the newest versions that `pyproject.toml` allows, as of now."""
    chosen = run.place / "requirements.txt"
    options = ("--resolution", RESOLUTION[run.versions], "--python-version", run.python, "--all-extras", "--upgrade")
    uv("pip", "compile", *options, "--no-header", "--no-annotate", "--output-file", chosen, "pyproject.toml")
    return chosen


def environment(run: Run) -> dict[str, str]:
    """Return the environment variables of a run."""
    env = {**os.environ, "PATH": f"{run.place / 'bin'}{os.pathsep}{os.environ['PATH']}"}
    env.pop("PYTHONPATH", None)
    env.pop("PYTHONDONTWRITEBYTECODE", None)
    if run.versions != "locked":
        env["PYIMGUR_TEST_CONSTRAINTS"] = str(run.place / "requirements.txt")
    return env


def test(run: Run, arguments: list[str], *, core: bool) -> bool | None:
    """Run the tests; return whether they passed, or None if they were left out."""
    print(f"\n== {run}", flush=True)
    found = find(run.python)
    if found is None:
        print(f"LEFT OUT: Python {run.python} is not installed, and nothing was tested with it", file=sys.stderr)
        return None
    python, env = build(run, found), environment(run)
    where = [python, "-P", "-c", "import pyimgur; print(pyimgur.__file__)"]
    origin = subprocess.run(where, cwd=ROOT, env=env, capture_output=True, text=True, check=False).stdout
    if ("site-packages" in origin) != run.wheel:
        raise SystemExit(f"the tests would run on {origin.strip() or 'nothing'}: remove {run.place}, and try again")
    commands = [[python, "-m", "pytest", "-p", "no:cacheprovider", *arguments, *(core_files() if core else ())]]
    if core:
        commands.insert(0, [python, "-m", "pyimgur", "demo"])
    return all(subprocess.run(command, cwd=ROOT, env=env, check=False).returncode == 0 for command in commands)


def core_files() -> list[str]:
    """Return the test files of the core."""
    return [f"{folder}/test_{name}.py" for folder, names in CORE.items() for name in names]


def main(words: list[str]) -> int:
    """Run what was asked for; return the exit code."""
    parser = argparse.ArgumentParser(description="Run the tests on other Pythons and versions.")
    parser.add_argument("python", nargs="*", help="3.12; without one: the whole matrix")
    parser.add_argument("--versions", choices=VERSIONS, default="locked", help="versions of the dependencies")
    parser.add_argument("--wheel", nargs="?", const="", metavar="FILE", help="on a wheel: this one, or a new one")
    parser.add_argument("--core", action="store_true", help="the demo and a core of the tests")
    split = words.index("--") if "--" in words else len(words)
    asked = parser.parse_args(words[:split])
    if asked.python:
        wheel = asked.wheel is not None
        runs = [Run(re.sub("^python", "", each), asked.versions, wheel, asked.wheel or "") for each in asked.python]
    else:
        installed = [version for version in PYTHONS if find(version)]
        runs = [*everything(installed), *(Run(version) for version in PYTHONS if version not in installed)]
    results = {run: test(run, words[split + 1 :], core=asked.core) for run in runs}
    for run, passed in results.items():
        print(f"{ {None: 'left out', True: 'passed', False: 'FAILED'}[passed] }: {run}")
    strict = os.environ.get("PYIMGUR_NO_LEFT_OUT") == "1"
    return int(False in results.values() or (strict and None in results.values()))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
