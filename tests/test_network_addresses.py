"""Which network addresses an upload by URL may reach, and which a program may reach through the relay."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyimgur._network_addresses import is_other_machine, is_public, is_same_address

LOCAL = (
    "127.0.0.1", "127.8.9.1", "0.0.0.0", "0.1.2.3", "169.254.169.254", "168.63.129.16", "100.100.100.200",
    "192.0.0.192", "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255",
    "::", "::1", "::127.0.0.1", "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1", "fd00:ec2::254", "fd20:ce::254",
    "fd00:c1::a9fe:a9fe", "fd00:42::42", "::ffff:127.0.0.1", "::ffff:a9fe:a9fe", "::ffff:0:7f00:1", "2002:7f00:1::",
    "64:ff9b::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::7f00:1", "2001:0:7f00:1::f7f7:f7f7",
    "2001:0:808:808::80ff:fffe", "fd12::5efe:7f00:1", "fd12::200:5efe:a9fe:a9fe",
    "localhost", "", "127.1", "1.2.3.4.5", "[::1]",
)  # fmt: skip
"""This machine, its link and its cloud's services, and text that is no address."""
PRIVATE = (
    "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1", "198.18.0.1", "192.0.2.1", "fc00::1", "fd00::1",
    "2001:db8::1", "2001:0:4136:e378:8000:63bf:3fff:fdd2", "2002:a00:1::1", "64:ff9b::10.0.0.1", "64:ff9b:1::808:808",
    "100::1",
)  # fmt: skip
PUBLIC = (
    "8.8.8.8", "1.1.1.1", "172.15.0.1", "172.32.0.1", "192.169.0.1", "169.253.1.1", "223.255.255.255",
    "2606:4700::1111", "2a00:1450:4001::1", "::ffff:8.8.8.8", "2002:808:808::1", "64:ff9b::8.8.8.8",
)  # fmt: skip


@pytest.mark.parametrize("address", LOCAL)
def test_this_machine_is_reached_by_nobody(address: str) -> None:
    assert (is_other_machine(address), is_public(address)) == (False, False)


@pytest.mark.parametrize("address", PRIVATE)
def test_private_networks_are_reached_by_programs_only(address: str) -> None:
    assert (is_other_machine(address), is_public(address)) == (True, False)


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_are_reached_by_both(address: str) -> None:
    assert (is_other_machine(address), is_public(address)) == (True, True)


def _in(prefix: str, shift: int = 0, flip: int = 0) -> Callable[[int], IPv6Address]:
    return lambda inner: IPv6Address(int(IPv6Address(prefix)) | (inner ^ flip) << shift)


TRANSLATED = {"mapped": _in("::ffff:0:0"), "NAT64": _in("64:ff9b::"), "6to4": _in("2002::", 80)}
EMBEDDED = {
    **TRANSLATED,
    "compatible": _in("::"),
    "SIIT": _in("::ffff:0:0:0"),
    "local NAT64": _in("64:ff9b:1::"),
    "Teredo client": _in("2001:0:808:808::", 0, 0xFFFFFFFF),
    "Teredo server": _in("2001:0:0:0:0:0:f7f7:f7f7", 64),
    "ISATAP": _in("2606:4700::5efe:0:0"),
}
ANY4 = st.one_of(
    st.integers(0, 2**32 - 1),
    st.sampled_from(["127.0.0.1", "0.0.0.0", "169.254.169.254", "10.0.0.1", "8.8.8.8", "224.0.0.1"]).map(
        lambda text: int(IPv4Address(text))
    ),
)


@given(ANY4, st.sampled_from(sorted(TRANSLATED)))
def test_a_translated_address_is_judged_as_the_one_it_stands_for(inner: int, how: str) -> None:
    plain, written = str(IPv4Address(inner)), str(TRANSLATED[how](inner))
    assert is_other_machine(written) == is_other_machine(plain), written
    assert is_public(written) == is_public(plain), written


@given(ANY4, st.sampled_from(sorted(EMBEDDED)))
def test_an_address_reaches_nothing_that_the_one_within_may_not(inner: int, how: str) -> None:
    plain, written = str(IPv4Address(inner)), str(EMBEDDED[how](inner))
    assert is_other_machine(plain) or not is_other_machine(written), written
    assert is_public(plain) or not is_public(written), written


@given(st.one_of(ANY4.map(IPv4Address), st.integers(0, 2**128 - 1).map(IPv6Address)))
def test_what_is_public_is_another_machine(address: IPv4Address | IPv6Address) -> None:
    assert is_other_machine(str(address)) or not is_public(str(address))


@given(st.text(max_size=20))
def test_text_that_is_no_address_is_judged_without_an_error(text: str) -> None:
    assert is_other_machine(text) or not is_public(text)


def test_one_address_at_both_ends_is_this_machine() -> None:
    assert is_same_address("203.0.113.9", "203.0.113.9")
    assert is_same_address("203.0.113.9", "::ffff:203.0.113.9")
    assert not is_same_address("203.0.113.9", "203.0.113.10")
