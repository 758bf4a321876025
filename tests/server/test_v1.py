"""The second generation of the API, which web sites read: posts, people and comments without envelope; and oEmbed."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree

import pytest
from site_support import ANONYMOUS, CLIENT_ID, Person, Site, picture

from picked import picked

PNG = picture("PNG")


def made(site: Site, path: str, who: Person, **how: Any) -> Any:
    answer = site.post(path, headers=who.bearer, **how)
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]


def read(site: Site, path: str, who: Person | None = None, /, **params: Any) -> Any:
    answer = site.get(path, headers=who.bearer if who else ANONYMOUS, params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()


def post(site: Site, who: Person, title: str = "A duck", **form: str) -> str:
    """A post in the gallery."""
    id: str = site.upload(PNG, who.bearer)["id"]
    made(site, f"/3/gallery/image/{id}", who, data={"title": title, "terms": "1", **form})
    return id


def album(site: Site, who: Person, count: int = 2, **form: str) -> str:
    """An album with pictures."""
    id: str = made(site, "/3/album", who, data=form)["id"]
    for _ in range(count):
        site.upload(PNG, who.bearer, album=id)
    return id


# ---- posts


def test_an_album_shows_its_media(site: Site) -> None:
    ann = site.person("Ann")
    id = album(site, ann, 2, title="Two ducks & more")
    shown = site.get(f"/post/v1/albums/{id}?client_id={CLIENT_ID}&include=media,adconfig,account").json()
    assert (shown["id"], shown["title"], shown["seo_title"]) == (id, "Two ducks & more", "two-ducks-more")
    assert (shown["is_album"], shown["image_count"], len(shown["media"])) == (True, 2, 2)
    assert (shown["account"]["username"], shown["privacy"], shown["created_at"]) == (
        "Ann",
        "private",
        "2023-11-14T22:13:20Z",
    )
    assert site.get(shown["media"][0]["url"]).content == PNG
    assert shown["media"][0]["ext"] == "png"
    assert shown["media"][0]["metadata"]["is_animated"] is False
    assert shown["cover_id"] == shown["media"][0]["id"]
    bare = read(site, f"/post/v1/albums/{id}", include="tags")
    assert not {"media", "account", "cover", "ad_config"} & set(bare)


def test_an_empty_album_has_no_media(site: Site) -> None:
    ann = site.person("Ann")
    shown = read(site, f"/post/v1/albums/{album(site, ann, 0)}", include="media,cover")
    assert (shown["image_count"], "media" in shown, "cover" in shown) == (0, False, False)


def test_what_a_path_is_not_for_is_not_found(site: Site) -> None:
    ann = site.person("Ann")
    image = site.upload(PNG)
    secret = made(site, "/3/album", ann, data={"privacy": "secret"})
    for path in (f"albums/{image['id']}", f"posts/{image['id']}", "media/nothing", f"albums/{secret['id']}"):
        assert site.get(f"/post/v1/{path}", headers=ANONYMOUS).status_code == 404
    for hash in (image["deletehash"], secret["deletehash"]):
        assert site.get(f"/post/v1/albums/{hash}", headers=ANONYMOUS).status_code == 404
        assert site.get(f"/post/v1/media/{hash}", headers=ANONYMOUS).status_code == 404
    assert read(site, f"/post/v1/albums/{secret['id']}", ann)["id"] == secret["id"]
    assert site.get("/post/v1/nothing/at/all", headers=ANONYMOUS).json()["status"] == 404


def test_a_single_image(site: Site) -> None:
    image = site.upload(PNG, title="A duck")
    shown = read(site, f"/post/v1/media/{image['id']}", include="media")
    assert (shown["is_album"], shown["image_count"], shown["title"]) == (False, 1, "A duck")
    assert [each["id"] for each in shown["media"]] == [image["id"]]
    assert site.get(f"/post/v1/media/{image['id']}").status_code == 401


def test_a_post_tells_what_people_think(site: Site) -> None:
    ann, bob = site.person("Ann"), site.person("bob")
    id = post(site, ann, tags="duck")
    made(site, f"/3/gallery/{id}/vote/down", bob)
    liked = site.post(f"/post/v1/posts/{id}/favorite", headers=bob.bearer).json()
    assert liked["data"] == "favorited"
    shown = read(site, f"/post/v1/posts/{id}", bob, include="media,tags,account")
    assert (shown["upvote_count"], shown["downvote_count"], shown["favorite_count"]) == (1, 1, 1)
    assert (shown["vote"], shown["favorite"], shown["shared_with_community"]) == ("down", True, True)
    assert shown["tags"] == [{"tag": "duck", "display": "duck", "background_id": ""}]
    assert read(site, f"/post/v1/posts/{id}", ann)["favorite"] is False
    assert site.post(f"/post/v1/posts/{id}/favorite", headers=bob.bearer).json()["data"] == "unfavorited"
    assert read(site, f"/post/v1/media/{id}", bob)["favorite_count"] == 0
    assert site.post(f"/post/v1/posts/{id}/favorite", headers=ANONYMOUS).status_code == 403


def test_lists_of_posts_count_from_one(site: Site) -> None:
    ann = site.person("Ann")
    ids = list[str]()
    for number in range(62):
        site.clock.forward(60)
        ids.append(post(site, ann, str(number), tags="duck" if number % 31 == 0 else ""))
    ids.reverse()
    for page, expected in ((None, ids[:60]), (1, ids[:60]), (2, ids[60:]), (3, [])):
        params: dict[str, Any] = {"filter[section]": "eq:new", "sort": "-time", **({"page": page} if page else {})}
        assert [each["id"] for each in read(site, "/post/v1/posts", **params)] == expected
    tagged = read(site, "/post/v1/posts/t/duck", sort="-time")["posts"]
    assert [each["title"] for each in tagged] == ["31", "0"]
    assert tagged[0]["cover"]["id"] == tagged[0]["id"]
    assert read(site, "/post/v1/posts/t/nothing") == {"posts": []}


def test_ones_own_posts(site: Site) -> None:
    ann = site.person("Ann")
    hidden = album(site, ann, 1)
    site.clock.forward(1)
    loose = site.upload(PNG, ann.bearer)["id"]
    site.clock.forward(1)
    public = album(site, ann, 1, privacy="public")
    mine = read(site, "/post/v1/accounts/me/all_posts", ann, include="cover", page=1, sort="-created_at")
    assert [each["id"] for each in mine] == [public, loose, hidden]
    assert all(each["cover"] for each in mine)
    assert [each["id"] for each in read(site, "/post/v1/accounts/me/hidden_albums", ann)] == [hidden]
    assert read(site, "/post/v1/accounts/me/all_posts", ann, page=2) == []
    assert site.get("/post/v1/accounts/me/all_posts", headers=ANONYMOUS).status_code == 403


# ---- people


def test_a_person(site: Site) -> None:
    ann = site.person("Ann")
    made(site, "/3/account/me/settings", ann, data={"bio": "A duck."})
    for path, who in (("Ann", None), ("ann", None), ("me", ann)):
        shown = read(site, f"/account/v1/accounts/{path}", who)
        assert (shown["id"], shown["username"], shown["bio"]) == (ann.id, "Ann", "A duck.")
        assert (shown["created_at"], shown["trophies"], shown["medallions"]) == ("2023-11-14T22:13:20Z", [], [])
    assert "trophies" not in read(site, "/account/v1/accounts/Ann", include="medallions")
    assert site.get("/account/v1/accounts/nobody", headers=ANONYMOUS).status_code == 404


# ---- comments


def test_comments_under_a_post(site: Site) -> None:
    ann, bob = site.person("Ann"), site.person("bob")
    id = post(site, ann)
    written = [
        site.post(
            "/comment/v1/comments", headers=bob.bearer, json={"post_id": id, "comment": text, "platform": "desktop"}
        ).json()
        for text in ("one", "two", "three")
    ]
    answer = {"post_id": id, "comment": "answer", "parent_id": str(written[0]["id"])}
    below = site.post("/comment/v1/comments", headers=ann.bearer, json=answer).json()
    made(site, f"/3/comment/{written[1]['id']}/vote/up", ann)
    address: dict[str, Any] = {"filter[post]": f"eq:{id}", "include": "account", "per_page": 2}
    first = read(site, "/comment/v1/comments", **address)
    assert [each["comment"] for each in first["data"]] == ["two", "one"]
    assert first["data"][1]["comments"][0]["id"] == below["id"]
    assert first["data"][0]["account"]["username"] == "bob"
    assert (first["data"][0]["upvote_count"], first["data"][0]["platform"], first["next"]) == (2, "desktop", "2")
    second = read(site, "/comment/v1/comments", **address, page=2)
    assert ([each["comment"] for each in second["data"]], second["next"]) == (["three"], None)
    newest = read(site, "/comment/v1/comments", **{**address, "sort": "new", "per_page": 30})
    assert [each["comment"] for each in newest["data"]] == ["three", "two", "one"]
    assert read(site, "/comment/v1/comments/top")["data"][0]["comment"] == "two"


def test_comments_of_a_person(site: Site) -> None:
    ann = site.person("Ann")
    id = post(site, ann)
    for text in ("one", "two"):
        made(site, "/3/comment", ann, data={"image_id": id, "comment": text})
    found = read(site, "/comment/v1/comments", **{"filter[account]": "eq:Ann"})["data"]
    assert [(each["comment"], each["post"]["id"]) for each in found] == [("two", id), ("one", id)]
    assert read(site, "/comment/v1/comments", **{"filter[account]": "eq:Ann", "page": 2})["data"] == []


def test_a_deleted_comment_tells_nothing(site: Site) -> None:
    ann, bob = site.person("Ann"), site.person("bob")
    id = post(site, ann)
    gone = made(site, "/3/comment", bob, data={"image_id": id, "comment": "private"})["id"]
    made(site, "/3/comment", ann, data={"image_id": id, "comment": "answer", "parent_id": gone})
    site.delete(f"/3/comment/{gone}", headers=bob.bearer).raise_for_status()
    shown = site.get("/comment/v1/comments", headers=ANONYMOUS, params={"filter[post]": f"eq:{id}"})
    assert shown.json()["data"][0]["comments"][0]["comment"] == "answer"
    assert "private" not in shown.text
    assert "bob" not in shown.text


@pytest.mark.parametrize(
    ("params", "status"),
    [({}, 400), ({"filter[post]": "eq:nothing"}, 404), ({"filter[account]": "eq:nobody"}, 404)],
)
def test_comments_of_nothing(shared_site: Site, params: dict[str, str], status: int) -> None:
    assert shared_site.get("/comment/v1/comments", headers=ANONYMOUS, params=params).status_code == status


def test_any_web_site_may_read_what_has_no_envelope(shared_site: Site) -> None:
    answer = shared_site.get("/post/v1/posts", headers=ANONYMOUS)
    assert answer.headers["access-control-allow-origin"] == "*"
    assert int(answer.headers["x-ratelimit-clientremaining"]) > 0


# ---- oEmbed


def test_oembed_of_images_and_albums(site: Site) -> None:
    ann = site.person("Ann")
    image = site.upload(PNG, title='<script>"duck"</script>')
    id = album(site, ann, 1, title="Ducks")
    posted = post(site, ann)
    here = site.settings.public_url
    for address in (f"{here}/{image['id']}", image["link"], f"https://imgur.com/{image['id']}"):
        shown = site.get("/oembed", params={"url": address}).json()
        assert picked(shown, "version", "type", "width", "height") == {
            "version": "1.0",
            "type": "rich",
            "width": 540,
            "height": 500,
        }
        assert f'href="{here}/{image["id"]}"' in shown["html"]
        assert "<script" not in shown["html"]
        assert site.get(shown["thumbnail_url"]).headers["content-type"] == "image/jpeg"
    for address in (f"{here}/a/{id}", f"https://imgur.com/a/our-ducks-{id}", f"https://imgur.com/gallery/{posted}"):
        shown = site.get("/oembed.json", params={"url": address, "maxwidth": 300}).json()
        assert (shown["author_name"], shown["width"], shown["provider_url"]) == ("Ann", 300, here)
    for path, format in (("/oembed.xml", ""), ("/oembed", "xml")):
        answer = site.get(path, params={"url": f"{here}/a/{id}", **({"format": format} if format else {})})
        assert answer.headers["content-type"].startswith("text/xml")
        root = ElementTree.fromstring(answer.content)
        assert (root.tag, root.findtext("title"), root.findtext("version")) == ("oembed", "Ducks", "1.0")


def test_oembed_shows_only_what_anybody_may_see(site: Site) -> None:
    ann = site.person("Ann")
    secret = made(site, "/3/album", ann, data={"privacy": "secret"})
    here = site.settings.public_url
    for address in ("", "http://[", f"{here}/a/{secret['id']}", f"{here}/a/{secret['deletehash']}", f"{here}/x/y/z"):
        assert site.get("/oembed", params={"url": address}).status_code == 404
    assert site.get("/oembed", params={"url": here, "format": "yaml"}).status_code == 501
