"""Who is counted as one: an IPv4 address, an IPv6 /64, and all of its /56 and /48."""

from __future__ import annotations

import re
from ipaddress import IPv6Address
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from oauth_support import Server, serving, text_of
from site_support import PASSWORD

import pyimgur.server
from pyimgur.server.errors import ForbiddenError, ValidationError
from pyimgur.server.http.authentication import Caller
from pyimgur.server.http.errors import APIError
from pyimgur.server.http.rate_limit import UPLOAD_COST, UPLOAD_PAGE, RateLimiter
from pyimgur.server.services import accounts, csrf_tokens, oauth_codes, throttle
from pyimgur.server.services.context import ServerContext
from pyimgur.server.services.networks import network_of, networks_of, widest_network_of
from pyimgur.server.services.throttle import Rule, TooManyAttempts
from pyimgur.server.settings import Credits

FEW = Rule(free=2, first=60, longest=60, forget=3600)


def of_56(number: int) -> str:
    """An address of another /64 in the same /56."""
    return f"2001:db8:1:{number:x}::1"


def of_48(number: int) -> str:
    """An address of another /56 in the same /48."""
    return f"2001:db8:1:{number:x}00::1"


def of_32(number: int) -> str:
    """An address of another /48."""
    return f"2001:db8:{number:x}::1"


@pytest.mark.parametrize(
    ("address", "names"),
    [
        ("192.0.2.7", ["192.0.2.7"]),
        ("::ffff:192.0.2.7", ["192.0.2.7"]),
        ("64:ff9b::192.0.2.7", ["192.0.2.7"]),
        ("2001:db8:1:203:4:5:6:7", ["2001:0db8:0001:0203", "2001:0db8:0001:02", "2001:0db8:0001"]),
        ("fe80::1%eth0", ["fe80:0000:0000:0000", "fe80:0000:0000:00", "fe80:0000:0000"]),
        ("", [""]),
        ("unknown", ["unknown"]),
        ("192.0.2.7:99999", ["unknown"]),
        ("_hidden", ["unknown"]),
    ],
)
def test_the_networks_of_an_address(address: str, names: list[str]) -> None:
    assert [network.name for network in networks_of(address)] == names
    assert (network_of(address), widest_network_of(address)) == (names[0], names[-1])
    assert [network.factor for network in networks_of(address)] == [1, 4, 16][: len(names)]


@given(st.integers(0, 2**128 - 1), st.integers(0, 127))
def test_addresses_share_the_networks_that_their_first_bits_name(address: int, bit: int) -> None:
    own, other = (networks_of(str(IPv6Address(number))) for number in (address, address ^ 1 << bit))
    if len(own) == len(other) == 3:
        assert [one == two for one, two in zip(own, other, strict=True)] == [bit < 64, bit < 72, bit < 80]


def test_networks_are_distinguished_in_one_place() -> None:
    """A second rule beside it would be a way around the first."""
    found = [
        path.name
        for path in Path(pyimgur.server.__file__).parent.rglob("*.py")
        if re.search(r"IPv6Address|ip_address\(", path.read_text("utf-8"))
        and not {"fetch", "migrations"} & {*path.parts}
    ]
    assert sorted(found) == ["connections.py", "networks.py"], "connections.py tells a trusted proxy"


# ---- what is counted


def outcome(server: Server, name: str, password: str, address: str) -> str:
    try:
        server.do(lambda context: accounts.sign_in(context, name, password, address=address))
    except TooManyAttempts:
        return "wait"
    except ForbiddenError:
        return "wrong"
    return "in"


def test_wrong_passwords_of_a_line_slow_down_all_of_it_and_nobody_else(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(throttle, "LOGIN_PER_NETWORK", FEW)
    outcomes = [outcome(server, "nobody", "wrong", of_56(number)) for number in range(10)]
    assert outcomes == ["wrong"] * 8 + ["wait"] * 2, "four times in a /56"
    outcomes = [outcome(server, "nobody", "wrong", of_48(number)) for number in range(1, 26)]
    assert outcomes == ["wrong"] * 24 + ["wait"], "sixteen times in a /48"
    assert outcome(server, "bob", PASSWORD, of_48(99)) == "wait"
    assert outcome(server, "bob", PASSWORD, of_32(2)) == "in"


def test_right_passwords_of_a_line_are_no_failures(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(throttle, "LOGIN_PER_NETWORK", FEW)
    assert {outcome(server, "bob", PASSWORD, of_56(number)) for number in range(40)} == {"in"}


def test_new_accounts_of_a_line_are_counted(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(throttle, "SIGN_UP", FEW)

    def sign_up(number: int, address: str) -> str:
        try:
            server.do(lambda context: accounts.sign_up(context, f"new{number}", PASSWORD, address=address))
        except TooManyAttempts:
            return "wait"
        return "in"

    assert [sign_up(number, of_56(number)) for number in range(9)] == ["in"] * 8 + ["wait"]
    assert sign_up(99, of_48(9)) == "in"


def test_wrong_pins_of_a_line_are_counted(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(throttle, "PIN_PER_NETWORK", FEW)

    def exchange(address: str) -> str:
        try:
            server.do(lambda context: oauth_codes.exchange_pin(context, "abc", "s", "0" * 10, address=address))
        except TooManyAttempts:
            return "wait"
        except ValidationError:
            return "wrong"
        return "in"

    assert [exchange(of_56(number)) for number in range(9)] == ["wrong"] * 8 + ["wait"]
    assert [exchange(of_48(number)) for number in range(1, 26)] == ["wrong"] * 24 + ["wait"]
    assert exchange(of_32(2)) == "wrong"


def test_a_line_uses_so_many_forms(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a table of 500,000, a hundred networks of one line would keep everybody from sending forms."""
    monkeypatch.setattr(csrf_tokens, "MOST", 2)

    def use(address: str) -> bool:
        try:
            token = server.do(lambda context: csrf_tokens.issue(context, "x", "y"))
            return server.do(lambda context: csrf_tokens.consume(context, token, address=address))
        except TooManyAttempts:
            return False

    assert [use(of_56(0)) for _ in range(3)] == [True, True, False], "a network"
    assert [use(of_56(number)) for number in range(1, 8)] == [True] * 6 + [False], "four times in a /56"
    assert [use(of_48(number)) for number in range(1, 26)] == [True] * 24 + [False], "sixteen times in a /48"
    assert use(of_32(2))
    assert text_of(server.browser().look().send(username="bob"), "pin")


# ---- credits


def spend(server: Server, *addresses: str) -> list[bool]:
    """Charge an upload on the server's page for each address; return which were accepted."""

    async def charge(context: ServerContext) -> list[bool]:
        limiter = RateLimiter(context)
        return [await accepted(limiter, Caller(UPLOAD_PAGE, None, None, address)) for address in addresses]

    return server.do(charge)


async def accepted(limiter: RateLimiter, caller: Caller) -> bool:
    try:
        await limiter.spend(caller, UPLOAD_COST, post=True)
    except APIError:
        return False
    return True


def test_credits_of_a_line_are_counted_where_they_are_enforced(tmp_path: Path) -> None:
    with serving(tmp_path, credits=Credits(enforced=True, uploads=2)) as server:
        in_one_56 = [of_56(number) for number in range(9)]
        in_one_48 = [of_48(number) for number in range(1, 26)]
        outcomes = spend(server, *in_one_56, *in_one_48, of_32(2))
    assert outcomes[:9] == [True] * 8 + [False]
    assert outcomes[9:] == [True] * 24 + [False, True]


def test_nobody_uses_up_the_upload_page_for_others(tmp_path: Path) -> None:
    """It belongs to no application whose users share its credits."""
    with serving(tmp_path, credits=Credits(enforced=True, application=20)) as server:
        outcomes = spend(server, *["192.0.2.1"] * 3, "192.0.2.2")
    assert outcomes == [True, True, False, True]
