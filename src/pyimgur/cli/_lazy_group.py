"""The click group of all commands, which imports a command when it runs; shell completion."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import click
from click.shell_completion import CompletionItem

from . import _stdio
from ._command_table import COMMANDS
from ._terminal_text import sanitize


class LazyGroup(click.Group):
    """A group that imports a command when it is looked up."""

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Return completions for the name of a command from the table, without an import."""
        if incomplete.startswith("-"):
            return super().shell_complete(ctx, incomplete)
        return [CompletionItem(name, help=line) for name, (_, line) in COMMANDS.items() if name.startswith(incomplete)]

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command that the words begin with; the error for an unknown one suggests similar names."""
        try:
            return super().resolve_command(ctx, args)
        except click.exceptions.NoSuchCommand as error:
            raise click.exceptions.NoSuchCommand(error.command_name, possibilities=COMMANDS, ctx=ctx) from None

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands."""
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return the command of that name; None if there is none."""
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name][0].partition(":")
        command = getattr(import_module(module), name)
        assert isinstance(command, click.Command)
        return command


ROOT = LazyGroup("pyimgur", context_settings={"help_option_names": ["--help", "-h"]})


def complete() -> int:
    """Print completions for the shell, and return the exit code."""
    ROOT.main([], prog_name="pyimgur")
    return 0


def dispatch(words: list[str]) -> int:
    """Run one command line with click, and return the exit code; only usage errors are handled here."""
    _stdio.prepare()
    try:
        with ROOT.make_context("pyimgur", words) as ctx:  # not ROOT.main: pyimgur.cli.main() reports errors
            code = ROOT.invoke(ctx)
    except click.exceptions.Exit as done:
        return done.exit_code
    except click.Abort:  # Ctrl-C at a question
        raise KeyboardInterrupt from None
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
        return error.exit_code
    except click.UsageError as error:
        command = error.ctx.command_path if error.ctx else "pyimgur"
        return _print_usage_error(error, f" (see {command} --help{_hint(words)})")
    except click.ClickException as error:
        return _print_usage_error(error)
    return code if isinstance(code, int) else 0


def _hint(words: list[str]) -> str:
    """Return advice about a file name that begins with - and was parsed as an option; else an empty string."""
    file = next((word for word in words if word.startswith("-") and word.strip("-") and Path(word).exists()), None)
    return f"; a file called {sanitize(file)} must come after --" if file else ""


def _print_usage_error(error: click.ClickException, more: str = "") -> int:
    click.echo(f"pyimgur: {error.format_message().rstrip('.')}{more}", err=True)
    return error.exit_code
