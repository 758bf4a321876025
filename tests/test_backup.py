"""`back_up`: everything of an account in a folder, and totals that add up."""

from __future__ import annotations

import hashlib
import json
import stat
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backup_support import change, picture, rows, run, sidecar, upload
from pyimgur.backup import BackupError, Note, OwnAccount
from pyimgur.backup.layout import case_suffix, file_path, inside
from pyimgur.backup.picture_types import extension_of
from pyimgur.backup.records import without_secret

if TYPE_CHECKING:
    from pyimgur.backup import Event, Result
    from pyimgur.testing import LocalImgur


def adds_up(result: Result) -> bool:
    return all(totals.closes for totals in (result.images, result.albums, result.posts))


def own_files(folder: Path) -> dict[str, bytes]:
    """The pictures in `files`, by id."""
    paths = (path for path in (folder / "files").rglob("*") if path.is_file() and path.suffix != ".json")
    return {path.name.partition("-")[0]: path.read_bytes() for path in paths}


@pytest.mark.parametrize(
    ("id", "suffix"), [("aBcdeFg", "12"), ("abcdefg", "0"), ("ABCDE", "v"), ("12345", "0"), ("aBcde", "8")]
)
def test_the_suffix_tells_ids_apart_that_differ_by_case_only(id: str, suffix: str) -> None:
    assert case_suffix(id) == suffix
    assert file_path(id, "jpg") == f"files/{id[:2].lower()}/{id}-{suffix}.jpg"


@given(st.text("aAbBcC1", min_size=5, max_size=7), st.text("aAbBcC1", min_size=5, max_size=7))
def test_no_two_ids_have_one_file_on_a_disk_that_folds_case(one: str, other: str) -> None:
    if one != other:
        assert file_path(one, "jpg").lower() != file_path(other, "jpg").lower()


@pytest.mark.parametrize("path", ["../x", "/etc/passwd", "files/../../x", "a//b", "files\\..\\x", "", "a\0b"])
def test_a_path_of_an_edited_manifest_does_not_lead_out(path: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="leads out"):
        inside(tmp_path, path)


def test_delete_hashes_are_found_at_any_depth() -> None:
    raw = {"id": "a", "deletehash": "x", "images": [{"id": "b", "deletehash": "y"}], "album": {"deletehash": "z"}}
    assert without_secret(raw) == {"id": "a", "images": [{"id": "b"}], "album": {}}


def test_types_are_told_by_the_first_bytes() -> None:
    assert extension_of(picture(1)) == "png"
    assert extension_of(b"\0\0\0\x20ftypisom") == "mp4"
    assert extension_of(b"RIFF\0\0\0\0WEBPVP8 ") == "webp"
    assert extension_of(b"<!doctype html>") is None


def test_an_account_with_everything(imgur: LocalImgur, tmp_path: Path) -> None:
    im = imgur.client
    ids = upload(imgur, 9)
    album = im.create_album("Holiday", "by the sea", images=[ids[4], ids[2], ids[3]], privacy="hidden")
    album.update(cover=ids[2])
    empty = im.create_album("nothing in it")
    im.image(ids[0]).favorite()  # it is in no gallery
    folder = im.create_folder("best of")
    im.image(ids[5]).submit_to_gallery("look")
    folder.add_favorites([ids[5]])
    comment = im.create_comment(ids[5], "mine")
    comment.reply("and a reply")
    im.user("me").change_settings(bio="a bio")

    out = tmp_path / "out"
    result = run(imgur, out)

    assert result.complete, result.as_json()
    assert adds_up(result)
    pictures = own_files(out)
    assert {id: hashlib.sha256(data).hexdigest() for id, data in pictures.items()} == {
        id: hashlib.sha256(picture(number)).hexdigest() for number, id in enumerate(ids)
    }
    told = sidecar(out, ids[2])
    assert (told["title"], told["pyimgur"]["albums"]) == ("number 2", [[album.id, 2]])
    assert told["deletehash"] == im.get_image(ids[2]).deletehash
    assert told["pyimgur"]["sha256"] == hashlib.sha256(picture(2)).hexdigest()

    [saved] = [json.loads(path.read_text()) for path in (out / "albums").glob(f"{album.id}-*.json")]
    expected = {
        "title": "Holiday",
        "description": "by the sea",
        "privacy": "hidden",
        "cover": ids[2],
        "images": [ids[4], ids[2], ids[3]],
    }
    assert {name: saved[name] for name in expected} == expected
    assert saved["deletehash"] == album.load().deletehash
    [saved] = [json.loads(path.read_text()) for path in (out / "albums").glob(f"{empty.id}-*.json")]
    assert (saved["title"], saved["images"]) == ("nothing in it", [])

    favorites = [json.loads(line) for line in (out / "account" / "favorites.jsonl").read_text().splitlines()]
    assert {(entry["id"], entry["pyimgur"]["folder"]) for entry in favorites} >= {
        (ids[0], ""),
        (ids[5], str(folder.id)),
    }
    posts = [json.loads(line) for line in (out / "account" / "posts.jsonl").read_text().splitlines()]
    assert [(post["id"], post["title"]) for post in posts] == [(ids[5], "look")]
    comments = [json.loads(line) for line in (out / "account" / "comments.jsonl").read_text().splitlines()]
    assert {entry["comment"] for entry in comments} == {"mine", "and a reply"}
    account = json.loads((out / "account" / "account.json").read_text())
    assert account["account"]["bio"] == "a bio"
    assert {"settings", "avatar", "blocks", "follows", "profile", "folders"} <= account.keys()
    assert (out / "account" / "avatar.png").is_file()

    counted = {step.name: (step.listed, step.expected) for step in result.lists if step.expected is not None}
    assert counted == {"images": (9, 9), "albums": (2, 2), "comments": (2, 2), "posts": (1, 1)}


def test_times_and_proofs_are_recorded(imgur: LocalImgur, tmp_path: Path) -> None:
    [id] = upload(imgur, 1)
    run(imgur, tmp_path / "out")
    [(path, proof, created)] = rows(tmp_path / "out", f"SELECT path, proof, created FROM item WHERE id = '{id}'")
    assert proof == "digest"
    assert int((tmp_path / "out" / path).stat().st_mtime) == created == imgur.client.get_image(id).datetime


def test_secrets_are_private_or_left_out(imgur: LocalImgur, tmp_path: Path) -> None:
    [id] = upload(imgur, 1)
    album = imgur.client.create_album("one", images=[id])
    secrets = {imgur.client.get_image(id).deletehash, album.load().deletehash}
    for name, with_secrets in (("with", True), ("without", False)):
        folder = tmp_path / name
        run(imgur, folder, with_secrets=with_secrets)
        files = [path for path in folder.rglob("*") if path.is_file()]
        found = {path.name for path in files for secret in secrets if secret and secret.encode() in path.read_bytes()}
        assert bool(found) is with_secrets, found
        readable = {path.name for path in files if stat.S_IMODE(path.stat().st_mode) & 0o077}
        assert not found & readable, "others can read a delete hash"
    assert stat.S_IMODE((tmp_path / "with").stat().st_mode) == 0o700


def test_sha256sum_proves_the_same(imgur: LocalImgur, tmp_path: Path) -> None:
    ids = upload(imgur, 3)
    run(imgur, tmp_path / "out")
    check = ["sha256sum", "--check", "--strict", "--quiet", "SHA256SUMS"]
    done = subprocess.run(check, cwd=tmp_path / "out", capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    [(path,)] = rows(tmp_path / "out", f"SELECT path FROM item WHERE id = '{ids[1]}'")
    (tmp_path / "out" / path).write_bytes(b"edited")
    done = subprocess.run(check, cwd=tmp_path / "out", capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, f"{path}: FAILED\n")


def test_a_later_run_saves_what_is_new_and_says_what_is_gone(imgur: LocalImgur, tmp_path: Path) -> None:
    ids, out = upload(imgur, 4), tmp_path / "out"
    run(imgur, out)
    imgur.client.get_image(ids[1]).delete()
    new = upload(imgur, 2, start=10)
    before = len(imgur.requests)
    result = run(imgur, out)
    fetched = {request.path[1:-4] for request in list(imgur.requests)[before:] if request.path.endswith(".png")}
    assert fetched == set(new), "only what is new is downloaded"
    assert (result.vanished, result.complete) == (1, True)
    assert rows(out, "SELECT id FROM item WHERE gone IS NOT NULL") == [(ids[1],)]
    assert own_files(out).keys() == {*ids, *new}, "the file stays"


def test_a_changed_title_or_album_changes_the_sidecar_only(imgur: LocalImgur, tmp_path: Path) -> None:
    ids, out = upload(imgur, 3), tmp_path / "out"
    run(imgur, out)
    imgur.client.get_image(ids[0]).update(title="another")
    album = imgur.client.create_album("later", images=[ids[1]])
    before = len(imgur.requests)
    run(imgur, out)
    assert not [request for request in list(imgur.requests)[before:] if request.path.endswith(".png")]
    assert sidecar(out, ids[0])["title"] == "another"
    assert sidecar(out, ids[1])["pyimgur"]["albums"] == [[album.id, 1]]


NO_PICTURES: tuple[tuple[str, dict[str, Any]], ...] = (
    ("refused", {"kind": "html"}),
    ("refused", {"status": 200, "body": "<html>no</html>", "headers": {"content-type": "image/png"}}),
    ("blocked", {"status": 451}),
    ("blocked", {"kind": "region-block"}),
    ("failed", {"kind": "down"}),
    ("failed", {"kind": "cut-after"}),
    ("failed", {"cut_response": 20}),
    ("gone", {"status": 404}),
    ("gone", {"status": 302, "headers": {"location": "/removed.png"}}),
)


def test_what_is_no_picture_is_never_saved_as_one(imgur: LocalImgur, tmp_path: Path) -> None:
    *ids, whole = upload(imgur, len(NO_PICTURES) + 1)
    out, expected = tmp_path / "out", dict(zip(ids, (state for state, _ in NO_PICTURES), strict=True))
    for id, (_, fault) in zip(ids, NO_PICTURES, strict=True):
        imgur.fail(path=f"/{id}.*", times=None, **fault)
    result = run(imgur, out)
    assert dict(rows(out, "SELECT id, state FROM item WHERE state <> 'saved'")) == expected
    assert own_files(out).keys() == {whole}
    assert not list((out / "incoming").iterdir())
    assert (adds_up(result), result.complete) == (True, False)
    assert [id for id in ids if id in (out / "SHA256SUMS").read_text()] == []
    imgur._faults.clear()
    result = run(imgur, out)
    gone = {id for id, state in expected.items() if state == "gone"}
    assert own_files(out).keys() == {*ids, whole} - gone, "a later run tries again what may come back"
    assert (result.images.gone, result.complete) == (len(gone), True), "what is gone is no failure"


def test_the_placeholder_is_known_by_its_digest(imgur: LocalImgur, tmp_path: Path) -> None:
    from pyimgur.server.routes import image_files

    ids, out = upload(imgur, 2), tmp_path / "out"
    blobs = imgur._context.settings.data / "blobs"
    [stored] = [path for path in blobs.rglob("*") if path.name == ids[0]]
    stored.write_bytes(image_files.REMOVED.read_bytes())  # as a cache would send it, without a redirect
    run(imgur, out)
    assert rows(out, f"SELECT state FROM item WHERE id = '{ids[0]}'") == [("gone",)]
    assert own_files(out).keys() == {ids[1]}


def test_another_account_is_refused(imgur: LocalImgur, tmp_path: Path) -> None:
    upload(imgur, 1)
    with pytest.raises(BackupError, match=r"'tester'.*'somebody'"):
        run(imgur, tmp_path / "new", OwnAccount("somebody"))
    run(imgur, tmp_path / "out")
    change(tmp_path / "out", "UPDATE run SET account = 'somebody'")
    with pytest.raises(BackupError, match="another folder"):
        run(imgur, tmp_path / "out")


def test_a_newer_manifest_is_refused(imgur: LocalImgur, tmp_path: Path) -> None:
    run(imgur, tmp_path / "out")
    change(tmp_path / "out", "PRAGMA user_version = 99")
    with pytest.raises(BackupError, match="newer pyimgur"):
        run(imgur, tmp_path / "out")


def test_a_folder_with_other_things_is_refused(imgur: LocalImgur, tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("dear diary")
    with pytest.raises(BackupError, match="is no backup and not empty"):
        run(imgur, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]


def test_hostile_ids_and_titles_stay_in_the_folder(imgur: LocalImgur, tmp_path: Path) -> None:
    upload(imgur, 1)
    out = tmp_path / "deep" / "out"
    run(imgur, out, name="{title}/{file}/{id}")
    change(
        out,
        "INSERT INTO item (id, kind, state, link, raw) VALUES ('../../evil', 'image', 'pending', ?, '{}')",
        f"{imgur.url}/removed.png",
    )
    title = "../../../evil\0/C:\\evil\u202e"
    imgur.client.upload_image(picture(70), title=title)
    events: list[Event] = []
    run(imgur, out, name="{title}/{file}/{id}", events=events)
    assert not list(tmp_path.rglob("evil"))
    assert rows(out, "SELECT state FROM item WHERE id LIKE '%evil'") == [("refused",)]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["deep"]
    assert not [event for event in events if isinstance(event, Note)]


def test_the_view_has_links_by_the_template(imgur: LocalImgur, tmp_path: Path) -> None:
    ids, out = upload(imgur, 3), tmp_path / "out"
    imgur.client.create_album("Sea", images=[ids[2], ids[0]])
    run(imgur, out, name="{album}/{index:03} {title}")
    view = {path.relative_to(out / "view").as_posix(): path for path in (out / "view").rglob("*") if path.is_file()}
    assert set(view) == {"Sea/001 number 2.png", "Sea/002 number 0.png", "number 1.png"}
    assert view["number 1.png"].stat().st_nlink == 2, "a hard link"
    run(imgur, out, name="{title}")
    assert {path.name for path in (out / "view").iterdir()} == {f"number {n}.png" for n in range(3)}
