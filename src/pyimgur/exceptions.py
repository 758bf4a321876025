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
    """The uploaded image of an error: an `Image` or `AsyncImage`, of which type checkers know these fields."""

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
        return _unpickle, (type(self), self.args, self.__dict__)


def _unpickle(kind: type[ImgurError], args: tuple[object, ...], state: dict[str, object]) -> ImgurError:
    """Create an unpickled error without its constructor, whose arguments differ by class."""
    error = kind.__new__(kind, *args)
    error.args = args  # OSError's own __new__ leaves them out
    error.__dict__.update(state)
    return error


_rebuild = _unpickle
"""The name in pickles of earlier versions."""


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
        message = f"{status} {text}" if status else text
        super().__init__(f"{message} ({hint})" if hint else message, request=request)
        self.status = status
        self.text = text
        self.code = code
        self.retry_at = retry_at
        if str(self) != self.sentence:
            self.add_note(self.sentence)


class ResourceNotFoundError(AnswerError):
    """What was requested does not exist, or the user may not see it (404)."""


class RemovedError(ResourceNotFoundError):
    """The image was removed: Imgur serves its "removed" placeholder instead."""


class ImgurIsDownException(AnswerError):
    """Imgur failed (5xx)."""


class UnexpectedImgurException(AnswerError):
    """Any other error: programs written for PyImgur catch this class, and some compare the text.

    So `str(error)` is the text of PyImgur; a traceback shows the whole `sentence` below it. An error of exactly this
    class is an undocumented response.
    """

    def __str__(self) -> str:
        return f"{self.status}: Imgur ERROR message: {self.text}" if self.status else self.sentence


class AuthenticationError(UnexpectedImgurException):
    """The credentials are invalid, or the user lacks permission (401, 403)."""


class InvalidParameterError(UnexpectedImgurException):
    """The request is invalid (400)."""


class UnsupportedFileError(InvalidParameterError):
    """The uploaded file is not an image or video that Imgur accepts."""


class ArgumentError(InvalidParameterError, ValueError):
    """Nothing was sent: the arguments contradict each other, or one has an invalid value."""


class TooLargeError(UnexpectedImgurException):
    """The uploaded file is larger than Imgur accepts (413)."""


class RateLimitError(UnexpectedImgurException):
    """The rate limit is exceeded (429); `retry_at` says when to retry, if Imgur sent it."""


class UnreadableAnswerError(UnexpectedImgurException):
    """The response cannot be read: it is not JSON, too long, or lacks the id of what was created.

    The request may have been carried out.
    """

    def __str__(self) -> str:
        return self.sentence


class NoAnswerError(ImgurError):
    """No response came: the network failed, or the server is down.

    `sent`: whether the whole request may have arrived; `begun`: whether any of it was sent.
    """

    def __init__(self, message: str = "", *, request: str = "", sent: bool = False, begun: bool = False) -> None:
        super().__init__(message, request=request)
        self.sent = sent
        self.begun: bool = begun or sent


class DeadlineError(NoAnswerError, TimeoutError):
    """No complete response came before the deadline."""


class UploadUncertain(NoAnswerError):
    """The whole upload was sent and no response came: it may have arrived, so it is not sent again without a check."""


class FileError(ImgurError):
    """A file on this machine cannot be read or written."""


class FileOverwriteError(FileError, FileExistsError):
    """The file already exists, and `overwrite` is not set."""


class MissingFileError(FileError, FileNotFoundError):
    """The file or folder does not exist."""


class EmptyFileError(FileError, ValueError):
    """The file is empty."""


class FileTooLargeError(FileError, ValueError):
    """The file is larger than Imgur accepts; nothing was sent."""


class LedgerError(ImgurError):
    """The ledger of uploads cannot be read or written; `image` is an image that was uploaded but not recorded."""

    def __init__(self, message: str, *, request: str = "", image: UploadedImage | None = None) -> None:
        super().__init__(message, request=request)
        self.image = image


class NotInAlbumError(ImgurError):
    """An image was uploaded but could not be added to its album; `image` is that image."""

    def __init__(self, message: str = "", *, request: str = "", image: UploadedImage | None = None) -> None:
        super().__init__(message, request=request)
        self.image = image


class InsecureSiteError(ImgurError, ValueError):
    """A secret would be sent unencrypted: the site is neither https nor on this machine."""


class NotAuthorizedError(AuthenticationError):
    """Nothing was sent: this requires a user's token, or what is needed to refresh it, and the client has none."""


class NotLoaded(ImgurError, AttributeError):
    """A field has not been fetched, and the object does not fetch it automatically."""


PyImgurError = ImgurError
