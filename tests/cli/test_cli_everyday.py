"""`pyimgur image, album, gallery, comment, user, tag, message, search`: the everyday rest, against a real server."""

from __future__ import annotations

import functools
import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import pytest
from PIL import Image as Drawing
from terminal_support import at_terminal

from client_support import serving
from conftest import COMMAND
from pyimgur import ResourceNotFoundError
from pyimgur.cli._lazy_group import ROOT

if TYPE_CHECKING:
    from pyimgur import Image
    from pyimgur.testing import LocalImgur

    Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def user(imgur: LocalImgur, log_in: Callable[..., object]) -> LocalImgur:
    """An Imgur whose account is logged in."""
    log_in(imgur)
    return imgur


def red(folder: Path) -> Path:
    path = folder / "red.png"
    Drawing.new("RGB", (40, 30), "red").save(path)
    return path


@pytest.fixture
def picture(user: LocalImgur, tmp_path: Path) -> Image:
    return user.client.upload_image(red(tmp_path), title="Red\tand\nblue \x1b[2J")


def good(done: subprocess.CompletedProcess[str]) -> str:
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    return done.stdout


def gone(im: Any, picture: Image) -> bool:
    try:
        im.get_image(picture.id)
    except ResourceNotFoundError:
        return True
    return False


# ---- how things are shown


def test_lines_for_programs_and_json(picture: Image, pyimgur: Run) -> None:
    [line] = good(pyimgur("image", "list")).splitlines()
    cells = line.split("\t")
    assert (cells[0], cells[1], cells[-1]) == (picture.id, "Red and blue \ufffd[2J", picture.link)
    [told] = json.loads(good(pyimgur("image", "list", "--json")))
    assert told["title"] == picture.title
    assert json.loads(good(pyimgur("image", "show", picture.link, "--json")))["id"] == picture.id
    assert f"id\t{picture.id}\n" in good(pyimgur("image", "show", picture.id))


def test_an_output_that_has_no_letters_for_a_title_still_gets_the_link(
    picture: Image, environment: dict[str, str], tmp_path: Path
) -> None:
    """As on Windows, where a pipe's encoding knows a few hundred letters."""
    family = "\N{MAN}\u200d\N{GIRL} \u202e\x9b"
    picture.update(title=family)
    told: dict[str, Any] = {}
    for encoding in ("cp1252", "utf-8"):
        run = functools.partial(
            subprocess.run,
            cwd=tmp_path,
            env={**environment, "PYTHONIOENCODING": encoding},
            capture_output=True,
            check=True,
        )
        told[encoding] = run([*COMMAND, "image", "list"]).stdout.decode(encoding).split("\t")
        shown = run([*COMMAND, "image", "list", "--json"]).stdout.decode(encoding)
        assert json.loads(shown)[0]["title"] == family
        assert not set("\u202e\x9b") & set(shown), "JSON gives no orders either"
    assert (told["cp1252"][1], told["utf-8"][1]) == (
        r"\U0001f468\u200d\U0001f467 \ufffd\ufffd",
        family[:-2] + "\ufffd" * 2,
    )
    assert told["cp1252"][-1] == told["utf-8"][-1] == f"{picture.link}\n"


def test_a_table_on_a_terminal(picture: Image, environment: dict[str, str], tmp_path: Path) -> None:
    with at_terminal([*COMMAND, "album", "list"], environment, tmp_path) as terminal:
        assert (terminal.end(), terminal.text) == (0, "there is nothing to list\n")
    picture.update(title="Long \x1b[2J" * 20)
    for columns in (200, 60, 20):
        with at_terminal([*COMMAND, "image", "list"], environment, tmp_path, columns) as terminal:
            assert terminal.end() == 0
        heading, row = filter(None, terminal.text.splitlines())
        assert heading.split()[:2] == ["id", "title"]
        assert heading.split()[-1] == "link"
        assert row.startswith(f"{picture.id}  Long")
        assert row.rstrip().endswith(picture.link), "what is to be copied is whole"
        assert len(row) <= columns or columns == 20
        assert ("uploaded" in heading) is (columns == 200)
        assert "\x1b[2J" not in terminal.shown


def test_no_colour_where_none_is_wanted(picture: Image, environment: dict[str, str], tmp_path: Path) -> None:
    with at_terminal([*COMMAND, "image", "list"], environment | {"NO_COLOR": "1"}, tmp_path) as terminal:
        assert terminal.end() == 0
    assert "\x1b[3" not in terminal.shown


def test_no_more_than_the_limit_is_requested(pyimgur: Run) -> None:
    def handle(wire: Any) -> None:
        wire.data([{"id": f"p{wire.path[-1]}{n}", "is_album": False} for n in range(60)])

    with serving(handle) as server:
        for limit, pages, cut in ((60, 1, "and there may be more"), (61, 2, "of more")):
            server.seen.clear()
            done = pyimgur("search", "cats", "--limit", str(limit), "--site", server.url)
            assert (len(done.stdout.splitlines()), len(server.seen)) == (limit, pages)
            assert (done.returncode, done.stderr) == (0, f"Showing {limit} {cut}; pass --limit N or --all.\n")


def test_a_list_that_is_cut_says_so_in_every_form_and_all_lists_all(pyimgur: Run) -> None:
    def handle(wire: Any) -> None:
        wire.data([{"id": f"p{n}", "is_album": False} for n in range(150)] if wire.path.endswith("/0") else [])

    with serving(handle) as server:
        site = ("--site", server.url)
        for form in ([], ["--json"]):
            done = pyimgur("search", "cats", *form, *site)
            assert done.stderr == "Showing 100 of more; pass --limit N or --all.\n", form
            whole = good(pyimgur("search", "cats", "--all", *form, *site))
            shown = [len(json.loads(one)) if form else len(one.splitlines()) for one in (done.stdout, whole)]
            assert shown == [100, 150], form
        assert len(good(pyimgur("search", "cats", "--limit", "151", *site)).splitlines()) == 150
        for limit in ("100", "5"):  # also where it is the default
            done = pyimgur("search", "cats", "--all", "--limit", limit, *site)
            assert (done.returncode, done.stdout) == (2, "")
            assert "pass either --limit or --all, not both" in done.stderr


def test_every_command_that_lists_has_all() -> None:
    lists = [command for command in commands() if "limit" in options(command) and command.name != "download"]
    assert len(lists) > 10
    assert [command.name for command in lists if "everything" not in options(command)] == []


def commands() -> Iterator[click.Command]:
    """Every command there is, also those of groups."""
    context = click.Context(ROOT)
    waiting: list[click.Command | None] = [ROOT.get_command(context, name) for name in ROOT.list_commands(context)]
    while waiting:
        command = waiting.pop()
        if isinstance(command, click.Group):
            waiting += command.commands.values()
        if command is not None:
            yield command


def options(command: click.Command) -> set[str | None]:
    return {option.name for option in command.params}


# ---- what can be done


def test_a_picture_from_edit_to_delete(user: LocalImgur, picture: Image, pyimgur: Run) -> None:
    good(pyimgur("image", "edit", picture.link, "--title", "Blue", "--description", ""))
    assert user.client.get_image(picture.id).title == "Blue"
    assert good(pyimgur("image", "favorite", picture.id)) == f"{picture.id}\tfavorited\n"
    done = pyimgur("image", "delete", picture.id)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "pyimgur: nothing was done: pass --yes to confirm it in a script\n"
    assert not gone(user.client, picture)
    good(pyimgur("image", "delete", "--yes", picture.id))
    assert gone(user.client, picture)


@pytest.mark.parametrize(("answer", "code"), [("y\r", 0), ("n\r", 1), ("\r", 1), ("\x03", 130)], ids=repr)
def test_deleting_asks_first(
    answer: str, code: int, user: LocalImgur, picture: Image, environment: dict[str, str], tmp_path: Path
) -> None:
    with at_terminal([*COMMAND, "image", "delete", picture.id], environment, tmp_path) as terminal:
        terminal.wait_for(r"Delete 1 picture\(s\) for good\? \[y/N\]")
        terminal.type(answer)
        assert terminal.end() == code
    assert gone(user.client, picture) is (code == 0)


def test_one_that_fails_does_not_stop_the_others(user: LocalImgur, picture: Image, pyimgur: Run) -> None:
    done = pyimgur("image", "delete", "--yes", "gOneGon", picture.id, "https://example.org/x")
    assert (done.returncode, done.stdout) == (1, "")
    assert [line.split(": ")[1] for line in done.stderr.splitlines()] == ["gOneGon", "https://example.org/x"]
    assert gone(user.client, picture)


def test_what_nobody_uploaded_is_named_by_its_delete_hash(imgur: LocalImgur, pyimgur: Run, tmp_path: Path) -> None:
    with imgur.anonymous() as im:
        made = im.upload_image(red(tmp_path))
    site = ("--site", imgur.url)
    album = pyimgur("album", "create", "--title", "Mine", made.deletehash, *site)
    assert album.returncode == 0
    assert album.stdout.startswith(f"{imgur.url}/a/")
    proof = album.stderr.removeprefix("its delete hash: ").strip()
    good(pyimgur("album", "edit", proof, "--title", "Yours", *site))
    assert good(pyimgur("album", "images", album.stdout.strip(), *site)).startswith(made.id)
    assert "title\tYours\n" in good(pyimgur("album", "show", album.stdout.strip(), *site))
    done = pyimgur("image", "delete", "--yes", "nOthash", *site)
    assert done.returncode == 1
    good(pyimgur("image", "delete", "--yes", made.deletehash, *site))
    assert gone(imgur.client, made)
    done = pyimgur("image", "delete", "--yes", made.deletehash, *site)
    assert done.returncode == 1
    assert made.deletehash not in done.stderr


def test_an_album_from_making_to_deleting(user: LocalImgur, picture: Image, pyimgur: Run) -> None:
    link = good(pyimgur("album", "create", "--title", "A", "--privacy", "hidden", picture.id)).strip()
    assert good(pyimgur("album", "list")).split("\t")[1:4] == ["A", "1", "hidden"]
    good(pyimgur("album", "remove", link, picture.link))
    assert good(pyimgur("album", "images", link)) == ""
    good(pyimgur("album", "add", link, picture.id))
    assert good(pyimgur("album", "images", link)).startswith(picture.id)
    good(pyimgur("album", "edit", link, "--cover", picture.id))
    assert f"cover\t{picture.id}\n" in good(pyimgur("album", "show", link))
    assert "favorited" in good(pyimgur("album", "favorite", link))
    good(pyimgur("album", "delete", "-y", link))
    assert good(pyimgur("album", "list")) == ""
    assert not gone(user.client, picture)


def test_a_post_and_what_is_said_of_it(user: LocalImgur, picture: Image, pyimgur: Run) -> None:
    post = good(pyimgur("gallery", "share", picture.id, "A red one", "--tag", "cats")).strip()
    assert post == f"{user.url}/gallery/{picture.id}"
    for words in (
        ["gallery", "list", "--section", "user", "--sort", "time"], ["search", "red", "one"], ["tag", "posts", "cats"],
        ["user", "posts"], ["user", "posts", user.username],
    ):  # fmt: skip
        assert good(pyimgur(*words)).split("\t")[:2] == [picture.id, "A red one"], words
    good(pyimgur("gallery", "vote", post, "down"))
    assert "your vote\tdown\n" in good(pyimgur("gallery", "show", post))
    good(pyimgur("gallery", "vote", post, "none"))
    said = good(pyimgur("comment", "add", post, "-", stdin="So\nsweet!\n")).strip()
    number = said.rpartition("/")[2]
    good(pyimgur("comment", "add", post, "--to", number, "Thanks"))
    good(pyimgur("comment", "vote", said, "up"))
    assert "So sweet!" in good(pyimgur("gallery", "comments", post))
    assert "text\tSo sweet!\n" in good(pyimgur("comment", "show", said))
    assert "Thanks" in good(pyimgur("comment", "replies", number))
    assert len(good(pyimgur("comment", "list")).splitlines()) == 2
    good(pyimgur("comment", "delete", "--yes", said))
    assert good(pyimgur("image", "favorite", picture.id))
    assert picture.id in good(pyimgur("user", "favorites"))
    good(pyimgur("gallery", "remove", "--yes", post))
    assert good(pyimgur("search", "red")) == ""
    assert not gone(user.client, picture)


def test_people_and_tags(user: LocalImgur, picture: Image, pyimgur: Run) -> None:
    good(pyimgur("gallery", "share", picture.id, "x", "--tag", "cats"))
    assert good(pyimgur("user", "show")).startswith(f"name\t{user.username}\n")
    good(pyimgur("tag", "follow", "cats"))
    assert "following\tyes\n" in good(pyimgur("tag", "show", f"{user.url}/t/cats"))
    good(pyimgur("tag", "unfollow", "cats"))
    assert pyimgur("user", "show", "nobodythere").returncode == 1


def test_messages(user: LocalImgur, pyimgur: Run, imgur_people: Any) -> None:
    good(pyimgur("message", "send", imgur_people, "Hello\tyou"))
    [line] = good(pyimgur("message", "list")).splitlines()
    assert line.split("\t")[1] == imgur_people
    number = line.split("\t")[0]
    assert good(pyimgur("message", "show", number)).rstrip().endswith("Hello you")
    good(pyimgur("user", "block", imgur_people))
    assert good(pyimgur("user", "blocked")) == f"{imgur_people}\n"
    good(pyimgur("user", "unblock", imgur_people))
    good(pyimgur("message", "delete", "--yes", number))
    assert good(pyimgur("message", "list")) == ""


@pytest.fixture
def imgur_people(user: LocalImgur) -> str:
    """The name of somebody else there."""
    from pyimgur.server.services import accounts

    user._server.run(lambda: accounts.create(user._context, "other", "only for tests"))
    return "other"


# ---- asked wrongly, or by nobody


@pytest.mark.parametrize(
    "words", [["image", "list"], ["album", "list"], ["message", "list"], ["comment", "add", "x", "y"], ["user", "show"]]
)
def test_what_needs_somebody_says_how_to_log_in(words: list[str], imgur: LocalImgur, pyimgur: Run) -> None:
    done = pyimgur(*words, "--site", imgur.url)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"pyimgur: nobody is logged in at {imgur.url}: run `pyimgur login")


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["image", "edit", "aBcdeFg"], 2, "pass what to change"),
        (["album", "edit", "aBcdeFg"], 2, "pass what to change"),
        (["image"], 2, "Usage: pyimgur image"),
        (["image", "nothing"], 2, "No such command 'nothing'"),
        (["gallery", "vote", "aBcdeFg", "sideways"], 2, "Invalid value"),
        (["album", "create", "--privacy", "maybe"], 2, "Invalid value"),
        (["search"], 2, "Missing argument"),
        (["comment", "vote", "abc", "up"], 1, "'abc' is not a comment id"),
        (["image", "show", "https://example.org/x"], 1, "does not exist at"),
        (["image", "show", "../../3/account/me"], 1, "does not exist at"),
    ],
)
def test_usage_errors(words: list[str], code: int, said: str, user: LocalImgur, pyimgur: Run) -> None:
    done = pyimgur(*words)
    assert (done.returncode, done.stdout) == (code, "")
    assert said in done.stderr
    assert "Traceback" not in done.stderr
