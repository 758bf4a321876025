"""What the tests of backups share: pictures, a client that waits for nothing, and a reader of the manifest."""

from __future__ import annotations

import io
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PIL import Image as Drawing

from pyimgur import Imgur
from pyimgur.backup import Event, Options, Result, Source, back_up
from pyimgur.server.settings import Credits

if TYPE_CHECKING:
    from pyimgur.testing import LocalImgur


def picture(number: int) -> bytes:
    """A PNG that no other number has."""
    file = io.BytesIO()
    Drawing.new("RGB", (8 + number % 16, 8 + number // 16), (number % 256, number // 256, 99)).save(file, "PNG")
    return file.getvalue()


def upload(imgur: LocalImgur, count: int, start: int = 0, **fields: Any) -> list[str]:
    """The ids of new images of the account."""
    numbers = range(start, start + count)
    return [imgur.client.upload_image(picture(number), title=f"number {number}", **fields).id for number in numbers]


@contextmanager
def client(imgur: LocalImgur, **options: Any) -> Iterator[Imgur]:
    """A client of the account that never waits by itself."""
    tokens = {"access_token": imgur.client.access_token, "refresh_token": imgur.client.refresh_token, "retries": 0}
    made = Imgur(imgur.client_id, imgur.client_secret, base_url=imgur.url, clock=imgur.clock, **{**tokens, **options})
    with made:
        yield made


def run(
    imgur: LocalImgur, folder: Path, source: Source | None = None, events: list[Event] | None = None, **options: Any
) -> Result:
    """Back up the account; a pause sets the server's clock forward instead of waiting."""
    with client(imgur) as im:
        given = Options(clock=imgur.clock, sleep=lambda seconds: imgur.advance(seconds=seconds), **options)
        return back_up(im, folder, source, given, on_event=[].append if events is None else events.append)


def enforce(imgur: LocalImgur, **credits: int) -> None:
    """Refuse requests without credits left, from now on until the next reset."""
    state = imgur._state
    state.use(replace(state._settings, credits=Credits(enforced=True, **credits)))
    limiter = state._rate_limiter
    for name, field in (("anonymous", "anonymous"), ("person", "person"), ("application", "application")):
        if field in credits:
            setattr(limiter, name, getattr(limiter, name)._replace(limit=credits[field]))


def rows(folder: Path, sql: str) -> list[tuple[Any, ...]]:
    """Rows of a manifest."""
    with closing(sqlite3.connect(folder / "pyimgur-backup.sqlite3")) as db:
        return db.execute(sql).fetchall()


def change(folder: Path, sql: str, *values: object) -> None:
    """Edit a manifest."""
    with closing(sqlite3.connect(folder / "pyimgur-backup.sqlite3")) as db, db:
        db.execute(sql, values)


def sidecar(folder: Path, id: str) -> dict[str, Any]:
    """The sidecar of an image."""
    [(path,)] = rows(folder, f"SELECT path FROM item WHERE id = '{id}'")
    return json.loads((folder / f"{path}.json").read_text("utf-8"))
