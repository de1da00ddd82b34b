"""docs/operating/logging.md lists each log message of the library, with its logger and level, and no others."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
RUNTIME = ROOT / "src" / "aiokube" / "runtime"
FILES = sorted(RUNTIME.rglob("*.py"))

_ROW = re.compile(r"^\| `([^`]+)` \| ([A-Z]+(?: or [A-Z]+)?) \| `([^`]+)` \| [A-Z][^|]*\. \|$", re.MULTILINE)
_LEVELS = {
    "debug": "DEBUG",
    "info": "INFO",
    "warning": "WARNING",
    "error": "ERROR",
    "exception": "ERROR",
    "log": "WARNING or DEBUG",
}


class Message(NamedTuple):
    logger: str
    level: str
    text: str


def _text_of(node: ast.expr) -> str:
    assert isinstance(node, ast.Constant), f"not a literal: {ast.unparse(node)}"
    assert isinstance(node.value, str), f"not a string: {ast.unparse(node)}"
    return node.value


def _calls(path: Path, owner: str) -> Iterator[tuple[str, ast.Call]]:
    """Yield the calls of methods of a name, such as `logging` or `_log`."""
    text = path.read_text()
    for node in ast.walk(ast.parse(text)) if f"{owner}." in text else ():
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr=method)) if name == owner:
                yield method, node


def _loggers(path: Path) -> list[str]:
    return [_text_of(call.args[0]) for method, call in _calls(path, "logging") if method == "getLogger"]


def _messages(path: Path) -> Iterator[Message]:
    for method, call in _calls(path, "_log"):
        (logger,) = _loggers(path)
        yield Message(logger, _LEVELS[method], _text_of(call.args[1 if method == "log" else 0]))


def test_each_module_logs_to_the_logger_of_its_room() -> None:
    for path in FILES:
        rooms = path.relative_to(RUNTIME).parts[:-1]
        for logger in _loggers(path):
            assert logger in {f"aiokube.{room}" for room in rooms}, path
        assert not [method for method, _ in _calls(path, "logging") if method in _LEVELS], f"{path} logs to the root"


def test_the_page_lists_each_message_once_and_no_others() -> None:
    page = (ROOT / "docs" / "operating" / "logging.md").read_text()
    listed = [Message(*row) for row in _ROW.findall(page)]

    assert len(listed) == page.count("\n| `"), "a row is not of the form logger | level | message | when"
    assert len(listed) == len(set(listed))
    assert set(listed) == {message for path in FILES for message in _messages(path)}
