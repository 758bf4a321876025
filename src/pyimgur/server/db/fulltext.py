"""Full-text search of posts, independent of the database: the search tree and the table of words.

`post_words` has one row for each post, under the post's number. Code that changes a post's title, description, tags or
section updates the row in the same transaction (`services.posts`). `services.search_parser` turns a query into a tree
of the values below, and a dialect compiles the tree to its own match expression (`dialects/*/fulltext.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from sqlalchemy import Column, MetaData, Table, bindparam, select

from pyimgur.server.db.expressions import MatchesSearch, SearchType, WordsType
from pyimgur.server.db.schema import ROW_NUMBER

COLUMNS = ("title", "description", "tags", "author", "section", "facets")
TEXT_COLUMNS = ("title", "description", "tags", "author")
"""The columns that a word without a prefix is searched in."""

post_words = Table(
    "post_words",
    MetaData(),
    Column("rowid", ROW_NUMBER, primary_key=True),
    *(Column(name, WordsType(name)) for name in COLUMNS),
)
matching_posts = select(post_words.c.rowid).where(MatchesSearch(bindparam("tree", type_=SearchType())))
"""The numbers of the posts that match a search tree."""


@dataclass(frozen=True, slots=True)
class Phrase:
    """These words in this order, in one of these columns."""

    text: str
    columns: Sequence[str] = TEXT_COLUMNS


@dataclass(frozen=True, slots=True)
class And:
    """All of these parts."""

    parts: Sequence[Tree]


@dataclass(frozen=True, slots=True)
class Or:
    """At least one of these parts."""

    parts: Sequence[Tree]


@dataclass(frozen=True, slots=True)
class AndNot:
    """The first part without the second."""

    part: Tree
    excluded: Tree


Tree: TypeAlias = Phrase | And | Or | AndNot
