"""The package as its users have it: built into a wheel, and installed where the source tree is not.

One environment, in `.venv/installed`, serves all test processes, and is made anew when the source has changed. What
the package needs comes from the environment of the tests; the package itself comes from the wheel.
"""

from __future__ import annotations

import fcntl
import hashlib
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOURCE = (ROOT / "src", ROOT / "pyproject.toml", ROOT / "README.md")
PLACE = ROOT / ".venv" / "installed"


def program() -> str:
    """The Python there."""
    PLACE.mkdir(exist_ok=True)
    made, now = PLACE / "made-of", _digest()
    with (PLACE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists() or made.read_text() != now:
            made.unlink(missing_ok=True)
            python = environment(wheel(PLACE), PLACE / "environment")
            needs = sysconfig.get_path("purelib", vars={"base": str(PLACE / "environment")})
            (Path(needs) / "needs.pth").write_text(sysconfig.get_path("purelib"))  # the .pth files there do not count
            made.write_text(now)
            return str(python)
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
    uv = [sys.executable, "-m", "uv", "--quiet", "--offline", "--no-config"]  # all of it is in uv's cache
    needs = ["--constraint", ROOT / "requirements.txt", "--no-verify-hashes"] if extra else ["--no-deps"]
    what = f"{wheel}[{extra}]" if extra else wheel
    subprocess.run([*uv, "venv", "--python", sys.executable, place], check=True)
    subprocess.run([*uv, "pip", "install", *needs, "--python", _python(place), what], check=True)
    return _python(place)


def _python(place: Path) -> Path:
    return place / "bin" / "python"


def _digest() -> str:
    """What tells one state of the source from another."""
    files = sorted(file for place in SOURCE for file in ([place] if place.is_file() else place.rglob("*.*")))
    told = [f"{file} {file.stat().st_mtime_ns}" for file in files if "__pycache__" not in file.parts]
    return hashlib.sha256("\n".join([sys.version, *told]).encode()).hexdigest()
