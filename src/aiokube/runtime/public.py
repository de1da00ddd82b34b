"""Sets the public modules of classes and functions, which tracebacks, reprs and pickles name."""

from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T", bound=type | Callable[..., object])


def public(module: str) -> Callable[[T], T]:
    """Return a decorator that sets the public module of a class or function.

    Args:
        module: Module that users import it from, such as `aiokube.errors`.
    """

    def label(value: T) -> T:
        value.__module__ = module
        return value

    return label
