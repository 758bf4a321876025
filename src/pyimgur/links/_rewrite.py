"""Replace Imgur links in texts and files by links to another server, where the images have the same ids.

Only the start of a link is replaced, up to its path: titles, sizes, queries and everything else stay, byte for byte.
Links to users, tags, subreddits and delete pages are kept, because another server does not have them under their names.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypedDict

from ..exceptions import ArgumentError, FileError
from ..sites import IMGUR, named
from ._diff import unified_diff
from ._existing import Existing
from ._files import read, replace, walk
from ._grammar import Found, find_urls
from ._php import Edit, strings_around, with_lengths
from ._scan import CONTENT, Link, describe
from ._text import Text

MISSING = "missing"
"""The reason to keep a link to what does not exist at the new place."""
FAILED = "failed"
"""The reason why links are left that should have been replaced: their file could not be written."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A link that was not replaced, and why: "missing", "failed", or its kind, such as "user"."""

    link: Link
    reason: str


@dataclass(frozen=True, slots=True)
class RewrittenText:
    """A text with new links."""

    content: bytes = field(repr=False)
    replaced: tuple[Link, ...] = ()
    kept: tuple[Kept, ...] = ()
    broken_lengths: tuple[int, ...] = ()
    """The lines of PHP-serialized strings whose length was wrong before; links in them were replaced as text."""


@dataclass(frozen=True, slots=True)
class RewrittenFile:
    """The result for a file: the links found are those replaced and those kept."""

    file: str
    replaced: tuple[Link, ...] = ()
    kept: tuple[Kept, ...] = ()
    broken_lengths: tuple[int, ...] = ()
    diff: str = field(default="", repr=False)
    """The changes as a unified diff, of a dry run."""
    error: FileError | None = None

    @property
    def found(self) -> int:
        """The number of links in it."""
        return len(self.replaced) + len(self.kept)


def target_site(url: str) -> str:
    """Return the start of new links, without a slash at the end.

    Raises:
        ArgumentError: it is not the URL of a server, or it has an Imgur link or host in it.
    """
    site = named(url)
    if site == IMGUR or any(True for _ in find_urls(f"{site.web}/aBcdeFg.png".encode())):
        raise ArgumentError(f"{url!r} is Imgur itself: name the server that has the images")
    return site.web


def rewrite_text(text: str | bytes, to: str, *, only: Existing | None = None, file: str = "") -> RewrittenText:
    """Return a text with its links to images, albums and posts replaced; bytes may be in any encoding with ASCII.

    Raises:
        ArgumentError: `to` is not the URL of a server, or of Imgur's.
    """
    body = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    return _rewrite_body(body, target_site(to), only, file)


def rewrite(
    paths: Iterable[str | os.PathLike[str]],
    to: str,
    *,
    only: Existing | None = None,
    dry_run: bool = False,
    backup: str = "",
) -> Iterator[RewrittenFile]:
    """Replace the links in each text file at and below these paths, and yield what was done with each that has any.

    A changed file keeps its encoding, byte order mark, line ends and mode, and is replaced atomically; the others are
    not touched. Doing it again changes nothing. Lengths in PHP-serialized strings are adjusted.

    Args:
        paths: files and folders; as for `scan`, symbolic links, Git's own and binary files are passed over.
        to: the URL of the server that has the images, such as https://img.example.org.
        only: replace only links to what exists there.
        dry_run: write nothing, and return the diffs.
        backup: keep each changed file under its name with this suffix; files with it are passed over.

    Raises:
        ArgumentError: `to` is not the URL of a server, or `backup` contains a slash. Nothing was written.
    """
    return _rewrite_files(paths, target_site(to), only, dry_run, check_suffix(backup))


def check_suffix(suffix: str) -> str:
    """Return the suffix of backups, or nothing for none.

    Raises:
        ArgumentError: it is no part of a file name.
    """
    if set(suffix) & {"/", "\\", "\0"}:
        raise ArgumentError(f"{suffix!r} is no suffix of a file name, such as .bak")
    return suffix


def _rewrite_files(
    paths: Iterable[str | os.PathLike[str]], to: str, only: Existing | None, dry_run: bool, backup: str
) -> Iterator[RewrittenFile]:
    for path in walk(paths):
        if isinstance(path, FileError):
            yield RewrittenFile("", error=path)
        elif not (backup and path.name.endswith(backup)):
            done = _rewrite_file(path, to, only, dry_run, backup)
            if done.found or done.error:
                yield done


def _rewrite_file(path: Path, to: str, only: Existing | None, dry_run: bool, backup: str) -> RewrittenFile:
    name, done = str(path), RewrittenText(b"")
    try:
        source = read(path)
        text = Text.of(source.data)
        if text is None:
            return RewrittenFile(name)
        done = _rewrite_body(text.body, to, only, name)
        if done.replaced and not dry_run:
            replace(source, text.encode(done.content), backup)
    except FileError as error:
        kept = (*(Kept(link, FAILED) for link in done.replaced), *done.kept)
        return RewrittenFile(name, (), kept, (), error=error)
    diff = unified_diff(name, text.body, done.content) if dry_run else ""
    return RewrittenFile(name, done.replaced, done.kept, done.broken_lengths, diff)


def _rewrite_body(body: bytes, to: str, only: Existing | None, file: str) -> RewrittenText:
    """Replace the links, and then those that only the new text has: a link may end where another one began."""
    first = done = _rewrite_once(body, to, only, file)
    replaced = list(first.replaced)
    while done.replaced:
        done = _rewrite_once(done.content, to, only, file)
        replaced += done.replaced
    return RewrittenText(done.content, tuple(replaced), first.kept, first.broken_lengths)


def _rewrite_once(body: bytes, to: str, only: Existing | None, file: str) -> RewrittenText:
    found = [url for url in find_urls(body) if isinstance(url, Found) and url.target.kind != "search"]
    edits: list[Edit] = []
    replaced: list[Link] = []
    kept: list[Kept] = []
    strings, broken = strings_around(body, [place.start for place in found])
    for place, link in zip(found, describe(body, found, strings, file), strict=True):
        if reason := _reason_to_keep(link, only):
            kept.append(Kept(link, reason))
        else:
            replaced.append(link)
            edits.append(Edit(place.start, place.host_end, place.spelling.encode(_start(to, place))))
    lines = tuple(body.count(b"\n", 0, offset) + 1 for offset in broken)
    return RewrittenText(_apply(body, with_lengths(body, edits, strings)), tuple(replaced), tuple(kept), lines)


def _reason_to_keep(link: Link, only: Existing | None) -> str:
    if link.kind not in CONTENT:
        return link.kind
    return "" if only is None or only.has(link) else MISSING


def _start(to: str, place: Found) -> str:
    """Return the start of a new link with as much of scheme and slashes as the old one has."""
    scheme, _, rest = to.partition("//")
    return f"{scheme}//{rest}" if place.has_scheme else f"//{rest}" if place.has_slashes else rest


def _apply(body: bytes, edits: Sequence[Edit]) -> bytes:
    pieces: list[bytes] = []
    position = 0
    for edit in edits:
        pieces += [body[position : edit.start], edit.new]
        position = edit.end
    return b"".join([*pieces, body[position:]])


class RewriteTotals(TypedDict):
    """The sums of a run."""

    files: int
    changed: int
    failed: int
    found: int
    replaced: int
    kept: dict[str, int]
    broken_lengths: int


def rewrite_totals(files: Iterable[RewrittenFile]) -> RewriteTotals:
    """Return the sums of a run: `found` is `replaced` and all that is `kept`, by reason."""
    done = list(files)
    kept = Counter(kept.reason for file in done for kept in file.kept)
    return {
        "files": len([file for file in done if file.found]),
        "changed": len([file for file in done if file.replaced]),
        "failed": len([file for file in done if file.error]),
        "found": sum(file.found for file in done),
        "replaced": sum(len(file.replaced) for file in done),
        "kept": dict(kept),
        "broken_lengths": sum(len(file.broken_lengths) for file in done),
    }
