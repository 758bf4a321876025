"""Write redirects from the paths of Imgur links to another server: for nginx, for Caddy, and as a table for others.

Nobody can redirect i.imgur.com itself: these are for a host of one's own that old links lead to, such as a former
mirror or proxy. The ids stay the same, so that one rule is enough for all links; a table redirects only those in it.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal
from urllib.parse import unquote, urlsplit

from ..exceptions import ArgumentError
from ..urls import CONTENT_PATH, reserved_words
from ._existing import Existing
from ._rewrite import target_site
from ._scan import CONTENT, Link

Server = Literal["nginx", "caddy", "csv"]
"""The formats of redirects; "csv" is a table with the columns source, target, status, kind and id."""
STATUS = 301
_RESERVED = "|".join(word for word in reserved_words() if len(word) in {5, 7})
_UNSAFE = re.compile(r"[\s\"'`{}$;\\]")
"""Characters that have a meaning in a configuration."""


@dataclass(frozen=True, slots=True)
class _Row:
    """An old URL, without its query and fragment."""

    host: str
    path: str
    """Its path as it is sent."""
    kind: str
    id: str

    @property
    def decoded(self) -> str:
        """The path as web servers compare it."""
        return re.sub("/+", "/", unquote(self.path))


def redirects(to: str, server: Server = "nginx", links: Iterable[Link] | Existing | None = None) -> str:
    """Return the configuration that redirects the paths of Imgur links to another server.

    Without `links` it is one rule for the paths of all images, albums and posts. With links, or with what exists in a
    folder, it is a table of these; paths with quotes, braces or spaces are in a CSV only. The text belongs into the
    block of the host that old links lead to; the first part of nginx's table belongs into its `http` block.

    Raises:
        ArgumentError: `to` is not the URL of a server, or of Imgur's; or a CSV without links.
    """
    start = target_site(to)
    if _UNSAFE.search(start):
        raise ArgumentError(f"{to!r} cannot be part of a configuration: remove quotes, braces, $ and ;")
    if links is None:
        if server == "csv":
            raise ArgumentError("a CSV is a list of links: name the files that have them")
        return _RULES[server](start)
    rows = _of_existing(links) if isinstance(links, Existing) else _of_links(links)
    return _TABLES[server](start, list({(row.host, row.path): row for row in rows}.values()))


def _of_links(links: Iterable[Link]) -> Iterable[_Row]:
    for link in links:
        if link.kind in CONTENT:
            parts = urlsplit(link.url)
            yield _Row((parts.hostname or "").removesuffix("."), parts.path, link.kind, " ".join(link.ids))


def _of_existing(existing: Existing) -> Iterable[_Row]:
    for id, extension in sorted(existing.extensions):
        yield _Row("i.imgur.com", f"/{id}{extension}", "image", id)
    for id in sorted(existing.images):
        yield _Row("imgur.com", f"/{id}", "image", id)
    for id in sorted(existing.albums):
        yield _Row("imgur.com", f"/a/{id}", "album", id)


def _nginx_rule(start: str) -> str:
    return (
        "# In the server block of the host that old links lead to:\n"
        f'location ~ "^(?!/(?:{_RESERVED})/?$){CONTENT_PATH}$" {{\n'
        f"    return {STATUS} {start}$request_uri;\n"
        "}\n"
    )


def _caddy_rule(start: str) -> str:
    words = " ".join(f"/{word}" for word in _RESERVED.split("|"))
    return (
        "# In the block of the host that old links lead to:\n"
        "@imgur {\n"
        f"    path_regexp ^{CONTENT_PATH}$\n"
        f"    not path {words}\n"
        "}\n"
        f"redir @imgur {start}{{uri}} {STATUS}\n"
    )


def _nginx_table(start: str, rows: Iterable[_Row]) -> str:
    paths = _paths(rows, str.lower)  # nginx ignores case in a map; the new URL has the case of the request
    size = max(2048, 2 ** (4 * len(paths)).bit_length())
    return (
        "# In the http block:\n"
        f"map_hash_max_size {size};\n"
        "map_hash_bucket_size 512;\n"
        "map $uri $imgur_moved {\n"
        "    default 0;\n" + "".join(f'    "{path}" 1;\n' for path in paths) + "}\n"
        "# In the server block of the host that old links lead to:\n"
        "if ($imgur_moved) {\n"
        f"    return {STATUS} {start}$request_uri;\n"
        "}\n"
    )


def _caddy_table(start: str, rows: Iterable[_Row]) -> str:
    return (
        "# In the block of the host that old links lead to:\n"
        "map {path} {imgur_moved} {\n"
        + "".join(f'    "{path}" yes\n' for path in _paths(rows, str))
        + "    default no\n"
        "}\n"
        '@imgur_moved expression `{imgur_moved} == "yes"`\n'
        f"redir @imgur_moved {start}{{uri}} {STATUS}\n"
    )


def _paths(rows: Iterable[_Row], key: Callable[[str], str]) -> list[str]:
    """Return the paths that can be part of a configuration, each once."""
    paths = (row.decoded for row in rows)
    return list({key(path): path for path in paths if path.isprintable() and not _UNSAFE.search(path)}.values())


def _csv_table(start: str, rows: Iterable[_Row]) -> str:
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(["source", "target", "status", "kind", "id"])
    table.writerows((f"https://{row.host}{row.path}", start + row.path, STATUS, row.kind, row.id) for row in rows)
    return text.getvalue()


_RULES: Mapping[str, Callable[[str], str]] = {"nginx": _nginx_rule, "caddy": _caddy_rule}
_TABLES: Mapping[str, Callable[[str, Iterable[_Row]], str]] = {
    "nginx": _nginx_table,
    "caddy": _caddy_table,
    "csv": _csv_table,
}
