"""The control API of a throwaway server: ASGI middleware that handles everything under `/_test/`.

Each request has the token that was printed at the start in `Authorization: Bearer`. Requests and responses are JSON;
an error is an object with `error`, a text that says what to change. The requests are neither recorded nor subject to
faults.
"""

from __future__ import annotations

import asyncio
import hmac
import ipaddress
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

import msgspec

from ..server.errors import BusyError, ForbiddenError, NotFoundError, ServerError
from ..server.media.errors import MediaError
from ._names import suggestion
from .control_openapi import document
from .control_operation import ControlError, Operation
from .control_values import decode
from .fault_middleware import send_response

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

PREFIX = "/_test/"
OPENAPI = "openapi.json"
MAX_BODY = 64_000_000
"""Maximum size of a body, in bytes: an image in base64."""
_JSON = (b"content-type", b"application/json")
_STATUS_OF_ERROR: tuple[tuple[type[Exception], int], ...] = (
    (msgspec.MsgspecError, 400),
    (ValueError, 400),
    (NotFoundError, 404),
    (ForbiddenError, 403),
    (AssertionError, 409),
    (BusyError, 503),
    (MediaError, 422),
    (ServerError, 422),
)


class ControlAPI:
    """The middleware.

    Args:
        app: the application behind it.
        token: the token that requests must have.
        operations: what it offers, by paths below `/_test/`.
    """

    def __init__(self, app: ASGIApp, token: str, operations: Callable[[], tuple[Operation, ...]]) -> None:
        self._app = app
        self._token = token
        self._operations = operations
        self.tasks: set[asyncio.Task[Any]] = set()
        """The requests to the control API that are in progress."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle a request to the control API, and pass on any other."""
        if scope["type"] != "http" or not scope["path"].startswith(PREFIX):
            await self._app(scope, receive, send)
            return
        task = asyncio.current_task()
        assert task is not None
        self.tasks.add(task)
        try:
            status, body = await self._respond(scope, receive)
        finally:
            self.tasks.discard(task)
        headers = [_JSON, (b"content-length", b"%d" % len(body)), (b"cache-control", b"no-store")]
        await send_response(send, status, headers, body)

    async def _respond(self, scope: Scope, receive: Receive) -> tuple[int, bytes]:
        try:
            status, value = await self._handle(scope, receive)
        except ControlError as error:
            status, value = error.status, {"error": str(error)}
        except tuple(kind for kind, _ in _STATUS_OF_ERROR) as error:
            status = next(status for kind, status in _STATUS_OF_ERROR if isinstance(error, kind))
            value = {"error": str(error)}
        return status, msgspec.json.encode(value)

    async def _handle(self, scope: Scope, receive: Receive) -> tuple[int, object]:
        operations, path = self._operations(), scope["path"].removeprefix(PREFIX)
        if path == OPENAPI and scope["method"] == "GET":
            return 200, document(operations)
        self._check_sender(scope)
        operation, of_path = _find(operations, scope["method"], path)
        parameters = {**_query(scope, operation), **of_path}
        body = await _read(receive)
        if body and operation.body is None:
            raise ControlError(400, f"{operation.method} {scope['path']} takes no body")
        value: object = decode(body, operation.body) if operation.body else None
        return operation.status, await operation.handler(value, parameters)

    def _check_sender(self, scope: Scope) -> None:
        client = scope.get("client")
        if client is None or not ipaddress.ip_address(client[0]).is_loopback:
            raise ControlError(403, "the control API is for programs on this machine")
        sent = dict(scope["headers"]).get(b"authorization", b"")
        if not hmac.compare_digest(sent, f"Bearer {self._token}".encode()):
            raise ControlError(
                401, "send the control token that the server printed when it started: Authorization: Bearer TOKEN"
            )


def _find(operations: tuple[Operation, ...], method: str, path: str) -> tuple[Operation, dict[str, str]]:
    """Return the operation for a path, and the parameters in it.

    Raises:
        ControlError: there is no such path, or it has no such method.
    """
    found = [(one, values) for one in operations if (values := _match(one.path, path)) is not None]
    if not found:
        paths = [*dict.fromkeys(one.path for one in operations), OPENAPI]
        known = ", ".join(PREFIX + one for one in paths)
        raise ControlError(404, f"there is no {PREFIX}{path}{suggestion(path, paths)}; there are {known}")
    for one, values in found:
        if one.method == method:
            return one, values
    raise ControlError(405, f"{PREFIX}{path} takes {', '.join(one.method for one, _ in found)}, not {method}")


def _match(pattern: str, path: str) -> dict[str, str] | None:
    """Return the parameters of a path that fits a pattern such as `faults/{id}`; None if it does not fit."""
    parts, texts = pattern.split("/"), path.rstrip("/").split("/")
    if len(parts) != len(texts):
        return None
    pairs = list(zip(parts, texts, strict=True))
    if any(part != text for part, text in pairs if not part.startswith("{")):
        return None
    return {part.strip("{}"): text for part, text in pairs if part.startswith("{")}


def _query(scope: Scope, operation: Operation) -> dict[str, str]:
    sent = dict(parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True))
    if unknown := sorted(sent.keys() - set(operation.parameters)):
        known = ", ".join(operation.parameters) or "none"
        hint = suggestion(unknown[0], operation.parameters)
        raise ControlError(400, f"there is no parameter {unknown[0]!r}{hint}; there are: {known}")
    return sent


async def _read(receive: Receive) -> bytes:
    body, more = bytearray(), True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message["type"] == "http.request" and bool(message.get("more_body"))
        if len(body) > MAX_BODY:
            raise ControlError(413, f"the body is longer than {MAX_BODY:,} bytes")
    return bytes(body)
