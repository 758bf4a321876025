"""The worker program: read jobs from a socket as JSON lines with open files, and write results as JSON lines.

A worker runs one job at a time until its socket closes. It opens no file: source and targets arrive as descriptors. It
sets its own limits, which it gets on the command line and with each job: memory, size of written files, CPU time. The
protocol is JSON, not pickle: even if a hostile file takes over the process, its results are only data.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any, BinaryIO

from pyimgur.server.media.errors import MediaError

try:
    import resource
except ImportError:  # as on Windows; the server says so when it starts
    resource = None  # pyright: ignore[reportAssignmentType]

Result = dict[str, object]
JobOutput = Result | None


def probe(max_pixels: int, source: BinaryIO) -> JobOutput:
    """Return the fields of `MediaInfo` for the file."""
    from pyimgur.server.media.probe import probe

    return asdict(probe(source, max_pixels))


def thumbnails(max_pixels: int, source: BinaryIO, **targets: BinaryIO) -> JobOutput:
    """Write thumbnails, each into the file of its letter."""
    from pyimgur.server.media.thumbnails import write_thumbnails

    write_thumbnails(source, targets, max_pixels)


def resize(max_pixels: int, source: BinaryIO, target: BinaryIO, ext: str, maxwidth: int | None) -> JobOutput:
    """Write the first frame, no wider than `maxwidth`, as jpg, png or webp."""
    from pyimgur.server.media.thumbnails import write_resized

    write_resized(source, target, ext, maxwidth, max_pixels)


def to_mp4(max_pixels: int, source: BinaryIO, target: BinaryIO, keep_audio: bool) -> JobOutput:
    """Write a GIF or video as MP4."""
    from pyimgur.server.media.transcode import to_mp4

    to_mp4(source, target, max_pixels, keep_audio=keep_audio)


def clean(
    max_pixels: int, source: BinaryIO, target: BinaryIO, metadata: bool, audio: bool, max_still_bytes: int | None
) -> JobOutput:
    """Return the fields of `MediaInfo` for the file, and write it without metadata or audio, unless it has none.

    A larger file than `max_still_bytes` that is not animated is going to be refused, so it is only probed.
    """
    from pyimgur.server.media.cleaning import clean

    return asdict(clean(source, target, max_pixels, metadata=metadata, audio=audio, max_still_bytes=max_still_bytes))


MAX_FILES = 16
READY = b"{}\n"
JOBS: Mapping[str, Callable[..., JobOutput]] = {
    "to_small_mp4": to_mp4,
    **{job.__name__: job for job in (probe, thumbnails, resize, to_mp4, clean)},
}


def handle_job(line: bytes, descriptors: Sequence[int], max_pixels: int) -> Result:
    """Run the job on this line with these files, and return its result; a failure is a result too."""
    try:
        with ExitStack() as stack:
            files = [stack.enter_context(file) for file in open_files(*descriptors)]
            return {"output": run_job(json.loads(line), files, max_pixels)}
    except MediaError as error:
        return {"error": type(error).__name__, "text": str(error)}
    except MemoryError:
        return {"error": "MediaTooLargeError", "text": "the file needs more memory than one file may use"}
    except OSError as error:
        return {"error": "OSError", "errno": error.errno, "text": error.strerror or str(error)}
    except Exception as error:
        return {"error": "WorkerError", "text": f"{type(error).__name__}: {error}"}


def open_files(source: int, *targets: int) -> list[BinaryIO]:
    """Return files for these descriptors: the first for reading, the others for reading and writing."""
    return [os.fdopen(source, "rb"), *(os.fdopen(target, "r+b") for target in targets)]


def run_job(request: dict[str, Any], files: Sequence[BinaryIO], max_pixels: int) -> JobOutput:
    """Run a job; the request names the parameter that each file is passed as."""
    limit_cpu_time(request["seconds"])
    return JOBS[request["job"]](max_pixels, **dict(zip(request["files"], files, strict=True)), **request["arguments"])


def limit_cpu_time(seconds: float) -> None:
    """Let the system kill the process if this job alone uses more CPU time: the server may have died by then."""
    if resource is None:
        return
    used = resource.getrusage(resource.RUSAGE_SELF)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (int(used.ru_utime + used.ru_stime + seconds) + 1, hard))


def limit_resources(memory: int, file_size: int) -> None:
    """Limit memory and file size of this process, where the system supports it (macOS does not limit memory)."""
    if resource is not None:
        sizes = ((resource.RLIMIT_AS, memory), (resource.RLIMIT_FSIZE, file_size), (resource.RLIMIT_CORE, 0))
        for limit, value in sizes:
            with suppress(ValueError, OSError):
                resource.setrlimit(limit, (value, value))
    with suppress(OSError):  # if the machine runs out of memory, the system must kill this process, not the server
        Path("/proc/self/oom_score_adj").write_text("1000")


def receive(server: socket.socket) -> tuple[bytes, list[int]]:
    """Return the next line and the descriptors that came with it; an empty line if the server closed the socket."""
    line, descriptors = b"", list[int]()
    while not line.endswith(b"\n"):
        data, more, _, _ = socket.recv_fds(server, 65_536, MAX_FILES)
        line, descriptors = line + data, descriptors + more
        if not data:
            return b"", descriptors
    return line, descriptors


def main() -> None:
    """Run jobs until the socket closes, which it does when the server exits."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    max_pixels, memory, file_size, niceness, connection = map(int, sys.argv[1:])
    os.nice(niceness)
    limit_resources(memory, file_size)
    with suppress(ConnectionError), socket.socket(fileno=connection) as server:
        server.sendall(READY)
        while (request := receive(server))[0]:
            server.sendall(json.dumps(handle_job(*request, max_pixels)).encode() + b"\n")


if __name__ == "__main__":
    main()
