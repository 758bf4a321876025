"""The words of posts, to be searched: the one module that knows SQLite's full-text tables.

`post_words` has a row for each post, under the post's number; whoever changes what it says keeps it in the same
transaction (`library.search`). What is looked for comes as a tree of the values below, and `expression` writes it down
for the database. Another database joins with its own `DDL`, `expression` and `found`.
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
found = select(post_words.c.rowid).where(literal_column("post_words").op("MATCH")(bindparam("expression")))
"""The numbers of the posts that fit an expression."""


@dataclass(frozen=True, slots=True)
class Words:
    """These words in this order, somewhere in these columns."""

    text: str
    columns: Sequence[str] = READ


@dataclass(frozen=True, slots=True)
class All:
    """Every one of these."""

    parts: Sequence[Tree]


@dataclass(frozen=True, slots=True)
class Some:
    """At least one of these."""

    parts: Sequence[Tree]


@dataclass(frozen=True, slots=True)
class Without:
    """The one, and not the other."""

    part: Tree
    other: Tree


Tree: TypeAlias = Words | All | Some | Without


def expression(tree: Tree) -> str:
    """What is looked for as FTS5 reads it; no text in it can be anything but text."""
    match tree:
        case Words(text, columns):
            quoted = text.replace('"', '""')
            return f'{{{" ".join(columns)}}} : "{quoted}"'
        case All(parts):
            return f"({' AND '.join(map(expression, parts))})"
        case Some(parts):
            return f"({' OR '.join(map(expression, parts))})"
        case Without(part, other):
            return f"({expression(part)} NOT {expression(other)})"
