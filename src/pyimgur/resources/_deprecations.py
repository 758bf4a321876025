"""When Imgur dropped calls from its documentation, or switched them off; servers of this package answer some still."""

from __future__ import annotations

EARLY_API_REMOVED = "2013"
"""The calls of the first years: single messages, before there were conversations; likes, statistics, accounts."""
SEVERAL_GONE = "2015"
"""Users have had no more than one custom gallery since, whose id is 'custom'."""
READ_ONLY = "2016-12"
"""Imgur took no more messages; they could be read for a few months more."""
TAG_VOTES_GONE = "2017-01"
"""Votes on the tags of a post."""
REMOVED = "2017-05"
"""Topics, memes, custom galleries, conversations, notifications, and what else was in the documentation until then."""
