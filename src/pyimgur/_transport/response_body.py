"""Take the bytes of a response: into memory, up to a limit, or into a sink."""

from __future__ import annotations

from collections.abc import Mapping

from .._core.effects import HTTPRequest, Sink
from ..exceptions import UnreadableAnswerError
from .deadline import Deadline

MAX_RESPONSE = 64 * 1024 * 1024
"""Bytes of a response that are held in memory."""


class BufferedBody:
    """Collects a response in memory, up to a limit; its bytes do not extend the deadline."""

    def __init__(self, label: str, deadline: Deadline) -> None:
        self._label = label
        self._deadline = deadline
        self._chunks: list[bytes] = []
        self._size = 0

    def write(self, chunk: bytes) -> None:
        self._size += len(chunk)
        if self._size > MAX_RESPONSE:
            raise UnreadableAnswerError(f"the response is larger than {MAX_RESPONSE:,} bytes", request=self._label)
        self._deadline.extend_for(0)
        self._chunks.append(chunk)

    @property
    def body(self) -> bytes:
        return b"".join(self._chunks)


class StreamedBody:
    """Passes a response on to a sink; its bytes extend the deadline."""

    body = b""

    def __init__(self, sink: Sink, deadline: Deadline) -> None:
        self._sink = sink
        self._deadline = deadline

    def write(self, chunk: bytes) -> None:
        self._deadline.extend_for(len(chunk))
        self._sink.write(chunk)


def response_body_for(
    request: HTTPRequest, status: int, headers: Mapping[str, str], deadline: Deadline
) -> BufferedBody | StreamedBody:
    """Return where the bytes of this response go: to the sink if it accepts them, else to memory."""
    sink = request.sink
    accepted = sink is not None and sink.accepts(status, headers)
    return StreamedBody(sink, deadline) if sink is not None and accepted else BufferedBody(request.label, deadline)
