"""The tab key completes commands and options, in the shells themselves."""

from __future__ import annotations

import shlex
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from conftest import COMMAND

if TYPE_CHECKING:
    Run = Callable[..., subprocess.CompletedProcess[str]]

LINES = [
    ("pyimgur down", ["download"]),
    ("pyimgur ima", ["image"]),
    ("pyimgur image del", ["delete"]),
    ("pyimgur image list --js", ["--json", "--jsonl"]),
    ("pyimgur gallery list --section t", ["top"]),
    ("pyimgur album create --privacy ", ["public", "hidden", "secret"]),
    ("pyimgur nothi", []),
]
BASH = """
source /dev/stdin <<'SCRIPT'
{script}
SCRIPT
COMP_WORDS=({words})
COMP_CWORD={place}
_pyimgur_completion pyimgur
printf '%s\\n' "${{COMPREPLY[@]}}"
"""


@pytest.fixture
def on_path(environment: dict[str, str], tmp_path: Path) -> dict[str, str]:
    """An environment whose PATH has this pyimgur first, as an installed one."""
    folder = tmp_path / "bin"
    folder.mkdir()
    program = folder / "pyimgur"
    program.write_text(f'#!/bin/sh\nexec {shlex.join(COMMAND)} "$@"\n')
    program.chmod(0o755)
    return environment | {"PATH": f"{folder}:{environment['PATH']}"}


def shell(name: str, program: str, environment: dict[str, str]) -> list[str]:
    if shutil.which(name) is None:
        pytest.skip(f"no {name} here")
    done = subprocess.run(
        [name, "-c", program], capture_output=True, text=True, env=environment, timeout=60, check=True
    )
    assert done.stderr == ""
    return done.stdout.split()


@pytest.mark.parametrize(("line", "found"), LINES, ids=[line for line, _ in LINES])
def test_bash(line: str, found: list[str], pyimgur: Run, on_path: dict[str, str]) -> None:
    words = line.split(" ")
    quoted = " ".join(f"'{word}'" for word in words)
    script = pyimgur("completion", "bash").stdout
    program = BASH.format(script=script, words=quoted, place=len(words) - 1)
    assert shell("bash", program, on_path) == found


@pytest.mark.parametrize(("line", "found"), LINES[:4], ids=[line for line, _ in LINES[:4]])
def test_zsh(line: str, found: list[str], pyimgur: Run, on_path: dict[str, str]) -> None:
    """The completion function runs with what the completion system would hand to it, and tells what it would offer."""
    words = line.split(" ")
    quoted = " ".join(f"'{word}'" for word in words)
    script = pyimgur("completion", "zsh").stdout
    program = f"""
compdef() {{ :; }}; _describe() {{ print -l -- ${{(P)3}}; }}; compadd() {{ print -l -- ${{(P)@[-1]}}; }}
words=({quoted}); CURRENT={len(words)}
{script}
_pyimgur_completion
true
"""
    shown = " ".join(shell("zsh", program, on_path))
    assert all(word in shown for word in found)


@pytest.mark.parametrize(("line", "found"), LINES[:4], ids=[line for line, _ in LINES[:4]])
def test_fish(line: str, found: list[str], pyimgur: Run, on_path: dict[str, str]) -> None:
    script = pyimgur("completion", "fish").stdout
    shown = shell("fish", f"{script}\ncomplete -C '{line}'", on_path)
    assert [word for word in shown if word in found] == found


def test_another_shell_is_refused(pyimgur: Run) -> None:
    assert pyimgur("completion", "tcsh").returncode == 2
