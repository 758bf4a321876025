"""What a fault does to a request, as a frozen value; and the table of named faults.

An effect either replaces the response (`status`), or changes the real one (`headers`, `bytes_per_second`,
`cut_response`), or cuts the connection before the request is executed (`cut_request`). The responses of the named
faults were recorded from Imgur.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from http import HTTPStatus
from typing import Any

WITHOUT_BODY = frozenset({HTTPStatus.NO_CONTENT, HTTPStatus.RESET_CONTENT, HTTPStatus.NOT_MODIFIED})
STATUSES = range(200, 600)
LONGEST_DELAY = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """What happens to a request.

    Attributes:
        status: the status of a response that is sent instead of executing the request.
        body: the body of this response.
        error: the error of this response in Imgur's format; by default, the name of the status.
        headers: headers of this response, or of the real one.
        delay: seconds to wait first.
        bytes_per_second: the speed at which the body of the response is sent.
        cut_request: bytes of the request's body that are read before the connection is cut; nothing is executed.
        cut_response: bytes of the response's body that are sent before the connection is cut; 0 sends no head either. A
            shorter response is sent whole.
    """

    status: int | None = None
    body: str | None = None
    error: str | Mapping[str, Any] | None = None
    headers: Mapping[str, str] | None = None
    delay: float | None = None
    bytes_per_second: float | None = None
    cut_request: int | None = None
    cut_response: int | None = None

    def changed(self, change: Effect) -> Effect:
        """Return this effect with the settings of another one in place of its own; headers are merged."""
        given = {name: value for name in EFFECT_FIELDS if (value := getattr(change, name)) is not None}
        if "headers" in given:
            given["headers"] = {**(self.headers or {}), **given["headers"]}
        if "body" in given:
            given.setdefault("error", None)
        elif "error" in given:
            given["body"] = None
        return replace(self, **given)

    def check(self) -> None:
        """Check that the settings are possible, and possible together.

        Raises:
            ValueError: they are not; the message names them.
        """
        for name, problem in _PROBLEMS:
            if (value := getattr(self, name)) is not None and (text := problem(value)):
                raise ValueError(f"{name}={value!r} {text}")
        for names, reason in _CONTRADICTIONS:
            if all(getattr(self, name) is not None for name in names):
                raise ValueError(f"{' and '.join(names)} contradict each other: {reason}")
        if self.status is None and (self.body is not None or self.error is not None):
            raise ValueError("body and error need a status: without one, the request is executed and its response sent")
        if self.status in WITHOUT_BODY and self.body:
            raise ValueError(f"a response with status {self.status} has no body")
        if self.cut_response == 0 and any(getattr(self, name) is not None for name in _OF_RESPONSE):
            raise ValueError("cut_response=0 sends no response, so nothing of it can be set")

    def response(self, path: str, method: str) -> tuple[list[tuple[bytes, bytes]], bytes]:
        """Return headers and body of the response that is sent instead of executing this request."""
        assert self.status is not None
        body = self._body(path, method).encode()
        head = {"content-type": "application/json", **_lower(self.headers), "content-length": str(len(body))}
        return [(name.encode("latin-1"), value.encode("latin-1")) for name, value in head.items()], body

    def _body(self, path: str, method: str) -> str:
        if self.body is not None or self.status is None or self.status in WITHOUT_BODY:
            return self.body or ""
        error = self.error if self.error is not None else _name_of(self.status)
        data = {"error": error, "request": path, "method": method}
        return json.dumps({"data": data, "success": False, "status": self.status}, separators=(",", ":"))


EFFECT_FIELDS = tuple(field.name for field in fields(Effect))
_OF_RESPONSE = ("status", "headers", "bytes_per_second")
_CONTRADICTIONS = (
    (("body", "error"), "both are the body of the response"),
    *(
        (("cut_request", name), "a connection that is cut within the request gets no response")
        for name in (*_OF_RESPONSE, "cut_response")
    ),
)


def _lower(headers: Mapping[str, str] | None) -> dict[str, str]:
    return {name.lower(): value for name, value in (headers or {}).items()}


def _name_of(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return f"Error {status}"


def _status(value: int) -> str:
    return "" if value in STATUSES else f"is no status of a response ({STATUSES.start} to {STATUSES.stop - 1})"


def _delay(value: float) -> str:
    return "" if 0 <= value <= LONGEST_DELAY else f"is no number of seconds from 0 to {LONGEST_DELAY:g}"


def _rate(value: float) -> str:
    return "" if 0 < value < float("inf") else "is not a number above 0"


def _length(value: int) -> str:
    return "" if value >= 0 else "is below 0"


def _headers(value: Mapping[str, object]) -> str:
    if others := [text for text in value.values() if not isinstance(text, str)]:  # from code without type checks
        return f"has {others[0]!r} as a value, which is not a string"
    lines = [f"{name}{text}" for name, text in value.items()]
    named = all(name and name.isascii() and not set(name) & set(" :\r\n\0") for name in value)
    return "" if named and all(_is_header(line) for line in lines) else "has a name or value that HTTP does not allow"


def _is_header(text: str) -> bool:
    return not set(text) & set("\r\n\0") and all(ord(character) < 256 for character in text)


_PROBLEMS: tuple[tuple[str, Any], ...] = (
    ("status", _status),
    ("headers", _headers),
    ("delay", _delay),
    ("bytes_per_second", _rate),
    ("cut_request", _length),
    ("cut_response", _length),
)
_NO_CREDITS_LEFT = {
    "x-ratelimit-clientlimit": "12500",
    "x-ratelimit-clientremaining": "12000",
    "x-ratelimit-clientreset": "86400",
    "x-ratelimit-userlimit": "500",
    "x-ratelimit-userremaining": "0",
    "x-ratelimit-userreset": "3600",
}
_TOO_FAST: dict[str, Any] = {
    "code": 429,
    "message": "You are uploading too fast. Please wait 59 more minutes.",
    "type": "ImgurException",
    "exception": [],
}
_GATEWAY_LIMIT = (
    '{"errors":[{"id":"legacy-api","code":"429","status":"Too Many Requests","detail":"Too Many Requests"}]}'
)
_PAGE = "<!doctype html><html><head><title>{0}</title></head><body><h1>{0}</h1></body></html>"
_HTML = {"content-type": "text/html"}
CUSTOM = "custom"

FAULTS: dict[str, Effect] = {
    "rate-limit": Effect(status=429, error="Too Many Requests", headers=_NO_CREDITS_LEFT),
    "too-fast": Effect(status=429, error=_TOO_FAST),
    "gateway-limit": Effect(status=429, body=_GATEWAY_LIMIT),
    "dead-token-401": Effect(status=401, error="The access token provided has expired."),
    "dead-token-403": Effect(status=403, error="The access token provided is invalid."),
    "html": Effect(status=200, body=_PAGE.format("Imgur is over capacity!"), headers=_HTML),
    "down": Effect(status=503, body=_PAGE.format("503 client read error"), headers=_HTML),
    "empty": Effect(status=502, body="", headers={"content-type": ""}),
    "over-capacity": Effect(status=500, error="Imgur is over capacity. Please try again."),
    "region-block": Effect(status=400, error="These actions are forbidden.", headers={"retry-after": "0"}),
    "cut-before": Effect(cut_request=0),
    "cut-after": Effect(cut_response=0),
    "slow": Effect(bytes_per_second=10),
    CUSTOM: Effect(),
}
"""Kind of fault -> its effect: errors and pages as Imgur sends them, a connection that is cut before the body is read
or after the request was executed, a slow response, and `custom`, which has only the settings that are given with it."""
