"""The architecture page names modules that exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "src" / "pyimgur"
TOP = re.compile(
    r"`((?:server|resources|cli|relay|backup|links|testing|_core|_policy|_transport|_transfer|_storage|_login)"
    r"/[\w/.]*)`"
)


@pytest.mark.parametrize("page", ["architecture", "renames"])
def test_paths_exist(page: str) -> None:
    lines = (ROOT / "docs" / f"{page}.md").read_text("utf-8").splitlines()
    cells = [line.split(" | ")[1] if page == "renames" and " | " in line else line for line in lines]
    named = {path for cell in cells for path in TOP.findall(cell)}
    assert named, f"{page}.md names no module"
    missing = sorted(path for path in named if not (PACKAGE / path).exists())
    assert not missing, f"{page}.md names what is not there: {missing}"


def test_every_package_and_server_folder_is_on_the_page() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text("utf-8")
    folders = [path.parent for path in PACKAGE.rglob("__init__.py") if path.parent != PACKAGE]
    missing = sorted(
        folder.name for folder in folders if f"{folder.name}/" not in page and "migrations" not in str(folder)
    )
    assert not missing, f"the page says nothing of {missing}"
