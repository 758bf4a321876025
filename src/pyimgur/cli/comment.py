"""`pyimgur comment`: read, write, vote on and delete comments."""

from __future__ import annotations

import click

from ._options import examples
from ._output import Columns, Output, columns, day, limit_option, output_options
from ._prompts import confirm, yes_option
from ._resolve import VOTES, cast_vote, for_each, resolve_comment_id, resolve_id, text_or_stdin
from ._session import Session, session_options

COMMENTS = columns(id="id", by="author", points="points", written=day("datetime"), post="image_id", text="comment")
COMMENT: Columns = {
    **COMMENTS,
    "answer to": lambda raw: raw.get("parent_id") or None,  # 0: not a reply
    "ups": "ups",
    "downs": "downs",
    "your vote": "vote",
}


@click.group(epilog=examples("pyimgur comment list bob", "pyimgur comment add aBcdeFg 'So sweet!'"))
def comment() -> None:
    """Read, write and delete comments."""


@comment.command("list", epilog=examples("pyimgur comment list", "pyimgur comment list bob --json"))
@click.argument("user", default="me")
@limit_option
@output_options
@session_options
def list_(session: Session, output: Output, user: str, limit: int | None) -> None:
    """List the comments of USER (default: you).

    The newest comes first. To list the comments under a post, use `pyimgur gallery comments`.
    """
    with session.user() if user == "me" else session.client() as im:
        output.rows(COMMENTS, im.user(resolve_id(session, user)).get_comments.iter(limit=limit))


@comment.command(epilog=examples("pyimgur comment show 123456789"))
@click.argument("id")
@output_options
@session_options
def show(session: Session, output: Output, id: str) -> None:
    """Show a comment, by id or link."""
    with session.client() as im:
        output.item(COMMENT, im.get_comment(resolve_id(session, id)))


@comment.command(epilog=examples("pyimgur comment replies 123456789"))
@click.argument("id")
@limit_option
@output_options
@session_options
def replies(session: Session, output: Output, id: str, limit: int | None) -> None:
    """List the replies to a comment."""
    with session.client() as im:
        output.rows(COMMENTS, im.get_comment(resolve_id(session, id)).get_replies.iter(limit=limit))


@comment.command(
    epilog=examples("pyimgur comment add aBcdeFg 'So sweet!'", "pyimgur comment add aBcdeFg --to 12345 - <it.txt")
)
@click.argument("post")
@click.argument("text")
@click.option("--to", "parent", type=int, metavar="ID", help="The comment to reply to.")
@output_options
@session_options
def add(session: Session, output: Output, post: str, text: str, parent: int | None) -> None:
    """Write a comment under a post, and print its link.

    POST is the post's id or link. Use - as TEXT to read it from standard input.
    """
    with session.user() as im:
        post_id = resolve_id(session, post)
        new = im.create_comment(post_id, text_or_stdin(text), parent)
        link = f"{session.site.web}/gallery/{post_id}/comment/{new.id}"
        output.value(link, {"id": new.id, "link": link})


@comment.command(epilog=examples("pyimgur comment vote 123456789 up"))
@click.argument("id")
@click.argument("vote", type=click.Choice(VOTES))
@session_options
def vote(session: Session, id: str, vote: str) -> None:
    """Vote a comment up or down, or remove your vote."""
    with session.user() as im:
        cast_vote(im.comment(resolve_comment_id(resolve_id(session, id))), vote)


@comment.command(epilog=examples("pyimgur comment delete 123456789"))
@click.argument("ids", metavar="ID...", nargs=-1, required=True)
@yes_option
@session_options
def delete(session: Session, ids: tuple[str, ...], yes: bool) -> int:
    """Delete your comments."""
    confirm(f"Delete {len(ids)} comment(s)?", yes=yes)
    with session.user() as im:
        return for_each(session, ids, lambda text: im.comment(resolve_comment_id(text)).delete())
