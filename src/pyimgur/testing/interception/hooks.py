"""Install the hooks of all libraries, as long as an interception or a guard is active.

A library that is imported meanwhile gets its hooks when its import ends; one that is not installed needs none.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

from . import aiohttp_connector, fast_exchange, http_client, httpcore_pool, name_lookup, urllib3_pool

Hooks = Callable[[Any], AbstractContextManager[None]]
"""Installs hooks in a module, and removes them."""

LIBRARIES: Mapping[str, Hooks] = {
    "socket": name_lookup.hooks,
    "http.client": http_client.hooks,
    "urllib3.connectionpool": urllib3_pool.hooks,
    "httpcore": httpcore_pool.hooks,
    "httpcore2": httpcore_pool.hooks,
    "aiohttp.connector": aiohttp_connector.hooks,
    "pyimgur._transport.routes": fast_exchange.hooks,
}


class Installation(MetaPathFinder):
    """The installed hooks, and the import hook for libraries that come later."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._users = 0
        self._exits = ExitStack()

    @contextmanager
    def installed(self) -> Generator[None]:
        """Keep the hooks installed within the block; the last block removes them."""
        with self._lock:
            if not self._users:
                self._install()
            self._users += 1
        try:
            yield
        finally:
            with self._lock:
                self._users -= 1
                if not self._users:
                    sys.meta_path.remove(self)
                    self._exits.close()

    def _install(self) -> None:
        sys.meta_path.insert(0, self)
        for name, hooks in LIBRARIES.items():
            if name in sys.modules:
                self._exits.enter_context(hooks(import_module(name)))  # waits for an import in another thread

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None, /
    ) -> ModuleSpec | None:
        """Find a library as the other finders do, with a loader that adds its hooks."""
        if fullname not in LIBRARIES:
            return None
        others = (finder.find_spec(fullname, path, target) for finder in sys.meta_path if finder is not self)
        spec = next((spec for spec in others if spec), None)
        if spec and spec.loader:
            spec.loader = _HookingLoader(spec.loader, self._imported)
        return spec

    def _imported(self, module: ModuleType) -> None:
        with self._lock:
            if self._users:
                self._exits.enter_context(LIBRARIES[module.__name__](module))


class _HookingLoader(Loader):
    """A loader that reports the module that it has executed, and leaves the module as it would be without it."""

    def __init__(self, loader: Loader, executed: Callable[[ModuleType], None]) -> None:
        self._loader = loader
        self._executed = executed

    def __getattr__(self, name: str) -> Any:
        return getattr(self._loader, name)

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        """Create the module as the real loader does."""
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        """Execute the module as the real loader does, and report it."""
        assert module.__spec__
        module.__spec__.loader = module.__loader__ = self._loader
        self._loader.exec_module(module)
        self._executed(module)


_INSTALLATION = Installation()


def hooks() -> AbstractContextManager[None]:
    """Keep the hooks installed within a block."""
    return _INSTALLATION.installed()
