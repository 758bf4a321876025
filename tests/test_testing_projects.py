"""The test kit in projects of its users: each test runs pytest on a small project, in a process of its own."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

PAGE = Path(__file__).parent.parent / "docs" / "testing-frameworks.md"
OUTCOME = re.compile(r"^(PASSED|FAILED|ERROR|SKIPPED|XFAIL) \S+?::(\S+)", re.MULTILINE)
QUIET = ("-p", "no:cacheprovider", "--disable-plugin-autoload", "-p", "pyimgur", "-rA", "--tb=short")


def run(folder: Path, *options: str, settings: str = "", **files: str) -> tuple[dict[str, list[str]], str]:
    """Run the tests of a project.

    Args:
        folder: where to write its files.
        options: of pytest.
        settings: the lines of its `pytest.ini`.
        files: the text of each of its modules.

    Returns:
        The names of the tests by their outcome, and the output.
    """
    (folder / "pytest.ini").write_text(f"[pytest]\nfilterwarnings = error\n{settings}")
    for name, text in files.items():
        (folder / f"{name}.py").write_text(text)
    command = [sys.executable, "-m", "pytest", *QUIET, *options, "."]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120, check=False)
    outcomes: dict[str, list[str]] = {}
    for outcome, test in OUTCOME.findall(done.stdout):
        outcomes.setdefault(outcome, []).append(test)
    return {outcome: sorted(tests) for outcome, tests in outcomes.items()}, done.stdout + done.stderr


GUARDED = """
import unittest
from urllib.request import Request, urlopen

import pytest


def swallow(path):
    try:
        urlopen(f"https://api.imgur.com/3/{path}")
    except OSError:
        pass


def test_handles_the_error():
    swallow("handled")


def test_raises_another_error():
    swallow("raised")
    raise LookupError


def test_skips():
    swallow("skipped")
    pytest.skip("no network")


class TestCase(unittest.TestCase):
    def test_method(self):
        swallow("method")


@pytest.fixture
def early():
    swallow("early")


def test_of_a_fixture(early): ...


@pytest.fixture
def late():
    yield
    swallow("late")


def test_before_the_end_of_a_fixture(late): ...


def test_local(imgur):
    assert urlopen(f"{imgur.url}/healthz").status == 200


def test_intercepted(imgur_intercepted):
    assert urlopen(Request("https://api.imgur.com/3/credits", headers={"Authorization": "Client-ID any"})).status == 200
"""


def test_the_setting_guards_all_tests(tmp_path: Path) -> None:
    outcomes, output = run(tmp_path, settings="pyimgur_guard = true\n", test_guarded=GUARDED)
    assert outcomes == {
        "FAILED": ["TestCase::test_method", "test_handles_the_error", "test_raises_another_error", "test_skips"],
        "ERROR": ["test_before_the_end_of_a_fixture", "test_of_a_fixture"],
        "PASSED": ["test_before_the_end_of_a_fixture", "test_intercepted", "test_local"],
    }, output
    for path in ("handled", "raised", "skipped", "method", "early", "late"):
        assert f"the real Imgur (GET https://api.imgur.com/3/{path}): use" in output
    assert "LookupError" in output


UNGUARDED = """
import socket

import pytest


def look_up():
    try:
        socket.getaddrinfo("api.imgur.com", 443)
    except OSError as error:
        assert "the real Imgur" in str(error)


def test_with_the_fixture(no_real_imgur):
    look_up()


@pytest.fixture
def late():
    yield
    look_up()


def test_of_another_fixture(no_real_imgur, late): ...


def test_without(): ...


def test_intercepted(imgur_intercepted):
    look_up()
"""


def test_the_fixture_guards_one_test(tmp_path: Path) -> None:
    outcomes, output = run(tmp_path, test_unguarded=UNGUARDED)
    assert outcomes == {
        "FAILED": ["test_intercepted", "test_with_the_fixture"],
        "ERROR": ["test_of_another_fixture"],
        "PASSED": ["test_of_another_fixture", "test_without"],
    }, output


RECORDED = """

from pathlib import Path


@pytest.fixture(autouse=True)
def record_server(imgur_server, worker_id):
    Path(__file__).with_name(f"{worker_id}.url").write_text(imgur_server.url)
"""


def test_the_examples_for_frameworks_and_plugins(tmp_path: Path) -> None:
    blocks = re.findall(r"^```(python|ini)\n(.*?)^```", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    modules = [text for language, text in blocks if language == "python"]
    conftest = next(text for text in modules if text.startswith("# conftest.py"))
    modules.remove(conftest)
    settings = next(text for language, text in blocks if language == "ini").removeprefix("[pytest]\n")
    plugins = [f"-p{name}" for name in ("asyncio", "anyio", "time_machine", "fakefs", "pytest_socket", "xdist")]
    outcomes, output = run(
        tmp_path,
        *(*plugins, "--numprocesses=2", "--dist=loadscope"),
        settings=f"{settings}asyncio_default_fixture_loop_scope = function\npyimgur_guard = true\n",
        conftest=conftest + RECORDED,
        **{f"test_{number}": text for number, text in enumerate(modules)},
    )
    defined = {name for text in modules for name in re.findall(r"def (test_\w+)\(", text)}
    passed = {re.split(r"::|\[", name)[-1 if "::" in name else 0] for name in outcomes["PASSED"]}
    assert (outcomes.keys(), passed) == ({"PASSED"}, defined), output
    assert {"test_with_anyio[asyncio]", "test_with_anyio[trio]"} <= {*outcomes["PASSED"]}
    servers = [file.read_text() for file in sorted(tmp_path.glob("*.url"))]
    assert len(servers) == len(set(servers)) == 2, f"each of the two workers has a server of its own: {servers}"
