"""What the pages say is true: every Python block runs, every command and target they name exists.

The blocks of a page run in order in one namespace against a real server, with a person who visits the addresses that
a block opens, allows what is asked, and types in what the page then shows.
"""

from __future__ import annotations

import html
import os
import re
import runpy
import secrets
import shutil
import subprocess
import sys
import webbrowser
from pathlib import Path
from typing import TYPE_CHECKING

import httpx2
import pytest
from PIL import Image

import pyimgur
from pyimgur._media_types import EXTENSIONS

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
TESTED_AS_PROJECT = "testing-frameworks.md"
"""Its blocks are tests that need plugins of pytest: test_testing_projects.py runs them."""
COMMAND = [sys.executable, "-m", "pyimgur"]
NAME = "reader"
OWN_SERVER = "http://127.0.0.1:4648"
"""Where `pyimgur serve` listens, as the pages say; the tests' server has a port of its own."""


def blocks(page: Path, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", page.read_text("utf-8"), re.MULTILINE | re.DOTALL)


class Reader:
    """Somebody who follows the instructions."""

    def __init__(self, password: str) -> None:
        self.password = password
        self.seen = ""

    def visit(self, address: str) -> bool:
        with httpx2.Client() as browser:
            ticket = browser.get(address).raise_for_status().cookies["authorize_token"]
            answer = browser.post(address, data={"username": NAME, "password": self.password, "allow": ticket})
        shown = re.search(r'id="(?:pin|code)">(\w+)<', answer.text)
        self.seen = shown[1] if shown else answer.headers["location"]
        return True

    def readline(self) -> str:
        return f"{self.seen}\n"


@pytest.fixture(scope="module")
def password() -> str:
    return secrets.token_urlsafe()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, password: str) -> Iterator[str]:
    data = str(tmp_path_factory.mktemp("server") / "data")
    add = [*COMMAND, "server", "account", "add", NAME, "--data", data]
    subprocess.run(add, input=password, text=True, check=True, timeout=60)
    serve = [*COMMAND, "serve", "--port", "0", "--data", data]
    with subprocess.Popen(serve, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            found = re.search(r"http://\S+", process.stdout.readline())
            assert found, "the first line holds no address"
            yield found[0]
        finally:
            process.terminate()


@pytest.mark.parametrize(
    "page",
    [page for page in PAGES if blocks(page, "python") and page.name != TESTED_AS_PROJECT],
    ids=lambda page: page.name,
)
def test_python_blocks_run(
    page: Path, server: str, password: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = Reader(password)
    monkeypatch.chdir(tmp_path)
    Image.new("RGB", (40, 30), "navy").save("beach.jpg")
    monkeypatch.setenv("PYIMGUR_BASE_URL", server)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setattr(webbrowser, "open", reader.visit)
    monkeypatch.setattr(sys, "stdin", reader)
    namespace: dict[str, object] = {"__name__": "__main__"}
    for block in blocks(page, "python"):
        exec(compile(block.replace(OWN_SERVER, server), page.name, "exec"), namespace)
        for value in namespace.values():  # connections of a name that the next block gives to another client
            if isinstance(value, pyimgur.Imgur):
                value.close()


@pytest.mark.parametrize("name", ["commands", "fidelity", "server_endpoints"])
def test_generated_pages_are_what_the_code_says(name: str) -> None:
    made = runpy.run_path(str(ROOT / "docs" / f"{name}.py"))["page"]()
    assert (ROOT / "docs" / f"{name}.md").read_text("utf-8") == made, "`make docs` writes it anew"


def test_the_recording_is_of_the_real_thing() -> None:
    """It is made anew here, by the script that made the one that is shown."""
    if shutil.which("curl") is None:
        pytest.skip("no curl found")
    module = runpy.run_path(str(ROOT / "docs" / "recording.py"))
    for drawing in (module["record"](), module["PICTURE"].read_text("utf-8")):
        said = html.unescape(re.sub(r"<[^>]+>", "", drawing)).replace("\xa0", " ")
        assert [command for command in module["SESSION"] if f"$ {command}" not in said] == []
        assert "bytes of 3 pictures were downloaded unchanged" in said
        assert '"UserRemaining"' in said
        assert drawing.count("animation: line") >= len(module["SESSION"])


def test_named_targets_exist() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    pages = [*PAGES, ROOT / "CONTRIBUTING.md"]
    named = {
        name for page in pages for name in re.findall(r"(?:^|`)make ([a-z]+)", page.read_text("utf-8"), re.MULTILINE)
    }
    assert {"demo", "test", "check"} <= named <= targets


def test_named_commands_exist() -> None:
    from pyimgur.cli._command_table import COMMANDS

    named = {name for page in PAGES for name in re.findall(r"[`/ ]pyimgur ([a-z]+)\b", "\n".join(blocks(page, "sh")))}
    assert named <= COMMANDS.keys()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_files_that_are_named_exist(page: Path) -> None:
    text = page.read_text("utf-8")
    linked = re.findall(r"\]\((?!https?:|#)([\w./-]+)(?:#[\w-]*)?\)", text)
    assert [name for name in linked if not (page.parent / name).exists()] == []


def test_pages_fetch_nothing_from_elsewhere(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "sphinx", "-q", "-W", "docs", str(tmp_path)]
    subprocess.run(build, cwd=ROOT, check=True, timeout=600, env={**os.environ, "PYTHONWARNINGS": "default"})
    loaded = re.compile(r'<(?:script|link|img|iframe)\b[^>]*\b(?:src|href)="(?:https?:)?//[^"]*"')
    assert [
        (page.name, loaded.findall(page.read_text("utf-8")))
        for page in tmp_path.rglob("*.html")
        if loaded.search(page.read_text("utf-8"))
    ] == []


def test_the_docs_have_all_extensions_of_media() -> None:
    text = (
        (ROOT / "docs" / "everyday.md")
        .read_text("utf-8")
        .partition("<!-- extensions -->")[2]
        .partition("<!-- end -->")[0]
    )
    assert text.replace("`", " ").split() == list(EXTENSIONS)
