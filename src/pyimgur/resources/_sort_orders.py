"""Sort orders and time windows of listings of posts and comments."""

from __future__ import annotations

from typing import Literal

Section = Literal["hot", "top", "user"]
Sort = Literal["viral", "top", "time"]
GallerySort = Literal["viral", "top", "time", "rising"]
"""Sort orders of the gallery; 'rising' is valid in section 'user' only."""
Window = Literal["day", "week", "month", "year", "all"]
"""The age of the posts, if the sort is 'top'."""
CommentSort = Literal["best", "top", "new"]
