"""Accounts through the public client: what one call changes, the next one returns."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from site_support import CLIENT_ID, PASSWORD, NewSite, Person, Site, picture

import pyimgur
from pyimgur import Imgur


@pytest.fixture
def ann(site: Site) -> Iterator[Imgur]:
    """A client that acts for Ann; Bob is there too."""
    with client(site, site.person("Ann")) as acting:
        yield acting


@pytest.fixture
def bob(site: Site) -> Iterator[Imgur]:
    with client(site, site.person("bob")) as acting:
        yield acting


def client(site: Site, who: Person) -> Imgur:
    return Imgur(CLIENT_ID, access_token=who.token, base_url=site.settings.public_url, clock=site.clock)


def shared(im: Imgur, folder: Path) -> str:
    """A post of whoever this client acts for."""
    file = folder / "duck.png"
    file.write_bytes(picture("PNG"))
    image = im.upload_image(path=str(file))
    image.submit_to_gallery("A duck", bypass_terms=True)
    return image.id


def test_settings(ann: Imgur) -> None:
    me = ann.get_user("me")
    assert me.change_settings(bio="A duck.", messaging_enabled=False, album_privacy="secret")
    assert me.bio == "A duck."
    assert ann.get_user("Ann").bio == "A duck."
    kept = me.get_settings()
    assert (kept.get("messaging_enabled"), kept.get("album_privacy"), kept.get("email")) == (False, "secret", "")
    with pytest.raises(pyimgur.InvalidParameterError):
        me.change_settings(username="Somebody")
    chosen = me.get_available_avatars()["available_avatars"][0]["name"]
    me.change_settings(avatar=chosen)
    assert me.get_avatar().get("avatar_name") == chosen


def test_messages(ann: Imgur, bob: Imgur) -> None:
    bob.user("Ann").start_conversation("Hello")
    told = ann.get_notifications()["messages"]
    assert told[0].content["from"] == "bob"
    assert told[0].mark_as_viewed()
    assert ann.get_notifications()["messages"] == []
    talk = ann.get_conversations()[0]
    assert (talk.with_account, talk.last_message_preview) == ("bob", "Hello")
    talk.reply("Hello yourself")
    assert [each.body for each in bob.get_conversations()[0].get_messages()] == ["Hello", "Hello yourself"]
    assert talk.block()
    with pytest.raises(pyimgur.AuthenticationError):
        bob.get_conversations()[0].reply("Still there?")
    assert [each.name for each in ann.get_blocked_users()] == ["bob"]
    assert talk.report()
    assert talk.delete()
    assert ann.get_conversations() == []


def test_blocks(ann: Imgur, bob: Imgur) -> None:
    user = ann.get_user("bob")
    assert user.get_block_status() is False
    user.block()
    assert user.get_block_status() is True
    assert ann.get_user("bob").is_blocked is True
    user.unblock()
    assert ann.get_blocked_users() == []


def test_replies(ann: Imgur, bob: Imgur, tmp_path: Path) -> None:
    id = shared(ann, tmp_path)
    written = bob.create_comment(id, "A classic")
    told = ann.get_user("me").get_replies()
    assert [(each.comment and each.comment.id) for each in told] == [written.id]
    assert ann.mark_notifications_as_viewed(told)
    assert ann.get_user("me").get_replies() == []
    assert len(ann.get_user("me").get_replies(new=False)) == 1


def test_posts_of_the_second_generation(ann: Imgur, bob: Imgur, tmp_path: Path) -> None:
    id = shared(ann, tmp_path)
    bob.create_comment(id, "A classic")
    post = bob.get_post(id)
    assert (post.title, post.account.get("username"), post.comment_count) == ("A duck", "Ann", 1)
    assert [each.comment for each in post.get_comments()] == ["A classic"]
    assert [each.id for each in ann.get_my_posts()] == [id]
    assert [each.id for each in bob.get_posts(section="new")] == [id]
    assert [each.comment for each in ann.get_comments_by("bob")] == ["A classic"]
    assert ann.get_my_profile().username == "Ann"
    assert bob.get_post_of_image(id).media[0].ext == "png"


def test_what_is_switched_off_says_so(ann: Imgur) -> None:
    with pytest.raises(pyimgur.ResourceNotFoundError, match="switched off"):
        ann.get_message_count()


def test_leaving(new_site: NewSite) -> None:
    site = new_site()
    with client(site, site.person("Ann")) as im:
        with pytest.raises(pyimgur.AuthenticationError):
            im.delete_account("guess")
        assert im.delete_account(PASSWORD, reasons=["bored"])
        with pytest.raises(pyimgur.AuthenticationError):
            im.get_user("me")
