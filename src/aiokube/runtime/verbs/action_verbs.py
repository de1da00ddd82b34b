"""The verbs that act on an object through a subresource: evict, bind, create a token."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..arguments import types
from ..codec.dynamic_object import DynamicObject
from ..codec.model import Model, dataclass, field
from ..http.parameters import checked_query
from ..watching.list_watch import Query
from .bodies import Body, with_grace_period
from .write_verbs import WriteVerbs


@dataclass
class TokenStatus(Model, kw_only=True):
    """A token that was created."""

    token: str


@dataclass
class TokenRequest(Model, kw_only=True):
    """`TokenRequest` of authentication.k8s.io/v1, as far as `create_token` reads it."""

    api_version: str = field(default_factory=lambda: "authentication.k8s.io/v1")
    kind: str = field(default_factory=lambda: "TokenRequest")
    status: TokenStatus


class ActionVerbs(WriteVerbs):
    """The verbs of `Resource` that act on an object through a subresource."""

    async def _submit(
        self,
        path: str,
        model: type[Any],
        query: Query,
        body: Body | None,
        *,
        name: str | None = None,
        namespace: str | None = None,
    ) -> None:
        """POST an object, as `_create` does, to a path that responds with no more than its success.

        Args:
            path: Path template of the collection or subresource.
            model: Class of the body.
            query: Query parameters.
            body: Object or manifest; None for an empty one.
            name: For a subresource: name of the object, also added to the metadata of the body.
            namespace: Namespace of the object. Default: that in its metadata, else that of the client.
        """
        await self._create(path, model, DynamicObject, query, body, name=name, namespace=namespace)

    async def _evict(
        self,
        path: str,
        model: type[Any],
        query: Query,
        body: Body | None,
        *,
        name: str,
        namespace: str | None = None,
    ) -> None:
        """POST an eviction, as `_submit` does.

        Args:
            path: Path template of the `eviction` subresource.
            model: Class of the body.
            query: Query parameters; `gracePeriodSeconds` moves to the options of the deletion in the body.
            body: An `Eviction`, or its manifest; None for an empty one.
            name: Name of the object.
            namespace: Namespace of the object. Default: that in its metadata, else that of the client.

        Raises:
            InvalidRequest: `gracePeriodSeconds` is negative, or no whole number.
            TooManyRequests: A disruption budget does not allow it now.
        """
        rest = dict(checked_query(query))
        seconds = rest.pop("gracePeriodSeconds", None)
        if isinstance(seconds, int):
            body = with_grace_period(model, body, seconds)
        await self._submit(path, model, rest, body, name=name, namespace=namespace)

    async def _create_token(
        self,
        path: str,
        *,
        name: str,
        seconds: int | None = None,
        audiences: Sequence[str] = (),
        namespace: str | None = None,
    ) -> str:
        """POST a `TokenRequest`, and return the token.

        Args:
            path: Path template of the `token` subresource.
            name: Name of the service account.
            seconds: Lifetime in seconds. None: the server chooses.
            audiences: Audiences that accept the token; none stands for the API server.
            namespace: Namespace of the service account. Default: that of the client.

        Raises:
            NotFound: The service account does not exist.
            Invalid: The server does not grant such a lifetime.
        """
        spec: dict[str, Any] = {"audiences": list(types.texts(audiences, "audiences"))}
        if seconds is not None:
            spec["expirationSeconds"] = types.instance(seconds, int, "an integer", "seconds")
        body = {"spec": spec}
        created = await self._create(path, TokenRequest, TokenRequest, {}, body, name=name, namespace=namespace)
        return created.status.token
