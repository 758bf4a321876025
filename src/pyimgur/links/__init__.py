"""Find Imgur links in any text, replace them by links to another server, and write redirects for a web server.

    from pyimgur import links

    for file in links.scan(["blog"]):
        for link in file.links:
            print(link.file, link.line, link.column, link.text, link.kind, link.ids)

    for file in links.rewrite(["blog"], "https://img.example.org"):
        print(file.file, len(file.replaced), len(file.kept))

Links are found as they are written in Markdown, HTML, JSON, SQL dumps and other text: percent-encoded, with HTML
entities, with escaped slashes, or in PHP-serialized strings. Nothing here sends a request.
"""

from __future__ import annotations

from ._existing import Existing
from ._redirects import Server, redirects
from ._rewrite import Kept, RewriteTotals, RewrittenFile, RewrittenText, rewrite, rewrite_text, rewrite_totals
from ._scan import Link, LinkKind, ScannedFile, State, Totals, scan, scan_text, totals

__all__ = [
    "Existing",
    "Kept",
    "Link",
    "LinkKind",
    "RewriteTotals",
    "RewrittenFile",
    "RewrittenText",
    "ScannedFile",
    "Server",
    "State",
    "Totals",
    "redirects",
    "rewrite",
    "rewrite_text",
    "rewrite_totals",
    "scan",
    "scan_text",
    "totals",
]
