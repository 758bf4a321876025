"""What there is to send: bytes that only look like pictures, for the client; true ones for the server, which looks."""

from __future__ import annotations

import os
import random
from pathlib import Path

import av
from cell import LARGE_UPLOAD, SMALL, Place
from PIL import Image


def make(there: Place) -> None:
    """All of it, in the folder of inputs."""
    there.text.write_bytes(text())
    there.small.write_bytes(b"\xff\xd8\xff" + os.urandom(SMALL - 3))
    there.large.write_bytes(b"\x00\x00\x00\x18ftypisom" + os.urandom(LARGE_UPLOAD - 12))
    scene(640, 480).save(there.picture, quality=88)
    scene(4000, 3000).save(there.photo, quality=85)
    scene(60, 40).save(there.icon)
    scene(3000, 2250).save(there.snapshot, quality=85)
    video(there.video)


def text() -> bytes:
    """20 MB of prose with 200 links in it, as in a dump of a blog."""
    words = random.Random(1).choices([name.encode() for name in dir(Image) + dir(os)], k=8000)
    prose = b" ".join(words)[:100_000]
    return b"".join(prose + b" https://i.imgur.com/aBcdeFg.jpg\n" for _ in range(200))


def scene(width: int, height: int) -> Image.Image:
    """Slow changes and some noise, which a JPEG makes as many bytes of as of a photograph."""
    slow = Image.merge("RGB", [Image.radial_gradient("L"), Image.linear_gradient("L"), Image.new("L", (256, 256), 90)])
    noise = Image.effect_noise((width, height), 25).convert("RGB")
    return Image.blend(slow.resize((width, height)), noise, 0.4)


def video(path: Path) -> None:
    """Write a second of video with free space behind it, up to the largest there may be.

    It is H.264, which browsers play: of any other the server makes an MP4 in the background, at a time of its own, and
    the worker process that does so would count as growth of whichever upload it runs beside.
    """
    with av.open(str(path), "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 640, 480, "yuv420p"
        for _ in range(25):
            container.mux(stream.encode(av.VideoFrame.from_image(scene(640, 480))))
        container.mux(stream.encode())
    space = LARGE_UPLOAD - path.stat().st_size
    with path.open("ab") as file:
        file.write(space.to_bytes(4, "big") + b"free" + os.urandom(space - 8))
