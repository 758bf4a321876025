"""Asking a site which links work: by HEAD for images, by API calls for albums and posts."""

from __future__ import annotations

import httpx2
import pytest

import pyimgur
from client_support import Driven, both, enveloped, play, reply
from pyimgur import IMGUR
from pyimgur._policy.client_state import ClientState
from pyimgur._transfer.file_state import file_state

ANSWERS = {
    "/aLivege.jpg": 200, "/aBcde.jpg": 200, "/bLocked.jpg": 451, "/gOneGon.jpg": 404, "/3/album/aLbumId": 200,
    "/3/gallery/pOstImg": 404, "/3/album/pOstImg": 404, "/3/image/pOstImg": 200, "/3/album/pRivate": 403,
}  # fmt: skip
STATES = {
    "https://i.imgur.com/aLivege.png": "alive",
    "https://imgur.com/bLocked": "blocked",
    "https://imgur.com/gOneGon": "removed",
    "https://imgur.com/rEmoved": "removed",
    "https://imgur.com/a/aLbumId": "alive",
    "https://imgur.com/a/gOneGon": "removed",
    "https://imgur.com/a/pRivate": "blocked",
    "https://imgur.com/gallery/pOstImg": "alive",
}
OTHERS = ["https://imgur.com/user/ann", "https://imgur.com/aLivege,aBcde", "https://example.org/a"]


@both
def test_each_link_has_a_state(drive: type[Driven]) -> None:
    asked: list[tuple[str, str]] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        path = request.url.path
        asked.append((request.method, path))
        assert request.url.host == "api.imgur.com" or "authorization" not in request.headers, "no token for pictures"
        if path == "/rEmoved.jpg":
            return httpx2.Response(302, headers={"Location": "https://i.imgur.com/removed.png"})
        status = ANSWERS.get(path, 404)
        return httpx2.Response(
            status, content=enveloped({"id": path[-7:]} if status == 200 else {"error": "x"}, status)
        )

    with drive(base_url=IMGUR, transport=httpx2.MockTransport(answer)) as it:
        assert it.run(it.im.get_link_states([*STATES, *OTHERS, *STATES], concurrency=0)) == STATES
        assert it.run(it.im.get_link_states([])) == {}
    assert {method for method, path in asked if path.endswith(".jpg")} == {"HEAD"}
    assert len(asked) == 10, "each link is asked once, a post until it is found"


@both
@pytest.mark.parametrize(
    ("status", "error"),
    [(429, pyimgur.RateLimitError), (500, pyimgur.ImgurIsDownException), (0, pyimgur.NoAnswerError)],
)
def test_a_site_that_does_not_answer_is_an_error(drive: type[Driven], status: int, error: type[Exception]) -> None:
    asked = 0

    def answer(request: httpx2.Request) -> httpx2.Response:
        nonlocal asked
        asked += 1
        if not status:
            raise httpx2.ConnectError("refused", request=request)
        return httpx2.Response(status)

    with (
        drive(base_url=IMGUR, transport=httpx2.MockTransport(answer), retries=0) as it,
        pytest.raises(error),
    ):
        it.run(it.im.get_link_states(STATES))
    assert asked == 1, "the site is not asked for the others"


def test_a_failure_is_retried() -> None:
    state = ClientState(site=IMGUR, client_id="abc123", retries=2)
    played = play(file_state(state, "aBcde"), reply(status=502), pyimgur.NoAnswerError("lost"), reply())
    assert (played.value, played.sleeps) == ("alive", [1.0, 2.0])
    assert {(step.method, step.url) for step in played.exchanges} == {("HEAD", "https://i.imgur.com/aBcde.jpg")}
    assert isinstance(play(file_state(state, "aBcde"), pyimgur.DeadlineError("late")).error, pyimgur.DeadlineError)
