"""Credits over HTTP: counted as at Imgur, in its headers, and enforced by a closed server only."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from site_support import ANONYMOUS, CLIENT_ID, NewSite, Site, picture

from pyimgur.server.http.rate_limit import RateLimiter
from pyimgur.server.services import applications, credit_usage

if TYPE_CHECKING:
    from pyimgur.server.db.engine import Engine
    from pyimgur.server.db.query import BoundQuery

PNG = picture("PNG")


def limits(answer: Any) -> dict[str, int]:
    return {name: int(value) for name, value in answer.headers.items() if "limit" in name and "ratelimit-" in name}


def left(site: Site, headers: dict[str, str] = ANONYMOUS) -> dict[str, int]:
    return site.get("/3/credits", headers=headers).json()["data"]


def register(site: Site) -> dict[str, str]:
    client_id, _ = site.run(lambda context: applications.register(context, "an application"))
    return {"Authorization": f"Client-ID {client_id}"}


def test_headers_of_an_anonymous_get(site: Site) -> None:
    assert limits(site.get("/3/image/x", headers=ANONYMOUS)) == {
        "x-ratelimit-clientlimit": 12_500,
        "x-ratelimit-clientremaining": 12_499,
        "x-ratelimit-clientreset": 86_400 - site.clock.now % 86_400,
        "x-ratelimit-userlimit": 500,
        "x-ratelimit-userremaining": 499,
        "x-ratelimit-userreset": 3_600 - site.clock.now % 3_600,
        "x-ratelimit-enforced": 0,
    }


def test_headers_of_a_users_post(site: Site) -> None:
    answer = site.post("/3/album", headers=site.person("ann").bearer)
    assert (answer.headers["x-ratelimit-userlimit"], answer.headers["x-ratelimit-userremaining"]) == ("2000", "1999")
    assert (answer.headers["x-post-rate-limit-limit"], answer.headers["x-post-rate-limit-remaining"]) == (
        "1250",
        "1249",
    )
    assert int(answer.headers["x-post-rate-limit-reset"]) <= 3_600


def test_an_upload_costs_ten(site: Site) -> None:
    site.upload(PNG)
    site.get("/3/image/x", headers=ANONYMOUS)
    assert left(site) == {
        "UserLimit": 500,
        "UserRemaining": 489,
        "UserReset": site.clock.now + 3_600 - site.clock.now % 3_600,
        "ClientLimit": 12_500,
        "ClientRemaining": 12_489,
    }


def test_credits_are_free_and_say_nothing_in_headers(site: Site) -> None:
    for _ in range(3):
        answer = site.get("/3/credits", headers=ANONYMOUS)
        assert limits(answer) == {"x-ratelimit-enforced": 0}
    assert left(site)["ClientRemaining"] == 12_500


def test_who_is_not_let_in_pays_nothing(site: Site) -> None:
    answer = site.get("/3/image/x", headers={"Authorization": "Bearer dead"})
    assert limits(answer) == {}


def test_each_application_and_each_user_has_a_budget(site: Site) -> None:
    ann, bob = site.person("ann"), site.person("bob")
    site.get("/3/image/x", headers=ann.bearer)
    site.get("/3/image/x", headers=register(site))
    assert left(site, ann.bearer)["UserRemaining"] == 1_999
    assert left(site, bob.bearer)["UserRemaining"] == 2_000
    assert left(site, bob.bearer)["ClientRemaining"] == 12_499
    assert left(site)["UserRemaining"] == 500


def test_client_ids_that_nobody_registered_are_counted_under_one_name(site: Site) -> None:
    """So that nobody fills the database with names; each network has a count of its own."""
    registered = register(site)
    for number in range(20):
        site.get("/3/image/x", headers={"Authorization": f"Client-ID {number}"})
        site.post("/3/album", headers={"Authorization": f"Client-ID other {number}"})
    assert left(site, {"Authorization": "Client-ID new"})["ClientRemaining"] == 12_460
    assert left(site, registered)["ClientRemaining"] == 12_500
    site.run(lambda _: site.rate_limiter.save())
    assert {row.key for row in site.rows("usage")} == {"client:*:127.0.0.1", "user:*:127.0.0.1", "post:127.0.0.1"}


def test_budgets_come_back(site: Site) -> None:
    site.upload(PNG)
    site.clock.forward(3_600)
    assert (left(site)["UserRemaining"], left(site)["ClientRemaining"]) == (500, 12_490)
    site.clock.forward(86_400)
    assert left(site)["ClientRemaining"] == 12_500


def test_an_open_server_refuses_nobody(site: Site) -> None:
    for _ in range(52):
        answer = site.post("/3/upload", headers=ANONYMOUS, files={"image": b"no picture"})
        assert answer.status_code == 400
    assert answer.headers["x-ratelimit-userremaining"] == "0"


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_closed_server_says_when_to_come_back(new_site: NewSite, method: str) -> None:
    site = new_site(open=False)
    headers = register(site)
    for _ in range(50):
        assert site.post("/3/upload", headers=headers).status_code == 400
    answer = site.request(method, "/3/image", headers=headers)
    assert answer.status_code == 429
    wait = int(answer.headers["retry-after"])
    error = answer.json()["data"]["error"]
    if method == "POST":
        assert error["message"] == f"You are uploading too fast. Please wait {-(-wait // 60)} more minutes."
        assert error["code"] == 429
    else:
        assert error == "Too Many Requests"
    site.clock.forward(wait)
    assert site.request(method, "/3/image", headers=headers).status_code == 400


def test_an_application_uses_up_its_day(new_site: NewSite) -> None:
    site = new_site(open=False)
    headers = register(site)
    key, day = "client:" + headers["Authorization"].split()[1], int(site.clock.now - site.clock.now % 86_400)
    site.run(lambda context: credit_usage.add(context, [(key, day, 12_500)]))
    answer = site.get("/3/image/x", headers=headers)
    assert (answer.status_code, answer.json()["data"]["error"]) == (429, "Daily client requests exceeded")


def test_counts_outlive_a_server(site: Site) -> None:
    site.upload(PNG)

    async def restart(context: Any) -> int:
        await site.rate_limiter.save()
        return (await RateLimiter(context).spend(_caller(), 0)).application.remaining

    assert site.run(restart) == 12_490
    assert left(site)["ClientRemaining"] == 12_490
    site.get("/3/image/x", headers=ANONYMOUS)
    assert site.run(restart) == 12_489


def test_requests_that_read_a_count_at_the_same_time_are_all_counted(site: Site) -> None:
    """A database over a network answers later; meanwhile another request may read the same count."""

    class Remote:
        def __init__(self, db: Engine) -> None:
            self.db = db

        async def read(self, query: BoundQuery[Any]) -> Any:
            await asyncio.sleep(0)
            return await self.db.read(query)

    async def spend(context: Any) -> int:
        limiter = RateLimiter(replace(context, db=Remote(context.db)))
        await asyncio.gather(*(limiter.spend(_caller(), 1) for _ in range(3)))
        return (await limiter.spend(_caller(), 0)).application.remaining

    assert site.run(spend) == 12_497


def test_counts_go_on_after_a_save(site: Site) -> None:
    site.get("/3/image/x", headers=ANONYMOUS)
    site.run(lambda _: site.rate_limiter.save())
    site.get("/3/image/x", headers=ANONYMOUS)
    site.run(lambda _: site.rate_limiter.save())
    assert left(site)["ClientRemaining"] == 12_498
    assert {row.spent for row in site.rows("usage")} == {2}


def _caller() -> Any:
    from pyimgur.server.http.authentication import Caller

    return Caller(CLIENT_ID, None, None, "127.0.0.1")
