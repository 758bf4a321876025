"""`pyimgur doctor`: report how the site answers, without secrets."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from .._version import __version__
from ..backup.diagnosis import Answer, diagnose
from ._cookie_option import cookie_client, cookies_option
from ._options import examples
from ._output import Output, columns, output_options
from ._session import Session, session_options

_COLUMNS = columns(
    call="call", status="status", ms="milliseconds", type="content_type", bytes="size", entries="entries", error="error"
)


@click.command(epilog=examples("pyimgur doctor", "pyimgur doctor --json >report.json   # for a bug report"))
@cookies_option
@output_options
@session_options
def doctor(session: Session, output: Output, cookies: Path | None) -> int:
    """Make a few read-only calls, and report how the site answers.

    The report has no values of your account: only the names and types of fields, how many entries a list has, and the
    rate limits. Attach the output of --json to a bug report. It costs about 9 credits.
    """
    failed = 0

    def answers(im: Any) -> Iterator[dict[str, Any]]:
        nonlocal failed
        for answer in diagnose(im):
            failed += not _is_ok(answer)
            yield asdict(answer)

    with cookie_client(session, cookies) if cookies else session.client() as im:
        click.echo(f"pyimgur {__version__} at {session.site.api}", err=True)
        output.rows(_COLUMNS, answers(im))
    return 1 if failed else 0


def _is_ok(answer: Answer) -> bool:
    return 200 <= answer.status < 300 and not answer.error
