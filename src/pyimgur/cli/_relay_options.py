"""What `run` and `relay` have in common: which server a program reaches, and what its environment is told."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from ..sites import ENVIRONMENT, IMGUR, named
from . import _background_server
from ._errors import CommandError
from ._listen_address import public_url
from ._options import data_option, validate

if TYPE_CHECKING:
    import socket

R = TypeVar("R")


def _own_server_url(text: str) -> str:
    """A server's address, if it is one that a program's secrets may be sent to."""
    address = public_url(text)
    site = named(address)
    if site == IMGUR:
        raise ValueError("that is Imgur itself: pass the URL of your own server")
    if not site.private:
        raise ValueError(f"what is sent to {address} can be read in transit: use its https URL")
    return address


def relay_options(command: Callable[..., R]) -> Callable[..., R]:
    """Gives a command the options that say which server is meant, and what else may be reached."""
    for option in (
        click.option(
            "--imgur-links",
            is_flag=True,
            help="The server sends imgur.com links, for programs that accept no others.",
        ),
        click.option(
            "--any-program",
            is_flag=True,
            help="Require no proxy password, for programs that cannot send one; only Imgur's hosts are reachable then.",
        ),
        click.option("--only-imgur", is_flag=True, help="Refuse connections to other hosts."),
        click.option(
            "--site",
            metavar="URL",
            callback=validate(_own_server_url),
            help="Use the server at this URL instead of your own.",
        ),
        data_option,
    ):
        command = option(command)
    return command


@contextmanager
def server(data: Path, site: str | None) -> Generator[str]:
    """The address of the server that is meant; one's own runs for as long as the block lasts."""
    if site is not None:
        yield site
    else:
        with _background_server.running_server(data) as address:
            yield address


@contextmanager
def relay_environment(
    address: str, *, only_imgur: bool, any_program: bool, imgur_links: bool, listener: socket.socket | None = None
) -> Generator[dict[str, str]]:
    """What a program is told, so that it reaches that server in the place of Imgur."""
    from ..relay import relay

    others = "refuse" if only_imgur or any_program else "pass"
    told = relay(address, others=others, locked=not any_program, imgur_links=imgur_links, listener=listener)
    with told as variables:
        yield {ENVIRONMENT: address, **variables}


@contextmanager
def store_prefix(variables: Mapping[str, str]) -> Generator[list[str]]:
    """What to put before a command's words, so that it finds the relay's authority in the system's store."""
    from ..relay.trust_store import TrustStoreError, command_prefix

    with tempfile.TemporaryDirectory(prefix="pyimgur-store-") as folder:
        try:
            prefix = command_prefix(Path(folder), Path(variables["SSL_CERT_FILE"]))
        except TrustStoreError as error:
            raise CommandError(f"--store: {error}") from error
        yield prefix
