"""Sort orders and time windows of listings of posts and comments."""

from __future__ import annotations

from typing import Literal

Section = Literal["hot", "top", "user"]
Sort = Literal["viral", "top", "time"]
GallerySort = Literal["viral", "top", "time", "rising"]
"""How the gallery is sorted; 'rising' goes with section 'user' only."""
Window = Literal["day", "week", "month", "year", "all"]
"""From when, where the sort is 'top'."""
CommentSort = Literal["best", "top", "new"]
