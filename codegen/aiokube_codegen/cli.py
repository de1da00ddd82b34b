"""The command `aiokube`."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from typing import Final, NoReturn

from aiokube.runtime.errors import AiokubeError

from .commands import diff, generate
from .errors import CodegenError
from .naming.docstrings import printable

_COMMANDS: Final = (generate, diff)
_EXTRA = ("datamodel_code_generator", "jinja2", "rich", "ruff")
_INSTALL = "pip install 'aiokube[codegen]'"


def main() -> int:
    """Run the command and return its exit code."""
    arguments = _parser().parse_args()
    received: list[int] = []

    def stop(number: int, _: object) -> NoReturn:
        # An exception cleans up temporary files and children. KeyboardInterrupt will not do: once it has passed through
        # `exec`, as in an import, Python exits by SIGINT even if it is caught.
        received.append(number)
        sys.exit(128 + number)

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    try:
        code = int(arguments.run(arguments))
        sys.stdout.flush()
        return code
    except BaseException as error:
        # First: a library may have turned the interruption into an error of its own.
        if received:
            print("interrupted: nothing was written", file=sys.stderr)
            return 128 + received[0]
        if isinstance(error, BrokenPipeError):
            # Python would write what is left when it exits.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return 128 + signal.SIGPIPE
        if isinstance(error, (AiokubeError, CodegenError)):
            print("error: " + "\n".join(map(printable, str(error).splitlines())), file=sys.stderr)
            return 1
        name = error.name if isinstance(error, ModuleNotFoundError) else None
        if name and name.partition(".")[0] in _EXTRA:
            print(f"error: generating needs {name}, which is not installed: {_INSTALL}", file=sys.stderr)
            return 1
        raise


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="aiokube", description="An asyncio client for Kubernetes.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for command in _COMMANDS:
        command.add_parser(commands)
    return parser


if __name__ == "__main__":
    sys.exit(main())
