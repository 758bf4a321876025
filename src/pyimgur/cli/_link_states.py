"""Ask a site which links work, for `pyimgur links`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..links import Existing, Link, ScannedFile
from ..sites import Site
from ..urls import ImgurURL, Kind
from ._session import Session, read_site

if TYPE_CHECKING:
    from .._transfer.file_state import LinkState

_KINDS: Mapping[str, Kind] = {"image": "image", "album": "album", "post": "post"}
_WORST_FIRST: tuple[LinkState, ...] = ("removed", "blocked", "alive")


def with_states(files: Iterable[ScannedFile], session: Session) -> list[ScannedFile]:
    """Return files with the states of their links to images, albums and posts; a link to several has the worst."""
    scanned = list(files)
    states = _states((link for file in scanned for link in file.links), session)

    def with_state(link: Link) -> Link:
        found = {states[key] for key in _keys(link)}
        return replace(link, state=next((state for state in _WORST_FIRST if state in found), None))

    return [replace(file, links=tuple(map(with_state, file.links))) for file in scanned]


def existing(place: Path | Site, links: Iterable[Link]) -> Existing:
    """Return which of these links exist in a folder, or at the site of a server."""
    if isinstance(place, Path):
        return Existing.in_folder(place)
    states = _states(links, Session.choose(place, None, None))
    alive = [key for key, state in states.items() if state == "alive"]
    images, albums, posts = (frozenset(id for kind, id in alive if kind == wanted) for wanted in _KINDS)
    return Existing(images, albums, posts)


def read_place(ctx: click.Context, param: click.Parameter, value: str | None) -> Path | Site | None:
    """Return the folder or the site that an option names."""
    if value is None or "://" in value:
        return read_site(ctx, param, value)
    if not Path(value).is_dir():
        raise click.BadParameter(f"{value}: there is no such folder", ctx, param)
    return Path(value)


def _states(links: Iterable[Link], session: Session) -> dict[tuple[str, str], LinkState]:
    """Return the states of all images, albums and posts that these links name, by kind and id."""
    keys = list(dict.fromkeys(key for link in links for key in _keys(link)))
    if not keys:
        return {}
    urls = {key: ImgurURL(_KINDS[key[0]], key[1]).link(session.site) for key in keys}
    with session.client() as im:
        states = im.get_link_states(urls.values())
    return {key: states[url] for key, url in urls.items()}


def _keys(link: Link) -> list[tuple[str, str]]:
    return [(link.kind, id) for id in link.ids] if link.kind in _KINDS else []
