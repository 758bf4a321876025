"""The click side of the command: groups found by name, loaded when they are used."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import click
from click.shell_completion import CompletionItem

from . import _stdio
from ._command_table import COMMANDS
from ._terminal_text import sanitize


class LazyGroup(click.Group):
    """A group whose commands are imported when they are asked for."""

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """What the tab key offers in the place of a command: as the table has it, with nothing imported."""
        if incomplete.startswith("-"):
            return super().shell_complete(ctx, incomplete)
        return [CompletionItem(name, help=line) for name, (_, line) in COMMANDS.items() if name.startswith(incomplete)]

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that the words begin with; of one that there is not, those are named that look like it."""
        try:
            return super().resolve_command(ctx, args)
        except click.exceptions.NoSuchCommand as error:
            raise click.exceptions.NoSuchCommand(error.command_name, possibilities=COMMANDS, ctx=ctx) from None

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Every command's name, as the table has it."""
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name, imported now; None if there is none."""
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name][0].partition(":")
        command = getattr(import_module(module), name)
        assert isinstance(command, click.Command)
        return command


ROOT = LazyGroup("pyimgur", context_settings={"help_option_names": ["--help", "-h"]})


def complete() -> int:
    """Answer a shell that asks what could stand behind what was typed; gives the exit code."""
    ROOT.main([], prog_name="pyimgur")
    return 0


def dispatch(words: list[str]) -> int:
    """Run one command line with click; gives the exit code, and lets every error out that is not about usage."""
    _stdio.prepare()
    try:
        with ROOT.make_context("pyimgur", words) as ctx:  # not ROOT.main: what ends a command is told in one place
            code = ROOT.invoke(ctx)
    except click.exceptions.Exit as done:
        return done.exit_code
    except click.Abort:  # Ctrl-C at a question
        raise KeyboardInterrupt from None
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
        return error.exit_code
    except click.UsageError as error:
        asked = error.ctx.command_path if error.ctx else "pyimgur"
        return _print_usage_error(error, f" (see {asked} --help{_hint(words)})")
    except click.ClickException as error:
        return _print_usage_error(error)
    return code if isinstance(code, int) else 0


def _hint(words: list[str]) -> str:
    """What to do about a file whose name was taken for an option."""
    taken = next((word for word in words if word.startswith("-") and word.strip("-") and Path(word).exists()), None)
    return f"; a file called {sanitize(taken)} must come after --" if taken else ""


def _print_usage_error(error: click.ClickException, more: str = "") -> int:
    click.echo(f"pyimgur: {error.format_message().rstrip('.')}{more}", err=True)
    return error.exit_code
