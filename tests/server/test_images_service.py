"""Images: what is durable before the response, cleaning up after failures, and permissions."""

from __future__ import annotations

import asyncio
import errno
import io
import os
import shutil
import sqlite3
import subprocess
import sys
import threading
from collections import Counter
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from unittest import mock

import pytest
from context_support import ANN, BOB, REAL, Clock, Quick, Watched, blob_path, there, upload, using
from PIL import Image as Pillow
from sqlalchemy import select, update

from database_support import run_elsewhere
from picked import picked
from pyimgur.server.blobs.memory import MemoryBlobStore
from pyimgur.server.db.dialects.sqlite.engine import FILE
from pyimgur.server.db.queries import albums as album_queries
from pyimgur.server.db.queries import images as image_queries
from pyimgur.server.db.query import Query
from pyimgur.server.db.rows import PublicId
from pyimgur.server.db.schema import image as image_table
from pyimgur.server.errors import (
    BusyError,
    DatabaseUnusableError,
    ForbiddenError,
    LockedError,
    NotFoundError,
    StorageFullError,
    ValidationError,
)
from pyimgur.server.lifespan import lock_data_folder, open_context
from pyimgur.server.media import THUMBNAILS, MediaInfo, MediaTooLargeError, UnsupportedMediaError
from pyimgur.server.services import (
    albums,
    backup,
    blob_intents,
    ids,
    image_rows,
    images,
    integrity,
    moderation,
    profiles,
    renditions,
    upload_keys,
)
from pyimgur.server.settings import Limits, Settings

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pyimgur.server.media.worker_pool import Source
    from pyimgur.server.services.context import ServerContext

ROWS = Query(select(image_table.c.id), PublicId)


# ---- an upload


class Copying(Quick):
    """Makes thumbnails that are the picture itself."""

    async def make_thumbnails(self, source: Source, targets: Mapping[str, Path], *, owner: str) -> None:
        async with source.open() as descriptor:
            data = os.pread(descriptor, 1_000, 0)
        for target in targets.values():
            target.write_bytes(data)


async def make_thumbnail(context: ServerContext, id: str, letter: str) -> Path:
    """Return the path of a thumbnail."""
    blob = await renditions.thumbnail(context, id, letter)
    await blob.close()
    return blob_path(context, blob.name)


def test_an_upload_is_whole_with_all_that_was_said_of_it(tmp_path: Path) -> None:
    async def work(context: ServerContext) -> None:
        made = await upload(
            context, b"bytes", account=ANN, client_id="c", title="A title", description="", name="a.png"
        )
        assert blob_path(context, made.id).read_bytes() == b"bytes"
        assert picked(made, "account_name", "client_id", "title", "description") == {
            "account_name": "ann",
            "client_id": "c",
            "title": "A title",
            "description": None,
        }
        assert picked(made, "name", "type", "ext", "width", "height") == {
            "name": "a.png",
            "type": "image/png",
            "ext": "png",
            "width": 40,
            "height": 30,
        }
        assert (made.size, len(made.sha256)) == (5, 64)
        assert (made.created, made.views) == (1_000_001, 0)
        assert (len(made.id), len(made.deletehash)) == (7, 15)
        assert await images.get(context, made.id) == made

    using(tmp_path, work)


def test_the_fields_of_an_image_are_the_columns_in_their_order() -> None:
    assert images.Image._fields == tuple(column.key for column in image_queries.GET_BY_ID.statement.exported_columns)
    assert albums.Album._fields == tuple(column.key for column in album_queries.GET_BY_ID.statement.exported_columns)


@pytest.mark.sqlite
def test_file_name_and_row_reach_the_disk_in_this_order_and_then_the_answer(tmp_path: Path) -> None:
    files = Watched(tmp_path)

    async def work(context: ServerContext) -> None:
        context.db._write_connection.set_trace_callback(lambda line: files.seen.append(line.split()[0]))
        files.seen.clear()
        made = await upload(context, account=ANN)
        files.seen.append("answer")
        shard = made.id[:2]
        assert files.seen == [
            "create incoming",
            "write 4",
            *("BEGIN", "SAVEPOINT", "INSERT", "RELEASE", "COMMIT"),  # the intent
            "sync incoming",
            "sync blobs",
            f"place incoming blobs/{shard}/{made.id}",
            f"sync blobs/{shard}",
            *("BEGIN", "SAVEPOINT", "DELETE", "INSERT", "SELECT", "RELEASE", "COMMIT"),  # the row, and no intent
            "answer",
        ]

    using(tmp_path, work, files=files)


def test_what_is_no_picture_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    async def work(context: ServerContext) -> None:
        with pytest.raises(UnsupportedMediaError):
            await upload(context, b"no picture at all")
        assert there(tmp_path) == []
        assert await context.db.scan(ROWS.all()) == []

    using(tmp_path, work)


def test_a_still_may_not_be_as_large_as_a_video(tmp_path: Path) -> None:
    film = MediaInfo("image/gif", "gif", 40, 30, animated=True, frames=2, has_sound=False, duration=0.5)

    async def still(context: ServerContext) -> None:
        with pytest.raises(MediaTooLargeError):
            await upload(context, b"x" * 11)
        assert there(tmp_path) == []

    async def moving(context: ServerContext) -> None:
        assert (await upload(context, b"x" * 11)).duration == 0.5

    using(tmp_path, still, limits=Limits(image_bytes=10))
    using(tmp_path, moving, limits=Limits(image_bytes=10), media=Quick(film))


@pytest.mark.parametrize("operation", ["write 4", "sync incoming", "sync blobs"])
def test_a_full_disk_stores_nothing(tmp_path: Path, operation: str) -> None:
    files = Watched(tmp_path)

    async def work(context: ServerContext) -> None:
        files.fails = operation
        with pytest.raises(StorageFullError):
            await upload(context)
        assert there(tmp_path) == []
        assert await context.db.scan(ROWS.all()) == []

    using(tmp_path, work, files=files)


def test_a_row_that_cannot_be_written_leaves_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def work(context: ServerContext) -> None:
        async def busy(_: Any) -> None:
            raise BusyError("too many writes at once")

        monkeypatch.setattr(type(context.db), "write", lambda self, work: busy(work))
        with pytest.raises(BusyError):
            await upload(context)
        assert there(tmp_path) == []

    using(tmp_path, work)


@pytest.mark.sqlite
@pytest.mark.parametrize(
    ("moment", "stored"),
    [
        ("look", False),
        ("sync incoming", True),
        ("place", True),
        ("sync blobs", True),
        ("BEGIN", True),
        ("COMMIT", True),
    ],
)
def test_an_upload_that_is_cancelled_is_there_whole_or_not_at_all(tmp_path: Path, moment: str, stored: bool) -> None:
    files = Watched(tmp_path)

    async def work(context: ServerContext) -> None:
        task = asyncio.current_task()
        loop = asyncio.get_running_loop()
        assert task

        def interrupt(line: str) -> None:
            if line.startswith(moment):
                delivered = threading.Event()
                loop.call_soon_threadsafe(task.cancel)
                loop.call_soon_threadsafe(loop.call_soon, loop.call_soon, delivered.set)
                assert delivered.wait(5)

        class Slow(Quick):
            async def probe(self, path: Path, *, owner: str) -> MediaInfo:
                await asyncio.to_thread(interrupt, "look")
                return await super().probe(path, owner=owner)

        files.watchers.append(interrupt)
        context.db._write_connection.set_trace_callback(interrupt)
        with pytest.raises(asyncio.CancelledError):
            await upload(replace(context, media=Slow()))
        task.uncancel()
        rows = [f"blobs/{row.id[:2]}/{row.id}" for row in await context.db.scan(ROWS.all())]
        assert there(tmp_path) == rows
        assert len(rows) == stored

    using(tmp_path, work, files=files)


@pytest.mark.sqlite
def test_a_deletion_that_is_cancelled_is_finished(tmp_path: Path) -> None:
    async def work(context: ServerContext) -> None:
        task = asyncio.current_task()
        loop = asyncio.get_running_loop()
        assert task
        made = await upload(context, account=ANN)
        context.db._write_connection.set_trace_callback(
            lambda line: line == "COMMIT" and loop.call_soon_threadsafe(task.cancel) is None
        )
        with pytest.raises(asyncio.CancelledError):
            await images.remove(context, made.id, ANN)
        task.uncancel()
        assert await context.db.scan(ROWS.all()) == []
        assert there(tmp_path) == []

    using(tmp_path, work)


def test_an_id_that_is_taken_is_not_used_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def work(context: ServerContext) -> None:
        first = await upload(context, b"first")
        fresh = iter([first.id, "another"])
        monkeypatch.setattr(ids, "new_id", lambda: next(fresh))
        second = await upload(context, b"second")
        assert second.id == "another"
        assert blob_path(context, first.id).read_bytes() == b"first"

    using(tmp_path, work)


def test_ids_are_random_letters_and_digits_and_no_words_of_the_site(monkeypatch: pytest.MonkeyPatch) -> None:
    made = {ids.new_id() for _ in range(1000)}
    assert len(made) == 1000
    assert {len(id) for id in made} == {7}
    assert set("".join(made)) == set(ids.ALPHABET)
    words = iter(("Gallery", "abcdefg"))
    monkeypatch.setattr(ids, "token_bytes", lambda _: bytes(map(ids.ALPHABET.index, next(words))))
    assert ids.new_id() == "abcdefg"


def test_a_row_is_read_again_only_after_a_commit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def work(context: ServerContext) -> None:
        reads, read = list[object](), context.db.read

        async def counted(query: Any) -> Any:
            reads.append(query)
            return await read(query)

        monkeypatch.setattr(context.db, "read", counted)
        image = await upload(context, account=ANN)
        assert [(await images.get(context, image.id)).title for _ in range(3)] == [None] * 3
        assert len(reads) == 1, "one read for three requests"
        await images.change(context, image.id, ANN, title="new", description=None)
        assert (await images.get(context, image.id)).title == "new"
        await run_elsewhere(tmp_path, update(image_table).values(title="newer"))
        assert (await images.get(context, image.id)).title == "newer", "another process has changed it"
        await images.remove(context, image.id, ANN)
        assert await images.find(context, image.id) is None

    using(tmp_path, work)


def test_rows_in_memory_are_few(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(image_rows, "MAX_ROWS", 2)

    async def work(context: ServerContext) -> None:
        made = [await upload(context, data) for data in (b"1", b"2", b"3")]
        for _ in range(2):
            assert [await images.find(context, image.id) for image in made] == made
        assert len(context.image_rows._rows) == 2

    using(tmp_path, work)


def test_no_letter_of_an_id_is_more_likely_than_another(monkeypatch: pytest.MonkeyPatch) -> None:
    """The last eight of 256 bytes would make eight letters more likely, so they are skipped."""
    monkeypatch.setattr(ids, "LENGTH", 248)
    monkeypatch.setattr(ids, "token_bytes", lambda _: bytes(reversed(range(256))))
    assert Counter(ids.new_id()) == dict.fromkeys(ids.ALPHABET, 4)


def test_real_pictures_go_through_and_real_rubbish_does_not(tmp_path: Path) -> None:
    file = io.BytesIO()
    Pillow.new("RGB", (400, 300), "teal").save(file, "JPEG")

    async def work(context: ServerContext) -> None:
        made = await upload(context, file.getvalue(), account=ANN)
        assert picked(made, "type", "ext", "width", "height") == {
            "type": "image/jpeg",
            "ext": "jpg",
            "width": 400,
            "height": 300,
        }
        small = await make_thumbnail(context, made.id, "t")
        with Pillow.open(small) as thumbnail:
            assert thumbnail.size == (160, 120)
        assert await make_thumbnail(context, made.id, "t") == small
        assert {path.name for path in small.parent.iterdir()} == {f"{made.id}.{letter}.jpg" for letter in THUMBNAILS}
        with pytest.raises(UnsupportedMediaError):
            await upload(context, b"<svg onload=alert(1)>")
        await images.remove(context, made.id, ANN)
        assert there(tmp_path) == []

    using(tmp_path, work, media=REAL)


# ---- an upload that is sent again


def test_an_upload_that_comes_again_is_the_picture_of_the_first_time(tmp_path: Path) -> None:
    async def work(context: ServerContext) -> None:
        album = await albums.create(context, albums.AlbumFields(), account=ANN, client_id=None)
        first = await upload(context, account=ANN, client_id="c", album=album.id, key="k")
        assert await upload(context, account=ANN, client_id="c", album=album.id, key="k") == first
        assert await images.list_by_album(context, album.id) == [first]
        others = [{"account": BOB, "key": "k"}, {"client_id": "c", "key": "k"}, {"client_id": "d", "key": "k"}]
        others += [{"account": ANN, "key": "other"}, {"account": ANN}, {"account": ANN}]
        made = {(await upload(context, **said)).id for said in others}
        assert len(made | {first.id}) == 7
        assert len(there(tmp_path)) == 7

    using(tmp_path, work)


def test_of_the_same_upload_many_times_at_once_one_is_kept(tmp_path: Path) -> None:
    async def work(context: ServerContext) -> None:
        made = await asyncio.gather(*(upload(context, account=ANN, key="k") for _ in range(8)))
        assert len(set(made)) == 1
        assert there(tmp_path) == [f"blobs/{made[0].id[:2]}/{made[0].id}"]

    using(tmp_path, work)


def test_a_key_is_known_for_a_day_and_as_long_as_its_picture_is_there(tmp_path: Path) -> None:
    async def work(context: ServerContext) -> None:
        clock = context.settings.clock
        assert isinstance(clock, Clock)
        first = await upload(context, account=ANN, key="k")
        clock.now += upload_keys.LIFETIME - 10
        assert (await upload(context, account=ANN, key="k")).id == first.id
        clock.now += 20
        second = await upload(context, account=ANN, key="k")
        assert second.id != first.id
        await images.remove(context, second.id, ANN)
        assert (await upload(context, account=ANN, key="k")).id not in {first.id, second.id}

    using(tmp_path, work)


# ---- albums that uploads go into


@pytest.mark.sqlite
def test_an_upload_goes_to_the_end_of_its_album_in_the_same_commit(tmp_path: Path) -> None:
    async def work(context: ServerContext) -> None:
        own = await albums.create(context, albums.AlbumFields(), account=ANN, client_id=None)
        anonymous = await albums.create(context, albums.AlbumFields(), account=None, client_id=None)
        seen: list[str] = []
        context.db._write_connection.set_trace_callback(seen.append)
        for album, key, account in ((own, own.id, ANN), (anonymous, anonymous.deletehash, None)):
            made = [await upload(context, account=account, album=key) for _ in range(3)]
            assert await images.list_by_album(context, album.id) == made
        assert seen.count("COMMIT") == 12, "an intent and a row for each"

    using(tmp_path, work)


def test_an_upload_into_an_album_of_another_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    async def work(context: ServerContext) -> None:
        anns = await albums.create(context, albums.AlbumFields(), account=ANN, client_id=None)
        anonymous = await albums.create(context, albums.AlbumFields(), account=None, client_id=None)
        for key, account in ((anns.id, BOB), (anns.id, None), (anonymous.id, ANN), (anonymous.id, None), ("x", ANN)):
            with pytest.raises(ValidationError) as refused:
                await upload(context, account=account, album=key)
            assert str(refused.value) == (
                f"You are not the owner of album '{key}', which means you can't add images to it. "
                "For anonymous albums, use the album deletehash."
            )
        assert there(tmp_path) == []

    using(tmp_path, work)


# ---- seeing and changing


def test_the_owner_changes_by_id_and_anybody_by_delete_hash(tmp_path: Path) -> None:
    async def work(context: ServerContext) -> None:
        made = await upload(context, account=ANN, title="one", description="two")
        await images.change(context, made.id, ANN, title="new", description=None)
        assert (await images.get(context, made.id))[4:6] == ("new", "two")
        await images.change(context, made.deletehash, None, title=None, description="newer")
        assert (await images.get(context, made.id))[4:6] == ("new", "newer")
        await images.change(context, made.id, ANN, title="", description="")
        assert (await images.get(context, made.id))[4:6] == (None, None)

    using(tmp_path, work)


@pytest.mark.parametrize(("owner", "viewer"), [(ANN, BOB), (ANN, None), (None, ANN), (None, None)])
def test_who_has_only_the_id_of_anothers_picture_changes_nothing(
    tmp_path: Path, owner: int | None, viewer: int | None
) -> None:
    async def work(context: ServerContext) -> None:
        made = await upload(context, account=owner, title="mine")
        with pytest.raises(ForbiddenError):
            await images.change(context, made.id, viewer, title="yours", description=None)
        with pytest.raises(ForbiddenError):
            await images.remove(context, made.id, viewer)
        assert await images.get(context, made.id) == made

    using(tmp_path, work)


def test_a_key_that_names_nothing_is_missing_and_none_at_all_is_reported(tmp_path: Path) -> None:
    async def work(context: ServerContext) -> None:
        for key in ("abcdefg", "x" * 15):
            with pytest.raises(NotFoundError):
                await images.remove(context, key, ANN)
        with pytest.raises(NotFoundError):
            await images.get(context, "abcdefg")
        with pytest.raises(ValidationError, match=r"An ID is required\."):
            await images.change(context, "", ANN, title="x", description=None)

    using(tmp_path, work)


def test_a_deleted_picture_is_gone_from_the_disk_and_from_its_albums(tmp_path: Path) -> None:
    async def work(context: ServerContext) -> None:
        album = await albums.create(context, albums.AlbumFields(), account=ANN, client_id=None)
        made = [await upload(context, account=ANN, album=album.id) for _ in range(3)]
        await images.remove(context, made[0].id, ANN)
        await images.remove(context, made[1].deletehash, None)
        with pytest.raises(NotFoundError):
            await images.get(context, made[0].id)
        assert await images.list_by_album(context, album.id) == made[2:]
        assert there(tmp_path) == [f"blobs/{made[2].id[:2]}/{made[2].id}"]

    using(tmp_path, work)


def test_a_thumbnail_that_is_made_while_its_picture_is_deleted_does_not_stay(tmp_path: Path) -> None:
    async def work(context: ServerContext) -> None:
        made = await upload(context, account=ANN)

        class Late(Copying):
            async def make_thumbnails(self, source: Source, targets: Mapping[str, Path], *, owner: str) -> None:
                await super().make_thumbnails(source, targets, owner=owner)
                await images.remove(context, made.id, ANN)

        with pytest.raises(NotFoundError):
            await make_thumbnail(replace(context, media=Late()), made.id, "s")
        assert there(tmp_path) == []

    using(tmp_path, work)


def test_an_accounts_pictures_come_newest_first_page_by_page_and_counted(tmp_path: Path) -> None:
    async def work(context: ServerContext) -> None:
        made = [await upload(context, account=ANN) for _ in range(5)]
        await upload(context, account=BOB)
        await upload(context)
        newest = made[::-1]
        for page, expected in ((0, newest[:2]), (1, newest[2:4]), (2, newest[4:]), (3, [])):
            assert await images.list_by_account(context, ANN, page=page, per_page=2) == expected
        assert await images.count_by_account(context, ANN) == 5

    using(tmp_path, work)


@pytest.mark.sqlite
def test_a_page_of_an_accounts_pictures_is_read_from_the_index(tmp_path: Path) -> None:
    async def work(context: ServerContext) -> None:
        seen: list[str] = []
        context.db._reader.set_trace_callback(seen.append)
        for query in (image_queries.LIST_BY_ACCOUNT, album_queries.LIST_BY_ACCOUNT):
            await context.db.read(query.all(account=ANN, limit=2, offset=0))
            plan = [row[3] for row in context.db._reader.execute(f"EXPLAIN QUERY PLAN {seen[-1]}")]
            assert not any("B-TREE" in step for step in plan), plan
            assert any("_of_account" in step for step in plan), plan

    using(tmp_path, work)


# ---- opening


def test_after_a_crash_the_start_sweeps_what_was_under_way(tmp_path: Path) -> None:
    """On its way in or out, a picture has a second name: its row tells whether it stays."""
    kept: list[str] = []

    async def fill(context: ServerContext) -> None:
        kept.append((await upload(context)).id)
        folder = tmp_path / "blobs" / kept[0][:2]
        for name in (f"{kept[0][:2]}rived", kept[0]):
            (folder / name).touch()
            os.link(folder / name, tmp_path / "incoming" / name)
        for name in ("half", ".DS_Store", "..x", f"{kept[0][:2]}*"):
            (tmp_path / "incoming" / name).touch()
        (tmp_path / "incoming" / "somebody's").mkdir()

    async def nothing(context: ServerContext) -> None: ...

    using(tmp_path, fill, sweep=True)
    using(tmp_path, nothing)  # a command beside the server sweeps nothing
    assert len(there(tmp_path)) == 8
    using(tmp_path, nothing, sweep=True)
    assert there(tmp_path) == [f"blobs/{kept[0][:2]}/{kept[0]}"]


@pytest.mark.sqlite
def test_a_database_that_is_not_theirs_costs_no_picture(tmp_path: Path) -> None:
    """An older one is put back, or one is lost: nothing is removed, and none is begun anew."""

    async def fill(context: ServerContext) -> None:
        await upload(context)

    async def nothing(context: ServerContext) -> None: ...

    using(tmp_path, fill, sweep=True)
    before = there(tmp_path)
    database = tmp_path / FILE

    def empty() -> None:
        database.unlink()
        with closing(sqlite3.connect(database)) as connection:
            connection.execute("PRAGMA journal_mode=WAL")

    for spoil in (database.unlink, database.touch, empty):
        spoil()
        with pytest.raises(DatabaseUnusableError, match=r"is empty or missing, but its folder holds images"):
            using(tmp_path, nothing, sweep=True)
    using(tmp_path / "other", nothing)
    shutil.copy(tmp_path / "other" / FILE, database)
    using(tmp_path, nothing, sweep=True)
    assert there(tmp_path) == before


@pytest.mark.sqlite
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_crash_while_a_picture_is_deleted_leaves_it_whole_or_not_at_all(tmp_path: Path, when: str) -> None:
    async def work(context: ServerContext) -> None:
        image = await upload(context)

        async def crash(*_: object) -> None:
            shutil.copytree(tmp_path, crashed)
            raise ZeroDivisionError

        target = (context.db, "write") if when == "before" else (context.blobs, "remove")
        with mock.patch.object(*target, crash), pytest.raises(ZeroDivisionError):
            await images.remove(context, image.deletehash, None)

    async def nothing(context: ServerContext) -> None: ...

    crashed = tmp_path.with_name(f"{tmp_path.name} crashed")
    using(tmp_path, work)
    assert len(there(crashed)) == 1
    using(crashed, nothing, sweep=True)
    assert len(there(crashed)) == (1 if when == "before" else 0)


@pytest.mark.sqlite
@pytest.mark.parametrize("end", ["crash", "stop"])
def test_thumbnails_that_are_stored_while_their_picture_is_deleted_go_with_it(tmp_path: Path, end: str) -> None:
    """Whether the server crashes just then, or is stopped."""

    async def work(context: ServerContext) -> None:
        image = await upload(context)
        put = context.blobs.put

        async def late(made: Path, name: str) -> None:
            await images.remove(context, image.deletehash, None)
            await put(made, name)
            assert blob_path(context, name).exists()  # stored too late to go with the picture
            if end == "stop":
                raise asyncio.CancelledError
            shutil.copytree(tmp_path, crashed)
            raise ZeroDivisionError

        with (
            mock.patch.object(context.blobs, "put", late),
            pytest.raises((ZeroDivisionError, asyncio.CancelledError)),
        ):
            await make_thumbnail(replace(context, media=Copying()), image.id, "t")

    async def nothing(context: ServerContext) -> None: ...

    crashed = tmp_path.with_name(f"{tmp_path.name} crashed")
    using(tmp_path, work)
    assert there(tmp_path) == []
    if end == "crash":
        assert len(there(crashed)) > 0
        using(crashed, nothing, sweep=True)
        assert there(crashed) == []


def test_a_file_that_could_not_be_removed_is_at_the_next_start(tmp_path: Path) -> None:
    async def work(context: ServerContext) -> None:
        first, *_ = [(await upload(context, account=ANN)).id for _ in range(3)]
        remove = context.blobs.remove

        async def fails(id: str) -> None:
            if id == first:
                raise OSError(errno.EIO, "Input/output error")
            await remove(id)

        with mock.patch.object(context.blobs, "remove", fails):
            await profiles.delete_account_with_files(context, ANN)
        left.append(first)

    async def nothing(context: ServerContext) -> None: ...

    left: list[str] = []
    using(tmp_path, work)
    assert [path for path in there(tmp_path) if path.startswith("blobs/")] == [f"blobs/{left[0][:2]}/{left[0]}"]
    using(tmp_path, nothing, sweep=True)
    assert there(tmp_path) == []


def test_an_album_goes_with_its_pictures_though_one_was_gone_before(tmp_path: Path) -> None:
    """Its owner was quicker; and what cannot go leaves the album, so that the same can be asked again."""

    async def work(context: ServerContext) -> None:
        inside = [await upload(context, account=ANN) for _ in range(3)]
        details = albums.AlbumFields(
            **{**dict.fromkeys(albums.AlbumFields.__annotations__), "images": [i.id for i in inside]}
        )
        made = await albums.create(context, details, account=ANN, client_id="a")
        remove = images.remove

        async def fails(context: ServerContext, key: str, viewer: int | None) -> None:
            raise BusyError("too many writes at once")

        async def slower(context: ServerContext, key: str, viewer: int | None) -> None:
            await remove(context, key, viewer)
            await remove(context, key, viewer)

        with mock.patch.object(images, "remove", fails), pytest.raises(BusyError):
            await moderation.remove_album(context, made.id, pictures=True)
        with mock.patch.object(images, "remove", slower):
            await moderation.remove_album(context, made.id, pictures=True)
        with pytest.raises(NotFoundError):
            await albums.get(context, made.id, ANN)

    using(tmp_path, work)
    assert there(tmp_path) == []


def test_a_disk_that_is_full_while_a_picture_is_stripped_is_reported_as_such(tmp_path: Path) -> None:
    class NoRoom(Quick):
        async def clean(self, source: Path, target: Path, **_: object) -> MediaInfo:
            target.write_bytes(b"half")
            raise OSError(errno.ENOSPC, "No space left on device")

    async def work(context: ServerContext) -> None:
        with pytest.raises(StorageFullError):
            await upload(context)

    using(tmp_path, work, media=NoRoom(), strip="all")
    assert there(tmp_path) == []


def test_images_can_be_stored_elsewhere_than_in_the_data_folder(tmp_path: Path) -> None:
    store = MemoryBlobStore()

    async def names() -> list[str]:
        return sorted([stored.name async for batch in store.objects() for stored in batch])

    async def work(context: ServerContext) -> None:
        kept, removed = [await upload(context, data, account=ANN) for data in (b"kept", b"removed")]
        for image in (kept, removed):
            blob = await renditions.thumbnail(replace(context, media=Copying()), image.id, "t")
            assert [data async for data in blob.chunks(0, blob.size)] == [b"kept" if image is kept else b"removed"]
        await images.remove(context, removed.id, ANN)
        thumbnails = [f"{kept.id}.{letter}.jpg" for letter in THUMBNAILS]
        assert await names() == sorted([kept.id, *thumbnails])
        copied = await backup.create_backup(context, tmp_path / "copy")
        assert (copied.pictures, copied.missing) == (1, [])
        assert (tmp_path / "copy" / "blobs" / kept.id[:2] / kept.id).read_bytes() == b"kept"
        assert (await integrity.check(context, deep=True)).good
        await store.remove(kept.id)
        findings = await integrity.check(context)
        assert findings.missing == [kept.id]
        await integrity.repair(context, findings)
        assert await images.count_by_account(context, ANN) == 0

    using(tmp_path / "data", work, blobs=store)
    assert there(tmp_path / "data") == []


def test_a_backup_has_no_intents(tmp_path: Path) -> None:
    """If its database is put in the place of the original, an upload that was in progress then keeps its file."""

    async def work(context: ServerContext) -> None:
        image = await upload(context)
        await context.db.write(blob_intents.begin([image.id], context.now))
        await backup.create_backup(context, tmp_path / "copy")
        shutil.copy(tmp_path / "copy" / FILE, tmp_path / "old")

    using(tmp_path / "data", work)
    with closing(sqlite3.connect(tmp_path / "old")) as connection:
        assert connection.execute("SELECT * FROM blob_intent").fetchall() == []


def test_one_repair_is_enough(tmp_path: Path) -> None:
    async def work(context: ServerContext) -> None:
        image = await upload(context)
        await make_thumbnail(replace(context, media=Copying()), image.id, "t")
        blob_path(context, image.id).unlink()
        await integrity.repair(context, await integrity.check(context))
        assert (await integrity.check(context)).good

    using(tmp_path, work)


def test_one_server_holds_a_folder_while_commands_go_on_beside_it(tmp_path: Path) -> None:
    program = "import sys; from pathlib import Path; from pyimgur.server.lifespan import lock_data_folder as hold; "
    program += "exec('with hold(Path(sys.argv[1])): print(1, flush=True); sys.stdin.read()')"
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-c", program, tmp_path / "data"], stdin=pipe, stdout=pipe) as other:
        assert other.stdout
        assert other.stdout.readline() == b"1\n"
        with pytest.raises(LockedError, match="data"), lock_data_folder(tmp_path / "data"):
            pass
        using(tmp_path / "data", upload)
        other.kill()
    with lock_data_folder(tmp_path / "data"), pytest.raises(LockedError), lock_data_folder(tmp_path / "data"):
        pass
    with lock_data_folder(tmp_path / "data"):
        pass


def test_a_new_data_folder_is_the_owners_alone(tmp_path: Path) -> None:
    async def opened() -> None:
        async with open_context(Settings(data=tmp_path / "new" / "data", durable=False)):
            pass

    asyncio.run(opened())
    assert (tmp_path / "new" / "data").stat().st_mode & 0o077 == 0
