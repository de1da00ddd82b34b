"""The paths of the document -> the operations that verbs apply to."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from ..document.fixups import is_built_in
from ..document.spec import Spec, definition_name
from ..models.build import ModelSet
from ..models.types import TypeRef
from ..naming.names import attribute_name, attribute_names, operation_name
from ..verbs import RESERVED, streams_over, verbs_for
from ..verbs.arguments import Argument
from ..verbs.operation import CALL, Operation
from ..verbs.parameters import as_arguments, first_sentence, in_order
from .paths import Path

_PATCH_TYPES: Final = {
    "application/json-patch+json": "json",
    "application/merge-patch+json": "merge",
    "application/strategic-merge-patch+json": "strategic",
}
_APPLY: Final = "application/apply-patch+yaml"


_WITH_BODY: Final = ("patch", "post", "put")
_OF_CALLS: Final = ("self", "namespace", "body")
"""The arguments of calls that no verb stands for, apart from those in the path and the query."""
_TEXT: Final = TypeRef(text="str")


@dataclass(frozen=True, kw_only=True)
class PathItem:
    """A path with what the document says of it."""

    path: Path
    item: Mapping[str, Any]
    operations: Mapping[str, Any]
    """By HTTP method, in lower case."""


@dataclass(frozen=True, kw_only=True)
class OperationReader:
    """Reads the operations of a document."""

    spec: Spec
    models: ModelSet

    def action(self, path: Path, method: str, operation: Mapping[str, Any]) -> str:
        """Return the action of an operation: what the document says, else what the HTTP method and the path mean.

        `CALL` if that is nothing that Kubernetes has a verb for.
        """
        if path.arguments and not _is_proxy(path):
            return CALL
        action = operation.get("x-kubernetes-action") or self._derived(path, method, operation) or CALL
        # A response that is a text, or a bare list, has no items to go through.
        return CALL if action == "list" and self._response(operation).is_bare else action

    def read_resource(self, kind: str, paths: Sequence[PathItem]) -> Iterator[Operation]:
        """Yield the operations of a resource: its own first, then those of subresources by name.

        The path across namespaces makes no operation of its own, and the two paths of a proxy make one together.
        """
        namespaced = any(one.path.namespaced for one in paths)
        across = next(
            (one.path.template for one in paths if namespaced and not one.path.named and not one.path.namespaced), None
        )
        item = self.item_type(paths)
        has_status = any(one.path.subresource == "status" for one in paths)
        deletion = next(self._deletions(paths, kind, item), None)
        proxies = [one for one in paths if _is_proxy(one.path) and "get" in one.operations]
        for one in sorted(paths, key=lambda one: (one.path.subresource, one.path.named, one.path.template)):
            for method in one.operations if one not in proxies else ():
                operation = self._operation(one, method, kind, item, has_status=has_status)
                if operation.action == CALL or not (verbs_for(operation) or streams_over(operation.subresource)):
                    yield self.read_call(one, method, kind, beside=paths)
                elif operation.action == "deletecollection" and deletion is not None:
                    yield _with_options(operation, deletion)
                elif operation.action != "list":
                    yield operation
                elif operation.path != across:
                    yield replace(operation, all_namespaces_path=across)
        proxies.sort(key=lambda one: bool(one.path.suffix))
        if proxies:
            yield replace(
                self._operation(proxies[0], next(iter(proxies[0].operations)), kind, item, has_status=has_status),
                http_methods=tuple(method.upper() for method in proxies[0].operations),
                suffixed_path=next((one.path.template for one in proxies if one.path.suffix), None),
            )

    def read_call(self, one: PathItem, method: str, kind: str = "", *, beside: Iterable[PathItem] = ()) -> Operation:
        """The operation of a path that no verb stands for: of a resource of some kind, or outside of any.

        Args:
            one: The path.
            method: The HTTP method, in lower case.
            kind: The kind of the resource; empty for a path outside of resources.
            beside: The paths of the resource, which get other names.
        """
        path, operation = one.path, one.operations[method]
        response = self._response(operation)
        arguments = self._path_arguments(one, operation, kind)
        is_plain = method == "get" and len(arguments) == bool(path.suffix) and "{namespace}" not in path.template
        body = self._body(operation)
        sent = None if body is None else self.models.reference(body.get("schema", {}))
        if (sent is None and method in _WITH_BODY) or (sent is not None and not sent.modules):
            sent = TypeRef(text="Model")
        consumes = operation.get("consumes", ())
        return Operation(
            path=path.template,
            http_methods=(method.upper(),),
            action="" if is_plain and not kind else CALL,
            subresource=path.subresource,
            kind=kind,
            namespaced="{namespace}" in path.template,
            named=path.named,
            path_argument=attribute_name(path.suffix) if path.suffix else "",
            path_arguments=arguments,
            name=self._call_name(one, method, beside),
            description=_sentence(
                operation.get("description", ""),
                f"Call `{path.subresource or path.plural}` of {kind}" if kind else "Call the server",
            ),
            parameters=self._arguments(
                one.item, operation, reserved=(*_OF_CALLS, *(argument.name for argument in arguments))
            ),
            sent=sent,
            sent_required=body is not None and bool(self._resolved(body.get("schema", {})).get("required")),
            has_body=body is not None and method in _WITH_BODY,
            content_type=consumes[0] if method == "patch" and consumes else "",
            response=response if response.modules or response.text.startswith(("list[", "dict[")) else _TEXT,
            deprecated=operation.get("deprecated") is True,
        )

    def item_description(self, paths: Sequence[PathItem]) -> str:
        """The document's description of a resource's objects; empty where it has none."""
        operation = self._item_operation(paths)
        name = definition_name(_response_schema(operation or {}).get("$ref", ""))
        return str(self.spec.definitions.get(name, {}).get("description", ""))

    def _call_name(self, one: PathItem, method: str, beside: Iterable[PathItem]) -> str:
        """Name a call after its path, with the HTTP method where there are several; else as the document does."""
        path = one.path
        of_version = path.version is not None
        if of_version and not path.words and not path.named and not path.arguments:
            return "get_api_resources"
        if (not path.words and not path.named) or not of_version:
            return operation_name(one.operations[method].get("operationId") or f"{method}-{path.template}")
        words = list(path.words)
        same = [other.path for other in beside if other.path.words == path.words and other.path.named == path.named]
        shortest = min((other.arguments for other in same), key=len, default=path.arguments)
        if path.arguments != shortest:
            words += ["with", *(argument for argument in path.arguments if argument not in shortest)]
        return operation_name("-".join(words if len(one.operations) == 1 and path.words else [method, *words]))

    def _path_arguments(self, one: PathItem, operation: Mapping[str, Any], kind: str) -> tuple[Argument, ...]:
        declared = [*self._parameters(one.item), *self._parameters(operation)]
        said = {parameter["name"]: parameter for parameter in declared if parameter.get("in") == "path"}
        wires = [*(["name"] if one.path.named else ()), *one.path.arguments]
        names = attribute_names(wires, reserved=(*_OF_CALLS, *self.models.names))
        return tuple(
            Argument(
                name=names[wire],
                annotation="int" if said.get(wire, {}).get("type") == "integer" else "str",
                text=f"Name of the {kind}."
                if wire == "name" and kind
                else first_sentence(said.get(wire, {}).get("description", ""), f"Value of `{wire}` in the path."),
                positional=True,
                path_name="path" if wire == one.path.suffix else wire,
            )
            for wire in wires
        )

    def _derived(self, path: Path, method: str, operation: Mapping[str, Any]) -> str | None:
        if not path.plural:
            return None
        if path.named:
            if _is_proxy(path):
                return "connect"
            if path.subresource in ("status", "scale"):
                return method if method in ("get", "put", "patch") else None
            return method if method in ("get", "put", "patch", "delete") and not path.subresource else None
        match method:
            case "get":
                return "list" if self._is_list(operation) else None
            case "post":
                return "post" if self._body(operation) is not None else None
            case "delete":
                return "deletecollection"
            case _:
                return None

    def _is_list(self, operation: Mapping[str, Any]) -> bool:
        items = self._resolved(_response_schema(operation)).get("properties", {}).get("items", {})
        return bool(items.get("type") == "array")

    def _resolved(self, schema: Mapping[str, Any]) -> Mapping[str, Any]:
        return self.spec.definitions[definition_name(schema["$ref"])] if "$ref" in schema else schema

    def _operation(self, one: PathItem, method: str, kind: str, item: TypeRef, *, has_status: bool) -> Operation:
        path, operation = one.path, one.operations[method]
        action = self.action(path, method, operation)
        sent_kind = operation.get("x-kubernetes-group-version-kind", {})
        consumes = operation.get("consumes", ())
        response = self._response(operation)
        sent = response if action == "patch" else self._sent(operation)
        return Operation(
            path=path.template,
            http_methods=(method.upper(),),
            action=action,
            subresource=path.subresource,
            kind=kind,
            sent_kind=(sent_kind.get("group", ""), sent_kind.get("kind", "")),
            namespaced=path.namespaced,
            named=path.named,
            parameters=self._arguments(one.item, operation),
            sent=sent or (item if action in ("post", "put") else None),
            response=response,
            item=item,
            list_type=self._response(one.operations["get"]) if "get" in one.operations else item,
            patch_types=tuple(name for media_type, name in _PATCH_TYPES.items() if media_type in consumes),
            has_status=has_status,
            takes_apply=_APPLY in consumes,
            deprecated=operation.get("deprecated") is True,
        )

    def _deletions(self, paths: Sequence[PathItem], kind: str, item: TypeRef) -> Iterator[Operation]:
        for one in paths:
            if one.path.named and not one.path.subresource and "delete" in one.operations:
                yield self._operation(one, "delete", kind, item, has_status=False)

    def is_custom(self, paths: Sequence[PathItem]) -> bool:
        """True for a resource whose objects have a class that is not of Kubernetes itself."""
        name = definition_name(_response_schema(self._item_operation(paths) or {}).get("$ref", ""))
        return name in self.models.types.classes and not is_built_in(name)

    def collection(self, paths: Sequence[PathItem]) -> str:
        """The path of a resource's collection, in a namespace where it has those; empty if it has none."""
        collections = [one.path for one in paths if not one.path.named and not one.path.arguments]
        return next((path.template for path in sorted(collections, key=lambda path: not path.namespaced)), "")

    def list_type(self, paths: Sequence[PathItem]) -> TypeRef:
        """The class of a resource's lists."""
        for one in paths:
            if "get" in one.operations and self.action(one.path, "get", one.operations["get"]) == "list":
                return self._response(one.operations["get"])
        return TypeRef(text="Any")

    def item_type(self, paths: Sequence[PathItem]) -> TypeRef:
        """The class of a resource's objects."""
        operation = self._item_operation(paths)
        return TypeRef(text="Any") if operation is None else self._response(operation)

    def _item_operation(self, paths: Sequence[PathItem]) -> Mapping[str, Any] | None:
        """The operation whose response is an object of the resource: one that returns or takes it."""
        for one in sorted(paths, key=lambda one: (bool(one.path.subresource), not one.path.named)):
            for method in ("get", "put", "post"):
                operation: Mapping[str, Any] | None = one.operations.get(method)
                if operation is not None and self.action(one.path, method, operation) not in ("list", CALL):
                    return operation
        return None

    def _arguments(
        self, item: Mapping[str, Any], operation: Mapping[str, Any], *, reserved: Collection[str] = RESERVED
    ) -> tuple[Argument, ...]:
        """The query parameters of an operation, and of its path; the operation's own win."""
        declared = [*self._parameters(item), *self._parameters(operation)]
        return as_arguments(
            {one["name"]: one for one in declared if one.get("in") == "query"},
            reserved={*reserved, *self.models.names},
        )

    def _sent(self, operation: Mapping[str, Any]) -> TypeRef | None:
        body = self._body(operation)
        return None if body is None else self.models.reference(body.get("schema", {}))

    def _body(self, operation: Mapping[str, Any]) -> Mapping[str, Any] | None:
        return next((one for one in self._parameters(operation) if one.get("in") == "body"), None)

    def _response(self, operation: Mapping[str, Any]) -> TypeRef:
        return self.models.reference(_response_schema(operation))

    def _parameters(self, source: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
        yield from source.get("parameters", ())


def _response_schema(operation: Mapping[str, Any]) -> Mapping[str, Any]:
    responses = operation.get("responses", {})
    schemas = (responses.get(code, {}).get("schema") for code in ("200", "201", "202"))
    return next(filter(None, schemas), {})


def _is_proxy(path: Path) -> bool:
    return path.subresource == "proxy" and path.arguments in ((), (path.suffix,))


def _with_options(collection: Operation, deletion: Operation) -> Operation:
    """Add the options of deleting one object: the document leaves them out for collections of custom resources."""
    own = {argument.wire_name for argument in collection.parameters}
    added = (argument for argument in deletion.parameters if argument.wire_name not in own)
    return replace(
        collection, parameters=in_order((*collection.parameters, *added)), sent=collection.sent or deletion.sent
    )


def _sentence(text: str, default: str) -> str:
    text = " ".join(text.split()) or default
    return text[0].upper() + text[1:].rstrip(".") + "."
