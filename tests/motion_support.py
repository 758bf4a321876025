"""Small pictures that move, and films, made on the spot."""

from __future__ import annotations

import io
from fractions import Fraction

import av
from PIL import Image


def gif(frames: int = 3, size: tuple[int, int] = (33, 21)) -> bytes:
    """A GIF that goes from black to red; a single frame does not move."""
    pictures = [Image.new("RGB", size, (255 * number // max(1, frames - 1), 0, 0)) for number in range(frames)]
    file = io.BytesIO()
    pictures[0].save(file, "GIF", save_all=True, append_images=pictures[1:], duration=100, loop=0)
    return file.getvalue()


def film(format: str = "mp4", codec: str = "libx264", *, sound: str | None = None, title: str = "") -> bytes:
    """A second of 64 by 48."""
    file = io.BytesIO()
    with av.open(file, "w", format=format) as out:
        if title:
            out.metadata["title"] = title
        video = out.add_stream(codec, 10)
        video.width, video.height, video.pix_fmt = 64, 48, "yuv420p"
        audio = out.add_stream(sound, 48_000) if sound else None
        for number in range(10):
            picture = av.VideoFrame.from_image(Image.new("RGB", (64, 48), (20 * number, 0, 0)))
            out.mux(video.encode(picture.reformat(format="yuv420p")))
        out.mux(video.encode(None))
        if audio:
            for number in range(40):
                silence = av.AudioFrame(format="fltp", layout="stereo", samples=1024)
                for plane in silence.planes:
                    plane.update(bytes(plane.buffer_size))
                silence.sample_rate, silence.pts, silence.time_base = 48_000, 1024 * number, Fraction(1, 48_000)
                out.mux(audio.encode(silence))
            out.mux(audio.encode(None))
    return file.getvalue()


def streams(data: bytes) -> tuple[str, list[str]]:
    """The container's format, and the codecs of what is in it."""
    with av.open(io.BytesIO(data)) as found:
        return found.format.name, [stream.codec_context.name for stream in found.streams]
