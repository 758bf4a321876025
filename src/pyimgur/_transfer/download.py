"""Download a picture: retries, redirects, and the "removed" placeholder.

The sink decides where the bytes go. No token is ever sent to the server of the pictures.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urljoin, urlsplit

from .._core.effects import Flow, HTTPRequest, Reply, Sink, Sleep
from .._policy.client_state import ClientState
from .._policy.flow import RETRY_STATUS, backoff
from .._policy.request_builder import USER_AGENT
from .._policy.responses import error_from
from ..exceptions import DeadlineError, NoAnswerError, RemovedError
from .file_sink import FileSink

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
MAX_REDIRECTS = 3
_HEADERS = {"User-Agent": USER_AGENT, "Accept": "image/*,video/*"}


def download(state: ClientState, link: str, sink: FileSink, etags: str = "") -> Flow[Path | None]:
    """Download the picture at `link` to the sink's path, and return that; None if it has one of these ETags.

    Raises:
        RemovedError: the picture was removed, or the response is not a picture.
        AnswerError: the response is an error.
        NoAnswerError: there was no complete response.
        FileError: the file cannot be written.
    """
    label = f"GET {link}"
    condition = {"If-None-Match": etags} if etags else {}
    try:
        for pause in backoff(state.retries):
            try:
                reply = yield from get_following_redirects(link, sink, label, {**sink.headers(), **condition})
                if reply.status == 304 and etags:
                    return None
                if reply.status in {206, 416} and not sink.size and pause is not None:
                    continue  # the partial file was of another version of the picture, and is discarded
                if pause is None or reply.status not in RETRY_STATUS:
                    return _finish(reply, sink, label, state.clock())
            except NoAnswerError as error:
                if pause is None or isinstance(error, DeadlineError):
                    raise
            yield Sleep(pause or 0)
        raise NoAnswerError("the picture changes while it is downloaded", request=label)
    finally:
        sink.abort()


def get_following_redirects(
    link: str, sink: Sink | None, label: str, headers: Mapping[str, str], method: str = "GET"
) -> Flow[Reply]:
    """Return the response after at most MAX_REDIRECTS redirects.

    Raises:
        RemovedError: a redirect leads to the "removed" placeholder.
        NoAnswerError: a redirect's URL is invalid.
    """
    reply = Reply(0, {})
    for _ in range(MAX_REDIRECTS):
        reply = yield HTTPRequest(method, link, label, {**_HEADERS, **headers}, sink=sink)
        if reply.status not in _REDIRECTS:
            break
        try:
            link = urljoin(link, reply.headers.get("location", ""))
            removed = urlsplit(link).path.endswith("/removed.png")
        except ValueError:
            raise NoAnswerError("the response redirects to an invalid URL", request=label) from None
        if removed:
            raise RemovedError("the picture was removed", request=label, status=reply.status)
    return reply


def _finish(reply: Reply, sink: FileSink, label: str, now: float) -> Path:
    if sink.taking and sink.size:
        return sink.finish()
    raise error_from(reply, label, now) or RemovedError(
        "the response is not a picture", request=label, status=reply.status
    )
