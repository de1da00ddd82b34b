"""The subresource `proxy` of pods, services and nodes: a function of the test as the target."""

from __future__ import annotations

import logging

from aiohttp import web

from ..call import Call
from ..failures import Failure, bad_request, not_found, not_implemented
from ..functions import result_of
from ..headers import check_headers
from ..selectors import selects
from ..store import Key, Object
from ..verbs.state import State
from .channels import Connected
from .sessions import ProxiedRequest, ProxiedResponse, ProxyFunction
from .targets import pod_of

_log = logging.getLogger("aiokube.testing")

_HOP_BY_HOP = frozenset({"connection", "keep-alive", "trailer", "transfer-encoding", "upgrade"})
_OURS = frozenset({"authorization"}) | _HOP_BY_HOP


async def answer_proxy(
    state: State, request: web.BaseRequest, call: Call, function: ProxyFunction | None, connected: Connected
) -> web.StreamResponse:
    """Answer a request through the proxy.

    Raises:
        Failure: There is no such target.
    """
    resource = call.resource.plural
    scheme, name, port = _split(call, resource)
    if resource == "pods":
        _check_address(pod_of(state, call, name))
    elif resource == "services":
        _check_endpoints(state, call, name, port)
    elif state.store.get("nodes", Key("", name)) is None:
        raise not_found(call.resource, name)
    if request.headers.get("Upgrade"):
        raise not_implemented(f"{request.headers['Upgrade']} through a proxy")
    path = _path(request, call)
    if not path and request.method in ("GET", "HEAD"):
        query = f"?{request.query_string}" if request.query_string else ""
        return web.Response(status=301, headers={"Location": f"{request.rel_url.raw_path}/{query}"})
    if function is None:
        raise not_implemented(f"{resource}/proxy without a function of the test, set by `on_proxy` in Python")
    proxied = ProxiedRequest(
        resource=resource,
        name=name,
        namespace=call.namespace,
        scheme=scheme,
        port=port,
        method=request.method,
        path=path or "/",
        query=dict(request.query),
        headers={key: value for key, value in request.headers.items() if key.lower() not in _OURS},
        body=call.body,
    )
    try:
        answer = _response(await result_of(function(proxied)))
    except Exception as error:
        _log.info("a target of a proxy refuses a request: %s", error)
        raise _unavailable(f"error trying to reach service: {error}") from error
    await connected()
    return answer


def _response(response: ProxiedResponse) -> web.Response:
    """Return the response of a function of the test.

    Raises:
        TypeError: It is none.
        ValueError: A header of it is none.
    """
    if not isinstance(response, ProxiedResponse):
        raise TypeError(f"the function of the test returned {response!r}, which is no ProxiedResponse")
    body = response.body.encode() if isinstance(response.body, str) else response.body
    headers = {key: value for key, value in response.headers.items() if key.lower() not in _HOP_BY_HOP}
    check_headers(headers)
    return web.Response(status=response.status, headers=headers, body=body)


def _split(call: Call, resource: str) -> tuple[str, str, str]:
    """Return scheme, name and port of a target: `name`, `name:port`, `scheme:name:port`."""
    parts = call.name.split(":")
    if len(parts) == 1:
        parts = ["", parts[0], ""]
    elif len(parts) == 2:
        parts = ["", *parts]
    if len(parts) != 3 or parts[0] not in ("", "http", "https") or not parts[1]:
        raise bad_request(f'invalid {resource.removesuffix("s")} request "{call.name}"')
    scheme, name, port = parts
    return scheme, name, port


def _path(request: web.BaseRequest, call: Call) -> str:
    """Return the path after `proxy`."""
    _, _, rest = request.rel_url.raw_path.partition(f"/{call.resource.plural}/")
    return rest.partition("/proxy")[2]


def _check_address(pod: Object) -> None:
    if not (pod.get("status") or {}).get("podIP"):
        raise bad_request("address not allowed")


def _check_endpoints(state: State, call: Call, name: str, port: str) -> None:
    """Check that a service has the port, and a pod that is ready, or an endpoint slice of its own."""
    record = state.store.get("services", Key(call.namespace, name))
    if port.isdigit():
        if record is None:
            raise not_found(call.resource, name)
        if all(one["port"] != int(port) for one in record.obj["spec"].get("ports") or ()):
            raise _unavailable(f'no service port {port} found for service "{name}"')
    if record is None or not _has_endpoints(state, record.obj):
        raise _unavailable(f'no endpoints available for service "{name}"')


def _has_endpoints(state: State, service: Object) -> bool:
    namespace, name = service["metadata"]["namespace"], service["metadata"]["name"]
    for _, record in state.store.records("endpointslices.discovery.k8s.io", namespace=namespace):
        labels = record.obj["metadata"].get("labels") or {}
        if labels.get("kubernetes.io/service-name") == name and record.obj.get("endpoints"):
            return True
    # A real cluster's controller makes slices of the pods that are ready.
    selector = service["spec"].get("selector")
    return bool(selector) and any(
        selects({"matchLabels": selector}, record.obj["metadata"].get("labels") or {}) and _is_ready(record.obj)
        for _, record in state.store.records("pods", namespace=namespace)
    )


def _is_ready(pod: Object) -> bool:
    conditions = (pod.get("status") or {}).get("conditions") or ()
    return any(one["type"] == "Ready" and one["status"] == "True" for one in conditions)


def _unavailable(message: str) -> Failure:
    return Failure(503, "ServiceUnavailable", message)
