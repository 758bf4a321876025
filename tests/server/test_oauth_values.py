"""The parts that need no server: addresses, callbacks, rules about names and waits."""

from __future__ import annotations

import pytest

from pyimgur.server.errors import ValidationError
from pyimgur.server.oauth import authorization_request
from pyimgur.server.oauth.authorization_request import AuthorizationRequest
from pyimgur.server.oauth.token_endpoint import parse_basic_auth
from pyimgur.server.services import accounts, applications, throttle
from pyimgur.server.services.applications import Application
from pyimgur.server.services.oauth_tokens import Token
from pyimgur.server.services.throttle import Rule, format_wait

TOKEN = Token("a1", "r1", 3600, 7, "bob")


def ask(response_type: str = "code", state: str | None = None) -> AuthorizationRequest:
    return AuthorizationRequest(Application("abc"), authorization_request.RESPONSE_TYPES[response_type], state, None)


@pytest.mark.parametrize(
    ("callback", "state", "address"),
    [
        ("https://x.example/b", None, "https://x.example/b?code=c1"),
        ("https://x.example/b?y=1&y=2", "S", "https://x.example/b?y=1&y=2&state=S&code=c1"),
        ("https://x.example", "a b&c", "https://x.example?state=a+b%26c&code=c1"),
        ("com.example.app:/done", "", "com.example.app:/done?state=&code=c1"),
    ],
)
def test_a_code_is_added_to_whatever_the_callback_is(callback: str, state: str | None, address: str) -> None:
    assert authorization_request.with_code(ask("code", state), callback, "c1") == address


def test_a_token_stands_in_the_fragment_in_the_order_that_imgur_has() -> None:
    assert authorization_request.with_token(ask("token", "S"), "https://x.example/b", TOKEN) == (
        "https://x.example/b?state=S#access_token=a1&expires_in=3600&token_type=bearer"
        "&refresh_token=r1&account_username=bob&account_id=7&state=S"
    )


def test_a_refusal_stands_where_the_answer_would() -> None:
    assert (
        authorization_request.with_denial(ask("code", "S"), "https://x.example/")
        == "https://x.example/?error=access_denied&state=S"
    )
    assert (
        authorization_request.with_denial(ask("token", "S"), "https://x.example/")
        == "https://x.example/?state=S#error=access_denied&state=S"
    )


def test_questions_that_differ_have_different_purposes() -> None:
    asks = [
        ask(),
        ask("pin"),
        ask(state=""),
        ask(state="S"),
        AuthorizationRequest(Application("abd"), "code", None, None),
    ]
    asks.append(AuthorizationRequest(Application("abc"), "code", None, "http://127.0.0.1:1/"))
    assert len({each.purpose for each in asks}) == len(asks)


@pytest.mark.parametrize(
    "address",
    [
        "https://x.example/back?x=1",
        "http://127.0.0.1/back",
        "http://127.0.0.1:9119/back",
        "http://localhost:80",
        "http://[::1]:9119/",
        "com.example.app:/done",
    ],
)
def test_good_callbacks(address: str) -> None:
    applications.check_callback(address)


@pytest.mark.parametrize(
    "address",
    [
        "",
        "x.example/back",
        "http://x.example/back",
        "https://",
        "https:///path",
        "https://x.example/#fragment",
        "https://user@x.example/",
        "http://127.0.0.1@x.example/",
        "http://x.example\\@127.0.0.1/",
        "javascript:alert(1)",
        "data:text/html,x",
        "file:///etc/passwd",
        "app:/done",
        "https://x.example/\r\nSet-Cookie: x=1",
        "https://x.example/ü",
        "http://[::1",
    ],
)
def test_bad_callbacks(address: str) -> None:
    with pytest.raises(ValidationError, match="A callback is"):
        applications.check_callback(address)


@pytest.mark.parametrize(
    ("registered", "asked", "landing"),
    [
        (None, "http://127.0.0.1:1/x", None),
        (None, None, None),
        ("http://127.0.0.1/x", None, "http://127.0.0.1/x"),
        ("http://127.0.0.1/x", "http://127.0.0.1:50123/x", "http://127.0.0.1:50123/x"),
        ("http://127.0.0.1:80/x", "http://127.0.0.1:50123/x", "http://127.0.0.1:50123/x"),
        ("http://[::1]/x", "http://[::1]:50123/x", "http://[::1]:50123/x"),
        ("http://127.0.0.1/x", "http://127.0.0.1:50123/y", "http://127.0.0.1/x"),
        ("http://127.0.0.1/x", "http://127.0.0.1:50123/x?y=1", "http://127.0.0.1/x"),
        ("http://127.0.0.1/x", "http://127.0.0.1:50123/x#y", "http://127.0.0.1/x"),
        ("http://127.0.0.1/x", "http://localhost:50123/x", "http://127.0.0.1/x"),
        ("http://127.0.0.1/x", "https://127.0.0.1:50123/x", "http://127.0.0.1/x"),
        ("http://127.0.0.1/x", "http://127.0.0.1:1@evil.example/x", "http://127.0.0.1/x"),
        ("http://127.0.0.1/x", "http://evil.example\\@127.0.0.1:1/x", "http://127.0.0.1/x"),
        ("http://127.0.0.1/x", "http://[::1", "http://127.0.0.1/x"),
        ("https://x.example/x", "https://x.example:8443/x", "https://x.example/x"),
    ],
)
def test_only_the_port_on_this_machine_may_differ(
    registered: str | None, asked: str | None, landing: str | None
) -> None:
    assert applications.redirect_uri_for(Application("abc", "Snapper", registered), asked) == landing


@pytest.mark.parametrize(
    ("asked", "landing"),
    [
        (None, None),
        ("http://127.0.0.1:50123/x?y=1", "http://127.0.0.1:50123/x?y=1"),
        ("http://localhost:50123", "http://localhost:50123"),
        ("http://[::1]:50123/", "http://[::1]:50123/"),
        ("https://127.0.0.1:50123/", None),
        ("http://192.168.1.7:50123/", None),
        ("http://127.0.0.1.evil.example/", None),
        ("http://127.0.0.1:1@evil.example/", None),
        ("http://evil.example@127.0.0.1:1/", None),
        ("http://evil.example\\@127.0.0.1:1/", None),
        ("http://127.0.0.1:1/#x", None),
        ("com.example.app:/done", None),
        ("javascript:alert(1)", None),
    ],
)
def test_an_unverified_application_is_sent_to_this_machine_or_nowhere(asked: str | None, landing: str | None) -> None:
    assert applications.redirect_uri_for(Application("abc"), asked) == landing


@pytest.mark.parametrize("name", ["bob", "a-b_C9", "b" * 63])
def test_good_names(name: str) -> None:
    accounts.check_new_account(name, "long enough")


@pytest.mark.parametrize("name", ["", "me", "ab", "b" * 64, "a b", "bob\n", "b.b", "böb", "Imgur", "ADMIN", "oauth2"])
def test_bad_names(name: str) -> None:
    with pytest.raises(ValidationError):
        accounts.check_new_account(name, "long enough")


@pytest.mark.parametrize("length", [0, 7, 1025])
def test_bad_passwords(length: int) -> None:
    with pytest.raises(ValidationError, match="8 to 1024"):
        accounts.check_new_account("bob", "x" * length)


def test_a_rule_doubles_the_wait_up_to_the_longest() -> None:
    rule = Rule(free=3, first=2, longest=10, forget=60)
    assert [rule.wait(failures) for failures in (0, 2, 3, 4, 5, 6, 10_000)] == [0, 0, 2, 4, 8, 10, 10]
    assert [throttle.PIN_PER_CLIENT_ID.wait(failures) for failures in (9, 10, 11)] == [0, 600, 600]


@pytest.mark.parametrize(
    ("seconds", "words"), [(1, "1 second"), (89, "89 seconds"), (90, "2 minutes"), (600, "10 minutes")]
)
def test_a_wait_in_words(seconds: int, words: str) -> None:
    assert format_wait(seconds) == words


@pytest.mark.parametrize("word", ["", "!", "gA==", "YQ=="])
def test_a_broken_basic_credential_names_nobody(word: str) -> None:
    assert parse_basic_auth(word)[1] == ""
