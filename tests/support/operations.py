"""Every call of a generated client, found by looking at it, and a way to make each."""

from __future__ import annotations

import asyncio
import inspect
import re
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager, aclosing, suppress
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from aiokube.runtime.base_client import BaseClient
from aiokube.runtime.errors import Forbidden
from aiokube.runtime.http.request import Request
from aiokube.runtime.streams.log import LogLines
from aiokube.runtime.verbs import GroupVersion, Resource

from .recording import RecordingTransport

_CALL = re.compile(
    r"^\s*(GET|PUT|POST|DELETE|PATCH|HEAD|OPTIONS) (\{path\}|\{all_namespaces_path\})?(|/\S*)$", re.MULTILINE
)

# Seconds.
_LONG_ENOUGH = 5.0

_SAMPLES = {
    "str": "text",
    "bool": True,
    "int": 7,
    "str | Sequence[str]": ["a", "b"],
    "int | Sequence[int]": [1, 2],
    "Selector": ["a", "b"],
    "DryRun": "All",
    "FieldValidation": "Strict",
    "PropagationPolicy": "Orphan",
    "ResourceVersionMatch": "Exact",
}


@dataclass(frozen=True, kw_only=True)
class Call:
    """One method of a client, for one of the calls that its docstring names."""

    where: str
    """`core_v1.pods.get`."""
    function: Callable[..., Any]
    http_method: str
    path: str

    def __str__(self) -> str:
        return f"{self.where} {self.http_method} {self.path}"


def client_calls(client: BaseClient) -> Iterator[Call]:
    """Every call of every method of a client."""
    for name, value in inspect.getmembers_static(type(client)):
        if isinstance(value, cached_property):
            group = getattr(client, name)
            yield from _calls(name, group)
            for attribute, resource in sorted(vars(group).items()):
                if isinstance(resource, Resource):
                    yield from _calls(f"{name}.{attribute}", resource)


def _calls(where: str, owner: GroupVersion | Resource) -> Iterator[Call]:
    for name, function in inspect.getmembers(owner, inspect.ismethod):
        if not name.startswith("_"):
            for method, stated, rest in _CALL.findall(function.__doc__ or ""):
                path = f"{getattr(owner, stated[1:-1]) if stated else ''}{rest}"
                yield Call(where=f"{where}.{name}", function=function, http_method=method, path=path)


async def make(call: Call, transport: RecordingTransport) -> Request:
    """Make a call with every argument that it takes, and return the request that came of it."""
    positional, keywords = arguments(call)
    before = len(transport.requests)
    # The transport refuses every WebSocket.
    with suppress(Forbidden):
        result = call.function(*positional, **keywords)
        if isinstance(result, Awaitable):
            await result
        elif isinstance(result, AbstractAsyncContextManager):
            async with result:
                pass
        elif isinstance(result, LogLines):
            async for _ in result:
                pass
        elif isinstance(result, AsyncGenerator):
            async with asyncio.timeout(_LONG_ENOUGH), aclosing(result):
                # The transport has nothing to give: one request is all that a watch makes before it waits.
                next_one = asyncio.ensure_future(anext(result))
                while len(transport.requests) == before and not next_one.done():
                    await asyncio.sleep(0)
                next_one.cancel()
                await asyncio.wait([next_one])
    assert len(transport.requests) == before + 1, f"{call} made {len(transport.requests) - before} requests"
    return transport.last


def arguments(call: Call) -> tuple[list[Any], dict[str, Any]]:
    """Arguments for every parameter of a call."""
    positional: list[Any] = []
    keywords: dict[str, Any] = {}
    for name, parameter in inspect.signature(call.function).parameters.items():
        annotation = str(parameter.annotation)
        keyword = parameter.kind is inspect.Parameter.KEYWORD_ONLY
        value: Any
        if name == "all_namespaces":
            value = "{namespace}" not in call.path
        elif keyword and name == "namespace" and "{namespace}" not in call.path:
            continue
        elif name == "method":
            value = call.http_method
        elif name == "page_size":
            value = 5
        elif name in ("type", "options", "on_undecodable"):
            # A type is chosen by the body; the options of a delete take the query's place; a callback is not sent.
            continue
        elif keyword and name in (
            "since_time",
            "protocols",
            "subprotocols",
            "port",
            "scheme",
            "query",
            "headers",
            "body",
        ):
            # The document doesn't have these; a proxied port becomes a part of the name.
            continue
        elif name == "port":
            value = 80
        elif name == "stderr":
            # A terminal, which is asked for too, has none.
            value = False
        elif name == "force" and annotation == "bool":
            value = True
        elif not keyword and name == "path":
            value = "some/path" if "{path}" in call.path else None
        elif "Mapping[str, Any]" in annotation or "UntypedManifest" in annotation:
            value = {"metadata": {"name": "a-name"}}
        else:
            base = annotation.removesuffix(" | None")
            value = f"a-{name}" if not keyword or name == "namespace" else _SAMPLES[base]
        if keyword:
            keywords[name] = value
        else:
            positional.append(value)
    return positional, keywords
