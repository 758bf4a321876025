"""Public names as type checkers see them, sync and async. Read by them, never run. Calls of the API are in calls.py."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any, Literal, assert_type

from pyimgur import (
    IMGUR,
    AccountV1,
    Album,
    AnswerError,
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
    AsyncMediaV1,
    AsyncMessage,
    AsyncNotification,
    AsyncPostV1,
    AsyncTag,
    AsyncTopic,
    AsyncUser,
    Budget,
    Comment,
    CommentV1,
    Content,
    Conversation,
    CustomGallery,
    DefaultTags,
    Download,
    Folder,
    GalleryAlbum,
    GalleryImage,
    GalleryItem,
    Image,
    Imgur,
    ImgurError,
    ImgurURL,
    ItemList,
    Ledger,
    LedgerEntry,
    LedgerError,
    Login,
    Logins,
    MediaV1,
    Message,
    MetadataV1,
    Notification,
    NotInAlbumError,
    PersonV1,
    Picture,
    PostV1,
    Reply,
    Site,
    StoredToken,
    Tag,
    TagV1,
    Token,
    Tokens,
    Topic,
    Trophy,
    Upload,
    UploadUncertain,
    User,
    __version__,
    login,
    login_async,
    parse_redirect,
    parse_url,
)
from pyimgur.exceptions import UploadedImage


def found(picture: Picture, saved: Download) -> None:
    assert_type((picture.image, picture.album), tuple[Image, Album | None])
    assert_type((picture.id, picture.index, picture.number, picture.source), tuple[str, int | None, int, str])
    assert_type((saved.link, saved.path), tuple[str, Path | None])
    assert_type((saved.picture, saved.error), tuple[Picture | None, ImgurError | None])
    assert_type(saved.outcome, Literal["saved", "there", "planned", "failed"])


def made(image: Image) -> None:
    with Imgur("x", "y", access_token=None, refresh_token=None, base_url=IMGUR, allow_insecure=False) as im:
        assert_type(im, Imgur)
    assert_type(im.close(), None)
    assert_type(login("x", "y"), Imgur)
    assert_type(Imgur.from_store("x", "y"), Imgur)
    assert_type(im.bind(image), Image)
    access, refresh = im.exchange_pin("x")
    assert_type(access, str)
    assert_type(refresh, str)


async def async_made(image: AsyncImage) -> None:
    async with AsyncImgur("x", "y", access_token=None, refresh_token=None, base_url="http://127.0.0.1:4648") as im:
        assert_type(im, AsyncImgur)
    assert_type(await im.close(), None)
    assert_type(await login_async("x", "y"), AsyncImgur)
    assert_type(AsyncImgur.from_store("x", "y"), AsyncImgur)
    assert_type(im.bind(image), AsyncImage)
    access, refresh = await im.exchange_pin("x")
    assert_type(access, str)
    assert_type(refresh, str)
    assert_type([image async for image in im.user("x").get_images.iter(limit=1)], list[AsyncImage])


def values(token: Token, tokens: Tokens, site: Site, budget: Budget) -> None:
    assert_type(parse_redirect("x", state="y"), Token | str)
    assert_type((token.access_token, token.refresh_token, token.expires_in), tuple[str, str | None, int | None])
    assert_type((tokens.access_token, tokens.refresh_token), tuple[str, str])
    assert_type((Site.at("x"), IMGUR), tuple[Site, Site])
    assert_type((site.api, site.web, site.images), tuple[str, str, str])
    assert_type((budget.user_remaining, budget.client_remaining), tuple[int | None, int | None])
    assert_type(__version__, str)


def kept(logins: Logins, login: Login, token: StoredToken) -> None:
    assert_type((logins.all(), logins.find("x", account="y")), tuple[list[Login], Login | None])
    assert_type(logins.keep(login, token), Login)
    assert_type((logins.client(login), logins.async_client(login)), tuple[Imgur, AsyncImgur])
    assert_type((login.where, login.client_secret), tuple[Site, str | None])


def cut(images: ItemList[Image]) -> None:
    assert_type(images.has_more, bool | None)
    assert_type(images[0], Image)
    assert_type((images[1:], images.copy()), tuple[ItemList[Image], ItemList[Image]])
    assert_type(images + images, list[Image])
    assert_type(ItemList([1], has_more=True), ItemList[int])
    plain: list[Image] = images
    assert_type(sorted(plain, key=lambda image: image.id), list[Image])


def uploaded_but_not_added(error: NotInAlbumError) -> None:
    assert_type(error.image, UploadedImage | None)


def linked(im: Imgur, found: ImgurURL) -> None:
    assert_type(parse_url("x"), ImgurURL | None)
    assert_type(parse_url("x", im.site), ImgurURL | None)
    assert_type((found.id, found.name, found.number, found.ids), tuple[str, str, int, tuple[str, ...]])
    assert_type((found.size, found.ext, found.deletehash, found.link(IMGUR)), tuple[str, str, str, str])


def written_down(ledger: Ledger, entry: LedgerEntry, error: LedgerError) -> None:
    assert_type(Imgur("x", ledger=ledger).upload_image("a.png", if_known="reuse").reused, bool)
    assert_type(AsyncImgur("x", ledger=Ledger("uploads.db")).client_id, str)
    assert_type(ledger.entries("beach", since=0, states=["deleted"], limit=3), list[LedgerEntry])
    files = (Upload("a.png", title="A"), "b.png")
    assert_type(Imgur("x").upload_images(files, if_known="ignore"), list[Image | ImgurError])
    assert_type(ledger.last_run(), list[LedgerEntry])
    assert_type((entry.path, entry.link, entry.size), tuple[str, str | None, int | None])
    assert_type(ledger.write(entry), LedgerEntry)
    assert_type(ledger.forget(entry), None)
    assert_type(error.image, UploadedImage | None)


def errors(error: ImgurError, answer: AnswerError, lost: UploadUncertain) -> None:
    assert_type((error.message, error.request), tuple[str, str])
    assert_type((answer.status, answer.text), tuple[int, str])
    assert_type((answer.code, answer.retry_at), tuple[int | None, float | None])
    assert_type(lost.sent, bool)


def client(im: Imgur) -> None:
    assert_type(im.DEFAULT_LIMIT, int)
    assert_type(im.client_id, str)
    assert_type(im.client_secret, str | None)
    assert_type(im.access_token, str | None)
    assert_type(im.refresh_token, str | None)
    assert_type(im.is_authenticated, bool)
    assert_type(im.site, Site)
    assert_type(im.base_url, str)
    assert_type(im.budget, Budget)
    assert_type(im.ratelimit_clientlimit, int | None)
    assert_type(im.ratelimit_clientremaining, int | None)
    assert_type(im.ratelimit_userlimit, int | None)
    assert_type(im.ratelimit_userremaining, int | None)
    assert_type(im.ratelimit_userreset, int | None)
    assert_type(im.authorization_url("x"), str)
    assert_type(im.change_authentication(), None)
    assert_type(im.upload_images(["a.png"]), list[Image | ImgurError])
    assert_type(im.download("x", Path(), limit=1, size="s", mp4=True, with_secrets=True), ItemList[Download])
    assert_type(im.download.iter("x", name="{id}", dry_run=True), Iterator[Download])
    assert_type(im.send_raw("POST", "x", {"y": 1}, query={"z": 2}, file=("image", b"x"), as_json=True), Reply)
    assert_type(im.send_raw("GET", "x").body, bytes)
    assert_type(im.is_imgur_url("x"), bool)
    assert_type(
        im.get_at_url("x"),
        Image | Album | GalleryItem | Comment | User | Tag | list[GalleryItem] | list[Comment] | list[Image] | None,
    )
    assert_type(im.image("x"), Image)
    assert_type(im.album("x"), Album)
    assert_type(im.gallery_image("x"), GalleryImage)
    assert_type(im.gallery_album("x"), GalleryAlbum)
    assert_type(im.tag("x"), Tag)
    assert_type(im.topic("x"), Topic)
    assert_type(im.custom_gallery(), CustomGallery)
    assert_type(im.user("x"), User)
    assert_type(im.create_folder("x", private=True), Folder)
    assert_type(im.comment(1), Comment)
    assert_type(im.get_comment("x"), Comment)
    assert_type(im.conversation(1), Conversation)
    assert_type(im.get_message("x"), Message)
    assert_type(im.get_notification("x"), Notification)


async def async_client(im: AsyncImgur) -> None:
    assert_type(im.authorization_url("x"), str)
    assert_type(im.change_authentication(), None)
    assert_type(await im.upload_images(["a.png"]), list[AsyncImage | ImgurError])
    assert_type(await im.download("x", Path(), limit=1, size="s", mp4=True), ItemList[AsyncDownload])
    assert_type(im.download.iter("x", name="{id}", dry_run=True), AsyncIterator[AsyncDownload])
    assert_type(im.is_imgur_url("x"), bool)
    assert_type(
        await im.get_at_url("x"),
        AsyncImage
        | AsyncAlbum
        | AsyncGalleryItem
        | AsyncComment
        | AsyncUser
        | AsyncTag
        | list[AsyncGalleryItem]
        | list[AsyncComment]
        | list[AsyncImage]
        | None,
    )
    assert_type(im.image("x"), AsyncImage)
    assert_type(im.album("x"), AsyncAlbum)
    assert_type(asyncio.create_task(im.get_image("x")), asyncio.Task[AsyncImage])
    assert_type(asyncio.create_task(im.get_gallery()), asyncio.Task[ItemList[AsyncGalleryItem]])
    assert_type(im.gallery_image("x"), AsyncGalleryImage)
    assert_type(im.gallery_album("x"), AsyncGalleryAlbum)
    assert_type(im.tag("x"), AsyncTag)
    assert_type(im.topic("x"), AsyncTopic)
    assert_type(im.custom_gallery(), AsyncCustomGallery)
    assert_type(im.user("x"), AsyncUser)
    assert_type(await im.create_folder("x", private=True), AsyncFolder)
    assert_type(im.comment(1), AsyncComment)
    assert_type(await im.get_comment("x"), AsyncComment)
    assert_type(im.conversation(1), AsyncConversation)
    assert_type(await im.get_message("x"), AsyncMessage)
    assert_type(await im.get_notification("x"), AsyncNotification)


def account_v1(it: AccountV1) -> None:
    assert_type(it.id, int)
    assert_type(it.username, str)
    assert_type(it.bio, str)
    assert_type(it.avatar_url, str)
    assert_type(it.cover_url, str)
    assert_type(it.reputation_count, int)
    assert_type(it.reputation_name, str | None)
    assert_type(it.created_at, str)
    assert_type(it.trophies, list[Trophy])
    assert_type(it.medallions, list[Trophy])
    assert_type(it.load(), AccountV1)
    assert_type(it.refresh(), AccountV1)
    assert_type(it.raw, dict[str, Any])


async def async_account_v1(it: AsyncAccountV1) -> None:
    assert_type(await it.load(), AsyncAccountV1)
    assert_type(await it.refresh(), AsyncAccountV1)
    assert_type(it.raw, dict[str, Any])


def album(it: Album) -> None:
    assert_type(it.cover, Image | None)
    assert_type(it.cover_width, int | None)
    assert_type(it.cover_height, int | None)
    assert_type(it.cover_edited, int | None)
    assert_type(it.privacy, str | None)
    assert_type(it.layout, str | None)
    assert_type(it.order, int)
    assert_type(it.images_count, int)
    assert_type(it.images, list[Image])
    assert_type(it.is_album, bool)
    assert_type(it.include_album_ads, bool)
    assert_type(it.ad_config, dict[str, Any])
    assert_type(it.id, str)
    assert_type(it.title, str | None)
    assert_type(it.description, str | None)
    assert_type(it.datetime, int)
    assert_type(it.link, str)
    assert_type(it.views, int)
    assert_type(it.author, User | None)
    assert_type(it.account_url, str | None)
    assert_type(it.account_id, int | None)
    assert_type(it.is_favorited, bool)
    assert_type(it.is_nsfw, bool | None)
    assert_type(it.section, str | None)
    assert_type(it.in_gallery, bool)
    assert_type(it.is_ad, bool)
    assert_type(it.deletehash, str | None)
    assert_type(it.load(), Album)
    assert_type(it.refresh(), Album)
    assert_type(it.raw, dict[str, Any])


async def async_album(it: AsyncAlbum) -> None:
    assert_type(it.cover, AsyncImage | None)
    assert_type(it.images, list[AsyncImage])
    assert_type(it.author, AsyncUser | None)
    assert_type(await it.load(), AsyncAlbum)
    assert_type(await it.refresh(), AsyncAlbum)
    assert_type(it.raw, dict[str, Any])


def comment(it: Comment) -> None:
    assert_type(it.id, int)
    assert_type(it.text, str)
    assert_type(it.author, User)
    assert_type(it.author_id, int)
    assert_type(it.image_id, str)
    assert_type(it.image, Image)
    assert_type(it.post, GalleryItem)
    assert_type(it.on_album, bool)
    assert_type(it.album_cover, str | None)
    assert_type(it.ups, int)
    assert_type(it.downs, int)
    assert_type(it.points, int)
    assert_type(it.datetime, int)
    assert_type(it.parent_id, int)
    assert_type(it.is_deleted, bool)
    assert_type(it.vote, str | None)
    assert_type(it.platform, str)
    assert_type(it.has_admin_badge, bool)
    assert_type(it.replies, list[Comment])
    assert_type(it.permalink, str)
    assert_type(it.parent, Comment | None)
    assert_type(it.load(), Comment)
    assert_type(it.refresh(), Comment)
    assert_type(it.raw, dict[str, Any])


async def async_comment(it: AsyncComment) -> None:
    assert_type(it.author, AsyncUser)
    assert_type(it.image, AsyncImage)
    assert_type(it.post, AsyncGalleryItem)
    assert_type(it.replies, list[AsyncComment])
    assert_type(it.parent, AsyncComment | None)
    assert_type(await it.load(), AsyncComment)
    assert_type(await it.refresh(), AsyncComment)
    assert_type(it.raw, dict[str, Any])


def comment_v1(it: CommentV1) -> None:
    assert_type(it.id, int)
    assert_type(it.comment, str)
    assert_type(it.upvote_count, int)
    assert_type(it.downvote_count, int)
    assert_type(it.platform, str)
    assert_type(it.created_at, str)
    assert_type(it.updated_at, str | None)
    assert_type(it.deleted_at, str | None)
    assert_type(it.account_id, int)
    assert_type(it.account, PersonV1)
    assert_type(it.post, PostV1 | None)
    assert_type(it.comments, list[CommentV1])
    assert_type(it.load(), CommentV1)
    assert_type(it.refresh(), CommentV1)
    assert_type(it.raw, dict[str, Any])


async def async_comment_v1(it: AsyncCommentV1) -> None:
    assert_type(it.post, AsyncPostV1 | None)
    assert_type(it.comments, list[AsyncCommentV1])
    assert_type(await it.load(), AsyncCommentV1)
    assert_type(await it.refresh(), AsyncCommentV1)
    assert_type(it.raw, dict[str, Any])


def content(it: Content) -> None:
    assert_type(it.id, str)
    assert_type(it.title, str | None)
    assert_type(it.description, str | None)
    assert_type(it.datetime, int)
    assert_type(it.link, str)
    assert_type(it.views, int)
    assert_type(it.author, User | None)
    assert_type(it.account_url, str | None)
    assert_type(it.account_id, int | None)
    assert_type(it.is_favorited, bool)
    assert_type(it.is_nsfw, bool | None)
    assert_type(it.section, str | None)
    assert_type(it.in_gallery, bool)
    assert_type(it.is_ad, bool)
    assert_type(it.deletehash, str | None)
    assert_type(it.load(), Content)
    assert_type(it.refresh(), Content)
    assert_type(it.raw, dict[str, Any])


async def async_content(it: AsyncContent) -> None:
    assert_type(it.author, AsyncUser | None)
    assert_type(await it.load(), AsyncContent)
    assert_type(await it.refresh(), AsyncContent)
    assert_type(it.raw, dict[str, Any])


def conversation(it: Conversation) -> None:
    assert_type(it.id, int)
    assert_type(it.with_account, str)
    assert_type(it.with_account_id, int)
    assert_type(it.user, User)
    assert_type(it.last_message_preview, str)
    assert_type(it.message_count, int)
    assert_type(it.datetime, int)
    assert_type(it.messages, list[Message])
    assert_type(it.done, bool)
    assert_type(it.page, int)
    assert_type(it.load(), Conversation)
    assert_type(it.refresh(), Conversation)
    assert_type(it.raw, dict[str, Any])


async def async_conversation(it: AsyncConversation) -> None:
    assert_type(it.user, AsyncUser)
    assert_type(it.messages, list[AsyncMessage])
    assert_type(await it.load(), AsyncConversation)
    assert_type(await it.refresh(), AsyncConversation)
    assert_type(it.raw, dict[str, Any])


def custom_gallery(it: CustomGallery) -> None:
    assert_type(it.id, str)
    assert_type(it.name, str)
    assert_type(it.datetime, int | None)
    assert_type(it.account_url, str)
    assert_type(it.link, str)
    assert_type(it.tags, list[str])
    assert_type(it.item_count, int)
    assert_type(it.items, list[GalleryItem])
    assert_type(it.load(), CustomGallery)
    assert_type(it.refresh(), CustomGallery)
    assert_type(it.raw, dict[str, Any])


async def async_custom_gallery(it: AsyncCustomGallery) -> None:
    assert_type(it.items, list[AsyncGalleryItem])
    assert_type(await it.load(), AsyncCustomGallery)
    assert_type(await it.refresh(), AsyncCustomGallery)
    assert_type(it.raw, dict[str, Any])


def folder(it: Folder) -> None:
    assert_type(it.id, int)
    assert_type(it.name, str)
    assert_type(it.is_private, bool)
    assert_type(it.account_url, str)
    assert_type(it.update("x", private=False), bool)
    assert_type(it.load(), Folder)
    assert_type(it.refresh(), Folder)
    assert_type(it.raw, dict[str, Any])


async def async_folder(it: AsyncFolder) -> None:
    assert_type(await it.update("x", private=False), bool)
    assert_type(await it.load(), AsyncFolder)
    assert_type(await it.refresh(), AsyncFolder)
    assert_type(it.raw, dict[str, Any])


def default_tags(it: DefaultTags) -> None:
    assert_type(it.featured, str)
    assert_type(it.tags, list[Tag])
    assert_type(it.galleries, list[dict[str, Any]])
    assert_type(it.load(), DefaultTags)
    assert_type(it.refresh(), DefaultTags)
    assert_type(it.raw, dict[str, Any])


async def async_default_tags(it: AsyncDefaultTags) -> None:
    assert_type(it.tags, list[AsyncTag])
    assert_type(await it.load(), AsyncDefaultTags)
    assert_type(await it.refresh(), AsyncDefaultTags)
    assert_type(it.raw, dict[str, Any])


def gallery_album(it: GalleryAlbum) -> None:
    assert_type(it.cover, Image | None)
    assert_type(it.cover_width, int | None)
    assert_type(it.cover_height, int | None)
    assert_type(it.cover_edited, int | None)
    assert_type(it.privacy, str | None)
    assert_type(it.layout, str | None)
    assert_type(it.order, int)
    assert_type(it.images_count, int)
    assert_type(it.images, list[Image])
    assert_type(it.is_album, bool)
    assert_type(it.include_album_ads, bool)
    assert_type(it.ad_config, dict[str, Any])
    assert_type(it.id, str)
    assert_type(it.title, str | None)
    assert_type(it.description, str | None)
    assert_type(it.datetime, int)
    assert_type(it.link, str)
    assert_type(it.views, int)
    assert_type(it.author, User | None)
    assert_type(it.account_url, str | None)
    assert_type(it.account_id, int | None)
    assert_type(it.is_favorited, bool)
    assert_type(it.is_nsfw, bool | None)
    assert_type(it.section, str | None)
    assert_type(it.in_gallery, bool)
    assert_type(it.is_ad, bool)
    assert_type(it.deletehash, str | None)
    assert_type(it.ups, int | None)
    assert_type(it.downs, int | None)
    assert_type(it.points, int | None)
    assert_type(it.score, int | None)
    assert_type(it.vote, str | None)
    assert_type(it.comment_count, int | None)
    assert_type(it.favorite_count, int | None)
    assert_type(it.topic, str | None)
    assert_type(it.topic_id, int | None)
    assert_type(it.tags, list[Tag])
    assert_type(it.in_most_viral, bool)
    assert_type(it.load(), GalleryAlbum)
    assert_type(it.refresh(), GalleryAlbum)
    assert_type(it.raw, dict[str, Any])


async def async_gallery_album(it: AsyncGalleryAlbum) -> None:
    assert_type(it.cover, AsyncImage | None)
    assert_type(it.images, list[AsyncImage])
    assert_type(it.author, AsyncUser | None)
    assert_type(it.tags, list[AsyncTag])
    assert_type(await it.load(), AsyncGalleryAlbum)
    assert_type(await it.refresh(), AsyncGalleryAlbum)
    assert_type(it.raw, dict[str, Any])


def gallery_image(it: GalleryImage) -> None:
    assert_type(it.type, str)
    assert_type(it.animated, bool)
    assert_type(it.is_animated, bool)
    assert_type(it.width, int)
    assert_type(it.height, int)
    assert_type(it.size, int)
    assert_type(it.bandwidth, int)
    assert_type(it.vote, str | None)
    assert_type(it.in_most_viral, bool)
    assert_type(it.has_sound, bool)
    assert_type(it.tags, list[Tag])
    assert_type(it.name, str | None)
    assert_type(it.gifv, str | None)
    assert_type(it.mp4, str | None)
    assert_type(it.mp4_size, int | None)
    assert_type(it.looping, bool)
    assert_type(it.converted, bool)
    assert_type(it.hls, str | None)
    assert_type(it.webm, str | None)
    assert_type(it.processing, dict[str, str])
    assert_type(it.edited, int)
    assert_type(it.ad_type, int | None)
    assert_type(it.ad_url, str | None)
    assert_type(it.ad_config, dict[str, Any])
    assert_type(it.thumbnail("s"), str)
    assert_type(it.link_small_square, str)
    assert_type(it.link_big_square, str)
    assert_type(it.link_small_thumbnail, str)
    assert_type(it.link_medium_thumbnail, str)
    assert_type(it.link_large_thumbnail, str)
    assert_type(it.link_huge_thumbnail, str)
    assert_type(it.id, str)
    assert_type(it.title, str | None)
    assert_type(it.description, str | None)
    assert_type(it.datetime, int)
    assert_type(it.link, str)
    assert_type(it.views, int)
    assert_type(it.author, User | None)
    assert_type(it.account_url, str | None)
    assert_type(it.account_id, int | None)
    assert_type(it.is_favorited, bool)
    assert_type(it.is_nsfw, bool | None)
    assert_type(it.section, str | None)
    assert_type(it.in_gallery, bool)
    assert_type(it.is_ad, bool)
    assert_type(it.deletehash, str | None)
    assert_type(it.ups, int | None)
    assert_type(it.downs, int | None)
    assert_type(it.points, int | None)
    assert_type(it.score, int | None)
    assert_type(it.is_album, bool)
    assert_type(it.comment_count, int | None)
    assert_type(it.favorite_count, int | None)
    assert_type(it.topic, str | None)
    assert_type(it.topic_id, int | None)
    assert_type(it.load(), GalleryImage)
    assert_type(it.refresh(), GalleryImage)
    assert_type(it.raw, dict[str, Any])


async def async_gallery_image(it: AsyncGalleryImage) -> None:
    assert_type(it.tags, list[AsyncTag])
    assert_type(it.thumbnail("s"), str)
    assert_type(it.author, AsyncUser | None)
    assert_type(await it.load(), AsyncGalleryImage)
    assert_type(await it.refresh(), AsyncGalleryImage)
    assert_type(it.raw, dict[str, Any])


def gallery_item(it: GalleryItem) -> None:
    assert_type(it.ups, int | None)
    assert_type(it.downs, int | None)
    assert_type(it.points, int | None)
    assert_type(it.score, int | None)
    assert_type(it.is_album, bool)
    assert_type(it.vote, str | None)
    assert_type(it.comment_count, int | None)
    assert_type(it.favorite_count, int | None)
    assert_type(it.topic, str | None)
    assert_type(it.topic_id, int | None)
    assert_type(it.tags, list[Tag])
    assert_type(it.in_most_viral, bool)
    assert_type(it.id, str)
    assert_type(it.title, str | None)
    assert_type(it.description, str | None)
    assert_type(it.datetime, int)
    assert_type(it.link, str)
    assert_type(it.views, int)
    assert_type(it.author, User | None)
    assert_type(it.account_url, str | None)
    assert_type(it.account_id, int | None)
    assert_type(it.is_favorited, bool)
    assert_type(it.is_nsfw, bool | None)
    assert_type(it.section, str | None)
    assert_type(it.in_gallery, bool)
    assert_type(it.is_ad, bool)
    assert_type(it.deletehash, str | None)
    assert_type(it.load(), GalleryItem)
    assert_type(it.refresh(), GalleryItem)
    assert_type(it.raw, dict[str, Any])


async def async_gallery_item(it: AsyncGalleryItem) -> None:
    assert_type(it.tags, list[AsyncTag])
    assert_type(it.author, AsyncUser | None)
    assert_type(await it.load(), AsyncGalleryItem)
    assert_type(await it.refresh(), AsyncGalleryItem)
    assert_type(it.raw, dict[str, Any])


def image(it: Image) -> None:
    assert_type(it.type, str)
    assert_type(it.animated, bool)
    assert_type(it.is_animated, bool)
    assert_type(it.width, int)
    assert_type(it.height, int)
    assert_type(it.size, int)
    assert_type(it.bandwidth, int)
    assert_type(it.vote, str | None)
    assert_type(it.in_most_viral, bool)
    assert_type(it.has_sound, bool)
    assert_type(it.tags, list[Tag])
    assert_type(it.name, str | None)
    assert_type(it.gifv, str | None)
    assert_type(it.mp4, str | None)
    assert_type(it.mp4_size, int | None)
    assert_type(it.looping, bool)
    assert_type(it.converted, bool)
    assert_type(it.hls, str | None)
    assert_type(it.webm, str | None)
    assert_type(it.processing, dict[str, str])
    assert_type(it.edited, int)
    assert_type(it.ad_type, int | None)
    assert_type(it.ad_url, str | None)
    assert_type(it.ad_config, dict[str, Any])
    assert_type(it.thumbnail("s"), str)
    assert_type(it.link_small_square, str)
    assert_type(it.link_big_square, str)
    assert_type(it.link_small_thumbnail, str)
    assert_type(it.link_medium_thumbnail, str)
    assert_type(it.link_large_thumbnail, str)
    assert_type(it.link_huge_thumbnail, str)
    assert_type(it.id, str)
    assert_type(it.title, str | None)
    assert_type(it.description, str | None)
    assert_type(it.datetime, int)
    assert_type(it.link, str)
    assert_type(it.views, int)
    assert_type(it.author, User | None)
    assert_type(it.account_url, str | None)
    assert_type(it.account_id, int | None)
    assert_type(it.is_favorited, bool)
    assert_type(it.is_nsfw, bool | None)
    assert_type(it.section, str | None)
    assert_type(it.in_gallery, bool)
    assert_type(it.is_ad, bool)
    assert_type(it.deletehash, str | None)
    assert_type(it.load(), Image)
    assert_type(it.refresh(), Image)
    assert_type(it.raw, dict[str, Any])


async def async_image(it: AsyncImage) -> None:
    assert_type(it.tags, list[AsyncTag])
    assert_type(it.thumbnail("s"), str)
    assert_type(it.author, AsyncUser | None)
    assert_type(await it.load(), AsyncImage)
    assert_type(await it.refresh(), AsyncImage)
    assert_type(it.raw, dict[str, Any])


def media_v1(it: MediaV1) -> None:
    assert_type(it.id, str)
    assert_type(it.account_id, int)
    assert_type(it.mime_type, str)
    assert_type(it.type, str)
    assert_type(it.name, str)
    assert_type(it.basename, str)
    assert_type(it.url, str)
    assert_type(it.ext, str)
    assert_type(it.width, int)
    assert_type(it.height, int)
    assert_type(it.size, int)
    assert_type(it.metadata, MetadataV1)
    assert_type(it.created_at, str)
    assert_type(it.updated_at, str | None)
    assert_type(it.load(), MediaV1)
    assert_type(it.refresh(), MediaV1)
    assert_type(it.raw, dict[str, Any])


async def async_media_v1(it: AsyncMediaV1) -> None:
    assert_type(await it.load(), AsyncMediaV1)
    assert_type(await it.refresh(), AsyncMediaV1)
    assert_type(it.raw, dict[str, Any])


def message(it: Message) -> None:
    assert_type(it.id, int)
    assert_type(it.author, User)
    assert_type(it.account_id, int)
    assert_type(it.sender_id, int)
    assert_type(it.recipient_account_id, int)
    assert_type(it.subject, str | None)
    assert_type(it.body, str)
    assert_type(it.conversation_id, int)
    assert_type(it.parent_id, int)
    assert_type(it.datetime, int)
    assert_type(it.timestamp, str | None)
    assert_type(it.first_message, Message | None)
    assert_type(it.load(), Message)
    assert_type(it.refresh(), Message)
    assert_type(it.raw, dict[str, Any])


async def async_message(it: AsyncMessage) -> None:
    assert_type(it.author, AsyncUser)
    assert_type(it.first_message, AsyncMessage | None)
    assert_type(await it.load(), AsyncMessage)
    assert_type(await it.refresh(), AsyncMessage)
    assert_type(it.raw, dict[str, Any])


def notification(it: Notification) -> None:
    assert_type(it.id, int)
    assert_type(it.account_id, int)
    assert_type(it.is_viewed, bool)
    assert_type(it.content, dict[str, Any])
    assert_type(it.comment, Comment | None)
    assert_type(it.load(), Notification)
    assert_type(it.refresh(), Notification)
    assert_type(it.raw, dict[str, Any])


async def async_notification(it: AsyncNotification) -> None:
    assert_type(it.comment, AsyncComment | None)
    assert_type(await it.load(), AsyncNotification)
    assert_type(await it.refresh(), AsyncNotification)
    assert_type(it.raw, dict[str, Any])


def post_v1(it: PostV1) -> None:
    assert_type(it.id, str)
    assert_type(it.account_id, int)
    assert_type(it.title, str)
    assert_type(it.seo_title, str)
    assert_type(it.description, str)
    assert_type(it.view_count, int)
    assert_type(it.upvote_count, int)
    assert_type(it.downvote_count, int)
    assert_type(it.point_count, int)
    assert_type(it.image_count, int)
    assert_type(it.comment_count, int)
    assert_type(it.favorite_count, int)
    assert_type(it.virality, float)
    assert_type(it.score, float)
    assert_type(it.in_most_viral, bool)
    assert_type(it.is_album, bool)
    assert_type(it.is_mature, bool)
    assert_type(it.cover_id, str)
    assert_type(it.created_at, str)
    assert_type(it.updated_at, str | None)
    assert_type(it.url, str)
    assert_type(it.privacy, str)
    assert_type(it.vote, str | None)
    assert_type(it.favorite, bool)
    assert_type(it.is_ad, bool)
    assert_type(it.ad_type, int)
    assert_type(it.ad_url, str)
    assert_type(it.include_album_ads, bool)
    assert_type(it.shared_with_community, bool)
    assert_type(it.is_pending, bool)
    assert_type(it.platform, str)
    assert_type(it.media, list[MediaV1])
    assert_type(it.tags, list[TagV1])
    assert_type(it.account, PersonV1)
    assert_type(it.cover, MediaV1 | None)
    assert_type(it.load(), PostV1)
    assert_type(it.refresh(), PostV1)
    assert_type(it.raw, dict[str, Any])


async def async_post_v1(it: AsyncPostV1) -> None:
    assert_type(it.media, list[AsyncMediaV1])
    assert_type(it.cover, AsyncMediaV1 | None)
    assert_type(await it.load(), AsyncPostV1)
    assert_type(await it.refresh(), AsyncPostV1)
    assert_type(it.raw, dict[str, Any])


def tag(it: Tag) -> None:
    assert_type(it.name, str)
    assert_type(it.display_name, str)
    assert_type(it.followers, int)
    assert_type(it.total_items, int)
    assert_type(it.following, bool)
    assert_type(it.is_whitelisted, bool)
    assert_type(it.background_hash, str | None)
    assert_type(it.thumbnail_hash, str | None)
    assert_type(it.accent, str | None)
    assert_type(it.background_is_animated, bool)
    assert_type(it.thumbnail_is_animated, bool)
    assert_type(it.is_promoted, bool)
    assert_type(it.description, str | None)
    assert_type(it.logo_hash, str | None)
    assert_type(it.logo_destination_url, str | None)
    assert_type(it.description_annotations, dict[str, Any])
    assert_type(it.ups, int)
    assert_type(it.downs, int)
    assert_type(it.author, str | None)
    assert_type(it.load(), Tag)
    assert_type(it.refresh(), Tag)
    assert_type(it.raw, dict[str, Any])


async def async_tag(it: AsyncTag) -> None:
    assert_type(await it.load(), AsyncTag)
    assert_type(await it.refresh(), AsyncTag)
    assert_type(it.raw, dict[str, Any])


def topic(it: Topic) -> None:
    assert_type(it.id, str)
    assert_type(it.name, str)
    assert_type(it.description, str)
    assert_type(it.css, str | None)
    assert_type(it.ephemeral, bool)
    assert_type(it.readonly, bool)
    assert_type(it.top_post, GalleryItem | None)
    assert_type(it.hero_image, Image | None)
    assert_type(it.is_hero, bool)
    assert_type(it.load(), Topic)
    assert_type(it.refresh(), Topic)
    assert_type(it.raw, dict[str, Any])


async def async_topic(it: AsyncTopic) -> None:
    assert_type(it.top_post, AsyncGalleryItem | None)
    assert_type(it.hero_image, AsyncImage | None)
    assert_type(await it.load(), AsyncTopic)
    assert_type(await it.refresh(), AsyncTopic)
    assert_type(it.raw, dict[str, Any])


def user(it: User) -> None:
    assert_type(it.id, int)
    assert_type(it.url, str)
    assert_type(it.bio, str | None)
    assert_type(it.avatar, str | None)
    assert_type(it.avatar_name, str | None)
    assert_type(it.cover, str | None)
    assert_type(it.cover_name, str | None)
    assert_type(it.reputation, int)
    assert_type(it.reputation_name, str)
    assert_type(it.created, int)
    assert_type(it.pro_expiration, int)
    assert_type(it.user_follow, dict[str, Any])
    assert_type(it.is_blocked, bool)
    assert_type(it.name, str)
    assert_type(it.load(), User)
    assert_type(it.refresh(), User)
    assert_type(it.raw, dict[str, Any])


async def async_user(it: AsyncUser) -> None:
    assert_type(await it.load(), AsyncUser)
    assert_type(await it.refresh(), AsyncUser)
    assert_type(it.raw, dict[str, Any])
