"""Carry out many flows of a sync client at the same time: on one event loop, in one thread.

Threads that carry out one flow each compete for the interpreter's lock, which costs more than the requests do.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import Any, NoReturn, ParamSpec, TypeAlias, TypeVar

from .._core.effects import (
    Effect,
    Flow,
    Gather,
    HTTPRequest,
    RefreshToken,
    Reply,
    RunBlocking,
    SaveTokens,
    Sleep,
)
from .._policy.client_state import ClientState
from ..exceptions import ImgurError, NoAnswerError
from .async_executor import AsyncExecutor
from .daemon_thread import run_in_daemon_thread

P = ParamSpec("P")
T = TypeVar("T")
Outcome: TypeAlias = tuple[list[Any], BaseException | None]
"""The results of the flows of a `Gather`, and the first error of another kind than `ImgurError`, as of a callback."""

CLOSE_TIMEOUT = 1.0
"""Seconds that a loop has to close its connections."""


class BulkExecutor(AsyncExecutor):
    """Carries out the flows of one `Gather` at a time; it keeps its thread and its connections for the next one."""

    def __init__(self, state: ClientState, timeout: float, deadline: float) -> None:
        super().__init__(state, None, timeout, deadline)
        self._sending: set[asyncio.Task[Any]] = set()
        self._stopped = asyncio.Event()
        self._loop = asyncio.new_event_loop()
        self._loop.set_default_executor(_Threads(thread_name_prefix="imgur blocking"))
        self._task: asyncio.Task[None] | None = None
        self._thread = threading.Thread(target=self._run_loop, name="imgur bulk", daemon=True)
        self._thread.start()

    def _run_loop(self) -> None:
        try:
            self._loop.run_forever()
            self._loop.run_until_complete(self.close())
        finally:
            self._loop.close()

    # ---- for the thread of the caller

    def start(self, gather: Gather, refresh: Callable[[RefreshToken], None], outcome: Future[Outcome]) -> None:
        """Start the flows; `outcome` is set once all have ended, whatever happens. `refresh` blocks its thread."""

        def start() -> None:
            self._stopped.clear()
            self._task = self._loop.create_task(self._carry_out(gather, refresh, outcome))

        self._loop.call_soon_threadsafe(start)

    def interrupt(self) -> None:
        """Cut off all requests and start no others; flows that end then can still record what was done."""
        self._loop.call_soon_threadsafe(self._stop)

    def close_connections(self) -> None:
        """Close the connections, also under requests; the next request opens new ones."""
        asyncio.run_coroutine_threadsafe(self._close_connections(), self._loop)

    def end(self, *, wait: bool = False) -> None:
        """Close the connections and end the thread."""
        with suppress(RuntimeError):  # the loop is closed already
            self._loop.call_soon_threadsafe(self._loop.stop)
        if wait and self._thread is not threading.current_thread():
            self._thread.join(CLOSE_TIMEOUT)

    # ---- on the loop

    async def _carry_out(
        self, gather: Gather, refresh: Callable[[RefreshToken], None], outcome: Future[Outcome]
    ) -> None:
        self._refresh_token = refresh
        results: list[Any] = [None] * len(gather.flows)
        failures: list[BaseException] = []
        waiting = enumerate(gather.flows)
        count = min(gather.concurrency, len(results))
        try:
            await asyncio.gather(*(self._work(waiting, results, failures) for _ in range(count)))
        finally:
            del self._refresh_token  # which refers to the client
            outcome.set_result((results, next(iter(failures), None)))

    async def _work(
        self, waiting: Iterator[tuple[int, Flow[Any]]], results: list[Any], failures: list[BaseException]
    ) -> None:
        """Carry out one waiting flow after the other; an error that is no `ImgurError` stops all."""
        for index, flow in waiting:
            if self._stopped.is_set():
                return
            try:
                results[index] = await self.run(flow)
            except ImgurError as error:
                results[index] = error
            except BaseException as error:  # such as a KeyboardInterrupt of a callback, which would end the loop
                failures.append(error)
                self._stop()

    def _stop(self) -> None:
        self._stopped.set()
        self._cut_off()

    def _cut_off(self) -> None:
        while self._sending:
            self._sending.pop().cancel()

    async def _close_connections(self) -> None:
        self._cut_off()
        await self.close()

    async def _perform(self, effect: Effect) -> object:
        if isinstance(effect, RunBlocking):
            return await asyncio.to_thread(effect.work)
        if isinstance(effect, SaveTokens):
            return await asyncio.to_thread(self.state.save_tokens, required=effect.required)
        if self._stopped.is_set():
            raise NoAnswerError("interrupted before it was sent")
        if isinstance(effect, Sleep):
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopped.wait(), effect.seconds)
            return None
        if isinstance(effect, RefreshToken):
            return await asyncio.to_thread(self._refresh_token, effect)
        return await super()._perform(effect)

    async def _send(self, request: HTTPRequest) -> Reply:
        task = asyncio.current_task()
        assert task is not None
        self._sending.add(task)
        try:
            return await super()._send(request)
        finally:
            self._sending.discard(task)

    def _cancelled(self, request: HTTPRequest, *, sent: bool) -> NoReturn:
        """Fail as if the connection broke off, so that the flow records what is known of its request."""
        task = asyncio.current_task()
        assert task is not None
        task.uncancel()
        raise NoAnswerError("the connection was closed", request=request.label, sent=sent, begun=True)


class _Threads(ThreadPoolExecutor):
    """The threads of a loop; Python starts no others once the main thread has ended, though others may go on."""

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        try:
            return super().submit(fn, *args, **kwargs)
        except RuntimeError:
            return run_in_daemon_thread(partial(fn, *args, **kwargs), "imgur blocking")
