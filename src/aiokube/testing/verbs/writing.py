"""create, update and patch: from what a client sends to what is stored, in the order in which kube-apiserver goes.

Decoding and defaults; who manages which field; admission; what the kind itself decides, such as its generation;
validation; the store.
"""

from __future__ import annotations

import random
import uuid
from typing import Any

from ..api.resources import Resource
from ..authorization.attributes import Attributes
from ..authorization.escalation import check_escalation
from ..bodies import read_object
from ..call import Call
from ..failures import Cause, Failure, already_exists, bad_request, conflict, invalid, modified, not_found
from ..kinds.admission import admit
from ..kinds.defaults import apply_defaults
from ..kinds.events import event_causes
from ..kinds.rules import rule_causes
from ..kinds.strategy import Strategy, strategy_of
from ..kinds.validation import validate, validate_create, validate_update
from ..kinds.warnings import warnings_of
from ..managed.manager import manage_update
from ..parsing import NotANumber, parse_uint
from ..rendering import View
from ..store import Key, Object, Record
from .definitions import COLLECTION as DEFINITIONS
from .definitions import as_stored, check_creation, check_definition
from .finalizing import is_finished
from .state import Reply, State
from .views import view_of

_SUFFIX = "bcdfghjklmnpqrstvwxz2456789"
_SUFFIX_LENGTH = 5
_MAX_BASE = 63 - _SUFFIX_LENGTH


def create(state: State, call: Call) -> Reply:
    """Create the object in the body.

    Raises:
        Failure: It is invalid, or exists.
    """
    view = view_of(state, call)
    call.check_options()
    obj = _read(state, call)
    if call.name and not obj["metadata"].get("name"):
        obj["metadata"]["name"] = call.name
    record = store_new(state, call, obj)
    return reply_of(call, view, record, 201)


def _read(state: State, call: Call) -> Object:
    """Return the object in the body, in the version in which it is stored."""
    asked = call.version
    return asked.to_stored(read_object(call, asked.resource, state.catalog.schema(asked.resource)))


def store_new(state: State, call: Call, obj: Object, *, managed: list[dict[str, Any]] | None = None) -> Record:
    """Store an object that does not exist yet.

    Args:
        state: The cluster.
        call: The request.
        obj: The object; it is changed.
        managed: Its managed fields, of a server-side apply.
    """
    resource, metadata = call.resource, obj["metadata"]
    strategy = strategy_of(resource)
    node = state.catalog.schema(resource)
    _check_namespace(call, metadata)
    if not call.dry_run and _is_version(metadata.get("resourceVersion", "")):
        raise Failure(500, "", "resourceVersion should not be set on objects to be created")
    if resource.namespaced:
        metadata["namespace"] = call.namespace
    apply_defaults(resource, obj, node)
    if not metadata.get("name") and metadata.get("generateName"):
        metadata["name"] = generate_name(metadata["generateName"])
    sent = metadata.pop("managedFields", None)
    entries = manage_update(state, call, None, obj, sent) if managed is None else managed
    if resource.custom:
        check_creation(state, call, metadata)
    admit(state, call, None, obj)
    check_escalation(state.authorizer, call, None, obj)
    for name in ("deletionTimestamp", "deletionGracePeriodSeconds", "selfLink"):
        metadata.pop(name, None)
    _write_empty(obj)
    metadata["uid"] = str(uuid.uuid4())
    metadata["creationTimestamp"] = state.clock.timestamp()
    strategy.prepare_create(obj)
    if entries:
        metadata["managedFields"] = entries
    causes = [*validate(resource, obj, node), *validate_create(resource, obj)]
    causes += _event_causes(call, obj, None)
    if node.custom:
        causes += rule_causes(call, node, obj, None, causes)
    if causes:
        raise invalid(resource, metadata.get("name", ""), causes)
    if resource.collection == DEFINITIONS:
        check_definition(obj)
    call.warnings += warnings_of(resource, obj)
    if call.verb != "create":
        # Who creates by an update or an apply needs both verbs.
        place = {"group": resource.group, "resource": resource.plural, "namespace": call.namespace}
        state.authorizer.check(call.user, Attributes(verb="create", name=call.name, **place))
    key = Key(metadata.get("namespace", ""), metadata["name"])
    if state.store.get(resource.collection, key) is not None:
        raise already_exists(call.version.resource, key.name)
    obj["metadata"] = in_order(metadata)
    obj = as_stored(state, call, obj)
    return Record(obj, 0) if call.dry_run else state.store.put(resource.collection, key, obj)


def update(state: State, call: Call) -> Reply:
    """Replace an object by the one in the body.

    Raises:
        Failure: It is invalid, does not exist, or has changed meanwhile.
    """
    view = view_of(state, call)
    call.check_options()
    obj = _read(state, call)
    name = obj["metadata"].get("name", "")
    if not name:
        raise bad_request(
            f"the name of the object ({call.name} based on URL) was undeterminable: name must be provided"
        )
    if name != call.name:
        raise bad_request(f"the name of the object ({name}) does not match the name on the URL ({call.name})")
    _check_namespace(call, obj["metadata"])
    strategy = strategy_of(call.resource)
    old = state.store.get(call.resource.collection, call.key)
    if old is None:
        if not strategy.creates_on_update or call.subresource:
            raise not_found(call.version.resource, call.name)
        record = store_new(state, call, obj)
        return reply_of(call, view, record, 201)
    record = store_changed(state, call, old, obj)
    return reply_of(call, view, record)


def store_changed(
    state: State, call: Call, old: Record, obj: Object, *, managed: list[dict[str, Any]] | None = None
) -> Record:
    """Store another state of an object.

    Args:
        state: The cluster.
        call: The request.
        old: The present state.
        obj: The new one; it is changed.
        managed: Its managed fields, of a server-side apply.
    """
    resource, metadata, was = call.resource, obj["metadata"], old.obj["metadata"]
    strategy = strategy_of(resource)
    node = state.catalog.schema(resource)
    _check_version(resource, strategy, call, old, obj)
    causes = _immutable_causes(metadata, was) * (2 if resource.custom else 1)
    if resource.namespaced:
        metadata["namespace"] = call.namespace
    apply_defaults(resource, obj, node)
    sent = metadata.pop("managedFields", None)
    entries = manage_update(state, call, old.obj, obj, sent) if managed is None else managed
    _keep_system_fields(metadata, was)
    admit(state, call, old.obj, obj)
    check_escalation(state.authorizer, call, old.obj, obj)
    _write_empty(obj)
    strategy.prepare_update(obj, old.obj, call.subresource)
    metadata = obj["metadata"]
    if entries:
        metadata["managedFields"] = entries
    causes += validate(resource, obj, node, old.obj)
    causes += validate_update(resource, obj, old.obj, call.subresource)
    causes += _event_causes(call, obj, old.obj)
    if node.custom:
        causes += rule_causes(call, node, obj, old.obj, causes)
    if causes:
        raise invalid(resource, call.name, causes)
    if resource.collection == DEFINITIONS:
        check_definition(obj)
    if not call.subresource:
        call.warnings += warnings_of(resource, obj, old.obj)
    obj["metadata"] = in_order(metadata)
    return commit(state, call, old, as_stored(state, call, obj))


def commit(state: State, call: Call, old: Record, obj: Object) -> Record:
    """Store a new state; or delete the object, if it was only waiting for its last finalizer."""
    collection, key = call.resource.collection, Key(obj["metadata"].get("namespace", ""), obj["metadata"]["name"])
    if _is_same(old.obj, obj):
        return old
    if is_finished(obj):
        return Record(obj, old.revision) if call.dry_run else state.store.remove(collection, key, obj)
    if call.dry_run:
        return Record(obj, old.revision)
    return state.store.put(collection, key, obj)


def _write_empty(obj: Object) -> None:
    """Write lists without items as Go does."""
    for name, value in obj.items():
        if value == []:
            obj[name] = None


def _event_causes(call: Call, obj: Object, old: Object | None) -> list[Cause]:
    if call.resource.collection != "events":
        return []
    return event_causes(obj, old, is_strict=call.version.resource.collection != "events")


def generate_name(base: str) -> str:
    """Return a name that begins as `generateName` says."""
    suffix = "".join(random.choice(_SUFFIX) for _ in range(_SUFFIX_LENGTH))  # noqa: S311 - no secret
    return base[:_MAX_BASE] + suffix


# The order of the fields in responses of a real server, which people compare by eye.
_ORDER = (
    "name",
    "generateName",
    "namespace",
    "selfLink",
    "uid",
    "resourceVersion",
    "generation",
    "creationTimestamp",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
    "labels",
    "annotations",
    "ownerReferences",
    "finalizers",
    "managedFields",
)


def in_order(metadata: Object) -> Object:
    """Return metadata with its fields in the order of a real server."""
    return {name: metadata[name] for name in _ORDER if metadata.get(name) not in (None, "", [], {})}


def reply_of(call: Call, view: View, record: Record, status: int = 200) -> Reply:
    """Return the response to a write with the new state of the object."""
    # What a dry run makes is not kept, and not encoded for others.
    body = view.of_object(record.obj) if call.dry_run else view.of(record)
    return Reply(body=body, status=status, content_type=view.content_type)


def _is_version(text: str) -> bool:
    try:
        return parse_uint(text or "0") > 0
    except NotANumber:
        return False


def _check_namespace(call: Call, metadata: Object) -> None:
    if metadata.get("namespace") not in (None, "", call.namespace):
        raise bad_request("the namespace of the provided object does not match the namespace sent on the request")


def _check_version(resource: Resource, strategy: Strategy, call: Call, old: Record, obj: Object) -> None:
    metadata, was = obj["metadata"], old.obj["metadata"]
    version = metadata.get("resourceVersion", "")
    if version in ("", "0"):
        if not strategy.unconditional_update and call.verb == "update":
            text = "Invalid value: 0: must be specified for an update"
            cause = Cause("FieldValueInvalid", text, "metadata.resourceVersion")
            raise invalid(resource, call.name, [cause], kind=resource.plural)
    elif version != was["resourceVersion"]:
        raise modified(call.version.resource, call.name)
    if call.verb == "update" and metadata.get("uid") and metadata["uid"] != was["uid"]:
        raise conflict(
            resource,
            call.name,
            f"StorageError: invalid object, Code: 4, Key: {storage_key(call)}, ResourceVersion: 0, "
            f"AdditionalErrorMsg: Precondition failed: UID in precondition: {metadata['uid']}, UID in object meta: "
            f"{was['uid']}",
        )


def storage_key(call: Call) -> str:
    """Return where etcd has an object of a real cluster."""
    place = call.resource.plural if not call.resource.custom else f"{call.resource.group}/{call.resource.plural}"
    return "/".join(["/registry", place, *([call.namespace] if call.namespace else []), call.name])


def _immutable_causes(metadata: Object, was: Object) -> list[Cause]:
    uid = metadata.get("uid") or was["uid"]
    if uid == was["uid"]:
        return []
    return [Cause("FieldValueInvalid", f'Invalid value: "{uid}": field is immutable', "metadata.uid")]


def _keep_system_fields(metadata: Object, was: Object) -> None:
    for name in (
        "uid",
        "creationTimestamp",
        "resourceVersion",
        "deletionTimestamp",
        "deletionGracePeriodSeconds",
        "generation",
    ):
        if name in was:
            metadata[name] = was[name]
        else:
            metadata.pop(name, None)
    if was.get("generateName") and not metadata.get("generateName"):
        # What clients leave out stays away, as with a real server.
        metadata.pop("generateName", None)


def _is_same(old: Object, new: Object) -> bool:
    """Return True if nothing has changed but the times of managed fields."""
    if {**old, "metadata": None} != {**new, "metadata": None}:
        return False
    return _without_times(old["metadata"]) == _without_times(new["metadata"])


def _without_times(metadata: Object) -> Object:
    entries = [{**entry, "time": None} for entry in metadata.get("managedFields") or ()]
    return {**metadata, "managedFields": entries}
