"""What may happen around a call: token, refresh, retries, errors. Steps, without any I/O.

Each function here is a generator: it yields what to do next (an `HTTPRequest`, a `Sleep`, a
`Refresh`), is sent what came of it, and returns its result. So the whole policy runs in a test
without network, clock or event loop, and both drivers carry out the same one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, TypeVar, cast

from .._core.decode import decode
from .._core.effects import Flow, Refresh, Reply, Sleep
from .._core.executor import Executor
from .._core.request import DELETEHASH_LENGTH, Request, Who
from .._core.source import Progress
from ..budget import again_in
from ..exceptions import (
    ArgumentError,
    DeadlineError,
    ImgurError,
    NoAnswerError,
    NotAuthorizedError,
    RateLimitError,
    UploadUncertain,
)
from ..lists import ItemList
from .client_state import ClientState
from .request_builder import build_http_request
from .responses import error_from, payload

T = TypeVar("T")

RETRY_STATUS = frozenset({500, 502, 503, 504})
FIRST_PAUSE = 1.0
"""Seconds before a call is sent again; twice as long each further time."""
SHORTEST_SECRET = 6
"""Characters; anything shorter may be part of a word."""
_DELETEHASH = re.compile(rf"(?<![A-Za-z0-9])[A-Za-z0-9]{{{DELETEHASH_LENGTH}}}(?![A-Za-z0-9])")
"""Whatever looks like one, wherever it stands in what was asked."""
_OF_TOKENS = frozenset({401, 403, 429})
"""What may be said about a token."""
_TOKEN_SENTENCE = b"access token provided"
_GATEWAY_SENTENCE = b"too many requests"
_NO_TOKEN: frozenset[Who] = frozenset({"app", "nobody"})
"""Whose calls are made without the user's token."""


def execute(runner: Executor, request: Request[T], progress: Progress | None = None) -> Flow[T]:
    """One API call, from description to result."""
    reply = yield from with_rate_limit(runner.state, request, progress)
    data = payload(reply, request)
    fields = cast("dict[str, Any]", data) if isinstance(data, dict) else {}
    if request.known:  # an answer may be no more than `true`
        data = {**fields, **{name: value for name, value in request.known.items() if fields.get(name) is None}}
    elif request.within is not None and fields:
        data = fields.get(request.within)
    if data is None and request.into is bool:
        data = True  # done, with nothing to say
    result = _marked(decode(request.into, data, runner), fields)
    if request.method == "GET" and hasattr(result, "_loaded"):
        result._loaded = True  # what was asked for by itself came whole: what it lacks, Imgur does not have
    if request.then is not None:
        request.then(result)
    return result


def _marked(result: Any, fields: dict[str, Any]) -> Any:
    """Return the result; a list that Imgur says to go on elsewhere says so too."""
    if fields.get("next") and isinstance(result, list):
        return ItemList(cast("list[Any]", result), has_more=True)
    return result


def with_rate_limit(state: ClientState, request: Request[Any], progress: Progress | None = None) -> Flow[Reply]:
    """One API call with everything that may happen around it; what comes back is a success."""
    waited = 0.0
    while True:
        reply = yield from with_token(state, request, progress)
        dropped = f"Imgur dropped this call in {request.ended}" if request.ended else ""
        if (error := error_from(reply, request, state.clock(), _secrets(state, request), dropped)) is None:
            return reply
        if not isinstance(error, RateLimitError) or not _resendable(request) or waited >= state.limits.longest:
            raise error
        waited += yield from _wait(state, error)


def with_token(state: ClientState, request: Request[Any], progress: Progress | None = None) -> Flow[Reply]:
    """What Imgur says to a call, yes or no: with a fresh token, and again where that does no harm."""
    _check_user(state, request)
    yield from _reserve_credits(state, request)
    try:
        if state.needs_refresh and state.can_refresh and request.who not in _NO_TOKEN:
            yield Refresh(state.access_token)
        reply, token = yield from with_retries(state, request, progress)
        if token is not None and (yield from _refresh_after(state, token, reply)) and _resendable(request):
            reply, _ = yield from with_retries(state, request, progress)
    except BaseException as error:
        state.credits.release(
            request.cost, begun=not isinstance(error, ArgumentError) and getattr(error, "begun", True)
        )
        raise
    state.credits.commit(request.cost, reply.headers, state.clock())
    return reply


def _secrets(state: ClientState, request: Request[Any]) -> Iterator[str]:
    """What must not be shown even if the answer repeats it; looked for only where there is something to show."""
    ours = (state.access_token, state.refresh_token, state.client_secret, state.gateway_key)
    asked = " ".join(map(str, (request.path, *request.params.values())))
    proofs = request.params.values() if request.who == "nobody" else _DELETEHASH.findall(asked)
    yield from (text for text in (*ours, *proofs) if isinstance(text, str) and len(text) >= SHORTEST_SECRET)


def _reserve_credits(state: ClientState, request: Request[Any]) -> Flow[None]:
    """Nothing, while there are credits for this call; else what the policy says."""
    cost = request.cost
    until = state.credits.reserve(cost, state.clock(), even_if_none=state.limits.policy == "ignore")
    if until is not None:
        text = f"the credits are used up, and this call costs {cost}"
        hint = f"not sent; {again_in(until - state.clock())}"
        yield from _wait(state, RateLimitError(text, request=str(request), status=429, retry_at=until, hint=hint))
        state.credits.reserve(cost, state.clock(), even_if_none=True)


def _wait(state: ClientState, error: RateLimitError) -> Flow[float]:
    """Wait until there is room again, if the policy allows so long a wait; gives the seconds."""
    seconds = 60.0 if error.retry_at is None else max(1.0, error.retry_at - state.clock())
    if state.limits.policy != "wait" or seconds > state.limits.longest:
        raise error
    if state.limits.on_wait is not None:
        state.limits.on_wait(seconds, error.message)
    yield Sleep(seconds)
    return seconds


def with_retries(
    state: ClientState, request: Request[Any], progress: Progress | None
) -> Flow[tuple[Reply, str | None]]:
    """Send until there is an answer worth reading, as often as that is safe; also the token that was sent."""
    for pause in backoff(state.retries):
        token = _token_for(state, request.who)
        last = pause is None
        try:
            reply: Reply = yield build_http_request(state, request, token, progress)
        except NoAnswerError as error:
            if (
                last
                or isinstance(error, DeadlineError)
                or not (request.safe or (_resendable(request) and not error.sent))
            ):
                if not error.sent or request.safe:
                    raise  # with the cause it has
                if request.file is None:
                    raise _outcome_unknown(request, error) from error.__cause__
                raise _uncertain(state, request, request.file.name, error) from error
        else:
            if last or reply.status not in RETRY_STATUS or not request.safe:
                return reply, token
        yield Sleep(pause or 0)
    raise AssertionError("the last attempt returns or raises")


def backoff(retries: int) -> Iterator[float | None]:
    """The pause after each attempt, longer each time; None after the last."""
    yield from (FIRST_PAUSE * 2**n for n in range(retries))
    yield None


def _resendable(request: Request[Any]) -> bool:
    """Whether the message can be made a second time: a stream that cannot go back is read only once."""
    return request.file is None or request.file.repeatable


def _outcome_unknown(request: Request[Any], error: NoAnswerError) -> NoAnswerError:
    """The error to raise for the lost answer to a call that changes something."""
    text = f"{error.message}; the request may have been carried out: check before you repeat it"
    return type(error)(text, request=str(request), sent=True)


def what_to_do(state: ClientState) -> str:
    """Say how to find out whether an upload arrived; an anonymous client has no list of images to look at."""
    again = "upload it again with if_known='ignore'" if state.ledger is not None else "upload it again"
    if state.access_token is not None:
        return f"look at the account's newest images first, and {again} if it is not there"
    return (
        "an anonymous image is in no list, so this cannot be looked up: "
        f"{again} if a second copy does no harm (uploads of a user can be looked up)"
    )


def repeats(request: Request[Any]) -> str:
    """Say whether an upload that may have arrived was tried again."""
    if request.repeated:
        return ", and trying again under the same idempotency key did not settle it"
    return ", so it was not sent again"


def _uncertain(state: ClientState, request: Request[Any], name: str, error: NoAnswerError) -> UploadUncertain:
    """The error to raise for the lost answer to an upload that may have arrived."""
    return UploadUncertain(
        f"{name!r} was sent whole and no answer came ({error.message}): it may be there{repeats(request)}; "
        f"{what_to_do(state)}",
        request=str(request),
        sent=True,
    )


def _check_user(state: ClientState, request: Request[Any]) -> None:
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


def _refresh_after(state: ClientState, token: str, reply: Reply) -> Flow[bool]:
    """Whether this answer was about the token, and there is another now."""
    if reply.status not in _OF_TOKENS or not state.can_refresh:
        return False
    said = reply.body.lower()
    if reply.status == 401 or (reply.status == 403 and _TOKEN_SENTENCE in said):  # other 403s: what the user may do
        yield Refresh(token)
        return True
    # In 2025 Imgur's gateway also said 429 to tokens that had ended, and no more than that.
    bare = reply.status == 429 and _GATEWAY_SENTENCE in said and "retry-after" not in reply.headers
    if not bare or (state.recently_issued and token == state.access_token):
        return False
    try:
        yield Refresh(token, doubted=True)
    except ImgurError:  # it was about the limit, or nothing can be done
        return False
    return token != state.access_token


def _token_for(state: ClientState, who: Who) -> str | None:
    return None if who in _NO_TOKEN else state.access_token
