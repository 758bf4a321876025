"""Map an HTTP response to its payload or to one typed exception.

Imgur has many formats for errors: `data.error` as text or as an object, an `errors` list, a flat `{code, detail}`, an
error of RFC 6749 (`error`, `error_description`), a bare string or false in `data`, an HTML page (even with status
200), an empty body, and sometimes success and status 200 around an error.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from email.utils import parsedate_to_datetime
from typing import Any, cast

from .._core.decode import NO_DOCUMENT
from .._core.effects import Reply
from ..budget import Budget, again_in
from ..exceptions import (
    AnswerError,
    AuthenticationError,
    ImgurIsDownException,
    InvalidParameterError,
    RateLimitError,
    ResourceNotFoundError,
    TooLargeError,
    UnexpectedImgurException,
    UnreadableAnswerError,
    UnsupportedFileError,
)
from ..oauth import error_text

_CLASSES: dict[int, type[AnswerError]] = {
    400: InvalidParameterError,
    401: AuthenticationError,
    403: AuthenticationError,
    404: ResourceNotFoundError,
    405: InvalidParameterError,
    409: InvalidParameterError,
    410: ResourceNotFoundError,
    413: TooLargeError,
    415: UnsupportedFileError,
    416: InvalidParameterError,
    417: InvalidParameterError,
    421: InvalidParameterError,
    422: InvalidParameterError,
    429: RateLimitError,
    451: AuthenticationError,
}
"""The error for each status; 5xx is `ImgurIsDownException`, any other status unexpected."""

_TEXTS: tuple[tuple[re.Pattern[str], type[AnswerError]], ...] = (
    (re.compile(r"too fast|requests exceeded|over capacity|too many requests", re.I), RateLimitError),
    (re.compile(r"file type invalid|support that file type|format not supported", re.I), UnsupportedFileError),
    (re.compile(r"over the size limit", re.I), TooLargeError),
    (re.compile(r"unable to process upload|failed to connect|timed out|circuit breaker", re.I), ImgurIsDownException),
    (re.compile(r"actions are forbidden|^forbidden$", re.I), AuthenticationError),
    (re.compile(r"refresh token|invalid pin|client credentials|authorization code", re.I), AuthenticationError),
    (
        re.compile(r"\b(?:invalid_(?:grant|client|token)|unauthorized_client|access_denied)\b"),
        AuthenticationError,
    ),
    (re.compile(r"not found", re.I), ResourceNotFoundError),
    (re.compile(r"^unauthorized$|permission denied", re.I), AuthenticationError),
)
"""The error for what Imgur's text says, as its status is often just 400, or even 200."""

_CHECK_CLIENT = "check client_id and client_secret"
_HINTS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"invalid pin", re.I), "a pin works once and for a few minutes: ask for a new one"),
    (re.compile(r"authorization code", re.I), "a code works once and for a minute: authorize again"),
    (re.compile(r"refresh token", re.I), "the user has to authorize again"),
    (re.compile(r"client credentials|client_id|\b(?:invalid|unauthorized)_client\b", re.I), _CHECK_CLIENT),
    (
        re.compile(r"\binvalid_(?:grant|token)\b"),
        "it expired, was used or was revoked: the user has to authorize again",
    ),
    (re.compile(r"access token provided", re.I), "refresh it, or authorize again"),
    (
        re.compile(r"temporarily over capacity", re.I),
        "Imgur answers this to blocked IP addresses, such as VPNs and clouds",
    ),
    (re.compile(r"actions are forbidden", re.I), "Imgur answers this to blocked applications and IP addresses"),
    (re.compile(r"requires authentication", re.I), "a user has to authorize this program first"),
    (re.compile(r"^unauthorized$|permission denied", re.I), "it is another's, or takes its delete hash"),
)
_WAIT_MINUTES = re.compile(r"wait (\d+) more minute", re.I)
_TITLE = re.compile(rb"<title[^>]*>(.{0,200}?)</title>", re.I | re.S)
_NO_REASON = "Imgur gave no reason"
_NUMBER = re.compile(r"[0-9]{1,9}")
_MAX_TEXT = 1000
_MAX_QUOTE = 200
_MAX_BODY = 4096
"""Bytes of an error's body that are read: secrets are redacted in them before they are cut to a quote."""
_SUCCESS = range(200, 300)


def payload(reply: Reply, request: object) -> Any:
    """Return the payload of a successful response: `data` of the envelope, or the whole document if it has none.

    Args:
        reply: the response.
        request: named by errors, as `str(request)`.

    Raises:
        UnreadableAnswerError: the body is not JSON.
    """
    document = reply.document
    if document is NO_DOCUMENT:
        raise UnreadableAnswerError(_describe_body(reply), request=str(request), status=reply.status, hint="no JSON")
    fields = cast("dict[str, Any]", document) if isinstance(document, dict) else {}
    return fields["data"] if "data" in fields else cast("Any", document)


def error_from(
    reply: Reply, request: object, now: float, secrets: Iterable[str] = (), hint: str = ""
) -> AnswerError | None:
    """Return the error that this response stands for; None if it is a success.

    Args:
        reply: the response.
        request: named by the error, as `str(request)`.
        now: unix time.
        secrets: texts that the error must not show, even if the response repeats them.
        hint: what to do, if the response itself does not say.
    """
    document = reply.document
    text, code = _error_text(document)
    if reply.status in _SUCCESS and text is None:
        return None
    text = _printable(redact(_quote(reply.body), secrets)[:_MAX_QUOTE] if text is None else redact(text, secrets))
    status = reply.status if reply.status not in _SUCCESS else _inner_status(document, reply.status)
    error_class = _error_class(status, text)
    retry_at = _retry_at(reply, text, now)
    if error_class is RateLimitError and retry_at is None:
        retry_at = _credits_reset_at(reply, now)
    hints = (hint for pattern, hint in _HINTS if pattern.search(text))
    hint = next(hints, hint) or (again_in(retry_at - now) if retry_at and error_class is RateLimitError else "")
    return error_class(text, request=str(request), status=status, code=code, hint=hint, retry_at=retry_at)


def redact(text: str, secrets: Iterable[str]) -> str:
    """Return the text with each secret replaced by an ellipsis."""
    for secret in secrets:
        text = text.replace(secret, "…")
    return text


def _printable(text: str) -> str:
    """Return the text without control characters, cut to a length that can be read."""
    return "".join(char if char.isprintable() else " " for char in text[:_MAX_TEXT])


def _error_class(status: int, text: str) -> type[AnswerError]:
    by_text = next((error_class for pattern, error_class in _TEXTS if pattern.search(text)), None)
    if by_text is not None and status < 500 and (status in {200, 400, 403} or by_text is RateLimitError):
        return by_text
    if status >= 500:
        return ImgurIsDownException
    return _CLASSES.get(status, UnexpectedImgurException)


def _error_text(document: Any) -> tuple[str | None, int | None]:
    """Return Imgur's own text and code if the document is an error in one of the formats above, else None."""
    if not isinstance(document, dict):
        return None, None
    outer = cast("dict[str, Any]", document)
    data, errors = outer.get("data"), outer.get("errors")
    if isinstance(errors, list) and errors and isinstance(errors[0], dict):
        return _text_and_code(cast("dict[str, Any]", errors[0]))
    if isinstance(data, dict) and "error" in data:
        error = cast("dict[str, Any]", data)["error"]
        return _text_and_code(cast("dict[str, Any]", error)) if isinstance(error, dict) else (str(error), None)
    if "data" not in outer and (text := error_text(outer)) is not None:
        return text, None
    if "detail" in outer or ("message" in outer and "data" not in outer):
        return _text_and_code(outer)
    if outer.get("success") is False:
        return (data if isinstance(data, str) and data else _NO_REASON), None
    if isinstance(data, str) and data.startswith("An error occurred"):
        return data, None
    return None, None


def _text_and_code(error: Mapping[str, Any]) -> tuple[str, int | None]:
    text = next((error[key] for key in ("message", "detail", "status") if isinstance(error.get(key), str)), "")
    code = str(error.get("code"))
    return text or _NO_REASON, int(code) if _NUMBER.fullmatch(code) else None


def _inner_status(document: Any, status: int) -> int:
    inner = cast("dict[str, Any]", document).get("status") if isinstance(document, dict) else None
    return inner if isinstance(inner, int) and 400 <= inner < 600 else status


def _quote(body: bytes) -> str:
    """Return what to show of a body that is not JSON: a web page's title, or the body's first bytes."""
    if match := _TITLE.search(body):
        body = b"a web page: " + match.group(1)
    text = " ".join(body[:_MAX_BODY].decode("utf-8", "replace").split())
    return text or "an empty response"


def _describe_body(reply: Reply) -> str:
    """Describe a success that is not JSON without quoting it, except its title: it may contain tokens."""
    if not reply.body or _TITLE.search(reply.body):
        return _printable(_quote(reply.body)[:_MAX_QUOTE])
    content_type = reply.headers.get("content-type", "something").partition(";")[0]
    return f"{len(reply.body):,} bytes of type {_printable(content_type)}"


def _retry_at(reply: Reply, text: str, now: float) -> float | None:
    """Return when to retry in unix seconds, by the error's text or `Retry-After`; None if neither says."""
    if wait := _WAIT_MINUTES.search(text):
        return now + 60 * int(wait.group(1)[:6])
    after = reply.headers.get("retry-after", "")
    if _NUMBER.fullmatch(after):
        return now + int(after)
    try:
        return parsedate_to_datetime(after).timestamp()
    except (ValueError, OverflowError, OSError):
        return None


def _credits_reset_at(reply: Reply, now: float) -> float | None:
    """Return when credits are available again in unix seconds, by the rate-limit headers; None if unknown."""
    budget = Budget().updated(reply.headers, now)
    return budget.free_at(1, now) or (budget.post_reset if budget.post_remaining == 0 else None)
