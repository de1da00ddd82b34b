"""Compares the group-versions of two surfaces, with their resources and methods."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from .changes import Action, Change, Subject
from .surface import GroupVersion, Method, Parameter, Resource
from .types import covers, renamed


def compare_groups(
    old: Mapping[str, GroupVersion], new: Mapping[str, GroupVersion], moves: Mapping[str, str]
) -> list[Change]:
    """Return the changes of group-versions, resources, methods and parameters.

    Args:
        old: Group-versions before, by attribute of the client.
        new: Group-versions after.
        moves: Names after, of classes that have another name than before.
    """
    changes: list[Change] = []
    for name in old.keys() | new.keys():
        owner = _Owner(group_version=name, moves=moves)
        if name not in new:
            note = "It was deprecated." if old[name].deprecated else ""
            changes.append(owner.change(Subject.GROUP_VERSION, Action.REMOVED, breaking=True, note=note))
        elif name not in old:
            changes.append(owner.change(Subject.GROUP_VERSION, Action.ADDED))
        else:
            changes += owner.notices(Subject.GROUP_VERSION, old[name].deprecated, new[name].deprecated)
            changes += owner.methods(old[name].methods, new[name].methods)
            changes += _resources(owner, old[name], new[name])
    return changes


_NOTHING: Final = Resource(methods={})


def _resources(group: _Owner, old: GroupVersion, new: GroupVersion) -> Iterator[Change]:
    for name in old.resources.keys() | new.resources.keys():
        before, after = old.resources.get(name), new.resources.get(name)
        owner = replace(group, resource=name, kind=(after or before or _NOTHING).kind)
        if before is None:
            yield owner.change(Subject.RESOURCE, Action.ADDED)
        elif after is None:
            note = "It was deprecated." if before.deprecated else ""
            yield owner.change(Subject.RESOURCE, Action.REMOVED, breaking=True, note=note)
        else:
            yield from owner.notices(Subject.RESOURCE, before.deprecated, after.deprecated)
            yield from owner.methods(before.methods, after.methods)


@dataclass(frozen=True, kw_only=True)
class _Owner:
    """Owner of methods: a group-version or a resource of one."""

    group_version: str
    resource: str = ""
    kind: str = ""
    moves: Mapping[str, str]

    def change(
        self,
        subject: Subject,
        action: Action,
        *,
        method: str = "",
        parameter: str = "",
        breaking: bool = False,
        old: str = "",
        new: str = "",
        note: str = "",
    ) -> Change:
        return Change(
            subject=subject,
            action=action,
            name=".".join(filter(None, ("kube", self.group_version, self.resource, method))),
            parameter=parameter,
            group_version=self.group_version,
            kind=self.kind,
            breaking=breaking,
            old=old,
            new=new,
            note=note,
        )

    def notices(
        self, subject: Subject, old: str, new: str, *, method: str = "", parameter: str = ""
    ) -> Iterator[Change]:
        if new and not old:
            yield self.change(subject, Action.DEPRECATED, method=method, parameter=parameter, new=new)
        elif old and not new:
            yield self.change(subject, Action.UNDEPRECATED, method=method, parameter=parameter, old=old)

    def methods(self, old: Mapping[str, Method], new: Mapping[str, Method]) -> Iterator[Change]:
        for name in old.keys() | new.keys():
            if name not in new:
                yield self.change(Subject.METHOD, Action.REMOVED, method=name, breaking=True)
            elif name not in old:
                yield self.change(Subject.METHOD, Action.ADDED, method=name)
            else:
                yield from self._method(name, old[name], new[name])

    def _method(self, name: str, old: Method, new: Method) -> Iterator[Change]:
        yield from self.notices(Subject.METHOD, old.deprecated, new.deprecated, method=name)
        returned = renamed(old.returns, self.moves)
        if returned != new.returns:
            breaking = not covers(returned, new.returns)
            yield self.change(
                Subject.METHOD, Action.TYPE, method=name, breaking=breaking, old=old.returns, new=new.returns
            )
        overloads = [renamed(one, self.moves) for one in old.overloads]
        if overloads != list(new.overloads):
            yield self.change(
                Subject.METHOD,
                Action.TYPE,
                method=name,
                breaking=not set(overloads) <= set(new.overloads),
                old=" or ".join(old.overloads),
                new=" or ".join(new.overloads),
            )
        yield from self._parameters(name, old.parameters, new.parameters)

    def _parameters(self, method: str, old: Mapping[str, Parameter], new: Mapping[str, Parameter]) -> Iterator[Change]:
        for name, before in old.items():
            after = new.get(name)
            if after is None:
                yield self.change(
                    Subject.PARAMETER,
                    Action.REMOVED,
                    method=method,
                    parameter=name,
                    breaking=True,
                    old=before.declared(name),
                    note="It was deprecated." if before.deprecated else "",
                )
                continue
            yield from self.notices(
                Subject.PARAMETER, before.deprecated, after.deprecated, method=method, parameter=name
            )
            before = replace(before, annotation=renamed(before.annotation, self.moves))
            if difference := _difference(before, after):
                action, breaking = difference
                yield self.change(
                    Subject.PARAMETER,
                    action,
                    method=method,
                    parameter=name,
                    breaking=breaking,
                    old=before.declared(name),
                    new=after.declared(name),
                )
        for name in new.keys() - old.keys():
            required = not new[name].default
            yield self.change(
                Subject.PARAMETER,
                Action.ADDED,
                method=method,
                parameter=name,
                breaking=required,
                new=new[name].declared(name),
                note="It is required." if required else "",
            )


def _difference(old: Parameter, new: Parameter) -> tuple[Action, bool] | None:
    """The action, and whether it is breaking; None if callers see no difference."""
    if old.default and not new.default:
        return Action.REQUIRED, True
    if old.annotation != new.annotation or (old.positional and not new.positional):
        return Action.TYPE, not covers(new.annotation, old.annotation) or old.positional != new.positional
    if new.default and not old.default:
        return Action.OPTIONAL, False
    return (Action.DEFAULT, False) if old.default != new.default else None
