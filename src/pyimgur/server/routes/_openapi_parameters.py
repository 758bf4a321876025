"""Body fields and query parameters of each path, for the OpenAPI document only.

The routes do not read these tables: each reads the parameters it needs, and ignores others.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

UPLOAD = "image video type title description name album disable_audio"
ALBUM = "ids deletehashes title description privacy layout cover"
POST = "title topic terms mature tags"
SEARCH = "q q_all q_any q_exactly q_not q_type q_size_px"
V1_LIST = "include sort page"

BODY: Mapping[str, str] = MappingProxyType(
    {
        "/3/image": UPLOAD,
        "/3/upload": UPLOAD,
        "/3/image/{id}": "title description",
        "/3/album": ALBUM,
        "/3/album/{id}": ALBUM,
        "/3/album/{id}/add": "ids deletehashes",
        "/3/album/{id}/remove_images": "ids deletehashes",
        "/3/gallery/{id}": POST,
        "/3/gallery/image/{id}": POST,
        "/3/gallery/album/{id}": POST,
        "/3/gallery/tags/{id}": "tags",
        "/3/comment": "image_id comment parent_id",
        "/3/comment/{id}": "image_id comment",
        "/3/comment/{id}/replies": "image_id comment",
        "/3/comment/{id}/report": "reason",
        "/3/gallery/{post}/comment": "comment",
        "/3/gallery/{post}/comment/{id}": "comment",
        "/3/account/{name}/settings": "bio avatar album_privacy public_images messaging_enabled accepted_gallery_terms"
        " show_mature newsletter_subscribed username",
        "/3/account/{name}/folders": "name private",
        "/3/account/{name}/folders/{folder}": "name private",
        "/3/account/{name}/folders/{folder}/favorites": "ids",
        "/3/account/me/delete": "password reasons feedback",
        "/3/conversations/{id}": "body",
        "/3/conversations/report/{name}": "reason",
        "/comment/v1/comments": "post_id comment parent_id",
        "/oauth2/authorize": "username password allow",
        "/oauth2/token": "client_id client_secret grant_type code pin refresh_token",
    }
)
QUERY: Mapping[str, str] = MappingProxyType(
    {
        "/3/account/{name}": "account_id",
        "/3/account/me/block": "cursor",
        "/3/gallery/search": SEARCH,
        "/3/gallery/hot": "showViral mature album_previews",
        "/3/gallery/top": "showViral mature album_previews",
        "/3/gallery/user": "showViral mature album_previews",
        "/post/v1/posts": f"filter[section] filter[window] {V1_LIST}",
        "/post/v1/posts/t/{tag}": f"filter[window] {V1_LIST}",
        "/post/v1/posts/{id}": "include",
        "/post/v1/albums/{id}": "include",
        "/post/v1/media/{id}": "include",
        "/post/v1/accounts/me/all_posts": V1_LIST,
        "/post/v1/accounts/me/hidden_albums": V1_LIST,
        "/comment/v1/comments": f"filter[post] filter[account] per_page {V1_LIST}",
        "/oauth2/authorize": "client_id response_type state",
        "/oembed": "url format maxwidth maxheight callback",
        "/{name}.{ext}": "maxwidth",
    }
)
"""Also for the same path with more segments, as in `/3/gallery/search/{sort}`."""


def of_body(path: str) -> Sequence[str]:
    """Return the fields that a body at this path may have."""
    return BODY.get(path, "").split()


def of_query(path: str) -> Sequence[str]:
    """Return the query parameters of this path."""
    while path and path not in QUERY and path.endswith("}"):
        path = path.rpartition("/")[0]
    return QUERY.get(path, "").split()
