"""Reports of posts and comments that break the rules, kept for the operator; a person's last one of a thing counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, delete, insert

from pyimgur.server.db.query import Query, Work
from pyimgur.server.db.schema import report
from pyimgur.server.library import comments, posts

if TYPE_CHECKING:
    from pyimgur.server.library import Library

REASONS = range(1, 6)
"""1 does not belong here, 2 spam, 3 abusive, 4 for adults and not marked so, 5 pornography."""

ADD = Query(insert(report))
DROP_OF_POST = Query(delete(report).where(report.c.account == bindparam("person"), report.c.post == bindparam("of")))
DROP_OF_COMMENT = Query(
    delete(report).where(report.c.account == bindparam("person"), report.c.comment == bindparam("of"))
)


async def post(library: Library, id: str, account: int, reason: int | None) -> None:
    """Report a post; `Missing` if there is none."""
    found = await posts.get(library, id)
    await library.db.write(_post(found.number, account, reason, int(library.settings.clock())))


def _post(number: int, account: int, reason: int | None, now: int) -> Work[None]:
    yield DROP_OF_POST.run(person=account, of=number)
    yield ADD.run(account=account, post=number, reason=reason, created=now)


async def comment(library: Library, id: int, account: int, reason: int | None) -> None:
    """Report a comment; `Missing` if there is none."""
    await comments.get(library, id)
    await library.db.write(_comment(id, account, reason, int(library.settings.clock())))


def _comment(id: int, account: int, reason: int | None, now: int) -> Work[None]:
    yield DROP_OF_COMMENT.run(person=account, of=id)
    yield ADD.run(account=account, comment=id, reason=reason, created=now)
