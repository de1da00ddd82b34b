"""The way into the server: who sends a request, as whom, and whether he may."""

from __future__ import annotations

from aiohttp import web

from ..authentication.impersonation import Mode, impersonated
from ..authentication.tokens import InvalidToken
from ..authorization.attributes import attributes_of
from ..call import User
from ..failures import Failure
from ..verbs.state import State

_ANONYMOUS = User("system:anonymous", ("system:unauthenticated",))


class Access:
    """Authenticates and authorizes requests.

    Args:
        state: The cluster.
    """

    def __init__(self, state: State) -> None:
        self._state = state
        self._modes: dict[str, Mode] = {}

    def user_of(self, request: web.BaseRequest) -> User:
        """Return the user that a request is made as.

        Raises:
            Failure: The token is not valid, or the request is not allowed.
        """
        user = self._authenticated(request)
        attributes = attributes_of(request.method, request.path, request.query)
        user = impersonated(self._state.authorizer, self._modes, user, request.headers, attributes)
        self._state.authorizer.check(user, attributes)
        return user

    def name_of(self, request: web.BaseRequest) -> str:
        """Return the name of the user that a request is made as, allowed or not; empty if the token is not valid."""
        try:
            return request.headers.get("Impersonate-User") or self._authenticated(request).name
        except Failure:
            return ""

    def _authenticated(self, request: web.BaseRequest) -> User:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            return _ANONYMOUS
        try:
            return self._state.tokens.authenticate(token.strip()).user
        except InvalidToken:
            raise Failure(401, "Unauthorized", "Unauthorized") from None
