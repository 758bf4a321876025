"""The public interface is what `frozen/` says, line by line; see `frozen_support`."""

from __future__ import annotations

import pytest

from frozen_support import FROZEN, PAGES, lines


@pytest.mark.parametrize("page", PAGES)
def test_nothing_of_the_public_interface_changed_unnoticed(page: str) -> None:
    before = (FROZEN / f"{page}.txt").read_text("utf-8").splitlines()
    now = lines(page)
    gone = [f"- {line}" for line in before if line not in set(now)]
    new = [f"+ {line}" for line in now if line not in set(before)]
    assert not gone + new, "\n".join(
        (
            f"{page} of the public interface changed:",
            *gone,
            *new,
            "If that is meant: write it into CHANGELOG.md, and run python tests/frozen_support.py",
        )
    )
