"""All errors of this package, as one tree.

    ImgurError  (PyImgurError)
    ├── AnswerError                      Imgur answered with an error
    │   ├── ResourceNotFoundError          404: does not exist, or was deleted
    │   │   └── RemovedError                 the image was replaced by the "removed" placeholder
    │   ├── ImgurIsDownException           5xx: Imgur's fault, try again later
    │   └── UnexpectedImgurException       any other error, as in PyImgur; itself: an undocumented response
    │       ├── AuthenticationError          401, 403: invalid credentials, or no permission
    │       │   └── NotAuthorizedError         raised before sending: no token, or no refresh token
    │       ├── InvalidParameterError        400: invalid request
    │       │   ├── UnsupportedFileError       not an image or video that Imgur accepts
    │       │   └── ArgumentError              raised before sending: invalid arguments
    │       ├── TooLargeError                413: larger than Imgur accepts
    │       ├── RateLimitError               429: rate limit; `retry_at` says when to retry
    │       └── UnreadableAnswerError        the response cannot be read: the request may have been carried out
    ├── NoAnswerError                    no response (network, server down)
    │   ├── DeadlineError                  … before the deadline
    │   └── UploadUncertain                … after the whole upload was sent: it may have arrived
    ├── FileError                        a file on this machine
    │   ├── FileOverwriteError             it exists, and overwrite is not set
    │   ├── MissingFileError               it does not exist
    │   ├── EmptyFileError                 it is empty
    │   └── FileTooLargeError              it is larger than Imgur accepts
    ├── LedgerError                      the ledger of uploads cannot be read or written
    ├── NotInAlbumError                  the image was uploaded, but could not be added to its album
    ├── InsecureSiteError                a secret would cross a network unencrypted
    └── NotLoaded                        a field that was not fetched (async objects do not fetch by themselves)

Every error has a `sentence`: what happened, to which request, and what to do. One that belongs to a request
carries it as `request` ("POST 3/image", never a secret), and an `AnswerError` also `status`, Imgur's own words
in `text`, and `retry_at` (unix seconds) where known.
"""

from __future__ import annotations

from typing import Protocol


class UploadedImage(Protocol):
    """The uploaded image that an error carries: an `Image` with all its methods; these fields are certain."""

    id: str
    link: str
    deletehash: str | None


class ImgurError(Exception):
    """Base of every error this package raises on purpose."""

    def __init__(self, message: str = "", *, request: str = "") -> None:
        self.sentence: str = f"{request}: {message}" if request else message
        super().__init__(self.sentence)
        self.message = message
        self.request = request

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuild, (type(self), self.args, self.__dict__)


def _rebuild(kind: type[ImgurError], args: tuple[object, ...], state: dict[str, object]) -> ImgurError:
    """Makes an unpickled error without running its constructor, whose arguments differ by class."""
    error = kind.__new__(kind, *args)
    error.args = args  # OSError's own __new__ leaves them out
    error.__dict__.update(state)
    return error


class AnswerError(ImgurError):
    """Imgur answered with an error."""

    def __init__(
        self,
        text: str = "",
        *,
        request: str = "",
        status: int = 0,
        code: int | None = None,
        retry_at: float | None = None,
        hint: str = "",
    ) -> None:
        said = f"{status} {text}" if status else text
        super().__init__(f"{said} ({hint})" if hint else said, request=request)
        self.status = status
        self.text = text
        self.code = code
        self.retry_at = retry_at
        if str(self) != self.sentence:
            self.add_note(self.sentence)


class ResourceNotFoundError(AnswerError):
    """There is no such thing, or it is not for you (404)."""


class RemovedError(ResourceNotFoundError):
    """The picture was removed: Imgur shows its "removed" picture in its place."""


class ImgurIsDownException(AnswerError):
    """Imgur failed (5xx)."""


class UnexpectedImgurException(AnswerError):
    """Any other no: programs written for PyImgur catch them all under this name, and some compare the text.

    So `str(error)` is what PyImgur said; the whole `sentence` stands below it in a traceback. One that is none of
    the classes below fits nothing that Imgur is known to say.
    """

    def __str__(self) -> str:
        return f"{self.status}: Imgur ERROR message: {self.text}" if self.status else self.sentence


class AuthenticationError(UnexpectedImgurException):
    """Imgur does not know who asks, or that one may not do this (401, 403)."""


class InvalidParameterError(UnexpectedImgurException):
    """Imgur cannot make sense of what was asked (400)."""


class UnsupportedFileError(InvalidParameterError):
    """What was uploaded is no picture or video that Imgur takes."""


class ArgumentError(InvalidParameterError, ValueError):
    """Nothing was sent: the arguments do not fit together, or one is none of the words that there are."""


class TooLargeError(UnexpectedImgurException):
    """What was uploaded is more than Imgur takes (413)."""


class RateLimitError(UnexpectedImgurException):
    """Too many calls (429); `retry_at` says when there is room again, where Imgur told."""


class UnreadableAnswerError(UnexpectedImgurException):
    """Whether it was a yes cannot be read: it is no JSON, too long, or does not name what was made."""

    def __str__(self) -> str:
        return self.sentence


class NoAnswerError(ImgurError):
    """No answer came: the network, or the server is away.

    `sent`: whether all of the request may have arrived; `begun`: whether any of it was sent.
    """

    def __init__(self, message: str = "", *, request: str = "", sent: bool = False, begun: bool = False) -> None:
        super().__init__(message, request=request)
        self.sent = sent
        self.begun: bool = begun or sent


class DeadlineError(NoAnswerError, TimeoutError):
    """No whole answer came within the time allowed."""


class UploadUncertain(NoAnswerError):
    """The whole upload was sent and no answer came: it may have arrived, so it is never blindly sent again."""


class FileError(ImgurError):
    """A file on this machine cannot be used."""


class FileOverwriteError(FileError, FileExistsError):
    """The file exists already, and `overwrite` is not set."""


class MissingFileError(FileError, FileNotFoundError):
    """There is no file at this path."""


class EmptyFileError(FileError, ValueError):
    """The file holds nothing."""


class FileTooLargeError(FileError, ValueError):
    """The file is more than Imgur takes; nothing was sent."""


class LedgerError(ImgurError):
    """The ledger of uploads cannot be read or written; `image` is what was uploaded, if that was not written down."""

    def __init__(self, message: str, *, request: str = "", image: UploadedImage | None = None) -> None:
        super().__init__(message, request=request)
        self.image = image


class NotInAlbumError(ImgurError):
    """An image was uploaded and could not be added to its album; `image` is the image."""

    def __init__(self, message: str = "", *, request: str = "", image: UploadedImage | None = None) -> None:
        super().__init__(message, request=request)
        self.image = image


class InsecureSiteError(ImgurError, ValueError):
    """A secret would travel in the clear: the site is neither https nor on this machine."""


class NotAuthorizedError(AuthenticationError):
    """Nothing was sent: this needs a user's token (or what refreshing one takes), and the client has none."""


class NotLoaded(ImgurError, AttributeError):
    """A field that has not been fetched, on an object that fetches nothing by itself."""


PyImgurError = ImgurError
