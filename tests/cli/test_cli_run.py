"""`pyimgur run`: which server it uses; input, output, signals and exit code are the command's own."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import pytest
from process_support import wait_for_end_of_server

from conftest import COMMAND
from pyimgur.cli import _data_folder

if TYPE_CHECKING:
    from conftest import Serving

Run: TypeAlias = "Callable[..., subprocess.CompletedProcess[str]]"
Spawn: TypeAlias = "Callable[..., subprocess.Popen[str]]"
Serve: TypeAlias = "Callable[..., Serving]"

pytestmark = pytest.mark.usefixtures("no_server_left")

WHERE = ("sh", "-c", "echo $PYIMGUR_BASE_URL")
PATIENCE = 60.0
HOLD = ("sh", "-c", "echo $PYIMGUR_BASE_URL; read line; echo $line")
"""Says where the server is, and stays until it gets a line."""


@pytest.fixture(scope="module")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The data folder of a server that runs for all tests to which only the command matters."""
    folder = tmp_path_factory.mktemp("standing") / "imgur"
    with subprocess.Popen([*COMMAND, "serve", "--port", "0", "--data", folder], stdout=subprocess.PIPE) as process:
        assert process.stdout
        assert process.stdout.readline()
        yield folder
        process.terminate()


@pytest.fixture
def environment(environment: dict[str, str], request: pytest.FixtureRequest) -> dict[str, str]:
    if "standing" in request.fixturenames:
        environment["PYIMGUR_DATA"] = str(request.getfixturevalue("standing"))
    return environment


def first_line(process: subprocess.Popen[str]) -> str:
    assert process.stdout
    return process.stdout.readline()


def test_a_running_server_is_used_and_left_alone(serve: Serve, pyimgur: Run) -> None:
    server = serve()
    assert pyimgur("run", "--", *WHERE).stdout == f"{server.address}\n"
    assert server.get("/healthz")
    assert server.stop() == (0, "", "")


def test_without_one_a_server_is_started_and_stopped(pyimgur: Run, data: Path) -> None:
    script = "import os, urllib.request as r; r.urlopen(os.environ['PYIMGUR_BASE_URL'] + '/healthz'); print('ok')"
    done = pyimgur("run", "--", sys.executable, "-c", script)
    assert (done.returncode, done.stdout, done.stderr) == (0, "ok\n", "")
    wait_for_end_of_server(data)


def test_two_at_once_share_a_server_that_outlives_the_first(spawn: Spawn, data: Path, pyimgur: Run) -> None:
    first, second = spawn("run", "--", *HOLD), spawn("run", "--", *HOLD)
    address = first_line(first)
    assert first_line(second) == address
    assert first.communicate("done\n", timeout=PATIENCE) == ("done\n", "")
    assert pyimgur("run", "--", *WHERE).stdout == address
    assert second.communicate("done\n", timeout=PATIENCE) == ("done\n", "")
    wait_for_end_of_server(data)


def test_two_may_be_the_first_on_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    look = Path.iterdir

    def look_as_another_begins(folder: Path) -> Iterator[Path]:
        (folder / _data_folder.USERS_LOCK).touch()
        return look(folder)

    monkeypatch.setattr(Path, "iterdir", look_as_another_begins)
    assert _data_folder.prepare(tmp_path / "new") == tmp_path / "new"


def test_a_killed_run_leaves_no_server_behind(spawn: Spawn, data: Path) -> None:
    process = spawn("run", "--", *HOLD)
    first_line(process)
    process.kill()
    process.communicate("\n", timeout=PATIENCE)
    wait_for_end_of_server(data)


def test_the_record_of_a_killed_server_misleads_nobody(serve: Serve, pyimgur: Run, data: Path) -> None:
    killed = serve()
    killed.process.kill()
    killed.process.wait()
    done = pyimgur("run", "--", *WHERE)
    assert done.returncode == 0
    assert done.stdout.startswith("http://127.0.0.1:")
    assert done.stdout != f"{killed.address}\n"
    wait_for_end_of_server(data)


@pytest.mark.parametrize(
    ("script", "code"), [("exit 0", 0), ("exit 7", 7), ("kill -TERM $$", 143), ("kill -KILL $$", 137)]
)
def test_the_exit_code_is_the_commands(script: str, code: int, standing: Path, pyimgur: Run) -> None:
    assert pyimgur("run", "--", "sh", "-c", script).returncode == code


def test_a_command_that_is_not_there(standing: Path, pyimgur: Run, tmp_path: Path) -> None:
    missing = pyimgur("run", "no-such-command")
    assert (missing.returncode, missing.stdout) == (127, "")
    assert missing.stderr == "pyimgur: no-such-command cannot be run: No such file or directory\n"
    (tmp_path / "text").write_text("no program")
    assert pyimgur("run", tmp_path / "text").returncode == 126


def test_input_output_and_options_are_the_commands(standing: Path, pyimgur: Run) -> None:
    done = pyimgur("run", "sh", "-c", "cat; echo $0 $1 >&2", "--help", "--data", stdin="a\nb\n")
    assert (done.returncode, done.stdout, done.stderr) == (0, "a\nb\n", "--help --data\n")


@pytest.mark.parametrize("name", ["TERM", "HUP", "INT", "USR1"])
def test_signals_reach_the_command(name: str, standing: Path, spawn: Spawn) -> None:
    process = spawn(
        "run",
        "--",
        "sh",
        "-c",
        f"trap 'echo got {name}; exit 5' {name}; echo ready; for i in $(seq 300); do sleep 0.1; done",
    )
    assert first_line(process) == "ready\n"
    process.send_signal(signal.Signals[f"SIG{name}"])
    assert process.communicate(timeout=PATIENCE) == (f"got {name}\n", "")
    assert process.returncode == 5


def test_ctrl_c_at_a_terminal_reaches_the_command_once(standing: Path, spawn: Spawn) -> None:
    # The command answers its first SIGINT with a SIGUSR1 to `run`, which comes back after any SIGINT handed on.
    command = """
import os, signal, time
count = 0
def interrupted(*_):
    global count
    count += 1
    os.kill(os.getppid(), signal.SIGUSR1)
def told(*_):
    print("interrupts:", count, flush=True)
    os._exit(0)
signal.signal(signal.SIGINT, interrupted)
signal.signal(signal.SIGUSR1, told)
print("ready", flush=True)
while True:
    time.sleep(0.05)
"""
    words = [*COMMAND, "run", "--", sys.executable, "-c", command]
    terminal = (sys.executable, "-c", f"import pty, sys; sys.exit(pty.spawn({words!r}) >> 8)")
    process = spawn(program=terminal)
    assert first_line(process) == "ready\n"
    out, err = process.communicate("\x03", timeout=PATIENCE)
    assert (process.returncode, err) == (0, "")
    assert out.splitlines()[-1].endswith("interrupts: 1")


def test_a_folder_of_other_things_is_left_alone(pyimgur: Run, data: Path) -> None:
    data.mkdir()
    (data / "letter.txt").write_text("dear")
    done = pyimgur("run", "--", *WHERE)
    assert (done.returncode, done.stdout) == (1, "")
    assert "contains other files" in done.stderr


def test_what_keeps_a_server_from_starting_is_reported(pyimgur: Run, data: Path, serve: Serve) -> None:
    serve().stop()
    for path in data.glob("*.sqlite3*"):
        path.write_bytes(b"no database" * 1000)
    done = pyimgur("run", "--", *WHERE)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"pyimgur: no server could be started: the data in {data} cannot be used")
    assert done.stderr.count("\n") == 1
