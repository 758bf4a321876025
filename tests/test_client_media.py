"""Sources of uploads, checks before sending, multipart bodies, and downloads to the disk."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import gzip
import io
import ntpath
import os
import threading
import tracemalloc
from functools import partial
from pathlib import Path, PureWindowsPath
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import httpx2
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from client_support import GUARD, PIXEL, Driven, Wire, both, serving
from pyimgur import AsyncImgur, DeadlineError, Imgur
from pyimgur._policy import flow
from pyimgur.exceptions import (
    AnswerError,
    EmptyFileError,
    FileError,
    FileOverwriteError,
    FileTooLargeError,
    ImgurError,
    MissingFileError,
    NoAnswerError,
    RemovedError,
    UnexpectedImgurException,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from client_support import Handler

MEGABYTE = 1_000_000


@pytest.fixture(autouse=True)
def _no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flow, "FIRST_PAUSE", 0.001)


def sparse(path: Path, size: int, start: bytes = b"") -> Path:
    """A file of so many bytes, mostly zeros that take no room."""
    with path.open("wb") as file:
        file.write(start)
        file.truncate(size)
    return path


def taken(wire: Wire) -> None:
    """An upload that is taken."""
    wire.body()
    wire.data({"id": "im1", "deletehash": "d" * 15})


def never(wire: Wire) -> None:
    raise AssertionError(f"{wire.method} {wire.target} was sent")


# ---- what can be uploaded


class Reader:
    """No more than something to read from."""

    def __init__(self, data: bytes) -> None:
        self.read = io.BytesIO(data).read


def _pipe(data: bytes) -> Any:
    out, into = os.pipe()
    with os.fdopen(into, "wb") as file:
        file.write(data)
    return os.fdopen(out, "rb")


def _at(data: bytes) -> io.BytesIO:
    file = io.BytesIO(b"before" + data)
    file.seek(6)
    return file


def _on_disk(folder: Path, data: bytes) -> Path:
    path = folder / "picture.png"
    path.write_bytes(data)
    return path


THINGS: dict[str, tuple[Callable[[Path, bytes], Any], str, bool]] = {
    "text path": (lambda folder, data: str(_on_disk(folder, data)), "picture.png", True),
    "path": (_on_disk, "picture.png", True),
    "open file": (lambda folder, data: _on_disk(folder, data).open("rb"), "picture.png", True),
    "unbuffered file": (lambda folder, data: _on_disk(folder, data).open("rb", buffering=0), "picture.png", True),
    "bytes": (lambda _, data: data, "upload", True),
    "bytearray": (lambda _, data: bytearray(data), "upload", True),
    "memoryview": (lambda _, data: memoryview(data), "upload", True),
    "bytes file": (lambda _, data: io.BytesIO(data), "upload", True),
    "bytes file, further on": (lambda _, data: _at(data), "upload", True),
    "pipe": (lambda _, data: _pipe(data), "", False),
    "reader": (lambda _, data: Reader(data), "upload", False),
}


@pytest.mark.parametrize("thing", THINGS)
@both
def test_whatever_holds_bytes_can_be_uploaded(drive: type[Driven], thing: str, tmp_path: Path) -> None:
    make, name, sized = THINGS[thing]
    data = PIXEL + bytes(range(256)) * 200
    what = make(tmp_path, data)
    with contextlib.closing(what) if hasattr(what, "close") else contextlib.nullcontext():
        with serving(taken) as server, drive(server.url) as it:
            image = it.run(it.im.upload_image(what, title="A title", description="ünï\r\n--x", album="al1"))
        assert image.id == "im1"
    (wire,) = server.calls("POST", "/3/image")
    parts = wire.parts()
    head, content = parts["image"]
    assert content == data
    assert f'filename="{name}' in head
    assert {key: text.decode() for key, (_, text) in parts.items() if key != "image"} == {
        "title": "A title",
        "description": "ünï\r\n--x",
        "album": "al1",
    }
    assert ("content-length" in wire.headers) is sized
    assert (wire.headers.get("transfer-encoding") == "chunked") is not sized


NAMES = [
    'a"b.png',
    "a\nb.png",
    "a\r\nX-Evil: 1\r\n\r\n.png",
    "ünï \U0001f600.png",
    "a;b=c.png",
    "a%22b.png",
    "a\\b.png",
]


@pytest.mark.parametrize("name", [*NAMES, os.fsdecode(b"\xff\xfe.png")])
@both
def test_a_file_of_any_name_arrives(drive: type[Driven], name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(PIXEL)
    with serving(taken) as server, drive(server.url) as it:
        assert it.run(it.im.upload_image(path)).id == "im1"
    head, content = server.seen[0].parts()["image"]
    assert content == PIXEL
    assert len(head.split("\r\n")) == 2
    told = head.partition('filename="')[2].partition('"')[0]
    assert not {"\r", "\n"} & set(told)
    if name in NAMES and "%" not in name:
        assert unquote(told) == name


@both
def test_an_address_is_sent_as_one(drive: type[Driven]) -> None:
    with serving(taken) as server, drive(server.url) as it:
        it.run(it.im.upload_image(url="https://example.com/a.png"))
        assert server.seen[0].form() == {"image": ["https://example.com/a.png"], "type": ["url"]}


@both
def test_progress_is_reported_in_bytes(drive: type[Driven], tmp_path: Path) -> None:
    told: list[tuple[int, int | None]] = []
    size = 3 * MEGABYTE
    with serving(taken) as server, drive(server.url) as it:
        it.run(it.im.upload_image(sparse(tmp_path / "a.mp4", size), progress=lambda *args: told.append(args)))
    assert told == sorted(told)
    assert told[-1] == (size, size)
    assert len(told) > 3


@both
def test_memory_stays_flat_while_a_large_file_is_sent(drive: type[Driven], tmp_path: Path) -> None:
    arrived: list[int] = []

    def swallow(wire: Wire) -> None:
        arrived.append(wire.swallow())
        wire.data({"id": "im1"})

    size = 200 * MEGABYTE
    big = sparse(tmp_path / "big.mp4", size)
    with serving(swallow) as server, drive(server.url) as it:
        it.run(it.im.upload_image(PIXEL))
        tracemalloc.start()
        try:
            it.run(it.im.upload_image(big))
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
    assert arrived[1] > size
    assert peak < 16 * MEGABYTE


# ---- what is refused before anything is sent


def _missing(folder: Path) -> Path:
    return folder / "nowhere.png"


def _empty(folder: Path) -> Path:
    return sparse(folder / "empty.png", 0)


def _closed(_: Path) -> io.BytesIO:
    file = io.BytesIO(PIXEL)
    file.close()
    return file


REFUSED: dict[str, tuple[Callable[[Path], Any], type[Exception], str]] = {
    "missing": (_missing, MissingFileError, "there is no file '.*nowhere.png'"),
    "below a file": (lambda folder: _empty(folder) / "x.png", FileError, "empty.png"),
    "folder": (lambda folder: folder, FileError, "is a folder"),
    "empty": (_empty, EmptyFileError, "'empty.png' is empty"),
    "no bytes": (lambda _: b"", EmptyFileError, "empty"),
    "empty stream": (lambda _: io.BytesIO(), EmptyFileError, "empty"),
    "10 GB": (lambda folder: sparse(folder / "big.mp4", 10_000 * MEGABYTE), FileTooLargeError, "10,000.0 MB.*200 MB"),
    "10 GB stream": (
        lambda folder: sparse(folder / "big.mp4", 10_000 * MEGABYTE).open("rb"),
        FileTooLargeError,
        "200 MB",
    ),
    "large JPEG": (lambda folder: sparse(folder / "a.jpg", 21 * MEGABYTE, b"\xff\xd8\xff"), FileTooLargeError, "20 MB"),
    "NUL": (lambda _: "a\x00b.png", FileError, "cannot read"),
    "long name": (lambda folder: folder / ("x" * 5000), FileError, "cannot read"),
    "device": (lambda _: "/dev/zero", FileError, "zero"),
    "text file": (lambda folder: _empty(folder).open(), TypeError, "mode 'rb'"),
    "text stream": (lambda _: io.StringIO("text"), TypeError, "mode 'rb'"),
    "closed file": (_closed, FileError, "cannot read 'upload': .*closed"),
    "number": (lambda _: 7, TypeError, "cannot upload a int"),
    "list": (lambda _: [b"x"], TypeError, "cannot upload a list"),
}


@pytest.mark.parametrize("case", REFUSED)
@both
def test_what_cannot_be_uploaded_is_refused_before_anything_is_sent(
    drive: type[Driven], case: str, tmp_path: Path
) -> None:
    make, kind, words = REFUSED[case]
    with serving(never) as server, drive(server.url) as it:
        what = make(tmp_path)
        closing = contextlib.closing(what) if hasattr(what, "close") else contextlib.nullcontext()
        with closing, pytest.raises(kind, match=words):
            it.run(it.im.upload_image(what))


@pytest.mark.parametrize("data", [[], True, {"id": ""}])
@both
def test_an_upload_whose_answer_names_no_picture_is_reported(drive: type[Driven], data: object) -> None:
    def answer(wire: Wire) -> None:
        wire.body()
        wire.data(data)

    with serving(answer) as server, drive(server.url) as it:
        with pytest.raises(UnexpectedImgurException, match="POST 3/image: the response has no image id"):
            it.run(it.im.upload_image(PIXEL))
        assert len(server.seen) == 1


@pytest.mark.parametrize(
    "arguments", [{}, {"url": ""}, {"path": ""}, {"path": PIXEL, "url": "https://example.com/a.png"}]
)
@both
def test_an_upload_is_of_one_thing(drive: type[Driven], arguments: dict[str, Any]) -> None:
    with serving(never) as server, drive(server.url) as it, pytest.raises(ValueError, match="give a path"):
        it.run(it.im.upload_image(**arguments))


class Unwilling(io.RawIOBase):
    """A stream whose read ends in this."""

    name = "tape"

    def __init__(self, result: object) -> None:
        self._result = result

    def read(self, size: int = -1) -> Any:
        if isinstance(self._result, Exception):
            raise self._result
        return self._result


@pytest.mark.parametrize(("result", "words"), [
    (OSError("worn out"), "cannot read 'tape': worn out"), (ValueError("odd"), "cannot read 'tape': odd"),
    ("text", "'tape' gives text: open it with mode 'rb'"), (None, "'tape' has no data yet"),
])  # fmt: skip
@both
def test_a_stream_that_cannot_be_read_stops_no_other_upload(drive: type[Driven], result: object, words: str) -> None:
    def answer(wire: Wire) -> None:
        wire.body()
        wire.data({"id": "im1"})

    with serving(answer) as server, drive(server.url) as it:
        refused, image = it.run(it.im.upload_images([Unwilling(result), PIXEL], concurrency=1))
        assert type(refused) is FileError
        assert words in str(refused)
        assert image.id == "im1"


def test_a_fifo_that_nobody_writes_is_refused_at_once(tmp_path: Path) -> None:
    fifo = tmp_path / "fifo.png"
    os.mkfifo(fifo)
    raised: list[BaseException] = []

    def upload() -> None:
        try:
            it.im.upload_image(fifo)
        except BaseException as error:
            raised.append(error)

    with serving(taken) as server, Driven(server.url) as it:
        thread = threading.Thread(target=upload, daemon=True)
        thread.start()
        thread.join(2)
        hung = thread.is_alive()
        if hung:
            os.close(os.open(fifo, os.O_RDWR | os.O_NONBLOCK))
            thread.join(GUARD)
    assert not hung
    assert [type(error) for error in raised] == [FileError]


# ---- a file that changes meanwhile


def _shrink(path: Path) -> None:
    os.truncate(path, MEGABYTE)


def _grow(path: Path) -> None:
    os.truncate(path, 8 * MEGABYTE)


@pytest.mark.parametrize("change", [_shrink, _grow])
@both
def test_a_file_that_changes_while_it_is_sent_is_an_error(
    drive: type[Driven], change: Callable[[Path], None], tmp_path: Path
) -> None:
    path = sparse(tmp_path / "a.mp4", 4 * MEGABYTE)
    with serving(taken) as server, drive(server.url) as it:
        with pytest.raises(FileError, match=r"'a\.mp4' changed while it was uploaded"):
            it.run(it.im.upload_image(path, progress=lambda *_: change(path)))
        assert len(server.calls("POST", "/3/image")) <= 1


@both
def test_a_file_that_is_gone_when_it_is_sent_again_is_an_error(drive: type[Driven], tmp_path: Path) -> None:
    path = sparse(tmp_path / "a.mp4", 40 * MEGABYTE)

    def broken(wire: Wire) -> None:
        path.unlink()
        wire.hang_up(reset=True)

    with serving(broken) as server, drive(server.url) as it, pytest.raises(ImgurError):
        it.run(it.im.upload_image(path))


@both
def test_a_file_that_can_no_longer_be_read_is_the_callers_error(drive: type[Driven]) -> None:
    class Failing(Reader):
        def __init__(self) -> None:
            self.read = self._read

        def _read(self, size: int) -> bytes:
            raise OSError(5, "Input/output error")

    with (
        serving(taken) as server,
        drive(server.url) as it,
        pytest.raises((OSError, FileError), match="Input/output error"),
    ):
        it.run(it.im.upload_image(Failing()))


@both
def test_a_progress_that_fails_ends_the_upload_and_nothing_else(drive: type[Driven]) -> None:
    class Enough(Exception):
        pass

    def stop(*_: object) -> None:
        raise Enough

    with serving(taken) as server, drive(server.url) as it:
        with pytest.raises(Enough):
            it.run(it.im.upload_image(PIXEL, progress=stop))
        assert it.run(it.im.upload_image(PIXEL)).id == "im1"


# ---- downloads


def at(url: str, it: Driven, **raw: object) -> Any:
    """The image whose file is at this address."""
    image = it.im.image("im1")
    image.raw.update({"link": url, **raw})
    return image


def folder_of(path: Path) -> list[str]:
    return sorted(entry.name for entry in path.iterdir())


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        ({}, "im1.png"),
        ({"title": "A picture"}, "im1.png"),
        ({"name": "mine"}, "mine.png"),
        ({"name": "mine.gif"}, "mine.gif"),
    ],
)
@both
def test_a_picture_is_saved_whole_and_its_path_given(
    drive: type[Driven], arguments: dict[str, str], name: str, tmp_path: Path
) -> None:
    title, given = arguments.get("title"), arguments.get("name")
    with serving(Wire.picture) as server, drive(server.url) as it:
        path = it.run(at(f"{server.url}/im1.png", it, title=title).download(tmp_path, given))
    assert path == tmp_path / name
    assert path.read_bytes() == PIXEL
    assert folder_of(tmp_path) == [name]


@both
def test_the_folder_may_be_text_and_is_the_working_one_by_default(
    drive: type[Driven], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "sub").mkdir()
    with serving(Wire.picture) as server, drive(server.url) as it:
        image = at(f"{server.url}/im1.png", it)
        it.run(image.download())
        it.run(image.download("sub"))
    assert folder_of(tmp_path) == ["im1.png", "sub"]
    assert folder_of(tmp_path / "sub") == ["im1.png"]


@both
def test_a_file_that_exists_is_left_alone(drive: type[Driven], tmp_path: Path) -> None:
    there = tmp_path / "im1.png"
    there.write_bytes(b"mine")
    with serving(Wire.picture) as server, drive(server.url) as it:
        image = at(f"{server.url}/im1.png", it)
        with pytest.raises(FileOverwriteError, match=r"im1\.png' exists: pass overwrite=True") as raised:
            it.run(image.download(tmp_path))
        assert isinstance(raised.value, FileExistsError)
        assert not server.seen
        assert there.read_bytes() == b"mine"
        it.run(image.download(tmp_path, overwrite=True))
        assert there.read_bytes() == PIXEL
    assert folder_of(tmp_path) == ["im1.png"]


@pytest.mark.parametrize("dangling", [False, True])
@both
def test_a_file_that_appears_meanwhile_is_left_alone(drive: type[Driven], dangling: bool, tmp_path: Path) -> None:
    there = tmp_path / "im1.png"

    def handle(wire: Wire) -> None:
        there.symlink_to(tmp_path / "elsewhere.png") if dangling else there.write_bytes(b"mine")
        wire.picture()

    with serving(handle) as server, drive(server.url) as it, pytest.raises(FileOverwriteError):
        it.run(at(f"{server.url}/im1.png", it).download(tmp_path))
    assert folder_of(tmp_path) == ["im1.png"]
    assert dangling or there.read_bytes() == b"mine"


def page(wire: Wire) -> None:
    wire.answer(b"<html><title>Not here</title>", content_type="text/html")


def short(wire: Wire) -> None:
    wire.send(b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nContent-Length: 999\r\n\r\n" + PIXEL)
    wire.hang_up()


def short_chunks(wire: Wire) -> None:
    wire.send(b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n")
    wire.hang_up()


def moved(location: str) -> Handler:
    return lambda wire: wire.answer(status=302, location=location)


def removed(wire: Wire) -> None:
    if wire.path == "/removed.png":
        wire.picture()
    else:
        wire.answer(status=302, location="/removed.png")


FAILURES: dict[str, tuple[Handler, type[ImgurError]]] = {
    "page instead of a picture": (page, AnswerError),
    "JSON instead of a picture": (lambda wire: wire.data({"id": "x"}), AnswerError),
    "no type": (lambda wire: wire.send(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc"), AnswerError),
    "nothing": (lambda wire: wire.picture(b""), AnswerError),
    "removed": (removed, RemovedError),
    "gone": (lambda wire: wire.answer(status=404), AnswerError),
    "forbidden": (lambda wire: wire.answer(status=403), AnswerError),
    "down": (lambda wire: wire.answer(status=503), AnswerError),
    "picture with an error": (lambda wire: wire.answer(PIXEL, 404, content_type="image/png"), AnswerError),
    "cut short": (short, NoAnswerError),
    "cut short in chunks": (short_chunks, NoAnswerError),
    "circle": (moved("/im1.png"), UnexpectedImgurException),
    "nowhere": (moved(""), UnexpectedImgurException),
    "other scheme": (moved("file:///etc/passwd"), ImgurError),
    "no address": (moved("http://["), ImgurError),
    "no port": (moved("http://127.0.0.1:99999/"), ImgurError),
    "not ascii": (moved("http://\xff\xff/"), ImgurError),
    "empty parts of a name": (moved("http://a..b/"), NoAnswerError),
    "no name in any alphabet": (moved("http://xn--.-/"), NoAnswerError),
    "bad gzip": (lambda wire: wire.picture(b"no gzip", content_encoding="gzip"), ImgurError),
}


@pytest.mark.parametrize("case", FAILURES)
@both
def test_a_failed_download_leaves_nothing(drive: type[Driven], case: str, tmp_path: Path) -> None:
    handler, kind = FAILURES[case]
    with serving(handler) as server, drive(server.url, retries=1) as it, pytest.raises(kind):
        it.run(at(f"{server.url}/im1.png", it).download(tmp_path))
    assert folder_of(tmp_path) == []


@both
def test_a_failed_download_leaves_what_was_there(drive: type[Driven], tmp_path: Path) -> None:
    (tmp_path / "im1.png").write_bytes(b"mine")
    with serving(short) as server, drive(server.url, retries=0) as it, pytest.raises(NoAnswerError):
        it.run(at(f"{server.url}/im1.png", it).download(tmp_path, overwrite=True))
    assert folder_of(tmp_path) == ["im1.png"]
    assert (tmp_path / "im1.png").read_bytes() == b"mine"


@both
def test_a_download_that_broke_off_is_tried_again(drive: type[Driven], tmp_path: Path) -> None:
    waiting = [short, short_chunks]
    with serving(lambda wire: (waiting.pop() if waiting else Wire.picture)(wire)) as server, drive(server.url) as it:
        path = it.run(at(f"{server.url}/im1.png", it).download(tmp_path))
        assert path.read_bytes() == PIXEL
        assert len(server.seen) == 3


@both
def test_a_redirect_is_followed(drive: type[Driven], tmp_path: Path) -> None:
    def handle(wire: Wire) -> None:
        wire.picture() if wire.path == "/there.png" else wire.answer(status=301, location="there.png")

    with serving(handle) as server, drive(server.url) as it:
        assert it.run(at(f"{server.url}/im1.png", it).download(tmp_path)).read_bytes() == PIXEL


@both
def test_an_etag_that_no_header_can_carry_is_not_asked_with(drive: type[Driven], tmp_path: Path) -> None:
    waiting = [broken_at(5, etag='"v\xe9"')]
    with serving(lambda wire: (waiting.pop() if waiting else rest)(wire)) as server, drive(server.url) as it:
        assert it.run(at(f"{server.url}/im1.png", it).download(tmp_path)).read_bytes() == WHOLE
        assert "range" not in server.seen[1].headers


@both
def test_a_packed_picture_is_unpacked(drive: type[Driven], tmp_path: Path) -> None:
    packed = partial(Wire.picture, body=gzip.compress(PIXEL), content_encoding="gzip")
    with serving(packed) as server, drive(server.url) as it:
        assert it.run(at(f"{server.url}/im1.png", it).download(tmp_path)).read_bytes() == PIXEL


@pytest.mark.parametrize("where", ["nowhere", "file"])
@both
def test_a_folder_that_cannot_be_written_to_is_an_error(drive: type[Driven], where: str, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with serving(Wire.picture) as server, drive(server.url) as it, pytest.raises(FileError, match="cannot write"):
        it.run(at(f"{server.url}/im1.png", it).download(tmp_path / where))


NO_PLACE: dict[str, tuple[Callable[[Path], Path | str], str]] = {
    "a folder of that name": (lambda folder: (folder / "im1.png").mkdir() or folder, "is a folder: pass another name"),
    "NUL": (lambda _: "a\x00b", "null"),
    "a long name": (lambda folder: folder / ("x" * 300), "too long"),
}


@pytest.mark.parametrize("overwrite", [False, True])
@pytest.mark.parametrize("case", NO_PLACE)
@both
def test_a_place_where_nothing_can_be_is_an_error(
    drive: type[Driven], case: str, overwrite: bool, tmp_path: Path
) -> None:
    make, words = NO_PLACE[case]
    with serving(Wire.picture) as server, drive(server.url) as it:
        place = make(tmp_path)
        with pytest.raises(FileError, match=words):
            it.run(at(f"{server.url}/im1.png", it).download(place, overwrite=overwrite))
        assert not server.seen


@pytest.mark.parametrize("short", [1, 1000, 200_000])
@both
def test_a_disk_that_is_full_is_an_error_and_leaves_nothing(drive: type[Driven], short: int, tmp_path: Path) -> None:
    """The last bytes that fit are taken without a word; what does not fit must not be lost so."""
    resource = pytest.importorskip("resource")
    body = PIXEL + bytes(500_000)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    with serving(partial(Wire.picture, body=body)) as server, drive(server.url) as it:
        resource.setrlimit(resource.RLIMIT_FSIZE, (len(body) - short, hard))
        try:
            with pytest.raises(FileError, match="cannot write"):
                it.run(at(f"{server.url}/im1.png", it).download(tmp_path))
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert folder_of(tmp_path) == []


@pytest.mark.parametrize("link", ["", "/im1.png", "file:///etc/passwd", "ftp://h/a.png", "javascript:1", "http://"])
@both
def test_a_picture_that_is_nowhere_is_said_plainly(drive: type[Driven], link: str, tmp_path: Path) -> None:
    with drive("http://127.0.0.1:1", retries=0) as it, pytest.raises(NoAnswerError, match="not an http or https URL"):
        it.run(at(link, it).download(tmp_path))
    assert folder_of(tmp_path) == []


@both
def test_a_thumbnail_is_requested_by_its_letter(drive: type[Driven], tmp_path: Path) -> None:
    with serving(Wire.picture) as server, drive(server.url) as it:
        path = it.run(at(f"{server.url}/im1.png", it).download(tmp_path, size="Huge Thumbnail"))
        assert server.seen[0].path.rpartition(".")[0] == "/im1h"
        assert path.name == "im1h.jpg"
        assert it.run(at(f"{server.url}/im1.jpeg", it).download(tmp_path, size="small square")).name == "im1s.jpeg"


@both
def test_memory_stays_flat_while_a_large_picture_comes(drive: type[Driven], tmp_path: Path) -> None:
    size = 50 * MEGABYTE

    def large(wire: Wire) -> None:
        wire.send(b"HTTP/1.1 200 OK\r\nContent-Type: video/mp4\r\nContent-Length: %d\r\n\r\n" % size)
        block = bytes(MEGABYTE)
        for _ in range(50):
            wire.send(block)

    with serving(large) as server, drive(server.url) as it:
        tracemalloc.start()
        try:
            path = it.run(at(f"{server.url}/im1.mp4", it).download(tmp_path))
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
    assert path.stat().st_size == size
    assert peak < 16 * MEGABYTE


# ---- names


def fits_every_system(name: str) -> bool:
    """Whether a file can have this name on Windows, too, where most is forbidden."""
    reserved: Callable[[str], bool] = getattr(ntpath, "isreserved", None) or (
        lambda x: PureWindowsPath(x).is_reserved()
    )
    bad = set('<>:"/\\|?*') | {chr(n) for n in range(32)}
    return not (bad & set(name)) and not name.endswith((".", " ")) and not reserved(name) and len(name.encode()) <= 255


HOSTILE = [
    "..", ".", "...", "../../up", "..\\..\\up", "/etc/passwd", "C:\\x", "a/b", "a\x00b", "a\nb", "con",
    "CON.txt", "nul .png", "Com1", "LPT9.tar.gz", "COM\u00b9", "CONIN$", " ", "", ".hidden", "a.", "a ",
    "\u202egnp.exe", "\ud800", "a:b", "-rf", "x" * 5000, "\U0001f600" * 128, "ü" * 200, "x" * 250, "aux.", "?*|<>",
]  # fmt: skip
titles = (
    st.text(max_size=40) | st.sampled_from(HOSTILE) | st.builds(lambda a, b: a + b, *[st.sampled_from(HOSTILE)] * 2)
)
suffixes = st.sampled_from(["", ".png", ".p:g", ".\\x", ".png ", ".", ".con", "." + "x" * 300, "..", "/..", ".\u202e"])


@given(text=titles, suffix=suffixes, given_by=st.sampled_from(["name", "title", "id"]))
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example(text="\U0001f600" * 128, suffix=".png", given_by="title")
@example(text="x" * 250, suffix=".png", given_by="name")
@example(text="COM\u00b9", suffix=".png", given_by="title")
@example(text="con .x", suffix=".png", given_by="title")
@example(text="a", suffix=".p:g", given_by="title")
def test_a_download_of_any_name_stays_in_its_folder_and_fits_every_system(
    tmp_path_factory: pytest.TempPathFactory, text: str, suffix: str, given_by: str
) -> None:
    folder = tmp_path_factory.mktemp("outer") / "inner"
    folder.mkdir()
    picture = httpx2.MockTransport(lambda _: httpx2.Response(200, headers={"content-type": "image/png"}, content=PIXEL))
    with Driven("http://127.0.0.1:1", transport=picture, retries=0) as it:
        image = at(f"http://127.0.0.1:1/im1{suffix}", it)
        image.raw[given_by] = text
        try:
            path = image.download(folder, text if given_by == "name" else None)
        except ImgurError:
            assert folder_of(folder) == []
        else:
            assert path.parent == folder
            assert folder_of(folder) == [path.name]
            assert fits_every_system(path.name)
    assert folder_of(folder.parent) == ["inner"]


@pytest.mark.parametrize("title", ["x" * 500, "ü" * 200, "\U0001f600" * 128, "a." * 300])
def test_a_long_name_is_cut_and_the_extension_kept(title: str, tmp_path: Path) -> None:
    with serving(Wire.picture) as server, Driven(server.url) as it:
        path = at(f"{server.url}/im1.png", it).download(tmp_path, name=f"{title}.png")
        assert path.suffix == ".png"
        assert path.name[:30] == title[:30]


@pytest.mark.parametrize(
    ("name", "called"),
    [
        ("Trip to St. Ives", "Trip to St. Ives.png"),
        ("v1.5", "v1.5.png"),
        ("Well...so", "Well...so.png"),
        ("cat.JPG", "cat.JPG"),
        ("film.webm", "film.webm"),
    ],
)
def test_a_name_with_a_dot_has_an_extension_only_if_it_is_one_of_pictures(
    name: str, called: str, tmp_path: Path
) -> None:
    with serving(Wire.picture) as server, Driven(server.url) as it:
        assert at(f"{server.url}/im1.png", it).download(tmp_path, name).name == called


def test_a_folder_that_is_missing_is_a_file_not_found(tmp_path: Path) -> None:
    with serving(Wire.picture) as server, Driven(server.url) as it, pytest.raises(FileNotFoundError) as raised:
        at(f"{server.url}/im1.png", it).download(tmp_path / "nowhere")
    assert isinstance(raised.value, FileError)


def test_an_interrupted_download_leaves_nothing(tmp_path: Path) -> None:
    class Interrupted(httpx2.SyncByteStream):
        def __iter__(self) -> Any:
            yield PIXEL
            raise KeyboardInterrupt

    headers = {"content-type": "image/png"}
    picture = httpx2.MockTransport(lambda _: httpx2.Response(200, headers=headers, stream=Interrupted()))
    with Driven("http://127.0.0.1:1", transport=picture) as it, pytest.raises(KeyboardInterrupt):
        at("http://127.0.0.1:1/im1.png", it).download(tmp_path)
    assert folder_of(tmp_path) == []


def test_the_check_of_names_can_fail() -> None:
    assert not any(map(fits_every_system, ["con", "nul .png", "COM\u00b9", "a:b", "a.", "x" * 256]))
    assert fits_every_system("ünï.png")


# ---- going on with what broke off

WHOLE = bytes(range(256)) * 12_000


def broken_at(size: int, etag: str = '"v1"') -> Handler:
    def handle(wire: Wire) -> None:
        head = f"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nETag: {etag}\r\nContent-Length: {len(WHOLE)}\r\n\r\n"
        wire.send(head.encode() + WHOLE[:size])
        wire.hang_up()

    return handle


def rest(wire: Wire, whole: bytes = WHOLE, etag: str = '"v1"') -> None:
    """A server that knows Range and If-Range."""
    start = int(wire.headers.get("range", "bytes=0-").removeprefix("bytes=").removesuffix("-"))
    if start and wire.headers.get("if-range") == etag:
        span = f"bytes {start}-{len(whole) - 1}/{len(whole)}"
        wire.answer(whole[start:], 206, content_type="image/png", etag=etag, content_range=span)
    else:
        wire.picture(whole, etag=etag)


@both
def test_a_large_download_goes_on_where_it_broke_off(drive: type[Driven], tmp_path: Path) -> None:
    with serving(broken_at(2 * MEGABYTE)) as server, drive(server.url, retries=0) as it:
        with pytest.raises(NoAnswerError):
            it.run(at(f"{server.url}/im1.png", it).download(tmp_path))
        assert not (tmp_path / "im1.png").exists()
        server.handler = rest
        path = it.run(at(f"{server.url}/im1.png", it).download(tmp_path))
        assert "range" in server.seen[1].headers
        assert path.read_bytes() == WHOLE
    assert folder_of(tmp_path) == ["im1.png"]


@both
def test_another_version_of_a_picture_is_fetched_anew(drive: type[Driven], tmp_path: Path) -> None:
    other = bytes(len(WHOLE))
    with serving(broken_at(2 * MEGABYTE)) as server, drive(server.url, retries=0) as it:
        with pytest.raises(NoAnswerError):
            it.run(at(f"{server.url}/im1.png", it).download(tmp_path))
        server.handler = partial(rest, whole=other, etag='"v2"')
        assert it.run(at(f"{server.url}/im1.png", it).download(tmp_path)).read_bytes() == other
    assert folder_of(tmp_path) == ["im1.png"]


@both
def test_the_rest_of_another_version_is_not_put_behind_the_beginning(drive: type[Driven], tmp_path: Path) -> None:
    """A server that knows Range but not If-Range."""

    def careless(wire: Wire) -> None:
        start = int(wire.headers.get("range", "bytes=0-").removeprefix("bytes=").removesuffix("-"))
        span = f"bytes {start}-{len(WHOLE) - 1}/{len(WHOLE)}"
        wire.answer(bytes(len(WHOLE) - start), 206, content_type="image/png", etag='"v2"', content_range=span)

    with serving(broken_at(2 * MEGABYTE)) as server, drive(server.url, retries=0) as it:
        with pytest.raises(NoAnswerError):
            it.run(at(f"{server.url}/im1.png", it).download(tmp_path))
        server.handler = careless
        with contextlib.suppress(ImgurError):
            path = it.run(at(f"{server.url}/im1.png", it).download(tmp_path))
            assert len(set(path.read_bytes()[:1000] + path.read_bytes()[-1000:])) == 1


def test_two_downloads_to_one_place_do_not_disturb_each_other(tmp_path: Path) -> None:
    """One is half done when another begins, comes to its end, and then the other breaks off."""
    second_begun, first_done = threading.Event(), threading.Event()
    head = f'HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nETag: "v1"\r\nContent-Length: {len(WHOLE)}\r\n\r\n'.encode()

    def handle(wire: Wire) -> None:
        wire.send(head + WHOLE[:1000])
        if wire.connection == 1:
            half_done.set()
            second_begun.wait(GUARD)
            wire.send(WHOLE[1000:])
        else:
            second_begun.set()
            first_done.wait(GUARD)
            wire.hang_up()

    half_done = threading.Event()
    with serving(handle) as server, Driven(server.url, retries=0) as it:
        images = [at(f"{server.url}/im1.png", it) for _ in range(2)]
        results: list[Any] = []
        first = threading.Thread(target=lambda: results.append(images[0].download(tmp_path)))
        first.start()
        assert half_done.wait(GUARD)

        def other() -> None:
            with contextlib.suppress(ImgurError):
                images[1].download(tmp_path)

        second = threading.Thread(target=other)
        second.start()
        first.join(GUARD)
        first_done.set()
        second.join(GUARD)
    assert results == [tmp_path / "im1.png"]
    assert results[0].read_bytes() == WHOLE


@both
def test_a_link_in_the_place_of_a_beginning_is_not_followed(drive: type[Driven], tmp_path: Path) -> None:
    """Whoever may write into the folder must not choose which file is written."""
    folder, mine = tmp_path / "shared", tmp_path / "mine"
    folder.mkdir()
    mine.write_bytes(b"mine" * 500_000)
    with serving(broken_at(2 * MEGABYTE)) as server, drive(server.url, retries=0) as it:
        with pytest.raises(NoAnswerError):
            it.run(at(f"{server.url}/im1.png", it).download(folder))
        for part in folder.iterdir():
            part.unlink()
            part.symlink_to(mine)
        server.handler = rest
        with contextlib.suppress(ImgurError):
            assert it.run(at(f"{server.url}/im1.png", it).download(folder)).read_bytes() == WHOLE
    assert mine.read_bytes() == b"mine" * 500_000


@pytest.mark.parametrize("files", ["a.png", PIXEL, Path("a.png"), [PIXEL, 7], [PIXEL, io.StringIO("text")]])
@both
def test_many_that_can_never_be_uploaded_are_refused_before_the_first_is_sent(drive: type[Driven], files: Any) -> None:
    with serving(never) as server, drive(server.url) as it, pytest.raises(TypeError, match=r"cannot upload|\[file\]"):
        it.run(it.im.upload_images(files))


def test_a_disk_that_fails_while_it_is_read_is_said_plainly(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Failing(io.FileIO):
        def read(self, size: int | None = -1) -> bytes:
            if self.tell():
                raise OSError(errno.EIO, "Input/output error")
            return super().read(size)

    big = sparse(tmp_path / "a.mp4", MEGABYTE)
    monkeypatch.setattr(Path, "open", lambda path, *_, **__: Failing(path))
    wrong = pytest.raises(FileError, match=r"cannot read '.*a\.mp4'.*Input/output error")
    with serving(Wire.swallow) as server, Imgur("abc", base_url=server.url) as im, wrong:
        im.upload_image(big)


# ---- pipes


@both
def test_a_pipe_that_nobody_fills_ends_at_the_deadline(drive: type[Driven]) -> None:
    reader, writer = os.pipe()
    with serving(lambda wire: wire.swallow()) as server, drive(server.url, deadline=0.3) as it:
        with os.fdopen(reader, "rb", buffering=0) as pipe, pytest.raises(DeadlineError):
            it.run(it.im.upload_image(pipe))
        os.close(writer)


def test_a_pipe_is_filled_by_the_loop_that_uploads_it() -> None:
    """To wait for it in the loop would be to wait for oneself."""
    reader, writer = os.pipe()

    async def fill() -> None:
        for _ in range(5):
            await asyncio.sleep(0.01)
            os.write(writer, PIXEL)
        os.close(writer)

    async def main(url: str) -> str:
        async with AsyncImgur("abc123", base_url=url) as im, asyncio.TaskGroup() as group:
            group.create_task(fill())
            with os.fdopen(reader, "rb") as pipe:
                return (await im.upload_image(pipe)).id

    with serving(lambda wire: wire.data({"id": str(len(wire.parts()["image"][1]))})) as server:
        assert asyncio.run(main(server.url)) == str(5 * len(PIXEL))


@both
def test_what_was_just_uploaded_says_so_without_asking(drive: type[Driven]) -> None:
    with serving(lambda wire: wire.data({"id": "x"})) as server, drive(server.url) as it:
        for given in ({"path": PIXEL}, {"url": "https://example.org/a.png"}):
            assert it.run(it.im.upload_image(**given)).reused is False
        assert [wire.method for wire in server.seen] == ["POST", "POST"]


@both
def test_what_a_callback_raises_comes_through(drive: type[Driven]) -> None:
    """As it is: no group of it, and no deadline that never passed."""

    def fail(*_: object) -> None:
        raise TimeoutError("of the program's own")

    def well(wire: Wire) -> None:
        wire.body()  # an answer before it would end the upload, perhaps before the callback is called
        wire.data({"id": "x"})

    with serving(well) as server, drive(server.url) as it:
        for ask in (
            lambda: it.im.upload_image(PIXEL, progress=fail),
            lambda: it.im.upload_images([PIXEL, PIXEL], each=fail),
        ):
            with pytest.raises(TimeoutError, match="of the program's own") as raised:
                it.run(ask())
            assert not isinstance(raised.value, ImgurError)
