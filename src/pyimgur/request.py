"""PyImgur 0.8.1's function that sends one request to any URL, for programs that import it.

`Imgur.send_request` does more: it handles tokens and credits, has a total deadline, and retries idempotent requests.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any, cast

from ._core.effects import Body, Flow, HTTPRequest, Reply
from ._core.request import encoded, form_values, shown_path, with_query
from ._policy.client_state import ClientState
from ._policy.multipart import multipart
from ._policy.request_builder import form_body, json_body
from ._policy.responses import error_from, payload
from ._traceback_locals import clears_locals
from ._transfer.sources import open_source
from ._transport.sync_executor import SyncExecutor
from .exceptions import ArgumentError

TIMEOUT_SECONDS = 30.0
METHODS = ("GET", "POST", "PUT", "DELETE")


@clears_locals
def send_request(
    url: str,
    content_to_send: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
    method: str = "GET",
) -> tuple[Any, dict[str, int]]:
    """Send a request, and return the JSON of the response without its envelope, and the rate limit headers.

    Args:
        url: the full URL.
        content_to_send: any of `params`, `data`, `json` and `files`, as `conversion.get_content_to_send` returns them.
        headers: the request headers; Imgur requires an `Authorization`.
        method: the HTTP method.

    Raises:
        ArgumentError: there is no such method, or a header has characters that headers must not have; nothing was sent.
        ResourceNotFoundError: 404.
        ImgurIsDownException: 5xx.
        UnexpectedImgurException: any other error, or a response that is not JSON.
        NoAnswerError: no response came within 30 seconds.
    """
    if method not in METHODS:
        raise ArgumentError(f"method must be one of {', '.join(METHODS)}, not {method!r}")
    if not all(value.isascii() and value.isprintable() for value in (headers or {}).values()):
        raise ArgumentError("one of the headers has a character that headers cannot have, such as a line break")
    label, headers, content = f"{method} {shown_path(url)}", dict(headers or {}), content_to_send or {}
    url = with_query(url, _without_none(content.get("params")))
    executor = SyncExecutor(ClientState(), None, TIMEOUT_SECONDS, TIMEOUT_SECONDS)
    try:
        reply = executor.run(_send_once(HTTPRequest(method, url, label, headers, _body(content))))
    finally:
        executor.close()
    error = error_from(reply, label, time.time(), (value.rpartition(" ")[2] for value in headers.values()))
    if error is not None:
        raise error
    limits = {name: value for name, value in reply.headers.items() if name.startswith("x-ratelimit")}
    return payload(reply, label), {name: int(value) for name, value in limits.items() if value.isdecimal()}


def _send_once(request: HTTPRequest) -> Flow[Reply]:
    return (yield request)


def _without_none(fields: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return the fields that are not None."""
    return {name: value for name, value in (fields or {}).items() if value is not None}


def _body(content: Mapping[str, Any]) -> Body | None:
    """Return the request body: a form with or without a file, or a JSON document; None if there is no content."""
    fields = _without_none(content.get("data"))
    for name, part in content.get("files") or ():
        value = cast("tuple[object, Any]", part)[1] if isinstance(part, tuple) else part
        if not isinstance(value, str):
            return multipart(fields, open_source(value), part=name)
        fields[name] = [*form_values(fields.get(name, [])), value]
    if content.get("json"):
        return json_body({**content["json"], **fields})
    return form_body(encoded(fields).encode()) if fields else None


__all__ = ["send_request"]
