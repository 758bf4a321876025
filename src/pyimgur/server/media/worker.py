"""The worker program: one job at a time, a JSON line with open files in, a JSON line out, until its socket closes.

It opens no file: the source and the targets come as descriptors. It gets its limits on the command line and in each
job, and sets them itself: memory, size of what it writes, processor time. JSON, not pickle: an answer from a process
that a hostile file has taken over is still only data.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import socket
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any, BinaryIO

from pyimgur.server.media.errors import MediaError

Answer = dict[str, object]
Done = Answer | None


def look(pixels: int, source: BinaryIO) -> Done:
    """What the file is."""
    from pyimgur.server.media.probe import probe

    return asdict(probe(source, pixels))


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
    from pyimgur.server.media.transcode import to_mp4

    to_mp4(source, target, pixels, sound=sound)


def mute(pixels: int, source: BinaryIO, target: BinaryIO) -> Done:
    """The video without its sound."""
    from pyimgur.server.media.transcode import remux

    remux(source, target, pixels, sound=False)


def strip(pixels: int, source: BinaryIO, target: BinaryIO) -> Done:
    """The file without what its camera noted."""
    from pyimgur.server.media.transcode import strip

    strip(source, target, pixels)


MOST_FILES = 16
READY = b"{}\n"
JOBS: Mapping[str, Callable[..., Done]] = {
    "to_small_mp4": to_mp4,
    **{job.__name__: job for job in (look, thumbnails, scaled, to_mp4, mute, strip)},
}


def handle_job(line: bytes, descriptors: Sequence[int], pixels: int) -> Answer:
    """Do the job on this line with these files; every failure is an answer too."""
    try:
        with ExitStack() as closed:
            files = [closed.enter_context(file) for file in opened(*descriptors)]
            return {"done": do(json.loads(line), files, pixels)}
    except MediaError as error:
        return {"error": type(error).__name__, "text": str(error)}
    except MemoryError:
        return {"error": "MediaTooLargeError", "text": "the file needs more memory than one file may take"}
    except OSError as error:
        return {"error": "OSError", "errno": error.errno, "text": error.strerror or str(error)}
    except Exception as error:
        return {"error": "WorkerError", "text": f"{type(error).__name__}: {error}"}


def opened(source: int, *targets: int) -> list[BinaryIO]:
    """Return the files of these descriptors: one to be read, the others to be written and read."""
    return [os.fdopen(source, "rb"), *(os.fdopen(target, "r+b") for target in targets)]


def do(request: dict[str, Any], files: Sequence[BinaryIO], pixels: int) -> Done:
    """Do the job with the files under the names that it knows them by."""
    bound_processor_time(request["seconds"])
    return JOBS[request["job"]](pixels, **dict(zip(request["files"], files, strict=True)), **request["arguments"])


def bound_processor_time(seconds: float) -> None:
    """Ends the process if this job alone computes longer: for the time when nobody is left to watch the clock."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (int(used.ru_utime + used.ru_stime + seconds) + 1, hard))


def limit_resources(memory: int, file_size: int) -> None:
    """Hold this process to its bounds, where the system can (macOS knows no bound on memory)."""
    for limit, value in ((resource.RLIMIT_AS, memory), (resource.RLIMIT_FSIZE, file_size), (resource.RLIMIT_CORE, 0)):
        with suppress(ValueError, OSError):
            resource.setrlimit(limit, (value, value))
    with suppress(OSError):  # when the machine runs out of memory, it shall take this process and not the server
        Path("/proc/self/oom_score_adj").write_text("1000")


def receive(server: socket.socket) -> tuple[bytes, list[int]]:
    """Return the next line and the descriptors that came with it; nothing when the server is gone."""
    line, descriptors = b"", list[int]()
    while not line.endswith(b"\n"):
        data, more, _, _ = socket.recv_fds(server, 65_536, MOST_FILES)
        line, descriptors = line + data, descriptors + more
        if not data:
            return b"", descriptors
    return line, descriptors


def main() -> None:
    """Work until the socket closes, which it does when the server is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    pixels, memory, file_size, niceness, connection = map(int, sys.argv[1:])
    os.nice(niceness)
    limit_resources(memory, file_size)
    with suppress(ConnectionError), socket.socket(fileno=connection) as server:
        server.sendall(READY)
        while (request := receive(server))[0]:
            server.sendall(json.dumps(handle_job(*request, pixels)).encode() + b"\n")


if __name__ == "__main__":
    main()
