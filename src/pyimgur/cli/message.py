"""`pyimgur message`: read and write private messages, on your own server; imgur.com has had none since 2017."""

from __future__ import annotations

import click

from ._options import examples
from ._output import Output, columns, day, limit_option, output_options
from ._prompts import confirm, yes_option
from ._resolve import for_each, resolve_id, text_or_stdin
from ._session import Session, session_options

CONVERSATIONS = columns(
    id="id", other="with_account", messages="message_count", last=day("datetime"), text="last_message_preview"
)
MESSAGES = columns(id="id", by="from", written=day("datetime"), text="body")


@click.group(epilog=examples("pyimgur message list", "pyimgur message send bob 'Thank you!'"))
def message() -> None:
    """Read and write messages. imgur.com no longer has any."""


@message.command("list", epilog=examples("pyimgur message list"))
@limit_option
@output_options
@session_options
def list_(session: Session, output: Output, limit: int | None) -> None:
    """List your conversations."""
    with session.user() as im:
        output.rows(CONVERSATIONS, im.get_conversations.iter(limit=limit))


@message.command(epilog=examples("pyimgur message show 1234"))
@click.argument("id", type=int)
@limit_option
@output_options
@session_options
def show(session: Session, output: Output, id: int, limit: int | None) -> None:
    """List the messages of a conversation."""
    with session.user() as im:
        output.rows(MESSAGES, im.conversation(id).get_messages.iter(limit=limit))


@message.command(epilog=examples("pyimgur message send bob 'Thank you!'", "pyimgur message send bob - <letter.txt"))
@click.argument("user")
@click.argument("text")
@session_options
def send(session: Session, user: str, text: str) -> None:
    """Send a message to USER. Use - as TEXT to read it from standard input."""
    with session.user() as im:
        im.user(resolve_id(session, user)).start_conversation(text_or_stdin(text))


@message.command(epilog=examples("pyimgur message delete 1234"))
@click.argument("ids", metavar="ID...", nargs=-1, required=True, type=int)
@yes_option
@session_options
def delete(session: Session, ids: tuple[int, ...], yes: bool) -> int:
    """Delete conversations for you; the other user keeps them."""
    confirm(f"Delete {len(ids)} conversation(s)?", yes=yes)
    with session.user() as im:
        return for_each(session, map(str, ids), lambda number: im.conversation(int(number)).delete())
