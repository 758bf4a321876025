"""Favorites, posts, comments and documents of an account, as rows of the manifest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .._core.decode import to_int
from .records import Database, entries, mark_seen, to_json, to_text, without_secret


@dataclass(frozen=True, slots=True)
class FavoriteRecord:
    """A favorite, in a folder or in the list of all favorites."""

    list: str
    raw: Mapping[str, Any] = field(repr=False)
    folder: str
    position: int

    def write(self, db: Database, run: int, *, with_secrets: bool) -> int:
        """Write its row."""
        id, kind = str(self.raw["id"]), "album" if self.raw.get("is_album") else "image"
        db.execute(
            """INSERT INTO favorite (kind, id, folder, position, raw) VALUES (?, ?, ?, ?, ?)
            ON CONFLICT (folder, kind, id) DO UPDATE SET position = excluded.position, raw = excluded.raw""",
            (kind, id, self.folder, self.position, to_json(without_secret(self.raw))),
        )
        return mark_seen(db, self.list, id, run)


@dataclass(frozen=True, slots=True)
class PostRecord:
    """A gallery post; its comments are read later, if they are wanted."""

    list: str
    raw: Mapping[str, Any] = field(repr=False)
    with_comments: bool

    def write(self, db: Database, run: int, *, with_secrets: bool) -> int:
        """Write its row."""
        id, kind = str(self.raw["id"]), "album" if self.raw.get("is_album") else "image"
        new = mark_seen(db, self.list, id, run)
        state = "pending" if self.with_comments else "saved"
        db.execute(
            """INSERT INTO post (id, kind, state, raw) VALUES (?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET
            raw = excluded.raw, state = CASE WHEN ? THEN excluded.state ELSE state END""",
            (id, kind, state, to_json(without_secret(self.raw)), new),
        )
        return new


@dataclass(frozen=True, slots=True)
class CommentRecord:
    """A comment, without the replies to it."""

    list: str
    raw: Mapping[str, Any] = field(repr=False)

    def write(self, db: Database, run: int, *, with_secrets: bool) -> int:
        """Write its row."""
        raw = {name: value for name, value in self.raw.items() if name != "children"}
        id = to_int(raw.get("id"))
        values = (
            id, to_text(raw.get("image_id")) or "", to_int(raw.get("parent_id")) or 0, to_text(raw.get("author")) or "",
            to_text(raw.get("comment")) or "", to_int(raw.get("datetime")), to_json(raw),
        )  # fmt: skip
        db.execute(
            """INSERT INTO comment (id, post, parent, author, text, created, raw) VALUES (?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (id) DO UPDATE SET text = excluded.text, raw = excluded.raw""",
            values,
        )
        return mark_seen(db, self.list, str(id), run)


@dataclass(frozen=True, slots=True)
class Document:
    """A JSON document of the account, or why it could not be read."""

    name: str
    raw: object = field(repr=False)
    error: str | None = None
    list: str = "documents"

    def write(self, db: Database, run: int, *, with_secrets: bool) -> int:
        """Write its row; a document that was read earlier is kept if it cannot be read now."""
        keep = "DO NOTHING" if self.error else "DO UPDATE SET raw = excluded.raw, error = NULL"
        sql = f"INSERT INTO document (name, raw, error) VALUES (?, ?, ?) ON CONFLICT (name) {keep}"  # noqa: S608
        db.execute(sql, (self.name, to_json(self.raw), self.error))
        return 1


def comment_tree(list: str, comments: object) -> list[CommentRecord]:
    """Return comments with all replies below them."""
    found: list[CommentRecord] = []
    waiting = entries(comments)
    while waiting:
        raw = waiting.pop()
        if to_int(raw.get("id")) is not None:
            found.append(CommentRecord(list, raw))
        waiting.extend(entries(raw.get("children")))
    return found
