"""`--json` and `--jsonl`: one form on every command that prints data, and nothing else on stdout."""

from __future__ import annotations

import io
import json
import subprocess
import threading
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import click
import pytest
from PIL import Image as Drawing
from terminal_support import at_terminal

from client_support import serving
from conftest import COMMAND, OWN
from pyimgur.cli._lazy_group import ROOT, dispatch

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Serving
    from pyimgur.testing import LocalImgur

    Run = Callable[..., subprocess.CompletedProcess[str]]

NO_DATA = {
    "serve", "relay", "relay env", "run", "completion", "login", "logout", "server recipe",  # text for people or shells
    "accounts use", "album add", "album delete", "album edit", "album remove", "comment delete", "comment vote",
    "gallery remove", "gallery vote", "image delete", "image edit", "message delete", "message send",
    "server account add", "server account password", "server account remove", "server app remove", "server app verify",
    "server remove",
    "tag follow", "tag unfollow", "user block", "user unblock",
}  # fmt: skip
"""Commands that print no data."""


def commands() -> Iterator[tuple[str, click.Command]]:
    """Every command that does something, by its name with that of its group."""
    context = click.Context(ROOT)
    waiting = [(name, ROOT.get_command(context, name)) for name in ROOT.list_commands(context)]
    while waiting:
        name, command = waiting.pop()
        assert command is not None
        if isinstance(command, click.Group):
            waiting += [(f"{name} {part}", inner) for part, inner in command.commands.items()]
        if not isinstance(command, click.Group) or command.invoke_without_command:
            yield name, command


def test_every_command_that_prints_data_has_both_forms() -> None:
    forms = {name: {"--json", "--jsonl"} & options(command) for name, command in commands()}
    assert {name for name, form in forms.items() if not form} == NO_DATA
    assert {name for name, form in forms.items() if len(form) == 1} == set()


def options(command: click.Command) -> set[str]:
    return {option for one in command.params for option in one.opts}


def png(color: str) -> bytes:
    made = io.BytesIO()
    Drawing.new("RGB", (8, 6), color).save(made, "png")
    return made.getvalue()


@pytest.fixture
def said(
    imgur: LocalImgur, log_in: Callable[..., object], environment: dict[str, str],
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path,
) -> Callable[..., tuple[int, str]]:  # fmt: skip
    """Runs a command in this process; exit code and stdout."""
    log_in(imgur)
    for name in OWN:
        monkeypatch.delenv(name, raising=False)
    for name in ("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME"):
        monkeypatch.setenv(name, environment[name])
    monkeypatch.chdir(tmp_path)

    def run(*words: str) -> tuple[int, str]:
        capsys.readouterr()
        code = dispatch(list(words))
        return code, capsys.readouterr().out

    return run


def test_what_each_prints_is_json_and_nothing_else(
    said: Callable[..., tuple[int, str]], imgur: LocalImgur, tmp_path: Path
) -> None:
    (tmp_path / "a.png").write_bytes(png("red"))
    (tmp_path / "b.png").write_bytes(png("blue"))
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "c.png").write_bytes(png("green"))
    image, album = imgur.client.upload_image(png("pink")), imgur.client.create_album("A")
    many: dict[str, tuple[int, set[str]]] = {
        "upload a.png b.png --new-album T --title \u00e9": (3, {"id", "deletehash"}),
        "upload -n in": (1, {"request"}),
        "upload -q in": (1, {"id", "link", "reused"}),
        f"download {image.id} {image.link} --to out": (2, {"outcome", "link", "id", "path", "error"}),
        "download xxxxx --to out": (1, {"outcome", "link", "id", "path", "error"}),
        "history": (4, {"path", "link", "sha256"}),
        "image list": (4, {"id", "link"}),
        f"image favorite {image.id}": (1, {"id", "result"}),
        "album list": (2, {"id", "title"}),
        f"album images {album.id}": (0, set()),
        "accounts": (1, {"account", "site", "client_id"}),
        "api GET 3/account/me/images --paginate": (2, {"data", "success", "status"}),
        "delete --last --yes": (1, {"id", "link", "kind"}),
        "user blocked": (0, set()),
    }
    one: dict[str, set[str]] = {
        f"gallery share {image.id} Pink": {"id", "link"},
        f"comment add {image.id} Nice": {"id", "link"},
        f"gallery show {image.id}": {"id", "ups"},
        "album create --title B": {"id", "deletehash"},
        "whoami": {"account", "site"},
        "credits": {"UserLimit"},
        "api GET 3/credits": {"data", "success", "status"},
        "user show": {"url"},
    }
    for line, (count, keys) in many.items():
        code, out = said(*line.split(), "--json")
        documents = json.loads(out)
        assert isinstance(documents, list), line
        if not line.startswith("api"):  # whose pages depend on what is there
            assert len(documents) == count, line
        assert all(keys <= document.keys() for document in documents), (line, documents)
        assert code == (1 if "xxxxx" in line else 0), line
    for line in (
        "image list",
        "download xxxxx --to out",
        "upload a.png b.png",
        "accounts",
        "history",
        "api GET 3/account/me/images --paginate",
    ):
        _, out = said(*line.split(), "--jsonl")
        assert all(isinstance(json.loads(part), dict) for part in out.splitlines()), line
        assert len(out.splitlines()) >= 1, line
    for line, keys in one.items():
        code, out = said(*line.split(), "--json")
        assert (code, keys <= json.loads(out).keys()) == (0, True), (line, out)
    code, out = said("user", "show", "--jsonl")
    assert (code, out.count("\n"), json.loads(out)["url"]) == (0, 1, imgur.username)
    assert said("image", "list", "--json", "--jsonl") == (2, "")
    assert said("upload", "a.png", "--json", "--format", "html") == (2, "")


def test_who_looks_after_a_server_gets_json_too(pyimgur: Run, data: Path, tmp_path: Path) -> None:
    made = json.loads(pyimgur("server", "app", "add", "Tool", "--json").stdout)
    assert made.keys() == {"client_id", "client_secret", "name", "callback"}
    [listed] = json.loads(pyimgur("server", "app", "list", "--json").stdout)
    assert (listed["client_id"], "client_secret" in listed) == (made["client_id"], False)
    found = json.loads(pyimgur("server", "check", "--json").stdout)
    assert (found["good"], found["pictures"], found["missing"], found["put_into"]) == (True, 0, [], None)
    copied = json.loads(pyimgur("server", "backup", "copy", "--jsonl").stdout)
    assert copied == {"folder": "copy", "pictures": 0, "missing": []}


@pytest.mark.parametrize("form", ["--json", "--jsonl"])
def test_a_reader_that_goes_away_is_no_error(form: str, spawn: Callable[..., subprocess.Popen[str]]) -> None:
    gone = threading.Event()

    def handle(wire: Any) -> None:
        gone.wait(60)
        wire.data([{"id": f"p{n}", "is_album": False} for n in range(300)] if wire.path.endswith("/0") else [])

    with serving(handle) as server:
        process = spawn("search", "cats", "--all", form, "--site", server.url)
        assert process.stdout
        assert process.stderr
        process.stdout.close()
        gone.set()
        assert (process.stderr.read(), process.wait(60)) == ("", 141)


# ---- the server on this machine


@pytest.fixture
def running(serve: Callable[..., Serving], environment: dict[str, str], tmp_path: Path) -> Serving:
    """The user's own server, which nobody has logged in to."""
    (tmp_path / "a.png").write_bytes(png("red"))
    environment.pop("PYIMGUR_BASE_URL", None)
    return serve()


def test_a_script_is_told_of_the_server_on_this_machine(running: Serving, pyimgur: Run) -> None:
    done = pyimgur("upload", "a.png")
    assert (done.returncode, done.stdout) == (1, "")
    assert f"A server of yours runs at {running.address}: --site {running.address}\n" in done.stderr
    done = pyimgur("upload", "a.png", "--site", running.address)
    assert (done.returncode, done.stdout.startswith(running.address)) == (0, True)
    done = pyimgur("upload", "a.png", "--site", "https://imgur.com")  # named: no other is offered
    assert (done.returncode, running.address in done.stderr) == (1, False)


@pytest.mark.parametrize(("answer", "code"), [("\r", 0), ("n\r", 1)], ids=repr)
def test_somebody_at_a_terminal_is_asked(
    answer: str, code: int, running: Serving, environment: dict[str, str], tmp_path: Path
) -> None:
    with at_terminal([*COMMAND, "upload", "a.png", "-q"], environment, tmp_path) as terminal:
        terminal.wait_for(rf"Upload to your own server at {running.address}\? \[Y/n\]")
        terminal.type(answer)
        assert terminal.end() == code
    assert (f"{running.address}/" in terminal.text) is (code == 0)


def test_without_such_a_server_nothing_is_offered(pyimgur: Run, tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(png("red"))
    done = pyimgur("upload", "a.png")
    assert (done.returncode, "A server of yours" in done.stderr) == (1, False)
