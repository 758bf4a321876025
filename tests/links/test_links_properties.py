"""What holds for every text: rewriting changes only links, leaves none, and changes nothing twice."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from pyimgur import links
from pyimgur.links._grammar import Found, find_urls
from pyimgur.links._scan import CONTENT

TO = "https://img.example.org/pics"
HOSTS = ("https://i.imgur.com/", "//imgur.com/", "imgur.com/", "http://m.imgur.io/", "HTTPS://www.imgur.com:443/")
PATHS = ("aBcdeFg.jpg", "aBcde", "a/a-title-aBcdeFg", "gallery/aBcde", "user/ann", "aBcdeFg,hIjklMn", "x", "t/cats")
SPELLINGS = (
    str,
    lambda text: text.replace("/", r"\/"),
    lambda text: text.replace("/", r"\\\/"),
    lambda text: text.replace("/", r"\u002F"),
    lambda text: text.replace("/", "&#x2F;").replace(":", "&colon;"),
    lambda text: text.replace(":", "%3A").replace("/", "%2F").replace(",", "%2C"),
    lambda text: text.replace(":", "%253A").replace("/", "%252F").replace(",", "%252C"),
    lambda text: f's:{len(text)}:"{text}";',
    lambda text: rf"s:{len(text)}:\"{text}\";",
    lambda text: f's:7:"{text}";',
)
LINKS = st.builds(
    lambda spell, host, path, more: spell(host + path + more),
    st.sampled_from(SPELLINGS), st.sampled_from(HOSTS), st.sampled_from(PATHS),
    st.sampled_from(["", ".", "?a=1&amp;b=2", "#3", "?u=https://imgur.com/a/aBcde"]),
)  # fmt: skip
PIECES = st.one_of(
    LINKS,
    st.text(max_size=6),
    st.sampled_from(
        ["imgur", ".com/", "https://", "i.", "\n", "\\", "%2", "&amp;", 's:5:"', '";', "(", ")", "\uff0c", "/"]
    ),
)
TEXTS = st.lists(PIECES, max_size=8).map("".join).map(lambda text: text.encode("utf-8", "surrogatepass"))


def pieces_between(body: bytes) -> list[bytes]:
    """The text around the starts of links to images, albums and posts."""
    between: list[bytes] = []
    position = 0
    for found in find_urls(body):
        if isinstance(found, Found) and found.target.kind not in {"search", "user", "tag", "subreddit", "delete"}:
            between.append(body[position : found.start])
            position = found.host_end
    return [*between, body[position:]]


@given(TEXTS)
@settings(max_examples=400)
def test_rewriting_changes_only_links_and_leaves_none(body: bytes) -> None:
    done = links.rewrite_text(body, TO)
    assert [link for link in links.scan_text(done.content) if link.kind in CONTENT] == []
    assert links.rewrite_text(done.content, TO).content == done.content
    if b"s:" not in body and len(done.replaced) == len(pieces_between(body)) - 1:  # lengths change too
        first, *others = pieces_between(body)
        assert done.content.startswith(first), first
        position = len(first)
        for piece in others:
            place = done.content.find(piece, position + len("img.example.org/pics"))
            assert position < place <= position + 5 * len(TO), piece
            position = place + len(piece)
        assert position == len(done.content) or done.content.endswith(others[-1]), others
    kinds = [link.kind for link in done.replaced] + [kept.link.kind for kept in done.kept]
    assert len(kinds) >= len(links.scan_text(body))


@given(TEXTS)
@settings(max_examples=300)
def test_line_and_column_point_to_the_link(body: bytes) -> None:
    text = body.decode("utf-8", "surrogatepass")
    lines = text.split("\n")
    for link in links.scan_text(body):
        assert lines[link.line - 1][link.column - 1 :].startswith(link.text), link
        assert links.scan_text(link.text)[:1] != [], link.text


@given(st.one_of(st.binary(max_size=200), st.lists(st.one_of(st.binary(max_size=8), TEXTS), max_size=6).map(b"".join)))
@settings(max_examples=300)
def test_random_bytes_never_crash_and_keep_every_byte(body: bytes) -> None:
    found = links.scan_text(body)
    done = links.rewrite_text(body, TO)
    assert done.content == body or done.replaced
    assert len(found) <= len(done.replaced) + len(done.kept)


@given(st.sampled_from(["utf-16-le", "utf-16-be", "utf-8-sig", "utf-32-le", "latin-1"]), st.binary(max_size=40), TEXTS)
@settings(max_examples=60)
def test_files_of_any_encoding_are_read_and_written(encoding: str, junk: bytes, body: bytes) -> None:
    text = body.decode("utf-8", "surrogatepass")
    mark = "\ufeff" if encoding.startswith("utf-") and not encoding.endswith("sig") else ""
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "a"
        path.write_bytes((mark + text).encode(encoding, "ignore") + junk)
        first = list(links.rewrite([path], TO))
        content = path.read_bytes()
        assert [file.error for file in first] == [None] * len(first)
        assert [file for file in links.rewrite([path], TO) if file.replaced] == []
        assert path.read_bytes() == content
