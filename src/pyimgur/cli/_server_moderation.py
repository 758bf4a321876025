"""`pyimgur server reports` and `remove`: list reports of rule violations, and delete any user's content."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import click

from ..sites import IMGUR
from ..urls import ImgurURL, parse_id, parse_url
from . import _background_server, _data_folder
from ._errors import CommandError
from ._options import data_option, examples
from ._output import Output, columns, day, output_options
from ._prompts import confirm, yes_option
from ._server_context import with_context
from ._terminal_text import sanitize

if TYPE_CHECKING:
    from ..server.services.context import ServerContext

    Removal = Callable[[ServerContext], Awaitable[None]]

REPORTS = columns(page="page", of="of", reason="reason", reporter="reporter", when=day("created"))


@click.command(epilog=examples("pyimgur server reports", "pyimgur server reports --json"))
@output_options
@data_option
def reports(data: Path, output: Output) -> None:
    """List the posts, comments and users that were reported.

    The newest report comes first. A report disappears when the reported item is deleted: see `pyimgur server remove`.
    """
    from ..server.services import reports

    address = _background_server.find(data) or ""
    rows = with_context(_data_folder.existing(data), reports.all_reports)
    output.rows(
        REPORTS,
        [
            {
                "page": address + row.path,
                "of": row.person,
                "reason": reports.REASONS.get(row.reason or 0),
                "reporter": row.reporter,
                "created": row.created,
            }
            for row in rows
        ],
    )


@click.command(
    epilog=examples(
        "pyimgur server remove http://127.0.0.1:4648/gallery/aBcdeFg",
        "pyimgur server remove aBcdeFg hIjkLmn --yes",
        "pyimgur server remove http://127.0.0.1:4648/a/aBcdeFg --pictures",
    )
)
@click.argument("names", metavar="LINK|ID...", nargs=-1, required=True)
@click.option("--pictures", is_flag=True, help="Also delete the pictures in an album.")
@yes_option
@data_option
def remove(names: tuple[str, ...], pictures: bool, yes: bool, data: Path) -> int:
    """Delete any user's pictures, albums or comments.

    Name them by link or id. They are deleted for good, and removed from the gallery too. To remove an account, use
    `pyimgur server account remove`.
    """
    removals = {name: _removal(name, pictures=pictures) for name in names}
    folder = _data_folder.existing(data)
    confirm(f"Delete {names[0] if len(removals) == 1 else f'these {len(removals):,}'} for good?", yes=yes)
    failed = [name for name, removal in removals.items() if not with_context(folder, _if_found(removal))]
    for name in failed:
        click.echo(f"pyimgur: {sanitize(name)} does not exist on this server", err=True)
    return 1 if failed else 0


def _removal(name: str, *, pictures: bool) -> Removal:
    """Return what deletes the object of a link or an id; the host of the link does not matter.

    Raises:
        CommandError: it is not a link or id of an image, an album or a comment.
    """
    url = parse_url(f"{IMGUR.web}{urlsplit(name).path}", IMGUR) if "/" in name else parse_id(name)
    kind = url.kind if url else None
    misspelt = kind == "post" and "/comment" in name  # a bad link to a comment also parses as one to its post
    if url is None or misspelt or kind not in {"image", "album", "post", "subreddit image", "comment"}:
        raise CommandError(f"{name!r} is not a link or id of a picture, an album or a comment")

    async def removal(context: ServerContext) -> None:
        from ..server.services import moderation

        if kind == "comment":
            await moderation.remove_comment(context, url.number)
        elif kind == "album" or await _is_album(context, url):
            await moderation.remove_album(context, url.id, pictures=pictures)
        else:
            await moderation.remove_image(context, url.id)

    return removal


async def _is_album(context: ServerContext, url: ImgurURL) -> bool:
    """Return whether the id of a post, or an id alone, belongs to an album; images never have the same id."""
    from ..server.services import albums

    return await albums.find(context, str(url.id)) is not None


def _if_found(removal: Removal) -> Callable[[ServerContext], Awaitable[bool]]:
    """Return a function that runs the removal, and returns whether there was anything to remove."""

    async def attempt(context: ServerContext) -> bool:
        from ..server.errors import NotFoundError

        try:
            await removal(context)
        except NotFoundError:
            return False
        return True

    return attempt
