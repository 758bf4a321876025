"""`pyimgur run` whose command leaves processes running: they go on through the relay, and then nothing is left."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import pytest
from process_support import PATIENCE, wait_for_end_of_server

from pyimgur.cli._run_descendants import RUN_ID, holders, is_closed, is_held, wait_until_free

Run: TypeAlias = "Callable[..., subprocess.CompletedProcess[str]]"

pytestmark = pytest.mark.usefixtures("no_server_left")

CHILD = """
import json, os, sys, urllib.request
go, out = sys.argv[1:]
with open(go) as line:  # until the test says so
    line.read()
hosts = [os.environ["PYIMGUR_BASE_URL"], *(["https://api.imgur.com"] if "HTTPS_PROXY" in os.environ else [])]
answers = [urllib.request.urlopen(host + "/oauth2/addclient", timeout=60).status for host in hosts]
with open(out + ".part", "w") as file:
    json.dump(answers, file)
os.rename(out + ".part", out)
"""
DETACH = """
import os, sys
if os.fork():
    os._exit(int(sys.argv[1]))
os.setsid()
if os.fork():
    os._exit(0)
nothing = os.open(os.devnull, os.O_RDWR)
for number in range(3):
    os.dup2(nothing, number)
os.closerange(3, 4096)
os.execv(sys.executable, [sys.executable, *sys.argv[2:]])
"""


def job(script: str) -> tuple[str, ...]:
    return ("sh", "-c", script + ' "$0" "$@" </dev/null >/dev/null 2>&1 &\nexit 7', sys.executable)


KINDS = {"a job of a shell": job(""), "in a session of its own": job("setsid"), "with hangups ignored": job("nohup")}
DAEMON = (sys.executable, "-c", DETACH, "7")
if sys.platform == "linux":
    KINDS["a daemon that has closed all it inherited"] = DAEMON


def answers(go: Path, out: Path) -> list[int]:
    """What the child gets once it is told to go on."""
    go.write_text("go")
    ending = time.monotonic() + PATIENCE
    while not out.exists():
        assert time.monotonic() < ending, "the child was cut off"
        time.sleep(0.02)
    return json.loads(out.read_text())


@pytest.mark.parametrize("kind", KINDS)
def test_the_relay_outlives_the_command_while_a_child_needs_it(
    kind: str, pyimgur: Run, data: Path, tmp_path: Path
) -> None:
    go, out = tmp_path / "go", tmp_path / "out"
    os.mkfifo(go)
    done = pyimgur("run", "--", *KINDS[kind], "-c", CHILD, go, out)
    assert (done.returncode, done.stdout, done.stderr) == (7, "", ""), "the command's own end is told at once"
    assert not out.exists()
    assert answers(go, out) == [200, 200]
    wait_for_end_of_server(data)


def test_without_a_relay_the_server_stays_as_well(pyimgur: Run, data: Path, tmp_path: Path) -> None:
    go, out = tmp_path / "go", tmp_path / "out"
    os.mkfifo(go)
    assert pyimgur("run", "--no-relay", "--", *job(""), "-c", CHILD, go, out).returncode == 7
    assert answers(go, out) == [200]
    wait_for_end_of_server(data)


def test_a_child_that_has_let_go_of_everything_holds_nothing(pyimgur: Run, data: Path, tmp_path: Path) -> None:
    """It has no variable and no descriptor of the run: nothing waits for it."""
    go = tmp_path / "go"
    os.mkfifo(go)
    child = f"import os, sys; os.execve('/bin/sh', ['sh', '-c', 'read line <{go}'], {{}})"
    assert pyimgur("run", "--", *DAEMON, "-c", child).returncode == 7
    wait_for_end_of_server(data)
    go.write_text("end\n")


def test_nothing_is_left_when_the_command_has_ended(
    pyimgur: Run, environment: dict[str, str], tmp_path: Path, data: Path
) -> None:
    """Neither files nor a process of the run, as soon as it returns; the server itself may take a moment."""
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    environment["TMPDIR"] = str(temporary)
    show = f"import os; print(os.environ['{RUN_ID}'], os.path.isfile(os.environ['SSL_CERT_FILE']))"
    run_id, seen = pyimgur("run", "--", sys.executable, "-c", show).stdout.split()
    assert seen == "True"
    assert [path.name for path in temporary.glob("pyimgur-*")] == []
    assert holders(run_id) == []
    wait_for_end_of_server(data)


def test_who_holds_a_run() -> None:
    theirs, ours = os.pipe()
    os.set_blocking(theirs, False)
    run_id = "a-run-of-this-test"
    child = subprocess.Popen(["sh", "-c", "read line"], stdin=subprocess.PIPE, env={**os.environ, RUN_ID: run_id})
    assert child.stdin
    try:
        assert not is_closed(theirs)
        os.write(ours, b"a child may write into it")
        assert not is_closed(theirs)
        assert is_held(theirs, "no run")
        os.close(ours)
        assert is_closed(theirs)
        assert not is_held(theirs, "no run")
        assert not is_held(theirs, run_id[:-1])
        assert wait_until_free(theirs, "no run", 0)
        if sys.platform == "linux":
            assert holders(run_id) == [child.pid]
            assert not wait_until_free(theirs, run_id, 0.01)
    finally:
        child.communicate(b"\n")
    assert wait_until_free(theirs, run_id, PATIENCE)
    os.close(theirs)
