"""`pyimgur tag`: show tags and the posts with them, and follow tags."""

from __future__ import annotations

import click

from ._options import examples
from ._output import Output, columns, limit_option, output_options
from ._resolve import for_each, resolve_id
from ._session import Session, session_options
from .gallery import POSTS

TAGS = columns(name="name", posts="total_items", followers="followers", following="following", text="description")


@click.group(epilog=examples("pyimgur tag posts cats", "pyimgur tag follow cats"))
def tag() -> None:
    """Show tags and their posts, and follow tags."""


@tag.command(epilog=examples("pyimgur tag show cats"))
@click.argument("name")
@output_options
@session_options
def show(session: Session, output: Output, name: str) -> None:
    """Show the tag NAME."""
    with session.client() as im:
        output.item(TAGS, im.get_tag(resolve_id(session, name)))


@tag.command(epilog=examples("pyimgur tag posts cats --limit 10"))
@click.argument("name")
@limit_option
@output_options
@session_options
def posts(session: Session, output: Output, name: str, limit: int | None) -> None:
    """List the posts with the tag NAME."""
    with session.client() as im:
        output.rows(POSTS, im.tag(resolve_id(session, name)).get_items.iter(limit=limit))


@tag.command(epilog=examples("pyimgur tag follow cats"))
@click.argument("names", metavar="NAME...", nargs=-1, required=True)
@session_options
def follow(session: Session, names: tuple[str, ...]) -> int:
    """Follow tags."""
    with session.user() as im:
        return for_each(session, names, lambda name: im.tag(name).follow())


@tag.command(epilog=examples("pyimgur tag unfollow cats"))
@click.argument("names", metavar="NAME...", nargs=-1, required=True)
@session_options
def unfollow(session: Session, names: tuple[str, ...]) -> int:
    """Unfollow tags."""
    with session.user() as im:
        return for_each(session, names, lambda name: im.tag(name).unfollow())
