"""Libraries that decode uploads, and have a known security hole, are named; all others are not."""

from __future__ import annotations

import importlib
import sys
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from pyimgur.server.media import decoders, pillow_open, sandbox
from pyimgur.server.media.decoders import KNOWN, is_safe, outdated

BY_LIBRARY = {decoder.library: decoder for decoder in KNOWN}


@pytest.mark.parametrize(
    ("version", "safe"),
    [
        ("8.1.2", False),
        ("8.1.3", True),
        ("8.2", True),
        ("9.0.1", False),
        ("9.0.2", True),
        ("n9.0.1-3-gabc", False),
        ("9.1", True),
        ("10.0", True),
        ("7.1.9", False),
        ("4.4.2-0ubuntu0.22.04.1", False),
        ("N-119000-g1234567", True),
        ("", True),
    ],
)
def test_a_version_is_compared_with_the_repaired_one_of_its_major_version(version: str, safe: bool) -> None:
    assert is_safe(version, ("8.1.3", "9.0.2")) is safe


def test_each_decoder_tells_its_version() -> None:
    """Or a library that changed its name for it would never be called outdated again."""
    told = {each.library: each.version(importlib.import_module(each.module)) for each in KNOWN}
    assert {library for library, version in told.items() if not version or not version[0].isdigit()} == set()


def test_an_old_library_is_named_with_the_hole_and_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "av", SimpleNamespace(ffmpeg_version_info="8.1.2"))
    (sentence,) = outdated([BY_LIBRARY["FFmpeg"]])
    assert sentence.startswith("FFmpeg 8.1.2 is older than 8.1.3 or 9.0.2 (CVE-")
    assert sentence.endswith("upgrade the package av, and restart the server")


@pytest.mark.parametrize("module", [SimpleNamespace(ffmpeg_version_info="9.0.2"), SimpleNamespace(), None])
def test_a_new_library_one_that_does_not_tell_and_one_that_is_missing_are_not_named(
    module: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "av", module)  # None: the import fails
    assert outdated([BY_LIBRARY["FFmpeg"]]) == []


def test_every_decoder_of_uploads_has_a_row() -> None:
    needed = {"PIL", "av", *(plugin.partition(".")[0] for plugin in pillow_open.PLUGINS.values())}
    assert needed == {each.module for each in KNOWN}
    assert needed <= set(sandbox.PACKAGES)


def test_a_row_says_why() -> None:
    assert [each.library for each in KNOWN if not each.hole.startswith(("CVE-", "GHSA-"))] == []
    lowest = replace(BY_LIBRARY["Pillow"], safe=("999.0",))
    assert len(decoders.outdated([lowest])) == 1
