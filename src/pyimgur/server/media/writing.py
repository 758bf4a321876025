"""PyAV's writing half, in as few and as narrow types as we need: its own are unknown in places.

Runs in a worker only.
"""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Literal, Protocol, Self, TypeAlias, TypeVar, overload

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


class Pictures(Protocol):
    """A stream that encodes pictures; None ends it."""

    def encode(self, frame: VideoFrame | None) -> Packets:
        """What is ready to be written after this frame."""
        ...


class Sounds(Protocol):
    """A stream that encodes sound; None ends it."""

    def encode(self, frame: AudioFrame | None) -> Packets:
        """What is ready to be written after this frame."""
        ...


def created(target: Path, muxer: str) -> Output:
    """A new file for this muxer; an MP4 gets its index at the front."""
    target.touch(exist_ok=False)
    options = {"movflags": "+faststart"} if muxer in ("mp4", "mov") else {}
    return av.open(str(target), "w", format=muxer, options=options)
