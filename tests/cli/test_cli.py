"""What every command line has in common: quick answers, exit codes, one sentence for an error."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

import installed
import pytest

from conftest import COMMAND
from pyimgur.cli._command_table import COMMANDS

if TYPE_CHECKING:
    from pyimgur.testing import LocalImgur

Result = subprocess.CompletedProcess[str]
Run = Callable[..., Result]
ROOT = Path(__file__).parents[2]
VERSION = re.compile(r"pyimgur \d+\.\d+\.\d+(rc\d+)?(\.post\d+\.dev\d+)?\n")
"""The installed command is another build than the source tree: it may be some commits ahead."""


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
    assert (done.returncode, done.stderr) == (0, "")
    assert VERSION.fullmatch(done.stdout)


def test_help_names_every_command(pyimgur: Run) -> None:
    done = pyimgur("--help")
    assert done.returncode == 0
    assert max(map(len, done.stdout.splitlines())) <= 80
    for name, (_, line) in COMMANDS.items():
        assert f"  {name:<11} {line}" in done.stdout.splitlines()


def test_help_is_found_however_it_is_requested(pyimgur: Run) -> None:
    for asked, meant in (("help", "--help"), ("-h", "--help"), ("help album list", "album list --help")):
        assert pyimgur(*asked.split()).stdout == pyimgur(*meant.split()).stdout
    assert pyimgur("album", "list", "-h").stdout == pyimgur("album", "list", "--help").stdout


def test_no_help_waits_for_network_database_or_pictures() -> None:
    code = (
        "import sys; from pyimgur.cli import main; from pyimgur.cli._command_table import COMMANDS; "
        "codes = {main([name, '--help']) for name in COMMANDS}; "
        "print(codes, {'PIL', 'av', 'httpx2', 'rich', 'sqlalchemy', 'starlette'} & set(sys.modules), file=sys.stderr)"
    )
    done = subprocess.run([COMMAND[0], "-P", "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr == "{0} set()\n"


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
        (["downlod"], "pyimgur: No such command 'downlod'. Did you mean 'download'?"),
        (["album"], "Usage: pyimgur album"),
        (["serve", "--nothing"], "pyimgur: No such option"),
        (["serve", "--port", "many"], "pyimgur: Invalid value for '--port'"),
        (["run"], "pyimgur: Missing argument"),
        (["demo", "no-such-file"], "pyimgur: Invalid value for '[FILES]...'"),
    ],
)
def test_usage_errors(words: list[str], said: str, pyimgur: Run) -> None:
    done = pyimgur(*words)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(("package", "extra"), [("starlette", "server"), ("sqlalchemy", "server"), ("click", "server")])
def test_missing_packages_are_to_be_had_from_a_clone(package: str, extra: str, environment: Mapping[str, str]) -> None:
    code = f"import sys; sys.modules[{package!r}] = None; from pyimgur.cli import main; sys.exit(main(['serve']))"
    done = python(code, environment)
    assert (done.returncode, done.stdout, done.stderr) == (2, "", to_install(package, extra))


def to_install(package: str, extra: str) -> str:
    return (
        f"pyimgur: this command needs {package}, which is not installed: "
        f'in a clone of pyimgur, run python -m pip install ".[{extra}]"\n'
    )


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The command of a wheel, in an environment that holds nothing else."""
    folder = tmp_path_factory.mktemp("wheel")
    return installed.environment(installed.wheel(folder), folder / "environment").parent


def test_a_wheel_without_extras_answers_quick_questions(bare: Path, environment: Mapping[str, str]) -> None:
    commands = [bare / "pyimgur"], [bare / "python", "-m", "pyimgur"]
    for command in commands:
        done = ended([*command, "--version"], environment)
        assert (done.returncode, done.stderr) == (0, "")
        assert VERSION.fullmatch(done.stdout)
        done = ended([*command, "--help"], environment)
        assert (done.returncode, done.stdout[:14], done.stderr) == (0, "Usage: pyimgur", "")


@pytest.mark.parametrize(
    ("command", "extra"),
    [(name, "server" if name in ("demo", "relay", "run", "serve", "server") else "cli") for name in COMMANDS],
)
def test_a_wheel_without_extras_names_what_a_command_needs(
    command: str, extra: str, bare: Path, environment: Mapping[str, str]
) -> None:
    done = ended([bare / "pyimgur", command, "x"], environment)
    assert (done.returncode, done.stdout, done.stderr) == (2, "", to_install("click", extra))


def test_a_wheel_with_the_command_needs_no_server(
    tmp_path: Path, environment: Mapping[str, str], imgur: LocalImgur
) -> None:
    command = installed.environment(installed.wheel(tmp_path), tmp_path / "environment", "cli").parent / "pyimgur"
    done = ended([command, "api", "GET", "3/credits", "--site", imgur.url], environment)
    assert (done.returncode, '"UserRemaining"' in done.stdout, done.stderr) == (0, True, "")
    done = ended([command, "serve"], environment)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.endswith('run python -m pip install ".[server]"\n')


def test_the_server_brings_the_command_along() -> None:
    told = [each.replace("'", '"').partition("; extra == ") for each in metadata.requires("pyimgur") or []]
    needs = {extra: {need for need, _, of in told if of == f'"{extra}"'} for extra in ("cli", "server")}
    assert set() < needs["cli"]
    assert needs["cli"] < needs["server"] or "pyimgur[cli]" in needs["server"]


def ended(command: list[Path | str], environment: Mapping[str, str]) -> Result:
    return subprocess.run(command, capture_output=True, text=True, env=environment, timeout=60, check=False)


@pytest.mark.parametrize(
    ("raised", "code", "said"),
    [
        ("KeyboardInterrupt()", 130, ""),
        ("ZeroDivisionError('by 0')", 1, "pyimgur: this should not have happened (ZeroDivisionError: by 0)"),
        ("FileNotFoundError(2, 'No such file', 'x.png')", 1, "pyimgur: x.png: No such file"),
    ],
)
def test_no_traceback_unless_requested(raised: str, code: int, said: str, environment: Mapping[str, str]) -> None:
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


@pytest.mark.parametrize("words", [["--help"], ["server", "recipe", "curl"]], ids=" ".join)
def test_a_reader_that_has_gone_is_no_error(words: list[str], environment: Mapping[str, str]) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run([*COMMAND, *words], stdout=writing, stderr=subprocess.PIPE, env=environment, check=False)
    os.close(writing)
    assert (done.returncode, done.stderr) == (141, b"")


FULL = pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
LOST = "standard output is closed: the output is lost"
NOBODY = "nothing was done: pass --yes to confirm it in a script"


@pytest.mark.parametrize(
    ("line", "code", "out", "err"),
    [
        ("whoami --help >&-", 1, "", f"pyimgur: {LOST}\n"),
        ("history >&-", 0, "", ""),
        pytest.param("whoami --help >/dev/full", 1, "", "pyimgur: No space left on device\n", marks=FULL),
        ("upload - <&-", 1, "", "pyimgur: standard input is empty: there is nothing to upload\n"),
        ("download - <&-", 0, "", ""),
        ("album delete x <&-", 1, "", f"pyimgur: {NOBODY}\n"),
        ("upload nix.png 2>&-", 1, "", ""),
    ],
)  # fmt: skip
def test_from_a_closed_stream_nothing_comes_and_no_result_is_lost_in_silence(
    line: str, code: int, out: str, err: str, environment: dict[str, str]
) -> None:
    environment["PYIMGUR_BASE_URL"] = "http://127.0.0.1:9"
    environment.pop("PYTHONUNBUFFERED", None)  # as users have it: what is printed is written at the end
    done = ended(["sh", "-c", f'exec "$@" {line}', "sh", *COMMAND], environment)
    assert (done.returncode, done.stdout, done.stderr) == (code, out, err)
