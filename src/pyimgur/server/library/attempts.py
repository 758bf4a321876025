"""Counts tries that fail, in the database, so that all processes of a server slow a guesser down together.

A try is counted before it is known whether it fails: a hundred at once are a hundred. What succeeds is given back.
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address

from sqlalchemy import bindparam, delete, insert, select, update

from pyimgur.server.db.query import Query, Work
from pyimgur.server.db.schema import attempt
from pyimgur.server.library.errors import Denied


@dataclass(frozen=True, slots=True)
class Rule:
    """`free` tries go through at once; then each costs twice the wait of the one before, `longest` at most."""

    free: int
    first: int
    longest: int
    forget: int
    """Seconds without a failure after which the count starts anew."""

    def wait(self, failures: int) -> int:
        """Seconds until the next try, after so many failures."""
        beyond = failures - self.free
        return 0 if beyond < 0 else min(self.longest, self.first << min(beyond, 32))

    def left(self, until: int, now: int) -> int:
        """Seconds from now; none where they are more than any wait has: the clock that noted them was ahead."""
        seconds = until - now
        return seconds if 0 < seconds <= self.longest else 0


ACCOUNT = Rule(free=5, first=1, longest=60, forget=3600)
"""Short at most: nobody shall be able to keep a person out by guessing badly."""
ADDRESS = Rule(free=20, first=1, longest=900, forget=3600)
SIGN_UP = Rule(free=30, first=1, longest=900, forget=3600)
PIN = Rule(free=10, first=600, longest=600, forget=600)

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


class TooMany(Denied):
    """Too many tries have failed; `seconds` says when to come back."""

    def __init__(self, what: str, seconds: int) -> None:
        super().__init__(f"Too many {what}. Try again in {spoken(seconds)}.")
        self.seconds = seconds


def waiting(key: str, rule: Rule, now: int) -> Work[int]:
    """Seconds that this key still has to wait; 0 if it may try."""
    found = yield FIND.one(key=key)
    return rule.left(found.until, now) if found else 0


def count(key: str, rule: Rule, now: int) -> Work[int]:
    """Count one try and give 0; or, where the key has to wait, count nothing and give the seconds."""
    found = yield FIND.one(key=key)
    if found is None:
        yield SWEEP.run(before=now - 86_400)
        yield START.run(key=key, failures=1, last=now, until=now + rule.wait(1))
        return 0
    if left := rule.left(found.until, now):
        return left
    failures = found.failures + 1 if found.last > now - rule.forget else 1
    yield COUNT.run(of=key, failures=failures, last=now, until=now + rule.wait(failures))
    return 0


def forgive(key: str) -> Work[None]:
    """Forget all that failed."""
    yield CLEAR.run(key=key)


def give_back(key: str) -> Work[None]:
    """Take back the one try that succeeded: it neither counts nor clears the failures of others behind that address."""
    yield GIVE_BACK.run(of=key)


def spoken(seconds: int) -> str:
    """A wait as people say it."""
    number, unit = (seconds, "second") if seconds < 90 else (-(-seconds // 60), "minute")
    return f"{number} {unit}{'' if number == 1 else 's'}"


def network(address: str) -> str:
    """What one attacker holds: an IPv4 address, or the /64 around an IPv6 one."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    if isinstance(found, IPv6Address):
        return str(found.ipv4_mapped or IPv6Address(int(found) >> 64 << 64))
    return str(found)
