"""The errors for lost responses: the request may have been carried out, so the error says how to find out."""

from __future__ import annotations

from typing import Any

from .._core.request import Request
from ..exceptions import NoAnswerError, UploadUncertain
from .client_state import ClientState


def outcome_unknown(request: Request[Any], error: NoAnswerError) -> NoAnswerError:
    """Return the error for a lost response to a call that changes something."""
    text = f"{error.message}; the request may have been carried out: check before you repeat it"
    return type(error)(text, request=str(request), sent=True)


def upload_uncertain(state: ClientState, request: Request[Any], name: str, error: NoAnswerError) -> UploadUncertain:
    """Return the error for a lost response to an upload."""
    return UploadUncertain(
        f"{name!r} was sent, but there was no response ({error.message}): "
        f"it may have arrived{repetition_note(request)}; "
        f"{how_to_check_upload(state, request)}",
        request=str(request),
        sent=True,
    )


def how_to_check_upload(state: ClientState, request: Request[Any]) -> str:
    """Say how to find out whether an upload arrived; no list shows the images of an anonymous client."""
    if state.access_token is not None:
        return f"look at the account's newest images first, and {request.resend_hint} if it is not there"
    return (
        "an anonymous image is in no list, so this cannot be looked up: "
        f"{request.resend_hint} if a second copy does no harm (uploads of a user can be looked up)"
    )


def repetition_note(request: Request[Any]) -> str:
    """Say whether an upload that may have arrived was tried again."""
    if request.repeated:
        return ", and trying again under the same idempotency key did not settle it"
    return ", so it was not sent again"
