"""The parser: from text to a tree."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .errors import CelUnsupported, compile_error

RESERVED = frozenset(
    """as break const continue else for function if import let loop package namespace return var void
    while""".split()  # noqa: SIM905 - the list of the specification
)
"""Words that are no names."""

_TOKEN = re.compile(
    r"""(?P<space>\s+|//[^\n]*)
    |(?P<float>(?:\d+\.\d+|\.\d+)(?:[eE][+-]?\d+)?|\d+[eE][+-]?\d+)
    |(?P<int>0x[0-9a-fA-F]+|\d+)(?P<unsigned>[uU]?)
    |(?P<prefix>[rRbB]{0,2})(?P<quote>\"\"\"|'''|\"|')
    |(?P<name>[_a-zA-Z][_a-zA-Z0-9]*)
    |(?P<operator>&&|\|\||==|!=|<=|>=|[-+*/%!<>?:.,()\[\]{}])""",
    re.VERBOSE | re.ASCII,
)
_ESCAPE = re.compile(r"\\(x[0-9a-fA-F]{2}|X[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[0-3][0-7]{2}|.)", re.DOTALL)
_ESCAPES = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_SAME = frozenset("\\?\"'`")


@dataclass(frozen=True)
class Tree:
    """A node of the tree.

    `kind` is `literal`, `name`, `select`, `optional` for a field that may be missing, `call`, `list`, or `map`.
    """

    kind: str
    at: int
    value: Any = None
    """Of a literal; the name of others."""
    parts: tuple[Tree, ...] = ()
    target: Tree | None = None
    """The operand that a field or a method belongs to."""


@dataclass(frozen=True)
class _Token:
    kind: str
    at: int
    value: Any


def parse(source: str) -> Tree:
    """Return the tree of an expression.

    Raises:
        CelError: It is not an expression.
        CelUnsupported: It has a form that is not known here.
    """
    return _Parser(source).parse()


class _Parser:
    def __init__(self, source: str) -> None:
        self._source = source
        self._tokens = list(self._scan())
        self._index = 0

    def parse(self) -> Tree:
        tree = self._expression()
        self._expect("end")
        return tree

    def _scan(self) -> list[_Token]:
        tokens: list[_Token] = []
        at = 0
        while at < len(self._source):
            found = _TOKEN.match(self._source, at)
            if found is None:
                raise self._wrong(at, f"Syntax error: token recognition error at: '{self._source[at]}'")
            end = found.end()
            match found.lastgroup:
                case "float":
                    tokens.append(_Token("literal", at, float(found["float"])))
                case "unsigned" | "int":
                    if found["unsigned"]:
                        raise CelUnsupported("unsigned integers in CEL")
                    number = int(found["int"], 0 if "x" in found["int"] else 10)
                    # The smallest number has a sign, which is read apart.
                    if number > 1 << 63 or (number == 1 << 63 and self._source[at - 1 : at] != "-"):
                        raise self._wrong(at, "invalid int literal")
                    tokens.append(_Token("literal", at, number))
                case "quote":
                    text, end = self._string(found["prefix"].lower(), found["quote"], at, end)
                    tokens.append(_Token("literal", at, text))
                case "name":
                    tokens.append(self._name(found["name"], at))
                case "operator":
                    tokens.append(_Token(found["operator"], at, found["operator"]))
            at = end
        tokens.append(_Token("end", len(self._source), "<EOF>"))
        return tokens

    def _name(self, name: str, at: int) -> _Token:
        match name:
            case "true" | "false":
                return _Token("literal", at, name == "true")
            case "null":
                return _Token("literal", at, None)
            case "in":
                return _Token("in", at, name)
        return _Token("name", at, name)

    def _string(self, prefix: str, quote: str, at: int, start: int) -> tuple[str, int]:
        if "b" in prefix:
            raise CelUnsupported("bytes in CEL")
        end = start
        while end < len(self._source) and not self._source.startswith(quote, end):
            if len(quote) == 1 and self._source[end] == "\n":
                break
            end += 2 if self._source[end] == "\\" and "r" not in prefix else 1
        if not self._source.startswith(quote, end):
            raise self._wrong(at, f"Syntax error: token recognition error at: '{self._source[at:]}'")
        text = self._source[start:end]
        return (text if "r" in prefix else _ESCAPE.sub(self._unescaped, text)), end + len(quote)

    def _unescaped(self, found: re.Match[str]) -> str:
        code = found[1]
        if code in _ESCAPES or code in _SAME:
            return _ESCAPES.get(code, code)
        if code[0] in "xXuU" and len(code) > 1:
            return chr(int(code[1:], 16))
        if code[0] in "0123" and len(code) == 3:
            return chr(int(code, 8))
        raise self._wrong(found.start(), f"Syntax error: token recognition error at: '\\{code}'")

    # the grammar

    def _expression(self) -> Tree:
        condition = self._binary(0)
        if (token := self._take("?")) is None:
            return condition
        first = self._binary(0)
        self._expect(":")
        return Tree("call", token.at, "_?_:_", (condition, first, self._expression()))

    _LEVELS: tuple[tuple[str, ...], ...] = (
        ("||",),
        ("&&",),
        ("<", "<=", ">=", ">", "==", "!=", "in"),
        ("+", "-"),
        ("*", "/", "%"),
    )

    def _binary(self, level: int) -> Tree:
        if level == len(self._LEVELS):
            return self._unary()
        left = self._binary(level + 1)
        while (token := self._take(*self._LEVELS[level])) is not None:
            name = "@in" if token.kind == "in" else f"_{token.kind}_"
            left = Tree("call", token.at, name, (left, self._binary(level + 1)))
        return left

    def _unary(self) -> Tree:
        token = self._take("!", "-")
        if token is None:
            return self._member()
        following = self._tokens[self._index]
        if token.kind == "-" and type(following.value) in (int, float) and following.kind == "literal":
            tree = self._member()
            if tree.kind == "literal":
                return Tree("literal", token.at, -tree.value)
        else:
            tree = self._unary()
        return Tree("call", token.at, f"{token.kind}_", (tree,))

    def _member(self) -> Tree:
        tree = self._primary()
        while (token := self._take(".", "[")) is not None:
            optional = self._take("?") is not None
            if optional and token.kind == "[":
                raise CelUnsupported("optional items in CEL")
            if optional:
                tree = Tree("optional", token.at, self._expect("name").value, (), tree)
                continue
            if token.kind == "[":
                index = self._expression()
                self._expect("]")
                tree = Tree("call", token.at, "_[_]", (tree, index))
                continue
            name = self._expect("name")
            if (opening := self._take("(")) is not None:
                tree = Tree("call", opening.at, name.value, self._arguments(")"), tree)
            else:
                tree = Tree("select", token.at, name.value, (), tree)
        return tree

    def _primary(self) -> Tree:
        token = self._next()
        match token.kind:
            case "literal":
                return Tree("literal", token.at, token.value)
            case "(":
                tree = self._expression()
                self._expect(")")
                return tree
            case "[":
                return Tree("list", token.at, None, self._arguments("]"))
            case "{":
                return self._map(token)
            case "name" if token.value in RESERVED:
                raise self._wrong(token.at, f"reserved identifier: {token.value}")
            case "name":
                if (opening := self._take("(")) is not None:
                    return Tree("call", opening.at, token.value, self._arguments(")"))
                return Tree("name", token.at, token.value)
            case ".":
                raise CelUnsupported("names with a leading dot in CEL")
        raise self._unexpected(token)

    def _map(self, opening: _Token) -> Tree:
        entries: list[Tree] = []
        while self._take("}") is None:
            key = self._expression()
            colon = self._expect(":")
            entries.append(Tree("entry", colon.at, None, (key, self._expression())))
            if self._take(",") is None:
                self._expect("}")
                break
        return Tree("map", opening.at, None, tuple(entries))

    def _arguments(self, closing: str) -> tuple[Tree, ...]:
        found: list[Tree] = []
        while self._take(closing) is None:
            found.append(self._expression())
            if self._take(",") is None:
                self._expect(closing)
                break
        return tuple(found)

    # tokens

    def _next(self) -> _Token:
        token = self._tokens[self._index]
        self._index += 1
        return token

    def _take(self, *kinds: str) -> _Token | None:
        token = self._tokens[self._index]
        if token.kind not in kinds:
            return None
        self._index += 1
        return token

    def _expect(self, kind: str) -> _Token:
        token = self._next()
        if token.kind != kind:
            raise self._unexpected(token)
        return token

    def _unexpected(self, token: _Token) -> Exception:
        shown = "<EOF>" if token.kind == "end" else str(token.value)
        return self._wrong(token.at, f"Syntax error: mismatched input '{shown}'")

    @property
    def _wrong(self) -> Callable[[int, str], Exception]:
        return lambda at, problem: compile_error(self._source, at, problem)
