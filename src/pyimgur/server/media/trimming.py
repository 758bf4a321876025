"""Keep hidden what the edit list of an MP4 or MOV hides, where its packets are copied. Runs in a worker.

Phones trim a video by an edit list: players hide the packets outside it, and ffmpeg marks them. Hidden packets at the
start are copied if later ones depend on them; the muxer hides them again. Those behind the last shown one are removed.
Some reference frames of the last shown frames must stay, although they would be displayed behind these: the durations
in the finished file end before them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction
from typing import BinaryIO, NamedTuple, TypeAlias, cast

from av.packet import Packet
from av.stream import Stream

from pyimgur.server.media.errors import UnsupportedFormatError
from pyimgur.server.media.file_parts import map_file
from pyimgur.server.media.iso_boxes import Box, boxes

Lane: TypeAlias = "Callable[[Packet[Stream] | None], Iterator[Packet[Stream]]]"
"""Takes the packets of one stream, then None, and yields the packets to write."""
SEVERAL_PARTS = (
    "videos of which an edit list joins several parts are not supported: export the video with an editor, and upload "
    "that file"
)
DURATION_OFFSETS = {b"mvhd": (16, 24), b"tkhd": (20, 28)}
"""Where the duration is in a box of version 0, in 4 bytes, and of version 1, in 8 bytes."""
ENTRIES_OFFSET = 8
"""Where the entries of an edit list begin: each has a duration and a start of 4 or 8 bytes, and a rate of 4."""


class TrimmedLane:
    """A lane without the packets behind the last one that is shown."""

    def __init__(self, lane: Lane, duration: int) -> None:
        """Wrap a lane; `duration` is that of packets that have none."""
        self._lane, self._duration = lane, duration
        self._undecided: list[Packet[Stream]] = []
        self._hidden: list[int] = []
        """When the copied packets begin that are hidden."""
        self._last_dts: int | None = None
        self._start: int | None = None
        self._end: int = 0
        self._time_base = Fraction(1)

    def __call__(self, packet: Packet[Stream] | None) -> Iterator[Packet[Stream]]:
        """Take a packet, and yield those to write.

        Raises:
            UnsupportedFormatError: the edit list joins several parts, and packets are not in the order of their time.
        """
        if packet is not None and packet.is_discard:
            self._check_order(packet)
            self._undecided.append(packet)
            return
        if packet is not None and packet.size:  # the last packet of a stream is empty
            self._check_order(packet)
            for hidden in self._undecided:
                self._hidden.append(hidden.pts or 0)
                yield from self._lane(hidden)
            self._note_shown(packet)
        self._undecided.clear()
        yield from self._lane(packet)

    def _check_order(self, packet: Packet[Stream]) -> None:
        is_back = self._last_dts is not None and packet.dts is not None and packet.dts <= self._last_dts
        if is_back and (self._hidden or self._undecided):
            raise UnsupportedFormatError(SEVERAL_PARTS)
        self._last_dts = packet.dts

    def _note_shown(self, packet: Packet[Stream]) -> None:
        if packet.pts is not None:
            self._start = packet.pts if self._start is None else min(self._start, packet.pts)
            self._end = max(self._end, packet.pts + (packet.duration or self._duration))
            self._time_base = packet.time_base

    def shown_seconds(self) -> Fraction | None:
        """Return when the last shown packet ends, if hidden ones behind it were copied.

        Raises:
            UnsupportedFormatError: hidden packets were copied between shown ones.
        """
        behind = [start for start in self._hidden if self._start is not None and start >= self._start]
        if not behind:
            return None
        if min(behind) < self._end:
            raise UnsupportedFormatError(SEVERAL_PARTS)
        return self._end * self._time_base


def hide_ends(file: BinaryIO, lanes: Iterable[Lane]) -> None:
    """Shorten the durations in a finished MP4 or MOV to what is shown.

    Args:
        file: the file, open for reading and writing.
        lanes: the lanes of its first tracks, in the order of these.

    Raises:
        UnsupportedFormatError: hidden packets were copied between shown ones.
    """
    ends = [lane.shown_seconds() if isinstance(lane, TrimmedLane) else None for lane in lanes]
    if not any(ends):
        return
    file.flush()
    with map_file(file) as mapped:
        fields = list(_shortened(cast("bytes", mapped), ends))
    for field in fields:
        file.seek(field.at)
        file.write(field.value.to_bytes(field.size, "big"))


class Field(NamedTuple):
    """A number in the file."""

    at: int
    size: int
    value: int


def _shortened(data: bytes, ends: list[Fraction | None]) -> Iterator[Field]:
    """Yield the durations that end too late, with their new values: of edits, of tracks, and of the movie."""
    movie = _find(data, Box(b"", 0, 0, len(data)), b"moov")
    header = _duration(data, _find(data, movie, b"mvhd"))
    timescale = int.from_bytes(data[header.at - 4 : header.at], "big")
    tracks = [box for box in boxes(data, movie.start, movie.end) if box.name == b"trak"]
    longest = 0
    for track, end in zip(tracks, [*ends, *[None] * len(tracks)], strict=False):
        duration = _duration(data, _find(data, track, b"tkhd"))
        if end is not None:
            edits = list(_edit_durations(data, _find(data, track, b"edts", b"elst")))
            surplus = max(0, sum(edit.value for edit in edits) - int(end * timescale))
            last = edits[-1]._replace(value=max(1, edits[-1].value - surplus))
            duration = duration._replace(value=sum(edit.value for edit in edits[:-1]) + last.value)
            yield from (last, duration)
        longest = max(longest, duration.value)
    yield header._replace(value=longest)


def _find(data: bytes, box: Box, *names: bytes) -> Box:
    """Return the box that these names lead to, inside of another one."""
    for name in names:
        box = next(inner for inner in boxes(data, box.start, box.end) if inner.name == name)
    return box


def _duration(data: bytes, box: Box) -> Field:
    version = data[box.start]
    return _field(data, box.start + DURATION_OFFSETS[box.name][version], 8 if version else 4)


def _edit_durations(data: bytes, box: Box) -> Iterator[Field]:
    size = 8 if data[box.start] else 4
    for at in range(box.start + ENTRIES_OFFSET, box.end, 2 * size + 4):
        yield _field(data, at, size)


def _field(data: bytes, at: int, size: int) -> Field:
    return Field(at, size, int.from_bytes(data[at : at + size], "big"))
