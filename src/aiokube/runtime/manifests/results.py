"""The results of applying and deleting manifests, an entry for each object."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias, overload

from ..codec.dynamic_object import DynamicObject
from ..errors import AiokubeError
from ..public import public

Action: TypeAlias = Literal["created", "configured", "unchanged", "pruned", "deleted", "absent", "conflict", "failed"]
"""Outcome for an object.

- `created`, `configured`, `unchanged`: it was applied, and was new, changed, or as it should be.
- `pruned`: it was deleted, because it is no longer in the source.
- `deleted`; `absent`: it was deleted; there was nothing to delete.
- `conflict`: other managers own fields to which the manifest gives other values; the error names them.
- `failed`: anything else went wrong.
"""


@public("aiokube.manifests")
@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectResult:
    """Result for one object."""

    action: Action
    """Outcome for it."""
    api_version: str
    """API group and version of the object."""
    kind: str
    """Kind of the object."""
    namespace: str
    """Namespace of the object; empty if it has none."""
    name: str
    """Name of the object."""
    place: str
    """Place of the manifest, such as `deploy/web.yaml: document 2 (line 7)`; empty for a pruned object."""
    object: DynamicObject | None = field(default=None, repr=False)
    """The object as the server stores it, or would store it; None if it is not known."""
    error: AiokubeError | None = None
    """The error of a conflict or a failure; else None."""

    def __str__(self) -> str:
        """The object and the action as kubectl prints them, `deployment.apps/web configured`, and the error."""
        group = self.api_version.rpartition("/")[0]
        kind = f"{self.kind.lower()}.{group}" if group else self.kind.lower()
        inside = f" in {self.namespace}" if self.namespace else ""
        problem = f": {self.error}" if self.error else ""
        return f"{kind}/{self.name}{inside} {self.action}{problem}"


@public("aiokube.manifests")
class Results(Sequence[ObjectResult]):
    """Results for the objects of a source, in the order of the source; pruned objects come last."""

    def __init__(self, results: Sequence[ObjectResult], *, dry_run: bool) -> None:
        self._results = tuple(results)
        self.dry_run = dry_run
        """True if nothing was stored."""

    @overload
    def __getitem__(self, index: int) -> ObjectResult: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[ObjectResult]: ...
    def __getitem__(self, index: int | slice) -> ObjectResult | Sequence[ObjectResult]:
        return self._results[index]

    def __len__(self) -> int:
        return len(self._results)

    def __iter__(self) -> Iterator[ObjectResult]:
        return iter(self._results)

    def __str__(self) -> str:
        """A line for each object."""
        suffix = " (dry run)" if self.dry_run else ""
        return "\n".join(f"{result}{suffix}" for result in self._results)

    def __repr__(self) -> str:
        actions = Counter(one.action for one in self._results)
        counts = ", ".join(f"{number} {action}" for action, number in actions.items())
        return f"<Results: {counts or 'none'}{', dry run' if self.dry_run else ''}>"

    def of(self, *actions: Action) -> list[ObjectResult]:
        """Return the results with one of some actions: `done.of("created", "configured")`."""
        return [result for result in self._results if result.action in actions]

    @property
    def failures(self) -> list[ObjectResult]:
        """The objects with a conflict or another failure."""
        return [result for result in self._results if result.error is not None]
