"""Every list of posts in every order and window, over posts that no two orders sort alike."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from gallery_support import get, post, submit

if TYPE_CHECKING:
    from site_support import Site

DAY = 86_400
AGES = {"O": 400 * DAY, "Y": 200 * DAY, "M": 10 * DAY, "W": 3 * DAY, "A": 20_000, "B": 10_000, "C": 0}
"""How old each post is; the older, the more people like it."""
ORDERS = {"time": "CBAWMYO", "viral": "BACWMYO", "top": "OYMWABC"}
WINDOWS = {"day": "ABC", "week": "WABC", "month": "MWABC", "year": "YMWABC", "all": "OYMWABC"}
LISTS = ("/3/gallery/user", "/3/gallery/hot", "/3/gallery/t/kite", "/3/gallery/r/birds", "/3/gallery/search")
V1 = ("/post/v1/posts", "/post/v1/posts/t/kite")


@pytest.fixture(scope="module")
def filled(shared_site: Site) -> Site:
    ann, voters = shared_site.person("ann"), [shared_site.person(f"voter{n}") for n in range(6)]
    now, liked = shared_site.clock.now, len(voters)
    for title, age in AGES.items():
        shared_site.clock.now = now - age
        id = submit(shared_site, ann, f"{title} kite", tags="kite", section="birds")
        for voter in voters[:liked]:
            post(shared_site, f"/3/gallery/{id}/vote/up", voter)
        liked -= 1
    return shared_site


def initials(site: Site, path: str) -> str:
    """The posts of a list, by the first letters of their titles."""
    shown: Any = get(site, path, q="kite")
    return "".join(each["title"][0] for each in (shown["items"] if "/t/" in path else shown))


@pytest.mark.parametrize("path", LISTS)
def test_each_list(filled: Site, path: str) -> None:
    sorts = {sort: order for sort, order in ORDERS.items() if (path, sort) != ("/3/gallery/r/birds", "viral")}
    assert {sort: initials(filled, f"{path}/{sort}/all") for sort in sorts} == sorts
    assert {window: initials(filled, f"{path}/top/{window}/0") for window in WINDOWS} == WINDOWS
    assert initials(filled, f"{path}/time/day") == ORDERS["time"], "the window is that of top alone"


def test_the_section_of_the_best_has_a_window_in_every_order(filled: Site) -> None:
    for window, best in WINDOWS.items():
        for sort, order in ORDERS.items():
            expected = "".join(title for title in order if title in best)
            assert initials(filled, f"/3/gallery/top/{sort}/{window}") == expected


@pytest.mark.parametrize("path", V1)
def test_the_second_generation(filled: Site, path: str) -> None:
    def shown(**query: str) -> str:
        found = filled.get(path, params={"client_id": "x", **query}).json()
        return "".join(each["title"][0] for each in (found["posts"] if "/t/" in path else found))

    assert {sort: shown(sort=f"-{sort}") for sort in ORDERS} == ORDERS
    assert {window: shown(**{"sort": "-top", "filter[window]": f"eq:{window}"}) for window in WINDOWS} == WINDOWS
