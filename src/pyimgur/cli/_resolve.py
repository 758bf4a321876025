"""Resolve ids and URLs on the command line, and apply an action to each of several."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

import click

from .._core.request import is_deletehash, shown_path
from ..exceptions import ImgurError, NoAnswerError
from ..urls import parse_url
from ._errors import CommandError, explain
from ._output import Output
from ._session import Session
from ._terminal_text import sanitize

if TYPE_CHECKING:
    from ..resources import Comment, GalleryItem

DASH = "-"
VOTES = ("up", "down", "none")


def resolve_id(session: Session, text: str) -> str:
    """Return an id, a name or a number as it is, and that of a URL.

    Raises:
        CommandError: it is a URL of another site, or of no object.
    """
    if not set(text) & set("/.:"):
        return text
    url = parse_url(text, session.site)
    if url is None or not url.key:
        raise CommandError(f"{shown_path(text)} does not exist at {session.site.web}")
    return str(url.key)


def resolve_comment_id(text: str) -> int:
    """Return the id of a comment as a number.

    Raises:
        CommandError: it is not a number.
    """
    if not (text.isascii() and text.isdigit()):
        raise CommandError(f"{text!r} is not a comment id")
    return int(text)


def for_each(
    session: Session, texts: Iterable[str], action: Callable[[str], object], output: Output | None = None
) -> int:
    """Apply an action to each id or URL, and return the exit code: 1 if any failed. The others are still done.

    If the action returns a string, it is printed as the result.

    Raises:
        CommandError: the site cannot be reached; the rest is not tried, as it would fail after the same wait.
    """
    code = 0
    with (output or Output()).results() as print_result:
        for text in texts:
            try:
                result = action(resolve_id(session, text))
            except (ImgurError, CommandError) as error:
                name = "{deletehash}" if is_deletehash(text) else shown_path(text)
                if isinstance(error, NoAnswerError) and not error.sent:
                    raise CommandError(f"{name}: {error.sentence} (the rest was not tried)") from error
                click.echo(f"pyimgur: {name}: {sanitize(explain(error))}", err=True)
                code = 1
            else:
                if isinstance(result, str):
                    print_result(f"{text}\t{result}", {"id": text, "result": result})
    return code


def text_or_stdin(text: str) -> str:
    """Return the text, or all of standard input for -."""
    return sys.stdin.read().rstrip("\n") if text == DASH else text


def cast_vote(item: Comment | GalleryItem, vote: str) -> None:
    """Vote a comment or a post up or down, or remove the vote."""
    {"up": item.upvote, "down": item.downvote, "none": item.unvote}[vote]()
