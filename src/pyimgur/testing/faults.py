"""A fault as a frozen value: which requests it applies to (match), to how many of them (when), and what it does.

`fault_effects` has the table of named faults, and `fault_middleware` applies them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass, fields
from typing import TYPE_CHECKING, Any, TypedDict

from . import _path_pattern
from ._names import method_problem, suggestion
from .fault_effects import CUSTOM, EFFECT_FIELDS, FAULTS, Effect

if TYPE_CHECKING:
    from starlette.types import Scope

    from ._request_identity import Identity


class FaultSettings(TypedDict, total=False):
    """The settings of a `Fault` besides its kind, path, method and times."""

    account: str | None
    client_id: str | None
    after: int
    nth: int | None
    probability: float | None
    seed: int | None
    required: bool
    status: int | None
    body: str | None
    error: str | None
    headers: Mapping[str, str] | None
    delay: float | None
    bytes_per_second: float | None
    cut_request: int | None
    cut_response: int | None


@dataclass(frozen=True, slots=True)
class Fault:
    """A simulated error, and the requests it applies to.

    Attributes:
        kind: one of `FAULTS`; the settings below change what it does, and `custom` does only what they say.
        path: a pattern for the path, with `*` for anything: `/3/image*`.
        method: the method; None for all.
        times: how many requests fail; None for all.
        account: the name of the account whose requests fail; None for all.
        client_id: the application whose requests fail; None for all.
        after: how many matching requests are passed on first.
        nth: 3 makes every third matching request fail.
        probability: how likely each matching request fails, above 0 up to 1.
        seed: the seed of the random numbers; the same seed makes the same requests fail.
        required: whether a test fails if this fault applied to no request.
        status: see `Effect`, as for the attributes that follow.
        body: the body of a response that is sent instead of executing the request.
        error: the error of this response in Imgur's format.
        headers: headers of this response, or of the real one.
        delay: seconds to wait first.
        bytes_per_second: the speed at which the response is sent.
        cut_request: bytes of the request's body after which the connection is cut.
        cut_response: bytes of the response's body after which the connection is cut.

    Raises:
        ValueError: there is no such kind, or the settings contradict each other.
    """

    kind: str = CUSTOM
    path: str = "*"
    method: str | None = None
    times: int | None = 1
    _: KW_ONLY
    account: str | None = None
    client_id: str | None = None
    after: int = 0
    nth: int | None = None
    probability: float | None = None
    seed: int | None = None
    required: bool = True
    status: int | None = None
    body: str | None = None
    error: str | None = None
    headers: Mapping[str, str] | None = None
    delay: float | None = None
    bytes_per_second: float | None = None
    cut_request: int | None = None
    cut_response: int | None = None

    def __post_init__(self) -> None:
        if self.kind not in FAULTS:
            raise ValueError(f"{self.kind!r} is no fault{_hint(self.kind)}; there are {', '.join(FAULTS)}")
        if self.effect == Effect():
            raise ValueError(f"a fault of the kind {CUSTOM!r} needs a setting: {', '.join(EFFECT_FIELDS)}")
        self.effect.check()
        for problem in _problems(self):
            raise ValueError(problem)

    @property
    def effect(self) -> Effect:
        """What it does to a request: the effect of its kind, with the settings of this fault."""
        return FAULTS[self.kind].changed(Effect(**{name: getattr(self, name) for name in EFFECT_FIELDS}))

    @classmethod
    def parse(cls, spec: str) -> Fault:
        """Parse a fault as it is written on the command line: `slow:path=/3/image:bytes_per_second=1000`.

        Raises:
            ValueError: there is no such fault, or no such setting.
        """
        kind, *settings = spec.split(":")
        values: dict[str, Any] = {}
        for setting in settings:
            name, _, value = setting.partition("=")
            if name not in _PARSERS or not value:
                raise ValueError(
                    f"{setting!r} is no setting of a fault{suggestion(name, _PARSERS)}: "
                    f"write NAME=VALUE with {', '.join(_PARSERS)}"
                )
            values[name] = _PARSERS[name](name, value)
        return cls(kind, **values)

    def fits(self, scope: Scope, identity: Identity | None = None) -> bool:
        """Return whether the fault matches this request, whose sender matters if it has an account or client id."""
        return (
            (self.method in {None, "*"} or (self.method or "").upper() == scope["method"])
            and _path_pattern.fits(scope["path"], self.path)
            and self._fits_sender(identity)
        )

    @property
    def needs_sender(self) -> bool:
        """Whether it matches requests of one account or application only."""
        return self.account is not None or self.client_id is not None

    def _fits_sender(self, identity: Identity | None) -> bool:
        if not self.needs_sender:
            return True
        if identity is None:
            return False
        account = self.account is None or self.account.lower() == (identity.account or "").lower()
        return account and self.client_id in {None, identity.client_id}

    def hides(self, later: Fault) -> bool:
        """Return whether a fault that is added after this one could never apply."""
        always = (self.times, self.nth, self.probability) == (None, None, None) and not self.after
        return always and all(
            mine in {None, "*", theirs}
            for mine, theirs in (
                (self.path, later.path),
                (self.method and self.method.upper(), later.method and later.method.upper()),
                (self.account and self.account.lower(), later.account and later.account.lower()),
                (self.client_id, later.client_id),
            )
        )

    def __str__(self) -> str:
        """Return the kind and the settings that are not the default: `down:path=/3/image:times=2`."""
        given = ((field.name, getattr(self, field.name), field.default) for field in fields(self))
        settings = [f"{name}={value}" for name, value, default in given if value != default and name != "kind"]
        return ":".join((self.kind, *settings))


def _problems(fault: Fault) -> list[str]:
    """Return what is wrong with the settings that say which requests fail."""
    path_problem = _path_pattern.problem(fault.path)
    no_method = "" if fault.method is None else method_problem(fault.method)
    checks = (
        (not no_method, no_method),
        (not path_problem, path_problem),
        (fault.times is None or fault.times >= 1, f"times={fault.times} is below 1; None is for all requests"),
        (fault.after >= 0, f"after={fault.after} is below 0"),
        (fault.nth is None or fault.nth >= 1, f"nth={fault.nth} is below 1"),
        (
            fault.probability is None or 0 < fault.probability <= 1,
            f"probability={fault.probability} is not above 0 and at most 1",
        ),
        (
            fault.nth is None or fault.probability is None,
            "nth and probability contradict each other: both say which of the matching requests fail",
        ),
        (fault.seed is None or fault.probability is not None, "seed has no effect without probability"),
    )
    return [problem for holds, problem in checks if not holds]


def _hint(kind: object) -> str:
    """Return what to write instead of a kind that does not exist; empty if that is unclear."""
    text = str(kind)
    if text.isdecimal():
        return f" (pass status={text} for a response with this status)"
    return suggestion(text, FAULTS)


def _times(name: str, value: str) -> int | None:
    return None if value == "ever" else _whole(name, value)


def _whole(name: str, value: str) -> int:
    if not (value.isascii() and value.isdecimal()):
        raise ValueError(f"{name}={value!r} is no number{', and not ever' * (name == 'times')}")
    return int(value)


def _number(name: str, value: str) -> float:
    try:
        return float(value)
    except ValueError:
        raise ValueError(f"{name}={value!r} is no number") from None


def _text(_name: str, value: str) -> str:
    return value


_PARSERS = {
    **dict.fromkeys(("path", "method", "account", "client_id", "body", "error"), _text),
    "times": _times,
    **dict.fromkeys(("after", "nth", "seed", "status", "cut_request", "cut_response"), _whole),
    **dict.fromkeys(("probability", "delay", "bytes_per_second"), _number),
}
