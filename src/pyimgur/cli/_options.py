"""Options and help texts that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import click
import platformdirs


def default_data_folder() -> Path:
    """Return the data folder that is used without --data."""
    return platformdirs.user_data_path("pyimgur")


data_option = click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    default=default_data_folder,
    envvar="PYIMGUR_DATA",
    help="The server's data folder. [default: PYIMGUR_DATA, or a folder in your home]",
)


def examples(*lines: str) -> str:
    """Return the end of a help text, with one example on each line."""
    return "\n".join(["\b", "Examples:", *(f"  {line}" for line in lines)])


def validate(convert: Callable[[str], str]) -> Callable[[click.Context, click.Parameter, str | None], str | None]:
    """Return the callback of an option whose text is converted by a function that raises `ValueError`."""

    def callback(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
        try:
            return None if value is None else convert(value)
        except ValueError as error:
            raise click.BadParameter(str(error), ctx, param) from error

    return callback
