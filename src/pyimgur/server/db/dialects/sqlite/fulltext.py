"""Full-text search in SQLite: the FTS5 table of `fulltext.post_words`, and FTS5 match expressions."""

from __future__ import annotations

from pyimgur.server.db.fulltext import COLUMNS, And, AndNot, Or, Phrase, Tree

_TOKENIZER = "unicode61 remove_diacritics 2 tokenchars '_'"
DDL = (
    f'CREATE VIRTUAL TABLE post_words USING fts5({", ".join(COLUMNS)}, tokenize="{_TOKENIZER}")',
    "CREATE TRIGGER post_words_go AFTER DELETE ON post BEGIN DELETE FROM post_words WHERE rowid = old.number; END",
)
"""The table and a trigger that deletes a post's words, because a cascade from an image or account may delete posts."""


def fts5_expression(tree: Tree) -> str:
    """Return the search tree as an FTS5 match expression; no text in the tree can act as an operator."""
    match tree:
        case Phrase(text, columns):
            quoted = text.replace('"', '""')
            return f'{{{" ".join(columns)}}} : "{quoted}"'
        case And(parts):
            return f"({' AND '.join(map(fts5_expression, parts))})"
        case Or(parts):
            return f"({' OR '.join(map(fts5_expression, parts))})"
        case AndNot(part, excluded):
            return f"({fts5_expression(part)} NOT {fts5_expression(excluded)})"
