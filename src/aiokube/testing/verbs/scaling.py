"""The subresource `scale`: the replicas of a workload, or of a custom resource that says where they are."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ..bodies import check_problems, read_json
from ..call import Call
from ..failures import Cause, Failure, bad_request, conflict, modified, not_found, not_implemented
from ..schema.decoding import WrongType, decode
from ..schema.node import Node
from ..store import Object, copied
from .changes import (
    JSON_PATCH,
    MERGE_PATCH,
    STRATEGIC_PATCH,
    check_fields,
    patched,
    read_changes,
    refused,
    without_name,
)
from .state import Reply, State
from .views import view_of
from .writing import store_changed

_BUILT_IN = {"specReplicasPath": ".spec.replicas", "statusReplicasPath": ".status.replicas"}
_KEPT = ("name", "namespace", "uid", "resourceVersion", "creationTimestamp")


def scale(state: State, call: Call) -> Reply:
    """Return or change the scale of an object.

    Raises:
        Failure: The object does not exist or has changed meanwhile, or the scale is invalid.
    """
    view = view_of(state, call)
    sent = _sent(state, call) if call.verb == "update" else None
    record = state.store.get(call.resource.collection, call.key)
    if record is None:
        raise not_found(call.resource, call.name)
    present = scale_of(call, record.obj)
    if call.verb == "get":
        _check_replicas(call, record.obj)
        return Reply(body=view.of_object(present), content_type=view.content_type)
    call.check_options()
    wanted = _changed(state, call, present) if sent is None else sent
    metadata, spec = wanted.get("metadata", {}), wanted.get("spec", {})
    if metadata.get("resourceVersion") not in (None, "", record.obj["metadata"]["resourceVersion"]):
        raise modified(call.resource, call.name)
    uid, was = metadata.get("uid"), record.obj["metadata"]["uid"]
    if uid not in (None, "", was) and not call.resource.custom:
        text = f"Precondition failed: UID in precondition: {uid}, UID in object meta: {was}"
        raise conflict(replace(call.resource, plural=f"{call.resource.plural}/scale"), call.name, text)
    replicas = spec.get("replicas", 0)
    if replicas < 0:
        cause = Cause(
            "FieldValueInvalid", f"Invalid value: {replicas}: must be greater than or equal to 0", "spec.replicas"
        )
        raise _invalid(call, cause)
    obj: Object = copied(record.obj)
    _set(obj, _paths(call)["specReplicasPath"], replicas)
    changed = store_changed(state, call, record, obj)
    return Reply(body=view.of_object(scale_of(call, changed.obj)), content_type=view.content_type)


def _check_replicas(call: Call, obj: Object) -> None:
    """Refuse to read the scale of a custom resource that does not say its replicas.

    Raises:
        Failure: It does not.
    """
    path = _paths(call)["specReplicasPath"]
    if call.resource.custom and _at(obj, path) is None:
        problem = f'the spec replicas field "{path}" does not exist'
        details = {"causes": [{"message": problem}]}
        raise Failure(500, "InternalError", f"Internal error occurred: {problem}", details=details)


def _sent(state: State, call: Call) -> Object:
    sent = _decoded(state, call, read_json(call, "Scale"))
    _check_name(call, sent)
    return sent


def _changed(state: State, call: Call, present: Object) -> Object:
    known = (JSON_PATCH, MERGE_PATCH) if call.resource.custom else (JSON_PATCH, MERGE_PATCH, STRATEGIC_PATCH)
    media = call.content_type.partition(";")[0].strip()
    if media == "application/apply-patch+yaml":
        raise not_implemented("an apply to the subresource scale")
    if media not in known:
        raise Failure(415, "UnsupportedMediaType", "415: Unsupported Media Type", details={})
    changes = read_changes(call)
    result = patched(call, present, changes, _schema(state))
    check_fields(call, result, changes, custom=False)
    try:
        changed = _decoded(state, call, result)
    except Failure as failure:
        problem = failure.message.partition(" cannot be handled as a Scale: ")[2] or failure.message
        raise refused(result, changes, problem) from None
    _check_name(call, changed)
    return changed


def _check_name(call: Call, sent: Object) -> None:
    name = sent.get("metadata", {}).get("name", "")
    if not name:
        raise without_name(call)
    if name != call.name:
        raise bad_request(f"the name of the object ({name}) does not match the name on the URL ({call.name})")


def scale_of(call: Call, obj: Object) -> Object:
    """Return the scale of an object."""
    paths = _paths(call)
    metadata = {name: obj["metadata"][name] for name in _KEPT if name in obj["metadata"]}
    replicas = _at(obj, paths["specReplicasPath"]) or 0
    status: Object = {"replicas": _at(obj, paths["statusReplicasPath"]) or 0}
    if selector := _selector(call, obj):
        status["selector"] = selector
    spec = {"replicas": replicas} if replicas else {}
    return {"kind": "Scale", "apiVersion": "autoscaling/v1", "metadata": metadata, "spec": spec, "status": status}


def _paths(call: Call) -> dict[str, str]:
    return dict(call.resource.scale) if call.resource.scale is not None else _BUILT_IN


def _selector(call: Call, obj: Object) -> str:
    if call.resource.custom:
        path = _paths(call).get("labelSelectorPath")
        return str(_at(obj, path) or "") if path else ""
    selector = obj["spec"].get("selector") or {}
    if call.resource.collection == "replicationcontrollers":
        selector = {"matchLabels": selector}
    terms = [(key, f"{key}={value}") for key, value in (selector.get("matchLabels") or {}).items()]
    for one in selector.get("matchExpressions") or ():
        key, operator = one["key"], one["operator"]
        values = f"({','.join(sorted(one.get('values') or ()))})"
        shown = {"Exists": key, "DoesNotExist": f"!{key}"}
        terms.append((key, shown.get(operator, f"{key} {operator.lower()} {values}")))
    return ",".join(text for _, text in sorted(terms, key=lambda term: term[0]))


def _decoded(state: State, call: Call, value: Any) -> Object:
    if not isinstance(value, dict):
        raise bad_request("the object provided is unrecognized (must be of type Scale)")
    content = {name: part for name, part in value.items() if name not in ("kind", "apiVersion")}
    try:
        decoded = decode(content, _schema(state))
    except WrongType as error:
        raise bad_request(f'Scale in version "v1" cannot be handled as a Scale: {error}') from None
    call.warnings += check_problems(decoded.problems, call.field_validation, "Scale", "v1")
    return decoded.obj


def _schema(state: State) -> Node:
    return state.catalog.definition("apps", "v1", "autoscaling.v1.Scale")


def _invalid(call: Call, cause: Cause) -> Failure:
    text = f"{cause.field}: {cause.message}"
    details = {"name": call.name, "group": "autoscaling", "kind": "Scale", "causes": [cause.to_dict()]}
    return Failure(422, "Invalid", f'Scale.autoscaling "{call.name}" is invalid: {text}', details=details)


def _at(obj: Object, path: str) -> Any:
    value: Any = obj
    for part in path.strip(".").split("."):
        value = value.get(part) if isinstance(value, dict) else None
    return value


def _set(obj: Object, path: str, value: Any) -> None:
    *parents, last = path.strip(".").split(".")
    where: Object = obj
    for part in parents:
        where = where.setdefault(part, {})
    where[last] = value
