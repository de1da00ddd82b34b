"""Repeating a call whose resource has another path since the server was asked for its resources."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from ...errors import NotFound
from ...secret import hides_arguments
from .base import ApiBase

P = ParamSpec("P")
T = TypeVar("T")
ApiT = TypeVar("ApiT", bound=type[ApiBase[Any]])

_SECRETS = {"obj", "body", "command", "input"}
"""Arguments that no traceback shows: the object may be a Secret."""


def follows_discovery(cls: ApiT) -> ApiT:
    """Decorate a class of APIs. A CRD may serve other versions, or be created again with another scope, at any time.

    The server has then no such path: nothing was done, and a second call with the path that it has now is safe.
    """
    for name, method in inspect.getmembers(cls, inspect.iscoroutinefunction):
        if not name.startswith("_") and name != ApiBase.resource.__name__:
            call = _repeated(method)
            has_secrets = not _SECRETS.isdisjoint(inspect.signature(method).parameters)
            setattr(cls, name, hides_arguments(call) if has_secrets else call)
    return cls


def _repeated(
    method: Callable[Concatenate[ApiBase[Any], P], Awaitable[T]],
) -> Callable[Concatenate[ApiBase[Any], P], Awaitable[T]]:
    @wraps(method)
    async def call(self: ApiBase[Any], /, *args: P.args, **kwargs: P.kwargs) -> T:
        known = self._known_resource()
        try:
            return await method(self, *args, **kwargs)
        except NotFound as error:
            if known is None or not error.is_unserved or (await self.resource()).path == known.path:
                raise
        return await method(self, *args, **kwargs)

    return call
