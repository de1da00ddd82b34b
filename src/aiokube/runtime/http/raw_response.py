"""The response beside the object that a method made of it."""

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
    """What a method returned, with the response that it was made from."""

    value: T
    response: Response


@public("aiokube")
def with_raw_response(method: Callable[P, Awaitable[T]]) -> Callable[P, Awaitable[WithResponse[T]]]:
    """Have a method return the response (status, headers, body) beside the object.

        pod, response = await with_raw_response(kube.core_v1.pods.get)("web-0")
        print(response.headers["Audit-Id"])

    Args:
        method: A method of a resource, a group-version or the client that is awaited. Of a method that makes several
            requests, such as `edit`, it is the last response.

    Raises:
        InvalidArgument: The method is not a coroutine function, such as `watch`.
    """
    if not inspect.iscoroutinefunction(method):
        name = getattr(method, "__qualname__", repr(method))
        raise InvalidArgument(f"{name} is not awaited and has no single response: pass a method such as `get`")

    async def call(*args: P.args, **kwargs: P.kwargs) -> WithResponse[T]:
        responses: list[Response] = []
        token = _noted.set(responses)
        try:
            value = await method(*args, **kwargs)
        finally:
            _noted.reset(token)
        if not responses:
            raise InvalidArgument(f"{method.__qualname__} made no request that has a response")
        return WithResponse(value, responses[-1])

    return call


def note_response(response: Response) -> None:
    """Keep a response for the `with_raw_response` that is around this call, if there is one."""
    responses = _noted.get()
    if responses is not None:
        responses[:] = [response]
