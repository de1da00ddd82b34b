"""Aggregated roles: a ClusterRole with an `aggregationRule` has the rules of those that it selects."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..selectors import selects
from ..store import Object


def aggregated_rules(role: Object, roles: Sequence[Object]) -> list[Any]:
    """Return the rules of the roles that a role aggregates, each once.

    Args:
        role: The role.
        roles: All ClusterRoles, in the order of their names.
    """
    rules: list[Any] = []
    for selector in role["aggregationRule"].get("clusterRoleSelectors") or ():
        for one in roles:
            metadata = one["metadata"]
            if metadata["name"] != role["metadata"]["name"] and selects(selector, metadata.get("labels") or {}):
                rules += [rule for rule in one.get("rules") or () if rule not in rules]
    return rules
