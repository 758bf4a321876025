"""The sync driver, and what both share: they alone of the client know the HTTP library, sleep or lock.

A driver takes a flow's steps one by one and hands back what came of each. Both keep a total
deadline for every exchange (httpx2's timeouts are per read), bound what is held in memory, and
refresh a token once, however many callers wait for it.
"""

from __future__ import annotations

import os
import threading
import time
import weakref
from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from typing import Any, TypeAlias, TypeVar

import httpx2

from .._core.effects import (
    Effect,
    Flow,
    Gather,
    HTTPRequest,
    Item,
    ItemStream,
    Paginator,
    Refresh,
    Reply,
    RunBlocking,
    SaveTokens,
    Sleep,
)
from .._core.request import Request
from .._policy import pagination, token_grants
from .._policy.client_state import ClientState
from .._policy.flow import execute
from .._policy.rate_limit import CreditTracker
from .._storage.json_file import UnwritableError
from .._traceback_locals import clear_locals
from ..exceptions import ImgurError, NoAnswerError
from ..lists import ItemList
from ..tokens import SharedTokenStore
from . import connection_pool
from .httpx_adapter import Deadline, headers_of, response_body_for, root_cause, to_httpx_request, translate_error
from .request_log import log_request

T = TypeVar("T")
ListRequest: TypeAlias = "Request[list[T]] | Paginator[T]"
Origin = tuple[str, str]
"""Scheme and host: what the choice of a proxy hangs on."""

TIMEOUT = 30.0
"""Seconds one read or write may take."""
POLL_INTERVAL = 0.02
"""Seconds after which what should end by itself is looked at again."""
SHUTDOWN_GRACE = 3.0
"""Seconds that what was cut off has to write down what became of it."""
DEADLINE = 120.0
"""Seconds a whole exchange may take; a file's bytes add to it, see SLOWEST."""


@contextmanager
def held(state: ClientState) -> Generator[None]:
    """The token store, for this process alone, if others may use it; one that is read-only is not held."""
    with ExitStack() as stack:
        if isinstance(state.store, SharedTokenStore):
            try:
                stack.enter_context(state.store.hold())
            except (UnwritableError, OSError) as error:
                state.warn_not_kept(error)
        yield


def effective_limit(state: ClientState, wanted: ListRequest[Any]) -> int | None:
    """How many things a list holds at most; None for all."""
    if wanted.limit is not None and wanted.limit >= 0:
        return wanted.limit
    return None if isinstance(wanted, Paginator) and wanted.whole else state.default_limit


def _close(transports: dict[Origin, httpx2.BaseTransport]) -> None:
    while transports:
        transports.popitem()[1].close()


class SyncExecutor:
    """Carries out flows, blocking the calling thread; safe to share between threads."""

    def __init__(
        self, state: ClientState, transport: httpx2.BaseTransport | None, timeout: float, deadline: float
    ) -> None:
        self.state = state
        self._given = transport
        self._transports: dict[Origin, httpx2.BaseTransport] = {}
        self._timeout = timeout
        self._deadline = deadline
        self.reset_after_fork()
        weakref.finalize(self, _close, self._transports)  # most programs never close a client
        _forked.add(self)

    def reset_after_fork(self) -> None:
        """Start without connections, as a child process does: with its parent's it would get its parent's answers."""
        self._transports.clear()
        self._lock = threading.Lock()
        self._refreshing = threading.Lock()
        self.state.credits = CreditTracker(self.state.credits.budget)

    def close(self) -> None:
        """Close the connections; the next call opens new ones."""
        with self._lock:
            _close(self._transports)

    def call(self, request: Request[T]) -> T:
        return self.run(execute(self, request))

    def collect(self, wanted: ListRequest[T]) -> ItemList[T]:
        return self.run(pagination.collect(pagination.paginate(self, wanted, effective_limit(self.state, wanted))))

    def iterate(self, wanted: ListRequest[T]) -> Iterator[T]:
        return self._walk(pagination.paginate(self, wanted, wanted.limit))

    def _walk(self, walk: ItemStream[T]) -> Generator[T, None, bool | None]:
        """Take the walk's steps as far as its next thing is wanted; return whether there is more than it gave."""
        with closing(walk):
            while isinstance(found := self.run(pagination.next_item(walk)), Item):
                yield found.item
        return found.has_more

    def load(self, obj: Any) -> Any:
        self.run(obj.reload())
        return obj

    def missing(self, obj: Any, name: str) -> None:
        self.load(obj)

    def run(self, flow: Flow[T], stopped: threading.Event | None = None) -> T:
        """Take the flow's steps until it returns; once it is stopped, only those that write down what was done."""
        stopped = stopped or threading.Event()
        try:
            step = next(flow)
            while True:
                try:
                    if stopped.is_set() and not isinstance(step, RunBlocking | SaveTokens):
                        raise NoAnswerError("stopped before it was done")
                    answer = self._perform(step, stopped)
                except ImgurError as error:
                    step = flow.throw(error)
                else:
                    step = flow.send(answer)
        except StopIteration as done:
            return done.value
        except BaseException as error:
            clear_locals(error)
            raise
        finally:
            flow.close()

    def _perform(self, step: Effect, stopped: threading.Event) -> object:
        if isinstance(step, HTTPRequest):
            with log_request(step) as told:
                return told(self._exchange(step))
        if isinstance(step, Gather):
            return self._gather(step)
        if isinstance(step, RunBlocking):
            return step.work()
        if isinstance(step, Sleep):
            stopped.wait(step.seconds)
        elif isinstance(step, SaveTokens):
            self.state.save_tokens(required=step.required)
        else:
            self._refresh(step)
        return None

    def _gather(self, step: Gather) -> list[Any]:
        """Each flow in a thread; when the user interrupts, what is on its way is cut off and nothing more begins."""
        stopped = threading.Event()
        workers: list[threading.Thread] = []
        known = lambda: workers.append(threading.current_thread())  # noqa: E731 - an interrupt in submit loses its future
        threads = ThreadPoolExecutor(step.concurrency, "imgur", known)
        try:
            return [done.result() for done in [threads.submit(self._outcome, flow, stopped) for flow in step.flows]]
        except BaseException:
            stopped.set()  # or what is cut off would be tried again
            threads.shutdown(wait=False, cancel_futures=True)
            self._cancel(workers)
            raise
        finally:
            threads.shutdown(wait=not stopped.is_set())

    def _cancel(self, workers: list[threading.Thread]) -> None:
        """Close what is on its way until all have seen it; who waits for a network that is gone is left behind."""
        ending = time.monotonic() + SHUTDOWN_GRACE
        for worker in workers:
            while worker.is_alive() and time.monotonic() < ending:  # it may have been about to connect
                self.close()
                worker.join(POLL_INTERVAL)

    def _outcome(self, flow: Flow[T], stopped: threading.Event) -> T | ImgurError:
        try:
            return self.run(flow, stopped)
        except ImgurError as error:
            return error

    def _refresh(self, step: Refresh) -> None:
        """Refresh once, however many threads and processes wait for it."""
        with self._refreshing:
            if self.state.access_token != step.stale or (step.doubted and self.state.recently_issued):
                return
            with held(self.state):
                if not self.state.adopt_newer_token():
                    self.run(token_grants.refresh(self.state))

    def _exchange(self, exchange: HTTPRequest) -> Reply:
        deadline = Deadline(exchange, self._deadline)
        made, sending = to_httpx_request(exchange, deadline, self._timeout)
        try:
            with connection_pool.deadline_scope(deadline):
                response = self._transport(made.url).handle_request(made)
                try:
                    return self._read(exchange, response, deadline)
                finally:
                    response.close()
        except httpx2.HTTPError as error:
            if deadline.left <= 0:
                raise deadline.error(sent=sending.done) from error
            raise translate_error(error, exchange, sending.done) from root_cause(error)

    def _read(self, exchange: HTTPRequest, response: httpx2.Response, deadline: Deadline) -> Reply:
        headers = headers_of(response)
        into = response_body_for(exchange, response.status_code, headers, deadline)
        for chunk in response.iter_bytes():
            into.write(chunk)
        return Reply(response.status_code, headers, into.body)

    def _transport(self, url: httpx2.URL) -> httpx2.BaseTransport:
        if self._given is not None:
            return self._given
        origin = (url.scheme, url.host)
        with self._lock:
            if origin not in self._transports:
                self._transports[origin] = connection_pool.transport(connection_pool.proxy_for(url))
            return self._transports[origin]


_forked = weakref.WeakSet[SyncExecutor]()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=lambda: [runner.reset_after_fork() for runner in _forked])
