"""Which file name extensions stand for pictures and videos that can be uploaded: the one table of them."""

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
"""Extension, lower case and without its dot -> MIME type. The server itself goes by a file's first bytes alone."""
_LAST = re.compile(r"\.([A-Za-z0-9]+)(?:[_-][A-Za-z0-9]+)?$")
"""An extension; browsers have saved pictures of web sites as `x.jpg_large` and `x.jpg-large`."""


def type_by_name(name: str) -> str | None:
    """Return the MIME type that a file's name stands for; None if it is none of a picture or video."""
    found = _LAST.search(name)
    return EXTENSIONS.get(found[1].lower()) if found else None
