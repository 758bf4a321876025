"""PyAV's writing half, in as few and as narrow types as we need: its own are unknown in places.

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
    """A container that is being written."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None: ...

    def mux(self, packets: Packets) -> None:
        """Write encoded packets, in any order of streams."""
        ...

    def add_stream_from_template(self, template: StreamT, opaque: bool) -> StreamT:
        """A stream like this one, for its packets as they are."""
        ...

    @overload
    def add_stream(
        self, codec_name: Literal["libx264"], rate: Fraction | int, options: dict[str, str], *, time_base: Fraction
    ) -> VideoStream: ...

    @overload
    def add_stream(self, codec_name: Literal["aac"], rate: int) -> AudioStream: ...


class VideoEncoder(Protocol):
    """A stream that encodes pictures; None ends it."""

    def encode(self, frame: VideoFrame | None) -> Packets:
        """What is ready to be written after this frame."""
        ...


class AudioEncoder(Protocol):
    """A stream that encodes sound; None ends it."""

    def encode(self, frame: AudioFrame | None) -> Packets:
        """What is ready to be written after this frame."""
        ...


def supported_codecs(muxer: str) -> set[str]:
    """Return the codecs that a muxer takes."""
    with av.open(BytesIO(), "w", format=muxer) as out:
        return out.supported_codecs


def create_output(target: BinaryIO, muxer: str, brand: str = "") -> Output:
    """Return a container that writes into this empty file, open for reading too; an MP4 gets its index at the front."""
    options = {"movflags": "+faststart"} if muxer in ("mp4", "mov", "3gp") else {}
    if brand:
        options["brand"] = brand
    return av.open(target, "w", format=muxer, options=options, io_open=partial(_read_back, target))


def _read_back(target: BinaryIO, _url: str, _flags: int, _options: dict[str, str]) -> ReadBack:
    """Answer ffmpeg, which opens what it wrote once more to move it behind the index."""
    target.flush()
    return ReadBack(target.fileno())


class ReadBack:
    """Reads a file that is being written, at a position of its own."""

    def __init__(self, file: int) -> None:
        self._file, self._at = file, 0

    def read(self, size: int) -> bytes:
        """Return the next bytes; none at the end."""
        data = os.pread(self._file, size, self._at)
        self._at += len(data)
        return data

    def seek(self, offset: int, whence: int = 0) -> int:
        """Go to this position, and return it."""
        base = {SEEK_CUR: self._at, SEEK_END: os.fstat(self._file).st_size}.get(whence, 0)
        self._at = base + offset
        return self._at

    def tell(self) -> int:
        """Return the position."""
        return self._at
