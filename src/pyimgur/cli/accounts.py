"""`pyimgur whoami`, `accounts`, `logout`, `credits`: the stored logins, and the remaining API credits."""

from __future__ import annotations

import click

from ..exceptions import ImgurError
from ..logins import Logins
from ..sites import IMGUR, Site
from ._errors import CommandError, explain
from ._options import examples
from ._output import Output, day, output_options
from ._session import Session, read_site, session_options
from ._terminal_text import sanitize


@click.command(epilog=examples("pyimgur whoami", "pyimgur whoami --site https://img.example.org"))
@output_options
@session_options
def whoami(session: Session, output: Output) -> None:
    """Print the name of the current account, as the site reports it."""
    with session.user() as im:
        name = im.get_user("me").name
        output.value(sanitize(name), {"account": name, "site": session.site.web})
    click.echo(f"at {session.site.web}", err=True)


@click.command(epilog=examples("pyimgur credits", "pyimgur credits --client-id 0123456789abcde"))
@output_options
@session_options
def credits(session: Session, output: Output) -> None:
    """Print the remaining API credits, one limit per line."""
    with session.client() as im:
        remaining = im.get_credits()
        if output.as_json:
            output.item({}, remaining)
            return
        for name, value in remaining.items():
            click.echo(f"{name}\t{day(name)(remaining) if name.endswith('Reset') else value}")


@click.command(epilog=examples("pyimgur logout", "pyimgur logout --account ann --site https://img.example.org"))
@click.option("--all", "everybody", is_flag=True, help="Log out of all accounts at all sites.")
@session_options
def logout(session: Session, everybody: bool) -> int:
    """Delete a login and its tokens from this machine: the current one, unless you name another."""
    logins, code = session.logins.all() if everybody else [session.user_login], 0
    if not logins:
        click.echo("you are not logged in", err=True)
    for login in logins:
        try:
            session.logins.forget(login)
        except (ImgurError, OSError) as error:
            state, code = f"{login.account} is still logged in at {login.where.web}", 1
            click.echo(f"pyimgur: {sanitize(f'{state}: {explain(error)}')}", err=True)
            continue
        click.echo(f"{sanitize(login.account)} is logged out at {login.where.web}", err=True)
        click.echo(
            f"To revoke the access of programs to this account, go to {_applications_url(login.where)}", err=True
        )
    return code


def _applications_url(site: Site) -> str:
    """Return the URL of the page at which users see and revoke the access of programs."""
    return f"{site.web}/account/settings/apps" if site == IMGUR else f"{site.web}/oauth2/applications"


@click.group(invoke_without_command=True, epilog=examples("pyimgur accounts", "pyimgur accounts use ann"))
@output_options
@click.pass_context
def accounts(ctx: click.Context, output: Output) -> None:
    """List the accounts you are logged in to. * marks the current one; in JSON it is first."""
    if ctx.invoked_subcommand is not None:
        return
    logins = Logins().all()
    if output.as_json:
        rows = [{"account": login.account, "site": login.where.web, "client_id": login.client_id} for login in logins]
        output.rows({}, rows)
        return
    for login in logins:
        click.echo(f"{'*' if login == logins[0] else ' '} {sanitize(login.account)}\t{login.where.web}")
    if not logins:
        click.echo("you are not logged in: run `pyimgur login`", err=True)


@accounts.command(
    epilog=examples("pyimgur accounts use ann", "pyimgur accounts use ann --site https://img.example.org")
)
@click.argument("name")
@click.option(
    "--site", metavar="URL", callback=read_site, help="The site, if several sites have an account of that name."
)
def use(name: str, site: Site | None) -> None:
    """Make NAME, and its site, the current account."""
    logins = Logins()
    login = logins.find(site.api if site else None, account=name)
    if login is None:
        where = f" at {site.web}" if site else ""
        raise CommandError(f"{name!r} is not logged in{where}: see `pyimgur accounts`")
    logins.use(login)
    click.echo(f"{sanitize(login.account)} at {login.where.web} is now the current account", err=True)
