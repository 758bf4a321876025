"""`pyimgur album`: create, show, edit and delete albums."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast, get_args

import click

from ..resources import Privacy
from ._options import examples
from ._output import Output, columns, day, limit_option, output_options
from ._prompts import confirm, yes_option
from ._resolve import for_each, resolve_id
from ._session import Session, session_options
from .image import IMAGES

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

ALBUMS = columns(
    id="id", title="title", pictures="images_count", privacy="privacy", views="views", made=day("datetime"), link="link"
)
ALBUM = {**ALBUMS, "description": "description", "by": "account_url", "cover": "cover"}


@click.group(epilog=examples("pyimgur album list", "pyimgur album create --title Holiday aBcdeFg hIjkLmn"))
def album() -> None:
    """Create, show, edit and delete albums."""


def _fields(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options for the fields of an album."""
    for option in (
        click.option("--cover", metavar="ID", help="The cover image."),
        click.option("--privacy", type=click.Choice(get_args(Privacy)), help="Who can find it."),
        click.option("--description", help="The description."),
        click.option("--title", help="The title."),
    ):
        command = option(command)
    return command


@album.command("list", epilog=examples("pyimgur album list", "pyimgur album list bob --json"))
@click.argument("user", default="me")
@limit_option
@output_options
@session_options
def list_(session: Session, output: Output, user: str, limit: int | None) -> None:
    """List the albums of USER (default: you), newest first."""
    with session.user() if user == "me" else session.client() as im:
        output.rows(ALBUMS, im.user(resolve_id(session, user)).get_albums.iter(limit=limit))


@album.command(epilog=examples("pyimgur album show aBcdeFg", "pyimgur album show https://imgur.com/a/aBcdeFg --json"))
@click.argument("id")
@output_options
@session_options
def show(session: Session, output: Output, id: str) -> None:
    """Show an album, by id or link."""
    with session.client() as im:
        output.item(ALBUM, im.get_album(resolve_id(session, id)))


@album.command(epilog=examples("pyimgur album images aBcdeFg"))
@click.argument("id")
@limit_option
@output_options
@session_options
def images(session: Session, output: Output, id: str, limit: int | None) -> None:
    """List the images in an album, in order."""
    with session.client() as im:
        output.rows(IMAGES, im.album(resolve_id(session, id)).get_images.iter(limit=limit))


@album.command(epilog=examples("pyimgur album create --title Holiday", "pyimgur album create aBcdeFg hIjkLmn"))
@click.argument("ids", metavar="[IMAGE]...", nargs=-1)
@_fields
@output_options
@session_options
def create(
    session: Session,
    output: Output,
    ids: tuple[str, ...],
    title: str | None,
    description: str | None,
    privacy: str | None,
    cover: str | None,
) -> None:
    """Create an album with these images, and print its link.

    If you are not logged in, name images by their delete hashes. The album's own delete hash is printed too: keep it.
    """
    with session.client() as im:
        images = [resolve_id(session, id) for id in ids]
        new = im.create_album(title, description, images or None, cover, cast("Privacy | None", privacy))
        if output.as_json:
            output.item(ALBUM, new)
            return
        click.echo(f"{session.site.web}/a/{new.id}")
        if session.account is None:
            click.echo(f"its delete hash: {new.deletehash}", err=True)


@album.command(epilog=examples("pyimgur album edit aBcdeFg --title Holiday --privacy hidden"))
@click.argument("id")
@_fields
@session_options
def edit(
    session: Session, id: str, title: str | None, description: str | None, privacy: str | None, cover: str | None
) -> None:
    """Edit an album's title, description, privacy or cover.

    ID is the album's id or link, or the delete hash of an anonymous album.
    """
    if (title, description, privacy, cover) == (None,) * 4:
        raise click.UsageError("pass what to change, such as --title", click.get_current_context())
    with session.client() as im:
        new_privacy = cast("Privacy | None", privacy)
        im.album(resolve_id(session, id)).update(title, description, cover=cover, privacy=new_privacy)


@album.command(epilog=examples("pyimgur album add aBcdeFg hIjkLmn"))
@click.argument("id")
@click.argument("images", metavar="IMAGE...", nargs=-1, required=True)
@session_options
def add(session: Session, id: str, images: tuple[str, ...]) -> None:
    """Add images to the end of an album.

    ID is the album's id or link. Name anonymous images and albums by their delete hashes.
    """
    with session.client() as im:
        im.album(resolve_id(session, id)).add_images([resolve_id(session, image) for image in images])


@album.command(epilog=examples("pyimgur album remove aBcdeFg hIjkLmn"))
@click.argument("id")
@click.argument("images", metavar="IMAGE...", nargs=-1, required=True)
@session_options
def remove(session: Session, id: str, images: tuple[str, ...]) -> None:
    """Remove images from an album, without deleting them."""
    with session.client() as im:
        im.album(resolve_id(session, id)).remove_images([resolve_id(session, image) for image in images])


@album.command(epilog=examples("pyimgur album delete aBcdeFg", "pyimgur album delete --yes aBcdeFg"))
@click.argument("ids", metavar="ID...", nargs=-1, required=True)
@yes_option
@session_options
def delete(session: Session, ids: tuple[str, ...], yes: bool) -> int:
    """Delete albums, but not the images in them."""
    confirm(f"Delete {len(ids)} album(s)? The images in them stay.", yes=yes)
    with session.client() as im:
        return for_each(session, ids, lambda album_id: im.album(album_id).delete())


@album.command(epilog=examples("pyimgur album favorite aBcdeFg"))
@click.argument("ids", metavar="ID...", nargs=-1, required=True)
@output_options
@session_options
def favorite(session: Session, output: Output, ids: tuple[str, ...]) -> int:
    """Add albums to your favorites, or remove them.

    An album that is a favorite already is removed. The result is printed for each.
    """
    with session.user() as im:
        return for_each(session, ids, lambda album_id: im.album(album_id).favorite(), output)
