"""Convert decoded video frames to what browsers display: square pixels, upright, in SDR colors (BT.709).

HDR (PQ and HLG) is tone-mapped, see `tone_mapping`. If a video does not state its colors, they are guessed as Chromium
does: BT.601 below 720 lines, else BT.709. If the container and the coded video contradict each other,
`DeclaredColors` decides as Chromium does. Runs in a worker only.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple, TypeAlias, cast

from av.error import FFmpegError
from av.filter import Graph
from av.sidedata.sidedata import Type as SideDataType
from av.video.format import VideoFormat
from av.video.frame import VideoFrame
from av.video.reformatter import ColorPrimaries

from pyimgur.server.media import tone_mapping
from pyimgur.server.media.container_aspect import display_size
from pyimgur.server.media.errors import DamagedMediaError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from av.sidedata.sidedata import SideData
    from av.video.stream import VideoStream

Size = tuple[int, int]
GraphKey: TypeAlias = tuple[int | str, ...]

ORIENTATIONS: dict[tuple[float, ...], int] = {
    (1, 0, 0, 1): 1,
    (-1, 0, 0, 1): 2,
    (-1, 0, 0, -1): 3,
    (1, 0, 0, -1): 4,
    (0, 1, 1, 0): 5,
    (0, 1, -1, 0): 6,
    (0, -1, -1, 0): 7,
    (0, -1, 1, 0): 8,
}
"""EXIF orientation by display matrix; browsers ignore any other matrix, also one that scales."""
ORIENTATION_FILTERS: dict[int, tuple[tuple[str, str], ...]] = {
    1: (),
    2: (("hflip", ""),),
    3: (("hflip", ""), ("vflip", "")),
    4: (("vflip", ""),),
    5: (("transpose", "cclock_flip"),),
    6: (("transpose", "clock"),),
    7: (("transpose", "clock_flip"),),
    8: (("transpose", "cclock"),),
}
"""The ffmpeg filters that make a frame upright, by its EXIF orientation."""
MATRICES = {1: "bt709", 4: "fcc", 5: "bt470", 6: "smpte170m", 7: "smpte240m", 9: "bt2020", 10: "bt2020"}
"""ffmpeg's names of the color matrices that it converts, by their code points."""
UNSPECIFIED = 2
"""The code point of unknown primaries, transfer functions and matrices."""
LIMITED, FULL = 1, 2
RANGES = {LIMITED: "limited", FULL: "full"}
CONTAINER_FIRST = frozenset(("vp8", "vp9"))
"""Decoders of videos whose container has priority over the coded video, if it states all color properties."""
MATRIX_AND_RANGE = frozenset(("vp8", "vp9", "libdav1d", "av1"))
"""Decoders of videos whose range is used only if the matrix is known too; otherwise it is limited."""
HD_LINES = 720
SCALING = "flags=bicubic+accurate_rnd+full_chroma_int+full_chroma_inp"
LOOKUP_FILTER = "haldclut"
MATRIX = struct.Struct("=9i")
FIXED_POINT_ONE = 1 << 16
"""The number 1 in a display matrix."""
TICK = Fraction(1, 1000)


class DeclaredColors(NamedTuple):
    """The decoder of a video, and the colors that its container declares, as code points."""

    decoder: str
    primaries: int
    transfer: int
    matrix: int
    range: int

    @property
    def is_complete(self) -> bool:
        """Whether the container states all color properties."""
        return self.range in RANGES and UNSPECIFIED not in (self.primaries, self.transfer, self.matrix)

    def matrix_and_range(self, frame: VideoFrame) -> tuple[int, int]:
        """Return the matrix and range with which browsers display this frame."""
        is_known = frame.colorspace != UNSPECIFIED
        if self.is_complete and self.decoder in (MATRIX_AND_RANGE if not is_known else CONTAINER_FIRST):
            return self.matrix, self.range
        if self.decoder in MATRIX_AND_RANGE and not is_known:
            return UNSPECIFIED, LIMITED
        return frame.colorspace, frame.color_range


def declared_colors(video: VideoStream) -> DeclaredColors:
    """Return the colors that the container declares, of a stream before its first frame is decoded."""
    context = video.codec_context
    code_points = (context.color_primaries, context.color_trc, context.colorspace, context.color_range)
    return DeclaredColors(context.codec.name, *map(int, code_points))


def orientation(frame: VideoFrame) -> int:
    """Return the EXIF orientation of the frame, 1 to 8, by its display matrix."""
    side_data = cast("Mapping[SideDataType, SideData]", frame.side_data)  # its annotation is wrong
    data = side_data.get(SideDataType.DISPLAYMATRIX)
    if data is not None and data.buffer_size == MATRIX.size:
        matrix: tuple[int, ...] = MATRIX.unpack(bytes(data))
        a, b, _, c, d, *_ = matrix
        return ORIENTATIONS.get((a / FIXED_POINT_ONE, b / FIXED_POINT_ONE, c / FIXED_POINT_ONE, d / FIXED_POINT_ONE), 1)
    return 1


def square_pixel_size(video: VideoStream, frame: VideoFrame) -> Size:
    """Return the size of the frame in square pixels; neither side is shorter than its number of pixels."""
    return display_size((frame.width, frame.height), video.sample_aspect_ratio or Fraction(1))


def is_hdr(trc: int) -> bool:
    """Return whether a transfer function is one of HDR."""
    return trc in tone_mapping.CURVES


def converter(
    size: Size, pixel_format: str, orientation: int, colors: DeclaredColors
) -> Callable[[VideoFrame], VideoFrame]:
    """Return a function that converts the frames of a video to this size and pixel format and makes them upright."""
    graphs: dict[GraphKey, Graph] = {}

    def convert(frame: VideoFrame) -> VideoFrame:
        key = _graph_key(frame)
        if key not in graphs:  # size and format may change within a stream
            graphs.clear()
            graphs[key] = _build_graph(frame, size, pixel_format, orientation, colors)
        frame.time_base = frame.time_base or TICK
        graphs[key].push(frame, at=0)
        return graphs[key].vpull()

    return convert


def _graph_key(frame: VideoFrame) -> GraphKey:
    """Return the properties that frames must share to use the same filter graph."""
    colors = (frame.colorspace, frame.color_trc, frame.color_primaries, frame.color_range)
    return (frame.width, frame.height, frame.format.name, *colors)


def _build_graph(frame: VideoFrame, size: Size, pixel_format: str, orientation: int, colors: DeclaredColors) -> Graph:
    graph = Graph()
    graph.threads = 1
    scaling = f"{size[0]}:{size[1]}:{SCALING}"
    filters = [
        ("scale", f"{scaling}{_input_colors(frame, colors)}{_output_matrix(pixel_format)}"),
        ("format", pixel_format),
    ]
    is_mapped = is_hdr(frame.color_trc) or frame.color_primaries == ColorPrimaries.BT2020
    if is_mapped:
        filters = [
            ("scale", f"{scaling}{_input_colors(frame, colors)}"),
            ("format", "rgb48le"),
            (LOOKUP_FILTER, ""),
            *filters,
        ]
    try:
        end = graph.add_buffer(None, frame.width, frame.height, frame.format, None, frame.time_base or TICK)
        for name, arguments in (*filters, *ORIENTATION_FILTERS[orientation], ("buffersink", "")):
            node = graph.add(name, arguments or None)
            end.link_to(node)
            end = node
            if name == LOOKUP_FILTER:
                side = tone_mapping.SIDE
                graph.add_buffer(None, side, side, VideoFormat("rgb48le"), None, TICK).link_to(node, 0, 1)
        graph.configure()
    except (FFmpegError, ValueError) as error:
        raise DamagedMediaError("the video has frames that cannot be displayed") from error
    if is_mapped:
        graph.push(tone_mapping.table(frame.color_trc), at=1)
        graph.push(None, at=1)
    return graph


def _input_colors(frame: VideoFrame, colors: DeclaredColors) -> str:
    """Return the arguments of ffmpeg's scale filter for the colors of its input."""
    if frame.format.is_rgb or frame.format.has_palette:
        return ""
    guess = "bt709" if frame.height >= HD_LINES else "smpte170m"
    if is_hdr(frame.color_trc):
        guess = "bt2020"
    matrix, range = colors.matrix_and_range(frame)
    argument = f":in_color_matrix={MATRICES.get(matrix, guess)}"
    return argument if range == frame.color_range else f"{argument}:in_range={RANGES.get(range, 'auto')}"


def _output_matrix(pixel_format: str) -> str:
    return "" if pixel_format.startswith("rgb") else ":out_color_matrix=bt709:out_range=limited"
