"""Throttle for attempts: counts them in the database, so that all processes of a server count together.

Wrong passwords and wrong pins are counted twice: for the target (account or client id) together with the network that
they come from, and for that network over all targets. New accounts are counted for the network. What counts as a
network, and how wider ones are counted too, says `networks`. Failures of other networks never count: one without
failures of its own always has its guess checked, so nobody can lock out a person in another network by guessing.

A browser that signed in to the account before has a counter of its own instead, which its neighbors cannot fill.

A sign-in is counted before its outcome is known, so a hundred at once are a hundred; a success is taken back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from pyimgur.server.db.queries import throttle as queries
from pyimgur.server.db.queries.throttle import Attempt
from pyimgur.server.db.query import Steps, transaction
from pyimgur.server.db.rows import Count
from pyimgur.server.errors import ForbiddenError
from pyimgur.server.services.networks import network_of, networks_of

DAY = 86_400


@dataclass(frozen=True, slots=True)
class Rule:
    """How long failed attempts delay the next one.

    `free` failures cause no delay. The next one delays by `first` seconds, and each further one twice as long as the
    one before, up to `longest` seconds.
    """

    free: int
    first: int
    longest: int
    forget: int
    """Seconds without a failure after which the count starts anew."""

    def times(self, factor: int) -> Rule:
        """Return the rule for so many networks together."""
        return replace(self, free=self.free * factor)

    def wait(self, failures: int) -> int:
        """Return the seconds until the next attempt, after so many failures."""
        beyond = failures - self.free
        return 0 if beyond < 0 else min(self.longest, self.first << min(beyond, 32))

    def left(self, until: int, now: int) -> int:
        """Return the seconds until then; 0 if they exceed `longest`: the clock was wrong when it was stored."""
        seconds = until - now
        return seconds if 0 < seconds <= self.longest else 0

    def max_guesses(self, seconds: int) -> int:
        """Return how many guesses fit into this many seconds, if each is made as early as possible."""
        guesses = at = 0
        while at <= seconds:
            guesses += 1
            at += self.wait(guesses)
        return guesses


LOGIN_PER_ACCOUNT = Rule(free=5, first=1, longest=900, forget=DAY)
"""Wrong passwords for one account, from one network or one known browser."""
LOGIN_PER_NETWORK = Rule(free=20, first=1, longest=900, forget=DAY)
"""Wrong passwords from one network, for all accounts together."""
SIGN_UP = Rule(free=30, first=1, longest=900, forget=3600)
"""New accounts from one network."""
PIN_PER_CLIENT_ID = Rule(free=10, first=600, longest=600, forget=600)
"""Wrong pins for one client id, from one network."""
PIN_PER_NETWORK = Rule(free=100, first=600, longest=600, forget=600)
"""Wrong pins from one network, for all client ids together."""
MANY_NETWORKS = 10
"""The operator is warned if this many networks guess at one account within a day."""
ALARM = Rule(free=1, first=3600, longest=3600, forget=3600)
"""Warnings about one account: one an hour."""


class TooManyAttempts(ForbiddenError):
    """Too many attempts have failed; the next one is allowed in `seconds`."""

    def __init__(self, what: str, seconds: int) -> None:
        super().__init__(f"Too many {what}. Try again in {format_wait(seconds)}.")
        self.seconds = seconds


class Counter(NamedTuple):
    """The key of a count of failures, and the rule for it."""

    key: str
    rule: Rule


def login_counters(account: str, address: str, browser: str | None) -> Sequence[Counter]:
    """Return the counters of a wrong password: first the account's own, last that of the widest network.

    Args:
        account: name of the account in lower case.
        address: the network address of the client.
        browser: id of a browser that has signed in to this account before.
    """
    if browser is not None:
        return [Counter(f"browser {account} {browser}", LOGIN_PER_ACCOUNT)]
    own = Counter(f"login {account} {network_of(address)}", LOGIN_PER_ACCOUNT)
    return [own, *_network_counters("logins", address, LOGIN_PER_NETWORK)]


def pin_counters(client_id: str, address: str) -> Sequence[Counter]:
    """Return the counters of a wrong pin; the client id's own counter comes first."""
    own = Counter(f"pin {network_of(address)} {client_id}", PIN_PER_CLIENT_ID)
    return [own, *_network_counters("pins", address, PIN_PER_NETWORK)]


def sign_up_counters(address: str) -> Sequence[Counter]:
    """Return the counters of a new account; that of the widest network comes last."""
    return _network_counters("sign-up", address, SIGN_UP)


def _network_counters(what: str, address: str, rule: Rule) -> Sequence[Counter]:
    return [Counter(f"{what} {name}", rule.times(factor)) for name, factor in networks_of(address)]


@transaction
def seconds_to_wait(counters: Sequence[Counter], now: int) -> Steps[int]:
    """Return the seconds until the next attempt; 0 if one is allowed now."""
    longest = 0
    for key, rule in counters:
        row: Attempt | None = yield queries.GET.one(key=key)
        longest = max(longest, rule.left(row.until, now) if row else 0)
    return longest


@transaction
def count_attempt(counters: Sequence[Counter], now: int) -> Steps[int]:
    """Count one attempt and return 0; if the attempt has to wait, count nothing and return the seconds."""
    if seconds := (yield from seconds_to_wait(counters, now)):
        return seconds
    for key, rule in counters:
        # `Engine.write` is serializable: of a hundred attempts at once, each sees the count of those before it.
        row: Attempt | None = yield queries.GET.one(key=key)
        if row is None:
            yield queries.DELETE_EXPIRED.run(before=now - DAY)
            yield queries.INSERT.run(key=key, failures=1, last=now, until=now + rule.wait(1))
        else:
            failures = row.failures + 1 if row.last > now - rule.forget else 1
            yield queries.UPDATE.run(of=key, failures=failures, last=now, until=now + rule.wait(failures))
    return 0


@transaction
def take_back(counters: Sequence[Counter]) -> Steps[None]:
    """Reset the first counter, and take back this attempt from the others.

    The others are not reset: people with an account of their own must not clear the failures of their network for
    other accounts.
    """
    yield queries.DELETE.run(key=counters[0].key)
    for counter in counters[1:]:
        yield queries.DECREMENT.run(of=counter.key)


@transaction
def guessing_networks(account: str, now: int) -> Steps[int]:
    """Return how many networks guess at this account if that calls for a warning; else 0."""
    prefix = f"login {account} "
    # "!" is the character after the space, so these are all keys with the prefix
    networks: Count = yield queries.COUNT_KEYS_BETWEEN.exactly_one(first=prefix, end=prefix[:-1] + "!", since=now - DAY)
    if networks.total < MANY_NETWORKS or (yield from count_attempt([Counter(f"alarm {account}", ALARM)], now)):
        return 0
    return networks.total


def format_wait(seconds: int) -> str:
    """Return a wait as text, in seconds below 90 and else in minutes, rounded up."""
    number, unit = (seconds, "second") if seconds < 90 else (-(-seconds // 60), "minute")
    return f"{number} {unit}{'' if number == 1 else 's'}"
