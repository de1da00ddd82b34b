"""The public modules of classes and functions, for tracebacks, reprs and pickles."""

from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T", bound=type | Callable[..., object])


def public(module: str) -> Callable[[T], T]:
    """Return a decorator for what users import from a public module: `aiokube.errors.NotFound`.

    Args:
        module: The module that users import it from.
    """

    def label(value: T) -> T:
        value.__module__ = module
        return value

    return label
