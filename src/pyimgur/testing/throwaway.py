"""A throwaway server for tests in any language: the parts of the test kit around an application, and their control API.

`cli/serve.py` runs it.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import msgspec

from ..server.errors import NotFoundError
from . import _seeds
from . import control_values as values
from .clock import Clock
from .control_api import PREFIX, ControlAPI
from .control_operation import ControlError, Operation
from .expectation import Expectation, check
from .fault_middleware import Faults
from .faults import Fault
from .journal import Journal
from .server_state import ServerState
from .server_use import ServerUse

if TYPE_CHECKING:
    from starlette.applications import Starlette
    from starlette.types import ASGIApp

    from ..server.services.context import ServerContext

USERNAME = "tester"
PASSWORD = "only for tests"
APPLICATION = "tests"
CALLBACK = "http://127.0.0.1/"
_UNMET = "unmet"
_FILTERS = ("method", "path", "credentials", "account", "client_id", "status")


class Throwaway:
    """The test kit around an application.

    Args:
        app: the server's application; its lifespan prepares the test kit too.
        clock: the clock of its settings.
        faults: the faults from the start; a reset restores them.
        seeded: whether to create an account and an application at the start.

    Attributes:
        outermost: the application to serve, without the control API.
        control_token: the token of the control API.
        credentials: of the account and the application that were created at the start.
    """

    def __init__(self, app: Starlette, clock: Clock, faults: Sequence[Fault], *, seeded: bool) -> None:
        self._app = app
        self._clock = clock
        self._initial_faults = faults
        self._seeded = seeded
        self._faults = Faults(app, self._context)
        self._journal = Journal(self._faults, self._context)
        self._state: ServerState | None = None
        self._resetting = asyncio.Lock()
        self._use = ServerUse()
        self._requests: Callable[[], set[asyncio.Task[None]]] = set
        self._control: ControlAPI | None = None
        self.outermost: ASGIApp = self._journal
        self.control_token: str = secrets.token_urlsafe(24)
        self.credentials: Mapping[str, object] = {}
        for fault in faults:
            self._faults.add(fault)
        opened = app.router.lifespan_context

        @asynccontextmanager
        async def lifespan(app: Starlette) -> AsyncGenerator[None]:
            async with opened(app):
                await self._prepare()
                yield

        app.router.lifespan_context = lifespan

    def with_control(self) -> ASGIApp:
        """Return the application to serve, with the control API."""
        self._control = ControlAPI(self.outermost, self.control_token, self._operations)
        return self._control

    def watch(self, requests: Callable[[], set[asyncio.Task[None]]]) -> None:
        """Wait at a reset for these requests, which are in progress in the server."""
        self._requests = requests

    def summary(self, url: str) -> dict[str, object]:
        """Return what a program needs to use the server and its control API."""
        control = {"control_url": url + PREFIX, "control_token": self.control_token} if self._control else {}
        return {"url": url, **control, **self.credentials}

    def _context(self) -> ServerContext:
        context: ServerContext = self._app.state.context
        return context

    async def _prepare(self) -> None:
        self._state = ServerState(self._app)
        if self._seeded:
            context = self._context()
            created = await _seeds.application(context, values.NewApplication(name=APPLICATION, callback=CALLBACK))
            new = values.NewAccount(name=USERNAME, password=PASSWORD, client_id=created["client_id"])
            account = await _seeds.account(context, new)
            tokens = {name: account[name] for name in ("password", "access_token", "refresh_token", "expires_in")}
            self.credentials = {**created, "username": USERNAME, "account_id": account["id"], **tokens}
        await self._state.remember()

    def _operations(self) -> tuple[Operation, ...]:
        created = 201
        return (
            Operation("POST", "reset", "Restore the state at the start", self._reset, values.NewUse),
            Operation("DELETE", "use", "Let other tests use the server", self._end_use),
            Operation("GET", "clock", "Return the clock", self._show_clock),
            Operation("POST", "clock", "Set the clock forward, stop it, or change its speed", self._set_clock,
                      values.ClockChange),
            Operation("GET", "faults", "Return the faults, and how many requests met them", self._list_faults,
                      parameters=(_UNMET,)),
            Operation("POST", "faults", "Add a fault", self._add_fault, Fault, status=created),
            Operation("DELETE", "faults", "Remove all faults", self._clear_faults),
            Operation("DELETE", "faults/{id}", "Remove a fault", self._remove_fault),
            Operation("GET", "requests", "Return the recorded requests, oldest first", self._list_requests,
                      parameters=_FILTERS),
            Operation("POST", "assert-called", "Check that the server got a request; 409 says how the nearest differs",
                      self._assert_called, values.ExpectedRequest),
            Operation("DELETE", "requests", "Forget the recorded requests", self._clear_requests),
            *(
                Operation("POST", path, summary, self._seed(seed), body, status=created)
                for path, summary, seed, body in _SEEDS
            ),
            Operation("PUT", "credits", "Set the credits that a caller has left", self._set_credits,
                      values.CreditsLeft),
            Operation("GET", "settings", "Return the settings that can be changed", self._show_settings),
            Operation("PATCH", "settings", "Change settings until the next reset", self._change_settings,
                      values.SettingsChange),
        )  # fmt: skip

    async def _reset(self, use: values.NewUse, _parameters: Mapping[str, str]) -> object:
        async with self._resetting:
            self._use.begin(use.test)
            assert self._state is not None
            assert self._control is not None
            own = self._control.tasks
            self._faults.clear()
            for fault in self._initial_faults:
                self._faults.add(fault)
            self._clock.reset()
            await self._state.restore(lambda: self._requests() - own)
            self._journal.clear()
        return {}

    async def _end_use(self, _body: None, _parameters: Mapping[str, str]) -> object:
        self._use.end()
        return {}

    async def _show_clock(self, _body: None, _parameters: Mapping[str, str]) -> object:
        return {"now": self._clock(), "ahead": self._clock.ahead, "speed": self._clock.speed}

    async def _set_clock(self, change: values.ClockChange, parameters: Mapping[str, str]) -> object:
        if change.speed is not None:
            self._clock.set_speed(change.speed)
        self._clock.ahead += change.advance
        return await self._show_clock(None, parameters)

    async def _list_faults(self, _body: None, parameters: Mapping[str, str]) -> object:
        if (unmet := parameters.get(_UNMET, "false")) not in {"true", "false"}:
            raise ControlError(400, f"unmet={unmet!r} is neither true nor false")
        return [
            {"id": active.id, "fault": active.fault, "matched": active.matched, "applied": active.applied}
            for active in (self._faults.unmet() if unmet == "true" else self._faults.active())
        ]

    async def _add_fault(self, fault: Fault, _parameters: Mapping[str, str]) -> object:
        return {"id": self._faults.add(fault)}

    async def _clear_faults(self, _body: None, _parameters: Mapping[str, str]) -> object:
        self._faults.clear()
        return {}

    async def _remove_fault(self, _body: None, parameters: Mapping[str, str]) -> object:
        id = parameters["id"]
        if not (id.isascii() and id.isdecimal() and self._faults.remove(int(id))):
            raise NotFoundError("fault", id)
        return {}

    async def _list_requests(self, _body: None, parameters: Mapping[str, str]) -> object:
        wanted: dict[str, Any] = {"method": "*", "path": "*", **parameters}
        if "status" in wanted:
            if not wanted["status"].isdecimal():
                raise ControlError(400, f"status={wanted['status']!r} is no number")
            wanted["status"] = int(wanted["status"])
        expectation = Expectation(**wanted)
        return [request for request in self._journal.records() if not expectation.differences(request)]

    async def _assert_called(self, expected: values.ExpectedRequest, _parameters: Mapping[str, str]) -> object:
        given = msgspec.structs.asdict(expected)
        times = given.pop("times")
        check(Expectation(**given), self._journal.records(), times)
        return {}

    async def _clear_requests(self, _body: None, _parameters: Mapping[str, str]) -> object:
        self._journal.clear()
        return {}

    def _seed(self, seed: Callable[[ServerContext, Any], Any]) -> Any:
        async def handle(new: values.Value, _parameters: Mapping[str, str]) -> object:
            return await seed(self._context(), new)

        return handle

    async def _set_credits(self, new: values.CreditsLeft, _parameters: Mapping[str, str]) -> object:
        return await _seeds.credits_left(self._context(), self._app.state.rate_limiter, new)

    async def _show_settings(self, _body: None, _parameters: Mapping[str, str]) -> object:
        settings = self._context().settings
        shown = {name: getattr(settings, name) for name in ("token_lifetime", "dead_token_status", "strip", "open")}
        return {**shown, "enforce_credits": settings.enforces_credits}

    async def _change_settings(self, change: values.SettingsChange, parameters: Mapping[str, str]) -> object:
        assert self._state is not None
        given = {name: value for name, value in msgspec.structs.asdict(change).items() if value is not None}
        settings = self._context().settings
        enforced = given.pop("enforce_credits", None)
        if enforced is not None:
            given["credits"] = replace(settings.credits, enforced=enforced)
        changed = replace(settings, **given)
        if enforced is False and changed.enforces_credits:
            raise ControlError(400, "enforce_credits=false contradicts open=false: a closed server enforces credits")
        self._state.use(changed)
        return await self._show_settings(None, parameters)


_SEEDS = (
    ("accounts", "Create an account, and tokens for it", _seeds.account, values.NewAccount),
    ("applications", "Register an application, and authorize it", _seeds.application, values.NewApplication),
    ("images", "Store an image", _seeds.image, values.NewImage),
    ("albums", "Create an album", _seeds.album, values.NewAlbum),
    ("posts", "Submit an image or album to the gallery", _seeds.post, values.NewPost),
    ("comments", "Add a comment to a post", _seeds.comment, values.NewComment),
)
