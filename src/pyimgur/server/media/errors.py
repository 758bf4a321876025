"""What can go wrong with a file.

    MediaError
    ├── UnsupportedMediaError      the file is no picture or video that can be shown (Imgur's code 1003)
    │   ├── Damaged       it is one, but no browser and no decoder here can show it
    │   │   └── Crashed       it crashed each process that read it
    │   └── Unsupported   it is a file of a known kind that this server does not take
    │       └── NoDecoder     it would take it, but what reads this kind is not installed
    ├── MediaTooLargeError      it is one, but would unfold to more than the server allows
    │   └── TimedOut      to work on it took too long
    └── WorkerError   the work on it broke off: a fault of ours

Each text is fit to be shown to whoever sent the file: it names no path.
"""

from __future__ import annotations


class MediaError(Exception):
    """A job on one file did not succeed; the server and its other jobs are well."""


class UnsupportedMediaError(MediaError):
    """The content is not a picture or video that can be shown."""


class Damaged(UnsupportedMediaError):
    """The content begins as a picture or video but cannot be decoded."""


class Unsupported(UnsupportedMediaError):
    """The content is of a kind that this server does not take; the text names the kind."""


class NoDecoder(Unsupported):
    """What reads this kind of file is not installed."""


class Crashed(Damaged):
    """The worker crashed on this file, and so did a second one."""


class MediaTooLargeError(MediaError):
    """The picture has more pixels, frames or memory in it than one file may have."""


class TimedOut(MediaTooLargeError):
    """The work on this file took longer than one file may take."""


class WorkerError(MediaError):
    """The worker met an unexpected fault, or the server is closing; the file may be good."""
