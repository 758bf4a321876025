"""PyImgur 0.8.1's way to send one request anywhere, for programs that import it.

`Imgur.send_request` does more: it knows tokens and credits, keeps a deadline, and sends again what does no harm twice.
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
    """What Imgur answers, without what it wraps it in, and the headers that tell of the credits.

    Args:
        url: the whole address.
        content_to_send: any of `params`, `data`, `json` and `files`, as `conversion.get_content_to_send` gives them.
        headers: who asks: Imgur wants an `Authorization`.
        method: how.

    Raises:
        ArgumentError: there is no such method, or no header can carry this; nothing was sent.
        ResourceNotFoundError: 404.
        ImgurIsDownException: 5xx.
        UnexpectedImgurException: any other no, or an answer that is no JSON.
        NoAnswerError: none came within half a minute.
    """
    if method not in METHODS:
        raise ArgumentError(f"method must be one of {', '.join(METHODS)}, not {method!r}")
    if not all(value.isascii() and value.isprintable() for value in (headers or {}).values()):
        raise ArgumentError("one of the headers holds what none can carry, such as the end of a line")
    label, headers, content = f"{method} {shown_path(url)}", dict(headers or {}), content_to_send or {}
    url = with_query(url, _check_arguments(content.get("params")))
    runner = SyncExecutor(ClientState(), None, TIMEOUT_SECONDS, TIMEOUT_SECONDS)
    try:
        reply = runner.run(_send_once(HTTPRequest(method, url, label, headers, _body(content))))
    finally:
        runner.close()
    error = error_from(reply, label, time.time(), (value.rpartition(" ")[2] for value in headers.values()))
    if error is not None:
        raise error
    told = {name: value for name, value in reply.headers.items() if name.startswith("x-ratelimit")}
    return payload(reply, label), {name: int(value) for name, value in told.items() if value.isdecimal()}


def _send_once(exchange: HTTPRequest) -> Flow[Reply]:
    return (yield exchange)


def _check_arguments(fields: Mapping[str, Any] | None) -> dict[str, Any]:
    """Those that are not None."""
    return {name: value for name, value in (fields or {}).items() if value is not None}


def _body(content: Mapping[str, Any]) -> Body | None:
    """What is sent: a form with a file or without, or a JSON document; nothing where nothing is given."""
    fields = _check_arguments(content.get("data"))
    for name, part in content.get("files") or ():
        value = cast("tuple[object, Any]", part)[1] if isinstance(part, tuple) else part
        if not isinstance(value, str):
            return multipart(fields, open_source(value), part=name)
        fields[name] = [*form_values(fields.get(name, [])), value]
    if content.get("json"):
        return json_body({**content["json"], **fields})
    return form_body(encoded(fields).encode()) if fields else None


__all__ = ["send_request"]
