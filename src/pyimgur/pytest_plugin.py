"""A pytest plugin with the fixture `imgur`, and a guard against the real Imgur; pytest loads it with pyimgur installed.

A test that used the fixture fails at its end if no request met one of its faults. One that the guard watches fails if
it tried to reach the real Imgur.

No other module of pyimgur is imported until a test uses a fixture, or the setting `pyimgur_guard` is on.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from .testing import LocalImgur
    from .testing.interception import Guard

_SERVER: pytest.StashKey[LocalImgur] = pytest.StashKey()
_GUARD: pytest.StashKey[Guard] = pytest.StashKey()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the setting `pyimgur_guard`."""
    parser.addini("pyimgur_guard", "fail tests that try to reach the real Imgur", type="bool", default=False)


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
def imgur_intercepted(imgur: LocalImgur, no_real_imgur: None) -> Iterator[LocalImgur]:
    """Give the server of `imgur`, to which all requests of this process for Imgur's hosts are sent."""
    with imgur.intercept():
        yield imgur


@pytest.fixture
def no_real_imgur(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail a test that tries to reach the real Imgur from this process; the attempt fails like an unknown host."""
    with _guarded(request.node):
        yield
        if report := _report(request.node):  # of other fixtures, at their end
            raise AssertionError(report)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Guard the whole test with its fixtures, if the setting is on."""
    if not item.config.getini("pyimgur_guard"):
        return (yield)
    with _guarded(item):
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item: pytest.Item) -> Generator[None, object, object]:
    """Fail the fixtures of a test that tried to reach the real Imgur."""
    return (yield from _checked(item))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """Fail a test that tried to reach the real Imgur, or that passed although no request met one of its faults."""
    result = yield from _checked(item)
    if server := item.stash.get(_SERVER, None):
        server.assert_faults_applied()
    return result


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None, object, object]:
    """Fail the end of a test that tried to reach the real Imgur."""
    return (yield from _checked(item))


@contextmanager
def _guarded(item: pytest.Item) -> Generator[None]:
    """Guard a test within the block, unless it is guarded already."""
    from .testing.interception import guarded

    if _GUARD in item.stash:
        yield
        return
    with guarded() as guard:
        item.stash[_GUARD] = guard
        try:
            yield
        finally:
            del item.stash[_GUARD]


def _checked(item: pytest.Item) -> Generator[None, object, object]:
    """Run a phase of a test, and fail it if it tried to reach the real Imgur, even if it handled the errors."""
    try:
        result = yield
    except BaseException as error:
        if report := _report(item):
            if isinstance(error, pytest.skip.Exception):
                raise AssertionError(report) from error
            error.add_note(report)
        raise
    if report := _report(item):
        raise AssertionError(report)
    return result


def _report(item: pytest.Item) -> str | None:
    guard = item.stash.get(_GUARD, None)
    return guard.report() if guard else None
