"""What the library knows, as pages show it: links, dates and words instead of ids, seconds and flags."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

from markupsafe import Markup

from pyimgur.server.http.parameters import parse_int
from pyimgur.server.http.urls import album_url, image_url
from pyimgur.server.services.images import LARGE, MP4, served_size

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyimgur.server.http.responses import Json
    from pyimgur.server.http.urls import BaseURLs
    from pyimgur.server.services import albums, images
    from pyimgur.server.services.comments import Comment, CommentTree
    from pyimgur.server.services.gallery import PostWithItems


SHOWN_AS = {"image/heic": "jpg", "image/tiff": "jpg"}
"""Types that few browsers show, and the ending under which the server gives them as something that all show."""
_ADDRESS = re.compile(r"""((?:https?://|\bwww\.)[^\s<>"']*[^\s<>"'.,;:!?)\]])""")
_LINK = Markup('<a href="{}" rel="nofollow noopener ugc">{}</a>')  # Jinja's urlize takes ten times as long


class ImageView(NamedTuple):
    """One picture."""

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
    """The URL of the file as it came."""
    view: str
    """The URL under which every browser shows it."""
    view_type: str
    """The MIME type of what is there."""
    preview: str
    page: str

    @property
    def video(self) -> bool:
        """Whether it needs a player."""
        return self.view_type == MP4

    @property
    def scraped(self) -> dict[str, Json]:
        """As `scraped` tells of it."""
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
    """An MP4."""

    link: str
    width: int
    height: int


class Part(NamedTuple):
    """Which pictures of an album a page shows, and where the others are; of an album that fits, all."""

    page: int
    """Counted from zero."""
    pages: int
    address: str
    """Where the first part is."""
    parameter: str
    """What names the part in the query."""
    total: int
    """How many pictures there are in all parts."""

    @property
    def first(self) -> int:
        """The place of the part's first picture in the album, counted from one."""
        return self.page * LARGE + 1

    @property
    def last(self) -> int:
        """The place of its last one."""
        return min(self.total, (self.page + 1) * LARGE)

    def link(self, page: int) -> str:
        """Return the address of another part."""
        return f"{self.address}?{self.parameter}={page + 1}" if page else self.address


class AlbumView(NamedTuple):
    """One album, with the pictures of one part of it."""

    id: str
    title: str | None
    description: str | None
    author: str | None
    made: datetime
    images: list[ImageView]
    cover: ImageView | None
    page: str
    part: Part

    @property
    def scraped(self) -> dict[str, Json]:
        """As `scraped` tells of it; `{"hash":` is what scrapers know a picture by, so the album's stands elsewhere."""
        held = {"count": self.part.total, "images": [each.scraped for each in self.images]}
        return {"title": self.title or "", "description": self.description, "hash": self.id, "album_images": held}


class PostView(NamedTuple):
    """One post of the gallery, with all that it shows."""

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
    """Each tag's name, and how it is written."""
    section: str | None
    images: list[ImageView]
    cover: ImageView | None
    page: str
    part: Part


class PostCard(NamedTuple):
    """One post in a list."""

    id: str
    title: str
    author: str
    points: int
    comments: int
    cover: str
    """A small picture; none for what is not for everybody's eyes."""
    pictures: int
    video: bool


class CommentView(NamedTuple):
    """One comment, with the answers to it."""

    id: int
    post: str
    author: str
    """Nobody, once it is deleted."""
    text: Markup
    points: int
    said: datetime
    answers: Sequence[CommentView]


def picture(links: BaseURLs, row: images.Image) -> ImageView:
    """A picture of the library."""
    view, view_type = _view(links, row)
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


def _view(links: BaseURLs, row: images.Image) -> tuple[str, str]:
    """Return the URL that a page shows the picture by, and the type of what is there: what all browsers can show."""
    if row.type.startswith("video/"):
        if row.mp4_size is None:  # no MP4 could be made
            return image_url(links, f"{row.id}h", "jpg"), "image/jpeg"
        return image_url(links, row.id, "mp4"), MP4
    if ext := SHOWN_AS.get(row.type):
        return image_url(links, row.id, ext), "image/jpeg"
    return image_url(links, row.id, row.ext), row.type


def part(row: albums.Album | None, asked: str | None, address: str, parameter: str = "page") -> Part:
    """Return the part of an album that a query asks for, counted from one there; nonsense is the first."""
    count = row.images_count if row else 1
    pages = max(1, -(-count // LARGE))
    number = parse_int(asked, 6) or 1
    return Part(min(max(number - 1, 0), pages - 1), pages, address, parameter, count)


def album(
    links: BaseURLs, row: albums.Album, held: Sequence[images.Image], part: Part, cover: images.Image | None
) -> AlbumView:
    """An album of the library, with the pictures of one part."""
    pictures = [picture(links, each) for each in held]
    return AlbumView(
        id=row.id,
        title=row.title,
        description=row.description,
        author=row.account_name,
        made=format_date(row.created),
        images=pictures,
        cover=None if cover is None else picture(links, cover),
        page=album_url(links, row.id),
        part=part,
    )


def post(links: BaseURLs, entry: PostWithItems, part: Part, held: Sequence[images.Image] | None = None) -> PostView:
    """A post, with the pictures of one part of its album; `held` are those, if it is not the first."""
    row, thing = entry.post, entry.album or entry.image
    assert row is not None, "what stands in the gallery is a post"
    assert thing is not None, "an entry shows an image or an album"
    pictures = [picture(links, each) for each in entry.pictures or filter(None, [entry.image])]
    these = pictures[:LARGE] if held is None else [picture(links, each) for each in held]
    cover = entry.album.cover_id if entry.album else thing.id
    return PostView(
        id=row.id,
        title=thing.title or row.id,
        description=thing.description if entry.album else None,  # a single picture shows its own
        author=row.account_name,
        posted=format_date(row.created),
        points=row.points,
        favorites=row.favorites,
        comments=row.comments,
        mature=bool(row.mature),
        tags=[(each.name, each.display_name) for each in entry.tags],
        section=thing.section,
        images=these,
        cover=next((each for each in pictures if each.id == cover), None),
        page=f"{links.pages}/gallery/{row.id}",
        part=part,
    )


def tile(links: BaseURLs, entry: PostWithItems) -> PostCard:
    """A post in a list; what is for adults is named there and not shown."""
    row, thing = entry.post, entry.album or entry.image
    assert row is not None, "what stands in the gallery is a post"
    assert thing is not None, "an entry shows an image or an album"
    cover = entry.album.cover_id if entry.album else thing.id
    return PostCard(
        id=row.id,
        title=thing.title or row.id,
        author=row.account_name,
        points=row.points,
        comments=row.comments,
        cover=image_url(links, f"{cover}m", "jpg") if cover and not row.mature else "",
        pictures=entry.album.images_count if entry.album else 1,
        video=entry.image is not None and entry.image.type.startswith("video/"),
    )


def remark(row: Comment, answers: Sequence[CommentTree] = ()) -> CommentView:
    """A comment and the answers to it, which go no deeper than `comments.DEEPEST`; of a deleted one only its place."""
    return CommentView(
        id=row.id,
        post=row.post_id,
        author="" if row.deleted else row.account_name or "",
        text=linked("" if row.deleted else row.text),
        points=row.points,
        said=format_date(row.created),
        answers=[remark(each.comment, each.answers) for each in answers],
    )


def linked(text: str) -> Markup:
    """The text, where what looks like an address is a link that search engines do not follow."""
    parts = enumerate(_ADDRESS.split(text))
    return Markup().join(_LINK.format(_target(part), part) if place % 2 else part for place, part in parts)


def _target(address: str) -> str:
    return f"https://{address}" if address.startswith("www.") else address


def format_date(seconds: int) -> datetime:
    """Unix seconds as a date."""
    return datetime.fromtimestamp(seconds, UTC)
