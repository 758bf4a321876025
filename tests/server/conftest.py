"""Servers to test against; what one can do is in `site_support`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from site_support import Sites, picture

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from site_support import NewSite, Site


@pytest.fixture
def new_site(tmp_path: Path) -> Iterator[NewSite]:
    """Starts servers for one test, each on a folder of its own."""
    with Sites(tmp_path) as sites:
        yield sites.start


@pytest.fixture
def site(new_site: NewSite) -> Site:
    """A server for one test."""
    return new_site()


@pytest.fixture(scope="module")
def shared_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """One server for all tests of a module that take care not to meet each other in it."""
    with Sites(tmp_path_factory.mktemp("site")) as sites:
        yield sites.start()


@pytest.fixture(scope="session")
def png() -> bytes:
    """A small picture."""
    return picture("PNG")
