"""Getting a picture: asking for it, following where it is, and what stands in its place when it is gone.

Where the bytes go is the sink's affair (`sink`). No token is ever sent to where pictures are.
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


def download(state: ClientState, link: str, sink: FileSink, unless: str = "") -> Flow[Path | None]:
    """The picture at `link`, whole, at the sink's place; None if one of the ETags in `unless` is the picture's."""
    label = f"GET {link}"
    condition = {"If-None-Match": unless} if unless else {}
    try:
        for pause in backoff(state.retries):
            try:
                reply = yield from get_following_redirects(link, sink, label, {**sink.headers(), **condition})
                if reply.status == 304 and unless:
                    return None
                if reply.status in {206, 416} and not sink.size and pause is not None:
                    continue  # the beginning there was belongs to another version of the picture
                if pause is None or reply.status not in RETRY_STATUS:
                    return _finished(reply, sink, label, state.clock())
            except NoAnswerError as error:
                if pause is None or isinstance(error, DeadlineError):
                    raise
            yield Sleep(pause or 0)
        raise NoAnswerError("the picture changes while it is read", request=label)
    finally:
        sink.abort()


def get_following_redirects(link: str, sink: Sink, label: str, headers: Mapping[str, str]) -> Flow[Reply]:
    """The answer at the end of a few redirects, none of which leads to the "removed" picture."""
    reply = Reply(0, {})
    for _ in range(MAX_REDIRECTS):
        reply = yield HTTPRequest("GET", link, label, {**_HEADERS, **headers}, sink=sink)
        if reply.status not in _REDIRECTS:
            break
        try:
            link = urljoin(link, reply.headers.get("location", ""))
            removed = urlsplit(link).path.endswith("/removed.png")
        except ValueError:
            raise NoAnswerError("the response redirects to an invalid URL", request=label) from None
        if removed:
            raise RemovedError("the picture is not there any more", request=label, status=reply.status)
    return reply


def _finished(reply: Reply, sink: FileSink, label: str, now: float) -> Path:
    if sink.taking and sink.size:
        return sink.finish()
    raise error_from(reply, label, now) or RemovedError(
        "the response is not a picture", request=label, status=reply.status
    )
