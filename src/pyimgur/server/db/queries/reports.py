"""SQL of reports of posts, comments and accounts."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import bindparam, delete, func, insert, null, select, union_all

from pyimgur.server.db.expressions import insert_or_ignore
from pyimgur.server.db.query import Query
from pyimgur.server.db.rows import row_columns
from pyimgur.server.db.schema import account, comment, person_report, post, report

INSERT = Query(insert(report))
INSERT_OF_ACCOUNT = Query(insert_or_ignore(person_report))
DELETE_OF_POST = Query(
    delete(report).where(report.c.account == bindparam("reporter"), report.c.post == bindparam("of"))
)
DELETE_OF_COMMENT = Query(
    delete(report).where(report.c.account == bindparam("reporter"), report.c.comment == bindparam("of"))
)


class Report(NamedTuple):
    """A report of a comment, else of a post, else of an account."""

    post: str | None
    comment: int | None
    person: str
    """The name of the reported account: the writer of the comment, the owner of the post, or the account itself."""
    reason: int | None
    reporter: str
    created: int

    @property
    def path(self) -> str:
        """The path of the page that shows what was reported."""
        if self.post is None:
            return f"/user/{self.person}"
        return f"/gallery/{self.post}" + (f"/comment/{self.comment}" if self.comment else "")


_REPORTER, _REPORTED = account.alias("by"), account.alias("about")
_REPORTS = union_all(
    select(
        *row_columns(Report, report, post=post.c.id, person=_REPORTED.c.name, reporter=_REPORTER.c.name),
    )
    .select_from(report)
    .join(_REPORTER, _REPORTER.c.id == report.c.account)
    .outerjoin(comment, comment.c.id == report.c.comment)
    .join(post, post.c.number == func.coalesce(report.c.post, comment.c.post))
    .join(_REPORTED, _REPORTED.c.id == func.coalesce(comment.c.account_id, post.c.account_id))
    .where(func.coalesce(comment.c.deleted, 0) == 0),  # a deleted comment keeps its row, and so its reports
    select(
        *row_columns(
            Report,
            person_report,
            post=null(),
            comment=null(),
            person=_REPORTED.c.name,
            reason=null(),
            reporter=_REPORTER.c.name,
        )
    )
    .select_from(person_report)
    .join(_REPORTER, _REPORTER.c.id == person_report.c.account)
    .join(_REPORTED, _REPORTED.c.id == person_report.c.reported),
).subquery()
LIST_ALL = Query(select(*row_columns(Report, _REPORTS)).order_by(_REPORTS.c.created.desc()), Report)
