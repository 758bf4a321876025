"""`--json` and `--jsonl`: one form on every command that prints data, with the keys that `command_contract` states."""

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
from command_contract import API_KEYS, OWN_KEYS
from conftest import COMMAND, OWN
from picked import picked
from pyimgur.cli._lazy_group import ROOT, dispatch
from pyimgur.server.services import accounts

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Serving
    from pyimgur.testing import LocalImgur

    Run = Callable[..., subprocess.CompletedProcess[str]]

NO_DATA = {
    "relay", "relay env", "run", "completion", "login", "logout",  # text for people or shells
    "links redirects", "server recipe",  # configuration of other programs
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
    assert forms.pop("serve") == {"--json"}, "one line, when a server for tests is ready"
    assert {name for name, form in forms.items() if not form} == NO_DATA
    assert {name for name, form in forms.items() if len(form) == 1} == set()
    stated = {name.partition(" --")[0] for name in (*API_KEYS, *OWN_KEYS)}
    assert stated == {name for name, form in forms.items() if form}, "command_contract states the keys of each"


def has_stated_keys(words: str, document: dict[str, Any]) -> bool:
    """Whether a document has the keys that are stated for the command that these words begin with."""
    command = max((name for name in (*API_KEYS, *OWN_KEYS) if f"{words} ".startswith(f"{name} ")), key=len)
    own = OWN_KEYS.get(command)
    return set(API_KEYS[command]) <= document.keys() if own is None else set(own) == document.keys()


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
    many: dict[str, int | None] = {
        "upload a.png b.png --new-album T --title \u00e9": 3,
        "upload --dry-run in": 1,
        "upload -q in": 1,
        f"download {image.id} {image.link} --to out": 2,
        "download xxxxx --to out": 1,
        "history": 4,
        "image list": 4,
        f"image favorite {image.id}": 1,
        f"album favorite {album.id}": 1,
        "album list": 2,
        f"album images {album.id}": 0,
        "accounts": 1,
        "api GET 3/account/me/images --paginate": None,  # its pages depend on what is there
        "delete --last --yes": 1,
        "undo --yes": 3,
        "user blocked": 0,
    }
    one = (
        f"gallery share {image.id} Pink",
        f"comment add {image.id} Nice",
        f"gallery show {image.id}",
        f"image show {image.id}",
        f"album show {album.id}",
        "album create --title B",
        "whoami",
        "credits",
        "api GET 3/credits",
        "user show",
    )
    for line, count in many.items():
        code, out = said(*line.split(), "--json")
        documents = json.loads(out)
        assert isinstance(documents, list), line
        assert count in {len(documents), None}, line
        assert all(has_stated_keys(line, document) for document in documents), (line, documents)
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
    for line in one:
        code, out = said(*line.split(), "--json")
        assert (code, has_stated_keys(line, json.loads(out))) == (0, True), (line, out)
    code, out = said("user", "show", "--jsonl")
    assert (code, out.count("\n"), json.loads(out)["url"]) == (0, 1, imgur.username)
    assert said("image", "list", "--json", "--jsonl") == (2, "")
    assert said("upload", "a.png", "--json", "--format", "html") == (2, "")


def test_what_people_share_and_write_is_json_too(said: Callable[..., tuple[int, str]], imgur: LocalImgur) -> None:
    image, album = imgur.client.upload_image(png("pink")), imgur.client.create_album("A")
    album.add_images([imgur.client.upload_image(png("teal"))])
    for id in (image.id, album.id):
        said("gallery", "share", id, "Pink", "--tag", "cats")
    post = imgur.client.gallery_image(image.id)
    first = post.comment("Nice")
    first.reply("Thanks")
    imgur.client.get_gallery_item(album.id).favorite()
    lists = {
        "gallery list --section user --sort time": 2,
        "search Pink": 2,
        "tag posts cats": 2,
        "user posts": 2,
        f"user favorites {imgur.username}": 1,
        "user favorites": 1,
        f"gallery comments {image.id}": 1,
        "comment list": 2,
        f"comment replies {first.id}": 1,
        f"album images {album.id}": 1,
    }
    for line, count in lists.items():
        code, out = said(*line.split(), "--json")
        assert (code, len(json.loads(out))) == (0, count), (line, out)
        assert all(has_stated_keys(line, document) for document in json.loads(out)), (line, out)
    for line in ("tag show cats", f"comment show {first.id}", f"gallery show {album.id}"):
        code, out = said(*line.split(), "--json")
        assert (code, has_stated_keys(line, json.loads(out))) == (0, True), (line, out)


def test_what_is_between_two_people_is_json_too(said: Callable[..., tuple[int, str]], imgur: LocalImgur) -> None:
    imgur._server.run(lambda: accounts.create(imgur._context, "bob", "only for tests"))
    assert said("message", "send", "bob", "hi")[0] == 0
    assert said("user", "block", "bob")[0] == 0
    [conversation] = json.loads(said("message", "list", "--json")[1])
    [message] = json.loads(said("message", "show", str(conversation["id"]), "--json")[1])
    [blocked] = json.loads(said("user", "blocked", "--json")[1])
    assert has_stated_keys("message list", conversation)
    assert has_stated_keys("message show", message)
    assert has_stated_keys("user blocked", blocked)


def test_who_looks_after_a_server_gets_json_too(pyimgur: Run, data: Path, tmp_path: Path) -> None:
    def document(*words: str) -> Any:
        made = json.loads(pyimgur("server", *words, "--json").stdout)
        documents: list[dict[str, Any]] = made if isinstance(made, list) else [made]
        assert all(has_stated_keys(f"server {' '.join(words)}", each) for each in documents), (words, made)
        return made

    pyimgur("server", "account", "add", "ann", stdin="only for tests\n")
    made = document("app", "add", "Tool")
    [listed] = document("app", "list")
    assert (listed["client_id"], "client_secret" in listed) == (made["client_id"], False)
    assert [account["name"] for account in document("account", "list")] == ["ann"]
    assert document("reports") == []
    found = document("check")
    assert picked(found, "good", "pictures", "missing", "put_into") == {
        "good": True,
        "pictures": 0,
        "missing": [],
        "put_into": None,
    }
    assert document("backup", "copy") == {"folder": "copy", "pictures": 0, "missing": []}
    assert document("restore", "copy", "--data", "again") == {"folder": "again", "pictures": 0, "missing": []}
    copied = json.loads(pyimgur("server", "backup", "copy2", "--jsonl").stdout)
    assert copied == {"folder": "copy2", "pictures": 0, "missing": []}


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


def test_a_script_gets_a_hint_about_the_server_on_this_machine(running: Serving, pyimgur: Run) -> None:
    done = pyimgur("upload", "a.png")
    assert (done.returncode, done.stdout) == (1, "")
    assert f"A server of yours runs at {running.address}: --site {running.address}\n" in done.stderr
    done = pyimgur("upload", "a.png", "--site", running.address)
    assert (done.returncode, done.stdout.startswith(running.address)) == (0, True)
    done = pyimgur("upload", "a.png", "--site", "https://imgur.com")  # named: no other is offered
    assert (done.returncode, running.address in done.stderr) == (1, False)


@pytest.mark.parametrize(("answer", "code"), [("\r", 0), ("n\r", 1)], ids=repr)
def test_a_user_at_a_terminal_is_prompted(
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
