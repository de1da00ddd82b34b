"""Every operation of the document has a method, and the method asks for the operation's method and path."""

from __future__ import annotations

import inspect
import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from aiokube import Client
from aiokube.runtime.http.request import Request
from aiokube_codegen.verbs.calls import MADE_BY_CLIENT
from tests.support.operations import Call, client_calls, make
from tests.support.recording import RecordingTransport

_DOCUMENT: dict[str, Any] = json.loads((Path(__file__).parents[2] / "spec" / "openapi.json").read_bytes())
_METHODS = ("get", "put", "post", "delete", "options", "head", "patch")

# A stream is opened by GET over WebSocket; POST is SPDY's way to the same.
_SPDY = {
    ("POST", f"/api/v1/namespaces/{{namespace}}/pods/{{name}}/{stream}") for stream in ("exec", "attach", "portforward")
}


_VERBS = {
    "get": ("NotFound",),
    "list": ("Expired",),
    "iterate": ("Expired",),
    "watch": ("Gone",),
    "replace": ("NotFound", "Conflict", "Invalid"),
    "patch": ("NotFound", "Conflict", "InvalidRequest", "Invalid"),
    "apply": ("NotFound", "ApplyConflict", "Invalid"),
    "apply of a kind with a status": ("NotFound", "ApplyConflict", "InvalidRequest", "Invalid"),
    "delete": ("NotFound", "Conflict"),
    "delete_collection": (),
}
"""Verbs of many resources, subresources included, with errors that a user must expect."""


def _resolve(parameter: dict[str, Any]) -> dict[str, Any]:
    if "$ref" in parameter:
        found: dict[str, Any] = _DOCUMENT["parameters"][parameter["$ref"].rpartition("/")[2]]
        return found
    return parameter


def _operations() -> dict[tuple[str, str], set[str]]:
    """Every operation that must have a method, with the names of its query parameters."""
    found: dict[tuple[str, str], set[str]] = {}
    for path, item in _DOCUMENT["paths"].items():
        if "/watch/" in path:
            continue
        for method in _METHODS:
            if method in item:
                parameters = [*item.get("parameters", []), *item[method].get("parameters", [])]
                query = {p["name"] for p in map(_resolve, parameters) if p["in"] == "query"}
                # Servers refuse it in a deletion.
                found[(method.upper(), path)] = query - {"sendInitialEvents"} if method == "delete" else query
    return found


def _filled(path: str) -> str:
    return path.replace("{namespace}", "a-namespace").replace("{name}", "a-name").replace("{path}", "some/path")


@pytest.mark.slow
async def test_every_operation_is_asked_for_by_a_method() -> None:
    expected = _operations()
    transport = RecordingTransport()
    client = Client(transport=transport)
    asked: dict[tuple[str, str], set[str]] = {}
    for call in client_calls(client):
        request = await make(call, transport)
        _check(call, request)
        asked.setdefault((request.method, request.template), set()).update(name for name, _ in request.query)
    for path, method in MADE_BY_CLIENT.items():
        await getattr(client, method)()
        assert transport.last.template == path
        asked["GET", path] = set()

    assert len(expected) > 700
    assert set(asked) | _SPDY == set(expected)
    assert not set(asked) & _SPDY
    for operation, query in expected.items():
        if operation not in _SPDY:
            # The path of a proxied call is a part of its path already.
            assert asked[operation] | {"path"} == (query | {"path"}) - {"pretty"}, operation


def test_every_query_parameter_but_pretty_is_a_keyword_of_a_method_for_the_operation() -> None:
    keywords: dict[tuple[str, str], set[str]] = {}
    for call in client_calls(Client(transport=RecordingTransport())):
        names = {name.rstrip("_") for name in inspect.signature(call.function).parameters}
        keywords.setdefault((call.http_method, call.path), set()).update(names)
    checked = 0
    for operation, query in _operations().items():
        if operation in _SPDY or operation[1] in MADE_BY_CLIENT:
            continue
        # A watch is a method of its own, and a connection goes to one port.
        for wire_name in query - {"pretty", "watch"}:
            name = "port" if wire_name == "ports" else re.sub("([A-Z]+)", r"_\1", wire_name).lower()
            assert name.replace("_tlsv", "_tls_v") in keywords[operation], operation
            checked += 1
    assert sum("pretty" in query for query in _operations().values()) > 500
    assert checked > 2000


def test_methods_of_the_same_verb_document_the_same_errors() -> None:
    documented: dict[str, set[str]] = {}
    for call in client_calls(Client(transport=RecordingTransport())):
        _, *resource, method = call.where.split(".")
        verb = method if method == "delete_collection" else method.partition("_")[0]
        owner = call.function.__self__  # type: ignore[attr-defined] # a method
        if method == "apply" and hasattr(owner, "apply_status"):
            verb = "apply of a kind with a status"
        if resource and verb in _VERBS:
            found = re.search(r"\nRaises:\n(.*)", f"{inspect.getdoc(call.function)}\n", re.DOTALL)
            documented.setdefault(verb, set()).add(found[1] if found else "")
    assert documented.keys() == set(_VERBS)
    for verb, errors in documented.items():
        (lines,) = errors
        assert set(re.findall(r"^ {4}(\w+): ", lines, re.MULTILINE)) == set(_VERBS[verb])


def test_every_method_documents_its_own_arguments() -> None:
    checked = 0
    for call in client_calls(Client(transport=RecordingTransport())):
        documented = re.search(r"\n *Args:\n(.*?)\n\n", f"{inspect.getdoc(call.function)}\n\n", re.DOTALL)
        names = set(re.findall(r"^ {4}(\w+): ", documented[1], re.MULTILINE)) if documented else set()
        assert names == set(inspect.signature(call.function).parameters), call
        checked += len(names)
    assert checked > 5000


def _check(call: Call, request: Request) -> None:
    assert (request.method, request.template) == (call.http_method, call.path), call
    assert unquote(request.path) == _filled(call.path), call


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "a%2fb"])
async def test_invalid_segments(name: str) -> None:
    from aiokube.errors import InvalidRequest

    transport = RecordingTransport()
    pods = Client(transport=transport).core_v1.pods

    with pytest.raises(InvalidRequest, match=r"^name: "):
        await pods.get(name)
    with pytest.raises(InvalidRequest, match=r"^namespace: "):
        await pods.delete("web-0", namespace=name)
    assert transport.requests == []
