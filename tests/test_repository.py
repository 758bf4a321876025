"""The repository keeps to itself: nothing in it depends on one machine, and nothing sends a reader to another project.

Read from the tracked files, or from all files outside of what was built where there is no git.
"""

from __future__ import annotations

import contextlib
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
OURS_AND_HIDDEN = {".ci", ".github", ".gitignore"}
BUILT = {"__pycache__", "build", "dist", "_build"}
PROGRAM = ROOT / "examples" / "authorization.py"
README = ROOT / "README.md"

REGISTRIES = ("pypi.org", "pythonhosted.org", "npmjs.org", "npmjs.com")
MACHINE = re.compile(r"(?<![\w.:/~-])/(?:root|home|work|Users|opt)/\w")
# A command that asks an index for the bare name; an address or a file behind the name is another matter.
INSTALLS = re.compile(
    r"\b(?:pipx?3? install|uv add|uv pip install|uv tool install|uv run --with|uvx(?: --from)?|poetry add)"
    r"(?:\s+-\S+)*\s+[\"'`]?pyimgur(?:\[[\w,]+\])?(?:[=<>~!]=[\w.*]+)?(?![\w.\[=<>~!-]|[\"']?\s*@)"
)
OURS = (
    "pip install .",
    "pip install '.[server]'",
    "uv pip install --editable .",
    "pip install pyimgur-1.0.0-py3-none-any.whl",
    "pip install 'pyimgur[server] @ git+https://example.org/pyimgur'",
    "install pyimgur from a clone",
)
THEIRS = (
    "pip install pyimgur",
    "python -m pip install -U pyimgur",
    "pip install 'pyimgur[server]'",
    "uv add pyimgur",
    "uv tool install pyimgur[cli]",
    "uvx pyimgur serve",
    "pipx install pyimgur==1.0",
    "run `pip install pyimgur`.",
    "pip install pyimgur, then",
)


def files() -> list[Path]:
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT, capture_output=True
    )
    if listing.returncode == 0:
        found = [ROOT / name for name in listing.stdout.decode().split("\0") if name]
    else:
        found = [path for path in ROOT.rglob("*") if not any(map(_made, path.relative_to(ROOT).parts))]
    return [path for path in found if path.is_file()]


def _made(part: str) -> bool:
    return part in BUILT or (part.startswith(".") and part not in OURS_AND_HIDDEN)


def texts() -> dict[str, str]:
    """The text of each file but this one, which has to name what it looks for."""
    found = {}
    for path in files():
        with contextlib.suppress(UnicodeDecodeError):
            found[str(path.relative_to(ROOT))] = path.read_text("utf-8")
    return {name: text for name, text in found.items() if not name.endswith(Path(__file__).name)}


def first_block(page: Path) -> str:
    return re.findall(r"^```python\n(.*?)^```", page.read_text("utf-8"), re.MULTILINE | re.DOTALL)[0]


def test_names_no_registry() -> None:
    assert [(name, host) for name, text in texts().items() for host in REGISTRIES if host in text] == []


def test_names_no_folder_of_one_machine() -> None:
    assert [(name, hit) for name, text in texts().items() for hit in MACHINE.findall(text)] == []


def test_lock_file_with_addresses_is_not_kept() -> None:
    assert [path for path in files() if path.name == "uv.lock"] == []


@pytest.mark.parametrize("line", THEIRS)
def test_installing_the_bare_name_is_seen(line: str) -> None:
    assert INSTALLS.search(line)


@pytest.mark.parametrize("line", OURS)
def test_installing_from_here_is_let_pass(line: str) -> None:
    assert not INSTALLS.search(line)


def test_no_page_says_to_install_another_project() -> None:
    assert [(name, hit) for name, text in texts().items() for hit in INSTALLS.findall(text)] == []


@pytest.mark.parametrize("page", ["README.md", "docs/authorization.md"])
def test_example_is_shown_whole_and_first(page: str) -> None:
    assert first_block(ROOT / page) == PROGRAM.read_text("utf-8")


def test_wheel_holds_all_that_is_needed_to_run(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)], cwd=ROOT, check=True
    )
    (wheel,) = tmp_path.glob("pyimgur-*.whl")
    held = set(zipfile.ZipFile(wheel).namelist())
    package = {path.relative_to(ROOT / "src").as_posix() for path in files() if (ROOT / "src") in path.parents}
    assert package | {"pyimgur/examples/authorization.py"} <= held
    assert any(name.endswith("licenses/LICENSE") for name in held)


def test_readme_fits_one_look() -> None:
    assert 60 <= len(README.read_text("utf-8").splitlines()) <= 150


def test_contributing_takes_six_commands_at_most() -> None:
    blocks = re.findall(r"^```sh\n(.*?)^```", (ROOT / "CONTRIBUTING.md").read_text("utf-8"), re.MULTILINE | re.DOTALL)
    commands = [line for block in blocks for line in block.splitlines() if line.strip()]
    assert 1 <= len(commands) <= 6
