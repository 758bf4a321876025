"""A media worker that does what its source says instead of looking at it: the place of a decoder taken over by a file.

A test names this module in `pool.WORKER`, and puts its folder on PYTHONPATH.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from pyimgur.server.media import worker

if TYPE_CHECKING:
    from typing import BinaryIO

PROGRAM = b"#!python\n"
"""How a source begins whose rest is run."""


def probe(pixels: int, source: BinaryIO) -> worker.JobOutput:
    """Run the source if it is a program, and tell what it left in `told` as an error."""
    data = source.read()
    if not data.startswith(PROGRAM):
        source.seek(0)
        return worker.probe(pixels, source)
    told: dict[str, object] = {}
    exec(data, {"told": told, "os": os, "Path": Path, "sys": sys})
    raise RuntimeError(json.dumps(told))


worker.JOBS = {**worker.JOBS, "probe": probe}

if __name__ == "__main__":
    worker.main()
