"""View models: rows of the database as templates show them, with URLs, dates and text instead of ids and seconds."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

from markupsafe import Markup

from pyimgur.server.http.parameters import parse_int
from pyimgur.server.http.urls import album_url, image_url
from pyimgur.server.services.images import LARGE_ALBUM, MP4, served_size

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyimgur.server.http.responses import Json
    from pyimgur.server.http.urls import BaseURLs
    from pyimgur.server.services import albums, images
    from pyimgur.server.services.comments import Comment, CommentTree
    from pyimgur.server.services.gallery import PostWithItems


SHOWN_AS = {"image/heic": "jpg", "image/tiff": "jpg"}
"""Types that few browsers show, and the extension under which the server converts them to one that all show."""
_URL = re.compile(r"""((?:https?://|\bwww\.)[^\s<>"']*[^\s<>"'.,;:!?)\]])""")
_LINK = Markup('<a href="{}" rel="nofollow noopener ugc">{}</a>')  # Jinja's urlize takes ten times as long


class ImageView(NamedTuple):
    """An image or video."""

    id: str
    title: str | None
    description: str | None
    type: str
    width: int
    height: int
    has_sound: bool
    animated: bool
    size: int
    ext: str
    uploaded: datetime
    link: str
    """The URL of the original file."""
    view: str
    """The URL of a file that every browser shows."""
    view_type: str
    """The MIME type of that file."""
    preview: str
    page: str

    @property
    def video(self) -> bool:
        """Whether browsers show it in a player."""
        return self.view_type == MP4

    @property
    def scraper_json(self) -> dict[str, Json]:
        """The JSON of `scraper_compat`."""
        return {
            "hash": self.id,
            "title": self.title or "",
            "description": self.description,
            "has_sound": self.has_sound,
            "width": self.width,
            "height": self.height,
            "size": self.size,
            "ext": f".{self.ext}",
            "animated": self.animated,
            "prefer_video": self.video,
            "looping": False,
            "datetime": f"{self.uploaded:%Y-%m-%d %H:%M:%S}",
        }


class VideoView(NamedTuple):
    """The MP4 of an image or video."""

    link: str
    width: int
    height: int


class AlbumPart(NamedTuple):
    """The part of an album that a page shows, and the URLs of the other parts; a small album is one part."""

    page: int
    """Counted from zero."""
    pages: int
    url: str
    """The URL of the first part."""
    parameter: str
    """The query parameter that selects a part."""
    total: int
    """The number of images in all parts."""

    @property
    def first(self) -> int:
        """The position of the part's first image in the album, counted from one."""
        return self.page * LARGE_ALBUM + 1

    @property
    def last(self) -> int:
        """The position of its last image."""
        return min(self.total, (self.page + 1) * LARGE_ALBUM)

    def link(self, page: int) -> str:
        """Return the URL of another part, counted from zero."""
        return f"{self.url}?{self.parameter}={page + 1}" if page else self.url


class AlbumView(NamedTuple):
    """An album, with the images of one part of it."""

    id: str
    title: str | None
    description: str | None
    author: str | None
    created: datetime
    images: list[ImageView]
    cover: ImageView | None
    page: str
    part: AlbumPart

    @property
    def scraper_json(self) -> dict[str, Json]:
        """The JSON of `scraper_compat`; scrapers find images by `{"hash":`, so the album's own hash is not first."""
        images: Json = {"count": self.part.total, "images": [image.scraper_json for image in self.images]}
        return {"title": self.title or "", "description": self.description, "hash": self.id, "album_images": images}


class PostView(NamedTuple):
    """A gallery post with the images of one part of it."""

    id: str
    title: str
    description: str | None
    author: str
    posted: datetime
    points: int
    favorites: int
    comments: int
    mature: bool
    tags: Sequence[tuple[str, str]]
    """Name and display name of each tag."""
    section: str | None
    images: list[ImageView]
    cover: ImageView | None
    page: str
    part: AlbumPart


class PostCard(NamedTuple):
    """A post in a list."""

    id: str
    title: str
    author: str
    points: int
    comments: int
    cover: str
    """The URL of a thumbnail; empty for a mature post."""
    images_count: int
    video: bool


class CommentView(NamedTuple):
    """A comment with its replies."""

    id: int
    post: str
    author: str
    """Empty if the comment was deleted."""
    text: Markup
    points: int
    posted: datetime
    replies: Sequence[CommentView]


def image_view(links: BaseURLs, row: images.Image) -> ImageView:
    """Return the view of an image."""
    view, view_type = _browser_file(links, row)
    return ImageView(
        id=row.id,
        title=row.title,
        description=row.description,
        type=row.type,
        width=row.width,
        height=row.height,
        has_sound=bool(row.has_sound),
        animated=bool(row.animated),
        size=served_size(row),
        ext=row.ext,
        uploaded=format_date(row.created),
        link=image_url(links, row.id, row.ext),
        view=view,
        view_type=view_type,
        preview=image_url(links, f"{row.id}h", "jpg"),
        page=f"{links.pages}/{row.id}",
    )


def _browser_file(links: BaseURLs, row: images.Image) -> tuple[str, str]:
    """Return the URL and type of a file of the image that all browsers can show."""
    if row.type.startswith("video/"):
        if row.mp4_size is None:  # no MP4 could be made
            return image_url(links, f"{row.id}h", "jpg"), "image/jpeg"
        return image_url(links, row.id, "mp4"), MP4
    if ext := SHOWN_AS.get(row.type):
        return image_url(links, row.id, ext), "image/jpeg"
    return image_url(links, row.id, row.ext), row.type


def album_part(row: albums.Album | None, value: str | None, url: str, parameter: str = "page") -> AlbumPart:
    """Return the part of an album that a query parameter selects, counted from one; an invalid value is the first.

    A post that shows one image has no album and is one part.
    """
    count = row.images_count if row else 1
    pages = max(1, -(-count // LARGE_ALBUM))
    number = parse_int(value, 6) or 1
    return AlbumPart(min(max(number - 1, 0), pages - 1), pages, url, parameter, count)


def album_view(
    links: BaseURLs, row: albums.Album, items: Sequence[images.Image], part: AlbumPart, cover: images.Image | None
) -> AlbumView:
    """Return the view of an album; `items` are the images of the part."""
    return AlbumView(
        id=row.id,
        title=row.title,
        description=row.description,
        author=row.account_name,
        created=format_date(row.created),
        images=[image_view(links, item) for item in items],
        cover=None if cover is None else image_view(links, cover),
        page=album_url(links, row.id),
        part=part,
    )


def post_view(
    links: BaseURLs, entry: PostWithItems, part: AlbumPart, items: Sequence[images.Image] | None = None
) -> PostView:
    """Return the view of a post; `items` are the images of the part, needed for all but the first part."""
    row, source = entry.post, entry.album or entry.image
    assert row is not None, "gallery entries are posts"
    assert source is not None, "a post is an image or an album"
    first_images = [image_view(links, item) for item in entry.images or filter(None, [entry.image])]
    cover_id = entry.album.cover_id if entry.album else source.id
    return PostView(
        id=row.id,
        title=source.title or row.id,
        description=source.description if entry.album else None,  # a single image shows its own
        author=row.account_name,
        posted=format_date(row.created),
        points=row.points,
        favorites=row.favorites,
        comments=row.comments,
        mature=bool(row.mature),
        tags=[(tag.name, tag.display_name) for tag in entry.tags],
        section=source.section,
        images=first_images[:LARGE_ALBUM] if items is None else [image_view(links, item) for item in items],
        cover=next((image for image in first_images if image.id == cover_id), None),
        page=f"{links.pages}/gallery/{row.id}",
        part=part,
    )


def post_card(links: BaseURLs, entry: PostWithItems) -> PostCard:
    """Return the card of a post; that of a mature post has no thumbnail."""
    row, source = entry.post, entry.album or entry.image
    assert row is not None, "gallery entries are posts"
    assert source is not None, "a post is an image or an album"
    cover_id = entry.album.cover_id if entry.album else source.id
    return PostCard(
        id=row.id,
        title=source.title or row.id,
        author=row.account_name,
        points=row.points,
        comments=row.comments,
        cover=image_url(links, f"{cover_id}m", "jpg") if cover_id and not row.mature else "",
        images_count=entry.album.images_count if entry.album else 1,
        video=entry.image is not None and entry.image.type.startswith("video/"),
    )


def comment_view(row: Comment, replies: Sequence[CommentTree] = ()) -> CommentView:
    """Return the view of a comment and its replies, no deeper than `comments.MAX_DEPTH`; a deleted one has no text."""
    return CommentView(
        id=row.id,
        post=row.post_id,
        author="" if row.deleted else row.account_name or "",
        text=linkify("" if row.deleted else row.text),
        points=row.points,
        posted=format_date(row.created),
        replies=[comment_view(reply.comment, reply.replies) for reply in replies],
    )


def linkify(text: str) -> Markup:
    """Return the text as HTML in which URLs are links that search engines do not follow."""
    parts = enumerate(_URL.split(text))
    return Markup().join(_LINK.format(_href(part), part) if index % 2 else part for index, part in parts)


def _href(url: str) -> str:
    return f"https://{url}" if url.startswith("www.") else url


def format_date(seconds: int) -> datetime:
    """Return Unix seconds as a date."""
    return datetime.fromtimestamp(seconds, UTC)
