"""Store the entries of the API's lists as rows of the manifest.

Delete hashes are secrets: they are stored in a column of their own, never within what the API sent, and only if the
backup keeps secrets.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any, Protocol, cast
from urllib.parse import urlsplit

from .._core.decode import to_int
from .._media_types import EXTENSIONS
from .layout import is_id

SECRET = "deletehash"
ACCOUNT_PICTURE = "account"
"""The kind of the account's avatar and cover."""
_VOLATILE = frozenset({"views", "bandwidth", "vote", "favorite", "ad_type", "ad_url", "is_ad", "points", "score"})
"""Fields that change all the time: a sidecar is not written again for them."""
_EXTENSION = {"image/jpeg": "jpg", "image/png": "png", "image/gif": "gif", "image/webp": "webp", "video/mp4": "mp4"}


class Rows(Protocol):
    """A cursor of SQLite."""

    @property
    def rowcount(self) -> int:
        """How many rows were changed."""
        ...

    def fetchone(self) -> Any:
        """Return the next row, or None."""
        ...

    def fetchall(self) -> list[Any]:
        """Return all rows."""
        ...


class Database(Protocol):
    """A connection to SQLite in a transaction."""

    def execute(self, sql: str, parameters: Sequence[object] = ..., /) -> Rows:
        """Execute a statement."""
        ...


class Record(Protocol):
    """Something that a list contains."""

    @property
    def list(self) -> str:
        """The name of the list."""
        ...

    def write(self, db: Database, run: int, *, with_secrets: bool) -> int:
        """Write its rows, and return 1 if this run has not seen it in this list before."""
        ...


def without_secret(raw: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the API sent without delete hashes, also those of the images in it."""
    return {name: _without_secret(value) for name, value in raw.items() if name != SECRET}


def _without_secret(value: Any) -> Any:
    if isinstance(value, list):
        return [_without_secret(entry) for entry in cast("list[object]", value)]
    return without_secret(cast("dict[str, Any]", value)) if isinstance(value, dict) else value


def mark_seen(db: Database, list: str, id: str, run: int) -> int:
    """Record that this run has seen something in a list; return 1 if it has not before."""
    sql = """INSERT INTO seen (list, id, run) VALUES (?, ?, ?)
    ON CONFLICT (list, id) DO UPDATE SET run = excluded.run WHERE run <> excluded.run"""
    return db.execute(sql, (list, id, run)).rowcount


def names_file(raw: Mapping[str, Any]) -> bool:
    """Return whether the link of an image is that of its file."""
    link = str(raw.get("link") or "")
    try:
        extension = PurePosixPath(urlsplit(link).path).suffix[1:].lower()
    except ValueError:
        return False
    return extension in EXTENSIONS and link.startswith(("http://", "https://"))


def file_link(raw: Mapping[str, Any], images_url: str) -> str:
    """Return the URL of an image's file.

    Lists of favorites have the URL of the page instead, so that the URL is made of the id and the type.
    """
    if names_file(raw):
        return str(raw["link"])
    return f"{images_url}/{raw['id']}.{_EXTENSION.get(str(raw.get('type')), 'jpg')}"


@dataclass(frozen=True, slots=True)
class ImageRecord:
    """An image in a list."""

    list: str
    raw: Mapping[str, Any] = field(repr=False)
    images_url: str
    kind: str = "image"

    def write(self, db: Database, run: int, *, with_secrets: bool) -> int:
        """Write its row: a new one is to be saved; of a known one, what the API sends now replaces what it sent."""
        id = str(self.raw["id"])
        secret = to_text(self.raw.get(SECRET)) or None if with_secrets else None
        raw = without_secret(self.raw)
        known = db.execute("SELECT raw, deletehash FROM item WHERE id = ?", (id,)).fetchone()
        size, created, link = to_int(self.raw.get("size")), to_int(self.raw.get("datetime")), self._link(raw)
        if known is None:
            db.execute(
                """INSERT INTO item (id, kind, state, link, expected_size, type, created, deletehash, raw)
                VALUES (?, ?, 'pending', ?, ?, ?, ?, ?, ?)""",
                (id, self.kind, link, size, to_text(raw.get("type")), created, secret, to_json(raw)),
            )
        else:
            earlier = json.loads(known[0])
            merged = {**earlier, **{name: value for name, value in raw.items() if value is not None}}
            if names_file(earlier) and not names_file(raw):
                merged["link"] = earlier["link"]
            if merged != earlier or secret not in {None, known[1]}:
                changed = _stable(merged) != _stable(earlier) or secret not in {None, known[1]}
                db.execute(
                    """UPDATE item SET raw = ?, deletehash = coalesce(?, deletehash), link = ?,
                    expected_size = coalesce(?, expected_size), created = coalesce(?, created),
                    sidecar = CASE WHEN ? THEN 0 ELSE sidecar END WHERE id = ?""",
                    (to_json(merged), secret, self._link(merged), size, created, changed, id),
                )
        return mark_seen(db, self.list, id, run)

    def _link(self, raw: Mapping[str, Any]) -> str:
        link = str(raw["link"]) if self.kind == ACCOUNT_PICTURE else file_link(raw, self.images_url)
        return to_text(link) or ""


@dataclass(frozen=True, slots=True)
class LinkRecord:
    """An image of which only a link is known."""

    list: str
    id: str
    link: str

    def write(self, db: Database, run: int, *, with_secrets: bool) -> int:
        """Write its row, unless the image is known."""
        db.execute(
            """INSERT INTO item (id, kind, state, link, raw) VALUES (?, 'image', 'pending', ?, ?)
            ON CONFLICT (id) DO NOTHING""",
            (self.id, self.link, to_json({"id": self.id, "link": self.link})),
        )
        return mark_seen(db, self.list, self.id, run)


@dataclass(frozen=True, slots=True)
class AlbumRecord:
    """An album in a list; its images are read later."""

    list: str
    raw: Mapping[str, Any] = field(repr=False)

    def write(self, db: Database, run: int, *, with_secrets: bool) -> int:
        """Write its row: its images are to be read once in each run."""
        id, raw = str(self.raw["id"]), self.raw
        secret = to_text(raw.get(SECRET)) or None if with_secrets else None
        new = mark_seen(db, self.list, id, run)
        fields = without_secret({name: value for name, value in raw.items() if name != "images"})
        values = (
            secret, *(to_text(raw.get(name)) for name in ("title", "description", "privacy", "layout", "cover")),
            to_int(raw.get("datetime")),
        )  # fmt: skip
        db.execute(
            """INSERT INTO album (id, state, deletehash, title, description, privacy, layout, cover, created, raw)
            VALUES (?, 'pending', ?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (id) DO UPDATE SET deletehash = coalesce(excluded.deletehash, deletehash),
            title = excluded.title, description = excluded.description,
            privacy = coalesce(excluded.privacy, privacy), layout = coalesce(excluded.layout, layout),
            cover = coalesce(excluded.cover, cover), created = coalesce(excluded.created, created), raw = excluded.raw,
            state = CASE WHEN ? THEN 'pending' ELSE state END""",
            (id, *values, to_json(fields), new),
        )
        return new


@dataclass(frozen=True, slots=True)
class AlbumImages:
    """The images of an album, in order, as `3/album/{id}` sends them."""

    album: Mapping[str, Any] = field(repr=False)
    images: Sequence[Mapping[str, Any]] = field(repr=False)
    images_url: str
    list: str = "album images"

    def write(self, db: Database, run: int, *, with_secrets: bool) -> int:
        """Write the album, its images and their positions; sidecars of images that moved are written again."""
        id = str(self.album["id"])
        AlbumRecord(self.list, self.album).write(db, run, with_secrets=with_secrets)
        for image in self.images:
            ImageRecord(self.list, image, self.images_url).write(db, run, with_secrets=with_secrets)
        ids = [str(image["id"]) for image in self.images]
        known = db.execute("SELECT image FROM member WHERE album = ? ORDER BY position", (id,)).fetchall()
        if [image for (image,) in known] != ids:
            in_album = "UPDATE item SET sidecar = 0 WHERE id IN (SELECT image FROM member WHERE album = ?)"
            db.execute(in_album, (id,))
            db.execute("DELETE FROM member WHERE album = ?", (id,))
            for position, image in enumerate(ids, 1):
                db.execute("INSERT INTO member (album, position, image) VALUES (?, ?, ?)", (id, position, image))
            db.execute(in_album, (id,))
        db.execute("UPDATE album SET state = 'saved', error = NULL WHERE id = ?", (id,))
        return 1


def entries(page: object) -> list[dict[str, Any]]:
    """Return the objects of a page; Imgur sends null in the place of some."""
    found = cast("list[object]", page) if isinstance(page, list) else []
    return [cast("dict[str, Any]", entry) for entry in found if isinstance(entry, dict)]


def with_ids(page: object) -> list[dict[str, Any]]:
    """Return the objects of a page that have an id."""
    return [entry for entry in entries(page) if is_id(entry.get("id"))]


def to_json(value: object) -> str:
    """Return a value as compact JSON that SQLite can store."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace").decode()


def to_text(value: object) -> str | None:
    """Return a text that SQLite can store; None for anything that is no text."""
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else None


def _stable(raw: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in raw.items() if name not in _VOLATILE}
