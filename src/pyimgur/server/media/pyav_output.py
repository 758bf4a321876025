"""Typed wrappers of PyAV's output containers and encoders: its own annotations are incomplete.

Runs in a worker only.
"""

from __future__ import annotations

import os
from fractions import Fraction
from functools import partial
from io import SEEK_CUR, SEEK_END, BytesIO
from types import TracebackType
from typing import BinaryIO, Literal, Protocol, Self, TypeAlias, TypeVar, overload

import av
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.packet import Packet
from av.stream import Stream
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

StreamT = TypeVar("StreamT", bound=Stream)
Packets: TypeAlias = "list[Packet[Stream]]"


class Output(Protocol):
    """An open output container."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None: ...

    def mux(self, packets: Packets) -> None:
        """Write encoded packets, of the streams in any order."""
        ...

    def add_stream_from_template(self, template: StreamT, opaque: bool) -> StreamT:
        """Add a stream with the properties of this one, for copied packets."""
        ...

    @overload
    def add_stream(
        self, codec_name: Literal["libx264"], rate: Fraction | int, options: dict[str, str], *, time_base: Fraction
    ) -> VideoStream: ...

    @overload
    def add_stream(self, codec_name: Literal["aac"], rate: int) -> AudioStream: ...


class VideoEncoder(Protocol):
    """A stream that encodes video frames."""

    def encode(self, frame: VideoFrame | None) -> Packets:
        """Encode a frame, and return the packets that are complete; None flushes the encoder."""
        ...


class AudioEncoder(Protocol):
    """A stream that encodes audio frames."""

    def encode(self, frame: AudioFrame | None) -> Packets:
        """Encode a frame, and return the packets that are complete; None flushes the encoder."""
        ...


def supported_codecs(muxer: str) -> set[str]:
    """Return the codecs that a muxer supports."""
    with av.open(BytesIO(), "w", format=muxer) as out:
        return out.supported_codecs


def create_output(target: BinaryIO, muxer: str, brand: str = "") -> Output:
    """Return a container that writes to this empty file, open for reading too; an MP4 gets its index at the front."""
    options = {"movflags": "+faststart"} if muxer in ("mp4", "mov", "3gp") else {}
    if brand:
        options["brand"] = brand
    return av.open(target, "w", format=muxer, options=options, io_open=partial(_open_reader, target))


def _open_reader(target: BinaryIO, _url: str, _flags: int, _options: dict[str, str]) -> FileReader:
    """Open the file for ffmpeg to read: it moves the data that it wrote behind the index."""
    target.flush()
    return FileReader(target.fileno())


class FileReader:
    """Read a file that is being written, with a position of its own."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor, self._position = descriptor, 0

    def read(self, size: int) -> bytes:
        """Return the next bytes; none at the end of the file."""
        data = os.pread(self._descriptor, size, self._position)
        self._position += len(data)
        return data

    def seek(self, offset: int, whence: int = 0) -> int:
        """Change the position, and return it."""
        base = {SEEK_CUR: self._position, SEEK_END: os.fstat(self._descriptor).st_size}.get(whence, 0)
        self._position = base + offset
        return self._position

    def tell(self) -> int:
        """Return the position."""
        return self._position
