"""Reports of posts, comments and people that break the rules, kept for whoever runs the server.

A person's last report of a post or comment counts, and the first of a person. A report goes with what it is about.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import bindparam, delete, func, insert, null, select, union_all

from pyimgur.server.db.query import IntegrityConflict, Query, Transaction
from pyimgur.server.db.schema import account, person_report, report
from pyimgur.server.db.schema import comment as comments_table
from pyimgur.server.db.schema import post as posts_table
from pyimgur.server.services import comments, posts

if TYPE_CHECKING:
    from pyimgur.server.services.context import ServerContext

REASONS = {
    1: "does not belong here",
    2: "spam",
    3: "abusive",
    4: "for adults, and not marked so",
    5: "pornography",
}
"""Imgur's numbers for them."""

ADD = Query(insert(report))
ADD_OF_PERSON = Query(insert(person_report))
DROP_OF_POST = Query(delete(report).where(report.c.account == bindparam("person"), report.c.post == bindparam("of")))
DROP_OF_COMMENT = Query(
    delete(report).where(report.c.account == bindparam("person"), report.c.comment == bindparam("of"))
)

_BY, _ABOUT = account.alias("by"), account.alias("about")
_ALL = union_all(
    select(
        posts_table.c.id.label("post"),
        report.c.comment,
        _ABOUT.c.name.label("person"),
        report.c.reason,
        _BY.c.name.label("reporter"),
        report.c.created,
    )
    .select_from(report)
    .join(_BY, _BY.c.id == report.c.account)
    .outerjoin(comments_table, comments_table.c.id == report.c.comment)
    .join(posts_table, posts_table.c.number == func.coalesce(report.c.post, comments_table.c.post))
    .join(_ABOUT, _ABOUT.c.id == func.coalesce(comments_table.c.account_id, posts_table.c.account_id))
    .where(func.coalesce(comments_table.c.deleted, 0) == 0),  # a deleted comment keeps its row, and so its reports
    select(null(), null(), _ABOUT.c.name, null(), _BY.c.name, person_report.c.created)
    .select_from(person_report)
    .join(_BY, _BY.c.id == person_report.c.account)
    .join(_ABOUT, _ABOUT.c.id == person_report.c.reported),
).subquery()
ALL = Query(select(_ALL).order_by(_ALL.c.created.desc()))


class Report(NamedTuple):
    """One report: of a comment, else of a post, else of a person."""

    post: str | None
    comment: int | None
    person: str
    """Whose it is."""
    reason: int | None
    reporter: str
    created: int

    @property
    def path(self) -> str:
        """The page that shows what it is about."""
        if self.post is None:
            return f"/user/{self.person}"
        return f"/gallery/{self.post}" + (f"/comment/{self.comment}" if self.comment else "")


async def all_reports(library: ServerContext) -> list[Report]:
    """All reports, the newest first."""
    return [Report(*row) for row in await library.db.scan(ALL.all())]


async def post(library: ServerContext, id: str, account: int, reason: int | None) -> None:
    """Report a post; `NotFoundError` if there is none."""
    found = await posts.get(library, id)
    await library.db.write(_post(found.number, account, reason, library.now))


def _post(number: int, account: int, reason: int | None, now: int) -> Transaction[None]:
    yield DROP_OF_POST.run(person=account, of=number)
    yield ADD.run(account=account, post=number, reason=reason, created=now)


async def comment(library: ServerContext, id: int, account: int, reason: int | None) -> None:
    """Report a comment; `NotFoundError` if there is none."""
    await comments.get(library, id)
    await library.db.write(_comment(id, account, reason, library.now))


def _comment(id: int, account: int, reason: int | None, now: int) -> Transaction[None]:
    yield DROP_OF_COMMENT.run(person=account, of=id)
    yield ADD.run(account=account, comment=id, reason=reason, created=now)


async def person(library: ServerContext, other: int, account: int) -> None:
    """Report a person; once is enough."""
    await library.db.write(_person(other, account, library.now))


def _person(other: int, account: int, now: int) -> Transaction[None]:
    with suppress(IntegrityConflict):
        yield ADD_OF_PERSON.run(account=account, reported=other, created=now)
