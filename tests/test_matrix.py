"""The matrix of test runs covers what pyproject.toml promises."""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path

import pytest

import matrix

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
PROMISED = re.findall(r"Python :: (3\.\d+)", "\n".join(PROJECT["classifiers"]))


def test_each_promised_python_is_in_the_matrix() -> None:
    assert sorted(PROMISED, key=lambda version: int(version.partition(".")[2])) == PROMISED
    assert set(PROMISED) <= set(matrix.PYTHONS)
    assert matrix.PYTHONS[0] == PROMISED[0] == PROJECT["requires-python"].removeprefix(">=")


def test_lowest_versions_run_on_the_lowest_python_and_newest_on_the_newest() -> None:
    runs = list(matrix.everything(["3.11", "3.12", "3.13"]))
    assert {run.python for run in runs if run.versions == "locked" and not run.wheel} == {"3.11", "3.12", "3.13"}
    assert {run.python for run in runs if run.versions == "lowest"} == {"3.11"}
    assert {run.python for run in runs if run.versions == "newest"} == {"3.13"}
    assert [run for run in runs if run.wheel] == [matrix.Run("3.11", wheel=True)]
    assert len({run.place for run in runs}) == len(runs), "each has an environment of its own"


def test_the_core_is_there() -> None:
    assert [name for name in matrix.core_files() if not (ROOT / name).is_file()] == []


def test_a_python_that_is_missing_is_left_out_aloud(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PYIMGUR_NO_LEFT_OUT", raising=False)
    assert matrix.main(["3.2"]) == 0
    said = capfd.readouterr()
    assert "LEFT OUT: Python 3.2 is not installed" in said.err
    assert "left out: Python 3.2" in said.out
    monkeypatch.setenv("PYIMGUR_NO_LEFT_OUT", "1")
    assert matrix.main(["3.2"]) == 1


def test_a_python_is_found_where_this_one_is(monkeypatch: pytest.MonkeyPatch) -> None:
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    monkeypatch.setenv("PATH", str(Path(sys.executable).parent))
    assert matrix.find(version) == str(Path(sys.executable).parent / f"python{version}")


def test_versions_that_are_not_locked_reach_the_installed_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PYIMGUR_TEST_CONSTRAINTS", raising=False)
    assert "PYIMGUR_TEST_CONSTRAINTS" not in matrix.environment(matrix.Run("3.11"))
    run = matrix.Run("3.11", "lowest")
    assert matrix.environment(run)["PYIMGUR_TEST_CONSTRAINTS"] == str(run.place / "requirements.txt")
