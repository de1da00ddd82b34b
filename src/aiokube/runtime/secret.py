"""Values that do not show themselves where a tool prints local variables, as in a traceback."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any, Generic, ParamSpec, TypeVar, cast

from .errors import AiokubeError

P = ParamSpec("P")
T = TypeVar("T")

REDACTED = "--- REDACTED ---"


class Hidden(Generic[T]):
    """A value whose repr is redacted."""

    __slots__ = ("value",)

    def __init__(self, value: T) -> None:
        self.value: T = value

    def __repr__(self) -> str:
        return repr(REDACTED)


class SecretText(str):
    """A text whose repr is redacted."""

    __slots__ = ()

    def __repr__(self) -> str:
        return repr(REDACTED)


class SecretBytes(bytes):
    """Bytes whose repr is redacted."""

    __slots__ = ()

    def __repr__(self) -> str:
        return repr(REDACTED)


class SecretMap(dict[str, str]):
    """A mapping whose repr shows the keys only."""

    __slots__ = ()

    def __repr__(self) -> str:
        return repr(dict.fromkeys(self, REDACTED))


def hides_arguments(function: Callable[P, T]) -> Callable[P, T]:
    """Decorate a function whose arguments may be secret: the traceback of its errors ends at its caller."""
    if inspect.iscoroutinefunction(function):
        return cast("Callable[P, T]", _hides_arguments_of_coroutine(function))

    @wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> T:
        handled = sys.exception()
        try:
            return function(*args, **kwargs)
        except AiokubeError as error:
            forget_frames(error, handled)
            raise
        finally:
            del args, kwargs

    return call


def _hides_arguments_of_coroutine(function: Callable[P, Awaitable[T]]) -> Callable[P, Awaitable[T]]:
    @wraps(function)
    async def call(*args: P.args, **kwargs: P.kwargs) -> T:
        handled = sys.exception()
        try:
            return await function(*args, **kwargs)
        except AiokubeError as error:
            forget_frames(error, handled)
            raise
        finally:
            del args, kwargs

    return call


def hides_fields(cls: type[T]) -> type[T]:
    """Decorate a dataclass whose fields may be secret, as `hides_arguments` does for its constructor."""
    made: Any = cls
    made.__init__ = hides_arguments(made.__init__)
    return cls


def forget_frames(error: BaseException | None, handled: BaseException | None = None) -> None:
    """Remove the frames from an error and from those that led to it.

    Args:
        error: The error.
        handled: The exception that the caller handles, whose frames are not ours.
    """
    # An exception that is raised again by several tasks may lead to itself.
    seen: set[int] = set()
    while error is not None and error is not handled and id(error) not in seen:
        seen.add(id(error))
        error.__traceback__ = None
        error = error.__cause__ or error.__context__
