"""Examples of methods for a shell: the kubectl command, and the requests by curl, that do the same."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from ..naming.docstrings import printable
from .catalog import Kind, Method
from .subject import condition_of, example_name

NO_COMMAND: Final = "# kubectl has no command for this."
NO_CURL: Final = "# curl does not speak the WebSocket protocol that this needs. The request is:"
_WELL_KNOWN: Final = ("", "apps", "autoscaling", "batch", "policy")
_KUBECTL: Final[Mapping[str, str]] = {
    "_get": "kubectl get {resource} {name} -o yaml",
    "_list": "kubectl get {resource}",
    "_iterate": "kubectl get {resource} --chunk-size=500",
    "_watch": "kubectl get {resource} --watch",
    "_informer": "kubectl get {resource} --watch",
    "_metadata_informer": "kubectl get {resource} --watch -o name",
    "_wait_for": "kubectl wait --for={condition} {resource}/{name} --timeout=60s",
    "_wait_for_all": "kubectl wait --for={condition} {resource} -l app=web --timeout=60s",
    "_create": "kubectl create -f {file}",
    "_replace": "kubectl replace -f {file}",
    "_patch": "kubectl patch {resource} {name} --type=merge -p {patch}",
    "_edit": "kubectl edit {resource} {name}",
    "_apply": "kubectl apply --server-side --field-manager=me -f {file}",
    "_set_metadata": "kubectl {method} {resource} {name} example.com/owner=team-a",
    "_scale": "kubectl scale {resource}/{name} --replicas=3",
    "_restart": "kubectl rollout restart {resource}/{name}",
    "_set_image": "kubectl set image {resource}/{name} web=nginx:1.30",
    "_undo": "kubectl rollout undo {resource}/{name}",
    "_rollout_history": "kubectl rollout history {resource}/{name}",
    "_wait_rollout": "kubectl rollout status {resource}/{name} --timeout=5m",
    "_rollout": "kubectl rollout status {resource}/{name} --timeout=5m",
    "_cordon": "kubectl {method} {name}",
    "_drain": "kubectl drain {name} --ignore-daemonsets --timeout=10m",
    "_top_pods": "kubectl top pods",
    "_top_nodes": "kubectl top nodes",
    "_log": "kubectl logs {name} --tail=20",
    "_log_lines": "kubectl logs {name} --follow",
    "_all_log_lines": "kubectl logs {name} --all-containers --follow",
    "_logs": "kubectl logs deploy/web --all-pods --all-containers --follow",
    "_exec": "kubectl exec -i {name} -- cat",
    "_run": "kubectl exec {name} -- uname -a",
    "_attach": "kubectl attach -i {name}",
    "_copy_to": "kubectl cp settings.txt {name}:/tmp/settings.txt",
    "_copy_from": "kubectl cp {name}:/tmp/out.txt out.txt",
    "_port_forward": "kubectl port-forward {name} 8080:80",
    "_open_port": "kubectl port-forward {name} 8080:80",
    "_create_token": "kubectl create token {name} --duration=1h",
}
"""By the runtime's method."""
_WITH_SUBRESOURCE: Final = ("_get", "_patch", "_edit", "_apply", "_replace")
_RAW: Final = {"GET": "get", "POST": "create", "PUT": "replace", "DELETE": "delete"}
_SUBRESOURCES: Final = ("status", "scale", "resize")
"""Those that kubectl takes as `--subresource`."""
_WEBSOCKETS: Final = (
    "_attach",
    "_copy_from",
    "_copy_to",
    "_exec",
    "_open_port",
    "_port_forward",
    "_proxy_websocket",
    "_run",
    "_websocket",
)
_MERGE: Final = "application/merge-patch+json"
_STRATEGIC: Final = "application/strategic-merge-patch+json"
_APPLY: Final = "application/apply-patch+yaml"
_RESTARTED: Final = "kubectl.kubernetes.io/restartedAt"
_IMAGES: Final = {"spec": {"containers": [{"name": "web", "image": "nginx:1.30"}]}}
_FIRST_READ: Final = ("_edit", "_undo")
_BRACE: Final = re.compile(r"\{(\w+)\}")


def patch_of(method: Method) -> Mapping[str, Any]:
    """Return the patch of an example."""
    if method.subresource == "scale":
        return {"spec": {"replicas": 3}}
    return {"status": {}} if method.subresource == "status" else {"metadata": {"labels": {"color": "blue"}}}


def _metadata_patch(_: Kind, method: Method) -> Mapping[str, Any]:
    field = "annotations" if method.name == "annotate" else "labels"
    return {"metadata": {field: {"example.com/owner": "team-a"}}}


def _image_patch(kind: Kind, _: Method) -> Mapping[str, Any]:
    if kind.name == "Pod":
        return _IMAGES
    template = {"template": _IMAGES}
    return {"spec": {"jobTemplate": {"spec": template}} if kind.name == "CronJob" else template}


_PATCHES: Final[Mapping[str, tuple[str, Callable[[Kind, Method], Mapping[str, Any]]]]] = {
    "_set_metadata": (_MERGE, _metadata_patch),
    "_scale": (_MERGE, lambda *_: {"spec": {"replicas": 3}}),
    "_restart": (
        _STRATEGIC,
        lambda *_: {"spec": {"template": {"metadata": {"annotations": {_RESTARTED: "2026-01-01T00:00:00Z"}}}}},
    ),
    "_set_image": (_STRATEGIC, _image_patch),
    "_cordon": (_STRATEGIC, lambda _, method: {"spec": {"unschedulable": method.name == "cordon"}}),
    "_drain": (_STRATEGIC, lambda *_: {"spec": {"unschedulable": True}}),
}
"""Content type and body by the runtime's method."""


def kubectl(kind: Kind, method: Method) -> str:
    """Return the kubectl command that does what a method does, or that there is none."""
    if method.runtime == "_delete":
        which = shlex.quote(example_name(kind)) if "name: str" in method.arguments else "-l app=web"
        return f"kubectl delete {resource_argument(kind)} {which}"
    template = _KUBECTL.get(method.runtime, "")
    is_odd = method.subresource not in ("", *_SUBRESOURCES)
    if not template or (is_odd and method.runtime in (*_WITH_SUBRESOURCE, "_create")):
        return _raw(kind, method)
    condition = condition_of(kind)
    command = template.format(
        resource=resource_argument(kind),
        name=shlex.quote(example_name(kind)),
        method=method.name,
        condition=f"condition={condition}" if condition else "create",
        file=f"{_file(kind)}.yaml",
        patch=shlex.quote(json.dumps(patch_of(method))),
    )
    if method.subresource in _SUBRESOURCES and method.runtime in _WITH_SUBRESOURCE:
        command += f" --subresource={method.subresource}"
    return command


def _raw(kind: Kind, method: Method) -> str:
    """A request by kubectl, where it has no command of its own."""
    if not method.requests or method.is_composed or method.runtime in _WEBSOCKETS:
        return NO_COMMAND
    http_method, _, path = method.requests[0].partition(" ")
    if http_method not in _RAW:
        return NO_COMMAND
    file = " -f body.yaml" if http_method in ("POST", "PUT") else ""
    return f"kubectl {_RAW[http_method]} --raw {shlex.quote(filled(path, kind))}{file}"


def resource_argument(kind: Kind) -> str:
    """Return the name of a resource for kubectl: `pods`, `certificates.cert-manager.io`."""
    return shlex.quote(kind.plural if kind.group in _WELL_KNOWN else f"{kind.plural}.{kind.group}")


def filled(path: str, kind: Kind) -> str:
    """Return a path with the values of examples in its braces."""
    values = {"namespace": "default", "name": example_name(kind), "path": "healthz"}
    return _BRACE.sub(lambda brace: values.get(brace[1], "example"), path)


def curl(kind: Kind, method: Method) -> str:
    """Return the requests of a method, by curl; of one that composes others, the ones that matter."""
    if method.runtime in _WEBSOCKETS:
        return f"{NO_CURL}\n# {printable(filled(method.requests[0], kind))}"
    if not method.requests:
        return "# It makes the requests of other methods."
    return "\n\n".join(_requests(kind, method))


def curl_of_call(method: Method) -> str:
    """Return the request of a method of a group-version or of the server, by curl."""
    http_method, _, path = method.requests[0].partition(" ")
    return _curl(http_method, _BRACE.sub("example", path))


def kubectl_of_call(method: Method) -> str:
    """Return the kubectl command for a method of a group-version or of the server."""
    http_method, _, path = method.requests[0].partition(" ")
    return f"kubectl get --raw {shlex.quote(_BRACE.sub('example', path))}" if http_method == "GET" else NO_COMMAND


def _requests(kind: Kind, method: Method) -> Iterator[str]:
    http_method, _, template = method.requests[0].partition(" ")
    path = filled(template, kind)
    runtime = method.runtime
    if runtime in ("_top_pods", "_top_nodes"):
        path = path.replace("/api/v1", "/apis/metrics.k8s.io/v1beta1", 1)
        yield _curl("GET", path)
    elif runtime in ("_watch", "_informer", "_metadata_informer"):
        yield _curl("GET", f"{path}?limit=500")
        watched = f"{path}?watch=true&resourceVersion=1234"
        yield f"# Then, from the resourceVersion of that list on:\n{_curl('GET', watched)}"
    elif runtime in ("_wait_for", "_wait_rollout", "_rollout"):
        selector = f"fieldSelector=metadata.name={example_name(kind)}"
        yield _curl("GET", f"{path}?{selector}")
        watched = f"{path}?{selector}&watch=true&resourceVersion=1234"
        yield f"# Then, until the condition is met:\n{_curl('GET', watched)}"
    elif runtime == "_iterate":
        yield _curl("GET", f"{path}?limit=500")
        yield f"# Then, while the list has a continue token:\n{_curl('GET', f'{path}?limit=500&continue=TOKEN')}"
    elif runtime in ("_wait_for_all", "_wait_for_any"):
        yield _curl("GET", f"{path}?labelSelector=app%3Dweb")
    elif runtime == "_patch":
        yield _curl("PATCH", path, _MERGE, patch_of(method))
    elif runtime == "_apply":
        yield _curl("PATCH", f"{path}?fieldManager=me", _APPLY, f"@{_file(kind)}.yaml")
    elif runtime in _FIRST_READ:
        yield _curl("GET", path)
        yield f"# Then, with what differs:\n{_curl('PATCH', path, 'application/json-patch+json', '@patch.json')}"
    elif runtime == "_rollout_history":
        yield _curl("GET", path)
        holder = "replicasets" if kind.plural == "deployments" else "controllerrevisions"
        yield f"# Then, what holds the revisions:\n{_curl('GET', f'/apis/apps/v1/namespaces/default/{holder}')}"
    elif runtime in _PATCHES:
        content_type, body = _PATCHES[runtime]
        yield _curl("PATCH", path, content_type, body(kind, method))
        if runtime == "_drain":
            yield "# Then, for each pod of the node:\n" + _curl(
                "POST", "/api/v1/namespaces/default/pods/web-0/eviction", "application/yaml", "@eviction.yaml"
            )
    elif runtime in ("_log_lines", "_all_log_lines", "_logs"):
        yield _curl("GET", f"{path}?follow=true", more="--no-buffer ")
    elif runtime == "_log":
        yield _curl("GET", f"{path}?tailLines=20")
    elif http_method in ("POST", "PUT"):
        yield _curl(http_method, path, "application/yaml", f"@{_body_file(kind, method)}.yaml")
    elif http_method == "DELETE" and "name: str" not in method.arguments:
        yield _curl(http_method, f"{path}?labelSelector=app%3Dweb")
    else:
        yield _curl(http_method, path)


def _curl(
    http_method: str, path: str, content_type: str = "", body: Mapping[str, Any] | str = "", more: str = ""
) -> str:
    lines = ['curl --cacert ca.crt -H "Authorization: Bearer $TOKEN"']
    if content_type:
        data = body if isinstance(body, str) else json.dumps(body)
        option = "--data-binary" if data.startswith("@") else "-d"
        lines.append(f"  -H {shlex.quote(f'Content-Type: {content_type}')} {option} {shlex.quote(data)}")
    verb = f"-X {http_method} " if http_method != "GET" else ""
    lines.append(f'  {more}{verb}"$SERVER"{shlex.quote(path)}')
    return " \\\n".join(lines)


def _file(kind: Kind) -> str:
    return re.sub(r"[^a-z0-9]+", "-", kind.name.lower()).strip("-") or "object"


def _body_file(kind: Kind, method: Method) -> str:
    return _file(kind) if method.subresource in ("", *_SUBRESOURCES) else "body"
