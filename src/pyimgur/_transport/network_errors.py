"""The errors for a request that got no complete response because of the network."""

from __future__ import annotations

from .._core.effects import HTTPRequest
from ..exceptions import NoAnswerError


def unreachable(request: HTTPRequest, host: str, error: Exception) -> NoAnswerError:
    """Return the error for a connection that could not be opened."""
    return NoAnswerError(f"cannot reach {host}: {error}; is it running, and is the URL correct?", request=request.label)


def broken(request: HTTPRequest, host: str, error: Exception, *, timed_out: bool, sent: bool) -> NoAnswerError:
    """Return the error for an open connection; `sent` says whether the whole request was handed over."""
    problem = "took too long" if timed_out else "broke off"
    detail = str(error) or type(error).__name__
    return NoAnswerError(f"the connection to {host} {problem} ({detail})", request=request.label, sent=sent, begun=True)
