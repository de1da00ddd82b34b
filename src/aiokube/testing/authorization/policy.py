"""The roles and bindings that every cluster has from the beginning."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from ..store import Object
from .aggregation import aggregated_rules
from .authorizer import CLUSTER_ROLES

FILE = Path(__file__).parent / "policy.json"
LABELS = {"kubernetes.io/bootstrapping": "rbac-defaults"}
ANNOTATIONS = {"rbac.authorization.kubernetes.io/autoupdate": "true"}


@cache
def default_policy() -> Mapping[str, tuple[Object, ...]]:
    """Return the objects by collection, without what a cluster chooses.

    They are what a kube-apiserver 1.37 has; `python -m tests.conformance.policy` writes the file.
    """
    content: dict[str, list[Any]] = msgspec.json.decode(FILE.read_bytes())
    for objects in content.values():
        for obj in objects:
            metadata = obj["metadata"]
            metadata |= {"labels": {**LABELS, **metadata.get("labels", {})}, "annotations": ANNOTATIONS}
    roles = content[CLUSTER_ROLES]
    aggregating = [role for role in roles if role.get("aggregationRule")]
    # Some are aggregated themselves: view in edit, and edit in admin.
    for _ in aggregating:
        for role in aggregating:
            role["rules"] = aggregated_rules(role, roles)
    return {collection: tuple(objects) for collection, objects in content.items()}
