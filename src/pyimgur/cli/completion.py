"""`pyimgur completion`: print shell completion scripts for bash, zsh and fish."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from ._command_table import COMPLETION_VARIABLE
from ._options import examples

SHELLS = ("bash", "zsh", "fish")


@click.command(
    epilog=examples(
        "pyimgur completion bash >>~/.bashrc",
        "pyimgur completion zsh >~/.zfunc/_pyimgur",
        "pyimgur completion fish >~/.config/fish/completions/pyimgur.fish",
    )
)
@click.argument("shell", metavar="SHELL", type=click.Choice(SHELLS))
def completion(shell: str) -> None:
    """Print the completion script for SHELL: bash, zsh or fish. Save it where the shell loads it from."""
    from ._lazy_group import ROOT

    kind = get_completion_class(shell)
    assert kind is not None
    click.echo(kind(ROOT, {}, "pyimgur", COMPLETION_VARIABLE).source())
