"""`check`: what is damaged, and what is incomplete."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from backup_support import change, client, picture, rows, run, upload
from pyimgur.backup import BackupError, Problem, check

if TYPE_CHECKING:
    from pyimgur.testing import LocalImgur


@pytest.fixture
def out(imgur: LocalImgur, tmp_path: Path) -> Path:
    """A backup of twelve images, two of them in an album."""
    ids = upload(imgur, 12)
    imgur.client.create_album("two", images=[ids[3], ids[1]])
    assert run(imgur, tmp_path / "out").complete
    return tmp_path / "out"


def paths(out: Path) -> list[str]:
    return [path for (path,) in rows(out, "SELECT path FROM item WHERE kind = 'image' ORDER BY id")]


def found(out: Path, **options: bool) -> dict[str, str]:
    return {problem.what: problem.kind for problem in check(out, **options).problems}


def test_a_whole_backup_is_good(out: Path) -> None:
    result = check(out, decode=True)
    assert (result.state, result.checked, result.saved, result.problems) == ("good", 14, 14, ())
    assert check(out, quick=True).state == "good"


def test_every_kind_of_damage_is_found_and_repaired(out: Path, imgur: LocalImgur) -> None:
    edited, truncated, removed, bare, broken, *_ = paths(out)
    data = (out / edited).read_bytes()
    (out / edited).write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    (out / truncated).write_bytes(b"short")
    (out / removed).unlink()
    (out / f"{bare}.json").unlink()
    (out / "files" / "zz").mkdir(exist_ok=True)
    (out / "files" / "zz" / "zzzzz-0.png").write_bytes(b"not ours")
    (out / "files" / "link.png").symlink_to("/etc/passwd")
    change(out, f"UPDATE item SET path = '../../etc/passwd' WHERE path = '{broken}'")
    quick = {
        truncated: "size", removed: "missing", f"{bare}.json": "sidecar", "files/zz/zzzzz-0.png": "unknown",
        "files/link.png": "unknown", broken.split("/")[2].partition("-")[0]: "path",
        broken: "unknown", f"{broken}.json": "unknown",
    }  # fmt: skip
    assert found(out, quick=True) == quick
    assert found(out) == {**quick, edited: "digest"}
    result = check(out)
    assert (result.state, result.incomplete) == ("damaged", 0)
    reported = list[Problem]()
    assert check(out, repair=True, on_problem=reported.append).state == "damaged"
    assert run(imgur, out).complete
    assert found(out) == {"files/zz/zzzzz-0.png": "unknown", "files/link.png": "unknown"}
    assert (out / edited).read_bytes() == data


def test_incomplete_is_not_damaged(out: Path, imgur: LocalImgur) -> None:
    [new] = upload(imgur, 1, start=50)
    imgur.fail("down", path=f"/{new}.png", times=None)
    run(imgur, out)
    result = check(out)
    assert (result.state, result.damaged) == ("incomplete", 0)
    assert [(problem.kind, problem.what, problem.detail) for problem in result.problems] == [
        ("not saved", "images", "1 failed")
    ]
    assert json.loads(json.dumps(result.as_json()))["state"] == "incomplete"


def test_an_unfinished_run_is_incomplete(out: Path) -> None:
    change(out, "UPDATE run SET ended = NULL")
    assert [problem.detail for problem in check(out, quick=True).problems] == ["the last run was not finished"]


def test_ten_parts_check_everything_once(out: Path) -> None:
    results = [check(out, part=(number, 10)) for number in range(1, 11)]
    assert {result.state for result in results} == {"good"}
    assert (sum(result.checked for result in results), {result.saved for result in results}) == (14, {14})
    (out / paths(out)[0]).unlink()
    assert [check(out, part=(number, 10)).damaged for number in range(1, 11)].count(1) == 1
    with pytest.raises(BackupError, match="no part 11"):
        check(out, part=(11, 10))


def test_what_cannot_be_decoded_is_found(out: Path) -> None:
    path = out / paths(out)[0]
    data = path.read_bytes()[:50]
    path.write_bytes(data)
    import hashlib

    change(
        out,
        "UPDATE item SET size = ?, sha256 = ? WHERE path = ?",
        len(data), hashlib.sha256(data).hexdigest(), paths(out)[0],
    )  # fmt: skip
    assert check(out).state == "good"
    assert found(out, decode=True) == {paths(out)[0]: "undecodable"}


def test_against_a_server_that_has_the_same_and_then_not(out: Path, imgur: LocalImgur) -> None:
    with client(imgur) as im:
        assert check(out, against=im).state == "good"
        [album] = imgur.client.get_user("me").get_albums()
        album.set_images(list(reversed(album.load().images)))
        imgur.client.get_image(Path(paths(out)[0]).name.partition("-")[0]).delete()
        other = Path(paths(out)[5]).name.partition("-")[0]
        [stored] = [path for path in (imgur._context.settings.data / "blobs").rglob("*") if path.name == other]
        stored.write_bytes(picture(99))
        # a server of this package knows the digest from its database, and so answers 304
        result = check(out, against=im)
    assert {(problem.kind, problem.detail) for problem in result.problems} >= {
        ("different", "the server does not have it"),
    }
    assert {problem.what for problem in result.problems} >= {f"album {album.id}"}
    assert result.state == "damaged"


def test_a_folder_that_is_no_backup(tmp_path: Path) -> None:
    with pytest.raises(BackupError, match="has no manifest"):
        check(tmp_path)
    (tmp_path / "pyimgur-backup.sqlite3").write_bytes(b"something else" * 100)
    with pytest.raises(BackupError, match="not a manifest"):
        check(tmp_path)
