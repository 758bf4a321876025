"""Every call of the API as the value that it is: method, path, parameters, and who may make it.

A row stands for one endpoint of Imgur, under the name that it has in `tests/facts`. Every endpoint there must have its
row, and say of itself what is known of it.
"""

from __future__ import annotations

import inspect
import json
import re
import runpy
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from pyimgur import Imgur, resources
from pyimgur._core.effects import HTTPRequest
from pyimgur._core.endpoint import Sync, endpoint, listing
from pyimgur._core.request import Request
from pyimgur._policy.client_state import ClientState
from pyimgur.client import Client
from pyimgur.resources import (
    AccountV1,
    Album,
    Comment,
    Conversation,
    Folder,
    GalleryImage,
    Image,
    Message,
    Notification,
    PostV1,
)

Call = Callable[[Client[Sync]], object]
HASH = "abcdefghijklmno"


class Described:
    """An executor that sends nothing: it returns the descriptions of calls."""

    def __init__(self, access_token: str | None = "t0ken") -> None:
        self.state = ClientState(client_id="cid", client_secret="sec", access_token=access_token)

    def call(self, request: Request[Any]) -> Request[Any]:
        return request

    def collect(self, request: Request[Any]) -> Request[Any]:
        return request if request.pages is None else request.page(request.pages.first)

    iterate = collect

    def load(self, thing: Any) -> Request[Any]:
        return thing._source()

    def missing(self, thing: Any, name: str) -> None:
        raise AssertionError(f"{name!r} of {thing!r} would be fetched")

    def run(self, flow: Any) -> Request[Any]:
        """An action's first message, as the call that it is."""
        exchange = next(flow)
        assert isinstance(exchange, HTTPRequest)
        parts = urlsplit(exchange.url)
        form = b"".join(exchange.body.open()).decode() if exchange.body else parts.query
        return Request(exchange.method, parts.path.lstrip("/"), object, dict(parse_qsl(form)))


@dataclass(frozen=True)
class Row:
    id: str
    call: Call
    expected: str
    fields: Mapping[str, object]
    access_token: str | None = "t0ken"

    def describe(self) -> Any:
        return self.call(Client(Described(self.access_token)))


def row(id: str, call: Call, expected: str, **fields: object) -> Row:
    return Row(id, call, expected, fields)


def item(im: Client[Sync]) -> GalleryImage:
    return im.gallery_image("abcde")


def made(im: Client[Sync], kind: Any, **raw: Any) -> Any:
    return kind(raw, im)


def message(im: Client[Sync]) -> Message:
    return made(im, Message, **{"id": 5, "from": "bob", "parent_id": 3})


def talk(im: Client[Sync]) -> Conversation:
    return made(im, Conversation, id=5, with_account="bob")


def folder(im: Client[Sync]) -> Folder:
    return made(im, Folder, id=7, account_url="bob")


ROWS = [
    # ---- accounts
    row("account_base", lambda im: im.get_user("sarah"), "GET 3/account/sarah"),
    row("account_base", lambda im: im.user("sarah").load(), "GET 3/account/sarah"),
    row("account_base", lambda im: im.get_user("x", account_id=7), "GET 3/account/x", account_id=7),
    row("account_create", lambda im: im.create_account("bob", "pw", "b@x.org"), "POST 3/account/bob",
        password="pw", email="b@x.org"),
    row("account_delete_legacy", lambda im: im.user("me").delete(), "DELETE 3/account/me"),
    row("account_delete", lambda im: im.delete_account("pw", ["bored"], "bye"),
        "POST 3/account/me/delete?client_id=cid", password="pw", reasons=["bored"], feedback="bye"),
    row("account_block_status", lambda im: im.user("bob").get_block_status(), "GET account/v1/bob/block"),
    row("account_block_list", lambda im: im.get_blocked_users(), "GET 3/account/me/block"),
    row("account_block_create", lambda im: im.user("bob").block(), "POST account/v1/bob/block"),
    row("account_block_delete", lambda im: im.user("bob").unblock(), "DELETE account/v1/bob/block"),
    row("account_gallery_favorites", lambda im: im.user("bob").get_gallery_favorites("oldest"),
        "GET 3/account/bob/gallery_favorites/0/oldest"),
    row("account_gallery_favorites", lambda im: im.user("bob").get_gallery_favorites(),
        "GET 3/account/bob/gallery_favorites/0"),
    row("account_favorites", lambda im: im.user("me").get_favorites(sort="newest"),
        "GET 3/account/me/favorites/0/newest"),
    row("account_folder_favorites", lambda im: im.user("bob").get_folder_favorites(7, "oldest"),
        "GET 3/account/bob/folders/7/favorites", sort="oldest", page=0),
    row("account_submissions", lambda im: im.user("bob").get_submissions(sort="best"),
        "GET 3/account/bob/submissions/0/best"),
    row("account_available_avatars", lambda im: im.user("me").get_available_avatars(),
        "GET 3/account/me/available_avatars"),
    row("account_avatar", lambda im: im.user("me").get_avatar(), "GET 3/account/me/avatar"),
    row("account_settings", lambda im: im.user("me").get_settings(), "GET 3/account/me/settings"),
    row("account_settings_update", lambda im: im.user("me").change_settings("hi", True, False, "hidden", True),
        "POST 3/account/me/settings", bio="hi", public_images="true", messaging_enabled="false",
        album_privacy="hidden", accepted_gallery_terms="true"),
    row("account_settings_update",
        lambda im: im.user("me").change_settings(
            username="ann", show_mature=True, newsletter_subscribed=False, avatar="flavor/taco"),
        "POST 3/account/me/settings", username="ann", show_mature="true", newsletter_subscribed="false",
        avatar="flavor/taco"),
    row("account_gallery_profile", lambda im: im.user("bob").get_gallery_profile(),
        "GET 3/account/bob/gallery_profile"),
    row("account_verify_email_status", lambda im: im.user("me").has_verified_email(), "GET 3/account/me/verifyemail"),
    row("account_verify_email_send", lambda im: im.user("me").send_verification_email(),
        "POST 3/account/me/verifyemail"),
    row("account_albums", lambda im: im.user("bob").get_albums(), "GET 3/account/bob/albums/0", perPage=100),
    row("account_albums", lambda im: im.user("bob").get_albums(51), "GET 3/account/bob/albums/0", perPage=100),
    row("account_albums", lambda im: im.user("bob").get_albums(50), "GET 3/account/bob/albums/0"),
    row("account_album", lambda im: im.user("bob").get_album("abcde"), "GET 3/account/bob/album/abcde"),
    row("account_album_ids", lambda im: im.user("bob").get_album_ids(), "GET 3/account/bob/albums/ids/0", perPage=100),
    row("account_album_count", lambda im: im.user("bob").get_album_count(), "GET 3/account/bob/albums/count"),
    row("account_album_delete", lambda im: im.user("me").delete_album(im.album("abcde")),
        "DELETE 3/account/me/album/abcde"),
    row("account_comments", lambda im: im.user("bob").get_comments("best"), "GET 3/account/bob/comments/best/0"),
    row("account_comment", lambda im: im.user("bob").get_comment(5), "GET 3/account/bob/comment/5"),
    row("account_comment_ids", lambda im: im.user("bob").get_comment_ids(), "GET 3/account/bob/comments/ids/newest/0"),
    row("account_comment_count", lambda im: im.user("bob").get_comment_count(), "GET 3/account/bob/comments/count"),
    row("account_comment_delete", lambda im: im.user("me").delete_comment(im.comment(5)),
        "DELETE 3/account/me/comment/5"),
    row("account_images", lambda im: im.user("me").get_images(), "GET 3/account/me/images/0", perPage=100),
    row("account_image", lambda im: im.user("me").get_image("abcde"), "GET 3/account/me/image/abcde"),
    row("account_image_ids", lambda im: im.user("me").get_image_ids(3), "GET 3/account/me/images/ids/0"),
    row("account_image_count", lambda im: im.user("me").get_image_count(), "GET 3/account/me/images/count"),
    row("account_image_delete", lambda im: im.user("me").delete_image(made(im, Image, id="abcde", deletehash=HASH)),
        f"DELETE 3/account/me/image/{HASH}"),
    row("account_image_delete", lambda im: im.user("me").delete_image(HASH), f"DELETE 3/account/me/image/{HASH}"),
    row("account_notifications", lambda im: im.user("me").get_notifications(),
        "GET 3/account/me/notifications", new="true"),
    row("account_notifications_replies", lambda im: im.user("me").get_replies(new=False),
        "GET 3/account/me/notifications/replies", new="false"),
    row("account_notifications_messages", lambda im: im.user("me").get_messages(),
        "GET 3/account/me/notifications/messages", new="true"),
    row("account_follow_tag", lambda im: im.tag("cats").follow(), "POST 3/account/me/follow/tag/cats"),
    row("account_unfollow_tag", lambda im: im.tag("cats").unfollow(), "DELETE 3/account/me/follow/tag/cats"),
    row("account_likes", lambda im: im.user("me").get_likes(), "GET 3/account/me/likes"),
    row("account_statistics", lambda im: im.user("me").get_statistics(), "GET 3/account/me/stats"),
    row("account_message_create", lambda im: im.user("bob").leave_message("hi", "re"), "POST 3/account/bob/message",
        body="hi", subject="re"),
    # ---- albums
    row("album_get", lambda im: im.get_album("abcde"), "GET 3/album/abcde"),
    row("album_get", lambda im: im.album("abcde").load(), "GET 3/album/abcde"),
    row("album_images", lambda im: im.album("abcde").get_images(), "GET 3/album/abcde/images"),
    row("album_image", lambda im: im.album("abcde").get_image("fghij"), "GET 3/album/abcde/image/fghij"),
    row("album_create",
        lambda im: im.create_album("T", "D", ["fghij", im.image("klmno")], im.image("fghij"), "hidden", "grid"),
        "POST 3/album", **{"ids[]": ["fghij", "klmno"]}, title="T", description="D", cover="fghij", privacy="hidden",
        layout="grid"),
    Row("album_create", lambda im: im.create_album(images=[made(im, Image, id="fghij", deletehash=HASH), HASH]),
        "POST 3/album", {"deletehashes[]": [HASH, HASH]}, access_token=None),
    row("album_update",
        lambda im: im.album("abcde").update("T", "D", [im.image("fghij")], "klmno", "blog", "secret"),
        "PUT 3/album/abcde", **{"ids[]": ["fghij"]}, title="T", description="D", cover="klmno", layout="blog",
        privacy="secret"),
    row("album_delete", lambda im: im.album("abcde").delete(), "DELETE 3/album/abcde"),
    Row("album_delete", lambda im: made(im, Album, id="abcde", deletehash=HASH).delete(), f"DELETE 3/album/{HASH}", {},
        access_token=None),
    row("album_favorite", lambda im: im.album("abcde").favorite(), "POST 3/album/abcde/favorite"),
    row("album_set_images", lambda im: im.album("abcde").set_images(["fghij", im.image("klmno")]),
        "POST 3/album/abcde", **{"ids[]": ["fghij", "klmno"]}),
    row("album_add_images", lambda im: im.album("abcde").add_images(im.image("fghij")),
        "POST 3/album/abcde/add", **{"ids[]": ["fghij"]}),
    row("album_remove_images", lambda im: im.album("abcde").remove_images(["fghij"]),
        "POST 3/album/abcde/remove_images", **{"ids[]": ["fghij"]}),
    # ---- comments
    row("comment_get", lambda im: im.get_comment(5), "GET 3/comment/5"),
    row("comment_get", lambda im: im.comment(5).load(), "GET 3/comment/5"),
    row("comment_create", lambda im: item(im).comment("hi"), "POST 3/comment", image_id="abcde", comment="hi"),
    row("comment_create", lambda im: im.create_comment(item(im), "hi", im.comment(5)), "POST 3/comment",
        image_id="abcde", comment="hi", parent_id=5),
    row("comment_delete", lambda im: im.comment(5).delete(), "DELETE 3/comment/5"),
    row("comment_replies", lambda im: im.comment(5).get_replies(), "GET 3/comment/5/replies"),
    row("comment_reply_create", lambda im: made(im, Comment, id=5, image_id="abcde").reply("hi"), "POST 3/comment/5",
        image_id="abcde", comment="hi"),
    row("comment_vote", lambda im: im.comment(5).upvote(), "POST 3/comment/5/vote/up"),
    row("comment_vote", lambda im: im.comment(5).downvote(), "POST 3/comment/5/vote/down"),
    row("comment_vote", lambda im: im.comment(5).unvote(), "POST 3/comment/5/vote/veto"),
    row("comment_report", lambda im: im.comment(5).report(2), "POST 3/comment/5/report", reason=2),
    # ---- custom galleries
    row("custom_gallery_get", lambda im: im.custom_gallery().get_items("top", "all"), "GET 3/g/custom/top/all/0"),
    row("custom_gallery_item", lambda im: im.custom_gallery().get_item("abcde"), "GET 3/g/custom/abcde"),
    row("custom_gallery_add_tags", lambda im: im.custom_gallery().add_tags(["a", "b"]), "PUT 3/g/custom/add_tags",
        tags="a,b"),
    row("custom_gallery_remove_tags", lambda im: im.custom_gallery().remove_tags(["a"]),
        "DELETE 3/g/custom/remove_tags", tags="a"),
    row("filtered_gallery_get", lambda im: im.custom_gallery("filtered").get_items(), "GET 3/g/filtered/viral/week/0"),
    row("filtered_gallery_item", lambda im: im.custom_gallery("filtered").get_item("abcde"), "GET 3/g/filtered/abcde"),
    row("gallery_block_tag", lambda im: im.block_tag("cats"), "POST 3/g/block_tag", tag="cats"),
    row("gallery_unblock_tag", lambda im: im.unblock_tag("cats"), "POST 3/g/unblock_tag", tag="cats"),
    row("custom_gallery_list_old", lambda im: im.get_custom_galleries(), "GET 3/g"),
    row("custom_gallery_create_old", lambda im: im.create_custom_gallery("mine", ["a", "b"]), "POST 3/g",
        name="mine", tags="a,b"),
    row("custom_gallery_get_old", lambda im: im.custom_gallery("77").get_items(), "GET 3/g/77/viral/week/0"),
    row("custom_gallery_update_old", lambda im: im.custom_gallery("77").update("new"), "POST 3/g/77", name="new"),
    row("custom_gallery_delete_old", lambda im: im.custom_gallery("77").delete(), "DELETE 3/g/77"),
    row("custom_gallery_add_tags_old", lambda im: im.custom_gallery("77").add_tags(["a"]),
        "PUT 3/g/77/add_tags", tags="a"),
    row("custom_gallery_remove_tags_old", lambda im: im.custom_gallery("77").remove_tags(["a"]),
        "DELETE 3/g/77/remove_tags", tags="a"),
    row("filtered_gallery_get_old", lambda im: im.custom_gallery("filtered_out").load(), "GET 3/g/filtered_out"),
    # ---- the gallery
    row("feed", lambda im: im.get_feed(), "GET 3/feed"),
    row("gallery_list", lambda im: im.get_gallery(), "GET 3/gallery/hot/viral/day/0", showViral="true"),
    row("gallery_list",
        lambda im: im.get_gallery("user", "rising", "week", False, 5, mature=True, album_previews=True),
        "GET 3/gallery/user/rising/week/0", showViral="false", mature="true", album_previews="true"),
    row("gallery_subreddit", lambda im: im.get_subreddit_gallery("pics", "top", "all"),
        "GET 3/gallery/r/pics/top/all/0"),
    row("gallery_subreddit_image", lambda im: im.get_subreddit_image("pics", "abcde"), "GET 3/gallery/r/pics/abcde"),
    row("gallery_tag", lambda im: im.tag("cats").get_items("time", "year"), "GET 3/gallery/t/cats/time/year/0"),
    row("gallery_tag_image", lambda im: im.tag("cats").get_item("abcde"), "GET 3/gallery/t/cats/abcde"),
    row("gallery_tag_info", lambda im: im.get_tag("cats"), "GET 3/gallery/tag_info/cats"),
    row("gallery_tag_info", lambda im: im.tag("cats").load(), "GET 3/gallery/tag_info/cats"),
    row("tags_default", lambda im: im.get_default_tags(), "GET 3/tags"),
    row("gallery_item_tags", lambda im: item(im).get_tags(), "GET 3/gallery/abcde/tags"),
    row("gallery_tag_vote", lambda im: item(im).upvote_tag("cats"), "POST 3/gallery/abcde/vote/tag/cats/up"),
    row("gallery_tag_vote", lambda im: item(im).downvote_tag("cats"), "POST 3/gallery/abcde/vote/tag/cats/down"),
    row("gallery_tags_update", lambda im: item(im).set_tags(["a", "b"]), "POST 3/gallery/tags/abcde", tags="a,b"),
    row("gallery_search", lambda im: im.search_gallery("cats AND dogs", sort="top", window="week"),
        "GET 3/gallery/search/top/week/0", q="cats AND dogs"),
    row("gallery_search",
        lambda im: im.search_gallery(
            q_all="a", q_any="b", q_exactly="c", q_not="d", q_type="anigif", q_size_px="huge"),
        "GET 3/gallery/search/time/all/0", q_all="a", q_any="b", q_exactly="c", q_not="d", q_type="anigif",
        q_size_px="huge"),
    row("gallery_random", lambda im: im.get_random_gallery(), "GET 3/gallery/random/random/0"),
    row("memes_gallery", lambda im: im.get_memes_gallery(), "GET 3/gallery/g/memes/viral/week/0"),
    row("memes_image", lambda im: im.get_memes_item("abcde"), "GET 3/gallery/g/memes/abcde"),
    row("gallery_submit_image",
        lambda im: im.image("abcde").submit_to_gallery("T", True, topic="Funny", mature=False, tags=["a", "b"]),
        "POST 3/gallery/abcde", title="T", terms=True, topic="Funny", mature=False, tags="a,b"),
    row("gallery_submit_image", lambda im: im.album("abcde").submit_to_gallery("T"), "POST 3/gallery/abcde", title="T"),
    row("gallery_remove", lambda im: item(im).remove_from_gallery(), "DELETE 3/gallery/abcde"),
    row("gallery_album", lambda im: im.get_gallery_album("abcde"), "GET 3/gallery/album/abcde"),
    row("gallery_album", lambda im: im.gallery_album("abcde").load(), "GET 3/gallery/album/abcde"),
    row("gallery_image", lambda im: im.get_gallery_image("abcde"), "GET 3/gallery/image/abcde"),
    row("gallery_image", lambda im: item(im).load(), "GET 3/gallery/image/abcde"),
    row("gallery_item", lambda im: im.get_gallery_item("abcde"), "GET 3/gallery/abcde"),
    row("gallery_item", lambda im: made(im, Comment, id=5, image_id="abcde").post.load(), "GET 3/gallery/abcde"),
    row("gallery_report", lambda im: item(im).report(3), "POST 3/gallery/image/abcde/report", reason=3),
    row("gallery_votes", lambda im: item(im).get_votes(), "GET 3/gallery/abcde/votes"),
    row("gallery_vote", lambda im: item(im).upvote(), "POST 3/gallery/abcde/vote/up"),
    row("gallery_vote", lambda im: item(im).downvote(), "POST 3/gallery/abcde/vote/down"),
    row("gallery_vote", lambda im: item(im).unvote(), "POST 3/gallery/abcde/vote/veto"),
    row("gallery_comments", lambda im: item(im).get_comments(), "GET 3/gallery/abcde/comments/new"),
    row("gallery_comment", lambda im: item(im).get_comment(5), "GET 3/gallery/abcde/comment/5"),
    row("gallery_comment_reply", lambda im: item(im).reply(5, "hi"), "POST 3/gallery/abcde/comment/5", comment="hi"),
    row("gallery_comment_ids", lambda im: item(im).get_comment_ids(), "GET 3/gallery/abcde/comments/ids"),
    row("gallery_comment_count", lambda im: item(im).get_comment_count(), "GET 3/gallery/abcde/comments/count"),
    # ---- images
    row("image_get", lambda im: im.get_image("abcde"), "GET 3/image/abcde"),
    row("image_get", lambda im: im.image("abcde").load(), "GET 3/image/abcde"),
    row("image_upload",
        lambda im: im.upload_image(url="http://x/y.mp4", title="T", description="D", album="fghij", name="n",
                                   disable_audio=True),
        "POST 3/image", image="http://x/y.mp4", type="url", title="T", description="D", album="fghij", name="n",
        disable_audio="1"),
    row("image_delete", lambda im: im.image("abcde").delete(), "DELETE 3/image/abcde"),
    Row("image_delete", lambda im: made(im, Image, id="abcde", deletehash=HASH).delete(), f"DELETE 3/image/{HASH}", {},
        access_token=None),
    row("image_update", lambda im: im.image("abcde").update("T", "D"),
        "POST 3/image/abcde", title="T", description="D"),
    row("image_favorite", lambda im: im.image("abcde").favorite(), "POST 3/image/abcde/favorite"),
    # ---- messages and notifications
    row("conversation_list", lambda im: im.get_conversations(), "GET 3/conversations"),
    row("conversation_get", lambda im: im.conversation(5).get_messages(), "GET 3/conversations/5/1/0"),
    row("conversation_get", lambda im: im.get_conversation(5), "GET 3/conversations/5"),
    row("conversation_get", lambda im: talk(im).load(), "GET 3/conversations/5"),
    row("conversation_create", lambda im: im.user("bob").start_conversation("hi"),
        "POST 3/conversations/bob", body="hi"),
    row("conversation_create", lambda im: talk(im).reply("hi"), "POST 3/conversations/bob", body="hi"),
    row("conversation_delete", lambda im: talk(im).delete(), "DELETE 3/conversations/5"),
    row("conversation_report", lambda im: talk(im).report(), "POST 3/conversations/report/bob"),
    row("conversation_block", lambda im: talk(im).block(), "POST 3/conversations/block/bob"),
    row("message_list", lambda im: im.get_messages(), "GET 3/messages"),
    row("message_ids", lambda im: im.get_message_ids(), "GET 3/messages/ids/0"),
    row("message_count", lambda im: im.get_message_count(), "GET 3/messages/count"),
    row("message_get", lambda im: im.get_message(5), "GET 3/message/5"),
    row("message_get", lambda im: message(im).load(), "GET 3/message/5"),
    row("message_thread", lambda im: message(im).get_thread(), "GET 3/message/3/thread"),
    row("message_create", lambda im: message(im).reply("hi"),
        "POST 3/message", recipient="bob", body="hi", parent_id=5),
    row("message_create", lambda im: im.user("bob").send_message("hi", "re", message(im)), "POST 3/message",
        recipient="bob", body="hi", subject="re", parent_id=5),
    row("message_delete", lambda im: message(im).delete(), "DELETE 3/message/5"),
    row("message_report", lambda im: message(im).report_sender(), "POST 3/message/report/bob"),
    row("message_block", lambda im: message(im).block_sender(), "POST 3/message/block/bob"),
    row("notification_list", lambda im: im.get_notifications(new=False), "GET 3/notification", new="false"),
    row("notification_get", lambda im: im.get_notification(5), "GET 3/notification/5"),
    row("notification_get", lambda im: made(im, Notification, id=5).load(), "GET 3/notification/5"),
    row("notification_mark_viewed", lambda im: made(im, Notification, id=5).mark_as_viewed(), "POST 3/notification/5"),
    row("notification_mark_viewed_many",
        lambda im: im.mark_notifications_as_viewed([5, made(im, Notification, id=6)]),
        "POST 3/notification", ids="5,6"),
    # ---- topics, memes and the rest
    row("topic_defaults", lambda im: im.get_default_topics(), "GET 3/topics/defaults"),
    row("topic_gallery", lambda im: im.topic("Funny").get_items(), "GET 3/topics/Funny/viral/week/0"),
    row("topic_item", lambda im: im.topic(2).get_item("abcde"), "GET 3/topics/2/abcde"),
    row("memegen_defaults", lambda im: im.get_default_memes(), "GET 3/memegen/defaults"),
    row("credits", lambda im: im.get_credits(), "GET 3/credits"),
    row("oembed", lambda im: im.get_oembed("https://imgur.com/a/b"), "GET oembed", url="https://imgur.com/a/b",
        format="json"),
    row("oauth2_token", lambda im: im.exchange_pin("77"), "POST oauth2/token", client_id="cid", client_secret="sec",
        grant_type="pin", pin="77"),
    row("oauth2_token", lambda im: im.exchange_code("77"), "POST oauth2/token", client_id="cid", client_secret="sec",
        grant_type="authorization_code", code="77"),
    # ---- the second generation
    row("post_v1_album", lambda im: im.get_post_of_album("abcde"), "GET post/v1/albums/abcde",
        include="media,adconfig,account"),
    row("post_v1_media", lambda im: im.get_post_of_image("abcde"), "GET post/v1/media/abcde",
        include="media,adconfig,account"),
    row("post_v1_post", lambda im: im.get_post("abcde"), "GET post/v1/posts/abcde",
        include="media,tags,account,adconfig,promoted"),
    row("post_v1_list", lambda im: im.get_posts("top", "-top", "week"), "GET post/v1/posts",
        **{"filter[section]": "eq:top", "filter[window]": "week"}, sort="-top", include="cover", page=1),
    row("post_v1_tag", lambda im: im.tag("cats").get_posts(), "GET post/v1/posts/t/cats",
        **{"filter[window]": "week"}, sort="-viral", include="cover", page=1),
    row("post_v1_my_posts", lambda im: im.get_my_posts(), "GET post/v1/accounts/me/all_posts", sort="-created_at",
        include="cover", page=1),
    row("post_v1_my_hidden", lambda im: im.get_my_hidden_albums(), "GET post/v1/accounts/me/hidden_albums",
        sort="-created_at", include="cover", page=1),
    row("account_v1_account", lambda im: im.user("bob").get_profile(), "GET account/v1/accounts/bob",
        include="trophies,medallions"),
    row("account_v1_account", lambda im: made(im, AccountV1, username="bob").load(), "GET account/v1/accounts/bob",
        include="trophies,medallions"),
    row("account_v1_me", lambda im: im.get_my_profile(), "GET account/v1/accounts/me"),
    row("comment_v1_list", lambda im: made(im, PostV1, id="abcde").get_comments("new"), "GET comment/v1/comments",
        **{"filter[post]": "eq:abcde"}, sort="new", include="account", per_page=30, page=1),
    row("comment_v1_list", lambda im: im.get_comments_by("bob"), "GET comment/v1/comments",
        **{"filter[account]": "eq:bob"}, include="account", per_page=30, page=1),
    row("comment_v1_top", lambda im: im.get_top_comments(), "GET comment/v1/comments/top"),
]  # fmt: skip

ADDED = [
    row("folders", lambda im: im.user("bob").get_folders(), "GET 3/account/bob/folders"),
    row("folder", lambda im: im.user("bob").get_folder(7), "GET 3/account/bob/folders/7"),
    row("folder", lambda im: folder(im).load(), "GET 3/account/bob/folders/7"),
    row("folder_create", lambda im: im.create_folder("Cats", private=True), "POST 3/account/me/folders",
        name="Cats", private="true"),
    row("folder_favorites", lambda im: folder(im).get_favorites("oldest"), "GET 3/account/bob/folders/7/favorites",
        sort="oldest", page=0),
    row("folder_update", lambda im: folder(im).update(private=False), "PUT 3/account/me/folders/7", private="false"),
    row("folder_delete", lambda im: folder(im).delete(), "DELETE 3/account/me/folders/7"),
    row("folder_add", lambda im: folder(im).add_favorites([item(im), "a"]), "PUT 3/account/me/folders/7/favorites",
        **{"ids[]": ["abcde", "a"]}),
    row("folder_remove", lambda im: folder(im).remove_favorites(["a"]), "DELETE 3/account/me/folders/7/favorites",
        **{"ids[]": ["a"]}),
    row("oauth2_revoke", lambda im: im.revoke_token(), "POST oauth2/revoke", client_id="cid", client_secret="sec",
        token="t0ken"),
]  # fmt: skip
"""What Imgur has not, and servers of this package have."""

LEFT_OUT = {
    "upload": "the same as image_upload under another path",
    "gallery_submit_album": "the same as gallery_submit_image under its older path, which takes albums too",
    "gallery_comment_create": "the same as comment_create under another path",
    "oauth2_authorize": "a page for people: authorization_url gives its address",
    "oauth2_authorize_submit": "a form that people send; no program is to know their password",
    "oauth2_addclient": "a page that Imgur has closed",
    "oauth2_secret": "nobody knows what it answers, and get_user('me') checks a token as well",
    "post_v1_favorite": "undocumented, and it changes something; favorite() is the documented way",
    "account_v1_phone_verify": "nothing but its path is known",
    "comment_v1_create": "undocumented, and it changes something; comment() is the documented way",
}


@pytest.mark.parametrize("row", [*ROWS, *ADDED], ids=lambda row: f"{row.id}-{row.expected}")
def test_a_call_is_described_as_the_api_has_it(row: Row) -> None:
    described = row.describe()
    assert f"{described.method} {described.target}" == row.expected
    assert described.fields == row.fields


def test_none_of_the_calls_is_without_a_row() -> None:
    """Whoever adds a call adds a row."""
    from pyimgur._endpoint_table import endpoint_table

    shown = {re.sub(r"\{\w+\}", "*", f"{entry.method} {entry.path}") for entry in endpoint_table()}
    seen = [row.expected.replace("?client_id=cid", "?client_id=*").split() for row in (*ROWS, *ADDED)]
    assert {path for path in shown if not any(_fits(path, *words) for words in seen)} == set()


def test_what_imgur_dropped_says_so() -> None:
    from pyimgur._endpoint_table import endpoint_table

    for entry in endpoint_table():
        assert (f"Dropped by Imgur in {entry.ended}." in entry.doc) is bool(entry.ended), entry


def test_the_page_of_calls_is_what_the_calls_say() -> None:
    docs = Path(__file__).parent.parent / "docs"
    made = runpy.run_path(str(docs / "endpoints.py"))["page"]()
    assert (docs / "endpoints.md").read_text("utf-8") == made, "`make docs` writes it anew"


def test_whatever_gives_a_list_can_be_walked() -> None:
    """And what can be walked is a list: `limit` and `.iter()` are there for all of them."""
    public = [kind for kind in vars(resources).values() if isinstance(kind, type)]
    kinds = {*Client.__mro__, *(base for kind in public for base in kind.__mro__)}
    for kind in kinds:
        for name, method in vars(kind).items():
            if isinstance(method, (endpoint, listing)):
                gives = str(inspect.signature(method.describe).return_annotation)
                assert isinstance(method, listing) is gives.startswith("list["), (kind, name)
            if isinstance(method, listing):
                assert inspect.signature(method.describe).parameters["limit"].default is None, (kind, name)


def _fits(template: str, method: str, path: str) -> bool:
    wanted, form = template.split()
    return wanted == method and re.fullmatch(re.escape(form).replace(r"\*", "[^/]*") + "/?", f"{path}/") is not None


# ---- beside the facts


@pytest.fixture(scope="module")
def endpoints(facts: Path) -> dict[str, Any]:
    return {one["id"]: one for one in json.loads((facts / "endpoints.json").read_text("utf-8"))}


def test_every_endpoint_has_its_call(endpoints: dict[str, Any]) -> None:
    rows = {row.id for row in ROWS}
    assert rows.isdisjoint(LEFT_OUT)
    assert endpoints.keys() == rows | LEFT_OUT.keys()


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.id}-{row.expected}")
def test_a_call_is_what_is_known_of_the_endpoint(row: Row, endpoints: dict[str, Any]) -> None:
    endpoint = endpoints[row.id]
    method, _, target = row.expected.partition(" ")
    ways = [endpoint, *endpoint.get("aliases", [])]
    assert any(way["method"] == method and _at(way["path"], urlsplit(target).path) for way in ways), ways
    params = {param["name"]: param for param in endpoint["params"] if param["in"] != "path"}
    assert {_bare(name) for name in row.fields} <= {_bare(name) for name in params}
    for name, value in row.fields.items():
        values = params.get(name, {}).get("values")
        assert values is None or name == "perPage" or _word(value) in {_word(known) for known in values}, name


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.id}-{row.expected}")
def test_a_call_says_who_may_make_it_and_how_it_is_known(row: Row, endpoints: dict[str, Any]) -> None:
    described, endpoint = row.describe(), endpoints[row.id]
    if described.result_type is object:  # an action's first message says no more
        return
    known = {"client": {"anyone", "app"}, "either": {"anyone", "owner"}, "user": {"user"}, "deletehash": {"owner"}}
    assert described.who in known.get(endpoint["auth"], {"nobody"})
    evidence = "recorded" if endpoint["recorded"] else "documented" if endpoint["documented"] else "seen"
    if row.id in BESIDE:
        return
    assert described.evidence == evidence
    assert bool(described.deprecated_in) == endpoint["ended"]
    if described.deprecated_in and endpoint["ended_in"]:
        assert abs(int(described.deprecated_in[:4]) - endpoint["ended_in"]) <= 1


def _at(template: str, target: str) -> bool:
    """Whether a path is one of the template's, whose last segments may be left out."""
    form, path = template.strip("/").split("/"), target.strip("/").split("/")
    least = next((i for i, part in enumerate(form) if part in OPTIONAL), len(form))
    fits = all(want == have or want.startswith("{") for want, have in zip(form, path, strict=False))
    return fits and least <= len(path) <= len(form)


BESIDE = {f"custom_gallery_{name}_old" for name in ("get", "add_tags", "remove_tags")} | {"filtered_gallery_get_old"}
"""Calls of methods that also make a call which is known better."""
OPTIONAL = {"{page}", "{sort}", "{window}", "{section}", "{favoritesSort}", "{commentSort}", "{offset}"}


def _bare(name: str) -> str:
    return name.removesuffix("[]")


def _word(value: object) -> str:
    return str(value).lower().removeprefix("eq:") if not isinstance(value, bool) else str(int(value))


def test_delete_hashes_are_sent_as_such_only_if_there_is_no_id_among_them() -> None:
    im = Imgur("abc123")
    only_hashes = Imgur.create_album.describe(im, images=[HASH, HASH]).params
    mixed = Imgur.create_album.describe(im, images=[HASH, "aBcdeFg"]).params
    assert (only_hashes.get("deletehashes[]"), only_hashes.get("ids[]")) == ([HASH, HASH], None)
    assert (mixed.get("deletehashes[]"), mixed.get("ids[]")) == (None, [HASH, "aBcdeFg"])
