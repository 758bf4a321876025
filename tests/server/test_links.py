"""The host of links in responses: the server's own, or Imgur's if a header asks for that."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from gallery_support import submit, submit_album
from site_support import ANONYMOUS, picture

if TYPE_CHECKING:
    from site_support import Person, Site

WISH = {"X-Imgur-Links": "1"}
OWN, IMGURS = ("http://127.0.0.1:",), ("https://imgur.com", "https://i.imgur.com")
EVERYWHERE = (
    *("/3/image/{image}", "/3/image/{image}.xml", "/3/album/{album}", "/3/gallery/{album}", "/3/gallery/user/time"),
    *("/3/account/ann", "/3/account/me/images", "/3/account/me/avatar", "/3/account/ann/available_avatars"),
    *("/3/account/me/settings", "/3/gallery/search?q=kite", "/3/gallery/r/birds"),
    *("/post/v1/posts/{album}?include=media,account", "/account/v1/accounts/ann"),
    *("/comment/v1/comments?filter[post]=eq:{album}&include=account,post",),
    *("/{image}", "/{film}.gifv", "/a/{album}", "/a/{album}/embed", "/gallery/{album}", "/gallery?section=user"),
    *("/oembed?url=/a/{album}", "/oembed.xml?url=/{image}", "/nothing.png"),
)


@pytest.fixture(scope="module")
def ids(shared_site: Site, ann: Person) -> dict[str, str]:
    album = submit_album(shared_site, ann, "kite")
    shared_site.post("/3/comment", headers=ann.bearer, data={"image_id": album, "comment": "a kite"})
    shared_site.post("/3/account/me/settings", headers=ann.bearer, data={"avatar": "plain/teal"})
    image = submit(shared_site, ann, "a gull", section="birds")
    return {"album": album, "image": image, "film": shared_site.upload(picture("GIF"), ann.bearer)["id"]}


def test_every_link_of_an_answer_is_of_one_kind(shared_site: Site, ann: Person, ids: dict[str, str]) -> None:
    for path in EVERYWHERE:
        own = shared_site.get(path.format(**ids), headers=ann.bearer)
        imgurs = shared_site.get(path.format(**ids), headers={**ann.bearer, **WISH})
        for answer, there, missing in ((own, OWN, IMGURS), (imgurs, IMGURS, OWN)):
            said = f"{answer.text} {answer.headers.get('location')}".replace(r"\/", "/")
            assert [address for address in there if address in said], path
            assert not [address for address in missing if address in said], path
            kept = "max-age" in answer.headers.get("cache-control", "")
            assert not kept or answer.headers["vary"] == "X-Imgur-Links", path


def test_what_is_known_with_other_links_is_sent_again(shared_site: Site, ids: dict[str, str]) -> None:
    """And a page in a relayed browser may show pictures from where its links lead, and from nowhere else."""
    path = f"/3/image/{ids['image']}"
    wished, own = (shared_site.get(path, headers={**ANONYMOUS, **more}).headers["etag"] for more in (WISH, {}))
    known = {**ANONYMOUS, "If-None-Match": wished}
    assert wished != own
    assert shared_site.get(path, headers=known).status_code == 200
    assert shared_site.get(path, headers={**known, **WISH}).status_code == 304
    policy = shared_site.get(f"/{ids['image']}", headers=WISH).headers["content-security-policy"]
    assert "img-src 'self' https://i.imgur.com;" in policy


def test_no_other_site_can_wish_that(shared_site: Site) -> None:
    asks = {"Origin": "https://app.example", "Access-Control-Request-Headers": "x-imgur-links"}
    allowed = shared_site.request("OPTIONS", "/3/image", headers=asks).headers["access-control-allow-headers"]
    assert "x-imgur-links" not in allowed.lower()
