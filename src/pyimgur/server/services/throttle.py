"""Throttle for guesses: counts failed attempts in the database, so that all processes of a server count together.

Passwords and pins follow one rule. Failures count for the target (account or client id) together with the network that
made them, and for that network over all targets; nobody's failures count for anybody else. So a network without
failures of its own always has its guess checked, and nobody can lock another person out by guessing.

A browser that signed in to the account before has a counter of its own instead, which its neighbors cannot fill.

An attempt is counted before its outcome is known, so a hundred at once are a hundred; a success is taken back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address
from typing import NamedTuple

from sqlalchemy import bindparam, delete, func, insert, select, update

from pyimgur.server.db.query import Query, Transaction
from pyimgur.server.db.schema import attempt
from pyimgur.server.errors import ForbiddenError

DAY = 86_400


@dataclass(frozen=True, slots=True)
class Rule:
    """`free` attempts pass at once; then each wait is twice the one before, `longest` at most. All in seconds."""

    free: int
    first: int
    longest: int
    forget: int
    """Seconds without a failure after which the count starts anew."""

    def wait(self, failures: int) -> int:
        """Return the seconds until the next attempt, after so many failures."""
        beyond = failures - self.free
        return 0 if beyond < 0 else min(self.longest, self.first << min(beyond, 32))

    def left(self, until: int, now: int) -> int:
        """Return the seconds until then; 0 if they are more than any wait: the clock that noted them was ahead."""
        seconds = until - now
        return seconds if 0 < seconds <= self.longest else 0

    def most(self, seconds: int) -> int:
        """Return how many guesses fit into the first so many seconds, for somebody who wastes no time."""
        guesses = at = 0
        while at <= seconds:
            guesses += 1
            at += self.wait(guesses)
        return guesses


LOGIN = Rule(free=5, first=1, longest=900, forget=DAY)
"""Wrong passwords for one account, from one network or one known browser."""
LOGINS = Rule(free=20, first=1, longest=900, forget=DAY)
"""Wrong passwords from one network, for all accounts together."""
SIGN_UP = Rule(free=30, first=1, longest=900, forget=3600)
PIN = Rule(free=10, first=600, longest=600, forget=600)
"""Wrong pins for one client id, from one network."""
PINS = Rule(free=100, first=600, longest=600, forget=600)
"""Wrong pins from one network, for all client ids together."""
MANY_NETWORKS = 10
"""So many networks that guess at one account within a day are worth a line in the log, once an hour."""
ALARM = Rule(free=1, first=3600, longest=3600, forget=3600)

FIND = Query(select(attempt).where(attempt.c.key == bindparam("key")))
START = Query(insert(attempt))
COUNT = Query(
    update(attempt)
    .where(attempt.c.key == bindparam("of"))
    .values(failures=bindparam("failures"), last=bindparam("last"), until=bindparam("until"))
)
CLEAR = Query(delete(attempt).where(attempt.c.key == bindparam("key")))
GIVE_BACK = Query(
    update(attempt)
    .where(attempt.c.key == bindparam("of"), attempt.c.failures > 0)
    .values(failures=attempt.c.failures - 1, until=0)
)
SWEEP = Query(delete(attempt).where(attempt.c.last < bindparam("before")))
NETWORKS = Query(
    select(func.count().label("count")).where(
        attempt.c.key >= bindparam("first"), attempt.c.key < bindparam("end"), attempt.c.last > bindparam("since")
    )
)


class TooManyAttempts(ForbiddenError):
    """Too many attempts have failed; `seconds` says when to come back."""

    def __init__(self, what: str, seconds: int) -> None:
        super().__init__(f"Too many {what}. Try again in {format_wait(seconds)}.")
        self.seconds = seconds


class Counter(NamedTuple):
    """One count of failures, and the rule for it."""

    key: str
    rule: Rule


def login(account: str, address: str, browser: str | None) -> Sequence[Counter]:
    """Return what counts a wrong password; the account's own counter comes first.

    Args:
        account: its name in lower case.
        address: where the guess comes from.
        browser: id of a browser that has signed in to this account before.
    """
    if browser is not None:
        return [Counter(f"browser {account} {browser}", LOGIN)]
    here = network(address)
    return [Counter(f"login {account} {here}", LOGIN), Counter(f"logins {here}", LOGINS)]


def pin(client_id: str, address: str) -> Sequence[Counter]:
    """Return what counts a wrong pin."""
    here = network(address)
    return [Counter(f"pin {here} {client_id}", PIN), Counter(f"pins {here}", PINS)]


def sign_up(address: str) -> Sequence[Counter]:
    """Return what counts a new account."""
    return [Counter(f"sign-up {network(address)}", SIGN_UP)]


def waiting(counters: Sequence[Counter], now: int) -> Transaction[int]:
    """Return the seconds until the next attempt; 0 if one is allowed now."""
    longest = 0
    for key, rule in counters:
        found = yield FIND.one(key=key)
        longest = max(longest, rule.left(found.until, now) if found else 0)
    return longest


def count(counters: Sequence[Counter], now: int) -> Transaction[int]:
    """Count one attempt and return 0; or, if it has to wait, count nothing and return the seconds."""
    if left := (yield from waiting(counters, now)):
        return left
    for key, rule in counters:
        found = yield FIND.one(key=key)
        if found is None:
            yield SWEEP.run(before=now - DAY)
            yield START.run(key=key, failures=1, last=now, until=now + rule.wait(1))
        else:
            failures = found.failures + 1 if found.last > now - rule.forget else 1
            yield COUNT.run(of=key, failures=failures, last=now, until=now + rule.wait(failures))
    return 0


def succeeded(counters: Sequence[Counter]) -> Transaction[None]:
    """Forget the failures of the first counter; the others only lose the attempt that succeeded.

    Somebody with an account of their own must not clear what their network did to other accounts.
    """
    yield CLEAR.run(key=counters[0].key)
    for counter in counters[1:]:
        yield GIVE_BACK.run(of=counter.key)


def networks(account: str, now: int) -> Transaction[int]:
    """Return how many networks guess at this account, if that is news; else 0."""
    first = f"login {account} "
    found = yield NETWORKS.one(first=first, end=first[:-1] + "!", since=now - DAY)  # "!" comes right after the blank
    if found.count < MANY_NETWORKS or (yield from count([Counter(f"alarm {account}", ALARM)], now)):
        return 0
    return found.count


def format_wait(seconds: int) -> str:
    """Return a wait as people say it."""
    number, unit = (seconds, "second") if seconds < 90 else (-(-seconds // 60), "minute")
    return f"{number} {unit}{'' if number == 1 else 's'}"


def network(address: str) -> str:
    """Return what one attacker holds: an IPv4 address, or the /64 around an IPv6 one."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    if isinstance(found, IPv6Address):
        return str(found.ipv4_mapped or IPv6Address(int(found) >> 64 << 64))
    return str(found)
