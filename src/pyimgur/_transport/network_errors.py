"""The errors for a request that got no complete response because of the network."""

from __future__ import annotations

from .._core.effects import HTTPRequest
from ..exceptions import NoAnswerError
from .deadline import Deadline


class ExchangeError(Exception):
    """The network failed, or the response is not HTTP; `timed_out` says whether a step took too long."""

    def __init__(self, message: str, *, timed_out: bool = False) -> None:
        super().__init__(message)
        self.timed_out = timed_out


def unreachable(request: HTTPRequest, host: str, error: Exception) -> NoAnswerError:
    """Return the error for a connection that could not be opened."""
    return NoAnswerError(f"cannot reach {host}: {error}; is it running, and is the URL correct?", request=request.label)


def broken(request: HTTPRequest, host: str, error: Exception, *, timed_out: bool, sent: bool) -> NoAnswerError:
    """Return the error for an open connection; `sent` says whether the whole request was handed over."""
    problem = "took too long" if timed_out else "broke off"
    detail = str(error) or type(error).__name__
    return NoAnswerError(f"the connection to {host} {problem} ({detail})", request=request.label, sent=sent, begun=True)


def failure(
    error: ExchangeError, request: HTTPRequest, host: str, deadline: Deadline, *, connected: bool = True
) -> NoAnswerError:
    """Return the error for an exchange that failed."""
    if deadline.left <= 0:
        return deadline.error()
    if not connected:
        return unreachable(request, host, error)
    return broken(request, host, error, timed_out=error.timed_out, sent=deadline.sent)
