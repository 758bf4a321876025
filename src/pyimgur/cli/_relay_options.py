"""What `run` and `relay` share: their options, the server to use, and the environment of programs."""

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
    """Return a server's URL, if secrets are safe on the way to it.

    Raises:
        ValueError: it is imgur.com, or plain http to another machine.
    """
    address = public_url(text)
    site = named(address)
    if site == IMGUR:
        raise ValueError("that is Imgur itself: pass the URL of your own server")
    if not site.private:
        raise ValueError(f"what is sent to {address} can be read in transit: use its https URL")
    return address


def relay_options(command: Callable[..., R]) -> Callable[..., R]:
    """Add the options for the server and for the hosts that a program may reach."""
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
    """Yield the URL of the server to use; without `site`, a server on the data folder runs until the block ends."""
    if site is not None:
        yield site
    else:
        with _background_server.running_server(data) as address:
            yield address


@contextmanager
def relay_environment(
    address: str, *, only_imgur: bool, any_program: bool, imgur_links: bool, listener: socket.socket | None = None
) -> Generator[dict[str, str]]:
    """Run a relay, and yield the environment variables with which a program reaches that server instead of Imgur."""
    from ..relay import relay

    others = "refuse" if only_imgur or any_program else "pass"
    running = relay(address, others=others, locked=not any_program, imgur_links=imgur_links, listener=listener)
    with running as variables:
        yield {ENVIRONMENT: address, **variables}


@contextmanager
def store_prefix(variables: Mapping[str, str]) -> Generator[list[str]]:
    """Yield the words to put before a command, so that it finds the relay's certificate in the system's trust store.

    Raises:
        CommandError: this system has no bubblewrap, or no known trust store.
    """
    from ..relay.trust_store import TrustStoreError, command_prefix

    with tempfile.TemporaryDirectory(prefix="pyimgur-store-") as folder:
        try:
            prefix = command_prefix(Path(folder), Path(variables["SSL_CERT_FILE"]))
        except TrustStoreError as error:
            raise CommandError(f"--store: {error}") from error
        yield prefix
