"""The effects that a policy generator yields, and what it gets back: plain values without I/O.

A flow is a generator of effects (`HTTPRequest`, `Sleep`, `RefreshToken`, ...). An executor, sync or async, carries each
effect out and sends its result back, such as the `Reply` to an `HTTPRequest`; an `ImgurError` is thrown into the flow.
The flow's return value is the result of the call.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Generic, Protocol, TypeAlias

from typing_extensions import TypeVar

from .decode import first_document

T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True, slots=True)
class Body:
    """The body of a request; each call of `open` returns an iterator over its bytes, from the start."""

    content_type: str
    length: int | None
    open: Callable[[], Iterable[bytes]] = field(repr=False)
    may_block: bool = False
    """Whether reading it may take long, so that an event loop must not wait for it."""


class Sink(Protocol):
    """Takes the bytes of a response, which are otherwise collected in memory."""

    def accepts(self, status: int, headers: Mapping[str, str]) -> bool: ...
    def write(self, chunk: bytes) -> object: ...
    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class HTTPRequest:
    """One HTTP request; `label` names it in errors and logs, without the delete hash that its URL may contain."""

    method: str
    url: str = field(repr=False)
    label: str
    headers: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    body: Body | None = None
    sink: Sink | None = None


@dataclass(frozen=True, slots=True)
class Sleep:
    """Wait this many seconds."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Gather:
    """Run several flows, at most `concurrency` at a time; gives a list with each one's result or `ImgurError`."""

    flows: Sequence[Generator[Effect, Any, Any]]
    concurrency: int


@dataclass(frozen=True, slots=True)
class SaveTokens:
    """Save the tokens in the client's store; without `required`, a failure is logged as a warning."""

    required: bool = True


@dataclass(frozen=True, slots=True)
class RunBlocking:
    """Call a function that waits for the disk, without blocking the event loop; gives what it returned."""

    work: Callable[[], Any]


@dataclass(frozen=True, slots=True)
class RefreshToken:
    """Get a new access token, unless `stale` has been replaced in the meantime."""

    stale: str | None = field(repr=False)
    doubted: bool = False
    """Whether `stale` may still be valid; then one attempt an hour is enough."""


@dataclass(frozen=True)
class Reply:
    """An HTTP response; `body` is empty if a sink took the bytes. Header names are lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(default=b"", repr=False)

    @cached_property
    def document(self) -> Any:
        """The JSON document in the body, parsed once; NO_DOCUMENT if there is none."""
        return first_document(self.body)


@dataclass(frozen=True, slots=True)
class Item(Generic[T_co]):
    """Hand one item to the caller; the stream continues when the caller wants the next one."""

    item: T_co
    has_more: bool | None = None
    """Whether more items follow this one; None if only another request could tell."""


@dataclass(frozen=True, slots=True)
class End:
    """The end of an item stream."""

    has_more: bool | None
    """Whether more items exist than the stream gave: False if it gave all, True or None if it was cut."""


Effect: TypeAlias = "HTTPRequest | Sleep | RefreshToken | SaveTokens | RunBlocking | Gather"
R = TypeVar("R")
Flow = Generator[Effect, Any, R]
"""Effects for a sync or async executor to carry out; returns an R."""
ItemStream: TypeAlias = "Generator[Effect | Item[R], Any, bool | None]"
"""Effects with items in between, carried out only as far as the caller wants the next item. Returns whether more
items exist than it gave, as `End.has_more`."""


@dataclass(frozen=True, slots=True)
class Paginator(Generic[T_co]):
    """A list whose items take several kinds of requests to find."""

    items: Callable[[], ItemStream[T_co]] = field(repr=False)
    limit: int | None = None
    unlimited: bool = False
    """Whether a list of it holds all items if no limit is given."""
