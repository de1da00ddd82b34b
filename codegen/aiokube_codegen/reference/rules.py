"""The RBAC rules that methods need, from the requests that they make."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Final

from ..render import ir
from .catalog import Rule

_BY_HTTP_METHOD: Final = {"POST": "create", "PUT": "update", "PATCH": "patch"}
_FOLLOWED: Final = ("list", "watch")
_CHANGED: Final = ("get", "patch")
# A WebSocket is opened by GET; from 1.35 on, the server asks for `create` as well, as it does for POST.
_CONNECTED: Final = ("create", "get")

_VERBS: Final[Mapping[str, tuple[str, ...]]] = {
    "_watch": _FOLLOWED,
    "_informer": _FOLLOWED,
    "_metadata_informer": _FOLLOWED,
    "_wait_for": _FOLLOWED,
    "_wait_for_all": _FOLLOWED,
    "_wait_for_any": _FOLLOWED,
    "_rollout": _FOLLOWED,
    "_wait_rollout": _FOLLOWED,
    "_edit": _CHANGED,
    "_set_metadata": _CHANGED,
    "_restart": _CHANGED,
    "_set_image": _CHANGED,
    "_undo": _CHANGED,
    "_cordon": _CHANGED,
    "_drain": _CHANGED,
    "_exec": _CONNECTED,
    "_run": _CONNECTED,
    "_copy_to": _CONNECTED,
    "_copy_from": _CONNECTED,
    "_attach": _CONNECTED,
    "_port_forward": _CONNECTED,
    "_open_port": _CONNECTED,
    "_proxy_websocket": ("get",),
}
"""The verbs on the resource or subresource, of methods that need others than their requests say; by the runtime's
method."""


def _rule(group: str, resource: str, *verbs: str, when: str = "") -> Rule:
    return Rule(api_groups=(group,), resources=(resource,), verbs=verbs, when=when)


_PODS: Final = _rule("", "pods", "get")
_OWNERS: Final = tuple(
    _rule(group, resource, "get", when=f"name is {name}")
    for group, resource, name in (
        ("", "services", "svc/NAME"),
        ("apps", "deployments", "deploy/NAME"),
        ("apps", "replicasets", "rs/NAME"),
        ("apps", "statefulsets", "sts/NAME"),
        ("apps", "daemonsets", "ds/NAME"),
        ("", "replicationcontrollers", "rc/NAME"),
        ("batch", "jobs", "job/NAME"),
    )
)
_BY_OWNER: Final = (_rule("", "pods", "list", when="name is a type and a name, such as deploy/NAME"), *_OWNERS)
_DEFAULT_CONTAINER: Final = replace(_PODS, when="container is unset, and the pod has several")
_REVISIONS: Final[Mapping[str, Rule]] = {
    "deployments": _rule("apps", "replicasets", "list"),
    "daemonsets": _rule("apps", "controllerrevisions", "list"),
    "statefulsets": _rule("apps", "controllerrevisions", "list"),
}

_MORE: Final[Mapping[str, tuple[Rule, ...]]] = {
    "_log": (_DEFAULT_CONTAINER,),
    "_log_lines": (_DEFAULT_CONTAINER,),
    "_all_log_lines": (_PODS,),
    "_logs": (
        _rule("", "pods", "list"),
        _rule("", "pods", "watch", when="follow is set"),
        replace(_PODS, when="name is the name of a pod"),
        *_OWNERS,
    ),
    "_exec": (_DEFAULT_CONTAINER, *_BY_OWNER),
    "_run": (_DEFAULT_CONTAINER, *_BY_OWNER),
    "_copy_to": (_DEFAULT_CONTAINER, *_BY_OWNER),
    "_copy_from": (_DEFAULT_CONTAINER, *_BY_OWNER),
    "_attach": (_DEFAULT_CONTAINER, *_BY_OWNER),
    "_port_forward": (replace(_PODS, when="port is a name"), *_BY_OWNER),
    "_open_port": (replace(_PODS, when="port is a name"), *_BY_OWNER),
    "_drain": (
        _rule("", "pods", "list"),
        _rule("", "pods/eviction", "create", when="disable_eviction is not set"),
        _rule("", "pods", "delete", when="disable_eviction is set"),
        _rule("apps", "daemonsets", "get", when="the node runs pods of a DaemonSet"),
    ),
}
"""Rules on other resources, by the runtime's method."""


def rules_of(method: ir.Method) -> tuple[Rule, ...]:
    """Return the rules that a method needs: what is always needed first.

    Args:
        method: The method, as the templates of packages print it.
    """
    return tuple(_merged(sorted(_rules(method), key=lambda rule: bool(rule.when))))


def _rules(method: ir.Method) -> Iterator[Rule]:
    if method.calls in ("_top_pods", "_top_nodes"):
        yield from _of_usage(method.calls == "_top_nodes")
        return
    for request in method.requests:
        http_method, _, path = request.partition(" ")
        rule = rule_of_request(http_method, path)
        if method.calls == "_proxy":
            rule = replace(rule, when="" if rule.verbs == ("get",) else "method is another than GET")
        yield replace(rule, verbs=_VERBS.get(method.calls, rule.verbs))
        if method.calls == "_scale":
            yield replace(rule, verbs=("get",), when="current_replicas is set")
        if method.calls == "_apply" and "/" not in rule.resources[0]:
            yield replace(rule, verbs=("create",), when="the object may not exist yet")
        if method.calls in ("_undo", "_rollout_history") and (revisions := _REVISIONS.get(rule.resources[0])):
            yield revisions
    yield from _MORE.get(method.calls, ())


def _of_usage(is_of_nodes: bool) -> Iterator[Rule]:
    plural = "nodes" if is_of_nodes else "pods"
    yield _rule("metrics.k8s.io", plural, "list", when="name is unset")
    yield _rule("metrics.k8s.io", plural, "get", when="name is set")
    if is_of_nodes:
        yield _rule("", plural, "list", when="name is unset")
        yield _rule("", plural, "get", when="name is set")
    else:
        yield _rule("", plural, "list", when="field_selector is set")


def rule_of_request(http_method: str, path: str) -> Rule:
    """Return the rule that a request needs, by the rules of Kubernetes itself (`RequestInfo`).

    Args:
        http_method: In upper case.
        path: A path, or the template of one: `/api/v1/namespaces/{namespace}/pods/{name}/log`.
    """
    match path.strip("/").split("/"):
        case ["api", _, first, *rest]:
            group, parts = "", [first, *rest]
        case ["apis", group, _, first, *rest]:
            parts = [first, *rest]
        case _:
            verb = {"GET": "get", "HEAD": "head", "DELETE": "delete", **_NON_RESOURCE}.get(http_method, "*")
            return Rule(non_resource_urls=(path.replace("{path}", "*"),), verbs=(verb,))
    if parts[0] == "namespaces" and len(parts) > 2 and parts[2] not in ("status", "finalize"):
        parts = parts[2:]
    resource = "/".join([parts[0], *parts[2:3]])
    verb = _BY_HTTP_METHOD.get(http_method, "get")
    if http_method == "GET" and len(parts) == 1:
        verb = "list"
    elif http_method == "DELETE":
        verb = "delete" if len(parts) > 1 else "deletecollection"
    return Rule(api_groups=(group,), resources=(resource,), verbs=(verb,))


_NON_RESOURCE: Final = {"POST": "post", "PUT": "put", "PATCH": "patch"}


def _merged(rules: Iterable[Rule]) -> Iterator[Rule]:
    """Merge the rules that differ in nothing but their verbs."""
    found: dict[Rule, dict[str, None]] = {}
    for rule in rules:
        found.setdefault(replace(rule, verbs=()), {}).update(dict.fromkeys(rule.verbs))
    for rule, verbs in found.items():
        yield replace(rule, verbs=tuple(sorted(verbs)))
