"""Which thing of Imgur's a command is about: named by its id or by any address of it; and doing one thing to many."""

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
    """The id, name or number of what is named by it, or by an address.

    Raises:
        CommandError: it is an address that leads to nothing.
    """
    if not set(text) & set("/.:"):
        return text
    at = parse_url(text, session.site)
    if at is None or not at.key:
        raise CommandError(f"{shown_path(text)} does not exist at {session.site.web}")
    return str(at.key)


def resolve_comment_id(text: str) -> int:
    """The number of a comment.

    Raises:
        CommandError: it is none.
    """
    if not (text.isascii() and text.isdigit()):
        raise CommandError(f"{text!r} is not a comment id")
    return int(text)


def for_each(session: Session, texts: Iterable[str], do: Callable[[str], object], output: Output | None = None) -> int:
    """Do something to each; gives the exit code. One that fails is told, and the others follow.

    What `do` says of one is printed.

    Raises:
        CommandError: the site cannot be reached: it would be the same, and take as long, for all that follow.
    """
    code = 0
    with (output or Output()).results() as result:
        for text in texts:
            try:
                said = do(resolve_id(session, text))
            except (ImgurError, CommandError) as error:
                shown = "{deletehash}" if is_deletehash(text) else shown_path(text)
                if isinstance(error, NoAnswerError) and not error.sent:
                    raise CommandError(f"{shown}: {error.sentence} (the rest was not tried)") from error
                click.echo(f"pyimgur: {shown}: {sanitize(explain(error))}", err=True)
                code = 1
            else:
                if isinstance(said, str):
                    result(f"{text}\t{said}", {"id": text, "result": said})
    return code


def text_or_stdin(text: str) -> str:
    """What is to be said: as it was given, or all of standard input for -."""
    return sys.stdin.read().rstrip("\n") if text == DASH else text


def cast_vote(thing: Comment | GalleryItem, vote: str) -> None:
    """Vote up or down, or take the vote back."""
    {"up": thing.upvote, "down": thing.downvote, "none": thing.unvote}[vote]()
