"""The package as its users have it: built into a wheel, and installed where the source tree is not.

One environment, `installed` in that of the Python that runs the tests, serves all test processes, and is made anew when
the source has changed. It holds the wheel and what its extra for the server asks for, in the versions that are pinned,
and nothing else: a command that needs more than the package says it needs fails here.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
PINNED = Path(os.environ.get("PYIMGUR_TEST_CONSTRAINTS") or ROOT / "requirements.txt")
"""The versions to install; `tests/matrix.py` names others."""
SOURCE = (ROOT / "src", ROOT / "pyproject.toml", ROOT / "README.md", PINNED)
PLACE = Path(sys.prefix) / "installed"


def program() -> str:
    """The Python there; or the one that PYIMGUR_TEST_PROGRAM names, when `make coverage` measures the command."""
    if named := os.environ.get("PYIMGUR_TEST_PROGRAM"):
        return named
    PLACE.mkdir(exist_ok=True)
    made, now = PLACE / "made-of", _digest()
    with (PLACE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists() or made.read_text() != now:
            made.unlink(missing_ok=True)
            environment(wheel(PLACE), PLACE / "environment", "server")
            made.write_text(now)
    return str(_python(PLACE / "environment"))


def wheel(folder: Path) -> Path:
    """The wheel, built into this folder."""
    for old in folder.glob("*.whl"):
        old.unlink()
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (built,) = folder.glob("pyimgur-*.whl")
    return built


def environment(wheel: Path, place: Path, extra: str = "") -> Path:
    """The Python of a new environment that holds this wheel, what one extra needs, and nothing else."""
    shutil.rmtree(place, ignore_errors=True)
    needs = ["--constraint", PINNED, "--no-verify-hashes"] if extra else ["--no-deps"]
    what = f"{wheel}[{extra}]" if extra else wheel
    _uv("venv", "--python", sys.executable, place)
    _uv("pip", "install", "--compile-bytecode", *needs, "--python", _python(place), what)
    return _python(place)


def _uv(*words: str | Path) -> None:
    """Run uv on what it has in its cache, where `make` has put it all; where that is gone, with a package index."""
    uv = [sys.executable, "-m", "uv", "--quiet"]
    if subprocess.run([*uv, "--offline", "--no-config", *words], capture_output=True, check=False).returncode:
        subprocess.run([*uv, *words], check=True)


def _python(place: Path) -> Path:
    return place / "bin" / "python"


def _digest() -> str:
    """What tells one state of the source from another."""
    files = sorted(file for place in SOURCE for file in ([place] if place.is_file() else place.rglob("*.*")))
    built = {"__pycache__", "_built_version.py"}  # each build writes the version anew
    told = [f"{file} {file.stat().st_mtime_ns}" for file in files if built.isdisjoint(file.parts)]
    return hashlib.sha256("\n".join([sys.version, *told]).encode()).hexdigest()
