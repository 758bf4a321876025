"""The sync executor: carries out effects in the calling thread.

It gives every request a total deadline, limits what is held in memory, and refreshes a token once, however many
threads and processes wait for it.
"""

from __future__ import annotations

import os
import threading
import time
import weakref
from collections.abc import Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import closing
from typing import TYPE_CHECKING, Any, TypeVar

from .._core.effects import (
    Effect,
    Flow,
    Gather,
    HTTPRequest,
    Item,
    ItemStream,
    RefreshToken,
    Reply,
    RunBlocking,
    SaveTokens,
    Sleep,
)
from .._core.request import Request
from .._policy import pagination, token_grants
from .._policy.client_state import ClientState
from .._policy.flow import execute
from .._policy.pagination import ListRequest, effective_limit
from .._policy.rate_limit import CreditTracker
from .._traceback_locals import clear_locals
from ..exceptions import ImgurError, NoAnswerError
from ..lists import ItemList
from .deadline import Deadline
from .exchange import exchange
from .request_log import is_listening, log_request

if TYPE_CHECKING:
    import httpx2

    from .bulk_executor import BulkExecutor, Outcome

T = TypeVar("T")
SIGNAL_INTERVAL = 0.1
"""Seconds after which a wait for other threads looks whether the program was interrupted."""
POLL_INTERVAL = 0.02
"""Seconds between two checks whether interrupted threads have ended."""
SHUTDOWN_GRACE = 3.0
"""Seconds that interrupted threads have to record what became of their uploads."""


def _end(idle: list[BulkExecutor]) -> None:
    while idle:
        idle.pop().end()


class SyncExecutor:
    """Carries out flows, blocking the calling thread; safe to share between threads."""

    def __init__(
        self, state: ClientState, transport: httpx2.BaseTransport | None, timeout: float, deadline: float
    ) -> None:
        self.state = state
        self._exchange = exchange(transport, timeout)
        self._transport = transport
        self._timeout = timeout
        self._deadline = deadline
        self._busy: set[BulkExecutor] = set()
        self._idle: list[BulkExecutor] = []
        self.reset_after_fork()
        weakref.finalize(self, _end, self._idle)  # most programs never close a client
        _executors.add(self)

    def reset_after_fork(self) -> None:
        """Drop connections and locks in a forked process: they are its parent's."""
        self._exchange.reset_after_fork()
        self._busy.clear()
        self._idle.clear()
        self._lock = threading.Lock()
        self._refreshing = threading.Lock()
        self.state.credits = CreditTracker(self.state.credits.budget)

    def close(self) -> None:
        """Close the connections; the next call opens new ones."""
        self._exchange.close()
        with self._lock:
            idle, busy = list(self._idle), list(self._busy)
            self._idle.clear()
        for bulk in idle:
            bulk.end(wait=True)
        for bulk in busy:
            bulk.close_connections()

    def call(self, request: Request[T]) -> T:
        return self.run(execute(self, request))

    def collect(self, request: ListRequest[T]) -> ItemList[T]:
        return self.run(pagination.collect(pagination.paginate(self, request, effective_limit(self.state, request))))

    def iterate(self, request: ListRequest[T]) -> Iterator[T]:
        return self._iterate(pagination.paginate(self, request, request.limit))

    def _iterate(self, stream: ItemStream[T]) -> Generator[T, None, bool | None]:
        """Yield the stream's items, fetched as they are wanted; return whether more exist than it gave."""
        with closing(stream):
            while isinstance(item := self.run(pagination.next_item(stream)), Item):
                yield item.item
        return item.has_more

    def load(self, obj: Any) -> Any:
        self.run(obj.reload())
        return obj

    def missing(self, obj: Any, name: str) -> None:
        self.load(obj)

    def run(self, flow: Flow[T], stopped: threading.Event | None = None) -> T:
        """Carry out the flow's effects and return its result.

        Once `stopped` is set, only effects that record what was done are carried out; others raise `NoAnswerError`.
        """
        try:
            effect = next(flow)
            while True:
                try:
                    if stopped is not None and stopped.is_set() and not isinstance(effect, RunBlocking | SaveTokens):
                        raise NoAnswerError("interrupted before it was sent")
                    result = self._perform(effect, stopped)
                except ImgurError as error:
                    effect = flow.throw(error)
                else:
                    effect = flow.send(result)
        except StopIteration as done:
            return done.value
        except BaseException as error:
            clear_locals(error)
            raise
        finally:
            flow.close()

    def _perform(self, effect: Effect, stopped: threading.Event | None) -> object:
        if isinstance(effect, HTTPRequest):
            if not is_listening():
                return self._send(effect)
            with log_request(effect) as log_response:
                return log_response(self._send(effect))
        if isinstance(effect, Gather):
            return self._gather(effect)
        if isinstance(effect, RunBlocking):
            return effect.work()
        if isinstance(effect, Sleep):
            (stopped or threading.Event()).wait(effect.seconds)
        elif isinstance(effect, SaveTokens):
            self.state.save_tokens(required=effect.required)
        else:
            self._refresh(effect)
        return None

    def _gather(self, effect: Gather) -> list[Any]:
        """Run the flows, several at a time; on an interrupt, cancel requests in flight and start no others."""
        if self._transport is not None:  # it knows no event loop
            return self._gather_in_threads(effect)
        return self._gather_on_loop(effect) if effect.flows else []

    def _gather_on_loop(self, effect: Gather) -> list[Any]:
        outcome: Future[Outcome] = Future()
        bulk = self._take_bulk_executor()
        try:
            bulk.start(effect, self._refresh, outcome)
            while not wait([outcome], SIGNAL_INTERVAL).done:
                pass  # an interrupt that arrives just before the wait begins, or in another thread, does not end it
            results, failure = outcome.result()
        except BaseException:
            bulk.interrupt()
            outcome.add_done_callback(lambda _: bulk.end())
            self._wait_for(outcome)
            raise
        finally:
            self._busy.discard(bulk)
        self._idle.append(bulk)
        if failure is not None:
            raise failure
        return results

    def _take_bulk_executor(self) -> BulkExecutor:
        """Return an executor that does nothing else: a callback of another one may wait for this one."""
        from .bulk_executor import BulkExecutor  # here, as most programs need no event loop

        with self._lock:
            bulk = self._idle.pop() if self._idle else BulkExecutor(self.state, self._timeout, self._deadline)
            self._busy.add(bulk)
        return bulk

    def _wait_for(self, outcome: Future[Outcome]) -> None:
        """Wait until all flows have ended; one that is held up by something else is left behind."""
        give_up_at = time.monotonic() + SHUTDOWN_GRACE
        while not wait([outcome], POLL_INTERVAL).done and time.monotonic() < give_up_at:
            self._exchange.close()  # a callback, or the refresh of a token, may wait for a request of its own

    def _gather_in_threads(self, effect: Gather) -> list[Any]:
        stopped = threading.Event()
        workers: list[threading.Thread] = []
        register = lambda: workers.append(threading.current_thread())  # noqa: E731 - an interrupt in submit loses its future
        threads = ThreadPoolExecutor(effect.concurrency, "imgur", register)
        try:
            return [done.result() for done in [threads.submit(self._outcome, flow, stopped) for flow in effect.flows]]
        except BaseException:
            stopped.set()  # so that cancelled requests are not retried
            threads.shutdown(wait=False, cancel_futures=True)
            self._cancel(workers)
            raise
        finally:
            threads.shutdown(wait=not stopped.is_set())

    def _cancel(self, workers: list[threading.Thread]) -> None:
        """Close connections until all threads have ended; one that a dead network blocks is left behind."""
        give_up_at = time.monotonic() + SHUTDOWN_GRACE
        for worker in workers:
            while worker.is_alive() and time.monotonic() < give_up_at:  # it may have been about to connect
                self._exchange.close()
                worker.join(POLL_INTERVAL)

    def _outcome(self, flow: Flow[T], stopped: threading.Event) -> T | ImgurError:
        try:
            return self.run(flow, stopped)
        except ImgurError as error:
            return error

    def _refresh(self, effect: RefreshToken) -> None:
        """Refresh the token once, however many threads and processes wait for it."""
        with self._refreshing:
            if self.state.access_token != effect.stale or (effect.doubted and self.state.recently_issued):
                return
            with self.state.store_lock():
                if not self.state.adopt_newer_token():
                    self.run(token_grants.refresh(self.state))

    def _send(self, request: HTTPRequest) -> Reply:
        return self._exchange.send(request, Deadline(request, self._deadline))


_executors = weakref.WeakSet[SyncExecutor]()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=lambda: [executor.reset_after_fork() for executor in _executors])
