"""The Role or ClusterRole that allows a method, as YAML."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Final

from .catalog import Method, Rule

_PLAIN: Final = re.compile(r"[a-z][a-z0-9./-]*")


def role(method: Method, name: str, *, namespaced: bool) -> str:
    """Return the role that allows a method: what it needs at times is commented out.

    Args:
        method: The method.
        name: Name of the role.
        namespaced: What the method is about is in a namespace, so that a Role is enough.
    """
    kind = "Role" if namespaced else "ClusterRole"
    lines = ["apiVersion: rbac.authorization.k8s.io/v1", f"kind: {kind}", "metadata:", f"  name: {_name(name)}"]
    if namespaced:
        lines.append("  namespace: default")
    lines.append("rules:" if any(not rule.when for rule in method.rules) else "rules: []")
    return "\n".join([*lines, *rule_lines(method)])


def rule_lines(method: Method) -> Iterator[str]:
    """Yield the rules of a role that allows a method, in lines of YAML."""
    for rule in method.rules:
        if not rule.when:
            yield from _rule(rule)
    for rule in method.rules:
        if rule.when:
            yield f"# if {rule.when}:"
            yield from (f"# {line}" for line in _rule(rule))


def _rule(rule: Rule) -> Iterator[str]:
    if rule.non_resource_urls:
        yield f"- nonResourceURLs: {_texts(rule.non_resource_urls)}"
    else:
        yield f"- apiGroups: {_texts(rule.api_groups)}"
        yield f"  resources: {_texts(rule.resources)}"
    yield f"  verbs: {_texts(rule.verbs)}"


def _texts(texts: tuple[str, ...]) -> str:
    return f"[{', '.join(text if _PLAIN.fullmatch(text) else json.dumps(text) for text in texts)}]"


def _name(text: str) -> str:
    """Return a text as the name of an object."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-") or "role"
