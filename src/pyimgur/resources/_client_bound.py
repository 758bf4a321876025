"""The base of everything that makes calls: clients, and objects that came from one."""

from __future__ import annotations

from typing import Any, cast

from .._core.endpoint import HasExecutor, M
from .._core.executor import Executor
from .._policy.client_state import ClientExecutor
from ..exceptions import NotLoaded
from ..urls import Kind, key_in


class NoClient:
    """The executor of objects without a client: nothing can be fetched or called."""

    def __getattr__(self, name: str) -> Any:
        raise NotLoaded("this object belongs to no client, as unpickled objects do: bind it with client.bind(object)")

    def missing(self, obj: Any, name: str) -> None:
        """Raise the error for a field that cannot be fetched."""
        raise NotLoaded(
            f"{name!r} of {obj!r} has not been fetched, and it belongs to no client: use client.bind(object)"
        )


NO_CLIENT = cast("Executor", NoClient())


class ClientBound(HasExecutor[M]):
    """A client, or an object that came from one: the typed base of everything that makes calls."""

    __slots__ = ()
    _executor: ClientExecutor

    def _key_in(self, key: Any, *kinds: Kind) -> Any:
        """Return the id, name or number in a URL of one of these kinds; anything but a URL is returned as it is.

        Raises:
            ArgumentError: the URL leads elsewhere; nothing was sent.
        """
        return key_in(key, self._executor.state.site, *kinds)
