"""Backups during uploads, restoring, checking rows against files, and removing content."""

from __future__ import annotations

import asyncio
import io
import json
import shutil
import sqlite3
import subprocess
import threading
from contextlib import closing
from pathlib import Path

import pytest
from PIL import Image

from command_contract import OWN_KEYS
from conftest import COMMAND
from mount_support import needs_mounts, run_mounted
from pyimgur import Imgur, ImgurError
from pyimgur.server.db.dialects.sqlite import migrate
from pyimgur.server.lifespan import open_context
from pyimgur.server.media import sandbox
from pyimgur.server.services._lookup import existing_image_ids
from pyimgur.server.settings import Settings
from pyimgur.testing import local_imgur


def command(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*COMMAND, "server", *words], capture_output=True, text=True, timeout=120, check=False)


def picture(color: str) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (30, 20), color).save(file, "PNG")
    return file.getvalue()


def test_reports_are_listed(tmp_path: Path) -> None:
    """Where the server runs that shows what they are about, with its address."""
    with local_imgur(tmp_path / "data") as imgur:
        imgur.client.upload_image(picture("red")).submit_to_gallery("A post")
        (post,) = imgur.client.get_gallery()
        post.report(2)
    (tmp_path / "data" / "users.lock").touch()
    done = command("reports", "--data", str(tmp_path / "data"))
    page, *rest, _ = done.stdout.rstrip("\n").split("\t")
    assert (page, rest) == (f"/gallery/{post.id}", [imgur.username, "spam", imgur.username])
    [report] = json.loads(command("reports", "--json", "--data", str(tmp_path / "data")).stdout)
    assert report.keys() == set(OWN_KEYS["server reports"])


def test_whoever_runs_a_server_removes_what_anybody_has(tmp_path: Path) -> None:
    """While it runs, by links under whatever host, and by ids; what is not meant stays."""
    with local_imgur(tmp_path / "data") as imgur:
        (tmp_path / "data" / "users.lock").touch()
        where = ("--yes", "--data", str(tmp_path / "data"))
        im = imgur.client
        kept, bad, inside, mine = (im.upload_image(picture(color)) for color in ("red", "green", "blue", "white"))
        album = im.create_album("Bad", images=[inside])
        other = im.create_album("Secret", images=[mine])
        other.update(privacy="secret")
        bad.submit_to_gallery("A post")
        (post,) = im.get_gallery()
        post.comment("An insult")
        (comment,) = post.get_comments()

        assert command("remove", f"https://imgur.com/gallery/{post.id}/comment/{comment.id}", *where).returncode == 0
        assert post.get_comments() == []
        done = command("remove", f"{imgur.url}/gallery/{post.id}", other.id, f"/a/{album.id}", "--pictures", *where)
        assert (done.returncode, done.stderr) == (0, "")
        assert im.get_gallery() == []
        assert [image.id for image in im.get_user("me").get_images()] == [kept.id]
        assert im.get_user("me").get_albums() == []

        shown = im.upload_image(picture("black"))
        done = command("remove", f"{imgur.url}/r/pics/{shown.id}", *where)
        assert (done.returncode, done.stderr) == (0, "")
        assert [image.id for image in im.get_user("me").get_images()] == [kept.id]

        gone = command("remove", bad.id, kept.id, *where)
        assert (gone.returncode, gone.stderr) == (1, f"pyimgur: {bad.id} does not exist on this server\n")
        assert im.get_user("me").get_images() == []


COMMENT = f"https://imgur.com/gallery/aBcdeFg/comment/{10**20}"


def test_nothing_is_removed_that_was_not_named_or_meant(data: Path) -> None:
    before = files(data)
    for name in (
        "https://imgur.com/gallery/aBcdeFg/comment/12x",
        "https://imgur.com/user/ann",
        "https://imgur.com/t/cats",
        "no id",
        "-",
        COMMENT,
    ):
        done = command("remove", name, "--yes", "--data", str(data))
        assert done.returncode == 1
        assert "is not a link or id of a picture, an album or a comment" in done.stderr
    (id, *_) = before
    assert "pass --yes" in command("remove", id, "--data", str(data)).stderr
    assert files(data) == before


def test_an_account_goes_with_all_that_is_its_own(tmp_path: Path) -> None:
    with local_imgur(tmp_path / "data") as imgur:
        (tmp_path / "data" / "users.lock").touch()
        where = ("--yes", "--data", str(tmp_path / "data"))
        imgur.client.upload_image(picture("red"))
        unknown = command("account", "remove", "nobody", *where)
        assert (unknown.returncode, unknown.stderr) == (1, "pyimgur: there is no account nobody\n")
        assert files(tmp_path / "data")
        done = command("account", "remove", imgur.username, *where)
        assert (done.returncode, done.stdout) == (0, f"account {imgur.username} was removed\n")
        assert not files(tmp_path / "data")
        with pytest.raises(ImgurError):
            imgur.client.get_user("me").load()


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder with three pictures, and no server on it."""
    folder = tmp_path / "data"
    with local_imgur(folder) as imgur:
        for color in ("red", "green", "blue"):
            imgur.client.upload_image(picture(color))
    (folder / "users.lock").touch()
    return folder


def files(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in (folder / "blobs").rglob("*") if file.is_file()}


def test_a_backup_is_whole_and_can_be_put_back(data: Path, tmp_path: Path) -> None:
    made = command("backup", str(tmp_path / "copy"), "--data", str(data))
    assert (made.returncode, made.stderr) == (0, "")
    assert made.stdout.startswith("3 pictures")
    back = command("restore", str(tmp_path / "copy"), "--data", str(tmp_path / "again"))
    assert back.returncode == 0
    assert files(tmp_path / "again") == files(data)
    assert command("check", "--deep", "--data", str(tmp_path / "again")).stdout.startswith("3 pictures")


def test_a_backup_made_during_uploads_agrees_with_itself(tmp_path: Path) -> None:
    data, stop = tmp_path / "data", threading.Event()
    with local_imgur(data) as imgur:
        (data / "users.lock").touch()

        def upload() -> None:
            with Imgur("uploads", base_url=imgur.url) as im:
                while not stop.is_set():
                    im.upload_image(picture("red"))

        threads = [threading.Thread(target=upload) for _ in range(3)]
        for thread in threads:
            thread.start()
        try:
            made = command("backup", str(tmp_path / "copy"), "--data", str(data))
        finally:
            stop.set()
            for thread in threads:
                thread.join()
    assert made.returncode == 0, made.stderr
    found = command("check", "--deep", "--data", str(tmp_path / "copy"))
    assert "database and files agree" in found.stdout, found.stdout


def test_a_backup_tells_of_a_picture_whose_file_is_not_there(data: Path, tmp_path: Path) -> None:
    lost = min((data / "blobs").rglob("???????"))
    lost.unlink()
    made = command("backup", str(tmp_path / "copy"), "--data", str(data))
    assert made.returncode == 1
    assert made.stdout.startswith("2 pictures")
    assert f"{lost.name}: its file is missing\npyimgur: 1 pictures could not be copied" in made.stderr
    found = command("check", "--data", str(tmp_path / "copy"))
    assert (found.returncode, f"{lost.name}: its file is missing" in found.stdout) == (1, True)


def test_only_a_start_updates_the_tables_of_an_older_version(tmp_path: Path) -> None:
    """A server of that version may run on them, and a backup is the way back to it."""
    folder, database = tmp_path / "old", tmp_path / "old" / "pyimgur.sqlite3"
    folder.mkdir()
    database.touch()
    migrate.upgrade(database, "0001")
    (folder / "users.lock").touch()
    refused = command("account", "list", "--data", str(folder))
    assert refused.returncode == 1
    assert "made by an older pyimgur" in refused.stderr
    steps = [
        ("check", "--data", str(folder)),
        ("backup", str(tmp_path / "copy"), "--data", str(folder)),
        ("check", "--deep", "--data", str(tmp_path / "copy")),
        ("restore", str(tmp_path / "copy"), "--data", str(tmp_path / "back")),
    ]
    for step in steps:
        assert command(*step).returncode == 0, step
    for each in (folder, tmp_path / "copy", tmp_path / "back"):
        with closing(sqlite3.connect(each / "pyimgur.sqlite3")) as connection:
            assert migrate.version_of(connection) == "0001"
    with local_imgur(tmp_path / "back") as imgur:
        assert imgur.client.get_user("me").name
    assert command("account", "list", "--data", str(tmp_path / "back")).returncode == 0


def test_a_backup_goes_to_no_folder_that_holds_something(data: Path, tmp_path: Path) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "letter.txt").write_text("mine")
    refused = command("backup", str(tmp_path / "full"), "--data", str(data))
    assert refused.returncode == 1
    assert "not empty" in refused.stderr
    assert [file.name for file in (tmp_path / "full").iterdir()] == ["letter.txt"]


@pytest.mark.parametrize("folder", ["blobs/copy", "incoming", "copy"])
def test_a_backup_does_not_go_into_the_data_folder(data: Path, folder: str) -> None:
    """Its files would be pictures without records there, and a repair would move them away."""
    refused = command("backup", str(data / folder), "--data", str(data))
    assert (refused.returncode, "is in the data folder itself" in refused.stderr) == (1, True)
    checked = command("check", "--data", str(data))
    assert (checked.returncode, checked.stdout.startswith("3 pictures")) == (0, True)


def test_what_is_no_backup_is_not_restored(tmp_path: Path) -> None:
    (tmp_path / "else").mkdir()
    refused = command("restore", str(tmp_path / "else"), "--data", str(tmp_path / "new"))
    assert refused.returncode == 1
    assert "not a backup" in refused.stderr
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize(
    "words", [["check", "--repair"], ["backup", "copy"], ["account", "list"], ["account", "password", "ann"]]
)
def test_a_misspelt_folder_is_neither_made_nor_well(words: list[str], tmp_path: Path) -> None:
    refused = command(*words, "--data", str(tmp_path / "imgru"))
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr == f"pyimgur: there is no server data in {tmp_path / 'imgru'}: pass its folder with --data\n"
    assert list(tmp_path.iterdir()) == []


def test_check_finds_both_ways_and_repairs_on_request(data: Path) -> None:
    lost, changed = sorted((data / "blobs").rglob("???????"))[:2]
    lost.unlink()
    changed.write_bytes(changed.read_bytes()[:-1])
    stray = changed.parent / "zzzzzzz"
    stray.write_bytes(b"nobody's")
    found = command("check", "--data", str(data))
    assert found.returncode == 1
    assert f"{lost.name}: its file is missing" in found.stdout
    assert f"{changed.name}: its file differs from the upload" in found.stdout
    assert f"{stray}: no record has this file" in found.stdout
    (changed.parent / "a folder").mkdir()
    repaired = command("check", "--repair", "--data", str(data))
    assert f"1 records deleted, 2 files moved to {data / 'lost'}" in repaired.stdout
    assert not stray.exists()
    assert [path.read_bytes() for path in (data / "lost").iterdir() if path.is_file()] == [b"nobody's"]
    assert changed.exists()
    assert asyncio.run(_ids(data)) == {*files(data)}


async def _ids(data: Path) -> set[str]:
    async with open_context(Settings(data=data)) as context:
        return await existing_image_ids(context, list(files(data)))


READ_ONLY = 'mount --bind "$folder" "$folder"; mount -o remount,bind,ro "$folder"'


@needs_mounts
@pytest.mark.parametrize("end", ["stopped", "killed"])
def test_what_a_read_only_folder_holds_can_be_read(end: str, data: Path, tmp_path: Path) -> None:
    """Also what a killed server left in the log of the database, and without the folders that a server creates."""
    folder, copy = tmp_path / "medium", tmp_path / "copy"
    with closing(sqlite3.connect(data / "pyimgur.sqlite3", isolation_level=None)) as database:
        database.execute("UPDATE account SET name = 'in the log'")
        if end == "stopped":
            database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            database.close()
        shutil.copytree(data, folder)
    assert (folder / "pyimgur.sqlite3-wal").exists() == (end == "killed")
    for name in ("incoming", "derived"):
        shutil.rmtree(folder / name)
    before = sorted(path.name for path in folder.iterdir())
    commands = ("check --deep", "account list", f"backup {copy}", "check --repair", "app add Name")
    runs = run_mounted(READ_ONLY, folder, [f"server {words} --data {folder}" for words in commands])
    checked, listed, copied, repaired, added = runs
    assert checked.startswith("3 pictures: database and files agree\n"), checked
    assert checked.endswith("exit 0")
    assert listed.startswith("in the log"), listed
    assert copied.startswith(f"3 pictures and their data are in {copy}"), copied
    assert (
        repaired
        == f"pyimgur: {folder} is read-only, so --repair can change nothing: leave it out, or repair a copy\nexit 1"
    )
    assert added.startswith(f"pyimgur: the data in {folder} cannot be used"), added
    assert "readonly" in added
    assert sorted(path.name for path in folder.iterdir()) == before
    assert files(copy) == files(data)


def test_check_names_a_decoder_with_a_known_hole(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "av.py").write_text("ffmpeg_version_info = '4.4.1'\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "old"))
    found = command("check", "--data", str(data))
    assert found.returncode == 0, "database and files agree"
    assert "outdated: FFmpeg 4.4.1 is older than" in found.stdout
    outdated = json.loads(command("check", "--json", "--data", str(data)).stdout)["outdated"]
    assert [sentence for sentence in outdated if sentence.startswith("FFmpeg 4.4.1 ")]
    (tmp_path / "old" / "av.py").write_text("ffmpeg_version_info = '999.0'\n")
    assert "outdated: FFmpeg" not in command("check", "--data", str(data)).stdout


def test_a_changed_byte_is_found_by_a_deep_check_only(data: Path) -> None:
    file = next(file for file in (data / "blobs").rglob("*") if file.is_file())
    content = bytearray(file.read_bytes())
    content[-1] ^= 1
    file.write_bytes(content)
    shallow = command("check", "--data", str(data))
    assert (shallow.returncode, shallow.stdout.splitlines()[-1]) == (
        0,
        f"media workers: {sandbox.describe('auto', data)}",
    )
    assert command("check", "--deep", "--data", str(data)).returncode == 1


def test_repair_waits_for_no_running_server(tmp_path: Path) -> None:
    from pyimgur.server.lifespan import lock_data_folder

    data = tmp_path / "data"
    with local_imgur(data):
        (data / "users.lock").touch()
        with lock_data_folder(data):
            refused = command("check", "--repair", "--data", str(data))
    assert refused.returncode == 1
    assert "uses" in refused.stderr
