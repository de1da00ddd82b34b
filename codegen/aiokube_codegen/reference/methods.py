"""The methods of the generated client, as a person looks them up."""

from __future__ import annotations

from collections.abc import Mapping

from ..methods.paths import parse_path
from ..naming.deprecations import deprecation
from ..render import ir
from .catalog import Method
from .rules import rules_of

_USAGES = {"AbstractAsyncContextManager": "async with", "Informer": "async with"}
_ITERATED = ("AsyncGenerator", "LogLines", "Watch")


def method_of(method: ir.Method, owner: str, operation_ids: Mapping[str, str]) -> Method:
    """Return a method of the client.

    Args:
        method: The method, as the templates of packages print it.
        owner: What it is a method of: `core_v1.pods`, `discovery`.
        operation_ids: The document's operationIds by HTTP call.
    """
    signature = method.signature
    # An overloaded one is declared for any types; its first signature tells more.
    shown = method.overloads[-1] if method.overloads else signature
    summary = " ".join(method.docstring.partition("\n\n")[0].split())
    notice = deprecation(method.docstring)
    return Method(
        name=method.name,
        call=f"kube.{owner}.{method.name}",
        usage=_usage(method),
        runtime=method.calls,
        arguments=tuple(argument for argument in shown.arguments if argument != "self"),
        returns=shown.returns,
        summary=summary,
        docstring=method.docstring,
        deprecated=notice,
        is_composed=method.is_composed,
        requests=method.requests,
        operation_ids=tuple(dict.fromkeys(filter(None, map(operation_ids.get, method.requests)))),
        subresource=_subresource(method),
        rules=rules_of(method),
    )


def _usage(method: ir.Method) -> str:
    if method.is_async:
        return "await"
    returned = method.signature.returns.partition("[")[0]
    return "async for" if returned in _ITERATED else _USAGES[returned]


def _subresource(method: ir.Method) -> str:
    path = parse_path(method.requests[0].partition(" ")[2]) if method.requests else None
    return path.subresource if path else ""
