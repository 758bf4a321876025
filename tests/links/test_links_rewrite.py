"""Replacing links in texts and files: in their own spelling, with PHP's lengths, and nothing else."""

from __future__ import annotations

import errno
import json
import os
import shutil
import stat
import subprocess
from typing import TYPE_CHECKING

import pytest

from pyimgur import links
from pyimgur.backup import layout
from pyimgur.exceptions import ArgumentError, FileError
from pyimgur.links import Existing

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

LINK = "https://i.imgur.com/aBcdeFg.jpg"
TO = "https://img.example.org"
NEW = f"{TO}/aBcdeFg.jpg"

TEXTS: dict[str, str] = {
    LINK: NEW,
    "//i.imgur.com/aBcdeFgh.jpg": "//img.example.org/aBcdeFgh.jpg",
    "see imgur.com/a/aBcdeFg#3.": "see img.example.org/a/aBcdeFg#3.",
    "https://bob:x@m.imgur.com:443/aBcdeFg?1": f"{TO}/aBcdeFg?1",
    r'{"u":"https:\/\/i.imgur.com\/aBcdeFg.jpg"}': r'{"u":"https:\/\/img.example.org\/aBcdeFg.jpg"}',
    r"https:\\\/\\\/i.imgur.com\\\/aBcdeFg.jpg": r"https:\\\/\\\/img.example.org\\\/aBcdeFg.jpg",
    r"https:\u002F\u002Fi.imgur.com\u002Fx.jpg https:\u002F\u002Fimgur.com\u002FaBcdeFg": (
        r"https:\u002F\u002Fi.imgur.com\u002Fx.jpg https:\u002F\u002Fimg.example.org\u002FaBcdeFg"
    ),
    "?u=https%3a%2f%2fi.imgur.com%2faBcdeFg.jpg&w=3": "?u=https%3a%2f%2fimg.example.org%2faBcdeFg.jpg&w=3",
    "?u=https%253A%252F%252Fi.imgur.com%252FaBcdeFg.jpg": "?u=https%253A%252F%252Fimg.example.org%252FaBcdeFg.jpg",
    "https&#58;&#47;&#47;i.imgur.com&#47;aBcdeFg.jpg": "https&#58;&#47;&#47;img.example.org&#47;aBcdeFg.jpg",
    f"https://web.archive.org/web/2015im_/{LINK}": f"https://web.archive.org/web/2015im_/{NEW}",
    "https://imgur.com/aBcdeFg?next=https://imgur.com/a/aBcdeFg": f"{TO}/aBcdeFg?next={TO}/a/aBcdeFg",
    "https://imgur.com/gallery/aBcde/imgur.com/a/hIjkl": f"{TO}/gallery/aBcde/img.example.org/a/hIjkl",
    "https://i.imgur.com/aBcdeFg.jpg0https%3A%2F%2Fimgur.com%2Fa-aBcdeFg": (
        f"{TO}/aBcdeFg.jpg0https%3A%2F%2Fimg.example.org%2Fa-aBcdeFg"
    ),
    "https://imgur.com/user/ann https://imgur.com/privacy": "https://imgur.com/user/ann https://imgur.com/privacy",
}


@pytest.mark.parametrize("text", TEXTS)
def test_a_link_is_replaced_in_its_own_spelling(text: str) -> None:
    assert links.rewrite_text(text, TO).content.decode() == TEXTS[text]


@pytest.mark.parametrize(
    ("text", "new"),
    [
        (LINK, "http://[::1]:4648/pics/aBcdeFg.jpg"),
        (r"https:\/\/imgur.com\/aBcdeFg", r"http:\/\/[::1]:4648\/pics\/aBcdeFg"),
        ("https%3A%2F%2Fimgur.com%2FaBcdeFg", "http%3A%2F%2F%5B%3A%3A1%5D%3A4648%2Fpics%2FaBcdeFg"),
        ("imgur.com%252FaBcdeFg", "%255B%253A%253A1%255D%253A4648%252Fpics%252FaBcdeFg"),
    ],
)
def test_a_server_s_port_and_path_are_spelled_like_the_link(text: str, new: str) -> None:
    assert links.rewrite_text(text, "http://[::1]:4648/pics/").content.decode() == new


@pytest.mark.parametrize("to", ["imgur.com", "https://i.imgur.com", "https://x.example/i.imgur.com", "x", "ftp://x"])
def test_imgur_itself_and_what_is_no_server_are_refused(to: str, tmp_path: Path) -> None:
    with pytest.raises(ArgumentError):
        links.rewrite_text(LINK, to)
    with pytest.raises(ArgumentError):
        links.rewrite([tmp_path], to)


def test_kept_links_have_a_reason_and_the_sums_close() -> None:
    text = f"{LINK} https://imgur.com/hIjklMn https://imgur.com/a/aBcdeFg https://imgur.com/gallery/aBcdeFg https://ann.imgur.com"
    text += " https://imgur.com/aBcdeFg,hIjklMn https://imgur.com/delete/aBcdeFgHiJkLmNo"
    done = links.rewrite_text(text, TO, only=Existing(images=frozenset({"aBcdeFg"})))
    assert [link.kind for link in done.replaced] == ["image", "post"]
    assert [(kept.link.ids[-1], kept.reason) for kept in done.kept] == [
        ("hIjklMn", "missing"),
        ("aBcdeFg", "missing"),
        ("ann", "user"),
        ("hIjklMn", "missing"),
        ("aBcdeFgHiJkLmNo", "deletehash"),
    ]


# ---- PHP

INNER = f's:31:"{LINK}";'


def sql(text: str) -> str:
    return text.replace("\\", r"\\").replace("'", r"\'").replace('"', r"\"").replace("\n", r"\n")


def doubled(text: str) -> str:
    return text.replace("'", "''")


ESCAPES: dict[str, Callable[[str], str]] = {
    "raw": str,
    "MySQL": sql,
    "twice": lambda text: sql(sql(text)),
    "doubled quotes": doubled,
    "backslashes and doubled quotes": lambda text: doubled(text.replace("\\", r"\\").replace("\n", r"\n")),
}
VALUES = {
    "plain": LINK,
    "with quotes": f'say "it\'s" {LINK}; é\n"',
    "JSON in it": json.dumps({"u": [LINK, 'a "b"']}).replace("/", r"\/"),
    "two": f"{LINK} and https://imgur.com/a/aBcdeFg",
}


def serialized(value: object) -> str:
    """PHP's serialize(), of strings and lists."""
    if isinstance(value, str):
        return f's:{len(value.encode())}:"{value}";'
    assert isinstance(value, list)
    return f"a:{len(value)}:{{{''.join(f'i:{place};{serialized(item)}' for place, item in enumerate(value))}}}"


def renewed(value: str) -> str:
    return (
        value.replace("https://i.imgur.com", TO)
        .replace("https://imgur.com", TO)
        .replace(r"https:\/\/i.imgur.com", r"https:\/\/img.example.org")
    )


@pytest.mark.parametrize("escape", ESCAPES)
@pytest.mark.parametrize("value", VALUES)
def test_lengths_of_serialized_strings_are_right(value: str, escape: str) -> None:
    def document(text: str) -> str:
        return ESCAPES[escape](serialized(["x", text, serialized([text, "y", serialized([text])])]))

    done = links.rewrite_text(f"INSERT ('{document(VALUES[value])}');\n", TO)
    assert done.content.decode() == f"INSERT ('{document(renewed(VALUES[value]))}');\n"
    assert done.broken_lengths == ()


@pytest.mark.skipif(shutil.which("php") is None, reason="no PHP found")
def test_php_reads_what_was_rewritten() -> None:
    script = "echo json_encode(unserialize(unserialize(stream_get_contents(STDIN))[1]));"
    text = serialized(["x", serialized([VALUES["with quotes"], VALUES["JSON in it"]])])
    new = links.rewrite_text(text, TO).content
    read = subprocess.run(["php", "-r", script], input=new, capture_output=True, check=True, timeout=60).stdout
    assert json.loads(read) == [renewed(VALUES["with quotes"]), renewed(VALUES["JSON in it"])]


@pytest.mark.parametrize("text", ['s:30:"{}";', 's:2:"{}";', 's:9999:"{}";', 'x\ns:12:"a {} b";'])
def test_a_wrong_length_is_reported_and_left(text: str) -> None:
    done = links.rewrite_text(text.format(LINK), TO)
    assert (done.content.decode(), done.broken_lengths) == (text.format(NEW), (text.count("\n") + 1,))


def test_a_wrong_length_in_a_right_one_changes_the_right_one_only() -> None:
    text, new = f's:2:"{LINK}";', f's:2:"{NEW}";'
    done = links.rewrite_text(serialized([text]), TO)
    assert (done.content.decode(), done.broken_lengths) == (serialized([new]), (1,))


# ---- files


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def only(files: object) -> links.RewrittenFile:
    [file] = list(files)  # type: ignore[call-overload]
    assert isinstance(file, links.RewrittenFile)
    return file


@pytest.mark.parametrize(
    "content",
    [
        f"a\r\n{LINK}\rb\n".encode(),
        f"\ufeff{LINK}\r\n".encode(),
        f"\ufeffé😀 {LINK}\r\n".encode("utf-16-le") + b"\xff",
        f"\ufeffé {LINK}".encode("utf-16-be"),
        f"\ufeff{LINK}\n".encode("utf-32-le"),
        b"caf\xe9 " + LINK.encode() + b" \x80\n",
    ],
)
def test_a_file_keeps_encoding_mark_line_ends_and_mode(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_bytes(content)
    path.chmod(0o640)
    assert only(links.rewrite([tmp_path], TO)).error is None
    encoding = next((name for name in ("utf-32-le", "utf-16-le", "utf-16-be") if LINK.encode(name) in content), "utf-8")
    assert path.read_bytes() == content.replace(LINK.encode(encoding), NEW.encode(encoding))
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    before = path.stat()
    assert list(links.rewrite([tmp_path], TO)) == []
    assert (path.stat().st_ino, path.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert names(tmp_path) == ["a.md"]


def applied(text: str, diff: str) -> str:
    """A text after a unified diff, each of whose lines is checked."""
    lines, place = text.split("\n"), 0
    assert diff.splitlines()[:2] == [f"{mark} {diff.splitlines()[0][4:]}" for mark in ("---", "+++")]
    for line in diff.splitlines()[2:]:
        if line.startswith("@@"):
            place = int(line.split()[1].lstrip("-").split(",")[0]) - 1
            new = place
        elif line.startswith("\\"):
            assert place == len(lines), "the text ends without a line end"
        elif line[0] == "+":
            lines[new] = line[1:]
            new += 1
        else:
            assert lines[place] == line[1:], f"line {place + 1} of the diff is not that of the text"
            place += 1
            new += line[0] == " "
    return "\n".join(lines)


def test_a_dry_run_changes_nothing_and_its_diff_can_be_applied(tmp_path: Path) -> None:
    lines = [f"line {number}" for number in range(40)]
    for number in (0, 3, 20, 39):
        lines[number] += f" {LINK}"
    (tmp_path / "a.md").write_text("\n".join(lines))
    done = only(links.rewrite([tmp_path / "a.md"], TO, dry_run=True))
    assert (tmp_path / "a.md").read_text() == "\n".join(lines)
    assert done.diff.count("@@ -") == 3
    assert applied("\n".join(lines), done.diff) == "\n".join(lines).replace(LINK, NEW)


def test_backups_keep_the_old_file_and_are_neither_rewritten_nor_overwritten(tmp_path: Path) -> None:
    path, kept = tmp_path / "a.md", tmp_path / "a.md.old"
    path.write_text(LINK)
    assert len(only(links.rewrite([tmp_path], TO, backup=".old")).replaced) == 1
    assert (path.read_text(), kept.read_text()) == (NEW, LINK)
    assert list(links.rewrite([tmp_path], TO, backup=".old")) == []
    path.write_text("https://imgur.com/aBcde")
    failed = only(links.rewrite([tmp_path], TO, backup=".old"))
    assert str(failed.error) == f"{path}: not changed, because {kept} exists: choose another suffix"
    assert (path.read_text(), kept.read_text()) == ("https://imgur.com/aBcde", LINK)
    with pytest.raises(ArgumentError, match="is no suffix of a file name"):
        links.rewrite([tmp_path], TO, backup="../x")


def test_a_backup_of_an_interrupted_run_is_taken_over(tmp_path: Path) -> None:
    path, kept = tmp_path / "a.md", tmp_path / "a.md.old"
    path.write_text(LINK)
    kept.hardlink_to(path)  # the run ended between the two steps
    assert only(links.rewrite([path], TO, backup=".old")).error is None
    assert (path.read_text(), kept.read_text()) == (NEW, LINK)


def test_a_read_only_file_is_not_replaced(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_text(LINK)
    path.chmod(0o444)
    failed = only(links.rewrite([path], TO))
    assert str(failed.error) == f"{path}: the file is read-only, and was not changed"
    assert (path.read_text(), [kept.reason for kept in failed.kept]) == (LINK, ["failed"])


def test_a_full_disk_loses_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.md"
    path.write_text(LINK)

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        failed = only(links.rewrite([path], TO, backup=".old"))
    assert str(failed.error) == f"{path}: not changed: No space left on device"
    assert (path.read_text(), names(tmp_path)) == (LINK, ["a.md"])


def test_a_file_that_another_program_changes_meanwhile_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.md"
    path.write_text(LINK)
    flush = os.fsync

    def while_another_writes(descriptor: int) -> None:
        path.write_text(f"new text {LINK}")
        flush(descriptor)

    monkeypatch.setattr(os, "fsync", while_another_writes)
    failed = only(links.rewrite([path], TO, backup=".old"))
    assert str(failed.error) == f"{path}: another program changed the file meanwhile: run the command again"
    assert (path.read_text(), names(tmp_path)) == (f"new text {LINK}", ["a.md"])


def test_links_and_names_outside_stay_untouched(tmp_path: Path) -> None:
    outside, top = tmp_path / "outside.md", tmp_path / "top"
    top.mkdir()
    outside.write_text(LINK)
    (top / "in.md").symlink_to(outside)
    assert list(links.rewrite([top], TO)) == []
    assert isinstance(only(links.rewrite([top / "in.md"], TO)).error, FileError)
    assert outside.read_text() == LINK


# ---- what exists


def test_a_folder_of_files_named_by_id_or_a_backup_says_what_exists(tmp_path: Path) -> None:
    for name in (
        "aBcdeFg.jpg", "hIjkl.PNG", "imgur_oPqrsTu_a title.png", "imgur_aLbumId_001_vWxyzAb.gif",
        "files/cd/cDefgHi-12.mp4",
        "cDefgHj-1.mp4", "readme.md", "aBcdeFh.jpg.part", "albums/aLbumId-12.json", "aLbumIx-12.json", "abcdeF.jpg",
    ):  # fmt: skip
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
    (tmp_path / "eMpty00.jpg").touch()
    found = Existing.in_folder(tmp_path)
    assert found.images == {"aBcdeFg", "hIjkl", "oPqrsTu", "vWxyzAb", "cDefgHi"}
    assert found.albums == {"aLbumId"}
    with pytest.raises(FileError, match="there is no such folder"):
        Existing.in_folder(tmp_path / "x")


def test_a_backup_has_its_files_and_albums_and_not_what_is_beside_them(tmp_path: Path) -> None:
    ids = ("aBcdeFg", "abcdefg", "aBCde")
    kept = [layout.file_path(id, "jpg") for id in ids] + [layout.album_path("aLbumId"), layout.MANIFEST]
    beside = [layout.account_path("cover", "jpg"), f"{layout.VIEW}/hIjklMn-12.jpg", f"{layout.INCOMING}/oPqrs-8.jpg"]
    for name in (*kept, *beside):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
    found = Existing.in_folder(tmp_path)
    assert (found.images, found.albums) == (set(ids), {"aLbumId"})
