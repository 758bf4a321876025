"""The request policy, step by step, without network, clock or event loop."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from client_support import PIXEL, SECRETS, play, reply, token_document
from pyimgur import oauth
from pyimgur._core.effects import HTTPRequest, RefreshToken, Reply
from pyimgur._core.request import Request, delete, get, post, put
from pyimgur._policy import flow, token_grants
from pyimgur._policy.client_state import ClientState
from pyimgur._policy.flow import FIRST_PAUSE
from pyimgur._policy.request_builder import build_http_request
from pyimgur._transfer.sources import open_source
from pyimgur.budget import Policy
from pyimgur.exceptions import (
    ArgumentError,
    AuthenticationError,
    DeadlineError,
    ImgurError,
    ImgurIsDownException,
    InvalidParameterError,
    NoAnswerError,
    NotAuthorizedError,
    RateLimitError,
    UnexpectedImgurException,
    UploadUncertain,
)
from pyimgur.sites import Site

APP, ACCESS, REFRESH = SECRETS
TOKEN_SENTENCE = "The access token provided is invalid."
SITE = Site.at("http://127.0.0.1:1")
READ, MAKE = get("3/image/{id}", dict, id="x"), post("3/album", dict, title="t")


class Pipe(io.RawIOBase):
    """A file that can be read once."""

    def readable(self) -> bool:
        return True


def upload(what: Any = PIXEL) -> Request[dict]:
    return replace(post("3/image", dict), file=open_source(what))


def signed_in(**fields: Any) -> ClientState:
    known = {"access_token": ACCESS, "refresh_token": REFRESH, "client_secret": APP}
    return ClientState(site=SITE, client_id="abc123", **(known | fields))


def anonymous(**fields: Any) -> ClientState:
    return ClientState(site=SITE, client_id="abc123", **fields)


def refusal(text: str, status: int) -> Reply:
    return reply({"error": text}, status)


def lost(*, sent: bool) -> NoAnswerError:
    return NoAnswerError("broke off", sent=sent)


def renew(state: ClientState) -> Any:
    """What a driver does at a Refresh."""
    return lambda: setattr(state, "access_token", "new")


def sent_token(exchange: HTTPRequest) -> str:
    return exchange.headers["Authorization"]


# ---- who asks


def test_an_application_names_itself_and_a_user_shows_the_token() -> None:
    assert sent_token(build_http_request(anonymous(), READ)) == "Client-ID abc123"
    assert [sent_token(step) for step in play(flow.with_rate_limit(signed_in(), READ), reply()).exchanges] == [
        f"Bearer {ACCESS}"
    ]


def test_a_call_of_the_application_never_carries_the_users_token() -> None:
    played = play(flow.with_rate_limit(signed_in(), replace(READ, who="app")), reply())
    assert [sent_token(step) for step in played.exchanges] == ["Client-ID abc123"]


def test_a_call_for_users_is_not_sent_without_one() -> None:
    played = play(flow.with_rate_limit(anonymous(), replace(READ, who="user")))
    assert isinstance(played.error, NotAuthorizedError)
    assert not played.steps


def test_the_gateway_and_its_key_are_for_api_calls_only() -> None:
    state = signed_in(gateway="https://gateway.example", gateway_key="key")
    call = build_http_request(state, READ)
    token = build_http_request(state, oauth.exchange("pin", client_id="a", client_secret="b", pin="p"))
    assert (call.url, call.headers["X-RapidAPI-Key"]) == ("https://gateway.example/3/image/x", "key")
    assert token.url == f"{SITE.api}/oauth2/token"
    assert "key" not in token.headers.values()
    assert "Authorization" not in token.headers


def test_no_step_shows_a_secret() -> None:
    state = signed_in(access_token=ACCESS, gateway="https://gateway.example", gateway_key="s3cret-key")
    steps = play(flow.with_rate_limit(state, MAKE), refusal(TOKEN_SENTENCE, 403), reply(), refresh=renew(state)).steps
    form = oauth.exchange("pin", client_id="a", client_secret=APP, pin="s3cret-pin")
    shown = f"{steps} {state} {form} {build_http_request(state, form)}"
    assert "s3cret" not in shown.replace(repr(RefreshToken(ACCESS)), "")


# ---- refreshing


@pytest.mark.parametrize(
    ("left", "kinds"),
    [(61, ["HTTPRequest"]), (59, ["RefreshToken", "HTTPRequest"]), (-9, ["RefreshToken", "HTTPRequest"])],
)
def test_a_token_is_replaced_a_minute_before_its_known_end(left: int, kinds: list[str]) -> None:
    state = signed_in(expires_at=1_000_000.0, clock=lambda: 1_000_000.0 - left)
    played = play(flow.with_rate_limit(state, READ), reply(), refresh=renew(state))
    assert played.kinds == kinds
    assert sent_token(played.exchanges[0]) == f"Bearer {state.access_token}"


def test_a_token_whose_end_is_not_known_is_used_until_it_is_refused() -> None:
    assert play(flow.with_rate_limit(signed_in(clock=lambda: 1e12), READ), reply()).kinds == ["HTTPRequest"]


@pytest.mark.parametrize(
    "refused",
    [refusal("anything", 401), refusal(TOKEN_SENTENCE, 403), refusal(TOKEN_SENTENCE.upper(), 403), Reply(401, {}, b"")],
)
@pytest.mark.parametrize("request_", [READ, MAKE, upload()])
def test_a_refused_token_is_replaced_and_the_call_made_again(refused: Reply, request_: Request[Any]) -> None:
    state = signed_in()
    played = play(flow.with_rate_limit(state, request_), refused, reply("there"), refresh=renew(state))
    assert played.kinds == ["HTTPRequest", "RefreshToken", "HTTPRequest"]
    assert played.steps[1] == RefreshToken(ACCESS)
    assert [sent_token(step) for step in played.exchanges] == [f"Bearer {ACCESS}", "Bearer new"]
    assert played.value == reply("there")


def test_a_403_about_anything_else_is_no_reason_to_refresh() -> None:
    played = play(flow.with_rate_limit(signed_in(), READ), refusal("Permission denied", 403))
    assert (played.kinds, type(played.error)) == (["HTTPRequest"], AuthenticationError)


GATEWAY = Reply(429, {}, b'{"errors": [{"code": "429", "status": "Too Many Requests", "detail": "Too Many Requests"}]}')


def test_a_bare_429_may_be_about_a_token_that_has_ended_and_a_second_one_is_not() -> None:
    state = signed_in(clock=lambda: 5000.0)
    played = play(flow.with_rate_limit(state, READ), GATEWAY, reply(), refresh=renew(state))
    assert played.kinds == ["HTTPRequest", "RefreshToken", "HTTPRequest"]
    play(token_grants.refresh(state), Reply(200, {}, token_document(expires_in=315_360_000)))
    for request in (READ, upload()):
        played = play(flow.with_rate_limit(state, request), GATEWAY)
        assert (played.kinds, type(played.error)) == (["HTTPRequest"], RateLimitError)
    state.clock = lambda: 5000.0 + 3600
    played = play(flow.with_rate_limit(state, READ), GATEWAY, GATEWAY, refresh=renew(state))
    assert (played.kinds, type(played.error)) == (["HTTPRequest", "RefreshToken", "HTTPRequest"], RateLimitError)


def test_a_429_to_a_token_that_was_replaced_meanwhile_is_answered_with_the_new_one() -> None:
    """Of several calls at once, all but the first to be refused come too late to refresh it."""
    state = signed_in(clock=lambda: 5000.0)

    def others_came_first(step: HTTPRequest) -> Reply:
        state.renew(oauth.Token("new", REFRESH))
        return GATEWAY

    played = play(flow.with_rate_limit(state, READ), others_came_first, reply())
    assert [sent_token(step) for step in played.exchanges] == [f"Bearer {ACCESS}", "Bearer new"]


@pytest.mark.parametrize("said", [refusal("Invalid refresh token", 400), refusal("Too Many Requests", 429)])
def test_a_429_stands_where_no_other_token_is_to_be_had(said: Reply) -> None:
    state = signed_in(clock=lambda: 5000.0)
    played = play(
        flow.with_rate_limit(state, READ), GATEWAY, refresh=lambda: play(token_grants.refresh(state), said).error
    )
    assert (played.kinds, type(played.error)) == (["HTTPRequest", "RefreshToken"], RateLimitError)
    played = play(flow.with_rate_limit(state, READ), GATEWAY)
    assert (played.kinds, type(played.error)) == (["HTTPRequest"], RateLimitError)


def test_a_stream_that_was_read_is_lost_but_the_token_is_replaced_for_the_next() -> None:
    state = signed_in()
    played = play(flow.with_rate_limit(state, upload(Pipe())), refusal("no", 401), refresh=renew(state))
    assert (played.kinds, type(played.error)) == (["HTTPRequest", "RefreshToken"], AuthenticationError)
    assert state.access_token == "new"


def test_a_refresh_token_alone_is_enough_for_a_users_call_and_without_the_secret_for_none() -> None:
    state = signed_in(access_token=None)
    played = play(flow.with_rate_limit(state, replace(READ, who="user")), reply(), refresh=renew(state))
    assert played.kinds == ["RefreshToken", "HTTPRequest"]
    for who in ("user", "owner", "anyone"):
        played = play(flow.with_rate_limit(signed_in(access_token=None, client_secret=None), replace(READ, who=who)))
        assert isinstance(played.error, NotAuthorizedError)
        assert not played.steps
    assert not play(
        flow.with_rate_limit(signed_in(access_token=None, client_secret=None), replace(READ, who="app")), reply()
    ).error


def test_a_wait_may_be_made_of_very_many() -> None:
    state = anonymous(clock=lambda: 1000.0, limits=Policy("wait", longest=3000))
    played = play(flow.with_rate_limit(state, READ), *[reply({"error": "no"}, 429, retry_after="1")] * 2000, reply())
    assert played.error is None


@pytest.mark.parametrize(
    "limited",
    [
        replace(GATEWAY, headers={"retry-after": "60"}),
        refusal("You are uploading too fast. Please wait 59 more minutes.", 429),
        refusal("Daily client requests exceeded", 429),
        Reply(429, {}, b""),
    ],
)
def test_a_429_that_says_why_is_no_reason_to_refresh(limited: Reply) -> None:
    played = play(flow.with_rate_limit(signed_in(), READ), limited)
    assert (played.kinds, type(played.error)) == (["HTTPRequest"], RateLimitError)


def test_what_imgur_dropped_is_sent_without_a_user_too() -> None:
    played = play(flow.with_rate_limit(anonymous(), replace(READ, who="user", deprecated_in="2017-05")), reply())
    assert [sent_token(step) for step in played.exchanges] == ["Client-ID abc123"]


def test_a_token_that_is_refused_twice_is_given_up() -> None:
    state = signed_in()
    played = play(flow.with_rate_limit(state, READ), refusal("no", 401), refusal("no", 401), refresh=renew(state))
    assert (played.kinds, type(played.error)) == (["HTTPRequest", "RefreshToken", "HTTPRequest"], AuthenticationError)


def test_a_refresh_token_without_an_access_token_is_traded_first() -> None:
    state = signed_in(access_token=None)
    played = play(flow.with_rate_limit(state, READ), reply(), refresh=renew(state))
    assert played.kinds == ["RefreshToken", "HTTPRequest"]
    assert sent_token(played.exchanges[0]) == "Bearer new"


@pytest.mark.parametrize("missing", ["refresh_token", "client_secret"])
def test_without_all_it_takes_nothing_is_refreshed(missing: str) -> None:
    state = signed_in(**{missing: None}, expires_at=0.0)
    played = play(flow.with_rate_limit(state, READ), refusal(TOKEN_SENTENCE, 403))
    assert (played.kinds, type(played.error)) == (["HTTPRequest"], AuthenticationError)


def test_a_stream_that_was_read_is_not_sent_again_after_a_refresh() -> None:
    played = play(flow.with_rate_limit(signed_in(), upload(Pipe())), refusal("no", 401))
    assert (len(played.exchanges), type(played.error)) == (1, AuthenticationError)


def test_a_refresh_sends_the_application_and_the_refresh_token_and_keeps_what_it_is_given() -> None:
    state = signed_in(clock=lambda: 5000.0)
    played = play(token_grants.refresh(state), Reply(200, {}, token_document("fresh", refresh_token="r2")))
    (message,) = played.exchanges
    assert message.body is not None
    assert parse_qs(b"".join(message.body.open()).decode()) == {
        "client_id": ["abc123"],
        "client_secret": [APP],
        "grant_type": ["refresh_token"],
        "refresh_token": [REFRESH],
    }
    assert (state.access_token, state.refresh_token, state.expires_at) == ("fresh", "r2", 8600.0)


@pytest.mark.parametrize("kept", [{"refresh_token": None}, {"refresh_token": ""}])
def test_a_refresh_token_that_does_not_come_again_stays(kept: dict[str, object]) -> None:
    state = signed_in()
    play(token_grants.refresh(state), Reply(200, {}, token_document(**kept)))
    assert state.refresh_token == REFRESH


def test_an_end_that_is_not_told_is_not_known() -> None:
    state = signed_in(expires_at=1.0)
    play(token_grants.refresh(state), Reply(200, {}, token_document(expires_in=None)))
    assert state.expires_at is None


@pytest.mark.parametrize("missing", ["refresh_token", "client_secret"])
def test_refreshing_without_all_it_takes_says_so_and_sends_nothing(missing: str) -> None:
    played = play(token_grants.refresh(signed_in(**{missing: None})))
    assert isinstance(played.error, NotAuthorizedError)
    assert not played.steps


def test_a_refused_refresh_says_what_to_do_and_changes_nothing() -> None:
    state = signed_in()
    played = play(token_grants.refresh(state), refusal("Invalid refresh token", 400))
    assert isinstance(played.error, AuthenticationError)
    assert "authorize again" in played.error.sentence
    assert (state.access_token, state.refresh_token) == (ACCESS, REFRESH)


# ---- sending again

SAFE = [READ, delete("3/image/{id}", id="x"), put("3/image/{id}", dict, id="x")]


@pytest.mark.parametrize("status", [500, 502, 503, 504])
@pytest.mark.parametrize("request_", SAFE)
def test_what_does_no_harm_twice_is_sent_again_after_imgurs_fault(request_: Request[Any], status: int) -> None:
    down = Reply(status, {})
    played = play(flow.with_rate_limit(anonymous(), request_), down, down, reply("there"))
    assert played.kinds == ["HTTPRequest", "Sleep", "HTTPRequest", "Sleep", "HTTPRequest"]
    assert played.sleeps == [FIRST_PAUSE, 2 * FIRST_PAUSE]
    assert played.value == reply("there")


@pytest.mark.parametrize("request_", SAFE)
def test_what_does_no_harm_twice_is_sent_again_after_a_lost_connection(request_: Request[Any]) -> None:
    played = play(flow.with_rate_limit(anonymous(), request_), lost(sent=True), lost(sent=False), reply("there"))
    assert played.value == reply("there")


def test_what_makes_something_is_not_sent_again_after_imgurs_fault() -> None:
    played = play(flow.with_rate_limit(anonymous(), MAKE), Reply(503, {}))
    assert (len(played.exchanges), type(played.error)) == (1, ImgurIsDownException)


def test_what_makes_something_is_sent_again_only_if_nothing_arrived() -> None:
    assert play(flow.with_rate_limit(anonymous(), MAKE), lost(sent=False), reply("there")).value == reply("there")
    played = play(flow.with_rate_limit(anonymous(), MAKE), lost(sent=True))
    assert (len(played.exchanges), type(played.error)) == (1, NoAnswerError)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 413, 429, 501])
def test_an_answer_that_stays_the_same_is_not_requested_again(status: int) -> None:
    assert len(play(flow.with_rate_limit(anonymous(), READ), Reply(status, {})).exchanges) == 1


@pytest.mark.parametrize("retries", [0, 1, 5])
def test_retries_are_counted(retries: int) -> None:
    fails = [lost(sent=False)] * (retries + 1)
    played = play(flow.with_rate_limit(anonymous(retries=retries), READ), *fails)
    assert (len(played.exchanges), type(played.error)) == (retries + 1, NoAnswerError)


def test_a_pin_is_not_sent_again_once_it_may_be_used_up() -> None:
    played = play(token_grants.authorize(signed_in(), "pin", pin="p"), lost(sent=True))
    assert (len(played.exchanges), type(played.error)) == (1, NoAnswerError)


def test_a_refresh_is_sent_again() -> None:
    assert play(token_grants.refresh(signed_in()), lost(sent=True), Reply(200, {}, token_document())).error is None


def test_an_upload_that_was_sent_whole_is_not_sent_again() -> None:
    played = play(flow.with_rate_limit(anonymous(), upload()), lost(sent=True))
    assert (len(played.exchanges), type(played.error)) == (1, UploadUncertain)
    assert "may have arrived" in str(played.error)


def test_an_upload_that_broke_off_is_sent_again_from_its_start() -> None:
    bodies: list[bytes] = []

    def read(exchange: HTTPRequest) -> Reply:
        assert exchange.body is not None
        bodies.append(b"".join(exchange.body.open()))
        return reply({})

    played = play(flow.with_rate_limit(anonymous(), upload(io.BytesIO(PIXEL))), lost(sent=False), read)
    assert len(played.exchanges) == 2
    assert PIXEL in bodies[0]


def test_a_stream_that_broke_off_is_not_sent_again() -> None:
    played = play(flow.with_rate_limit(anonymous(), upload(Pipe())), lost(sent=False))
    assert (len(played.exchanges), type(played.error)) == (1, NoAnswerError)


def test_an_upload_that_never_began_gives_the_plain_error() -> None:
    played = play(flow.with_rate_limit(anonymous(retries=0), upload()), lost(sent=False))
    assert type(played.error) is NoAnswerError


# ---- what came


def test_a_redirect_of_a_call_is_not_followed() -> None:
    played = play(flow.with_rate_limit(signed_in(), READ), Reply(302, {"location": "https://evil.example/"}))
    assert (len(played.exchanges), type(played.error)) == (1, UnexpectedImgurException)


def test_what_the_caller_knows_fills_in_what_imgur_leaves_out() -> None:
    request = replace(MAKE, known={"title": "t", "privacy": "hidden"})
    played = play(flow.execute(_Executor(anonymous()), request), reply({"id": "x", "title": "T"}))
    assert played.value == {"id": "x", "title": "T", "privacy": "hidden"}


@pytest.mark.parametrize("answer", [reply({}), refusal("no", 400)])
def test_what_follows_a_call_follows_its_success_only(answer: Reply) -> None:
    done: list[str] = []
    played = play(flow.execute(_Executor(anonymous()), replace(MAKE, then=lambda _: done.append("then"))), answer)
    assert done == ([] if isinstance(played.error, InvalidParameterError) else ["then"])


def test_credits_are_read_from_every_answer() -> None:
    state = anonymous(clock=lambda: 1000.0)
    told = {"x_ratelimit_userremaining": "7", "x_ratelimit_userreset": "30", "x_ratelimit_clientremaining": "many"}
    play(flow.with_rate_limit(state, READ), reply({}, 400, **told))
    budget = state.credits.budget
    assert (budget.user_remaining, budget.user_reset, budget.client_remaining) == (7, 1030, None)


def test_too_many_calls_say_when_there_is_room_again() -> None:
    played = play(
        flow.with_rate_limit(anonymous(clock=lambda: 1000.0), READ), reply({"error": "no"}, 429, retry_after="30")
    )
    assert isinstance(played.error, RateLimitError)
    assert played.error.retry_at == 1030


@pytest.mark.parametrize("error", [NoAnswerError, DeadlineError])
def test_what_may_have_been_done_says_so(error: type[NoAnswerError]) -> None:
    """An album whose answer is lost is there, as often as not."""
    broken = error("it broke off", request="POST 3/album", sent=True)
    played = play(flow.with_rate_limit(anonymous(), MAKE), broken)
    assert type(played.error) is error
    assert played.error.sent
    assert "it broke off; the request may have been carried out" in str(played.error)
    assert "may have been carried out" not in str(
        play(flow.with_rate_limit(anonymous(), MAKE), *[lost(sent=False)] * 3).error
    )
    assert "may have been carried out" not in str(
        play(flow.with_rate_limit(anonymous(), READ), *[lost(sent=True)] * 3).error
    )


def test_credits_that_are_used_up_are_a_429_like_any_other() -> None:
    """Programs of PyImgur look for 429 in the text, and come back later."""
    state = anonymous(clock=lambda: 1000.0)
    told = {"x_ratelimit_userremaining": "0", "x_ratelimit_userreset": "3600"}
    play(flow.with_rate_limit(state, READ), reply({"error": "no"}, 429, **told))
    played = play(flow.with_rate_limit(state, READ))
    assert isinstance(played.error, RateLimitError)
    assert (played.error.status, played.error.retry_at, played.steps) == (429, 4600, [])
    assert str(played.error).startswith("429: Imgur ERROR message: the credits are used up")
    assert "not sent; again in 60 min" in played.error.sentence


def test_every_error_names_its_call_and_no_parameter() -> None:
    request = post("3/album/{id}", dict, id="x", title="secret title")
    error = play(flow.with_rate_limit(anonymous(), request), refusal("no", 400)).error
    assert isinstance(error, ImgurError)
    assert error.request == "POST 3/album/x"
    assert error.sentence.startswith("POST 3/album/x: 400 no")
    assert "secret title" not in error.sentence


@given(id=st.text() | st.sampled_from(["", "\ud800", "..", "a/b", "?", "%2F"]), template=st.sampled_from(
    ["3/image/{id}", "3/album/{id}/images", "3/account/{id}/album/{id}", "3/gallery/{id}/comment/{id}"]
))  # fmt: skip
@settings(max_examples=150)
def test_no_id_leads_to_another_route(id: str, template: str) -> None:
    try:
        url = build_http_request(anonymous(), get(template, dict, id=id)).url
    except ArgumentError:
        assert id == ""  # 3/image alone is the address of an upload
        return
    id = id.encode("utf-8", "replace").decode()  # a lone surrogate is no text
    parts = urlsplit(url)
    assert (f"{parts.scheme}://{parts.netloc}", parts.query, parts.fragment) == (SITE.api, "", "")
    expected = template.replace("{id}", "\0").split("/")
    segments = parts.path.removeprefix("/").split("/")
    assert [unquote(segment) for segment in segments] == [id if part == "\0" else part for part in expected]
    assert not {"", ".", ".."} & set(segments)


@given(text=st.text(max_size=50) | st.sampled_from(["\ud800", "\x00", "&a=b", "+", "\r\n", "a" * 10_000]))
@settings(max_examples=100)
def test_any_text_in_a_form_arrives_or_is_refused(text: str) -> None:
    try:
        message = build_http_request(anonymous(), post("3/album", dict, title=text, ids=[text, "b"]))
        assert message.body is not None
        body = b"".join(message.body.open())
    except ImgurError:
        return
    assert len(body) == message.body.length
    text = text.encode("utf-8", "replace").decode()
    assert parse_qs(body.decode("ascii"), keep_blank_values=True) == {"title": [text], "ids": [text, "b"]}


class _Executor:
    """As much of a driver as a flow asks of one."""

    def __init__(self, state: ClientState) -> None:
        self.state = state
