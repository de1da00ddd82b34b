"""Updates and applies, as the managers of an object see them: who takes, keeps and gives up fields."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from ..call import Call
from ..failures import Failure, not_implemented
from ..schema.go import written_zero
from ..schema.node import Node
from ..store import Object
from ..versions.version import Version, version_of
from .entries import Managed, Manager, Managers, cap, read_entries, write_entries
from .fieldset import FieldSet, Path, shown
from .typed import Comparison, compare, merge, remove, set_of, with_named

if TYPE_CHECKING:
    from ..verbs.state import State

_NOBODY = FieldSet(
    {"f:apiVersion", "f:kind", "f:metadata"},
    {
        "f:metadata": FieldSet(
            {
                f"f:{name}"
                for name in (
                    "name",
                    "namespace",
                    "creationTimestamp",
                    "selfLink",
                    "uid",
                    "clusterName",
                    "generation",
                    "managedFields",
                    "resourceVersion",
                )
            }
        )
    },
)
"""Fields that no manager owns."""

_BEFORE_APPLY = "before-first-apply"


def manage_update(
    state: State, call: Call, old: Object | None, new: Object, sent: Iterable[dict[str, Any]] | None
) -> list[dict[str, Any]]:
    """Return the managed fields of an object that is created or changed otherwise than by an apply.

    Args:
        state: The cluster.
        call: The request.
        old: The present state; None for an object that is created.
        new: The new state, without managed fields.
        sent: The managed fields that the client sent; an empty list resets them.
    """
    if old is not None and sent is not None and list(sent) in ([], [{}]):
        return []
    # What cannot be read, and what a subresource is sent, changes nothing.
    managers = {} if call.subresource else read_entries(sent)
    if not managers and old is not None:
        managers = read_entries(old["metadata"].get("managedFields"))
    if old is not None and not managers:
        # What nobody manages is not booked again before it is applied.
        return []
    if old is not None:
        managers = _of_group(managers, call)
    asked = call.version
    manager = Manager(call.field_manager, "Update", asked.resource.api_version, call.subresource)

    def changes(version: Version) -> Comparison:
        node = state.catalog.schema(version.resource)
        before = empty_object(node) if old is None else version.from_stored(old)
        return _without_reset(compare(_owned(before), _owned(version.from_stored(new)), node), call)

    # What others manage in another version is compared in that one.
    others = {version.resource.api_version: changes(version) for version in _other_versions(state, call, managers)}
    return write_entries(book_update(managers, manager, changes(asked), state.clock.timestamp(), others))


def _of_group(managers: Managers, call: Call) -> Managers:
    """Return the managers without those of another group, whose fields kube-apiserver cannot compare, either."""
    group = call.version.resource.group
    return {one: managed for one, managed in managers.items() if one.api_version.rpartition("/")[0] == group}


def _other_versions(state: State, call: Call, managers: Managers) -> Iterator[Version]:
    """Return the versions of the managers of an object whose fields have other names than in that of the request."""
    asked = call.version
    for api_version in sorted({manager.api_version for manager in managers} - {asked.resource.api_version}):
        group, _, name = api_version.rpartition("/")
        resource = state.catalog.find(group, name, call.resource.plural)
        if resource is None or resource.custom:
            continue
        version = version_of(state.catalog, resource)
        if not (version.is_stored and asked.is_stored):
            yield version


def book_update(
    managers: Managers,
    manager: Manager,
    comparison: Comparison,
    now: str,
    others: Mapping[str, Comparison] | None = None,
) -> Managers:
    """Return the managers of an object after an update.

    Args:
        managers: Those before.
        manager: Who updates.
        comparison: What the update changes.
        now: The time.
        others: What it changes in other versions, by version.
    """
    managers = _give_up(managers, comparison, manager, others or {})
    own = managers[manager].fields if manager in managers else FieldSet()
    fields = own.union(comparison.modified).union(comparison.added).difference(comparison.removed).difference(_NOBODY)
    if not fields:
        managers.pop(manager, None)
    elif manager not in managers or managers[manager].fields != fields:
        # As in kube-apiserver: what is scaled has no time.
        managers[manager] = Managed(fields, "" if manager.subresource == "scale" else now)
    return cap(managers)


def manage_apply(state: State, call: Call, old: Object | None, config: Object) -> tuple[Object, list[dict[str, Any]]]:
    """Return the object that an apply makes, and its managed fields.

    Args:
        state: The cluster.
        call: The request.
        old: The present state; None if the object does not exist.
        config: What the manager applies, in the version of the request, as is what is returned.

    Raises:
        Failure: Other managers own fields that it would change, and it does not force them.
    """
    asked = call.version.resource
    node = state.catalog.schema(asked)
    live: Object = {} if old is None else call.version.from_stored(old)
    managers = read_entries(live.get("metadata", {}).get("managedFields"))
    managers = _of_group(managers, call)
    if old is not None and not managers:
        # Nobody is known to manage the object: what is there belongs to those before.
        first = Manager(_BEFORE_APPLY, "Update", asked.api_version)
        there = compare(empty_object(node), _owned(live), node).added.difference(_NOBODY)
        managers[first] = Managed(there, state.clock.timestamp())
    if any(_other_versions(state, call, managers)):
        raise not_implemented("an apply to an object that others manage in a version with other fields")
    manager = Manager(call.field_manager, "Apply", asked.api_version, call.subresource)
    merged = merge(_owned(live), _owned(config), node)
    last = managers[manager].fields if manager in managers else None
    time = managers[manager].time if manager in managers else ""
    managers[manager] = Managed(set_of(_owned(config), node), time)
    pruned = _prune(merged, managers, manager, last, node)
    comparison = _without_reset(compare(_owned(live), pruned, node), call)
    conflicts = _conflicts(managers, comparison, manager)
    if conflicts and not call.flag("force"):
        raise conflict_failure(conflicts)
    managers = _give_up(managers, comparison, manager, {})
    fields = _reset(managers.pop(manager).fields.difference(_NOBODY), call)
    if fields:
        # As in kube-apiserver: a manager that joins without a change of the object has no time.
        managers[manager] = Managed(fields, time if comparison.is_same and last == fields else "")
        if not comparison.is_same or (last is not None and last != fields):
            managers[manager] = Managed(fields, state.clock.timestamp())
    return {**pruned, "metadata": {**pruned.get("metadata", {})}}, write_entries(cap(managers))


def empty_object(node: Node) -> Object:
    """Return what Go has for an object before anything is set: structs that are no pointers, and zeros and lists that
    are always sent."""
    found: Object = {}
    for name in node.fields:
        schema = node.field(name)
        if schema is None or node.custom:
            continue
        if schema.kind == "struct" and schema.default == {}:
            found[name] = empty_object(schema)
        elif (field := node.go_fields.get(name)) is not None:
            is_written, zero = written_zero(field)
            if is_written:
                found[name] = zero
        elif name in node.required and schema.kind in ("list", "map"):
            found[name] = None
    return found


def _owned(obj: Object) -> Object:
    """Return an object without its managed fields."""
    metadata = {name: value for name, value in obj.get("metadata", {}).items() if name != "managedFields"}
    return {**obj, "metadata": metadata}


def _without_reset(comparison: Comparison, call: Call) -> Comparison:
    """Return a comparison without what the request cannot set."""
    return Comparison(
        added=_reset(comparison.added, call),
        modified=_reset(comparison.modified, call),
        removed=_reset(comparison.removed, call),
    )


def _reset(fields: FieldSet, call: Call) -> FieldSet:
    """Return fields without those that the request cannot set."""
    if call.subresource == "status":
        return _but(fields, "f:spec", "f:metadata")
    if call.subresource == "finalize" or ("status" in call.resource.subresources and not call.subresource):
        return _but(fields, "f:status")
    return fields


def _but(fields: FieldSet, *names: str) -> FieldSet:
    children = {name: child for name, child in fields.children.items() if name not in names}
    return FieldSet(fields.members - set(names), children)


def _prune(merged: Object, managers: Managers, manager: Manager, last: FieldSet | None, node: Node) -> Object:
    """Remove what the manager has applied before and does not apply any more, unless others manage it."""
    if not last:
        return merged
    pruned = remove(merged, node, with_named(last, node)) or {}
    pruned = _keep_managed(merged, pruned, managers, node)
    all_merged = with_named(set_of(merged, node), node)
    all_pruned = with_named(set_of(pruned, node), node)
    dangling = all_merged.difference(all_pruned).intersection(with_named(last, node))
    return remove(merged, node, dangling) or {}


def _keep_managed(merged: Object, pruned: Object, managers: Managers, node: Node) -> Object:
    managed = FieldSet()
    for one in managers.values():
        managed = managed.union(one.fields)
    gone = with_named(set_of(merged, node), node).difference(with_named(set_of(pruned, node), node))
    return remove(merged, node, gone.difference(with_named(managed, node))) or {}


def _conflicts(managers: Managers, comparison: Comparison, manager: Manager) -> list[tuple[Manager, Path]]:
    changed = comparison.modified.union(comparison.added)
    return [
        (other, path)
        for other, managed in sorted(managers.items())
        if other != manager
        for path in managed.fields.intersection(changed).paths()
    ]


def _give_up(
    managers: Managers, comparison: Comparison, manager: Manager, others: Mapping[str, Comparison]
) -> Managers:
    """Take from the other managers what has changed or is gone."""
    found: Managers = {}
    for other, managed in managers.items():
        fields = managed.fields
        if other != manager:
            of_other = others.get(other.api_version, comparison)
            changed = of_other.modified.union(of_other.added)
            fields = fields.difference(changed).difference(of_other.removed)
        if fields or other == manager:
            found[other] = Managed(fields, managed.time)
    return found


def conflict_failure(conflicts: list[tuple[Manager, Path]]) -> Failure:
    """Return the failure of an apply that would change what others manage."""
    if len(conflicts) == 1:
        manager, path = conflicts[0]
        message = f"Apply failed with 1 conflict: conflict with {_named(manager)}: {shown(path)}"
    else:
        by_manager: dict[str, list[str]] = {}
        for manager, path in conflicts:
            by_manager.setdefault(_named(manager), []).append(shown(path))
        lines = [
            line
            for name, paths in sorted(by_manager.items())
            for line in (f"conflicts with {name}:", *(f"- {path}" for path in paths))
        ]
        message = f"Apply failed with {len(conflicts)} conflicts: " + "\n".join(lines)
    causes = [
        {"reason": "FieldManagerConflict", "message": f"conflict with {_named(manager)}", "field": shown(path)}
        for manager, path in conflicts
    ]
    return Failure(409, "Conflict", message, details={"causes": causes})


def _named(manager: Manager) -> str:
    name = f'"{manager.name}"'
    if manager.subresource:
        name += f' with subresource "{manager.subresource}"'
    return f"{name} using {manager.api_version}" if manager.operation == "Update" else name
