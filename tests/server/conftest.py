"""Servers to test against, the people on them, and windows of a real browser."""

from __future__ import annotations

import re
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest
from oauth_support import serving
from site_support import Sites, picture

from database_support import ON_POSTGRESQL

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from oauth_support import Server
    from playwright.sync_api import Browser, BrowserContext, Page
    from site_support import NewSite, OpenWindow, Person, Site

REJECTED_FORM = re.compile("status of (400|403|429)")
"""What Chromium logs when a form is shown again with an error."""


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers", "sqlite: about SQLite and its file; left out with PYIMGUR_TEST_DATABASE=postgresql"
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    about_sqlite = [item for item in items if ON_POSTGRESQL and item.get_closest_marker("sqlite")]
    if about_sqlite:
        config.hook.pytest_deselected(items=about_sqlite)
        items[:] = [item for item in items if item not in about_sqlite]


@pytest.fixture
def new_site(tmp_path: Path) -> Iterator[NewSite]:
    """Return a function that starts servers, each on a folder of its own."""
    with Sites(tmp_path) as sites:
        yield sites.start


@pytest.fixture
def site(new_site: NewSite) -> Site:
    """Return a server for one test."""
    return new_site()


@pytest.fixture(scope="module")
def shared_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Return one server for all tests of a module; each test must ignore what the others left on it."""
    with Sites(tmp_path_factory.mktemp("site")) as sites:
        yield sites.start()


@pytest.fixture(scope="module")
def ann(shared_site: Site) -> Person:
    """Return an account of the shared server."""
    return shared_site.person("ann")


@pytest.fixture(scope="module")
def bob(shared_site: Site) -> Person:
    """Return another account of the shared server."""
    return shared_site.person("bob")


@pytest.fixture(scope="session")
def png() -> bytes:
    """Return a small picture."""
    return picture("PNG")


@pytest.fixture(scope="module")
def server_settings() -> dict[str, Any]:
    """Return the settings of `server`; a test module may override this fixture."""
    return {}


@pytest.fixture(scope="module")
def running_server(tmp_path_factory: pytest.TempPathFactory, server_settings: dict[str, Any]) -> Iterator[Server]:
    """Return the process behind `server`, which all tests of a module share."""
    with serving(tmp_path_factory.mktemp("data"), **server_settings) as server:
        yield server


@pytest.fixture
def empty_server(running_server: Server) -> Server:
    """Return an open server with an empty database."""
    running_server.reset()
    return running_server


@pytest.fixture
def server(empty_server: Server) -> Server:
    """Return an open server with one account, bob."""
    empty_server.account("bob")
    return empty_server


@pytest.fixture
def closed_server(tmp_path: Path) -> Iterator[Server]:
    """Return a closed server with one account, bob."""
    with serving(tmp_path, open=False) as server:
        server.account("bob")
        yield server


@pytest.fixture
def open_window(browser: Browser) -> Iterator[OpenWindow]:
    """Return a function that opens browser windows; errors on their consoles fail the test."""
    errors: list[str] = []

    with ExitStack() as windows:

        def open(**options: Any) -> BrowserContext:
            window = windows.enter_context(browser.new_context(**options))
            window.set_default_timeout(15_000)
            window.on("console", lambda line: errors.append(line.text) if line.type in ("error", "warning") else None)
            window.on("weberror", lambda error: errors.append(str(error.error)))
            return window

        yield open
    assert [error for error in errors if not REJECTED_FORM.search(error)] == []


@pytest.fixture
def tab(open_window: OpenWindow) -> Page:
    """Return an empty tab in a window of its own."""
    return open_window().new_page()
