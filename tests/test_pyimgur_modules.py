"""The modules of PyImgur 0.8.1 that programs may have imported besides `pyimgur` itself."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

import PIL.Image
import pytest

from pyimgur import (
    Image,
    ImgurIsDownException,
    InvalidParameterError,
    NoAnswerError,
    ResourceNotFoundError,
    UnexpectedImgurException,
)
from pyimgur.conversion import (
    clean_imgur_params,
    convert_to_imgur_list,
    get_content_to_send,
    to_imgur_format,
)
from pyimgur.request import send_request
from pyimgur.testing import LocalImgur

DELETEHASH = "abcdefghij01234"


@pytest.mark.parametrize(
    ("given", "written"),
    [
        (None, {}),
        (
            {"a": True, "b": False, "c": 0, "d": "x", "e": 1.5},
            {"a": "true", "b": "false", "c": "0", "d": "x", "e": 1.5},
        ),
        ({"ids": ["a", "b"], "none": []}, {"ids": "a,b", "none": ""}),
        ({"ids": [Image[Any]({"id": "a"}, None), 7]}, {"ids": "a,7"}),
        ({"cover": Image[Any]({"id": "a"}, None)}, {"cover": "a"}),
    ],
)
def test_arguments_are_texts(given: dict[str, Any] | None, written: dict[str, Any]) -> None:
    assert to_imgur_format(given) == (written, [])


def test_parts_of_a_form(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"picture")
    given = {"ids": ["a", "b"], "image_path": tmp_path / "a.png", "title": "t"}
    parts = [("ids", (None, "a")), ("ids", (None, "b")), ("image", b"picture")]
    assert to_imgur_format(given, use_form_data=True) == ({"title": "t"}, parts)
    assert set(given) == {"ids", "image_path", "title"}  # what was given stays as it is


@pytest.mark.parametrize(
    ("method", "as_json", "place"),
    [("GET", False, "params"), ("GET", True, "params"), ("POST", False, "data"), ("PUT", True, "json")],
)
def test_where_arguments_go(method: str, as_json: bool, place: str) -> None:
    nothing = {"files": [], "params": None, "data": None, "json": None}
    assert get_content_to_send({"a": 1}, method, as_json) == {**nothing, place: {"a": "1"}}


def test_lists_and_what_was_not_given() -> None:
    assert (convert_to_imgur_list(None), convert_to_imgur_list([]), convert_to_imgur_list([1, "b"])) == (
        None,
        "",
        "1,b",
    )
    assert clean_imgur_params({"self": 1, "a": None, "b": False}) == {"b": False}
    assert clean_imgur_params(None) == {}


def test_a_request_and_its_credits(imgur: LocalImgur) -> None:
    headers = {"Authorization": f"Client-ID {imgur.client_id}"}
    content = get_content_to_send({"title": "by hand"}, "POST")
    made, credits = send_request(f"{imgur.url}/3/album", content, headers, "POST")
    shown, _ = send_request(f"{imgur.url}/3/album/{made['id']}", {"params": {"a": "b"}}, headers)
    assert (shown["title"], credits["x-ratelimit-clientlimit"]) == ("by hand", 12500)
    assert send_request(f"{imgur.url}/3/album/{made['deletehash']}", headers=headers, method="DELETE")[0] is True


def test_a_form_with_a_file_and_a_document(imgur: LocalImgur, tmp_path: Path) -> None:
    PIL.Image.new("RGB", (4, 3), "teal").save(tmp_path / "a.png")
    headers = {"Authorization": f"Bearer {imgur.client.access_token}"}
    content = get_content_to_send({"image_path": tmp_path / "a.png", "title": "a"}, "POST")
    image, _ = send_request(f"{imgur.url}/3/image", content, headers, "POST")
    assert (image["title"], image["width"], image["height"]) == ("a", 4, 3)
    content = get_content_to_send({"ids": [image["id"]], "title": "b"}, "POST", as_json=True, use_form_data=True)
    album, _ = send_request(f"{imgur.url}/3/album", content, headers, "POST")
    assert [one.id for one in imgur.client.get_album(album["id"]).images] == [image["id"]]


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ("rate-limit", UnexpectedImgurException),
        ("dead-token-403", UnexpectedImgurException),
        ("down", ImgurIsDownException),
        ("html", UnexpectedImgurException),
        ("cut-before", NoAnswerError),
    ],
)
def test_what_is_refused(imgur: LocalImgur, fault: str, kind: type[Exception]) -> None:
    imgur.fail(fault)
    with pytest.raises(kind) as caught:
        send_request(f"{imgur.url}/3/image/{DELETEHASH}?a=secret", headers={"Authorization": "Bearer 0123456789abcdef"})
    for secret in (DELETEHASH, "secret", "0123456789abcdef"):
        assert secret not in f"{caught.value} {caught.value!r}"


def test_what_no_header_can_carry_is_not_repeated(imgur: LocalImgur) -> None:
    with pytest.raises(InvalidParameterError) as caught:
        send_request(f"{imgur.url}/3/image/x", headers={"Authorization": "Bearer 0123456789abcdef\n"})
    assert "0123456789abcdef" not in f"{caught.value} {caught.value!r}"


def test_what_is_none_is_not_sent(imgur: LocalImgur) -> None:
    headers = {"Authorization": f"Client-ID {imgur.client_id}"}
    content = get_content_to_send({"title": None, "description": "d"}, "POST")
    made, _ = send_request(f"{imgur.url}/3/album", content, headers, "POST")
    shown, _ = send_request(f"{imgur.url}/3/album/{made['id']}", None, headers)
    assert (shown["title"], shown["description"]) == (None, "d")


def test_what_is_not_there(imgur: LocalImgur) -> None:
    headers = {"Authorization": f"Client-ID {imgur.client_id}"}
    with pytest.raises(ResourceNotFoundError):
        send_request(f"{imgur.url}/3/image/nothere", headers=headers)
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        address = "http://127.0.0.1:{1}".format(*nobody.getsockname())
    with pytest.raises(NoAnswerError):
        send_request(address)
    with pytest.raises(InvalidParameterError, match="'PATCH'"):
        send_request(address, method="PATCH")
