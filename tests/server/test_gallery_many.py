"""The gallery's lists cost the same however many posts there are, counted in the steps that SQLite takes for a page."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from pyimgur.server.db.dialects.sqlite import migrate
from pyimgur.server.db.dialects.sqlite.rules import DIALECT
from pyimgur.server.db.queries import gallery as queries
from pyimgur.server.db.query import Query
from pyimgur.server.services import gallery, posts
from pyimgur.server.services.gallery import NO_BOUND, PAGE, ListView

FEW, MANY = 200, 5_000
NOW = 1_700_000_000
EVERY = 60


def steps(count: int, query: Query, view: ListView, path: Path, now: int = NOW) -> tuple[int, int]:
    """How many steps of SQLite's machine the page takes where there are so many posts, and how many it shows."""
    with closing(sqlite3.connect(path)) as connection:
        migrate.ensure_current(connection, path)
        connection.execute("INSERT INTO account (id, name, name_key, password, created) VALUES (1, 'a', 'a', '', 0)")
        rows = [(f"p{number}", number % 97, NOW - EVERY * number) for number in range(count)]
        connection.executemany(
            "INSERT INTO post (id, account_id, score, created, viral) VALUES (?, 1, ?, ?, ?)",
            [(id, score, created, posts.viral_rank(score, created)) for id, score, created in rows],
        )
        compiled = query.compiled(DIALECT, {})
        taken: list[None] = []
        connection.set_progress_handler(lambda: taken.append(None), 1)
        arguments = view.arguments(now) | {"least": 0, "below": NO_BOUND}
        shown = connection.execute(compiled.sql, compiled.values(arguments)).fetchall()
        return len(taken), len(shown)


@pytest.mark.parametrize("window", ["day", "all"])
@pytest.mark.parametrize("sort", ["viral", "time", "top"])
def test_a_page_costs_the_same_however_many_posts_there_are(sort: str, window: str, tmp_path: Path) -> None:
    query = (queries.LIST_RECENT_SECTION if window in gallery.SHORT_WINDOWS else queries.LIST_SECTION)[sort]
    few, many = (
        steps(count, query, ListView(sort=sort, window=window), tmp_path / str(count)) for count in (FEW, MANY)
    )
    sorted_in_the_window = sort == "top" and window == "day"
    assert few[1] == many[1] == PAGE
    assert many[0] <= few[0] * (10 if sorted_in_the_window else 2)  # a day has 1,440 of these posts


@pytest.mark.parametrize("sort", ["viral", "time", "top", "rising"])
def test_a_window_in_which_nothing_happened_costs_nothing(sort: str, tmp_path: Path) -> None:
    view = ListView(sort=sort, window="week")
    taken, shown = steps(MANY, queries.LIST_RECENT_SECTION[sort], view, tmp_path / "db", NOW + 365 * gallery.DAY)
    assert shown == 0
    assert taken < MANY
