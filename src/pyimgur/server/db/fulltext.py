"""The words of posts, to be searched: the one module that knows SQLite's full-text tables.

`post_words` has a row for each post, under the post's number; whoever changes what it says keeps it in the same
transaction (`library.search`). What is looked for comes as a tree of the values below, and `fts5_expression` writes
it down for the database. Another database joins with its own `DDL`, `fts5_expression` and `matching_posts`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from sqlalchemy import Column, Integer, MetaData, Table, Text, bindparam, literal_column, select

_TOKENS = "unicode61 remove_diacritics 2 tokenchars '_'"
_COLUMNS = ("title", "description", "tags", "author", "section", "facets")
DDL = (
    f'CREATE VIRTUAL TABLE post_words USING fts5({", ".join(_COLUMNS)}, tokenize="{_TOKENS}")',
    "CREATE TRIGGER post_words_go AFTER DELETE ON post BEGIN DELETE FROM post_words WHERE rowid = old.number; END",
)
"""A post may go in many ways, say with its image or its account, and its words go with it."""
READ = ("title", "description", "tags", "author")
"""Where a word is looked for if nobody says where."""

post_words = Table(
    "post_words",
    MetaData(),
    Column("rowid", Integer, primary_key=True),
    *(Column(name, Text) for name in _COLUMNS),
)
matching_posts = select(post_words.c.rowid).where(literal_column("post_words").op("MATCH")(bindparam("expression")))
"""The numbers of the posts that fit an expression."""


@dataclass(frozen=True, slots=True)
class Phrase:
    """These words in this order, somewhere in these columns."""

    text: str
    columns: Sequence[str] = READ


@dataclass(frozen=True, slots=True)
class And:
    """Every one of these."""

    parts: Sequence[Tree]


@dataclass(frozen=True, slots=True)
class Or:
    """At least one of these."""

    parts: Sequence[Tree]


@dataclass(frozen=True, slots=True)
class AndNot:
    """The one, and not the other."""

    part: Tree
    other: Tree


Tree: TypeAlias = Phrase | And | Or | AndNot


def fts5_expression(tree: Tree) -> str:
    """What is looked for as FTS5 reads it; no text in it can be anything but text."""
    match tree:
        case Phrase(text, columns):
            quoted = text.replace('"', '""')
            return f'{{{" ".join(columns)}}} : "{quoted}"'
        case And(parts):
            return f"({' AND '.join(map(fts5_expression, parts))})"
        case Or(parts):
            return f"({' OR '.join(map(fts5_expression, parts))})"
        case AndNot(part, other):
            return f"({fts5_expression(part)} NOT {fts5_expression(other)})"
