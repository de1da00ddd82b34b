"""Impersonation: a user who acts as another, by the headers `Impersonate-*`, if he may."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from urllib.parse import unquote

from multidict import CIMultiDictProxy

from ..authorization.attributes import Attributes
from ..authorization.authorizer import Authorizer
from ..call import User
from ..failures import Failure, bad_request
from ..service_accounts import account_groups, account_of

_USER, _GROUP, _UID, _EXTRA = "Impersonate-User", "Impersonate-Group", "Impersonate-Uid", "Impersonate-Extra-"
_AUTHENTICATION = "authentication.k8s.io"
_NODE = "system:node:"
_OWN_NODE = "authentication.kubernetes.io/node-name"


def impersonated(
    authorizer: Authorizer,
    modes: dict[str, Mode],
    user: User,
    headers: CIMultiDictProxy[str],
    attributes: Attributes,
) -> User:
    """Return the user that a request is made as.

    Args:
        authorizer: Knows what the user may do.
        modes: By name of the user, the mode that has worked last; it is changed.
        user: Who sends the request.
        headers: Those of the request.
        attributes: What the request asks.

    Raises:
        Failure: The user may not act as the other.
    """
    wanted = _wanted(headers)
    if wanted is None:
        return user
    first: Failure | None = None
    last = modes.get(user.name)
    for mode in dict.fromkeys(filter(None, (last, *_MODES))):
        if not mode.applies(wanted, user):
            continue
        try:
            found = _checked(authorizer, mode, user, wanted, attributes)
        except Failure as failure:
            if failure.code != 403:
                raise
            first = first or failure
        else:
            modes[user.name] = mode
            return found
    assert first is not None
    raise first


def _wanted(headers: CIMultiDictProxy[str]) -> User | None:
    """Return the user whom the headers name; None if they name nobody."""
    groups = tuple(headers.getall(_GROUP, ()))
    uid = headers.get(_UID, "")
    extra: dict[str, tuple[str, ...]] = {}
    for header, value in headers.items():
        if header.lower().startswith(_EXTRA.lower()):
            key = unquote(header[len(_EXTRA) :].lower())
            extra[key] = (*extra.get(key, ()), value)
    if name := headers.get(_USER, ""):
        return User(name, groups, uid, extra)
    if groups or uid or extra:
        raise bad_request("requested groups, a UID or extra values without impersonating a user name")
    return None


@dataclass(frozen=True)
class Mode:
    """A way to be allowed to act as another."""

    verb: str
    applies: Callable[[User, User], bool]
    """By the wanted user and the one who asks."""
    on: str = ""
    """The verb, before that of the request, which has to be allowed, too."""

    @property
    def is_constrained(self) -> bool:
        """False for the verb `impersonate`, which is good for every request."""
        return bool(self.on)


def _only_name(wanted: User) -> bool:
    return not (wanted.groups or wanted.uid or wanted.extra)


def _is_node(wanted: User, user: User) -> bool:
    return wanted.name.startswith(_NODE) and _only_name(wanted)


def _is_own_node(wanted: User, user: User) -> bool:
    own = user.extra.get(_OWN_NODE, ())
    return _is_node(wanted, user) and own == (wanted.name.removeprefix(_NODE),)


def _is_account(wanted: User, user: User) -> bool:
    return account_of(wanted.name) is not None and _only_name(wanted)


def _is_person(wanted: User, user: User) -> bool:
    return not wanted.name.startswith(_NODE) and account_of(wanted.name) is None


_OWN_NODE_VERB = "impersonate:associated-node"
# In the order of kube-apiserver.
_MODES = (
    Mode(_OWN_NODE_VERB, _is_own_node, "impersonate-on:associated-node:"),
    Mode("impersonate:arbitrary-node", _is_node, "impersonate-on:arbitrary-node:"),
    Mode("impersonate:serviceaccount", _is_account, "impersonate-on:serviceaccount:"),
    Mode("impersonate:user-info", _is_person, "impersonate-on:user-info:"),
    Mode("impersonate", lambda wanted, user: True),
)


def _checked(authorizer: Authorizer, mode: Mode, user: User, wanted: User, attributes: Attributes) -> User:
    """Return the wanted user with the groups that he has anyway.

    Raises:
        Failure: It is not allowed.
    """
    if mode.is_constrained:
        authorizer.check(user, replace(attributes, verb=f"{mode.on}{attributes.verb}"))
    groups = wanted.groups
    group = _AUTHENTICATION if mode.is_constrained else ""

    def check(resource: str, name: str, *, group: str = group, problem: str = "", **more: str) -> None:
        asked = Attributes(verb=mode.verb, group=group, resource=resource, name=name, **more)
        authorizer.check(user, asked, problem)

    account = account_of(wanted.name)
    if mode.is_constrained and wanted.name.startswith(_NODE):
        check("nodes", "*" if mode.verb == _OWN_NODE_VERB else wanted.name.removeprefix(_NODE))
        groups = ("system:nodes",)
    elif account is not None:
        check("serviceaccounts", account[1], namespace=account[0])
        groups = groups or account_groups(account[0])
    else:
        check("users", wanted.name)
    if wanted.uid:
        check("uids", wanted.uid, group=_AUTHENTICATION)
    if mode.is_constrained and "" in wanted.groups:
        check("groups", "", problem="impersonating the empty string group is not allowed")
    if mode.is_constrained and "system:masters" in wanted.groups:
        check("groups", "system:masters", problem="impersonating the system:masters group is not allowed")
    for name in wanted.groups:
        check("groups", name)
    for key, values in wanted.extra.items():
        for value in values:
            check("userextras", value, group=_AUTHENTICATION, subresource=key)
    return replace(wanted, groups=_with_everybody(wanted.name, groups))


def _with_everybody(name: str, groups: tuple[str, ...]) -> tuple[str, ...]:
    unknown, known = "system:unauthenticated", "system:authenticated"
    group = unknown if name == "system:anonymous" or unknown in groups else known
    return groups if group in groups else (*groups, group)
