"""Make standard input, output and error usable even if the parent process closed them or set a narrow encoding."""

from __future__ import annotations

import codecs
import errno
import io
import os
import sys
from typing import NoReturn, cast

_ERROR_HANDLER = "pyimgur"


def prepare() -> None:
    """Replace closed streams, and let any file name be printed.

    Without this, a file that is opened later would get the descriptor of a closed stream, and all output. A closed
    stdin becomes empty, a closed stderr drops messages. Writing to a closed stdout is an error, as on a full disk:
    results must not be lost silently.
    """
    sys.stdin = sys.stdin or open(os.devnull, encoding="utf-8")  # noqa: SIM115, PTH123 - for as long as the process lasts
    sys.stdout = sys.stdout or io.TextIOWrapper(io.BufferedWriter(_Closed(os.devnull, "w")), encoding="utf-8")
    sys.stderr = sys.stderr or open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123
    codecs.register_error(_ERROR_HANDLER, _escape)
    cast("io.TextIOWrapper", sys.stdout).reconfigure(errors=_ERROR_HANDLER)


class _Closed(io.FileIO):
    """The replacement of a closed stdout."""

    def write(self, data: object, /) -> NoReturn:
        """Raise the error of a closed descriptor."""
        raise OSError(errno.EBADF, "standard output is closed: the output is lost")


def _escape(error: UnicodeError) -> tuple[str | bytes, int]:
    """Print file names that are not valid text as their bytes, and characters that stdout cannot encode as escapes."""
    try:
        return codecs.lookup_error("surrogateescape")(error)
    except UnicodeError:
        return codecs.lookup_error("backslashreplace")(error)
