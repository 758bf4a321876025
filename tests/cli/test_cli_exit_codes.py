"""The exit codes are those that `command_contract` states; other tests have those of signals and broken pipes."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Callable

import pytest

from command_contract import EXIT_CODES

Run = Callable[..., subprocess.CompletedProcess[str]]
OTHER = ("run", "--site", "http://127.0.0.1:1", "--no-relay", "--")


@pytest.mark.parametrize(
    ("stated", "code", "words"),
    [
        ("0", 0, ("--version",)),
        ("1", 1, ("upload", "no-such-file.png", "--site", "http://127.0.0.1:1")),
        ("2", 2, ("upload", "--no-such-option")),
        ("2", 2, ()),
        ("126", 126, (*OTHER, "/")),
        ("127", 127, (*OTHER, "./no-such-program")),
        ("128 + N", 128 + signal.SIGKILL, (*OTHER, "sh", "-c", "kill -KILL $$")),
    ],
)
def test_a_command_ends_with_the_stated_code(stated: str, code: int, words: tuple[str, ...], pyimgur: Run) -> None:
    assert stated in EXIT_CODES
    assert pyimgur(*words).returncode == code


def test_run_ends_with_the_code_of_its_program(pyimgur: Run) -> None:
    assert pyimgur(*OTHER, "sh", "-c", "exit 7").returncode == 7
