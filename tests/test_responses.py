"""Every form of response becomes a result, or one typed error with Imgur's own text."""

from __future__ import annotations

import contextlib
import copy
import json
import pickle
import traceback
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from client_support import SECRETS, Driven, both, enveloped, play, reply, serving
from pyimgur import exceptions
from pyimgur._core.decode import decode, fields
from pyimgur._core.effects import Reply
from pyimgur._core.request import Request, get, post
from pyimgur._policy import flow
from pyimgur._policy.client_state import ClientState
from pyimgur._policy.responses import error_from, payload
from pyimgur.exceptions import (
    AnswerError,
    AuthenticationError,
    ImgurError,
    ImgurIsDownException,
    InvalidParameterError,
    RateLimitError,
    ResourceNotFoundError,
    TooLargeError,
    UnexpectedImgurException,
    UnsupportedFileError,
)
from pyimgur.oauth import Token
from pyimgur.resources import Album, Image, Object, User

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NOW = 1_000_000.0

# ---- every refusal that was ever recorded

MEANING: dict[type[AnswerError] | None, list[int]] = {
    None: [54],  # an empty list is no error
    # Who asks, or what they may: status 401 and 403, refused pins, codes and tokens, and blocked applications (9, 45).
    AuthenticationError: [*range(10), 10, 11, 12, 14, 15, 19, 45, 58, 67],
    InvalidParameterError: [13, 16, 17, 18, 20, 21, 23, 30, 31, 36, 37, 38, 53, 59, 61, 64, 68],
    UnsupportedFileError: [22, 24, 25, 32],
    TooLargeError: [26, 27, 28, 29],
    RateLimitError: [*range(39, 45)],
    ResourceNotFoundError: [49, 50, 51, 52, 56, 57, 60],
    # Imgur's own fault; 33, 35, 65 and 66 say so in their words only, with status 400.
    ImgurIsDownException: [33, 34, 35, 46, 47, 48, 62, 63, 65, 66],
    UnexpectedImgurException: [55],
}
"""What each entry of the recorded errors is, by its number there."""
EXPECTED = {number: kind for kind, numbers in MEANING.items() for number in numbers}


def recorded(facts: Path) -> list[dict[str, Any]]:
    return json.loads((facts / "errors.json").read_text("utf-8"))


def as_reply(entry: dict[str, Any]) -> Reply:
    body = entry["body"]
    text = body if isinstance(body, str) else json.dumps(body)
    return Reply(entry["status"], {"content-type": entry["content_type"]}, text.encode())


def words(body: Any) -> str:
    """The sentence in a recorded refusal, wherever it stands."""
    match body:
        case {"errors": [{"detail": text}, *_]} | {"data": {"error": {"message": text}}}:
            return text
        case {"data": {"error": str(text)}} | {"detail": text} | {"message": text} | {"data": str(text)}:
            return text
        case _:
            return ""


def test_every_recorded_refusal_has_its_class(facts: Path) -> None:
    entries = recorded(facts)
    found = {number: error_from(as_reply(entry), "GET 3/x", NOW) for number, entry in enumerate(entries)}
    assert EXPECTED.keys() == found.keys(), "the table above has a row for each entry"
    kinds = {number: type(error) if error else None for number, error in found.items()}
    wrong = {
        f"{number} ({entries[number]['status']} {words(entries[number]['body'])})": f"{kind}, not {EXPECTED[number]}"
        for number, kind in kinds.items()
        if kind is not EXPECTED[number]
    }
    assert not wrong


def test_every_recorded_refusal_is_reported_in_imgurs_words(facts: Path) -> None:
    for entry in recorded(facts):
        error = error_from(as_reply(entry), "GET 3/x", NOW)
        if error is not None:
            assert words(entry["body"]) in error.text
            assert error.text in str(error)
            assert error.request == "GET 3/x"


def test_recorded_successes_are_no_errors(facts: Path) -> None:
    for path in (facts / "samples").glob("*.json"):
        if "error" in path.name or "missing" in path.name:
            continue
        answer = Reply(200, {}, path.read_bytes())
        assert error_from(answer, "GET 3/x", NOW) is None, path.name
        payload(answer, "GET 3/x")


# ---- the shapes of no


@pytest.mark.parametrize(
    ("status", "body", "kind", "text"),
    [
        (400, b'{"data":{"error":"no"},"success":false,"status":400}', InvalidParameterError, "no"),
        (400, b'{"data":{"error":{"code":7,"message":"no"}},"success":false}', InvalidParameterError, "no"),
        (429, b'{"errors":[{"code":"429","detail":"no"}]}', RateLimitError, "no"),
        (429, b'{"errors":[{"code":"429","detail":"no"}]}\n{"errors":[{"detail":"second"}]}', RateLimitError, "no"),
        (413, b'{"id":"x","code":413,"detail":"no","status":"Too Large"}', TooLargeError, "no"),
        (500, b'{"data":"no","success":false,"status":500}', ImgurIsDownException, "no"),
        (400, b'{"data":false,"success":false,"status":400}', InvalidParameterError, "Imgur gave no reason"),
        (401, b'{"message":"no"}', AuthenticationError, "no"),
        (400, b'{"error":"invalid_grant","error_description":"Token revoked"}', AuthenticationError, "Token revoked"),
        (400, b'{"error":"invalid_grant"}', AuthenticationError, "invalid_grant"),
        (401, b'{"error":"invalid_client","error_description":""}', AuthenticationError, "invalid_client"),
        (400, b'{"error":"invalid_request","error_description":7}', InvalidParameterError, "invalid_request"),
        (400, b'{"error":"x","error_uri":"https://e.example"}', InvalidParameterError, "x"),
        (200, b'{"error":"access_denied","error_description":"no"}', AuthenticationError, "no (access_denied)"),
        (400, b'{"data":{"error":"Imgur says"},"error":"invalid_grant"}', InvalidParameterError, "Imgur says"),
        (200, b'{"data":{"error":"Comment not found"},"success":true,"status":200}', ResourceNotFoundError, "Comment"),
        (404, b"<html><head><title>the simple\n404 page</title>", ResourceNotFoundError, "the simple 404 page"),
        (503, b"<html>" + b"x" * 5000, ImgurIsDownException, "xxx"),
        (502, b"", ImgurIsDownException, "an empty response"),
        (400, b"<data success='0'><error>no</error></data>", InvalidParameterError, "no"),
        (302, b"", UnexpectedImgurException, "an empty response"),
        (418, b"{}", UnexpectedImgurException, "{}"),
        (599, b"\xff\xfe", ImgurIsDownException, ""),
    ],
)
def test_each_way_to_say_no_is_heard(status: int, body: bytes, kind: type[AnswerError], text: str) -> None:
    error = error_from(Reply(status, {}, body), "GET 3/x", NOW)
    assert type(error) is kind
    assert error is not None
    assert text in error.text
    assert len(str(error)) < 500


def test_an_error_of_rfc_6749_is_a_sentence_and_a_next_step() -> None:
    body = b'{"error":"invalid_grant","error_description":"Refresh token revoked","error_uri":"https://e.example"}'
    error = error_from(Reply(400, {}, body), "POST oauth2/token", NOW)
    assert error is not None
    assert error.text == "Refresh token revoked (invalid_grant)"
    assert "the user has to authorize again" in error.sentence
    assert "{" not in error.sentence


@pytest.mark.parametrize("body", [b"", b"<!doctype html><title>Down</title>", b"\x00\xff", b"[1,", b"[" * 100_000])
def test_a_success_that_is_no_document_is_unexpected(body: bytes) -> None:
    answer = Reply(200, {}, body)
    assert error_from(answer, "GET 3/x", NOW) is None
    with pytest.raises(UnexpectedImgurException, match="no JSON"):
        payload(answer, "GET 3/x")


def test_what_an_answer_carries_may_stand_in_an_envelope_or_alone() -> None:
    assert payload(reply([1]), "") == [1]
    assert payload(Reply(200, {}, b'{"access_token":"x"}'), "") == {"access_token": "x"}
    assert payload(Reply(200, {}, b"[2]"), "") == [2]


@pytest.mark.parametrize(
    ("text", "after", "at"),
    [
        ("Please wait 59 more minutes.", None, NOW + 59 * 60),
        ("no", "30", NOW + 30),
        ("no", "Mon, 12 Jan 1970 13:46:41 GMT", NOW + 1),
        ("no", "soon", None),
        ("no", "", None),
        ("no", None, None),
        ("no", "9" * 40, None),
    ],
)
def test_when_to_come_back_is_in_the_header_or_the_sentence(text: str, after: str | None, at: float | None) -> None:
    headers = {} if after is None else {"retry-after": after}
    error = error_from(Reply(429, headers, enveloped({"error": text}, 429)), "", NOW)
    assert error is not None
    assert error.retry_at == at


@pytest.mark.parametrize(
    ("sent", "got"),
    [
        (b'"\\ud83d"', "?"),  # half an emoji, cut off by a database
        (b'"a \\udc00 b"', "a ? b"),
        (b'"caf\xe9"', "caf?"),
        (b'"caf\xc3\xa9 \\ud83d\\ude00"', "caf\xe9 \U0001f600"),
    ],
)
def test_what_is_no_text_spoils_nothing_else(sent: bytes, got: str) -> None:
    """One bad title among sixty would be no page at all."""
    body = b'{"data":[{"id":"a","title":' + sent + b'},{"id":"b","title":"fine"}],"success":true,"status":200}'
    assert [item["title"].replace("\ufffd", "?") for item in payload(Reply(200, {}, body), "")] == [got, "fine"]


def test_a_document_behind_a_mark_of_byte_order_is_one() -> None:
    assert payload(Reply(200, {}, b'\xef\xbb\xbf{"data":1}'), "") == 1


def test_an_errors_words_do_nothing_to_a_terminal() -> None:
    words = "no \x1b[2J\x00\x9b31m\u202e\r\n way" + "y" * 100_000
    error = error_from(Reply(400, {}, enveloped({"error": words}, 400)), "GET 3/x", NOW)
    assert error is not None
    assert str(error).isprintable()
    assert error.text.split()[:3] == ["no", "[2J", "31m"]
    assert len(error.text) == 1000


# ---- whatever comes

texts = st.text(max_size=8) | st.sampled_from(["", "0", "²", "nan", "http://[", "http://h/a", "../x", "1" * 5000])
numbers = st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.just(10**30)
documents = st.recursive(
    st.none() | st.booleans() | numbers | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)
names = sorted({*fields(Image), *fields(Album), *fields(User), "favorite", "nsfw"} - {"raw"})
things = st.dictionaries(st.sampled_from([*names, "brand_new", "raw", "_loaded"]), documents, max_size=6)
envelopes = (
    documents
    | st.fixed_dictionaries({"data": documents | things}, optional={"success": documents, "status": documents})
    | st.fixed_dictionaries({"data": st.fixed_dictionaries({"error": documents})}, optional={"success": documents})
    | st.fixed_dictionaries({"errors": documents | st.lists(documents, max_size=2)})
    | st.fixed_dictionaries({"detail": documents}, optional={"code": documents})
)
bodies = st.binary(max_size=64) | envelopes.map(lambda value: json.dumps(value).encode())
statuses = st.integers(100, 999) | st.sampled_from([200, 200, 200, 401, 403, 429])
header_names = st.sampled_from(
    ["retry-after", "x-ratelimit-userremaining", "x-ratelimit-userreset", "x-post-rate-limit-reset", "content-type"]
)
headers = st.dictionaries(header_names, st.text(st.characters(max_codepoint=255), max_size=8) | st.just("9" * 50))
replies = st.builds(Reply, statuses, headers, bodies)


class _Nobody:
    """A executor that fetches nothing."""

    state = ClientState(client_id="abc123")

    def missing(self, obj: Any, name: str) -> None:
        raise exceptions.NotLoaded(name)


def _read(thing: Any) -> Iterator[object]:
    """Reads whatever a result offers to be read."""
    for item in thing if isinstance(thing, list) else [thing]:
        if isinstance(item, Object):
            yield from (repr(item), hash(item), item == item, vars(item))
            for name in dir(item):
                if not callable(getattr(type(item), name, None)) and not name.startswith("_"):
                    yield getattr(item, name, None)


@pytest.mark.parametrize("into", [Image, Album, User, list[Image], dict[str, Any], bool, str, int])
@given(answer=replies)
@settings(max_examples=50)
@example(answer=Reply(200, {}, b'{"data":{"link":"http://[","id":"a/b"}}'))
@example(answer=Reply(200, {}, b'{"data":{"link":"","id":"x"}}'))
@example(answer=Reply(200, {}, b'{"data":{"link":"http://h/x.png","id":""}}'))
@example(answer=Reply(200, {}, b'{"data":{"width":' + b"9" * 5000 + b"}}"))
@example(answer=Reply(200, {}, b'{"data":{"title":' + b"9" * 300 + b"}}"))
def test_any_answer_gives_a_result_or_one_of_our_errors(into: Any, answer: Reply) -> None:
    executor: Any = _Nobody()
    executor.state = ClientState(client_id="abc123", retries=0, clock=lambda: NOW)
    played = play(flow.execute(executor, Request("GET", "3/x", into)), answer)
    with contextlib.suppress(ImgurError):
        list(_read(played.value))
    if isinstance(played.error, AnswerError):
        assert len(str(played.error)) < 500 + len(played.error.text)
        assert played.error.request == "GET 3/x"


@given(document=documents | st.fixed_dictionaries({"access_token": documents}, optional={
    "refresh_token": documents, "expires_in": documents | texts, "account_id": documents | texts,
    "account_username": documents,
}))  # fmt: skip
@settings(max_examples=150)
@example(document={"access_token": "a", "expires_in": "²"})
@example(document={"access_token": "a", "expires_in": 10**18})
@example(document={"access_token": "a", "account_id": True})
def test_any_token_document_gives_a_token_or_one_of_our_errors(document: Any) -> None:
    try:
        token = Token.from_data(document)
    except ImgurError:
        return
    assert token.access_token
    assert "access_token" not in repr(token)
    ClientState(clock=lambda: NOW).accept(token)


@given(hint=st.sampled_from([str, int, float, bool, str | None, int | None, list[str], dict[str, int]]), data=documents)
@settings(max_examples=150)
@example(hint=str, data=10**400)
@example(hint=int, data=float("inf"))
def test_a_field_of_any_type_becomes_one_of_its_own(hint: Any, data: Any) -> None:
    value = decode(hint, data, _Nobody())  # pyright: ignore[reportArgumentType]
    kinds = getattr(hint, "__args__", None) if type(None) in getattr(hint, "__args__", ()) else None
    assert isinstance(value, kinds or getattr(hint, "__origin__", hint))


raw_answers = st.binary(max_size=80) | st.builds(
    lambda status, lines, body: b"HTTP/1.1 %d X\r\n" % status + b"".join(lines) + b"\r\n" + body,
    st.integers(0, 1100),
    st.lists(
        st.sampled_from(
            [
                b"Content-Length: 5\r\n", b"Content-Length: -1\r\n", b"Content-Length: x\r\n", b"Location: //\r\n",
                b"Transfer-Encoding: chunked\r\n", b"Content-Encoding: gzip\r\n", b"Content-Encoding: nonsense\r\n",
                b"Content-Type: text/html\r\n", b"\xff: \xff\r\n", b"Content-Length: 99999999999999999999\r\n",
                b"X-RateLimit-UserReset: \xb2\r\n", b"no colon\r\n", b"Retry-After: \xb2\r\n",
            ]
        ),
        max_size=3,
    ),
    bodies,
)  # fmt: skip


@both
def test_any_bytes_on_the_wire_give_a_result_or_one_of_our_errors(drive: type[Driven]) -> None:
    answers: list[bytes] = []

    def handle(wire: Any) -> None:
        wire.send(answers[-1])
        wire.hang_up()

    with serving(handle) as server, drive(server.url, retries=0, timeout=5) as it:

        @given(raw=raw_answers)
        @settings(max_examples=80)
        @example(raw=b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\nno gzip")
        @example(raw=b"HTTP/1.1 101 Switching\r\n\r\n")
        def check(raw: bytes) -> None:
            answers.append(raw)
            try:
                it.run(it.im.get_image("x"))
            except ImgurError as error:
                assert not any(secret in str(error) for secret in SECRETS)  # noqa: PT017

        check()


# ---- errors as values

CLASSES = [kind for name, kind in vars(exceptions).items() if isinstance(kind, type) and kind.__name__ == name]
ERRORS = [kind for kind in CLASSES if issubclass(kind, ImgurError)]


@pytest.mark.parametrize("kind", ERRORS, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("again", [copy.copy, copy.deepcopy, lambda error: pickle.loads(pickle.dumps(error))])
def test_every_error_can_be_copied_and_sent_to_another_process(kind: type[ImgurError], again: Any) -> None:
    if issubclass(kind, AnswerError):
        error = kind("no", request="GET 3/x", status=429, code=7, retry_at=NOW, hint="wait")
    elif issubclass(kind, exceptions.NoAnswerError):
        error = kind("no", request="GET 3/x", sent=True)
    else:
        error = kind("no", request="GET 3/x")
    other = again(error)
    assert type(other) is kind
    assert (str(other), vars(other)) == (str(error), vars(error))
    assert error.sentence.startswith("GET 3/x: ")


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (400, "400: Imgur ERROR message: no"),
        (403, "403: Imgur ERROR message: no"),
        (409, "409: Imgur ERROR message: no"),
        (429, "429: Imgur ERROR message: no"),
        (404, "GET 3/x: 404 no"),
        (503, "GET 3/x: 503 no"),
    ],
)
def test_what_pyimgur_said_is_said_to_the_letter_and_a_traceback_names_the_call(status: int, words: str) -> None:
    """Programs written for PyImgur compare its text; a 404, and a server that is down, it told otherwise."""
    error = error_from(reply({"error": "no"}, status), "GET 3/x", NOW)
    assert error is not None
    assert str(error) == words
    assert f"GET 3/x: {status} no" in "".join(traceback.format_exception(error))


@pytest.mark.parametrize(
    ("headers", "until", "said"),
    [
        ({"x_ratelimit_userremaining": "0", "x_ratelimit_userreset": "3600"}, NOW + 3600, "again in 60 min"),
        ({"x_ratelimit_clientremaining": "0", "x_ratelimit_clientreset": "90"}, NOW + 90, "again in 90 s"),
        ({"x_post_rate_limit_remaining": "0", "x_post_rate_limit_reset": "1200"}, NOW + 1200, "again in 20 min"),
        ({"retry_after": "7", "x_ratelimit_userremaining": "0", "x_ratelimit_userreset": "9"}, NOW + 7, "again in 7 s"),
        ({"x_ratelimit_userremaining": "5", "x_ratelimit_userreset": "3600"}, None, "429 no"),
    ],
)
def test_too_many_calls_say_when_to_come_back(headers: dict[str, str], until: float | None, said: str) -> None:
    error = error_from(reply({"error": "no"}, 429, **headers), "GET 3/x", NOW)
    assert error is not None
    assert error.retry_at == until
    assert said in error.sentence


def test_what_is_said_before_asking_is_said_whole() -> None:
    error = exceptions.ArgumentError("size must be one of these", request="GET 3/x")
    assert (str(error), error.sentence) == ("GET 3/x: size must be one of these",) * 2
    unreadable = exceptions.UnreadableAnswerError("a web page", request="GET 3/x", status=200)
    assert str(unreadable) == unreadable.sentence == "GET 3/x: 200 a web page"


# ---- no secret in any message


@pytest.mark.parametrize("call", ["exchange_pin", "refresh_access_token", "get_image"])
@both
def test_no_error_tells_a_secret_even_if_the_server_does(drive: type[Driven], call: str) -> None:
    """A debugging page, or a proxy's, that repeats what it was sent."""

    def handle(wire: Any) -> None:
        wire.answer(f"cannot do {wire.authorization} {wire.body().decode()}".encode(), 400)

    application, access, refresh = SECRETS
    pin = "s3cret-pin"
    with serving(handle) as server, drive(server.url, access_token=access, refresh_token=refresh, retries=0) as it:
        arguments = {"exchange_pin": [pin], "get_image": ["x"]}.get(call, [])
        with pytest.raises(ImgurError) as raised:
            it.run(getattr(it.im, call)(*arguments))
    told = f"{raised.value} {raised.value!r} {vars(raised.value)}"
    assert not [secret for secret in (application, access, refresh, pin) if secret in told]


HASH = "d3l3tehash12345"


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b'{"access_token":"n3w-access","refresh_to', "40 bytes of type application/json (no JSON)"),
        (b"access_token=n3w-access&expires_in=3600", "39 bytes of type text/plain (no JSON)"),
        (b'{"data":{"id":"abc","deletehash":"' + HASH.encode(), "49 bytes of type text/html (no JSON)"),
        (b"<title>Welcome</title>", "a web page: Welcome (no JSON)"),
        (b"", "an empty response (no JSON)"),
    ],
)
def test_a_yes_that_cannot_be_read_is_not_shown(body: bytes, said: str) -> None:
    """It holds what nobody knows yet to be secret."""
    kind = said.partition("of type ")[2].partition(" ")[0] or "text/html"
    with pytest.raises(exceptions.UnreadableAnswerError) as raised:
        payload(Reply(200, {"content-type": f"{kind}; charset=utf-8"}, body), "POST 3/x")
    assert str(raised.value) == f"POST 3/x: 200 {said}"


@given(st.integers(0, 250))
def test_a_secret_is_hidden_before_a_refusal_is_cut(place: int) -> None:
    secret = "s3cret-that-is-forty-characters-long-in-all"
    error = error_from(Reply(400, {}, b"x" * place + secret.encode()), "GET 3/x", NOW, [secret])
    assert error is not None
    assert "s3cret" not in error.sentence


@pytest.mark.parametrize(
    "ask",
    [
        lambda im: im.send_request(f"3/image/{HASH}"),
        lambda im: im.create_album(images=[HASH]),
        lambda im: im.album("x").set_images([HASH]),
        lambda im: im.upload_image(url=f"https://imgur.com/delete/{HASH}"),
        lambda im: im.get_pictures(f"https://imgur.com/delete/{HASH}"),
        lambda im: im.image(HASH).update("T"),
    ],
)
@pytest.mark.parametrize("user", [None, "a-token"])
@both
def test_no_error_repeats_a_delete_hash(drive: type[Driven], user: str | None, ask: Any) -> None:
    def handle(wire: Any) -> None:
        wire.data({"error": f"cannot do {wire.path} {wire.body().decode()}"}, 400)

    with serving(handle) as server, drive(server.url, access_token=user) as it:
        with pytest.raises(ImgurError) as raised:
            it.run(ask(it.im))
        assert HASH not in repr(it.im.image(HASH))
    assert HASH not in f"{raised.value}{raised.value!r}{vars(raised.value)}"


@both
def test_no_error_tells_a_delete_hash(drive: type[Driven]) -> None:
    """It is all that it takes to delete the picture."""
    with serving(lambda wire: wire.data({"error": "no"}, 400)) as server, drive(server.url) as it:
        image = Image({"id": "abc", "deletehash": "d3l3tehash12345"}, it.im)
        with pytest.raises(AnswerError) as raised:
            it.run(image.delete())
    assert "d3l3tehash12345" not in f"{raised.value}{raised.value!r}{vars(raised.value)}"


def test_parameters_are_in_no_message() -> None:
    for request in (get("3/x", dict, q="s3cret"), post("3/x", dict, q="s3cret")):
        assert "s3cret" not in f"{request} {request!r}"
