"""`pyimgur backup`: save an account, a user, an album or a list of links in a folder."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .._transfer.filename_template import FIELDS
from ..backup import Links, OneAlbum, Options, OwnAccount, PublicUser, Result, Source, back_up, check
from ..backup.run import DEFAULT_JOBS, MAX_JOBS
from ._backup_progress import BackupProgress, print_problem, print_result
from ._cookie_option import cookie_client, cookies_option
from ._link_list import read_links
from ._options import examples, validate
from ._output import Output, output_options
from ._session import Session, account_option, client_option, read_site, session_options
from ._signals import exit_on_signal
from .download import template_text

if TYPE_CHECKING:
    from ..client import Imgur
    from ..sites import Site


class _BackupGroup(click.Group):
    """A group whose command `save` is used where no command is named: `pyimgur backup DIR`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put the name of the usual command before its arguments."""
        if args and args[0] not in {*self.commands, *ctx.help_option_names}:
            args = ["save", *args]
        return super().parse_args(ctx, args)


@click.group(
    cls=_BackupGroup,
    epilog=examples(
        "pyimgur backup my-imgur  # everything of your account",
        "pyimgur backup my-imgur  # again: continue, or save what is new",
        "pyimgur backup her-posts --user sarah",
    ),
)
def backup() -> None:
    """Back up an account, a user, an album or links into a folder.

    `pyimgur backup FOLDER` is short for `pyimgur backup save FOLDER`.
    """


@backup.command(
    epilog=examples(
        "pyimgur backup my-imgur",
        "pyimgur backup my-imgur --name '{album}/{index:03} {title} {id}'",
        "pyimgur backup her-posts --user sarah --client-id 0123456789abcde",
        "pyimgur backup one-album --album https://imgur.com/a/aBcdeFg",
        "pyimgur backup old-links --links links.txt",
    )
)
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option("--user", metavar="NAME", help="Save what anybody can see of this user, instead of your account.")
@click.option("--album", metavar="ALBUM", help="Save one album, by its link or id.")
@click.option(
    "--links", "links", metavar="FILE", type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Save the images behind the links in this file.",
)  # fmt: skip
@cookies_option
@click.option("--favorites-as-links", is_flag=True, help="Save the list of favorites, but not their pictures.")
@click.option(
    "--name", metavar="TEMPLATE", callback=validate(template_text),
    help=f"Also build view/, named by this template. Fields: {', '.join(f'{{{name}}}' for name in FIELDS)}.",
)  # fmt: skip
@click.option("--without-secrets", is_flag=True, help="Leave out delete hashes, with which anybody can delete.")
@click.option("--max-credits", type=click.IntRange(min=0), help="The most API credits that this run spends.")
@click.option(
    "--jobs", "-j", type=click.IntRange(1, MAX_JOBS), default=DEFAULT_JOBS, show_default=True,
    help="The number of concurrent downloads.",
)  # fmt: skip
@click.option("--quiet", "-q", is_flag=True, help="Show no progress, only problems and the totals.")
@output_options
@session_options
def save(
    session: Session,
    output: Output,
    folder: Path,
    name: str | None,
    without_secrets: bool,
    max_credits: int | None,
    jobs: int,
    quiet: bool,
    cookies: Path | None,
    **chosen: Any,
) -> int:
    """Save everything of your account in a folder; run it again to continue, or to save what is new.

    Saved are all images, also hidden ones and those in no album; albums with their order; favorites; posts; your
    comments and those below your posts; profile, avatar and settings; and the delete hashes of all of them, in files
    that only you can read.

    If the credits are used up, it waits until they reset and goes on. If it is interrupted, run the same command
    again: nothing is listed or downloaded twice. It never deletes a file.

    The totals add up: listed = saved + gone + blocked + refused + failed + pending. The exit code is 1 if anything
    failed or is missing.
    """
    source = _source(session, **chosen)
    options = Options(
        jobs=jobs,
        max_credits=max_credits,
        with_secrets=not without_secrets,
        name=name or "",
        signed_in_by_cookie=cookies is not None,
    )
    with (
        exit_on_signal("run the same command again to resume"),
        _client(session, source, cookies) as im,
        BackupProgress(quiet=quiet) as progress,
    ):
        result = back_up(im, folder, source, options, on_event=progress.event)
    print_result(output, result)
    return _exit_code(result)


def _exit_code(result: Result) -> int:
    return 0 if result.complete else 1


def _source(
    session: Session, *, user: str | None, album: str | None, links: Path | None, favorites_as_links: bool
) -> Source:
    """Return what to save; at most one of the options names something else than the account."""
    if sum(option is not None for option in (user, album, links)) > 1:
        raise click.UsageError("pass one of --user, --album and --links", click.get_current_context())
    if user is not None:
        return PublicUser(user, favorite_files=not favorites_as_links)
    if album is not None:
        return OneAlbum(_album_id(session, album))
    if links is not None:
        return Links(_links_in(links))
    return OwnAccount(session.named_account, favorite_files=not favorites_as_links)


def _album_id(session: Session, text: str) -> str:
    from ..urls import ALBUM, key_in

    return key_in(text, session.site, *ALBUM)


def _links_in(path: Path) -> Iterator[str]:
    with path.open("rb") as file:
        yield from read_links(file)


def _client(session: Session, source: Source, cookies: Path | None) -> Imgur:
    if cookies is not None:
        return cookie_client(session, cookies)
    return session.user() if isinstance(source, OwnAccount) else session.client()


def _part(ctx: click.Context, param: click.Parameter, value: str | None) -> tuple[int, int]:
    """Return the numbers of a part, as in 1/10."""
    number, slash, parts = (value or "1/1").partition("/")
    if not (slash and number.isdecimal() and parts.isdecimal() and 1 <= int(number) <= int(parts)):
        raise click.BadParameter("write it as 1/10, the first of ten parts", ctx, param)
    return int(number), int(parts)


@backup.command(
    name="check",
    epilog=examples(
        "pyimgur backup check my-imgur",
        "pyimgur backup check my-imgur --quick",
        "pyimgur backup check my-imgur --part 3/10  # the third tenth of it",
        "pyimgur backup check my-imgur --against http://127.0.0.1:4648",
    ),
)
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--quick", is_flag=True, help="Compare sizes only, and read no file.")
@click.option("--part", metavar="N/M", callback=_part, help="Check the Nth of M parts of the images.")
@click.option("--decode", is_flag=True, help="Also decode every image and video; needs the extra [server].")
@click.option("--repair", is_flag=True, help="Mark what is damaged, so that the next backup downloads it again.")
@click.option(
    "--against", metavar="URL", callback=read_site, help="Also compare with this server: images, digests, albums."
)
@account_option
@client_option
@output_options
def check_command(
    output: Output,
    folder: Path,
    part: tuple[int, int],
    against: Site | None,
    account: str | None,
    client_id: str | None,
    **options: bool,
) -> int:
    """Check that a backup is complete and undamaged.

    Every saved image has its file, with the size and the SHA-256 of the manifest; every file is in the manifest; and
    nothing is left to be saved. `sha256sum --check SHA256SUMS` in the folder proves the same of the images without
    pyimgur.

    The exit code is 1 if something is damaged or incomplete; --json says which of the two.
    """
    if options["quick"] and options["decode"]:
        raise click.UsageError("pass either --quick or --decode", click.get_current_context())
    with ExitStack() as exits:
        exits.enter_context(exit_on_signal("nothing was changed"))
        im = exits.enter_context(Session.choose(against, account, client_id).client()) if against else None
        result = check(folder, part=part, against=im, on_problem=print_problem, **options)
    share = "" if part == (1, 1) else f", part {part[0]} of {part[1]}"
    text = f"{result.state}: {result.checked:,} of {result.saved:,} saved images were checked{share}"
    output.value(text, result.as_json())
    return 0 if result.state == "good" else 1
