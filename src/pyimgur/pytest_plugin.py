"""A pytest plugin with the fixture `imgur`; pytest loads it wherever pyimgur is installed.

A test that used the fixture fails at its end if no request met one of its faults.

No other module of pyimgur is imported until a test uses the fixture.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from .testing import LocalImgur

_SERVER = pytest.StashKey["LocalImgur"]()


@pytest.fixture(scope="session")
def imgur_server() -> Iterator[LocalImgur]:
    """Run one Imgur for all tests of this process; tests use `imgur`, which is reset for each test."""
    from .testing import local_imgur

    with local_imgur() as running:
        yield running


@pytest.fixture
def imgur(imgur_server: LocalImgur, request: pytest.FixtureRequest) -> LocalImgur:
    """Give a running Imgur that has one account with a logged-in client, and nothing else."""
    imgur_server.reset()
    request.node.stash[_SERVER] = imgur_server
    return imgur_server


@pytest.fixture
def no_real_imgur() -> Iterator[None]:
    """Fail a test that tries to reach the real Imgur from this process; the attempt fails like an unknown host."""
    from .testing.guard import guard

    with guard():
        yield


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """Fail a test that passed although no request met one of its faults."""
    result = yield
    if server := item.stash.get(_SERVER, None):
        server.assert_faults_applied()
    return result
