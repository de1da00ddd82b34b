"""The operations of one resource -> its methods."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ..document.spec import DEFINITIONS, Spec
from ..errors import SpecError
from ..models.plan import ModelSet
from ..naming.names import attribute_name
from ..render.ir import Body, Operation, Raises, Skipped, TypeRef
from .parameters import RESERVED, body_schema, query_parameters, without
from .streams import STREAM_METHODS

_PATCHES = {
    "application/json-patch+json": "json",
    "application/merge-patch+json": "merge",
    "application/strategic-merge-patch+json": "strategic",
}
_STATUS = "io.k8s.apimachinery.pkg.apis.meta.v1.Status"
_APPLY = "application/apply-patch+yaml"

# Whatever the document says, the server answers these kinds with a Status when it has acted on them.
_ANSWERED_BY_STATUS = (("policy", "Eviction"), ("", "Binding"))

_CREATE_NAMES = {"eviction": "evict", "binding": "bind"}
_SUBRESOURCE_NAMES = {"ephemeralcontainers": "ephemeral_containers"}

_FORBIDDEN = Raises(error="Forbidden", when="the user may not do this")
_NOT_FOUND = Raises(error="NotFound", when="there is no such object")
_INVALID = Raises(error="Invalid", when="a field has a value that the server does not accept")


@dataclass(frozen=True, kw_only=True)
class ResourcePath:
    """A path of a resource, with what the document says of it."""

    path: str
    namespaced: bool
    named: bool
    subresource: str | None
    tail: bool
    item: Mapping[str, Any]
    operations: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class _Context:
    spec: Spec
    models: ModelSet
    kind: str
    status: TypeRef
    object: TypeRef
    """The class of the resource's objects."""


def methods(
    spec: Spec, models: ModelSet, kind: str, places: Sequence[ResourcePath]
) -> tuple[list[Operation], list[Skipped]]:
    """The methods of a resource, and the operations that became none.

    Raises:
        SpecError: the document does not define `Status`, which any call may be answered by.
    """
    if _STATUS not in spec.definitions:
        raise SpecError(f"{spec.origin}: there is no definition {_STATUS}, which calls are answered by")
    context = _Context(
        spec=spec,
        models=models,
        kind=kind,
        status=models.reference({"$ref": f"{DEFINITIONS}{_STATUS}"}),
        object=_object(models, places),
    )
    found: list[Operation] = []
    skipped: list[Skipped] = []
    everywhere = next((p.path for p in places if not p.named and not p.namespaced), None)
    namespaced = any(p.namespaced for p in places)
    for place in sorted(places, key=lambda p: (p.subresource is not None, p.subresource or "", p.named, p.path)):
        if place.subresource == "proxy":
            continue
        for method, operation in place.operations.items():
            made = list(_methods(context, place, method, operation, everywhere if namespaced else None))
            if not made and not (namespaced and place.path == everywhere):
                skipped.append(_skipped(place, method, operation))
            found += made
    proxies = [place for place in places if place.subresource == "proxy"]
    if proxies:
        found += _proxies(context, proxies)
    return found, skipped


def _skipped(place: ResourcePath, method: str, operation: Mapping[str, Any]) -> Skipped:
    if place.subresource in STREAM_METHODS:
        why = "a stream is opened by GET over WebSocket; only SPDY, which aiokube does not speak, needs this"
    elif operation.get("x-kubernetes-action") == "patch":
        why = "it takes no type of patch that is known"
    else:
        why = f"the action {operation.get('x-kubernetes-action')!r} is not known"
    return Skipped(what=f"{method.upper()} {place.path}", why=why)


def _object(models: ModelSet, places: Sequence[ResourcePath]) -> TypeRef:
    for place in sorted(places, key=lambda p: (p.subresource is not None, not p.named)):
        for method in ("get", "put", "post"):
            if (operation := place.operations.get(method)) and operation.get("x-kubernetes-action") != "list":
                return _answer(models, operation)
    return TypeRef(text="Any")


def _answer(models: ModelSet, operation: Mapping[str, Any]) -> TypeRef:
    responses = operation.get("responses", {})
    schema: Mapping[str, Any] = next(
        (responses[code]["schema"] for code in ("200", "201", "202") if "schema" in responses.get(code, {})), {}
    )
    return models.reference(schema)


def _methods(
    context: _Context, place: ResourcePath, method: str, operation: Mapping[str, Any], everywhere: str | None
) -> Iterator[Operation]:
    action = operation.get("x-kubernetes-action")
    subresource = place.subresource
    if action == "list":
        if place.path != everywhere:
            yield from _lists(context, place, operation, everywhere)
    elif subresource in STREAM_METHODS:
        if method == "get":
            yield from _streams(context, place, operation)
    elif action == "get":
        yield _one(
            context,
            place,
            operation,
            "GET",
            _named("get", place),
            "get",
            summary=f"Read one {_of(context, place)}.",
            raises=(_NOT_FOUND,),
        )
    elif action == "post":
        yield _create(context, place, operation)
    elif action == "put":
        yield _replace(context, place, operation)
    elif action == "patch":
        yield from _patches(context, place, operation)
    elif action in ("delete", "deletecollection"):
        yield _delete(context, place, operation, collection=action == "deletecollection")


def _streams(context: _Context, place: ResourcePath, operation: Mapping[str, Any]) -> Iterator[Operation]:
    assert place.subresource is not None
    for made in STREAM_METHODS[place.subresource]:
        yield _one(
            context,
            place,
            operation,
            "GET",
            made.name,
            made.shape,
            summary=made.summary.replace("{article_kind}", _article(context.kind)),
            drop=made.drop,
            raises=made.raises,
        )


def _one(
    context: _Context,
    place: ResourcePath,
    operation: Mapping[str, Any],
    http_method: str,
    name: str,
    shape: str,
    *,
    summary: str,
    drop: Sequence[str] = (),
    **more: Any,
) -> Operation:
    parameters = without(query_parameters(context.spec, place.item, operation), drop)
    return Operation(
        name=name,
        shape=shape,
        http_methods=(http_method,),
        path=place.path,
        summary=summary,
        named=place.named,
        namespaced=place.namespaced,
        parameters=parameters,
        **{"answer": _answer(context.models, operation), **more},
    )


def _named(verb: str, place: ResourcePath) -> str:
    if place.subresource is None:
        return verb
    return f"{verb}_{_SUBRESOURCE_NAMES.get(place.subresource) or attribute_name(place.subresource)}"


def _of(context: _Context, place: ResourcePath) -> str:
    return context.kind if place.subresource is None else f"{context.kind}'s {place.subresource}"


def _lists(
    context: _Context, place: ResourcePath, operation: Mapping[str, Any], everywhere: str | None
) -> Iterator[Operation]:
    plural = f"objects of kind {context.kind}"
    only_watch = ("allowWatchBookmarks", "sendInitialEvents", "watch")
    common: dict[str, Any] = {"everywhere": everywhere, "item": context.object}
    expired = Raises(error="Expired", when="the continue token is too old")
    yield _one(
        context,
        place,
        operation,
        "GET",
        "list",
        "list",
        summary=f"List {plural}: one request, one answer.",
        drop=only_watch,
        raises=(_FORBIDDEN, expired),
        **common,
    )
    yield _one(
        context,
        place,
        operation,
        "GET",
        "iterate",
        "iterate",
        summary=f"List {plural} page by page. One that exists all the while comes exactly once, even when the server "
        "forgets the state that the pages are of, and the rest comes from a newer one.",
        drop=(*only_watch, "limit", "continue"),
        raises=(_FORBIDDEN, Raises(error="Expired", when="`resource_version` is too old")),
        **common,
    )
    if any(p.wire_name == "watch" for p in query_parameters(context.spec, place.item, operation).values()):
        gone = Raises(error="Gone", when="the resource version is too old: list again")
        yield _one(
            context,
            place,
            operation,
            "GET",
            "watch",
            "watch",
            summary=f"Watch {plural}: begin with what exists, or behind a resource version, and go on over broken "
            "connections.",
            drop=("watch", "limit", "continue"),
            raises=(_FORBIDDEN, gone),
            **common,
        )
        if context.object.modules:
            yield from _built_on_watch(context, place, operation, common)


def _built_on_watch(
    context: _Context, place: ResourcePath, operation: Mapping[str, Any], common: Mapping[str, Any]
) -> Iterator[Operation]:
    names = query_parameters(context.spec, place.item, operation)
    not_selecting = [name for name in names if not name.endswith("Selector")]
    plural = f"objects of kind {context.kind}"
    for name, what in (("informer", plural), ("metadata_informer", f"the metadata of {plural}")):
        yield _one(
            context,
            place,
            operation,
            "GET",
            name,
            name,
            summary=f"Make a cache of {what} that follows the server.",
            drop=not_selecting,
            raises=(
                Raises(error="Forbidden", when="on entering: the user may not do this"),
                Raises(error="WaitTimeout", when="on entering: the first list is not complete in time"),
            ),
            **common,
        )
    yield _one(
        context,
        place,
        operation,
        "GET",
        "wait_for",
        "wait_for",
        summary=f"Wait until {_article(context.kind)} is as it should be, by a list and a watch of it.",
        drop=list(names),
        raises=(_FORBIDDEN, Raises(error="WaitTimeout", when="it did not come to that in time")),
        **{**common, "everywhere": None},
    )


def _body(
    context: _Context, place: ResourcePath, operation: Mapping[str, Any], *, name: str | None = None
) -> Body | None:
    found = body_schema(context.spec, operation)
    if found is None:
        return None
    schema, required = found
    type = context.models.reference(schema)
    if name is None:
        name = _body_name(context, place, operation, type)
    return Body(name=name, type=type, required=required, description="The object, or a manifest of it")


def _body_name(context: _Context, place: ResourcePath, operation: Mapping[str, Any], type: TypeRef) -> str:
    """The argument for an object: its kind, unless the method needs the name for something else."""
    parameters = [one.name for one in query_parameters(context.spec, place.item, operation).values()]
    own = RESERVED if place.namespaced else RESERVED - {"namespace"}
    name = attribute_name(type.text.rpartition(".")[2]) if "." in type.text else "body"
    return "body" if name in (*own, *type.modules, *context.status.modules, *parameters) else name


def _create(context: _Context, place: ResourcePath, operation: Mapping[str, Any]) -> Operation:
    made = operation.get("x-kubernetes-group-version-kind", {})
    kind = made.get("group"), made.get("kind")
    by_status = kind in _ANSWERED_BY_STATUS
    name = "create"
    if place.subresource is not None:
        name = _CREATE_NAMES.get(place.subresource) or _named("create", place)
    body = _taken(context, place, operation)
    raises = (
        (_NOT_FOUND, _INVALID) if place.named else (Raises(error="AlreadyExists", when="the name is taken"), _INVALID)
    )
    if kind == ("policy", "Eviction"):
        raises = (_NOT_FOUND, Raises(error="TooManyRequests", when="a disruption budget does not allow it now"))
        body = Body(name=body.name, type=body.type, required=False, description=body.description)
    return _one(
        context,
        place,
        operation,
        "POST",
        name,
        "submit" if by_status else "create",
        summary=f"Create {_article(context.kind)}."
        if place.subresource is None
        else f"Create the {place.subresource} of {_article(context.kind)}.",
        body=body,
        model=body.type,
        status=context.status if by_status else None,
        raises=raises,
    )


def _taken(context: _Context, place: ResourcePath, operation: Mapping[str, Any]) -> Body:
    return _body(context, place, operation) or Body(
        name="body", type=context.object, required=True, description="The object, or a manifest of it"
    )


def _replace(context: _Context, place: ResourcePath, operation: Mapping[str, Any]) -> Operation:
    body = _taken(context, place, operation)
    return _one(
        context,
        place,
        operation,
        "PUT",
        _named("replace", place),
        "replace",
        summary=f"Replace one {_of(context, place)} by another; fields that its class doesn't know are lost.",
        body=body,
        model=body.type,
        raises=(
            _NOT_FOUND,
            Raises(error="Conflict", when="the object has changed since its `resource_version`"),
            _INVALID,
        ),
    )


def _patches(context: _Context, place: ResourcePath, operation: Mapping[str, Any]) -> Iterator[Operation]:
    consumed = operation.get("consumes", ())
    answer = _answer(context.models, operation)
    types = tuple(name for media_type, name in _PATCHES.items() if media_type in consumed)
    if types:
        yield _one(
            context,
            place,
            operation,
            "PATCH",
            _named("patch", place),
            "patch",
            summary=f"Change a part of one {_of(context, place)}.",
            drop=("force",),
            patch_types=types,
            raises=(
                _NOT_FOUND,
                Raises(error="Conflict", when="the patch names a `resourceVersion` that is no longer the object's"),
                _INVALID,
            ),
        )
    if "merge" in types and place.subresource is None and answer.modules:
        yield _one(
            context,
            place,
            operation,
            "PATCH",
            "edit",
            "edit",
            summary=f"Read one {context.kind}, change it, and send the difference; what its class doesn't know is not "
            "touched.",
            drop=("force",),
            raises=(_NOT_FOUND, Raises(error="Conflict", when="others changed it, too, five times in a row"), _INVALID),
        )
    if _APPLY in consumed:
        body = Body(
            name=_body_name(context, place, operation, answer),
            type=answer,
            required=True,
            description="The fields to own, as an object or a manifest",
        )
        yield _one(
            context,
            place,
            operation,
            "PATCH",
            _named("apply", place),
            "apply",
            summary=f"Create or change one {_of(context, place)} by server-side apply.",
            drop=("force", "fieldManager"),
            body=body,
            model=answer,
            raises=(
                Raises(
                    error="ApplyConflict", when="other managers own fields with other values, and `force` is not set"
                ),
                _INVALID,
            ),
        )


def _delete(context: _Context, place: ResourcePath, operation: Mapping[str, Any], *, collection: bool) -> Operation:
    options = _body(context, place, operation, name="options")
    if options is not None:
        options = Body(
            name="options", type=options.type, required=False, description="More options, such as `preconditions`"
        )
    return _one(
        context,
        place,
        operation,
        "DELETE",
        "delete_collection" if collection else _named("delete", place),
        "delete",
        summary=f"Delete the objects of kind {context.kind} that the selectors match; without selectors, all."
        if collection
        else f"Delete one {_of(context, place)}.",
        drop=("watch", "allowWatchBookmarks"),
        body=options,
        answer=_list_class(context, place) if collection else context.object,
        status=context.status,
        raises=(_FORBIDDEN,)
        if collection
        else (_NOT_FOUND, Raises(error="Conflict", when="a precondition does not hold")),
    )


def _list_class(context: _Context, place: ResourcePath) -> TypeRef:
    listing = place.operations.get("get")
    return _answer(context.models, listing) if listing else context.object


def _proxies(context: _Context, places: Sequence[ResourcePath]) -> Iterator[Operation]:
    tail = next((place for place in places if place.tail), None)
    base = next((place for place in places if not place.tail), places[0])
    operation = next(iter(base.operations.values()))
    for made in _streams(context, base, operation):
        yield replace(
            made,
            http_methods=tuple(method.upper() for method in base.operations),
            tail_path=tail.path if tail else None,
        )


def _article(kind: str) -> str:
    return f"{'an' if kind[:1] in 'AEIO' else 'a'} {kind}"
