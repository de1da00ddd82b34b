"""Access to the response of a typed method."""

import inspect
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from typing import Generic, NamedTuple, ParamSpec, TypeVar

from ..errors import InvalidArgument
from ..public import public
from .request import Response

P = ParamSpec("P")
T = TypeVar("T")

_noted: ContextVar[list[Response] | None] = ContextVar("aiokube_noted_responses", default=None)


@public("aiokube")
class WithResponse(NamedTuple, Generic[T]):
    """The return value of a method, and the last response that it received."""

    value: T
    response: Response


@public("aiokube")
def with_raw_response(method: Callable[P, Awaitable[T]]) -> Callable[P, Awaitable[WithResponse[T]]]:
    """Make a method return its response (status, headers, body) as well.

        pod, response = await with_raw_response(kube.core_v1.pods.get)("web-0")
        print(response.headers["Audit-Id"])

    Args:
        method: A coroutine method of a resource, a group-version or the client. For a method with several requests,
            such as `edit` or `wait_for`, the last response that was received whole is returned; for one over a
            WebSocket, such as `run`, its handshake without a body.

    Raises:
        InvalidArgument: The method, such as `watch`, is not a coroutine function.
    """
    name = getattr(method, "__qualname__", repr(method))
    if not inspect.iscoroutinefunction(method):
        raise InvalidArgument(
            f"method: {name} is not a coroutine function and has no single response; pass a method such as `get`"
        )

    async def call(*args: P.args, **kwargs: P.kwargs) -> WithResponse[T]:
        responses: list[Response] = []
        token = _noted.set(responses)
        try:
            value = await method(*args, **kwargs)
        finally:
            _noted.reset(token)
        if not responses:
            raise InvalidArgument(f"method: {name} received no response; pass a method that makes a request")
        note_response(responses[-1])
        return WithResponse(value, responses[-1])

    return call


def is_response_noted() -> bool:
    """Return True inside of `with_raw_response`."""
    return _noted.get() is not None


def note_response(response: Response) -> None:
    """Store the response for the enclosing `with_raw_response`, if any."""
    responses = _noted.get()
    if responses is not None:
        responses[:] = [response]
