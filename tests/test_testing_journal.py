"""The journal of the test kit: what is recorded of a request, and `assert_called`."""

from __future__ import annotations

import base64
import hashlib
import io
import json
from typing import TYPE_CHECKING, Any
from urllib.request import Request, urlopen

import pytest
from PIL import Image

import pyimgur
from pyimgur.testing import RecordedFile, RecordedRequest

if TYPE_CHECKING:
    from pyimgur.testing import LocalImgur


@pytest.fixture(scope="module")
def png() -> bytes:
    file = io.BytesIO()
    Image.effect_noise((200, 150), 80).save(file, "PNG")  # some chunks long
    return file.getvalue()


def post(imgur: LocalImgur, path: str, body: bytes, **headers: str) -> None:
    headers = {"Authorization": f"Client-ID {imgur.client_id}"} | {
        name.replace("_", "-"): value for name, value in headers.items()
    }
    with urlopen(Request(f"{imgur.url}{path}", body, headers), timeout=30) as response:
        response.read()


def test_a_request_is_recorded(imgur: LocalImgur) -> None:
    imgur.client.create_album("Cats")
    (request,) = imgur.requests
    fields = {"title": "Cats"}
    assert request == RecordedRequest("POST", "/3/album", "token", imgur.client_id, "tester", {}, fields, (), 200)


@pytest.mark.parametrize("encoding", ["multipart", "base64", "json", "raw"])
def test_a_file_is_recorded_by_its_digest_however_it_was_sent(imgur: LocalImgur, png: bytes, encoding: str) -> None:
    text = base64.b64encode(png).decode()
    match encoding:
        case "multipart":
            imgur.anonymous().upload_image(png, title="A cat")
        case "base64":
            post(imgur, "/3/image", f"title=A+cat&image={text.replace('+', '%2B')}".encode())
        case "json":
            post(imgur, "/3/image", json.dumps({"title": "A cat", "image": text}).encode())
        case _:
            post(imgur, "/3/image?title=A+cat", png, Content_Type="image/png")
    (request,) = imgur.requests
    (file,) = request.files
    digest = hashlib.sha256(png).hexdigest()
    assert (file.name, file.size, file.sha256) == ("image", len(png), digest)
    assert "A cat" in {request.fields.get("title"), request.query.get("title")}
    assert (request.credentials, request.client_id, request.account) == ("anonymous", imgur.client_id, None)


def test_a_url_instead_of_a_file_is_a_field(imgur: LocalImgur) -> None:
    with pytest.raises(pyimgur.ImgurError):
        imgur.anonymous().upload_image(url="http://127.0.0.1:9/cat.png")
    (request,) = imgur.requests
    assert (request.fields["image"], request.files) == ("http://127.0.0.1:9/cat.png", ())


def test_several_values_of_a_field_are_a_tuple(imgur: LocalImgur) -> None:
    post(imgur, "/3/album?page=1", b"title=Cats&privacy[]=a&privacy[]=b")
    (request,) = imgur.requests
    assert (request.fields, request.query) == ({"title": "Cats", "privacy": ("a", "b")}, {"page": "1"})


def test_a_text_in_a_field_that_may_hold_a_file_is_a_field(imgur: LocalImgur) -> None:
    post(imgur, "/3/album", b"source=nothing&title=Cats")
    assert imgur.requests[0].fields == {"source": "nothing", "title": "Cats"}


def test_no_secret_is_recorded(imgur: LocalImgur) -> None:
    token, refresh = imgur.client.access_token or "", imgur.client.refresh_token or ""
    imgur.client.refresh_access_token()
    imgur.client.get_user("me")
    urlopen(f"{imgur.url}/healthz?access_token={token}", timeout=30).close()
    text = repr(imgur.requests)
    assert [
        secret for secret in (token, refresh, imgur.client_secret, imgur.client.access_token) if secret in text
    ] == []
    assert imgur.requests[0].fields["refresh_token"] == "***"
    assert imgur.requests[-1].query == {"access_token": "***"}


def test_requests_that_a_fault_met_are_recorded_too(imgur: LocalImgur) -> None:
    imgur.fail("down", path="/3/account/*")
    imgur.fail("cut-after", path="/3/album")
    imgur.fail("cut-before", path="/3/image")
    im = pyimgur.Imgur(imgur.client_id, base_url=imgur.url, retries=0)
    for call in (lambda: im.get_user("tester"), lambda: im.create_album("Cats"), lambda: im.upload_image(b"GIF89a")):
        with pytest.raises(pyimgur.ImgurError):
            call()
    im.close()
    assert [request.status for request in imgur.requests[:3]] == [503, None, None]
    assert imgur.requests[1].fields["title"] == "Cats"


def test_a_reset_forgets_the_requests(imgur: LocalImgur) -> None:
    imgur.client.create_album("Cats")
    imgur.reset()
    assert imgur.requests == ()


def test_expected_requests(imgur: LocalImgur, png: bytes) -> None:
    imgur.client.create_album("Cats")
    imgur.client.create_album("Dogs")
    imgur.client.upload_image(png)
    imgur.assert_called("post", "/3/album", fields={"title": "Cats"}, account="tester", credentials="token", times=1)
    imgur.assert_called("POST", "/3/a*", times=2)
    imgur.assert_called("*", "/3/image", status=200, client_id=imgur.client_id)
    imgur.assert_called("DELETE", "*", times=0)


def test_the_message_shows_the_difference_to_the_nearest_request(imgur: LocalImgur) -> None:
    imgur.client.get_user("me")
    imgur.client.create_album("Dogs")
    with pytest.raises(AssertionError) as raised:
        imgur.assert_called("POST", "/3/album", fields={"title": "Cats", "privacy": "hidden"})
    assert str(raised.value) == (
        "expected at least one request POST /3/album with field title 'Cats', field privacy 'hidden', "
        "and there were 0.\n"
        "The nearest is POST /3/album as tester -> 200:\n"
        "  field title: expected 'Cats', was 'Dogs'\n"
        "  field privacy: expected 'hidden', was not sent\n"
        "All requests, the newest last:\n"
        "  GET /3/account/me as tester -> 200\n"
        "  POST /3/album as tester -> 200"
    )


def test_the_message_says_how_many_requests_there_were(imgur: LocalImgur) -> None:
    with pytest.raises(AssertionError, match="No request was recorded at all"):
        imgur.assert_called("POST", "/3/album")
    imgur.client.create_album("Dogs")
    with pytest.raises(AssertionError, match=r"expected 2 requests POST /3/album, and there was 1\.\nAll requests"):
        imgur.assert_called("POST", "/3/album", times=2)


@pytest.mark.parametrize(
    ("expected", "message"),
    [
        ({"method": "FETCH"}, "method='FETCH' is no method; there are"),
        ({"path": "3/image"}, "path='3/image' matches no request: paths begin with /"),
        ({"credentials": "bearer"}, "credentials='bearer' is none of anonymous, token, none"),
        ({"times": -1}, "times=-1 is below 0"),
    ],
)
def test_what_no_request_can_be_is_refused(imgur: LocalImgur, expected: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        imgur.assert_called(**{"method": "DELETE", "path": "/3/image/*", "times": 0, **expected})


def test_records_are_values() -> None:
    assert RecordedFile("image", "", 1, "ab") == RecordedFile("image", "", 1, "ab")
    with pytest.raises(AttributeError):
        RecordedRequest("GET", "/").status = 200  # type: ignore[misc]
