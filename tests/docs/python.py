"""Python blocks: run in the order in which they stand in a page, with what they print."""

from __future__ import annotations

import ast
import inspect
import io
from collections.abc import Iterable
from typing import Any

from tests.docs.pages import Block


class Printed:
    """The `print` of an example. Examples run at the same time, so each has its own."""

    def __init__(self) -> None:
        self._file = io.StringIO()

    def __call__(self, *values: object, **options: Any) -> None:
        """Print."""
        options.pop("flush", None)
        print(*values, file=self._file, **options)

    def take(self) -> str:
        """The output since the last time."""
        text = self._file.getvalue()
        self._file.seek(0)
        self._file.truncate()
        return text


async def run_python(blocks: Iterable[Block], scope: dict[str, object]) -> list[str]:
    """Run blocks as one module, and return what each printed.

    Args:
        blocks: The blocks; `await` may stand at their top level.
        scope: The names that they know, such as `kube`; theirs are added.
    """
    printed = Printed()
    scope |= {"__name__": "example", "print": printed}
    outputs = []
    for block in blocks:
        # Tracebacks name the lines of the page.
        source = "\n" * block.line + block.text
        result = eval(  # noqa: S307 - our own text
            compile(source, block.page, "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT), scope
        )
        if inspect.iscoroutine(result):
            await result
        outputs.append(printed.take())
    return outputs
