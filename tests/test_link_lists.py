"""Lists of links in files: encodings, separators and comments."""

from __future__ import annotations

import io
from itertools import chain

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyimgur._media_types import EXTENSIONS, type_by_name
from pyimgur.cli._link_list import links_in, read_links
from pyimgur.server.media import sniff

URL, OTHER = "https://imgur.com/a/aBcdeFg", "https://i.imgur.com/hIjklMn.png"

LINES: dict[str, list[str]] = {
    URL: [URL],
    f"  {URL}  \r\n": [URL],
    f"\ufeff{URL}": [URL],
    "": [],
    "# imgur.com/aBcdeFg": [],
    f"{URL} # {OTHER}": [URL],
    f"{URL}#3": [f"{URL}#3"],
    f"<{URL}>": [URL],
    f"<{URL}>;": [URL],
    f"({URL}).": [URL],
    f'"{URL}",': [URL],
    f"\u201c{URL}\u201d": [URL],
    f"*{URL}*": [URL],
    f"- {URL}": [URL],
    f"1. {URL}": [URL],
    f"- [ ] {URL}": [URL],
    f"| {URL} | {OTHER} |": [URL, OTHER],
    f"{URL} {OTHER}": [URL, OTHER],
    f"{URL}, {OTHER}": [URL, OTHER],
    f"{URL},{OTHER};//imgur.com/aBcdeFg": [URL, OTHER, "//imgur.com/aBcdeFg"],
    f"[my holiday]({URL})": [URL],
    f"![]({OTHER})": [OTHER],
    f"[![t]({OTHER})]({URL}).": [OTHER, URL],
    f"[img]{OTHER}[/img]": [OTHER],
    f"[url={URL}][IMG width=9]{OTHER}[/IMG][/url]": [URL, OTHER],
    f"[url]{URL}[/url].": [URL],
    f"<a href='{URL}'>{OTHER}</a>": [URL, OTHER],
    f"\u200e{URL}\u200b": [URL],
    f"\u300c{URL}\u300d\u3002": [URL],
    f"{URL}{')' * 100_000}": [URL],
    f"My holiday, see {URL}!": [URL],
    "https://imgur.com/aBcdeFg,hIjklMn": ["https://imgur.com/aBcdeFg,hIjklMn"],
    "https://imgur.com/aBcdeFg&hIjklMn": ["https://imgur.com/aBcdeFg&hIjklMn"],
    "https://i.imgur.com/aBcdeFg.jpg:large": ["https://i.imgur.com/aBcdeFg.jpg:large"],
    "https://imgur.com/search?q=(cats)": ["https://imgur.com/search?q=(cats)"],
    "imgur.com/aBcdeFg": ["imgur.com/aBcdeFg"],
    "127.0.0.1:4648/aBcdeFg": ["127.0.0.1:4648/aBcdeFg"],
    "aBcdeFg": ["aBcdeFg"],
    "aBcdeFg hIjklMn, opqrs": ["aBcdeFg", "hIjklMn", "opqrs"],
    "no link at all": ["no link at all"],
}


@pytest.mark.parametrize("line", LINES)
def test_a_line(line: str) -> None:
    assert links_in(line) == LINES[line]


@given(st.text())
def test_any_line_gives_words_of_it(line: str) -> None:
    assert all(word.strip() and word in line.replace("\ufeff", "") for word in links_in(line))


@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"])
def test_every_encoding(encoding: str, ends: str) -> None:
    text = ends.join(["# caf\u00e9" if encoding == "cp1252" else URL, URL, OTHER, "aBcdeFg", ""])
    stream = io.BufferedReader(io.BytesIO(text.encode(encoding)))  # type: ignore[arg-type]
    found = list(read_links(stream))
    assert found[-3:] == [URL, OTHER, "aBcdeFg"]
    assert not stream.closed


@given(st.binary(max_size=60))
def test_any_bytes_are_read(data: bytes) -> None:
    assert all(read_links(io.BufferedReader(io.BytesIO(data))))  # type: ignore[arg-type]


# ---- the table of extensions


def test_every_kind_that_the_server_takes_has_its_extensions_in_the_table() -> None:
    assert set(EXTENSIONS.values()) == set(sniff.TYPES)
    for kind, ext in sniff.TYPES.items():
        assert EXTENSIONS[ext] == kind
    assert {"mpo", "jpe", "jfif", "hif", "heics", "avifs", "3gp", "dib", "m4v", "apng", "pjpeg"} <= set(EXTENSIONS)


@pytest.mark.parametrize("name", ["a.JPG", "a.b.hif", "a.jpg_large", "a.png-large", ".x.jpg", "caf\u00e9.MOV"])
def test_names_of_media(name: str) -> None:
    assert type_by_name(name)


@pytest.mark.parametrize(
    "name", ["", "jpg", "a.txt", "a.jpg.part", "a.jpg.txt", "a.jpg~", "a.xjpg", "a.jpg_", "a.mp3", "a."]
)
def test_names_of_others(name: str) -> None:
    assert type_by_name(name) is None


def test_each_extension_stands_once() -> None:
    from pyimgur import _media_types

    listed = list(chain.from_iterable(extensions.split() for extensions in _media_types._BY_TYPE.values()))
    assert sorted(listed) == sorted(set(listed))
