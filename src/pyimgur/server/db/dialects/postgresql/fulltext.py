"""Full-text search in PostgreSQL: literal `tsvector` and `tsquery` of the words that SQLite's FTS5 finds in a text.

PostgreSQL's own parsers take hosts, e-mail addresses and hyphenated words apart in other ways, so texts are split here
as FTS5's tokenizer `unicode61 remove_diacritics 2 tokenchars '_'` does it. Weights tell the four columns of texts
apart; words of the other columns, which hold names, have a prefix.
"""

from __future__ import annotations

import unicodedata
from bisect import bisect
from collections.abc import Mapping, Sequence
from hashlib import sha256

from pyimgur.server.db.fulltext import COLUMNS, TEXT_COLUMNS, And, AndNot, Or, Phrase, Tree

MAX_POSITION = 16_383
"""The last position that PostgreSQL stores; phrases behind it are not found."""
MAX_WORD = 500
"""Characters of a word that are stored: PostgreSQL takes 2,046 bytes."""
MAX_TEXT = 40_000
"""Characters of a text whose words are found: PostgreSQL takes a megabyte of words and positions."""
_WEIGHTS: Mapping[str, str] = dict(zip(TEXT_COLUMNS, "ABCD", strict=True))
_PREFIXES: Mapping[str, str] = {"section": "s=", "facets": "f="}
_NO_WORD = "'-'"
"""Matches no post, because no word has a hyphen."""
_KEY = "rowid BIGINT PRIMARY KEY REFERENCES post (number) ON DELETE CASCADE"
_VECTORS = ", ".join(f"{name} TSVECTOR" for name in COLUMNS)
_WEIGHTED = " || ".join(
    f"setweight(coalesce({name}, ''), '{_WEIGHTS[name]}')" if name in _WEIGHTS else f"coalesce({name}, '')"
    for name in COLUMNS
)
DDL = (
    f"CREATE TABLE post_words ({_KEY}, {_VECTORS}, words TSVECTOR GENERATED ALWAYS AS ({_WEIGHTED}) STORED)",
    "CREATE INDEX post_words_index ON post_words USING gin (words)",
)
"""The table of `fulltext.post_words`, with all words of a post in one column."""

_DIACRITICS = frozenset(
    "\u0300\u0301\u0302\u0303\u0304\u0306\u0307\u0308\u0309\u030a\u030b\u030c\u030f\u0311\u031b"
    "\u0323\u0324\u0325\u0326\u0327\u0328\u032d\u032e\u0330\u0331"
)
_RANGES = (
    "58d 58f 605 606 61c 61e 7fd 800 888 8e4 8ff 900 9fd 9ff a76 a77 afa b00 b55 b56 c00 c01 c04 c3d c77 c78 "
    "c81 c82 c84 c85 d00 d02 d3b d3d d4f d50 d81 d82 eba ebb 1715 1716 180f 1887 1ab0 1acf 1b7d 1b7f 1cf7 "
    "1cfa 1de7 1dfc 2066 206a 20ba 20c1 218a 218c 23f4 2400 2700 2701 2b4d 2b50 2b5a 2c00 2e3c 2e5e 32ff 3300 "
    "a69e a69f a82c a82d a8c5 a8c6 a8fc a900 a9e5 a9e6 aa7c aa7e ab5b ab6c fbc2 fbc3 fd40 fdd0 fdfe fe00 fe27 "
    "fe30 1018c 1018f 1019c 101a1 102e0 1037b 1056f 10570 10877 10879 10ac8 10af7 10b99 10f8a 11070 11080 "
    "110c2 110ce 11145 11176 111c9 1166d 116b9 12000 12474 16f50 16f7f 16f88 16fe2 1cfc4 1d1de 1d1eb 1d800 "
    "1ed2f 1f0bf 1f0c0 1f0e0 1f110 1f12f 1f130 1f16c 1f170 1f19b 1f1ae 1f23b 1f23c 1f260 1f266 1f321 1f330 "
    "1f336 1f337 1f37d 1f380 1f394 1f3a0 1f3c5 1f3c6 1f3cb 1f3e0 1f3f1 1f400 1f43f 1f440 1f441 1f442 1f4f8 "
    "1f4f9 1f4fd 1f500 1f53e 1f540 1f544 1f550 1f568 1f5fb 1f641 1f645 1f650 1f680 1f6c6 1f6fd 1f780 1fbcb "
)
_NEW_SYMBOLS = tuple(int(end, 16) for end in _RANGES.split())
"""Where ranges begin and end of characters newer than Unicode 6.1 that FTS5 takes for parts of words."""


def tsvector(text: str | None, column: str) -> str | None:
    """Return the literal of a text's words and their positions."""
    if text is None:
        return None
    prefix, words = _PREFIXES.get(column, ""), words_of(text[:MAX_TEXT])
    return " ".join(f"{_quoted(prefix + word)}:{min(place, MAX_POSITION)}" for place, word in enumerate(words, 1))


def tsquery(tree: Tree) -> str:
    """Return the search tree as the literal of a query; no text in the tree can act as an operator."""
    match tree:
        case Phrase(text, columns):
            words = words_of(text)
            return _group(" | ", [_phrase(words, column) for column in columns]) if words else _NO_WORD
        case And(parts):
            return _group(" & ", [tsquery(part) for part in parts])
        case Or(parts):
            return _group(" | ", [tsquery(part) for part in parts])
        case AndNot(part, excluded):
            return f"({tsquery(part)} & !{tsquery(excluded)})"


def words_of(text: str) -> list[str]:
    """Split a text into words in lower case, without diacritics."""
    return [_shortened(word) for word in text.translate(_folded).split(" ") if word]


def _shortened(word: str) -> str:
    """Return the word, or for a long one its beginning and a digest of all of it."""
    return word if len(word) <= MAX_WORD else word[: MAX_WORD - 64] + sha256(word.encode()).hexdigest()


def _phrase(words: Sequence[str], column: str) -> str:
    """Return the query for adjacent words in one column."""
    prefix, weight = _PREFIXES.get(column, ""), _WEIGHTS.get(column, "")
    return _group(" <-> ", [f"{_quoted(prefix + word)}{weight and ':' + weight}" for word in words])


def _group(operator: str, parts: Sequence[str]) -> str:
    return parts[0] if len(parts) == 1 else f"({operator.join(parts)})" if parts else _NO_WORD


def _quoted(word: str) -> str:
    return f"'{word}'"  # neither quotes nor backslashes are parts of words


class _Folded(dict[int, str]):
    """From a character to the one that it counts as: a space between words, nothing for a diacritic."""

    def __missing__(self, code: int) -> str:
        self[code] = folded = _fold(chr(code))
        return folded


_folded = _Folded()


def _fold(char: str) -> str:
    if not _is_in_word(char):
        return "" if char in _DIACRITICS else " "
    folded = char.casefold() if len(char.casefold()) == 1 else char.lower()
    base, *marks = unicodedata.normalize("NFD", folded)
    if base.isascii() and all(map(unicodedata.combining, marks)):
        return base
    return folded if len(folded) == 1 else char


def _is_in_word(char: str) -> bool:
    category = unicodedata.category(char)
    return char == "_" or category[0] in "LN" or category in {"Co", "Cn"} or bisect(_NEW_SYMBOLS, ord(char)) % 2 == 1
