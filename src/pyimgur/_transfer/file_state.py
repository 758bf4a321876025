"""Ask whether the file of an image exists, without downloading it."""

from __future__ import annotations

from typing import Literal

from .._core.effects import Flow, Reply, Sleep
from .._policy.client_state import ClientState
from .._policy.flow import RETRY_STATUS, backoff
from .._policy.responses import error_from
from ..exceptions import AnswerError, DeadlineError, NoAnswerError, RemovedError, ResourceNotFoundError
from .download import get_following_redirects

LinkState = Literal["alive", "removed", "blocked"]
"""Whether a link works; "blocked" means that it exists and this client may not see it, such as in its country."""
_BLOCKED = frozenset({401, 403, 451})


def file_state(state: ClientState, id: str) -> Flow[LinkState]:
    """Return whether the image with this id has a file. This costs no credits.

    Raises:
        AnswerError: the response is another error, such as a rate limit.
        NoAnswerError: there was no response.
    """
    link = f"{state.site.images}/{id}.jpg"  # Imgur serves an image under any extension
    label = f"HEAD {link}"
    for pause in backoff(state.retries):
        try:
            reply: Reply = yield from get_following_redirects(link, None, label, {}, "HEAD")
        except RemovedError:
            return "removed"
        except NoAnswerError as error:
            if pause is None or isinstance(error, DeadlineError):
                raise
        else:
            if pause is None or reply.status not in RETRY_STATUS:
                error = error_from(reply, label, state.clock())
                return "alive" if error is None else state_of(error)
        yield Sleep(pause or 0)
    raise AssertionError("the last attempt returns or raises")


def state_of(error: AnswerError) -> LinkState:
    """Return what an error response says about a link.

    Raises:
        AnswerError: the error, if it says nothing about the link.
    """
    if isinstance(error, ResourceNotFoundError):
        return "removed"
    if error.status in _BLOCKED:
        return "blocked"
    raise error
