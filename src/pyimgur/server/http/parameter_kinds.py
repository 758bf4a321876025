"""The kinds of declared parameters: each function returns the declaration of one attribute.

Values are as lenient as programs need it: what a kind cannot parse is the same as nothing, except for a strict flag.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from pyimgur.server.http.declared_parameters import Parameter
from pyimgur.server.http.errors import APIError
from pyimgur.server.http.parameters import parse_bool, parse_int

if TYPE_CHECKING:
    from pyimgur.server.http.declared_parameters import Source
    from pyimgur.server.settings import Limits


def text(description: str, *, name: str = "", choices: Collection[str] = (), cut_to: str = "") -> Parameter[str | None]:
    """Declare a text; None if it is not sent.

    Args:
        description: what it means, in a sentence.
        name: its name, if that is not the attribute's.
        choices: the values that have an effect. Others are passed on, and the service decides.
        cut_to: the setting in `Limits` with its maximum length. A longer text is cut.
    """

    def parse(source: Source, name: str, limits: Limits) -> str | None:
        value = source.text(name)
        return value[: getattr(limits, cut_to)] if value and cut_to else value

    return Parameter("text", description, parse, name, tuple(choices))


def word(description: str, *, name: str = "", choices: Collection[str] = (), prefix: str = "") -> Parameter[str]:
    """Declare a text that is empty if it is not sent, and is the same with and without this prefix."""

    def parse(source: Source, name: str, _: Limits) -> str:
        return (source.text(name) or "").removeprefix(prefix)

    return Parameter("text", description, parse, name, tuple(choices))


def number_text(description: str) -> Parameter[str]:
    """Declare a number whose text the handler gets, because it parses it itself or names it in an error."""
    return replace(word(description), kind="number")


def flag_text(description: str, *, name: str = "") -> Parameter[str]:
    """Declare a boolean whose text the handler gets and parses."""
    return replace(word(description, name=name), kind="flag")


def flag(description: str, *, name: str = "") -> Parameter[bool | None]:
    """Declare a boolean; None for none of the forms that programs use, and if it is not sent."""
    return Parameter("flag", description, lambda source, name, _: parse_bool(source.text(name)), name)


def strict_flag(description: str) -> Parameter[bool | None]:
    """Declare a boolean that is an error if it has none of the forms that programs use; None if it is empty."""

    def parse(source: Source, name: str, _: Limits) -> bool | None:
        value = source.text(name)
        if value and parse_bool(value) is None:
            raise APIError(400, f"{name} must be true or false")
        return parse_bool(value)

    return Parameter("flag", description, parse)


def number(
    description: str, *, digits: int, name: str = "", minimum: int = 0, maximum: int | None = None
) -> Parameter[int | None]:
    """Declare a number without sign of at most this many digits; None for anything else, and if it is not sent.

    `minimum` and `maximum` are documented; the handler applies them.
    """
    limits = {"minimum": minimum, "maximum": 10**digits - 1 if maximum is None else maximum}
    return Parameter(
        "number", description, lambda source, name, _: parse_int(source.text(name), digits), name, limits=limits
    )


def id_list(description: str) -> Parameter[list[str] | None]:
    """Declare a list of ids, repeated or separated by commas, without duplicates; None if it is not sent."""
    return Parameter("list", description, lambda source, name, _: source.list(name))


def texts(description: str) -> Parameter[Sequence[str]]:
    """Declare a field that may be repeated; its values are as they were sent."""
    return Parameter("list", description, lambda source, name, _: source.all(name))


def _nothing(source: Source, name: str, limits: Limits) -> None:
    """Read no value."""


def file(description: str) -> Parameter[None]:
    """Declare a file, which `read_body` reads."""
    return Parameter("file", description, _nothing)


def ignored(description: str) -> Parameter[None]:
    """Declare a parameter of Imgur's that programs send and this server ignores."""
    return Parameter("ignored", description, _nothing)
