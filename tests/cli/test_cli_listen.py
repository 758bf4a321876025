"""Who may reach a server, and what it takes: the rules as values."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

import pytest

from pyimgur.cli import _listen_address
from pyimgur.cli._errors import CommandError
from pyimgur.cli._listen_address import ListenPlan, reason_to_refuse

PUBLIC = "https://img.example.org"
PEM = Path("x.pem")


def plan(*, loopback: bool = False, host: str = "0.0.0.0", **said: Any) -> ListenPlan:
    return ListenPlan(host="127.0.0.1" if loopback else host, loopback=loopback, **said)


@pytest.mark.parametrize(
    "fine",
    [
        plan(loopback=True),
        plan(loopback=True, open=False),
        plan(loopback=True, open=True),
        plan(loopback=True, cert=PEM, key=PEM),
        plan(loopback=True, public_url="http://localhost:80"),
        plan(public_url=PUBLIC, cert=PEM, key=PEM),
        plan(public_url=PUBLIC, proxy="10.0.0.1"),
        plan(loopback=True, public_url=PUBLIC, proxy="127.0.0.1"),
        plan(public_url="http://nas:4648", insecure=True),
        plan(public_url="http://nas:4648", proxy="10.0.0.1", insecure=True),
        plan(public_url=PUBLIC, proxy="10.0.0.1", open=True, anybody=True),
    ],
    ids=repr,
)
def test_may_run(fine: ListenPlan) -> None:
    assert reason_to_refuse(fine) is None


@pytest.mark.parametrize(
    ("refused", "sentence"),
    [
        (plan(), "needs --public-url"),
        (plan(public_url=PUBLIC), "one of --tls-cert with --tls-key, --behind-proxy ADDR, or --insecure-http"),
        (plan(cert=PEM, key=PEM), "needs --public-url"),
        (plan(insecure=True), "needs --public-url"),
        (plan(proxy="10.0.0.1"), "needs --public-url"),
        (plan(loopback=True, proxy="127.0.0.1"), "needs --public-url"),
        (plan(loopback=True, public_url=PUBLIC), "--behind-proxy ADDR"),
        (plan(public_url=PUBLIC, insecure=True), "an https --public-url needs"),
        (plan(public_url="http://nas", proxy="10.0.0.1"), "--insecure-http"),
        (plan(public_url="http://nas", cert=PEM, key=PEM), "must begin with https://"),
        (plan(public_url=PUBLIC, cert=PEM), "go together"),
        (plan(public_url=PUBLIC, key=PEM, proxy="10.0.0.1"), "go together"),
        (plan(public_url=PUBLIC, cert=PEM, key=PEM, insecure=True), "contradicts"),
        (plan(public_url=PUBLIC, proxy="10.0.0.1", open=True), "--anybody"),
        (plan(loopback=True, public_url=PUBLIC, proxy="127.0.0.1", open=True), "--anybody"),
    ],
    ids=repr,
)
def test_must_not_run(refused: ListenPlan, sentence: str) -> None:
    assert sentence in (reason_to_refuse(refused) or "")


def test_closed_by_itself_wherever_others_can_reach_it() -> None:
    assert plan(loopback=True).allows_sign_up
    assert not plan(public_url=PUBLIC, cert=PEM, key=PEM).allows_sign_up
    assert not plan(loopback=True, public_url=PUBLIC, proxy="127.0.0.1").allows_sign_up
    assert not plan(loopback=True, open=False).allows_sign_up


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("https://Img.Example.org/", "https://img.example.org"),
        ("https://img.example.org:443", "https://img.example.org"),
        ("http://img.example.org:80/", "http://img.example.org"),
        ("http://[::1]:4648", "http://[::1]:4648"),
        ("https://img.example.org:8443", "https://img.example.org:8443"),
    ],
)
def test_public_url_is_spelled_as_browsers_do(text: str, address: str) -> None:
    assert _listen_address.public_url(text) == address


@pytest.mark.parametrize(
    "text",
    ["img.example.org", "ftp://x", "https://x/imgur", "https://x?a", "https://a:b@x", "https://x:port", "http://"],
)
def test_no_public_url(text: str) -> None:
    with pytest.raises(ValueError):
        _listen_address.public_url(text)


@pytest.mark.parametrize("text", ["*", "proxy.example.org", "10.0.0.0/33", ""])
def test_no_proxy_address(text: str) -> None:
    with pytest.raises(ValueError):
        _listen_address.proxy_address(text)


def test_proxy_addresses() -> None:
    assert _listen_address.proxy_address("127.0.0.1") == "127.0.0.1"
    assert _listen_address.proxy_address("10.0.0.0/8") == "10.0.0.0/8"


def test_a_port_that_is_taken() -> None:
    with _listen_address.bind("127.0.0.1", 0) as first:
        first.listen()
        port = first.getsockname()[1]
        with pytest.raises(
            CommandError, match=f"port {port} of 127.0.0.1 is in use: stop what uses it, or pass --port 0"
        ):
            _listen_address.bind("127.0.0.1", port)


@pytest.mark.parametrize("host", ["192.0.2.1", "no such host"])
def test_an_address_that_is_not_ours(host: str) -> None:
    with pytest.raises(CommandError, match=r"pass --host 127\.0\.0\.1"):
        _listen_address.bind(host, 0)


def test_localhost_is_the_address_every_program_tries() -> None:
    with _listen_address.bind("localhost", 0) as listener:
        assert listener.family == socket.AF_INET
