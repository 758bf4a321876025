"""The journal: ASGI middleware that records the requests that a server for tests gets.

Bodies are parsed as they pass through, by the parsers of the server, so that no file is kept in memory. Secrets are
replaced: tokens, passwords, pins and codes never get into a record.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias
from urllib.parse import parse_qsl

from ..server.http.body_events import text_of
from ._middleware import KitMiddleware
from ._request_identity import CONNECTION, Identity, identify
from .recorded_body import BodyRecorder, RecordedFile

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from ..server.services.context import ServerContext
    from ._request_identity import CredentialKind

FieldValue: TypeAlias = str | tuple[str, ...]
"""The value of a field; several values of one name are a tuple."""
MAX_REQUESTS = 10_000
"""Requests that are kept; older ones are forgotten."""
SECRETS = frozenset(
    {
        "access_token",
        "allow",
        "client_secret",
        "code",
        "code_verifier",
        "csrf_token",
        "new_password",
        "password",
        "pin",
        "refresh_token",
        "token",
    }
)
SECRET = "***"


@dataclass(frozen=True, slots=True)
class RecordedRequest:
    """A request that the server got.

    Attributes:
        method: the method, in upper case.
        path: the path, without the query.
        credentials: `anonymous` for a client id, `token` for an access token, `none` for neither.
        client_id: the application; None without credentials, or with a token that is not valid.
        account: the name of the account; None without a valid token.
        query: the parameters of the query. Values of secrets are `***`.
        fields: the texts of the body, whatever its encoding; `ids[]` is `ids`, and several values are a tuple.
        files: the files of the body.
        status: the status of the response; None if there is none yet, or the connection was cut.
    """

    method: str
    path: str
    credentials: CredentialKind = "none"
    client_id: str | None = None
    account: str | None = None
    query: Mapping[str, FieldValue] = field(default_factory=dict[str, FieldValue])
    fields: Mapping[str, FieldValue] = field(default_factory=dict[str, FieldValue])
    files: tuple[RecordedFile, ...] = ()
    status: int | None = None

    def __str__(self) -> str:
        """Return the request in a line: `POST /3/album as tester -> 200`."""
        sender = f" as {self.account}" if self.account else {"none": " without credentials"}.get(self.credentials, "")
        return f"{self.method} {self.path}{sender} -> {self.status or 'no response'}"


class _Entry:
    """A request that may still be in progress."""

    def __init__(self, scope: Scope, identity: Identity) -> None:
        content_type = next((text for name, text in scope["headers"] if name == b"content-type"), b"")
        self._scope = scope
        self._identity = identity
        self.body = BodyRecorder(content_type.decode("latin-1"))
        self.status: int | None = None

    def record(self) -> RecordedRequest:
        query = parse_qsl(text_of(self._scope["query_string"]), keep_blank_values=True)
        return RecordedRequest(
            self._scope["method"],
            self._scope["path"],
            self._identity.credentials,
            self._identity.client_id,
            self._identity.account,
            _by_name(query),
            _by_name(self.body.fields),
            tuple(self.body.files),
            self.status,
        )


class Journal(KitMiddleware):
    """The middleware. All methods are thread-safe."""

    def __init__(self, app: ASGIApp, context: Callable[[], ServerContext]) -> None:
        super().__init__(app, context)
        self._entries: deque[_Entry] = deque(maxlen=MAX_REQUESTS)

    def records(self) -> Sequence[RecordedRequest]:
        """Return the requests since the last `clear`, oldest first, also those that are still in progress."""
        with self._lock:
            entries = list(self._entries)
        return tuple(entry.record() for entry in entries)

    def clear(self) -> None:
        """Forget all requests."""
        with self._lock:
            self._entries.clear()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Record the request, and pass it on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        entry = _Entry(scope, await identify(scope, self._context()))
        with self._lock:
            self._entries.append(entry)

        async def record_body() -> Message:
            message = await receive()
            if message["type"] == "http.request":
                entry.body.feed(message.get("body", b""), more=bool(message.get("more_body")))
            return message

        async def record_status(message: Message) -> None:
            if message["type"] == "http.response.start":
                entry.status = message["status"]
            await send(message)

        scope[CONNECTION] = receive
        await self._app(scope, record_body, record_status)


def _by_name(pairs: Iterable[tuple[str, str]]) -> Mapping[str, FieldValue]:
    values: dict[str, list[str]] = {}
    for name, value in pairs:
        name = name.partition("[")[0]
        values.setdefault(name, []).append(SECRET if name.lower() in SECRETS else value)
    return {name: several[0] if len(several) == 1 else tuple(several) for name, several in values.items()}
