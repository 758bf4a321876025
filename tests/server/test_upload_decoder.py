"""Finding the file in an upload, whatever wraps it; without one, an error in Imgur's words."""

import base64
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyimgur.server.http.upload_decoder import UploadDecodeError, UploadDecoder, UploadEncoding

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 8


def unwrap(data: bytes, *, text: bool, step: int = 1 << 16) -> tuple[UploadEncoding | None, bytes, str]:
    content = UploadDecoder(text=text)
    out = b"".join(content.feed(data[start : start + step]) for start in range(0, len(data), step)) + content.end()
    return content.encoding, out, content.url


@pytest.mark.parametrize("text", [True, False])
@pytest.mark.parametrize("step", [1, 5, 1 << 16])
@pytest.mark.parametrize(
    ("kind", "wrapped"),
    [
        ("file", PNG),
        ("base64", base64.b64encode(PNG)),
        ("base64", base64.encodebytes(PNG).replace(b"\n", b"\r\n")),
        ("base64", b"  " + base64.b64encode(PNG).replace(b"A", b"A ")),
        ("base64", base64.urlsafe_b64encode(PNG)),
        ("base64", base64.b64encode(PNG[:-1]).rstrip(b"=")),
        ("base64", b"data:image/png;base64," + base64.b64encode(PNG)),
        ("base64", b"data:image/png;charset=x;BASE64," + base64.b64encode(PNG)),
    ],
)
def test_the_file_comes_out(kind: UploadEncoding, wrapped: bytes, step: int, text: bool) -> None:
    found, file, _ = unwrap(wrapped, text=text, step=step)
    assert found == kind
    assert PNG.startswith(file)
    assert len(file) >= len(PNG) - 1


@pytest.mark.parametrize("address", ["http://a.example/b.png", "HTTPS://a.example/?a=b+c", " https://a.example/x \n"])
def test_an_address_is_no_file(address: str) -> None:
    assert unwrap(address.encode(), text=True) == ("url", b"", address.strip())


def test_an_address_in_a_file_is_a_file() -> None:
    assert unwrap(b"https://a.example/", text=False) == ("file", b"https://a.example/", "")


@pytest.mark.parametrize("nonsense", [b"/path/to/file", b"hello world!", "é".encode(), b"iVBORw0KGgo=", b"x" * 31])
def test_nonsense_is_an_invalid_url(nonsense: bytes) -> None:
    with pytest.raises(UploadDecodeError, match="Invalid URL") as refusal:
        unwrap(nonsense, text=True)
    assert refusal.value.as_url


@pytest.mark.parametrize(
    "broken",
    [b"A" * 33, b"A" * 40 + b"=" + b"A" * 40, b"A" * 2000 + b"\x00", b"A" * 2000 + b"!", b"data:image/png;base64,===="],
)
def test_broken_base64(broken: bytes) -> None:
    with pytest.raises(UploadDecodeError, match="File was not uploaded correctly"):
        unwrap(broken, text=True)


def test_a_data_uri_without_base64() -> None:
    with pytest.raises(UploadDecodeError, match="File type invalid"):
        unwrap(b"data:image/svg+xml,<svg/>" + b" " * 2000, text=True)


def test_an_endless_address() -> None:
    with pytest.raises(UploadDecodeError, match="Invalid URL"):
        unwrap(b"http://" + b"a" * 5000, text=True, step=100)


def test_nothing_is_nothing() -> None:
    assert unwrap(b"", text=True) == (None, b"", "")


@given(st.binary(min_size=30, max_size=3000), st.integers(1, 2000), st.booleans())
def test_base64_comes_back(file: bytes, step: int, text: bool) -> None:
    assert unwrap(base64.b64encode(file), text=text, step=step)[:2] == ("base64", file)


@given(st.binary(max_size=2000), st.integers(1, 2000), st.booleans())
def test_any_bytes_are_taken_or_refused(data: bytes, step: int, text: bool) -> None:
    with suppress(UploadDecodeError):
        unwrap(data, text=text, step=step)
