"""When Imgur removed calls from its documentation or switched them off; servers of this package still support some."""

from __future__ import annotations

EARLY_API_REMOVED = "2013"
"""The calls of the first years: single messages (before conversations), likes, statistics, accounts."""
MULTIPLE_REMOVED = "2015"
"""Several custom galleries per user; since then each user has only one, whose id is 'custom'."""
READ_ONLY = "2016-12"
"""Sending messages; they could still be read for a few months."""
TAG_VOTES_REMOVED = "2017-01"
"""Votes on the tags of a post."""
REMOVED = "2017-05"
"""Topics, memes, custom galleries, conversations, notifications, and all else that was documented until then."""
