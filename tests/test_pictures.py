"""Downloads of the pictures behind a URL: which ones, file names, order, and resuming."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image as Drawing

from client_support import PIXEL, Driven, Wire, both, serving
from pyimgur import Download, FileError, Imgur, InvalidParameterError, RateLimitError, ResourceNotFoundError
from pyimgur._transfer.filename_template import Template
from pyimgur.testing import LocalImgur

VALUES: dict[str, str | int | None] = {
    "album": "", "album_id": "", "index": None, "number": 1, "title": "", "id": "aBcdeFg", "author": "", "date": "",
    "file": "", "source": "",
}  # fmt: skip
HOSTILE = [
    "../../etc/passwd", "..", ".", "/", "\\", "a/b\\c", "nul\0byte", "CON", "com1.txt", "x" * 300, "🎂" * 200,
    "\u202egnp.exe", "عربى", " . ", "", "\r\n\t", "~/x", "C:\\x", "<script>", "a:b", ".hidden", "trailing. . .",
    "{id}", "%2e%2e%2f", "\ud800", "e\u0301", "-rf", "\u200f\u200e", "🏳️‍🌈", "COM¹", "aux .png", "é" * 119,
]  # fmt: skip


def drawn(folder: Path, color: str) -> Path:
    path = folder / f"{color}.png"
    Drawing.new("RGB", (400, 300), color).save(path)
    return path


@pytest.fixture
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("pictures")


def names(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


@contextlib.contextmanager
def driven(imgur: LocalImgur, drive: type[Driven]) -> Any:
    token = imgur.client.access_token
    with drive(imgur.url, client_id=imgur.client_id, access_token=token) as it:
        yield it


def holiday(im: Imgur, pictures: Path, title: str = "Holiday", count: int = 3) -> Any:
    album = im.create_album(title)
    for color in ["red", "green", "blue", "navy", "teal"][:count]:
        im.upload_image(drawn(pictures, color), title=f"very {color}", album=album)
    return album


# ---- finding


@both
def test_an_albums_pictures_are_found_in_its_order(drive: type[Driven], imgur: LocalImgur, pictures: Path) -> None:
    album = holiday(imgur.client, pictures)
    with driven(imgur, drive) as it:
        for address in (album.link, album.id, f"{imgur.url}/gallery/{album.id}"):
            found = it.run(it.im.get_pictures(address))
            assert [(p.image.title, p.index, p.number, p.album.title) for p in found] == [
                ("very red", 1, 1, "Holiday"), ("very green", 2, 2, "Holiday"), ("very blue", 3, 3, "Holiday"),
            ]  # fmt: skip


@both
def test_a_users_pictures_are_those_of_all_their_posts(drive: type[Driven], imgur: LocalImgur, pictures: Path) -> None:
    """A list of posts holds no more than the first pictures of each album."""
    album = holiday(imgur.client, pictures, count=5)
    single = imgur.client.upload_image(drawn(pictures, "gold"), title="alone")
    album.submit_to_gallery("Posted", tags=["cats"])
    single.submit_to_gallery("alone", tags=["cats"])
    imgur.client.get_gallery_item(album.id).favorite()
    with driven(imgur, drive) as it:
        for path, count in {
            "user/tester": 6, "user/tester/posts": 6, "t/cats": 6, "search?q=alone": 1, "user/tester/favorites": 5,
            "user/me": 6, f"gallery/{album.id}": 5, f"gallery/{single.id}": 1,
        }.items():  # fmt: skip
            found = it.listed(it.im.get_pictures.iter(f"{imgur.url}/{path}"))
            assert len({picture.id for picture in found}) == count, path
            assert [picture.number for picture in found] == list(range(1, count + 1))


@both
def test_no_more_is_asked_than_is_wanted(drive: type[Driven]) -> None:
    def handle(wire: Wire) -> None:
        page = int(wire.path.rpartition("/")[2])
        items = [{"id": f"im{page}{n}", "link": f"{server.url}/im{page}{n}.png"} for n in range(3)]
        wire.data(items)

    with serving(handle) as server, drive(server.url) as it:
        assert len(it.run(it.im.get_pictures(f"{server.url}/r/pics", limit=3))) == 3
        assert len(server.seen) == 1
        assert len(it.listed(it.im.get_pictures.iter(f"{server.url}/r/pics", limit=4))) == 4
        assert len(server.seen) == 3
        assert it.run(it.im.get_pictures(f"{server.url}/r/pics", limit=0)) == []
        assert len(server.seen) == 3
        assert len(it.run(it.im.get_pictures(f"{server.url}/r/pics"))) == 100


@pytest.mark.parametrize(
    "url", ["", "https://example.org/a/aBcdeFg", "https://imgur.com/user/bob/comments", "about", "a b"]
)
def test_what_has_no_pictures_is_refused_before_anything_is_requested(url: str) -> None:
    with (
        Imgur("x", base_url="http://127.0.0.1:9") as im,
        pytest.raises(InvalidParameterError, match="leads to no"),
    ):
        im.get_pictures(url)


# ---- saving


@both
def test_an_album_is_saved_and_the_next_run_skips_it(
    drive: type[Driven], imgur: LocalImgur, pictures: Path, tmp_path: Path
) -> None:
    album = holiday(imgur.client, pictures)
    told: list[tuple[str, int, int | None]] = []
    with driven(imgur, drive) as it:
        progress = lambda picture, done, total: told.append((picture.image.title, done, total))  # noqa: E731
        done = it.run(it.im.download(album.link, tmp_path, progress=progress))
        assert [one.outcome for one in done] == ["saved"] * 3
        assert [one.path.relative_to(tmp_path).as_posix() for one in done] == [
            f"Holiday/{place:03} very {color} {one.picture.id}.png"
            for place, color, one in zip((1, 2, 3), ("red", "green", "blue"), done, strict=True)
        ]
        assert done[0].path.read_bytes() == drawn(pictures, "red").read_bytes()
        assert {title for title, _, _ in told} == {"very red", "very green", "very blue"}
        assert all(0 < sent <= total for _, sent, total in told if total)
        done[1].path.unlink()
        again = it.run(it.im.download(album.link, tmp_path))
        assert [one.outcome for one in again] == ["there", "saved", "there"]


def test_a_rehearsal_saves_nothing_and_names_all(imgur: LocalImgur, pictures: Path, tmp_path: Path) -> None:
    album = holiday(imgur.client, pictures)
    planned = imgur.client.download(album.link, tmp_path / "new", dry_run=True, metadata=True)
    assert [one.outcome for one in planned] == ["planned"] * 3
    assert not (tmp_path / "new").exists()
    assert [one.path for one in imgur.client.download(album.link, tmp_path / "new")] == [one.path for one in planned]


def test_thumbnails_and_what_imgur_told(imgur: LocalImgur, pictures: Path, tmp_path: Path) -> None:
    album = holiday(imgur.client, pictures, count=1)
    [saved] = imgur.client.download(album.link, tmp_path, "{id}", size="small_square", metadata=True)
    assert saved.path is not None
    assert saved.path.suffix == ".jpg"
    with Drawing.open(saved.path) as small:
        assert small.size == (90, 90)
    told = json.loads((tmp_path / f"{saved.path.name}.json").read_text("utf-8"))
    assert (told["title"], told["index"], told["album"]["title"]) == ("very red", 1, "Holiday")
    assert "deletehash" not in json.dumps(told)


def test_equal_names_do_not_swallow_pictures(imgur: LocalImgur, pictures: Path, tmp_path: Path) -> None:
    """Two pictures of one title, and a file that was there before them."""
    album = imgur.client.create_album("same")
    ids = [
        imgur.client.upload_image(drawn(pictures, color), title="Beach", album=album).id for color in ("red", "white")
    ]
    (tmp_path / "beach.png").write_bytes(b"mine")
    done = imgur.client.download(album.link, tmp_path, "{title}")
    assert [one.outcome for one in done] == ["saved"] * 2
    assert "beach.png" in names(tmp_path)
    assert (tmp_path / "beach.png").read_bytes() == b"mine"
    assert {path.read_bytes() for path in tmp_path.iterdir()} >= {
        drawn(pictures, color).read_bytes() for color in ("red", "white")
    }
    before = names(tmp_path)
    assert [one.outcome for one in imgur.client.download(album.link, tmp_path, "{title}")] == ["there"] * 2
    assert names(tmp_path) == before
    assert any(ids[1] in name for name in before)


def test_one_picture_found_twice_is_saved_once(tmp_path: Path) -> None:
    def handle(wire: Wire) -> None:
        if wire.path.startswith("/3/"):
            wire.data([{"id": "im1", "link": f"{server.url}/im1.png"}] * 2 if wire.path.endswith("/0") else [])
        else:
            wire.picture()

    with serving(handle) as server, Driven(server.url) as it:
        assert [one.outcome for one in it.im.download(f"{server.url}/r/x", tmp_path)] == ["saved", "there"]
    assert names(tmp_path) == ["im1.png"]


@both
def test_what_is_gone_is_reported_in_its_place_and_the_rest_follows(drive: type[Driven], tmp_path: Path) -> None:
    def handle(wire: Wire) -> None:
        match wire.path:
            case "/3/gallery/r/x/time/top/0":
                pictures = [{"id": f"im{n}", "link": f"{server.url}/im{n}.png"} for n in range(3)]
                album = {"id": "alb", "is_album": True, "images_count": 9, "link": f"{server.url}/a/alb"}
                wire.data([pictures[0], album, *pictures[1:]])
            case "/3/gallery/r/x/time/top/1":
                wire.data([])
            case "/im1.png":
                wire.answer(status=302, location=f"{server.url}/removed.png")
            case "/im0.png" | "/im2.png":
                wire.picture()
            case _:
                wire.data({"error": "not there"}, 404)

    with serving(handle) as server, drive(server.url) as it:
        done = it.run(it.im.download(f"{server.url}/r/x", tmp_path, metadata=True))
    assert [(one.outcome, one.link.rpartition("/")[2]) for one in done] == [
        ("saved", "im0.png"), ("failed", "alb"), ("failed", "im1.png"), ("saved", "im2.png"),
    ]  # fmt: skip
    assert [one.error is None for one in done] == [True, False, False, True]
    assert names(tmp_path) == ["im0.png", "im0.png.json", "im2.png", "im2.png.json"]


@both
def test_what_was_found_before_the_walk_failed_is_saved_first(drive: type[Driven], tmp_path: Path) -> None:
    def handle(wire: Wire) -> None:
        if wire.path.endswith("/0"):
            wire.data([{"id": "im0", "link": f"{server.url}/im0.png"}])
        elif wire.path.startswith("/3/"):
            wire.data({"error": "Too Many Requests"}, 429)
        else:
            wire.picture()

    seen: list[Download[Any]] = []
    with serving(handle) as server, drive(server.url, retries=0) as it:
        walk = it.im.download.iter(f"{server.url}/r/x", tmp_path)
        with pytest.raises(RateLimitError):
            it.listed(noted(walk, seen))
    assert [one.outcome for one in seen] == ["saved"]


def noted(walk: Any, seen: list[Any]) -> Any:
    """The same walk; what it gives is noted, also if it fails in the end."""

    async def later() -> Any:
        async for one in walk:
            seen.append(one)
            yield one

    return later() if hasattr(walk, "__aiter__") else (seen.append(one) for one in walk)


def test_an_album_that_is_not_there_is_an_error(imgur: LocalImgur, tmp_path: Path) -> None:
    with pytest.raises(ResourceNotFoundError):
        imgur.client.download(f"{imgur.url}/a/gOneGon", tmp_path)
    assert names(tmp_path) == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_a_full_disk_ends_it_after_one_batch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    served = 0

    def handle(wire: Wire) -> None:
        nonlocal served
        if wire.path.startswith("/3/"):
            page = int(wire.path.rpartition("/")[2])
            wire.data([{"id": f"im{page}x{n}", "link": f"{server.url}/im{page}x{n}.png"} for n in range(60)])
        else:
            served += 1
            wire.picture()

    real = os.open

    def full(path: Any, flags: int, mode: int = 0o777, **more: Any) -> int:
        return real(
            "/dev/full" if str(path).endswith(".part") else path, flags & ~os.O_EXCL & ~os.O_CREAT, mode, **more
        )

    monkeypatch.setattr(os, "open", full)
    with serving(handle) as server, Driven(server.url) as it, pytest.raises(FileError, match="No space left") as raised:
        it.im.download(f"{server.url}/r/x", tmp_path, concurrency=1)
    assert isinstance(raised.value.__cause__, OSError)
    assert raised.value.__cause__.errno == errno.ENOSPC
    assert served <= 8
    assert names(tmp_path) == []


# ---- names


@pytest.mark.parametrize("title", HOSTILE)
@pytest.mark.parametrize(
    "template", ["{album}/{index:03} {title} {id}", "{title}", "{album}/{title}/{file}", "{title}{id}"]
)
def test_hostile_names_stay_in_the_folder_and_are_names_everywhere(title: str, template: str, tmp_path: Path) -> None:
    values = {**VALUES, "album": title, "title": title, "file": title, "index": 1}
    path = Template(template).path(values, ".png")
    assert not path.is_absolute()
    assert path.parts
    for part in path.parts:
        assert part not in {".", ".."}
        assert len(part.encode()) < 200
        assert part == part.strip()
        assert not part.endswith(".")
        assert part.replace("\u200d", "").isprintable(), "what joins two emoji is no order to anybody"
        assert not set(part) & set('<>:"/\\|?*')
        assert part.split(".")[0].lower() not in {"con", "nul", "aux", "com1", "com¹"}
    target = tmp_path / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(PIXEL)
    assert target.resolve().is_relative_to(tmp_path.resolve())
    if "{id}" in template:
        assert "aBcdeFg" in path.name


@given(st.text(max_size=400), st.text(max_size=30), st.sampled_from([".png", "", ".jpg?x", ".../", "." + "x" * 300]))
def test_whatever_imgur_tells_gives_a_name(title: str, id: str, suffix: str) -> None:
    path = Template("{album}/{title}").path({**VALUES, "album": title, "title": title, "id": id}, suffix)
    assert path.name
    assert ".." not in path.parts


@pytest.mark.parametrize(
    ("template", "values", "path"),
    [
        ("{album}/{index:03} {title} {id}", {"title": "Cat"}, "Cat aBcdeFg.png"),
        ("{album}/{index:03} {title} {id}", {"album": "A", "index": 7}, "A/007 aBcdeFg.png"),
        ("{source}/{author}/{date}/{number:05}", {"source": "cats", "date": "2026-11-25"}, "cats/2026-11-25/00001.png"),
        ("/{title:.3}", {"title": "abcdef"}, "abc.png"),
        ("{title}", {"title": "v1.5"}, "v1.5.png"),
        ("{title}", {}, "aBcdeFg.png"),
        ("{{x}} {id}", {}, "{x} aBcdeFg.png"),
        ("{title}", {"title": "\N{MAN}\u200d\N{GIRL} \u202e\u200c"}, "\N{MAN}\u200d\N{GIRL}.png"),
        ("{title}", {"title": "\u200d.\u200c"}, "aBcdeFg.png"),
    ],
)
def test_templates(template: str, values: dict[str, str | int], path: str) -> None:
    assert Template(template).path({**VALUES, **values}, ".png").as_posix() == path


@pytest.mark.parametrize(
    "template",
    [
        "", "{}", "{nothing}", "{title.__class__}", "{title[0]}", "{title!r}", "{index:999999999}", "{title",
        "x/", "../{id}",         "{album}/../{id}", "{index:{number}}", "{index:x}", "}",
    ],
)  # fmt: skip
def test_templates_that_are_refused(template: str) -> None:
    with pytest.raises(ValueError):
        Template(template)


# ---- what counts as present

DAMAGED: dict[str, Callable[[bytes], bytes]] = {
    "truncated": lambda whole: whole[: len(whole) // 2],
    "emptied": lambda _: b"",
    "damaged": lambda whole: whole[:-9] + bytes(9),
    "appended to": lambda whole: whole + b"\0",
}


@pytest.mark.parametrize("how", DAMAGED)
@both
def test_what_is_not_whole_is_saved_anew(
    drive: type[Driven], how: str, imgur: LocalImgur, pictures: Path, tmp_path: Path
) -> None:
    album = holiday(imgur.client, pictures, count=2)
    with driven(imgur, drive) as it:
        done = it.run(it.im.download(album.link, tmp_path))
        before = done[0].path.read_bytes()
        done[0].path.write_bytes(DAMAGED[how](before))
        planned = it.run(it.im.download(album.link, tmp_path, dry_run=True))
        again = it.run(it.im.download(album.link, tmp_path))
        third = it.run(it.im.download(album.link, tmp_path))
    assert [one.outcome for one in again] == ["saved", "there"]
    assert planned[0].outcome == ("there" if how == "damaged" else "planned"), "a rehearsal asks for nothing"
    assert again[0].path.read_bytes() == before
    assert [one.outcome for one in third] == ["there", "there"]
    assert len(names(tmp_path)) == 2, "nothing else is left behind"


@both
def test_a_name_without_the_id_is_replaced_only_by_what_it_begins(
    drive: type[Driven], imgur: LocalImgur, pictures: Path, tmp_path: Path
) -> None:
    image = imgur.client.upload_image(drawn(pictures, "red"), title="beach")
    whole = drawn(pictures, "red").read_bytes()
    file = tmp_path / "beach.png"
    with driven(imgur, drive) as it:
        it.run(it.im.download(image.link, tmp_path, "{title}"))
        file.write_bytes(whole[:-5])
        assert [one.path for one in it.run(it.im.download(image.link, tmp_path, "{title}"))] == [file]
        assert (file.read_bytes(), names(tmp_path)) == (whole, ["beach.png"])
        mine = whole[:-5] + b"12345"
        file.write_bytes(mine)
        for outcome in ("saved", "there"):
            [one] = it.run(it.im.download(image.link, tmp_path, "{title}"))
            assert (one.outcome, one.path) == (outcome, tmp_path / f"beach {image.id}.png")
    assert (file.read_bytes(), one.path.read_bytes()) == (mine, whole)


@pytest.mark.parametrize("digest", [hashlib.sha256, hashlib.md5, None])
@both
def test_a_copy_without_its_time_costs_one_answer_without_a_body(
    drive: type[Driven], digest: Any, tmp_path: Path
) -> None:
    etag = f'"{digest(PIXEL).hexdigest()}"' if digest else '"opaque"'
    answers: list[int] = []

    def handle(wire: Wire) -> None:
        if wire.path.startswith("/3/"):
            told = {"id": "im1", "link": f"{server.url}/im1.png", "size": len(PIXEL), "datetime": 1_700_000_000}
            wire.data([told] if wire.path.endswith("/0") else [])
        elif etag in wire.headers.get("if-none-match", ""):
            answers.append(304)
            wire.send(f"HTTP/1.1 304 So\r\netag: {etag}\r\n\r\n".encode())
        else:
            answers.append(200)
            wire.picture(etag=etag)

    with serving(handle) as server, drive(server.url) as it:
        outcomes = []
        for _ in range(3):
            outcomes += [one.outcome for one in it.run(it.im.download(f"{server.url}/r/x", tmp_path))]
            if len(outcomes) == 1:
                os.utime(tmp_path / "im1.png")
    assert outcomes == ["saved", "there" if digest else "saved", "there"]
    assert answers == [200, 304 if digest else 200], "the third run asks for nothing"


@pytest.mark.parametrize("name", ["{id}", "{title}"])
@pytest.mark.parametrize("same", [True, False])
@both
def test_two_downloads_into_one_folder_are_not_in_each_others_way(
    drive: type[Driven], same: bool, name: str, tmp_path: Path
) -> None:
    """Another program saves a file there while this one fetches the picture for it."""
    etag = f'"{hashlib.sha256(PIXEL).hexdigest()}"'

    def handle(wire: Wire) -> None:
        told = {"id": "im1", "title": "beach", "link": f"{server.url}/im1.png", "size": len(PIXEL), "datetime": 7}
        if wire.path.startswith("/3/"):
            wire.data([told] if wire.path.endswith("/0") else [])
            return
        if not file.exists():
            file.write_bytes(PIXEL if same else b"another")
        if etag in wire.headers.get("if-none-match", ""):
            wire.send(f"HTTP/1.1 304 So\r\netag: {etag}\r\n\r\n".encode())
        else:
            wire.picture(etag=etag)

    file = tmp_path / ("im1.png" if name == "{id}" else "beach.png")
    with serving(handle) as server, drive(server.url) as it:
        [one] = it.run(it.im.download(f"{server.url}/r/x", tmp_path, name))
    other = name == "{title}" and not same
    assert (one.outcome, one.path) == ("there" if same else "saved", tmp_path / "beach im1.png" if other else file)
    assert one.path.read_bytes() == PIXEL
    assert file.read_bytes() == (b"another" if other else PIXEL)
    assert len(names(tmp_path)) == 1 + other


@both
def test_the_last_copy_of_a_picture_counts_as_it(drive: type[Driven], tmp_path: Path) -> None:
    """It was deleted at Imgur, and the folder was copied without its times."""

    def handle(wire: Wire) -> None:
        if wire.path.startswith("/3/"):
            told = {"link": f"{server.url}/im1.png", "size": len(PIXEL), "datetime": 1_700_000_000}
            wire.data([{"id": "im1", **told}, {"id": "im2", **told}] if wire.path.endswith("/0") else [])
        else:
            wire.answer(status=302, location=f"{server.url}/removed.png")

    (tmp_path / "im1.png").write_bytes(PIXEL)
    (tmp_path / "im2.png").write_bytes(PIXEL[:9])
    with serving(handle) as server, drive(server.url) as it:
        done = it.run(it.im.download(f"{server.url}/r/x", tmp_path, "{id}"))
    assert [one.outcome for one in done] == ["there", "failed"]
    assert (tmp_path / "im2.png").read_bytes() == PIXEL[:9], "nothing is lost"


def test_what_is_no_file_is_left_alone(imgur: LocalImgur, pictures: Path, tmp_path: Path) -> None:
    image = imgur.client.upload_image(drawn(pictures, "red"))
    (tmp_path / f"{image.id}.png").mkdir()
    (tmp_path / f"{image.id} {image.id}.png").symlink_to("nowhere")
    [done] = imgur.client.download(image.link, tmp_path, "{id}")
    assert (done.outcome, done.path) == ("saved", tmp_path / f"{image.id} {image.id} 2.png")


MEMORY = """
import gc, sys, tracemalloc, httpx2
from pyimgur import Imgur

def handle(request):
    page = int(request.url.path.rpartition("/")[2])
    images = [
        {"id": f"i{page:03}x{n:03}", "title": "x" * 100, "link": f"https://i.imgur.com/i{page:03}x{n:03}.png"}
        for n in range(250 if page < 8 else 0)
    ]
    return httpx2.Response(200, json={"data": images, "success": True, "status": 200})

interned = [sys.intern(f"fill {n}") for n in range(100_000)]
with Imgur("x", transport=httpx2.MockTransport(handle)) as im:
    tracemalloc.start()
    for number, _ in enumerate(im.download.iter("https://imgur.com/r/x", "none", "{title}", dry_run=True), 1):
        if number in {500, 2000}:
            gc.collect()
            print(number, tracemalloc.get_traced_memory()[0])
"""


def test_memory_is_flat_however_many_pictures_there_are(tmp_path: Path) -> None:
    """Measured in a process of its own: in this one, other threads and earlier tests allocate too.

    pathlib interns the parts of every path, so the interpreter's table of interned strings is resized now and then, by
    megabytes if it is large. The program makes room in it first.
    """
    command = [sys.executable, "-P", "-c", MEMORY]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=True)
    held = {int(number): int(size) for number, size in map(str.split, done.stdout.splitlines())}
    assert held.keys() == {500, 2000}
    assert held[2000] - held[500] < 1500 * 40, f"{(held[2000] - held[500]) / 1500:.0f} bytes a picture"


@both
def test_my_favorites_are_also_those_outside_the_gallery(
    drive: type[Driven], imgur: LocalImgur, pictures: Path, tmp_path: Path
) -> None:
    imgur.reset()
    album = holiday(imgur.client, pictures, title="Hidden")
    image = imgur.client.upload_image(drawn(pictures, "white"), title="alone")
    for one in (album, image):
        one.favorite()
    with driven(imgur, drive) as it:
        done = it.run(it.im.download("https://imgur.com/user/me/favorites", tmp_path))
        first = it.run(it.im.get_at_url("https://imgur.com/user/me/favorites"))
    assert [one.outcome for one in done] == ["saved"] * 4
    assert {one.picture.id for one in done} == {image.id, *(held.id for held in album.get_images())}
    assert set(first) == {album, image}


@both
def test_a_favorite_without_the_link_of_a_file_is_requested(drive: type[Driven], tmp_path: Path) -> None:
    """Imgur's list of favorites has the page of the post there, and images of albums not at all."""

    def handle(wire: Wire) -> None:
        match wire.path:
            case "/3/account/me/favorites/0":
                hidden = {"in_gallery": False, "link": f"{server.url}/gallery/hidden"}
                wire.data(
                    [
                        {"id": "im1", "is_album": False, **hidden},
                        {"id": "al1", "is_album": True, "images_count": 1, "images": None, **hidden},
                    ]
                )
            case "/3/image/im1":
                wire.data({"id": "im1", "link": f"{server.url}/im1.png"})
            case "/3/album/al1/images":
                wire.data([{"id": "im2", "link": f"{server.url}/im2.png"}])
            case "/im1.png" | "/im2.png":
                wire.picture()
            case _:
                wire.data([])

    with serving(handle) as server, drive(server.url, access_token="t") as it:
        done = it.run(it.im.download(f"{server.url}/user/me/favorites", tmp_path, "{id}"))
    assert [(one.outcome, one.picture and one.picture.id) for one in done] == [("saved", "im1"), ("saved", "im2")]


@both
def test_secrets_are_kept_only_if_they_are_wanted(
    drive: type[Driven], imgur: LocalImgur, pictures: Path, tmp_path: Path
) -> None:
    imgur.reset()
    image = imgur.client.upload_image(drawn(pictures, "red"), title="mine")
    beside = tmp_path / f"mine {image.id}.png.json"
    with driven(imgur, drive) as it:
        mine = "https://imgur.com/user/me"
        it.run(it.im.download(mine, tmp_path, metadata=True))
        assert "deletehash" not in beside.read_text("utf-8")
        it.run(it.im.download(mine, tmp_path, with_secrets=True))
    assert json.loads(beside.read_text("utf-8"))["deletehash"] == image.deletehash
    assert stat.S_IMODE(beside.stat().st_mode) == 0o600
    imgur.client.download("https://imgur.com/user/me", tmp_path, metadata=True)
    assert image.deletehash in beside.read_text("utf-8"), "what is there is not taken away"
