"""Programs: all ways through an expression at once, so that no text takes longer than its length allows."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from .characters import Characters, within
from .syntax import parse
from .tree import UNLIMITED, Place, Tree

_is_word = within("09AZ__az")

_MATCH = 0
_MAX_KNOWN = 10_000
"""Steps that a program remembers."""


class _Step(NamedTuple):
    """An instruction: one that takes a character, one that asks for a place, or one that goes on elsewhere."""

    following: tuple[int, ...]
    """Where to go on; what is first is better."""
    characters: Characters | None = None
    place: Place | None = None


@dataclass
class _State:
    """Where a search may be, and what the last character was; empty at the begin."""

    places: tuple[int, ...]
    last: str
    following: dict[str, _State | None] = field(default_factory=dict)
    """By character, which is empty at the end; None stands for a match."""


class Program:
    """An expression that is ready to match.

    Args:
        tree: The expression.
    """

    def __init__(self, tree: Tree) -> None:
        self._steps: list[_Step] = [_Step(())]
        self._start = self._compiled(tree)
        self._forget()

    def matches(self, text: str) -> bool:
        """Return True if the text has a match anywhere."""
        state: _State | None = self._first
        for character in (*text, ""):
            assert state is not None
            state = state.following[character] if character in state.following else self._next(state, character)
            if state is None:
                return True
        return False

    def find_all(self, text: str) -> Iterator[str]:
        """Return the matches that do not overlap; an empty one is not just after another."""
        at, end = 0, -1
        while at <= len(text) and (found := self._find(text, at)) is not None:
            start, stop = found
            if start < stop or start != end:
                yield text[start:stop]
            end = stop
            at = stop + (start == stop)

    # search for a match anywhere

    def _forget(self) -> None:
        self._states: dict[tuple[tuple[int, ...], str], _State] = {}
        self._known = 0
        self._first = self._state((self._start,), "")

    def _state(self, places: tuple[int, ...], last: str) -> _State:
        return self._states.setdefault((places, last), _State(places, last))

    def _next(self, state: _State, character: str) -> _State | None:
        if self._known > _MAX_KNOWN:
            self._forget()
        self._known += 1 + len(state.places)
        places = {self._start}
        found: _State | None = None
        for place in self._reached(state.places, state.last, character):
            if place == _MATCH:
                break
            step = self._steps[place]
            if character and step.characters is not None and step.characters(character):
                places.update(step.following)
        else:
            found = self._state(tuple(sorted(places)), _kind(character))
        state.following[character] = found
        return found

    def _reached(
        self, places: tuple[int, ...], last: str, character: str, seen: set[int] | None = None
    ) -> Iterator[int]:
        """Return the instructions that take a character, and the match, without those that are seen; best first."""
        seen = set() if seen is None else seen
        waiting = [*reversed(places)]
        while waiting:
            place = waiting.pop()
            if place in seen:
                continue
            seen.add(place)
            step = self._steps[place]
            if place == _MATCH or step.characters is not None:
                yield place
            elif step.place is None or _is_at(step.place, last, character):
                waiting += reversed(step.following)

    # the first match

    def _find(self, text: str, at: int) -> tuple[int, int] | None:
        """Return where the first match begins and ends; of those that begin there, it is the best."""
        threads: list[tuple[int, int]] = []
        best: tuple[int, int] | None = None
        for index in range(at, len(text) + 1):
            if best is None:
                threads.append((self._start, index))
            elif not threads:
                break
            last = _kind(text[index - 1]) if index else ""
            character = text[index] if index < len(text) else ""
            threads, ended = self._advanced(threads, last, character)
            best = best if ended is None else (ended, index)
        return best

    def _advanced(
        self, threads: list[tuple[int, int]], last: str, character: str
    ) -> tuple[list[tuple[int, int]], int | None]:
        """Return the ways after a character, best first, and where a match begins that ends before it."""
        seen: set[int] = set()
        following: list[tuple[int, int]] = []
        for place, start in threads:
            for reached in self._reached((place,), last, character, seen):
                if reached == _MATCH:
                    return following, start
                step = self._steps[reached]
                if character and step.characters is not None and step.characters(character):
                    following.append((step.following[0], start))
        return following, None

    # compilation

    def _compiled(self, tree: Tree) -> int:
        """Return the first instruction of an expression; trees may be too deep for recursion."""
        waiting = [self._parts(tree, _MATCH)]
        found: int | None = None
        while waiting:
            try:
                part, following = waiting[-1].send(found)  # type: ignore[arg-type] # the first one is None
            except StopIteration as done:
                waiting.pop()
                found = done.value
            else:
                waiting.append(self._parts(part, following))
                found = None
        assert found is not None
        return found

    def _parts(self, tree: Tree, following: int) -> Generator[tuple[Tree, int], int, int]:
        """Compile a part, whose own parts it asks for; return its first instruction."""
        match tree.kind:
            case "class" | "place":
                return self._added(_Step((following,), tree.characters, tree.place))
            case "sequence":
                for part in reversed(tree.parts):
                    following = yield part, following
                return following
            case "choice":
                starts = []
                for part in tree.parts:
                    starts.append((yield part, following))
                return self._added(_Step(tuple(starts)))
        (part,) = tree.parts
        start = following
        if tree.most == UNLIMITED:
            loop = self._added(_Step(()))
            inner = yield part, loop
            self._steps[loop] = self._split(tree, inner, following)
            if tree.least:
                start = inner
            elif part.is_empty:
                # The first round of what may be empty is better than no round.
                start = self._added(self._split(tree, inner, following))
            else:
                start = loop
        else:
            for _ in range(tree.most - tree.least):
                start = self._added(self._split(tree, (yield part, start), following))
        for _ in range(tree.least - (tree.most == UNLIMITED and tree.least > 0)):
            start = yield part, start
        return start

    def _split(self, tree: Tree, inner: int, following: int) -> _Step:
        return _Step((inner, following) if tree.greedy else (following, inner))

    def _added(self, step: _Step) -> int:
        self._steps.append(step)
        return len(self._steps) - 1


@lru_cache(maxsize=512)
def compiled(text: str) -> Program:
    """Return the program of an expression.

    Raises:
        ExpressionError: It is wrong, in Go's words.
        ExpressionUnsupported: It uses something that is not known here.
    """
    return Program(parse(text))


def _kind(character: str) -> str:
    """Return a character that is the same at all places."""
    return character if character in ("", "\n") else "a" if _is_word(character) else "-"


def _is_at(place: Place, last: str, character: str) -> bool:
    match place:
        case "begin of text":
            return not last
        case "end of text":
            return not character
        case "begin of line":
            return last in ("", "\n")
        case "end of line":
            return character in ("", "\n")
    is_boundary = (last != "" and _is_word(last)) != (character != "" and _is_word(character))
    return is_boundary == (place == "boundary")
