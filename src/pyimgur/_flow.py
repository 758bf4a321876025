"""What may happen around a call: token, refresh, retries, errors. Steps, without any I/O.

Each function here is a generator: it yields what to do next (an `Exchange`, a `Sleep`, a
`Refresh`), is sent what came of it, and returns its result. So the whole policy runs in a test
without network, clock or event loop, and both drivers carry out the same one.
"""

from __future__ import annotations

import platform
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from typing import TYPE_CHECKING, Any, TypeVar, cast

import msgspec

from . import oauth
from ._answer import failure, payload
from ._decode import decode
from ._media import Progress, multipart
from ._request import Request, Who, asking, encoded, is_deletehash
from ._state import State
from ._steps import Body, Exchange, Flow, Found, Keep, Refresh, Reply, Series, Sleep, Walk
from ._version import __version__
from .exceptions import (
    ArgumentError,
    DeadlineError,
    ImgurError,
    NoAnswerError,
    NotAuthorizedError,
    RateLimitError,
    UnreadableAnswerError,
    UploadUncertain,
)
from .oauth import Token

if TYPE_CHECKING:
    from ._endpoint import Runner

R = TypeVar("R")
T = TypeVar("T")

USER_AGENT = f"pyimgur/{__version__} (Python {platform.python_version()})"
RETRY_STATUS = frozenset({500, 502, 503, 504})
FIRST_PAUSE = 1.0
"""Seconds before a call is sent again; twice as long each further time."""
MOST_REPEATS = 20
"""How often a page may come again that holds one thing twice: stand-ins for servers, in tests, send such pages."""
SHORTEST_SECRET = 6
"""Characters; anything shorter may be part of a word."""
_OF_TOKENS = frozenset({401, 403, 429})
"""What may be said about a token."""
_TOKEN_SENTENCE = b"access token provided"
_GATEWAY_SENTENCE = b"too many requests"
_NO_TOKEN: frozenset[Who] = frozenset({"app", "nobody"})
"""Whose calls are made without the user's token."""


def call(runner: Runner, request: Request[T], progress: Progress | None = None) -> Flow[T]:
    """One API call, from description to result."""
    reply = yield from send(runner.state, request, progress)
    data = payload(reply, request)
    fields = cast("dict[str, Any]", data) if isinstance(data, dict) else {}
    if request.known:  # an answer may be no more than `true`
        data = {**fields, **{name: value for name, value in request.known.items() if fields.get(name) is None}}
    elif request.within is not None and fields:
        data = fields.get(request.within)
    if data is None and request.into is bool:
        data = True  # done, with nothing to say
    result = decode(request.into, data, runner)
    if request.method == "GET" and hasattr(result, "_loaded"):
        result._loaded = True  # what was asked for by itself came whole: what it lacks, Imgur does not have
    if request.then is not None:
        request.then()
    return result


def walk(runner: Runner, wanted: Request[list[T]] | Series[T], limit: int | None) -> Walk[T]:
    """What a listing or a series gives, one by one, up to so many; all of it for None, and for less than none."""
    found = wanted.walk() if isinstance(wanted, Series) else _pages(runner, wanted)
    return found if limit is None or limit < 0 else up_to(limit, found)


def _pages(runner: Runner, request: Request[list[T]]) -> Walk[T]:
    """Page after page, until one is empty, or the same again: then the server does not look at the page's number."""
    if request.pages is None:
        yield from map(Found, (yield from call(runner, request)))
        return
    number, repeats, last = request.pages.first, 0, list[T]()
    while items := (yield from call(runner, request.page(number))):
        repeats = repeats + 1 if items == last or _sent(items) == _sent(last) else 0
        if repeats and (repeats == MOST_REPEATS or len(set(items)) == len(items)):
            return
        yield from map(Found, items)
        number, last = number + 1, items


def _sent(items: list[Any]) -> list[object]:
    """What Imgur sent for them; of a kind without ids, no two are equal."""
    return [getattr(item, "raw", item) for item in items]


def ahead(walk: Walk[T]) -> Flow[list[T]]:
    """The walk's next thing, or none at its end."""
    try:
        step = next(walk)
        while not isinstance(step, Found):
            try:
                answer = yield step
            except ImgurError as error:
                step = walk.throw(error)
            else:
                step = walk.send(answer)
    except StopIteration:
        return []
    return [step.item]


def up_to(limit: int, walk: Walk[T]) -> Walk[T]:
    """The first things of a walk; it goes no further than to the last of them."""
    with closing(walk):
        for _ in range(limit):
            if not (found := (yield from ahead(walk))):
                return
            yield from map(Found, found)


def in_batches(walk: Walk[T], size: int, then: Callable[[list[T]], Walk[R]]) -> Walk[R]:
    """What `then` finds with so many things of a walk at a time; where the walk fails, with those before that first."""
    failed: ImgurError | None = None
    whole = True
    with closing(walk):
        while whole:
            batch: list[T] = []
            try:
                while len(batch) < size and (found := (yield from ahead(walk))):
                    batch += found
            except ImgurError as error:
                failed = error
            if batch:
                yield from then(batch)
            whole = len(batch) == size
    if failed is not None:
        raise failed


def send(state: State, request: Request[Any], progress: Progress | None = None) -> Flow[Reply]:
    """One API call with everything that may happen around it; what comes back is a success."""
    waited = 0.0
    while True:
        reply = yield from answer(state, request, progress)
        if (error := failure(reply, request, state.clock(), _secrets(state, request))) is None:
            return reply
        if request.ended:
            error.add_note(f"Imgur dropped this call in {request.ended}, and may not answer it any more")
        if not isinstance(error, RateLimitError) or not _again(request) or waited >= state.limits.longest:
            raise error
        waited += yield from _wait(state, error)


def answer(state: State, request: Request[Any], progress: Progress | None = None) -> Flow[Reply]:
    """What Imgur says to a call, yes or no: with a fresh token, and again where that does no harm."""
    _check_user(state, request)
    yield from _make_room(state, request)
    try:
        if state.stale and state.can_refresh and request.who not in _NO_TOKEN:
            yield Refresh(state.access_token)
        reply, token = yield from _attempt(state, request, progress)
        if token is not None and (yield from _replaced(state, token, reply)) and _again(request):
            reply, _ = yield from _attempt(state, request, progress)
    except BaseException as error:
        state.credits.lost(request.cost, begun=not isinstance(error, ArgumentError) and getattr(error, "begun", True))
        raise
    state.credits.told(request.cost, reply.headers, state.clock())
    return reply


def _secrets(state: State, request: Request[Any]) -> Iterator[str]:
    """What must not be shown even if the answer repeats it; looked for only where there is something to show."""
    ours = (state.access_token, state.refresh_token, state.client_secret, state.gateway_key)
    proofs = request.params.values() if request.who == "nobody" else filter(is_deletehash, request.params.values())
    yield from (text for text in (*ours, *proofs) if isinstance(text, str) and len(text) >= SHORTEST_SECRET)


def _make_room(state: State, request: Request[Any]) -> Flow[None]:
    """Nothing, while there are credits for this call; else what the policy says."""
    cost = request.cost
    until = state.credits.take(cost, state.clock(), even_if_none=state.limits.policy == "ignore")
    if until is not None:
        text = f"the credits are used up, and this call costs {cost}"
        yield from _wait(state, RateLimitError(text, request=str(request), retry_at=until))
        state.credits.take(cost, state.clock(), even_if_none=True)


def _wait(state: State, error: RateLimitError) -> Flow[float]:
    """Wait until there is room again, if the policy allows so long a wait; gives the seconds."""
    seconds = 60.0 if error.retry_at is None else max(1.0, error.retry_at - state.clock())
    if state.limits.policy != "wait" or seconds > state.limits.longest:
        raise error
    if state.limits.on_wait is not None:
        state.limits.on_wait(seconds, error.message)
    yield Sleep(seconds)
    return seconds


def _attempt(state: State, request: Request[Any], progress: Progress | None) -> Flow[tuple[Reply, str | None]]:
    """Send until there is an answer worth reading, as often as that is safe; also the token that was sent."""
    for pause in pauses(state.retries):
        token = _token_for(state, request.who)
        last = pause is None
        try:
            reply: Reply = yield prepare(state, request, token, progress)
        except NoAnswerError as error:
            if last or isinstance(error, DeadlineError) or not (request.safe or (_again(request) and not error.sent)):
                if request.file is None or not error.sent:
                    raise  # with the cause it has
                raise _uncertain(request, request.file.name, error) from error
        else:
            if last or reply.status not in RETRY_STATUS or not request.safe:
                return reply, token
        yield Sleep(pause or 0)
    raise AssertionError("the last attempt returns or raises")


def pauses(retries: int) -> Iterator[float | None]:
    """The pause after each attempt, longer each time; None after the last."""
    yield from (FIRST_PAUSE * 2**n for n in range(retries))
    yield None


def _again(request: Request[Any]) -> bool:
    """Whether the message can be made a second time: a stream that cannot go back is read only once."""
    return request.file is None or request.file.repeatable


def _uncertain(request: Request[Any], name: str, error: NoAnswerError) -> UploadUncertain:
    """The error to raise for the lost answer to an upload that may have arrived."""
    return UploadUncertain(
        f"{name!r} was sent whole and no answer came ({error.message}): it may be there, "
        "so it was not sent again; look at the account's newest images first",
        request=str(request),
        sent=True,
    )


def _check_user(state: State, request: Request[Any]) -> None:
    """Refuse what would be sent as nobody's, and is a user's; what Imgur dropped, another server may give to anybody.

    Raises:
        NotAuthorizedError: nothing was sent.
    """
    if state.access_token is not None or request.who in _NO_TOKEN:
        return
    if state.refresh_token and not state.client_secret:
        text = "a refresh token is good for nothing without the application's client_secret"
        raise NotAuthorizedError(text, request=str(request))
    if request.who == "user" and not state.can_refresh and not request.ended:
        raise NotAuthorizedError("a user has to authorize this program first", request=str(request))


def _replaced(state: State, token: str, reply: Reply) -> Flow[bool]:
    """Whether this answer was about the token, and there is another now."""
    if reply.status not in _OF_TOKENS or not state.can_refresh:
        return False
    said = reply.body.lower()
    if reply.status == 401 or (reply.status == 403 and _TOKEN_SENTENCE in said):  # other 403s: what the user may do
        yield Refresh(token)
        return True
    # In 2025 Imgur's gateway also said 429 to tokens that had ended, and no more than that.
    bare = reply.status == 429 and _GATEWAY_SENTENCE in said and "retry-after" not in reply.headers
    if not bare or (state.trusted and token == state.access_token):
        return False
    try:
        yield Refresh(token, doubted=True)
    except ImgurError:  # it was about the limit, or nothing can be done
        return False
    return token != state.access_token


def _token_for(state: State, who: Who) -> str | None:
    return None if who in _NO_TOKEN else state.access_token


def prepare(
    state: State, request: Request[Any], token: str | None = None, progress: Progress | None = None
) -> Exchange:
    """The HTTP message of a call: where it goes, who asks, and what it carries."""
    headers = {"Accept": "application/json", "Accept-Encoding": "gzip", "User-Agent": USER_AGENT, **request.headers}
    if token is not None:
        headers["Authorization"] = _carried(f"Bearer {token}", "access token", request)
    elif request.who != "nobody":
        headers["Authorization"] = _carried(f"Client-ID {state.client_id}", "client_id", request)
    base, body = state.site.api, None
    if state.gateway is not None and request.who != "nobody":
        base = state.gateway
        key = _carried(state.gateway_key or "", "rapidapi_key", request)
        headers["X-Mashape-Key"] = headers["X-RapidAPI-Key"] = key
    url = f"{base}/{request.target}"
    fields = request.fields
    if request.file is not None:
        body = multipart(fields, request.file, progress, request.part)
    elif request.method in {"POST", "PUT"}:
        body = json_body(fields) if request.json else form_body(encoded(fields).encode())
    else:
        url = asking(url, fields)
    return Exchange(request.method, url, str(request), headers, body)


def _carried(value: str, name: str, request: Request[Any]) -> str:
    """This, if a header can carry it; what it is stays unsaid, for the HTTP library would say it.

    Raises:
        ArgumentError: nothing was sent.
    """
    if value.isascii() and value.isprintable() and value == value.strip():
        return value
    what = "is empty, or holds what no header can carry, such as the end of a line"
    raise ArgumentError(f"the {name} {what}", request=str(request), hint="was it read from a file? strip() it")


def form_body(data: bytes) -> Body:
    """A form that is written already."""
    return Body("application/x-www-form-urlencoded", len(data), lambda: (data,))


def json_body(fields: Mapping[str, object]) -> Body:
    """Fields as a JSON document.

    Raises:
        ArgumentError: there is a text that no document can hold.
    """
    try:
        data = msgspec.json.encode(fields)
    except UnicodeEncodeError:
        raise ArgumentError("one of these texts holds half a surrogate pair, which no document can hold") from None
    return Body("application/json", len(data), lambda: (data,))


# ---- tokens


def trade(state: State, grant_type: str, **proof: str) -> Flow[Token]:
    """The token that a pin, a code or a refresh token is good for; not in use yet."""
    if not state.client_secret:
        raise NotAuthorizedError("this needs the application's client_secret: Imgur(client_id, client_secret)")
    request = oauth.exchange(grant_type, client_id=state.client_id, client_secret=state.client_secret, **proof)
    reply = yield from send(state, request)
    return Token.from_data(payload(reply, request))


def use(state: State, token: Token) -> Flow[Token]:
    """Act with this token from now on, and keep it."""
    state.accept(token)
    yield Keep()
    return token


def refresh(state: State) -> Flow[Token]:
    """A new access token.

    Raises:
        NotAuthorizedError: there is no refresh token.
        AuthenticationError: Imgur knows it no more; the user has to authorize again.
    """
    if not (used := state.refresh_token):
        raise NotAuthorizedError("there is no refresh token: authorize by pin or code first")
    try:
        token = yield from trade(state, "refresh_token", refresh_token=used)
    except ImgurError:
        state.trust()  # before anybody else who doubts it has a turn
        raise
    if state.refresh_token == used:  # nobody made the client act for another user meanwhile
        state.renew(token)
        yield Keep()
    return token


def authorize(state: State, grant_type: str, **proof: str) -> Flow[oauth.Tokens]:
    """Trade a pin or a code for both tokens."""
    token = yield from trade(state, grant_type, **proof)
    if token.refresh_token is None:
        raise UnreadableAnswerError("the answer holds no refresh token", request="POST oauth2/token")
    yield from use(state, token)
    return oauth.Tokens(token.access_token, token.refresh_token)
