"""What all tests share: the facts about Imgur's API, a real browser, and a count of the tests that were left out.

A test is left out (skipped) when the machine lacks what it needs, and the summary says so in a line for each reason.
With `PYIMGUR_NO_LEFT_OUT=1` a left-out test fails the run.
"""

from __future__ import annotations

import os
import shutil
import signal
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

ROOT = Path(__file__).parent.parent
STRICT = os.environ.get("PYIMGUR_NO_LEFT_OUT") == "1"

settings.register_profile("no deadline", deadline=None)  # a busy machine is no failure
settings.load_profile("no deadline")

MARKERS = {"chromium": "drives a real browser"}
BROWSERS = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
# A test browser calls nobody but the server under test, and root has no sandbox to put it in.
BROWSER_ARGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture(scope="session")
def facts() -> Path:
    """The folder of facts about Imgur's API: endpoints, data shapes, errors, and responses with invented content."""
    return Path(__file__).parent / "facts"


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of a Chromium; a test that asks for it is marked `chromium`."""
    named = os.environ.get("CHROMIUM")
    found = next(filter(None, map(shutil.which, [named] if named else BROWSERS)), None)
    if found is None:
        pytest.skip("no Chromium found (CHROMIUM names its path)")
    return found


# Not one for the whole session: while Playwright's loop runs in this thread, no other test could call asyncio.run().
@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    """A headless Chromium; tests open a context of their own: `browser.new_context()`."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=BROWSER_ARGS)
        yield browser
        browser.close()


def pytest_configure(config: pytest.Config) -> None:
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell starts what runs behind it deaf to Ctrl-C
    os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.fail.Keyring"  # not that of whoever runs the tests
    for name, text in MARKERS.items():
        config.addinivalue_line("markers", f"{name}: {text}")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        for name in MARKERS.keys() & set(getattr(item, "fixturenames", ())):
            item.add_marker(name)


@pytest.fixture(autouse=True)
def same_priority() -> Iterator[None]:
    """Fail a test that leaves the process with real-time priority, which would starve the machine."""
    before = os.sched_getscheduler(0) if hasattr(os, "sched_getscheduler") else None
    yield
    if before is not None and os.sched_getscheduler(0) != before:
        os.sched_setscheduler(0, before, os.sched_param(0))
        pytest.fail("the scheduling policy of the process changed: see priority_support.py")


@pytest.fixture(autouse=True)
def same_pillow_limits() -> Iterator[None]:
    """Restore Pillow's global limits, which code of the media workers sets where a test runs it in this process."""
    from PIL import Image, ImageFile

    before = Image.MAX_IMAGE_PIXELS, ImageFile.LOAD_TRUNCATED_IMAGES
    yield
    Image.MAX_IMAGE_PIXELS, ImageFile.LOAD_TRUNCATED_IMAGES = before


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    if STRICT and exitstatus == pytest.ExitCode.OK and _left_out(session.config):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    for reason, count in Counter(map(_reason, _left_out(config))).items():
        verdict = ", which fails this run" if STRICT else ""
        terminalreporter.write_line(f"LEFT OUT: {count} test(s){verdict}: {reason}", yellow=True)


def _left_out(config: pytest.Config) -> list[pytest.TestReport]:
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    return reporter.stats.get("skipped", []) if reporter else []  # none in a worker: the controller counts for all


def _reason(report: pytest.TestReport) -> str:
    return report.longrepr[2].removeprefix("Skipped: ") if isinstance(report.longrepr, tuple) else str(report.longrepr)
