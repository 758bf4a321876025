"""`pyimgur serve`: run your own Imgur-compatible server until a signal stops it."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import click

from . import _data_folder, _database, _listen_address, _parent_process, _server_context
from ._data_folder import Running
from ._options import data_option, examples, validate
from ._throwaway import TestKit

if TYPE_CHECKING:
    from ..server.database_url import DatabaseURL
    from ..testing.faults import Fault
    from ._server_config import ServerConfig

    class ServerOptions(ServerConfig):
        """The settings from the options and the configuration file."""

        open: bool
        token_lifetime: int
        access_log: bool


_MAX_LIFETIME = 2**31 - 1
"""Seconds, or 68 years: clients may store the lifetime in 32 bits."""


@click.command(epilog=examples("pyimgur serve", "pyimgur serve --port 0 --data ./imgur"))
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=4648, show_default=True, help="The port; 0 for any free port."
)
@data_option
@click.option(
    "--open/--closed",
    "open_",
    default=None,
    help="Whether anybody may sign up and any client id is accepted. The default is open if only this machine "
    "can reach the server.",
)
@click.option("--anybody", is_flag=True, help="Allow --open on a server that others can reach.")
@click.option(
    "--public-url",
    metavar="URL",
    callback=validate(_listen_address.public_url),
    help="The URL at which users reach the server.",
)
@click.option(
    "--token-lifetime",
    metavar="S",
    type=click.IntRange(1, _MAX_LIFETIME),
    default=3600,
    show_default=True,
    help="Seconds until an access token expires.",
)
@click.option(
    "--config",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="A TOML file with limits, credits and other settings.",
)
@click.option(
    "--database",
    metavar="URL",
    envvar=_database.VARIABLE,
    callback=_database.parse_option,
    help=f"A PostgreSQL database, without its password. [default: {_database.VARIABLE}, or SQLite in the data folder]",
)
@click.option("--access-log", is_flag=True, help="Log each request to stderr, without secrets.")
@click.option("--tls-cert", metavar="FILE", type=click.Path(path_type=Path), help="Serve HTTPS with this certificate.")
@click.option("--tls-key", metavar="FILE", type=click.Path(path_type=Path), help="The certificate's key.")
@click.option(
    "--behind-proxy",
    metavar="ADDR",
    callback=validate(_listen_address.proxy_address),
    help="A proxy at ADDR serves HTTPS; only its forwarded headers are trusted.",
)
@click.option("--insecure-http", is_flag=True, help="Serve plain HTTP: passwords cross the network unencrypted.")
@click.option("--throwaway", is_flag=True, help="For tests: use a temporary data folder.")
@click.option(
    "--fault",
    "faults",
    metavar="SPEC",
    multiple=True,
    help="With --throwaway: simulate an error, such as down:path=/3/image:times=2. May be repeated.",
)
@click.option(
    "--ready-file",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help="With --throwaway: write what --json prints to FILE when the server is ready; FILE is removed at the end.",
)
@click.option(
    "--json",
    "as_json",
    is_flag=True,
    help="With --throwaway: print one line of JSON with the URLs, the control token, and an account with its tokens.",
)
@click.option(
    "--exit-with-parent",
    is_flag=True,
    help="Stop when the program that started the server has ended, even if it was killed: when standard input ends, if "
    "that is a pipe, else when the parent process has ended.",
)
@click.option("--while-used", is_flag=True, hidden=True, help="Stop when no other command uses this server.")
def serve(
    host: str,
    port: int,
    data: Path,
    open_: bool | None,
    anybody: bool,
    public_url: str | None,
    token_lifetime: int,
    config: Path | None,
    database: DatabaseURL | None,
    access_log: bool,
    tls_cert: Path | None,
    tls_key: Path | None,
    behind_proxy: str | None,
    insecure_http: bool,
    throwaway: bool,
    faults: tuple[str, ...],
    ready_file: Path | None,
    as_json: bool,
    exit_with_parent: bool,
    while_used: bool,
) -> None:
    """Run your own Imgur-compatible server on this machine.

    It needs no configuration: pictures and accounts are stored in one folder, and only this machine can reach it. The
    first line it prints contains its URL. Stop it with Ctrl-C.

    To let others reach it, pass --host, --public-url, and one of --tls-cert with --tls-key, --behind-proxy, or
    --insecure-http. It then starts closed: only accounts and applications that you add (pyimgur server --help) may use
    it.
    """
    _, address = _listen_address.resolve(host, port)
    plan = _listen_address.ListenPlan(
        host=host,
        loopback=_listen_address.is_loopback(address[0]),
        public_url=public_url,
        cert=tls_cert,
        key=tls_key,
        proxy=behind_proxy,
        insecure=insecure_http,
        open=open_,
        anybody=anybody,
    )
    refusal = _listen_address.reason_to_refuse(plan)
    if refusal is not None:
        raise click.UsageError(refusal)
    options: ServerOptions = {
        "open": plan.allows_sign_up,
        "token_lifetime": token_lifetime,
        "access_log": access_log,
        **_read_config(config),
    }
    if not throwaway:
        _refuse_without_throwaway({"--fault": faults, "--ready-file": ready_file, "--json": as_json})
        options["database"] = database or options.get("database") or _database.of_folder(data)
        _serve(plan, port, data, options, exit_with_parent=exit_with_parent, while_used=while_used)
        return
    if click.get_current_context().get_parameter_source("data") == click.core.ParameterSource.COMMANDLINE:
        raise click.UsageError("--throwaway uses a temporary data folder: leave out --data")
    if click.get_current_context().get_parameter_source("database") == click.core.ParameterSource.COMMANDLINE:
        raise click.UsageError("--throwaway uses a temporary SQLite database: leave out --database")
    options["database"] = None
    private = plan.loopback and plan.proxy is None
    if not private:
        click.echo("pyimgur: no control API, because others can reach this server", err=True)
    test_kit = TestKit(_faults(faults), ready_file, as_json, control=private)
    with test_kit.folder() as folder:
        _serve(plan, port, folder, options, test_kit=test_kit, exit_with_parent=exit_with_parent)


def _refuse_without_throwaway(options: Mapping[str, object]) -> None:
    """Refuse options for tests.

    Raises:
        click.UsageError: one of them was given.
    """
    for name, value in options.items():
        if value:
            raise click.UsageError(
                f"{name} is for tests and requires --throwaway, so that no real pictures are at risk"
            )


def _read_config(config: Path | None) -> ServerConfig:
    if config is None:
        return {}

    from . import _server_config

    return _server_config.read(config)


def _faults(specs: Sequence[str]) -> Sequence[Fault]:
    from ..testing.faults import Fault

    try:
        return [Fault.parse(spec) for spec in specs]
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--fault") from error


def _serve(
    plan: _listen_address.ListenPlan,
    port: int,
    data: Path,
    options: ServerOptions,
    *,
    test_kit: TestKit | None = None,
    exit_with_parent: bool = False,
    while_used: bool = False,
) -> None:
    from ..server.app import create_app
    from ..server.lifespan import lock_data_folder
    from ..server.settings import Settings
    from . import _server_process

    os.umask(0o077)
    folder = _data_folder.prepare(data)
    database = options.get("database")
    tls = _listen_address.tls(plan.cert, plan.key) if plan.cert and plan.key else None
    with ExitStack() as exits:
        print_line = exits.enter_context(_server_process.reserve_stdout())
        exits.enter_context(_server_context.translate_errors(folder))
        exits.enter_context(lock_data_folder(folder))
        _database.remember(folder, database)
        listener = exits.enter_context(_listen_address.bind(plan.host, port))
        local = _listen_address.local_url(plan, listener)
        running = Running(plan.public_url or local, local, os.getpid())
        settings = Settings(data=folder, public_url=running.address, **options)
        if test_kit:
            settings = test_kit.settings(settings)
        app = create_app(settings)
        served = test_kit.wrap(app) if test_kit else app

        def ready() -> None:
            exits.enter_context(_data_folder.publish_record(folder, running))
            access = "open" if plan.allows_sign_up else "closed"
            stored = f"files in {folder}, data in {database}" if database else f"data in {folder}"
            line = f"pyimgur serves {running.address} ({access}, {stored})"
            for text in exits.enter_context(test_kit.announced(line, running.address)) if test_kit else [line]:
                print_line(text)

        server = _server_process.Server(served, on_ready=ready, tls=tls, trusted_proxy=plan.proxy)
        if test_kit:
            test_kit.watch(server)
        if exit_with_parent:
            _parent_process.on_end(server.stop)
        if while_used:
            threading.Thread(target=_stop_when_unused, args=(folder, server.stop), daemon=True).start()
        _server_process.run(app, server, listener)


def _stop_when_unused(folder: Path, stop: Callable[[], None]) -> None:
    _data_folder.wait_until_unused(folder)
    stop()
