"""The policy around an API call, as generators of effects without I/O: tokens, retries, rate limits and errors.

Four nested functions, the outermost first:

    execute                  returns the decoded result
      with_rate_limit        raises an error response as a typed error; waits at a rate limit and tries again
        with_token           refreshes the access token, and tries once more with the new one; counts credits
          with_retries       sends again after a lost connection or a 5xx, if that is safe
            HTTPRequest      is yielded to the executor

So the whole policy runs in a test without network, clock or event loop, and the sync and the async executor carry
out the same one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, TypeVar, cast

from .._core.decode import decode
from .._core.effects import Flow, RefreshToken, Reply, Sleep
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
)
from ..lists import ItemList
from .client_state import ClientExecutor, ClientState
from .lost_responses import outcome_unknown, upload_uncertain
from .request_builder import build_http_request
from .responses import error_from, payload

T = TypeVar("T")

RETRY_STATUS = frozenset({500, 502, 503, 504})
FIRST_PAUSE = 1.0
"""Seconds before the first retry; each further pause is twice as long."""
SHORTEST_SECRET = 6
"""Characters; anything shorter may be part of a word."""
_DELETEHASH = re.compile(rf"(?<![A-Za-z0-9])[A-Za-z0-9]{{{DELETEHASH_LENGTH}}}(?![A-Za-z0-9])")
"""Anything that looks like a delete hash, anywhere in a request's path or parameters."""
_TOKEN_STATUS = frozenset({401, 403, 429})
"""Statuses with which Imgur may reject a token."""
_TOKEN_SENTENCE = b"access token provided"
_GATEWAY_SENTENCE = b"too many requests"
_TOKENLESS_CALLERS: frozenset[Who] = frozenset({"app", "nobody"})
"""Calls that are sent without the user's token."""


def execute(executor: ClientExecutor, request: Request[T], progress: Progress | None = None) -> Flow[T]:
    """Carry out one API call and return its decoded result.

    Raises:
        ImgurError: as `with_rate_limit`, or the response is not JSON.
    """
    reply = yield from with_rate_limit(executor.state, request, progress)
    data = payload(reply, request)
    fields = cast("dict[str, Any]", data) if isinstance(data, dict) else {}
    if request.known:  # the response may be no more than `true`
        data = {**fields, **{name: value for name, value in request.known.items() if fields.get(name) is None}}
    elif request.within is not None and fields:
        data = fields.get(request.within)
    if data is None and request.result_type is bool:
        data = True  # a success without data
    result = _with_has_more(decode(request.result_type, data, executor), fields)
    if request.method == "GET" and hasattr(result, "_loaded"):
        result._loaded = True  # the response to a GET is complete: Imgur does not have the fields that it lacks
    if request.then is not None:
        request.then(result)
    return result


def _with_has_more(result: Any, fields: dict[str, Any]) -> Any:
    """Return the result; a list gets `has_more` if the response has a link to the next page."""
    if fields.get("next") and isinstance(result, list):
        return ItemList(cast("list[Any]", result), has_more=True)
    return result


def with_rate_limit(state: ClientState, request: Request[Any], progress: Progress | None = None) -> Flow[Reply]:
    """Send a request and return its successful response; at a rate limit, wait and try again if the limits allow it.

    Raises:
        AnswerError: the response is an error; a `RateLimitError` also before sending, if the credits are used up.
        NotAuthorizedError: nothing was sent.
        NoAnswerError: there is no response.
    """
    waited = 0.0
    while True:
        reply = yield from with_token(state, request, progress)
        hint = f"Imgur dropped this call in {request.deprecated_in}" if request.deprecated_in else ""
        if (error := error_from(reply, request, state.clock(), _secrets(state, request), hint)) is None:
            return reply
        if not isinstance(error, RateLimitError) or not _resendable(request) or waited >= state.limits.longest:
            raise error
        waited += yield from _wait(state, error)


def with_token(state: ClientState, request: Request[Any], progress: Progress | None = None) -> Flow[Reply]:
    """Send a request with a valid access token and return its response, which may be an error.

    A token that expires soon is refreshed first. If Imgur rejects the token, it is refreshed and the request is sent
    once more. The request's credits are reserved while it runs.
    """
    _check_user(state, request)
    yield from _reserve_credits(state, request)
    try:
        if state.needs_refresh and state.can_refresh and request.who not in _TOKENLESS_CALLERS:
            yield RefreshToken(state.access_token)
        reply, token = yield from with_retries(state, request, progress)
        if token is not None and (yield from _refresh_after(state, token, reply)) and _resendable(request):
            reply, _ = yield from with_retries(state, request, progress)
    except BaseException as error:
        begun = not isinstance(error, ArgumentError) and getattr(error, "begun", True)
        state.credits.release(request.cost, begun=begun)
        raise
    state.credits.commit(request.cost, reply.headers, state.clock())
    return reply


def with_retries(
    state: ClientState, request: Request[Any], progress: Progress | None
) -> Flow[tuple[Reply, str | None]]:
    """Send a request, again after a failure if that is safe; return the response and the token that was sent.

    A request that is safe to repeat is sent again after a lost connection and after a 5xx, any other one only if the
    connection was lost before all of it was sent.

    Raises:
        NoAnswerError: there is no response; `sent` says whether the request may have been carried out.
        UploadUncertain: an upload may have arrived.
    """
    for pause in backoff(state.retries):
        token = _token_for(state, request.who)
        last = pause is None
        try:
            reply: Reply = yield build_http_request(state, request, token, progress)
        except NoAnswerError as error:
            may_repeat = request.safe or (_resendable(request) and not error.sent)
            if last or isinstance(error, DeadlineError) or not may_repeat:
                if not error.sent or request.safe:
                    raise  # the error itself, so that it keeps its cause
                if request.file is None:
                    raise outcome_unknown(request, error) from error.__cause__
                raise upload_uncertain(state, request, request.file.name, error) from error
        else:
            if last or reply.status not in RETRY_STATUS or not request.safe:
                return reply, token
        yield Sleep(pause or 0)
    raise AssertionError("the last attempt returns or raises")


def backoff(retries: int) -> Iterator[float | None]:
    """Yield the pause after each attempt, each twice as long as the previous one; None after the last attempt."""
    for retry in range(retries):
        yield FIRST_PAUSE * 2**retry
    yield None


# ---- rate limits


def _reserve_credits(state: ClientState, request: Request[Any]) -> Flow[None]:
    """Reserve the credits of a request; if there are not enough, raise, wait or ignore that, as the limits say."""
    cost = request.cost
    retry_at = state.credits.reserve(cost, state.clock(), even_if_none=state.limits.policy == "ignore")
    if retry_at is not None:
        text = f"the credits are used up, and this call costs {cost}"
        hint = f"not sent; {again_in(retry_at - state.clock())}"
        yield from _wait(state, RateLimitError(text, request=str(request), status=429, retry_at=retry_at, hint=hint))
        state.credits.reserve(cost, state.clock(), even_if_none=True)


def _wait(state: ClientState, error: RateLimitError) -> Flow[float]:
    """Wait until the rate limit resets and return the seconds; raise the error if the limits allow no such wait."""
    seconds = 60.0 if error.retry_at is None else max(1.0, error.retry_at - state.clock())
    if state.limits.policy != "wait" or seconds > state.limits.longest:
        raise error
    if state.limits.on_wait is not None:
        state.limits.on_wait(seconds, error.message)
    yield Sleep(seconds)
    return seconds


# ---- tokens


def _check_user(state: ClientState, request: Request[Any]) -> None:
    """Check that a call that needs a user has one; calls that Imgur dropped are exempt, as other servers may differ.

    Raises:
        NotAuthorizedError: nothing was sent.
    """
    if state.access_token is not None or request.who in _TOKENLESS_CALLERS:
        return
    if state.refresh_token and not state.client_secret:
        text = "a refresh token cannot be used without the application's client_secret"
        raise NotAuthorizedError(text, request=str(request))
    if request.who == "user" and not state.can_refresh and not request.deprecated_in:
        raise NotAuthorizedError("a user has to authorize this program first", request=str(request))


def _refresh_after(state: ClientState, token: str, reply: Reply) -> Flow[bool]:
    """Refresh the token if this response rejects it; return whether there is another token now."""
    if reply.status not in _TOKEN_STATUS or not state.can_refresh:
        return False
    body = reply.body.lower()
    if reply.status == 401 or (reply.status == 403 and _TOKEN_SENTENCE in body):  # other 403s deny a permission
        yield RefreshToken(token)
        return True
    # In 2025 Imgur's gateway answered 429 to expired tokens as well, with nothing but this sentence.
    ambiguous = reply.status == 429 and _GATEWAY_SENTENCE in body and "retry-after" not in reply.headers
    if not ambiguous or (state.recently_issued and token == state.access_token):
        return False
    try:
        yield RefreshToken(token, doubted=True)
    except ImgurError:  # the rate limit was meant, or there is no way to get another token
        return False
    return token != state.access_token


def _token_for(state: ClientState, who: Who) -> str | None:
    return None if who in _TOKENLESS_CALLERS else state.access_token


def _secrets(state: ClientState, request: Request[Any]) -> Iterator[str]:
    """Yield what an error must not show even if the response repeats it; a generator, as most responses succeed."""
    cookies = (pair.partition("=")[2] for pair in (state.cookie or "").split("; "))
    credentials = (state.access_token, state.refresh_token, state.client_secret, state.gateway_key, *cookies)
    values = " ".join(map(str, (request.path, *request.params.values())))
    grants = request.params.values() if request.who == "nobody" else _DELETEHASH.findall(values)
    yield from (text for text in (*credentials, *grants) if isinstance(text, str) and len(text) >= SHORTEST_SECRET)


def _resendable(request: Request[Any]) -> bool:
    """Return whether the request can be built a second time: a stream that cannot be rewound is read only once."""
    return request.file is None or request.file.repeatable
