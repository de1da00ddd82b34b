"""The attributes of a request for an authorizer: found in its method, path and query alone, before any lookup."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ..names import path_segment_problem
from ..parsing import parse_bool
from ..selectors import name_of

_VERBS = {"POST": "create", "GET": "get", "HEAD": "get", "PUT": "update", "PATCH": "patch", "DELETE": "delete"}
_SPECIAL_VERBS = ("proxy", "watch")
_NAMESPACE_SUBRESOURCES = ("status", "finalize")


@dataclass(frozen=True, kw_only=True)
class Attributes:
    """A request, as rules know it."""

    verb: str
    path: str = ""
    """Of a request that is not for a resource."""
    group: str = ""
    resource: str = ""
    """The plural; empty for a request that is not for a resource."""
    subresource: str = ""
    namespace: str = ""
    name: str = ""

    @property
    def combined(self) -> str:
        """Resource and subresource, as rules name them: `pods/log`."""
        return f"{self.resource}/{self.subresource}" if self.subresource else self.resource


def attributes_of(method: str, path: str, query: Mapping[str, str]) -> Attributes:
    """Return the attributes of a request.

    Args:
        method: The HTTP method.
        path: The path.
        query: The query.
    """
    prefix, *parts = path.strip("/").split("/")
    group = ""
    if prefix == "apis" and len(parts) >= 3:
        group, *parts = parts
    elif prefix != "api" or len(parts) < 2:
        return Attributes(verb=method.lower(), path=path)
    _, *parts = parts
    verb = _VERBS.get(method, "")
    is_special = parts[0] in _SPECIAL_VERBS and len(parts) > 1
    if is_special:
        verb, *parts = parts
    namespace = ""
    if parts[0] == "namespaces" and len(parts) > 1:
        namespace = parts[1]
        if len(parts) > 2 and parts[2] not in _NAMESPACE_SUBRESOURCES:
            parts = parts[2:]
    resource, name, subresource, *_ = [*parts, "", ""]
    if verb == "proxy":
        subresource = ""
    if verb == "get" and not name:
        verb = "watch" if parse_bool(query.get("watch", "0")) else "list"
        # Rules for the only object that a selector lets through apply.
        selected = name_of(query.get("fieldSelector", ""))
        name = "" if path_segment_problem(selected) else selected
    elif verb == "delete" and not name:
        verb = "deletecollection"
    return Attributes(
        verb=verb, group=group, resource=resource, subresource=subresource, namespace=namespace, name=name
    )
