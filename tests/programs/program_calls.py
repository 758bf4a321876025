"""Which endpoints of Imgur unmodified programs call in these tests: `calls.json`, which `docs/fidelity.py` shows.

A test fails that sees another call. To write them anew, in one process:

    PYIMGUR_RECORD_CALLS=1 .venv/bin/pytest tests/programs
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from endpoint_support import endpoint_id
from pyimgur.testing import RecordedRequest

FILE = Path(__file__).with_name("calls.json")
RECORDING = os.environ.get("PYIMGUR_RECORD_CALLS") == "1"
PROGRAMS = {
    "test_program_desktop": "flameshot, ksnip, xfce4-screenshooter",
    "test_program_gallery_dl": "gallery-dl",
    "test_program_imgurpython": "imgurpython",
    "test_program_npm": "imgur (npm)",
    "test_program_npm_others": "uploaders (npm)",
    "test_program_picgo": "PicGo",
    "test_program_pyimgur": "PyImgur 0.8.1",
    "test_program_yt_dlp": "yt-dlp",
}
"""Test module -> the programs that it runs unmodified. imgur-dl and you-get, which read pages only, are left out."""


def calls() -> Mapping[str, list[str]]:
    """Return the ids of the endpoints that each program calls with success."""
    known: Mapping[str, list[str]] = json.loads(FILE.read_text("utf-8"))
    return known


def check(module: str, requests: Iterable[RecordedRequest]) -> None:
    """Check that the calls of the programs of a test module are known.

    Raises:
        AssertionError: some are not; the message names them.
    """
    if module not in PROGRAMS:
        return
    program = PROGRAMS[module]
    ids = {endpoint_id(request.method, request.path) for request in requests if (request.status or 500) < 400}
    called = sorted(id for id in ids if id)
    if RECORDING:
        FILE.write_text(json.dumps({**calls(), program: called}, indent=1, sort_keys=True) + "\n", "utf-8")
        return
    unknown = set(called) - set(calls().get(program, ()))
    assert not unknown, f"{program} calls {sorted(unknown)}, which {FILE.name} does not have: write it anew"
