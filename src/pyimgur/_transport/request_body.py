"""Read the body of a request, within the deadline of the request."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from concurrent.futures import wait
from functools import partial

from .._core.effects import Body
from .daemon_thread import run_in_daemon_thread
from .deadline import Deadline


class RequestBody:
    """The chunks of a request's body; the deadline learns how many were taken, and when the last one was."""

    def __init__(self, body: Body | None, deadline: Deadline) -> None:
        self._body = body
        self._deadline = deadline

    def __iter__(self) -> Iterator[bytes]:
        for chunk in self._chunks_in_time() if self._may_stall else self._chunks():
            yield chunk
            self._deadline.extend_for(len(chunk))
        self._all_sent()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        if self._body is None or not (self._may_stall or self._body.may_block):
            for chunk in self:
                yield chunk
            return
        import asyncio  # here, as it is slow to import, and a sync client needs none

        chunks = self._chunks()
        while chunk := await asyncio.wrap_future(run_in_daemon_thread(partial(next, chunks, b""), "imgur upload")):
            yield chunk
            self._deadline.extend_for(len(chunk))
        self._all_sent()

    @property
    def _may_stall(self) -> bool:
        """Whether reading the source may block for ever: it has no length, so that it may be a pipe."""
        return self._body is not None and self._body.length is None

    def _chunks(self) -> Iterator[bytes]:
        return iter(self._body.open() if self._body is not None else ())

    def _chunks_in_time(self) -> Iterator[bytes]:
        """Yield the chunks; raise an error if one has not been read by the deadline."""
        chunks = self._chunks()
        reading = run_in_daemon_thread(partial(next, chunks, b""), "imgur upload")
        while wait([reading], max(0.0, self._deadline.left)).done:
            if not (chunk := reading.result()):
                return
            yield chunk
            reading = run_in_daemon_thread(partial(next, chunks, b""), "imgur upload")
        raise self._deadline.error()

    def _all_sent(self) -> None:
        if self._body is not None:
            self._deadline.restart_for_response()
