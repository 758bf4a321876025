"""`pyimgur gallery` and `search`: browse and search public posts, vote on them, and share images and albums."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, get_args

import click

from ..resources import Album, CommentSort, GallerySort, Image, Section, Sort, Window
from ._errors import CommandError
from ._options import examples
from ._output import Output, columns, day, limit_option, output_options
from ._prompts import confirm, yes_option
from ._resolve import VOTES, cast_vote, for_each, resolve_id
from ._session import Session, session_options
from .comment import COMMENTS

if TYPE_CHECKING:
    from ..client import Imgur
    from ..resources import GalleryImage

POSTS = columns(
    id="id", title="title", by="account_url", points="points", views="views", comments="comment_count",
    pictures=lambda raw: raw.get("images_count") or 1, shared=day("datetime"), link="link",
)  # fmt: skip
POST = {**POSTS, "description": "description", "ups": "ups", "downs": "downs", "your vote": "vote"}


@click.group(epilog=examples("pyimgur gallery list --section top", "pyimgur gallery vote aBcdeFg up"))
def gallery() -> None:
    """Browse the gallery, vote on posts, and share your own."""


def _post(im: Imgur, session: Session, text: str) -> GalleryImage:
    """Return an object for the calls of a post, without a request; they are the same for images and albums."""
    return im.gallery_image(resolve_id(session, text))


@gallery.command("list", epilog=examples("pyimgur gallery list", "pyimgur gallery list --section top --window week"))
@click.option("--section", type=click.Choice(get_args(Section)), default="hot", show_default=True, help="The section.")
@click.option(
    "--sort", type=click.Choice(get_args(GallerySort)), default="viral", show_default=True, help="The sort order."
)
@click.option(
    "--window",
    type=click.Choice(get_args(Window)),
    default="day",
    show_default=True,
    help="The period, with --sort or --section top.",
)
@limit_option
@output_options
@session_options
def list_(session: Session, output: Output, section: Any, sort: Any, window: Any, limit: int | None) -> None:
    """List posts of the gallery."""
    with session.client() as im:
        output.rows(POSTS, im.get_gallery.iter(section, sort, window, limit=limit))


@gallery.command(
    epilog=examples("pyimgur gallery show aBcdeFg", "pyimgur gallery show https://imgur.com/gallery/aBcdeFg")
)
@click.argument("id")
@output_options
@session_options
def show(session: Session, output: Output, id: str) -> None:
    """Show a post, by id or link."""
    with session.client() as im:
        output.item(POST, im.get_gallery_item(resolve_id(session, id)))


@gallery.command(epilog=examples("pyimgur gallery comments aBcdeFg --sort new"))
@click.argument("id")
@click.option(
    "--sort", type=click.Choice(get_args(CommentSort)), default="best", show_default=True, help="The sort order."
)
@limit_option
@output_options
@session_options
def comments(session: Session, output: Output, id: str, sort: Any, limit: int | None) -> None:
    """List the comments under a post. To write one, use `pyimgur comment add`."""
    with session.client() as im:
        output.rows(COMMENTS, _post(im, session, id).get_comments.iter(sort, limit=limit))


@gallery.command(epilog=examples("pyimgur gallery vote aBcdeFg up", "pyimgur gallery vote aBcdeFg none"))
@click.argument("id")
@click.argument("vote", type=click.Choice(VOTES))
@session_options
def vote(session: Session, id: str, vote: str) -> None:
    """Vote a post up or down, or remove your vote."""
    with session.user() as im:
        cast_vote(_post(im, session, id), vote)


@gallery.command(epilog=examples("pyimgur gallery share aBcdeFg 'My holiday' --tag beach --tag sun"))
@click.argument("id")
@click.argument("title")
@click.option("--tag", "tags", multiple=True, help="A tag. May be repeated.")
@click.option("--mature", is_flag=True, help="Mark the post as mature.")
@output_options
@session_options
def share(session: Session, output: Output, id: str, title: str, tags: tuple[str, ...], mature: bool) -> None:
    """Share your image or album in the gallery.

    ID is the id or link of the image or album, TITLE the title of the post. The link of the post is printed.
    """
    with session.user() as im:
        item = im.get_at_url(id)
        if not isinstance(item, (Album, Image)):
            raise CommandError(f"{id} is neither a picture nor an album")
        post = item.submit_to_gallery(title, mature=mature or None, tags=tags)
        link = f"{session.site.web}/gallery/{post.id}"
        output.value(link, {"id": post.id, "link": link})


@gallery.command(epilog=examples("pyimgur gallery remove aBcdeFg"))
@click.argument("ids", metavar="ID...", nargs=-1, required=True)
@yes_option
@session_options
def remove(session: Session, ids: tuple[str, ...], yes: bool) -> int:
    """Remove your posts from the gallery. The images stay; votes and comments are deleted."""
    confirm(f"Remove {len(ids)} post(s) from the gallery, with their votes and comments?", yes=yes)

    def remove_post(id: str) -> None:
        im.gallery_image(id).remove_from_gallery()

    with session.user() as im:
        return for_each(session, ids, remove_post)


@click.command(epilog=examples("pyimgur search cats", "pyimgur search 'cats OR dogs' --sort top --window year --json"))
@click.argument("words", nargs=-1, required=True)
@click.option("--sort", type=click.Choice(get_args(Sort)), default="time", show_default=True, help="The sort order.")
@click.option(
    "--window",
    type=click.Choice(get_args(Window)),
    default="all",
    show_default=True,
    help="The period, with --sort or --section top.",
)
@limit_option
@output_options
@session_options
def search(session: Session, output: Output, words: tuple[str, ...], sort: Any, window: Any, limit: int | None) -> None:
    """Search the gallery for posts that match WORDS.

    Use AND, OR and NOT between words, and title: tag: user: ext: and subreddit: before a word.
    """
    if not " ".join(words).strip():
        raise click.UsageError("Pass words to search for.")
    with session.client() as im:
        output.rows(POSTS, im.search_gallery.iter(" ".join(words), sort=sort, window=window, limit=limit))
