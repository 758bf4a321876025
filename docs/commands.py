"""Writes commands.md: what every command says of itself. `make docs` runs it, and a test compares."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from pyimgur.cli import _help
from pyimgur.cli._command_table import COMMAND_GROUPS
from pyimgur.cli._lazy_group import ROOT

PAGE = Path(__file__).with_suffix(".md")
TOP = f"""\
# Commands

This page has the output of `--help` of every command. [Command line](everyday.md) explains how to use them.

```text
{_help()}```
"""


def page() -> str:
    """The whole page."""
    return TOP + "".join(f"\n## {title}\n{''.join(map(section, group))}" for title, group in COMMAND_GROUPS.items())


def section(command: str) -> str:
    """What a command says, and those under it."""
    return "".join(f"\n### {name}\n\n```text\n{text}\n```\n" for name, text in helps(command, ROOT))


def helps(name: str, parent: click.Group, above: str = "pyimgur") -> Iterator[tuple[str, str]]:
    """The full name and the help of a command and of those under it."""
    context = click.Context(parent)
    command = parent.get_command(context, name)
    assert command is not None
    full = f"{above} {name}"
    yield full, click.Context(command, info_name=full, terminal_width=80).get_help()
    if isinstance(command, click.Group):
        for under in command.list_commands(context):
            yield from helps(under, command, full)


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
