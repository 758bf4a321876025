"""What scripts depend on in the output of the commands: the keys of `--json`, and the exit codes.

Stated once, here: `frozen_support` lists them in `frozen/commands.txt`, and tests/cli/test_cli_json.py and
test_cli_exit_codes.py compare them with what the commands do. The keys of Imgur's own objects are those of the API:
there may be more of them. All other documents have exactly these keys.
"""

from __future__ import annotations

IMAGE = (
    "account_id", "account_url", "animated", "bandwidth", "datetime", "deletehash", "description", "favorite",
    "has_sound", "height", "id", "in_gallery", "in_most_viral", "is_ad", "link", "name", "nsfw", "section", "size",
    "tags", "title", "type", "views", "vote", "width",
)  # fmt: skip
ALBUM = (
    "account_id", "account_url", "cover", "cover_height", "cover_width", "datetime", "deletehash", "description",
    "favorite", "id", "images_count", "in_gallery", "is_album", "layout", "link", "nsfw", "privacy", "section",
    "title", "views",
)  # fmt: skip
POST = (
    "account_id", "account_url", "comment_count", "datetime", "description", "downs", "favorite", "favorite_count",
    "id", "in_gallery", "in_most_viral", "is_album", "link", "nsfw", "points", "score", "section", "tags", "title",
    "topic", "topic_id", "ups", "views", "vote",
)  # fmt: skip
COMMENT = (
    "album_cover", "author", "author_id", "children", "comment", "datetime", "deleted", "downs", "id", "image_id",
    "on_album", "parent_id", "platform", "points", "ups", "vote",
)  # fmt: skip
TAG = ("background_hash", "description", "display_name", "followers", "following", "name", "total_items")
USER = (
    "avatar", "avatar_name", "bio", "cover", "cover_name", "created", "id", "is_blocked", "pro_expiration",
    "reputation", "reputation_name", "url", "user_follow",
)  # fmt: skip
CONVERSATION = ("datetime", "id", "last_message_preview", "message_count", "with_account", "with_account_id")
MESSAGE = ("account_id", "body", "conversation_id", "datetime", "from", "id", "sender_id")

API_KEYS: dict[str, tuple[str, ...]] = {
    "album create": ("deletehash", "id", "title"),
    "album images": IMAGE,
    "album list": ALBUM,
    "album show": (*ALBUM, "images"),
    "api": ("data", "status", "success"),
    "comment list": COMMENT,
    "comment replies": COMMENT,
    "comment show": COMMENT,
    "credits": ("ClientLimit", "ClientRemaining", "UserLimit", "UserRemaining", "UserReset"),
    "gallery comments": COMMENT,
    "gallery list": POST,
    "gallery show": POST,
    "image list": IMAGE,
    "image show": IMAGE,
    "message list": CONVERSATION,
    "message show": MESSAGE,
    "search": POST,
    "tag posts": POST,
    "tag show": TAG,
    "upload": ("deletehash", "id", "link", "title"),
    "user blocked": ("url",),
    "user favorites": POST,
    "user posts": POST,
    "user show": USER,
}
"""Command -> the keys of the API's object that its document, or each object in the list, has at least.

`upload` prints images with `reused` (whether the image was there before), and a new album after them.
"""

OWN_KEYS: dict[str, tuple[str, ...]] = {
    "accounts": ("account", "client_id", "site"),
    "album favorite": ("id", "result"),
    "backup check": ("checked", "damaged", "incomplete", "problems", "saved", "state"),
    "backup save": (
        "albums", "comments", "complete", "credits", "errors", "favorites", "images", "lists", "missing", "posts",
        "stopped", "vanished",
    ),
    "comment add": ("id", "link"),
    "delete": ("id", "kind", "link"),
    "demo": ("album", "bytes_compared", "images", "ok", "steps"),
    "doctor": (
        "call", "content_type", "entries", "error", "limits", "milliseconds", "shape", "size", "status",
    ),
    "download": ("error", "id", "link", "outcome", "path"),
    "gallery share": ("id", "link"),
    "history": (
        "account", "album", "begun", "client_id", "deletehash", "id", "key", "kind", "link", "number", "path", "run",
        "sha256", "site", "size", "state", "title", "when",
    ),
    "image favorite": ("id", "result"),
    "links rewrite": ("files", "kept", "totals"),
    "links scan": ("links", "totals"),
    "server account list": ("created", "id", "name"),
    "server app add": ("callback", "client_id", "client_secret", "name"),
    "server app list": ("callback", "client_id", "name", "owner", "verified"),
    "server backup": ("folder", "missing", "pictures"),
    "server check": (
        "changed", "database", "good", "media_workers", "missing", "outdated", "pictures", "put_into", "unknown",
    ),
    "server reports": ("created", "of", "page", "reason", "reporter"),
    "server restore": ("folder", "missing", "pictures"),
    "undo": ("id", "kind", "link"),
    "upload --dry-run": ("request",),
    "whoami": ("account", "site"),
}  # fmt: skip
"""Command -> all keys of its document, or of each object in the list."""

EXIT_CODES = {
    "0": "done",
    "1": "failed, as a whole or in part",
    "2": "usage error, or a package that the command needs is not installed",
    "126": "run: the program cannot be executed",
    "127": "run: there is no such program",
    "128 + N": "ended by signal N: 130 for Ctrl-C, 143 for SIGTERM",
    "141": "broken pipe: the reader of the output is gone",
}
"""Exit code -> what it means. `run` ends with the exit code of its program otherwise."""
