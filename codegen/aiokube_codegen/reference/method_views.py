"""Methods as the pages print them, each with its examples."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from .catalog import Kind, Method
from .docstrings import parse
from .marks import Mark, Marks
from .python_examples import program, program_of_call
from .roles import role
from .shell_examples import curl, curl_of_call, kubectl, kubectl_of_call

_GROUPS: Final[Mapping[str, tuple[str, ...]]] = {
    "Read": ("_get", "_list", "_iterate", "_top_pods", "_top_nodes"),
    "Follow": (
        "_watch",
        "_informer",
        "_metadata_informer",
        "_wait_for",
        "_wait_for_all",
        "_wait_for_any",
        "_rollout",
        "_wait_rollout",
    ),
    "Write": ("_create", "_submit", "_replace", "_patch", "_edit", "_apply", "_delete", "_set_metadata"),
}
"""The runtime's methods by heading; all others are actions."""
_ACTIONS: Final = "Actions"


@dataclass(frozen=True, kw_only=True)
class Tab:
    """A way to do what a method does."""

    title: str
    code: str


@dataclass(frozen=True, kw_only=True)
class ArgumentView:
    """An argument of a method."""

    name: str
    declared: str
    """`: str | None = None`."""
    text: str


@dataclass(frozen=True, kw_only=True)
class MethodView:
    """A method with all that a page says of it."""

    id: str
    name: str
    call: str
    usage: str
    summary: str
    returns: str
    deprecated: str
    requests: tuple[str, ...]
    is_composed: bool
    operation_ids: tuple[tuple[str, str], ...]
    """operationIds, each with its id in the page; empty where another method has it."""
    arguments: tuple[ArgumentView, ...]
    raises: tuple[tuple[str, str], ...]
    tabs: tuple[Tab, ...]
    mark: Mark | None


@dataclass(frozen=True, kw_only=True)
class MethodGroup:
    """Methods under a heading."""

    title: str
    id: str
    methods: tuple[MethodView, ...]


def groups_of(kind: Kind, package: str, marks: Marks | None) -> tuple[MethodGroup, ...]:
    """Return the methods of a kind in groups: those on the resource itself by what they do, then by subresource.

    Args:
        kind: The kind.
        package: The package of the client in examples.
        marks: Marks of what differs; None: nothing is marked.
    """
    found: dict[str, list[Method]] = {title: [] for title in (*_GROUPS, _ACTIONS)}
    for method in kind.methods:
        found.setdefault(_heading(method), []).append(method)
    seen: set[str] = set()
    return tuple(
        MethodGroup(
            title=title,
            id=f"operations/{title}",
            methods=tuple(_view(method, kind, package, marks, seen) for method in methods),
        )
        for title, methods in found.items()
        if methods
    )


def calls_of(methods: Iterable[Method], package: str, marks: Marks | None) -> tuple[MethodView, ...]:
    """Return the methods of a group-version, or of the server."""
    seen: set[str] = set()
    return tuple(_call(method, package, marks, seen) for method in methods)


def _heading(method: Method) -> str:
    if method.subresource and method.runtime not in ("_scale", "_evict", "_create_token"):
        return method.subresource
    return next((title for title, runtime in _GROUPS.items() if method.runtime in runtime), _ACTIONS)


def _view(method: Method, kind: Kind, package: str, marks: Marks | None, seen: set[str]) -> MethodView:
    tabs = (
        Tab(title="Python", code=program(kind, method, package)),
        Tab(title="kubectl", code=kubectl(kind, method)),
        Tab(title="curl", code=curl(kind, method)),
        Tab(title="RBAC rule", code=role(method, f"{kind.plural}-{method.name}", namespaced=kind.namespaced)),
    )
    return _made(method, tabs, marks.method(method, kind) if marks else None, seen)


def _call(method: Method, package: str, marks: Marks | None, seen: set[str]) -> MethodView:
    tabs = (
        Tab(title="Python", code=program_of_call(method, package)),
        Tab(title="kubectl", code=kubectl_of_call(method)),
        Tab(title="curl", code=curl_of_call(method)),
        Tab(title="RBAC rule", code=role(method, method.name, namespaced=False)),
    )
    return _made(method, tabs, marks.method(method) if marks else None, seen)


def _made(method: Method, tabs: tuple[Tab, ...], mark: Mark | None, seen: set[str]) -> MethodView:
    parsed = parse(method.docstring)
    return MethodView(
        id=method.call,
        name=method.name,
        call=method.call,
        usage=method.usage,
        summary=method.summary,
        returns=method.returns,
        deprecated=method.deprecated,
        requests=method.requests,
        is_composed=method.is_composed,
        operation_ids=tuple(_once(method.operation_ids, seen)),
        arguments=tuple(_arguments(method, parsed.arguments)),
        raises=parsed.raises,
        tabs=tabs,
        mark=mark,
    )


def _once(ids: Iterable[str], seen: set[str]) -> Iterator[tuple[str, str]]:
    for one in ids:
        yield one, "" if one in seen else one
        seen.add(one)


def _arguments(method: Method, texts: Mapping[str, str]) -> Iterator[ArgumentView]:
    for argument in method.arguments:
        name, colon, declared = argument.partition(":")
        if colon:
            yield ArgumentView(name=name, declared=f":{declared}", text=texts.get(name, ""))
