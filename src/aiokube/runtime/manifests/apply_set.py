"""An ApplySet: objects that are applied together, known by a label, and a parent object that says where they are.

As KEP-3659 specifies it and kubectl implements it, so that both may apply the same set by turns.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from ..errors import InvalidArgument
from ..version import __version__

ID_LABEL = "applyset.kubernetes.io/id"
PARENT_TYPE_LABEL = "applyset.kubernetes.io/is-parent-type"
PART_OF_LABEL = "applyset.kubernetes.io/part-of"
TOOLING = "applyset.kubernetes.io/tooling"
GROUP_KINDS = "applyset.kubernetes.io/contains-group-kinds"
NAMESPACES = "applyset.kubernetes.io/additional-namespaces"

# kubectl refuses sets of other tools, by the part before the last slash, and owns the parent under this manager.
_TOOL = "kubectl"
FIELD_MANAGER = "kubectl-applyset"

GroupKind = tuple[str, str]
"""API group and kind."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parent:
    """The object that describes an ApplySet."""

    api_version: str
    kind: str
    namespace: str
    """Empty for a parent without a namespace."""
    name: str

    @property
    def id(self) -> str:
        """The ID of the set, which is the value of the label of each member."""
        group = self.api_version.rpartition("/")[0]
        digest = hashlib.sha256(f"{self.name}.{self.namespace}.{self.kind}.{group}".encode()).digest()
        return f"applyset-{base64.urlsafe_b64encode(digest).decode().rstrip('=')}-v1"

    def __str__(self) -> str:
        return f"{self.kind} {self.namespace}/{self.name}" if self.namespace else f"{self.kind} {self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """The kinds and namespaces in which the members of a set are, besides the namespace of the parent."""

    kinds: frozenset[GroupKind] = frozenset()
    namespaces: frozenset[str] = frozenset()

    def __or__(self, other: Contents) -> Contents:
        return Contents(kinds=self.kinds | other.kinds, namespaces=self.namespaces | other.namespaces)


def parent_manifest(parent: Parent, contents: Contents, tooling: str | None = None) -> dict[str, Any]:
    """Return the manifest of a parent to apply.

    Args:
        parent: The parent.
        contents: Kinds and namespaces of the members.
        tooling: The tool and version that the parent names; None for a new one.
    """
    kinds = sorted(f"{kind}.{group}" if group else kind for group, kind in contents.kinds)
    metadata: dict[str, Any] = {
        "name": parent.name,
        "labels": {ID_LABEL: parent.id},
        "annotations": {
            TOOLING: tooling or f"{_TOOL}/v{__version__}+aiokube",
            GROUP_KINDS: ",".join(kinds),
            NAMESPACES: ",".join(sorted(contents.namespaces - {parent.namespace, ""})),
        },
    }
    if parent.namespace:
        metadata["namespace"] = parent.namespace
    return {"apiVersion": parent.api_version, "kind": parent.kind, "metadata": metadata}


def read_contents(parent: Parent, labels: Mapping[str, str], annotations: Mapping[str, str]) -> Contents:
    """Read the kinds and namespaces of the members from the metadata of a parent that exists.

    Raises:
        InvalidArgument: The object is no parent of this set, belongs to another tool, or does not name the kinds.
    """
    if TOOLING not in annotations or ID_LABEL not in labels:
        raise InvalidArgument(
            f"prune: {parent} exists, and is no ApplySet: it lacks the label {ID_LABEL} or the annotation {TOOLING}; "
            "choose another name"
        )
    if labels[ID_LABEL] != parent.id:
        raise InvalidArgument(f"prune: {parent} has the ID {labels[ID_LABEL]!r:.100} of another set, not {parent.id}")
    tool = annotations[TOOLING].rpartition("/")[0] or annotations[TOOLING]
    if tool != _TOOL:
        raise InvalidArgument(f"prune: {parent} belongs to the tool {tool!r:.100}; prune it with that")
    if GROUP_KINDS not in annotations:
        raise InvalidArgument(f"prune: {parent} does not name the kinds of its members in {GROUP_KINDS}")
    kinds = (text.partition(".") for text in _listed(annotations[GROUP_KINDS]))
    return Contents(
        kinds=frozenset((group, kind) for kind, _, group in kinds),
        namespaces=frozenset(_listed(annotations.get(NAMESPACES, ""))),
    )


def _listed(text: str) -> Collection[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def labelled(data: Mapping[str, Any], parent: Parent) -> dict[str, Any]:
    """Return a manifest with the label of a member.

    Raises:
        InvalidArgument: It has one already.
    """
    metadata = data.get("metadata") or {}
    labels = metadata.get("labels") or {}
    if PART_OF_LABEL in labels:
        raise InvalidArgument(f"the label {PART_OF_LABEL} is in the manifest; remove it: prune sets it")
    return {**data, "metadata": {**metadata, "labels": {**labels, PART_OF_LABEL: parent.id}}}
