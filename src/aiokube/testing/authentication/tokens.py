"""Bearer tokens: those of users never expire; those of service accounts end with what they are for."""

from __future__ import annotations

import base64
import secrets
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace

import msgspec

from ..authorization.authorizer import authenticated_groups
from ..authorization.rules import quoted
from ..call import User
from ..clock import Clock
from ..service_accounts import account_groups, account_of, account_user
from ..store import Key, Object, Store

ISSUER = "https://kubernetes.default.svc"
"""Issuer of the tokens, and the audience of the server."""

_BOUND = {"Pod": "pods", "Secret": "secrets", "Node": "nodes"}


class InvalidToken(Exception):
    """A token that the server does not accept."""


@dataclass(frozen=True)
class Reference:
    """An object that a token is bound to."""

    kind: str
    name: str
    uid: str


@dataclass(frozen=True)
class Token:
    """A token that the server has issued."""

    user: User
    audiences: tuple[str, ...] = ()
    """Of the token of a service account."""
    expires: float | None = None
    """On the cluster's clock, in seconds; None for never."""
    namespace: str = ""
    """That of the service account."""
    account: str = ""
    """Name of the service account; empty for that of a user."""
    bound: Reference | None = None


class Tokens:
    """The tokens of a cluster.

    Args:
        store: Has the service accounts, and what their tokens are bound to.
        clock: The cluster's time.
    """

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._issued: dict[str, Token] = {}

    def of_user(self, name: str, groups: Sequence[str]) -> str:
        """Issue a token of a user.

        Args:
            name: The name.
            groups: The groups, without those that the server adds.
        """
        if not groups and (account := account_of(name)) is not None:
            groups = account_groups(account[0])
        text = secrets.token_urlsafe(24)
        self._issued[text] = Token(User(name, authenticated_groups(name, groups)))
        return text

    def of_account(
        self, account: Object, audiences: Sequence[str], seconds: int, bound: Reference | None, node: Reference | None
    ) -> str:
        """Issue a token of a service account.

        Args:
            account: The service account.
            audiences: Who is to accept the token.
            seconds: How long it is valid.
            bound: The object that it ends with, beside the account; None for none.
            node: The node of a pod that it is bound to; None for none.
        """
        metadata = account["metadata"]
        namespace, name, uid = metadata["namespace"], metadata["name"], metadata["uid"]
        identifier = str(uuid.uuid4())
        extra = {"authentication.kubernetes.io/credential-id": (f"JTI={identifier}",)}
        known = {one.kind.lower(): one for one in (bound, node) if one is not None}
        for kind in known.keys() - {"secret"}:
            extra[f"authentication.kubernetes.io/{kind}-name"] = (known[kind].name,)
            if known[kind].uid:
                extra[f"authentication.kubernetes.io/{kind}-uid"] = (known[kind].uid,)
        groups = authenticated_groups(name, account_groups(namespace))
        user = User(account_user(namespace, name), groups, uid, extra)
        now = int(self._clock.now().timestamp())
        claims = {
            "aud": list(audiences),
            "exp": now + seconds,
            "iat": now,
            "iss": ISSUER,
            "jti": identifier,
            "kubernetes.io": {
                "namespace": namespace,
                **{kind: {"name": one.name, "uid": one.uid} for kind, one in sorted(known.items())},
                "serviceaccount": {"name": name, "uid": uid},
            },
            "nbf": now,
            "sub": user.name,
        }
        text = _encoded(claims)
        self._issued[text] = Token(user, tuple(audiences), self._clock.seconds() + seconds, namespace, name, bound)
        return text

    def authenticate(self, text: str, audiences: Sequence[str] = (ISSUER,)) -> Token:
        """Return a token that is valid now, for some of these audiences.

        Raises:
            InvalidToken: It is not.
        """
        token = self._issued.get(text)
        if token is None:
            raise InvalidToken("invalid bearer token")
        if not token.account:
            return token
        if problem := self._problem(token, audiences):
            raise InvalidToken(f"[invalid bearer token, {problem}]")
        return replace(token, audiences=tuple(one for one in token.audiences if one in audiences))

    def _problem(self, token: Token, audiences: Sequence[str]) -> str:
        if not set(token.audiences) & set(audiences):
            shown, wanted = quoted(token.audiences), quoted(audiences)
            return f"token audiences {shown} is invalid for the target audiences {wanted}"
        if token.expires is not None and self._clock.seconds() >= token.expires:
            return "service account token has expired"
        account = self._store.get("serviceaccounts", Key(token.namespace, token.account))
        if account is None:
            return f'serviceaccounts "{token.account}" not found'
        uid = account.obj["metadata"]["uid"]
        if uid != token.user.uid:
            return f"service account UID ({uid}) does not match claim ({token.user.uid})"
        return self._problem_of_bound(token)

    def _problem_of_bound(self, token: Token) -> str:
        bound = token.bound
        if bound is None:
            return ""
        record = self._store.get(_BOUND[bound.kind], Key("" if bound.kind == "Node" else token.namespace, bound.name))
        if record is None:
            return "service account token has been invalidated"
        uid = record.obj["metadata"]["uid"]
        kind = bound.kind.lower()
        if uid != bound.uid:
            return f"{kind} UID ({uid}) does not match service account {kind} ref claim ({bound.uid})"
        return ""


def _encoded(claims: Object) -> str:
    """Return a token with the claims that clients read; its signature is random, for this server knows its tokens."""
    head = {"alg": "ES256", "kid": "fake"}
    parts = (msgspec.json.encode(head), msgspec.json.encode(claims), secrets.token_bytes(64))
    return ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts)
