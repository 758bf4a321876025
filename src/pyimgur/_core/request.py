"""`Request`: one API call as an endpoint describes it, a plain value without site or token.

`_policy` turns it into HTTP requests (`effects.HTTPRequest`).
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
"""Who may call: anyone (as the user if there is a token), a user only, the owner (a delete hash is enough), the
application (without a user's token), or nobody (no authorization is sent)."""
Evidence = Literal["recorded", "documented", "seen", "added"]
"""How a call is known: from a recorded response, from Imgur's documentation, or from other clients; 'added' is a call
that only servers of this package have."""


DELETEHASH_LENGTH = 15
UPLOAD_CREDITS = 10
"""Credits of an upload; any other call costs 1."""
_MAY_BE_NONE = frozenset({"sort", "page"})


def _nothing() -> dict[str, Any]:
    return {}  # `dict[str, Any]()` takes ten times as long, and each call has two of them


@dataclass(frozen=True, slots=True)
class Pages:
    """How a list is paginated: the parameter for the page number, and its first value."""

    param: str = "page"
    first: int = 0


@dataclass(frozen=True, slots=True)
class Request(Generic[T_co]):
    """One API call: method, path, parameters, and the type of its result."""

    method: str
    path: str
    result_type: type[T_co]
    params: Mapping[str, object] = field(default_factory=_nothing, repr=False)
    known: Mapping[str, object] = field(default_factory=_nothing, repr=False)
    """Values for fields of the result that Imgur's response omits or has as null."""
    who: Who = "anyone"
    repeatable: bool | None = None
    """Whether it is safe to send twice; by default GET, HEAD, PUT and DELETE are."""
    file: Source | None = None
    part: str | None = None
    """Name of the file's form field, if not the one that Imgur expects."""
    pages: Pages | None = None
    limit: int | None = None
    headers: Mapping[str, str] = field(default_factory=_nothing, repr=False)
    repeated: bool = False
    """Whether this is another attempt at an upload that may have arrived, with the same idempotency key."""
    resend_hint: str = "upload it again"
    """What an error advises to do about an upload that may not have arrived."""
    within: str | None = None
    """The key of the response that contains the result."""
    json: bool = False
    """Whether the parameters are sent as JSON instead of a form."""
    cost: int = 1
    """Credits that Imgur counts for it."""
    deprecated_in: str = ""
    """When Imgur removed it from its documentation or switched it off, such as 2017-05; empty if neither."""
    evidence: Evidence = "recorded"
    then: Callable[[Any], object] | None = field(default=None, repr=False)
    """Called with the result after the call has succeeded, such as to update the object that made it."""

    def __str__(self) -> str:
        """Return method and path, for errors and logs; parameters and delete hashes are secret and left out."""
        values = self._path_values()
        redacted = {name: f"{{{name}}}" if is_deletehash(value) else _segment(value) for name, value in values.items()}
        path = self.path.format(**redacted) if redacted else shown_path(self.path)
        return f"{self.method} {path.rstrip('/')}"

    @property
    def target(self) -> str:
        """The path with its {placeholders} filled and quoted; a sort or page that is None is left out, with its slash.

        Raises:
            ArgumentError: another value is empty, so that this would be the path of another call; or it is neither
                text nor a number; or it is a URL.
        """
        values = self._path_values()
        for name, value in values.items():
            if not (value is None or isinstance(value, (str, int))):
                kind = type(value).__name__
                raise ArgumentError(f"{self.method} {self.path}: {name} must be text, and this is {kind}: {value}")
            if isinstance(value, str) and "://" in value:
                raise ArgumentError(f"{self.method} {self.path}: {value!r} is a URL: get_at_url takes those")
            if value == "" or (value is None and name not in _MAY_BE_NONE):
                raise ArgumentError(f"{self.method} {self.path}: {name} must not be empty")
        path = self.path.format(**{name: _segment(value) for name, value in values.items()})
        return path if "?" in path else path.rstrip("/")

    def _path_values(self) -> dict[str, object]:
        return {name: self.params.get(name) for name in self.names}

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the parameters in the path, in their order."""
        return _names(self.path)

    @property
    def fields(self) -> dict[str, object]:
        """The parameters that are not None and not in the path."""
        names = self.names
        return {name: value for name, value in self.params.items() if value is not None and name not in names}

    @property
    def safe(self) -> bool:
        """Whether it is safe to send twice."""
        return self.method in {"GET", "HEAD", "PUT", "DELETE"} if self.repeatable is None else self.repeatable

    def page(self, number: int) -> Request[T_co]:
        """Return the same call for this page."""
        assert self.pages is not None
        return replace(self, params={**self.params, self.pages.param: number})

    # Chained by endpoints, as in `get(...).by("user").deprecated_since("2017-05")`.

    def by(self, who: Who) -> Request[T_co]:
        """Return the call with the callers that it allows."""
        return replace(self, who=who)

    def unwrap(self, key: str) -> Request[T_co]:
        """Return the call with its result taken from this key of the response."""
        return replace(self, within=key)

    def defaults(self, **fields: object) -> Request[T_co]:
        """Return the call with values for fields that the response omits or has as null; None is no value."""
        return replace(self, known={name: value for name, value in fields.items() if value is not None})

    def idempotent(self) -> Request[T_co]:
        """Return the call as one that is safe to send twice."""
        return replace(self, repeatable=True)

    def costing(self, credits: int) -> Request[T_co]:
        """Return the call with the credits that Imgur counts for it."""
        return replace(self, cost=credits)

    def on_success(self, callback: Callable[[Any], object]) -> Request[T_co]:
        """Return the call with a callback that gets its result."""
        return replace(self, then=callback)

    def deprecated_since(self, when: str) -> Request[T_co]:
        """Return the call with the month in which Imgur removed it from its documentation or switched it off."""
        return replace(self, deprecated_in=when)

    def with_evidence(self, evidence: Evidence) -> Request[T_co]:
        """Return the call with how it is known, if not from a recorded response."""
        return replace(self, evidence=evidence)


@lru_cache(1024)
def _names(path: str) -> tuple[str, ...]:
    return tuple(part[: part.index("}")] for part in path.split("{")[1:])


def is_deletehash(value: object) -> bool:
    """Return whether this is a delete hash rather than an id: fifteen letters and digits."""
    return isinstance(value, str) and len(value) == DELETEHASH_LENGTH and value.isalnum() and value.isascii()


def shown_path(path: str) -> str:
    """Return a path or URL without its query and delete hashes, for errors and logs."""
    return "/".join("…" if is_deletehash(part) else part for part in path.partition("?")[0].split("/"))


def with_query(url: str, fields: Mapping[str, object]) -> str:
    """Return the URL with these fields appended to its query."""
    return f"{url}{'&' if '?' in url else '?'}{encoded(fields)}" if fields else url


def _segment(value: object) -> str:
    """Return the value quoted as one path segment; proxies would resolve a segment of dots, so these are quoted too."""
    if isinstance(value, str) and value.isalnum() and value.isascii():  # as nearly all ids are
        return value
    text = "" if value is None else quote(str(value), safe="", errors="replace")
    return text.replace(".", "%2E") if set(text) == {"."} else text


def check_choice(name: str, value: str | None, words: Any) -> None:
    """Check that a value is one of a Literal's words, or None.

    Raises:
        ArgumentError: it is not; nothing was sent.
    """
    if value is not None and value not in (known := get_args(words)):
        raise ArgumentError(f"{name} must be one of {', '.join(map(repr, known))}, not {value!r}")


def get(path: str, into: type[T], **params: object) -> Request[T]:
    """Describe a call that reads."""
    return Request("GET", path, into, params)


def post(path: str, into: type[T], **params: object) -> Request[T]:
    """Describe a call that creates or changes something; its parameters are sent as a form."""
    return Request("POST", path, into, params)


def put(path: str, into: type[T], **params: object) -> Request[T]:
    """Describe a call that sets something; its parameters are sent as a form."""
    return Request("PUT", path, into, params)


def delete(path: str, **params: object) -> Request[bool]:
    """Describe a call that removes something."""
    return Request("DELETE", path, bool, params)


def get_page(
    path: str, into: type[list[T]], *, limit: int | None, first: int = 0, **params: object
) -> Request[list[T]]:
    """Describe a call that reads one page of a list."""
    return Request("GET", path, into, params, pages=Pages(first=first), limit=limit)


def get_all(path: str, into: type[list[T]], *, limit: int | None, **params: object) -> Request[list[T]]:
    """Describe a call that reads a whole list at once."""
    return Request("GET", path, into, params, limit=limit)


def encoded(fields: Mapping[str, object]) -> str:
    """Encode fields as a query or form: a list repeats its field, booleans are 1 and 0 as Imgur expects."""
    pairs = [(name, text) for name, value in fields.items() for text in form_values(value)]
    return urlencode(pairs, errors="replace")


def form_values(value: object) -> list[str]:
    """Return the texts that are sent for a field's value."""
    if isinstance(value, list):
        return [text for item in cast("list[object]", value) for text in form_values(item)]
    return [str(int(value)) if isinstance(value, bool) else str(value)]
