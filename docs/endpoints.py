"""Writes endpoints.md: the table of all calls, generated from the methods. `make docs` runs it, and a test compares."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path

from pyimgur._endpoint_table import Entry, endpoint_table

PAGE = Path(__file__).with_suffix(".md")
WHO = {
    "anyone": "anyone",
    "user": "a user",
    "owner": "its owner",
    "app": "the application",
    "nobody": "anyone, without a client id",
}
TOP = """\
# Endpoints

Every method that calls Imgur's API. All of them also exist on `AsyncImgur` and on its objects, as awaitables.

Who
: "A user" requires a login; without one, nothing is sent. "Its owner" is the user it belongs to or, for anonymous
  items, whoever has the delete hash. "Anyone" requires only a client id.

Credits
: The cost, counted against the application's daily and the user's hourly credits.

Known
: How this package knows the call: from a recorded response, from Imgur's documentation, or only from other
  clients. "Added" calls exist only on [servers of this package](server-api.md).

Dropped
: When Imgur removed the call from its documentation, or switched it off. You can still make the call, because other
  servers may support it; if it fails, the error says that Imgur dropped it.
"""
HEAD = "| Method | Call | Who | Credits | Known | Dropped |\n|---|---|---|--:|---|---|\n"


def page() -> str:
    """The whole page."""
    groups = groupby(endpoint_table(), key=lambda entry: entry.name.partition(".")[0])
    return TOP + "".join(f"\n## {name}\n\n{HEAD}{''.join(map(line, group))}" for name, group in groups)


def line(entry: Entry) -> str:
    """One row of the table."""
    name = entry.name.partition(".")[2]
    call = f"`{entry.method} /{entry.path.partition('?')[0]}`"
    return f"| `{name}` | {call} | {WHO[entry.who]} | {entry.cost} | {entry.evidence} | {entry.ended} |\n"


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
