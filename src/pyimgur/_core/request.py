"""What to ask the API: one call as an endpoint describes it, a plain value that knows no site and no token.

`_http` makes of it the HTTP messages (`effects.HTTPRequest`) that it takes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any, Generic, Literal, cast, get_args
from urllib.parse import quote, urlencode

from typing_extensions import TypeVar

from ..exceptions import ArgumentError
from .source import Source

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

Who = Literal["anyone", "user", "owner", "app", "nobody"]
"""Whose call it is: anyone's (the user's if there is a token), a user's only, the owner's (who is known by a delete
hash too), the application's, or needing no name."""
Evidence = Literal["recorded", "documented", "seen", "added"]
"""How a call is known: by a real answer, by Imgur's documentation, or by what other clients do; or it is one that
servers of this package have added."""


DELETEHASH_LENGTH = 15
UPLOAD_CREDITS = 10
"""What Imgur counts for an upload; for any other call it counts 1."""
_MAY_BE_NONE = frozenset({"sort", "page"})


@dataclass(frozen=True, slots=True)
class Pages:
    """How a listing is cut: the parameter that counts, and its first value."""

    param: str = "page"
    first: int = 0


@dataclass(frozen=True, slots=True)
class Request(Generic[T_co]):
    """One API call: what is asked, and the type of what it gives."""

    method: str
    path: str
    into: type[T_co]
    params: Mapping[str, object] = field(default_factory=dict[str, object], repr=False)
    known: Mapping[str, object] = field(default_factory=dict[str, object], repr=False)
    """Fields of the result that the caller knows already, where Imgur's answer omits them or has null."""
    who: Who = "anyone"
    repeatable: bool | None = None
    """Whether sending it twice does no harm; by default GET, HEAD, PUT and DELETE."""
    file: Source | None = None
    part: str | None = None
    """What the form calls the file, if not what Imgur wants it to be called."""
    pages: Pages | None = None
    limit: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    repeated: bool = False
    """Whether this is a further attempt of an upload that may have arrived, under the same idempotency key."""
    within: str | None = None
    """The part of the answer that holds the result."""
    json: bool = False
    """Whether the parameters are sent as a JSON document instead of a form."""
    cost: int = 1
    """The credits Imgur counts for it."""
    ended: str = ""
    """When Imgur dropped it from its documentation or switched it off, such as 2017-05; empty where it did not."""
    evidence: Evidence = "recorded"
    then: Callable[[Any], object] | None = field(default=None, repr=False)
    """Called with the result when the call has succeeded: what the object that made it knows now."""

    def __str__(self) -> str:
        """Method and path: what errors and logs show. Parameters and delete hashes are secrets, and not shown."""
        shown = {name: "{" + name + "}" if is_deletehash(value) else _segment(value) for name, value in self._steps()}
        path = self.path.format(**shown) if shown else shown_path(self.path)
        return f"{self.method} {path.rstrip('/')}"

    @property
    def target(self) -> str:
        """The path with its {placeholders} filled and quoted; a sort or page that is None falls away with its slash.

        Raises:
            ArgumentError: anything else is empty, and would make it the address of another call; or it is no name.
        """
        steps = self._steps()
        for name, value in steps:
            if not (value is None or isinstance(value, (str, int))):
                kind = type(value).__name__
                raise ArgumentError(f"{self.method} {self.path}: {name} must be text, and this is {kind}: {value}")
            if isinstance(value, str) and "://" in value:
                raise ArgumentError(f"{self.method} {self.path}: {value!r} is an address: get_at_url takes those")
        if empty := [name for name, value in steps if value == "" or (value is None and name not in _MAY_BE_NONE)]:
            raise ArgumentError(f"{self.method} {self.path}: {', '.join(sorted(empty))} must not be empty")
        path = self.path.format(**{name: _segment(value) for name, value in steps})
        return path if "?" in path else path.rstrip("/")

    def _steps(self) -> list[tuple[str, object]]:
        return [(name, self.params.get(name)) for name in self.names]

    @property
    def names(self) -> frozenset[str]:
        """The parameters that stand in the path."""
        return _names(self.path)

    @property
    def fields(self) -> dict[str, object]:
        """The parameters that are given and do not stand in the path."""
        names = self.names
        return {name: value for name, value in self.params.items() if value is not None and name not in names}

    @property
    def safe(self) -> bool:
        """Whether sending it twice does no harm."""
        return self.method in {"GET", "HEAD", "PUT", "DELETE"} if self.repeatable is None else self.repeatable

    def page(self, number: int) -> Request[T_co]:
        """The same call for another page."""
        assert self.pages is not None
        return replace(self, params={**self.params, self.pages.param: number})

    # What an endpoint says of itself beyond method, path and parameters: `get(...).by("user").until("2017-05")`.

    def by(self, who: Who) -> Request[T_co]:
        """As a call of `who`."""
        return replace(self, who=who)

    def unwrap(self, key: str) -> Request[T_co]:
        """As a call whose result is this part of the answer."""
        return replace(self, within=key)

    def defaults(self, **fields: object) -> Request[T_co]:
        """As a call whose result has these fields where the answer has nothing for them; None is not known."""
        return replace(self, known={name: value for name, value in fields.items() if value is not None})

    def idempotent(self) -> Request[T_co]:
        """As a call that does no harm when it is sent twice."""
        return replace(self, repeatable=True)

    def costing(self, credits: int) -> Request[T_co]:
        """As a call for which Imgur counts so many credits."""
        return replace(self, cost=credits)

    def on_success(self, learn: Callable[[Any], object]) -> Request[T_co]:
        """As a call whose result is told to `learn`."""
        return replace(self, then=learn)

    def deprecated_since(self, when: str) -> Request[T_co]:
        """As a call that Imgur dropped from its documentation, or switched off, at that time."""
        return replace(self, ended=when)

    def with_evidence(self, evidence: Evidence) -> Request[T_co]:
        """As a call of which no real answer is known."""
        return replace(self, evidence=evidence)


@lru_cache(1024)
def _names(path: str) -> frozenset[str]:
    return frozenset(part[: part.index("}")] for part in path.split("{")[1:])


def is_deletehash(value: object) -> bool:
    """Whether this is a delete hash rather than an id: fifteen letters and digits."""
    return isinstance(value, str) and len(value) == DELETEHASH_LENGTH and value.isalnum() and value.isascii()


def shown_path(path: str) -> str:
    """A path or address that a program wrote itself, as errors and logs may show it: no query, no delete hash."""
    return "/".join("…" if is_deletehash(part) else part for part in path.partition("?")[0].split("/"))


def with_query(address: str, fields: Mapping[str, object]) -> str:
    """The address with these fields in its query, behind those that stand there."""
    return f"{address}{'&' if '?' in address else '?'}{encoded(fields)}" if fields else address


def _segment(value: object) -> str:
    """One path segment; dots alone would be taken for a step up by what stands in between."""
    text = "" if value is None else quote(str(value), safe="", errors="replace")
    return text.replace(".", "%2E") if set(text) == {"."} else text


def check_choice(name: str, value: str | None, words: Any) -> None:
    """Refuse what is none of a Literal's words; None chooses nothing.

    Raises:
        ArgumentError: nothing was sent.
    """
    if value is not None and value not in (known := get_args(words)):
        raise ArgumentError(f"{name} must be one of {', '.join(map(repr, known))}, not {value!r}")


def get(path: str, into: type[T], **params: object) -> Request[T]:
    """A call that reads."""
    return Request("GET", path, into, params)


def post(path: str, into: type[T], **params: object) -> Request[T]:
    """A call that makes or changes something; its parameters are a form."""
    return Request("POST", path, into, params)


def put(path: str, into: type[T], **params: object) -> Request[T]:
    """A call that sets something; its parameters are a form."""
    return Request("PUT", path, into, params)


def delete(path: str, **params: object) -> Request[bool]:
    """A call that removes something."""
    return Request("DELETE", path, bool, params)


def get_page(
    path: str, into: type[list[T]], *, limit: int | None, first: int = 0, **params: object
) -> Request[list[T]]:
    """A call that reads one page of many."""
    return Request("GET", path, into, params, pages=Pages(first=first), limit=limit)


def get_all(path: str, into: type[list[T]], *, limit: int | None, **params: object) -> Request[list[T]]:
    """A call that reads all of many at once."""
    return Request("GET", path, into, params, limit=limit)


def encoded(fields: Mapping[str, object]) -> str:
    """Fields as a query or form: lists are repeated, booleans are 1 and 0 as Imgur has them."""
    pairs = [(name, text) for name, value in fields.items() for text in form_values(value)]
    return urlencode(pairs, errors="replace")


def form_values(value: object) -> list[str]:
    """A field's value as the texts that are sent for it."""
    if isinstance(value, list):
        return [text for item in cast("list[object]", value) for text in form_values(item)]
    return [str(int(value)) if isinstance(value, bool) else str(value)]
