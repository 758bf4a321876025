"""Write commands.md: the help of every command. `make docs` runs it, and a test compares."""

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
    """Return the whole page."""
    return TOP + "".join(f"\n## {title}\n{''.join(map(section, group))}" for title, group in COMMAND_GROUPS.items())


def section(command: str) -> str:
    """Return the help of a command and of its subcommands."""
    root = click.Context(ROOT, info_name="pyimgur", terminal_width=80, **ROOT.context_settings)
    return "".join(f"\n### {name}\n\n```text\n{text}\n```\n" for name, text in helps(command, root))


def helps(name: str, parent: click.Context) -> Iterator[tuple[str, str]]:
    """Yield the full name and the help of a command and of its subcommands, as the command line prints them."""
    assert isinstance(parent.command, click.Group)
    command = parent.command.get_command(parent, name)
    assert command is not None
    context = click.Context(command, parent, info_name=name)
    yield context.command_path, context.get_help()
    if isinstance(command, click.Group):
        for under in command.list_commands(context):
            yield from helps(under, context)


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
