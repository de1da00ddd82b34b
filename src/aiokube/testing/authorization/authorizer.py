"""The authorizer: who may do what, by the roles and bindings in the store."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from ..call import User
from ..failures import Failure, not_implemented
from ..store import Change, Key, Object, Store
from .attributes import Attributes
from .rules import Rule, allows

GROUP = "rbac.authorization.k8s.io"
ROLES = f"roles.{GROUP}"
CLUSTER_ROLES = f"clusterroles.{GROUP}"
ROLE_BINDINGS = f"rolebindings.{GROUP}"
CLUSTER_ROLE_BINDINGS = f"clusterrolebindings.{GROUP}"

_MASTERS = "system:masters"
_NODES = "system:nodes"
_AUTHENTICATED = "system:authenticated"

_EVERYTHING: tuple[Rule, ...] = (
    {"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]},
    {"verbs": ["*"], "nonResourceURLs": ["*"]},
)


class Decision(NamedTuple):
    """The decision on a request, and its reason."""

    allowed: bool
    reason: str = ""


class Granted(NamedTuple):
    """A rule, and the binding by which somebody has it."""

    source: str
    rule: Rule


@dataclass
class Grants:
    """The rights of a user in a namespace."""

    granted: list[Granted] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    """Roles that bindings name and that do not exist."""

    @property
    def rules(self) -> list[Rule]:
        """The rules alone."""
        return [one.rule for one in self.granted]

    @property
    def problem(self) -> str:
        """The errors as one text."""
        unique = list(dict.fromkeys(self.errors))
        return unique[0] if len(unique) == 1 else f"[{', '.join(unique)}]" if unique else ""


class Authorizer:
    """Decides who may do what.

    Args:
        store: Has the roles and bindings.
        rbac: Evaluate them for everybody. If not, whoever is authenticated may do everything.
    """

    def __init__(self, store: Store, *, rbac: bool) -> None:
        self._store = store
        self._rbac = rbac
        self._known: dict[tuple[str, tuple[str, ...], str], Grants] = {}
        for collection in (ROLES, CLUSTER_ROLES, ROLE_BINDINGS, CLUSTER_ROLE_BINDINGS):
            store.subscribe(collection, self._on_change)

    def decide(self, user: User, attributes: Attributes) -> Decision:
        """Return whether a user may do something.

        Raises:
            Failure: The real server asks an authorizer that this one does not have.
        """
        if _MASTERS in user.groups or self._is_free(user):
            return Decision(True)
        grants = self.grants(user, attributes.namespace)
        for source, rule in grants.granted:
            if allows(rule, attributes):
                return Decision(True, f"RBAC: allowed by {source}")
        if _NODES in user.groups and user.name.startswith("system:node:"):
            raise not_implemented("the authorizer of nodes (system:nodes)")
        return Decision(False, f"rbac: RBAC: {grants.problem}" if grants.errors else "")

    def check(self, user: User, attributes: Attributes, problem: str = "") -> None:
        """Refuse what a user may not do.

        Args:
            user: The user.
            attributes: The request.
            problem: Refuse it for this reason, whatever the user may do.

        Raises:
            Failure: The user may not do it.
        """
        decision = Decision(False, problem) if problem else self.decide(user, attributes)
        if not decision.allowed:
            raise _forbidden(user, attributes, decision.reason)

    def grants(self, user: User, namespace: str) -> Grants:
        """Return what a user may do by rules.

        Args:
            user: The user.
            namespace: Where; empty for what bindings of the cluster alone allow.
        """
        if self._is_free(user):
            return Grants([Granted("", rule) for rule in _EVERYTHING])
        key = (user.name, user.groups, namespace)
        if key not in self._known:
            self._known[key] = self._grants(user, namespace)
        return self._known[key]

    def rules_of(self, reference: Object, namespace: str) -> list[Rule] | None:
        """Return the rules of a role that a binding names; None if it does not exist.

        Args:
            reference: The `roleRef`.
            namespace: That of the binding; empty for a binding of the cluster.
        """
        place = (CLUSTER_ROLES, Key("", reference["name"]))
        if reference["kind"] == "Role":
            place = (ROLES, Key(namespace, reference["name"]))
        record = self._store.get(*place)
        return None if record is None else list(record.obj.get("rules") or ())

    def _is_free(self, user: User) -> bool:
        return not self._rbac and _AUTHENTICATED in user.groups

    def _grants(self, user: User, namespace: str) -> Grants:
        grants = Grants()
        for binding, within in self._bindings(namespace):
            subject = next((one for one in binding.get("subjects") or () if _is(user, one, within)), None)
            if subject is None:
                continue
            reference = binding["roleRef"]
            if (rules := self.rules_of(reference, within)) is None:
                singular = f"{reference['kind'].lower()}.{GROUP}"
                grants.errors.append(f'{singular} "{reference["name"]}" not found')
                continue
            source = _source(binding, subject, within)
            grants.granted += [Granted(source, rule) for rule in rules]
        return grants

    def _bindings(self, namespace: str) -> Iterator[tuple[Object, str]]:
        for _, record in self._store.records(CLUSTER_ROLE_BINDINGS):
            yield record.obj, ""
        if namespace:
            for _, record in self._store.records(ROLE_BINDINGS, namespace=namespace):
                yield record.obj, namespace

    def _on_change(self, change: Change) -> None:
        self._known.clear()


def authenticated_groups(name: str, groups: Sequence[str]) -> tuple[str, ...]:
    """Return the groups of a user whom the server knows: those that it was given, and that of all users."""
    is_known = name != "system:anonymous" and _AUTHENTICATED not in groups
    return (*groups, *([_AUTHENTICATED] if is_known else []))


def _is(user: User, subject: Object, namespace: str) -> bool:
    """Return True if a subject of a binding stands for a user."""
    match subject.get("kind"):
        case "User":
            return bool(subject["name"] == user.name)
        case "Group":
            return subject["name"] in user.groups
        case "ServiceAccount":
            within = subject.get("namespace") or namespace
            return bool(within) and user.name == f"system:serviceaccount:{within}:{subject['name']}"
    return False


def _source(binding: Object, subject: Object, namespace: str) -> str:
    """Return a binding in the words of a reason."""
    name, reference = binding["metadata"]["name"], binding["roleRef"]
    kind = "RoleBinding" if namespace else "ClusterRoleBinding"
    shown = f"{name}/{namespace}" if namespace else name
    who = subject["name"]
    if subject["kind"] == "ServiceAccount":
        who = f"{who}/{subject.get('namespace') or namespace}"
    return f'{kind} "{shown}" of {reference["kind"]} "{reference["name"]}" to {subject["kind"]} "{who}"'


def _forbidden(user: User, attributes: Attributes, reason: str) -> Failure:
    if not attributes.resource:
        text = _safe(f'User "{user.name}" cannot {attributes.verb} path "{attributes.path}"')
        return Failure(403, "Forbidden", f"forbidden: {text}{_because(reason)}", details={})
    where = f'in the namespace "{attributes.namespace}"' if attributes.namespace else "at the cluster scope"
    what = f'resource "{attributes.combined}" in API group "{attributes.group}"'
    text = _safe(f'User "{user.name}" cannot {attributes.verb} {what} {where}')
    collection = f"{attributes.resource}.{attributes.group}" if attributes.group else attributes.resource
    subject = f'{collection} "{attributes.name}"' if attributes.name else collection
    details = {"name": attributes.name, "group": attributes.group, "kind": attributes.resource}
    return Failure(
        403,
        "Forbidden",
        f"{subject} is forbidden: {text}{_because(reason)}",
        details={name: value for name, value in details.items() if value},
    )


def _safe(text: str) -> str:
    """Return a text that no browser takes for HTML, as the real server sends it."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _because(reason: str) -> str:
    return f": {reason}" if reason else ""
