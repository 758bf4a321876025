"""Seven ways to say no, one way to hear it: what an answer is, whatever shape it came in.

Imgur refuses with `data.error` as text or as an object, with an `errors` list, with a flat
`{code, detail}`, with an error of RFC 6749 (`error`, `error_description`), with a bare string or
false in `data`, with an HTML page (even with status 200), with nothing at all, and sometimes with
success and status 200 around an error.
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
"""What a status means; 5xx is Imgur's fault, anything else is unexpected."""

_WORDS: tuple[tuple[re.Pattern[str], type[AnswerError]], ...] = (
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
"""Imgur's words say more than its status, which is often a bare 400, or a 200."""

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
_WAIT = re.compile(r"wait (\d+) more minute", re.I)
_TITLE = re.compile(rb"<title[^>]*>(.{0,200}?)</title>", re.I | re.S)
_NUMBER = re.compile(r"[0-9]{1,9}")
_LONGEST_TEXT = 1000
_LONGEST_QUOTE = 200
_LONGEST_BODY = 4096
"""Bytes of a refusal that are looked at: secrets are hidden in them before they are cut."""
_OK = range(200, 300)


def payload(reply: Reply, request: object) -> Any:
    """What a successful answer carries: `data` of the envelope, or the whole document where there is none.

    Of the request an error shows its `str`.

    Raises:
        UnreadableAnswerError: it is no JSON document.
    """
    document = reply.document
    if document is NO_DOCUMENT:
        raise UnreadableAnswerError(_describe_body(reply), request=str(request), status=reply.status, hint="no JSON")
    fields = cast("dict[str, Any]", document) if isinstance(document, dict) else {}
    return fields["data"] if "data" in fields else cast("Any", document)


def error_from(
    reply: Reply, request: object, now: float, secrets: Iterable[str] = (), hint: str = ""
) -> AnswerError | None:
    """The refusal in this answer, or None if it is a success; secrets that the answer repeats are not shown.

    `hint` is what to do where the answer itself tells nothing about that.
    """
    document = reply.document
    text, code = _error_text(document)
    if reply.status in _OK and text is None:
        return None
    said = _shown(redact(_as_text(reply.body), secrets)[:_LONGEST_QUOTE] if text is None else redact(text, secrets))
    status = reply.status if reply.status not in _OK else _inner_status(document, reply.status)
    kind = _error_class(status, said)
    until = _retry_at(reply, said, now)
    if kind is RateLimitError and until is None:
        until = _credits_reset_at(reply, now)
    hints = (words for pattern, words in _HINTS if pattern.search(said))
    hint = next(hints, hint) or (again_in(until - now) if until and kind is RateLimitError else "")
    return kind(said, request=str(request), status=status, code=code, hint=hint, retry_at=until)


def redact(text: str, secrets: Iterable[str]) -> str:
    """The text without these."""
    for secret in secrets:
        text = text.replace(secret, "…")
    return text


def _shown(text: str) -> str:
    """The text as a terminal can take it, and no longer than anybody reads."""
    return "".join(char if char.isprintable() else " " for char in text[:_LONGEST_TEXT])


def _error_class(status: int, said: str) -> type[AnswerError]:
    by_words = next((kind for pattern, kind in _WORDS if pattern.search(said)), None)
    if by_words is not None and status < 500 and (status in {200, 400, 403} or by_words is RateLimitError):
        return by_words
    if status >= 500:
        return ImgurIsDownException
    return _CLASSES.get(status, UnexpectedImgurException)


def _error_text(document: Any) -> tuple[str | None, int | None]:
    """Imgur's own words and code if the document is a refusal in one of its shapes, else None."""
    if not isinstance(document, dict):
        return None, None
    outer = cast("dict[str, Any]", document)
    data, errors = outer.get("data"), outer.get("errors")
    if isinstance(errors, list) and errors and isinstance(errors[0], dict):
        return _words(cast("dict[str, Any]", errors[0]))
    if isinstance(data, dict) and "error" in data:
        error = cast("dict[str, Any]", data)["error"]
        return _words(cast("dict[str, Any]", error)) if isinstance(error, dict) else (str(error), None)
    if "data" not in outer and (said := error_text(outer)) is not None:
        return said, None
    if "detail" in outer or ("message" in outer and "data" not in outer):
        return _words(outer)
    if outer.get("success") is False:
        return (data if isinstance(data, str) and data else "Imgur said no, without a reason"), None
    if isinstance(data, str) and data.startswith("An error occurred"):
        return data, None
    return None, None


def _words(error: Mapping[str, Any]) -> tuple[str, int | None]:
    text = next((error[key] for key in ("message", "detail", "status") if isinstance(error.get(key), str)), "")
    code = str(error.get("code"))
    return text or "Imgur said no, without a reason", int(code) if _NUMBER.fullmatch(code) else None


def _inner_status(document: Any, status: int) -> int:
    inner = cast("dict[str, Any]", document).get("status") if isinstance(document, dict) else None
    return inner if isinstance(inner, int) and 400 <= inner < 600 else status


def _as_text(body: bytes) -> str:
    """A body that is no JSON, in words: a page's title, or its beginning, which whoever shows it cuts."""
    if found := _TITLE.search(body):
        body = b"a web page: " + found.group(1)
    text = " ".join(body[:_LONGEST_BODY].decode("utf-8", "replace").split())
    return text or "an empty answer"


def _describe_body(reply: Reply) -> str:
    """What can be told of a yes that cannot be read: it may hold tokens and delete hashes, so nothing but a title."""
    if not reply.body or _TITLE.search(reply.body):
        return _shown(_as_text(reply.body)[:_LONGEST_QUOTE])
    kind = reply.headers.get("content-type", "something").partition(";")[0]
    return f"{len(reply.body):,} bytes, called {_shown(kind)}"


def _retry_at(reply: Reply, said: str, now: float) -> float | None:
    """When to come back, from Retry-After or from the sentence; unix seconds."""
    if wait := _WAIT.search(said):
        return now + 60 * int(wait.group(1)[:6])
    after = reply.headers.get("retry-after", "")
    if _NUMBER.fullmatch(after):
        return now + int(after)
    try:
        return parsedate_to_datetime(after).timestamp()
    except (ValueError, OverflowError, OSError):
        return None


def _credits_reset_at(reply: Reply, now: float) -> float | None:
    """When there are credits again, by the headers that come with every answer; unix seconds."""
    told = Budget().updated(reply.headers, now)
    return told.free_at(1, now) or (told.post_reset if told.post_remaining == 0 else None)
