"""The command `aiokube completion`."""

from __future__ import annotations

import argparse
import sys

from .parser import Commands, add_command

_INSTALLED = (
    ('eval "$(aiokube completion bash)"', "for this shell; put the line into ~/.bashrc for all of them"),
    ('eval "$(aiokube completion zsh)"', "likewise, in ~/.zshrc after `autoload -U compinit; compinit`"),
    ("aiokube completion fish > ~/.config/fish/completions/aiokube.fish", "for every shell to come"),
)


def add_parser(commands: Commands) -> None:
    """Declare the command."""
    parser = add_command(
        commands,
        "completion",
        run=run,
        help="print a script that completes command lines in a shell",
        description="Print a script that completes `aiokube` on Tab: commands, options, files, and for `explain` the "
        "resources and fields of the shipped API.",
        examples=_INSTALLED,
    )
    parser.add_argument("shell", choices=("bash", "zsh", "fish"), help="the shell")


def run(arguments: argparse.Namespace) -> int:
    """Print the script, and return the exit code."""
    from argcomplete.shell_integration import shellcode

    sys.stdout.write(shellcode(["aiokube"], shell=arguments.shell))
    return 0
