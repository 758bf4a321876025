"""Back up an Imgur account, a user, an album or a list of links into a folder, and check such a folder.

    from pyimgur.backup import back_up

    result = back_up(im, "my-imgur")
    print(result.images, result.complete)

`docs/backup-format.md` describes the folder.
"""

from __future__ import annotations

from .check import CheckResult, Problem, check
from .cookies import read_cookies
from .diagnosis import Answer, diagnose
from .errors import BackupError, CreditLimitReached
from .report import Event, Fetched, Listed, Note, Paused, Planned, Result, Totals
from .run import Options, back_up
from .sources import Links, OneAlbum, OwnAccount, PublicUser, Source

__all__ = [
    "Answer",
    "BackupError",
    "CheckResult",
    "CreditLimitReached",
    "Event",
    "Fetched",
    "Links",
    "Listed",
    "Note",
    "OneAlbum",
    "Options",
    "OwnAccount",
    "Paused",
    "Planned",
    "Problem",
    "PublicUser",
    "Result",
    "Source",
    "Totals",
    "back_up",
    "check",
    "diagnose",
    "read_cookies",
]
