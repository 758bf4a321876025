"""The texts of a request by name, from the body and the query; names and lists may be written in several ways."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from pyimgur.server.http.body_events import text_of
from pyimgur.server.http.errors import APIError

if TYPE_CHECKING:
    from starlette.requests import Request

MAX_FIELDS = 10_000
"""Maximum number of fields in a body or a query; each item of a list such as `ids[]` is a field."""
TOO_MANY = "The request has too many fields"
MAX_ITEMS = 10_000
"""Maximum number of distinct items in a list."""

_INDEX = re.compile(r"\[\w*\]$")
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")
"""Characters that no database stores as text."""


class Fields:
    """Named texts of the body and, for names that the body lacks, of the query.

    `ids`, `ids[]` and `ids[3]` are the same name.
    """

    def __init__(self, body: Iterable[tuple[str, str]], query: Iterable[tuple[str, str]] = ()) -> None:
        self._values = {**_by_name(query), **_by_name(body)}

    def text(self, name: str) -> str | None:
        """Return the last value of a name; None if there is none."""
        values = self._values.get(name)
        return values[-1] if values else None

    def all(self, name: str) -> Sequence[str]:
        """Return all values of a name as they were sent."""
        return self._values.get(name, ())

    def list(self, name: str) -> list[str] | None:
        """Return the distinct items of a name, whether repeated or separated by commas; None if it was not sent.

        Raises:
            APIError: there are more than `MAX_ITEMS`.
        """
        values = self._values.get(name)
        if values is None:
            return None
        items: dict[str, None] = {}
        rest = " ".join(values).replace(",", " ")
        while rest:
            some = rest.split(None, MAX_ITEMS)  # not all at once: a request may have half a million
            rest = some.pop() if len(some) > MAX_ITEMS else ""
            items.update(dict.fromkeys(some))
            if len(items) > MAX_ITEMS:
                raise APIError(400, f"The request has more than {MAX_ITEMS:,} different values of {name}")
        return list(items)


def query_pairs(request: Request) -> list[tuple[str, str]]:
    """Return names and values of the query, which some programs do not percent-encode.

    Raises:
        APIError: there are more than `MAX_FIELDS`.
    """
    query: bytes = request.scope["query_string"]
    if query.count(b"&") >= MAX_FIELDS:
        raise APIError(400, TOO_MANY)
    return parse_qsl(text_of(query), keep_blank_values=True) if query else []


def _by_name(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    values: dict[str, list[str]] = {}
    for name, value in pairs:
        values.setdefault(_INDEX.sub("", name), []).append(_storable(value))
    return values


def _storable(value: str) -> str:
    """Remove characters that no database stores as text. Most text has none, which is a fast check at any length."""
    return value if value.isascii() and "\0" not in value else _UNSTORABLE.sub("", value)
