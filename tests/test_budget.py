"""Credits: parsing both conventions of rate-limit headers, and what a client does when none are left."""

from __future__ import annotations

import gc
import socket
import threading
from collections.abc import Generator
from typing import Any

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from client_support import PIXEL, reply
from pyimgur import Budget, Imgur, NoAnswerError, Policy, RateLimitError
from pyimgur._core.request import get
from pyimgur._policy.client_state import ClientState
from pyimgur._policy.flow import with_token
from pyimgur._policy.rate_limit import CreditTracker

NOW = 1_700_000_000.0
END = int(NOW) + 60


def test_resets_are_unix_times_whichever_way_they_are_reported() -> None:
    seconds = Budget().updated({"x-ratelimit-userreset": "3600", "x-ratelimit-clientreset": "86400"}, NOW)
    assert (seconds.user_reset, seconds.client_reset) == (NOW + 3600, NOW + 86400)
    moment = Budget().updated({"x-ratelimit-userreset": str(int(NOW) + 10)}, NOW)
    assert moment.user_reset == NOW + 10


def test_what_is_not_told_stays_what_it_was() -> None:
    told = Budget().updated({"x-ratelimit-userremaining": "7", "x-ratelimit-clientremaining": "1e3"}, NOW)
    assert told == Budget(user_remaining=7)
    assert told.updated({}, NOW) == told


class Site:
    """Answers with these headers, or with 429 as often as told."""

    def __init__(self, headers: dict[str, str], refusals: int = 0) -> None:
        self.headers, self.refusals, self.calls = headers, refusals, 0

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        self.calls += 1
        if self.refusals > 0:
            self.refusals -= 1
            body = {"data": {"error": "You are uploading too fast. Please wait 3 more minutes."}, "success": False}
            return httpx2.Response(429, json=body)
        return httpx2.Response(200, json={"data": {"id": "x"}, "success": True, "status": 200}, headers=self.headers)


EMPTY = {"X-RateLimit-UserRemaining": "0", "X-RateLimit-UserReset": "600"}


def _client(site: Site, limits: Policy, slept: list[float], monkeypatch: pytest.MonkeyPatch) -> Imgur:
    monkeypatch.setattr("threading.Event.wait", lambda _, seconds: slept.append(seconds))
    return Imgur("app", transport=httpx2.MockTransport(site), clock=lambda: NOW + sum(slept), limits=limits, retries=0)


def test_raise_says_when_before_anything_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    site = Site(EMPTY)
    im = _client(site, Policy("raise"), [], monkeypatch)
    im.get_image("x")
    with pytest.raises(RateLimitError, match="used up") as caught:
        im.get_image("x")
    assert caught.value.retry_at == NOW + 600
    assert site.calls == 1


def test_wait_waits_and_tells_why(monkeypatch: pytest.MonkeyPatch) -> None:
    site, slept = Site(EMPTY), list[float]()
    told: list[tuple[float, str]] = []
    im = _client(site, Policy("wait", on_wait=lambda seconds, why: told.append((seconds, why))), slept, monkeypatch)
    im.get_image("x")
    im.get_image("x")
    assert slept == [600]
    assert told[0][0] == 600
    assert "used up" in told[0][1]


def test_wait_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    site, slept = Site(EMPTY), list[float]()
    im = _client(site, Policy("wait", longest=300), slept, monkeypatch)
    im.get_image("x")
    with pytest.raises(RateLimitError):
        im.get_image("x")
    assert slept == []


def test_wait_after_a_429_as_long_as_its_sentence_says(monkeypatch: pytest.MonkeyPatch) -> None:
    site, slept = Site({}, refusals=1), list[float]()
    im = _client(site, Policy("wait"), slept, monkeypatch)
    assert im.get_image("x").id == "x"
    assert slept == [180]


def test_waiting_again_and_again_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    site, slept = Site({}, refusals=1000), list[float]()
    im = _client(site, Policy("wait", longest=600), slept, monkeypatch)
    with pytest.raises(RateLimitError):
        im.get_image("x")
    assert sum(slept) <= 600 + 180


def test_ignore_sends_anyway(monkeypatch: pytest.MonkeyPatch) -> None:
    site = Site(EMPTY)
    im = _client(site, Policy("ignore"), [], monkeypatch)
    im.get_image("x")
    im.get_image("x")
    assert site.calls == 2


def test_a_server_that_only_counts_is_not_held_against(monkeypatch: pytest.MonkeyPatch) -> None:
    site = Site({**EMPTY, "X-RateLimit-Enforced": "0"})
    im = _client(site, Policy("raise"), [], monkeypatch)
    im.get_image("x")
    im.get_image("x")
    assert site.calls == 2


def test_an_upload_needs_ten(monkeypatch: pytest.MonkeyPatch) -> None:
    site = Site({"X-RateLimit-UserRemaining": "9", "X-RateLimit-UserReset": "60"})
    im = _client(site, Policy("raise"), [], monkeypatch)
    im.get_image("x")
    with pytest.raises(RateLimitError, match="costs 10"):
        im.upload_image(b"\x89PNG....")
    assert site.calls == 1


# ---- many calls at once


def _call(state: ClientState, cost: int = 10) -> Generator[Any, Any, Any]:
    """A call that has been sent and is not answered yet."""
    flow = with_token(state, get("3/image/x", dict).costing(cost))
    next(flow)
    return flow


def _answered(call: Generator[Any, Any, Any], **headers: str) -> None:
    with pytest.raises(StopIteration):
        call.send(reply({}, 200, **{f"x_ratelimit_{name}": value for name, value in headers.items()}))


def _state(left: int) -> ClientState:
    credits = CreditTracker(Budget(user_remaining=left, user_reset=END))
    return ClientState(client_id="app", clock=lambda: NOW, credits=credits, retries=0)


def test_what_is_on_its_way_has_been_spent() -> None:
    state = _state(20)
    first, _ = _call(state), _call(state)
    with pytest.raises(RateLimitError):
        _call(state)
    _answered(first, userremaining="10", userreset="60")  # the second is not counted there yet
    with pytest.raises(RateLimitError):
        _call(state)


def test_when_nothing_is_on_its_way_the_answer_is_right() -> None:
    state = _state(20)
    first, second = _call(state), _call(state)
    _answered(second, userremaining="10", userreset="60")
    _answered(first, userremaining="10", userreset="60")  # Imgur took nothing for one of them
    assert state.credits.budget.user_remaining == 10


def test_what_others_have_spent_counts_at_once() -> None:
    state = _state(100)
    first, _ = _call(state), _call(state)
    _answered(first, userremaining="13", userreset="60")
    assert state.credits.budget.user_remaining == 3  # and ten for the other


def test_what_came_back_since_is_there_for_all() -> None:
    now = NOW
    state = ClientState(
        client_id="app", clock=lambda: now, credits=CreditTracker(Budget(user_remaining=20, user_reset=END))
    )
    first, _ = _call(state), _call(state)
    now += 61
    _answered(first, userremaining="490", userreset="3600")
    assert state.credits.budget.user_remaining == 480


def test_a_call_that_is_given_up_is_on_its_way_no_more() -> None:
    state = _state(20)
    _call(state).close()
    assert state.credits.budget.user_remaining == 10  # it may have been counted
    _answered(_call(state, 1), userremaining="19", userreset="60")
    assert state.credits.budget.user_remaining == 19


def test_the_last_answer_may_be_the_oldest_news() -> None:
    state = _state(12)
    upload, first, second = _call(state), _call(state, 1), _call(state, 1)
    _answered(first, userremaining="1", userreset="60")
    _answered(second, userremaining="0", userreset="60")
    _answered(upload, userremaining="2", userreset="60")  # it was counted first, and took longest
    assert state.credits.budget.user_remaining == 0


def test_what_imgur_counts_is_what_counts() -> None:
    """Whatever a call costs by its description; also where there is never a moment without one."""
    state = _state(100)
    under_way = [_call(state)]
    for _ in range(50):
        under_way.append(_call(state))
        _answered(under_way.pop(0), userremaining="100", userreset="60")
    assert state.credits.budget.user_remaining == 90


def test_what_was_never_sent_costs_nothing() -> None:
    state = _state(10)
    for _ in range(3):
        with pytest.raises(NoAnswerError):
            _call(state).throw(NoAnswerError("nobody is there"))
    with pytest.raises(NoAnswerError):
        _call(state).throw(NoAnswerError("it broke off", begun=True))
    with pytest.raises(RateLimitError):
        _call(state)


def test_when_credits_have_come_back_no_more_is_sent_than_there_is() -> None:
    now = NOW
    budget = Budget(user_limit=30, user_remaining=30, user_reset=END, client_limit=100, client_reset=END)
    state = ClientState(client_id="app", clock=lambda: now, credits=CreditTracker(budget))
    before = _call(state)
    now += 61
    first, _ = _call(state), _call(state)
    for news in ({}, {"userremaining": "20", "userreset": "3600"}):
        with pytest.raises(RateLimitError):
            _call(state)
        _answered(first if news else before, **news)
    assert state.credits.budget.client_remaining == 70


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 59)), max_size=80))
def test_one_client_alone_is_never_refused(events: list[tuple[bool, int]]) -> None:
    """Whatever comes back in whatever order: no more is sent than there is, and all there is once nothing is sent."""
    state, left, calls = _state(25), 25, list[tuple[Generator[Any, Any, Any], int, bool]]()
    for goes_out, number in events:
        if goes_out:
            cost, sent = (1, 10)[number % 2], number % 3 > 0
            try:
                call = _call(state, cost)
            except RateLimitError:
                assert calls or left < cost
                continue
            left -= cost if sent else 0
            assert left >= 0
            calls.append((call, left, sent))
        elif calls:
            call, told, sent = calls.pop(number % len(calls))
            if sent:
                _answered(call, userremaining=str(told), userreset="60")
            else:
                with pytest.raises(NoAnswerError):
                    call.throw(NoAnswerError("nobody is there"))


def test_nobody_is_there_and_the_credits_are(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        address = "http://127.0.0.1:{1}".format(*nobody.getsockname())
    im = Imgur("app", base_url=address, retries=0)
    monkeypatch.setattr(im._executor.state, "credits", CreditTracker(Budget(user_remaining=10, user_reset=2**31)))
    for _ in range(3):
        with pytest.raises(NoAnswerError, match="cannot reach"):
            im.upload_image(PIXEL)
    assert im.budget.user_remaining == 10


def test_what_is_thrown_away_while_credits_are_counted_holds_up_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """A call that only the garbage collector finds, as a task of a loop that is closed, may end at any moment."""
    state = _state(20)
    thrown_away: list[object] = [_call(state)]
    thrown_away.append(thrown_away)
    spend = CreditTracker._spend

    def spend_late(tracker: CreditTracker, cost: int) -> None:
        gc.collect()
        spend(tracker, cost)

    monkeypatch.setattr(CreditTracker, "_spend", spend_late)
    del thrown_away
    counting = threading.Thread(target=state.credits.reserve, args=(1, NOW), daemon=True)
    counting.start()
    counting.join(10)
    assert not counting.is_alive()


def test_threads_share_one_budget() -> None:
    """Nothing is sent that would be refused, however many ask at once."""
    lock, left, refused = threading.Lock(), 51, list[str]()

    def site(request: httpx2.Request) -> httpx2.Response:
        nonlocal left
        cost = 10 if request.method == "POST" else 1
        with lock:
            if left < cost:
                refused.append(request.method)
                return httpx2.Response(429, json={"data": {"error": "no"}, "success": False})
            left -= cost
            told = {"X-RateLimit-UserRemaining": str(left), "X-RateLimit-UserReset": "600"}
        return httpx2.Response(200, json={"data": {"id": "x"}, "success": True, "status": 200}, headers=told)

    im = Imgur("app", transport=httpx2.MockTransport(site), retries=0)
    im.get_image("x")
    done = im.upload_images([PIXEL] * 12, concurrency=12)
    assert refused == []
    assert sum(isinstance(one, RateLimitError) for one in done) == 7
