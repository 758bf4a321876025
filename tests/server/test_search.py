"""Search: parsing queries, and what they find in a gallery."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from gallery_support import get, post, submit, submit_album, titles
from hypothesis import given
from hypothesis import strategies as st
from site_support import Person, Site, Sites

from pyimgur.server.db.dialects.sqlite.fulltext import fts5_expression
from pyimgur.server.db.fulltext import And, AndNot, Or, Phrase
from pyimgur.server.services.search_parser import ADVANCED, ANY_POST, MAX_WORDS, parse_advanced, parse_simple


@pytest.mark.parametrize(
    ("query", "tree"),
    [
        ("", None),
        (" !? OR ( ) ", None),
        ("cat", Phrase("cat")),
        ("cat dog", And([Phrase("cat"), Phrase("dog")])),
        ("cat AND dog", And([Phrase("cat"), Phrase("dog")])),
        ("cat OR dog", Or([Phrase("cat"), Phrase("dog")])),
        ("a b OR c", Or([And([Phrase("a"), Phrase("b")]), Phrase("c")])),
        ("a (b OR c)", And([Phrase("a"), Or([Phrase("b"), Phrase("c")])])),
        ("cat NOT dog", AndNot(And([Phrase("cat")]), Or([Phrase("dog")]))),
        ("-dog", AndNot(And([ANY_POST]), Or([Phrase("dog")]))),
        ('"two words"', Phrase("two words")),
        ('tag:"Star Wars"', Phrase("star_wars", ("tags",))),
        ("user:ann", Phrase("ann", ("author",))),
        ("ext:.JPG", Phrase("jpg", ("facets",))),
        ("http://x", Phrase("http://x")),
        ("cat OR", Phrase("cat")),
        ("OR OR cat", Phrase("cat")),
        ("NOT", None),
        ("(cat", Phrase("cat")),
    ],
)
def test_a_simple_query(query: str, tree: object) -> None:
    assert parse_simple(query) == tree


def test_a_text_stays_a_text() -> None:
    assert fts5_expression(Phrase('a" OR "b')) == '{title description tags author} : "a"" OR ""b"'


@pytest.fixture(scope="module")
def gallery(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Three posts that differ in everything a search may ask for."""
    with Sites(tmp_path_factory.mktemp("gallery")) as sites:
        site = sites.start()
        ann, bob = site.person("ann"), site.person("bob_b")
        cat = submit(site, ann, "A café cat", tags="cats,star wars", section="Aww")
        post(site, f"/3/image/{cat}", ann, description="sleeping in the sun")
        site.clock.forward(10)
        submit(site, bob, "A dog in the sun", tags="dogs")
        site.clock.forward(10)
        submit_album(site, bob, "Cat and dog album")
        yield site


CAT, DOG, ALBUM = "A café cat", "A dog in the sun", "Cat and dog album"


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("cat", [ALBUM, CAT]),
        ("CAT dog", [ALBUM]),
        ("cafe", [CAT]),
        ("sleeping", [CAT]),
        ("sun NOT cat", [DOG]),
        ("NOT cat", [DOG]),
        ("dogs OR cats", [DOG, CAT]),
        ("(dogs OR cats) sleeping", [CAT]),
        ('"dog in the"', [DOG]),
        ('"in dog the"', []),
        ("title:sun", [DOG]),
        ("user:bob_b", [ALBUM, DOG]),
        ("bob_b dog", [ALBUM, DOG]),
        ('tag:"star wars"', [CAT]),
        ("tag:star", []),
        ("subreddit:AWW", [CAT]),
        ("ext:png", [DOG, CAT]),
        ("album:cat", [ALBUM]),
        ("meme:cat", []),
        ("post", []),
        ("", []),
    ],
)
def test_what_a_query_finds(gallery: Site, query: str, found: list[str]) -> None:
    assert titles(get(gallery, "/3/gallery/search", q=query)) == found


@pytest.mark.parametrize(
    ("fields", "found"),
    [
        ({"q_all": "cat dog"}, [ALBUM]),
        ({"q_any": "sleeping album"}, [ALBUM, CAT]),
        ({"q_exactly": "cat and dog"}, [ALBUM]),
        ({"q_not": "sun"}, [ALBUM]),
        ({"q_any": "cat dog", "q_not": "album sleeping"}, [DOG]),
        ({"q_type": "album"}, [ALBUM]),
        ({"q_type": "png", "q_all": "dog"}, [DOG]),
        ({"q_size_px": "small"}, [DOG, CAT]),
        ({"q_type": "nonsense"}, []),
        ({"q": "dog", "q_all": "cafe"}, [CAT]),
    ],
)
def test_what_the_advanced_fields_find(gallery: Site, fields: dict[str, str], found: list[str]) -> None:
    assert titles(get(gallery, "/3/gallery/search/time/all/0", None, **fields)) == found


@pytest.mark.parametrize("path", ["/3/gallery/search/1", "/3/gallery/search/time/1", "/3/gallery/search/top/week/1"])
def test_the_next_page_is_empty(gallery: Site, path: str) -> None:
    assert get(gallery, path, q="cat") == []


def test_the_window(gallery: Site) -> None:
    gallery.clock.forward(2 * 86_400)
    try:
        assert get(gallery, "/3/gallery/search/top/day", q="cat") == []
        assert titles(get(gallery, "/3/gallery/search/top/week", q="cat")) == [ALBUM, CAT]
        assert titles(get(gallery, "/3/gallery/search/time/day", q="cat")) == [ALBUM, CAT]
    finally:
        gallery.clock.forward(-2 * 86_400)


def test_new_words_are_found_and_old_ones_are_not(site: Site) -> None:
    ann: Person = site.person("ann")
    image, album = submit(site, ann, "apple"), submit_album(site, ann, "banana")
    post(site, f"/3/image/{image}", ann, title="cherry", description="pear")
    post(site, f"/3/album/{album}", ann, title="date")
    assert get(site, "/3/gallery/search", q="apple OR banana") == []
    assert titles(get(site, "/3/gallery/search", q="cherry OR date OR pear")) == ["date", "cherry"]
    site.delete(f"/3/gallery/{image}", headers=ann.bearer)
    assert titles(get(site, "/3/gallery/search", q="cherry OR date")) == ["date"]


@given(query=st.text(st.sampled_from(list('ab"():*-^{}+\\\0 ')) | st.characters(codec="utf-8"), max_size=60))
def test_nothing_is_an_error(gallery: Site, query: str) -> None:
    get(gallery, "/3/gallery/search", q=query)
    get(gallery, "/3/gallery/search", None, **dict.fromkeys(ADVANCED, query))


@pytest.mark.parametrize("part", ["a OR ", "(", "NOT ", "(a OR b) NOT (", '"a b" '])
def test_a_long_query_is_cut(gallery: Site, part: str) -> None:
    get(gallery, "/3/gallery/search", q=part * (MAX_WORDS * 4))
    assert parse_advanced({"q_all": "word " * 10_000}) == And([Phrase("word")] * MAX_WORDS)
