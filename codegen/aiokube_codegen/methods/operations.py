"""The paths of the document -> the operations that verbs apply to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from ..document.spec import Spec, definition_name
from ..models.build import ModelSet
from ..models.types import TypeRef
from ..naming.names import attribute_name, operation_name
from ..verbs import RESERVED
from ..verbs.arguments import Argument
from ..verbs.operation import Operation
from ..verbs.parameters import as_arguments, in_order

_PATCH_TYPES: Final = {
    "application/json-patch+json": "json",
    "application/merge-patch+json": "merge",
    "application/strategic-merge-patch+json": "strategic",
}
_APPLY: Final = "application/apply-patch+yaml"


@dataclass(frozen=True, kw_only=True)
class ResourcePath:
    """A path of a resource, with what the document says of it."""

    path: str
    namespaced: bool
    named: bool
    subresource: str
    suffixed: bool
    """It ends in `{path}`."""
    item: Mapping[str, Any]
    operations: Mapping[str, Any]
    """By HTTP method, in lower case."""


@dataclass(frozen=True, kw_only=True)
class OperationReader:
    """Reads the operations of a document."""

    spec: Spec
    models: ModelSet

    def read_resource(self, kind: str, paths: Sequence[ResourcePath]) -> Iterator[Operation]:
        """Yield the operations of a resource: its own first, then those of subresources by name.

        The path across namespaces makes no operation of its own, and the two paths of a proxy make one together.
        """
        namespaced = any(path.namespaced for path in paths)
        across = next((path.path for path in paths if namespaced and not path.named and not path.namespaced), None)
        item = self._item_type(paths)
        has_status = any(path.subresource == "status" for path in paths)
        deletion = next(self._deletions(paths, kind, item), None)
        for path in sorted(paths, key=lambda path: (path.subresource, path.named, path.path)):
            for method in path.operations if path.subresource != "proxy" else ():
                operation = self._operation(path, method, kind, item, has_status=has_status)
                if operation.action == "deletecollection" and deletion is not None:
                    yield _with_options(operation, deletion)
                elif operation.action != "list":
                    yield operation
                elif path.path != across:
                    yield replace(operation, all_namespaces_path=across)
        proxies = sorted((path for path in paths if path.subresource == "proxy"), key=lambda path: path.suffixed)
        if proxies:
            yield replace(
                self._operation(proxies[0], next(iter(proxies[0].operations)), kind, item, has_status=has_status),
                http_methods=tuple(method.upper() for method in proxies[0].operations),
                suffixed_path=next((path.path for path in proxies if path.suffixed), None),
            )

    def read_call(self, path: str, item: Mapping[str, Any], path_argument: str | None) -> Operation:
        """The operation of a path that concerns no resource, and is read by GET."""
        operation = item["get"]
        schema = operation.get("responses", {}).get("200", {}).get("schema", {})
        name = operation_name(operation.get("operationId") or f"get{path.title().replace('/', '')}")
        return Operation(
            path=path.replace(f"{{{path_argument}}}", "{path}") if path_argument else path,
            http_methods=("GET",),
            path_argument=attribute_name(path_argument) if path_argument else "",
            name="get_api_resources" if name.endswith("_api_resources") else name,
            description=_sentence(operation.get("description", "")),
            parameters=self._arguments(item, operation),
            response=self.models.reference(schema) if "$ref" in schema else TypeRef(text="str"),
            deprecated=operation.get("deprecated") is True,
        )

    def item_description(self, paths: Sequence[ResourcePath]) -> str:
        """The document's description of a resource's objects; empty where it has none."""
        name = definition_name(_response_schema(_item_operation(paths) or {}).get("$ref", ""))
        return str(self.spec.definitions.get(name, {}).get("description", ""))

    def _operation(self, path: ResourcePath, method: str, kind: str, item: TypeRef, *, has_status: bool) -> Operation:
        operation = path.operations[method]
        action = operation.get("x-kubernetes-action", "")
        sent_kind = operation.get("x-kubernetes-group-version-kind", {})
        consumes = operation.get("consumes", ())
        response = self._response(operation)
        sent = response if action == "patch" else self._sent(operation)
        return Operation(
            path=path.path,
            http_methods=(method.upper(),),
            action=action,
            subresource=path.subresource,
            kind=kind,
            sent_kind=(sent_kind.get("group", ""), sent_kind.get("kind", "")),
            namespaced=path.namespaced,
            named=path.named,
            parameters=self._arguments(path.item, operation),
            sent=sent or (item if action in ("post", "put") else None),
            response=response,
            item=item,
            list_type=self._response(path.operations["get"]) if "get" in path.operations else item,
            patch_types=tuple(name for media_type, name in _PATCH_TYPES.items() if media_type in consumes),
            has_status=has_status,
            takes_apply=_APPLY in consumes,
            deprecated=operation.get("deprecated") is True,
        )

    def _deletions(self, paths: Sequence[ResourcePath], kind: str, item: TypeRef) -> Iterator[Operation]:
        for path in paths:
            if path.named and not path.subresource and "delete" in path.operations:
                yield self._operation(path, "delete", kind, item, has_status=False)

    def _item_type(self, paths: Sequence[ResourcePath]) -> TypeRef:
        """The class of a resource's objects."""
        operation = _item_operation(paths)
        return TypeRef(text="Any") if operation is None else self._response(operation)

    def _arguments(self, item: Mapping[str, Any], operation: Mapping[str, Any]) -> tuple[Argument, ...]:
        """The query parameters of an operation, and of its path; the operation's own win."""
        declared = [*self._parameters(item), *self._parameters(operation)]
        return as_arguments({one["name"]: one for one in declared if one.get("in") == "query"}, reserved=RESERVED)

    def _sent(self, operation: Mapping[str, Any]) -> TypeRef | None:
        bodies = (one for one in self._parameters(operation) if one.get("in") == "body")
        body = next(bodies, None)
        return None if body is None else self.models.reference(body.get("schema", {}))

    def _response(self, operation: Mapping[str, Any]) -> TypeRef:
        return self.models.reference(_response_schema(operation))

    def _parameters(self, source: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
        yield from source.get("parameters", ())


def _item_operation(paths: Sequence[ResourcePath]) -> Mapping[str, Any] | None:
    """The operation whose response is an object of the resource: one that returns or takes it."""
    for path in sorted(paths, key=lambda path: (bool(path.subresource), not path.named)):
        for method in ("get", "put", "post"):
            operation: Mapping[str, Any] | None = path.operations.get(method)
            if operation and operation.get("x-kubernetes-action") != "list":
                return operation
    return None


def _response_schema(operation: Mapping[str, Any]) -> Mapping[str, Any]:
    responses = operation.get("responses", {})
    schemas = (responses.get(code, {}).get("schema") for code in ("200", "201", "202"))
    return next(filter(None, schemas), {})


def _with_options(collection: Operation, deletion: Operation) -> Operation:
    """Add the options of deleting one object: the document leaves them out for collections of custom resources."""
    own = {argument.wire_name for argument in collection.parameters}
    added = (argument for argument in deletion.parameters if argument.wire_name not in own)
    return replace(
        collection, parameters=in_order((*collection.parameters, *added)), sent=collection.sent or deletion.sent
    )


def _sentence(text: str) -> str:
    text = " ".join(text.split()) or "Call the server"
    return text[0].upper() + text[1:].rstrip(".") + "."
