"""The promises of `db/engine.py`, kept by each engine, and a server on each; a new one is a line in `ENGINES`."""

from __future__ import annotations

import asyncio
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest
from memory_engine import MemoryEngine
from site_support import picture
from sqlalchemy import Text, bindparam, delete, func, insert, select, text, update

import postgresql_support
from pyimgur.server import lifespan
from pyimgur.server.database_url import DatabaseURL
from pyimgur.server.db.expressions import insert_or_ignore, insert_or_update, list_parameter
from pyimgur.server.db.fulltext import And, AndNot, Or, Phrase, matching_posts, post_words
from pyimgur.server.db.open import open_engine
from pyimgur.server.db.query import BoundQuery, IntegrityConflict, Query, Steps, transaction
from pyimgur.server.db.rows import Count, PostNumber, RowNumber, table_row
from pyimgur.server.db.schema import ROW_NUMBER, account, attempt, comment, person_block, post, usage
from pyimgur.server.errors import DatabaseUnusableError
from pyimgur.server.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable
    from pathlib import Path

    from site_support import NewSite, Site

    from pyimgur.server.db.engine import Engine
    from pyimgur.server.db.fulltext import Tree

    Run = Callable[[Callable[[Engine], Awaitable[None]]], None]

ENGINES: dict[str, Callable[[Path], Engine]] = {
    "sqlite": lambda data: open_engine(Settings(data=data, durable=False)),
    "memory": lambda _: MemoryEngine(),
    "postgresql": lambda data: open_engine(Settings(data=data, durable=False, database=postgresql_database(data))),
}


@cache
def postgresql_database(_: Path) -> DatabaseURL:
    """Return a database without tables, the same one for the same folder."""
    return DatabaseURL.parse(postgresql_support.shared().new_schema())


ADD = Query(insert(attempt))
GET = Query(select(attempt).where(attempt.c.key == bindparam("key")), table_row(attempt))
ALL = Query(select(attempt).order_by(attempt.c.key), table_row(attempt))
COUNT_UP = Query(update(attempt).where(attempt.c.key == bindparam("of")).values(failures=bindparam("failures")))
FORGET = Query(delete(attempt))
ADD_ACCOUNT = Query(insert(account).returning(account.c.id), RowNumber)
ADD_COMMENT = Query(insert(comment).returning(comment.c.id), RowNumber)
COUNT_COMMENTS = Query(select(func.count().label("total")).select_from(comment), Count)
BLOCK = Query(insert_or_ignore(person_block))
SPEND = Query(insert_or_update(usage, lambda new: {"spent": usage.c.spent + new.spent}))
SPENT = Query(select(usage), table_row(usage))
ADD_POST = Query(insert(post).returning(post.c.number), PostNumber)
ADD_WORDS = Query(insert(post_words))
SEARCH = Query(select(post.c.number).where(post.c.number.in_(matching_posts)).order_by(post.c.number), PostNumber)
_TEXTS, _NUMBERS = list_parameter("items", Text()), list_parameter("items", ROW_NUMBER)
LISTED = {
    str: Query(select(_TEXTS.c.key, _TEXTS.c.value).order_by(_TEXTS.c.key), table_row(_TEXTS)),
    int: Query(select(_NUMBERS.c.key, _NUMBERS.c.value).order_by(_NUMBERS.c.key), table_row(_NUMBERS)),
}
MISSING = Query(select(func.count().label("total")).select_from(text("missing")), Count)


@pytest.fixture(params=ENGINES)
def run(request: pytest.FixtureRequest, tmp_path: Path) -> Run:
    """Return a function that opens an empty database, works on it, and closes it."""

    def opened(work: Callable[[Engine], Awaitable[None]]) -> None:
        async def within() -> None:
            async with ENGINES[request.param](tmp_path) as db:
                await work(db)

        asyncio.run(asyncio.wait_for(within(), 30))

    return opened


@transaction
def each(*queries: BoundQuery[Any]) -> Steps[list[Any]]:
    """Run these one after another, and return their results."""
    results: list[Any] = []
    for query in queries:
        results += [(yield query)]
    return results


def add(key: str, failures: int = 1) -> BoundQuery[int]:
    return ADD.run(key=key, failures=failures, last=5, until=6)


def add_account(name: str) -> BoundQuery[RowNumber]:
    return ADD_ACCOUNT.exactly_one(name=name, name_key=name, password="", created=0)


# ---- reads


def test_both_ways_to_read_give_the_same(run: Run) -> None:
    async def work(db: Engine) -> None:
        await db.write(each(add("b", 2), add("a", 1)))
        for query, expected in ((GET.one(key="a"), ("a", 1, 5, 6)), (GET.one(key="c"), None)):
            assert (await db.read(query), await db.scan(query)) == (expected, expected)
        assert [row.key for row in await db.scan(ALL.all())] == ["a", "b"]

    run(work)


def test_texts_are_in_the_order_of_their_code_points(run: Run) -> None:
    keys = ["", "!", "A", "Z", "_", "a", "a b", "a!", "ab", "é", "ł", "猫", "🐈"]

    async def work(db: Engine) -> None:
        await db.write(each(*map(add, reversed(keys))))
        assert [row.key for row in await db.scan(ALL.all())] == sorted(keys)

    run(work)


# ---- transactions


def test_a_transaction_sees_its_changes_and_counts_them(run: Run) -> None:
    async def work(db: Engine) -> None:
        results = await db.write(each(add("a"), add("b"), GET.one(key="b"), FORGET.run(), ALL.all()))
        assert results == [1, 1, ("b", 1, 5, 6), 2, []]

    run(work)


def test_a_failed_transaction_changes_nothing_and_hinders_no_other(run: Run) -> None:
    @transaction
    def fail() -> Steps[None]:
        yield add("half")
        raise ValueError("no")

    async def work(db: Engine) -> None:
        writes = (db.write(each(add("a"))), db.write(fail()), db.write(each(add("b"))))
        outcomes = await asyncio.gather(*writes, return_exceptions=True)
        assert [type(outcome) for outcome in outcomes] == [list, ValueError, list]
        assert [row.key for row in await db.scan(ALL.all())] == ["a", "b"]

    run(work)


def test_transactions_that_read_and_then_write_lose_no_change(run: Run) -> None:
    @transaction
    def count_up() -> Steps[None]:
        row = yield GET.one(key="a")
        yield COUNT_UP.run(of="a", failures=row.failures + 1)

    async def work(db: Engine) -> None:
        await db.write(each(add("a", 0)))
        await asyncio.gather(*(db.write(count_up()) for _ in range(50)))
        assert (await db.read(GET.one(key="a"))).failures == 50

    run(work)


def test_a_conflict_is_thrown_into_the_transaction_and_undoes_it(run: Run) -> None:
    @transaction
    def insist() -> Steps[None]:
        yield add("before")
        try:
            yield add("a")
        except IntegrityConflict:
            raise KeyError("a") from None

    async def work(db: Engine) -> None:
        await db.write(each(add("a")))
        with pytest.raises(KeyError):
            await db.write(insist())
        with pytest.raises(IntegrityConflict):
            await db.write(each(add("before"), add("a")))
        assert [row.key for row in await db.scan(ALL.all())] == ["a"]

    run(work)


@pytest.mark.parametrize("returns", [True, False])
def test_a_transaction_that_goes_on_after_a_conflict_is_a_mistake(run: Run, returns: bool) -> None:
    """Some databases accept no statement after one that failed, so none may rely on it."""

    @transaction
    def go_on() -> Steps[None]:
        try:
            yield add("a")
        except IntegrityConflict:
            if not returns:
                yield add("b")

    async def work(db: Engine) -> None:
        await db.write(each(add("a")))
        with pytest.raises(RuntimeError, match="gone on after"):
            await db.write(go_on())
        assert [row.key for row in await db.scan(ALL.all())] == ["a"]

    run(work)


# ---- keys and references


def test_a_new_row_says_its_number_which_no_row_had_before(run: Run) -> None:
    async def work(db: Engine) -> None:
        first, second = await db.write(each(add_account("ann"), add_account("bob")))
        assert first.id < second.id
        await db.write(each(Query(delete(account)).run()))
        (third,) = await db.write(each(add_account("cy")))
        assert third.id > second.id

    run(work)


def test_a_reference_to_a_missing_row_is_a_conflict_also_where_a_number_is_returned(run: Run) -> None:
    fields = {"text": "", "depth": 0, "platform": "", "created": 0}

    async def work(db: Engine) -> None:
        for bound in (ADD_COMMENT.run, ADD_COMMENT.exactly_one, ADD_COMMENT.all):
            with pytest.raises(IntegrityConflict):
                await db.write(each(bound(post=1 << 40, **fields)))
        with pytest.raises(IntegrityConflict):
            await db.write(each(BLOCK.run(account=1, blocked=2, created=0)))
        assert (await db.read(COUNT_COMMENTS.exactly_one())).total == 0

    run(work)


def test_a_number_of_64_bits_is_one(run: Run) -> None:
    number = (1 << 63) - 1

    async def work(db: Engine) -> None:
        await db.write(each(Query(insert(account)).run(id=number, name="a", name_key="a", password="", created=0)))
        rows = await db.scan(Query(select(account.c.id), RowNumber).all())
        assert rows == [(number,)]

    run(work)


# ---- what databases spell differently


def test_an_insert_that_may_find_its_row_changes_nothing_then(run: Run) -> None:
    async def work(db: Engine) -> None:
        ann, bob = await db.write(each(add_account("ann"), add_account("bob")))
        again = [BLOCK.run(account=ann.id, blocked=bob.id, created=created) for created in (1, 2)]
        assert await db.write(each(*again)) == [1, 0]

    run(work)


def test_an_insert_that_may_find_its_row_updates_it(run: Run) -> None:
    async def work(db: Engine) -> None:
        await db.write(each(*(SPEND.run(key="a", window=window, spent=5) for window in (1, 1, 2))))
        assert sorted(await db.scan(SPENT.all())) == [("a", 1, 10), ("a", 2, 5)]

    run(work)


@pytest.mark.parametrize(
    "items",
    [(), (1,), (3, 1, 3, -1, (1 << 63) - 1), ("",), ("b", "a", '"', "'); --", "{1,2}", "猫\n"), range(40_000)],
    ids=len,
)
def test_a_list_is_one_argument_however_long_it_is(run: Run, items: Iterable[Any]) -> None:
    expected = list(enumerate(items))
    query = LISTED[type(expected[0][1]) if expected else int]

    async def work(db: Engine) -> None:
        assert await db.scan(query.all(items=items)) == expected

    run(work)


@pytest.mark.parametrize(
    ("tree", "expected"),
    [
        (Phrase("cat"), [1, 2]),
        (Phrase("CAT dog"), [1]),
        (Phrase("dog cat"), []),
        (Phrase("cat", ("title",)), [1]),
        (Phrase("ann", ("author",)), [2]),
        (And([Phrase("cat"), Phrase("tree")]), [2]),
        (Or([Phrase("dog"), Phrase("bird")]), [1, 3]),
        (AndNot(Phrase("cat"), Phrase("dog")), [2]),
        (Phrase('" OR cat'), []),
    ],
)
def test_a_search_finds_the_posts_that_match_its_tree(run: Run, tree: Tree, expected: list[int]) -> None:
    words = ({"title": "A cat, dog"}, {"description": "cat in a tree", "author": "ann"}, {"tags": "bird"})

    async def work(db: Engine) -> None:
        (ann,) = await db.write(each(add_account("ann")))
        for place, fields in enumerate(words, 1):
            (new,) = await db.write(each(ADD_POST.exactly_one(id=f"p{place}", account_id=ann.id, created=0)))
            await db.write(each(ADD_WORDS.run(rowid=new.number, **fields)))
        assert [row.number for row in await db.scan(SEARCH.all(tree=tree))] == expected
        await db.write(each(Query(delete(account)).run()))
        assert await db.scan(SEARCH.all(tree=Phrase("cat"))) == []

    run(work)


# ---- the whole database


def test_the_change_token_changes_with_each_commit_and_not_with_reads(run: Run) -> None:
    async def work(db: Engine) -> None:
        seen = [await db.change_token()]
        await db.scan(ALL.all())
        assert await db.change_token() == seen[0]
        for key in "abc":
            await db.write(each(add(key)))
            seen.append(await db.change_token())
        assert len(set(seen)) == 4, seen

    run(work)


def test_a_copy_is_a_database_of_its_own(run: Run, tmp_path: Path) -> None:
    async def work(db: Engine) -> None:
        await db.write(each(add("a")))
        folder = tmp_path / "copy"
        folder.mkdir()
        async with await db.backup(folder) as copy:
            await db.write(each(add("b")))
            assert [row.key for row in await copy.scan(ALL.all())] == ["a"]
            assert await copy.integrity_errors() == await db.integrity_errors() == []

    run(work)


def test_an_error_of_the_driver_is_one_of_the_server(run: Run) -> None:
    """As from tables of another version, which a command may be working with."""

    async def work(db: Engine) -> None:
        for answer in (db.read(MISSING.one()), db.scan(MISSING.one()), db.write(each(MISSING.one()))):
            with pytest.raises(DatabaseUnusableError, match="missing"):
                await answer

    run(work)


# ---- a server


@pytest.fixture(params=ENGINES)
def served(request: pytest.FixtureRequest, new_site: NewSite, monkeypatch: pytest.MonkeyPatch) -> Site:
    """Return a server on this engine."""
    monkeypatch.setattr(lifespan, "open_engine", lambda settings, **_: ENGINES[request.param](settings.data))
    return new_site()


def test_a_server_runs_on_the_engine(served: Site) -> None:
    ann, bob = served.person("ann"), served.person("bob")
    image = served.upload(picture(), ann.bearer, title="A lighthouse")
    album = served.post("/3/album", headers=ann.bearer, data={"ids[]": image["id"]}).json()["data"]["id"]
    form = {"title": "Lighthouse", "tags": "sea,night", "terms": "1"}
    assert served.post(f"/3/gallery/image/{image['id']}", headers=ann.bearer, data=form).status_code == 200
    found = served.get("/3/gallery/search?q=lighthouse", headers=bob.bearer).json()["data"]
    assert [post["id"] for post in found] == [image["id"]]
    for path, fields in (
        (f"/3/gallery/{image['id']}/vote/up", {}),
        (f"/3/image/{image['id']}/favorite", {}),
        (f"/3/gallery/{image['id']}/comment", {"comment": "Nice"}),
        ("/3/conversations/ann", {"body": "Hello"}),
        ("/3/account/me/follow/tag/sea", {}),
    ):
        for _ in range(2 if "vote" in path or "follow" in path else 1):
            assert served.post(path, headers=bob.bearer, data=fields).status_code == 200, path
    post = served.get(f"/3/gallery/{image['id']}", headers=bob.bearer).json()["data"]
    assert (post["ups"], post["favorite"], post["comment_count"]) == (2, True, 1)
    notes = served.get("/3/notification", headers=ann.bearer).json()["data"]
    assert (len(notes["replies"]), len(notes["messages"])) == (1, 1)
    assert served.delete(f"/3/image/{image['id']}", headers=ann.bearer).status_code == 200
    assert served.get(f"/3/album/{album}", headers=ann.bearer).json()["data"]["images_count"] == 0
    assert served.rows("post") == served.rows("favorite") == served.rows("comment") == []


@pytest.mark.parametrize("digits", [9, 10, 15, 16, 19, 20, 400])
def test_a_number_in_a_url_names_nothing_however_long_it_is(served: Site, digits: int) -> None:
    ann, number = served.person("ann"), "9" * digits
    for path in (
        "comment/{}",
        "account/{}",
        "conversations/{}",
        "notification/{}",
        "folders/{}",
        "account/ann/comment/{}",
    ):
        answer = served.get(f"/3/{path.format(number)}", headers=ann.bearer)
        assert answer.status_code in {400, 404}, (path, answer.status_code, answer.text)
