"""The errors of a backup."""

from __future__ import annotations

from ..exceptions import ImgurError


class BackupError(ImgurError):
    """The backup cannot go on, or its folder cannot be used; what was saved stays."""


class CreditLimitReached(BackupError):
    """The run has spent the credits of `max_credits`; the next run continues."""
