"""`pyimgur image`: list, show, edit and delete images."""

from __future__ import annotations

import click

from ._options import examples
from ._output import Output, columns, day, limit_option, output_options
from ._prompts import confirm, yes_option
from ._resolve import for_each, resolve_id
from ._session import Session, session_options

IMAGES = columns(
    id="id", title="title", type="type", width="width", height="height", bytes="size", views="views",
    uploaded=day("datetime"), link="link",
)  # fmt: skip
IMAGE = {**IMAGES, "description": "description", "by": "account_url", "album": "album_id"}


@click.group(epilog=examples("pyimgur image list", "pyimgur image show aBcdeFg --json"))
def image() -> None:
    """List, show, edit and delete images that were uploaded."""


@image.command("list", epilog=examples("pyimgur image list", "pyimgur image list --limit 500 --json"))
@limit_option
@output_options
@session_options
def list_(session: Session, output: Output, limit: int | None) -> None:
    """List your uploads, newest first."""
    with session.user() as im:
        output.rows(IMAGES, im.user("me").get_images.iter(limit=limit))


@image.command(epilog=examples("pyimgur image show aBcdeFg", "pyimgur image show https://i.imgur.com/aBcdeFg.png"))
@click.argument("id")
@output_options
@session_options
def show(session: Session, output: Output, id: str) -> None:
    """Show an image, by id or link."""
    with session.client() as im:
        output.item(IMAGE, im.get_image(resolve_id(session, id)))


@image.command(epilog=examples("pyimgur image edit aBcdeFg --title 'The beach'"))
@click.argument("id")
@click.option("--title", help="The title.")
@click.option("--description", help="The description.")
@session_options
def edit(session: Session, id: str, title: str | None, description: str | None) -> None:
    """Edit an image's title or description.

    ID is the image's id or link, or the delete hash of an anonymous image.
    """
    if title is None and description is None:
        raise click.UsageError("pass what to change: --title or --description", click.get_current_context())
    with session.client() as im:
        im.image(resolve_id(session, id)).update(title, description)


@image.command(epilog=examples("pyimgur image delete aBcdeFg", "pyimgur image delete --yes aBcdeFg hIjkLmn"))
@click.argument("ids", metavar="ID...", nargs=-1, required=True)
@yes_option
@session_options
def delete(session: Session, ids: tuple[str, ...], yes: bool) -> int:
    """Delete images for good. Name an anonymous image by its delete hash."""
    confirm(f"Delete {len(ids)} picture(s) for good?", yes=yes)
    with session.client() as im:
        return for_each(session, ids, lambda image_id: im.image(image_id).delete())


@image.command(epilog=examples("pyimgur image favorite aBcdeFg"))
@click.argument("ids", metavar="ID...", nargs=-1, required=True)
@output_options
@session_options
def favorite(session: Session, output: Output, ids: tuple[str, ...]) -> int:
    """Add images to your favorites, or remove them.

    An image that is a favorite already is removed. The result is printed for each.
    """
    with session.user() as im:
        return for_each(session, ids, lambda image_id: im.image(image_id).favorite(), output)
