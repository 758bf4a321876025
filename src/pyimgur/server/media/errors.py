"""What can go wrong with a file.

    MediaError
    ├── NotMedia      the file is no picture or video that can be shown (Imgur's code 1003)
    │   ├── NoDecoder     it may be one, but what reads this sort is not installed
    │   └── Crashed       it crashed each process that read it
    ├── TooLarge      it is one, but would unfold to more than the server allows
    │   └── TimedOut      to work on it took too long
    └── MediaFailed   the work on it broke off: a fault of ours

Each text is fit to be shown to whoever sent the file: it names no path.
"""

from __future__ import annotations


class MediaError(Exception):
    """A job on one file did not succeed; the server and its other jobs are well."""


class NotMedia(MediaError):
    """The content is not a picture or video, or is too damaged to show its first frame."""


class NoDecoder(NotMedia):
    """What reads this sort of file is not installed."""


class Crashed(NotMedia):
    """The worker crashed on this file, and so did a second one."""


class TooLarge(MediaError):
    """The picture has more pixels, frames or memory in it than one file may have."""


class TimedOut(TooLarge):
    """The work on this file took longer than one file may take."""


class MediaFailed(MediaError):
    """The worker met an unexpected fault, or the server is closing; the file may be good."""
