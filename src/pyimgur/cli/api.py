"""`pyimgur api`: any call of the API, signed, and its answer as it came."""

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
    """What was given as name=value."""
    split = [value.partition("=") for value in values]
    if any(not name or not equals for name, equals, _ in split):
        raise click.BadParameter("write it as name=value", ctx, param)
    return tuple((name, value) for name, _, value in split)


def _file(ctx: click.Context, param: click.Parameter, value: str | None) -> tuple[str, str] | None:
    """What was given as name=@path."""
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
@click.argument("method", type=click.Choice(get_args(Method), case_sensitive=False))
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
            return _show_documents(replies, call, output, several=paginate)
        return max(_show(reply, call, apart=paginate) for reply in replies)


def _grouped(pairs: Pairs) -> dict[str, list[str]]:
    """A name that is given several times is sent several times."""
    grouped: dict[str, list[str]] = {}
    for name, value in pairs:
        grouped.setdefault(name, []).append(value)
    return grouped


class _Call:
    """What to send, and in what form."""

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
        """The answer, of one page if there are several."""
        path, query = self.path, dict(self._query)
        if page is not None and PAGE in path:
            path = path.replace(PAGE, str(page))
        elif page is not None:
            query["page"] = page
        file = self._file and (self._file[0], sys.stdin.buffer if self._file[1] == "-" else Path(self._file[1]))
        return im.send_raw(self.method, path, self._fields, query=query, file=file, as_json=self._as_json)

    def pages(self, im: Imgur) -> Iterator[Reply]:
        """Page after page, until one is empty, the same again, or says no."""
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
    """Whether a page holds nothing: an empty list, or an object whose list of items is one."""
    return _items_of(_items_of(reply.document, "data"), "items", "posts") == []


def _items_of(document: object, *names: str) -> object:
    """What the document wraps under one of these names; itself if it wraps nothing."""
    if not isinstance(document, dict):
        return document
    fields = cast("dict[str, object]", document)
    return next((fields[name] for name in names if name in fields), fields)


def _show(reply: Reply, call: _Call, *, apart: bool) -> int:
    """Print an answer; gives the exit code."""
    click.echo(_for_people(reply) if sys.stdout.isatty() else reply.body + b"\n" * apart, nl=sys.stdout.isatty())
    return _tell(reply, call)


def _show_documents(replies: Iterator[Reply], call: _Call, output: Output, *, several: bool) -> int:
    """Print answers as JSON, several as a list; gives the exit code.

    Raises:
        CommandError: an answer is no JSON.
    """
    codes: list[int] = []

    def documents() -> Generator[dict[str, Any], None, bool]:
        for reply in replies:
            codes.append(_tell(reply, call))
            if reply.document is NO_DOCUMENT:
                raise CommandError("the response is not JSON: leave out --json to see it")
            yield reply.document
        return False  # nothing was cut

    if several:
        output.rows({}, documents())
    else:
        output.one({}, next(documents()))
    return max(codes)


def _tell(reply: Reply, call: _Call) -> int:
    """Tell of an answer that says no; gives the exit code."""
    secrets = [part for part in call.path.partition("?")[0].split("/") if is_deletehash(part)]
    error = error_from(reply, f"{call.method} {shown_path(call.path)}", time.time(), secrets)
    if error is not None:
        click.echo(f"pyimgur: {sanitize(error.sentence)}", err=True)
    return 0 if error is None else 1


def _for_people(reply: Reply) -> str:
    """JSON set out, or text without orders to the terminal."""
    if reply.document is NO_DOCUMENT:
        return "\n".join(map(sanitize, reply.body.decode("utf-8", "replace").splitlines()))
    return as_json(reply.document, indent=2)
