"""The gallery through the public client."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from gallery_support import PNG, submit, submit_album
from site_support import CLIENT_ID, Person, Site

from pyimgur import GalleryAlbum, GalleryImage, Imgur, ResourceNotFoundError


@pytest.fixture
def ann(site: Site) -> Person:
    return site.person("ann")


@pytest.fixture
def imgur(site: Site, ann: Person) -> Iterator[Imgur]:
    """The client of another person, bob."""
    bob = site.person("bob")
    with Imgur(CLIENT_ID, base_url=site.settings.public_url, access_token=bob.token) as client:
        yield client


def test_a_post_from_its_making_to_its_end(imgur: Imgur, site: Site) -> None:
    image = imgur.get_image(site.upload(PNG, {"Authorization": f"Bearer {imgur.access_token}"})["id"])
    posted = image.submit_to_gallery("A title")
    assert [each.id for each in imgur.get_gallery()] == [posted.id]
    assert imgur.get_gallery_image(image.id).title == "A title"
    assert posted.set_tags(["cats", "star wars"]) is True
    assert [tag.name for tag in posted.get_tags()] == ["cats", "star_wars"]
    assert [each.id for each in imgur.tag("cats").get_items()] == [image.id]
    assert imgur.get_tag("star_wars").total_items == 1
    assert [each.id for each in imgur.get_user("me").get_submissions()] == [image.id]
    posted.remove_from_gallery()
    assert list(imgur.get_gallery.iter()) == []
    with pytest.raises(ResourceNotFoundError):
        imgur.get_gallery_item(image.id)


def test_what_one_thinks_of_a_post(imgur: Imgur, site: Site, ann: Person) -> None:
    item = imgur.get_gallery_item(submit(site, ann, "cat"))
    assert isinstance(item, GalleryImage)
    item.downvote()
    assert item.get_votes() == {"ups": 1, "downs": 1}
    item.unvote()
    assert item.get_votes() == {"ups": 1, "downs": 0}
    assert item.report(2) is True
    assert item.favorite() == "favorited"
    assert [each.id for each in imgur.get_user("me").get_favorites()] == [item.id]
    assert [each.id for each in imgur.get_user("bob").get_gallery_favorites()] == [item.id]
    assert [each.id for each in imgur.search_gallery("cat NOT dog")] == [item.id]
    assert imgur.search_gallery(q_type="jpg") == []


def test_an_album_in_the_gallery(imgur: Imgur, site: Site, ann: Person) -> None:
    id = submit_album(site, ann, pictures=2)
    item = imgur.get_gallery_item(id)
    assert isinstance(item, GalleryAlbum)
    assert (item.account_url, len(item.images), imgur.get_gallery_album(id).ups) == ("ann", 2, 1)


def test_a_conversation_under_a_post(imgur: Imgur, site: Site, ann: Person) -> None:
    item = imgur.get_gallery_item(submit(site, ann))
    first = item.comment("first")
    first.reply("to the first")
    item.reply(first, "as well")
    (top,) = item.get_comments("best")
    assert (top.text, [each.text for each in top.replies]) == ("first", ["to the first", "as well"])
    assert [each.text for each in top.get_replies()] == ["to the first", "as well"]
    assert (item.get_comment_count(), len(item.get_comment_ids())) == (3, 3)
    first.downvote()
    assert imgur.get_comment(first.id).points == -1
    assert first.report(1) is True
    assert imgur.get_user("bob").get_comment_count() == 3
    first.delete()
    assert imgur.get_user("bob").get_comment_count() == 2
    with pytest.raises(ResourceNotFoundError):
        imgur.get_comment(first.id)


def test_lists_are_walked_to_their_end(imgur: Imgur, site: Site, ann: Person) -> None:
    made = [submit(site, ann, section="pics") for _ in range(61)]
    assert sorted(each.id for each in imgur.get_gallery.iter()) == sorted(made)
    assert sorted(each.id for each in imgur.get_subreddit_gallery.iter("pics")) == sorted(made)
    assert len(imgur.get_random_gallery(limit=10)) == 10
    assert imgur.get_subreddit_image("pics", made[0]).section == "pics"
    assert imgur.get_default_tags().tags == []
