"""`pyimgur server reports` and `remove`: what people find wrong, and how whoever runs the server takes it away."""

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
    """List what users reported: posts, comments and other users, newest first.

    A report disappears when the reported item is deleted: see `pyimgur server remove`.
    """
    from ..server.services import reports

    address = _background_server.find(data) or ""
    found = with_context(_data_folder.existing(data), reports.all_reports)
    output.rows(
        REPORTS,
        [
            {
                "page": address + each.path,
                "of": each.person,
                "reason": reports.REASONS.get(each.reason or 0),
                "reporter": each.reporter,
                "created": each.created,
            }
            for each in found
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
    """Delete any user's pictures, albums or comments for good, by link or id.

    They are removed from the gallery too. To remove an account, use `pyimgur server account remove`.
    """
    removals = {name: _removal(name, pictures=pictures) for name in names}
    folder = _data_folder.existing(data)
    confirm(f"Delete {names[0] if len(removals) == 1 else f'these {len(removals):,}'} for good?", yes=yes)
    failed = [name for name, removal in removals.items() if not with_context(folder, _require(removal))]
    for name in failed:
        click.echo(f"pyimgur: {sanitize(name)} does not exist on this server", err=True)
    return 1 if failed else 0


def _removal(name: str, *, pictures: bool) -> Removal:
    """How to remove what a link or an id leads to; what host the link names does not matter.

    Raises:
        CommandError: it is nothing that can be removed like this.
    """
    address = parse_url(f"{IMGUR.web}{urlsplit(name).path}", IMGUR) if "/" in name else parse_id(name)
    kind = address.kind if address else None
    misspelt = kind == "post" and "/comment" in name  # a post's page all the same, but nobody means the post
    if address is None or misspelt or kind not in {"image", "album", "post", "subreddit image", "comment"}:
        raise CommandError(f"{name!r} is not a link or id of a picture, an album or a comment")

    async def removal(library: ServerContext) -> None:
        from ..server.services import moderation

        if kind == "comment":
            await moderation.remove_comment(library, address.number)
        elif kind == "album" or await _is_album(library, address):
            await moderation.remove_album(library, address.id, pictures=pictures)
        else:
            await moderation.remove_image(library, address.id)

    return removal


async def _is_album(library: ServerContext, address: ImgurURL) -> bool:
    """Whether a post's id, or an id by itself, is an album's: pictures and albums never share one."""
    from ..server.services import albums

    return await albums.find(library, address.id) is not None


def _require(removal: Removal) -> Callable[[ServerContext], Awaitable[bool]]:
    async def tried(library: ServerContext) -> bool:
        from ..server.errors import NotFoundError

        try:
            await removal(library)
        except NotFoundError:
            return False
        return True

    return tried
