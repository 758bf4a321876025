"""`pyimgur user`: show users, their posts and favorites, and block them."""

from __future__ import annotations

import click

from ._options import examples
from ._output import Output, columns, day, limit_option, output_options
from ._resolve import for_each, resolve_id
from ._session import Session, session_options
from .gallery import POSTS

USERS = columns(name="url", reputation="reputation", known="reputation_name", since=day("created"), bio="bio")


@click.group(epilog=examples("pyimgur user show bob", "pyimgur user posts bob --limit 10"))
def user() -> None:
    """Show users and their posts, and block them."""


@user.command(epilog=examples("pyimgur user show bob", "pyimgur user show me --json"))
@click.argument("name", default="me")
@output_options
@session_options
def show(session: Session, output: Output, name: str) -> None:
    """Show the user NAME (default: you)."""
    with session.user() if name == "me" else session.client() as im:
        output.item(USERS, im.get_user(resolve_id(session, name)))


@user.command(epilog=examples("pyimgur user posts bob"))
@click.argument("name", default="me")
@limit_option
@output_options
@session_options
def posts(session: Session, output: Output, name: str, limit: int | None) -> None:
    """List the gallery posts of NAME (default: you)."""
    with session.user() if name == "me" else session.client() as im:
        output.rows(POSTS, im.user(resolve_id(session, name)).get_submissions.iter(limit=limit))


@user.command(epilog=examples("pyimgur user favorites bob"))
@click.argument("name", default="me")
@limit_option
@output_options
@session_options
def favorites(session: Session, output: Output, name: str, limit: int | None) -> None:
    """List the favorites of NAME (default: you).

    Your own list also has favorites that are not in the gallery.
    """
    with session.user() if name == "me" else session.client() as im:
        person = im.user(resolve_id(session, name))
        output.rows(POSTS, (person.get_favorites if name == "me" else person.get_gallery_favorites).iter(limit=limit))


@user.command(epilog=examples("pyimgur user blocked"))
@limit_option
@output_options
@session_options
def blocked(session: Session, output: Output, limit: int | None) -> None:
    """List the users you blocked."""
    with session.user() as im:
        output.rows(columns(name="url"), im.get_blocked_users.iter(limit=limit))


@user.command(epilog=examples("pyimgur user block bob"))
@click.argument("names", metavar="NAME...", nargs=-1, required=True)
@session_options
def block(session: Session, names: tuple[str, ...]) -> int:
    """Block users.

    They cannot send you messages, and you get no notifications about them.
    """
    with session.user() as im:
        return for_each(session, names, lambda name: im.user(name).block())


@user.command(epilog=examples("pyimgur user unblock bob"))
@click.argument("names", metavar="NAME...", nargs=-1, required=True)
@session_options
def unblock(session: Session, names: tuple[str, ...]) -> int:
    """Unblock users."""
    with session.user() as im:
        return for_each(session, names, lambda name: im.user(name).unblock())
