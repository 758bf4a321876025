"""Standard input, output and error as any command can use them, whatever whoever started it has made of them."""

from __future__ import annotations

import codecs
import errno
import io
import os
import sys
from typing import NoReturn, cast

_AS_IT_IS = "pyimgur"


def prepare() -> None:
    """Open what is closed, and let any name be printed.

    A file that is opened later would else stand where a stream was, and have everything printed into it. Input is empty
    then, messages are lost, but results are not lost in silence: to print one is an error, as on a full disk.
    """
    sys.stdin = sys.stdin or open(os.devnull, encoding="utf-8")  # noqa: SIM115, PTH123 - for as long as the process lasts
    sys.stdout = sys.stdout or io.TextIOWrapper(io.BufferedWriter(_Closed(os.devnull, "w")), encoding="utf-8")
    sys.stderr = sys.stderr or open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123
    codecs.register_error(_AS_IT_IS, _surrogate_escape)
    cast("io.TextIOWrapper", sys.stdout).reconfigure(errors=_AS_IT_IS)


class _Closed(io.FileIO):
    """What stands where a stream was closed: it takes nothing."""

    def write(self, data: object, /) -> NoReturn:
        """Refuse it."""
        raise OSError(errno.EBADF, "standard output is closed: the output is lost")


def _surrogate_escape(error: UnicodeError) -> tuple[str | bytes, int]:
    """A file's name that is no text is printed as the bytes it is; what a terminal has no letter for, by its number."""
    try:
        return codecs.lookup_error("surrogateescape")(error)
    except UnicodeError:
        return codecs.lookup_error("backslashreplace")(error)
