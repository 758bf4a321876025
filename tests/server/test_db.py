"""Statements, transactions, the writer, and tables made at once or by migrations; all on real SQLite files."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import Table, bindparam, delete, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from pyimgur.server.db.dialects.sqlite import group_commit, migrate
from pyimgur.server.db.dialects.sqlite.engine import SQLiteEngine
from pyimgur.server.db.query import BoundQuery, Query, Steps, transaction
from pyimgur.server.db.rows import Count, table_row
from pyimgur.server.db.schema import (
    VERSION,
    access_token,
    account,
    album,
    album_image,
    application,
    attempt,
    authorization,
    image,
    upload_key,
)
from pyimgur.server.errors import BusyError, DatabaseUnusableError, StorageFullError
from pyimgur.server.services.networks import network_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

ADD = Query(insert(attempt))
FIND = Query(select(attempt).where(attempt.c.key == bindparam("key")), table_row(attempt))
ALL = Query(select(attempt).order_by(attempt.c.key), table_row(attempt))
COUNT = Query(select(func.count().label("total")).select_from(attempt), Count)
FORGET = Query(update(attempt).where(attempt.c.key == bindparam("of")).values(failures=0, until=bindparam("until")))


def all_rows(table: Table) -> Query[Any]:
    return Query(select(table), table_row(table))


@transaction
def add(key: str, failures: int = 1) -> Steps[str]:
    yield ADD.run(key=key, failures=failures, last=5, until=6)
    return key


def using(path: Path, work: Callable[[SQLiteEngine], Awaitable[None]], **options: float) -> None:
    """Open a database, work on it, close it."""

    async def opened() -> None:
        async with SQLiteEngine(path, durable=False, **options) as db:
            await work(db)

    asyncio.run(asyncio.wait_for(opened(), 20))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data %20?.sqlite3"


# ---- statements


def test_rows_are_named_after_the_selected_columns(path: Path) -> None:
    async def work(db: SQLiteEngine) -> None:
        await db.write(add("a", failures=3))
        row = await db.read(FIND.one(key="a"))
        assert row._asdict() == {"key": "a", "failures": 3, "last": 5, "until": 6}
        assert await db.read(FIND.one(key="b")) is None
        assert [row.key for row in await db.scan(ALL.all())] == ["a"]
        assert (await db.read(COUNT.exactly_one())).total == 1

    using(path, work)


def test_a_statement_keeps_its_literals_and_tells_how_many_rows_it_changed(path: Path) -> None:
    @transaction
    def forget(key: str) -> Steps[int]:
        return (yield FORGET.run(of=key, until=9))

    async def work(db: SQLiteEngine) -> None:
        await db.write(add("a", failures=3))
        assert await db.write(forget("a")) == 1
        assert await db.write(forget("b")) == 0
        assert await db.read(FIND.one(key="a")) == ("a", 0, 5, 9)

    using(path, work)


def test_a_literal_null_is_a_value() -> None:
    query = Query(update(authorization).where(authorization.c.id == bindparam("of")).values(client_id=None))
    compiled = query.compiled(sqlite.dialect(paramstyle="qmark"), {"of": "a"})
    assert compiled.values({"of": "a"}) == [None, "a"]


def test_a_missing_argument_is_an_error_and_no_null(path: Path) -> None:
    async def work(db: SQLiteEngine) -> None:
        with pytest.raises(KeyError, match="key"):
            await db.read(FIND.one())

    using(path, work)


def test_an_insert_names_the_columns_it_is_given() -> None:
    dialect = sqlite.dialect(paramstyle="qmark")
    few, more = ({"key": "k", "failures": 1}, {"key": "k", "failures": 1, "last": 2, "until": 3})
    query = Query(insert(attempt))
    assert query.compiled(dialect, few).sql == 'INSERT INTO attempt ("key", failures) VALUES (?, ?)'
    assert query.compiled(dialect, more).values(more) == ["k", 1, 2, 3]


def test_a_statement_is_compiled_once_for_each_dialect() -> None:
    lite, post = sqlite.dialect(paramstyle="qmark"), postgresql.dialect(paramstyle="numeric_dollar")
    first = FIND.compiled(lite, {"key": 1})
    assert FIND.compiled(lite, {"key": 2}) is first
    assert FIND.compiled(post, {"key": 1}).sql.endswith("= $1::VARCHAR")


# ---- transactions


def test_a_transaction_reads_what_it_has_written_and_returns(path: Path) -> None:
    @transaction
    def both() -> Steps[int]:
        yield from add("a", failures=4)
        return (yield FIND.one(key="a")).failures

    async def work(db: SQLiteEngine) -> None:
        assert await db.write(both()) == 4

    using(path, work)


def test_what_fails_takes_back_its_own_and_nothing_else(path: Path) -> None:
    @transaction
    def half() -> Steps[None]:
        yield from add("half")
        raise ValueError("no")

    async def work(db: SQLiteEngine) -> None:
        outcomes = await asyncio.gather(*map(db.write, (add("a"), half(), add("b"))), return_exceptions=True)
        assert [type(outcome) for outcome in outcomes] == [str, ValueError, str]
        assert [row.key for row in await db.scan(ALL.all())] == ["a", "b"]

    using(path, work)


def test_a_statement_that_sqlite_refuses_takes_nothing_else_with_it(path: Path) -> None:
    async def work(db: SQLiteEngine) -> None:
        outcomes = await asyncio.gather(db.write(add("a")), db.write(add("b", 1 << 70)), return_exceptions=True)
        assert [type(outcome) for outcome in outcomes] == [str, OverflowError]
        await db.write(add("c"))
        assert [row.key for row in await db.scan(ALL.all())] == ["a", "c"]

    using(path, work)


# ---- the writer


async def blocked(db: SQLiteEngine) -> tuple[asyncio.Task[str], list[str]]:
    """A write that stands before another program's lock, and the statements of the writer from there on."""
    seen: list[str] = []
    db._write_connection.set_trace_callback(seen.append)
    first = asyncio.create_task(db.write(add("first")))
    while "BEGIN IMMEDIATE" not in seen:
        await asyncio.sleep(0.001)
    return first, seen


def test_writes_that_wait_together_share_one_commit(path: Path) -> None:
    async def work(db: SQLiteEngine) -> None:
        with locked(path):
            first, seen = await blocked(db)
            rest = [asyncio.create_task(db.write(add(f"{i:03}"))) for i in range(100)]
            await asyncio.sleep(0)
        await asyncio.gather(first, *rest)
        assert seen.count("COMMIT") == 2
        assert seen.count("RELEASE work") == 101

    using(path, work)


def test_nobody_is_answered_before_the_commit(path: Path) -> None:
    answered: list[int] = []

    async def work(db: SQLiteEngine) -> None:
        async def write(key: str) -> None:
            await db.write(add(key))
            with closing(sqlite3.connect(path)) as other:  # what another connection sees is committed
                answered.append(other.execute("SELECT count(*) FROM attempt WHERE key = ?", (key,)).fetchone()[0])

        await asyncio.gather(*(write(str(i)) for i in range(20)))

    using(path, work)
    assert answered == [1] * 20


def test_a_full_queue_is_refused_at_once_and_recovers(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(group_commit, "MAX_QUEUE", 5)

    async def work(db: SQLiteEngine) -> None:
        with locked(path):
            writes = [asyncio.create_task(db.write(add(f"{i:02}"))) for i in range(20)]
            done, _ = await asyncio.wait(writes, return_when=asyncio.FIRST_EXCEPTION)
            assert {type(task.exception()) for task in done} == {BusyError}
        outcomes = await asyncio.gather(*writes, return_exceptions=True)
        written = [outcome for outcome in outcomes if isinstance(outcome, str)]
        assert 5 <= len(written) < 20
        assert [row.key for row in await db.scan(ALL.all())] == written
        assert await db.write(add("later")) == "later"

    using(path, work)


def test_a_locked_database_is_busy_and_recovers(path: Path) -> None:
    async def work(db: SQLiteEngine) -> None:
        with locked(path):
            with pytest.raises(BusyError):
                await db.write(add("a"))
            assert (await db.read(COUNT.exactly_one())).total == 0  # readers do not mind
        await db.write(add("a"))

    using(path, work, patience=0.05)


def test_a_full_disk_is_told_and_recovers(path: Path) -> None:
    async def work(db: SQLiteEngine) -> None:
        limit = db._write_connection.execute("PRAGMA max_page_count=1").fetchone()[
            0
        ]  # SQLite's way to be short of room
        assert limit > 1
        with pytest.raises(StorageFullError):
            await db.write(add("a" * 100_000))
        db._write_connection.execute("PRAGMA max_page_count=100000")
        assert await db.write(add("b")) == "b"
        assert (await db.read(COUNT.exactly_one())).total == 1

    using(path, work)


def test_a_caller_who_has_gone_before_the_turn_writes_nothing(path: Path) -> None:
    async def work(db: SQLiteEngine) -> None:
        with locked(path):
            first, _ = await blocked(db)
            gone = asyncio.create_task(db.write(add("gone")))
            await asyncio.sleep(0)
            gone.cancel()
            await asyncio.wait([gone])
        await first
        assert [row.key for row in await db.scan(ALL.all())] == ["first"]

    using(path, work)


def test_what_waits_is_written_before_the_end_and_nothing_after_it(path: Path) -> None:
    async def run() -> list[str]:
        async with SQLiteEngine(path) as db:
            writes = [asyncio.create_task(db.write(add(f"{i:02}"))) for i in range(30)]
            await asyncio.sleep(0)
        with pytest.raises(BusyError, match="stopping"):
            await db.write(add("late"))
        return await asyncio.gather(*writes)

    written = asyncio.run(asyncio.wait_for(run(), 20))
    with closing(sqlite3.connect(path)) as other:
        assert [key for (key,) in other.execute("SELECT key FROM attempt ORDER BY key")] == written


@pytest.mark.parametrize(("durable", "synchronous"), [(True, 2), (False, 0)])
def test_durable_means_that_a_commit_waits_for_the_disk(path: Path, durable: bool, synchronous: int) -> None:
    async def run() -> None:
        async with SQLiteEngine(path, durable=durable) as db:
            for pragma, value in (("synchronous", synchronous), ("foreign_keys", 1), ("journal_mode", "wal")):
                assert db._write_connection.execute(f"PRAGMA {pragma}").fetchone() == (value,)

    asyncio.run(run())


def locked(path: Path) -> closing[sqlite3.Connection]:
    """Another program that is in the middle of writing."""
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    return closing(other)


# ---- tables


def tables(path: Path) -> set[tuple[str, str, str]]:
    """What there is, however the SQL that made it is broken into lines and quoted."""
    with closing(sqlite3.connect(path)) as connection:
        made = connection.execute("SELECT type, name, coalesce(sql, '') FROM sqlite_master").fetchall()
    return {(kind, name, " ".join(sql.replace('"', "").split())) for kind, name, sql in made}


def test_fresh_tables_are_those_that_the_migrations_make(tmp_path: Path) -> None:
    fresh, migrated = tmp_path / "fresh", tmp_path / "migrated"
    with closing(sqlite3.connect(fresh, isolation_level=None)) as connection:
        migrate.ensure_current(connection, fresh)
    migrate.upgrade(migrated, "head")  # its own idea of the last one, so none is forgotten
    assert tables(fresh) == tables(migrated)
    for path in (fresh, migrated):
        with closing(sqlite3.connect(path)) as connection:
            assert migrate.version_of(connection) == VERSION


NEXT = f"""
import sqlalchemy
from alembic import op
revision, down_revision = "9999", "{VERSION}"
def upgrade():
    with op.batch_alter_table("image", recreate="always") as batch:
        batch.add_column(sqlalchemy.Column("mood", sqlalchemy.Text))
"""


def test_a_database_that_is_behind_is_migrated_when_it_is_opened(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    using(path, lambda db: db.write(fill()))
    newer = shutil.copytree(migrate.MIGRATIONS, tmp_path / "migrations")
    (newer / "versions" / "v9999_mood.py").write_text(NEXT)
    monkeypatch.setattr(migrate, "MIGRATIONS", newer)
    monkeypatch.setattr(migrate, "VERSION", "9999")

    async def work(db: SQLiteEngine) -> None:
        assert db._write_connection.execute("SELECT id, mood FROM image").fetchall() == [("picture", None)]
        # Alembic copies the table and drops the old one: what refers to its rows must survive that.
        assert await db.read(all_rows(album_image).one()) == ("album", "picture", 0)

    using(path, work)
    using(path, work)


def test_images_are_numbered_as_they_came(path: Path) -> None:
    migrate.upgrade(path, "0003")
    ids = ["m", "z", "a", "q"]
    with closing(sqlite3.connect(path)) as connection, connection:
        for id in ids:
            connection.execute("INSERT INTO album (id, deletehash, created) VALUES (?, ?, 7)", (id, id))
            connection.execute(
                "INSERT INTO image (id, deletehash, type, ext, width, height, size, sha256, created, mp4_tries) "
                "VALUES (?, ?, 'image/png', 'png', 1, 2, 3, 'digest', 7, 1)",
                (id, id),
            )
            connection.execute("INSERT INTO album_image VALUES (?, ?, 0)", (id, id))

    async def work(db: SQLiteEngine) -> None:
        for table in (image, album):
            in_order = select(table).order_by(table.c.created, table.c.number)
            assert [row.id for row in await db.scan(Query(in_order, table_row(table)).all())] == ids
        assert [row.mp4_tries for row in await db.scan(all_rows(image).all())] == [1] * 4
        assert len(await db.scan(all_rows(album_image).all())) == 4
        await db.write(remove("z"))
        assert len(await db.scan(all_rows(album_image).all())) == 3

    using(path, work)


def test_claimed_secrets_move_to_the_tokens_that_they_were_used_for(path: Path) -> None:
    migrate.upgrade(path, "0004")
    with closing(sqlite3.connect(path)) as connection, connection:
        for id, name in ((1, "gone"), (2, "ann"), (3, "bob")):
            values = (id, name, name, "hash", 7)
            connection.execute("INSERT INTO account (id, name, name_key, password, created) VALUES (?,?,?,?,?)", values)
        connection.executemany(
            "INSERT INTO application VALUES (?, ?, ?, ?, ?, 7)",
            [
                ("claimed", None, None, None, "their secret"),
                ("of operator", "Tool", None, None, "its secret"),
                ("of bob", "Snapper", 3, "https://snapper.example", "his secret"),
            ],
        )
        connection.executemany(
            "INSERT INTO authorization VALUES (?, 2, ?, ?, 7)",
            [(client, client, client) for client in ("claimed", "of operator", "of bob", "new")],
        )
        connection.execute("INSERT INTO access_token VALUES ('token', 'claimed', 99)")
        connection.execute("DELETE FROM account WHERE id = 1")

    async def work(db: SQLiteEngine) -> None:
        kept = await db.scan(all_rows(authorization).all())
        secrets = {"claimed": "their secret", "of operator": None, "of bob": None, "new": None}
        assert {row.id: row.secret_hash for row in kept} == secrets
        found = await db.scan(all_rows(application).all())
        assert {row.client_id: row.verified for row in found} == {"of operator": 1, "of bob": 0}
        assert len(await db.scan(all_rows(access_token).all())) == 1
        added = Query(insert(account))
        await db.write(run(added.run(name="new", name_key="new", password="", created=7)))
        assert [row.id for row in await db.scan(all_rows(account).all())] == [2, 3, 4]

    using(path, work)


def test_keys_get_their_holders(path: Path) -> None:
    migrate.upgrade(path, "0007")
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(
            "INSERT INTO image (id, deletehash, type, ext, width, height, size, sha256, created) "
            "VALUES ('a', 'a', 'image/png', 'png', 1, 2, 3, 'digest', 7)"
        )
        owners = ["account:5", "client:x", "client:x\t192.0.2.1", "client:y\tz\t2001:db8:1:2::", "client:x\t"]
        connection.executemany("INSERT INTO upload_key VALUES ('k', ?, 'a', 7)", [(owner,) for owner in owners])

    async def work(db: SQLiteEngine) -> None:
        kept = await db.scan(all_rows(upload_key).all())
        assert {row.owner: row.holder for row in kept} == {
            "account:5": "account:5",
            "client:x": "",
            "client:x\t192.0.2.1": "192.0.2.1",
            "client:y\tz\t2001:0db8:0001:0002": network_of("2001:db8:1:2::"),
            "client:x\t": "",
        }
        await db.write(remove("a"))
        assert await db.scan(all_rows(upload_key).all()) == []

    using(path, work)


@transaction
def run(call: BoundQuery[int]) -> Steps[None]:
    yield call


@transaction
def remove(id: str) -> Steps[None]:
    yield Query(delete(image).where(image.c.id == bindparam("id"))).run(id=id)


@transaction
def fill() -> Steps[None]:
    yield Query(insert(album)).run(id="album", deletehash="a", created=0)
    kind = {"type": "image/png", "ext": "png", "sha256": ""}
    yield Query(insert(image)).run(id="picture", deletehash="p", width=1, height=1, size=1, created=0, **kind)
    yield Query(insert(album_image)).run(album_id="album", image_id="picture", position=0)


def test_a_failed_migration_leaves_the_database_as_it_was(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE image (mine TEXT)")
    before = tables(path)
    with pytest.raises(Exception, match="image"):
        migrate.upgrade(path, VERSION)
    assert tables(path) == before


def test_a_database_of_a_newer_program_is_refused(path: Path) -> None:
    using(path, lambda db: db.write(add("a")))
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(DatabaseUnusableError, match="newer pyimgur"):
        using(path, lambda db: asyncio.sleep(0))


@pytest.mark.parametrize("content", [b"no database at all" * 100, "CREATE TABLE account (mine TEXT)"])
def test_a_file_of_another_program_is_refused_and_left_alone(path: Path, content: bytes | str) -> None:
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        with closing(sqlite3.connect(path)) as connection, connection:
            connection.execute(content)
    with pytest.raises(DatabaseUnusableError, match=r"data %20\?\.sqlite3"):
        using(path, lambda db: asyncio.sleep(0))
    assert tables(path) == {("table", "account", content)} if isinstance(content, str) else path.read_bytes() == content


def test_programs_may_make_one_database_at_once(path: Path) -> None:
    async def run() -> None:
        many = [SQLiteEngine(path, durable=False) for _ in range(4)]
        with locked(path):  # one that is about to make the tables
            opening = [asyncio.create_task(db.__aenter__()) for db in many]
            done, _ = await asyncio.wait(opening, timeout=0.2)
            assert not done
        await asyncio.gather(*opening)
        await asyncio.gather(*(db.write(add(str(number))) for number, db in enumerate(many)))
        assert (await many[0].read(COUNT.exactly_one())).total == 4
        await asyncio.gather(*(db.__aexit__(None, None, None) for db in many))

    asyncio.run(asyncio.wait_for(run(), 60))


PROGRAM = """
import asyncio, sys
from pathlib import Path
from pyimgur.server.db.dialects.sqlite.engine import SQLiteEngine
async def main():
    async with SQLiteEngine(Path(sys.argv[1])):
        assert not any(name.partition(".")[0] == "alembic" for name in sys.modules)
asyncio.run(main())
"""


def test_a_fresh_database_and_one_that_is_up_to_date_need_no_alembic(path: Path) -> None:
    for _ in range(2):
        subprocess.run([sys.executable, "-c", PROGRAM, path], check=True, timeout=120)
