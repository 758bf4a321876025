"""What a test expects of the recorded requests, and the difference to the nearest one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias, get_args

from . import _path_pattern
from ._names import method_problem
from ._request_identity import CredentialKind

if TYPE_CHECKING:
    from .journal import RecordedRequest

ExpectedFields: TypeAlias = Mapping[str, str | Sequence[str]]
SHOWN = 20
"""Requests that a message lists."""
LONGEST = 200
NO_REQUESTS = (
    "No request was recorded at all: the program has to use the server's URL, or the test to intercept its requests."
)
_CREDENTIALS = get_args(CredentialKind)


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """The requests that a test expects; None accepts anything.

    Raises:
        ValueError: no request can be like this.
    """

    method: str
    path: str
    fields: ExpectedFields | None = None
    query: ExpectedFields | None = None
    credentials: CredentialKind | None = None
    account: str | None = None
    client_id: str | None = None
    status: int | None = None

    def __post_init__(self) -> None:
        if problem := method_problem(self.method):
            raise ValueError(problem)
        if self.credentials not in {None, *_CREDENTIALS}:
            raise ValueError(f"credentials={self.credentials!r} is none of {', '.join(_CREDENTIALS)}")
        if problem := _path_pattern.problem(self.path):
            raise ValueError(problem)

    def differences(self, request: RecordedRequest) -> list[str]:
        """Return how a request differs, a line for each value; an empty list if it is as expected."""
        return [
            f"{name}: expected {_short(expected)}, was {_short(actual)}"
            for name, expected, actual in self._compared(request)
        ]

    def _compared(self, request: RecordedRequest) -> Iterator[tuple[str, object, object]]:
        """Yield name, expected value and actual value of what differs."""
        if self.method.upper() not in {request.method, "*"}:
            yield "method", self.method.upper(), request.method
        if not _path_pattern.fits(request.path, self.path):
            yield "path", self.path, request.path
        for name in ("credentials", "account", "client_id", "status"):
            expected, actual = getattr(self, name), getattr(request, name)
            if expected is not None and expected != actual:
                yield name, expected, actual
        for kind, expected, actual in (("query", self.query, request.query), ("field", self.fields, request.fields)):
            for name, value in (expected or {}).items():
                value = value if isinstance(value, str) else tuple(value)
                if actual.get(name) != value:
                    yield f"{kind} {name}", value, actual.get(name, _MISSING)

    def __str__(self) -> str:
        """Return the expectation in a line: `POST /3/album with field title 'Cats'`."""
        settings = [
            f"{name} {getattr(self, name)!r}"
            for name in ("credentials", "account", "client_id", "status")
            if getattr(self, name) is not None
        ]
        named = [(f"query {name}", value) for name, value in (self.query or {}).items()]
        named += [(f"field {name}", value) for name, value in (self.fields or {}).items()]
        settings += [f"{name} {_short(value)}" for name, value in named]
        return f"{self.method.upper()} {self.path}" + (f" with {', '.join(settings)}" if settings else "")


class _Missing:
    def __repr__(self) -> str:
        return "not sent"


_MISSING = _Missing()


def check(expectation: Expectation, requests: Sequence[RecordedRequest], times: int | None) -> None:
    """Check that so many requests are as expected; None is at least one.

    Raises:
        AssertionError: there are more or fewer; the message has the difference to the nearest request.
        ValueError: the number is below 0.
    """
    if times is not None and times < 0:
        raise ValueError(f"times={times} is below 0; None is for at least one request")
    matching = [request for request in requests if not expectation.differences(request)]
    if len(matching) == times or (times is None and matching):
        return
    wanted = "at least one request" if times is None else f"{times} request{'s' * (times != 1)}"
    lines = [f"expected {wanted} {expectation}, and there {'was' if len(matching) == 1 else 'were'} {len(matching)}."]
    if requests and not matching:
        lines += _nearest(expectation, requests)
    raise AssertionError("\n".join([*lines, *listed(requests)]))


def listed(requests: Sequence[RecordedRequest]) -> list[str]:
    """Return the lines of a message that list these requests, or say what to do if there are none."""
    if not requests:
        return [NO_REQUESTS]
    return ["All requests, the newest last:", *(f"  {request}" for request in requests[-SHOWN:])]


def _nearest(expectation: Expectation, requests: Sequence[RecordedRequest]) -> Iterator[str]:
    """Yield lines about the request that differs least; of those that differ in as much, the newest."""
    nearest = min(reversed(requests), key=lambda request: _distance(expectation, request))
    yield f"The nearest is {nearest}:"
    yield from (f"  {difference}" for difference in expectation.differences(nearest))


def _distance(expectation: Expectation, request: RecordedRequest) -> tuple[bool, int]:
    """Return how far a request is from what was expected: another path counts more than anything else."""
    differences = expectation.differences(request)
    return any(text.startswith("path:") for text in differences), len(differences)


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}… ({len(text)} characters)"
