"""The worker program: one job at a time, a JSON line in, a JSON line out, until its input ends.

It is told its bounds on the command line and in each job, and holds them itself: memory, size of what it writes,
processor time. JSON, not pickle: an answer from a process that a hostile file has taken over is still only data.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import sys
from collections.abc import Callable, Mapping
from contextlib import ExitStack, suppress
from dataclasses import asdict
from pathlib import Path
from typing import BinaryIO

from pyimgur.server.media.errors import MediaError

Answer = dict[str, object]
Done = Answer | None


def look(pixels: int, source: BinaryIO) -> Done:
    """What the file is."""
    from pyimgur.server.media.look import look

    return asdict(look(source, pixels))


def thumbnails(pixels: int, source: BinaryIO, **targets: BinaryIO) -> Done:
    """Some of the six thumbnails, each into the file of its letter."""
    from pyimgur.server.media.thumbnails import thumbnails

    thumbnails(source, targets, pixels)


def scaled(pixels: int, source: BinaryIO, target: BinaryIO, ext: str, maxwidth: int | None) -> Done:
    """The picture no wider than this, as jpg, png or webp."""
    from pyimgur.server.media.thumbnails import scaled

    scaled(source, target, ext, maxwidth, pixels)


def to_mp4(pixels: int, source: BinaryIO, target: BinaryIO, sound: bool) -> Done:
    """What moves, as MP4."""
    from pyimgur.server.media.convert import to_mp4

    to_mp4(source, target, pixels, sound=sound)


def mute(pixels: int, source: BinaryIO, target: BinaryIO) -> Done:
    """The video without its sound."""
    from pyimgur.server.media.convert import remux

    remux(source, target, pixels, sound=False)


def strip(pixels: int, source: BinaryIO, target: BinaryIO) -> Done:
    """The file without what its camera noted."""
    from pyimgur.server.media.convert import strip

    strip(source, target, pixels)


JOBS: Mapping[str, Callable[..., Done]] = {job.__name__: job for job in (look, thumbnails, scaled, to_mp4, mute, strip)}


def answer(line: bytes, pixels: int) -> Answer:
    """Do the job on this line; every failure is an answer too."""
    request = json.loads(line)
    bound_processor_time(request["seconds"])
    try:
        with ExitStack() as files:
            opened = {
                name: files.enter_context(Path(path).open("rb" if name == "source" else "x+b"))
                for name, path in request["files"].items()
            }
            return {"done": JOBS[request["job"]](pixels, **opened, **request["arguments"])}
    except MediaError as error:
        return {"error": type(error).__name__, "text": str(error)}
    except MemoryError:
        return {"error": "TooLarge", "text": "the file needs more memory than one file may take"}
    except OSError as error:
        return {"error": "OSError", "errno": error.errno, "text": error.strerror or str(error)}
    except Exception as error:
        return {"error": "MediaFailed", "text": f"{type(error).__name__}: {error}"}


def bound_processor_time(seconds: float) -> None:
    """Ends the process if this job alone computes longer: for the time when nobody is left to watch the clock."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (int(used.ru_utime + used.ru_stime + seconds) + 1, hard))


def bound(memory: int, file_size: int) -> None:
    """Hold this process to its bounds, where the system can (macOS knows no bound on memory)."""
    for limit, value in ((resource.RLIMIT_AS, memory), (resource.RLIMIT_FSIZE, file_size), (resource.RLIMIT_CORE, 0)):
        with suppress(ValueError, OSError):
            resource.setrlimit(limit, (value, value))
    with suppress(OSError):  # when the machine runs out of memory, it shall take this process and not the server
        Path("/proc/self/oom_score_adj").write_text("1000")


def private_pipes() -> tuple[BinaryIO, BinaryIO]:
    """Standard input and output for the jobs alone: whatever a library prints goes nowhere."""
    requests, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_RDWR)
    os.dup2(nowhere, 0)
    os.dup2(nowhere, 1)
    return requests, answers


def main() -> None:
    """Work until standard input ends, which it does when the server is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    pixels, memory, file_size = map(int, sys.argv[1:])
    requests, answers = private_pipes()
    bound(memory, file_size)
    with suppress(BrokenPipeError):
        for line in requests:
            answers.write(json.dumps(answer(line, pixels)).encode() + b"\n")
            answers.flush()


if __name__ == "__main__":
    main()
