"""The one table of file name extensions of images and videos that can be uploaded."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

_BY_TYPE = {
    "image/jpeg": "jpg jpeg jpe jfif jif jfi pjpeg pjp mpo jps",
    "image/png": "png apng",
    "image/gif": "gif",
    "image/webp": "webp",
    "image/tiff": "tiff tif",
    "image/bmp": "bmp dib",
    "image/avif": "avif avifs",
    "image/heic": "heic heif heics heifs hif",
    "video/mp4": "mp4 m4v mp4v f4v 3gp 3gpp 3g2 3gp2",
    "video/quicktime": "mov qt",
    "video/webm": "webm",
    "video/x-matroska": "mkv mk3d",
    "video/x-msvideo": "avi divx",
    "video/x-flv": "flv",
    "video/mpeg": "mpeg mpg mpe m1v m2v mpv vob",
    "video/x-ms-wmv": "wmv asf",
}

EXTENSIONS: Mapping[str, str] = MappingProxyType(
    {extension: kind for kind, extensions in _BY_TYPE.items() for extension in extensions.split()}
)
"""MIME types by extension, in lower case and without its dot. The server itself goes by a file's first bytes only."""
_EXTENSION = re.compile(r"\.([A-Za-z0-9]+)(?:[_-][A-Za-z0-9]+)?$")
"""An extension; browsers have saved images of web sites as `x.jpg_large` and `x.jpg-large`."""


def type_by_name(name: str) -> str | None:
    """Return the MIME type for a file's name; None if it is not that of an image or video."""
    match = _EXTENSION.search(name)
    return EXTENSIONS.get(match[1].lower()) if match else None
