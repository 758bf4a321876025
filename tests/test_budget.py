"""Credits: read from headers in both of Imgur's conventions, and what a client does when there are none left."""

from __future__ import annotations

import httpx2
import pytest

from pyimgur import Budget, Imgur, Policy, RateLimitError

NOW = 1_700_000_000.0


def test_resets_are_unix_times_whichever_way_they_are_told() -> None:
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
