"""Open image files with Pillow, bounded: one decoder per file, and decompression bombs are refused before decoding.

Every failure is raised as a `MediaError`. Some files are opened through a view that skips or converts what browsers
accept and Pillow does not: ancillary PNG chunks that are too large or damaged, BMP with unusual bit masks. Runs in a
worker only.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from importlib import import_module
from typing import BinaryIO

from PIL import Image, ImageFile, UnidentifiedImageError

from pyimgur.server.media import bmp_masks, gif_comments, jpeg_header, png_view, tiff_header, webp_chunks
from pyimgur.server.media.errors import DamagedMediaError, MediaError, MediaTooLargeError, MissingDecoderError
from pyimgur.server.media.file_parts import join_parts
from pyimgur.server.media.sniff import BMP, GIF, HEIC, JPEG, PNG, TIFF, WEBP, FileType

PLUGINS = {HEIC: "pillow_heif.HeifImagePlugin"}
"""Decoders of formats that Pillow itself does not support; an extra, with a license of its own."""
VIEWS: Mapping[FileType, Callable[[BinaryIO], BinaryIO]] = {
    BMP: bmp_masks.as_bgra,
    GIF: gif_comments.without_comments,
    PNG: png_view.without_unused_chunks,
    TIFF: tiff_header.check_directory,
    WEBP: webp_chunks.first_picture,
}
"""Views of files without parts at which Pillow fails, or which it would keep in memory."""
END_OF_JPEG = b"\xff\xd9" * 1000
"""End markers for a truncated JPEG, as libjpeg inserts them itself: each scan of a progressive one takes one."""


@contextmanager
def open_image(
    file: BinaryIO, kind: FileType, max_pixels: int, *, partial: bool = False, tail: bytes = END_OF_JPEG
) -> Generator[ImageFile.ImageFile]:
    """Open the image without decoding it; any exception inside the block is blamed on the file.

    Args:
        file: the image.
        kind: its format.
        max_pixels: the most pixels it may have.
        partial: decode as much of a truncated image as there is.
        tail: the bytes that then end a JPEG.

    Raises:
        DamagedMediaError: the image cannot be decoded.
        MediaTooLargeError: it has more than `max_pixels` pixels, or needs more memory than one file may.
        MissingDecoderError: the decoder of this format is not installed.
    """
    if kind is JPEG:
        jpeg_header.check_supported(file)
        file = jpeg_header.without_metadata(file)
        if partial:
            file = join_parts(file, [(0, jpeg_header.end_of_whole_segments(file)), tail])
    elif kind in VIEWS:
        file = VIEWS[kind](file)
    _import_plugin(kind)
    Image.MAX_IMAGE_PIXELS = max_pixels
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        # A worker reads one file at a time, so this global applies to this file alone.
        ImageFile.LOAD_TRUNCATED_IMAGES = partial and kind is not JPEG
        try:
            with Image.open(file, formats=[kind.name.upper()]) as image:
                yield image
        except (Image.DecompressionBombError, Image.DecompressionBombWarning):
            raise MediaTooLargeError(f"the image has more than {max_pixels} pixels") from None
        except MemoryError:
            raise MediaTooLargeError("the image needs more memory than one file may use") from None
        except MediaError:
            raise
        except UnidentifiedImageError as error:
            raise DamagedMediaError(f"the {kind.label} image is damaged or not supported") from error
        except Exception as error:  # decoders raise nearly anything on a damaged file
            raise DamagedMediaError(f"the {kind.label} image is damaged or cut off") from error
        finally:
            ImageFile.LOAD_TRUNCATED_IMAGES = False


def _import_plugin(kind: FileType) -> None:
    """Import the decoder of this format; otherwise Pillow would import every plugin to find it."""
    try:
        import_module(PLUGINS.get(kind, f"PIL.{kind.name}ImagePlugin"))
    except ImportError:
        raise MissingDecoderError(
            f"This server does not read {kind.label} files. Send a JPEG, or ask its administrator to install"
            f" pyimgur[{kind.ext}]."
        ) from None
