"""The messages of the errors of aiokube, as they stand in its source: what varies in one is `…`.

An error is made by a call of its class, or of a function in `_HELPERS`, with a text, the name of one, or a sum of them.
"""

from __future__ import annotations

import ast
import itertools
import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from aiokube import errors
from tests.docs.pages import ROOT

RUNTIME = ROOT / "src" / "aiokube" / "runtime"
VARIES = "…"

CLASSES = {
    name
    for name in errors.__all__
    if isinstance(found := getattr(errors, name), type) and issubclass(found, errors.AiokubeError)
}

# The class of the error that a function makes, and the position of its text among the arguments.
_HELPERS = {
    ("arguments.py", "_error"): ("InvalidArgument", 0),
    ("codec/yaml_reader.py", "_error"): ("ConfigError", 1),
    ("codec/problems.py", "_report"): ("DecodeError", 1),
    ("codec/outgoing.py", "Refused"): ("InvalidRequest", 0),
    ("http/auth/plugin_process.py", "Outcome"): ("ConfigError", 0),
    ("config/fields.py", "error"): ("ConfigError", 1),
    ("config/kubeconfig.py", "error"): ("ConfigError", 1),
}

# Functions of the transport that say what has failed; the class follows from the failure.
_TRANSLATIONS = {"_translate", "_translating"}
_TRANSLATED = ("ConnectionError", "Disconnected", "RequestTimeout")

_PLACEHOLDER = re.compile(r"\{[^{}]*\}")
_WORD = re.compile(r"[A-Za-z]{2,}")

_Function = ast.FunctionDef | ast.AsyncFunctionDef


@cache
def messages() -> dict[str, list[str]]:
    """The messages of each class, in the order of the alphabet."""
    found: dict[str, set[str]] = defaultdict(set)
    for path in sorted(RUNTIME.rglob("*.py")):
        for cls, text in _of_module(path):
            if len(_WORD.findall(text)) > 1:
                found[cls].add(re.sub(rf"{VARIES}+", VARIES, " ".join(text.split())))
    return {cls: sorted(texts, key=_sort_key) for cls, texts in found.items()}


def _sort_key(text: str) -> tuple[str, str]:
    return text.lstrip(f"{VARIES}: ").lower(), text


def _of_module(path: Path) -> Iterator[tuple[str, str]]:
    file = path.relative_to(RUNTIME).as_posix()
    tree = ast.parse(path.read_text())
    of_module = _assigned(tree.body)
    returned = {
        function.name: [node.value for node in ast.walk(function) if isinstance(node, ast.Return) and node.value]
        for function in ast.walk(tree)
        if isinstance(function, _Function)
    }
    for scope in [tree, *(node for node in ast.walk(tree) if isinstance(node, _Function))]:
        texts = of_module | (_assigned(ast.walk(scope)) if isinstance(scope, _Function) else {})
        for node in _calls(scope):
            match node.func:
                case ast.Name(id=name) | ast.Attribute(attr=name):
                    if name in _TRANSLATIONS:
                        for what in _texts(node.args[2], texts):
                            yield from ((cls, f"{VARIES}: {what}: {VARIES}") for cls in _TRANSLATED)
                        continue
                    cls, position = _HELPERS.get((file, name), (name, 0))
                    if cls in CLASSES and len(node.args) > position:
                        for text in _texts_of_argument(node.args[position], texts, returned):
                            yield cls, text


def _calls(scope: ast.Module | _Function) -> Iterator[ast.Call]:
    """The calls in a scope, and not in the functions inside of it."""
    waiting: list[ast.AST] = list(ast.iter_child_nodes(scope))
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Call):
            yield node
        if not isinstance(node, _Function):
            waiting.extend(ast.iter_child_nodes(node))


def _assigned(nodes: Iterator[ast.AST] | list[ast.stmt]) -> dict[str, list[ast.expr]]:
    """The expressions that names are bound to."""
    found: dict[str, list[ast.expr]] = defaultdict(list)
    for node in nodes:
        match node:
            case (
                ast.Assign(targets=[ast.Name(id=name)], value=value)
                | ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value)
            ):
                found[name].append(value)
    return found


def _texts_of_argument(
    node: ast.expr, names: dict[str, list[ast.expr]], returned: dict[str, list[ast.expr]]
) -> list[str]:
    """The texts that an argument may be: those that a function of the module returns, where it is a call of one."""
    match node:
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(value=ast.Name(id="self"), attr=name)) if name in returned:
            return [text for value in returned[name] for text in _texts(value, names)]
    return _texts(node, names)


def _texts_of_parts(parts: list[ast.expr], names: dict[str, list[ast.expr]]) -> list[str]:
    """The texts that an f-string may be. One of its parts may be one of several texts; of two, it is not known which of
    them go together."""
    found = [_texts(part.value if isinstance(part, ast.FormattedValue) else part, names) for part in parts]
    if sum(len(texts) > 1 for texts in found) > 1:
        found = [texts if len(texts) == 1 else [VARIES] for texts in found]
    return ["".join(combination) for combination in itertools.product(*found)]


def _texts(node: ast.expr, names: dict[str, list[ast.expr]]) -> list[str]:
    """The texts that an expression may be."""
    match node:
        case ast.Constant(value=str(text)):
            return [text]
        case ast.JoinedStr(values=parts):
            return _texts_of_parts(parts, names)
        case ast.BinOp(op=ast.Add(), left=left, right=right):
            return [one + other for one in _texts(left, names) for other in _texts(right, names)]
        case ast.BoolOp(values=values):
            return [text for value in values for text in _texts(value, names) if text]
        case ast.IfExp(body=body, orelse=other):
            return _texts(body, names) + _texts(other, names)
        case ast.Name(id=name) if name in names:
            others = {key: value for key, value in names.items() if key != name}
            return [text for value in names[name] for text in _texts(value, others)]
        case ast.Call(func=ast.Attribute(value=value, attr="format")):
            return [_PLACEHOLDER.sub(VARIES, text) for text in _texts(value, names)]
        case ast.Call(func=ast.Name(id="Status"), keywords=keywords):
            return [text for one in keywords if one.arg == "message" for text in _texts(one.value, names)]
        case ast.Call(func=ast.Name(id="printable"), args=[value]):
            return _texts(value, names)
    return [VARIES]
