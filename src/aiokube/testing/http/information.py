"""The paths beside resources: discovery, OpenAPI documents, versions and health."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..api import discovery
from ..api.catalog import Catalog
from ..failures import Failure, not_implemented, unknown_path
from ..protobuf import openapi
from ..protobuf.envelope import PROTOBUF
from ..rendering import JSON, accepted, encode
from .encoding import encoded
from .paths import not_allowed

_AGGREGATED = ";g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
_FORMS = (JSON, "application/yaml", PROTOBUF)
# What a real server has there is its own.
_REFUSED = ("metrics", "openid", ".well-known", "logs", "debug", "flagz", "statusz", "configz")
_VERSION = {
    "major": "1",
    "minor": "37",
    "emulationMajor": "1",
    "emulationMinor": "37",
    "minCompatibilityMajor": "1",
    "minCompatibilityMinor": "36",
    "gitVersion": "v1.37.2",
    "gitCommit": "",
    "gitTreeState": "",
    "buildDate": "1970-01-01T00:00:00Z",
    "goVersion": "go1.26.8",
    "compiler": "gc",
    "platform": "linux/amd64",
}


@dataclass(frozen=True)
class Answer:
    """A response."""

    body: bytes
    content_type: str = JSON
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


def information(catalog: Catalog, method: str, path: str, accept: str, address: str) -> Answer | None:
    """Return the answer of a path beside resources; None for a path of a resource.

    Args:
        catalog: What is served.
        method: The HTTP method, on which only some of the paths look.
        path: The path.
        accept: The header `Accept`.
        address: Host and port of the server.

    Raises:
        Failure: There is nothing.
    """
    stripped = path.removesuffix("/")
    match stripped.split("/")[1:]:
        case ["healthz" | "livez" | "readyz"] | ["healthz" | "livez" | "readyz", "ping" | "log" | "etcd"]:
            return Answer(b"ok", "text/plain; charset=utf-8")
        case ["healthz" | "livez" | "readyz", "poststarthook", _]:
            raise not_implemented(f"the path {path}")
        case []:
            return _json({"paths": _root_paths(catalog)})
        case ["version"]:
            _check_route(method, accept, JSON)
            return _json(_VERSION)
        case ["api"] | ["apis"] if _wants_aggregated(accept):
            return _aggregated(catalog, accept, core=stripped == "/api")
        case ["api"]:
            _check_route(method, accept, *_FORMS)
            return _negotiated(discovery.api_versions(catalog, address), accept)
        case ["apis"]:
            return _negotiated(discovery.group_list(catalog), accept)
        case ["apis", group]:
            found = discovery.group(catalog, group)
            return _negotiated(found, accept) if found is not None else None
        case ["api", version]:
            return _resources(catalog, "", version, accept, method)
        case ["apis", group, version]:
            return _resources(catalog, group, version, accept, method)
        case ["api", _, "watch" | "proxy"] | ["apis", _, _, "watch" | "proxy"]:
            problem = f"failed to create RequestInfo: unable to determine kind and namespace from url, {path}"
            text = f'Internal Server Error: "{path}": {problem}\n'
            return Answer(text.encode(), "text/plain; charset=utf-8", 500)
        case ["openapi", "v2"]:
            return _openapi_v2(catalog, accept)
        case [first, *_] if first in _REFUSED:
            raise not_implemented(f"the path {path}")
        case ["openapi", "v3"] if path.endswith("/"):
            return Answer(b"", "", 404)
        case ["openapi", "v3", *rest]:
            return _openapi_v3(catalog, "/".join(rest), accept)
    return None


def not_served() -> Answer:
    """Return the answer of a path that no API has."""
    return Answer(b"404 page not found\n", "text/plain; charset=utf-8", 404)


def _json(value: Any) -> Answer:
    return Answer(encode(value))


def _negotiated(value: Any, accept: str) -> Answer:
    refused = Failure(406, "NotAcceptable", f"only the following media types are accepted: {', '.join(_FORMS)}")
    try:
        found = accepted(accept, is_list=False, custom=False)
    except Failure as failure:
        raise refused if failure.code == refused.code else failure from None
    if found.form != "object":
        raise refused
    return Answer(encoded(encode(value), found.content_type), found.content_type)


def _check_route(method: str, accept: str, *forms: str) -> None:
    """Check what a path of the framework below kube-apiserver does: its method, and the media types of its answers.

    Raises:
        Failure: They are others.
    """
    if method != "GET":
        raise not_allowed()
    wanted = [part.partition(";")[0].strip() for part in (accept or "*/*").split(",")]
    if not any(one in ("*/*", *forms) for one in wanted):
        text = f"406: Not Acceptable\n\nAvailable representations: {', '.join(forms)}"
        raise Failure(406, "NotAcceptable", text, details={})


def _wants_aggregated(accept: str) -> bool:
    first = accept.replace(" ", "")
    return "as=APIGroupDiscoveryList" in first and "v=v2;" in f"{first.split(',')[0]};"


def _aggregated(catalog: Catalog, accept: str, *, core: bool) -> Answer:
    body = encode(discovery.aggregated(catalog, core=core))
    tag = hashlib.sha512(body).hexdigest().upper()
    media = PROTOBUF if accept.startswith(PROTOBUF) else JSON
    headers = {"ETag": f'"{tag}"', "Cache-Control": "public", "Vary": "Accept"}
    return Answer(encoded(body, media), media + _AGGREGATED, headers=headers)


def _resources(catalog: Catalog, group: str, version: str, accept: str, method: str) -> Answer | None:
    if group and group not in catalog.groups():
        return None
    if not catalog.is_served(group, version):
        if group and catalog.is_custom(group):
            return None
        raise unknown_path()
    if not catalog.is_custom(group):
        _check_route(method, accept, *_FORMS)
    return _negotiated(discovery.resource_list(catalog, group, version), accept)


def _root_paths(catalog: Catalog) -> list[str]:
    paths = {"/api", "/apis", "/healthz", "/livez", "/readyz", "/openapi/v2", "/openapi/v3", "/version"}
    for group, version in catalog.group_versions():
        paths |= {f"/apis/{group}", f"/apis/{group}/{version}"} if group else {f"/api/{version}"}
    return sorted(paths)


def _openapi_v3(catalog: Catalog, path: str, accept: str) -> Answer:
    if not path:
        found = {
            name: {"serverRelativeURL": f"/openapi/v3/{name}?hash={part.hash}"}
            for name, part in sorted(catalog.parts().items())
        }
        # A list without a version, which Go's server takes for text.
        return Answer(encode({"paths": found}), "text/plain; charset=utf-8")
    part = catalog.parts().get(path)
    if part is None:
        raise unknown_path()
    _check_json(accept)
    headers = {"ETag": f'"{part.hash}"', "Cache-Control": "public, immutable", "Vary": "Accept"}
    return Answer(part.raw, headers=headers)


def _openapi_v2(catalog: Catalog, accept: str) -> Answer:
    body = catalog.version2()
    headers = {"ETag": f'"{hashlib.sha512(body).hexdigest().upper()}"', "Vary": "Accept"}
    for part in (accept or JSON).split(","):
        match part.partition(";")[0].strip():
            case "application/json" | "application/*" | "*/*":
                return Answer(body, headers=headers)
            case openapi.CONTENT_TYPE | openapi.OLD_CONTENT_TYPE:
                return Answer(openapi.document(body), openapi.CONTENT_TYPE, headers=headers)
    return Answer(b"", JSON, 406)


def _check_json(accept: str) -> None:
    if accept and not any(part.split(";")[0].strip() in (JSON, "*/*") for part in accept.split(",")):
        raise not_implemented(f"OpenAPI documents as {accept}")
