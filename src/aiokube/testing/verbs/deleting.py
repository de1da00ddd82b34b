"""delete and deletecollection: grace, finalizers, preconditions, and what becomes of the objects that are owned."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..bodies import read_json
from ..call import Call, invalid_options, number
from ..failures import Cause, bad_request, conflict, forbidden, not_found
from ..rendering import encode
from ..schema.decoding import WrongType, decode
from ..store import Key, Object, Record
from .definitions import CLEANUP
from .definitions import COLLECTION as DEFINITIONS
from .finalizing import expire_later, grace_of, is_finished, later, with_less_grace
from .reading import limits, selection
from .state import Reply, State
from .views import view_of
from .writing import in_order, storage_key

_POLICIES = ("Foreground", "Background", "Orphan")
_RETURNED = frozenset(
    {
        "namespaces",
        "pods",
        "services",
        "persistentvolumes",
        "persistentvolumeclaims",
        "serviceaccounts",
        "podtemplates",
        "resourcequotas",
        "csidrivers.storage.k8s.io",
        "csinodes.storage.k8s.io",
        "storageclasses.storage.k8s.io",
        "volumeattachments.storage.k8s.io",
        "volumeattributesclasses.storage.k8s.io",
        "deviceclasses.resource.k8s.io",
        "resourceclaims.resource.k8s.io",
        "resourceclaimtemplates.resource.k8s.io",
        "resourceslices.resource.k8s.io",
    }
)
_UNSAFE = "ignoreStoreReadErrorWithClusterBreakingPotential"
_ORPHANED_PODS = (
    "child pods are preserved by default when jobs are deleted; set propagationPolicy=Background to remove them or set "
    "propagationPolicy=Orphan to suppress this warning"
)
_PROTECTED_NAMESPACES = frozenset({"default", "kube-system", "kube-public"})


@dataclass(frozen=True)
class Options:
    """The options of a deletion."""

    grace: int | None = None
    policy: str = ""
    uid: str = ""
    version: str = ""
    dry_run: bool = False
    unsafe: bool = False
    """Only what cannot be read from the store is to be deleted."""


def delete(state: State, call: Call) -> Reply:
    """Delete an object, or begin to.

    Raises:
        Failure: It does not exist, a precondition fails, or an option is invalid.
    """
    view = view_of(state, call)
    options = _options(state, call)
    _warn(call, options)
    record = state.store.get(call.resource.collection, call.key)
    if record is None:
        raise not_found(call.version.resource, call.name)
    if call.resource.collection == "namespaces" and call.name in _PROTECTED_NAMESPACES:
        raise forbidden(call.resource, call.name, "this namespace may not be deleted")
    if options.unsafe:
        text = "unsafe deletion is not allowed because the object is decodable from storage"
        where = f"Code: 4, Key: {storage_key(call)}, ResourceVersion: 0"
        raise conflict(call.resource, call.name, f"StorageError: invalid object, {where}, AdditionalErrorMsg: {text}")
    left, gone = _delete_one(state, call, call.key, record, options)
    if gone and call.resource.collection != "pods" and not _returns_object(call):
        return Reply(body=encode(_success(call, record)), content_type=view.content_type)
    return Reply(body=view.of_object(left.obj) if options.dry_run else view.of(left), content_type=view.content_type)


def delete_collection(state: State, call: Call) -> Reply:
    """Delete the selected objects of a collection, one after the other.

    Raises:
        Failure: An option or a selector is invalid.
    """
    view = view_of(state, call, is_list=True)
    limits(call)
    selected = selection(call)
    options = _options(state, call)
    _warn(call, options)
    collection = call.resource.collection
    found = [
        (key, record)
        for key, record in state.store.records(collection, namespace=call.namespace)
        if selected.covers(key, record)
    ]
    metadata = {"resourceVersion": str(state.store.revision)}
    for key, record in found:
        _delete_one(state, call, key, record, options)
    records = [record for _, record in found]
    return Reply(body=view.of_list(records, metadata), content_type=view.content_type)


def _warn(call: Call, options: Options) -> None:
    if call.resource.collection == "jobs.batch" and not options.policy:
        call.warnings.append(_ORPHANED_PODS)


def _options(state: State, call: Call) -> Options:
    # With a body, however empty, the query does not count.
    sent = _in_body(state, call) if call.body else _in_query(call)
    grace, policy = sent.get("gracePeriodSeconds"), sent.get("propagationPolicy")
    orphans, dry_run = sent.get("orphanDependents"), sent.get("dryRun") or ()
    causes: list[Cause] = []
    if policy is not None and policy not in _POLICIES:
        choices = ", ".join(f'"{one}"' for one in (*_POLICIES, "nil"))
        text = f'Unsupported value: "{policy}": supported values: {choices}'
        causes.append(Cause("FieldValueNotSupported", text, "propagationPolicy"))
    if policy is not None and orphans is not None:
        text = f'Invalid value: "{policy}": orphanDependents and deletionPropagation cannot be both set'
        causes.append(Cause("FieldValueInvalid", text, "propagationPolicy"))
    if any(one != "All" for one in dry_run):
        shown = "[" + ",".join(f'"{one}"' for one in dry_run) + "]"
        causes.append(Cause("FieldValueNotSupported", f'Unsupported value: {shown}: supported values: "All"', "dryRun"))
    if sent.get(_UNSAFE) and call.verb == "deletecollection":
        text = "Invalid value: true: is not allowed with DELETECOLLECTION, try again after removing the option"
        causes.append(Cause("FieldValueInvalid", text, _UNSAFE))
    if causes:
        raise invalid_options("DeleteOptions", causes)
    if orphans is not None:
        policy = "Orphan" if orphans else "Background"
    conditions = sent.get("preconditions") or {}
    return Options(
        grace=None if grace is None else max(0, grace),
        policy=policy or "",
        uid=conditions.get("uid", ""),
        version=conditions.get("resourceVersion", ""),
        dry_run=bool(dry_run),
        unsafe=bool(sent.get(_UNSAFE)),
    )


def _in_body(state: State, call: Call) -> dict[str, Any]:
    """Return the options in the body of a request."""
    value = read_json(call, "DeleteOptions")
    value = {} if value is None else value
    if not isinstance(value, dict):
        raise bad_request("the body of the request is not a DeleteOptions object")
    kind, version = value.get("kind") or "DeleteOptions", value.get("apiVersion") or "v1"
    if kind != "DeleteOptions":
        raise bad_request(
            f'no kind "{kind}" is registered for version "{version}" in scheme "pkg/runtime/scheme.go:111"'
        )
    node = state.catalog.definition("", "v1", "meta.v1.DeleteOptions")
    try:
        return decode({name: part for name, part in value.items() if name not in ("kind", "apiVersion")}, node).obj
    except WrongType as error:
        raise bad_request(str(error)) from None


def _in_query(call: Call) -> dict[str, Any]:
    """Return the options in the query of a request."""
    found: dict[str, Any] = {name: call.flag(name) for name in ("orphanDependents", _UNSAFE) if name in call.query}
    if "gracePeriodSeconds" in call.query:
        found["gracePeriodSeconds"] = number(call.query, "gracePeriodSeconds")
    if "propagationPolicy" in call.query:
        found["propagationPolicy"] = call.query["propagationPolicy"]
    return {**found, "dryRun": call.dry_runs}


def _delete_one(state: State, call: Call, key: Key, record: Record, options: Options) -> tuple[Record, bool]:
    """Return the last state of an object, and true if it is gone."""
    _check_preconditions(call, key.name, record.obj["metadata"], options)
    changed = _being_deleted(state, call, record.obj, options)
    if is_finished(changed):
        if options.dry_run:
            return Record(record.obj, record.revision), True
        collection = call.resource.collection
        if collection == "pods":
            # Pods have grace: they are marked first, even if there is none left.
            record = state.store.put(collection, key, changed)
        last = state.store.remove(collection, key)
        return Record(record.obj, last.revision), True
    if changed == record.obj:
        return record, False
    if options.dry_run:
        return Record(changed, record.revision), False
    stored = state.store.put(call.resource.collection, key, changed)
    expire_later(state, call.resource.collection, key, changed)
    return stored, False


def _check_preconditions(call: Call, name: str, metadata: Object, options: Options) -> None:
    if options.uid and options.uid != metadata["uid"]:
        raise conflict(
            call.resource,
            name,
            f"the UID in the precondition ({options.uid}) does not match the UID in record ({metadata['uid']}). The "
            "object might have been deleted and then recreated",
            by_kind=True,
        )
    version = metadata["resourceVersion"]
    if options.version and options.version != version:
        raise conflict(
            call.resource,
            name,
            f"the ResourceVersion in the precondition ({options.version}) does not match the ResourceVersion in record "
            f"({version}). The object might have been modified",
            by_kind=True,
        )


def _being_deleted(state: State, call: Call, obj: Object, options: Options) -> Object:
    """Return an object that is marked as deleted."""
    metadata = dict(obj["metadata"])
    finalizers = [one for one in metadata.get("finalizers") or () if one not in ("orphan", "foregroundDeletion")]
    kept = metadata.get("finalizers") or []
    if options.policy == "Foreground":
        finalizers.append("foregroundDeletion")
    elif options.policy == "Orphan":
        finalizers.append("orphan")
    elif not options.policy:
        finalizers = list(kept)
    grace = grace_of(obj, options.grace) if call.resource.collection == "pods" else 0
    if metadata.get("deletionTimestamp"):
        before = metadata.get("deletionGracePeriodSeconds", 0)
        if options.grace is None or grace >= before:
            grace = before
        else:
            metadata = with_less_grace(metadata, grace)
    else:
        metadata["deletionTimestamp"] = later(state, grace)
        if "generation" in metadata:
            metadata["generation"] += 1
    if call.resource.collection != "namespaces":
        metadata["deletionGracePeriodSeconds"] = grace
    if call.resource.collection == DEFINITIONS and CLEANUP not in finalizers:
        finalizers.append(CLEANUP)
    metadata.pop("finalizers", None)
    if finalizers:
        metadata["finalizers"] = finalizers
    changed = {**obj, "metadata": metadata}
    if call.resource.collection == "namespaces":
        changed["status"] = {**obj.get("status", {}), "phase": "Terminating"}
    return {**changed, "metadata": in_order(metadata)}


def _returns_object(call: Call) -> bool:
    """Return True for the kinds whose last state a deletion returns."""
    return call.resource.collection in _RETURNED


def _success(call: Call, record: Record) -> Object:
    metadata = record.obj["metadata"]
    details: Object = {"name": metadata["name"]}
    if call.version.resource.group:
        details["group"] = call.version.resource.group
    details = {**details, "kind": call.resource.plural, "uid": metadata["uid"]}
    return {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "details": details}
