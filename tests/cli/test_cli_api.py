"""`pyimgur api`: any call, authenticated like all others; the response unchanged, and an exit code."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image as Drawing
from terminal_support import at_terminal

from client_support import Wire, serving
from conftest import COMMAND

if TYPE_CHECKING:
    from pyimgur.testing import LocalImgur

    Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def user(imgur: LocalImgur, log_in: Callable[..., object]) -> LocalImgur:
    """An Imgur whose account is logged in."""
    log_in(imgur)
    return imgur


def test_an_answer_comes_as_imgur_sent_it(user: LocalImgur, pyimgur: Run) -> None:
    done = pyimgur("api", "get", "3/account/me")
    assert (done.returncode, done.stderr) == (0, "")
    assert '"success":true' in done.stdout
    assert json.loads(done.stdout)["data"]["url"] == user.username


def test_parameters_are_a_form_and_queries_an_address(user: LocalImgur, pyimgur: Run) -> None:
    made = pyimgur("api", "POST", "/3/album", "-f", "title=A = B", "-f", "privacy=hidden", "-q", "x=1")
    id = json.loads(made.stdout)["data"]["id"]
    assert json.loads(pyimgur("api", "GET", f"{user.url}/3/album/{id}").stdout)["data"]["title"] == "A = B"
    assert pyimgur("api", "DELETE", f"3/album/{id}").returncode == 0
    assert pyimgur("api", "GET", f"3/album/{id}").returncode == 1


def test_a_file_is_sent_from_a_path_or_from_standard_input(user: LocalImgur, pyimgur: Run, tmp_path: Path) -> None:
    Drawing.new("RGB", (40, 30), "red").save(tmp_path / "red.png")
    done = pyimgur("api", "POST", "3/image", "-F", "image=@red.png", "-f", "title=Red")
    assert done.returncode == 0
    assert user.client.get_image(json.loads(done.stdout)["data"]["id"]).title == "Red"
    with (tmp_path / "red.png").open("rb") as file:
        piped = subprocess.run(
            [*COMMAND, "api", "POST", "3/image", "-F", "image=@-", "--site", user.url],
            stdin=file, capture_output=True, cwd=tmp_path, check=False, timeout=60,
        )  # fmt: skip
    assert (piped.returncode, json.loads(piped.stdout)["data"]["width"]) == (0, 40)


def test_what_is_sent(pyimgur: Run, tmp_path: Path) -> None:
    (tmp_path / "x.png").write_bytes(b"\x89PNG\r\n\x1a\n....")
    with serving(lambda wire: wire.body() is not None and wire.data(1)) as server:
        words = ["--site", server.url, "--client-id", "mine"]
        pyimgur("api", "PUT", "3/a/b?c=d", "-f", "x=1", "-f", "x=2", "-q", "e=f g", *words)
        pyimgur("api", "POST", "account/v1/{id}", "--as-json", "-f", "x=1", *words)
        pyimgur("api", "POST", "3/x", "-F", "odd name=@x.png", "-f", "y=2", *words)
        pyimgur("api", "DELETE", "3/x", "-f", "y=2", *words)
        put, as_json, form, delete = server.seen
        assert (put.target, put.form(), put.authorization) == ("/3/a/b?c=d&e=f+g", {"x": ["1", "2"]}, "Client-ID mine")
        assert (as_json.target, json.loads(as_json.body())) == ("/account/v1/%7Bid%7D", {"x": ["1"]})
        assert set(form.parts()) == {"odd name", "y"}
        assert (delete.target, delete.body()) == ("/3/x?y=2", b"")


def test_refusals_are_printed_and_end_with_1(user: LocalImgur, pyimgur: Run) -> None:
    done = pyimgur("api", "GET", "3/image/gOneGon")
    assert done.returncode == 1
    assert json.loads(done.stdout)["status"] == 404
    assert done.stderr.startswith("pyimgur: GET 3/image/gOneGon: 404 ")


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (lambda wire: wire.answer(b"<title>Imgur is over capacity!</title>", content_type="text/html"), 0),
        (lambda wire: wire.answer(b"", 502), 1),
        (lambda wire: wire.answer(b'{"data":{"error":"x"},"success":false,"status":200}'), 1),
        (lambda wire: wire.answer(b"\xff\xfe"), 0),
    ],
    ids=["page", "empty", "no with 200", "bytes"],
)
def test_whatever_comes_is_printed(answer: Any, code: int, environment: dict[str, str]) -> None:
    with serving(answer) as server:
        command = [*COMMAND, "api", "POST", "3/x", "--site", server.url]
        done = subprocess.run(command, capture_output=True, env=environment, check=False, timeout=60)
    assert done.returncode == code
    assert b"Traceback" not in done.stderr
    assert done.stdout in {b"", b"\xff\xfe"} or done.stdout.startswith((b"<title>", b'{"data'))


def test_pages_end_where_one_is_empty(user: LocalImgur, pyimgur: Run) -> None:
    for title in "abc":
        user.client.create_album(title)
    done = pyimgur("api", "GET", "3/account/me/albums/{page}", "-q", "perPage=2", "--paginate")
    assert done.returncode == 0
    pages = [json.loads(line)["data"] for line in done.stdout.splitlines()]
    assert [len(page) for page in pages] == [2, 1]
    assert pyimgur("api", "GET", "3/account/me/nothing", "--paginate").returncode == 1


def test_pages_that_never_change_end_too(pyimgur: Run) -> None:
    with serving(lambda wire: wire.data([1])) as server:
        done = pyimgur("api", "GET", "3/x", "--paginate", "--site", server.url)
        assert (done.returncode, len(done.stdout.splitlines()), len(server.seen)) == (0, 1, 2)
        assert [wire.query["page"] for wire in server.seen] == [["0"], ["1"]]


def test_on_a_terminal_it_is_set_out_and_gives_no_orders(environment: dict[str, str], tmp_path: Path) -> None:
    def handle(wire: Wire) -> None:
        wire.answer(json.dumps({"data": {"title": "caf\u00e9 \x9b2J\x1b[2J"}}, ensure_ascii=False).encode())

    with serving(handle) as server:
        words = [*COMMAND, "api", "GET", "3/x", "--site", server.url]
        with at_terminal(words, environment, tmp_path) as terminal:
            assert terminal.end() == 0
    assert '{\n  "data": {\n    "title": "café' in terminal.text
    assert "\x9b" not in terminal.shown
    assert "\x1b[2J" not in terminal.shown


def test_tokens_go_to_their_site_only(user: LocalImgur, pyimgur: Run) -> None:
    with serving(lambda wire: wire.data(1)) as server:
        done = pyimgur("api", "GET", f"{server.url}/3/account/me")
        assert (done.returncode, server.seen) == (1, [])
        assert done.stderr == f"pyimgur: '{server.url}/3/account/me' is not a URL of {user.url}\n"
        pyimgur("api", "GET", "3/account/me", "--site", server.url)
        assert [wire.authorization for wire in server.seen] == ["Client-ID pyimgur"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["BREW", "3/x"], "Invalid value for 'METHOD'"),
        (["GET", "3/x", "-f", "novalue"], "write it as name=value"),
        (["GET", "3/x", "-F", "image=path"], "write it as name=@path"),
        (["POST", "3/x", "--paginate"], "--paginate works with GET only"),
    ],
)
def test_usage_errors(words: list[str], said: str, pyimgur: Run) -> None:
    done = pyimgur("api", *words)
    assert (done.returncode, done.stdout) == (2, "")
    assert said.lower() in done.stderr.lower()
