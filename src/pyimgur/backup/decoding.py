"""Decode an image or video to its end, with Pillow or PyAV."""

from __future__ import annotations

from pathlib import Path

_STILLS = frozenset({".jpg", ".png", ".gif", ".webp", ".bmp", ".tiff", ".avif"})


def decode_error(path: Path) -> str:
    """Return why a file cannot be decoded; empty if it can."""
    try:
        _decode_image(path) if path.suffix in _STILLS else _decode_video(path)
    except ImportError:
        raise
    except Exception as error:
        return f"it cannot be decoded: {type(error).__name__}: {error}"
    return ""


def _decode_image(path: Path) -> None:
    from PIL import Image, ImageSequence

    with Image.open(path) as image:
        for frame in ImageSequence.Iterator(image):
            frame.load()


def _decode_video(path: Path) -> None:
    import av

    with av.open(str(path)) as container:
        for _ in container.decode(video=0):
            pass
