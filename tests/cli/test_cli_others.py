"""Another `pyimgur` on the import path is told of: programs may import that one instead."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from test_cli import Run

from conftest import COMMAND
from pyimgur.cli import _other_installations

OWN = str(Path(_other_installations.__file__).parents[1])


def file(path: Path) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("raise RuntimeError('this must not be imported')\n")
    return str(path)


def found(*paths: Path | str) -> list[str]:
    return list(_other_installations.other_installations(map(str, paths), OWN))


@pytest.mark.parametrize("name", ["pyimgur/__init__.py", "pyimgur.py", "PyImgur-0.8.1.egg/pyimgur/__init__.py"])
def test_another_package_or_module_is_found(name: str, tmp_path: Path) -> None:
    other = file(tmp_path / name)
    place = tmp_path / "PyImgur-0.8.1.egg" if ".egg" in name else tmp_path
    assert found(Path(OWN).parent, tmp_path / "nothing", place, place) == [other]


@pytest.mark.parametrize(
    "name",
    ["PyImgur-0.8.1.dist-info", "pyimgur-0.5.3.dist-info", "PyImgur-0.8.1-py3.11.egg-info", "pyimgur-0.8.1.egg-info"],
)
def test_the_record_of_an_old_installation_is_found(name: str, tmp_path: Path) -> None:
    (tmp_path / name).mkdir()
    assert found(tmp_path) == [str(tmp_path / name)]


def test_this_package_is_no_other_one(tmp_path: Path) -> None:
    (tmp_path / "pyimgur-1.0.0rc1.dist-info").mkdir()
    (tmp_path / "pyimgur").symlink_to(OWN)
    archive = tmp_path / "library.zip"
    archive.write_bytes(b"PK\x05\x06" + bytes(18))
    assert found(*sys.path, Path(OWN).parent, tmp_path, archive) == []


def test_a_package_in_an_archive_is_compared_too(tmp_path: Path) -> None:
    other = file(tmp_path / "pyimgur" / "__init__.py")
    own = str(tmp_path / "pyimgur.pyz" / "pyimgur")
    assert list(_other_installations.other_installations([str(tmp_path)], own)) == [other]


def test_the_version_is_followed_by_a_warning(pyimgur: Run, environment: Mapping[str, str], tmp_path: Path) -> None:
    assert pyimgur("--version").stderr == ""
    (tmp_path / "PyImgur-0.8.1.dist-info").mkdir()
    told = {**environment, "PYTHONPATH": os.fspath(tmp_path)}
    done = subprocess.run([*COMMAND, "--version"], capture_output=True, text=True, env=told, check=False)
    assert done.returncode == 0
    assert done.stdout.startswith("pyimgur ")
    assert done.stderr.startswith("pyimgur: another pyimgur is installed too")
    assert f"  {tmp_path / 'PyImgur-0.8.1.dist-info'}\n" in done.stderr
    assert "pip uninstall PyImgur" in done.stderr
