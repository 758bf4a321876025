"""What a flow yields and gets back: plain values, no I/O.

A flow is a generator of steps (`HTTPRequest`, `Sleep`, `Refresh`, ...). It gets what each gave, such as
the `Reply` to an exchange, and returns its result; a driver, sync or async, carries the steps out.
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
    """What a message carries: a fresh iterator of its bytes at each call of `open`."""

    content_type: str
    length: int | None
    open: Callable[[], Iterable[bytes]] = field(repr=False)


class Sink(Protocol):
    """Where the bytes of an answer go instead of into memory."""

    def accepts(self, status: int, headers: Mapping[str, str]) -> bool: ...
    def write(self, chunk: bytes) -> object: ...
    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class HTTPRequest:
    """One HTTP message to send; its label tells which, without the delete hash that its URL may hold."""

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
    """Carry out several flows, so many at a time; gives a list of what each returned or which ImgurError it raised."""

    flows: Sequence[Generator[Effect, Any, Any]]
    concurrency: int


@dataclass(frozen=True, slots=True)
class SaveTokens:
    """Save the tokens where the client keeps them; without `required`, a place that takes none is a warning."""

    required: bool = True


@dataclass(frozen=True, slots=True)
class RunBlocking:
    """Do what waits for the disk, where no event loop waits with it; gives what it returned."""

    work: Callable[[], Any]


@dataclass(frozen=True, slots=True)
class Refresh:
    """Get a new access token, unless `stale` has been replaced meanwhile."""

    stale: str | None = field(repr=False)
    doubted: bool = False
    """Whether it may be good all the same: then one who could get no other is enough."""


@dataclass(frozen=True)
class Reply:
    """What came back; `body` is empty where a sink took it. Header names are lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(default=b"", repr=False)

    @cached_property
    def document(self) -> Any:
        """The JSON document in the body, read once however many look at it; NOTHING if there is none."""
        return first_document(self.body)


@dataclass(frozen=True, slots=True)
class Item(Generic[T_co]):
    """Hand this to who walks; the walk goes on when they want the next one."""

    item: T_co
    has_more: bool | None = None
    """Whether more items follow this one; None if only another request could tell."""


@dataclass(frozen=True, slots=True)
class End:
    """The end of a walk."""

    has_more: bool | None
    """Whether there are more items than the walk gave: False at the end of all, True or None if it was cut."""


Effect: TypeAlias = "HTTPRequest | Sleep | Refresh | SaveTokens | RunBlocking | Gather"
R = TypeVar("R")
Flow = Generator[Effect, Any, R]
"""Steps that some driver carries out, sync or async; it returns an R."""
ItemStream: TypeAlias = "Generator[Effect | Item[R], Any, bool | None]"
"""Steps with things found on the way: carried out only as far as somebody wants the next thing. It returns whether
there are more than it gave, as `End.has_more`."""


@dataclass(frozen=True, slots=True)
class Paginator(Generic[T_co]):
    """Many things that take several kinds of calls to find."""

    walk: Callable[[], ItemStream[T_co]] = field(repr=False)
    limit: int | None = None
    whole: bool = False
    """Whether a list of it holds all, where no limit is given."""
