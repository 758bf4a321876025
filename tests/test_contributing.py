"""What contributors are given works: hooks run tools that are installed, and every file is as .editorconfig says."""

from __future__ import annotations

import ast
import re
import sys
from pathlib import Path

import pytest
import yaml

from test_repository import ROOT, texts

BIN = Path(sys.executable).parent
GENERATED = {"docs/recording.svg", "docs/performance.svg", "tests/frozen/routes.txt"}
"""Files that a program writes, with blanks at the ends of lines."""


def targets() -> set[str]:
    """Return the targets of the Makefile."""
    return set(re.findall(r"^([a-z./-]+):(?!=)", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))


def test_hooks_run_what_is_there() -> None:
    configured = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text("utf-8"))
    hooks = [hook for repo in configured["repos"] for hook in repo["hooks"]]
    assert len(hooks) >= 4
    tools = {hook["id"]: hook["entry"].split()[:2] for hook in hooks}
    missing = {
        id: words
        for id, words in tools.items()
        if not (words[1] in targets() if words[0] == "make" else (BIN / Path(words[0]).name).exists())
    }
    assert missing == {}
    assert {hook["language"] for hook in hooks} == {"system"}, "a hook with a version of its own would differ from make"


def test_workflows_run_targets_that_are_there() -> None:
    names = [".ci/run", ".readthedocs.yaml", *(f".github/workflows/{name}.yml" for name in ("ci", "release"))]
    texts = {name: (ROOT / name).read_text("utf-8") for name in names if (ROOT / name).is_file()}
    found = {name: re.findall(r"^\s*(?:- |run: |- run: )?make(?: --[a-z-]+)* ([a-z./ -]+)", text, re.MULTILINE)
             for name, text in texts.items()}  # fmt: skip
    assert sum(map(len, found.values())) >= len(texts)
    missing = {name: set(" ".join(words).split()) - targets() for name, words in found.items()}
    assert {name: words for name, words in missing.items() if words} == {}


def test_fast_tests_are_there() -> None:
    text = (ROOT / "Makefile").read_text("utf-8").replace("\\\n", "")
    named = {name: re.findall(rf"^{name} := (.*)$", text, re.MULTILINE)[0].split() for name in ("SLOW", "FAST_SERVER")}
    files = [f"tests/test_{name}.py" for name in named["SLOW"]]
    files += [f"tests/server/test_{name}.py" for name in named["FAST_SERVER"]]
    assert [name for name in files if not (ROOT / name).is_file()] == []


@pytest.mark.parametrize(
    ("what", "pattern"),
    [
        ("a blank at the end of a line", r"[ \t]+$"),
        ("a line end of another system", r"\r"),
        ("no line end at the end", r"[^\n]\Z"),
        ("two line ends at the end", r"\n\n\Z"),
    ],
)
def test_files_are_as_the_editor_would_save_them(what: str, pattern: str) -> None:
    found = re.compile(pattern, re.MULTILINE)
    assert [name for name, text in texts().items() if name not in GENERATED and found.search(text)] == [], what


def test_makefiles_and_go_alone_have_tabs() -> None:
    indented = {name for name, text in texts().items() if re.search(r"^\t", text, re.MULTILINE)}
    others = {name for name in indented if not name.startswith("tests/frozen/") and not name.endswith(".go")}
    assert others - {".ci/run"} == {"Makefile"}


def test_an_assertion_that_fails_says_which_value_is_wrong() -> None:
    """Of five values without names nobody sees which one it is: `picked` names them."""
    found = [
        f"{name}:{node.lineno}"
        for name, text in texts().items()
        if name.startswith("tests/") and name.endswith(".py")
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Assert) and isinstance(node.test, ast.Compare)
        if len([side for side in (node.test.left, *node.test.comparators) if _is_long(side)]) > 1
    ]
    assert found == []


def _is_long(side: ast.expr) -> bool:
    return isinstance(side, ast.Tuple) and len(side.elts) >= 5
