"""Body formats are recognized by their bytes; the same parts come out however the bytes are split."""

import base64
import json
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote, quote_plus, urlencode

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pyimgur.server.http import json_body
from pyimgur.server.http.body_events import BodyParseError, Part
from pyimgur.server.http.body_parsers import PIECE, WINDOW, FormParser, parser_for
from pyimgur.server.http.multipart_lines import LineEnds

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256))
BASE64 = base64.b64encode(PNG)
FORM = "application/x-www-form-urlencoded"
Found = list[tuple[str, str | None, bytes]]


def read(body: bytes, content_type: str = FORM, step: int = 1 << 16) -> Found:
    """All parts of a body that comes in pieces of `step` bytes."""
    parts: list[tuple[str, str | None, bytearray]] = []
    grammar = parser_for(content_type, body[:WINDOW])
    chunks = [body[start : start + step] for start in range(0, len(body), step)]
    for event in [event for chunk in chunks for event in grammar.feed(chunk)] + list(grammar.end()):
        if isinstance(event, Part):
            parts.append((event.name, event.filename, bytearray()))
        elif event is not None:
            parts[-1][2].extend(event)
    return [(name, filename, bytes(data)) for name, filename, data in parts]


def multipart(*parts: tuple[str, bytes], end: bytes = b"--XX--\r\n") -> bytes:
    return (
        b"".join(
            b"--XX\r\nContent-Disposition: form-data; %s\r\n\r\n%s\r\n" % (head.encode(), data) for head, data in parts
        )
        + end
    )


def bare(*parts: tuple[str, bytes], newline: bytes = b"\n", before: bytes = b"\n", end: bytes = b"--XX--\n") -> bytes:
    """A body as scripts write it: lines end in a line feed, what stands between them is as it is."""
    lines = [b"--XX", b"Content-Disposition: form-data; %s", b"Content-Type: text/plain", b"", b""]
    return b"".join(newline.join(lines) % head.encode() + data + before for head, data in parts) + end


WHOLE = [("image", "", PNG)]
MULTIPART = multipart(('name="image"; filename="a.png"', PNG), ('name="title"', b"hi"))
BODIES: list[tuple[str, str, bytes, Found]] = [
    ("nothing", FORM, b"", []),
    ("raw", "image/png", PNG, WHOLE),
    ("raw as a form", FORM, PNG, WHOLE),
    ("raw, doubled type", "application/application/x-www-form-urlencoded", PNG, WHOLE),
    ("raw, declared multipart", "multipart/form-data; boundary=XX", PNG, WHOLE),
    ("a GIF whose width reads as =", FORM, b"GIF89a=\x00\x01\x00" + PNG, [("image", "", b"GIF89a=\x00\x01\x00" + PNG)]),
    (
        "form",
        FORM,
        b"title=a+b%20c&image=" + quote(BASE64, safe="").encode(),
        [("title", None, b"a b c"), ("image", None, BASE64)],
    ),
    (
        "form, base64 not encoded",
        FORM,
        b"image=" + BASE64 + b"&type=base64",
        [("image", None, BASE64), ("type", None, b"base64")],
    ),
    ("form of any type", "text/plain", b"title=x", [("title", None, b"x")]),
    ("names without value", FORM, b"&a&b=&&c", [("a", None, b""), ("b", None, b""), ("c", None, b"")]),
    ("list", FORM, b"ids%5B%5D=a&ids[]=b", [("ids[]", None, b"a"), ("ids[]", None, b"b")]),
    ("base64 alone", FORM, BASE64, [("image", None, BASE64)]),
    ("base64 alone, encoded", FORM, quote(BASE64, safe="").encode(), [("image", None, BASE64)]),
    (
        "data URI alone",
        "text/plain",
        b"data:image/png;base64," + BASE64,
        [("image", None, b"data:image/png;base64," + BASE64)],
    ),
    (
        "JSON",
        "application/json",
        json.dumps({"image": BASE64.decode(), "n": 1, "on": True, "no": None}).encode(),
        [("image", None, BASE64), ("n", None, b"1"), ("on", None, b"true")],
    ),
    (
        "JSON of any type",
        FORM,
        b'{"ids":["a","b"],"title":"\\"image\\": \\"x"}',
        [("ids", None, b"a"), ("ids", None, b"b"), ("title", None, b'"image": "x')],
    ),
    (
        "JSON, escaped",
        "",
        b'\xef\xbb\xbf {"image" : "a\\/\\u002B\\n\\\\b", "t":1}',
        [("image", None, b"a/+\n\\b"), ("t", None, b"1")],
    ),
    ("multipart", "multipart/form-data; boundary=XX", MULTIPART, [("image", "a.png", PNG), ("title", None, b"hi")]),
    (
        "multipart, quoted",
        'multipart/form-data; boundary="XX"',
        MULTIPART,
        [("image", "a.png", PNG), ("title", None, b"hi")],
    ),
    ("multipart undeclared", FORM, MULTIPART, [("image", "a.png", PNG), ("title", None, b"hi")]),
    (
        "multipart, boundary not named",
        "multipart/form-data",
        MULTIPART,
        [("image", "a.png", PNG), ("title", None, b"hi")],
    ),
    (
        "multipart, no end",
        "multipart/form-data; boundary=XX",
        multipart(('name="image"; filename="a"', PNG), end=b""),
        [("image", "a", PNG)],
    ),
    (
        "multipart, names in UTF-8",
        "multipart/form-data; boundary=XX",
        multipart(('name="é"; filename="ü.png"', b"")),
        [("é", "ü.png", b"")],
    ),
    ("multipart, empty", "multipart/form-data; boundary=XX", b"--XX--\r\n", []),
    *(
        (
            f"multipart, {name}",
            content_type,
            bare(('name="title"', b"hi"), ('name="e"', b""), ('name="image"; filename="a.png"', PNG), **how),
            [("title", None, b"hi"), ("e", None, b""), ("image", "a.png", PNG)],
        )
        for content_type in ("multipart/form-data; boundary=XX", FORM)
        for name, how in {
            "bare line feeds": {},
            "bare line feeds in heads": {"before": b"\r\n", "end": b"--XX--\r\n"},
            "bare line feeds before delimiters": {"newline": b"\n", "end": b"--XX--"},
            "bare line feeds, no end": {"end": b""},
        }.items()
        if content_type != FORM or name == "bare line feeds"
    ),
]


@pytest.mark.parametrize("step", [1, 2, 3, 7, 1 << 16])
@pytest.mark.parametrize(("content_type", "body", "parts"), [row[1:] for row in BODIES], ids=[row[0] for row in BODIES])
def test_every_way_of_writing(content_type: str, body: bytes, parts: Found, step: int) -> None:
    assert read(body, content_type, step) == parts


def test_names_in_an_old_encoding() -> None:
    body = multipart(('name="image"; filename="?.png"', b"x")).replace(b"?", b"\xe9")
    assert read(body, "multipart/form-data; boundary=XX") == [("image", "é.png", b"x")]


@given(
    st.dictionaries(st.from_regex(r"[a-z]{1,20}", fullmatch=True), st.text(max_size=50), min_size=1, max_size=5),
    st.integers(1, 9),
)
def test_forms_come_back(fields: dict[str, str], step: int) -> None:
    body = urlencode(fields, quote_via=quote_plus).encode()
    assert {name: value.decode() for name, _, value in read(body, step=step)} == fields


@given(st.binary(max_size=300), st.integers(1, 40), st.binary(max_size=3))
@example(b"\r\n--X", 1, b"")
@example(b"\r\n--XX\r", 3, b"")
def test_a_file_in_a_form_comes_back(file: bytes, step: int, before: bytes) -> None:
    if b"--XX" in file:
        return
    body = multipart(('name="t"', before.replace(b"-", b"")), ('name="image"; filename="x"', file))
    assert read(body, "multipart/form-data; boundary=XX", step)[-1] == ("image", "x", file)


@given(st.binary(max_size=300), st.integers(1, 40), st.sampled_from([b"\n", b"\r\n"]))
@example(b"\n--X", 1, b"\n")
@example(b"\n\n--XX", 3, b"\n")
@example(b"\r\n\r\n", 1, b"\r\n")
def test_a_file_between_bare_line_feeds_comes_back(file: bytes, step: int, before: bytes) -> None:
    if b"--XX" in file or (file.endswith(b"\r") and before == b"\n"):  # PHP takes that one away as well
        return
    body = bare(('name="t"', b"x"), ('name="image"; filename="x"', file), before=before)
    assert read(body, "multipart/form-data; boundary=XX", step) == [("t", None, b"x"), ("image", "x", file)]


@given(
    st.binary(max_size=400),
    st.sampled_from([FORM, "multipart/form-data; boundary=XX", "application/json", "", "\xff;;="]),
    st.integers(1, 50),
)
@example(b"--XX\r\n", "multipart/form-data; boundary=XX", 5)
@example(b'{"image":"\\u12', "", 5)
def test_any_bytes_are_read_or_refused(body: bytes, content_type: str, step: int) -> None:
    with suppress(BodyParseError):
        read(body, content_type, step)


@given(st.binary(max_size=200))
def test_what_begins_like_a_grammar_is_read_or_refused(rest: bytes) -> None:
    for start in (
        b"--XX\r\nContent-Disposition: form-data; name=image\r\n\r\n",
        b"--XX\r\nContent-",
        b'{"image":"',
        b'{"a":',
        b"image=",
        b"a=%",
    ):
        with suppress(BodyParseError):
            read(start + rest, "multipart/form-data; boundary=XX", 3)


@pytest.mark.parametrize("body", [b'{"image":"abc', b'{"image":"\\uZZZZ"}', b'{"a":}', b'{"a":1', b'{"a":"\\ud800"}'])
def test_broken_json_is_refused(body: bytes) -> None:
    with pytest.raises(BodyParseError):
        read(body)


def test_the_limits_of_a_json_document_are_those_that_were_measured() -> None:
    """The security page says how long a step of reading such a document takes: whoever raises one measures again."""
    limits = {name: getattr(json_body, name) for name in vars(json_body) if name.startswith("MAX_D") or name == "PIECE"}
    counts = json_body.MAX_TOKENS, json_body.MAX_FILE_MEMBERS
    assert (limits, counts) == (
        {"MAX_DOCUMENT_BYTES": 1_000_000, "MAX_DEPTH": 32, "PIECE": 16_384},
        (60_000, 10),
    )
    page = (Path(__file__).parents[2] / "docs" / "security.md").read_text(encoding="utf-8")
    assert "may be nested 32 levels deep and have ten files" in page


def test_a_json_document_is_nested_so_deep_at_most() -> None:
    def nested(levels: int) -> bytes:
        return b'{"a":' + b"[" * (levels - 1) + b'"x"' + b"]" * (levels - 1) + b"}"

    assert read(nested(32)) == [("a", None, b"x")]
    for levels in (33, 500, 400_000):
        with pytest.raises(BodyParseError, match="is nested more than 32 levels deep"):
            read(nested(levels))
    with pytest.raises(BodyParseError, match="is nested more than 32 levels deep"):
        read(b'{"image":"' + BASE64 + b'","a":' + b'{"b":' * 32 + b"1" + b"}" * 33)


@pytest.mark.parametrize("text", ["[" * 100_000, "[{,]}" * 20_000, '\\"[' * 50_000, '"' * 100_000, "\\" * 99_999 + "["])
def test_brackets_and_commas_in_json_text_are_text(text: str) -> None:
    assert read(json.dumps({"description": text, "n": [[1]]}).encode()) == [
        ("description", None, text.encode()),
        ("n", None, b"1"),
    ]


@pytest.mark.parametrize(
    "document",
    [
        {"ids": ["abc"] * 10_000},
        {"ids": [str(number) for number in range(10_000)]},
        {f"k{number}": ["v"] for number in range(10_000)},
        {f"k{number}": 1 for number in range(10_000)},
    ],
    ids=["one word", "numbers", "lists", "names"],
)
def test_ten_thousand_json_fields_are_read_however_they_are_written(document: dict[str, object]) -> None:
    for indent in (None, 2):
        assert len(read(json.dumps(document, indent=indent).encode())) == 10_000


@pytest.mark.parametrize(
    "members",
    [b"[]," * 70_000, b"{}," * 70_000, b"1," * 400_000, b'"",' * 300_000, (b"[" * 30 + b"]" * 30 + b",") * 16_000],
    ids=["lists", "objects", "numbers", "strings", "nested lists"],
)
def test_json_of_too_many_members_is_refused_before_it_is_decoded(
    members: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(json_body, "msgspec", None)
    with pytest.raises(BodyParseError, match="has too many fields"):
        read(b'{"a":[' + members + b"1]}")


@pytest.mark.parametrize("rest", [b'"' + b'\\"' * 400_000, b'"' * 800_001, b"]" * 800_000, b'"' + b"\\" * 800_000])
def test_long_broken_json_is_refused(rest: bytes) -> None:
    """In one pass: a search that starts again at each quote would take minutes."""
    for start in (b'{"a":[', b'{"a":' + b"[" * 31 + b"," * 20_000):
        with pytest.raises(BodyParseError):
            read(start + rest)


# ---- what takes long


def test_json_with_more_than_ten_file_members_is_refused_at_once() -> None:
    def members(count: int) -> bytes:
        return b"{" + b",".join([b'"image":"aGk="'] * count) + b', "title": "hi"}'

    assert read(members(10))[-1] == ("title", None, b"hi")
    with pytest.raises(BodyParseError, match="has more than 10 files"):
        read(members(9_000))


@pytest.mark.parametrize("number", ["1e308", "2.2250738585072011e-308", "1e999", "1.50"])
def test_a_fraction_is_not_converted(number: str) -> None:
    """10,000 numbers with large exponents would take a fifth of a second, and 60,000 more than one."""
    assert read(f'{{"a": {number}, "b": 12}}'.encode()) == [("a", None, number.encode()), ("b", None, b"12")]


def test_empty_pairs_of_a_form_are_skipped_together(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each alone would copy what follows it."""
    reads: list[bytes] = []
    read_name = FormParser._read_name
    monkeypatch.setattr(FormParser, "_read_name", lambda self, data: reads.append(data) or read_name(self, data))
    assert read(b"a=1" + b"&" * 100_000 + b"b=2") == [("a", None, b"1"), ("b", None, b"2")]
    assert len(reads) <= 20, "pieces of 16 kB were read"


def test_bare_line_feeds_are_repaired_piece_by_piece(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each delimiter copies what follows it: 300 kB of nothing else took more than a second."""
    sizes: list[int] = []
    feed = LineEnds.feed
    monkeypatch.setattr(LineEnds, "feed", lambda self, chunk: sizes.append(len(chunk)) or feed(self, chunk))
    with pytest.raises(BodyParseError, match="malformed"):
        read(bare(('name="a"', b"x"), end=b"") + b"\n--XX\n\n" * 40_000, step=1 << 18)
    assert sizes == [PIECE], "the first piece has a part without a name, so no other one is read"
    assert read(bare(('name="a"', b"x" * 50_000), ('name="b"', b"y")), step=1 << 18) == [
        ("a", None, b"x" * 50_000),
        ("b", None, b"y"),
    ]
    assert max(sizes) == PIECE


@given(st.lists(st.text(st.sampled_from('a"\\[]{},é\n'), max_size=9), max_size=9))
def test_strings_are_cut_out_of_json_whatever_they_contain(texts: list[str]) -> None:
    document = json.dumps([[text] for text in texts], separators=(",", ":")).encode()
    outside, strings = json_body._without_strings(document)
    assert (outside, strings) == (json.dumps([[]] * len(texts), separators=(",", ":")).encode(), len(texts))


@given(st.text(st.sampled_from('a"\\/+é\n')))
def test_an_escaped_file_comes_back(text: str) -> None:
    for body in (json.dumps({"image": text}), json.dumps({"image": text}).replace("/", "\\/")):
        assert b"".join(part[2] for part in read(body.encode(), step=1000)) == text.encode(), body
