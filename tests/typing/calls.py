"""What every method that makes a call returns, sync and async. Read by type checkers, never run.

Written by tests/typing_support.py.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any, assert_type

from pyimgur import (
    AccountSettings,
    AccountStatistics,
    AccountV1,
    Album,
    AsyncAccountV1,
    AsyncAlbum,
    AsyncComment,
    AsyncCommentV1,
    AsyncContent,
    AsyncConversation,
    AsyncCustomGallery,
    AsyncDefaultTags,
    AsyncDownload,
    AsyncFolder,
    AsyncGalleryAlbum,
    AsyncGalleryImage,
    AsyncGalleryItem,
    AsyncImage,
    AsyncImgur,
    AsyncMessage,
    AsyncNotification,
    AsyncPicture,
    AsyncPostV1,
    AsyncTag,
    AsyncTopic,
    AsyncUser,
    Avatar,
    Comment,
    CommentV1,
    Content,
    Conversation,
    Credits,
    CustomGallery,
    DefaultTags,
    Download,
    Folder,
    GalleryAlbum,
    GalleryImage,
    GalleryItem,
    GalleryProfile,
    Image,
    Imgur,
    ImgurError,
    ItemList,
    LinkState,
    Message,
    Notification,
    OEmbed,
    Picture,
    PostV1,
    Reply,
    Tag,
    Token,
    Tokens,
    Topic,
    User,
    Votes,
)


def imgur(im: Imgur) -> None:
    assert_type(im.block_tag("x"), bool)
    assert_type(im.create_account("x", "x", "x"), bool)
    assert_type(im.create_album(), Album)
    assert_type(im.create_comment("x", "x"), Comment)
    assert_type(im.create_custom_gallery("x"), CustomGallery)
    assert_type(im.create_folder("x"), Folder)
    assert_type(im.delete_account(), bool)
    assert_type(im.download("x"), ItemList[Download])
    assert_type(im.download.iter("x"), Iterator[Download])
    assert_type(im.exchange_code("x"), Tokens)
    assert_type(im.exchange_pin("x"), Tokens)
    assert_type(im.get_album("x"), Album)
    assert_type(im.get_blocked_users(), ItemList[User])
    assert_type(im.get_blocked_users.iter(), Iterator[User])
    assert_type(im.get_comment(1), Comment)
    assert_type(im.get_comments_by("x"), ItemList[CommentV1])
    assert_type(im.get_comments_by.iter("x"), Iterator[CommentV1])
    assert_type(im.get_conversation(1), Conversation)
    assert_type(im.get_conversations(), ItemList[Conversation])
    assert_type(im.get_conversations.iter(), Iterator[Conversation])
    assert_type(im.get_credits(), Credits)
    assert_type(im.get_custom_galleries(), ItemList[CustomGallery])
    assert_type(im.get_custom_galleries.iter(), Iterator[CustomGallery])
    assert_type(im.get_default_memes(), ItemList[Image])
    assert_type(im.get_default_memes.iter(), Iterator[Image])
    assert_type(im.get_default_tags(), DefaultTags)
    assert_type(im.get_default_topics(), ItemList[Topic])
    assert_type(im.get_default_topics.iter(), Iterator[Topic])
    assert_type(im.get_feed(), dict[str, Any])
    assert_type(im.get_gallery(), ItemList[GalleryItem])
    assert_type(im.get_gallery.iter(), Iterator[GalleryItem])
    assert_type(im.get_gallery_album("x"), GalleryAlbum)
    assert_type(im.get_gallery_image("x"), GalleryImage)
    assert_type(im.get_gallery_item("x"), GalleryItem)
    assert_type(im.get_image("x"), Image)
    assert_type(im.get_link_states("x"), dict[str, LinkState])
    assert_type(im.get_memes_gallery(), ItemList[GalleryItem])
    assert_type(im.get_memes_gallery.iter(), Iterator[GalleryItem])
    assert_type(im.get_memes_item("x"), GalleryItem)
    assert_type(im.get_message(1), Message)
    assert_type(im.get_message_count(), int)
    assert_type(im.get_message_ids(), ItemList[int])
    assert_type(im.get_message_ids.iter(), Iterator[int])
    assert_type(im.get_messages(), ItemList[Message])
    assert_type(im.get_messages.iter(), Iterator[Message])
    assert_type(im.get_my_hidden_albums(), ItemList[PostV1])
    assert_type(im.get_my_hidden_albums.iter(), Iterator[PostV1])
    assert_type(im.get_my_posts(), ItemList[PostV1])
    assert_type(im.get_my_posts.iter(), Iterator[PostV1])
    assert_type(im.get_my_profile(), AccountV1)
    assert_type(im.get_notification(1), Notification)
    assert_type(im.get_notifications(), dict[str, list[Notification]])
    assert_type(im.get_oembed("x"), OEmbed)
    assert_type(im.get_pictures("x"), ItemList[Picture])
    assert_type(im.get_pictures.iter("x"), Iterator[Picture])
    assert_type(im.get_post("x"), PostV1)
    assert_type(im.get_post_of_album("x"), PostV1)
    assert_type(im.get_post_of_image("x"), PostV1)
    assert_type(im.get_posts(), ItemList[PostV1])
    assert_type(im.get_posts.iter(), Iterator[PostV1])
    assert_type(im.get_random_gallery(), ItemList[GalleryItem])
    assert_type(im.get_random_gallery.iter(), Iterator[GalleryItem])
    assert_type(im.get_subreddit_gallery("x"), ItemList[GalleryItem])
    assert_type(im.get_subreddit_gallery.iter("x"), Iterator[GalleryItem])
    assert_type(im.get_subreddit_image("x", "x"), GalleryImage)
    assert_type(im.get_tag("x"), Tag)
    assert_type(im.get_top_comments(), ItemList[CommentV1])
    assert_type(im.get_top_comments.iter(), Iterator[CommentV1])
    assert_type(im.get_user("x"), User)
    assert_type(im.mark_notifications_as_viewed([1]), bool)
    assert_type(im.refresh_access_token(), str)
    assert_type(im.revoke_token(), None)
    assert_type(im.search_gallery(), ItemList[GalleryItem])
    assert_type(im.search_gallery.iter(), Iterator[GalleryItem])
    assert_type(im.send_raw("GET", "x"), Reply)
    assert_type(im.send_request("x"), object)
    assert_type(im.unblock_tag("x"), bool)
    assert_type(im.upload_image(), Image)
    assert_type(im.upload_images(["x"]), list[Image | ImgurError])
    assert_type(im.use_redirect("x"), str)
    assert_type(im.use_token(Token("x")), Token)


async def async_imgur(im: AsyncImgur) -> None:
    assert_type(await im.block_tag("x"), bool)
    assert_type(await im.create_account("x", "x", "x"), bool)
    assert_type(await im.create_album(), AsyncAlbum)
    assert_type(await im.create_comment("x", "x"), AsyncComment)
    assert_type(await im.create_custom_gallery("x"), AsyncCustomGallery)
    assert_type(await im.create_folder("x"), AsyncFolder)
    assert_type(await im.delete_account(), bool)
    assert_type(await im.download("x"), ItemList[AsyncDownload])
    assert_type(im.download.iter("x"), AsyncIterator[AsyncDownload])
    assert_type(await im.exchange_code("x"), Tokens)
    assert_type(await im.exchange_pin("x"), Tokens)
    assert_type(await im.get_album("x"), AsyncAlbum)
    assert_type(await im.get_blocked_users(), ItemList[AsyncUser])
    assert_type(im.get_blocked_users.iter(), AsyncIterator[AsyncUser])
    assert_type(await im.get_comment(1), AsyncComment)
    assert_type(await im.get_comments_by("x"), ItemList[AsyncCommentV1])
    assert_type(im.get_comments_by.iter("x"), AsyncIterator[AsyncCommentV1])
    assert_type(await im.get_conversation(1), AsyncConversation)
    assert_type(await im.get_conversations(), ItemList[AsyncConversation])
    assert_type(im.get_conversations.iter(), AsyncIterator[AsyncConversation])
    assert_type(await im.get_credits(), Credits)
    assert_type(await im.get_custom_galleries(), ItemList[AsyncCustomGallery])
    assert_type(im.get_custom_galleries.iter(), AsyncIterator[AsyncCustomGallery])
    assert_type(await im.get_default_memes(), ItemList[AsyncImage])
    assert_type(im.get_default_memes.iter(), AsyncIterator[AsyncImage])
    assert_type(await im.get_default_tags(), AsyncDefaultTags)
    assert_type(await im.get_default_topics(), ItemList[AsyncTopic])
    assert_type(im.get_default_topics.iter(), AsyncIterator[AsyncTopic])
    assert_type(await im.get_feed(), dict[str, Any])
    assert_type(await im.get_gallery(), ItemList[AsyncGalleryItem])
    assert_type(im.get_gallery.iter(), AsyncIterator[AsyncGalleryItem])
    assert_type(await im.get_gallery_album("x"), AsyncGalleryAlbum)
    assert_type(await im.get_gallery_image("x"), AsyncGalleryImage)
    assert_type(await im.get_gallery_item("x"), AsyncGalleryItem)
    assert_type(await im.get_image("x"), AsyncImage)
    assert_type(await im.get_link_states("x"), dict[str, LinkState])
    assert_type(await im.get_memes_gallery(), ItemList[AsyncGalleryItem])
    assert_type(im.get_memes_gallery.iter(), AsyncIterator[AsyncGalleryItem])
    assert_type(await im.get_memes_item("x"), AsyncGalleryItem)
    assert_type(await im.get_message(1), AsyncMessage)
    assert_type(await im.get_message_count(), int)
    assert_type(await im.get_message_ids(), ItemList[int])
    assert_type(im.get_message_ids.iter(), AsyncIterator[int])
    assert_type(await im.get_messages(), ItemList[AsyncMessage])
    assert_type(im.get_messages.iter(), AsyncIterator[AsyncMessage])
    assert_type(await im.get_my_hidden_albums(), ItemList[AsyncPostV1])
    assert_type(im.get_my_hidden_albums.iter(), AsyncIterator[AsyncPostV1])
    assert_type(await im.get_my_posts(), ItemList[AsyncPostV1])
    assert_type(im.get_my_posts.iter(), AsyncIterator[AsyncPostV1])
    assert_type(await im.get_my_profile(), AsyncAccountV1)
    assert_type(await im.get_notification(1), AsyncNotification)
    assert_type(await im.get_notifications(), dict[str, list[AsyncNotification]])
    assert_type(await im.get_oembed("x"), OEmbed)
    assert_type(await im.get_pictures("x"), ItemList[AsyncPicture])
    assert_type(im.get_pictures.iter("x"), AsyncIterator[AsyncPicture])
    assert_type(await im.get_post("x"), AsyncPostV1)
    assert_type(await im.get_post_of_album("x"), AsyncPostV1)
    assert_type(await im.get_post_of_image("x"), AsyncPostV1)
    assert_type(await im.get_posts(), ItemList[AsyncPostV1])
    assert_type(im.get_posts.iter(), AsyncIterator[AsyncPostV1])
    assert_type(await im.get_random_gallery(), ItemList[AsyncGalleryItem])
    assert_type(im.get_random_gallery.iter(), AsyncIterator[AsyncGalleryItem])
    assert_type(await im.get_subreddit_gallery("x"), ItemList[AsyncGalleryItem])
    assert_type(im.get_subreddit_gallery.iter("x"), AsyncIterator[AsyncGalleryItem])
    assert_type(await im.get_subreddit_image("x", "x"), AsyncGalleryImage)
    assert_type(await im.get_tag("x"), AsyncTag)
    assert_type(await im.get_top_comments(), ItemList[AsyncCommentV1])
    assert_type(im.get_top_comments.iter(), AsyncIterator[AsyncCommentV1])
    assert_type(await im.get_user("x"), AsyncUser)
    assert_type(await im.mark_notifications_as_viewed([1]), bool)
    assert_type(await im.refresh_access_token(), str)
    assert_type(await im.revoke_token(), None)
    assert_type(await im.search_gallery(), ItemList[AsyncGalleryItem])
    assert_type(im.search_gallery.iter(), AsyncIterator[AsyncGalleryItem])
    assert_type(await im.send_raw("GET", "x"), Reply)
    assert_type(await im.send_request("x"), object)
    assert_type(await im.unblock_tag("x"), bool)
    assert_type(await im.upload_image(), AsyncImage)
    assert_type(await im.upload_images(["x"]), list[AsyncImage | ImgurError])
    assert_type(await im.use_redirect("x"), str)
    assert_type(await im.use_token(Token("x")), Token)


def album(it: Album) -> None:
    assert_type(it.add_images(["x"]), bool)
    assert_type(it.delete(), bool)
    assert_type(it.download(), list[Path])
    assert_type(it.favorite(), str)
    assert_type(it.get_image("x"), Image)
    assert_type(it.get_images(), ItemList[Image])
    assert_type(it.get_images.iter(), Iterator[Image])
    assert_type(it.remove_images(["x"]), bool)
    assert_type(it.set_images(["x"]), bool)
    assert_type(it.submit_to_gallery("x"), GalleryAlbum)
    assert_type(it.update(), bool)


async def async_album(it: AsyncAlbum) -> None:
    assert_type(await it.add_images(["x"]), bool)
    assert_type(await it.delete(), bool)
    assert_type(await it.download(), list[Path])
    assert_type(await it.favorite(), str)
    assert_type(await it.get_image("x"), AsyncImage)
    assert_type(await it.get_images(), ItemList[AsyncImage])
    assert_type(it.get_images.iter(), AsyncIterator[AsyncImage])
    assert_type(await it.remove_images(["x"]), bool)
    assert_type(await it.set_images(["x"]), bool)
    assert_type(await it.submit_to_gallery("x"), AsyncGalleryAlbum)
    assert_type(await it.update(), bool)


def comment(it: Comment) -> None:
    assert_type(it.delete(), bool)
    assert_type(it.downvote(), bool)
    assert_type(it.get_replies(), ItemList[Comment])
    assert_type(it.get_replies.iter(), Iterator[Comment])
    assert_type(it.reply("x"), Comment)
    assert_type(it.report(), bool)
    assert_type(it.unvote(), bool)
    assert_type(it.upvote(), bool)


async def async_comment(it: AsyncComment) -> None:
    assert_type(await it.delete(), bool)
    assert_type(await it.downvote(), bool)
    assert_type(await it.get_replies(), ItemList[AsyncComment])
    assert_type(it.get_replies.iter(), AsyncIterator[AsyncComment])
    assert_type(await it.reply("x"), AsyncComment)
    assert_type(await it.report(), bool)
    assert_type(await it.unvote(), bool)
    assert_type(await it.upvote(), bool)


def conversation(it: Conversation) -> None:
    assert_type(it.block(), bool)
    assert_type(it.delete(), bool)
    assert_type(it.get_messages(), ItemList[Message])
    assert_type(it.get_messages.iter(), Iterator[Message])
    assert_type(it.reply("x"), bool)
    assert_type(it.report(), bool)


async def async_conversation(it: AsyncConversation) -> None:
    assert_type(await it.block(), bool)
    assert_type(await it.delete(), bool)
    assert_type(await it.get_messages(), ItemList[AsyncMessage])
    assert_type(it.get_messages.iter(), AsyncIterator[AsyncMessage])
    assert_type(await it.reply("x"), bool)
    assert_type(await it.report(), bool)


def custom_gallery(it: CustomGallery) -> None:
    assert_type(it.add_tags(["x"]), bool)
    assert_type(it.delete(), bool)
    assert_type(it.get_item("x"), GalleryItem)
    assert_type(it.get_items(), ItemList[GalleryItem])
    assert_type(it.get_items.iter(), Iterator[GalleryItem])
    assert_type(it.remove_tags(["x"]), bool)
    assert_type(it.update("x"), CustomGallery)


async def async_custom_gallery(it: AsyncCustomGallery) -> None:
    assert_type(await it.add_tags(["x"]), bool)
    assert_type(await it.delete(), bool)
    assert_type(await it.get_item("x"), AsyncGalleryItem)
    assert_type(await it.get_items(), ItemList[AsyncGalleryItem])
    assert_type(it.get_items.iter(), AsyncIterator[AsyncGalleryItem])
    assert_type(await it.remove_tags(["x"]), bool)
    assert_type(await it.update("x"), AsyncCustomGallery)


def folder(it: Folder) -> None:
    assert_type(it.add_favorites(["x"]), bool)
    assert_type(it.delete(), bool)
    assert_type(it.get_favorites(), ItemList[GalleryItem])
    assert_type(it.get_favorites.iter(), Iterator[GalleryItem])
    assert_type(it.remove_favorites(["x"]), bool)
    assert_type(it.update(), bool)


async def async_folder(it: AsyncFolder) -> None:
    assert_type(await it.add_favorites(["x"]), bool)
    assert_type(await it.delete(), bool)
    assert_type(await it.get_favorites(), ItemList[AsyncGalleryItem])
    assert_type(it.get_favorites.iter(), AsyncIterator[AsyncGalleryItem])
    assert_type(await it.remove_favorites(["x"]), bool)
    assert_type(await it.update(), bool)


def gallery_album(it: GalleryAlbum) -> None:
    assert_type(it.add_images(["x"]), bool)
    assert_type(it.comment("x"), Comment)
    assert_type(it.delete(), bool)
    assert_type(it.download(), list[Path])
    assert_type(it.downvote(), bool)
    assert_type(it.downvote_tag("x"), bool)
    assert_type(it.favorite(), str)
    assert_type(it.get_comment(1), Comment)
    assert_type(it.get_comment_count(), int)
    assert_type(it.get_comment_ids(), ItemList[int])
    assert_type(it.get_comment_ids.iter(), Iterator[int])
    assert_type(it.get_comments(), ItemList[Comment])
    assert_type(it.get_comments.iter(), Iterator[Comment])
    assert_type(it.get_image("x"), Image)
    assert_type(it.get_images(), ItemList[Image])
    assert_type(it.get_images.iter(), Iterator[Image])
    assert_type(it.get_tags(), ItemList[Tag])
    assert_type(it.get_tags.iter(), Iterator[Tag])
    assert_type(it.get_votes(), Votes)
    assert_type(it.remove_from_gallery(), Content)
    assert_type(it.remove_images(["x"]), bool)
    assert_type(it.reply(1, "x"), Comment)
    assert_type(it.report(), bool)
    assert_type(it.set_images(["x"]), bool)
    assert_type(it.set_tags(["x"]), bool)
    assert_type(it.submit_to_gallery("x"), GalleryAlbum)
    assert_type(it.unvote(), bool)
    assert_type(it.update(), bool)
    assert_type(it.upvote(), bool)
    assert_type(it.upvote_tag("x"), bool)


async def async_gallery_album(it: AsyncGalleryAlbum) -> None:
    assert_type(await it.add_images(["x"]), bool)
    assert_type(await it.comment("x"), AsyncComment)
    assert_type(await it.delete(), bool)
    assert_type(await it.download(), list[Path])
    assert_type(await it.downvote(), bool)
    assert_type(await it.downvote_tag("x"), bool)
    assert_type(await it.favorite(), str)
    assert_type(await it.get_comment(1), AsyncComment)
    assert_type(await it.get_comment_count(), int)
    assert_type(await it.get_comment_ids(), ItemList[int])
    assert_type(it.get_comment_ids.iter(), AsyncIterator[int])
    assert_type(await it.get_comments(), ItemList[AsyncComment])
    assert_type(it.get_comments.iter(), AsyncIterator[AsyncComment])
    assert_type(await it.get_image("x"), AsyncImage)
    assert_type(await it.get_images(), ItemList[AsyncImage])
    assert_type(it.get_images.iter(), AsyncIterator[AsyncImage])
    assert_type(await it.get_tags(), ItemList[AsyncTag])
    assert_type(it.get_tags.iter(), AsyncIterator[AsyncTag])
    assert_type(await it.get_votes(), Votes)
    assert_type(await it.remove_from_gallery(), AsyncContent)
    assert_type(await it.remove_images(["x"]), bool)
    assert_type(await it.reply(1, "x"), AsyncComment)
    assert_type(await it.report(), bool)
    assert_type(await it.set_images(["x"]), bool)
    assert_type(await it.set_tags(["x"]), bool)
    assert_type(await it.submit_to_gallery("x"), AsyncGalleryAlbum)
    assert_type(await it.unvote(), bool)
    assert_type(await it.update(), bool)
    assert_type(await it.upvote(), bool)
    assert_type(await it.upvote_tag("x"), bool)


def gallery_image(it: GalleryImage) -> None:
    assert_type(it.comment("x"), Comment)
    assert_type(it.delete(), bool)
    assert_type(it.download(), Path)
    assert_type(it.downvote(), bool)
    assert_type(it.downvote_tag("x"), bool)
    assert_type(it.favorite(), str)
    assert_type(it.get_comment(1), Comment)
    assert_type(it.get_comment_count(), int)
    assert_type(it.get_comment_ids(), ItemList[int])
    assert_type(it.get_comment_ids.iter(), Iterator[int])
    assert_type(it.get_comments(), ItemList[Comment])
    assert_type(it.get_comments.iter(), Iterator[Comment])
    assert_type(it.get_tags(), ItemList[Tag])
    assert_type(it.get_tags.iter(), Iterator[Tag])
    assert_type(it.get_votes(), Votes)
    assert_type(it.remove_from_gallery(), Content)
    assert_type(it.reply(1, "x"), Comment)
    assert_type(it.report(), bool)
    assert_type(it.set_tags(["x"]), bool)
    assert_type(it.submit_to_gallery("x"), GalleryImage)
    assert_type(it.unvote(), bool)
    assert_type(it.update(), bool)
    assert_type(it.upvote(), bool)
    assert_type(it.upvote_tag("x"), bool)


async def async_gallery_image(it: AsyncGalleryImage) -> None:
    assert_type(await it.comment("x"), AsyncComment)
    assert_type(await it.delete(), bool)
    assert_type(await it.download(), Path)
    assert_type(await it.downvote(), bool)
    assert_type(await it.downvote_tag("x"), bool)
    assert_type(await it.favorite(), str)
    assert_type(await it.get_comment(1), AsyncComment)
    assert_type(await it.get_comment_count(), int)
    assert_type(await it.get_comment_ids(), ItemList[int])
    assert_type(it.get_comment_ids.iter(), AsyncIterator[int])
    assert_type(await it.get_comments(), ItemList[AsyncComment])
    assert_type(it.get_comments.iter(), AsyncIterator[AsyncComment])
    assert_type(await it.get_tags(), ItemList[AsyncTag])
    assert_type(it.get_tags.iter(), AsyncIterator[AsyncTag])
    assert_type(await it.get_votes(), Votes)
    assert_type(await it.remove_from_gallery(), AsyncContent)
    assert_type(await it.reply(1, "x"), AsyncComment)
    assert_type(await it.report(), bool)
    assert_type(await it.set_tags(["x"]), bool)
    assert_type(await it.submit_to_gallery("x"), AsyncGalleryImage)
    assert_type(await it.unvote(), bool)
    assert_type(await it.update(), bool)
    assert_type(await it.upvote(), bool)
    assert_type(await it.upvote_tag("x"), bool)


def gallery_item(it: GalleryItem) -> None:
    assert_type(it.comment("x"), Comment)
    assert_type(it.downvote(), bool)
    assert_type(it.downvote_tag("x"), bool)
    assert_type(it.get_comment(1), Comment)
    assert_type(it.get_comment_count(), int)
    assert_type(it.get_comment_ids(), ItemList[int])
    assert_type(it.get_comment_ids.iter(), Iterator[int])
    assert_type(it.get_comments(), ItemList[Comment])
    assert_type(it.get_comments.iter(), Iterator[Comment])
    assert_type(it.get_tags(), ItemList[Tag])
    assert_type(it.get_tags.iter(), Iterator[Tag])
    assert_type(it.get_votes(), Votes)
    assert_type(it.remove_from_gallery(), Content)
    assert_type(it.reply(1, "x"), Comment)
    assert_type(it.report(), bool)
    assert_type(it.set_tags(["x"]), bool)
    assert_type(it.unvote(), bool)
    assert_type(it.upvote(), bool)
    assert_type(it.upvote_tag("x"), bool)


async def async_gallery_item(it: AsyncGalleryItem) -> None:
    assert_type(await it.comment("x"), AsyncComment)
    assert_type(await it.downvote(), bool)
    assert_type(await it.downvote_tag("x"), bool)
    assert_type(await it.get_comment(1), AsyncComment)
    assert_type(await it.get_comment_count(), int)
    assert_type(await it.get_comment_ids(), ItemList[int])
    assert_type(it.get_comment_ids.iter(), AsyncIterator[int])
    assert_type(await it.get_comments(), ItemList[AsyncComment])
    assert_type(it.get_comments.iter(), AsyncIterator[AsyncComment])
    assert_type(await it.get_tags(), ItemList[AsyncTag])
    assert_type(it.get_tags.iter(), AsyncIterator[AsyncTag])
    assert_type(await it.get_votes(), Votes)
    assert_type(await it.remove_from_gallery(), AsyncContent)
    assert_type(await it.reply(1, "x"), AsyncComment)
    assert_type(await it.report(), bool)
    assert_type(await it.set_tags(["x"]), bool)
    assert_type(await it.unvote(), bool)
    assert_type(await it.upvote(), bool)
    assert_type(await it.upvote_tag("x"), bool)


def image(it: Image) -> None:
    assert_type(it.delete(), bool)
    assert_type(it.download(), Path)
    assert_type(it.favorite(), str)
    assert_type(it.submit_to_gallery("x"), GalleryImage)
    assert_type(it.update(), bool)


async def async_image(it: AsyncImage) -> None:
    assert_type(await it.delete(), bool)
    assert_type(await it.download(), Path)
    assert_type(await it.favorite(), str)
    assert_type(await it.submit_to_gallery("x"), AsyncGalleryImage)
    assert_type(await it.update(), bool)


def message(it: Message) -> None:
    assert_type(it.block_sender(), bool)
    assert_type(it.delete(), bool)
    assert_type(it.get_thread(), ItemList[Message])
    assert_type(it.get_thread.iter(), Iterator[Message])
    assert_type(it.reply("x"), bool)
    assert_type(it.report_sender(), bool)


async def async_message(it: AsyncMessage) -> None:
    assert_type(await it.block_sender(), bool)
    assert_type(await it.delete(), bool)
    assert_type(await it.get_thread(), ItemList[AsyncMessage])
    assert_type(it.get_thread.iter(), AsyncIterator[AsyncMessage])
    assert_type(await it.reply("x"), bool)
    assert_type(await it.report_sender(), bool)


def notification(it: Notification) -> None:
    assert_type(it.mark_as_viewed(), bool)


async def async_notification(it: AsyncNotification) -> None:
    assert_type(await it.mark_as_viewed(), bool)


def post_v1(it: PostV1) -> None:
    assert_type(it.get_comments(), ItemList[CommentV1])
    assert_type(it.get_comments.iter(), Iterator[CommentV1])


async def async_post_v1(it: AsyncPostV1) -> None:
    assert_type(await it.get_comments(), ItemList[AsyncCommentV1])
    assert_type(it.get_comments.iter(), AsyncIterator[AsyncCommentV1])


def tag(it: Tag) -> None:
    assert_type(it.follow(), bool)
    assert_type(it.get_item("x"), GalleryItem)
    assert_type(it.get_items(), ItemList[GalleryItem])
    assert_type(it.get_items.iter(), Iterator[GalleryItem])
    assert_type(it.get_posts(), ItemList[PostV1])
    assert_type(it.get_posts.iter(), Iterator[PostV1])
    assert_type(it.unfollow(), bool)


async def async_tag(it: AsyncTag) -> None:
    assert_type(await it.follow(), bool)
    assert_type(await it.get_item("x"), AsyncGalleryItem)
    assert_type(await it.get_items(), ItemList[AsyncGalleryItem])
    assert_type(it.get_items.iter(), AsyncIterator[AsyncGalleryItem])
    assert_type(await it.get_posts(), ItemList[AsyncPostV1])
    assert_type(it.get_posts.iter(), AsyncIterator[AsyncPostV1])
    assert_type(await it.unfollow(), bool)


def topic(it: Topic) -> None:
    assert_type(it.get_item("x"), GalleryItem)
    assert_type(it.get_items(), ItemList[GalleryItem])
    assert_type(it.get_items.iter(), Iterator[GalleryItem])


async def async_topic(it: AsyncTopic) -> None:
    assert_type(await it.get_item("x"), AsyncGalleryItem)
    assert_type(await it.get_items(), ItemList[AsyncGalleryItem])
    assert_type(it.get_items.iter(), AsyncIterator[AsyncGalleryItem])


def user(it: User) -> None:
    assert_type(it.block(), bool)
    assert_type(it.change_settings(), bool)
    assert_type(it.delete(), bool)
    assert_type(it.delete_album("x"), bool)
    assert_type(it.delete_comment(1), bool)
    assert_type(it.delete_image("x"), bool)
    assert_type(it.get_album("x"), Album)
    assert_type(it.get_album_count(), int)
    assert_type(it.get_album_ids(), ItemList[str])
    assert_type(it.get_album_ids.iter(), Iterator[str])
    assert_type(it.get_albums(), ItemList[Album])
    assert_type(it.get_albums.iter(), Iterator[Album])
    assert_type(it.get_available_avatars(), dict[str, Any])
    assert_type(it.get_avatar(), Avatar)
    assert_type(it.get_block_status(), bool)
    assert_type(it.get_comment(1), Comment)
    assert_type(it.get_comment_count(), int)
    assert_type(it.get_comment_ids(), ItemList[int])
    assert_type(it.get_comment_ids.iter(), Iterator[int])
    assert_type(it.get_comments(), ItemList[Comment])
    assert_type(it.get_comments.iter(), Iterator[Comment])
    assert_type(it.get_favorites(), ItemList[GalleryItem])
    assert_type(it.get_favorites.iter(), Iterator[GalleryItem])
    assert_type(it.get_folder(1), Folder)
    assert_type(it.get_folder_favorites(1), ItemList[GalleryItem])
    assert_type(it.get_folder_favorites.iter(1), Iterator[GalleryItem])
    assert_type(it.get_folders(), ItemList[Folder])
    assert_type(it.get_folders.iter(), Iterator[Folder])
    assert_type(it.get_gallery_favorites(), ItemList[GalleryItem])
    assert_type(it.get_gallery_favorites.iter(), Iterator[GalleryItem])
    assert_type(it.get_gallery_profile(), GalleryProfile)
    assert_type(it.get_image("x"), Image)
    assert_type(it.get_image_count(), int)
    assert_type(it.get_image_ids(), ItemList[str])
    assert_type(it.get_image_ids.iter(), Iterator[str])
    assert_type(it.get_images(), ItemList[Image])
    assert_type(it.get_images.iter(), Iterator[Image])
    assert_type(it.get_likes(), ItemList[GalleryItem])
    assert_type(it.get_likes.iter(), Iterator[GalleryItem])
    assert_type(it.get_messages(), ItemList[Notification])
    assert_type(it.get_messages.iter(), Iterator[Notification])
    assert_type(it.get_notifications(), dict[str, list[Notification]])
    assert_type(it.get_profile(), AccountV1)
    assert_type(it.get_replies(), ItemList[Notification])
    assert_type(it.get_replies.iter(), Iterator[Notification])
    assert_type(it.get_settings(), AccountSettings)
    assert_type(it.get_statistics(), AccountStatistics)
    assert_type(it.get_submissions(), ItemList[GalleryItem])
    assert_type(it.get_submissions.iter(), Iterator[GalleryItem])
    assert_type(it.has_verified_email(), bool)
    assert_type(it.leave_message("x"), bool)
    assert_type(it.send_message("x"), bool)
    assert_type(it.send_verification_email(), bool)
    assert_type(it.start_conversation("x"), bool)
    assert_type(it.unblock(), bool)


async def async_user(it: AsyncUser) -> None:
    assert_type(await it.block(), bool)
    assert_type(await it.change_settings(), bool)
    assert_type(await it.delete(), bool)
    assert_type(await it.delete_album("x"), bool)
    assert_type(await it.delete_comment(1), bool)
    assert_type(await it.delete_image("x"), bool)
    assert_type(await it.get_album("x"), AsyncAlbum)
    assert_type(await it.get_album_count(), int)
    assert_type(await it.get_album_ids(), ItemList[str])
    assert_type(it.get_album_ids.iter(), AsyncIterator[str])
    assert_type(await it.get_albums(), ItemList[AsyncAlbum])
    assert_type(it.get_albums.iter(), AsyncIterator[AsyncAlbum])
    assert_type(await it.get_available_avatars(), dict[str, Any])
    assert_type(await it.get_avatar(), Avatar)
    assert_type(await it.get_block_status(), bool)
    assert_type(await it.get_comment(1), AsyncComment)
    assert_type(await it.get_comment_count(), int)
    assert_type(await it.get_comment_ids(), ItemList[int])
    assert_type(it.get_comment_ids.iter(), AsyncIterator[int])
    assert_type(await it.get_comments(), ItemList[AsyncComment])
    assert_type(it.get_comments.iter(), AsyncIterator[AsyncComment])
    assert_type(await it.get_favorites(), ItemList[AsyncGalleryItem])
    assert_type(it.get_favorites.iter(), AsyncIterator[AsyncGalleryItem])
    assert_type(await it.get_folder(1), AsyncFolder)
    assert_type(await it.get_folder_favorites(1), ItemList[AsyncGalleryItem])
    assert_type(it.get_folder_favorites.iter(1), AsyncIterator[AsyncGalleryItem])
    assert_type(await it.get_folders(), ItemList[AsyncFolder])
    assert_type(it.get_folders.iter(), AsyncIterator[AsyncFolder])
    assert_type(await it.get_gallery_favorites(), ItemList[AsyncGalleryItem])
    assert_type(it.get_gallery_favorites.iter(), AsyncIterator[AsyncGalleryItem])
    assert_type(await it.get_gallery_profile(), GalleryProfile)
    assert_type(await it.get_image("x"), AsyncImage)
    assert_type(await it.get_image_count(), int)
    assert_type(await it.get_image_ids(), ItemList[str])
    assert_type(it.get_image_ids.iter(), AsyncIterator[str])
    assert_type(await it.get_images(), ItemList[AsyncImage])
    assert_type(it.get_images.iter(), AsyncIterator[AsyncImage])
    assert_type(await it.get_likes(), ItemList[AsyncGalleryItem])
    assert_type(it.get_likes.iter(), AsyncIterator[AsyncGalleryItem])
    assert_type(await it.get_messages(), ItemList[AsyncNotification])
    assert_type(it.get_messages.iter(), AsyncIterator[AsyncNotification])
    assert_type(await it.get_notifications(), dict[str, list[AsyncNotification]])
    assert_type(await it.get_profile(), AsyncAccountV1)
    assert_type(await it.get_replies(), ItemList[AsyncNotification])
    assert_type(it.get_replies.iter(), AsyncIterator[AsyncNotification])
    assert_type(await it.get_settings(), AccountSettings)
    assert_type(await it.get_statistics(), AccountStatistics)
    assert_type(await it.get_submissions(), ItemList[AsyncGalleryItem])
    assert_type(it.get_submissions.iter(), AsyncIterator[AsyncGalleryItem])
    assert_type(await it.has_verified_email(), bool)
    assert_type(await it.leave_message("x"), bool)
    assert_type(await it.send_message("x"), bool)
    assert_type(await it.send_verification_email(), bool)
    assert_type(await it.start_conversation("x"), bool)
    assert_type(await it.unblock(), bool)
