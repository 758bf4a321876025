"""A pytest plugin with the fixture `imgur`; pytest loads it wherever pyimgur is installed.

No other module of pyimgur is imported until a test uses the fixture.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .testing import LocalImgur


@pytest.fixture(scope="session")
def imgur_server() -> Iterator[LocalImgur]:
    """Run one Imgur for all tests of this process; tests use `imgur`, which is reset for each test."""
    from .testing import local_imgur

    with local_imgur() as running:
        yield running


@pytest.fixture
def imgur(imgur_server: LocalImgur) -> LocalImgur:
    """Give a running Imgur that has one account with a logged-in client, and nothing else."""
    imgur_server.reset()
    return imgur_server
