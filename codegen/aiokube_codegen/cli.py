"""The command `aiokube`."""

from __future__ import annotations

import argparse
import errno
import os
import signal
import sys
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from typing import Final

from aiokube.runtime.errors import AiokubeError
from aiokube.runtime.version import __version__

from .cluster_options import error_line
from .commands import completion, diff, explain, find, generate, reference
from .commands.exit_codes import EXIT_CODES
from .commands.parser import INTERRUPTED, HelpFormatter, Parser
from .errors import CodegenError

COMMANDS: Final = (generate, diff, explain, find, reference, completion)
"""All commands, in the order of the help."""

_EXTRA = ("argcomplete", "datamodel_code_generator", "jinja2", "rich", "ruff")
_FULL: Final = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)
"""Why a file that is open cannot be written. Commands name their own files; what is left is stdout."""
_INSTALL = "pip install 'aiokube[codegen]'"


def main(command_line: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code.

    Args:
        command_line: Its arguments. None: those of the process.
    """
    parser = _parser()
    if "_ARGCOMPLETE" in os.environ:
        _complete(parser)
    arguments = parser.parse_args(command_line)
    received: list[int] = []

    def stop(number: int, _: object) -> None:
        # A second one must not end what the first has begun: old files are being put back.
        if received:
            return
        # An exception cleans up temporary files and children. KeyboardInterrupt will not do: once it has passed through
        # `exec`, as in an import, Python exits by SIGINT even if it is caught.
        received.append(number)
        sys.exit(128 + number)

    # It tries the folder with a file the first time, which an interruption would leave there. Few commands need it.
    with suppress(OSError):
        tempfile.gettempdir()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    try:
        code = int(arguments.run(arguments))
        # Unlike `flush`, this works without stdout, too.
        print(end="", flush=True)
        return code
    except BaseException as error:
        # First: a library may have turned the interruption into an error of its own.
        if received:
            print(arguments.interrupted, file=sys.stderr)
            return 128 + received[0]
        if isinstance(error, BrokenPipeError):
            _drop_output()
            return 128 + signal.SIGPIPE
        if isinstance(error, OSError) and error.errno in _FULL:
            _drop_output()
            print(f"error: the output cannot be written: {error.strerror}", file=sys.stderr)
            return 1
        if isinstance(error, (AiokubeError, CodegenError)):
            print(error_line(error), file=sys.stderr)
            return 1
        name = error.name if isinstance(error, ModuleNotFoundError) else None
        if name and name.partition(".")[0] in _EXTRA:
            print(f"error: this command needs {name}, which is not installed: {_INSTALL}", file=sys.stderr)
            return 1
        raise


def _parser() -> argparse.ArgumentParser:
    parser = Parser(
        prog="aiokube",
        description="The command of aiokube, an asyncio client for Kubernetes: makes a typed client from the API of a "
        "cluster, and explains that API.",
        epilog="`aiokube COMMAND --help` describes a command, with examples. The answer goes to stdout, progress and "
        "errors go to stderr. Colors are used in a terminal, unless NO_COLOR is set.\n\n"
        + "\n".join(["exit codes:", *(f"  {code:<5}{meaning}" for code, meaning in EXIT_CODES)]),
        formatter_class=HelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"aiokube {__version__}")
    parser.set_defaults(run=_help, parser=parser, interrupted=INTERRUPTED)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")
    for command in COMMANDS:
        command.add_parser(commands)
    return parser


def _drop_output() -> None:
    """Write no more on stdout. Python would write what is left when it exits, and complain again."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _help(arguments: argparse.Namespace) -> int:
    arguments.parser.print_help()
    return 0


def _complete(parser: argparse.ArgumentParser) -> None:
    """Print the completions that a shell asks for, and exit."""
    import argcomplete

    argcomplete.autocomplete(parser, always_complete_options=False)


if __name__ == "__main__":
    sys.exit(main())
