"""The objects of the API and the calls of the client, one module per page of the API reference."""

from __future__ import annotations

from .._core.decode import register_types
from .._core.endpoint import Async, M, Sync
from ._base import Object
from ._image_keys import ImageLike
from ._sort_orders import CommentSort, GallerySort, Section, Sort, Window
from ._thumbnails import Size
from .album import Album, AsyncAlbum, Layout, Privacy
from .comment import AsyncComment, Comment, Reason
from .content import AsyncContent, Content
from .conversation import AsyncConversation, AsyncMessage, Conversation, Message
from .custom_gallery import AsyncCustomGallery, CustomGallery
from .folder import AsyncFolder, FavoriteSort, Folder
from .gallery import (
    AsyncGalleryAlbum,
    AsyncGalleryImage,
    AsyncGalleryItem,
    Gallery_album,
    Gallery_image,
    Gallery_item,
    GalleryAlbum,
    GalleryImage,
    GalleryItem,
)
from .image import AsyncImage, Image
from .notification import AsyncNotification, Notification
from .post_v1 import (
    AccountV1,
    AsyncAccountV1,
    AsyncCommentV1,
    AsyncMediaV1,
    AsyncPostV1,
    CommentSortV1,
    CommentV1,
    MediaV1,
    PostV1,
    SortV1,
)
from .tag import AsyncDefaultTags, AsyncTag, DefaultTags, Tag
from .topic import AsyncTopic, Topic
from .typed_dicts import (
    AccountSettings,
    AccountStatistics,
    Avatar,
    BlockedUser,
    Credits,
    GalleryProfile,
    MetadataV1,
    OEmbed,
    PersonV1,
    TagV1,
    Trophy,
    Votes,
)
from .user import AccountCommentSort, AsyncUser, SubmissionSort, User

__all__ = [
    "AccountCommentSort",
    "AccountSettings",
    "AccountStatistics",
    "AccountV1",
    "Album",
    "Async",
    "AsyncAccountV1",
    "AsyncAlbum",
    "AsyncComment",
    "AsyncCommentV1",
    "AsyncContent",
    "AsyncConversation",
    "AsyncCustomGallery",
    "AsyncDefaultTags",
    "AsyncFolder",
    "AsyncGalleryAlbum",
    "AsyncGalleryImage",
    "AsyncGalleryItem",
    "AsyncImage",
    "AsyncMediaV1",
    "AsyncMessage",
    "AsyncNotification",
    "AsyncPostV1",
    "AsyncTag",
    "AsyncTopic",
    "AsyncUser",
    "Avatar",
    "BlockedUser",
    "Comment",
    "CommentSort",
    "CommentSortV1",
    "CommentV1",
    "Content",
    "Conversation",
    "Credits",
    "CustomGallery",
    "DefaultTags",
    "FavoriteSort",
    "Folder",
    "GalleryAlbum",
    "GalleryImage",
    "GalleryItem",
    "GalleryProfile",
    "GallerySort",
    "Gallery_album",
    "Gallery_image",
    "Gallery_item",
    "Image",
    "ImageLike",
    "Layout",
    "M",
    "MediaV1",
    "Message",
    "MetadataV1",
    "Notification",
    "OEmbed",
    "Object",
    "PersonV1",
    "PostV1",
    "Privacy",
    "Reason",
    "Section",
    "Size",
    "Sort",
    "SortV1",
    "SubmissionSort",
    "Sync",
    "Tag",
    "TagV1",
    "Topic",
    "Trophy",
    "User",
    "Votes",
    "Window",
]

register_types({name: globals()[name] for name in __all__})
