"""Build lookup tables from HDR and wide-gamut colors (BT.2100, BT.2020) to SDR (BT.709), for ffmpeg's haldclut filter.

Diffuse white, 203 cd/m² (ITU-R BT.2408), becomes white; brighter light is clipped. ffmpeg has a conversion of its own,
but takes seconds to prepare it for each video.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from math import exp
from types import MappingProxyType

from av.video.frame import VideoFrame
from av.video.reformatter import ColorTrc

WHITE = 203
"""Luminance of diffuse white, in cd/m²."""
PQ_PEAK, HLG_PEAK = 10_000, 1_000
GAMMA = 2.4
LEVEL = 6
STEPS, SIDE = LEVEL**2, LEVEL**3
"""Steps of each color in the table, and the side of the image that holds the table."""
TO_BT709 = ((1.6605, -0.5876, -0.0728), (-0.1246, 1.1329, -0.0083), (-0.0182, -0.1006, 1.1187))
"""Linear BT.2020 to linear BT.709."""
LUMA = (0.2627, 0.6780, 0.0593)
Color = tuple[float, float, float]


def _pq(signal: float) -> float:
    """Return the light of a PQ signal, where 1 is diffuse white (SMPTE ST 2084)."""
    power = signal ** (1 / 78.84375)
    return (max(power - 0.8359375, 0) / (18.8515625 - 18.6875 * power)) ** (1 / 0.1593017578125) * PQ_PEAK / WHITE


def _hlg(signal: float) -> float:
    """Return the scene light of an HLG signal, from 0 to 1 (ITU-R BT.2100)."""
    return signal * signal / 3 if signal <= 0.5 else (exp((signal - 0.55991073) / 0.17883277) + 0.28466892) / 12


def _sdr(signal: float) -> float:
    return signal**GAMMA


CURVES: Mapping[int, Callable[[float], float]] = MappingProxyType(
    {ColorTrc.SMPTE2084: _pq, ColorTrc.ARIB_STD_B67: _hlg}
)
"""The transfer functions of HDR; any other one is treated as SDR."""


@cache
def table(transfer: int) -> VideoFrame:
    """Return the table for BT.2020 video with this transfer function: `SIDE` by `SIDE` pixels, 16 bits per color."""
    light = [CURVES.get(transfer, _sdr)(step / (STEPS - 1)) for step in range(STEPS)]
    values = bytearray()
    for blue in light:
        for green in light:
            for red in light:
                color = _display_light((red, green, blue)) if transfer == ColorTrc.ARIB_STD_B67 else (red, green, blue)
                for row in TO_BT709:
                    value = row[0] * color[0] + row[1] * color[1] + row[2] * color[2]
                    values += round(min(1, max(0, value)) ** (1 / GAMMA) * 65_535).to_bytes(2, "little")
    return _image(bytes(values))


def _display_light(scene: Color) -> Color:
    """Return the light that a display emits for HLG's scene light."""
    luminance = sum(weight * value for weight, value in zip(LUMA, scene, strict=True))
    factor = luminance**0.2 * HLG_PEAK / WHITE
    red, green, blue = scene
    return red * factor, green * factor, blue * factor


def _image(values: bytes) -> VideoFrame:
    image = VideoFrame(SIDE, SIDE, "rgb48le")
    width, line = SIDE * 6, image.planes[0].line_size
    rows = (values[start : start + width] for start in range(0, len(values), width))
    image.planes[0].update(b"".join(row.ljust(line, b"\0") for row in rows))
    image.pts = 0
    return image
