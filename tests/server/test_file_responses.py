"""Stored files as responses: whole, ranges, 304, and never as something that a browser executes."""

from __future__ import annotations

import asyncio
from email.utils import formatdate
from pathlib import Path
from typing import Any

import pytest
from context_support import blob_path
from hypothesis import given
from hypothesis import strategies as st
from site_support import ANONYMOUS, Site, picture

from pyimgur.server.blobs.disk import SMALL, DiskBlob
from pyimgur.server.http.file_response import StoredFileResponse, is_not_modified, parse_range
from pyimgur.server.services import images

BYTES = bytes(range(256)) * 4


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (None, None),
        (b"bytes=0-99", (0, 100)),
        (b"bytes=0-0", (0, 1)),
        (b"bytes=500-", (500, 1000)),
        (b"bytes=900-5000", (900, 1000)),
        (b"bytes=-100", (900, 1000)),
        (b"bytes=-5000", (0, 1000)),
        (b"Bytes = 1 - 2 ", (1, 3)),
        (b"bytes=1000-", "unsatisfiable"),
        (b"bytes=1000-1001", "unsatisfiable"),
        (b"bytes=-0", "unsatisfiable"),
        (b"bytes=5-4", None),
        (b"bytes=0-1,5-6", None),
        (b"bytes=-", None),
        (b"bytes=a-b", None),
        (b"bytes=1", None),
        (b"lines=1-2", None),
        (b"bytes=--1", None),
        (b"bytes=" + b"9" * 200 + b"-", None),
    ],
)
def test_ranges(wanted: bytes | None, expected: Any) -> None:
    assert parse_range(wanted, 1000) == expected


@given(
    st.binary(max_size=30).map(b"bytes=".__add__) | st.from_regex(rb"bytes=\d{0,5}-\d{0,5}", fullmatch=True),
    st.integers(0, 2000),
)
def test_a_range_lies_within_the_file(wanted: bytes, size: int) -> None:
    part = parse_range(wanted, size)
    if isinstance(part, tuple):
        assert 0 <= part[0] < part[1] <= size


@pytest.mark.parametrize(
    ("asked", "same"),
    [
        ({}, False),
        ({b"if-none-match": b'"a"'}, True),
        ({b"if-none-match": b'W/"a"'}, True),
        ({b"if-none-match": b'"x", "a"'}, True),
        ({b"if-none-match": b" * "}, True),
        ({b"if-none-match": b'"b"'}, False),
        ({b"if-none-match": b"a"}, False),
        ({b"if-none-match": b'"b"', b"if-modified-since": formatdate(2000, usegmt=True).encode()}, False),
        ({b"if-modified-since": formatdate(1000, usegmt=True).encode()}, True),
        ({b"if-modified-since": formatdate(999, usegmt=True).encode()}, False),
        ({b"if-modified-since": b"yesterday"}, False),
        ({b"if-modified-since": b"Mon, 99 Foo 99999 99:99:99 GMT"}, False),
    ],
)
def test_what_the_client_has(asked: dict[bytes, bytes], same: bool) -> None:
    assert is_not_modified(asked, b'"a"', 1000) is same


def ask(path: Path, method: str = "GET", **headers: str) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body of a stored file."""
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any:
        raise AssertionError("a file needs nothing from the client")

    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    scope = {"state": {}, "type": "http", "method": method, "headers": raw}
    asyncio.run(StoredFileResponse(DiskBlob(path, "tag"), "image/png", "tag")(scope, receive, send))
    assert [message["more_body"] for message in sent[1:]] == [True] * (len(sent) - 2) + [False]
    found = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return sent[0]["status"], found, b"".join(message["body"] for message in sent[1:])


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "file"
    path.write_bytes(BYTES)
    return path


def test_the_whole_file(file: Path) -> None:
    status, headers, body = ask(file)
    assert (status, body) == (200, BYTES)
    assert headers["etag"] == '"tag"'
    assert headers["content-length"] == str(len(BYTES))
    assert headers["accept-ranges"] == "bytes"
    assert headers["cache-control"] == "public, max-age=31536000"
    assert headers["last-modified"].endswith(" GMT")


def test_a_part(file: Path) -> None:
    status, headers, body = ask(file, range="bytes=10-19")
    assert (status, body) == (206, BYTES[10:20])
    assert (headers["content-range"], headers["content-length"]) == (f"bytes 10-19/{len(BYTES)}", "10")


def test_a_part_that_is_not_there(file: Path) -> None:
    status, headers, body = ask(file, range="bytes=5000-")
    assert (status, body) == (416, b"")
    assert (headers["content-range"], headers["content-length"]) == (f"bytes */{len(BYTES)}", "0")


def test_not_again(file: Path) -> None:
    status, headers, body = ask(file, if_none_match='"tag"', range="bytes=0-1")
    assert (status, body) == (304, b"")
    assert headers["etag"] == '"tag"'
    assert "content-length" not in headers
    assert ask(file, if_modified_since=headers["last-modified"])[0] == 304


@pytest.mark.parametrize(
    ("condition", "status"), [('"tag"', 206), ('"other"', 200), ('W/"tag"', 200), ("nonsense", 200)]
)
def test_a_part_of_what_the_client_has(file: Path, condition: str, status: int) -> None:
    assert ask(file, range="bytes=0-9", if_range=condition)[0] == status


def test_a_part_of_what_the_client_had_then(file: Path) -> None:
    then = ask(file)[1]["last-modified"]
    assert ask(file, range="bytes=0-9", if_range=then)[0] == 206
    assert ask(file, range="bytes=0-9", if_range=formatdate(0, usegmt=True))[0] == 200


def test_head_sends_no_body(file: Path) -> None:
    status, headers, body = ask(file, "HEAD", range="bytes=0-9")
    assert (status, body, headers["content-length"]) == (200, b"", str(len(BYTES)))


def test_an_empty_file(tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.touch()
    assert ask(empty)[::2] == (200, b"")
    assert ask(empty, range="bytes=0-")[0] == 416
    assert ask(empty, range="bytes=-5")[0] == 416


def test_a_large_file_goes_in_steps(tmp_path: Path) -> None:
    large = tmp_path / "large"
    data = bytes(range(251)) * (3 * SMALL // 251)
    large.write_bytes(data)
    assert ask(large)[2] == data
    assert ask(large, range="bytes=5-")[2] == data[5:]


def test_a_file_that_is_gone(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        DiskBlob(tmp_path / "gone", "gone")


def test_an_unknown_type_is_no_type(file: Path) -> None:
    blob = DiskBlob(file, "tag")
    response = StoredFileResponse(blob, "text/html", "tag")
    asyncio.run(blob.close())
    assert (b"content-type", b"application/octet-stream") in response.common


# ---- pictures over HTTP


@pytest.mark.parametrize("ending", ["png", "jpg", "jpeg", "gif", "PNG"])
def test_the_ending_is_not_checked(shared_site: Site, ending: str) -> None:
    file = picture("PNG")
    data = shared_site.upload(file)
    answer = shared_site.get(f"/{data['id']}.{ending}")
    assert answer.content == file
    assert answer.headers["content-type"] == "image/png"


def test_a_picture_is_inert(shared_site: Site) -> None:
    polyglot = picture("GIF") + b"<script>alert(1)</script>"
    headers = shared_site.get(shared_site.upload(polyglot)["link"]).headers
    assert headers["content-type"] == "image/gif"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["content-security-policy"] == "sandbox; default-src 'none'"
    assert headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-credentials" not in headers


def test_a_picture_in_part_and_not_again(shared_site: Site) -> None:
    file = picture("PNG")
    link = shared_site.upload(file)["link"]
    whole = shared_site.get(link)
    part = shared_site.get(link, headers={"Range": "bytes=2-5", "If-Range": whole.headers["etag"]})
    assert (part.status_code, part.content) == (206, file[2:6])
    assert shared_site.get(link, headers={"If-None-Match": whole.headers["etag"]}).status_code == 304
    assert shared_site.get(link, headers={"Range": f"bytes={len(file)}-"}).status_code == 416
    head = shared_site.request("HEAD", link)
    assert (head.status_code, head.content, head.headers["content-length"]) == (200, b"", str(len(file)))


@pytest.mark.parametrize(
    ("suffix", "size"),
    [("s", (90, 90)), ("b", (160, 160)), ("t", (160, 107)), ("m", (320, 213)), ("l", (600, 400)), ("h", (600, 400))],
)
def test_thumbnails(shared_site: Site, suffix: str, size: tuple[int, int]) -> None:
    from io import BytesIO

    from PIL import Image

    data = shared_site.upload(picture("PNG", (600, 400)))
    answers = [shared_site.get(f"/{data['id']}{suffix}.{ending}") for ending in ("png", "jpg")]
    assert answers[0].content == answers[1].content
    assert answers[0].headers["content-type"] == "image/jpeg"
    assert answers[0].headers["x-content-type-options"] == "nosniff"
    with Image.open(BytesIO(answers[0].content)) as made:
        assert (made.format, made.size) == ("JPEG", size)
    again = shared_site.get(f"/{data['id']}{suffix}.jpg", headers={"If-None-Match": answers[0].headers["etag"]})
    assert again.status_code == 304


@pytest.mark.parametrize("path", ["/nothing.png", "/nothings.png", "/m.png", "/a.b.png", "/%00.png", "/é.png"])
def test_a_missing_picture_is_shown_as_one(shared_site: Site, path: str) -> None:
    answer = shared_site.get(path)
    assert (answer.status_code, answer.content) == (302, b"")
    assert answer.headers["location"] == f"{shared_site.settings.public_url}/removed.png"
    shown = shared_site.get(answer.headers["location"])
    assert shown.headers["content-type"] == "image/png"
    assert shown.content.startswith(b"\x89PNG")
    assert (int.from_bytes(shown.content[16:20]), int.from_bytes(shown.content[20:24])) == (161, 81)


def test_a_file_that_vanished_is_a_missing_picture(shared_site: Site) -> None:
    data = shared_site.upload(picture("PNG"))
    blob_path(shared_site.context, data["id"]).unlink()
    assert shared_site.get(data["link"]).status_code == 302
    assert shared_site.get(f"/3/image/{data['id']}", headers=ANONYMOUS).status_code == 200


@pytest.mark.parametrize("path", ["/favicon.ico", "/robots.txt", "/a.html", "/x.svg"])
def test_other_endings_are_no_pictures(shared_site: Site, path: str) -> None:
    answer = shared_site.get(path)
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")


def test_thumbnails_requested_at_once_are_one(shared_site: Site) -> None:
    from concurrent.futures import ThreadPoolExecutor

    data = shared_site.upload(picture("PNG", (300, 200)))
    with ThreadPoolExecutor(6) as threads:
        answers = list(threads.map(lambda _: shared_site.get(f"/{data['id']}t.png"), range(6)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 1
    assert shared_site.run(lambda context: images.get(context, data["id"])).size == data["size"]
