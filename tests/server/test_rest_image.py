"""Images over HTTP: responses, permissions, and every error."""

from __future__ import annotations

import base64
import io
import json
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from site_support import ANONYMOUS, NewSite, Person, Site, picture

from picked import picked
from pyimgur.server.settings import Limits

PNG = picture("PNG")
FORM = "application/x-www-form-urlencoded"


def error(answer: Any) -> Any:
    body = answer.json()
    assert body["success"] is False
    assert body["status"] == answer.status_code
    return body["data"]["error"]


@pytest.mark.parametrize("format", ["PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP", "AVIF"])
def test_what_comes_back_is_what_was_sent(shared_site: Site, format: str) -> None:
    file = picture(format, (33, 21))
    data = shared_site.upload(file, title="t", description="d", name="n.x")
    assert picked(data, "width", "height", "size", "animated") == {
        "width": 33,
        "height": 21,
        "size": len(file),
        "animated": False,
    }
    assert (data["title"], data["description"], data["name"]) == ("t", "d", "n.x")
    answer = shared_site.get(data["link"])
    assert answer.content == file
    assert answer.headers["content-type"] == data["type"] == f"image/{format.lower()}"
    assert data["link"].startswith(f"{shared_site.settings.public_url}/{data['id']}.")
    small = Image.open(io.BytesIO(shared_site.get(f"/{data['id']}s.jpg").content))
    assert (small.format, small.size) == ("JPEG", (21, 21))


def test_the_fields_are_imgurs(shared_site: Site, facts: Path) -> None:
    recorded = json.loads((facts / "samples" / "image_upload.2017_anonymous.json").read_text())["data"]
    data = shared_site.upload(PNG)
    assert [key for key in data if key in recorded] == list(recorded)
    assert {key: type(data[key]) for key in recorded} == {key: type(value) for key, value in recorded.items()}
    newer = json.loads((facts / "samples" / "image_get.2020.json").read_text())["data"]
    shown = shared_site.get(f"/3/image/{data['id']}", headers=ANONYMOUS).json()["data"]
    assert newer.keys() - shown.keys() == {"ad_config"}


def test_only_the_owner_sees_a_delete_hash(shared_site: Site, ann: Person, bob: Person) -> None:
    data = shared_site.upload(PNG, ann.bearer)
    path = f"/3/image/{data['id']}"
    assert shared_site.get(path, headers=ann.bearer).json()["data"]["deletehash"] == data["deletehash"]
    for other in (bob.bearer, ANONYMOUS):
        assert shared_site.get(path, headers=other).json()["data"]["deletehash"] == ""  # as Imgur does


@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_an_owner_changes_by_id(shared_site: Site, ann: Person, method: str) -> None:
    path = f"/3/image/{shared_site.upload(PNG, ann.bearer, title='a', description='b')['id']}"
    assert shared_site.request(method, path, headers=ann.bearer, data={"title": "new"}).json()["data"] is True
    shown = shared_site.get(path, headers=ANONYMOUS).json()["data"]
    assert (shown["title"], shown["description"]) == ("new", "b")


@pytest.mark.parametrize("how", [{"data": {"title": "x"}}, {"json": {"title": "x"}}, {"params": {"title": "x"}}])
def test_anybody_changes_by_delete_hash(shared_site: Site, how: dict[str, Any]) -> None:
    data = shared_site.upload(PNG)
    assert shared_site.post(f"/3/image/{data['deletehash']}", headers=ANONYMOUS, **how).json()["data"] is True
    assert shared_site.get(f"/3/image/{data['id']}", headers=ANONYMOUS).json()["data"]["title"] == "x"


def test_nobody_else_changes_anything(shared_site: Site, ann: Person, bob: Person) -> None:
    data = shared_site.upload(PNG, ann.bearer, title="mine")
    path = f"/3/image/{data['id']}"
    answer = shared_site.post(path, headers=ANONYMOUS, data={"title": "x"})
    assert (answer.status_code, error(answer)) == (403, "Permission denied")
    assert shared_site.post(path, headers=bob.bearer, data={"title": "x"}).status_code == 403
    answer = shared_site.delete(path, headers=ANONYMOUS)
    assert (answer.status_code, error(answer)) == (403, "Unauthorized")
    assert shared_site.delete(path, headers=bob.bearer).status_code == 403
    assert shared_site.get(path, headers=ANONYMOUS).json()["data"]["title"] == "mine"


@pytest.mark.parametrize("key", ["id", "deletehash"])
def test_what_is_deleted_is_gone(shared_site: Site, ann: Person, key: str) -> None:
    data = shared_site.upload(PNG, ann.bearer)
    assert shared_site.get(f"/{data['id']}m.jpg").status_code == 200
    assert shared_site.delete(f"/3/image/{data[key]}", headers=ann.bearer).json()["data"] is True
    assert shared_site.get(f"/3/image/{data['id']}", headers=ann.bearer).status_code == 404
    assert shared_site.get(f"/{data['id']}m.jpg").status_code == 302
    assert not [file for file in shared_site.settings.data.rglob("*") if file.name.startswith(data["id"])]


def test_a_missing_image(shared_site: Site) -> None:
    answer = shared_site.get("/3/image/fdsfdsfdsa", headers=ANONYMOUS)
    assert answer.status_code == 404
    assert answer.json()["data"] == {
        "error": "Unable to find an image with the id, fdsfdsfdsa",
        "request": "/3/image/fdsfdsfdsa",
        "method": "GET",
    }


@pytest.mark.parametrize(
    ("method", "path"), [("DELETE", "/3/image"), ("DELETE", "/3/image/"), ("GET", "/3/image.json")]
)
def test_an_id_is_required(shared_site: Site, method: str, path: str) -> None:
    answer = shared_site.request(method, path, headers=ANONYMOUS)
    assert (answer.status_code, error(answer)) == (400, "An ID is required.")


NOT_MEDIA = {"code": 1003, "message": "File type invalid (1)", "type": "ImgurException", "exception": []}
SVG = {**NOT_MEDIA, "message": "File type invalid (1): SVG files are not supported"}
PDF = {**NOT_MEDIA, "message": "File type invalid (1): PDF files are not supported"}
BROKEN_PNG = {
    **NOT_MEDIA,
    "message": "File type invalid (1): the PNG image is damaged: it does not begin with its header",
}
NOT_CORRECT = {**NOT_MEDIA, "message": "File was not uploaded correctly"}


@pytest.mark.parametrize(
    ("how", "expected"),
    [
        ({}, "No image data was sent to the upload api"),
        ({"data": {"title": "x"}}, "No image data was sent to the upload api"),
        ({"data": {"image": ""}}, "No image data was sent to the upload api"),
        ({"files": {"image": ("a.png", b"")}}, "No image data was sent to the upload api"),
        ({"data": {"image": "/path/to/file"}}, 'Invalid URL ("/path/to/file")'),
        ({"json": {"image": "nonsense"}}, 'Invalid URL ("nonsense")'),
        ({"json": {"image": None}}, "No image data was sent to the upload api"),
        ({"files": {"image": ("a.txt", b"hello")}}, NOT_MEDIA),
        ({"content": b"<svg xmlns='http://www.w3.org/2000/svg'/>"}, SVG),
        ({"content": b"%PDF-1.7\n%\xe2\xe3\xcf\xd3"}, PDF),
        ({"content": b"\x89PNG\r\n\x1a\n but nothing else"}, BROKEN_PNG),
        ({"content": b"\0" * 1000}, NOT_MEDIA),
        ({"data": {"image": base64.b64encode(b"no picture" * 9).decode()}}, NOT_MEDIA),
        ({"data": {"image": base64.b64encode(PNG).decode() + "=A"}}, NOT_CORRECT),
        ({"data": {"type": "base64"}, "files": {"image": ("a.png", PNG)}}, NOT_CORRECT),
        ({"data": {"type": "base64", "image": "https://example.org/a.png"}}, NOT_MEDIA),
    ],
)  # fmt: skip
def test_what_is_no_picture(site: Site, how: dict[str, Any], expected: Any) -> None:
    answer = site.post("/3/image", headers=ANONYMOUS, **how)
    assert (answer.status_code, error(answer)) == (400, expected)
    assert site.files() == []


@pytest.mark.parametrize("fields", [{"image": "http://localhost/a"}, {"type": "url", "image": "http://localhost/a"}])
def test_nothing_private_is_fetched(site: Site, fields: dict[str, str]) -> None:
    answer = site.post("/3/image", headers=ANONYMOUS, data=fields)
    assert (answer.status_code, error(answer)) == (400, "Invalid URL (http://localhost/a)")
    assert site.files() == []


@pytest.mark.parametrize("word", ["file", "url", "URL", "raw", "nonsense", ""])
def test_unknown_types_are_passed_over(shared_site: Site, word: str) -> None:
    assert shared_site.post(
        "/3/image", headers=ANONYMOUS, data={"image": base64.b64encode(PNG).decode(), "type": word}
    ).json()["success"]


def test_titles_are_cut(shared_site: Site) -> None:
    data = shared_site.upload(PNG, title="t" * 300, description="d" * 5000)
    shown = shared_site.get(f"/3/image/{data['id']}", headers=ANONYMOUS).json()["data"]
    assert (len(shown["title"]), len(shown["description"])) == (128, 5000)


@pytest.mark.parametrize(
    "text", ["<b>&amp;\"'", "\u202e\u0000\ud7ff\ufffe", "'; DROP TABLE image; --", "é\r\n😀", "\x01\x1b"]
)
def test_any_text_survives(shared_site: Site, text: str) -> None:
    data = shared_site.upload(PNG, title=text)
    path = f"/3/image/{data['id']}"
    assert shared_site.get(path, headers=ANONYMOUS).json()["data"]["title"] == text.replace("\0", "")
    assert shared_site.get(path + ".xml", headers=ANONYMOUS).status_code == 200
    assert "<b>" not in shared_site.get(f"/{data['id']}").text


def test_an_upload_into_an_album(shared_site: Site, ann: Person, bob: Person) -> None:
    mine = shared_site.post("/3/album", headers=ann.bearer).json()["data"]["id"]
    image = shared_site.upload(PNG, ann.bearer, album=mine)
    shown = shared_site.get(f"/3/album/{mine}/image/{image['id']}", headers=ann.bearer).json()["data"]
    assert shown["id"] == image["id"]
    nobodys = shared_site.post("/3/album", headers=ANONYMOUS).json()["data"]
    shared_site.upload(PNG, ANONYMOUS, album=nobodys["deletehash"])
    before = set(shared_site.files())
    for key, who in ((mine, bob.bearer), (nobodys["id"], ANONYMOUS), ("nowhere", ann.bearer), (mine, ANONYMOUS)):
        answer = shared_site.post("/3/image", headers=who, files={"image": PNG}, data={"album": key})
        assert answer.status_code == 400
        assert error(answer) == (
            f"You are not the owner of album '{key}', which means you can't add images to it. "
            "For anonymous albums, use the album deletehash."
        )
    assert set(shared_site.files()) == before


def test_a_file_over_the_limit(new_site: NewSite) -> None:
    site = new_site(limits=Limits(image_bytes=2_000, animation_bytes=5_000))
    big = picture("PNG") + b"\0" * 2_500
    huge = picture("PNG") + b"\0" * 2_000_000
    for file in (big, huge):
        for how in (
            {"content": file},
            {"files": {"image": file}},
            {"data": {"image": base64.b64encode(file).decode()}},
        ):
            answer = site.post("/3/image", headers=ANONYMOUS, **how)
            assert answer.status_code == 413
            assert error(answer).startswith("file is over the size limit")
    assert site.files() == []
    assert site.upload(PNG)


def test_too_large_is_said_before_the_file_is_sent(site: Site) -> None:
    head = f"POST /3/image HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Client-ID a\r\nContent-Length: {10**10}\r\n"
    answer = site.raw(f"{head}Expect: 100-continue\r\nConnection: close\r\n\r\n".encode())
    assert answer.startswith(b"HTTP/1.1 413 ")


def test_two_files_are_one(shared_site: Site) -> None:
    other = picture("GIF")
    answer = shared_site.post(
        "/3/image", headers=ANONYMOUS, files=[("image", ("a.png", b"")), ("video", PNG), ("image", other)]
    )
    assert shared_site.get(answer.json()["data"]["link"]).content == PNG
