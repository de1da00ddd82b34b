"""Differences from another API, by the names of the generated client: as `aiokube diff` finds it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from ..comparison.changes import Action, Change, Subject
from ..comparison.wording import sentence
from .catalog import Kind, Method


@dataclass(frozen=True)
class Mark:
    """A mark of something that differs."""

    word: str
    """`added`, `changed` or `removed`."""
    text: str = ""
    """The difference, as a sentence."""


ADDED = Mark("added")
CHANGED = Mark("changed")


class Marks:
    """Marks of kinds, fields and methods.

    Args:
        since: What they are compared with, in words.
        changes: The changes since then.
    """

    def __init__(self, since: str, changes: Iterable[Change]) -> None:
        self.since = since
        self._by_name: dict[str, Change] = {}
        self._removed: dict[tuple[str, str], list[str]] = defaultdict(list)
        self._added: set[str] = set()
        self._changed: set[tuple[str, str]] = set()
        for change in changes:
            self._changed.add((change.group_version, change.kind))
            if change.action is Action.ADDED and not change.parameter:
                self._added.update((change.name, *change.includes))
            if change.action is Action.REMOVED and change.subject is not Subject.PARAMETER:
                self._removed[change.group_version, change.kind].append(sentence(change))
            else:
                self._by_name.setdefault(change.name, change)

    def field(self, cls: str, attribute: str) -> Mark | None:
        """Return the mark of a field.

        Args:
            cls: The class that has it: `core_v1.PodSpec`.
            attribute: Its name there.
        """
        if cls in self._added:
            return ADDED
        return self._of(f"{cls}.{attribute}")

    def method(self, method: Method, kind: Kind | None = None) -> Mark | None:
        """Return the mark of a method, of a kind if it has one."""
        if kind and self.kind(kind) == ADDED:
            return ADDED
        return self._of(method.call)

    def kind(self, kind: Kind) -> Mark | None:
        """Return the mark of a kind: that it was added, or that its fields or methods differ."""
        resource = f"kube.{kind.attribute}"
        owner = resource.rpartition(".")[0]
        if self._added.intersection((resource, owner, kind.python)):
            return ADDED
        return CHANGED if (owner.removeprefix("kube."), kind.name) in self._changed else None

    def removed(self, version: str, kind: str = "") -> list[str]:
        """Return what a kind has no more, or what is gone of a version without belonging to a kind, as sentences.

        Args:
            version: The attribute of the client: `core_v1`.
            kind: Name of the kind.
        """
        return self._removed.get((version, kind), [])

    def gone(self, kinds: Iterable[Kind]) -> list[str]:
        """Return what else is gone: all that belongs to none of some kinds, as sentences."""
        kept = {(kind.attribute.partition(".")[0], kind.name) for kind in kinds}
        return sorted(text for key, texts in self._removed.items() if key not in kept for text in texts)

    def _of(self, name: str) -> Mark | None:
        if name in self._added:
            return ADDED
        change = self._by_name.get(name)
        return Mark("changed", sentence(change)) if change else None
