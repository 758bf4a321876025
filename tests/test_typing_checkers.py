"""What more is asked of the types: ty and pyrefly read the typing tests, as pyright and mypy do in `test_public`,
and pyright finds every type of the public surface written down.

The two word their findings in ways of their own: a mistake counts as reported when its line is and the word is in it.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from test_public import CHECKED, TYPING, TYPOS

HEAD = "import pyimgur\n\nim = pyimgur.Imgur('x')\nai = pyimgur.AsyncImgur('x')\n"
BIN = Path(sys.executable).parent
COMMANDS = {
    "ty": ["check", "--python", sys.executable, "--python-version", "3.11", "--output-format", "concise"],
    "pyrefly": ["check", "--config", "pyrefly.toml", "--output-format", "min-text"],
}
INSIDE = {"cli", "relay", "server"}
"""Packages that nobody imports: they are run."""
FOUND = re.compile(r"^(?:ERROR )?(\w+\.py):(\d+):\d+[-\d:]*:? (.*)$", re.MULTILINE)


@pytest.mark.parametrize("checker", COMMANDS)
def test_it_agrees_with_the_types_and_reports_each_mistake(checker: str, tmp_path: Path) -> None:
    for file in TYPING:
        (tmp_path / file.name).write_text(file.read_text("utf-8"), "utf-8")
    (tmp_path / "typos.py").write_text(HEAD + "\n".join(TYPOS) + "\n", "utf-8")
    settings = f"python-interpreter-path = '{sys.executable}'\npython-version = '3.11'\n"
    (tmp_path / "pyrefly.toml").write_text(settings, "utf-8")
    command = [BIN / checker, *COMMANDS[checker], "api.py", "calls.py", "typos.py"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=CHECKED, check=False, cwd=tmp_path)
    found = FOUND.findall(done.stdout)
    assert [f"{name}:{line}: {text}" for name, line, text in found if name != "typos.py"] == []
    heard = {int(line): text for name, line, text in found if name == "typos.py"}
    first = HEAD.count("\n") + 1
    words = {line: (code, TYPOS[code].strip('"')) for line, code in enumerate(TYPOS, first)}
    assert [code for line, (code, word) in words.items() if word not in heard.get(line, "\0")] == []


def test_every_public_type_is_written_down_and_known(tmp_path: Path) -> None:
    """Or checkers would infer it, each in its own way."""
    command = [BIN / "pyright", "--verifytypes", "pyimgur", "--ignoreexternal", "--outputjson"]
    env = {**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"}  # it looks where the first `python` looks
    done = subprocess.run(command, capture_output=True, timeout=CHECKED, check=False, cwd=tmp_path, env=env)
    symbols = [one for one in json.loads(done.stdout)["typeCompleteness"]["symbols"] if one["isExported"]]
    public = [one for one in symbols if INSIDE.isdisjoint(one["name"].split(".")[1:2])]
    assert {"pyimgur.Imgur", "pyimgur.resources.Image", "pyimgur.testing.LocalImgur"} <= {one["name"] for one in public}
    assert [one["name"] for one in public if one["isTypeAmbiguous"] or not one["isTypeKnown"]] == []
