"""The way from a method and a path to a verb of a resource."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ..api.catalog import Catalog
from ..api.resources import Resource
from ..failures import Failure, unknown_path
from ..parsing import parse_bool

_NAMESPACE_SUBRESOURCES = ("status", "finalize")
_VERBS = {"POST": "create", "PUT": "update", "PATCH": "patch"}


@dataclass(frozen=True)
class Target:
    """The target of a path."""

    resource: Resource
    verb: str
    namespace: str
    name: str
    subresource: str
    rest: str = ""
    """The path after `proxy`."""


def target_of(catalog: Catalog, method: str, path: str, query: Mapping[str, str]) -> Target:
    """Return what a request is for.

    Args:
        catalog: What is served.
        method: The HTTP method.
        path: The path, such as `/apis/apps/v1/namespaces/default/deployments/web/scale`.
        query: The query.

    Raises:
        Failure: Nothing is served there, or not by this method.
    """
    _, *segments = path.rstrip("/").split("/")
    if segments[0] == "api":
        group, version, rest = "", segments[1], segments[2:]
    else:
        group, version, rest = segments[1], segments[2], segments[3:]
    # The deprecated form of a watch, of a collection or an object.
    is_watch = len(rest) > 1 and rest[0] == "watch"
    rest = rest[1:] if is_watch else rest
    namespace = ""
    if rest[0] == "namespaces" and len(rest) > 2 and rest[2] not in _NAMESPACE_SUBRESOURCES:
        namespace, rest = rest[1], rest[2:]
    plural, name, subresource, *tail = [*rest, "", "", ""][: max(3, len(rest))]
    resource = catalog.find(group, version, plural)
    if resource is None or (namespace and not resource.namespaced) or (any(tail) and subresource != "proxy"):
        raise unknown_path()
    verbs = resource.verbs
    if subresource:
        if subresource not in resource.subresources:
            raise unknown_path()
        verbs = resource.subresources[subresource].verbs
    verb = _verb(method, name, query)
    if is_watch:
        if subresource:
            raise unknown_path()
        verb = "watch" if method == "GET" else "none"
    if method == "HEAD" and subresource != "proxy":
        raise not_allowed()
    if verb == "create" and subresource == "" and name:
        raise not_allowed()
    if not namespace and resource.namespaced and (name or verb in ("create", "deletecollection")):
        # Objects are below their namespaces only; what is listed can be so in all of them.
        raise unknown_path() if name or "list" not in verbs else not_allowed()
    if verb not in verbs and not (subresource == "proxy" and method == "OPTIONS"):
        raise not_allowed()
    return Target(resource, verb, namespace, name, subresource, "/".join(tail))


def _verb(method: str, name: str, query: Mapping[str, str]) -> str:
    if method in ("GET", "HEAD"):
        if parse_bool(query.get("watch", "0")) and not name:
            return "watch"
        return "get" if name else "list"
    if method == "DELETE":
        return "delete" if name else "deletecollection"
    return _VERBS.get(method, method.lower())


def not_allowed() -> Failure:
    """Return the failure of a request by a method that a path does not have."""
    text = "the server does not allow this method on the requested resource"
    return Failure(405, "MethodNotAllowed", text, details={})
