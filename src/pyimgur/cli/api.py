"""`pyimgur api`: call any endpoint with the account's token, and print the response unchanged."""

from __future__ import annotations

import sys
import time
from collections.abc import Generator, Iterator, Mapping
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast, get_args

import click

from .._core.decode import NO_DOCUMENT
from .._core.request import is_deletehash, shown_path
from .._policy.responses import error_from
from ..resources.raw_request import Method
from ._errors import CommandError
from ._options import examples
from ._output import Output, as_json, output_options
from ._session import Session, session_options
from ._terminal_text import sanitize

if TYPE_CHECKING:
    from .._core.effects import Reply
    from ..client import Imgur

FIRST_ERROR_STATUS = 300
PAGE = "{page}"
Pairs = tuple[tuple[str, str], ...]


def _pairs(ctx: click.Context, param: click.Parameter, values: tuple[str, ...]) -> Pairs:
    """Parse the values of an option that takes name=value."""
    split = [value.partition("=") for value in values]
    if any(not name or not equals for name, equals, _ in split):
        raise click.BadParameter("write it as name=value", ctx, param)
    return tuple((name, value) for name, _, value in split)


def _file(ctx: click.Context, param: click.Parameter, value: str | None) -> tuple[str, str] | None:
    """Parse the value of an option that takes name=@path."""
    if value is None:
        return None
    name, _, path = value.partition("=")
    if not name or not path.startswith("@") or path == "@":
        raise click.BadParameter("write it as name=@path, such as image=@beach.jpg", ctx, param)
    return name, path[1:]


@click.command(
    epilog=examples(
        "pyimgur api GET 3/credits",
        "pyimgur api POST 3/album -f title=Holiday -f privacy=hidden",
        "pyimgur api POST 3/image -F image=@beach.jpg -f title='The beach'",
        "pyimgur api GET '3/account/me/images/{page}' --paginate",
    )
)
@click.argument("method", metavar="METHOD", type=click.Choice(get_args(Method), case_sensitive=False))
@click.argument("path")
@click.option("-f", "--field", "fields", metavar="NAME=VALUE", multiple=True, callback=_pairs, help="A form field.")
@click.option("-F", "--file", metavar="NAME=@PATH", callback=_file, help="A file to upload; @- is standard input.")
@click.option("-q", "--query", metavar="NAME=VALUE", multiple=True, callback=_pairs, help="A query parameter.")
@click.option("--as-json", is_flag=True, help="Send the fields as JSON instead of a form.")
@click.option("--paginate", is_flag=True, help="Request all pages: as {page} in PATH, or else as ?page=.")
@output_options
@session_options
def api(
    session: Session,
    output: Output,
    method: str,
    path: str,
    fields: Pairs,
    file: tuple[str, str] | None,
    query: Pairs,
    as_json: bool,
    paginate: bool,
) -> int:
    """Call any endpoint of the API, such as GET 3/credits, and print the response.

    METHOD is GET, POST, PUT or DELETE.

    The request is sent with the token of the current account, or else with the client id. The response body is printed
    unchanged, errors included; on a terminal, JSON is indented. The exit code is 1 if the API returned an error.

    With --paginate (GET only), each page is printed on its own line, until one is empty; with --json, all pages are one
    list.
    """
    if paginate and method != "GET":
        raise click.UsageError("--paginate works with GET only", click.get_current_context())
    call = _Call(method, path, _grouped(fields), _grouped(query), file, as_json)
    with session.client() as im:
        replies = call.pages(im) if paginate else iter([call.send(im)])
        if output.as_json:
            return _print_documents(replies, call, output, several=paginate)
        return max(_print_body(reply, call, newline=paginate) for reply in replies)


def _grouped(pairs: Pairs) -> dict[str, list[str]]:
    """Return the values of each name, which are all sent."""
    grouped: dict[str, list[str]] = {}
    for name, value in pairs:
        grouped.setdefault(name, []).append(value)
    return grouped


class _Call:
    """The request of one command, which may have several pages."""

    def __init__(
        self,
        method: str,
        path: str,
        fields: Mapping[str, object],
        query: Mapping[str, object],
        file: tuple[str, str] | None,
        as_json: bool,
    ) -> None:
        self.method: Method = cast("Method", method)
        self.path = path
        self._fields = fields
        self._query = query
        self._file = file
        self._as_json = as_json

    def send(self, im: Imgur, page: int | None = None) -> Reply:
        """Send the request, for one page if there are several, and return the response."""
        path, query = self.path, dict(self._query)
        if page is not None and PAGE in path:
            path = path.replace(PAGE, str(page))
        elif page is not None:
            query["page"] = page
        file = self._file and (self._file[0], sys.stdin.buffer if self._file[1] == "-" else Path(self._file[1]))
        return im.send_raw(self.method, path, self._fields, query=query, file=file, as_json=self._as_json)

    def pages(self, im: Imgur) -> Iterator[Reply]:
        """Yield one page after the other, until one is empty, equal to the last one, or an error."""
        last: Reply | None = None
        for page in count():
            reply = self.send(im, page)
            if last is not None and (_is_empty(reply) or reply.document == last.document):
                return
            yield reply
            if _is_empty(reply) or reply.status >= FIRST_ERROR_STATUS:
                return
            last = reply


def _is_empty(reply: Reply) -> bool:
    """Return whether a page is an empty list, or an object whose list of items is empty."""
    return _items_of(_items_of(reply.document, "data"), "items", "posts") == []


def _items_of(document: object, *names: str) -> object:
    """Return the value of the first of these names that an object has; else the document itself."""
    if not isinstance(document, dict):
        return document
    fields = cast("dict[str, object]", document)
    return next((fields[name] for name in names if name in fields), fields)


def _print_body(reply: Reply, call: _Call, *, newline: bool) -> int:
    """Print a response, with a newline after it if there are several, and return the exit code."""
    click.echo(_for_terminal(reply) if sys.stdout.isatty() else reply.body + b"\n" * newline, nl=sys.stdout.isatty())
    return _report_error(reply, call)


def _print_documents(replies: Iterator[Reply], call: _Call, output: Output, *, several: bool) -> int:
    """Print responses as JSON, several as a list, and return the exit code.

    Raises:
        CommandError: a response is not JSON.
    """
    codes: list[int] = []

    def documents() -> Generator[dict[str, Any], None, bool]:
        for reply in replies:
            codes.append(_report_error(reply, call))
            if reply.document is NO_DOCUMENT:
                raise CommandError("the response is not JSON: leave out --json to see it")
            yield reply.document
        return False  # nothing was cut

    if several:
        output.rows({}, documents())
    else:
        output.item({}, next(documents()))
    return max(codes)


def _report_error(reply: Reply, call: _Call) -> int:
    """Print the error of a response on stderr, and return the exit code."""
    secrets = [part for part in call.path.partition("?")[0].split("/") if is_deletehash(part)]
    error = error_from(reply, f"{call.method} {shown_path(call.path)}", time.time(), secrets)
    if error is not None:
        click.echo(f"pyimgur: {sanitize(error.sentence)}", err=True)
    return 0 if error is None else 1


def _for_terminal(reply: Reply) -> str:
    """Return indented JSON, or text without control characters."""
    if reply.document is NO_DOCUMENT:
        return "\n".join(map(sanitize, reply.body.decode("utf-8", "replace").splitlines()))
    return as_json(reply.document, indent=2)
