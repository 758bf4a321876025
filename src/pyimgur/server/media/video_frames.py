"""Decoded video frames as browsers show them: square pixels, upright, in SDR colors (BT.709).

HDR (PQ and HLG) is tone-mapped, see `tone_mapping`. A video that does not say what its colors are has those of
Chromium's guess: BT.601 below 720 lines, BT.709 from there on. Where the container and the coded video say different
things, `Declared` decides as Chromium does. Runs in a worker only.
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
from pyimgur.server.media.errors import Damaged

if TYPE_CHECKING:
    from collections.abc import Mapping

    from av.sidedata.sidedata import SideData
    from av.video.stream import VideoStream

Size = tuple[int, int]
Key: TypeAlias = tuple[int | str, ...]

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
"""EXIF's number of an orientation by its display matrix; browsers ignore any other one, also one that scales."""
FILTERS: dict[int, tuple[tuple[str, str], ...]] = {
    1: (),
    2: (("hflip", ""),),
    3: (("hflip", ""), ("vflip", "")),
    4: (("vflip", ""),),
    5: (("transpose", "cclock_flip"),),
    6: (("transpose", "clock"),),
    7: (("transpose", "clock_flip"),),
    8: (("transpose", "cclock"),),
}
"""What turns a frame of this orientation upright."""
MATRICES = {1: "bt709", 4: "fcc", 5: "bt470", 6: "smpte170m", 7: "smpte240m", 9: "bt2020", 10: "bt2020"}
"""ffmpeg's names of the color matrices that it converts, by their number."""
UNSPECIFIED = 2
"""The number of primaries, transfer functions and matrices that are not known."""
LIMITED, FULL = 1, 2
RANGES = {LIMITED: "limited", FULL: "full"}
CONTAINER_FIRST = frozenset(("vp8", "vp9"))
"""Decoders of videos whose container is believed, if it says all about the colors; then the coded video."""
MATRIX_AND_RANGE = frozenset(("vp8", "vp9", "libdav1d", "av1"))
"""Decoders of videos whose range is believed only if the matrix is known too: else it is limited."""
HD_LINES = 720
SCALING = "flags=bicubic+accurate_rnd+full_chroma_int+full_chroma_inp"
MAPPING = "haldclut"
MATRIX = struct.Struct("=9i")
ONE = 1 << 16
"""The number 1 in a display matrix."""
TICK = Fraction(1, 1000)


class Declared(NamedTuple):
    """The decoder of a video, and what its container says of the colors, by their numbers."""

    decoder: str
    primaries: int
    transfer: int
    matrix: int
    range: int

    @property
    def is_complete(self) -> bool:
        """Whether the container says everything."""
        return self.range in RANGES and UNSPECIFIED not in (self.primaries, self.transfer, self.matrix)

    def matrix_and_range(self, picture: VideoFrame) -> tuple[int, int]:
        """Return by which matrix and range browsers show this frame."""
        is_known = picture.colorspace != UNSPECIFIED
        if self.is_complete and self.decoder in (MATRIX_AND_RANGE if not is_known else CONTAINER_FIRST):
            return self.matrix, self.range
        if self.decoder in MATRIX_AND_RANGE and not is_known:
            return UNSPECIFIED, LIMITED
        return picture.colorspace, picture.color_range


def declared(video: VideoStream) -> Declared:
    """Return what the container says of the colors of a stream of which nothing was decoded yet."""
    context = video.codec_context
    numbers = (context.color_primaries, context.color_trc, context.colorspace, context.color_range)
    return Declared(context.codec.name, *(int(number) for number in numbers))


def orientation(picture: VideoFrame) -> int:
    """Return how the frame must be turned to be upright, as EXIF numbers it: 1 to 8."""
    sides = cast("Mapping[SideDataType, SideData]", picture.side_data)  # its annotation says another type than it has
    data = sides.get(SideDataType.DISPLAYMATRIX)
    if data is not None and data.buffer_size == MATRIX.size:
        matrix: tuple[int, ...] = MATRIX.unpack(bytes(data))
        a, b, _, c, d, *_ = matrix
        return ORIENTATIONS.get((a / ONE, b / ONE, c / ONE, d / ONE), 1)
    return 1


def square_size(video: VideoStream, picture: VideoFrame) -> Size:
    """Return the size of the frame in square pixels: never less in either direction than it has pixels."""
    ratio = video.sample_aspect_ratio or Fraction(1)
    if ratio > 1:
        return round(picture.width * ratio), picture.height
    return picture.width, round(picture.height / ratio)


def is_hdr(trc: int) -> bool:
    """Tell whether a transfer function is one of HDR."""
    return trc in tone_mapping.CURVES


def converter(size: Size, pixel_format: str, orientation: int, colors: Declared) -> Callable[[VideoFrame], VideoFrame]:
    """Return a function that gives each frame of a video this size and pixel format, and then turns it upright."""
    graphs: dict[Key, Graph] = {}

    def convert(picture: VideoFrame) -> VideoFrame:
        key = _key(picture)
        if key not in graphs:  # a stream may change in the middle
            graphs.clear()
            graphs[key] = _graph(picture, size, pixel_format, orientation, colors)
        picture.time_base = picture.time_base or TICK
        graphs[key].push(picture, at=0)
        return graphs[key].vpull()

    return convert


def _key(picture: VideoFrame) -> Key:
    """Return what a frame must have in common with others to go through the same graph."""
    colors = (picture.colorspace, picture.color_trc, picture.color_primaries, picture.color_range)
    return (picture.width, picture.height, picture.format.name, *colors)


def _graph(picture: VideoFrame, size: Size, pixel_format: str, orientation: int, colors: Declared) -> Graph:
    graph = Graph()
    graph.threads = 1
    scaling = f"{size[0]}:{size[1]}:{SCALING}"
    steps = [("scale", f"{scaling}{_colors_in(picture, colors)}{_matrix_out(pixel_format)}"), ("format", pixel_format)]
    mapped = is_hdr(picture.color_trc) or picture.color_primaries == ColorPrimaries.BT2020
    if mapped:
        steps = [("scale", f"{scaling}{_colors_in(picture, colors)}"), ("format", "rgb48le"), (MAPPING, ""), *steps]
    try:
        end = graph.add_buffer(None, picture.width, picture.height, picture.format, None, picture.time_base or TICK)
        for name, arguments in (*steps, *FILTERS[orientation], ("buffersink", "")):
            node = graph.add(name, arguments or None)
            end.link_to(node)
            end = node
            if name == MAPPING:
                side = tone_mapping.SIDE
                graph.add_buffer(None, side, side, VideoFormat("rgb48le"), None, TICK).link_to(node, 0, 1)
        graph.configure()
    except (FFmpegError, ValueError) as error:
        raise Damaged("the video has frames of a kind that cannot be shown") from error
    if mapped:
        graph.push(tone_mapping.table(picture.color_trc), at=1)
        graph.push(None, at=1)
    return graph


def _colors_in(picture: VideoFrame, colors: Declared) -> str:
    """Return the argument of ffmpeg's scale filter that says how a frame's colors are to be read."""
    if picture.format.is_rgb or picture.format.has_palette:
        return ""
    guess = "bt709" if picture.height >= HD_LINES else "smpte170m"
    if is_hdr(picture.color_trc):
        guess = "bt2020"
    matrix, range = colors.matrix_and_range(picture)
    said = f":in_color_matrix={MATRICES.get(matrix, guess)}"
    return said if range == picture.color_range else f"{said}:in_range={RANGES.get(range, 'auto')}"


def _matrix_out(pixel_format: str) -> str:
    return "" if pixel_format.startswith("rgb") else ":out_color_matrix=bt709:out_range=limited"
