"""The gallery over HTTP: sharing and removing posts, lists and their orders, tags, votes, favorites."""

from __future__ import annotations

from pathlib import Path

import pytest
from gallery_support import PNG, differences, get, ids, post, recorded, submit, submit_album, titles
from site_support import ANONYMOUS, NewSite, Person, Site, picture

from picked import picked

DAY = 86_400


@pytest.fixture
def ann(site: Site) -> Person:
    return site.person("ann")


@pytest.fixture
def bob(site: Site) -> Person:
    return site.person("bob")


# ---- into it and out of it


@pytest.mark.parametrize("address", ["/3/gallery/image/{}", "/3/gallery/{}"])
def test_a_submitted_image_is_there_for_everybody(site: Site, ann: Person, address: str) -> None:
    image = site.upload(PNG, ann.bearer)["id"]
    assert site.get(f"/3/gallery/{image}", headers=ANONYMOUS).status_code == 404
    assert get(site, f"/3/image/{image}")["in_gallery"] is False
    assert post(site, address.format(image), ann, title="A title", tags="Cats,star wars", mature="1", topic="x") is True
    shown = get(site, f"/3/gallery/{image}")
    assert picked(shown, "title", "nsfw", "in_gallery", "is_album") == {
        "title": "A title",
        "nsfw": True,
        "in_gallery": True,
        "is_album": False,
    }
    assert [(tag["name"], tag["display_name"]) for tag in shown["tags"]] == [
        ("cats", "cats"),
        ("star_wars", "star wars"),
    ]
    assert picked(shown, "account_url", "ups", "downs", "points", "score") == {
        "account_url": "ann",
        "ups": 1,
        "downs": 0,
        "points": 1,
        "score": 1,
    }
    assert get(site, f"/3/image/{image}")["in_gallery"] is True
    assert get(site, f"/3/gallery/image/{image}") == shown
    assert site.get(f"/3/gallery/album/{image}", headers=ANONYMOUS).status_code == 404


def test_an_album_shows_its_images(site: Site, ann: Person) -> None:
    album = submit_album(site, ann, pictures=4)
    shown = get(site, f"/3/gallery/album/{album}")
    assert (len(shown["images"]), shown["images_count"], shown["is_album"]) == (4, 4, True)
    assert "images" not in get(site, "/3/gallery")[0]
    assert ids(get(site, "/3/gallery", album_previews="true")[0]["images"]) == ids(shown["images"])[:3]
    assert get(site, f"/3/album/{album}")["in_gallery"] is True


@pytest.mark.parametrize(
    ("fields", "status"), [({}, 400), ({"title": "  "}, 400), ({"title": "x"}, 200), ({"title": "y" * 500}, 200)]
)
def test_a_title_is_required(site: Site, ann: Person, fields: dict[str, str], status: int) -> None:
    image = site.upload(PNG, ann.bearer)["id"]
    answer = site.post(f"/3/gallery/image/{image}", headers=ann.bearer, data=fields)
    assert answer.status_code == status
    if status == 200:
        assert get(site, f"/3/gallery/{image}")["title"] == fields["title"][:128]


def test_only_ones_own_goes_in_and_only_once(site: Site, ann: Person, bob: Person) -> None:
    image = site.upload(PNG, ann.bearer)
    for headers, key in ((bob.bearer, image["id"]), (bob.bearer, image["deletehash"]), (ANONYMOUS, image["id"])):
        answer = site.post(f"/3/gallery/image/{key}", headers=headers, data={"title": "mine"})
        assert answer.status_code == 403
    post(site, f"/3/gallery/image/{image['id']}", ann, title="t")
    again = site.post(f"/3/gallery/image/{image['id']}", headers=ann.bearer, data={"title": "t"})
    assert (again.status_code, again.json()["data"]["error"]) == (400, "Image already in gallery.")
    missing = site.post("/3/gallery/image/nothing", headers=ann.bearer, data={"title": "t"})
    assert missing.status_code == 404
    empty = post(site, "/3/album", ann)["id"]
    assert site.post(f"/3/gallery/album/{empty}", headers=ann.bearer, data={"title": "t"}).status_code == 400


def test_a_secret_album_is_seen_only_while_it_is_in_the_gallery(site: Site, ann: Person, bob: Person) -> None:
    image = site.upload(PNG, ann.bearer)["id"]
    album = post(site, "/3/album", ann, privacy="secret", ids=image)["id"]
    for path in (f"/3/gallery/{album}", f"/3/gallery/album/{album}", f"/3/album/{album}"):
        assert site.get(path, headers=bob.bearer).status_code == 404
    post(site, f"/3/gallery/album/{album}", ann, title="now you see it")
    assert titles(get(site, "/3/gallery", bob)) == ["now you see it"]
    assert get(site, f"/3/album/{album}", bob)["in_gallery"] is True
    assert site.delete(f"/3/gallery/{album}", headers=bob.bearer).status_code == 403
    assert site.delete(f"/3/gallery/{album}", headers=ann.bearer).json()["data"] is True
    assert site.get(f"/3/album/{album}", headers=bob.bearer).status_code == 404
    assert get(site, f"/3/album/{album}", ann)["in_gallery"] is False
    assert get(site, "/3/gallery") == []
    post(site, f"/3/gallery/album/{album}", ann, title="and again")


@pytest.mark.parametrize("kind", ["image", "album"])
def test_what_is_deleted_is_no_post_any_more(site: Site, ann: Person, bob: Person, kind: str) -> None:
    id = submit(site, ann, tags="cats") if kind == "image" else submit_album(site, ann)
    post(site, f"/3/gallery/{id}/comment", bob, comment="nice")
    post(site, f"/3/{kind}/{id}/favorite", bob)
    assert site.delete(f"/3/{kind}/{id}", headers=ann.bearer).status_code == 200
    assert site.get(f"/3/gallery/{id}", headers=ANONYMOUS).status_code == 404
    assert get(site, "/3/gallery") == get(site, "/3/gallery/search", q="post OR album") == []
    assert get(site, "/3/account/me/favorites", bob) == get(site, "/3/account/bob/comments") == []
    assert get(site, "/3/gallery/t/cats")["total_items"] == 0


# ---- lists


def test_the_orders(site: Site, ann: Person, bob: Person) -> None:
    old = submit(site, ann, "old")
    site.clock.forward(2 * DAY)
    liked = submit(site, ann, "liked")
    site.clock.forward(DAY / 4)
    submit(site, ann, "new")
    for who in ("carl", "dora", "eve"):
        post(site, f"/3/gallery/{old}/vote/up", site.person(who))
    for who in (bob, site.person("finn")):
        post(site, f"/3/gallery/{liked}/vote/up", who)
    assert titles(get(site, "/3/gallery/user/time")) == ["new", "liked", "old"]
    assert titles(get(site, "/3/gallery/hot/top/all")) == ["old", "liked", "new"]
    assert titles(get(site, "/3/gallery/top/top/day")) == titles(get(site, "/3/gallery/top/top")) == ["liked", "new"]
    assert titles(get(site, "/3/gallery/top/viral/week/0")) == ["new", "liked", "old"]
    assert titles(get(site, "/3/gallery/user/rising")) == ["new", "liked"]
    site.clock.forward(3 * 3600)
    assert titles(get(site, "/3/gallery/user/rising/0")) == ["liked", "new"]


def test_votes_lift_a_post_above_a_newer_one(site: Site, ann: Person) -> None:
    first = submit(site, ann, "first")
    site.clock.forward(45_000 * 0.9)
    submit(site, ann, "second")
    assert titles(get(site, "/3/gallery")) == ["second", "first"]
    for number in range(9):
        post(site, f"/3/gallery/{first}/vote/up", site.person(f"voter{number}"))
    shown = get(site, "/3/gallery")
    assert (titles(shown), shown[0]["in_most_viral"], shown[1]["in_most_viral"]) == (["first", "second"], True, False)
    assert titles(get(site, "/3/gallery/user/viral", showViral="false")) == ["second"]
    assert titles(get(site, "/3/gallery/user/viral", showViral="true")) == ["first", "second"]


def test_what_votes_sink_is_not_hot(site: Site, ann: Person, bob: Person) -> None:
    post_id = submit(site, ann)
    for who in (bob, site.person("carl")):
        post(site, f"/3/gallery/{post_id}/vote/down", who)
    assert get(site, "/3/gallery/hot") == []
    assert ids(get(site, "/3/gallery/user")) == [post_id]


def test_pages_of_sixty_however_they_are_requested(site: Site, ann: Person) -> None:
    made = [submit(site, ann, f"post {number}") for number in range(62)][::-1]
    assert ids(get(site, "/3/gallery")) == made[:60]
    for path in ("/3/gallery/hot/viral/day/1", "/3/gallery/hot/viral/1", "/3/gallery/hot/1", "/3/gallery/1"):
        assert ids(get(site, path)) == made[60:], path
    assert ids(get(site, "/3/gallery/hot/viral/day/0", page="1")) == made[60:]
    assert get(site, "/3/gallery/hot/viral/7") == get(site, "/3/gallery/hot/viral/999999") == []
    assert ids(get(site, "/3/account/ann/submissions/1/newest")) == made[60:]
    assert len(get(site, "/3/gallery/random/random/0")) == 60
    for id in made:
        post(site, f"/3/image/{id}/favorite", ann)
    for path in ("/3/account/me/favorites/1", "/3/account/ann/gallery_favorites/1/newest", "/3/account/ann/favorites"):
        expected = [made[1], made[0]] if path.endswith(("/1", "newest")) else made[::-1][:60]
        assert ids(get(site, path, ann)) == expected


def test_what_is_for_adults_is_listed_only_where_it_is_requested(site: Site, ann: Person) -> None:
    id = submit(site, ann, "hush", mature="1", tags="x", section="s")
    for path in ("/3/gallery", "/3/gallery/r/s", "/3/gallery/random/random"):
        assert (get(site, path), ids(get(site, path, mature="true"))) == ([], [id])
    assert get(site, "/3/gallery/t/x")["items"] == get(site, "/3/gallery/search", q="hush") == []
    assert ids(get(site, "/3/account/ann/submissions")) == [id]


def test_a_subreddit_is_a_folder_of_posts(site: Site, ann: Person) -> None:
    first = submit(site, ann, "a", section="EarthPorn")
    second = submit(site, ann, "b", section="earthporn")
    other = submit(site, ann, "c", section="pics")
    assert (
        ids(get(site, "/3/gallery/r/earthporn/time/week/0"))
        == ids(get(site, "/3/gallery/r/EarthPorn"))
        == [second, first]
    )
    assert get(site, "/3/gallery/r/earthporn/1") == get(site, "/3/gallery/r/nothing") == []
    assert get(site, f"/3/gallery/r/earthporn/{first}")["section"] == "EarthPorn"
    assert site.get(f"/3/gallery/r/earthporn/{other}", headers=ANONYMOUS).status_code == 404


def test_submissions_by_age_and_by_points(site: Site, ann: Person, bob: Person) -> None:
    first, second, third = (submit(site, ann, name) for name in "abc")
    submit(site, bob, "not hers")
    post(site, f"/3/gallery/{second}/vote/up", bob)
    post(site, f"/3/gallery/{first}/vote/down", bob)
    assert ids(get(site, "/3/account/me/submissions", ann)) == [third, second, first]
    assert ids(get(site, "/3/account/ann/submissions/0/oldest")) == [first, second, third]
    assert ids(get(site, "/3/account/ann/submissions/0/best")) == [second, third, first]
    assert ids(get(site, "/3/account/ann/submissions/0/worst")) == [first, third, second]
    assert site.get("/3/account/nobody/submissions", headers=ANONYMOUS).status_code == 404


# ---- tags


def test_a_tag_has_its_posts(site: Site, ann: Person, bob: Person) -> None:
    first = submit(site, ann, "a", tags="The more you know, cats")
    second = submit(site, bob, "b", tags="#Cats")
    shown = get(site, "/3/gallery/t/cats/time/week/0")
    assert (shown["name"], shown["total_items"], ids(shown["items"])) == ("cats", 2, [second, first])
    assert get(site, "/3/gallery/t/cats/1")["items"] == get(site, "/3/gallery/t/nothing")["items"] == []
    assert get(site, "/3/gallery/tag_info/the_more_you_know")["display_name"] == "the more you know"
    assert get(site, f"/3/gallery/t/cats/{first}")["id"] == first
    assert site.get(f"/3/gallery/t/the_more_you_know/{second}", headers=ANONYMOUS).status_code == 404
    missing = site.get("/3/gallery/tag_info/nothing", headers=ANONYMOUS)
    assert (missing.status_code, missing.json()["data"]["error"]) == (404, "Tag does not exist")
    assert [tag["name"] for tag in get(site, "/3/tags")["tags"]] == ["cats", "the_more_you_know"]


def test_tags_are_changed_by_the_owner(site: Site, ann: Person, bob: Person) -> None:
    id = submit(site, ann, tags="cats,dogs")
    assert site.post(f"/3/gallery/tags/{id}", headers=bob.bearer, data={"tags": "spam"}).status_code == 403
    assert post(site, f"/3/gallery/tags/{id}", ann, tags="birds,dogs") is True
    assert [tag["name"] for tag in get(site, f"/3/gallery/{id}/tags")["tags"]] == ["birds", "dogs"]
    assert get(site, "/3/gallery/t/cats")["items"] == get(site, "/3/gallery/search", q="tag:cats") == []
    assert ids(get(site, "/3/gallery/search", q="tag:birds")) == [id]
    assert [get(site, f"/3/gallery/tag_info/{name}")["total_items"] for name in ("cats", "dogs", "birds")] == [0, 1, 1]


def test_a_post_has_thirty_tags_at_most(site: Site, ann: Person) -> None:
    names = [f"tag{number}" for number in range(40)]
    id = submit(site, ann, tags=",".join(names))
    assert [tag["name"] for tag in get(site, f"/3/gallery/{id}/tags")["tags"]] == names[:30]


# ---- what people think


@pytest.mark.parametrize("address", ["/3/gallery/{}", "/3/gallery/image/{}", "/3/gallery/album/{}"])
def test_votes(site: Site, ann: Person, bob: Person, address: str) -> None:
    id = submit(site, ann)
    path = address.format(id)
    for word, votes, mine in (
        ("up", (2, 0), "up"),
        ("up", (2, 0), "up"),
        ("down", (1, 1), "down"),
        ("veto", (1, 0), None),
    ):
        assert post(site, f"{path}/vote/{word}", bob) is True
        assert get(site, f"{path}/votes") == {"ups": votes[0], "downs": votes[1]}
        for place in (f"/3/gallery/{id}", f"/3/image/{id}"):
            assert get(site, place, bob)["vote"] == mine
        assert get(site, f"/3/gallery/{id}")["vote"] is None
        assert get(site, "/3/gallery/", bob)[0]["vote"] == mine
    assert site.post(f"{path}/vote/sideways", headers=bob.bearer).status_code == 400
    assert site.post(f"{path}/vote/up", headers=ANONYMOUS).status_code == 403
    assert site.post("/3/gallery/nothing/vote/up", headers=bob.bearer).status_code == 404


def test_favorites_go_on_and_off(site: Site, ann: Person, bob: Person) -> None:
    image = submit(site, ann)
    outside = site.upload(PNG, ann.bearer)["id"]
    album = submit_album(site, ann)
    paths = [f"/3/image/{image}", f"/3/image/{outside}", f"/3/album/{album}"]
    assert [post(site, f"{path}/favorite", bob) for path in paths] == ["favorited"] * 3
    assert [get(site, path, bob)["favorite"] for path in paths] == [True] * 3
    assert [get(site, path, ann)["favorite"] for path in paths] == [False] * 3
    assert get(site, f"/3/gallery/{image}")["favorite_count"] == 1
    assert ids(get(site, "/3/account/me/favorites", bob)) == [album, outside, image]
    assert ids(get(site, "/3/account/bob/favorites/0/oldest", bob)) == [image, outside, album]
    assert ids(get(site, "/3/account/bob/gallery_favorites")) == [album, image]
    assert ids(get(site, "/3/account/bob/folders/0/favorites", sort="oldest")) == [image, album]
    assert all(each["favorite"] for each in get(site, "/3/account/me/favorites", bob))
    assert [post(site, f"{path}/favorite", bob) for path in paths] == ["unfavorited"] * 3
    assert (get(site, "/3/account/me/favorites", bob), get(site, f"/3/gallery/{image}")["favorite_count"]) == ([], 0)


def test_whose_favorites(site: Site, ann: Person, bob: Person) -> None:
    secret = post(site, "/3/album", ann, privacy="secret")["id"]
    assert site.post(f"/3/album/{secret}/favorite", headers=bob.bearer).status_code == 404
    assert site.post("/3/image/nothing/favorite", headers=bob.bearer).status_code == 404
    image = site.upload(PNG, ann.bearer)["id"]
    refused = site.post(f"/3/image/{image}/favorite", headers=ANONYMOUS)
    assert (refused.status_code, refused.json()["data"]["error"]) == (403, "Unauthorized")
    assert site.get("/3/account/ann/favorites", headers=bob.bearer).status_code == 403


@pytest.mark.parametrize("address", ["/3/gallery/{}", "/3/gallery/image/{}", "/3/gallery/album/{}"])
def test_reports_are_taken(site: Site, ann: Person, bob: Person, address: str) -> None:
    id = submit(site, ann)
    for reason in ("2", "nonsense"):
        assert post(site, f"{address.format(id)}/report", bob, reason=reason) is True
    assert site.post(f"{address.format(id)}/report", headers=ANONYMOUS).status_code == 403


def test_switched_off(site: Site) -> None:
    for path in ("/3/gallery/g/memes/viral/0", "/3/topics/defaults"):
        assert site.get(path, headers=ANONYMOUS).status_code == 410


def test_xml(site: Site, ann: Person) -> None:
    submit(site, ann, "<b>", tags="cats")
    assert "<title>&lt;b&gt;</title>" in site.get("/3/gallery/hot/viral/0.xml", headers=ANONYMOUS).text


def test_a_closed_server_answers_nobody_unknown(new_site: NewSite) -> None:
    closed = new_site(open=False)
    assert closed.get("/3/gallery", headers={"Authorization": "Client-ID nobody"}).status_code == 403


# ---- as Imgur said it

NEW = ("ad_config",)  # of advertisements, which are not shown here


def test_posts_have_the_recorded_fields(site: Site, ann: Person, facts: Path) -> None:
    image, album = submit(site, ann, tags="cats"), submit_album(site, ann)
    shown = get(site, f"/3/gallery/image/{image}")
    for name in ("gallery_image.2015.json", "gallery_image.2025.json"):
        of_films = ("mp4", "gifv", "hls", "mp4_size", "looping")
        assert differences(recorded(facts, name), shown, *NEW, *of_films) == []
    newer = recorded(facts, "gallery_album.2025.json")
    assert differences(newer, get(site, f"/3/gallery/album/{album}"), *NEW) == []
    assert differences(newer["tags"][0], shown["tags"][0]) == []
    older = recorded(facts, "gallery_album.2015.json")
    assert differences(older, get(site, f"/3/gallery/album/{album}"), "comment_preview") == []
    one = recorded(facts, "gallery_list.2024.json")[0]["images"][0]
    assert differences(one, get(site, f"/3/gallery/album/{album}")["images"][0]) == []


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("gallery_list.2015.json", "/3/gallery/hot"),
        ("gallery_list.2024.json", "/3/gallery/hot?album_previews=true"),
        ("gallery_search.json", "/3/gallery/search?q=album"),
        ("account_submissions.2015.json", "/3/account/ann/submissions"),
        ("account_gallery_favorites.2024.json", "/3/account/ann/gallery_favorites"),
    ],
)
def test_lists_have_the_recorded_fields(site: Site, ann: Person, facts: Path, name: str, path: str) -> None:
    album = submit_album(site, ann)
    post(site, f"/3/album/{album}/favorite", ann)
    (shown,) = site.get(path, headers=ann.bearer).json()["data"]
    assert differences(recorded(facts, name)[0], shown, *NEW, "comment_preview") == []


def test_lists_of_images_have_the_recorded_fields(site: Site, ann: Person, facts: Path) -> None:
    id = submit(site, ann, section="EarthPorn")
    (mine,) = get(site, "/3/account/ann/submissions")
    assert differences(recorded(facts, "account_submissions.2024.json")[0], mine) == []
    for name in ("gallery_subreddit.2017.json", "gallery_subreddit.2024.json"):
        assert differences(recorded(facts, name)[0], get(site, "/3/gallery/r/earthporn")[0], *NEW) == []
    one = recorded(facts, "gallery_subreddit_image.2017.json")
    shown = get(site, f"/3/gallery/r/earthporn/{id}")
    assert differences(one, shown) == []
    assert [name for name in one if one[name] is None and shown[name] is not None] == []


def test_tags_have_the_recorded_fields(site: Site, ann: Person, facts: Path) -> None:
    id = submit(site, ann, tags="cats")
    with_posts = recorded(facts, "gallery_tag.2024.json")
    assert differences(with_posts, get(site, "/3/gallery/t/cats")) == []
    assert differences(recorded(facts, "gallery_tag_info.json"), get(site, "/3/gallery/tag_info/cats")) == []
    defaults, shown = recorded(facts, "tags_default.json"), get(site, "/3/tags")
    assert differences(defaults, shown) == differences(defaults["tags"][0], shown["tags"][0]) == []
    assert differences(defaults["galleries"][0], shown["galleries"][0]) == []
    of_post = recorded(facts, "gallery_item_tags.json")["tags"][0]
    assert differences(of_post, get(site, f"/3/gallery/{id}/tags")["tags"][0]) == []


def test_scalars_are_the_recorded_ones(site: Site, ann: Person, facts: Path) -> None:
    id, album = submit(site, ann), submit_album(site, ann)
    assert post(site, f"/3/image/{id}/favorite", ann) == recorded(facts, "image_favorite.json")
    assert post(site, f"/3/album/{album}/favorite", ann) == recorded(facts, "album_favorite.json")
    assert differences(recorded(facts, "gallery_votes.json"), get(site, f"/3/gallery/{id}/votes")) == []


def test_animation_is_a_facet(site: Site, ann: Person) -> None:
    id = submit(site, ann, "large", picture("PNG", (600, 10)))
    assert ids(get(site, "/3/gallery/search", q_type="png", q_size_px="med")) == [id]
    assert get(site, "/3/gallery/search", q_type="jpg") == get(site, "/3/gallery/search", q_size_px="small") == []
