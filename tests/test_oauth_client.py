"""The OAuth flows of the client: token, code and pin."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from client_support import SECRETS, Driven, Wire, both, serving, token_document
from pyimgur import Album, ImgurError, Token, Tokens, parse_redirect
from pyimgur.exceptions import (
    AuthenticationError,
    NoAnswerError,
    NotAuthorizedError,
    RateLimitError,
    UnexpectedImgurException,
)

APP, ACCESS, REFRESH = SECRETS


class Authority:
    """A server that takes the pin 'right' or the code 'right' once, and makes albums for whoever asks."""

    def __init__(self) -> None:
        self.used = False

    def __call__(self, wire: Wire) -> None:
        if wire.path == "/3/album":
            wire.body()
            owner = "sarah" if wire.authorization == f"Bearer {ACCESS}" else None
            return wire.data({"id": "al1", **({"account_url": owner} if owner else {"deletehash": "d" * 15})})
        form = {name: values[0] for name, values in wire.form().items()}
        if form["client_id"] != "abc123" or form["client_secret"] != APP:
            return wire.data({"error": "The client credentials are invalid"}, 400)
        if form["grant_type"] == "refresh_token":
            return wire.answer(token_document("refreshed", refresh_token=None))
        name = {"pin": "pin", "authorization_code": "code"}[form["grant_type"]]
        if form[name] != "right" or self.used:
            return wire.data({"error": "Invalid Pin" if name == "pin" else "Authorization code doesn't exist"}, 400)
        self.used = True
        return wire.answer(token_document(ACCESS, refresh_token=REFRESH))


def test_a_refusal_in_the_address_says_why() -> None:
    address = "http://127.0.0.1/?error=access_denied&error_description=Not%20today%0a&error_uri=https%3A%2F%2Fe.example"
    with pytest.raises(AuthenticationError, match=r"not authorized: Not today  \(access_denied\)"):
        parse_redirect(address)


# ---- the address to visit


@pytest.mark.parametrize("response", ["pin", "code", "token"])
@both
def test_the_address_names_the_application_and_the_way(drive: type[Driven], response: str) -> None:
    with drive("http://127.0.0.1:4648") as it:
        url = urlsplit(it.im.authorization_url(response, "a&b c/ü"))
        assert (url.netloc, url.path) == ("127.0.0.1:4648", "/oauth2/authorize")
        assert parse_qs(url.query) == {"client_id": ["abc123"], "response_type": [response], "state": ["a&b c/ü"]}
        assert APP not in url.geturl()
        assert "state=" in it.im.authorization_url("pin")


def test_the_documented_call_leads_to_imgur() -> None:
    with Driven("https://api.imgur.com") as it:
        assert it.im.authorization_url("pin").startswith(
            "https://api.imgur.com/oauth2/authorize?client_id=abc123&response_type=pin"
        )


@pytest.mark.parametrize("response", ["password", "", "PIN", "id_token", None, "pin code"])
@both
def test_any_other_way_is_refused(drive: type[Driven], response: Any) -> None:
    with drive("http://127.0.0.1:1") as it, pytest.raises(ValueError, match="'pin', 'code' or 'token'"):
        it.im.authorization_url(response)


# ---- pins and codes


@pytest.mark.parametrize("way", ["pin", "code"])
@both
def test_an_exchange_gives_both_tokens_in_their_order_and_sets_them(drive: type[Driven], way: str) -> None:
    with serving(Authority()) as server, drive(server.url) as it:
        assert (it.im.access_token, it.im.refresh_token) == (None, None)
        tokens = it.run(getattr(it.im, f"exchange_{way}")(" right\n"))
        access, refresh = tokens
        assert (access, refresh) == (ACCESS, REFRESH)
        assert (it.im.access_token, it.im.refresh_token) == (ACCESS, REFRESH)
        (asked,) = server.seen
        assert (asked.method, asked.path) == ("POST", "/oauth2/token")
        assert asked.headers["content-type"] == "application/x-www-form-urlencoded"
        assert not asked.authorization
        assert "?" not in asked.target


@pytest.mark.parametrize(("way", "words"), [("pin", "a pin works once"), ("code", "a code works once")])
@both
def test_a_wrong_or_used_one_says_what_to_do_and_changes_nothing(drive: type[Driven], way: str, words: str) -> None:
    with serving(Authority()) as server, drive(server.url) as it:
        exchange = getattr(it.im, f"exchange_{way}")
        with pytest.raises(AuthenticationError, match=words):
            it.run(exchange("wrong"))
        assert it.im.access_token is None
        it.run(exchange("right"))
        with pytest.raises(AuthenticationError, match=words):
            it.run(exchange("right"))
        assert it.im.access_token == ACCESS
        assert len(server.seen) == 3


@both
def test_a_wrong_secret_says_so(drive: type[Driven]) -> None:
    with serving(Authority()) as server, drive(server.url, client_secret="wrong") as it:
        with pytest.raises(AuthenticationError, match="check client_id and client_secret"):
            it.run(it.im.exchange_pin("right"))
        assert it.im.access_token is None


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"<html>",
        b"[]",
        b'{"access_token":""}',
        b'{"access_token":7}',
        b'{"data":{}}',
        token_document(refresh_token=None),
    ],
)
@both
def test_a_strange_answer_is_one_of_our_errors_and_changes_nothing(drive: type[Driven], answer: bytes) -> None:
    with serving(lambda wire: wire.answer(answer)) as server, drive(server.url) as it:
        with pytest.raises((UnexpectedImgurException, AuthenticationError)):
            it.run(it.im.exchange_pin("right"))
        assert it.im.refresh_token is None
        assert it.im.access_token is None


@both
def test_a_pin_is_sent_once_even_if_its_answer_is_lost(drive: type[Driven]) -> None:
    def lost(wire: Wire) -> None:
        wire.body()
        wire.hang_up()

    with serving(lost) as server, drive(server.url) as it:
        with pytest.raises(NoAnswerError):
            it.run(it.im.exchange_pin("right"))
        assert len(server.seen) == 1


@both
def test_the_same_line_makes_an_anonymous_album_and_then_the_users_own(drive: type[Driven]) -> None:
    with serving(Authority()) as server, drive(server.url) as it:
        before = it.run(it.im.create_album("An authorized album", "Cool stuff!"))
        it.run(it.im.exchange_pin("right"))
        after = it.run(it.im.create_album("An authorized album", "Cool stuff!"))
        assert isinstance(before, Album)
        assert (before.deletehash, before.title) == ("d" * 15, "An authorized album")
        assert (after.account_url, after.description) == ("sarah", "Cool stuff!")
        assert [wire.authorization for wire in server.calls("POST", "/3/album")] == [
            "Client-ID abc123",
            f"Bearer {ACCESS}",
        ]


# ---- refreshing on demand


@both
def test_refreshing_gives_the_new_token_and_keeps_the_refresh_token(drive: type[Driven]) -> None:
    with serving(Authority()) as server, drive(server.url, access_token=ACCESS, refresh_token=REFRESH) as it:
        assert it.run(it.im.refresh_access_token()) == "refreshed"
        assert (it.im.access_token, it.im.refresh_token) == ("refreshed", REFRESH)


@both
def test_a_refresh_token_alone_is_enough(drive: type[Driven]) -> None:
    with serving(Authority()) as server, drive(server.url, refresh_token=REFRESH) as it:
        assert it.run(it.im.refresh_access_token()) == "refreshed"
    with serving(Authority()) as server, drive(server.url, refresh_token=REFRESH) as it:
        it.run(it.im.create_album("t"))
        assert [wire.authorization for wire in server.seen] == ["", "Bearer refreshed"]


@both
def test_many_who_refresh_at_once_get_one_token(drive: type[Driven]) -> None:
    with serving(Authority()) as server, drive(server.url, access_token=ACCESS, refresh_token=REFRESH) as it:
        assert it.together([it.im.refresh_access_token] * 20) == ["refreshed"] * 20


GATEWAY = b'{"errors": [{"code": "429", "detail": "Too Many Requests"}]}'


@both
def test_many_who_are_over_the_limit_at_once_doubt_their_token_once(drive: type[Driven]) -> None:
    with serving(lambda wire: (wire.body(), wire.answer(GATEWAY, 429))) as server:
        with drive(server.url, access_token=ACCESS, refresh_token=REFRESH) as it, pytest.raises(RateLimitError):
            it.together([lambda: it.im.get_image("x")] * 16)
        assert [wire.path for wire in server.seen].count("/oauth2/token") == 1


@both
def test_many_whose_token_has_ended_at_once_are_all_answered(drive: type[Driven]) -> None:
    def handle(wire: Wire) -> None:
        if wire.path == "/oauth2/token":
            wire.form()
            wire.answer(token_document("refreshed"))
        elif wire.authorization == "Bearer refreshed":
            wire.data({"id": "x"})
        else:
            wire.answer(GATEWAY, 429)

    with serving(handle) as server, drive(server.url, access_token=ACCESS, refresh_token=REFRESH) as it:
        assert [image.id for image in it.together([lambda: it.im.get_image("x")] * 16)] == ["x"] * 16
        assert [wire.path for wire in server.seen].count("/oauth2/token") == 1


@pytest.mark.parametrize("missing", ["refresh_token", "client_secret"])
@both
def test_refreshing_without_all_it_takes_says_what_is_missing(drive: type[Driven], missing: str) -> None:
    options = {"access_token": ACCESS, "refresh_token": REFRESH, missing: None}
    with serving(Authority()) as server, drive(server.url, **options) as it:
        with pytest.raises(NotAuthorizedError, match=missing.replace("_token", ".token")):
            it.run(it.im.refresh_access_token())
        assert not server.seen


# ---- changing who asks


@both
def test_changing_the_authentication_takes_effect_at_once(drive: type[Driven]) -> None:
    with serving(Authority()) as server, drive(server.url) as it:
        it.im.change_authentication(client_id="other", client_secret=APP, access_token=ACCESS, refresh_token=REFRESH)
        assert (it.im.client_id, it.im.access_token, it.im.refresh_token) == ("other", ACCESS, REFRESH)
        it.run(it.im.create_album("t"))
        it.im.change_authentication()
        assert (it.im.client_id, it.im.client_secret, it.im.access_token) == ("other", APP, None)
        it.run(it.im.create_album("t"))
        assert [wire.authorization for wire in server.seen] == [f"Bearer {ACCESS}", "Client-ID other"]


@both
def test_the_end_of_a_former_token_is_not_the_end_of_the_next(drive: type[Driven]) -> None:
    now = [1000.0]
    with serving(Authority()) as server, drive(server.url, clock=lambda: now[0]) as it:
        it.run(it.im.exchange_pin("right"))
        it.im.change_authentication(access_token="long-lived", refresh_token=REFRESH)
        now[0] += 10_000
        it.run(it.im.create_album("t"))
        assert [wire.path for wire in server.seen] == ["/oauth2/token", "/3/album"]


# ---- the address the browser ended at

FRAGMENT = "access_token=a1&expires_in=315360000&token_type=bearer&refresh_token=r1&account_username=sarah&account_id=7"


@pytest.mark.parametrize(
    "address",
    [
        f"https://example.com/cb?state=s%2F1#{FRAGMENT}",
        f"https://example.com/cb#{FRAGMENT}&state=s%2F1",
        f"https://example.com/cb?{FRAGMENT}&state=s/1",
        f"  https://imgur.com/#{FRAGMENT}&state=s/1\n",
        f"#{FRAGMENT}&state=s/1",
    ],
)
def test_a_token_is_found_wherever_it_stands(address: str) -> None:
    assert parse_redirect(address, state="s/1") == Token("a1", "r1", 315360000, "sarah", 7)


def test_a_code_is_found() -> None:
    assert parse_redirect("https://example.com/cb?state=s&code=c0de", state="s") == "c0de"


@pytest.mark.parametrize(
    ("address", "state", "words"),
    [
        ("https://example.com/cb?error=access_denied&state=s", "s", "refused"),
        ("https://example.com/cb#error=access_denied&state=s", "s", "refused"),
        (f"https://example.com/cb?state=other#{FRAGMENT}", "s", "state differs"),
        (f"https://example.com/cb#{FRAGMENT}", "s", "state differs"),
        ("https://example.com/cb", None, "paste the whole URL"),
        ("", None, "paste the whole URL"),
        ("right", None, "paste the whole URL"),
        ("https://example.com/cb#access_token=", None, "paste the whole URL"),
    ],
)
def test_an_address_without_a_token_says_what_to_do(address: str, state: str | None, words: str) -> None:
    with pytest.raises(AuthenticationError, match=words):
        parse_redirect(address, state=state)


@given(st.text(max_size=40) | st.builds("http://h/?{}#{}".format, st.text(max_size=20), st.text(max_size=20)))
@settings(max_examples=150)
@example("http://[")
@example("http://h/#access_token=x&expires_in=²")
@example("http://h/?code=%ff")
@example("http://\u2100/")
def test_any_text_is_an_address_or_one_of_our_errors(address: str) -> None:
    try:
        found = parse_redirect(address)
    except ImgurError:
        return
    assert isinstance(found, Token | str)


@both
def test_the_token_of_an_address_is_used_from_now_on(drive: type[Driven]) -> None:
    with serving(Authority()) as server, drive(server.url, clock=lambda: 1000.0) as it:
        address = f"https://example.com/cb?state=s#{FRAGMENT.replace('a1', ACCESS)}"
        assert it.run(it.im.use_redirect(address, state="s")) == ACCESS
        assert (it.im.access_token, it.im.refresh_token) == (ACCESS, "r1")
        assert it.run(it.im.create_album("t")).account_url == "sarah"
        with pytest.raises(AuthenticationError, match="exchange_code"):
            it.run(it.im.use_redirect("https://example.com/cb?code=c0de"))


def test_no_token_shows_its_secrets() -> None:
    token = Token(ACCESS, REFRESH, 3600, "sarah", 7)
    tokens = Tokens(ACCESS, REFRESH)
    shown = f"{token} {token!r} {tokens} {tokens!r} {[tokens]}"
    assert not [secret for secret in SECRETS if secret in shown]
    assert tokens == (ACCESS, REFRESH)
