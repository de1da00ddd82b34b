"""The parser: the syntax of Go's package regexp, and its words for what is wrong."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import Literal

from .characters import Characters, in_any_case, one_of, perl_class, posix_class, unicode_class, within, without
from .errors import ExpressionError, ExpressionUnsupported
from .tree import UNLIMITED, Place, Tree, choice, class_of, place, repetition, sequence

_MAX_COUNT = 1000
_MAX_HEIGHT = 1000
# Go goes up to three millions.
_MAX_SIZE = 10_000

_BOUNDS = re.compile(r"\{(0|[1-9][0-9]*)(?:(,)(0|[1-9][0-9]*)?)?\}")
_NAME = re.compile(r"[A-Za-z0-9_]+")
_OCTAL = re.compile(r"[1-7][0-7]{1,2}|0[0-7]{0,2}")
_CONTROL = {"a": "\a", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_PLACES: dict[str, Place] = {"A": "begin of text", "z": "end of text", "b": "boundary", "B": "no boundary"}
_HEXADECIMAL = "0123456789abcdefABCDEF"


@dataclass(frozen=True)
class _Flags:
    any_case: bool = False
    lines: bool = False
    dot_is_all: bool = False
    swapped: bool = False
    """Fewer repetitions are better."""


_FLAGS = {"i": "any_case", "m": "lines", "s": "dot_is_all", "U": "swapped"}


@dataclass
class _Group:
    """A group that is not closed yet."""

    before: _Flags
    captures: bool
    choices: list[Tree] = field(default_factory=list)
    parts: list[Tree] = field(default_factory=list)

    def next_choice(self) -> None:
        self.choices.append(sequence(self.parts))
        self.parts = []

    def tree(self) -> Tree:
        self.next_choice()
        found = choice(self.choices)
        return found.captured if self.captures else found


def parse(text: str) -> Tree:
    """Return the tree of an expression.

    Raises:
        ExpressionError: It is wrong.
        ExpressionUnsupported: It uses something that is not known here.
    """
    return _Parser(text).tree()


class _Parser:
    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._flags = _Flags()
        self._groups = [_Group(self._flags, False)]
        self._repeated: int | None = None
        """Where the repetition began that is just before."""

    def tree(self) -> Tree:
        while self._at < len(self._text):
            before = self._at
            is_repetition = self._item(self._text[before])
            self._repeated = before if is_repetition else None
        if len(self._groups) > 1:
            raise ExpressionError("missing closing )", self._text)
        return self._checked(self._groups[0].tree())

    def _item(self, sign: str) -> bool:
        """Read an item; return True for a repetition."""
        match sign:
            case "*" | "+" | "?":
                self._at += 1
                self._repeat(self._at - 1, 1 if sign == "+" else 0, 1 if sign == "?" else UNLIMITED)
                return True
            case "{" if bounds := _BOUNDS.match(self._text, self._at):
                self._bounds(bounds)
                return True
            case "(":
                self._open()
            case ")":
                self._close()
            case "|":
                self._at += 1
                self._groups[-1].next_choice()
            case "[":
                self._push(class_of(self._class()))
            case "\\":
                self._escape()
            case _:
                self._at += 1
                self._sign(sign)
        return False

    def _sign(self, sign: str) -> None:
        lines = self._flags.lines
        match sign:
            case "^":
                self._push(place("begin of line" if lines else "begin of text"))
            case "$":
                self._push(place("end of line" if lines else "end of text"))
            case ".":
                self._push(class_of(within("\x00\U0010ffff") if self._flags.dot_is_all else without(within("\n\n"))))
            case _:
                self._literal(sign)

    def _push(self, tree: Tree) -> None:
        self._groups[-1].parts.append(self._checked(tree))

    def _checked(self, tree: Tree) -> Tree:
        if tree.height > _MAX_HEIGHT:
            raise ExpressionError("expression nests too deeply", self._text)
        if tree.size > _MAX_SIZE:
            raise ExpressionUnsupported(f"a regular expression of more than {_MAX_SIZE} instructions")
        return tree

    def _literal(self, character: str) -> None:
        self._push(class_of(self._range(character, character)))

    def _range(self, first: str, last: str) -> Characters:
        return self._cased(within(first + last))

    def _cased(self, characters: Characters) -> Characters:
        return in_any_case(characters) if self._flags.any_case else characters

    # repetitions

    def _bounds(self, found: re.Match[str]) -> None:
        start, self._at = self._at, found.end()
        # Longer numbers are too large in any case.
        least = int(found[1][:9])
        most = least if not found[2] else int(found[3][:9]) if found[3] else UNLIMITED
        if least > _MAX_COUNT or most > _MAX_COUNT or (most != UNLIMITED and least > most):
            raise ExpressionError("invalid repeat count", found[0])
        self._repeat(start, least, most)

    def _repeat(self, start: int, least: int, most: int) -> None:
        greedy = not self._flags.swapped
        if self._text.startswith("?", self._at):
            self._at += 1
            greedy = not greedy
        if self._repeated is not None:
            raise ExpressionError("invalid nested repetition operator", self._text[self._repeated : self._at])
        said = self._text[start : self._at]
        parts = self._groups[-1].parts
        if not parts:
            raise ExpressionError("missing argument to repetition operator", said)
        found = repetition(parts[-1], least, most, greedy=greedy)
        if said.startswith("{") and max(least, most) > 1 and found.count > _MAX_COUNT:
            raise ExpressionError("invalid repeat count", said)
        parts[-1] = self._checked(found)

    # groups

    def _open(self) -> None:
        start, text = self._at, self._text
        if not text.startswith("(?", start):
            self._at += 1
            self._groups.append(_Group(self._flags, True))
            return
        rest = len(text) - start
        of_name = 4 if rest > 4 and text.startswith("(?P<", start) else 3 if rest > 3 and text[start + 2] == "<" else 0
        if not of_name:
            self._set_flags()
            return
        end = text.find(">", start)
        if end < 0 or not _NAME.fullmatch(text, start + of_name, end):
            raise ExpressionError("invalid named capture", text[start:] if end < 0 else text[start : end + 1])
        self._at = end + 1
        self._groups.append(_Group(self._flags, True))

    def _set_flags(self) -> None:
        start = self._at
        self._at += 2
        flags, wanted, is_complete = self._flags, True, True
        while self._at < len(self._text):
            sign = self._text[self._at]
            self._at += 1
            if sign in _FLAGS:
                flags, is_complete = replace(flags, **{_FLAGS[sign]: wanted}), True
            elif sign == "-" and wanted:
                wanted = is_complete = False
            elif sign in ":)" and is_complete:
                if sign == ":":
                    self._groups.append(_Group(self._flags, False))
                self._flags = flags
                return
            else:
                break
        raise ExpressionError("invalid or unsupported Perl syntax", self._text[start : self._at])

    def _close(self) -> None:
        if len(self._groups) == 1:
            raise ExpressionError("unexpected )", self._text)
        self._at += 1
        group = self._groups.pop()
        self._flags = group.before
        self._push(group.tree())

    # escapes and classes

    def _escape(self) -> None:
        name = self._text[self._at + 1 : self._at + 2]
        if name in _PLACES:
            self._at += 2
            self._push(place(_PLACES[name]))
        elif name == "C":
            raise ExpressionError("invalid escape sequence", r"\C")
        elif name == "Q":
            quoted, _, _ = self._text[self._at + 2 :].partition(r"\E")
            self._at = min(self._at + len(quoted) + 4, len(self._text))
            for character in quoted:
                self._literal(character)
        elif (found := self._class_by_escape()) is not None:
            self._push(class_of(found))
        else:
            self._literal(self._character())

    def _class_by_escape(self) -> Characters | None:
        """Read a class outside of brackets, or within them; None if here is none."""
        if not self._text.startswith("\\", self._at):
            return None
        name = self._text[self._at + 1 : self._at + 2]
        if name in ("p", "P"):
            return self._unicode_class(name == "P")
        found = perl_class(name.lower())
        if found is None:
            return None
        self._at += 2
        return self._signed(found, name.isupper())

    def _signed(self, characters: Characters, is_negative: bool) -> Characters:
        cased = self._cased(characters)
        return without(cased) if is_negative else cased

    def _unicode_class(self, is_negative: bool) -> Characters:
        start = self._at
        end = start + 3
        name = self._text[start + 2 : end]
        if name == "{":
            end = self._text.find("}", start) + 1
            if not end:
                raise ExpressionError("invalid character class range", self._text[start:])
            name = self._text[start + 3 : end - 1]
        is_inverse = name.startswith("^")
        found = unicode_class(name.removeprefix("^"))
        if found is None:
            raise ExpressionError("invalid character class range", self._text[start:end])
        self._at = end
        return self._signed(found, is_negative != is_inverse)

    def _class(self) -> Characters:
        start = self._at
        self._at += 1
        is_negative = self._text.startswith("^", self._at)
        self._at += is_negative
        classes: list[Characters] = []
        while not classes or not self._text.startswith("]", self._at):
            found = self._posix_class() or self._class_by_escape()
            classes.append(found if found is not None else self._class_range(start))
        self._at += 1
        found = one_of(classes)
        return without(found) if is_negative else found

    def _posix_class(self) -> Characters | None:
        end = self._text.find(":]", self._at + 2) if self._text.startswith("[:", self._at) else -1
        if end < 0:
            return None
        name = self._text[self._at + 2 : end]
        found = posix_class(name.removeprefix("^"))
        if found is None:
            raise ExpressionError("invalid character class range", f"[:{name}:]")
        self._at = end + 2
        return self._signed(found, name.startswith("^"))

    def _class_range(self, start: int) -> Characters:
        before = self._at
        first = last = self._class_character(start)
        if self._text.startswith("-", self._at) and self._text[self._at + 1 : self._at + 2] not in ("", "]"):
            self._at += 1
            last = self._class_character(start)
            if last < first:
                raise ExpressionError("invalid character class range", self._text[before : self._at])
        return self._range(first, last)

    def _class_character(self, start: int) -> str:
        if self._at >= len(self._text):
            raise ExpressionError("missing closing ]", self._text[start:])
        if self._text[self._at] == "\\":
            return self._character()
        self._at += 1
        return self._text[self._at - 1]

    def _character(self) -> str:
        """Read a character by an escape."""
        start = self._at
        name = self._text[start + 1 : start + 2]
        if not name:
            raise ExpressionError("trailing backslash at end of expression", "")
        self._at += 2
        if octal := _OCTAL.match(self._text, start + 1):
            self._at = octal.end()
            return chr(int(octal[0], 8))
        if name == "x" and (found := self._hexadecimal()) is not None:
            return found
        if name in _CONTROL:
            return _CONTROL[name]
        if name.isascii() and not name.isalnum():
            return name
        raise ExpressionError("invalid escape sequence", self._text[start : self._at])

    def _hexadecimal(self) -> str | None:
        r"""Read what follows `\x`; None, and the position is behind what is wrong, if it is no number."""
        kind: Literal["braces", "two"] = "braces" if self._text.startswith("{", self._at) else "two"
        if kind == "two":
            digits = self._text[self._at : self._at + 2]
            self._at += len(digits)
            return chr(int(digits, 16)) if len(digits) == 2 and all(one in _HEXADECIMAL for one in digits) else None
        self._at += 1
        code, start = 0, self._at
        while self._at < len(self._text):
            sign = self._text[self._at]
            self._at += 1
            if sign == "}" and self._at > start + 1:
                return chr(code)
            code = code * 16 + int(sign, 16) if sign in _HEXADECIMAL else 0x110000
            if code > 0x10FFFF:
                return None
        return None
