"""A form with one file in it, made while it is sent: nothing is ever held whole."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping

from .._core.effects import Body
from .._core.request import Source, texts
from .._transfer.sources import Progress, part_name
from ..exceptions import FileError


def multipart(
    fields: Mapping[str, object], file: Source, progress: Progress | None = None, part: str | None = None
) -> Body:
    """A form with one file in it, made while it is sent."""
    boundary = secrets.token_hex(16)
    part, name = _quoted(part or part_name(file)), _quoted(file.name)
    head = "".join(
        f'--{boundary}\r\nContent-Disposition: form-data; name="{_quoted(key)}"\r\n\r\n{text}\r\n'
        for key, value in fields.items()
        for text in texts(value)
    ) + (
        f'--{boundary}\r\nContent-Disposition: form-data; name="{part}"; filename="{name}"\r\n'
        "Content-Type: application/octet-stream\r\n\r\n"
    )
    start, end = head.encode("utf-8", "replace"), f"\r\n--{boundary}--\r\n".encode()

    def stream() -> Iterator[bytes]:
        before = start
        for chunk in _counted(file, progress):
            yield before + chunk  # the form's head with the file's: each step costs a write
            before = b""
        yield before + end

    length = None if file.size is None else len(start) + file.size + len(end)
    return Body(f"multipart/form-data; boundary={boundary}", length, stream)


def _counted(file: Source, progress: Progress | None) -> Iterator[bytes]:
    """The file's bytes, told to `progress`; a file that changed its length meanwhile ends the request."""
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


def _quoted(name: str) -> str:
    """A name inside quotes, escaped as browsers do it."""
    return name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
