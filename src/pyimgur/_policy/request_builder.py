"""Build the HTTP request of a call: URL, authorization, headers and body."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from typing import Any

import msgspec

from .._core.effects import Body, HTTPRequest
from .._core.request import Request, encoded, with_query
from .._core.source import Progress
from .._version import __version__
from ..exceptions import ArgumentError
from .client_state import ClientState
from .multipart import multipart

USER_AGENT = f"pyimgur/{__version__} (Python {platform.python_version()})"


def build_http_request(
    state: ClientState, request: Request[Any], token: str | None = None, progress: Progress | None = None
) -> HTTPRequest:
    """Build the HTTP request of a call, authorized by `token`, or as the application without one.

    Raises:
        ArgumentError: a path parameter, token or key cannot be sent; nothing was sent.
    """
    headers = {"Accept": "application/json", "Accept-Encoding": "gzip", "User-Agent": USER_AGENT, **request.headers}
    if token is not None:
        headers["Authorization"] = _check_header_value(f"Bearer {token}", "access token", request)
    elif request.who != "nobody":
        headers["Authorization"] = _check_header_value(f"Client-ID {state.client_id}", "client_id", request)
    if state.cookie and state.gateway is None and request.who != "nobody":
        headers["Cookie"] = _check_header_value(state.cookie, "cookie", request)
    base, body = state.site.api, None
    if state.gateway is not None and request.who != "nobody":
        base = state.gateway
        key = _check_header_value(state.gateway_key or "", "rapidapi_key", request)
        headers["X-Mashape-Key"] = headers["X-RapidAPI-Key"] = key
    url = f"{base}/{request.target}"
    fields = request.fields
    if request.file is not None:
        body = multipart(fields, request.file, progress, request.part)
    elif request.method in {"POST", "PUT"}:
        body = json_body(fields) if request.json else form_body(encoded(fields).encode())
    else:
        url = with_query(url, fields)
    return HTTPRequest(request.method, url, str(request), headers, body)


def _check_header_value(value: str, name: str, request: Request[Any]) -> str:
    """Return a secret that a header can contain.

    The error does not show the value, as the HTTP library's own would.

    Raises:
        ArgumentError: a header cannot contain it; nothing was sent.
    """
    if value.isascii() and value.isprintable() and value == value.strip():
        return value
    problem = "is empty, or contains what no header can, such as a line break"
    raise ArgumentError(f"the {name} {problem}", request=str(request), hint="was it read from a file? strip() it")


def form_body(data: bytes) -> Body:
    """Return a body of form data that is already encoded."""
    return Body("application/x-www-form-urlencoded", len(data), lambda: (data,))


def json_body(fields: Mapping[str, object]) -> Body:
    """Return a body with the fields as a JSON object.

    Raises:
        ArgumentError: a text in it cannot be encoded.
    """
    try:
        data = msgspec.json.encode(fields)
    except UnicodeEncodeError:
        raise ArgumentError("one of these texts contains half a surrogate pair, which JSON cannot") from None
    return Body("application/json", len(data), lambda: (data,))
