"""The faults of the test kit: which requests they apply to, what they do, and the ones that are refused."""

from __future__ import annotations

import http.client
import json
import subprocess
import sys
from contextlib import closing
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from pyimgur.testing import Fault, LocalImgur, local_imgur

if TYPE_CHECKING:
    from pathlib import Path

PATH = "/3/account/tester"


class Response(NamedTuple):
    """What a program gets: the status is 0 if the connection was cut before any."""

    status: int
    body: bytes
    headers: dict[str, str]


def get(imgur: LocalImgur, path: str = PATH, client_id: str = "any", token: str = "", body: bytes = b"") -> Response:
    """Send a request, and return as much of its response as arrives."""
    headers = {"Authorization": f"Bearer {token}" if token else f"Client-ID {client_id}"}
    with closing(http.client.HTTPConnection(imgur.url.removeprefix("http://"), timeout=30)) as connection:
        try:
            connection.request("POST" if body else "GET", path, body or None, headers)
            response = connection.getresponse()
        except OSError:
            return Response(0, b"", {})
        head = {name.lower(): value for name, value in response.getheaders()}
        try:
            return Response(response.status, response.read(), head)
        except http.client.IncompleteRead as error:
            return Response(response.status, error.partial, head)


def statuses(imgur: LocalImgur, number: int) -> list[int]:
    """Return the statuses of so many requests."""
    return [get(imgur).status for _ in range(number)]


def test_status_body_and_headers_are_those_of_the_fault(imgur: LocalImgur) -> None:
    imgur.fail(status=418, body="short and stout", headers={"Content-Type": "text/plain", "X-Pot": "tea"})
    status, body, headers = get(imgur)
    assert (status, body) == (418, b"short and stout")
    assert (headers["content-type"], headers["x-pot"]) == ("text/plain", "tea")


def test_a_status_alone_gets_an_error_in_the_format_of_imgur(imgur: LocalImgur) -> None:
    imgur.fail(status=404)
    data = {"error": "Not Found", "request": PATH, "method": "GET"}
    assert json.loads(get(imgur).body) == {"data": data, "success": False, "status": 404}


def test_a_setting_changes_a_named_fault(imgur: LocalImgur) -> None:
    imgur.fail("rate-limit", headers={"x-ratelimit-userreset": "7"})
    status, _, headers = get(imgur)
    assert (status, headers["x-ratelimit-userreset"], headers["x-ratelimit-userlimit"]) == (429, "7", "500")


def test_headers_without_a_status_change_the_real_response(imgur: LocalImgur) -> None:
    imgur.fail(headers={"X-RateLimit-UserRemaining": "3"})
    status, body, headers = get(imgur)
    assert (status, headers["x-ratelimit-userremaining"]) == (200, "3")
    assert json.loads(body)["data"]["url"] == "tester"


def test_a_slow_response_comes_at_the_rate_of_the_fault(imgur: LocalImgur, monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []

    async def no_sleep(seconds: float) -> None:
        waits.append(seconds)

    monkeypatch.setattr("pyimgur.testing.fault_middleware.asyncio.sleep", no_sleep)
    imgur.fail("slow", bytes_per_second=1000, delay=5)
    body = get(imgur).body
    monkeypatch.undo()
    assert body == get(imgur).body
    assert waits[0] == 5
    assert waits[1] == 0.1
    assert sum(waits[1:]) == pytest.approx(len(body) / 1000)


def test_a_response_is_cut_at_a_byte(imgur: LocalImgur) -> None:
    imgur.fail(cut_response=20)
    status, cut, _ = get(imgur)
    assert (status, cut) == (200, get(imgur).body[:20])


def test_a_response_that_is_shorter_than_the_cut_is_sent_whole(imgur: LocalImgur) -> None:
    imgur.fail(cut_response=100_000)
    assert get(imgur).body == get(imgur).body


def test_a_replaced_response_is_cut_at_a_byte(imgur: LocalImgur) -> None:
    imgur.fail(status=500, body="0123456789", cut_response=4)
    assert get(imgur)[:2] == (500, b"0123")


def test_a_request_that_is_cut_at_a_byte_is_not_executed(imgur: LocalImgur) -> None:
    imgur.fail(cut_request=3, path="/3/album")
    assert get(imgur, "/3/album", token=imgur.client.access_token or "", body=b"title=Cats").status == 0
    assert imgur.client.get_user("me").get_albums() == []


def test_every_nth_request_fails(imgur: LocalImgur) -> None:
    imgur.fail("down", nth=3, times=None)
    assert statuses(imgur, 7) == [200, 200, 503, 200, 200, 503, 200]


def test_requests_fail_after_some_have_passed(imgur: LocalImgur) -> None:
    imgur.fail("down", after=2, times=2)
    assert statuses(imgur, 6) == [200, 200, 503, 503, 200, 200]


def test_the_same_seed_makes_the_same_requests_fail(imgur: LocalImgur) -> None:
    def run(seed: int) -> list[int]:
        imgur.reset()
        imgur.fail("down", probability=0.5, seed=seed, times=None)
        return statuses(imgur, 20)

    first, second, other = run(1), run(1), run(2)
    assert first == second
    assert {*first} == {200, 503}
    assert other != first


def test_requests_of_one_application_fail(imgur: LocalImgur) -> None:
    imgur.fail("down", client_id="mine", times=None)
    assert get(imgur, client_id="other").status == 200
    assert get(imgur, client_id="mine").status == 503


def test_requests_of_one_account_fail(imgur: LocalImgur) -> None:
    imgur.fail("down", account="Tester", times=None)
    assert get(imgur).status == 200
    assert get(imgur, token="unknown").status == 403
    assert get(imgur, token=imgur.client.access_token or "").status == 503


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({}, "needs a setting: status"),
        ({"kind": "nonsense"}, "'nonsense' is no fault; there are rate-limit"),
        ({"kind": "rate_limit"}, r"'rate_limit' is no fault \(did you mean 'rate-limit'\?\); there are"),
        ({"kind": 500}, r"500 is no fault \(pass status=500 for a response with this status\); there are"),
        ({"status": 99}, "status=99 is no status"),
        ({"status": 204, "body": "x"}, "status 204 has no body"),
        ({"body": "x"}, "need a status"),
        ({"status": 500, "body": "x", "error": "y"}, "body and error contradict"),
        ({"kind": "down", "cut_request": 5}, "cut_request and status contradict"),
        ({"cut_request": 5, "cut_response": 5}, "cut_request and cut_response contradict"),
        ({"kind": "cut-after", "bytes_per_second": 5}, "sends no response"),
        ({"kind": "cut-after", "status": 500}, "sends no response"),
        ({"kind": "slow", "bytes_per_second": 0}, "bytes_per_second=0 is not a number above 0"),
        ({"delay": float("nan")}, "delay=nan is no number of seconds"),
        ({"cut_response": -1}, "cut_response=-1 is below 0"),
        ({"headers": {"a b": "c"}}, "that HTTP does not allow"),
        ({"headers": {"a": "b\r\nc: d"}}, "that HTTP does not allow"),
        ({"headers": {"Retry-After": 30}}, "has 30 as a value, which is not a string"),
        ({"kind": "down", "path": "3/image"}, "path='3/image' matches no request: paths begin with /"),
        ({"kind": "down", "path": "https://api.imgur.com/3/image"}, "such as '/3/image'"),
        ({"kind": "down", "method": "POTS"}, r"method='POTS' is no method \(did you mean 'POST'\?\); there are"),
        ({"kind": "down", "times": 0}, "times=0 is below 1"),
        ({"kind": "down", "nth": 0}, "nth=0 is below 1"),
        ({"kind": "down", "after": -1}, "after=-1 is below 0"),
        ({"kind": "down", "probability": 1.5}, "probability=1.5 is not above 0"),
        ({"kind": "down", "probability": 0.5, "nth": 2}, "nth and probability contradict"),
        ({"kind": "down", "seed": 1}, "seed has no effect"),
    ],
)
def test_impossible_and_contradictory_settings_are_refused(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Fault(**settings)


def test_a_fault_that_an_earlier_one_hides_is_refused(imgur: LocalImgur) -> None:
    imgur.fail("down", path="/3/image", times=None, required=False)
    with pytest.raises(ValueError, match=r"slow:path=/3/image:method=POST would never apply: down:path=/3/image"):
        imgur.fail("slow", path="/3/image", method="POST")
    imgur.fail("down", path="/3/album", required=False)


def test_settings_as_text() -> None:
    spec = "slow:path=/3/*:bytes_per_second=2000:nth=2:times=ever:client_id=mine"
    assert Fault.parse(spec) == Fault("slow", "/3/*", None, None, bytes_per_second=2000, nth=2, client_id="mine")


def test_a_fault_that_no_request_met_fails_the_block() -> None:
    def run() -> None:
        with local_imgur() as imgur:
            imgur.fail("down", path="/3/images")
            get(imgur, "/3/image")

    with pytest.raises(AssertionError, match=r"tested nothing:\n  down:path=/3/images\n.*\n.*:\n  GET /3/image -> "):
        run()


def test_the_message_says_how_near_a_fault_was(imgur: LocalImgur) -> None:
    imgur.fail("down", nth=3)
    with pytest.raises(AssertionError, match="No request was recorded at all: the program has to use"):
        imgur.assert_faults_applied()
    get(imgur)
    with pytest.raises(AssertionError, match=r"down:nth=3 \(matched 1 request, and applied to none\)\n"):
        imgur.assert_faults_applied()
    imgur.reset()


def test_an_unknown_setting_is_refused(imgur: LocalImgur) -> None:
    unknown: dict[str, Any] = {"stattus": 500}
    with pytest.raises(TypeError, match=r"'stattus' is no setting .*\(did you mean 'status'\?\); there are path"):
        imgur.fail(**unknown)


TESTS = """
def test_unmet(imgur):
    imgur.fail("down", path="/3/images")

def test_failed_itself(imgur):
    imgur.fail("down")
    assert False, "the reason"

def test_optional(imgur):
    imgur.fail("down", required=False)

def test_reset(imgur):
    imgur.fail("down")
    imgur.reset()
"""


def test_a_fault_that_no_request_met_fails_the_test(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(TESTS)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_it.py"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert "2 failed, 2 passed" in done.stdout, done.stdout
    assert "AssertionError: no request met these faults" in done.stdout
    assert "AssertionError: the reason" in done.stdout
