"""Writes endpoints.md: the table of all calls, read off the methods. `make docs` runs it, and a test compares."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path

from pyimgur._catalogue import Entry, entries

PAGE = Path(__file__).with_suffix(".md")
WHO = {
    "anyone": "anyone",
    "user": "a user",
    "owner": "its owner",
    "app": "the application",
    "nobody": "anyone, unnamed",
}
TOP = """\
# Endpoints

Every method that makes a call of Imgur's API. All of them are there on an `AsyncImgur` too, and on what comes
from one.

Who
: "A user" needs a user's token; without one the call is refused before it is sent. "Its owner" is the user it
  belongs to or, without an account, whoever has the delete hash. The rest is for anyone who has a client id.

Credits
: What Imgur counts of the application's day and of the user's hour.

Known
: How this package knows the call: from an answer that was recorded, from what Imgur has documented, or as it was
  seen in other clients only. "Added" are calls that [servers of this package](server-api.md) take, and no other.

Dropped
: When Imgur took the call out of its documentation, or switched it off. It can still be made, as another server
  may answer it; if it fails, the error says that it was dropped.
"""
HEAD = "| Method | Call | Who | Credits | Known | Dropped |\n|---|---|---|--:|---|---|\n"


def page() -> str:
    """The whole page."""
    groups = groupby(entries(), key=lambda entry: entry.name.partition(".")[0])
    return TOP + "".join(f"\n## {name}\n\n{HEAD}{''.join(map(line, group))}" for name, group in groups)


def line(entry: Entry) -> str:
    """One row of the table."""
    name = entry.name.partition(".")[2]
    call = f"`{entry.method} /{entry.path.partition('?')[0]}`"
    return f"| `{name}` | {call} | {WHO[entry.who]} | {entry.cost} | {entry.evidence} | {entry.ended} |\n"


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
