"""`pyimgur download`: the pictures behind a URL as files; order, resuming, listed failures."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image as Drawing
from terminal_support import at_terminal

from client_support import GUARD, Wire, serving
from conftest import COMMAND

if TYPE_CHECKING:
    from pyimgur import Album
    from pyimgur.testing import LocalImgur

    Run = Callable[..., subprocess.CompletedProcess[str]]

COLORS = ("red", "green", "blue")
WHOLE = bytes(range(256)) * (40 * 4096)
"""40 MB: what is not done in one go."""


def drawn(folder: Path, color: str) -> Path:
    path = folder / f"{color}.png"
    Drawing.new("RGB", (40, 30), color).save(path)
    return path


@pytest.fixture
def album(imgur: LocalImgur, tmp_path_factory: pytest.TempPathFactory) -> Album:
    folder = tmp_path_factory.mktemp("drawn")
    album = imgur.client.create_album("Colors / ..")
    for color in COLORS:
        imgur.client.upload_image(drawn(folder, color), title=f"../{color}\u202e", album=album)
    return album


@pytest.fixture
def site(imgur: LocalImgur, environment: dict[str, str]) -> str:
    environment["PYIMGUR_BASE_URL"] = imgur.url
    return imgur.url


def files(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def test_an_album_becomes_a_folder(site: str, album: Album, pyimgur: Run, tmp_path: Path) -> None:
    done = pyimgur("download", album.link, "--to", "out")
    expected = [
        f"Colors/{place:03} {color} {image.id}.png"
        for place, color, image in zip((1, 2, 3), COLORS, album.get_images(), strict=True)
    ]
    assert (done.returncode, files(tmp_path / "out")) == (0, sorted(expected))
    assert done.stdout.splitlines() == [str(Path("out", name)) for name in expected]
    assert "/3] ../red\ufffd: saved" in done.stderr


def test_again_is_no_work_and_what_is_missing_comes(site: str, album: Album, pyimgur: Run, tmp_path: Path) -> None:
    first = pyimgur("download", album.id)
    Path(tmp_path, first.stdout.splitlines()[1]).unlink()
    again = pyimgur("download", album.id)
    assert (again.returncode, again.stdout) == (0, first.stdout.splitlines(keepends=True)[1])
    assert again.stderr.count("already there") == 2
    assert pyimgur("download", album.id, "-q").stderr == ""


def test_addresses_come_from_standard_input(site: str, album: Album, pyimgur: Run) -> None:
    [first, second, _] = album.get_images()
    done = pyimgur("download", "--name", "{id}", "-", stdin=f"{first.link}\n\n  {second.id}  \n")
    assert (done.returncode, done.stdout) == (0, f"{first.id}.png\n{second.id}.png\n")


def test_links_come_from_lists_in_the_forms_in_which_people_keep_them(
    site: str, album: Album, environment: dict[str, str], tmp_path: Path
) -> None:
    first, second, third = album.get_images()
    text = f"# my pictures\r\n<{first.link}>,\r\n* [second]({site}/{second.id},{third.id})  # two in one\r\n"
    expected = {f"{image.id}.png" for image in (first, second, third)}
    (tmp_path / "links.txt").write_bytes(text.encode("utf-8-sig"))
    for words, stdin in ((["-"], text.encode("utf-16")), (["-i", "links.txt"], b"")):
        command = [*COMMAND, "download", "--dry-run", "-q", "--name", "{id}", *words]
        done = subprocess.run(command, input=stdin, capture_output=True, env=environment, cwd=tmp_path, check=False)
        assert (done.returncode, done.stderr) == (0, b""), words
        assert set(done.stdout.decode().splitlines()) == expected, words


def test_a_rehearsal(site: str, album: Album, pyimgur: Run, tmp_path: Path) -> None:
    done = pyimgur("download", album.link, "--to", "out", "--dry-run", "--limit", "2", "--metadata")
    assert (done.returncode, len(done.stdout.splitlines())) == (0, 2)
    assert not (tmp_path / "out").exists()


def test_metadata_and_thumbnails(site: str, album: Album, pyimgur: Run, tmp_path: Path) -> None:
    done = pyimgur("download", album.link, "--name", "{index}", "--size", "small_square", "--metadata", "--to", "out")
    assert (done.returncode, files(tmp_path / "out")) == (
        0, [f"{n}.jpg{more}" for n in (1, 2, 3) for more in ("", ".json")],
    )  # fmt: skip
    told = json.loads((tmp_path / "out" / "2.jpg.json").read_text("utf-8"))
    assert told["title"] == "../green\u202e"


def test_what_failed_is_listed_and_the_rest_is_there(site: str, album: Album, pyimgur: Run) -> None:
    [first, second, third] = album.get_images()
    second.delete()
    done = pyimgur("download", first.link, second.link, f"{site}/a/gOneGon", "https://example.org/x", third.link)
    assert done.returncode == 1
    assert len(done.stdout.splitlines()) == 2
    failures = [line for line in done.stderr.splitlines() if line.startswith("pyimgur: ")]
    assert len(failures) == 3
    assert failures[0].startswith(f"pyimgur: {second.link}: ")
    assert "404" in failures[1]
    assert "leads to no pictures" in failures[2]


def test_a_picture_that_was_removed_is_not_saved_as_the_one_that_says_so(pyimgur: Run, tmp_path: Path) -> None:
    def handle(wire: Wire) -> None:
        if wire.path == "/3/album/aBcdeFg":
            wire.data({"id": "aBcdeFg", "images": [{"id": "gOneGon", "link": f"{server.url}/gOneGon.png"}]})
        else:
            wire.answer(status=302, location="https://i.imgur.com/removed.png")

    with serving(handle) as server:
        done = pyimgur("download", f"{server.url}/a/aBcdeFg", "--site", server.url, "--to", "out")
    assert (done.returncode, done.stdout) == (1, "")
    assert f"pyimgur: {server.url}/gOneGon.png: " in done.stderr
    assert "was removed" in done.stderr
    assert files(tmp_path / "out") == []


def large(server_url: Callable[[], str]) -> tuple[Callable[[Wire], None], list[str]]:
    """A server with one large picture, which breaks off in the middle; gives what was asked for of it."""
    asked: list[str] = []

    def handle(wire: Wire) -> None:
        if wire.path.startswith("/3/"):
            wire.data({"id": "aBcdeFg", "link": f"{server_url()}/aBcdeFg.png", "size": len(WHOLE)})
            return
        asked.append(wire.headers.get("range", ""))
        start = int(asked[-1].removeprefix("bytes=").removesuffix("-") or 0)
        if len(asked) == 1:
            head = f'HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nETag: "v1"\r\nContent-Length: {len(WHOLE)}\r\n\r\n'
            wire.send(head.encode() + WHOLE[: len(WHOLE) // 2])
            wire.hold()
        if not start:
            wire.picture(WHOLE, etag='"v1"')
            return
        assert wire.headers["if-range"] == '"v1"'
        span = f"bytes {start}-{len(WHOLE) - 1}/{len(WHOLE)}"
        wire.answer(WHOLE[start:], 206, content_type="image/png", etag='"v1"', content_range=span)

    return handle, asked


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL], ids=lambda how: how.name)
def test_a_stopped_download_is_resumed(
    how: signal.Signals, spawn: Callable[..., subprocess.Popen[str]], pyimgur: Run, tmp_path: Path
) -> None:
    handle, asked = large(lambda: server.url)
    with serving(handle) as server:
        words = ["download", f"{server.url}/aBcdeFg.png", "--site", server.url, "--to", "out", "--name", "{id}"]
        process = spawn(*words)
        folder = tmp_path / "out"
        while not any(path.stat().st_size > 10_000_000 for path in folder.glob(".*")):
            assert process.poll() is None
        process.send_signal(how)
        process.communicate(timeout=GUARD)
        assert process.returncode == {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGKILL: -9}[how]
        assert not (folder / "aBcdeFg.png").exists()
        done = pyimgur(*words)
        assert (done.returncode, done.stdout) == (0, f"{Path('out', 'aBcdeFg.png')}\n")
    assert (folder / "aBcdeFg.png").read_bytes() == WHOLE
    if how is not signal.SIGKILL:
        assert asked[1].startswith("bytes=")
        assert files(folder) == ["aBcdeFg.png"]


def test_a_folder_that_cannot_be_written_to(site: str, album: Album, pyimgur: Run, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    done = pyimgur("download", album.link, "--to", "file/out")
    assert (done.returncode, done.stdout) == (1, "")
    assert "cannot create the folder" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "Name what to download"),
        (["x", "--name", "{nothing}"], "there is no field {nothing}"),
        (["x", "--name", "../{id}"], "leads out of the folder"),
        (["x", "--size", "huge"], "Invalid value for '--size'"),
        (["x", "--limit", "0"], "Invalid value for '--limit'"),
        (["x", "-j", "0"], "Invalid value for '--concurrency'"),
    ],
)
def test_usage_errors(words: list[str], said: str, pyimgur: Run) -> None:
    done = pyimgur("download", *words)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr


def test_bars_at_a_terminal(site: str, album: Album, environment: dict[str, str], tmp_path: Path) -> None:
    with at_terminal([*COMMAND, "download", album.link, "--to", "out"], environment, tmp_path) as terminal:
        assert terminal.end() == 0
    assert [line for line in terminal.text.splitlines() if line.startswith("out/")] == [
        f"out/{name}" for name in files(tmp_path / "out")
    ]


def test_addresses_typed_at_a_terminal_into_a_folder_whose_name_is_no_text(
    site: str, album: Album, environment: dict[str, str], tmp_path: Path
) -> None:
    environment["PYTHONIOENCODING"] = "utf-8:strict"
    words = [*COMMAND, "download", "-", "--to", os.fsdecode(b"caf\xe9")]
    with at_terminal(words, environment, tmp_path) as terminal:
        terminal.wait_for("Type or paste links, one per line; finish with Ctrl-D")
        terminal.type(f"{album.link}\r\x04")
        assert terminal.end() == 0
    assert [line for line in terminal.text.splitlines() if line.startswith("caf")] == [
        f"caf\ufffd/{name}" for name in files(tmp_path / os.fsdecode(b"caf\xe9"))
    ]


def test_nothing_secret_is_shown(imgur: LocalImgur, album: Album, log_in: Any, pyimgur: Run, tmp_path: Path) -> None:
    log_in(imgur)
    done = pyimgur("download", f"{imgur.url}/user/me", "--debug", "--metadata", "--to", "out")
    assert done.returncode == 0
    secrets = [imgur.client.access_token, *(image.deletehash for image in imgur.client.get_user("me").get_images())]
    shown = done.stdout + done.stderr + "".join(path.read_text("utf-8") for path in (tmp_path / "out").rglob("*.json"))
    assert len(secrets) == 4
    assert not [secret for secret in secrets if secret and secret in shown.replace(str(tmp_path), "")]


def test_delete_hashes_are_kept_where_they_are_wanted(
    imgur: LocalImgur, log_in: Callable[..., object], pyimgur: Run, tmp_path: Path
) -> None:
    log_in(imgur)
    image = imgur.client.upload_image(drawn(tmp_path, "red"))
    for words, kept in (["--metadata"], False), (["--with-secrets"], True):
        done = pyimgur("download", f"{imgur.url}/user/me", "--name", "{id}", "--limit", "1", *words)
        assert done.returncode == 0, done.stderr
        beside = tmp_path / f"{image.id}.png.json"
        assert (json.loads(beside.read_text("utf-8")).get("deletehash") == image.deletehash) == kept
    assert beside.stat().st_mode & 0o777 == 0o600


def test_a_truncated_file_is_saved_anew(site: str, album: Album, pyimgur: Run, tmp_path: Path) -> None:
    first = pyimgur("download", album.id)
    path = Path(tmp_path, first.stdout.splitlines()[1])
    whole = path.read_bytes()
    path.write_bytes(whole[:20])
    again = pyimgur("download", album.id)
    assert (again.returncode, again.stdout) == (0, first.stdout.splitlines(keepends=True)[1])
    assert path.read_bytes() == whole
