"""Encode a multipart form with one file while it is sent, so that the file is never in memory as a whole."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping

from .._core.effects import Body
from .._core.request import form_values
from .._core.source import Progress, Source, first_chunk
from .._media_types import type_by_name
from ..exceptions import FileError

_VIDEO_STARTS = (b"\x1a\x45\xdf\xa3", b"FLV\x01", b"\x00\x00\x01\xba", b"\x00\x00\x01\xb3", b"\x30\x26\xb2\x75")
_STILL_BRANDS = (b"avif", b"avis", b"heic", b"heix", b"mif1", b"msf1")


def multipart(
    fields: Mapping[str, object], file: Source, progress: Progress | None = None, part: str | None = None
) -> Body:
    """Return a form with these fields and one file, encoded while it is sent.

    Raises:
        FileError: while it is sent, if the file has changed its size.
    """
    boundary = secrets.token_hex(16)
    part, name = _escape_filename(part or form_field_for(file)), _escape_filename(file.name)
    head = "".join(
        f'--{boundary}\r\nContent-Disposition: form-data; name="{_escape_filename(key)}"\r\n\r\n{text}\r\n'
        for key, value in fields.items()
        for text in form_values(value)
    ) + (
        f'--{boundary}\r\nContent-Disposition: form-data; name="{part}"; filename="{name}"\r\n'
        "Content-Type: application/octet-stream\r\n\r\n"
    )
    start, end = head.encode("utf-8", "replace"), f"\r\n--{boundary}--\r\n".encode()

    def stream() -> Iterator[bytes]:
        before = start
        for chunk in _with_progress(file, progress):
            yield before + chunk  # the head together with the first chunk: each chunk costs a write
            before = b""
        yield before + end

    length = None if file.size is None else len(start) + file.size + len(end)
    return Body(f"multipart/form-data; boundary={boundary}", length, stream, file.may_block)


def _with_progress(file: Source, progress: Progress | None) -> Iterator[bytes]:
    """Yield the file's bytes, and report them to `progress`.

    Raises:
        FileError: the file has changed its size.
    """
    sent = 0
    for chunk in file.chunks():
        sent += len(chunk)
        if file.size is not None and sent > file.size:
            break
        yield chunk
        if progress:
            progress(sent, file.size)
    if file.size is not None and sent != file.size:
        raise FileError(f"{file.name!r} changed while it was uploaded: {sent:,} bytes read, {file.size:,} expected")


def _escape_filename(name: str) -> str:
    """Escape a name for use within quotes, as browsers do."""
    return name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")


def form_field_for(file: Source) -> str:
    """Return the name of the form field that Imgur expects for this file: it rejects a video as `image`."""
    head = first_chunk(file)
    video = head.startswith(_VIDEO_STARTS) or (head[4:8] == b"ftyp" and head[8:12] not in _STILL_BRANDS)
    named = not head and (type_by_name(file.name) or "").startswith("video/")
    return "video" if video or named else "image"
