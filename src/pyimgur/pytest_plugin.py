"""The pytest plugin: the fixture `imgur`, loaded by pytest itself wherever pyimgur is installed.

Nothing of pyimgur is imported before a test asks for the fixture.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .testing import LocalImgur


@pytest.fixture(scope="session")
def imgur_server() -> Iterator[LocalImgur]:
    """One Imgur for all tests of this process; take `imgur`, which is as new for each test."""
    from .testing import local_imgur

    with local_imgur() as running:
        yield running


@pytest.fixture
def imgur(imgur_server: LocalImgur) -> LocalImgur:
    """A running Imgur with an account, a client that is signed in, and nothing else in it."""
    imgur_server.reset()
    return imgur_server
