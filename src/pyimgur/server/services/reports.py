"""Reports of posts, comments and accounts that break the rules, for the operator of the server.

Of several reports by one account, the last one of a post or a comment is kept, and the first one of an account.
A report is deleted with what it is about.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyimgur.server.db.queries import reports as queries
from pyimgur.server.db.queries.reports import Report
from pyimgur.server.db.query import Steps, transaction
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
"""Imgur's numbers of the reasons."""


async def all_reports(context: ServerContext) -> list[Report]:
    """Return all reports, newest first."""
    return await context.db.scan(queries.LIST_ALL.all())


async def report_post(context: ServerContext, id: str, account: int, reason: int | None) -> None:
    """Report a post, in the name of the account.

    Raises:
        NotFoundError: there is no such post.
    """
    reported = await posts.get(context, id)
    await context.db.write(_report_post(reported.number, account, reason, context.now))


async def report_comment(context: ServerContext, id: int, account: int, reason: int | None) -> None:
    """Report a comment, in the name of the account.

    Raises:
        NotFoundError: there is no such comment.
    """
    await comments.get(context, id)
    await context.db.write(_report_comment(id, account, reason, context.now))


async def report_account(context: ServerContext, other: int, account: int) -> None:
    """Report another account, in the name of the account; a second report changes nothing."""
    await context.db.write(_report_account(other, account, context.now))


@transaction
def _report_post(number: int, reporter: int, reason: int | None, now: int) -> Steps[None]:
    yield queries.DELETE_OF_POST.run(reporter=reporter, of=number)
    yield queries.INSERT.run(account=reporter, post=number, reason=reason, created=now)


@transaction
def _report_comment(id: int, reporter: int, reason: int | None, now: int) -> Steps[None]:
    yield queries.DELETE_OF_COMMENT.run(reporter=reporter, of=id)
    yield queries.INSERT.run(account=reporter, comment=id, reason=reason, created=now)


@transaction
def _report_account(reported: int, reporter: int, now: int) -> Steps[None]:
    yield queries.INSERT_OF_ACCOUNT.run(account=reporter, reported=reported, created=now)
