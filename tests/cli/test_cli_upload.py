"""`pyimgur upload`, `history`, `delete`, `undo`: real commands, a real server, and failures."""

from __future__ import annotations

import io
import json
import os
import random
import re
import signal
import socket
import sqlite3
import subprocess
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack, closing
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest
from PIL import Image as Pillow
from terminal_support import at_terminal

from client_support import Wire, serving
from conftest import COMMAND
from pyimgur import Ledger, ResourceNotFoundError
from pyimgur._media_types import EXTENSIONS
from pyimgur.cli._upload_album import AlbumTarget
from pyimgur.ledger import LedgerEntry
from pyimgur.testing import LocalImgur

if TYPE_CHECKING:
    from pyimgur import Login
    from pyimgur.cli._session import Session

Run = Callable[..., subprocess.CompletedProcess[str]]
LogIn = Callable[..., "Login"]
Spawn = Callable[..., subprocess.Popen[str]]

KILLS = 10


def png(number: int = 0) -> bytes:
    made = io.BytesIO()
    Pillow.new("RGB", (8, 6), (number % 256, number // 256, 9)).save(made, "png")
    return made.getvalue()


@pytest.fixture(autouse=True)
def here(imgur: LocalImgur, environment: dict[str, str]) -> None:
    environment["PYIMGUR_BASE_URL"] = imgur.url


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger(tmp_path / "share" / "pyimgur-ledger" / "uploads.db")


@pytest.fixture
def holiday(tmp_path: Path) -> Path:
    """A folder with two pictures, a third in a folder of its own that leads back, and a letter."""
    folder = tmp_path / "holiday"
    (folder / "more").mkdir(parents=True)
    for number, name in enumerate(["2 sea.png", "10 beach.png", "more/hill.png"]):
        (folder / name).write_bytes(png(number))
    (folder / "letter.txt").write_text("dear")
    (folder / ".hidden.png").write_bytes(png(99))
    (folder / "more" / "back").symlink_to("..")
    return folder


def pictures(imgur: LocalImgur) -> list[Any]:
    """What the account has, the newest first."""
    return list(imgur.client.get_user("me").get_images.iter())


def links(done: subprocess.CompletedProcess[str]) -> list[str]:
    return done.stdout.splitlines()


# ---- what is uploaded


def test_files_folders_patterns_addresses_and_a_pipe_in_order(
    pyimgur: Run, imgur: LocalImgur, holiday: Path, log_in: LogIn, tmp_path: Path
) -> None:
    log_in(imgur)
    (tmp_path / "pipe.png").write_bytes(png(7))
    done = pyimgur("upload", "holiday", "holiday/m*/*.png", "pipe.png")
    assert done.returncode == 0, done.stderr
    folder = "1 folder, which --recursive uploads: holiday/more"
    assert f"Skipped 1 by name, not pictures or videos: holiday/letter.txt; {folder}.\n" in done.stderr
    found = {image.link: image.name for image in pictures(imgur)}
    assert [found[link] for link in links(done)] == ["2 sea.png", "10 beach.png", "hill.png", "pipe.png"]


def test_names_are_sorted_as_people_sort_them(pyimgur: Run, tmp_path: Path) -> None:
    names = ["2 sea.png", "9.png", "10.png", "beach.jpg", "beach.png", "Beach 2.png", "beach 10.png", "z.png"]
    folder = tmp_path / "folder"
    folder.mkdir()
    for name in names:
        (folder / name).write_bytes(png(3))
    done = pyimgur("upload", "-n", "folder")
    assert [line.partition(" folder/")[2].partition(" (")[0] for line in links(done)] == names


def test_a_folder_with_all_in_it_that_leads_into_itself(pyimgur: Run, holiday: Path) -> None:
    done = pyimgur("upload", "--recursive", "holiday")
    assert (done.returncode, len(links(done)), len(set(links(done)))) == (0, 3, 3)


def test_a_folder_is_uploaded_whatever_media_are_called_and_what_is_skipped_is_named(
    pyimgur: Run, tmp_path: Path
) -> None:
    folder = tmp_path / "mixed"
    folder.mkdir()
    media = sorted(
        [*(f"{n}.{ext}" for n, ext in enumerate(EXTENSIONS)), "A.JPG", "b.Hif", "c.jpg_large", "d.jpg-large"]
    )
    others = ["1.txt", "2.svg", "3.mp3", "4.pdf", "5.jpg.part", "6", "7.xjpg"]
    for name in (*media, *others):
        (folder / name).write_bytes(b"x" + name.encode())
    named = ", ".join(str(Path("mixed", name)) for name in others[:5])
    said = f"Skipped 7 by name, not pictures or videos: {named}, and 2 more.\n"
    done = pyimgur("upload", "-n", "mixed")
    assert (done.returncode, done.stderr) == (0, said)
    assert sorted(line.split()[2].removeprefix("mixed/") for line in links(done)) == media
    for name in media:
        (folder / name).unlink()
    done = pyimgur("upload", "--quiet", "mixed")
    assert (done.returncode, done.stderr.startswith(said)) == (1, True), "--quiet says it too: it is no progress"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["upload"], "Name files, folders or URLs to upload, or - for standard input (see pyimgur upload"),
        (["upload", "x", "--album", "a", "--new-album", "b"], "Pass only one of --album and --new-album"),
        (["upload", "x", "--title", "a", "--titles"], "Pass only one of --title and --titles"),
        (["upload", "x", "--album", ""], "The album's name is empty"),
        (["upload", "-dash.png"], "No such option '-d'"),
        (["delete"], "Name what to delete: links, ids, files, --last or --since"),
        (["history", "--since", "yesterday"], "Invalid value for '--since': 'yesterday' is not a time: write 30m"),
    ],
)
def test_usage_errors(pyimgur: Run, words: list[str], said: str) -> None:
    done = pyimgur(*words)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"pyimgur: {said}")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["*.webp"], "nothing matches '*.webp'"),
        (["empty"], "empty holds no pictures (use --recursive to include subfolders)"),
        (["-"], "standard input is empty: there is nothing to upload"),
        ([""], "a file name is empty"),
        (["file:///a.png"], "file:///a.png is not an http or https URL, so Imgur cannot fetch it; name a file by its"),
        (["--quiet", "C:\\a.png"], "C:\\a.png: there is no file 'C:\\\\a.png'"),
        (["--quiet", "c:/a.png"], "c:/a.png: there is no file 'c:/a.png'"),
        (["--quiet", r"\\server\share\a.png"], r"\\server\share\a.png: there is no file"),
    ],
)
def test_nothing_to_upload(pyimgur: Run, tmp_path: Path, words: list[str], said: str) -> None:
    (tmp_path / "empty").mkdir()
    done = pyimgur("upload", *words)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert done.stderr.startswith(f"pyimgur: {said}")


def test_a_terminal_is_no_picture(environment: Mapping[str, str], tmp_path: Path) -> None:
    with at_terminal([*COMMAND, "upload", "-"], environment, tmp_path) as terminal:
        terminal.wait_for("pyimgur: standard input is this terminal: pipe a picture into it")
        assert terminal.end() == 1


def test_standard_input(imgur: LocalImgur, environment: Mapping[str, str], log_in: LogIn, tmp_path: Path) -> None:
    log_in(imgur)
    command = [*COMMAND, "upload", "-", "--title", "From a pipe", "--format", "json"]
    done = subprocess.run(command, input=png(), capture_output=True, env=environment, cwd=tmp_path, check=True)
    (image,) = pictures(imgur)
    assert json.loads(done.stdout)["id"] == image.id
    assert (image.title, image.size) == ("From a pipe", len(png()))


def test_an_address(pyimgur: Run, imgur: LocalImgur, log_in: LogIn) -> None:
    source = imgur.anonymous().upload_image(png())
    done = pyimgur("upload", source.link, "http://127.0.0.1:9/no.png")
    assert done.returncode == 1
    assert "http://127.0.0.1:9/no.png: " in done.stderr


@pytest.mark.parametrize(
    ("form", "line"),
    [
        ("link", "{link}"),
        ("markdown", r"![a \[b\]]({link})"),
        ("html", '<img src="{link}" alt="a [b]">'),
        ("bbcode", "[img]{link}[/img]"),
    ],
)
def test_forms(pyimgur: Run, tmp_path: Path, ledger: Ledger, form: str, line: str) -> None:
    (tmp_path / "a [b].png").write_bytes(png())
    for _ in ("uploaded", "uploaded before"):
        done = pyimgur("upload", "a [b].png", "--titles", "--quiet", "--format", form)
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout == line.format(link=ledger.entries()[0].link) + "\n"


def test_dry_run_sends_nothing_and_writes_nothing(
    pyimgur: Run, imgur: LocalImgur, holiday: Path, ledger: Ledger
) -> None:
    words = ["upload", "holiday", "none.png", "--titles", "--new-album", "Holiday"]
    done = pyimgur(*words, "--dry-run")
    assert (done.returncode, done.stdout.splitlines()) == (1, [
        f"POST {imgur.url}/3/image holiday/2 sea.png ({len(png()):,} bytes) title='2 sea'",
        f"POST {imgur.url}/3/image holiday/10 beach.png ({len(png(1)):,} bytes) title='10 beach'",
        f"POST {imgur.url}/3/album title='Holiday'",
    ])  # fmt: skip
    assert "pyimgur: none.png: there is no file 'none.png'\n" in done.stderr
    assert not ledger.path.exists()
    pyimgur("upload", "holiday/2 sea.png")
    again = pyimgur("upload", "holiday/2 sea.png", "-n").stdout
    assert again.startswith("# holiday/2 sea.png was uploaded before, as http")


# ---- the same again


def test_the_same_file_again_gives_the_old_link_unless_forced(pyimgur: Run, tmp_path: Path, ledger: Ledger) -> None:
    (tmp_path / "beach.png").write_bytes(png())
    (tmp_path / "copy.png").write_bytes(png())
    first = pyimgur("upload", "beach.png")
    again = pyimgur("upload", "copy.png", "beach.png")
    (link,) = links(first)
    assert links(again) == [link, link]
    assert f"copy.png: uploaded before, as {link} (--force uploads it again)" in again.stderr
    named = pyimgur("upload", "beach.png", "--title", "The beach")
    assert f"uploaded before, as {link} (--force uploads it again); its title and description stay" in named.stderr
    assert links(pyimgur("upload", "--force", "beach.png")) != [link]
    assert len(ledger.entries()) == 2


def test_other_bytes_are_another_picture_however_alike_the_file(pyimgur: Run, tmp_path: Path) -> None:
    file, seen = tmp_path / "a.png", list[str]()
    for number in range(2):
        file.write_bytes(png(number))
        os.utime(file, (1_000_000_000, 1_000_000_000))
        assert file.stat().st_size == len(png())
        seen += links(pyimgur("upload", "a.png"))
    assert len(set(seen)) == 2


def test_files_that_change_while_they_are_sent(
    pyimgur: Run, environment: dict[str, str], tmp_path: Path, ledger: Ledger
) -> None:
    names = [*CHANGES, "gone.mp4", "last.mp4"]
    left = iter(CHANGES)

    def handle(wire: Wire) -> None:
        if name := next(left, ""):
            wire.take(1000)
            changed(tmp_path / name, CHANGES[name])
            (tmp_path / "gone.mp4").unlink(missing_ok=True)
        wire.swallow()
        wire.data({"id": "aBcdeFg", "deletehash": "x" * 15, "link": "https://i.imgur.com/aBcdeFg.mp4"})

    for name in names:
        (tmp_path / name).write_bytes(VIDEO.ljust(BIG if name in CHANGES else 1000, name[0].encode()))
    with serving(handle) as server:
        environment["PYIMGUR_BASE_URL"] = server.url
        done = pyimgur("upload", "--quiet", "--concurrency", "1", *names)
    said = [line.split(": ", 2)[1:] for line in done.stderr.splitlines()]
    assert (done.returncode, links(done)) == (1, ["https://i.imgur.com/aBcdeFg.mp4"])
    assert [name for name, _ in said] == names[:-1]
    assert all("changed while it was uploaded" in text for _, text in said[:-1])
    assert said[-1][1] == "there is no file 'gone.mp4'"
    assert [Path(entry.path).name for entry in ledger.entries()] == ["last.mp4"]


CHANGES = {"shrinks.mp4": "truncate", "grows.mp4": "append", "other.mp4": "write"}
VIDEO = b"\x00\x00\x00\x18ftypmp42"
BIG = 16_000_000
"""More bytes than a connection takes before the other side reads."""


def changed(file: Path, how: str) -> None:
    """Make the file another: shorter, longer, or of the same length."""
    with file.open("ab" if how == "append" else "r+b") as writing:
        if how == "truncate":
            writing.truncate(2_000_000)
        else:
            writing.seek(-1, os.SEEK_END)
            writing.write(b"!" if how == "write" else b"more")


def test_what_a_shell_pipes_under_a_name(
    environment: dict[str, str], imgur: LocalImgur, log_in: LogIn, tmp_path: Path
) -> None:
    log_in(imgur)
    for number in range(2):
        (tmp_path / f"{number}.png").write_bytes(png(number))
    words = f'"{COMMAND[0]}" {" ".join(COMMAND[1:])} upload <(cat 0.png) <(cat 1.png) <(true)'
    done = subprocess.run(
        ["bash", "-c", words], env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, len(links(done)), len(pictures(imgur))) == (1, 2, 2)
    assert re.search(r"pyimgur: /dev/fd/\d+ is empty: there is nothing to upload\n", done.stderr)


def test_a_file_that_looks_like_an_option(pyimgur: Run, tmp_path: Path) -> None:
    (tmp_path / "-x.png").write_bytes(png())
    refused = pyimgur("upload", "-x.png")
    assert (refused.returncode, refused.stdout) == (2, "")
    assert refused.stderr.endswith("; a file called -x.png must come after --)\n")
    assert len(links(pyimgur("upload", "--", "-x.png"))) == 1


def test_some_fail_and_the_others_are_uploaded(pyimgur: Run, imgur: LocalImgur, holiday: Path, log_in: LogIn) -> None:
    log_in(imgur)
    (holiday / "5 broken.png").write_bytes(b"no picture at all")
    (holiday / "6 gone.png").symlink_to("nowhere")
    (holiday / "7 empty.png").touch()
    os.mkfifo(holiday / "8 pipe.png")
    done = pyimgur("upload", "holiday")
    assert (done.returncode, len(links(done)), len(pictures(imgur))) == (1, 2, 2)
    said = [line for line in done.stderr.splitlines() if line.startswith("pyimgur: ")]
    assert sorted(line.partition(": ")[2].partition(": ")[0] for line in said) == [
        "holiday/5 broken.png", "holiday/6 gone.png", "holiday/7 empty.png", "holiday/8 pipe.png",
    ]  # fmt: skip


def test_ten_thousand_names(pyimgur: Run, tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(png())
    done = pyimgur("upload", "--quiet", *(f"{number}.png" for number in range(9_999)), "a.png")
    said = done.stderr.splitlines()
    assert (done.returncode, len(links(done)), len(said)) == (1, 1, 9_999)
    assert "pyimgur: 77.png: there is no file '77.png'" in said


def test_another_account_and_nobody_have_pictures_of_their_own(
    pyimgur: Run, imgur: LocalImgur, log_in: LogIn, tmp_path: Path, ledger: Ledger
) -> None:
    (tmp_path / "a.png").write_bytes(png())
    log_in(imgur)
    assert len(set(links(pyimgur("upload", "a.png")) + links(pyimgur("upload", "a.png", "--anonymous")))) == 2
    assert [entry.account for entry in ledger.entries()] == [None, imgur.username]


NAMES = [
    os.fsdecode(b"caf\xe9.png"), "\x1b[2J.png", "new\nline.png", "-dash.png", "C:\\a.png", "back\\", "日本.png",
    'a"; name="title.png', "[bold].png",
]  # fmt: skip


def test_names_that_are_no_text_or_too_long_or_orders_to_a_terminal(
    pyimgur: Run, imgur: LocalImgur, log_in: LogIn, tmp_path: Path, environment: dict[str, str]
) -> None:
    log_in(imgur)
    for number, name in enumerate(NAMES):
        (tmp_path / name).write_bytes(png(number))
    (tmp_path / "\x1b[1J.png").write_bytes(b"no picture")
    words = ["--titles", "--format", "markdown", "--", "\x1b[1J.png", "x" * 300 + ".png", *NAMES]
    done = pyimgur("upload", *words)
    assert (done.returncode, len(links(done)), len(pictures(imgur))) == (1, len(NAMES), len(NAMES))
    assert "\npyimgur: \ufffd[1J.png: 400 File type invalid" in done.stderr
    assert "File name too long" in done.stderr
    assert {image.name for image in pictures(imgur)} >= {"-dash.png", "back\\", 'a"; name="title.png'}
    environment["PYTHONIOENCODING"] = "latin-1"  # as old terminals are
    history = pyimgur("history").stdout
    assert len(history.splitlines()) == len(NAMES)
    assert "\\u65e5\\u672c.png" in history
    assert "\x1b" not in done.stdout + done.stderr + history
    assert pyimgur("delete", NAMES[0], "--yes").returncode == 0


@pytest.mark.parametrize("columns", [20, 0])
def test_such_names_at_a_terminal_of_any_width(columns: int, environment: Mapping[str, str], tmp_path: Path) -> None:
    for number, name in enumerate(NAMES):
        (tmp_path / name).write_bytes(png(number))
    with at_terminal([*COMMAND, "upload", "."], environment, tmp_path, columns) as terminal:
        assert terminal.end() == 0
    assert len(re.findall(r"http\S+\.png$", terminal.text, re.MULTILINE)) == len(NAMES) - 1
    assert "\x1b[2J" not in terminal.shown


def test_what_cannot_be_had_stops_nothing_else(pyimgur: Run, tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(png())
    (tmp_path / "empty").mkdir()
    done = pyimgur("upload", "*.gif", "empty", "a.png")
    assert (done.returncode, len(links(done))) == (1, 1)
    assert done.stderr.splitlines()[1:] == [
        "pyimgur: nothing matches '*.gif'",
        "pyimgur: empty holds no pictures (use --recursive to include subfolders)",
    ]


def test_a_server_gives_no_orders_to_the_terminal(pyimgur: Run, environment: dict[str, str], tmp_path: Path) -> None:
    orders = "\x1b]0;evil\x07\x9b2J"

    def handle(wire: Wire) -> None:
        wire.swallow()
        told = {"id": "aBcdeFg", "deletehash": "x" * 15, "title": orders, "link": f"https://i.imgur.com/{orders}.png"}
        wire.data(told if wire.method == "POST" else True)

    (tmp_path / "a.png").write_bytes(png())
    with serving(handle) as server:
        environment["PYIMGUR_BASE_URL"] = server.url
        done = [pyimgur("upload", "a.png", "--force", "--format", form) for form in ("link", "markdown", "json")]
        done += [pyimgur(*words) for words in (["history"], ["history", "--json"], ["delete", "a.png", "--yes"])]
    assert [one.returncode for one in done] == [0] * 6
    shown = "".join(one.stdout + one.stderr for one in done)
    assert shown.translate({ord("\t"): None, ord("\n"): None}).isprintable()
    assert json.loads(done[2].stdout)["title"] == orders


# ---- albums


@pytest.mark.parametrize("logged_in", [True, False])
def test_a_new_album_is_in_order_and_resumed(
    pyimgur: Run, imgur: LocalImgur, log_in: LogIn, holiday: Path, ledger: Ledger, logged_in: bool
) -> None:
    if logged_in:
        log_in(imgur)
    broken = holiday / "5 broken.png"
    broken.write_bytes(b"no picture yet")
    words = ["upload", "holiday", "--new-album", "Holiday"]
    first = pyimgur(*words)
    broken.write_bytes(png(5))
    second = pyimgur(*words)
    assert (first.returncode, second.returncode) == (1, 0)
    *images, album = links(second)
    assert links(first)[-1] == album
    held = imgur.client.get_album(album.rpartition("/")[2]).images
    assert [image.link for image in held] == images  # what was mended stands between 2 and 10
    assert links(pyimgur(*words))[-1] == album  # nothing was left to do
    (holiday / "99 late.png").write_bytes(png(6))
    *images, again = links(pyimgur(*words))
    assert again == album
    assert [image.link for image in imgur.client.get_album(album.rpartition("/")[2]).images][-1] == images[-1]


@pytest.mark.parametrize("into", ["--new-album", "--album"])
@pytest.mark.parametrize("logged_in", [True, False])
def test_an_album_of_an_interrupted_command_holds_the_first_files_and_is_completed(
    spawn: Spawn,
    pyimgur: Run,
    imgur: LocalImgur,
    log_in: LogIn,
    tmp_path: Path,
    ledger: Ledger,
    logged_in: bool,
    into: str,
) -> None:
    if logged_in:
        log_in(imgur)
    folder = many(tmp_path, 40)
    if into == "--album":
        (tmp_path / "before.png").write_bytes(png(999))
        pyimgur("upload", "before.png", "--new-album", "Holiday")
    words = ["upload", folder, into, "Holiday", "--titles"]
    process = spawn(*words, program=(COMMAND[0], "-P", "-c", INTERRUPTIBLE))
    assert process.stderr
    for _ in range(7):
        process.stderr.readline()
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, "Traceback" in err) == (130, False), err
    (album,) = [entry.id for entry in ledger.entries() if entry.kind == "album"]
    before = [] if into == "--new-album" else [None]
    held = [image.title for image in imgur.client.get_album(str(album)).images]
    names = [str(number) for number in range(40)]
    assert len(before) < len(held) < 40, held
    assert held == [*before, *names][: len(held)]
    assert len(out.splitlines()) <= len(held)
    done = pyimgur(*words)
    assert done.returncode == 0, done.stderr
    assert [image.title for image in imgur.client.get_album(str(album)).images] == [*before, *names]
    assert len([entry for entry in ledger.entries(states=["done"]) if entry.kind == "album"]) == 1
    printed = links(done)
    assert (len(printed), printed[40:]) == (41 - len(before), [f"{imgur.url}/a/{album}"] * (not before))


def test_no_empty_album_is_left_and_one_that_cannot_be_filled_is_reported(
    pyimgur: Run, imgur: LocalImgur, log_in: LogIn, tmp_path: Path, ledger: Ledger
) -> None:
    log_in(imgur)
    (tmp_path / "broken.png").write_bytes(b"no picture")
    done = pyimgur("upload", "broken.png", "--new-album", "Empty")
    assert (done.returncode, done.stdout) == (1, "")
    assert list(imgur.client.get_user("me").get_albums.iter()) == []
    assert ledger.entries() == []
    for number in range(3):
        (tmp_path / f"{number}.png").write_bytes(png(number))
    imgur.fail("region-block", path="/3/album/*/add", times=None)
    done = pyimgur("upload", "0.png", "1.png", "2.png", "--new-album", "Closed", "--concurrency", "1")
    assert done.returncode == 1
    assert len(links(done)) == 2  # the third is not sent into a closed album
    assert "they could not be added to the album: 400 These actions are forbidden" in done.stderr
    assert "run the same command again to add them" in done.stderr
    imgur._faults.clear()
    done = pyimgur("upload", "0.png", "1.png", "2.png", "--new-album", "Closed")
    *images, album = links(done)
    assert [image.link for image in imgur.client.get_album(album.rpartition("/")[2]).images] == images
    assert (done.returncode, len(images)) == (0, 3)


def test_an_image_that_was_removed_from_a_new_album_is_put_back(
    pyimgur: Run, imgur: LocalImgur, log_in: LogIn, holiday: Path
) -> None:
    log_in(imgur)
    *images, link = links(pyimgur("upload", "holiday", "--new-album", "Holiday"))
    album = imgur.client.get_album(link.rpartition("/")[2])
    album.remove_images(album.images[0])
    assert links(pyimgur("upload", "holiday", "--new-album", "Holiday")) == [*images, link]
    assert [image.link for image in imgur.client.get_album(album.id).images] == images


def test_two_commands_at_once_make_albums_of_their_own(
    spawn: Spawn, pyimgur: Run, imgur: LocalImgur, log_in: LogIn, tmp_path: Path, ledger: Ledger
) -> None:
    """An album that a running command fills is not taken for one that was left open."""
    log_in(imgur)
    process = spawn("upload", many(tmp_path, 60), "--new-album", "Holiday")
    assert process.stderr
    for _ in range(4):
        process.stderr.readline()
    (tmp_path / "other.png").write_bytes(png(999))
    other = links(pyimgur("upload", "other.png", "--new-album", "Holiday"))[-1]
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert out.splitlines()[-1] != other
    assert len(imgur.client.get_album(other.rpartition("/")[2]).images) == 1


def test_an_album_that_is_completed_while_it_is_looked_up_is_not_taken_for_one_that_was_left_open(
    imgur: LocalImgur, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The program that created it ends between two look-ups in the ledger."""
    ledger = Ledger(tmp_path / "ledger.db")
    session = cast(
        "Session", SimpleNamespace(site=imgur.client.site, account=imgur.username, client_id=imgur.client_id)
    )
    first = AlbumTarget(imgur.client, session, ledger)
    first.begin("Holiday", [], reuse=True)
    assert first.album

    def complete(self: Ledger, entry: LedgerEntry) -> bool:
        self.write(replace(entry, state="done"))
        return False

    with monkeypatch.context() as patch:
        patch.setattr(Ledger, "is_in_use", complete)
        second = AlbumTarget(imgur.client, session, ledger)
        second.begin("Holiday", [], reuse=True)
    assert second.album
    assert second.album.id != first.album.id
    ledger.close()


def test_a_new_album_of_other_pictures_or_in_the_place_of_a_deleted_one(
    pyimgur: Run, imgur: LocalImgur, log_in: LogIn, tmp_path: Path
) -> None:
    log_in(imgur)
    for number in range(2):
        (tmp_path / f"{number}.png").write_bytes(png(number))
    first = links(pyimgur("upload", "0.png", "--new-album", "Cats"))[-1]
    other = links(pyimgur("upload", "1.png", "--new-album", "Cats"))[-1]
    assert first != other
    imgur.client.album(other.rpartition("/")[2]).delete()
    anew = links(pyimgur("upload", "1.png", "--new-album", "Cats"))
    assert len(anew) == 2
    assert anew[-1] not in {first, other}
    assert links(pyimgur("upload", "--force", "1.png", "--new-album", "Cats"))[-1] not in {first, other, anew[-1]}


def test_an_album_of_the_users_by_id_link_or_title(
    pyimgur: Run, imgur: LocalImgur, log_in: LogIn, tmp_path: Path
) -> None:
    log_in(imgur)
    album = imgur.client.create_album("Cats")
    for number, name in enumerate([album.id, album.link, "Cats"]):
        (tmp_path / f"{number}.png").write_bytes(png(number))
        assert pyimgur("upload", f"{number}.png", "--album", name).returncode == 0
    assert len(imgur.client.get_album(album.id).images) == 3
    done = pyimgur("upload", "0.png", "--album", "Dogs")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"pyimgur: tester has no album 'Dogs' at {imgur.url}: use --new-album to create one\n"
    imgur.client.create_album("Cats")
    done = pyimgur("upload", "0.png", "--album", "Cats")
    assert "there are 2 albums called 'Cats': name one by its id" in done.stderr


def test_an_anonymous_album_is_known_by_the_ledger(pyimgur: Run, imgur: LocalImgur, tmp_path: Path) -> None:
    for number in range(2):
        (tmp_path / f"{number}.png").write_bytes(png(number))
    album = links(pyimgur("upload", "0.png", "--new-album", "Secret"))[-1]
    assert pyimgur("upload", "1.png", "--album", "Secret").returncode == 0
    assert len(imgur.client.get_album(album.rpartition("/")[2]).images) == 2


# ---- history, delete, undo


def test_history(pyimgur: Run, imgur: LocalImgur, holiday: Path) -> None:
    assert (pyimgur("history").stdout, pyimgur("history", "--json").stdout) == ("", "[]\n")
    sea, beach = links(pyimgur("upload", "holiday"))
    lines = [line.split("\t") for line in pyimgur("history").stdout.splitlines()]
    assert {(link, path) for _, link, path in lines} == {
        (sea, str(holiday / "2 sea.png")), (beach, str(holiday / "10 beach.png")),
    }  # fmt: skip
    (found,) = json.loads(pyimgur("history", "BEACH", "--since", "1h", "--json").stdout)
    assert (found["link"], len(found["deletehash"]), found["site"]) == (beach, 15, imgur.url)
    assert pyimgur("history", "--since", "2999-01-01").stdout == ""
    assert len(pyimgur("history", "--limit", "1").stdout.splitlines()) == 1


@pytest.mark.parametrize("logged_in", [True, False])
@pytest.mark.parametrize("by", ["link", "id", "path", "last", "since"])
def test_delete(pyimgur: Run, imgur: LocalImgur, log_in: LogIn, tmp_path: Path, by: str, logged_in: bool) -> None:
    if logged_in:
        log_in(imgur)
    (tmp_path / "a.png").write_bytes(png())
    (link,) = links(pyimgur("upload", "a.png"))
    id = link.rpartition("/")[2].removesuffix(".png")
    words = {"link": [link], "id": [id], "path": ["a.png"], "last": ["--last"], "since": ["--since", "1h"]}[by]
    done = pyimgur("delete", *words, "--yes")
    assert (done.returncode, done.stdout) == (0, f"{link}\n")
    assert "deleted before" not in done.stderr
    assert [file for file in (imgur_blobs(imgur)).rglob("*") if file.is_file()] == []
    assert (pyimgur("history").stdout, len(pyimgur("history", "--deleted").stdout.splitlines())) == ("", 1)
    assert links(pyimgur("upload", "a.png")) != [link]


def imgur_blobs(imgur: LocalImgur) -> Path:
    return imgur._context.settings.data / "blobs"


def test_what_was_uploaded_without_an_account_is_deleted_with_one(
    pyimgur: Run, imgur: LocalImgur, log_in: LogIn, tmp_path: Path
) -> None:
    (tmp_path / "a.png").write_bytes(png())
    pyimgur("upload", "a.png")
    log_in(imgur)
    assert pyimgur("delete", "a.png", "--yes").returncode == 0


@pytest.mark.parametrize(
    ("form", "known"), [("{site}/delete/{hash}", True), ("https://imgur.com/delete/{hash}", False), ("{hash}", False)]
)
def test_a_delete_link_is_enough(pyimgur: Run, imgur: LocalImgur, tmp_path: Path, form: str, known: bool) -> None:
    (tmp_path / "a.png").write_bytes(png())
    if known:
        image = json.loads(pyimgur("upload", "a.png", "--jsonl").stdout)
        id, secret = image["id"], image["deletehash"]
    else:
        image = imgur.anonymous().upload_image(png())
        id, secret = image.id, str(image.deletehash)
    word = form.format(site=imgur.url, hash=secret)
    done = pyimgur("delete", word, "--yes")
    assert done.returncode == 0, done.stderr
    with pytest.raises(ResourceNotFoundError):
        imgur.client.get_image(id)
    assert len(pyimgur("history", "--deleted").stdout.splitlines()) == known
    for command in (["delete", word, "--yes"], ["download", word], ["api", "GET", f"3/image/{secret}"]):
        again = pyimgur(*command)
        assert again.returncode in {0, 1}
        assert secret not in done.stdout + done.stderr + again.stderr, "a delete hash is a secret"


def test_what_is_not_in_the_ledger_is_the_accounts(pyimgur: Run, imgur: LocalImgur, log_in: LogIn) -> None:
    image = imgur.client.upload_image(png())
    done = pyimgur("delete", image.id, "--yes")
    assert (done.returncode, done.stdout) == (1, "")
    assert "nobody is logged in" in done.stderr
    log_in(imgur)
    assert pyimgur("delete", image.link, "--yes").returncode == 0
    assert pictures(imgur) == []
    done = pyimgur("delete", image.link, "not/there", "--yes")
    assert (done.returncode, done.stdout) == (1, "")


def test_a_file_is_known_under_another_name(pyimgur: Run, tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(png())
    (link,) = links(pyimgur("upload", "a.png"))
    (tmp_path / "a.png").rename(tmp_path / "b.png")
    assert pyimgur("delete", "b.png", "--yes").stdout == f"{link}\n"


def test_what_can_be_deleted_is_deleted(pyimgur: Run, imgur: LocalImgur, tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(png())
    (link,) = links(pyimgur("upload", "a.png"))
    other = imgur.client.upload_image(png(1))
    done = pyimgur("delete", other.id, link, "--yes")
    assert (done.returncode, done.stdout) == (1, f"{link}\n")
    assert f"pyimgur: {other.id}: nobody is logged in" in done.stderr


def test_where_nobody_answers_it_does_not_try_one_after_the_other(pyimgur: Run, ledger: Ledger) -> None:
    site, ids, now = "http://127.0.0.1:9", ("aBcdeFg", "hIjkLmn"), time.time()
    for id in ids:
        ledger.write(
            LedgerEntry(f"{id}.png", site, "pyimgur", when=now, begun=now, state="done", id=id, deletehash=id * 2)
        )
    for words in (["delete", "--since", "1h"], ["image", "delete", *ids]):
        done = pyimgur(*words, "--yes", "--site", site)
        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr.count("cannot reach 127.0.0.1:9") == 1
        assert done.stderr.endswith("(the rest was not tried)\n")


def test_undo_takes_back_one_command_after_the_other(
    pyimgur: Run, imgur: LocalImgur, log_in: LogIn, holiday: Path
) -> None:
    log_in(imgur)
    pyimgur("upload", "holiday")
    album = links(pyimgur("upload", "holiday/more/hill.png", "--new-album", "Hills"))[-1]
    assert pyimgur("undo", "--yes").stdout.splitlines()[0] == album
    assert len(pictures(imgur)) == 2
    assert list(imgur.client.get_user("me").get_albums.iter()) == []
    assert pyimgur("undo", "--yes").returncode == 0
    assert pictures(imgur) == []
    assert pyimgur("undo", "--yes").stderr == "there is nothing to delete\n"


def test_deleting_asks_first(
    pyimgur: Run, imgur: LocalImgur, environment: Mapping[str, str], log_in: LogIn, tmp_path: Path
) -> None:
    log_in(imgur)
    (tmp_path / "a.png").write_bytes(png())
    pyimgur("upload", "a.png")
    done = pyimgur("undo")
    assert (done.returncode, done.stdout) == (1, "")
    assert "pass --yes to confirm it in a script" in done.stderr
    for answer, code, left in [("n\r", 1, 1), ("\x03", 130, 1), ("y\r", 0, 0)]:
        with at_terminal([*COMMAND, "undo"], environment, tmp_path) as terminal:
            terminal.wait_for(r"a\.png\nDelete it for good\? \[y/N\]: ")
            terminal.type(answer)
            assert terminal.end() == code
        assert len(pictures(imgur)) == left


# ---- what may not be read


def test_what_may_not_be_read_is_reported_and_the_rest_is_uploaded(
    pyimgur: Run, environment: Mapping[str, str], imgur: LocalImgur, log_in: LogIn, tmp_path: Path
) -> None:
    log_in(imgur)
    (tmp_path / "shut").mkdir()
    (tmp_path / "listed" / "inner").mkdir(parents=True)
    (tmp_path / "listed" / "in.png").write_bytes(png(7))
    for number, name in enumerate(["open.png", "closed.png", "shut/in.png"]):
        (tmp_path / name).write_bytes(png(number))
    (tmp_path / "closed.png").chmod(0)
    (tmp_path / "shut").chmod(0)
    (tmp_path / "listed").chmod(0o400)
    # Root may read everything, so long as it keeps the right to.
    bound = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"] if os.geteuid() == 0 else []

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        command = [*bound, *COMMAND, *words]
        return subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60, check=False
        )

    try:
        done = run("upload", "--quiet", "closed.png", "shut", "listed", "open.png")
        assert (done.returncode, len(links(done)), len(pictures(imgur))) == (1, 1, 1)
        first, *failures = done.stderr.splitlines()
        assert first == "Skipped 1 by name, not pictures or videos: listed/inner."
        assert sorted(failures) == [  # uploads run at the same time, so they fail in any order
            "pyimgur: closed.png: cannot read 'closed.png': Permission denied",
            "pyimgur: listed/in.png: cannot read 'listed/in.png': Permission denied",
            "pyimgur: the folder shut cannot be read: Permission denied",
        ]
        saved = run("download", *links(done), "--to", "shut", "--quiet")
        assert (saved.returncode, saved.stdout) == (2, "")
        assert "'shut' is not writable" in saved.stderr
    finally:
        (tmp_path / "shut").chmod(0o700)
        (tmp_path / "listed").chmod(0o700)
    (tmp_path / "closed.png").chmod(0o600)
    assert len(links(pyimgur("upload", "closed.png", "shut", "open.png"))) == len(pictures(imgur)) == 3


# ---- the clipboard


def test_the_clipboard(pyimgur: Run, environment: dict[str, str], tmp_path: Path) -> None:
    programs = tmp_path / "programs"
    programs.mkdir()
    (tmp_path / "picture").write_bytes(png())
    play = {"wl-paste": f"cat {tmp_path}/picture", "wl-copy": "exit 1", "xsel": f"cat >{tmp_path}/copied"}
    for name, does in play.items():
        (programs / name).write_text(f"#!/bin/sh\n{does}\n")
        (programs / name).chmod(0o755)
    environment["PATH"] = f"{programs}:/bin:/usr/bin"
    done = pyimgur("upload", "--clipboard", "--copy", "--format", "markdown")
    assert (done.returncode, done.stdout) == (0, (tmp_path / "copied").read_text() + "\n")


def test_no_clipboard(pyimgur: Run, environment: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(png())
    environment["PATH"] = str(tmp_path)
    done = pyimgur("upload", "--clipboard")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("pyimgur: the clipboard needs one of wl-paste, xclip")
    done = pyimgur("upload", "a.png", "--copy")
    assert (done.returncode, len(links(done))) == (1, 1)


# ---- at a terminal, and stopped


def test_progress_at_a_terminal(environment: Mapping[str, str], holiday: Path, tmp_path: Path) -> None:
    with at_terminal([*COMMAND, "upload", "-r", "holiday"], environment, tmp_path) as terminal:
        assert terminal.end() == 0
    assert "3 of 3" in terminal.text
    assert [line for line in terminal.text.splitlines() if line.startswith("http")] != []
    assert "\x1b[?25h" in terminal.shown  # the cursor is back


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP], ids=str)
def test_a_terminal_is_left_as_it_was_however_often_it_is_stopped(
    environment: Mapping[str, str], tmp_path: Path, ledger: Ledger, stop: signal.Signals
) -> None:
    with at_terminal([*COMMAND, "upload", many(tmp_path, 300)], environment, tmp_path) as terminal:
        terminal.wait_for(r"[1-9]\d? of 300")
        if stop == signal.SIGINT:
            terminal.type("\x03")
        terminal.process.send_signal(stop)
        while terminal.read():
            terminal.process.send_signal(stop)
        assert terminal.end() == 128 + stop
    assert terminal.text.count("pyimgur: stopped; run the same command again to resume\n") == 1
    assert "Traceback" not in terminal.text
    assert terminal.shown.rindex("\x1b[?25h") > terminal.shown.rindex("\x1b[?25l")  # the cursor is back
    text = terminal.text.replace("^C", "")  # which the terminal writes wherever it is, even within a link
    printed = set(re.findall(r"http\S+?\.png", text))
    assert printed == {entry.link for entry in ledger.entries(states=["done"])}


def test_a_terminal_that_is_closed(
    environment: Mapping[str, str], pyimgur: Run, imgur: LocalImgur, log_in: LogIn, tmp_path: Path, ledger: Ledger
) -> None:
    log_in(imgur)
    folder = many(tmp_path, 60)
    with at_terminal([*COMMAND, "upload", folder], environment, tmp_path) as terminal:
        terminal.wait_for(r"[1-9]\d? of 60")
        assert terminal.hang_up() == 128 + signal.SIGHUP
    assert 0 < len(ledger.entries(states=["done"])) < 60
    assert (len(links(pyimgur("upload", folder))), len(pictures(imgur))) == (60, 60)


def test_who_wants_hanging_up_ignored_is_obeyed(spawn: Spawn, tmp_path: Path) -> None:
    process = spawn("upload", many(tmp_path, 60), program=("nohup", *COMMAND))
    assert process.stderr
    assert next(line for line in process.stderr if "uploaded" in line)
    process.send_signal(signal.SIGHUP)
    out, _ = process.communicate(timeout=60)
    assert (process.returncode, len(out.splitlines())) == (0, 60)


INTERRUPTIBLE = """
import signal, sys
import pyimgur._transport.sync_executor
from pyimgur.cli import main

pyimgur._transport.sync_executor.SHUTDOWN_GRACE /= 10
signal.signal(signal.SIGINT, signal.default_int_handler)
sys.exit(main())
"""
"""The command, in whose process Ctrl-C does what it does at a terminal, however the tests were started."""


def test_a_network_that_is_gone_does_not_hold_it_up(
    spawn: Spawn, environment: dict[str, str], tmp_path: Path, ledger: Ledger
) -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=0) as deaf, ExitStack() as waiting:
        environment["PYIMGUR_BASE_URL"] = f"http://127.0.0.1:{deaf.getsockname()[1]}"
        for _ in range(4):  # from here on nobody gets as far as to be refused
            held = waiting.enter_context(socket.socket())
            held.setblocking(False)
            held.connect_ex(deaf.getsockname())
        process = spawn("upload", many(tmp_path, 6), program=(COMMAND[0], "-P", "-c", INTERRUPTIBLE))
        while not ledger.entries():
            assert process.poll() is None
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=20)  # a connection may take 30 s
    assert (process.returncode, out) == (130, "")
    assert err.endswith("pyimgur: stopped; run the same command again to resume\n")


def test_ctrl_c_in_the_middle(
    spawn: Spawn, pyimgur: Run, imgur: LocalImgur, log_in: LogIn, tmp_path: Path, ledger: Ledger
) -> None:
    log_in(imgur)
    folder = many(tmp_path, 60)
    process = spawn("upload", folder, program=(COMMAND[0], "-P", "-c", INTERRUPTIBLE))
    assert process.stderr
    for _ in range(7):
        process.stderr.readline()
    for seen in ("cmdline", "environ"):
        assert str(imgur.client.access_token).encode() not in Path(f"/proc/{process.pid}/{seen}").read_bytes()
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, "Traceback" in err) == (130, False)
    done = {entry.link for entry in ledger.entries(states=["done"])}
    assert set(out.splitlines()) == done
    assert len(done) < 60
    assert len(links(pyimgur("upload", folder))) == 60
    assert len(pictures(imgur)) == 60


def many(tmp_path: Path, count: int) -> Path:
    folder = tmp_path / "many"
    folder.mkdir()
    for number in range(count):
        (folder / f"{number}.png").write_bytes(png(number))
    return folder


@pytest.mark.parametrize(("count", "logged_in"), [(1000, True), (100, False)])
def test_killed_again_and_again_each_picture_is_there_once(
    spawn: Spawn,
    pyimgur: Run,
    imgur: LocalImgur,
    log_in: LogIn,
    tmp_path: Path,
    ledger: Ledger,
    count: int,
    logged_in: bool,
) -> None:
    if logged_in:
        log_in(imgur)
    print("seed:", seed := random.randrange(1 << 32))
    folder, chance, killed = many(tmp_path, count), random.Random(seed), list[int]()
    for _ in range(KILLS):
        process = spawn("upload", folder)
        assert process.stderr
        for _ in range(len(ledger.entries()) + chance.randrange(1, count // KILLS)):
            process.stderr.readline()
        process.kill()
        process.communicate(timeout=60)
        killed.append(process.returncode)
    assert killed.count(-signal.SIGKILL) > KILLS // 2  # the last may have been done before
    done = pyimgur("upload", folder, "--quiet")
    assert (done.returncode, done.stderr, len(set(links(done)))) == (0, "", count)
    on_server = {file.name for file in imgur_blobs(imgur).glob("*/*")}
    assert len(on_server) == count
    entries = ledger.entries()
    assert {entry.state for entry in entries} == {"done"}
    assert sorted(entry.id or "" for entry in entries) == sorted(on_server)
    assert len({entry.path for entry in entries}) == count
    assert [file.name for file in ledger.path.parent.iterdir()] == [ledger.path.name]


def test_two_commands_at_once(spawn: Spawn, imgur: LocalImgur, log_in: LogIn, tmp_path: Path) -> None:
    log_in(imgur)
    folder = many(tmp_path, 30)
    said = [process.communicate(timeout=60)[0] for process in [spawn("upload", folder) for _ in range(2)]]
    assert said[0] == said[1]
    assert len(pictures(imgur)) == 30


def test_a_reader_that_has_gone(spawn: Spawn, pyimgur: Run, tmp_path: Path, ledger: Ledger) -> None:
    folder = many(tmp_path, 60)
    process = spawn("upload", folder, "--quiet")
    assert process.stdout
    assert process.stderr
    first = process.stdout.readline().strip()
    process.stdout.close()
    assert (process.wait(60), process.stderr.read()) == (141, "")
    done = ledger.entries(states=["done"])
    assert first in {entry.link for entry in done}
    assert len(done) < 60
    assert links(pyimgur("upload", folder))[0] == first


# ---- a ledger in trouble


IMPATIENT = """
import sys
import pyimgur._storage.sqlite_file
from pyimgur.cli import main

pyimgur._storage.sqlite_file.BUSY_TIMEOUT = 0
sys.exit(main())
"""


def test_a_locked_ledger_is_reported_before_anything_is_sent(
    spawn: Spawn, pyimgur: Run, imgur: LocalImgur, log_in: LogIn, tmp_path: Path, ledger: Ledger
) -> None:
    log_in(imgur)
    (tmp_path / "a.png").write_bytes(png())
    pyimgur("history")
    ledger.check()
    with closing(sqlite3.connect(ledger.path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        process = spawn("upload", "a.png", program=(COMMAND[0], "-P", "-c", IMPATIENT))
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out, pictures(imgur)) == (1, "", [])
    assert err.startswith(f"pyimgur: the ledger '{ledger.path}' cannot be used: another program has been writing")


def test_a_data_folder_that_cannot_be_written(pyimgur: Run, tmp_path: Path, environment: dict[str, str]) -> None:
    (tmp_path / "a.png").write_bytes(png())
    environment["XDG_DATA_HOME"] = "/proc/nowhere"
    done = pyimgur("upload", "a.png")
    assert (done.returncode, done.stdout) == (1, "")
    assert "cannot be used: No such file or directory" in done.stderr


LIMITED = """
import os, resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]),) * 2)
os.execv(sys.argv[2], sys.argv[2:])
"""


def test_a_full_disk(
    spawn: Spawn, pyimgur: Run, imgur: LocalImgur, log_in: LogIn, tmp_path: Path, ledger: Ledger
) -> None:
    log_in(imgur)
    folder = many(tmp_path, 40)
    ledger.check()
    most = ledger.path.stat().st_size + 4096
    process = spawn("upload", folder, program=(COMMAND[0], "-c", LIMITED, str(most), *COMMAND))
    out, err = process.communicate(timeout=60)
    assert (process.returncode, "Traceback" in err) == (1, False)
    assert "cannot be used" in err
    assert len(out.splitlines()) == len(pictures(imgur))  # what is there was told, whatever became of the ledger
    done = pyimgur("upload", folder)
    assert (done.returncode, len(links(done)), len(pictures(imgur))) == (0, 40, 40)
