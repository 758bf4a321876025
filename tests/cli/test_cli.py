"""What every command line has in common: quick answers, exit codes, one sentence for an error."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Mapping

import pytest

import pyimgur
from pyimgur.cli import COMMANDS

Result = subprocess.CompletedProcess[str]
Run = Callable[..., Result]


def python(code: str, environment: Mapping[str, str]) -> Result:
    return subprocess.run(
        [sys.executable, "-P", "-c", code], capture_output=True, text=True, env=environment, timeout=60, check=False
    )


@pytest.mark.parametrize("word", ["--version", "--help"])
def test_quick_answers_import_nothing_slow(word: str, environment: Mapping[str, str]) -> None:
    code = (
        "import sys; from pyimgur.cli import main; code = main([sys.argv[1]]); "
        "print(sorted({'click', 'rich', 'httpx2', 'msgspec', 'starlette', 'platformdirs'} & set(sys.modules))); "
        "sys.exit(code)"
    )
    done = subprocess.run(
        [sys.executable, "-P", "-c", code, word], capture_output=True, text=True, env=environment, check=True
    )
    assert done.stdout.endswith("[]\n")


def test_version(pyimgur: Run) -> None:
    done = pyimgur("--version")
    assert (done.returncode, done.stdout, done.stderr) == (0, f"pyimgur {version()}\n", "")


def version() -> str:
    return pyimgur._version.__version__


def test_help_names_every_command(pyimgur: Run) -> None:
    done = pyimgur("--help")
    assert done.returncode == 0
    for name, (_, line) in COMMANDS.items():
        assert f"  {name:<8} {line}" in done.stdout.splitlines()


@pytest.mark.parametrize(
    "words", [[name] for name in COMMANDS] + [["server", "account", "add"], ["server", "app", "add"]], ids=" ".join
)
def test_every_command_has_a_help_with_examples(words: list[str], pyimgur: Run) -> None:
    done = pyimgur(*words, "--help")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"Usage: pyimgur {' '.join(words)}")
    assert max(map(len, done.stdout.splitlines())) <= 80
    if words != ["server"]:
        assert f"Examples:\n    pyimgur {' '.join(words)}" in done.stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "Usage: pyimgur COMMAND"),
        (["nothing"], "pyimgur: No such command 'nothing'"),
        (["serve", "--nothing"], "pyimgur: No such option"),
        (["serve", "--port", "many"], "pyimgur: Invalid value for '--port'"),
        (["run"], "pyimgur: Missing argument"),
        (["demo", "no-such-file"], "pyimgur: Invalid value for '[FILES]...'"),
    ],
)
def test_asked_wrongly(words: list[str], said: str, pyimgur: Run) -> None:
    done = pyimgur(*words)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(("package", "extra"), [("starlette", "server"), ("sqlalchemy", "server"), ("click", "cli")])
def test_missing_packages_are_to_be_had_from_a_clone(package: str, extra: str, environment: Mapping[str, str]) -> None:
    code = f"import sys; sys.modules[{package!r}] = None; from pyimgur.cli import main; sys.exit(main(['serve']))"
    done = python(code, environment)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        f"pyimgur: this command needs {package}, which is not installed: "
        f'in a clone of pyimgur say python -m pip install ".[{extra}]"\n'
    )


@pytest.mark.parametrize(
    ("raised", "code", "said"),
    [
        ("KeyboardInterrupt()", 130, ""),
        ("ZeroDivisionError('by 0')", 1, "pyimgur: this should not have happened (ZeroDivisionError: by 0)"),
        ("FileNotFoundError(2, 'No such file', 'x.png')", 1, "pyimgur: x.png: No such file"),
    ],
)
def test_no_traceback_unless_asked_for(raised: str, code: int, said: str, environment: Mapping[str, str]) -> None:
    program = (
        "import sys, pyimgur.cli as cli\n"
        f"def broken(words): raise {raised}\n"
        "cli._run = broken; sys.exit(cli.main(['serve']))"
    )
    done = python(program, environment)
    assert done.returncode == code
    assert done.stderr.startswith(said)
    assert "Traceback" not in done.stderr
    if code == 1:
        assert "Traceback" in python(program, {**environment, "PYIMGUR_DEBUG": "1"}).stderr


def test_a_reader_that_has_gone_is_no_error(spawn: Callable[..., subprocess.Popen[str]]) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [sys.executable, "-P", "-m", "pyimgur", "--help"], stdout=writing, stderr=subprocess.PIPE, check=False
    )
    os.close(writing)
    assert (done.returncode, done.stderr) == (141, b"")
