"""The parts of an expression; a group is what is in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from .characters import Characters

Place = Literal["begin of text", "end of text", "begin of line", "end of line", "boundary", "no boundary"]

UNLIMITED = -1


@dataclass(frozen=True)
class Tree:
    """A part.

    Attributes:
        kind: `class`, `place`, `sequence`, `choice` or `repetition`.
        parts: What it is made of.
        characters: Those of a class.
        place: Where it matches without any character.
        least: The smallest number of repetitions.
        most: The greatest number of repetitions, or UNLIMITED.
        greedy: More repetitions are better.
        height: The depth of what is in it.
        count: The product of the bounds of repetitions on the deepest way down.
        size: The instructions that it takes.
        is_empty: It may match no characters.
    """

    kind: Literal["class", "place", "sequence", "choice", "repetition"]
    parts: tuple[Tree, ...] = ()
    characters: Characters | None = None
    place: Place | None = None
    least: int = 1
    most: int = 1
    greedy: bool = True
    height: int = 1
    count: int = 1
    size: int = 1
    is_empty: bool = False

    @property
    def captured(self) -> Tree:
        """The same in a group."""
        return replace(self, height=self.height + 1)


def class_of(characters: Characters) -> Tree:
    """Return one character of a class."""
    return Tree("class", characters=characters)


def place(name: Place) -> Tree:
    """Return a place."""
    return Tree("place", place=name, is_empty=True)


def sequence(parts: Sequence[Tree]) -> Tree:
    """Return one part after the other."""
    return parts[0] if len(parts) == 1 else _joined("sequence", parts, all(one.is_empty for one in parts))


def choice(parts: Sequence[Tree]) -> Tree:
    """Return any of some parts; the first is the best."""
    return parts[0] if len(parts) == 1 else _joined("choice", parts, any(one.is_empty for one in parts))


def repetition(part: Tree, least: int, most: int, *, greedy: bool) -> Tree:
    """Return a part some times."""
    bound = least if most == UNLIMITED else most
    return Tree(
        "repetition",
        (part,),
        least=least,
        most=most,
        greedy=greedy,
        height=part.height + 1,
        count=1 if most == 0 else part.count * max(bound, 1),
        size=max(bound, 1) * (part.size + 1),
        is_empty=not least or part.is_empty,
    )


def _joined(kind: Literal["sequence", "choice"], parts: Sequence[Tree], is_empty: bool) -> Tree:
    return Tree(
        kind,
        tuple(parts),
        height=1 + max((one.height for one in parts), default=0),
        count=max((one.count for one in parts), default=1),
        size=sum(one.size for one in parts) + len(parts),
        is_empty=is_empty,
    )
