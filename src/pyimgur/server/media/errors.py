"""Errors of a job on one media file.

    MediaError
    ├── UnsupportedMediaError           the file is not an image or video that can be displayed (Imgur's code 1003)
    │   ├── DamagedMediaError           its format is known, but browsers and the decoders here cannot display it
    │   │   └── DecoderCrashedError     it crashed every process that read it
    │   └── UnsupportedFormatError      its format is known, and this server does not accept it
    │       └── MissingDecoderError     the decoder of this format is not installed
    ├── MediaTooLargeError              decoding it would exceed the limits of the server
    │   └── MediaTimeoutError           the job took too long
    └── WorkerError                     the job failed because of this server, not because of the file

Every message may be shown to the uploader: it contains no path.
"""

from __future__ import annotations


class MediaError(Exception):
    """A job on one file failed; other jobs are not affected."""


class UnsupportedMediaError(MediaError):
    """The file is not an image or video that can be displayed."""


class DamagedMediaError(UnsupportedMediaError):
    """The file begins like an image or video, but cannot be decoded."""


class UnsupportedFormatError(UnsupportedMediaError):
    """This server does not accept files of this format; the message names the format."""


class MissingDecoderError(UnsupportedFormatError):
    """The decoder of this format is not installed."""


class DecoderCrashedError(DamagedMediaError):
    """Two worker processes in a row crashed on this file."""


class MediaTooLargeError(MediaError):
    """The file has more pixels or frames, or needs more memory, than one file may."""


class MediaTimeoutError(MediaTooLargeError):
    """The job took longer than one file may take."""


class WorkerError(MediaError):
    """A worker failed unexpectedly, or the server is closing; the file may be fine."""
